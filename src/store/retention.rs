//! What is forgotten by age, where the configuration says so.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::params;

use crate::store::StoreError;
use crate::store::sqlite::millis;
use crate::store::sqlite::moment;

/// The fact that files of records were deleted.
const DELETED_BEFORE: &str = "records_deleted_before";

/// Forgets links that are done with and that no source has shown since a moment, with their articles and records; so many at most. Says how many.
pub(super) fn forget_articles(tx: &Transaction<'_>, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let mut old = tx.prepare_cached(
        "SELECT portal, id FROM links l WHERE state = 'done' AND last_seen < ?1
         AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = l.id) LIMIT ?2",
    )?;
    let rows = old.query_map(params![millis(before), limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let links: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
    for (portal, id) in &links {
        tx.prepare_cached("DELETE FROM links WHERE portal = ?1 AND id = ?2")?.execute(params![portal, id])?;
        tx.prepare_cached("DELETE FROM sightings WHERE portal = ?1 AND link = ?2")?.execute(params![portal, id])?;
        // Another portal may list the same article.
        let listed = "NOT EXISTS (SELECT 1 FROM links l WHERE l.id = ?1)";
        for table in ["articles", "records"] {
            tx.prepare_cached(&format!("DELETE FROM {table} WHERE id = ?1 AND {listed}"))?.execute([id])?;
        }
    }
    Ok(links.len() as u64)
}

/// Notes that files of records are deleted up to a moment: what they held is not missed.
pub(super) fn note_deleted(tx: &Transaction<'_>, before: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
        params![DELETED_BEFORE, millis(before)],
    )?;
    Ok(())
}

/// The moment before which files of records were deleted.
pub(super) fn deleted_before(tx: &Transaction<'_>) -> Result<Option<Timestamp>, StoreError> {
    let found: Option<i64> = tx
        .prepare_cached("SELECT value FROM facts WHERE name = ?1")?
        .query_row([DELETED_BEFORE], |row| row.get(0))
        .optional()?;
    Ok(found.map(moment))
}
