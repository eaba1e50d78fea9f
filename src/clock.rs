//! The one place that asks what time it is.

use std::sync::Arc;
use std::sync::Mutex;

use jiff::Timestamp;

/// A source of the time of day.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's.
    System,
    /// Started at a moment, moved on with Tokio's (pausable) time.
    Simulated {
        /// The moment at which `started` was read.
        epoch: Timestamp,
        /// Tokio's time then.
        started: tokio::time::Instant,
        /// Jumps made by a test.
        offset: Arc<Mutex<jiff::SignedDuration>>,
    },
}

impl Clock {
    /// The time of day.
    pub fn now(&self) -> Timestamp {
        todo!()
    }
}
