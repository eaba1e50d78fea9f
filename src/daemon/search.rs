//! Keeps the search index up to date without delaying visits.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;

use crate::engine::Setup;
use crate::search::Filled;
use crate::search::SearchError;
use crate::search::SearchIndex;
use crate::store::Store;
use crate::text::count::counted;

/// Time between two rounds. `tintinh search` itself indexes what was written since the last round, so rounds limit its work. Indexing many articles
/// at once costs less per article.
const ROUND: Duration = Duration::from_mins(5);

/// Number of articles that are indexed before the visits have the processor to themselves for a moment.
const AT_ONCE: u64 = 1000;

/// The length of that moment.
const REST: Duration = Duration::from_millis(200);

/// Maximum number of articles that a one-shot indexes. A new index over an old database is filled in several runs.
const MOST_OF_ONE_SHOT: u64 = 20_000;

/// Fills the index of a state folder regularly while the service runs.
pub fn start(state: PathBuf, store: Store, setup: watch::Receiver<Setup>) {
    tokio::spawn(async move {
        let mut failed = false;
        loop {
            tokio::time::sleep(ROUND).await;
            if !setup.borrow().config.search.enabled {
                continue;
            }
            let filled = fill(&state, &store, u64::MAX).await;
            if let Err(error) = &filled {
                // Logged once, then retried.
                if !failed {
                    tracing::warn!("the search index cannot be kept up to date: {error}");
                }
            }
            failed = filled.is_err();
        }
    });
}

/// Indexes what a one-shot has written. A failure is logged; nothing is lost.
pub async fn catch_up(state: &Path, store: &Store) {
    match fill(state, store, MOST_OF_ONE_SHOT).await {
        Ok(filled) if !filled.is_whole => {
            tracing::info!("the search index is not complete yet; the next run or `tintinh search` continues");
        }
        Ok(_) => {}
        Err(error) => tracing::warn!("the search index cannot be kept up to date: {error}"),
    }
}

/// Fills the index in parts with rests between them. A damaged index is rebuilt: the caller holds the lock of the state folder.
async fn fill(state: &Path, store: &Store, most: u64) -> Result<Filled, SearchError> {
    match fill_open(state, store, most).await {
        Err(error) if error.is_damage() => {
            tracing::warn!("{error}; it is made anew");
            SearchIndex::remove(state)?;
            fill_open(state, store, most).await
        }
        filled => filled,
    }
}

async fn fill_open(state: &Path, store: &Store, most: u64) -> Result<Filled, SearchError> {
    let index = SearchIndex::open(state).await?;
    let mut all = Filled::default();
    loop {
        let filled = index.fill(store, AT_ONCE.min(most.saturating_sub(all.articles)), |_| ()).await?;
        all = Filled { articles: all.articles + filled.articles, is_whole: filled.is_whole };
        if all.is_whole || all.articles >= most || filled.articles == 0 {
            tracing::debug!("{} taken into the search index", counted(all.articles, "article"));
            return Ok(all);
        }
        tokio::time::sleep(REST).await;
    }
}
