//! What must have been told over the month, by the world alone: what happened to each article, and when a portal first showed it.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::ops::RangeInclusive;
use std::path::Path;

use jiff::SignedDuration;
use jiff::Timestamp;

use super::DOWN;
use super::ROUND;
use super::watches::Asks;
use super::watches::Rhythm;
use super::watches::WATCHES;
use super::world::Article;
use super::world::BOX;
use super::world::CHANGE;
use super::world::Fate;
use super::world::HALF;
use super::world::LATE;
use super::world::OUTAGES;
use super::world::PORTALS;
use super::world::REREAD;
use super::world::Size;
use super::world::fate;
use super::world::hour;
use super::world::markers;
use super::world::url;
use crate::watch_messages::Queued;
use crate::watch_messages::Told;

/// The age from which on an article is told only to whoever wants old ones.
const LONGEST_AGE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a portal showed of an article.
#[derive(Debug, Default, Clone, Copy)]
struct Shown {
    /// When it was first seen as it was.
    first: Option<Timestamp>,
    /// When it was first seen with its added sentence.
    changed: Option<Timestamp>,
    /// When it was found missing a day after it had been found missing.
    gone: Option<Timestamp>,
    missing: Option<Timestamp>,
}

/// What was asked for in the month.
pub(super) struct Log {
    articles: BTreeMap<Article, Shown>,
    /// Answers of the lists of portals, by path: when, and whether there was one.
    lists: BTreeMap<(i64, String), Vec<(Timestamp, bool)>>,
    pub(super) backfill: RangeInclusive<Timestamp>,
    pub(super) reread: Timestamp,
    /// What processes that were killed may delay.
    pub(super) slack: SignedDuration,
    pub(super) end: Timestamp,
    pub(super) size: Size,
}

fn read(moment: &str) -> Timestamp {
    moment.parse().unwrap()
}

impl Log {
    pub(super) fn read(folder: &Path, size: Size, slack: SignedDuration) -> Log {
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let mut log = Log {
            articles: BTreeMap::new(),
            lists: BTreeMap::new(),
            backfill: read(&text("backfill-begun"))..=read(&text("backfilled")),
            reread: read(&text("reread")),
            slack,
            end: hour(size.days * 24),
            size,
        };
        for line in text("log").lines() {
            let [at, status, portal, path, changed] = line.split(' ').collect::<Vec<_>>()[..] else { continue };
            let at = Timestamp::from_millisecond(at.parse().unwrap()).unwrap();
            log.note(at, status, portal.parse().unwrap(), path, changed == "true");
        }
        log
    }

    fn note(&mut self, at: Timestamp, status: &str, portal: i64, path: &str, is_changed: bool) {
        if ["/tin.xml", "/khac.xml", "/danh-sach"].contains(&path) {
            self.lists.entry((portal, path.to_owned())).or_default().push((at, status == "200"));
        }
        let number = path.rsplit('/').next().and_then(|name| name.strip_suffix(".html")?.parse().ok());
        let Some(number) = number else { return };
        let shown = self.articles.entry((portal, number)).or_default();
        match (status, is_changed) {
            ("200", false) => shown.first = shown.first.or(Some(at)),
            ("200", true) => shown.changed = shown.changed.or(Some(at)),
            ("410", _) => {
                let missing = *shown.missing.get_or_insert(at);
                let is_proof = at.duration_since(missing) >= SignedDuration::from_hours(24);
                shown.gone = shown.gone.or(is_proof.then_some(at));
            }
            _ => {}
        }
    }

    /// Whether the first answer of one of a portal's lists or the backfill brought an article.
    fn is_backlog(&self, article: Article, first: Timestamp) -> bool {
        let (portal, number) = article;
        let mut lists = self.lists.iter().filter(|((of, _), _)| *of == portal);
        let is_on_first = lists.any(|((_, path), answers)| {
            let begun =
                answers.iter().find(|(_, is_well)| *is_well).map(|(at, _)| at.duration_since(hour(0)).as_hours());
            begun.is_some_and(|begun| self.size.on_list(portal, path, begun).contains(&number))
        });
        is_on_first || (super::world::LISTS.contains(&portal) && self.backfill.contains(&first))
    }

    /// What a watch must be told: event and article, or one of some articles, and since when.
    fn expected(&self, asks: &Asks) -> Vec<Expected> {
        let mut all = Vec::new();
        let mut stories: BTreeMap<Article, Vec<(Article, Timestamp)>> = BTreeMap::new();
        for (article, shown) in &self.articles {
            let Some(first) = shown.first.or(shown.changed) else { continue };
            let mut has = markers(*article);
            has.extend((REREAD.contains(&article.0) && first >= self.reread).then_some(BOX));
            let is_old = first.duration_since(hour(self.size.dated(*article))) > LONGEST_AGE;
            let is_new = !self.is_backlog(*article, first) && (!is_old || asks.is_patient);
            if is_new && asks.matches(*article, &has) {
                let of = match fate(*article) {
                    Fate::Copy(other) | Fate::Earlier(other) | Fate::Both(other, _) => other,
                    // Two stories that become one.
                    _ if is_second(*article) => (article.0 - 1, article.1),
                    _ => *article,
                };
                stories.entry(of).or_default().push((*article, first));
            }
            let (Some(changed), Some(_)) = (shown.changed.filter(|_| asks.has("revision")), shown.first) else {
                if let Some(gone) = shown.gone.filter(|_| asks.has("withdrawn") && asks.matches(*article, &has)) {
                    all.push(Expected::one("withdrawn", *article, gone));
                }
                continue;
            };
            has.push(CHANGE);
            if asks.any.contains(&CHANGE) && asks.matches(*article, &has) {
                all.push(Expected::one("revision", *article, changed));
            }
        }
        for members in stories.into_values() {
            all.extend(asks.of_story(members));
        }
        all
    }

    /// Holds what was told to a channel against what must have been.
    pub(super) fn check(&self, told: &mut Told) {
        let mut count = BTreeMap::<&str, usize>::new();
        for asks in &WATCHES {
            for channel in asks.to {
                for expected in self.expected(asks) {
                    let found = self.take(told, asks, channel, &expected);
                    *count.entry(expected.event).or_default() += found;
                }
            }
        }
        assert!(
            told.is_empty(),
            "nobody expected {} of these: {:?}",
            told.len(),
            told.iter().take(5).collect::<Vec<_>>()
        );
        eprintln!("told: {count:?}");
        for event in ["new", "revision", "withdrawn", "reprint"] {
            assert!(count.get(event).is_some_and(|count| *count >= 5), "hardly any {event}: {count:?}");
        }
    }

    fn take(&self, told: &mut Told, asks: &Asks, channel: &str, expected: &Expected) -> usize {
        let key =
            |article: &Article| (channel.to_owned(), asks.id.to_owned(), expected.event.to_owned(), url(*article));
        let taken = expected.articles.iter().map(|one| (*one, told.remove(&key(&one.0)).unwrap_or_default()));
        let taken: Vec<((Article, Timestamp), Vec<Timestamp>)> = taken.collect();
        let found: usize = taken.iter().map(|(_, moments)| moments.len()).sum();
        let what = format!("{} {} to {channel}: {:?} told {taken:?}", asks.id, expected.event, expected.count);
        let latest = expected.articles.iter().map(|(_, at)| Self::latest(asks.rhythm, *at)).max().unwrap();
        if latest + self.slack >= self.end && found < expected.count.start {
            return found;
        }
        assert!(expected.count.contains(&found), "{what}");
        for ((_, since), moments) in &taken {
            for moment in moments {
                assert!(moment >= since && *moment <= Self::latest(asks.rhythm, *since) + self.slack, "{what}");
            }
        }
        found
    }

    /// The last moment at which something must be told: two rounds after the rhythm's next one, later if the service is down then.
    fn latest(rhythm: Rhythm, since: Timestamp) -> Timestamp {
        let (slack, length) = (SignedDuration::from_mins(2 * ROUND + 5), |hours| SignedDuration::from_hours(hours));
        let ready = since + slack;
        let due = match rhythm {
            Rhythm::AtOnce => ready,
            Rhythm::Hourly => ready + length(1),
            Rhythm::Daily(minute) => {
                let past = ready.duration_since(hour(0)).as_mins().rem_euclid(24 * 60);
                // 0 is 07:00 in Vietnam.
                ready + SignedDuration::from_mins((minute - 7 * 60 - past).rem_euclid(24 * 60)) + slack
            }
        };
        let is_down = due >= hour(DOWN.0) - length(1) && due <= hour(DOWN.1) + length(1);
        if is_down { due.max(hour(DOWN.1) + slack) } else { due }
    }

    /// All that was published in time was asked for in time, so that "all was told" says something.
    pub(super) fn check_world(&self) {
        let is_backfilled = |article: &Article, shown: &Shown| {
            super::world::LISTS.contains(&article.0) && shown.first.is_some_and(|first| self.backfill.contains(&first))
        };
        assert!(self.articles.iter().filter(|(article, shown)| is_backfilled(article, shown)).count() >= 10);
        let hours = 2 * self.size.every + 8;
        for portal in (0..PORTALS).filter(|portal| OUTAGES.iter().all(|(broken, ..)| broken != portal)) {
            let from = if LATE.contains(&portal) { super::world::LATE_FROM } else { 0 };
            let numbers = 0..=self.size.newest(portal, self.size.days * 24 - hours);
            for article in numbers.map(|number| (portal, number)) {
                let listed = self.size.listed(article);
                if listed <= from {
                    continue;
                }
                let shown = self.articles.get(&article).copied().unwrap_or_default();
                let first = shown.first.or(shown.changed).unwrap_or_else(|| panic!("{article:?} was never read"));
                let late = first.duration_since(hour(listed)).as_hours();
                assert!(late <= hours + self.slack.as_hours(), "{article:?} was read {late} h after it was listed");
            }
        }
    }

    /// Each digest names the portals whose last answer was none or an error, and no other.
    pub(super) fn check_coverage(&self, messages: &[Queued]) {
        let mut named: BTreeMap<String, usize> = BTreeMap::new();
        for queued in messages.iter().filter(|queued| queued.message["data"]["unread"].is_array()) {
            let data = &queued.message["data"];
            let listed = |key: &str| -> Vec<String> {
                data[key].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
            };
            let [unread, partly] = [listed("unread"), listed("partly_read")];
            for portal in 0..PORTALS {
                let name = format!("Cổng {portal}");
                let Some(states) = self.states(portal, queued.made) else { continue };
                let is_asked = data["digest"].as_array().unwrap().iter().any(|one| {
                    let id = one["watch"].as_str().unwrap();
                    WATCHES.iter().any(|asks| asks.id == id && asks.admits(portal))
                });
                let failing = states.iter().filter(|is_well| !**is_well).count();
                let is_unread = is_asked && failing == states.len();
                let is_partly = is_asked && failing > 0 && !is_unread;
                let text = &queued.message["text"];
                assert_eq!(
                    (unread.contains(&name), partly.contains(&name)),
                    (is_unread, is_partly),
                    "{name} {states:?} {text}"
                );
                if is_unread || is_partly {
                    assert!(text.as_str().unwrap().contains(&format!("{name} (")), "{text}");
                    *named.entry(name).or_default() += 1;
                }
            }
        }
        eprintln!("named by digests: {named:?}");
        for portal in OUTAGES.iter().map(|(portal, ..)| *portal).chain([HALF]) {
            assert!(named.contains_key(&format!("Cổng {portal}")), "no digest names {portal}: {named:?}");
        }
    }

    /// Whether each list of a portal was read the last time; `None` if it was asked for so shortly before that the visit may not have ended, or if
    /// the portal was just enabled.
    fn states(&self, portal: i64, moment: Timestamp) -> Option<Vec<bool>> {
        let mut states = Vec::new();
        for ((_, _), answers) in self.lists.iter().filter(|((of, _), _)| *of == portal) {
            let (at, is_well) = answers.iter().rev().find(|(at, _)| *at <= moment)?;
            let next = answers.iter().find(|(at, _)| *at > moment).map_or(Timestamp::MAX, |(at, _)| *at);
            let near = SignedDuration::from_mins(10) + self.slack;
            if moment.duration_since(*at) < near || next.duration_since(moment) < SignedDuration::from_mins(1) {
                return None;
            }
            states.push(*is_well);
        }
        Some(states)
    }
}

fn is_second(article: Article) -> bool {
    matches!(article.0, 29 | 32) && matches!(fate((article.0 + 1, article.1)), Fate::Both(..))
}

/// That one of some articles, or several, must be told.
#[derive(Debug)]
struct Expected {
    event: &'static str,
    /// With the moments since when each may be.
    articles: Vec<(Article, Timestamp)>,
    count: Range<usize>,
}

impl Expected {
    fn one(event: &'static str, article: Article, since: Timestamp) -> Expected {
        Expected { event, articles: vec![(article, since)], count: 1..2 }
    }
}

impl Asks {
    /// What is told of the new articles of a story, or of two that become one. They come with the moments when they were read.
    fn of_story(&self, mut members: Vec<(Article, Timestamp)>) -> Vec<Expected> {
        members.sort_by_key(|(_, first)| *first);
        let mut all = Vec::new();
        if self.has("new") {
            let is_many = members.iter().any(|(article, _)| is_second(*article))
                && members.iter().any(|(article, _)| matches!(article.0, 28 | 31));
            // A digest may find that two stories are one by now.
            let count = match (is_many, self.rhythm) {
                (false, _) => 1..2,
                (true, Rhythm::Daily(_)) => 1..3,
                (true, _) => 2..3,
            };
            let mut told = members.clone();
            if !matches!(self.rhythm, Rhythm::Daily(_)) {
                // Told as they come: the later ones of a story repeat what was told.
                told.truncate(count.start);
            }
            all.push(Expected { event: "new", articles: told, count });
        }
        if self.has("reprint") {
            for (article, since) in members {
                if matches!(fate(article), Fate::Copy(_) | Fate::Both(..)) {
                    // Without the original before it, a copy is news itself for whoever asks for news.
                    let is_news = all.iter().any(|new| new.articles.iter().any(|(told, _)| *told == article));
                    // One that joins two stories may become the head of both.
                    let least = usize::from(!matches!(fate(article), Fate::Both(..)));
                    let told = Expected { count: least..2, ..Expected::one("reprint", article, since) };
                    all.extend((!is_news).then_some(told));
                }
            }
        }
        all
    }
}

/// One digest a day for each recipient, language and time, and hourly ones at full hours.
pub(super) fn check_rhythm(messages: &[Queued], size: Size) {
    let mut groups: BTreeMap<(&str, bool, i64), Vec<&str>> = BTreeMap::new();
    for asks in &WATCHES {
        if let Rhythm::Daily(minute) = asks.rhythm {
            for channel in asks.to {
                groups.entry((channel, asks.is_english, minute)).or_default().push(asks.id);
            }
        }
    }
    let down = hour(DOWN.0)..=hour(DOWN.1) + SignedDuration::from_mins(2 * ROUND);
    let minutes = |moment: Timestamp| moment.duration_since(hour(0)).as_mins();
    for ((channel, _, minute), mut ids) in groups {
        ids.sort_unstable();
        let is_one = |queued: &&Queued| {
            let watches = queued.message["data"]["digest"].as_array().into_iter().flatten();
            let mut those: Vec<&str> = watches.map(|one| one["watch"].as_str().unwrap()).collect();
            those.sort_unstable();
            queued.channel == channel && those == ids
        };
        let moments: Vec<Timestamp> = messages.iter().filter(is_one).map(|queued| queued.made).collect();
        let past = |moment: &Timestamp| minutes(*moment) - (minute - 7 * 60);
        let days: Vec<i64> = moments.iter().map(|moment| past(moment).div_euclid(24 * 60)).collect();
        let first = days.first().copied().unwrap_or(-1);
        let count = i64::try_from(days.len()).unwrap();
        assert_eq!(days, (first..first + count).collect::<Vec<_>>(), "{channel} {ids:?}");
        assert!(count >= size.days - 1 && first <= 1, "{channel} {ids:?}: {count} digests from day {first} on");
        for moment in moments {
            let late = past(&moment).rem_euclid(24 * 60);
            assert!(late <= 2 * ROUND || down.contains(&moment), "{channel} {ids:?} at {moment}");
        }
    }
    for queued in messages {
        let watches = queued.message["data"]["digest"].as_array().into_iter().flatten();
        let mut ids = watches.map(|one| one["watch"].as_str().unwrap());
        let is_hourly = ids.any(|id| WATCHES.iter().any(|asks| asks.id == id && asks.rhythm == Rhythm::Hourly));
        let late = minutes(queued.made).rem_euclid(60);
        assert!(!is_hourly || late <= 2 * ROUND || down.contains(&queued.made), "{}", queued.made);
    }
}
