//! Where records go. A sink's `Ok` means durable. There is one so far; a second one makes an enum (CONTRIBUTING.md has the recipe).

pub mod jsonl;
pub mod name;
pub mod survey;

use std::path::PathBuf;

use jiff::Timestamp;
use thiserror::Error;

use crate::model::portal::PortalId;

/// A record on its way from the outbox to the sink.
#[derive(Debug, Clone, PartialEq)]
pub struct OutgoingRecord {
    /// The portal.
    pub portal: PortalId,
    /// `id` of the record.
    pub id: String,
    /// `revision` of the record.
    pub revision: u32,
    /// `date_fetched` of the record.
    pub fetched: Timestamp,
    /// The record as one line of JSON, without the newline.
    pub json: String,
}

/// Why records could not be written. They stay in the outbox.
#[derive(Debug, Error)]
#[error("cannot write {path}: {cause}")]
pub struct SinkError {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's error.
    pub cause: std::io::Error,
}
