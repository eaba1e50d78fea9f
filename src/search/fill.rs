//! Fills the index from the store.

use std::collections::BTreeMap;
use std::path::Path;

use crate::query::article::Searchable;
use crate::search::SearchError;
use crate::search::SearchIndex;
use crate::search::file::Cursor;
use crate::search::file::Entry;
use crate::search::whole;
use crate::store::NumberedRecord;
use crate::store::SearchState;
use crate::store::Store;

/// Number of articles compared at once.
const PAGE: u32 = 1000;

/// Number of missing articles read at once in a comparison.
const READ: usize = 100;

/// How often a comparison starts again because another process fills the index meanwhile.
const TRIES: u32 = 3;

/// The result of a round of filling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    /// Number of articles indexed, again or for the first time.
    pub articles: u64,
    /// Whether the index is now complete.
    pub is_whole: bool,
}

impl SearchIndex {
    /// Indexes what is missing, about `most` articles, in batches with one transaction each. Reports how many are done after each batch.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn fill(&self, store: &Store, most: u64, progress: impl Fn(u64)) -> Result<Filled, SearchError> {
        let mut filled = Filled::default();
        let mut cursor = self.cursor().await?;
        let state = state_at(store, cursor.number).await?;
        if !knows(&state, &cursor) {
            // The database is a different one, or an older copy.
            filled.articles += self.compare(store).await?;
            cursor = self.cursor().await?;
        }
        while filled.articles < most {
            let records = store.newest_after(cursor.number).await.map_err(SearchError::Store)?;
            let Some(last) = records.last() else { break };
            let (next, count) = (cursor_of(last), records.len() as u64);
            if self.put(records, cursor, next.clone()).await? {
                filled.articles += count;
                cursor = next;
                progress(filled.articles);
            } else {
                // Another process was faster.
                cursor = self.cursor().await?;
            }
        }
        let state = state_at(store, cursor.number).await?;
        filled.is_whole = !state.is_behind;
        if filled.is_whole && self.run(|file| file.count()).await? != state.articles {
            filled.articles += self.compare(store).await?;
        }
        Ok(filled)
    }

    /// Whether records wait to be indexed, or the index belongs to another database.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn is_behind(&self, store: &Store) -> Result<bool, SearchError> {
        let cursor = self.cursor().await?;
        let state = state_at(store, cursor.number).await?;
        Ok(state.is_behind || !knows(&state, &cursor))
    }

    pub(super) async fn cursor(&self) -> Result<Cursor, SearchError> {
        self.run(|file| file.cursor()).await
    }

    /// Compares the articles of index and store one by one, and corrects the differences. Returns how many there were.
    async fn compare(&self, store: &Store) -> Result<u64, SearchError> {
        let mut mended = 0;
        for _ in 0..TRIES {
            let begin = self.cursor().await?;
            let end = state_at(store, i64::MAX).await?.last;
            let (count, is_done) = self.compare_from(store, &begin, &end).await?;
            mended += count;
            if is_done {
                break;
            }
        }
        Ok(mended)
    }

    /// Does one comparison. Its last step moves the cursor to `end`. Returns how many articles differed, and whether the comparison was completed.
    async fn compare_from(&self, store: &Store, begin: &Cursor, end: &Cursor) -> Result<(u64, bool), SearchError> {
        let (mut after, mut mended) = (String::new(), 0);
        loop {
            let page = self.page(store, &after).await?;
            for ids in page.missing.chunks(READ) {
                mended += ids.len() as u64;
                if !self.take_in(store, begin, ids.to_vec()).await? {
                    return Ok((mended, false));
                }
            }
            mended += page.gone.len() as u64;
            let next = if page.horizon.is_some() { begin } else { end }.clone();
            let (begin, gone) = (begin.clone(), page.gone);
            if !self.run(move |file| file.apply(&begin, &[], &gone, &next)).await? {
                return Ok((mended, false));
            }
            match page.horizon {
                Some(horizon) => after = horizon,
                None => return Ok((mended, true)),
            }
        }
    }

    /// Indexes some articles without moving the cursor. Returns whether the cursor was still where it is expected.
    async fn take_in(&self, store: &Store, begin: &Cursor, mut ids: Vec<String>) -> Result<bool, SearchError> {
        while !ids.is_empty() {
            let records = store.newest_of(ids.clone()).await.map_err(SearchError::Store)?;
            // Ids after the last record did not fit. Ids before it without a record are gone.
            let Some(last) = records.last() else { break };
            let done = ids.iter().position(|id| *id == last.id).map_or(ids.len(), |at| at + 1);
            ids.drain(..done);
            if !self.put(records, begin.clone(), begin.clone()).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes records in one transaction that moves the cursor. Returns whether the cursor was still where it is expected.
    async fn put(&self, records: Vec<NumberedRecord>, expected: Cursor, next: Cursor) -> Result<bool, SearchError> {
        let state = self.state();
        self.run(move |file| {
            let entries: Vec<Entry> = records.iter().map(|record| entry(&state, record)).collect();
            file.apply(&expected, &entries, &[], &next)
        })
        .await
    }

    /// Returns the differences among the ids after one, up to a horizon.
    pub(super) async fn page(&self, store: &Store, after: &str) -> Result<Page, SearchError> {
        let own = after.to_owned();
        let ours = self.run(move |file| file.articles_after(&own, PAGE)).await?;
        let theirs = store.newest_by_id(after, PAGE).await.map_err(SearchError::Store)?;
        let is_full = |count: usize| count >= PAGE as usize;
        let ends = [
            ours.last().filter(|_| is_full(ours.len())).map(|last| last.id.clone()),
            theirs.last().filter(|_| is_full(theirs.len())).map(|last| last.id.clone()),
        ];
        let horizon = ends.into_iter().flatten().min();
        let is_near = |id: &str| horizon.as_deref().is_none_or(|horizon| id <= horizon);
        let mut left: BTreeMap<String, Cursor> =
            ours.into_iter().filter(|one| is_near(&one.id)).map(|one| (one.id.clone(), one)).collect();
        let (mut missing, mut lacking) = (Vec::new(), 0);
        for record in theirs.iter().filter(|record| is_near(&record.id)) {
            let own = left.remove(&record.id);
            lacking += u64::from(own.as_ref().is_none_or(|own| own.revision != record.revision));
            if own != Some(cursor_of(record)) {
                missing.push(record.id.clone());
            }
        }
        let gone = left.into_values().map(|one| one.number).collect();
        Ok(Page { missing, lacking, gone, horizon })
    }
}

/// Differences between index and store.
pub(super) struct Page {
    /// Ids that the index lacks, or has with another revision or position.
    pub(super) missing: Vec<String>,
    /// How many of them differ in more than the position, which changes when the database is rebuilt from the files.
    pub(super) lacking: u64,
    /// Numbers of the articles that are not in the store.
    pub(super) gone: Vec<i64>,
    /// The last id that was compared; None at the end.
    pub(super) horizon: Option<String>,
}

async fn state_at(store: &Store, place: i64) -> Result<State, SearchError> {
    let state = store.search_state(place).await.map_err(SearchError::Store)?;
    let SearchState { articles, last, at_place, is_behind } = state;
    Ok(State { articles, last: cursor_of(&last), at_place: at_place.as_ref().map(cursor_of), is_behind })
}

/// The store as the index sees it.
struct State {
    articles: u64,
    last: Cursor,
    at_place: Option<Cursor>,
    is_behind: bool,
}

/// Whether a cursor belongs to this store. Its record may have been removed since.
fn knows(state: &State, cursor: &Cursor) -> bool {
    cursor.number <= state.last.number && state.at_place.as_ref().is_none_or(|found| found == cursor)
}

fn cursor_of(record: &NumberedRecord) -> Cursor {
    Cursor { number: record.number, id: record.id.clone(), revision: record.revision }
}

/// Returns the index entry of a record. A record that cannot be read is not found; `tintinh doctor` reports it.
fn entry(state: &Path, record: &NumberedRecord) -> Entry {
    let read = whole(state, &record.json);
    Entry {
        number: record.number,
        id: record.id.clone(),
        revision: record.revision,
        day: read.as_ref().map_or(0, Searchable::day),
        terms: read.map(|article| article.terms()).unwrap_or_default(),
    }
}
