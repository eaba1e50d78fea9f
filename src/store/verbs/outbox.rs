//! Records that wait for the sink.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::portal::PortalId;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::BATCH_BYTES;
use crate::store::engine::Row;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::name;
use crate::store::verbs::columns::to_json;

/// A record that waits for the sink.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// `sequence` of the record.
    pub sequence: i64,
    /// The portal.
    pub portal: PortalId,
    /// `id` of the record.
    pub id: String,
    /// `revision` of the record.
    pub revision: u32,
    /// `date_fetched`.
    pub fetched: Timestamp,
    /// The record as one line of JSON, without the newline.
    pub json: String,
}

impl Store {
    /// Returns at most `limit` of the oldest rows of the outbox, without those at some positions.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn outbox(&self, limit: u32, passed_over: &[i64]) -> Result<Waiting, StoreError> {
        let passed_over = passed_over.to_vec();
        self.read(move |tx| oldest(tx, limit, &passed_over)).await
    }

    /// Removes delivered rows from the outbox.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn delivered(&self, sequences: &[i64]) -> Result<(), StoreError> {
        let sequences = sequences.to_vec();
        self.write_article(move |tx| delivered(tx, &sequences)).await
    }

    /// Returns the number of records that wait for the sink.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn outbox_length(&self) -> Result<u64, StoreError> {
        self.read(length).await
    }
}

/// The oldest rows of the outbox.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waiting {
    /// Those that can be read.
    pub rows: Vec<OutboxRow>,
    /// Positions of those that cannot be read, and why.
    pub unreadable: Vec<(i64, String)>,
    /// Whether there were no others.
    pub are_all: bool,
}

/// Adds a record to the outbox under its own number.
pub(super) fn put(tx: &Transaction<'_>, id: &str, revision: u32, fetched: Timestamp) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO outbox (sequence, id, revision, fetched)
         SELECT sequence, id, revision, ?3 FROM records WHERE id = ?1 AND revision = ?2",
    )?
    .execute(params![id, revision, millis(fetched)])?;
    Ok(())
}

/// Changes the number of every waiting record to its own.
pub(in crate::store) fn renumber(tx: &Transaction<'_>) -> Result<(), StoreError> {
    // The first step uses negative numbers, which no row has.
    Ok(tx.execute_batch(
        "UPDATE outbox SET sequence = -(SELECT r.sequence FROM records r WHERE r.id = outbox.id AND r.revision = outbox.revision);
         UPDATE outbox SET sequence = -sequence;",
    )?)
}

fn oldest(tx: &Transaction<'_>, limit: u32, passed_over: &[i64]) -> Result<Waiting, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT o.sequence, r.portal, o.id, o.revision, o.fetched, r.json
         FROM outbox o JOIN records r ON r.id = o.id AND r.revision = o.revision
         WHERE o.sequence NOT IN (SELECT CAST(value AS BIGINT) FROM json_each(?2)) ORDER BY o.sequence LIMIT ?1",
    )?;
    let mut rows = statement.stream(params![limit, to_json(&passed_over)?])?;
    let (mut waiting, mut bytes) = (Waiting::default(), 0);
    while bytes < BATCH_BYTES {
        let Some(row) = rows.next()? else {
            waiting.are_all = waiting.rows.len() + waiting.unreadable.len() < limit as usize;
            break;
        };
        match read(&row) {
            Ok(row) => {
                bytes += row.json.len();
                waiting.rows.push(row);
            }
            Err(error) if error.is_of_rows() => waiting.unreadable.push((row.get(0)?, error.to_string())),
            Err(error) => return Err(error),
        }
    }
    Ok(waiting)
}

fn read(row: &Row<'_>) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        sequence: row.get(0)?,
        portal: name(PortalId::new(&row.get::<String>(1)?))?,
        id: row.get(2)?,
        revision: row.get(3)?,
        fetched: moment(row.get(4)?),
        json: row.get(5)?,
    })
}

fn delivered(tx: &Transaction<'_>, sequences: &[i64]) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM outbox WHERE sequence IN (SELECT CAST(value AS BIGINT) FROM json_each(?1))",
        [to_json(&sequences)?],
    )?;
    Ok(())
}

fn length(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    Ok(tx.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?)
}
