//! Where records go: the record files, for which `Ok` means durable, and the payloads of the configured sinks. CONTRIBUTING.md has the recipe for
//! adding a sink.

pub mod jsonl;
pub mod name;
pub mod payload;
pub mod places;
pub mod signature;
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

/// Why a sink's file could not be read or written: a record file, whose records stay in the outbox, or the file of its place.
#[derive(Debug, Error)]
#[error("cannot use {path}: {cause}")]
pub struct SinkError {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's error.
    pub cause: std::io::Error,
}
