//! What went wrong, by what it means for the next try.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// A failure, kept with the link or source it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it means for the next try.
    pub class: FailureClass,
    /// One line for people: what, where, and what would help.
    pub message: String,
    /// How long the server asked us to stay away (`Retry-After`).
    pub retry_after: Option<Duration>,
}

/// What a failure means for the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Timeout, DNS, reset, 429, 5xx, cut body: again after a back-off, never given up.
    Transient,
    /// Wrong type, too large, redirect loop, private address: again when rules change, or after a long pause.
    Permanent,
    /// A panic in a stage or a broken invariant: quarantined with its page.
    Bug,
}
