//! The configured sinks: what they are, and the position that each has reached in the stream.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::model::cursor::Cursor;
use crate::model::portal::SinkId;
use crate::model::secret::SigningKey;
use crate::model::settings::Destination;

/// A sink (`[[sink]]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkSettings {
    /// Its name.
    pub id: SinkId,
    /// Where batches go.
    pub target: SinkTarget,
    /// How much of each record is sent.
    pub payload: SinkPayload,
    /// Maximum records per batch.
    pub batch: u64,
    /// Maximum bytes of a batch's records, unless a single record is larger.
    pub batch_bytes: u64,
}

/// Where a sink's batches go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkTarget {
    /// To an address by HTTP.
    Webhook {
        /// The address.
        destination: Destination,
        /// The signing keys. Each adds a signature.
        keys: Vec<SigningKey>,
    },
    /// To the standard input of a program.
    Command {
        /// The program and its arguments.
        command: Vec<String>,
        /// Time limit for one batch.
        timeout: Duration,
    },
}

impl SinkTarget {
    /// Its type's name in the configuration.
    pub fn kind(&self) -> &'static str {
        match self {
            SinkTarget::Webhook { .. } => "webhook",
            SinkTarget::Command { .. } => "command",
        }
    }
}

/// How much of each record a sink is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SinkPayload {
    /// The whole record.
    #[default]
    Full,
    /// What the record is and where, without its texts.
    Thin,
}

impl SinkPayload {
    /// Both with their names in the configuration.
    pub const WORDS: [(&'static str, SinkPayload); 2] = [("full", SinkPayload::Full), ("thin", SinkPayload::Thin)];
}

/// Whether a sink is sent anything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SinkMode {
    /// It is sent records.
    #[default]
    On,
    /// The operator paused it.
    Paused,
    /// Its receiver answered that it wants nothing more (410).
    Gone,
}

/// The position that a sink has reached, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkPlace {
    /// The position in the stream after the last accepted record.
    pub cursor: Cursor,
    /// Whether the sink is sent anything.
    #[serde(default)]
    pub mode: SinkMode,
    /// Number of records accepted in total.
    #[serde(default)]
    pub taken: u64,
    /// Number of records that were removed before they were sent.
    #[serde(default)]
    pub missing: u64,
    /// When the last batch was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_taken: Option<Timestamp>,
    /// The current failure, if the sink fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<SinkFailure>,
}

impl SinkPlace {
    /// The place of a sink that was never sent anything.
    pub fn at(cursor: Cursor) -> SinkPlace {
        SinkPlace { cursor, mode: SinkMode::On, taken: 0, missing: 0, last_taken: None, failing: None }
    }
}

/// Consecutive failures of a sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkFailure {
    /// When the first one happened.
    pub since: Timestamp,
    /// Number of failures.
    pub attempts: u32,
    /// When the next attempt is due.
    pub next: Timestamp,
    /// The message of the last one.
    pub message: String,
    /// `sequence` of the last record in the failed batch, so that the same batch is sent again under the same `webhook-id`.
    pub upto: u64,
}
