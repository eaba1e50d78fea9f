//! The outbox's rows, handed to the sink. Joins `store` and `sink`: at least once, and the sink drops what it already holds.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use thiserror::Error;

use crate::sink::OutgoingRecord;
use crate::sink::SinkError;
use crate::sink::jsonl::JsonLines;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::Waiting;

/// Rows handed on at once: one fsync for each file, so not too few; all in memory, so not too many (the store bounds their bytes as well).
const BATCH: u32 = 200;

/// Why records wait in the outbox.
#[derive(Debug, Error)]
pub enum DeliveryError {
    /// The store is lost.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The sink could not write; the rows stay.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The sink panicked; the rows stay.
    #[error("bug in the sink: {0}")]
    Bug(String),
    /// A row of the outbox cannot be read; it stays, and the others do not wait for it.
    #[error("row {row} of the outbox cannot be read: {reason}; see `tintinh doctor`")]
    Row {
        /// Its place in the queue.
        row: i64,
        /// What is wrong with it.
        reason: String,
    },
}

/// The way out of the store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Delivery {
    store: Store,
    sink: Arc<Mutex<JsonLines>>,
    handed_on: Arc<AtomicU64>,
}

impl Delivery {
    /// Joins a store to its sink.
    pub fn new(store: Store, sink: JsonLines) -> Delivery {
        Delivery { store, sink: Arc::new(Mutex::new(sink)), handed_on: Arc::default() }
    }

    /// Rows handed on since the start, by all clones.
    pub fn handed_on(&self) -> u64 {
        self.handed_on.load(Ordering::Relaxed)
    }

    /// Empties the outbox, but for rows that cannot be read.
    ///
    /// # Errors
    /// [`DeliveryError`] where the store or the sink fails, or a row cannot be read; what was not handed on stays in the outbox.
    pub async fn drain(&self) -> Result<(), DeliveryError> {
        let mut passed_over = Vec::new();
        let mut refused = None;
        loop {
            let Waiting { rows, unreadable } = self.store.outbox(BATCH, &passed_over).await?;
            if rows.is_empty() && unreadable.is_empty() {
                return refused.map_or(Ok(()), Err);
            }
            for (row, reason) in unreadable {
                passed_over.push(row);
                refused.get_or_insert(DeliveryError::Row { row, reason });
            }
            let sequences: Vec<i64> = rows.iter().map(|row| row.sequence).collect();
            let batch: Vec<OutgoingRecord> = rows
                .into_iter()
                .map(|row| OutgoingRecord {
                    portal: row.portal,
                    id: row.id,
                    revision: row.revision,
                    fetched: row.fetched,
                    json: row.json,
                })
                .collect();
            self.write(batch).await?;
            self.store.delivered(&sequences).await?;
            self.handed_on.fetch_add(sequences.len() as u64, Ordering::Relaxed);
        }
    }

    async fn write(&self, batch: Vec<OutgoingRecord>) -> Result<(), DeliveryError> {
        let sink = Arc::clone(&self.sink);
        let written = tokio::task::spawn_blocking(move || {
            // A panic while writing leaves the sink's memory of files behind; it reads them again, so a poisoned lock is no harm.
            sink.lock().unwrap_or_else(PoisonError::into_inner).deliver(&batch)
        });
        written.await.map_err(|error| DeliveryError::Bug(error.to_string()))?.map_err(DeliveryError::Sink)
    }
}
