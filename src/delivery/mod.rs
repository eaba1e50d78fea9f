//! Delivers the rows of the outbox to the record files. Joins `store` and `sink`: delivery is at least once, and the sink drops records it already
//! has. The configured sinks follow the stream instead: [`forward`].

pub mod forward;
pub mod places;

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

/// Maximum rows per batch. A batch costs one fsync per file, so it must not be too small. All its rows are in memory, so it must not be too large
/// (the store also limits their bytes).
const BATCH: u32 = 200;

/// Why records wait in the outbox.
#[derive(Debug, Error)]
pub enum DeliveryError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The sink could not write. The rows stay in the outbox.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The sink panicked. The rows stay in the outbox.
    #[error("bug in the sink: {0}")]
    Bug(String),
    /// A row of the outbox cannot be read. It stays and does not block the others.
    #[error("row {row} of the outbox cannot be read: {reason}; see `tintinh doctor`")]
    Row {
        /// Its position in the queue.
        row: i64,
        /// What is wrong with it.
        reason: String,
    },
}

/// Delivers records from the store to the sink. Cheap to clone.
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

    /// The number of rows delivered since the start, by all clones.
    pub fn handed_on(&self) -> u64 {
        self.handed_on.load(Ordering::Relaxed)
    }

    /// Empties the outbox except for unreadable rows and for those that are added meanwhile. If another worker leads, it does so.
    ///
    /// # Errors
    /// [`DeliveryError`] if the store or the sink fails or a row cannot be read; the rest stays in the outbox.
    pub async fn drain(&self) -> Result<(), DeliveryError> {
        let mut passed_over = Vec::new();
        let mut refused = None;
        while self.store.leads() {
            let Waiting { rows, unreadable, are_all } = self.store.outbox(BATCH, &passed_over).await?;
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
            if !batch.is_empty() {
                self.write(batch).await?;
                self.store.delivered(&sequences).await?;
                self.handed_on.fetch_add(sequences.len() as u64, Ordering::Relaxed);
            }
            if are_all {
                break;
            }
        }
        refused.map_or(Ok(()), Err)
    }

    async fn write(&self, batch: Vec<OutgoingRecord>) -> Result<(), DeliveryError> {
        let sink = Arc::clone(&self.sink);
        let written = tokio::task::spawn_blocking(move || {
            // After a panic, the sink's memory of its files may be outdated. It reads them again, so a poisoned lock does no harm.
            sink.lock().unwrap_or_else(PoisonError::into_inner).deliver(&batch)
        });
        written.await.map_err(|error| DeliveryError::Bug(error.to_string()))?.map_err(DeliveryError::Sink)
    }
}
