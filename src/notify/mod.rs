//! Tells what watches find: follows the stream of records by a cursor, makes messages, and sends them. Joins `store`, `search`, `mail`, `hook`
//! and [`watch`](crate::watch).
//!
//! What is found and told lies in a file of its own, `watch.db` beside the database, which is only read: no visit waits for a message, and a
//! message waits for no visit. See `notify::file` for what survives a crash. Without the file, the next round begins at the stream's end.
//!
//! # Once a story
//! A story is told for a watch when none of the articles that belong to it now was told before. It does not matter which of them is the head, or
//! which stories they belonged to when they were told.

mod compose;
mod coverage;
mod file;
mod follow;
mod found;
mod replay;
mod send;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::SignedDuration;
use jiff::Timestamp;
use thiserror::Error;

use crate::config::Config;
use crate::model::portal::NotifyId;
pub use crate::notify::coverage::Visits;
pub use crate::notify::coverage::reading;
pub use crate::notify::file::FoundHit;
use crate::notify::file::Outgoing;
use crate::notify::file::WatchFile;
use crate::notify::file::WatchState;
pub use crate::notify::found::FoundHits;
pub use crate::notify::replay::Replay;
pub use crate::notify::replay::replay;
pub use crate::notify::send::ChannelSender;
pub use crate::notify::send::SendError;
use crate::store::Store;
use crate::store::StoreError;
use crate::text::fingerprint;
use crate::watch::matcher::Matcher;
use crate::watch::message::Message;
use crate::watch::moment::Rhythm;

/// The name of the file in the state folder.
pub const FILE_NAME: &str = "watch.db";

/// How long it is known what was told: as long as copies are looked for, by default.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// How long a story waits for a watch whose file is gone: if it comes back, it tells of these.
const WAITING: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Why watches cannot be served.
#[derive(Debug, Error)]
pub enum NotifyError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// The file of what was told failed.
    #[error("the file of watches {path} failed: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: StoreError,
    },
    /// The task that worked on it panicked.
    #[error("bug in watches: {0}")]
    Bug(String),
}

/// What was found and told, and what waits to be sent. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Notifier {
    path: PathBuf,
    file: Arc<Mutex<WatchFile>>,
    store: Store,
    /// Ready for the watches of the last round: to prepare thousands takes longer than to match an article.
    matcher: Arc<Mutex<Option<Arc<Matcher>>>>,
}

/// What `tintinh watch list` shows of a watch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WatchStatus {
    /// When something was found since the moment asked for.
    pub found: Vec<Timestamp>,
    /// When something was last found.
    pub last_found: Option<Timestamp>,
    /// Since when it is served; `None` if it was not yet.
    pub since: Option<Timestamp>,
}

/// Messages that wait for a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelBacklog {
    /// The channel's id.
    pub channel: String,
    /// How many.
    pub messages: u64,
    /// Why the last one was not sent.
    pub error: Option<String>,
}

impl Notifier {
    /// Opens or creates the file of a state folder.
    ///
    /// # Errors
    /// [`NotifyError::File`].
    pub async fn open(state: &Path, store: Store) -> Result<Notifier, NotifyError> {
        let path = state.join(FILE_NAME);
        let own = path.clone();
        let opened = tokio::task::spawn_blocking(move || WatchFile::open(&own)).await;
        match opened.map_err(|error| NotifyError::Bug(error.to_string()))? {
            Ok(file) => Ok(Notifier { path, file: Arc::new(Mutex::new(file)), store, matcher: Arc::default() }),
            Err(cause) => Err(NotifyError::File { path, cause }),
        }
    }

    /// Whether a state folder has the file.
    pub fn is_there(state: &Path) -> bool {
        state.join(FILE_NAME).exists()
    }

    /// Takes in what came to the stream and makes the messages that are due.
    ///
    /// # Errors
    /// [`NotifyError`]; what was done stays done.
    pub async fn round(&self, config: &Config, now: Timestamp) -> Result<(), NotifyError> {
        self.follow(config, now).await?;
        self.compose(config, now).await
    }

    /// The states of the watches of the configuration, in its order.
    async fn watch_states(&self, config: &Config, now: Timestamp) -> Result<Vec<WatchState>, NotifyError> {
        let watches: Vec<(String, Rhythm)> =
            config.watches.iter().map(|watch| (watch.id.to_string(), watch.rhythm)).collect();
        self.run(move |file| file.watches(&watches, now)).await
    }

    /// Queues a message for some channels. One of a key is queued once, ever.
    ///
    /// # Errors
    /// [`NotifyError::File`].
    pub async fn queue(
        &self,
        key: &str,
        to: &[NotifyId],
        message: &Message,
        now: Timestamp,
    ) -> Result<(), NotifyError> {
        for outgoing in outgoing(key, to, message) {
            self.run(move |file| file.queue(&outgoing, now)).await?;
        }
        Ok(())
    }

    /// Forgets what was told long ago.
    ///
    /// # Errors
    /// [`NotifyError::File`].
    pub async fn forget_old(&self, now: Timestamp) -> Result<(), NotifyError> {
        let [before, waiting] = [KEPT, WAITING].map(|time| now.saturating_sub(time).unwrap_or(Timestamp::MIN));
        self.run(move |file| file.forget(before, waiting)).await
    }

    /// What is known of a watch, with what was found since a moment.
    ///
    /// # Errors
    /// [`NotifyError::File`].
    pub async fn watch_status(&self, watch: &str, since: Timestamp) -> Result<WatchStatus, NotifyError> {
        let watch = watch.to_owned();
        self.run(move |file| file.status(&watch, since)).await
    }

    /// Messages that wait, by channel.
    ///
    /// # Errors
    /// [`NotifyError::File`].
    pub async fn backlog(&self) -> Result<Vec<ChannelBacklog>, NotifyError> {
        self.run(|file| {
            let channels = file.waiting_channels()?;
            let of = |channel: String| {
                let (messages, error) = file.backlog_of(&channel)?;
                Ok(ChannelBacklog { channel, messages, error })
            };
            channels.into_iter().map(of).collect()
        })
        .await
    }

    /// Works on the file, on a blocking thread.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut WatchFile) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, NotifyError> {
        let file = Arc::clone(&self.file);
        // Work that panicked has left a transaction that was rolled back when it was dropped.
        let done = tokio::task::spawn_blocking(move || work(&mut file.lock().unwrap_or_else(PoisonError::into_inner)));
        let done = done.await.map_err(|error| NotifyError::Bug(error.to_string()))?;
        done.map_err(|cause| NotifyError::File { path: self.path.clone(), cause })
    }
}

/// A message for each channel; its name is made of the key and the channel.
fn outgoing(key: &str, to: &[NotifyId], message: &Message) -> Vec<Outgoing> {
    let of = |channel: &NotifyId| Outgoing {
        id: format!("msg_{}", fingerprint::hash_parts([key, channel.as_str()])),
        channel: channel.to_string(),
        message: message.clone(),
    };
    to.iter().map(of).collect()
}
