//! Leases, links, articles, the sources' states and the outbox. The only module that knows SQL; its methods are the verbs of the domain.
//!
//! Everything is async and runs SQLite, or the client of PostgreSQL, on a blocking thread.

mod address;
mod copy;
mod database;
mod engine;
mod error;
mod postgres;
mod problem;
mod sqlite;
mod verbs;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::model::settings::StoreAddress;
pub use crate::store::copy::CopiedTable;
pub use crate::store::copy::TABLES as COPIED_TABLES;
use crate::store::database::Database;
pub use crate::store::engine::SqlError;
use crate::store::engine::Transaction;
pub use crate::store::error::StoreError;
use crate::store::postgres::Turn;
pub use crate::store::problem::StoreProblem;
pub(crate) use crate::store::sqlite::connect;
pub(crate) use crate::store::sqlite::connect_to_read;
pub(crate) use crate::store::sqlite::reach;
pub use crate::store::verbs::attachment_readings::AttachmentRead;
pub use crate::store::verbs::attachments::AttachmentJob;
pub use crate::store::verbs::attachments::AttachmentWish;
pub use crate::store::verbs::attachments::FileAnswer;
pub use crate::store::verbs::attachments::QueueState;
pub use crate::store::verbs::claim::Lease;
pub use crate::store::verbs::claim::PortalFilter;
pub use crate::store::verbs::claim::Registration;
pub use crate::store::verbs::claim::VisitEnd;
pub(crate) use crate::store::verbs::columns;
pub use crate::store::verbs::import::ImportStep;
pub use crate::store::verbs::import::ImportVerdict;
pub use crate::store::verbs::import::ImportedArticle;
pub use crate::store::verbs::inventory::StoredRecord;
pub use crate::store::verbs::links::LinkIntake;
pub use crate::store::verbs::links::Pending;
pub use crate::store::verbs::listed::LinkSet;
pub use crate::store::verbs::listed::ListedLink;
pub use crate::store::verbs::observations::ObservedFailure;
pub use crate::store::verbs::observations::VisitObservations;
pub use crate::store::verbs::outbox::OutboxRow;
pub use crate::store::verbs::outbox::Waiting;
pub use crate::store::verbs::quarantine::Selection;
pub use crate::store::verbs::reread::KeptArticle;
pub use crate::store::verbs::reread::RereadPlace;
pub use crate::store::verbs::searchable::NumberedRecord;
pub use crate::store::verbs::searchable::SearchState;
pub use crate::store::verbs::searchable::StoryMember;
pub use crate::store::verbs::settle::Article;
pub use crate::store::verbs::settle::ResponseNote;
pub use crate::store::verbs::settle::Settlement;
pub use crate::store::verbs::sources::SourceMove;
pub use crate::store::verbs::sources::SourcePage;
pub use crate::store::verbs::sources::SourceState;
pub use crate::store::verbs::sources::StoredValidators;
pub use crate::store::verbs::sources::WalkEnd;
pub use crate::store::verbs::sources::WalkFailure;
pub use crate::store::verbs::status::LinkStatus;
pub use crate::store::verbs::status::PortalStatus;
pub use crate::store::verbs::status::UnreadArticles;
pub use crate::store::verbs::stories::ArticlePlace;
pub use crate::store::verbs::stories::PortalRhythm;
pub use crate::store::verbs::stories::RevisionNote;
pub use crate::store::verbs::stories::Story;
pub use crate::store::verbs::stories::StoryArticle;
pub use crate::store::verbs::stream::CursorState;
pub use crate::store::verbs::stream::StreamBounds;
pub use crate::store::verbs::stream::StreamPage;
pub use crate::store::verbs::view::IndexSize;
pub use crate::store::verbs::view::RecordBatch;
pub use crate::store::verbs::view::RecordFilter;
pub use crate::store::verbs::view::Unreadable;
pub use crate::store::verbs::visit_days::VisitDay;
pub use crate::store::verbs::watching::StoredSighting;
pub use crate::store::verbs::watching::StoryPlace;
pub use crate::store::verbs::watching::StoryView;
pub use crate::store::verbs::watching::WatchPage;
pub use crate::store::verbs::withdrawal::ListedSpan;
pub use crate::store::verbs::withdrawal::Withdrawn;
pub use crate::store::verbs::workers::WorkerLease;

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
    /// Opens or creates the database and upgrades it to this program's format: SQLite's in a state folder (after a backup), or that of a server.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::TooNew`], [`StoreError::Sql`].
    pub async fn open(at: impl Into<StoreAddress>) -> Result<Store, StoreError> {
        let at = at.into();
        let database = blocking(move || Database::open(&at)).await?;
        Ok(Store { database, window: WINDOW })
    }

    /// Returns the store with another time for which articles stay in the index of near-duplicates.
    #[must_use]
    pub fn with_window(self, window: Duration) -> Store {
        Store { window, ..self }
    }

    /// Whether there is a database. A process that was killed at its first start may have left an empty file.
    pub fn is_there(at: impl Into<StoreAddress>) -> bool {
        Database::is_there(&at.into())
    }

    /// Opens the database for reading, even while a service is running.
    ///
    /// # Errors
    /// Like [`Store::open`]; also if there is no database yet.
    pub async fn open_read_only(at: impl Into<StoreAddress>) -> Result<Store, StoreError> {
        let at = at.into();
        let database = blocking(move || Database::open_read_only(&at)).await?;
        Ok(Store { database, window: WINDOW })
    }

    /// Whether other processes, on this machine or others, may work on the same database.
    pub fn is_shared(&self) -> bool {
        matches!(self.database, Database::Postgres(_))
    }

    /// Returns the name under which this process holds leases.
    fn worker(&self) -> Arc<str> {
        self.database.worker()
    }

    /// Returns the state folder.
    pub fn folder(&self) -> &Path {
        self.database.folder()
    }

    /// Returns the bytes of the database and of its write-ahead log. The server's log is its own affair.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn size(&self) -> Result<(u64, u64), StoreError> {
        let database = self.database.clone();
        blocking(move || database.size()).await
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
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        blocking(move || database.transaction(Turn::Read, verb)).await
    }

    /// Runs a verb in one transaction on a blocking thread. No other verb writes at the same time.
    async fn write<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        blocking(move || database.transaction(Turn::Alone, verb)).await
    }

    /// Like [`Store::write`], for a verb that writes articles, and of links and portals only rows of one portal, which it holds by
    /// [`verbs::claim::check`]. On PostgreSQL it waits only for others of its kind.
    async fn write_article<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        blocking(move || database.transaction(Turn::Article, verb)).await
    }

    /// Like [`Store::write`], for a verb that writes only rows of one portal, which it holds by [`verbs::claim::check`] or leases. On PostgreSQL it
    /// does not wait for other portals.
    async fn write_own<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        blocking(move || database.transaction(Turn::Own, verb)).await
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
