//! Decides when to request something again: a portal, a failed link, a known article. Pure; jitter is a hash.

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

/// The first delay after a transient failure. It doubles with every consecutive failure.
pub const FIRST_RETRY: Duration = Duration::from_mins(1);

/// Maximum delay after a transient failure. Retries never stop.
pub const LONGEST_RETRY: Duration = Duration::from_hours(24);

/// The delay after a permanent failure or a bug, which only a change of the rules, the site or the program can fix.
pub const LONG_PAUSE: Duration = Duration::from_hours(7 * 24);

/// Maximum `Retry-After` that is obeyed. Some servers send years.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(7 * 24);

/// The delay after the first failure of a sink. Most receivers that restart are back in seconds. It doubles with every consecutive failure.
pub const FIRST_SINK_RETRY: Duration = Duration::from_secs(2);

/// Maximum delay after a failure of a sink. Retries never stop.
pub const LONGEST_SINK_RETRY: Duration = Duration::from_hours(4);

/// Minimum time between unconditional requests for a page whose server sends validators. They detect wrong validators.
pub const FULL_LOOK: Duration = Duration::from_hours(24);

/// Maximum delay caused by a source's own hints (`Cache-Control`, `Expires`, `ttl`, `sy:*`). A feed that claims to be fresh for a year is still
/// requested every day.
pub const LONGEST_HINT: Duration = Duration::from_hours(24);

/// Number of days on which a source's URL must return the same permanent redirect before the new URL is requested instead.
pub const MOVED_DAYS: u32 = 3;

/// Time after which an article that was found missing is requested again, before it counts as withdrawn.
pub const SECOND_LOOK: Duration = Duration::from_hours(24);

/// The first delay after a source returned 404. It doubles up to [`LONGEST_RETRY`].
pub const FIRST_SLOWING: Duration = Duration::from_hours(2);

/// Time over which visits are spread that were postponed to the end of quiet hours.
const QUIET_SPREAD: Duration = Duration::from_mins(15);

/// Returns the next visit of a portal after one that ended at `now`: after `every` plus up to a tenth. A hash of the portal and the visit's number
/// decides the extra time, so that portals with the same interval do not stay in step. It is never earlier, because `every` is the highest rate at
/// which a server is visited.
pub fn next_visit(portal: &PortalId, every: Duration, visits: u64, now: Timestamp) -> Timestamp {
    later(now, every + jitter_of(&format!("{portal} {visits}"), every / 10))
}

/// Returns the earliest next request of a source that was read at `now`, by its own hints: when its response is stale and the pause that its feed
/// asks for is over. At most [`LONGEST_HINT`] later.
pub fn stale_at(fresh_for: Option<Duration>, pace: Pace, now: Timestamp) -> Timestamp {
    later(now, fresh_for.max(pace.at_least).unwrap_or_default().min(LONGEST_HINT))
}

/// Returns the first moment from `at` on that is in no hour and on no day that a feed asks to skip: at most six days and 23 hours later.
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

/// Returns when to request a source again that returned 404. The intervals grow, but never become infinite.
pub fn after_not_found(key: &str, attempts: u32, now: Timestamp) -> Timestamp {
    later(now, spread(key, attempts, doubled(FIRST_SLOWING, attempts, LONGEST_RETRY)))
}

/// Returns when to retry after a failure. `attempts` is the number of consecutive failures, including this one.
pub fn retry_at(key: &str, failure: &Failure, attempts: u32, now: Timestamp) -> Timestamp {
    let pause = match failure.class {
        FailureClass::Transient => back_off(attempts),
        FailureClass::Permanent | FailureClass::TooLarge | FailureClass::Bug | FailureClass::Hang => LONG_PAUSE,
    };
    let asked = failure.retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    later(now, spread(key, attempts, pause).max(asked))
}

/// Returns when to retry a sink that failed `attempts` times in a row, no sooner than its receiver asks for.
pub fn sink_retry_at(sink: &str, attempts: u32, asked: Option<Duration>, now: Timestamp) -> Timestamp {
    let pause = spread(sink, attempts, doubled(FIRST_SINK_RETRY, attempts, LONGEST_SINK_RETRY));
    later(now, pause.max(asked.unwrap_or_default().min(LONGEST_RETRY_AFTER)))
}

/// Returns until when to leave an origin alone after `refusals` consecutive responses that asked for it: as long as the server says. After a 429
/// without a time, it is one minute, which doubles up to one day.
pub fn rest_until(origin: &str, retry_after: Option<Duration>, refusals: u32, now: Timestamp) -> Timestamp {
    let pause = match retry_after {
        Some(asked) => asked.min(LONGEST_RETRY_AFTER),
        None => back_off(refusals),
    };
    later(now, spread(origin, refusals, pause))
}

/// Returns when to request a known article again to look for a revision: once at each age in `ladder` since it was first seen. None after the last
/// one. Ages that are already over at `now` are skipped.
pub fn revisit_at(first_seen: Timestamp, ladder: &[Duration], now: Timestamp) -> Option<Timestamp> {
    ladder.iter().map(|age| later(first_seen, *age)).find(|moment| *moment > now)
}

/// Returns when to request an article again that has been missing since a moment, before it counts as withdrawn.
pub fn second_look(gone_since: Timestamp) -> Timestamp {
    later(gone_since, SECOND_LOOK)
}

/// Returns when to request an article again that has been missing since a moment: a second time, and then like a new article, because it may come
/// back.
pub fn after_gone(gone_since: Timestamp, ladder: &[Duration], now: Timestamp) -> Option<Timestamp> {
    let second = second_look(gone_since);
    if second > now { Some(second) } else { revisit_at(gone_since, ladder, now) }
}

fn back_off(attempts: u32) -> Duration {
    doubled(FIRST_RETRY, attempts, LONGEST_RETRY)
}

/// Returns the delay after `attempts` consecutive failures: `first`, doubled with every further failure up to `longest`.
pub fn doubled(first: Duration, attempts: u32, longest: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(longest)
}

/// Adds up to a tenth to a delay, by a hash of its key and its attempts, so that things that failed together do not return together.
fn spread(key: &str, attempts: u32, pause: Duration) -> Duration {
    pause + jitter_of(&format!("{key} {attempts}"), pause / 10)
}

/// Returns the seconds that clocks in Vietnam show: +07:00 without daylight saving time.
fn local(second: i64) -> i64 {
    second + 7 * 3600
}

/// Moves a moment out of quiet hours. It is then also spread over a quarter of an hour by a hash, so that portals with the same quiet hours do not
/// start together.
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
        // A Thursday. Friday to Sunday are skipped.
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
