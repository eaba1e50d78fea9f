//! Leases, links, articles, the sources' states and the outbox. The only module that knows SQL; its methods are the verbs of the domain.
//!
//! Everything is async and runs SQLite on a blocking thread.

mod error;
mod problem;
mod sqlite;

use std::path::Path;
use std::time::Duration;

use tokio::sync::oneshot;

pub use crate::store::error::StoreError;
pub use crate::store::problem::StoreProblem;
use crate::store::sqlite::Database;
pub use crate::store::sqlite::attachment_readings::AttachmentRead;
pub use crate::store::sqlite::attachments::AttachmentJob;
pub use crate::store::sqlite::attachments::AttachmentWish;
pub use crate::store::sqlite::attachments::FileAnswer;
pub use crate::store::sqlite::attachments::QueueState;
pub use crate::store::sqlite::claim::Lease;
pub use crate::store::sqlite::claim::PortalFilter;
pub use crate::store::sqlite::claim::Registration;
pub use crate::store::sqlite::claim::VisitEnd;
pub(crate) use crate::store::sqlite::columns;
pub(crate) use crate::store::sqlite::connect;
pub(crate) use crate::store::sqlite::connect_to_read;
pub use crate::store::sqlite::import::ImportStep;
pub use crate::store::sqlite::import::ImportVerdict;
pub use crate::store::sqlite::import::ImportedArticle;
pub use crate::store::sqlite::inventory::StoredRecord;
pub use crate::store::sqlite::links::LinkIntake;
pub use crate::store::sqlite::links::Pending;
pub use crate::store::sqlite::listed::LinkSet;
pub use crate::store::sqlite::listed::ListedLink;
pub use crate::store::sqlite::observations::ObservedFailure;
pub use crate::store::sqlite::observations::VisitObservations;
pub use crate::store::sqlite::outbox::OutboxRow;
pub use crate::store::sqlite::outbox::Waiting;
pub use crate::store::sqlite::quarantine::Selection;
pub(crate) use crate::store::sqlite::reach;
pub use crate::store::sqlite::reread::KeptArticle;
pub use crate::store::sqlite::reread::RereadPlace;
pub use crate::store::sqlite::searchable::NumberedRecord;
pub use crate::store::sqlite::searchable::SearchState;
pub use crate::store::sqlite::searchable::StoryMember;
pub use crate::store::sqlite::settle::Article;
pub use crate::store::sqlite::settle::ResponseNote;
pub use crate::store::sqlite::settle::Settlement;
pub use crate::store::sqlite::sources::SourceMove;
pub use crate::store::sqlite::sources::SourcePage;
pub use crate::store::sqlite::sources::SourceState;
pub use crate::store::sqlite::sources::StoredValidators;
pub use crate::store::sqlite::sources::WalkEnd;
pub use crate::store::sqlite::sources::WalkFailure;
pub use crate::store::sqlite::status::LinkStatus;
pub use crate::store::sqlite::status::PortalStatus;
pub use crate::store::sqlite::status::UnreadArticles;
pub use crate::store::sqlite::stories::ArticlePlace;
pub use crate::store::sqlite::stories::PortalRhythm;
pub use crate::store::sqlite::stories::RevisionNote;
pub use crate::store::sqlite::stories::Story;
pub use crate::store::sqlite::stories::StoryArticle;
pub use crate::store::sqlite::stream::CursorState;
pub use crate::store::sqlite::stream::StreamBounds;
pub use crate::store::sqlite::stream::StreamPage;
pub use crate::store::sqlite::view::IndexSize;
pub use crate::store::sqlite::view::RecordBatch;
pub use crate::store::sqlite::view::RecordFilter;
pub use crate::store::sqlite::view::Unreadable;
pub use crate::store::sqlite::visit_days::VisitDay;
pub use crate::store::sqlite::watching::StoredSighting;
pub use crate::store::sqlite::watching::StoryPlace;
pub use crate::store::sqlite::watching::StoryView;
pub use crate::store::sqlite::watching::WatchPage;
pub use crate::store::sqlite::withdrawal::ListedSpan;
pub use crate::store::sqlite::withdrawal::Withdrawn;

/// The name of the database in the state folder.
pub const FILE_NAME: &str = "tintinh.db";

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
    window: Duration,
}

/// The default time for which an article stays in the index of near-duplicates.
pub const WINDOW: Duration = Duration::from_hours(400 * 24);

impl Store {
    /// Opens or creates the database of a state folder, upgrades it to this program's format (after a backup) and checks SQLite's
    /// version.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::TooNew`], [`StoreError::Sql`].
    pub async fn open(dir: &Path) -> Result<Store, StoreError> {
        let dir = dir.to_owned();
        let database = blocking(move || Database::open(&dir)).await?;
        Ok(Store { database, window: WINDOW })
    }

    /// Returns the store with another time for which articles stay in the index of near-duplicates.
    #[must_use]
    pub fn with_window(self, window: Duration) -> Store {
        Store { window, ..self }
    }

    /// Whether a state folder has a database. A process that was killed at its first start may have left an empty file.
    pub fn is_there(dir: &Path) -> bool {
        Database::is_there(dir)
    }

    /// Opens the database for reading, even while a service is running.
    ///
    /// # Errors
    /// Like [`Store::open`]; also if there is no database yet.
    pub async fn open_read_only(dir: &Path) -> Result<Store, StoreError> {
        let dir = dir.to_owned();
        let database = blocking(move || Database::open_read_only(&dir)).await?;
        Ok(Store { database, window: WINDOW })
    }

    /// Returns the path of the database's file.
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// Returns the bytes on disk of the database and of its write-ahead log.
    pub fn size(&self) -> (u64, u64) {
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        (bytes(self.path()), bytes(&sqlite::log_of(self.path())))
    }

    /// Writes something small durably, to test whether the store works again.
    ///
    /// # Errors
    /// [`StoreError`], like any verb that writes.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let database = self.database.clone();
        blocking(move || database.touch()).await
    }

    /// Writes the log back into the database and truncates it. Called from time to time, and before a pause.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        let database = self.database.clone();
        blocking(move || database.checkpoint()).await
    }

    /// Writes a durable copy of the database to a file, which appears either complete or not at all.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Open`] of the copy.
    pub async fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        let (database, to) = (self.database.clone(), to.to_owned());
        blocking(move || database.back_up(&to)).await
    }

    /// Runs a verb that only reads, on a blocking thread.
    async fn read<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        blocking(move || database.read(verb)).await
    }

    /// Runs a verb in one transaction on a blocking thread.
    async fn write<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        blocking(move || database.transaction(verb)).await
    }
}

/// Runs work on a blocking thread. The task does not know the type of the result; otherwise the compiler would build a copy of Tokio's tasks for each
/// verb.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (tell, told) = oneshot::channel();
    let task: Box<dyn FnOnce() + Send> = Box::new(move || {
        // If the caller was dropped, nobody waits any more.
        let _ = tell.send(work());
    });
    let ended = tokio::task::spawn_blocking(task).await;
    told.await.unwrap_or_else(|lost| {
        let reason = ended.err().map_or_else(|| lost.to_string(), |error| error.to_string());
        Err(StoreError::Bug(reason))
    })
}
