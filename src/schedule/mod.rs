//! When to request again: a portal, a failed link, a known article. Pure; jitter is a hash.

pub mod habit;
pub mod quiet;

use std::time::Duration;

use jiff::Timestamp;

use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::pace::Pace;
use crate::model::portal::PortalId;
use crate::schedule::quiet::QuietHours;
use crate::text::fingerprint;

/// The first wait after a transient failure; it doubles with every failure in a row.
pub const FIRST_RETRY: Duration = Duration::from_mins(1);

/// The longest wait after a transient failure: nothing is given up.
pub const LONGEST_RETRY: Duration = Duration::from_hours(24);

/// The wait after a permanent failure or a bug, which only a change of the rules, the site or the program can mend.
pub const LONG_PAUSE: Duration = Duration::from_hours(7 * 24);

/// The longest `Retry-After` that is obeyed; servers have been seen to send years.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(7 * 24);

/// Time after which a page is asked for in full although its server gives validators, so that validators that lie are found out; never
/// earlier.
pub const FULL_LOOK: Duration = Duration::from_hours(24);

/// The longest that a source's own hints (`Cache-Control`, `Expires`, `ttl`, `sy:*`) put off the next look: a feed that calls itself fresh for
/// a year is looked at every day.
pub const LONGEST_HINT: Duration = Duration::from_hours(24);

/// Days on which a source's address must answer with the same permanent redirect until the new address is asked instead.
pub const MOVED_DAYS: u32 = 3;

/// The time after which a known article that was found missing is looked at again, before it counts as withdrawn.
pub const SECOND_LOOK: Duration = Duration::from_hours(24);

/// The first wait of a source that answers 404; it doubles up to [`LONGEST_RETRY`].
pub const FIRST_SLOWING: Duration = Duration::from_hours(2);

/// Time over which visits are spread that quiet hours have put off to their end.
const QUIET_SPREAD: Duration = Duration::from_mins(15);

/// The next visit of a portal after one that ended at `now`: after `every`, and up to a tenth more by a hash of the portal and the number of
/// the visit, so that portals with one rhythm do not stay in step. Never earlier: `every` is the most that a server is asked.
pub fn next_visit(portal: &PortalId, every: Duration, visits: u64, now: Timestamp) -> Timestamp {
    later(now, every + jitter_of(&format!("{portal} {visits}"), every / 10))
}

/// The earliest next look at a source that was read at `now`, by its own account: when its answer is stale and after what its feed asks
/// for, at most [`LONGEST_HINT`] later.
pub fn stale_at(fresh_for: Option<Duration>, pace: Pace, now: Timestamp) -> Timestamp {
    later(now, fresh_for.max(pace.at_least).unwrap_or_default().min(LONGEST_HINT))
}

/// The first moment from `at` that lies in no hour and on no day that a feed wants to be skipped: at most six days and 23 hours later.
pub fn out_of_skips(at: Timestamp, pace: Pace) -> Timestamp {
    const HOUR: i64 = 3600;
    let mut at = at;
    for _ in 0..7 * 24 {
        let hour = at.as_second().div_euclid(HOUR);
        // 1 January 1970 was a Thursday.
        let day = (hour.div_euclid(24) + 3).rem_euclid(7);
        let is_skipped = pace.skip_hours >> hour.rem_euclid(24) & 1 == 1 || pace.skip_days >> day & 1 == 1;
        if !is_skipped {
            break;
        }
        at = Timestamp::from_second((hour + 1) * HOUR).unwrap_or(at);
    }
    at
}

/// When a source that answers 404 is asked again: ever less often, and never given up.
pub fn after_not_found(key: &str, attempts: u32, now: Timestamp) -> Timestamp {
    let pause = FIRST_SLOWING.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_RETRY);
    later(now, pause + jitter_of(&format!("{key} {attempts}"), pause / 10))
}

/// When a failed thing is tried again. `attempts` counts failures in a row, this one included.
pub fn retry_at(key: &str, failure: &Failure, attempts: u32, now: Timestamp) -> Timestamp {
    let pause = match failure.class {
        FailureClass::Transient => back_off(attempts),
        FailureClass::Permanent | FailureClass::TooLarge | FailureClass::Bug | FailureClass::Hang => LONG_PAUSE,
    };
    let pause = pause + jitter_of(&format!("{key} {attempts}"), pause / 10);
    let asked = failure.retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    later(now, pause.max(asked))
}

/// Until when an origin is left alone after `refusals` answers in a row that asked for it: as long as it says, or for a minute that doubles
/// to a day where it sends 429 and does not say.
pub fn rest_until(origin: &str, retry_after: Option<Duration>, refusals: u32, now: Timestamp) -> Timestamp {
    let pause = match retry_after {
        Some(asked) => asked.min(LONGEST_RETRY_AFTER),
        None => back_off(refusals),
    };
    later(now, pause + jitter_of(&format!("{origin} {refusals}"), pause / 10))
}

/// When a known article is looked at again for a revision: at the ages of `ladder` since it was first seen, each once; after the last
/// one never. `now` keeps a look that is overdue from being planned into the past.
pub fn revisit_at(first_seen: Timestamp, ladder: &[Duration], now: Timestamp) -> Option<Timestamp> {
    ladder.iter().map(|age| later(first_seen, *age)).find(|moment| *moment > now)
}

/// When a known article that is missing since a moment is looked at again, before it counts as withdrawn.
pub fn second_look(gone_since: Timestamp) -> Timestamp {
    later(gone_since, SECOND_LOOK)
}

/// When a known article is looked at again that is missing since a moment: for the second time, then like a new one, since it may come back.
pub fn after_gone(gone_since: Timestamp, ladder: &[Duration], now: Timestamp) -> Option<Timestamp> {
    let second = second_look(gone_since);
    if second > now { Some(second) } else { revisit_at(gone_since, ladder, now) }
}

fn back_off(attempts: u32) -> Duration {
    FIRST_RETRY.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_RETRY)
}

/// The seconds that clocks in Vietnam show: +07:00 without daylight saving time.
fn local(second: i64) -> i64 {
    second + 7 * 3600
}

/// A moment out of quiet hours; where it had to be moved, spread over a quarter of an hour by a hash, so that portals with the same quiet hours do not
/// begin together.
pub fn out_of_quiet(portal: &PortalId, quiet: &QuietHours, at: Timestamp) -> Timestamp {
    let moved = quiet.out_of(at);
    let spread = if moved == at { Duration::ZERO } else { jitter_of(portal.as_str(), QUIET_SPREAD) };
    quiet.out_of(later(moved, spread))
}

fn jitter_of(key: &str, bound: Duration) -> Duration {
    Duration::from_millis(fingerprint::jitter(key, u64::try_from(bound.as_millis()).unwrap_or(u64::MAX)))
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failure(class: FailureClass, retry_after: Option<u64>) -> Failure {
        Failure { class, message: String::new(), retry_after: retry_after.map(Duration::from_secs) }
    }

    fn seconds_to(moment: Timestamp) -> i64 {
        moment.as_second() - Timestamp::UNIX_EPOCH.as_second()
    }

    proptest! {
        #[test]
        fn visits_keep_within_a_tenth(every in 1_u64..1_000_000, visits: u64) {
            let portal = PortalId::new("p").unwrap();
            let next = next_visit(&portal, Duration::from_secs(every), visits, Timestamp::UNIX_EPOCH);
            let passed = (next - Timestamp::UNIX_EPOCH).as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "a million is exact")]
            let every = every as f64;
            prop_assert!(passed >= every && passed <= every * 1.101, "{passed} for {every}");
        }

        #[test]
        fn waits_grow_and_are_bounded(attempts in 1_u32..200) {
            let wait = |attempts| seconds_to(retry_at("k", &failure(FailureClass::Transient, None), attempts, Timestamp::UNIX_EPOCH));
            prop_assert!(wait(attempts) >= 60 && wait(attempts) <= 24 * 3600 * 11 / 10);
            prop_assert!(attempts > 9 || wait(attempts + 1) * 2 > wait(attempts) * 3);
        }
    }

    #[test]
    fn retry_after_is_obeyed_and_capped() {
        let wait =
            |asked| seconds_to(retry_at("k", &failure(FailureClass::Transient, Some(asked)), 1, Timestamp::UNIX_EPOCH));
        assert_eq!(wait(3600), 3600);
        assert_eq!(wait(u64::MAX), 7 * 24 * 3600);
    }

    #[test]
    fn hints_are_lower_bounds_with_an_upper_one() {
        let check = |fresh: Option<u64>, pace: Pace, now: &str, expect: &str| {
            let next = out_of_skips(stale_at(fresh.map(Duration::from_secs), pace, now.parse().unwrap()), pace);
            assert_eq!(next.to_string(), expect, "{fresh:?} {pace:?}");
        };
        let at_least = |minutes| Pace { at_least: Some(Duration::from_mins(minutes)), ..Pace::default() };
        let now = "2026-11-26T10:30:00Z";
        check(None, Pace::default(), now, now);
        check(Some(7200), at_least(60), now, "2026-11-26T12:30:00Z");
        check(Some(60), at_least(180), now, "2026-11-26T13:30:00Z");
        check(Some(999_999), Pace::default(), now, "2026-11-27T10:30:00Z");
        check(None, Pace { skip_hours: 1 << 10 | 1 << 11, ..Pace::default() }, now, "2026-11-26T12:00:00Z");
        // A Thursday; Friday to Sunday are skipped.
        check(Some(86_400), Pace { skip_days: 0b111_0000, ..Pace::default() }, now, "2026-11-30T00:00:00Z");
    }

    #[test]
    fn rests_are_as_asked_or_double() {
        let wait = |asked: Option<u64>, refusals| {
            seconds_to(rest_until("o", asked.map(Duration::from_secs), refusals, Timestamp::UNIX_EPOCH))
        };
        assert!((3600..=3960).contains(&wait(Some(3600), 1)));
        assert!((60..=66).contains(&wait(None, 1)) && (120..=132).contains(&wait(None, 2)));
        assert!((86_400..=95_040).contains(&wait(None, 30)));
        assert!(wait(Some(u64::MAX), 1) <= 8 * 86_400);
    }

    #[test]
    fn an_article_is_looked_at_again_at_its_ages() {
        let ladder = [Duration::from_hours(24), Duration::from_hours(7 * 24)];
        let at = |hours: i64| Timestamp::from_second(hours * 3600).unwrap();
        assert_eq!(revisit_at(at(0), &ladder, at(1)), Some(at(24)));
        assert_eq!(revisit_at(at(0), &ladder, at(24)), Some(at(168)));
        assert_eq!(revisit_at(at(0), &ladder, at(169)), None);
        assert_eq!(after_gone(at(0), &[], at(5)), Some(at(24)));
        assert_eq!(after_gone(at(0), &ladder, at(25)), Some(at(168)));
        assert_eq!(after_gone(at(0), &ladder, at(169)), None);
    }
}
