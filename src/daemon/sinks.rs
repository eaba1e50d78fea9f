//! The configured sinks, each in its own task: none waits for another, and no visit waits for any of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::delivery::forward;
use crate::delivery::forward::ForwardError;
use crate::delivery::forward::Forwarder;
use crate::delivery::forward::Step;
use crate::delivery::places;
use crate::engine::Setup;
use crate::model::alarm::AlarmKey;
use crate::model::alarm::AlarmKind;
use crate::model::alarm::Reason;
use crate::model::portal::SinkId;
use crate::model::sink::SinkFailure;
use crate::model::sink::SinkMode;
use crate::model::sink::SinkSettings;
use crate::store::Store;
use crate::text::count::counted;
use crate::text::date::rfc3339;
use crate::visit::VisitContext;
use crate::visit::observe::tell_over;
use crate::visit::observe::tell_raised;

/// Interval between two checks for new records and for changes by `tintinh sink`. A check reads a small file and a page of the database.
const LOOK: Duration = Duration::from_secs(1);

/// Sets each new sink's place to the current end of the stream. What this process fetches comes after it.
///
/// # Errors
/// If the store or a file fails.
pub async fn begin(config: &Config, store: &Store) -> anyhow::Result<()> {
    if config.sinks.is_empty() {
        return Ok(());
    }
    let (_, end) = store.stream_ends().await?;
    let places = places::of(&config.state_dir, store);
    let ids: Vec<SinkId> = config.sinks.iter().map(|sink| sink.id.clone()).collect();
    tokio::task::spawn_blocking(move || {
        for id in ids {
            match forward::begin(&places, &id, &end) {
                Ok(true) => tracing::info!(sink = %id, "the sink {id} gets what is written from now on, after {end}"),
                Ok(false) => {}
                // The sink's own task reports this as long as it lasts.
                Err(error) => tracing::debug!(sink = %id, "{error}"),
            }
        }
    })
    .await?;
    Ok(())
}

/// Time that a batch being sent gets after the visits have ended. One that is cut off is sent again at the next start.
const GRACE: Duration = Duration::from_secs(2);

/// The running sinks of a service.
pub struct Sinks(tokio::task::JoinHandle<()>);

impl Sinks {
    /// Starts the configured sinks and follows changes of the configuration until shutdown. Each then finishes the batch that it is sending.
    pub fn start(context: VisitContext, setup: watch::Receiver<Setup>, told: watch::Receiver<bool>) -> Sinks {
        Sinks(tokio::spawn(supervise(context, setup, told)))
    }

    /// Waits briefly for the batches being sent.
    pub async fn end(self) {
        let abort = self.0.abort_handle();
        if tokio::time::timeout(GRACE, self.0).await.is_err() {
            abort.abort();
        }
    }
}

async fn supervise(context: VisitContext, mut setup: watch::Receiver<Setup>, mut stopped: watch::Receiver<bool>) {
    let mut running: HashMap<SinkId, (SinkSettings, String, tokio::task::AbortHandle)> = HashMap::new();
    let mut tasks = JoinSet::new();
    loop {
        let config = Arc::clone(&setup.borrow_and_update().config);
        let agent = &config.fetch.user_agent;
        // A batch that is cut off here is sent again with the new settings.
        running.retain(|_, (settings, used, task)| {
            let stays = used == agent && config.sinks.contains(settings);
            if !stays {
                task.abort();
            }
            stays
        });
        for settings in &config.sinks {
            if running.contains_key(&settings.id) {
                continue;
            }
            match task_of(&context, &config, settings) {
                Ok(task) => {
                    let handle = tasks.spawn(task.run(setup.clone(), stopped.clone()));
                    running.insert(settings.id.clone(), (settings.clone(), agent.clone(), handle));
                }
                Err(error) => tracing::error!(sink = %settings.id, "the sink {} cannot start: {error}", settings.id),
            }
        }
        let panicked = tokio::select! {
            changed = setup.changed() => if changed.is_err() { break } else { false },
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(ended) = tasks.join_next() => ended.is_err_and(|error| error.is_panic()),
        };
        if panicked {
            tracing::error!("bug in a sink: it begins again where it was");
            running.retain(|_, (.., task)| !task.is_finished());
            tokio::time::sleep(LOOK).await;
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Sends each sink what is available until it is up to date or fails: for a one-shot.
pub async fn catch_up(context: &VisitContext, config: &Config) {
    let mut tasks = JoinSet::new();
    for settings in &config.sinks {
        match task_of(context, config, settings) {
            Ok(mut task) => {
                let bound = config.alarms.failing_after;
                tasks.spawn(async move { while task.step(bound).await {} });
            }
            Err(error) => tracing::error!(sink = %settings.id, "the sink {} cannot start: {error}", settings.id),
        }
    }
    while tasks.join_next().await.is_some() {}
}

fn task_of(context: &VisitContext, config: &Config, settings: &SinkSettings) -> anyhow::Result<SinkTask> {
    let places = places::of(&config.state_dir, &context.store);
    let agent = &config.fetch.user_agent;
    let forwarder = Forwarder::new(context.store.clone(), places, settings.clone(), agent, context.clock.clone())?;
    Ok(SinkTask { context: context.clone(), forwarder, state: State::New })
}

/// The reported state of a sink.
enum State {
    /// Not tried yet. An alarm of an earlier process may be open.
    New,
    Well,
    Failing {
        is_told: bool,
    },
}

struct SinkTask {
    context: VisitContext,
    forwarder: Forwarder,
    state: State,
}

impl SinkTask {
    async fn run(mut self, setup: watch::Receiver<Setup>, mut stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let bound = setup.borrow().config.alarms.failing_after;
            if !self.context.store.leads() || !self.step(bound).await {
                let _ = tokio::time::timeout(LOOK, stopped.wait_for(|stop| *stop)).await;
            }
        }
    }

    /// Runs one step of the forwarder and reports it. Returns whether the next step may follow at once.
    async fn step(&mut self, bound: Duration) -> bool {
        let step = self.forwarder.step().await;
        let now = self.context.clock.now();
        match &step {
            Ok(Step::Taken | Step::Idle) => self.well(now, "works again").await,
            Ok(Step::Off(SinkMode::Gone) | Step::Gone) => self.gone(now).await,
            Ok(Step::Off(_)) => self.well(now, "is paused").await,
            Ok(Step::Waiting(failure)) => self.failing(failure, bound, now).await,
            Ok(Step::Failed(failure)) => {
                self.log(failure);
                self.failing(failure, bound, now).await;
            }
            Err(ForwardError::Store(error)) => {
                tracing::debug!("the sink {} waits: {error}", self.forwarder.id());
            }
            Err(ForwardError::Place(error)) => {
                self.alarm(format!("nothing is sent to the sink {}: {error}", self.forwarder.id()), now).await;
            }
        }
        matches!(step, Ok(Step::Taken))
    }

    async fn gone(&mut self, now: Timestamp) {
        let id = self.forwarder.id();
        self.alarm(
            format!("the sink {id} is off: its receiver wants no more (410); `tintinh sink resume {id}` sends again"),
            now,
        )
        .await;
    }

    /// Logs a failure once.
    fn log(&self, failure: &SinkFailure) {
        let id = self.forwarder.id();
        let next = rfc3339(failure.next);
        if let State::Failing { .. } = self.state {
            tracing::debug!(sink = %id, attempts = failure.attempts, "the sink {id} failed again: {}", failure.message);
        } else {
            tracing::warn!(sink = %id, "the sink {id} failed and is tried again at {next}: {}", failure.message);
        }
    }

    async fn failing(&mut self, failure: &SinkFailure, bound: Duration, now: Timestamp) {
        let is_told = matches!(self.state, State::Failing { is_told: true });
        if is_told || !forward::fails_for_long(failure, now, bound) {
            self.state = State::Failing { is_told };
            return;
        }
        let (id, since, times) = (self.forwarder.id(), rfc3339(failure.since), counted(failure.attempts, "time"));
        let message = format!("the sink {id} has failed since {since}, {times} in a row: {}", failure.message);
        self.state = State::Failing { is_told: false };
        self.alarm(message, now).await;
    }

    /// Raises the alarm, unless this task has already done so. If the store fails now, the next step tries again.
    async fn alarm(&mut self, message: String, now: Timestamp) {
        if let State::Failing { is_told: true } = self.state {
            return;
        }
        let reason = Reason { key: key_of(self.forwarder.id()), message, evidence: None };
        let raised = self.context.store.raise(reason, now).await;
        if let Ok(Some(alarm)) = raised.as_ref() {
            tell_raised(&self.context, alarm.clone());
        }
        self.state = State::Failing { is_told: raised.is_ok() };
    }

    /// Clears the alarm if one may be open.
    async fn well(&mut self, now: Timestamp, word: &str) {
        if let State::Failing { .. } = self.state {
            tracing::info!(sink = %self.forwarder.id(), "the sink {} {word}", self.forwarder.id());
        }
        if matches!(self.state, State::New | State::Failing { is_told: true }) {
            // If the store fails now, the next step tries again.
            let Ok(cleared) = self.context.store.clear(key_of(self.forwarder.id()), now).await else { return };
            if let Some(alarm) = cleared {
                tell_over(&self.context, alarm);
            }
        }
        self.state = State::Well;
    }
}

fn key_of(sink: &SinkId) -> AlarmKey {
    AlarmKey { subject: sink.to_string(), ..AlarmKey::of_service(AlarmKind::SinkFailing) }
}
