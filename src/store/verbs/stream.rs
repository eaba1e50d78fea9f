//! The stream: all records in the order in which they were written, by the numbers assigned in the transactions that wrote them.
//!
//! Writers take turns, so a reader that has seen a number has seen all smaller ones.

use rusqlite::ToSql;
use rusqlite::params;

use crate::model::cursor::Cursor;
use crate::model::cursor::StoreName;
use crate::model::record::Record;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::BATCH_BYTES;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Sql;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::facts;
use crate::store::verbs::view::RecordBatch;
use crate::store::verbs::view::RecordFilter;
use crate::store::verbs::view::unreadable;

/// Number of records that are examined in one transaction, so that a reader of the whole stream does not delay a running service.
const BATCH: u32 = 200;

/// The name of the fact with the store's name.
const NAME: &str = "store";
/// The name of the fact with the largest number whose record was removed.
const REMOVED: &str = "removed_sequence";

/// The position of a reader's cursor in this store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CursorState {
    /// Everything after it is available.
    Known,
    /// This many records after it were removed before they were read.
    Gap(u64),
    /// It belongs to another store; contains this store's name.
    OtherStore(StoreName),
    /// It is after the last record: the database is an older copy.
    Ahead,
    /// Another record has its number: the database was an older copy, and continued from there.
    OtherRecord,
}

/// A part of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamPage {
    /// Its records.
    pub found: RecordBatch,
    /// The position after it.
    pub next: Cursor,
    /// Whether the stream ends there.
    pub is_last: bool,
    /// Records up to that place that were removed, unless it was read from the stream's beginning.
    pub missing: u64,
}

/// What a piece of the stream holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamBounds {
    /// Records that match.
    pub records: u64,
    /// Bytes of their JSON, unless the first one alone has more.
    pub bytes: usize,
    /// The number of the last record.
    pub upto: u64,
}

impl Default for StreamBounds {
    fn default() -> StreamBounds {
        // SQLite's numbers end there.
        StreamBounds { records: u64::MAX, bytes: BATCH_BYTES, upto: i64::MAX.cast_unsigned() }
    }
}

impl Store {
    /// Returns the store's name. A store that has never written a record takes the name of the files next to it, if they have one.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn take_name(&self, of_files: Option<StoreName>) -> Result<StoreName, StoreError> {
        self.write(move |tx| take_name(tx, of_files)).await
    }

    /// Returns the stream's beginning and its current end.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn stream_ends(&self) -> Result<(Cursor, Cursor), StoreError> {
        self.read(ends).await
    }

    /// Returns the position of a cursor.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn look_up(&self, cursor: &Cursor) -> Result<CursorState, StoreError> {
        let cursor = cursor.clone();
        self.read(move |tx| look_up(tx, &cursor)).await
    }

    /// Reads from a position on: at most `limit` records that match. `unique` and `withdrawn` of the filter have no effect here.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn stream_after(
        &self,
        wanted: &RecordFilter,
        after: &Cursor,
        limit: u64,
    ) -> Result<StreamPage, StoreError> {
        self.stream_within(wanted, after, StreamBounds { records: limit, ..StreamBounds::default() }).await
    }

    /// [`Store::stream_after`], within bounds.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn stream_within(
        &self,
        wanted: &RecordFilter,
        after: &Cursor,
        bounds: StreamBounds,
    ) -> Result<StreamPage, StoreError> {
        let (wanted, after) = (wanted.clone(), after.clone());
        self.read(move |tx| read_on(tx, &wanted, after, bounds)).await
    }

    /// Assigns numbers to records without one, as in old files: below all others, in the order in which they were fetched.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn number_old(&self) -> Result<(), StoreError> {
        self.write(number_old).await
    }
}

/// Returns the number of the next record.
pub(super) fn next_number(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    Ok(last_number(tx)? + 1)
}

/// Returns the largest number ever assigned, whether or not its record still exists.
fn last_number(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    let held: u64 =
        tx.prepare_cached("SELECT coalesce(max(sequence), 0) FROM records")?.query_row([], |row| row.get(0))?;
    Ok(held.max(removed(tx)?))
}

fn removed(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    Ok(facts::read(tx, REMOVED)?.and_then(|number| number.try_into().ok()).unwrap_or(0))
}

/// Records up to which number there were records, before those with a value in a column are removed.
pub(super) fn note_removed(tx: &Transaction<'_>, column: &str, value: impl ToSql) -> Result<(), StoreError> {
    let last: Option<i64> = tx
        .prepare_cached(&format!("SELECT max(sequence) FROM records WHERE {column} = ?1"))?
        .query_row([value], |row| row.get(0))?;
    last.map_or(Ok(()), |last| facts::raise(tx, REMOVED, last))
}

fn name(tx: &Transaction<'_>) -> Result<StoreName, StoreError> {
    let name = facts::read(tx, NAME)?.and_then(|number| number.try_into().ok());
    Ok(StoreName::new(name.unwrap_or(0)))
}

fn take_name(tx: &Transaction<'_>, of_files: Option<StoreName>) -> Result<StoreName, StoreError> {
    if let Some(given) = of_files
        && (last_number(tx)? == 0 || facts::read(tx, NAME)?.is_none())
    {
        facts::set(tx, NAME, i64::try_from(given.number()).unwrap_or(0))?;
    }
    // Damage may have removed it.
    let named = Sql {
        sqlite: "INSERT INTO facts (name, value) VALUES (?1, random() & 281474976710655) ON CONFLICT DO NOTHING",
        postgres: "INSERT INTO facts (name, value) VALUES (?1, floor(random() * 281474976710656)::BIGINT) ON CONFLICT DO NOTHING",
    };
    tx.execute(named.of(tx), [NAME])?;
    name(tx)
}

/// Returns the position after the record with a number.
pub(super) fn behind(tx: &Transaction<'_>, store: StoreName, sequence: u64) -> Result<Cursor, StoreError> {
    let found: Option<(String, u32)> = tx
        .prepare_cached("SELECT id, revision FROM records WHERE sequence = ?1")?
        .query_row([sequence], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (id, revision) = found.unwrap_or_default();
    Ok(Cursor::behind(store, sequence, &id, revision))
}

pub(super) fn ends(tx: &Transaction<'_>) -> Result<(Cursor, Cursor), StoreError> {
    let store = name(tx)?;
    Ok((Cursor::start(store), behind(tx, store, last_number(tx)?)?))
}

fn look_up(tx: &Transaction<'_>, cursor: &Cursor) -> Result<CursorState, StoreError> {
    let store = name(tx)?;
    if cursor.store != store {
        return Ok(CursorState::OtherStore(store));
    }
    if cursor.sequence > last_number(tx)? {
        return Ok(CursorState::Ahead);
    }
    let marked: Option<(String, u32)> = tx
        .prepare_cached("SELECT id, revision FROM records WHERE sequence = ?1")?
        .query_row([cursor.sequence], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if marked.is_some_and(|(id, revision)| !cursor.is_behind(&id, revision)) {
        return Ok(CursorState::OtherRecord);
    }
    Ok(match missing_between(tx, cursor.sequence, u64::MAX)? {
        // A reader at the beginning reads what exists.
        0 => CursorState::Known,
        _ if cursor.sequence == 0 => CursorState::Known,
        missing => CursorState::Gap(missing),
    })
}

/// Returns how many records after a number and up to another were removed: of all numbers up to the last removed one, or below the first that is left.
fn missing_between(tx: &Transaction<'_>, sequence: u64, last: u64) -> Result<u64, StoreError> {
    let first: Option<u64> = tx.prepare_cached("SELECT min(sequence) FROM records")?.query_row([], |row| row.get(0))?;
    let upto = removed(tx)?.max(first.map_or(0, |first| first.saturating_sub(1))).min(last);
    if upto <= sequence {
        return Ok(0);
    }
    let held: u64 = tx
        .prepare_cached("SELECT count(*) FROM records WHERE sequence > ?1 AND sequence <= ?2")?
        .query_row(params![sequence, upto], |row| row.get(0))?;
    Ok((upto - sequence).saturating_sub(held))
}

pub(super) fn read_on(
    tx: &Transaction<'_>,
    wanted: &RecordFilter,
    after: Cursor,
    bounds: StreamBounds,
) -> Result<StreamPage, StoreError> {
    let begin = after.sequence;
    let mut statement = tx.prepare_cached(
        "SELECT sequence, json, id, revision, portal FROM records WHERE sequence > ?1 AND sequence <= ?3
         ORDER BY sequence LIMIT ?2",
    )?;
    let mut rows = statement.stream(params![begin, BATCH, bounds.upto])?;
    let (mut page, mut seen, mut bytes) =
        (StreamPage { found: RecordBatch::default(), next: after, is_last: false, missing: 0 }, 0, 0);
    while (page.found.records.len() as u64) < bounds.records {
        let Some(row) = rows.next()? else {
            page.is_last = seen < BATCH;
            break;
        };
        let is_wanted = wanted.admits_portal(row.get_ref(4)?.as_str().unwrap_or_default());
        if is_wanted {
            bytes += row.get_ref(1)?.as_bytes().map_or(0, <[u8]>::len);
            if bytes > bounds.bytes && !page.found.records.is_empty() {
                break;
            }
        }
        seen += 1;
        let (sequence, id, revision): (u64, String, u32) = (row.get(0)?, row.get(2)?, row.get(3)?);
        page.next = Cursor::behind(page.next.store, sequence, &id, revision);
        if !is_wanted {
            continue;
        }
        match json_at::<Record>(&row, 1) {
            Ok(record) if !wanted.admits_date(&record) => {}
            Ok(record) => page.found.records.push(Record { sequence: Some(sequence), ..record }),
            Err(error) => page.found.unreadable.push(unreadable(id, revision, &error)),
        }
    }
    // Who begins reads what there is.
    if begin > 0 {
        page.missing = missing_between(tx, begin, page.next.sequence)?;
    }
    Ok(page)
}

/// Returns the number of a record from a file: its own, unless another record has it.
pub(super) fn number_from_file(tx: &Transaction<'_>, record: &Record) -> Result<Option<u64>, StoreError> {
    let Some(own) = record.sequence else { return Ok(None) };
    let is_taken = tx
        .prepare_cached("SELECT 1 FROM records WHERE sequence = ?1 AND NOT (id = ?2 AND revision = ?3)")?
        .exists(params![own, record.id, record.revision])?;
    if is_taken { next_number(tx).map(Some) } else { Ok(Some(own)) }
}

/// Numbers the records that have no number: the newest of them comes directly before the first that has one. Those for which there is no room come
/// last, so that readers see them twice rather than never.
pub(super) fn number_old(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let old: Vec<(String, u32)> = {
        let mut statement = tx.prepare_cached(
            "SELECT id, revision FROM records WHERE sequence IS NULL
             ORDER BY CASE WHEN json_valid(json) THEN json_extract(json, '$.date_fetched') END, id, revision",
        )?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
    };
    if old.is_empty() {
        return Ok(());
    }
    let first: Option<u64> = tx.prepare_cached("SELECT min(sequence) FROM records")?.query_row([], |row| row.get(0))?;
    let room = first.map_or(0, |first| usize::try_from(first.saturating_sub(1)).unwrap_or(usize::MAX));
    let (late, early) = old.split_at(old.len().saturating_sub(room));
    let numbers = |records: &[(String, u32)], first: u64| -> Result<(), StoreError> {
        for ((id, revision), number) in records.iter().zip(first..) {
            tx.prepare_cached("UPDATE records SET sequence = ?3 WHERE id = ?1 AND revision = ?2")?
                .execute(params![id, revision, number])?;
        }
        Ok(())
    };
    numbers(late, next_number(tx)?)?;
    numbers(early, first.unwrap_or(1).saturating_sub(early.len() as u64))
}
