//! What is remembered of an origin (scheme, host and port) beyond one visit, so that a restart forgets no promise.

use bytes::Bytes;
use jiff::Timestamp;

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
}

/// A robots.txt as last got: its bytes, none where the origin has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsMemory {
    /// When.
    pub fetched: Timestamp,
    /// The first 500 KiB.
    pub body: Bytes,
}
