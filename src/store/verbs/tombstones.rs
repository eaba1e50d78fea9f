//! Tombstones of articles whose records were deleted. They recognize the articles by their ids, URLs and identifiers, and by the sketch of their
//! text.

use rusqlite::params;

use crate::dedup::document::Document;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Transaction;

/// What is kept of a forgotten article.
pub(super) struct Tombstone {
    /// Its id.
    pub(super) id: String,
    /// The number of its last revision.
    pub(super) revision: u32,
    /// `content_hash` of the last revision.
    pub(super) content_hash: String,
    /// Its last URL.
    pub(super) canonical_url: String,
    /// Whether it was withdrawn then.
    pub(super) was_withdrawn: bool,
    /// The sketch of its text.
    pub(super) sketch: Document,
}

/// Returns the tombstone of an article.
pub(super) fn of(tx: &Transaction<'_>, id: &str) -> Result<Option<Tombstone>, StoreError> {
    let found = tx
        .prepare_cached(
            "SELECT a.revision, a.content_hash, a.canonical_url, a.withdrawn IS NOT NULL, t.sketch FROM tombstones t JOIN articles a ON a.id = t.id WHERE t.id = ?1",
        )?
        .query_row([id], |row| {
            Ok(Tombstone {
                id: id.to_owned(),
                revision: row.get(0)?,
                content_hash: row.get(1)?,
                canonical_url: row.get(2)?,
                was_withdrawn: row.get(3)?,
                sketch: read(&row.get::<Vec<u8>>(4)?),
            })
        })
        .optional()?;
    Ok(found)
}

/// Returns the sketch of the article with a number in the index.
pub(super) fn sketch_of(tx: &Transaction<'_>, number: u32) -> Result<Option<Document>, StoreError> {
    let found: Option<Vec<u8>> = tx
        .prepare_cached("SELECT t.sketch FROM copies c JOIN tombstones t ON t.id = c.id WHERE c.number = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    Ok(found.map(|bytes| read(&bytes)))
}

/// Reads a sketch. One that damage has shortened is like an empty text.
fn read(bytes: &[u8]) -> Document {
    Document::from_bytes(bytes).unwrap_or_default()
}

/// Replaces the records of an article by a tombstone.
pub(super) fn bury(tx: &Transaction<'_>, id: &str, sketch: &Document) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO tombstones (id, sketch) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET sketch = excluded.sketch",
    )?
    .execute(params![id, sketch.to_bytes()])?;
    tx.prepare_cached("DELETE FROM records WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Removes the tombstone of an article.
pub(super) fn raise(tx: &Transaction<'_>, id: &str) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM tombstones WHERE id = ?1")?.execute([id])?;
    Ok(())
}
