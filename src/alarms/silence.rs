//! Determines how long a portal is usually silent, and when its silence becomes unusual.
//!
//! Portals publish during office hours and on working days, so the mean gap says little: each night would raise an alarm. Instead, each day with
//! something new has a longest gap that ended on it, and the median over the last four weeks of such days is the usual gap. For a portal that
//! publishes all day, that is a night; for one that publishes on Fridays, a week.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::Serialize;

use crate::alarms::PortalObservations;
use crate::alarms::passed;
use crate::model::alarm::AlarmKey;
use crate::model::alarm::AlarmKind;
use crate::model::alarm::Reason;
use crate::model::portal::PortalId;
use crate::text::date::rfc3339;

/// Number of days with something new that are remembered.
pub const DAYS: usize = 28;

/// Minimum number of known days before a gap counts as usual.
const LEAST_DAYS: usize = 5;

/// Minimum usual gap. Shorter gaps are inside one batch, and a missing batch is not silence.
const LEAST_GAP: Duration = Duration::from_hours(1);

/// The longest gap that ended on a day with something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The day in +07:00.
    pub day: Date,
    /// The length of the gap.
    pub longest: Duration,
}

/// Adds a gap that ended on `day`.
pub fn with_gap(mut gaps: Vec<Gap>, day: Date, gap: Duration) -> Vec<Gap> {
    match gaps.last_mut().filter(|last| last.day == day) {
        Some(last) => last.longest = last.longest.max(gap),
        None => gaps.push(Gap { day, longest: gap }),
    }
    let surplus = gaps.len().saturating_sub(DAYS);
    gaps.drain(..surplus);
    gaps
}

/// Returns the usual gap. None if too few days are known.
pub fn usual_gap(gaps: &[Gap]) -> Option<Duration> {
    let mut longest: Vec<Duration> = gaps.iter().map(|gap| gap.longest).collect();
    longest.sort_unstable();
    (longest.len() >= LEAST_DAYS).then(|| longest.get(longest.len() / 2).copied().unwrap_or_default().max(LEAST_GAP))
}

/// Returns when silence becomes unusual: after `times` the usual gap. None if `times` is 0 or there is no usual gap.
pub fn due(last_new: Option<Timestamp>, gaps: &[Gap], times: u32) -> Option<Timestamp> {
    let gap = usual_gap(gaps).filter(|_| times > 0)?;
    last_new?.saturating_add(gap.saturating_mul(times)).ok()
}

pub(super) fn reason(portal: &PortalId, watched: &PortalObservations, times: u32, now: Timestamp) -> Option<Reason> {
    let due = due(watched.last_new, &watched.gaps, times)?;
    let (last, gap) = (watched.last_new?, usual_gap(&watched.gaps)?);
    // A portal that was not visited, because the program or the portal was down, is not known to be silent.
    if watched.looked.is_none_or(|looked| looked < due) {
        return None;
    }
    let hours = |time: Duration| time.as_secs() / 3600;
    let message = format!(
        "nothing new from {portal} since {}, for {} h; its usual longest gap in a day is {} h",
        rfc3339(last),
        hours(passed(last, now)),
        hours(gap)
    );
    Some(Reason { key: AlarmKey::of_portal(AlarmKind::PortalSilent, portal, ""), message, evidence: None })
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    /// Returns what is known after articles at these hours, counted from a Monday's midnight.
    fn known(hours: &[i64]) -> (Option<Timestamp>, Vec<Gap>) {
        let mut gaps = Vec::new();
        for pair in hours.windows(2) {
            let day = date(2025, 6, 30).saturating_add((pair[1].div_euclid(24)).days());
            gaps = with_gap(gaps, day, HOUR * u32::try_from(pair[1] - pair[0]).unwrap());
        }
        (hours.last().map(|hour| Timestamp::from_second(hour * 3600).unwrap()), gaps)
    }

    #[test]
    fn the_usual_gap_is_a_night_for_who_publishes_all_day_and_a_week_for_who_publishes_on_fridays() {
        let office: Vec<i64> =
            (0..28).filter(|day| day % 7 < 5).flat_map(|day| (8..17).map(move |hour| day * 24 + hour)).collect();
        assert_eq!(usual_gap(&known(&office).1), Some(HOUR * 16));
        let fridays: Vec<i64> = (0..8).map(|week| (week * 7 + 4) * 24 + 15).collect();
        assert_eq!(usual_gap(&known(&fridays).1), Some(HOUR * 168));
        assert_eq!(usual_gap(&known(&office[..20]).1), None, "two days tell nothing");
        let at_once: Vec<i64> = (0..10).map(|day| day * 24).chain([240, 240, 240]).collect();
        assert_eq!(usual_gap(&known(&at_once).1), Some(HOUR * 24), "a batch is no change of rhythm");
    }

    #[test]
    fn silence_is_told_when_it_is_due_and_not_over_a_weekend() {
        let office: Vec<i64> =
            (0..26).filter(|day| day % 7 < 5).flat_map(|day| (8..17).map(move |hour| day * 24 + hour)).collect();
        let (last_new, gaps) = known(&office);
        let due = due(last_new, &gaps, 5).unwrap();
        assert_eq!(due, last_new.unwrap() + HOUR * 80);
        let told_by = |looked, now| {
            let watched = PortalObservations {
                last_new,
                looked: Some(looked),
                gaps: gaps.clone(),
                ..PortalObservations::default()
            };
            reason(&PortalId::new("p").unwrap(), &watched, 5, now)
        };
        let told = |now| told_by(now, now);
        // From Friday 16:00 to Monday 08:00 is 64 hours.
        assert_eq!(told(last_new.unwrap() + HOUR * 64), None);
        assert_eq!(told(due - Duration::from_secs(1)), None);
        assert!(told(due).unwrap().message.contains("for 80 h; its usual longest gap in a day is 16 h"));
        assert_eq!(told_by(due - Duration::from_secs(1), due + HOUR * 200), None, "nobody looked");
        let watched = PortalObservations { last_new, looked: Some(due), gaps, ..PortalObservations::default() };
        assert_eq!(reason(&PortalId::new("p").unwrap(), &watched, 0, due), None, "switched off");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let daily: Vec<i64> = (0..100).map(|day| day * 24).collect();
        assert_eq!(known(&daily).1.len(), DAYS);
    }
}
