//! What is stored about an origin (scheme, host and port) beyond one visit, so that a restart forgets nothing.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

/// What is stored about an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginMemory {
    /// `https://host` or `https://host:8443`.
    pub origin: String,
    /// Until when it asked for no requests (`Retry-After`, or our back-off after a 429 without one).
    pub rest_until: Option<Timestamp>,
    /// Consecutive responses that asked for a pause.
    pub refusals: u32,
    /// Its last robots.txt.
    pub robots: Option<RobotsMemory>,
    /// Its bodies without an end, the newest last.
    pub unended: Vec<UnterminatedBody>,
}

/// A body without a known end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnterminatedBody {
    /// The URL from its path on.
    pub path: String,
    /// A hash of the body.
    pub body: String,
    /// How often it came with exactly the same bytes.
    pub times: u32,
}

/// The last robots.txt: its bytes, or none if the origin has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsMemory {
    /// When it was fetched.
    pub fetched: Timestamp,
    /// The first 500 KiB.
    pub body: Bytes,
}
