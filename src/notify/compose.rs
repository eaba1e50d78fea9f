//! Makes messages of what waits to be told.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::config::Config;
use crate::config::catalogue::province_name;
use crate::model::portal::NotifyId;
use crate::notify::Notifier;
use crate::notify::NotifyError;
use crate::notify::coverage::Visits;
use crate::notify::file;
use crate::notify::file::Hit;
use crate::notify::file::Telling;
use crate::notify::file::WaitingHits;
use crate::notify::file::WatchState;
use crate::notify::outgoing;
use crate::query::Query;
use crate::search::Order;
use crate::search::SearchIndex;
use crate::search::Wish;
use crate::store::StoryPlace;
use crate::store::StoryView;
use crate::text::count::counted;
use crate::text::language::Language;
use crate::watch::Event;
use crate::watch::Watch;
use crate::watch::coverage::Coverage;
use crate::watch::entry::Entry;
use crate::watch::entry::MOST_NAMED;
use crate::watch::entry::Place;
use crate::watch::message;
use crate::watch::message::Found;
use crate::watch::message::Period;
use crate::watch::moment::Rhythm;

/// Messages about single stories that a watch sends within [`FLOOD_TIME`]; what comes beyond is told in one summary at the end of that time.
const FLOOD: u64 = 20;
const FLOOD_TIME: SignedDuration = file::LONGEST_REST;

/// Hits of a watch that are looked at together.
const HITS_AT_ONCE: u32 = 2000;

/// Stories of a watch that one message may hold; the others are counted.
const MOST_STORIES: usize = 2000;

/// Time without a hit after which a watch's silence is told.
const SILENCE: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The nearest texts that are shown of a silent watch.
const NEAREST: usize = 3;

/// What waits for a watch, by story.
#[derive(Default)]
struct Stories {
    told: Vec<i64>,
    repeated: Vec<i64>,
    entries: Vec<(Event, Entry)>,
    /// Stories beyond [`MOST_STORIES`].
    unlisted: usize,
    /// The articles that belong to new stories of this message, and the entry that tells the story; `None` if it is only counted.
    taken: HashMap<String, Option<usize>>,
}

impl Stories {
    fn count(&self) -> usize {
        self.entries.len() + self.unlisted
    }

    /// Adds hits with their stories as they are now, and the articles that were told before.
    fn add(&mut self, watch: &Watch, hits: impl Iterator<Item = (Hit, StoryView)>, told: &HashSet<String>) {
        for (hit, story) in hits {
            let articles = story.ids_with(&hit.entry.id);
            let taken = articles.iter().find_map(|article| self.taken.get(article)).copied();
            let is_told = taken.is_some() || articles.iter().any(|article| told.contains(article));
            match event_of(watch, &hit, &story, is_told, taken.is_some()) {
                Some(event) => {
                    self.told.push(hit.number);
                    let place = (self.entries.len() < MOST_STORIES).then_some(self.entries.len());
                    if matches!(hit.event, Event::New | Event::Reprint) {
                        self.taken.extend(articles.into_iter().map(|article| (article, place)));
                    }
                    match place {
                        Some(_) => self.entries.push((event, with_story(hit.entry, &story))),
                        None => self.unlisted += 1,
                    }
                }
                // Another article of a story that this message tells is told with it: the head stands for both.
                None if taken.is_some() => {
                    self.told.push(hit.number);
                    let told = taken.flatten().and_then(|place| self.entries.get_mut(place));
                    if let Some((_, told)) = told.filter(|_| story.head == hit.entry.id) {
                        *told = with_story(hit.entry, &story);
                    }
                }
                None => self.repeated.push(hit.number),
            }
        }
    }
}

/// Digests that can be one message: of one language, rhythm and recipient.
type Group = (NotifyId, Language, Rhythm);

/// The messages of one round, which are written in one transaction with what they tell.
struct Round<'a> {
    notifier: &'a Notifier,
    config: &'a Config,
    now: Timestamp,
    telling: Telling,
    /// Read from the store once, when the first message needs it.
    visits: Option<Visits>,
}

impl Notifier {
    /// Makes the messages that are due.
    pub(super) async fn compose(&self, config: &Config, now: Timestamp) -> Result<(), NotifyError> {
        let states = self.watch_states(config, now).await?;
        let waiting = self.run(|file| file.waiting_watches()).await?;
        let mut round = Round { notifier: self, config, now, telling: Telling::default(), visits: None };
        let mut due: Vec<(&Watch, WatchState, Stories)> = Vec::new();
        for (watch, state) in config.watches.iter().zip(states) {
            round.tell_silence(watch, state).await;
            // At once, what came too fast waits for its summary.
            if state.due > now {
                continue;
            }
            let has_hits = waiting.contains(watch.id.as_str());
            let stories = if has_hits { self.stories(watch).await? } else { Stories::default() };
            if watch.rhythm != Rhythm::AtOnce {
                due.push((watch, state, stories));
            } else if has_hits {
                round.tell_at_once(watch, state, stories).await?;
            }
        }
        round.tell_digests(due).await?;
        let telling = round.telling;
        if telling == Telling::default() {
            return Ok(());
        }
        self.run(move |file| file.tell(&telling, now)).await
    }

    /// Puts what waits for a watch together, and leaves out the stories that were told.
    async fn stories(&self, watch: &Watch) -> Result<Stories, NotifyError> {
        let (mut stories, mut after) = (Stories::default(), 0);
        loop {
            let id = watch.id.to_string();
            let WaitingHits { hits, unreadable, last } =
                self.run(move |file| file.waiting(&id, after, HITS_AT_ONCE)).await?;
            let is_last = hits.len() + unreadable.len() < HITS_AT_ONCE as usize;
            after = last.unwrap_or(after);
            if !unreadable.is_empty() {
                tracing::error!(watch = %watch.id, "{} for {} cannot be read and will not be told", counted(unreadable.len(), "hit"), watch.id);
            }
            stories.repeated.extend(unreadable);
            let ids = hits.iter().map(|hit| hit.entry.id.clone()).collect();
            let views = self.store.stories_of(ids).await.map_err(NotifyError::Store)?;
            let members: Vec<String> =
                hits.iter().zip(&views).flat_map(|(hit, story)| story.ids_with(&hit.entry.id)).collect();
            let id = watch.id.to_string();
            let told = self.run(move |file| file.told_among(&id, members)).await?;
            stories.add(watch, hits.into_iter().zip(views), &told);
            if is_last {
                return Ok(stories);
            }
        }
    }

    /// The texts that search finds for a watch's phrases; none where there is no index.
    async fn nearest(&self, watch: &Watch) -> Vec<Entry> {
        let words: Vec<&str> =
            watch.any.iter().chain(&watch.all).flat_map(|phrase| phrase.folded.split_whitespace()).collect();
        let words = words.into_iter().take(8).collect::<Vec<_>>().join(" ");
        let Some(state) = self.path.parent() else { return Vec::new() };
        let (Ok(query), Ok(index)) = (Query::parse(&words), SearchIndex::open_read_only(state).await) else {
            return Vec::new();
        };
        let wish = Wish { limit: NEAREST, order: Order::Rank };
        let hits = index.find(&self.store, &query, wish).await.unwrap_or_default();
        let ids = hits.into_iter().map(|hit| hit.article.id).collect();
        let records = self.store.newest_of(ids).await.unwrap_or_default();
        let read = records.iter().filter_map(|record| serde_json::from_str(&record.json).ok());
        read.map(|record| with_province(Entry::of(&record, watch, &[]))).collect()
    }
}

impl Round<'_> {
    /// What could be read of the portals that some watches ask for.
    async fn coverage(&mut self, watches: &[&Watch]) -> Result<Coverage, NotifyError> {
        let visits = match self.visits.take() {
            Some(visits) => visits,
            None => Visits::of(&self.notifier.store).await.map_err(NotifyError::Store)?,
        };
        Ok(self.visits.insert(visits).coverage(self.config, watches, self.now))
    }

    /// One message a story, or a summary where there are too many.
    async fn tell_at_once(&mut self, watch: &Watch, state: WatchState, stories: Stories) -> Result<(), NotifyError> {
        let (id, now) = (watch.id.to_string(), self.now);
        let since = now.saturating_sub(FLOOD_TIME).unwrap_or(Timestamp::MIN);
        let told = self.notifier.run(move |file| file.told_since(&id, since, now)).await?;
        let is_flood = told + stories.count() as u64 > FLOOD;
        self.telling.told.extend(stories.told);
        self.telling.repeated.extend(stories.repeated);
        let mut next = now;
        if is_flood {
            let found = [Found { watch, entries: stories.entries, unlisted: stories.unlisted }];
            let period = Period { from: state.told.min(now), until: now };
            let message = message::digest(&found, period, &self.coverage(&[watch]).await?);
            self.telling.messages.extend(outgoing(&format!("{} flood {now}", watch.id), &watch.to, &message));
            next = now.saturating_add(FLOOD_TIME).unwrap_or(Timestamp::MAX);
        } else {
            for (event, entry) in stories.entries {
                let key = format!("{} {} {}", watch.id, entry.id, entry.revision);
                let message = message::of_story(watch, event, entry, now);
                self.telling.messages.extend(outgoing(&key, &watch.to, &message));
            }
        }
        self.telling.digests.push((watch.id.to_string(), next));
        Ok(())
    }

    /// Digests, one for each recipient, language and rhythm.
    async fn tell_digests(&mut self, due: Vec<(&Watch, WatchState, Stories)>) -> Result<(), NotifyError> {
        let now = self.now;
        let mut groups: BTreeMap<Group, Vec<&(&Watch, WatchState, Stories)>> = BTreeMap::new();
        for one in &due {
            let (watch, _, stories) = one;
            self.telling.told.extend(&stories.told);
            self.telling.repeated.extend(&stories.repeated);
            self.telling.digests.push((watch.id.to_string(), watch.rhythm.after(now)));
            if watch.rhythm.is_daily() || stories.count() > 0 {
                for to in &watch.to {
                    groups.entry((to.clone(), watch.language, watch.rhythm)).or_default().push(one);
                }
            }
        }
        for ((to, _, _), members) in groups {
            let watches: Vec<&Watch> = members.iter().map(|(watch, ..)| *watch).collect();
            let found = members.iter().map(|(watch, _, stories)| {
                let (entries, unlisted) = (stories.entries.clone(), stories.unlisted);
                Found { watch, entries, unlisted }
            });
            let found: Vec<Found<'_>> = found.collect();
            let from = members.iter().map(|(_, state, _)| state.told).min().unwrap_or(now).min(now);
            let names: Vec<&str> = watches.iter().map(|watch| watch.id.as_str()).collect();
            let covered = self.coverage(&watches).await?;
            let message = message::digest(&found, Period { from, until: now }, &covered);
            let key = format!("digest {} {now}", names.join(" "));
            self.telling.messages.extend(outgoing(&key, &[to], &message));
        }
        Ok(())
    }

    /// Tells once that a watch has found nothing for a long time, with the texts that are nearest to its phrases.
    async fn tell_silence(&mut self, watch: &Watch, state: WatchState) {
        let begun = state.found.unwrap_or(state.since);
        if state.silence_told || self.now.duration_since(begun) < SILENCE {
            return;
        }
        let days = self.now.duration_since(begun).as_hours() / 24;
        let nearest = self.notifier.nearest(watch).await;
        let message = message::of_silence(watch, days, &nearest, self.now);
        self.telling.messages.extend(outgoing(&format!("{} silence {begun}", watch.id), &watch.to, &message));
        self.telling.silences.push(watch.id.to_string());
    }
}

/// As what a hit is told; `None` where its story was told and nothing is added.
fn event_of(watch: &Watch, hit: &Hit, story: &StoryView, is_told: bool, is_taken: bool) -> Option<Event> {
    match hit.event {
        Event::Revision | Event::Withdrawn => Some(hit.event),
        Event::New | Event::Reprint => {
            let is_copy = story.head != hit.entry.id && !story.places.is_empty();
            match (is_told, watch.events.has(Event::Reprint) && is_copy) {
                (false, _) if hit.event == Event::New => Some(Event::New),
                (_, true) if !is_taken => Some(Event::Reprint),
                _ => None,
            }
        }
    }
}

/// An entry with the other articles of its story, as they are now.
pub(super) fn with_story(entry: Entry, story: &StoryView) -> Entry {
    let own = story.places.iter().find(|place| place.id == entry.id);
    let head = story.places.first().filter(|head| head.id != entry.id);
    let repeats = own.and_then(|own| own.kind).zip(head).map(|(kind, head)| (kind, place(head)));
    // What it repeats is named by itself.
    let is_named = |other: &&StoryPlace| repeats.is_some() && Some(*other) == head;
    let others: Vec<&StoryPlace> =
        story.places.iter().filter(|other| other.id != entry.id && !is_named(other)).collect();
    let copies = others.iter().take(MOST_NAMED).map(|other| place(other)).collect();
    with_province(Entry { copy_count: others.len() as u64, copies, repeats, ..entry })
}

/// An entry with the name of its province in place of the key.
fn with_province(entry: Entry) -> Entry {
    let province = entry.province.map(|key| province_name(&key).to_owned());
    Entry { province, ..entry }
}

fn place(place: &StoryPlace) -> Place {
    Place { outlet: place.outlet.clone(), url: place.url.clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::watch::testing;

    fn hit(number: i64, id: &str, watch: &Watch) -> Hit {
        let entry = Entry::of(&testing::record(&json!({ "id": id })), watch, &[]);
        Hit { number, watch: watch.id.to_string(), event: Event::New, entry }
    }

    #[test]
    fn stories_beyond_what_a_message_holds_are_counted_once() {
        let watch = testing::watch("a", &["cầu"]);
        let most = i64::try_from(MOST_STORIES).unwrap();
        let alone = |number: i64| (hit(number, &number.to_string(), &watch), StoryView::default());
        let last = (most + 5).to_string();
        let place = |id: &str, kind| StoryPlace {
            id: id.to_owned(),
            outlet: String::new(),
            portal: String::new(),
            url: String::new(),
            kind,
        };
        let copy = StoryView {
            head: last.clone(),
            places: vec![place(&last, None), place("copy", Some(crate::model::record::DuplicateKind::Reprint))],
        };
        let mut stories = Stories::default();
        stories.add(&watch, (1..=most).map(alone), &HashSet::new());
        let told = HashSet::from(["told".to_owned()]);
        let rest = (most + 1..=most + 5).map(alone);
        let more = [(hit(most + 6, "copy", &watch), copy), (hit(most + 7, "told", &watch), StoryView::default())];
        stories.add(&watch, rest.chain(more), &told);
        assert_eq!((stories.entries.len(), stories.unlisted, stories.count()), (MOST_STORIES, 5, MOST_STORIES + 5));
        assert_eq!(stories.told.len(), MOST_STORIES + 6, "the copy of a story that is only counted is told with it");
        assert_eq!(stories.repeated, [most + 7]);
    }
}
