//! The search index: a separate file next to the database. A cursor in the same file records how far it has been filled from the store's records.
//! Joins `store` and [`query`](crate::query).
//!
//! The file contains nothing that the database does not. A batch and the cursor after it are written in one transaction, so a process that dies loses
//! at most one batch, which is read again. Several processes may therefore fill it, each as far as it gets. If someone deletes the file, a new one is
//! created. The database is only read: no visit waits for the index.
//!
//! If articles are removed from the database, or records are added under old numbers, the number of articles differs. Then ids are compared one by
//! one ([`SearchIndex::fill`]).

mod check;
mod file;
mod fill;
mod find;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use thiserror::Error;

use crate::query::article::Searchable;
use crate::search::file::IndexFile;
pub use crate::search::fill::Filled;
pub use crate::search::find::Hit;
pub use crate::search::find::Order;
pub use crate::search::find::Wish;
use crate::store::StoreError;
use crate::store::StoreProblem;
use crate::text_files;

/// The name of the index in the state folder.
pub const FILE_NAME: &str = "search.db";

/// Why the index cannot be filled or searched.
#[derive(Debug, Error)]
pub enum SearchError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// The file of the index failed.
    #[error("the search index {path} failed: {cause}")]
    Index {
        /// The file.
        path: PathBuf,
        /// The cause. Its SQLite errors are classified like those of the store.
        cause: StoreError,
    },
    /// There is no index that this program can read, and it must not create one.
    #[error("there is no search index in {0} that this program reads")]
    Absent(PathBuf),
    /// The task that used it panicked.
    #[error("bug in search: {0}")]
    Bug(String),
}

impl SearchError {
    /// Whether the index itself is damaged, so that a new one helps.
    pub fn is_damage(&self) -> bool {
        matches!(self, SearchError::Index { cause, .. } if cause.problem() == Some(StoreProblem::Damaged))
    }
}

/// Reads a record with the texts of its attachments, in total as much as is read of a single one. An article is found by the first 20,000 syllables
/// of its files, and a query reads up to a thousand articles. None if it cannot be read or must not be found.
fn whole(state: &Path, json: &str) -> Option<Searchable> {
    let mut article = Searchable::read(json).ok().filter(Searchable::is_found)?;
    let mut left = text_files::MOST_READ;
    for file in &mut article.attachments {
        file.content = file.text.as_deref().and_then(|place| text_files::read(state, place, left));
        left = left.saturating_sub(file.content.as_ref().map_or(0, |text| text.len() as u64));
    }
    Some(article)
}

/// The index. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SearchIndex {
    path: PathBuf,
    file: Arc<Mutex<IndexFile>>,
}

impl SearchIndex {
    /// Opens or creates the index of a state folder. An index with another format is emptied.
    ///
    /// # Errors
    /// [`SearchError::Index`].
    pub async fn open(state: &Path) -> Result<SearchIndex, SearchError> {
        SearchIndex::over(state, IndexFile::open).await
    }

    /// Opens the index for reading.
    ///
    /// # Errors
    /// [`SearchError::Absent`], [`SearchError::Index`].
    pub async fn open_read_only(state: &Path) -> Result<SearchIndex, SearchError> {
        SearchIndex::over(state, IndexFile::open_read_only).await
    }

    /// The state folder, which contains the texts of attachments.
    fn state(&self) -> PathBuf {
        self.path.parent().map(Path::to_owned).unwrap_or_default()
    }

    /// Whether a state folder has an index.
    pub fn is_there(state: &Path) -> bool {
        state.join(FILE_NAME).exists()
    }

    /// Removes the index of a state folder. The caller holds the lock of the folder.
    ///
    /// # Errors
    /// [`SearchError::Index`].
    pub fn remove(state: &Path) -> Result<(), SearchError> {
        let path = state.join(FILE_NAME);
        file::remove(&path).map_err(|cause| SearchError::Index { path, cause })
    }

    async fn over(
        state: &Path,
        open: impl FnOnce(&Path) -> Result<Option<IndexFile>, StoreError> + Send + 'static,
    ) -> Result<SearchIndex, SearchError> {
        let path = state.join(FILE_NAME);
        let own = path.clone();
        let opened = tokio::task::spawn_blocking(move || open(&own)).await;
        match opened.map_err(|error| SearchError::Bug(error.to_string()))? {
            Ok(Some(file)) => Ok(SearchIndex { path, file: Arc::new(Mutex::new(file)) }),
            Ok(None) => Err(SearchError::Absent(state.to_owned())),
            Err(cause) => Err(SearchError::Index { path, cause }),
        }
    }

    /// Runs work on the file on a blocking thread.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut IndexFile) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SearchError> {
        let file = Arc::clone(&self.file);
        // After a panic, the transaction was rolled back when it was dropped.
        let done = tokio::task::spawn_blocking(move || work(&mut file.lock().unwrap_or_else(PoisonError::into_inner)));
        let done = done.await.map_err(|error| SearchError::Bug(error.to_string()))?;
        done.map_err(|cause| SearchError::Index { path: self.path.clone(), cause })
    }
}
