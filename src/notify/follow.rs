//! Follows the stream: what each record gives is written down with the place behind it.

use std::path::Path;
use std::sync::Arc;
use std::sync::PoisonError;

use jiff::Timestamp;

use crate::config::Config;
use crate::model::cursor::Cursor;
use crate::notify::Notifier;
use crate::notify::NotifyError;
use crate::store::CursorState;
use crate::store::StoredSighting;
use crate::text_files;
use crate::watch::Event;
use crate::watch::Watch;
use crate::watch::entry::Entry;
use crate::watch::matcher::Finding;
use crate::watch::matcher::Matcher;
use crate::watch::matcher::Sighting;

/// What a page of the stream gave: the watch's id, and what to say.
type Found = (String, Event, Entry);

impl Notifier {
    /// Takes in what came to the stream since the last time. The first time, and if the cursor is of another store, it begins at the end: what is
    /// there was written before anybody could be told.
    pub(super) async fn follow(&self, config: &Config, now: Timestamp) -> Result<(), NotifyError> {
        self.watch_states(config, now).await?;
        let mut cursor = self.place(now).await?;
        loop {
            let page = self.store.sightings_after(&cursor).await.map_err(NotifyError::Store)?;
            if page.next == cursor {
                return Ok(());
            }
            let own = self.matcher(&config.watches);
            let state = own.looks_into_files().then(|| config.state_dir.clone());
            let sightings = page.sightings.into_iter().map(move |sighting| with_files(state.as_deref(), sighting));
            let work = move || sightings.flat_map(|sighting| found_in(&own, &sighting)).collect();
            let found: Vec<(Found, bool)> =
                tokio::task::spawn_blocking(work).await.map_err(|error| NotifyError::Bug(error.to_string()))?;
            let found = self.without_old(found).await?;
            let (next, place) = (page.next.clone(), page.next.to_string());
            self.run(move |file| file.put(&place, &found, now)).await?;
            cursor = next;
            if page.is_last {
                return Ok(());
            }
        }
    }

    /// A matcher of some watches: that of the last time if they are the same.
    fn matcher(&self, watches: &[Watch]) -> Arc<Matcher> {
        let mut known = self.matcher.lock().unwrap_or_else(PoisonError::into_inner);
        match known.as_ref().filter(|known| known.watches()[..] == *watches) {
            Some(known) => Arc::clone(known),
            None => Arc::clone(known.insert(Arc::new(Matcher::new(watches.to_vec())))),
        }
    }

    /// Where to read on.
    async fn place(&self, now: Timestamp) -> Result<Cursor, NotifyError> {
        let (_, end) = self.store.stream_ends().await.map_err(NotifyError::Store)?;
        let kept = self.run(|file| file.cursor()).await?;
        if let Some(cursor) = kept.as_deref().and_then(|text| text.parse::<Cursor>().ok()) {
            match self.store.look_up(&cursor).await.map_err(NotifyError::Store)? {
                CursorState::Known => return Ok(cursor),
                CursorState::Gap(missing) => {
                    tracing::warn!("{missing} records were removed before watches had looked at them");
                    return Ok(cursor);
                }
                CursorState::OtherStore(_) | CursorState::Ahead | CursorState::OtherRecord => {
                    tracing::warn!(
                        "the database is another one or an older copy: watches go on with what comes from now on"
                    );
                }
            }
        }
        let place = end.to_string();
        self.run(move |file| file.put(&place, &[], now)).await?;
        Ok(end)
    }

    /// Leaves out what is older than its watch wants, unless its story was told: who was told of it is told how it goes on.
    async fn without_old(&self, found: Vec<(Found, bool)>) -> Result<Vec<Found>, NotifyError> {
        let mut kept = Vec::new();
        for ((watch, event, entry), is_old) in found {
            let is_news = !is_old || (event != Event::New && self.is_told(&watch, &entry.id).await?);
            if is_news {
                kept.push((watch, event, entry));
            }
        }
        Ok(kept)
    }

    /// Whether the story of an article was told for a watch.
    async fn is_told(&self, watch: &str, article: &str) -> Result<bool, NotifyError> {
        let stories = self.store.stories_of(vec![article.to_owned()]).await.map_err(NotifyError::Store)?;
        let articles: Vec<String> = stories.iter().flat_map(|story| story.ids_with(article)).collect();
        let watch = watch.to_owned();
        Ok(!self.run(move |file| file.told_among(&watch, articles)).await?.is_empty())
    }
}

/// Loads the texts of attachments from the state folder, if one is given: no watch may want them.
pub(super) fn with_files(state: Option<&Path>, mut sighting: StoredSighting) -> StoredSighting {
    let Some(state) = state else { return sighting };
    for record in std::iter::once(&mut sighting.record).chain(sighting.previous.as_mut()) {
        text_files::load(state, &mut record.attachments);
    }
    sighting
}

/// What a record gives, and whether it is older than its watch wants.
fn found_in(matcher: &Matcher, stored: &StoredSighting) -> Vec<(Found, bool)> {
    let sighting =
        Sighting { record: &stored.record, previous: stored.previous.as_ref(), is_backlog: stored.is_backlog };
    let entry = |watch: &Watch, finding: Finding| {
        let is_old = finding.is_old;
        let entry = Entry::of(&stored.record, watch, &finding.changes);
        ((watch.id.to_string(), finding.event, entry), is_old)
    };
    let findings = matcher.findings(sighting).into_iter();
    findings.filter_map(|finding| Some(entry(matcher.watches().get(finding.watch)?, finding))).collect()
}
