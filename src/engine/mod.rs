//! Runs visits of due portals, as many at once as the settings allow, and delivers the outbox at the same time. The service, the one-shot and the
//! tests use the same engine; they differ in [`Until`].
//!
//! # Fairness
//! The portal that has been due longest is visited next. A visit that ran out of time is due again from then on, after all that were due before it. A
//! due portal therefore waits at most ⌈P / C⌉ × L, where P is the number of portals that were due before it, C is `[engine] concurrency` and L is the
//! longest lease (`visit_time`, one delay, one request, two stages and two minutes). Portals of one group also wait for each other. That is the worst
//! case; 10,000 portals that refuse at once have their turn within a minute (`tests/soak/many-portals.sh`).

mod heartbeat;
mod outbox;
mod pause;
mod report;
mod time;

use std::collections::HashMap;
use std::collections::HashSet;
use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::task::Id;
use tokio::task::JoinHandle;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::config::Config;
use crate::delivery::Delivery;
use crate::delivery::DeliveryError;
pub use crate::engine::heartbeat::Condition;
pub use crate::engine::heartbeat::Heartbeat;
pub use crate::engine::heartbeat::Pause;
use crate::engine::pause::Pauses;
pub use crate::engine::report::Report;
use crate::engine::report::add;
use crate::engine::report::log;
use crate::engine::time::lease_time;
use crate::engine::time::visit_time;
use crate::failpoint;
use crate::fetch::Fetcher;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::portal::PortalId;
use crate::schedule;
use crate::store::Lease;
use crate::store::PortalFilter;
use crate::store::StoreError;
use crate::store::VisitEnd;
use crate::visit;
use crate::visit::Event;
use crate::visit::Summary;
use crate::visit::VisitContext;
use crate::visit::VisitOptions;
use crate::visit::observe;

/// Maximum sleep of the engine. It notices a clock that jumps within this time.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// Interval of checks for alarms that depend only on time, and so their maximum delay.
const WATCH_ROUND: Duration = Duration::from_mins(5);

/// Time for interrupted visits to end.
const CUT_OFF: Duration = Duration::from_secs(1);

/// When the engine stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// After each chosen portal that is due has been visited.
    Idle,
    /// At shutdown.
    Shutdown,
}

/// The task of the engine.
#[derive(Debug, Clone)]
pub struct Job {
    /// When to stop.
    pub until: Until,
    /// The portals to visit. None: all enabled ones.
    pub portals: Option<Vec<PortalId>>,
    /// Pages of each list to read even if they bring nothing new.
    pub backfill: Option<u32>,
    /// Whether a person asked for it.
    pub by_hand: bool,
}

/// The configuration and its network. Reloading replaces both.
#[derive(Clone)]
pub struct Setup {
    /// The configuration.
    pub config: Arc<Config>,
    /// The network with its `[fetch]` settings.
    pub fetcher: Fetcher,
}

/// The shutdown signals of an engine.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// Becomes true when visits should end.
    pub told: watch::Receiver<bool>,
    /// Becomes true when unfinished visits should be interrupted. This also happens after `[engine] shutdown_grace`.
    pub cut: watch::Receiver<bool>,
}

/// Why the engine stopped.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The store is lost.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// There is too little free space for visits.
    #[error("only {} MiB are free in {}, but `min_free` of [engine] is {} MiB", free >> 20, folder.display(), least >> 20)]
    Space {
        /// The state folder.
        folder: PathBuf,
        /// Free bytes.
        free: u64,
        /// Required free bytes.
        least: u64,
    },
    /// The outbox could not be emptied at the end. Its records are kept for the next run.
    #[error("records could not be written and wait in the store for the next run")]
    Delivery(#[source] DeliveryError),
}

/// The engine.
pub struct Engine {
    context: VisitContext,
    delivery: Delivery,
    setup: watch::Receiver<Setup>,
    heartbeat: Heartbeat,
}

struct Run {
    job: Job,
    shutdown: Shutdown,
    /// When to interrupt visits; set at shutdown.
    cut_at: Option<Instant>,
    visits: JoinSet<Result<Summary, StoreError>>,
    leases: HashMap<Id, Lease>,
    /// Leases of visits that ended while the store was not available.
    orphans: Vec<Lease>,
    pauses: Pauses,
    /// Portals whose backfill is done. Later visits only continue.
    visited: HashSet<PortalId>,
    /// Portals whose visit has ended. A one-shot does not visit them again, however often they are due.
    finished: HashSet<PortalId>,
    report: Report,
    settled: Arc<Notify>,
    /// The time at the last turn.
    turned: Timestamp,
    chosen: Option<Chosen>,
}

/// The portals that may be visited, and the setup that they belong to.
#[derive(Clone)]
struct Chosen {
    config: Arc<Config>,
    finished: usize,
    among: PortalFilter,
    /// The time limit of each visit.
    lease_time: Duration,
}

impl Engine {
    /// Creates an engine from its parts. The configuration may be replaced while it runs.
    pub fn new(context: VisitContext, delivery: Delivery, setup: watch::Receiver<Setup>) -> Engine {
        Engine { context, delivery, setup, heartbeat: Heartbeat::new() }
    }

    /// Returns the engine's heartbeat.
    pub fn heartbeat(&self) -> Heartbeat {
        self.heartbeat.clone()
    }

    /// Returns the current configuration, which may be replaced while the engine runs.
    pub fn setup(&self) -> watch::Receiver<Setup> {
        self.setup.clone()
    }

    /// Runs until the job is done or until shutdown. Then running visits end and the outbox is emptied.
    ///
    /// # Errors
    /// [`EngineError`] if the store is lost or, at the end, the sink fails.
    pub async fn run(mut self, job: Job, shutdown: Shutdown) -> Result<Report, EngineError> {
        let mut run = Run {
            job,
            shutdown,
            cut_at: None,
            visits: JoinSet::new(),
            leases: HashMap::new(),
            orphans: Vec::new(),
            pauses: Pauses::default(),
            visited: HashSet::new(),
            finished: HashSet::new(),
            report: Report::default(),
            settled: Arc::new(Notify::new()),
            // Later than any time, so that the first turn asks the store whether the clock was set back while the program was not running.
            turned: Timestamp::MAX,
            chosen: None,
        };
        self.context.recall().await?;
        self.context.reporter = outbox::waking(Arc::clone(&run.settled), Arc::clone(&self.context.reporter));
        let lead = outbox::start_leading(&self.context).await?;
        let before = self.delivery.handed_on();
        let stop_delivery = Arc::new(Notify::new());
        let (settled, stop) = (Arc::clone(&run.settled), Arc::clone(&stop_delivery));
        let delivery = tokio::spawn(outbox::deliver(self.context.clone(), self.delivery.clone(), settled, stop));
        let watch = (run.job.until == Until::Shutdown).then(|| tokio::spawn(watch(self.context.clone(), self.setup())));
        let outcome = self.turn(&mut run).await;
        watch.inspect(JoinHandle::abort);
        // A visit that blocks its thread cannot be interrupted; it is abandoned.
        let _ = tokio::time::timeout(CUT_OFF, run.visits.shutdown()).await;
        stop_delivery.notify_one();
        // If it panicked, what is not marked as delivered is delivered again below.
        let _ = delivery.await;
        lead.inspect(JoinHandle::abort);
        outcome?;
        self.delivery.drain().await.map_err(EngineError::Delivery)?;
        run.report.delivered = self.delivery.handed_on() - before;
        Ok(run.report)
    }

    async fn turn(&mut self, run: &mut Run) -> Result<(), EngineError> {
        loop {
            match self.step(run).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => self.bear(run, error).await?,
            }
        }
    }

    /// Starts what is due and waits for the next event. Returns whether the engine is done.
    async fn step(&mut self, run: &mut Run) -> Result<bool, EngineError> {
        let stopping = *run.shutdown.told.borrow();
        if stopping {
            self.heartbeat.set(Condition::Stopping);
            if self.must_cut(run) {
                tracing::warn!(visits = run.visits.len(), "visits were aborted; the next start continues them");
                run.report.interrupted = run.job.until == Until::Idle;
                return Ok(true);
            }
        } else {
            self.check_space().await?;
        }
        let wake = if stopping { None } else { self.start_what_is_due(run).await? };
        // The beat comes only here, since an engine that is stuck in its store makes no progress.
        self.heartbeat.beat();
        let now = self.context.clock.now();
        let idle = run.job.until == Until::Idle && wake.is_none_or(|moment| moment > now);
        if run.visits.is_empty() && (stopping || idle) {
            run.report.interrupted = stopping && run.job.until == Until::Idle && !self.chosen(run).among.is_empty();
            return Ok(true);
        }
        self.wait(run, wake, now, stopping).await?;
        Ok(false)
    }

    /// Waits for the next event. `stopping` is the state that this turn has handled; a later signal ends the wait at once.
    async fn wait(
        &mut self,
        run: &mut Run,
        wake: Option<Timestamp>,
        now: Timestamp,
        stopping: bool,
    ) -> Result<(), EngineError> {
        let until_wake = wake.map_or(LONGEST_SLEEP, |moment| {
            Duration::try_from(moment.duration_since(now)).unwrap_or_default().min(LONGEST_SLEEP)
        });
        // If a due portal waits for a free place, the next visit that ends wakes the engine.
        let crowded = run.visits.len() >= self.setup.borrow().config.engine.concurrency;
        let mut sleep = if crowded { LONGEST_SLEEP } else { until_wake.max(Duration::from_millis(10)) };
        if let Some(cut_at) = run.cut_at {
            sleep = sleep.min(cut_at.saturating_duration_since(Instant::now()));
        }
        let Shutdown { told: mut stop, cut: mut hurry } = run.shutdown.clone();
        // A dropped sender would make its branch always ready, so only `true` counts.
        let ended = tokio::select! {
            Some(ended) = run.visits.join_next_with_id() => Some(ended),
            Ok(_) = stop.wait_for(|told| *told), if !stopping => None,
            () = turned_true(&mut hurry), if stopping => None,
            Ok(()) = self.setup.changed() => None,
            () = self.heartbeat.asked() => None,
            () = tokio::time::sleep(sleep) => None,
        };
        match ended {
            Some(Ok((id, Ok(summary)))) => {
                self.end(run, id, &summary);
                Ok(())
            }
            Some(Ok((id, Err(error)))) => self.end_failed(run, id, error).await,
            Some(Err(error)) => match run.leases.remove(&error.id()) {
                Some(lease) => self.end_crashed(run, lease, format!("bug in visit: {error}")).await,
                None => Ok(()),
            },
            None => Ok(()),
        }
    }

    /// Whether to interrupt unfinished visits now.
    fn must_cut(&self, run: &mut Run) -> bool {
        let grace = self.setup.borrow().config.engine.shutdown_grace;
        let cut_at = *run.cut_at.get_or_insert_with(|| Instant::now() + grace);
        !run.visits.is_empty() && (*run.shutdown.cut.borrow() || Instant::now() >= cut_at)
    }

    /// Returns the portals that may be visited. They are rebuilt only after a change, since a service needs them at each turn.
    fn chosen(&self, run: &mut Run) -> Chosen {
        let config = Arc::clone(&self.setup.borrow().config);
        if let Some(known) = &run.chosen
            && Arc::ptr_eq(&known.config, &config)
            && known.finished == run.finished.len()
        {
            return known.clone();
        }
        let (among, lease_time) = (Engine::choose(&config, run), lease_time(&config, run.job.backfill));
        let chosen = Chosen { config, finished: run.finished.len(), among, lease_time };
        run.chosen = Some(chosen.clone());
        chosen
    }

    fn choose(config: &Config, run: &Run) -> PortalFilter {
        let enabled = config.portals.iter().filter(|portal| portal.enabled || run.job.portals.is_some());
        let ids = enabled.map(|portal| portal.outlet.portal.clone()).filter(|id| !run.finished.contains(id));
        match &run.job.portals {
            Some(chosen) => ids.filter(|id| chosen.contains(id)).collect(),
            None => ids.collect(),
        }
    }

    async fn next_due(&self, run: &mut Run) -> Result<Option<Timestamp>, StoreError> {
        let chosen = self.chosen(run);
        self.context.store.next_due(chosen.among).await
    }

    /// Starts visits of due portals while places are free. Returns when the next portal may be claimed.
    async fn start_what_is_due(&mut self, run: &mut Run) -> Result<Option<Timestamp>, StoreError> {
        failpoint::reach("engine.turn").map_err(|error| StoreError::Bug(error.to_string()))?;
        self.mind_the_clock(run).await?;
        let wake = self.next_due(run).await?;
        // Most wake-ups find nothing to do, and must not cause a write.
        if wake.is_none_or(|moment| moment > self.context.clock.now()) {
            return Ok(wake);
        }
        self.start_visits(run).await?;
        self.next_due(run).await
    }

    /// Handles a clock that was set back, while the program was running or not: portals must not wait for that much longer.
    async fn mind_the_clock(&self, run: &mut Run) -> Result<(), StoreError> {
        let now = self.context.clock.now();
        let before = std::mem::replace(&mut run.turned, now);
        if now < before
            && let Some(by) = self.context.store.heal_clock(now).await?
        {
            tracing::warn!("the clock was set back by {} s: plans move back with it", by.as_secs());
        }
        Ok(())
    }

    async fn start_visits(&mut self, run: &mut Run) -> Result<(), StoreError> {
        let setup = self.setup.borrow().clone();
        let config = &setup.config;
        let Chosen { among, lease_time, .. } = self.chosen(run);
        while run.visits.len() < config.engine.concurrency.max(1) {
            let now = self.context.shared_now().await?;
            let Some(lease) = self.context.store.claim(among.clone(), now, lease_time).await? else { return Ok(()) };
            self.context.learn().await.inspect_err(|_| run.orphans.push(lease.clone()))?;
            self.start_visit(run, &setup, lease, now);
        }
        Ok(())
    }

    fn start_visit(&mut self, run: &mut Run, setup: &Setup, lease: Lease, now: Timestamp) {
        let first = run.visited.insert(lease.portal.clone());
        let backfill = run.job.backfill.filter(|_| first);
        let config = Arc::clone(&setup.config);
        let time = config.portal(&lease.portal).map(|portal| visit_time(&config, portal, backfill)).unwrap_or_default();
        let options = VisitOptions {
            backfill,
            by_hand: run.job.by_hand,
            deadline: now.saturating_add(time).unwrap_or(Timestamp::MAX),
            stop: run.shutdown.told.clone(),
        };
        let context = VisitContext { fetcher: setup.fetcher.clone(), ..self.context.clone() };
        let own_lease = lease.clone();
        let task = run.visits.spawn(async move {
            let Some(portal) = config.portal(&own_lease.portal) else { return Ok(Summary::default()) };
            tracing::debug!(portal = %own_lease.portal, "visit begins");
            let time = Duration::try_from(own_lease.until.duration_since(now)).unwrap_or_default();
            // A visit that outlives its lease has lost it; its place is free for others.
            let visit = Box::pin(visit::visit(&context, &config, portal, &own_lease, options));
            let ended = tokio::time::timeout(time, visit).await;
            ended.unwrap_or_else(|_| Err(StoreError::LeaseLost(own_lease.portal.clone())))
        });
        run.leases.insert(task.id(), lease);
    }

    /// Logs and reports how a visit ended.
    fn note_end(&self, run: &mut Run, lease: &Lease, summary: &Summary) {
        log(&lease.portal, summary);
        if run.job.until == Until::Idle {
            add(run.report.portals.entry(lease.portal.clone()).or_default(), summary);
        }
        let now = self.context.clock.now();
        (self.context.reporter)(Event::Ended {
            portal: lease.portal.clone(),
            summary: Box::new(summary.clone()),
            late: lease.began.duration_since(lease.due).try_into().unwrap_or_default(),
            took: now.duration_since(lease.began).try_into().unwrap_or_default(),
        });
    }

    /// Handles a visit whose lease expired. Nothing is lost: the next visit finds the unsettled links pending.
    fn give_up(&self, run: &mut Run, lease: &Lease, error: &StoreError) {
        let failure = Failure { class: FailureClass::Transient, message: error.to_string(), retry_after: None };
        tracing::warn!(portal = %lease.portal, "visit abandoned: {error}");
        run.finished.extend((run.job.until == Until::Idle).then(|| lease.portal.clone()));
        self.note_end(run, lease, &Summary { failures: vec![failure], ..Summary::default() });
    }

    fn end(&self, run: &mut Run, id: Id, summary: &Summary) {
        let Some(lease) = run.leases.remove(&id) else { return };
        if run.job.until == Until::Idle && !summary.unfinished {
            run.finished.insert(lease.portal.clone());
        }
        self.note_end(run, &lease, summary);
    }

    /// Ends a visit after an error of the store. If the store itself works, only this portal is affected, for example by an unreadable row.
    async fn end_failed(&mut self, run: &mut Run, id: Id, error: StoreError) -> Result<(), EngineError> {
        let Some(lease) = run.leases.remove(&id) else { return Ok(()) };
        if let StoreError::LeaseLost(_) = error {
            self.give_up(run, &lease, &error);
            return Ok(());
        }
        if error.problem().is_none() {
            return self.end_crashed(run, lease, format!("the store refused: {error}")).await;
        }
        run.orphans.push(lease);
        Err(error.into())
    }

    /// Ends a visit after a panic outside the stages. The portal is postponed, the others continue.
    async fn end_crashed(&mut self, run: &mut Run, lease: Lease, message: String) -> Result<(), EngineError> {
        let now = self.context.clock.now();
        let failure = Failure { class: FailureClass::Bug, message, retry_after: None };
        // A portal is not set aside for a week, as a page is, because the bug may concern one page or one moment.
        let soon = Failure { class: FailureClass::Transient, ..failure.clone() };
        tracing::error!(portal = %lease.portal, "visit of {}: {}", lease.portal, failure.message);
        run.finished.extend((run.job.until == Until::Idle).then(|| lease.portal.clone()));
        let next_due = schedule::retry_at(lease.portal.as_str(), &soon, lease.failures + 1, now);
        let summary = Summary { failed: Some(failure.clone()), failures: vec![failure.clone()], ..Summary::default() };
        self.note_end(run, &lease, &summary);
        let end =
            VisitEnd { next_due, last_request: Some(now), failure: Some(failure), unfinished: false, idle: false };
        match self.context.store.end_visit(&lease, end, now).await {
            Err(error @ StoreError::LeaseLost(_)) => self.give_up(run, &lease, &error),
            // The lease expires by itself.
            Err(error) if error.is_of_rows() => {
                tracing::error!(portal = %lease.portal, "the store refused the end of the visit of {}: {error}", lease.portal);
            }
            Err(error) => {
                run.orphans.push(lease);
                return Err(error.into());
            }
            Ok(()) => {}
        }
        Ok(())
    }
}

/// Checks for alarms that depend only on time.
async fn watch(context: VisitContext, setup: watch::Receiver<Setup>) {
    loop {
        tokio::time::sleep(WATCH_ROUND).await;
        let config = Arc::clone(&setup.borrow().config);
        let enabled: Vec<PortalId> = config.enabled().map(|portal| portal.outlet.portal.clone()).collect();
        if !context.store.leads() {
            continue;
        }
        if let Err(error) = observe::watch_by_time(&context, &config, &enabled).await {
            tracing::debug!("alarms were not checked: {error}");
        }
    }
}

/// Resolves when the value becomes true. Never resolves if the sender was dropped.
async fn turned_true(value: &mut watch::Receiver<bool>) {
    if value.wait_for(|now| *now).await.is_err() {
        pending::<()>().await;
    }
}
