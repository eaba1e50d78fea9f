//! When a portal is visited: `every`, `every_max` and `quiet`, in its own file or in `[defaults]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::schedule::quiet::QuietHours;
use crate::schedule::quiet::QuietSpan;

/// Bounds of `every` and `every_max`.
const BOUNDS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(365 * 24);

/// When a portal is visited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// Time between visits.
    pub(super) every: Duration,
    /// Time between visits at most, where nothing new is likely.
    pub(super) every_max: Duration,
    /// Hours in which it is left alone.
    pub(super) quiet: QuietHours,
}

impl Default for Rhythm {
    fn default() -> Rhythm {
        Rhythm { every: Duration::from_hours(1), every_max: Duration::from_hours(4), quiet: QuietHours::default() }
    }
}

/// Reads the three keys of a table; `around` holds where it does not say.
pub(super) fn read(table: &mut Table<'_>, around: Rhythm) -> Rhythm {
    let every = table.take("every").and_then(|value| value.duration(BOUNDS));
    let every_max = table.take("every_max");
    let most = every_max.as_ref().and_then(|value| value.duration(BOUNDS));
    if let (Some(value), Some(every), Some(most)) = (&every_max, every, most)
        && most < every
    {
        value.problem("`every_max` is shorter than `every`", "leave it out, or make it as long at least");
    }
    let quiet = table.take("quiet").and_then(|value| read_quiet(&value));
    Rhythm {
        every: every.unwrap_or(around.every),
        every_max: most.unwrap_or(around.every_max),
        quiet: quiet.unwrap_or(around.quiet),
    }
}

fn read_quiet(value: &Value<'_>) -> Option<QuietHours> {
    const EXAMPLE: &str = "quiet = [\"22:00-05:00\"]";
    let spans = value.list(EXAMPLE)?;
    let read: Option<Vec<QuietSpan>> = spans.iter().map(|span| span.parsed(EXAMPLE, str::parse)).collect();
    let quiet = QuietHours::new(read?);
    if quiet.is_none() {
        value.problem("`quiet` leaves no minute of the day", "give the portal some time");
    }
    quiet
}
