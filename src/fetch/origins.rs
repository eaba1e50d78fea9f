//! Knowledge of origins, shared by all visits: their robots.txt, until when not to send requests, and who uses them now.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use crate::fetch::FetchError;
use crate::fetch::PRODUCT_TOKEN;
use crate::fetch::robots::Robots;
use crate::fetch::robots::Rules;
use crate::model::origin::OriginMemory;
use crate::model::origin::RobotsMemory;
use crate::model::origin::UnterminatedBody;
use crate::schedule;

/// How long a robots.txt is valid (RFC 9309, section 2.4).
pub const ROBOTS_KEPT: Duration = Duration::from_hours(24);
/// How long an unreachable robots.txt is not requested again, so that a visit's links do not each wait for it.
const UNREACHABLE_KEPT: Duration = Duration::from_mins(5);
/// Maximum number of origins kept. The one with the oldest robots.txt is removed first. There are some hundred portals.
const MAX_ORIGINS: usize = 4_096;
/// Maximum number of bodies without an end remembered per origin. The oldest is removed first.
const MAX_UNENDED: usize = 32;
/// How often a body without an end must come with exactly the same bytes to be accepted.
const TIMES: u32 = 3;

/// All origins.
#[derive(Debug, Default)]
pub(super) struct Origins {
    origins: Mutex<HashMap<String, Origin>>,
    hosts: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Instant>>>>>,
}

/// What is known about an origin.
#[derive(Debug, Clone, Default)]
struct Origin {
    robots: Option<Entry>,
    rest_until: Option<Timestamp>,
    refusals: u32,
    unended: Vec<UnterminatedBody>,
    /// Whether it is not yet stored.
    is_new: bool,
}

/// What an origin's robots.txt says.
#[derive(Debug, Clone, Default)]
pub(super) struct OriginRules {
    /// The rules for us.
    pub(super) rules: Rules,
    /// URLs of sitemaps, as written.
    pub(super) sitemaps: Vec<String>,
    memory: Option<RobotsMemory>,
}

#[derive(Debug, Clone)]
struct Entry {
    until: Timestamp,
    /// The last good response. It is used while the file is unreachable (section 2.4).
    known: Option<Arc<OriginRules>>,
    failure: Option<FetchError>,
}

impl OriginRules {
    /// Reads a robots.txt. Empty bytes contain no rules.
    pub(super) fn read(body: &Bytes, fetched: Timestamp) -> OriginRules {
        let robots = Robots::parse(body);
        let memory = Some(RobotsMemory { fetched, body: body.clone() });
        OriginRules { rules: robots.for_agent(PRODUCT_TOKEN), sitemaps: robots.sitemaps().to_vec(), memory }
    }
}

impl Origins {
    /// Returns the robots.txt of an origin, if it need not be requested.
    pub(super) fn robots(&self, origin: &str, now: Timestamp) -> Option<Result<Arc<OriginRules>, FetchError>> {
        let origins = self.lock();
        // An entry that is valid for longer than this dates from before the clock was set back.
        let holds = |entry: &&Entry| now < entry.until && entry.until <= later(now, ROBOTS_KEPT);
        let entry = origins.get(origin)?.robots.as_ref().filter(holds)?;
        Some(entry.answer())
    }

    /// Stores the result of a request for robots.txt, and returns what is valid now.
    pub(super) fn put_robots(
        &self,
        origin: &str,
        now: Timestamp,
        asked: Result<OriginRules, FetchError>,
    ) -> Result<Arc<OriginRules>, FetchError> {
        let mut origins = self.lock();
        let known = origin_mut(&mut origins, origin);
        let earlier = known.robots.take().and_then(|entry| entry.known);
        let entry = match asked {
            Ok(asked) => Entry { until: later(now, ROBOTS_KEPT), known: Some(Arc::new(asked)), failure: None },
            Err(failure) => Entry { until: later(now, UNREACHABLE_KEPT), known: earlier, failure: Some(failure) },
        };
        known.is_new |= entry.failure.is_none();
        let answer = entry.answer();
        known.robots = Some(entry);
        answer
    }

    /// Returns until when not to send requests to an origin, if that moment is not over.
    pub(super) fn rests_until(&self, origin: &str, now: Timestamp) -> Option<Timestamp> {
        // No pause is longer than the longest one and its jitter. A later moment dates from before the clock was set back.
        let longest = later(now, schedule::LONGEST_RETRY_AFTER + schedule::LONGEST_RETRY_AFTER / 10);
        self.lock().get(origin)?.rest_until.filter(|until| *until > now && *until <= longest)
    }

    /// Records whether a response asks for a pause, and for how long.
    pub(super) fn note_answer(&self, origin: &str, now: Timestamp, status: u16, retry_after: Option<Duration>) {
        let mut origins = self.lock();
        if status == 429 || retry_after.is_some() {
            let known = origin_mut(&mut origins, origin);
            known.refusals = known.refusals.saturating_add(1);
            known.rest_until = Some(schedule::rest_until(origin, retry_after, known.refusals, now));
            known.is_new = true;
        } else if let Some(known) = origins.get_mut(origin).filter(|known| known.refusals > 0 && status != 503) {
            known.refusals = 0;
            known.rest_until = None;
            known.is_new = true;
        }
    }

    /// Records a body without an end. Returns whether it has come often enough to be accepted.
    pub(super) fn note_unended(&self, origin: &str, path: &str, body: String) -> bool {
        let mut origins = self.lock();
        let known = origin_mut(&mut origins, origin);
        let before = known.unended.iter().position(|unended| unended.path == path);
        let before = before.map(|at| known.unended.remove(at)).filter(|before| before.body == body);
        let times = before.map_or(1, |before| before.times.saturating_add(1));
        if known.unended.len() >= MAX_UNENDED {
            known.unended.remove(0);
        }
        known.unended.push(UnterminatedBody { path: path.to_owned(), body, times });
        known.is_new = true;
        times >= TIMES
    }

    /// Loads what was stored, by this process or by others.
    pub(super) fn recall(&self, remembered: Vec<OriginMemory>) {
        let mut origins = self.lock();
        for memory in remembered {
            let entry = |robots: RobotsMemory| Entry {
                until: later(robots.fetched, ROBOTS_KEPT),
                known: Some(Arc::new(OriginRules::read(&robots.body, robots.fetched))),
                failure: None,
            };
            let OriginMemory { origin, rest_until, refusals, robots, unended } = memory;
            let robots = robots.map(entry);
            // What was learned here and is not yet stored is newer.
            if origins.get(&origin).is_none_or(|known| !known.is_new) {
                origins.insert(origin, Origin { robots, rest_until, refusals, unended, is_new: false });
            }
        }
    }

    /// Returns what is new since the last call, to be stored.
    pub(super) fn take_new(&self) -> Vec<OriginMemory> {
        let mut origins = self.lock();
        let mut new = Vec::new();
        for (origin, known) in origins.iter_mut().filter(|(_, known)| known.is_new) {
            known.is_new = false;
            new.push(known.memory(origin));
        }
        new
    }

    /// Waits until no other request to a host is running. The guard holds the end of the last request
    /// there.
    pub(super) async fn enter_host(&self, host: &str) -> OwnedMutexGuard<Option<Instant>> {
        let place = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            if hosts.len() >= MAX_ORIGINS {
                hosts.retain(|_, place| Arc::strong_count(place) > 1);
            }
            Arc::clone(hosts.entry(host.to_owned()).or_default())
        };
        place.lock_owned().await
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Origin>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the entry of an origin. If there are too many, another one is removed, preferably one that is not in a pause.
fn origin_mut<'a>(origins: &'a mut HashMap<String, Origin>, origin: &str) -> &'a mut Origin {
    if origins.len() >= MAX_ORIGINS && !origins.contains_key(origin) {
        let oldest =
            origins.iter().min_by_key(|(_, known)| (known.rest_until, known.robots.as_ref().map(|entry| entry.until)));
        let oldest = oldest.map(|(oldest, _)| oldest.clone());
        oldest.map(|oldest| origins.remove(&oldest));
    }
    origins.entry(origin.to_owned()).or_default()
}

impl Origin {
    fn memory(&self, origin: &str) -> OriginMemory {
        let known = self.robots.as_ref().and_then(|entry| entry.known.as_ref());
        OriginMemory {
            origin: origin.to_owned(),
            rest_until: self.rest_until,
            refusals: self.refusals,
            robots: known.and_then(|known| known.memory.clone()),
            unended: self.unended.clone(),
        }
    }
}

impl Entry {
    fn answer(&self) -> Result<Arc<OriginRules>, FetchError> {
        match (&self.known, &self.failure) {
            (Some(known), _) => Ok(Arc::clone(known)),
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => Err(FetchError::RobotsUnreachable { reason: "not asked for".into(), retry_after: None }),
        }
    }
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_makes_no_rest_of_years() {
        let origins = Origins::default();
        let (origin, year) = ("http://a.example", Duration::from_hours(24 * 365));
        let then = later(Timestamp::UNIX_EPOCH, year);
        origins.note_answer(origin, then, 503, Some(Duration::from_hours(1)));
        origins.put_robots(origin, then, Ok(OriginRules::default())).unwrap();
        assert!(origins.rests_until(origin, then).is_some() && origins.robots(origin, then).is_some());
        let now = Timestamp::UNIX_EPOCH;
        assert!(origins.rests_until(origin, now).is_none() && origins.robots(origin, now).is_none());
    }

    #[test]
    fn the_third_of_the_same_is_enough_and_what_is_remembered_is_bounded() {
        let origins = Origins::default();
        let note = |path: &str, body: &str| origins.note_unended("http://a.example", path, body.to_owned());
        assert_eq!(["a", "a", "b", "b", "b"].map(|body| note("/", body)), [false, false, false, false, true]);
        let after_restart = Origins::default();
        after_restart.recall(origins.take_new());
        assert!(after_restart.note_unended("http://a.example", "/", "b".to_owned()));
        for number in 0..=MAX_UNENDED {
            note(&format!("/{number}"), "a");
        }
        assert_eq!(origins.lock()["http://a.example"].unended.len(), MAX_UNENDED);
    }

    /// An origin in a pause is not removed when there are too many.
    #[tokio::test]
    async fn origins_and_hosts_are_bounded() {
        let origins = Origins::default();
        let now = Timestamp::UNIX_EPOCH;
        origins.note_answer("http://weary.example", now, 429, Some(Duration::from_hours(1)));
        for number in 0..MAX_ORIGINS + 10 {
            let origin = format!("http://{number}.example");
            origins.put_robots(&origin, now, Ok(OriginRules::default())).unwrap();
            drop(origins.enter_host(&origin).await);
        }
        assert_eq!(origins.lock().len(), MAX_ORIGINS);
        assert!(origins.rests_until("http://weary.example", now).is_some());
        assert!(origins.hosts.lock().unwrap().len() <= MAX_ORIGINS);
    }
}
