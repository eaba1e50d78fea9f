//! Where records go. A sink's `Ok` means durable.

pub mod jsonl;

use thiserror::Error;

/// A record on its way out (from the outbox).
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    pub portal: crate::model::portal::PortalId,
    pub id: String,
    pub revision: u32,
    pub fetched: jiff::Timestamp,
    /// One line of JSON without the newline.
    pub json: String,
}

#[derive(Debug, Error)]
pub enum SinkError {
    #[error("to be written")]
    ToBeWritten,
}
