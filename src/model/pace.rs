//! How often a source wants to be requested, by its own hints.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// A source's requested intervals: RSS's `ttl`, `skipHours` and `skipDays` (RSS 2.0), `sy:updatePeriod` and `sy:updateFrequency` (RSS 1.0's
/// syndication module).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// The minimum time between two requests.
    pub at_least: Option<Duration>,
    /// Hours of the day in UTC without requests: bit 0 is midnight to one.
    pub skip_hours: u32,
    /// Days of the week in UTC without requests: bit 0 is Monday.
    pub skip_days: u8,
}

impl Pace {
    /// Whether there are no hints.
    pub fn is_empty(&self) -> bool {
        *self == Pace::default()
    }
}
