//! Replays watches over the store: what they would have told. Nothing is written.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::notify::NotifyError;
use crate::notify::compose::with_story;
use crate::notify::follow::with_files;
use crate::store::Store;
use crate::store::StoredSighting;
use crate::watch::Event;
use crate::watch::Watch;
use crate::watch::entry::Entry;
use crate::watch::matcher::Matcher;
use crate::watch::matcher::Sighting;

/// Stories of one watch that a replay keeps at most; the others are counted.
const MOST_KEPT: usize = 10_000;

/// What a watch would have told.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// The watch's number.
    pub watch: usize,
    /// What it would have told, the oldest first.
    pub entries: Vec<(Event, Entry)>,
    /// Stories beside these, which are only counted.
    pub unlisted: usize,
    /// Records that it would have found; copies of what was told are among them.
    pub hits: u64,
}

/// What some watches would have told of records written since a moment. What a first visit or a backfill brought counts as well, if it was
/// published since then: a replay asks what there was.
///
/// # Errors
/// [`NotifyError`].
pub async fn replay(store: &Store, watches: &[Watch], since: Timestamp) -> Result<Vec<Replay>, NotifyError> {
    let matcher = Arc::new(Matcher::new(watches.to_vec()));
    let state = Some(store.folder().to_owned()).filter(|_| matcher.looks_into_files());
    let empty = |watch| Replay { watch, entries: Vec::new(), unlisted: 0, hits: 0 };
    let mut replays: Vec<Replay> = (0..watches.len()).map(empty).collect();
    let mut told: Vec<HashSet<String>> = vec![HashSet::new(); watches.len()];
    let mut cursor = store.place_at(since).await.map_err(NotifyError::Store)?;
    loop {
        let page = store.sightings_after(&cursor).await.map_err(NotifyError::Store)?;
        if page.next == cursor {
            return Ok(replays);
        }
        let (own, is_last) = (Arc::clone(&matcher), page.is_last);
        cursor = page.next;
        let state = state.clone();
        let sightings = page.sightings.into_iter().map(move |sighting| with_files(state.as_deref(), sighting));
        let work = move || sightings.flat_map(|stored| found_in(&own, &stored, since)).collect::<Vec<_>>();
        let found = tokio::task::spawn_blocking(work).await.map_err(|error| NotifyError::Bug(error.to_string()))?;
        let ids = found.iter().map(|(.., entry)| entry.id.clone()).collect();
        let views = store.stories_of(ids).await.map_err(NotifyError::Store)?;
        for ((watch, event, entry), view) in found.into_iter().zip(views) {
            let (Some(replay), Some(told)) = (replays.get_mut(watch), told.get_mut(watch)) else { continue };
            replay.hits += 1;
            let articles = view.ids_with(&entry.id);
            let is_new = matches!(event, Event::New | Event::Reprint);
            let is_told = is_new && articles.iter().any(|article| told.contains(article));
            match (is_told, replay.entries.len() < MOST_KEPT) {
                (true, _) => {}
                (false, true) => replay.entries.push((event, with_story(entry, &view))),
                (false, false) => replay.unlisted += 1,
            }
            told.extend(articles);
        }
        if is_last {
            return Ok(replays);
        }
    }
}

fn found_in(matcher: &Matcher, stored: &StoredSighting, since: Timestamp) -> Vec<(usize, Event, Entry)> {
    let published = stored.record.date_published.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
    if stored.record.revision == 1 && published.is_some_and(|published| published < since) {
        return Vec::new();
    }
    let sighting = Sighting { record: &stored.record, previous: stored.previous.as_ref(), is_backlog: false };
    let findings = matcher.findings(sighting).into_iter();
    findings
        .filter_map(|finding| {
            let watch = matcher.watches().get(finding.watch)?;
            Some((finding.watch, finding.event, Entry::of(&stored.record, watch, &finding.changes)))
        })
        .collect()
}
