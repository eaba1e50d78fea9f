//! When a portal is visited: `every`, `every_max` and `quiet`, in its own file or in `[defaults]`.

use std::time::Duration;

use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::schedule::quiet::QuietHours;
use crate::schedule::quiet::QuietSpan;

/// When a portal is visited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// Minimum time between visits.
    pub(super) every: Duration,
    /// Maximum time between visits, while nothing new is likely.
    pub(super) every_max: Duration,
    /// Hours in which the service does not visit it.
    pub(super) quiet: QuietHours,
}

/// Reads the three keys of a table. `around` has the values for missing ones.
pub(super) fn read(table: &mut Table<'_>, around: Rhythm) -> Rhythm {
    let every = table.read("every", Value::duration);
    let every_max = table.read("every_max", |value| {
        let most = value.duration()?;
        if every.is_some_and(|every| most < every) {
            value.problem("`every_max` is shorter than `every`", "omit it, or make it at least as long");
        }
        Some(most)
    });
    let quiet = table.read("quiet", read_quiet);
    Rhythm {
        every: every.unwrap_or(around.every),
        every_max: every_max.unwrap_or(around.every_max),
        quiet: quiet.unwrap_or(around.quiet),
    }
}

fn read_quiet(value: &Value<'_>) -> Option<QuietHours> {
    let spans: Option<Vec<QuietSpan>> = value.elements()?.iter().map(|span| span.parsed(str::parse)).collect();
    let quiet = QuietHours::new(spans?);
    if quiet.is_none() {
        value.problem("`quiet` leaves no minute of the day", "leave some time for visits");
    }
    quiet
}
