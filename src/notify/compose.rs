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
use crate::notify::file::WatchState;
use crate::notify::outgoing;
use crate::query::Query;
use crate::search::Order;
use crate::search::SearchIndex;
use crate::search::Wish;
use crate::store::StoryPlace;
use crate::store::StoryView;
use crate::text::language::Language;
use crate::watch::Event;
use crate::watch::Watch;
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

impl Notifier {
    /// Makes the messages that are due, each watch's in the transaction that notes what was told.
    pub(super) async fn compose(&self, config: &Config, now: Timestamp) -> Result<(), NotifyError> {
        let states = self.watch_states(config, now).await?;
        let waiting = self.run(|file| file.waiting_watches()).await?;
        let mut due: Vec<(&Watch, WatchState, Stories)> = Vec::new();
        for (watch, state) in config.watches.iter().zip(states) {
            self.tell_silence(watch, state, now).await?;
            // At once, what came too fast waits for its summary.
            if state.due > now {
                continue;
            }
            let has_hits = waiting.contains(watch.id.as_str());
            let stories = if has_hits { self.stories(watch).await? } else { Stories::default() };
            if watch.rhythm != Rhythm::AtOnce {
                due.push((watch, state, stories));
            } else if has_hits {
                self.tell_at_once(config, watch, state, stories, now).await?;
            }
        }
        self.tell_digests(config, due, now).await
    }

    /// Puts what waits for a watch together, and leaves out the stories that were told.
    async fn stories(&self, watch: &Watch) -> Result<Stories, NotifyError> {
        let (mut stories, mut after) = (Stories::default(), 0);
        loop {
            let id = watch.id.to_string();
            let hits = self.run(move |file| file.waiting(&id, after, HITS_AT_ONCE)).await?;
            let Some(last) = hits.last() else { return Ok(stories) };
            after = last.number;
            let ids = hits.iter().map(|hit| hit.entry.id.clone()).collect();
            let views = self.store.stories_of(ids).await.map_err(NotifyError::Store)?;
            let members: Vec<String> =
                hits.iter().zip(&views).flat_map(|(hit, story)| story.ids_with(&hit.entry.id)).collect();
            let id = watch.id.to_string();
            let told = self.run(move |file| file.told_among(&id, members)).await?;
            stories.add(watch, hits.into_iter().zip(views), &told);
        }
    }

    /// One message a story, or a summary where there are too many.
    async fn tell_at_once(
        &self,
        config: &Config,
        watch: &Watch,
        state: WatchState,
        stories: Stories,
        now: Timestamp,
    ) -> Result<(), NotifyError> {
        let (id, since) = (watch.id.to_string(), now.saturating_sub(FLOOD_TIME).unwrap_or(Timestamp::MIN));
        let told = self.run(move |file| file.told_since(&id, since, now)).await?;
        let is_flood = told + stories.count() as u64 > FLOOD;
        let mut telling = Telling { told: stories.told, repeated: stories.repeated, ..Telling::default() };
        let key = |entry: &Entry| format!("{} {} {}", watch.id, entry.id, entry.revision);
        if is_flood {
            let visits = Visits::of(&self.store).await.map_err(NotifyError::Store)?;
            let found = [Found { watch, entries: stories.entries, unlisted: stories.unlisted }];
            let period = Period { from: state.told.min(now), until: now };
            let message = message::digest(&found, period, &visits.coverage(config, &[watch], now));
            telling.messages = outgoing(&format!("{} flood {now}", watch.id), &watch.to, &message);
            telling.digests = vec![(watch.id.to_string(), now.saturating_add(FLOOD_TIME).unwrap_or(Timestamp::MAX))];
        } else {
            for (event, entry) in stories.entries {
                let key = key(&entry);
                telling.messages.extend(outgoing(&key, &watch.to, &message::of_story(watch, event, entry, now)));
            }
            telling.digests = vec![(watch.id.to_string(), now)];
        }
        self.run(move |file| file.tell(&telling, now)).await
    }

    /// Digests, one for each recipient, language and rhythm.
    async fn tell_digests(
        &self,
        config: &Config,
        due: Vec<(&Watch, WatchState, Stories)>,
        now: Timestamp,
    ) -> Result<(), NotifyError> {
        if due.is_empty() {
            return Ok(());
        }
        let visits = Visits::of(&self.store).await.map_err(NotifyError::Store)?;
        let mut telling = Telling::default();
        let mut groups: BTreeMap<Group, Vec<&(&Watch, WatchState, Stories)>> = BTreeMap::new();
        for one in &due {
            let (watch, _, stories) = one;
            telling.told.extend(&stories.told);
            telling.repeated.extend(&stories.repeated);
            telling.digests.push((watch.id.to_string(), watch.rhythm.after(now)));
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
            let covered = visits.coverage(config, &watches, now);
            let message = message::digest(&found, Period { from, until: now }, &covered);
            telling.messages.extend(outgoing(&format!("digest {} {now}", names.join(" ")), &[to], &message));
        }
        self.run(move |file| file.tell(&telling, now)).await
    }

    /// Tells once that a watch has found nothing for a long time, with the texts that are nearest to its phrases.
    async fn tell_silence(&self, watch: &Watch, state: WatchState, now: Timestamp) -> Result<(), NotifyError> {
        let begun = state.found.unwrap_or(state.since);
        if state.silence_told || now.duration_since(begun) < SILENCE {
            return Ok(());
        }
        let days = now.duration_since(begun).as_hours() / 24;
        let nearest = self.nearest(watch).await;
        let message = message::of_silence(watch, days, &nearest, now);
        let messages = outgoing(&format!("{} silence {begun}", watch.id), &watch.to, &message);
        let telling = Telling { messages, silences: vec![watch.id.to_string()], ..Telling::default() };
        self.run(move |file| file.tell(&telling, now)).await
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
