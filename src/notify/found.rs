//! What was found for watches, as pages show it: read by a connection of its own, so that nothing waits for a page.

use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::notify::FILE_NAME;
use crate::notify::NotifyError;
use crate::notify::WatchStatus;
use crate::notify::file::FoundHit;
use crate::notify::file::WatchFile;
use crate::store::StoreError;

/// Looks into the file of a state folder. Nothing was found where there is no file.
#[derive(Debug, Clone)]
pub struct FoundHits {
    path: PathBuf,
}

impl FoundHits {
    /// Those of a state folder.
    pub fn new(state: &Path) -> FoundHits {
        FoundHits { path: state.join(FILE_NAME) }
    }

    /// What was found last for a watch or, without one, for all: before a place, the last one first. What repeats a story that was told is left
    /// out.
    ///
    /// # Errors
    /// [`NotifyError::File`].
    pub async fn before(&self, watch: Option<&str>, number: i64, limit: u32) -> Result<Vec<FoundHit>, NotifyError> {
        let watch = watch.map(str::to_owned);
        self.read(move |file| file.found_before(watch.as_deref(), number, limit)).await
    }

    /// The watches and articles of what was found last, also of what was not told again.
    ///
    /// # Errors
    /// [`NotifyError::File`].
    pub async fn articles(&self, limit: u32) -> Result<Vec<(String, String)>, NotifyError> {
        self.read(move |file| file.found_articles(limit)).await
    }

    /// What is known of some watches, with what was found since a moment.
    ///
    /// # Errors
    /// [`NotifyError::File`].
    pub async fn statuses(&self, watches: Vec<String>, since: Timestamp) -> Result<Vec<WatchStatus>, NotifyError> {
        let count = watches.len();
        let mut known: Vec<WatchStatus> =
            self.read(move |file| watches.iter().map(|watch| file.status(watch, since)).collect()).await?;
        known.resize_with(count, WatchStatus::default);
        Ok(known)
    }

    async fn read<T: Default + Send + 'static>(
        &self,
        work: impl FnOnce(&WatchFile) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, NotifyError> {
        let path = self.path.clone();
        let read = move || if path.exists() { work(&WatchFile::open_to_read(&path)?) } else { Ok(T::default()) };
        let done = tokio::task::spawn_blocking(read).await.map_err(|error| NotifyError::Bug(error.to_string()))?;
        done.map_err(|cause| NotifyError::File { path: self.path.clone(), cause })
    }
}
