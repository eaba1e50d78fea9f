//! The search index as the reader uses it: opened on first use and topped up before each query.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::search::SearchError;
use crate::search::SearchIndex;
use crate::store::Store;

/// How long the index counts as up to date.
const FRESH: Duration = Duration::from_secs(10);

/// Articles added before a query; the service adds the rest.
const AT_ONCE: u64 = 400;

/// The search index, opened on first use.
pub(super) struct Index {
    state: Arc<Path>,
    open: Mutex<Option<Opened>>,
}

struct Opened {
    index: SearchIndex,
    filled: Option<Instant>,
    is_behind: bool,
    /// Whether this process may write the index.
    is_writable: bool,
}

impl Index {
    pub(super) fn new(state: &Path) -> Index {
        Index { state: state.into(), open: Mutex::default() }
    }

    /// The index, and whether articles are missing from it; `None` if there is no index.
    ///
    /// # Errors
    /// [`SearchError`]; the next call opens the index again.
    pub(super) async fn opened(&self, store: &Store) -> Result<Option<(SearchIndex, bool)>, SearchError> {
        let mut open = self.open.lock().await;
        let mut opened = match open.take() {
            Some(opened) => opened,
            None => match self.open().await {
                Err(SearchError::Absent(_)) => return Ok(None),
                opened => opened?,
            },
        };
        if opened.filled.is_none_or(|filled| filled.elapsed() >= FRESH) {
            opened.is_behind = if opened.is_writable {
                !opened.index.fill(store, AT_ONCE, |_| ()).await?.is_whole
            } else {
                opened.index.is_behind(store).await?
            };
            opened.filled = Some(Instant::now());
        }
        let answer = (opened.index.clone(), opened.is_behind);
        *open = Some(opened);
        Ok(Some(answer))
    }

    async fn open(&self) -> Result<Opened, SearchError> {
        if !SearchIndex::is_there(&self.state) {
            return Err(SearchError::Absent(self.state.to_path_buf()));
        }
        let (index, is_writable) = match SearchIndex::open(&self.state).await {
            Ok(index) => (index, true),
            Err(_) => (SearchIndex::open_read_only(&self.state).await?, false),
        };
        Ok(Opened { index, filled: None, is_behind: false, is_writable })
    }
}
