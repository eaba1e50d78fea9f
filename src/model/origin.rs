//! What is remembered of an origin (scheme, host and port) beyond one visit, so that a restart forgets no promise.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

/// What is remembered of an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginMemory {
    /// `https://host` or `https://host:8443`.
    pub origin: String,
    /// Until when it asked to be left alone (`Retry-After`, or our back-off where it sent 429 without one).
    pub rest_until: Option<Timestamp>,
    /// Answers in a row that asked for a rest.
    pub refusals: u32,
    /// Its robots.txt, as last got.
    pub robots: Option<RobotsMemory>,
    /// Bodies of it that may go on, the newest last.
    pub unended: Vec<UnterminatedBody>,
}

/// A body whose end nothing told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnterminatedBody {
    /// The address, from its path on.
    pub path: String,
    /// A hash of the body.
    pub body: String,
    /// How often it came, byte for byte the same.
    pub times: u32,
}

/// A robots.txt as last got: its bytes, none where the origin has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsMemory {
    /// When.
    pub fetched: Timestamp,
    /// The first 500 KiB.
    pub body: Bytes,
}
