//! Describes how far moments are from now.

use std::time::Duration;

use jiff::Timestamp;

use crate::overview::Overview;
use crate::store::PortalStatus;

/// When the next visit of a portal is due.
pub(super) fn next_visit(overview: &Overview, portal: &PortalStatus) -> String {
    let overdue = overview.overdue(portal);
    match portal.leased_until {
        Some(_) => "under way".to_owned(),
        None if !overview.is_enabled(&portal.portal) => "disabled".to_owned(),
        None if overdue > Duration::from_mins(1) => format!("overdue {}", span(overdue)),
        None => {
            wait(overview.at, portal.next_due).map_or_else(|| "now".to_owned(), |wait| format!("in {}", span(wait)))
        }
    }
}

/// The time until a moment; `None` if it has passed.
pub(super) fn wait(now: Timestamp, moment: Timestamp) -> Option<Duration> {
    Duration::try_from(moment.duration_since(now)).ok().filter(|wait| !wait.is_zero())
}

/// How long ago a moment was.
pub(super) fn ago(now: Timestamp, moment: Timestamp) -> String {
    Duration::try_from(now.duration_since(moment))
        .map_or_else(|_| "just now".to_owned(), |past| format!("{} ago", span(past)))
}

/// A duration in its largest unit, since operators care whether it is minutes or days.
pub(super) fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}
