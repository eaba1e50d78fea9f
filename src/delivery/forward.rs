//! Passes the stream on to one configured sink, batch by batch, in order. Joins `store`, `sink`, `fetch` and `hook`.
//!
//! A batch is sent before its place is written, so a process killed in between sends it again. A failed batch is sent again unchanged, and later
//! batches wait until it is accepted. [`Forwarder::step`] does one thing and reports it; the caller waits, logs and raises alarms.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use thiserror::Error;

use crate::clock::Clock;
use crate::failpoint;
use crate::fetch::FetchError;
use crate::fetch::sender::PostError;
use crate::fetch::sender::Sender;
use crate::hook;
use crate::model::cursor::Cursor;
use crate::model::portal::SinkId;
use crate::model::secret::SigningKey;
use crate::model::sink::SinkFailure;
use crate::model::sink::SinkMode;
use crate::model::sink::SinkPlace;
use crate::model::sink::SinkSettings;
use crate::model::sink::SinkTarget;
use crate::schedule;
use crate::sink::SinkError;
use crate::sink::payload;
use crate::sink::payload::SinkBatch;
use crate::sink::places::SinkPlaces;
use crate::sink::signature;
use crate::store::CursorState;
use crate::store::RecordBatch;
use crate::store::RecordFilter;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StreamBounds;

/// The result of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A batch was accepted; more may wait.
    Taken,
    /// Nothing to send.
    Idle,
    /// The sink is paused or gone, so nothing is sent.
    Off(SinkMode),
    /// The sink failed, and its next attempt is not due.
    Waiting(SinkFailure),
    /// An attempt failed.
    Failed(SinkFailure),
    /// The receiver wants no more. Nothing is sent until `tintinh sink resume`.
    Gone,
}

/// Why a step could not be done. Says nothing about the sink itself.
#[derive(Debug, Error)]
pub enum ForwardError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The sink's place cannot be read or written.
    #[error(transparent)]
    Place(#[from] SinkError),
}

/// The result of sending a batch.
enum Given {
    Taken,
    Gone,
    Failed { message: String, wait: Option<Duration> },
}

/// A sink's target, ready to receive batches.
enum Target {
    Webhook { sender: Box<Sender>, keys: Vec<SigningKey> },
    Command { command: Vec<String>, timeout: Duration },
}

/// Passes the stream on to one sink.
pub struct Forwarder {
    store: Store,
    places: SinkPlaces,
    settings: SinkSettings,
    target: Target,
    clock: Clock,
    /// The place that this process wrote last, so that it need not be read again.
    own: Mutex<Option<Cursor>>,
}

impl Forwarder {
    /// Creates a forwarder; sends nothing yet. `user_agent` identifies the sender.
    ///
    /// # Errors
    /// [`FetchError::Setup`], as for [`Sender::new`].
    pub fn new(
        store: Store,
        places: SinkPlaces,
        settings: SinkSettings,
        user_agent: &str,
        clock: Clock,
    ) -> Result<Forwarder, FetchError> {
        let target = match settings.target.clone() {
            SinkTarget::Webhook { destination, keys } => {
                Target::Webhook { sender: Box::new(Sender::new(destination, user_agent, clock.clone())?), keys }
            }
            SinkTarget::Command { command, timeout } => Target::Command { command, timeout },
        };
        Ok(Forwarder { store, places, settings, target, clock, own: Mutex::default() })
    }

    /// The sink's name.
    pub fn id(&self) -> &SinkId {
        &self.settings.id
    }

    /// Sends the next batch if there is one and it is due.
    ///
    /// # Errors
    /// [`ForwardError`].
    pub async fn step(&self) -> Result<Step, ForwardError> {
        let Some(place) = self.on_files(SinkPlaces::read).await? else { return Ok(Step::Idle) };
        if place.mode != SinkMode::On {
            return Ok(Step::Off(place.mode));
        }
        if let Some(failure) = place.failing.clone().filter(|failure| failure.next > self.clock.now()) {
            return Ok(Step::Waiting(failure));
        }
        if let Some(refusal) = self.refusal(&place.cursor).await? {
            return self.failed(&place, place.cursor.sequence, refusal, None).await;
        }
        let batch = self.batch(&place).await?;
        if batch.records.is_empty() {
            if batch.next != place.cursor {
                self.passed(&place, &batch).await?;
            }
            return Ok(Step::Idle);
        }
        let given = self.give(&batch).await;
        // A kill here is why a sink may get a batch twice.
        failpoint::reach("forward.given")
            .map_err(|cause| SinkError { path: self.settings.id.to_string().into(), cause })?;
        match given {
            Given::Taken => {
                self.passed(&place, &batch).await?;
                Ok(Step::Taken)
            }
            Given::Gone => {
                self.change(&place.cursor, |place| SinkPlace { mode: SinkMode::Gone, ..place }).await?;
                Ok(Step::Gone)
            }
            Given::Failed { message, wait } => self.failed(&place, batch.next.sequence, message, wait).await,
        }
    }

    /// Why a cursor is not valid for this store's stream; `None` if it is.
    async fn refusal(&self, cursor: &Cursor) -> Result<Option<String>, StoreError> {
        if self.own.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(cursor) {
            return Ok(None);
        }
        let why = match self.store.look_up(cursor).await? {
            CursorState::Known | CursorState::Gap(_) => return Ok(None),
            CursorState::OtherStore(own) => format!("is of another store than this one, {own}"),
            CursorState::Ahead => "is ahead of the database, which is an older copy".to_owned(),
            CursorState::OtherRecord => "is behind another record than the one of its number".to_owned(),
        };
        let id = &self.settings.id;
        Ok(Some(format!("its place {cursor} {why}: name another one with `tintinh sink replay {id} --from CURSOR`")))
    }

    /// The next batch after a place. A failed batch is repeated unchanged.
    async fn batch(&self, place: &SinkPlace) -> Result<SinkBatch, StoreError> {
        let settings = &self.settings;
        let bounds = StreamBounds {
            records: settings.batch,
            bytes: usize::try_from(settings.batch_bytes).unwrap_or(usize::MAX),
            ..StreamBounds::default()
        };
        let failed = place.failing.as_ref().map(|failure| StreamBounds { upto: failure.upto, ..bounds });
        let filter = RecordFilter::default();
        let mut page = self.store.stream_within(&filter, &place.cursor, failed.unwrap_or(bounds)).await?;
        // The failed records were removed meanwhile.
        if failed.is_some() && page.found == RecordBatch::default() {
            page = self.store.stream_within(&filter, &place.cursor, bounds).await?;
        }
        for unreadable in &page.found.unreadable {
            tracing::warn!(sink = %settings.id, "left out for the sink {}: {unreadable}; see `tintinh doctor`", settings.id);
        }
        let lines = page.found.records.iter().map(|record| payload::line(record, settings.payload));
        let records = lines.collect::<Result<_, _>>().map_err(|error| StoreError::Value(error.to_string()))?;
        let written = page.found.records.last().map(|record| record.date_fetched.clone()).unwrap_or_default();
        Ok(SinkBatch { next: page.next, written, records, missing: page.missing })
    }

    async fn give(&self, batch: &SinkBatch) -> Given {
        match &self.target {
            Target::Webhook { sender, keys } => {
                let body = batch.envelope(&self.settings.id);
                let id = payload::message_id(&body);
                let timestamp = self.clock.now().as_second();
                let headers = signature::headers(keys, &id, timestamp, body.as_bytes());
                given(sender.post(&headers, Bytes::from(body)).await)
            }
            Target::Command { command, timeout } => match hook::run(command, &batch.lines(), *timeout).await {
                Ok(()) => Given::Taken,
                Err(error) => Given::Failed { message: error.to_string(), wait: None },
            },
        }
    }

    /// Records that a batch was accepted, unless the operator has set another place meanwhile.
    async fn passed(&self, from: &SinkPlace, batch: &SinkBatch) -> Result<(), SinkError> {
        let (next, now) = (batch.next.clone(), self.clock.now());
        let (records, missing) = (batch.records.len() as u64, batch.missing);
        self.change(&from.cursor, move |place| SinkPlace {
            cursor: next,
            taken: place.taken + records,
            missing: place.missing + missing,
            last_taken: if records > 0 { Some(now) } else { place.last_taken },
            failing: None,
            ..place
        })
        .await?;
        if batch.missing > 0 {
            let (id, missing) = (&self.settings.id, batch.missing);
            tracing::warn!(sink = %id, missing, "{missing} records were removed before the sink {id} was sent them (see [retention])");
        }
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = Some(batch.next.clone());
        Ok(())
    }

    /// Records a failure.
    async fn failed(
        &self,
        from: &SinkPlace,
        upto: u64,
        message: String,
        wait: Option<Duration>,
    ) -> Result<Step, ForwardError> {
        let now = self.clock.now();
        let (since, attempts) =
            from.failing.as_ref().map_or((now, 1), |before| (before.since, before.attempts.saturating_add(1)));
        let next = schedule::sink_retry_at(self.settings.id.as_str(), attempts, wait, now);
        let failure = SinkFailure { since, attempts, next, message, upto };
        let kept = failure.clone();
        self.change(&from.cursor, move |place| SinkPlace { failing: Some(kept), ..place }).await?;
        // After days of failures, records may have been removed before the batch.
        self.own.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(Step::Failed(failure))
    }

    /// Changes the place if it is still where this step began.
    async fn change(
        &self,
        from: &Cursor,
        change: impl FnOnce(SinkPlace) -> SinkPlace + Send + 'static,
    ) -> Result<(), SinkError> {
        let from = from.clone();
        let unless_moved = move |place: Option<SinkPlace>| Some(change(place.filter(|place| place.cursor == from)?));
        self.on_files(move |places, id| places.update(id, unless_moved)).await
    }

    /// Runs work on the place files on a blocking thread.
    async fn on_files<T: Send + 'static>(
        &self,
        work: impl FnOnce(&SinkPlaces, &SinkId) -> Result<T, SinkError> + Send + 'static,
    ) -> Result<T, SinkError> {
        let (places, id) = (self.places.clone(), self.settings.id.clone());
        let done = tokio::task::spawn_blocking(move || work(&places, &id)).await;
        done.unwrap_or_else(|error| {
            Err(SinkError { path: self.settings.id.to_string().into(), cause: std::io::Error::other(error) })
        })
    }
}

fn given(posted: Result<(), PostError>) -> Given {
    let Err(error) = posted else { return Given::Taken };
    let message = error.to_string();
    match error {
        PostError::Gone => Given::Gone,
        PostError::Later { wait, .. } => Given::Failed { message, wait },
        PostError::Refused(300..400) => {
            let message = format!("{message}: redirects are not followed, name the address where they lead");
            Given::Failed { message, wait: None }
        }
        PostError::Refused(_) | PostError::Unreachable(_) => Given::Failed { message, wait: None },
    }
}

/// Gives a sink without a place one at the current end of the stream, so that it gets everything from now on. Returns whether it did. Blocks.
///
/// # Errors
/// [`SinkError`].
pub fn begin(places: &SinkPlaces, sink: &SinkId, end: &Cursor) -> Result<bool, SinkError> {
    let mut is_new = false;
    places.update(sink, |place| {
        is_new = place.is_none();
        is_new.then(|| SinkPlace::at(end.clone()))
    })?;
    Ok(is_new)
}

/// Whether a failure has lasted for at least `bound`.
pub fn fails_for_long(failure: &SinkFailure, now: Timestamp, bound: Duration) -> bool {
    Duration::try_from(now.duration_since(failure.since)).is_ok_and(|time| time >= bound)
}
