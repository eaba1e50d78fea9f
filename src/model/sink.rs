//! Sinks of the configuration: what they are, and how far each has come in the stream.

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
    /// What is said of each record.
    pub payload: SinkPayload,
    /// Records in one batch at most.
    pub batch: u64,
    /// Bytes of a batch's records at most, unless a single one is larger.
    pub batch_bytes: u64,
}

/// Where a sink's batches go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkTarget {
    /// To an address, by HTTP.
    Webhook {
        /// The address.
        destination: Destination,
        /// Each signs what is sent.
        keys: Vec<SigningKey>,
    },
    /// To the standard input of a program.
    Command {
        /// The program and its arguments.
        command: Vec<String>,
        /// Time for one batch.
        timeout: Duration,
    },
}

impl SinkTarget {
    /// Its word in the configuration.
    pub fn kind(&self) -> &'static str {
        match self {
            SinkTarget::Webhook { .. } => "webhook",
            SinkTarget::Command { .. } => "command",
        }
    }
}

/// What a sink is told of each record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SinkPayload {
    /// All of it.
    #[default]
    Full,
    /// What it is and where, without its texts.
    Thin,
}

impl SinkPayload {
    /// Both by their words in the configuration.
    pub const WORDS: [(&'static str, SinkPayload); 2] = [("full", SinkPayload::Full), ("thin", SinkPayload::Thin)];
}

/// Whether anything is sent to a sink.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SinkMode {
    /// Yes.
    #[default]
    On,
    /// The operator paused it.
    Paused,
    /// Its receiver answered that it wants no more (410).
    Gone,
}

/// How far a sink has come, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkPlace {
    /// The place in the stream behind the last record that was taken.
    pub cursor: Cursor,
    /// Whether anything is sent.
    #[serde(default)]
    pub mode: SinkMode,
    /// Records taken in all.
    #[serde(default)]
    pub taken: u64,
    /// Records that were removed before they were sent.
    #[serde(default)]
    pub missing: u64,
    /// When the last batch was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_taken: Option<Timestamp>,
    /// Since when it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<SinkFailure>,
}

impl SinkPlace {
    /// Of a sink that was never sent anything.
    pub fn at(cursor: Cursor) -> SinkPlace {
        SinkPlace { cursor, mode: SinkMode::On, taken: 0, missing: 0, last_taken: None, failing: None }
    }
}

/// Failures of a sink in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkFailure {
    /// When the first was.
    pub since: Timestamp,
    /// How many.
    pub attempts: u32,
    /// When it is tried again.
    pub next: Timestamp,
    /// The last one, in words.
    pub message: String,
    /// `sequence` of the last record of the batch that failed: the same batch is sent again, under the same `webhook-id`.
    pub upto: u64,
}
