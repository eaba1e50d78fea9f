//! What search reads from the store: records in the order in which they were written, the newest revisions of articles, and the stories of the
//! results.

use rusqlite::params;

use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::BATCH_BYTES;
use crate::store::engine::Row;
use crate::store::engine::Transaction;

/// Number of records read in one transaction.
const BATCH: u32 = 200;

/// The newest revision of an article, with its position in the order in which records were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberedRecord {
    /// Its position: `sequence` of the record.
    pub number: i64,
    /// `id` of the record.
    pub id: String,
    /// `revision` of the record.
    pub revision: u32,
    /// The record as one line of JSON; empty if only the rest was requested.
    pub json: String,
}

/// The store's articles, as seen by a reader at a position in the order of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchState {
    /// How many there are.
    pub articles: u64,
    /// The last record.
    pub last: NumberedRecord,
    /// The record at the position, if it exists.
    pub at_place: Option<NumberedRecord>,
    /// Whether newest revisions come after the position.
    pub is_behind: bool,
}

/// An article, and the story that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryMember {
    /// The newest record as one line of JSON.
    pub json: String,
    /// `id` of the story's head.
    pub head: String,
    /// Number of articles of the story, including this one.
    pub articles: u64,
}

impl Store {
    /// Returns the records after a position, except those that have a later revision. At most 200 records, and none after the first 32 MiB.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn newest_after(&self, number: i64) -> Result<Vec<NumberedRecord>, StoreError> {
        self.read(move |tx| newest_after(tx, number)).await
    }

    /// Like [`Store::newest_after`], but without the records themselves and in the order of ids, after one of them.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn newest_by_id(&self, after: &str, limit: u32) -> Result<Vec<NumberedRecord>, StoreError> {
        let after = after.to_owned();
        self.read(move |tx| newest_by_id(tx, &after, limit)).await
    }

    /// Returns the newest records of some articles, as far as they are known, and none after the first 32 MiB.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn newest_of(&self, ids: Vec<String>) -> Result<Vec<NumberedRecord>, StoreError> {
        self.read(move |tx| newest_of(tx, &ids)).await
    }

    /// Returns the number of articles, the last record, the record at a position, and whether newest revisions come after it.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn search_state(&self, place: i64) -> Result<SearchState, StoreError> {
        self.read(move |tx| search_state(tx, place)).await
    }

    /// Returns articles with their stories; None for each that is unknown, or no longer known.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn story_members(&self, ids: Vec<String>) -> Result<Vec<Option<StoryMember>>, StoreError> {
        self.read(move |tx| ids.iter().map(|id| story_member(tx, id)).collect()).await
    }
}

pub(super) fn newest_after(tx: &Transaction<'_>, number: i64) -> Result<Vec<NumberedRecord>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT r.sequence, r.id, r.revision, r.json FROM records r JOIN articles a ON a.id = r.id AND a.revision = r.revision
         WHERE r.sequence > ?1 ORDER BY r.sequence LIMIT ?2",
    )?;
    let mut rows = statement.stream(params![number, BATCH])?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH_BYTES
        && let Some(row) = rows.next()?
    {
        let record = NumberedRecord { json: text_at(&row, 3)?, ..numbered(&row)? };
        bytes += record.json.len();
        found.push(record);
    }
    Ok(found)
}

fn newest_by_id(tx: &Transaction<'_>, after: &str, limit: u32) -> Result<Vec<NumberedRecord>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT r.sequence, r.id, r.revision FROM articles a JOIN records r ON r.id = a.id AND r.revision = a.revision
         WHERE a.id > ?1 AND r.sequence IS NOT NULL ORDER BY a.id LIMIT ?2",
    )?;
    let mut rows = statement.query(params![after, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(numbered(&row)?);
    }
    Ok(found)
}

fn newest_of(tx: &Transaction<'_>, ids: &[String]) -> Result<Vec<NumberedRecord>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT r.sequence, r.id, r.revision, r.json FROM articles a JOIN records r ON r.id = a.id AND r.revision = a.revision
         WHERE a.id = ?1 AND r.sequence IS NOT NULL",
    )?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    for id in ids {
        let mut rows = statement.query([id])?;
        if let Some(row) = rows.next()? {
            let record = NumberedRecord { json: text_at(&row, 3)?, ..numbered(&row)? };
            bytes += record.json.len();
            found.push(record);
        }
        if bytes >= BATCH_BYTES {
            break;
        }
    }
    Ok(found)
}

fn numbered(row: &Row<'_>) -> Result<NumberedRecord, StoreError> {
    Ok(NumberedRecord { number: row.get(0)?, id: row.get(1)?, revision: row.get(2)?, json: String::new() })
}

/// Reads a text from a column. Any bytes that damage has left are accepted.
fn text_at(row: &Row<'_>, column: usize) -> Result<String, StoreError> {
    Ok(row.get_ref(column)?.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default())
}

fn search_state(tx: &Transaction<'_>, place: i64) -> Result<SearchState, StoreError> {
    let record = |condition: &str, place: i64| -> Result<Option<NumberedRecord>, StoreError> {
        let mut statement = tx.prepare_cached(&format!("SELECT sequence, id, revision FROM records {condition}"))?;
        let mut rows = statement.query([place])?;
        rows.next()?.map(|row| numbered(&row)).transpose()
    };
    Ok(SearchState {
        articles: tx.query_row("SELECT count(*) FROM articles", [], |row| row.get(0))?,
        last: record("WHERE sequence <= ?1 ORDER BY sequence DESC LIMIT 1", i64::MAX)?.unwrap_or_default(),
        at_place: record("WHERE sequence = ?1", place)?,
        is_behind: tx
            .prepare_cached(
                "SELECT 1 FROM records r JOIN articles a ON a.id = r.id AND a.revision = r.revision WHERE r.sequence > ?1 LIMIT 1",
            )?
            .exists([place])?,
    })
}

fn story_member(tx: &Transaction<'_>, id: &str) -> Result<Option<StoryMember>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT r.json, coalesce(h.id, a.id), (SELECT count(*) FROM copies o WHERE o.head = c.head)
         FROM articles a JOIN records r ON r.id = a.id AND r.revision = a.revision
             LEFT JOIN copies c ON c.id = a.id LEFT JOIN copies h ON h.number = c.head
         WHERE a.id = ?1",
    )?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(StoryMember { json: text_at(&row, 0)?, head: row.get(1)?, articles: row.get::<u64>(2)?.max(1) }))
}
