//! The current view: the newest record of each article, with the copies known now.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::portal::PortalId;
use crate::model::record::Duplicate;
use crate::model::record::Record;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::BATCH_BYTES;
use crate::store::engine::Sql;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::to_json;
use crate::store::verbs::index::kind_of;

/// Number of articles read in one transaction, so that an export does not delay a running service.
const BATCH: u32 = 200;

/// The requested records, and those that cannot be read: one damaged record does not affect the others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordBatch {
    /// Those that can be read.
    pub records: Vec<Record>,
    /// Those that cannot.
    pub unreadable: Vec<Unreadable>,
}

/// A record that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its `id`.
    pub id: String,
    /// Its `revision`.
    pub revision: u32,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "record {}, revision {}: {}", self.id, self.revision, self.reason)
    }
}

/// A filter of the current view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// One of each cluster: the head, else the earliest that matches.
    pub unique: bool,
    /// Published since this moment. An article without a date counts from the day on which it was found.
    pub since: Option<Timestamp>,
    /// Published before this moment, likewise.
    pub before: Option<Timestamp>,
    /// Only of these portals.
    pub portals: Option<Vec<PortalId>>,
    /// Also those that were withdrawn.
    pub withdrawn: bool,
}

impl RecordFilter {
    /// Whether records of a portal match.
    pub(super) fn admits_portal(&self, portal: &str) -> bool {
        self.portals.as_ref().is_none_or(|portals| portals.iter().any(|wanted| wanted.as_str() == portal))
    }

    /// Whether a record's date matches: its date of publication, else the date of the request.
    pub(super) fn admits_date(&self, record: &Record) -> bool {
        if self.since.is_none() && self.before.is_none() {
            return true;
        }
        let published = record.date_published.as_ref().and_then(|date| date.parse::<Timestamp>().ok());
        let Some(at) = published.or_else(|| record.date_fetched.parse().ok()) else { return true };
        self.since.is_none_or(|since| at >= since) && self.before.is_none_or(|before| at < before)
    }
}

/// The size of the index of near-duplicates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IndexSize {
    /// Articles known.
    pub articles: u64,
    /// Articles in which copies are searched.
    pub indexed: u64,
    /// Those that are copies of another.
    pub copies: u64,
    /// Bytes in the database that clusters and index take.
    pub bytes: u64,
}

impl Store {
    /// Returns the current view in parts: the records after a position in the order of arrival (0 to begin), and the position to continue from. If
    /// that does not change, there are no more.
    ///
    /// # Errors
    /// [`StoreError::TooOld`], [`StoreError::Sql`].
    pub async fn current(&self, wanted: &RecordFilter, after: i64) -> Result<(RecordBatch, i64), StoreError> {
        let wanted = wanted.clone();
        self.read(move |tx| records_after(tx, &wanted, after)).await
    }

    /// Returns all revisions of an article in order; none if the id is unknown.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn revisions(&self, id: &str) -> Result<RecordBatch, StoreError> {
        let id = id.to_owned();
        self.read(move |tx| revisions(tx, &id)).await
    }

    /// Returns the size of the index of near-duplicates; None if the database is older than the index.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn index_size(&self) -> Result<Option<IndexSize>, StoreError> {
        self.read(index_size).await
    }
}

/// Returns the records after an article's number, in the order of arrival, and the last one's number. At the end, that does not change.
fn records_after(tx: &Transaction<'_>, wanted: &RecordFilter, after: i64) -> Result<(RecordBatch, i64), StoreError> {
    if !has_index(tx)? {
        return Err(StoreError::TooOld);
    }
    let mut statement = tx.prepare_cached(&format!(
        "SELECT c.number, r.json, h.id, c.kind, c.containment, r.id, r.revision, r.sequence
         FROM copies c JOIN articles a ON a.id = c.id JOIN records r ON r.id = a.id AND r.revision = a.revision
             JOIN copies h ON h.number = c.head
         WHERE c.number > ?1 AND {} AND (NOT ?3 OR c.number = ({})) ORDER BY c.number LIMIT ?2",
        wanted_as("a", "c"),
        first(),
    ))?;
    let mut rows = statement.stream(params![
        after,
        BATCH,
        wanted.unique,
        wanted.since.map(millis),
        wanted.before.map(millis),
        wanted.portals.as_ref().map(to_json).transpose()?,
        wanted.withdrawn,
    ])?;
    let (mut found, mut last, mut bytes) = (RecordBatch::default(), after, 0);
    while bytes < BATCH_BYTES
        && let Some(row) = rows.next()?
    {
        last = row.get(0)?;
        bytes += row.get_ref(1)?.as_bytes().map_or(0, <[u8]>::len);
        let kind: Option<String> = row.get(3)?;
        let duplicate = match kind {
            None => None,
            Some(word) => Some(Duplicate { of: row.get(2)?, kind: kind_of(&word), containment: row.get(4)? }),
        };
        match json_at::<Record>(&row, 1) {
            Ok(record) => found.records.push(Record { duplicate, sequence: row.get(7)?, ..record }),
            Err(error) => found.unreadable.push(unreadable(row.get(5)?, row.get(6)?, &error)),
        }
    }
    Ok((found, last))
}

pub(super) fn unreadable(id: String, revision: u32, error: &StoreError) -> Unreadable {
    Unreadable { id, revision, reason: error.to_string() }
}

/// Selects one article of a cluster among the matching ones: the head, else the earliest.
fn first() -> String {
    format!(
        "SELECT o.number FROM copies o JOIN articles b ON b.id = o.id WHERE o.head = c.head AND {}
             AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.id = o.id)
         ORDER BY o.number <> o.head, o.published IS NULL, o.published, o.number LIMIT 1",
        wanted_as("b", "o"),
    )
}

/// Selects the matching articles by the parameters of [`records_after`]. An article without a date counts from the day on which it was found.
fn wanted_as(articles: &str, copies: &str) -> String {
    format!(
        "(CAST(?4 AS BIGINT) IS NULL OR coalesce({copies}.published, {copies}.seen) >= ?4)
         AND (CAST(?5 AS BIGINT) IS NULL OR coalesce({copies}.published, {copies}.seen) < ?5)
         AND (CAST(?6 AS TEXT) IS NULL OR {articles}.portal IN (SELECT value FROM json_each(?6)))
         AND (?7 OR {articles}.withdrawn IS NULL)"
    )
}

/// Returns all revisions of an article, the first one first.
fn revisions(tx: &Transaction<'_>, id: &str) -> Result<RecordBatch, StoreError> {
    let mut statement = tx.prepare_cached("SELECT json, revision FROM records WHERE id = ?1 ORDER BY revision")?;
    let mut rows = statement.query([id])?;
    let mut found = RecordBatch::default();
    while let Some(row) = rows.next()? {
        match json_at(&row, 0) {
            Ok(record) => found.records.push(record),
            Err(error) => found.unreadable.push(unreadable(id.to_owned(), row.get(1)?, &error)),
        }
    }
    Ok(found)
}

/// Whether the database has the index; a read-only one is not upgraded.
fn has_index(tx: &Transaction<'_>) -> Result<bool, StoreError> {
    // PostgreSQL's tables begin with it.
    Ok(tx.is_shared() || tx.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'shingles'")?.exists([])?)
}

const BYTES: Sql = Sql {
    sqlite: "SELECT coalesce(sum(pgsize), 0) FROM dbstat
         WHERE aggregate = 1
             AND name IN ('shingles', 'copies', 'copies_head', 'copies_indexed', 'sqlite_autoindex_copies_1')",
    postgres: "SELECT pg_total_relation_size('shingles') + pg_total_relation_size('copies')",
};

/// Returns the size of the index. Reads its pages.
fn index_size(tx: &Transaction<'_>) -> Result<Option<IndexSize>, StoreError> {
    if !has_index(tx)? {
        return Ok(None);
    }
    let bytes = tx.query_row(BYTES.of(tx), [], |row| row.get(0))?;
    let count = |condition: &str| -> Result<u64, StoreError> {
        Ok(tx.query_row(&format!("SELECT count(*) FROM copies WHERE {condition}"), params![], |row| row.get(0))?)
    };
    Ok(Some(IndexSize {
        articles: count("TRUE")?,
        indexed: count("keys > 0")?,
        copies: count("head <> number")?,
        bytes,
    }))
}
