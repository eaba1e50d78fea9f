//! What is forgotten by age, where the configuration says so.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::params;

use crate::store::Store;
use crate::store::StoreError;
use crate::store::index;
use crate::store::sqlite::millis;
use crate::store::sqlite::moment;

/// The fact that files of records were deleted.
const DELETED_BEFORE: &str = "records_deleted_before";

impl Store {
    /// Forgets articles that are done with and that no source has shown since a moment; so many at most. Says how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn forget_articles(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(move |tx| forget_articles(tx, before, limit)).await
    }

    /// Notes that files of records are deleted up to a moment: what they held is not missed.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn note_deleted(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| note_deleted(tx, before)).await
    }

    /// The moment before which files of records were deleted.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn deleted_before(&self) -> Result<Option<Timestamp>, StoreError> {
        self.write(deleted_before).await
    }
}

/// Forgets links that are done with and that no source has shown since a moment, with their articles and records; so many at most. Says how many.
fn forget_articles(tx: &Transaction<'_>, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let mut old = tx.prepare_cached(
        "SELECT portal, id FROM links l WHERE state = 'done' AND last_seen < ?1
         AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = l.id) LIMIT ?2",
    )?;
    let rows = old.query_map(params![millis(before), limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let links: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
    for (portal, id) in &links {
        tx.prepare_cached("DELETE FROM links WHERE portal = ?1 AND id = ?2")?.execute(params![portal, id])?;
        tx.prepare_cached("DELETE FROM sightings WHERE portal = ?1 AND link = ?2")?.execute(params![portal, id])?;
        forget_article(tx, id)?;
    }
    Ok(links.len() as u64)
}

/// Forgets an article that nobody lists any more, and the head of its copies when the last of them goes.
fn forget_article(tx: &Transaction<'_>, id: &str) -> Result<(), StoreError> {
    let head: Option<String> = tx
        .prepare_cached(
            "SELECT h.id FROM copies c JOIN copies h ON h.number = c.head WHERE c.id = ?1 AND h.id <> c.id",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?;
    for id in [Some(id.to_owned()), head].into_iter().flatten() {
        // Another portal may list the same article.
        let is_listed = tx.prepare_cached("SELECT 1 FROM links WHERE id = ?1")?.exists([&id])?;
        if is_listed || !index::leave(tx, &id)? {
            continue;
        }
        for table in ["records", "articles"] {
            tx.prepare_cached(&format!("DELETE FROM {table} WHERE id = ?1"))?.execute([&id])?;
        }
    }
    Ok(())
}

/// Notes that files of records are deleted up to a moment: what they held is not missed.
fn note_deleted(tx: &Transaction<'_>, before: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
        params![DELETED_BEFORE, millis(before)],
    )?;
    Ok(())
}

/// The moment before which files of records were deleted.
fn deleted_before(tx: &Transaction<'_>) -> Result<Option<Timestamp>, StoreError> {
    let found: Option<i64> = tx
        .prepare_cached("SELECT value FROM facts WHERE name = ?1")?
        .query_row([DELETED_BEFORE], |row| row.get(0))
        .optional()?;
    Ok(found.map(moment))
}
