//! Reads how often a feed asks to be requested.

use std::time::Duration;

use crate::model::pace::Pace;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Names of the days, in the order of [`Pace::skip_days`].
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Whether an element outside entries, given by its name in lower case, states how often to request the feed.
pub(super) fn is_pacing_element(name: &str) -> bool {
    matches!(name, "ttl" | "hour" | "day" | "sy:updateperiod" | "sy:updatefrequency")
}

/// The values of these elements.
#[derive(Debug, Default)]
pub(super) struct PacingElements {
    ttl: Option<u64>,
    period: Option<u64>,
    frequency: Option<u64>,
    skip_hours: u32,
    skip_days: u8,
}

impl PacingElements {
    /// Takes the text of an element. Values that make no sense are ignored.
    pub(super) fn take(&mut self, name: &str, text: &str) {
        let number = || text.parse::<u64>().ok().filter(|number| *number > 0);
        match name {
            "ttl" => self.ttl = number().map(|minutes| minutes.saturating_mul(MINUTE)),
            "sy:updateperiod" => self.period = period(text),
            "sy:updatefrequency" => self.frequency = number(),
            // RSS 0.91 counts hours from 1 to 24, RSS 2.0 from 0 to 23. In both, hour 24 or 0 is the one at midnight.
            "hour" => {
                let hour = text.parse::<u32>().ok().filter(|hour| *hour <= 24);
                self.skip_hours |= hour.map_or(0, |hour| 1 << (hour % 24));
            }
            "day" => {
                let day = DAYS.iter().position(|day| text.eq_ignore_ascii_case(day));
                self.skip_days |= day.map_or(0, |day| 1 << day);
            }
            _ => {}
        }
    }

    /// Returns the combined values. A feed that asks to be skipped at every hour or on every day is ignored in that respect.
    pub(super) fn pace(&self) -> Pace {
        let by_period = self.period.map(|period| period / self.frequency.unwrap_or(1));
        Pace {
            at_least: self.ttl.max(by_period).map(Duration::from_secs),
            skip_hours: if self.skip_hours == 0x00FF_FFFF { 0 } else { self.skip_hours },
            skip_days: if self.skip_days == 0x7F { 0 } else { self.skip_days },
        }
    }
}

fn period(text: &str) -> Option<u64> {
    Some(match text.to_ascii_lowercase().as_str() {
        "hourly" => HOUR,
        "daily" => DAY,
        "weekly" => 7 * DAY,
        "monthly" => 30 * DAY,
        "yearly" => 365 * DAY,
        _ => return None,
    })
}
