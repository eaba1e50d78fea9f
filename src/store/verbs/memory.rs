//! What was learned about the templates of hosts.

use jiff::Timestamp;
use rusqlite::params;

use crate::extract::template::SiteMemory;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::millis;

/// Maximum size in bytes of one unpacked memory. Its own bounds allow less than a third of it.
const MAX_BYTES: usize = 4 << 20;

impl Store {
    /// Returns what was learned about a host's template.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn site_memory(&self, host: &str) -> Result<Option<SiteMemory>, StoreError> {
        let host = host.to_owned();
        self.read(move |tx| of_host(tx, &host)).await
    }

    /// Stores what was learned about a host's template.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn keep_site_memory(&self, host: &str, memory: SiteMemory, now: Timestamp) -> Result<(), StoreError> {
        let host = host.to_owned();
        self.write_own(move |tx| keep(tx, &host, &memory, now)).await
    }
}

/// Returns the memory of a host. It is empty if the host is new or the memory cannot be read, since it is then learned again.
fn of_host(tx: &Transaction<'_>, host: &str) -> Result<Option<SiteMemory>, StoreError> {
    let packed: Option<Vec<u8>> = tx
        .prepare_cached("SELECT memory FROM site_memory WHERE host = ?1")?
        .query_row([host], |row| row.get(0))
        .optional()?;
    let unpacked = packed.and_then(|packed| zstd::bulk::decompress(&packed, MAX_BYTES).ok());
    Ok(unpacked.and_then(|json| serde_json::from_slice(&json).ok()))
}

/// Replaces the memory of a host.
pub(super) fn keep(tx: &Transaction<'_>, host: &str, memory: &SiteMemory, now: Timestamp) -> Result<(), StoreError> {
    let unreadable = |error: &dyn std::fmt::Display| StoreError::Value(format!("the memory of {host}: {error}"));
    let json = serde_json::to_vec(memory).map_err(|error| unreadable(&error))?;
    let packed = zstd::bulk::compress(&json, zstd::DEFAULT_COMPRESSION_LEVEL).map_err(|error| unreadable(&error))?;
    tx.prepare_cached(
        "INSERT INTO site_memory (host, memory, updated) VALUES (?1, ?2, ?3)
         ON CONFLICT (host) DO UPDATE SET memory = excluded.memory, updated = excluded.updated",
    )?
    .execute(params![host, packed, millis(now)])?;
    Ok(())
}
