//! When to look again: at a portal, a failed link, a known article. Pure; jitter is a hash.

pub mod habit;
pub mod quiet;

use std::time::Duration;

use jiff::Timestamp;

use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
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

/// Time over which visits are spread that quiet hours have put off to their end.
const QUIET_SPREAD: Duration = Duration::from_mins(15);

/// The next visit of a portal after one that ended at `now`: after `every`, less or more up to a tenth by a hash of the portal and the
/// number of the visit, so that portals with one rhythm do not stay in step.
pub fn next_visit(portal: &PortalId, every: Duration, visits: u64, now: Timestamp) -> Timestamp {
    let tenth = every / 10;
    let spread = jitter_of(&format!("{portal} {visits}"), tenth * 2);
    later(now, every.saturating_sub(tenth) + spread)
}

/// When a failed thing is tried again. `attempts` counts failures in a row, this one included.
pub fn retry_at(key: &str, failure: &Failure, attempts: u32, now: Timestamp) -> Timestamp {
    let pause = match failure.class {
        FailureClass::Transient => {
            FIRST_RETRY.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_RETRY)
        }
        FailureClass::Permanent | FailureClass::Bug => LONG_PAUSE,
    };
    let pause = pause + jitter_of(&format!("{key} {attempts}"), pause / 10);
    let asked = failure.retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
    later(now, pause.max(asked))
}

/// When a known article is looked at again for a revision: at the ages of `ladder` since it was first seen, each once; after the last
/// one never. `now` keeps a look that is overdue from being planned into the past.
pub fn revisit_at(first_seen: Timestamp, ladder: &[Duration], now: Timestamp) -> Option<Timestamp> {
    ladder.iter().map(|age| later(first_seen, *age)).find(|moment| *moment > now)
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
            prop_assert!(passed >= every * 0.899 && passed <= every * 1.101, "{passed} for {every}");
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
    fn an_article_is_looked_at_again_at_its_ages() {
        let ladder = [Duration::from_hours(24), Duration::from_hours(7 * 24)];
        let at = |hours: i64| Timestamp::from_second(hours * 3600).unwrap();
        assert_eq!(revisit_at(at(0), &ladder, at(1)), Some(at(24)));
        assert_eq!(revisit_at(at(0), &ladder, at(24)), Some(at(168)));
        assert_eq!(revisit_at(at(0), &ladder, at(169)), None);
    }
}
