//! Learns when a portal publishes, by the hour and by working days and other days, and derives how long to wait until the next visit is worth its
//! requests.
//!
//! The unit is an occasion: a visit that found something new. Articles are not counted, because ten at once are one reason to visit. Nobody knows in
//! which of the hours since the previous visit an occasion happened, so each hour gets a share in proportion to its time. Occasions and observed time
//! decay with a half-life, so that the habit follows a portal that changes its rhythm. (For rates of change and revisits, see Cho and Garcia-Molina,
//! "Effective Page Refresh Policies for Web Crawlers", ACM TODS 28(4), 2003. Office hours matter more here than the distribution of the rate.)

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::schedule::local;

/// Minimum time for which a portal must be known before its habit counts: each day of the week once.
const LEARNING: Duration = Duration::from_hours(7 * 24);

/// The half-life of observations.
const HALF_LIFE: Duration = Duration::from_hours(14 * 24);

/// Maximum time between two visits from which hours are learned. A longer interval says nothing about the hour.
const LONGEST_LOOK: Duration = Duration::from_hours(24);

/// Expected number of occasions that makes a visit worth its requests. At a tenth, nine of ten visits find nothing.
const WORTH: f64 = 0.1;

/// Number of bins: the hours of a working day, then those of another day.
const BINS: usize = 48;

const HOUR: i64 = 3600;

/// What was learned about a portal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Habit {
    /// When the observation began.
    since: Timestamp,
    /// The last visit.
    looked: Timestamp,
    /// Decayed number of occasions by hour in +07:00: first working days, then the others.
    occasions: Vec<f64>,
}

impl Habit {
    /// Creates a habit without any observations.
    pub fn new(now: Timestamp) -> Habit {
        Habit { since: now, looked: now, occasions: vec![0.0; BINS] }
    }

    /// Returns when the portal was last visited successfully.
    pub fn looked(&self) -> Timestamp {
        self.looked
    }

    /// Returns the habit after one more visit, which found something new or not.
    #[must_use]
    pub fn after_look(mut self, is_new: bool, now: Timestamp) -> Habit {
        self.occasions.resize(BINS, 0.0);
        let passed = since(self.looked, now);
        self.fade(passed);
        if is_new && !passed.is_zero() && passed <= LONGEST_LOOK {
            self.count(passed, now);
        }
        // If the clock was set back, learning starts again from there.
        self.since = self.since.min(now);
        self.looked = now;
        self
    }

    fn fade(&mut self, passed: Duration) {
        let left = 0.5_f64.powf(passed.as_secs_f64() / HALF_LIFE.as_secs_f64());
        self.occasions.iter_mut().for_each(|count| *count *= left);
    }

    fn count(&mut self, passed: Duration, now: Timestamp) {
        let pieces = hours_between(self.looked, now);
        for (bin, time) in pieces {
            if let Some(count) = self.occasions.get_mut(bin) {
                *count += time.as_secs_f64() / passed.as_secs_f64();
            }
        }
    }

    /// Returns the time until the next visit: `every`, or up to `every_max` if nothing new is likely before.
    pub fn interval(&self, every: Duration, every_max: Duration, now: Timestamp) -> Duration {
        if every_max <= every || since(self.since, now) < LEARNING {
            return every;
        }
        let end = now.saturating_add(every_max).unwrap_or(Timestamp::MAX);
        let (mut expected, mut waited) = (0.0, Duration::ZERO);
        for (bin, time) in hours_between(now, end) {
            let rate = self.rate(bin, now);
            let more = rate * time.as_secs_f64();
            if expected + more >= WORTH {
                waited += Duration::from_secs_f64(((WORTH - expected) / rate).clamp(0.0, time.as_secs_f64()));
                break;
            }
            expected += more;
            waited += time;
        }
        waited.clamp(every, every_max)
    }

    /// Returns the expected occasions per second in a bin.
    fn rate(&self, bin: usize, now: Timestamp) -> f64 {
        let (life, known) = (HALF_LIFE.as_secs_f64(), since(self.since, now).as_secs_f64());
        // The whole observed time, decayed like the occasions.
        let watched = life / std::f64::consts::LN_2 * (1.0 - 0.5_f64.powf(known / life));
        let share = if bin < BINS / 2 { 5.0 / 7.0 } else { 2.0 / 7.0 };
        self.occasions.get(bin).copied().unwrap_or_default() / (watched * share / 24.0)
    }
}

/// Returns the elapsed time, or zero if the clock was set back.
fn since(earlier: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(earlier)).unwrap_or_default()
}

/// Splits a time span at the hours. Returns the bin and the duration of each piece.
fn hours_between(from: Timestamp, to: Timestamp) -> impl Iterator<Item = (usize, Duration)> {
    let end = to.as_second();
    let mut at = from.as_second();
    std::iter::from_fn(move || {
        let hour = local(at).div_euclid(HOUR);
        let next = (at + HOUR - local(at).rem_euclid(HOUR)).min(end);
        let piece = (at < end).then(|| (bin_of(hour), Duration::from_secs((next - at).unsigned_abs())));
        at = next;
        piece
    })
}

fn bin_of(hour: i64) -> usize {
    // 1 January 1970 was a Thursday.
    let is_working_day = (hour.div_euclid(24) + 3).rem_euclid(7) < 5;
    let hour = usize::try_from(hour.rem_euclid(24)).unwrap_or_default();
    if is_working_day { hour } else { hour + BINS / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_mins(30);
    const MOST: Duration = Duration::from_hours(4);

    /// Monday, 00:00 in Vietnam.
    fn monday() -> Timestamp {
        "2025-06-29T17:00:00Z".parse().unwrap()
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(monday().as_second() + hours * HOUR).unwrap()
    }

    /// Returns the habit learned by a visit every half hour, over the given number of days, of a portal that publishes in these hours of a week.
    fn learned(days: i64, publishes: impl Fn(i64) -> bool) -> Habit {
        let mut habit = Habit::new(monday());
        for half in 1..days * 48 {
            let now = Timestamp::from_second(monday().as_second() + half * 1800).unwrap();
            habit = habit.after_look(half % 2 == 0 && publishes((half / 2) % 168), now);
        }
        habit
    }

    fn minutes(habit: &Habit, now: Timestamp) -> u64 {
        habit.interval(EVERY, MOST, now).as_secs() / 60
    }

    #[test]
    fn an_offices_portal_is_looked_at_by_day_and_left_alone_by_night() {
        let habit = learned(28, |hour| hour < 5 * 24 && (8..17).contains(&(hour % 24)));
        let monday = 28 * 24;
        assert_eq!(minutes(&habit, at(monday + 10)), 30, "by day something is likely");
        assert_eq!(minutes(&habit, at(monday + 20)), 240, "by night nothing is");
        let before_work = minutes(&habit, at(monday + 6));
        assert!((60..130).contains(&before_work), "as soon as the day begins: {before_work}");
        assert_eq!(minutes(&habit, at(monday + 5 * 24 + 10)), 240, "on a Saturday");
    }

    #[test]
    fn a_portal_that_publishes_all_day_or_is_not_known_yet_is_visited_in_its_rhythm() {
        assert_eq!(minutes(&learned(28, |_| true), at(28 * 24)), 30);
        assert_eq!(minutes(&learned(6, |_| false), at(6 * 24)), 30);
        assert_eq!(minutes(&learned(8, |_| false), at(8 * 24)), 240);
        assert_eq!(learned(28, |_| false).interval(MOST, EVERY, at(28 * 24)), MOST, "switched off");
    }

    #[test]
    fn a_new_rhythm_is_followed() {
        let mut habit = learned(28, |_| false);
        let mut now = at(28 * 24);
        for _ in 0..3 * 6 {
            now = now.saturating_add(MOST).unwrap();
            habit = habit.after_look(true, now);
        }
        assert!(minutes(&habit, now) <= 120, "half as long after three days: {}", minutes(&habit, now));
    }

    #[test]
    fn clocks_that_jump_teach_nothing_wrong() {
        let habit = learned(28, |hour| hour % 24 == 9);
        let back = habit.clone().after_look(true, at(0));
        assert_eq!(back.looked(), at(0));
        assert_eq!(minutes(&back, at(1)), 30, "it is not known yet");
        let forward = habit.after_look(true, at(365 * 24));
        assert_eq!(minutes(&forward, at(365 * 24)), 240, "an occasion of a year is of no hour");
    }
}
