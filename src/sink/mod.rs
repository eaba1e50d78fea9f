//! Where records go: the record files, for which `Ok` means durable, and what the sinks of the configuration are given. CONTRIBUTING.md has the
//! recipe for another one.

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

/// Why a file of a sink could not be written or read: of records, which stay in the outbox, or of its place.
#[derive(Debug, Error)]
#[error("cannot use {path}: {cause}")]
pub struct SinkError {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's error.
    pub cause: std::io::Error,
}
