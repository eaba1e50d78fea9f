//! Decides when to raise alarms from what is known about a portal's pages, sources and gaps. Pure: observations in, reasons for alarms out.

pub mod drift;
pub mod silence;

use std::time::Duration;

use jiff::Timestamp;

use crate::alarms::drift::Observation;
use crate::alarms::silence::Gap;
use crate::model::alarm::AlarmKey;
use crate::model::alarm::AlarmKind;
use crate::model::alarm::Reason;
use crate::model::portal::PortalId;
use crate::model::settings::AlarmSettings;
use crate::text::count::counted;

/// What is known about a portal at the end of a visit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PortalObservations {
    /// Its last pages, oldest first.
    pub observations: Vec<Observation>,
    /// When a new article was last found.
    pub last_new: Option<Timestamp>,
    /// Its gaps between new articles.
    pub gaps: Vec<Gap>,
    /// When it was last visited successfully.
    pub looked: Option<Timestamp>,
    /// Ongoing failures of the portal (an empty name) and its sources.
    pub failing: Vec<OngoingFailure>,
    /// Number of pages in quarantine.
    pub quarantined: u64,
    /// Number of articles that its robots.txt disallows, if none was ever fetched.
    pub closed: u64,
    /// Its open alarms, and when they were raised.
    pub open: Vec<(AlarmKey, Timestamp)>,
}

impl PortalObservations {
    /// Whether an alarm is open.
    pub fn is_open(&self, key: &AlarmKey) -> bool {
        self.open.iter().any(|(open, _)| open == key)
    }
}

/// A failure that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OngoingFailure {
    /// The source. Empty for the portal as a whole.
    pub source: String,
    /// When it began, without a success since then.
    pub since: Timestamp,
    /// Number of consecutive failures.
    pub times: u32,
    /// The last failure.
    pub message: String,
    /// The kind of alarm for which this failure is a reason by itself, even if it has just begun.
    pub kind: Option<AlarmKind>,
    /// The page that showed the failure.
    pub evidence: Option<crate::model::record::RawRef>,
}

/// Minimum number of consecutive visits that find a list empty, or a feed replaced by a web page. A single one may have hit a moment of maintenance.
const TIMES_IN_A_ROW: u32 = 2;

/// Minimum number of articles that robots.txt must disallow, with none fetched, before the portal counts as closed. A single one may be a print view.
const CLOSED_ARTICLES: u64 = 3;

/// Returns the current reasons for alarms about a portal.
pub fn reasons(
    portal: &PortalId,
    watched: &PortalObservations,
    settings: &AlarmSettings,
    now: Timestamp,
) -> Vec<Reason> {
    let raised = |kind, subject: &str| {
        let key = AlarmKey::of_portal(kind, portal, subject);
        watched.open.iter().find(|(open, _)| *open == key).map(|(_, raised)| *raised)
    };
    let mut reasons = drift::reasons(portal, &watched.observations, &raised, now);
    reasons.extend(silence::reason(portal, watched, settings.silent_after, now));
    reasons.extend(timed_reasons(portal, watched, settings, now));
    if watched.quarantined > 0 {
        let message = format!(
            "{} of {portal} in quarantine; `tintinh status` shows why, and `tintinh retry {portal}` reads them again after a fix",
            counted(watched.quarantined, "page")
        );
        reasons.push(Reason { key: AlarmKey::of_portal(AlarmKind::Quarantine, portal, ""), message, evidence: None });
    }
    if watched.closed >= CLOSED_ARTICLES {
        let message = format!(
            "robots.txt of {portal} disallows all of its articles that were found, {} by now: ask its operator for permission, or disable the portal",
            watched.closed
        );
        reasons.push(Reason {
            key: AlarmKey::of_portal(AlarmKind::ClosedByRobots, portal, ""),
            message,
            evidence: None,
        });
    }
    reasons
}

/// Returns the reasons that arise from elapsed time alone, even without a visit.
pub fn timed_reasons(
    portal: &PortalId,
    watched: &PortalObservations,
    settings: &AlarmSettings,
    now: Timestamp,
) -> Vec<Reason> {
    watched.failing.iter().filter_map(|failing| failing_reason(portal, failing, settings, now)).collect()
}

fn failing_reason(
    portal: &PortalId,
    failing: &OngoingFailure,
    settings: &AlarmSettings,
    now: Timestamp,
) -> Option<Reason> {
    let OngoingFailure { source, since, times, message, kind, evidence } = failing;
    let (kind, evidence) = match kind {
        Some(kind) if *times >= TIMES_IN_A_ROW || is_certain(*kind) => (*kind, evidence.clone()),
        _ if passed(*since, now) >= settings.failing_after => {
            (if source.is_empty() { AlarmKind::PortalFailing } else { AlarmKind::SourceFailing }, None)
        }
        _ => return None,
    };
    let of = if source.is_empty() { portal.to_string() } else { format!("source {source} of {portal}") };
    let since = crate::text::date::rfc3339(*since);
    let message = format!("{of} has failed since {since}, {} in a row: {message}", counted(times, "time"));
    Some(Reason { key: AlarmKey::of_portal(kind, portal, source), message, evidence })
}

/// Whether one failure of a kind is enough, because it cannot be a temporary problem of a server.
fn is_certain(kind: AlarmKind) -> bool {
    matches!(kind, AlarmKind::Quarantine | AlarmKind::ClosedByRobots)
}

/// Returns the elapsed time, or zero if the clock was set back.
fn passed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portal() -> PortalId {
        PortalId::new("p").unwrap()
    }

    fn settings() -> AlarmSettings {
        AlarmSettings { failing_after: Duration::from_hours(24), silent_after: 5, ..AlarmSettings::default() }
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * 3600).unwrap()
    }

    fn kinds(failing: OngoingFailure, now: Timestamp) -> Vec<&'static str> {
        let watched = PortalObservations { failing: vec![failing], ..PortalObservations::default() };
        reasons(&portal(), &watched, &settings(), now).iter().map(|reason| reason.key.kind.name()).collect()
    }

    #[test]
    fn what_fails_is_told_after_a_day_and_what_turned_into_something_else_at_the_second_time() {
        let failing = |source: &str, times, kind| OngoingFailure {
            source: source.to_owned(),
            since: at(0),
            times,
            message: "HTTP status 500".to_owned(),
            kind,
            evidence: None,
        };
        assert_eq!(kinds(failing("", 9, None), at(23)), Vec::<&str>::new());
        assert_eq!(kinds(failing("", 9, None), at(24)), ["portal-failing"]);
        assert_eq!(kinds(failing("tin", 1, None), at(24)), ["source-failing"]);
        assert_eq!(kinds(failing("tin", 1, Some(AlarmKind::ListingEmpty)), at(1)), Vec::<&str>::new());
        assert_eq!(kinds(failing("tin", 2, Some(AlarmKind::ListingEmpty)), at(1)), ["listing-empty"]);
        assert_eq!(kinds(failing("tin", 1, Some(AlarmKind::ClosedByRobots)), at(0)), ["closed-by-robots"], "at once");
        assert_eq!(kinds(failing("tin", 9, None), at(-5)), Vec::<&str>::new(), "the clock was set back");
    }

    #[test]
    fn quarantine_is_a_reason_as_long_as_pages_wait_there() {
        let watched = PortalObservations { quarantined: 2, ..PortalObservations::default() };
        let reasons = reasons(&portal(), &watched, &settings(), at(0));
        assert!(reasons[0].message.contains("2 pages of p") && reasons[0].message.contains("tintinh retry p"));
    }
}
