//! Due portals → visits, as many at once as the settings allow; the outbox is emptied beside them. One engine for the service, the
//! one-shot and the tests: they differ in [`Until`].

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::task::Id;
use tokio::task::JoinError;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::delivery::Courier;
use crate::delivery::DeliveryError;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::portal::PortalId;
use crate::schedule;
use crate::store::Lease;
use crate::store::StoreError;
use crate::store::VisitEnd;
use crate::visit;
use crate::visit::Desk;
use crate::visit::Orders;
use crate::visit::Summary;

/// How much longer than its visit a lease lasts: the visit looks at its deadline between requests, so the last one must fit in.
const LEASE_SLACK: Duration = Duration::from_mins(1);

/// The longest sleep of the engine: a clock that jumps is noticed within it.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// Time between two looks at the outbox while nothing is settled, and the pause after a sink failed.
const DELIVERY_PAUSE: Duration = Duration::from_secs(5);

/// When the engine stops by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// When no chosen portal is due.
    Idle,
    /// When it is told to.
    Shutdown,
}

/// What the engine is told to do.
#[derive(Debug, Clone)]
pub struct Job {
    /// When to stop.
    pub until: Until,
    /// The portals to visit; `None`: all that are enabled.
    pub portals: Option<Vec<PortalId>>,
    /// Pages of each list to read whether they bring something new or not.
    pub backfill: Option<u32>,
    /// Whether a person asked for it.
    pub by_hand: bool,
}

/// What an engine's run came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// By portal, summed over its visits.
    pub portals: std::collections::BTreeMap<PortalId, Summary>,
    /// Records handed to the sink.
    pub delivered: usize,
}

/// Why the engine could not go on.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The store is lost.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// At the end the outbox could not be emptied; its records are kept for the next run.
    #[error("records could not be written; they wait in the store for the next run")]
    Delivery(#[source] DeliveryError),
}

/// The engine.
pub struct Engine {
    desk: Desk,
    courier: Courier,
    config: watch::Receiver<Arc<Config>>,
    /// Rises whenever the engine gets on: the watchdog's sign of life.
    progress: Arc<Mutex<Timestamp>>,
}

struct Run {
    job: Job,
    stop: watch::Receiver<bool>,
    visits: JoinSet<Result<Summary, StoreError>>,
    leases: HashMap<Id, Lease>,
    /// Portals that had their backfill: the visits after it only go on.
    visited: HashSet<PortalId>,
    report: Report,
    settled: Arc<Notify>,
}

impl Engine {
    /// An engine over its parts; the configuration may be swapped while it runs.
    pub fn new(desk: Desk, courier: Courier, config: watch::Receiver<Arc<Config>>) -> Engine {
        let progress = Arc::new(Mutex::new(desk.clock.now()));
        Engine { desk, courier, config, progress }
    }

    /// When the engine last got on: a visit begun or ended, or a wake-up with nothing to do.
    pub fn progress(&self) -> Arc<Mutex<Timestamp>> {
        Arc::clone(&self.progress)
    }

    /// Runs until the job is done or `stop` turns true; then visits under way are ended and the outbox is emptied.
    ///
    /// # Errors
    /// [`EngineError`] where the store is lost or, at the end, the sink fails.
    pub async fn run(mut self, job: Job, stop: watch::Receiver<bool>) -> Result<Report, EngineError> {
        let mut run = Run {
            job,
            stop,
            visits: JoinSet::new(),
            leases: HashMap::new(),
            visited: HashSet::new(),
            report: Report::default(),
            settled: Arc::new(Notify::new()),
        };
        let delivery = tokio::spawn(deliver(self.courier.clone(), Arc::clone(&run.settled)));
        let outcome = self.turn(&mut run).await;
        run.visits.shutdown().await;
        delivery.abort();
        // Whether it was aborted in the middle of a batch does not matter: what is not marked as delivered is handed on again.
        let _ = delivery.await;
        outcome?;
        run.report.delivered = self.courier.drain().await.map_err(EngineError::Delivery)?;
        Ok(run.report)
    }

    async fn turn(&mut self, run: &mut Run) -> Result<(), EngineError> {
        loop {
            self.sign_of_life();
            let stopping = *run.stop.borrow();
            if !stopping {
                self.start_visits(run).await?;
            }
            let wake = if stopping { None } else { self.next_due(run).await? };
            let now = self.desk.clock.now();
            let idle = run.job.until == Until::Idle && wake.is_none_or(|moment| moment > now);
            if run.visits.is_empty() && (stopping || idle) {
                return Ok(());
            }
            self.wait(run, wake, now).await?;
        }
    }

    async fn wait(&mut self, run: &mut Run, wake: Option<Timestamp>, now: Timestamp) -> Result<(), EngineError> {
        let until_wake = wake.map_or(LONGEST_SLEEP, |moment| {
            Duration::try_from(moment.duration_since(now)).unwrap_or_default().min(LONGEST_SLEEP)
        });
        // A portal that is due but must wait for a free place is woken for by the visit that ends.
        let crowded = run.visits.len() >= self.config.borrow().engine.concurrency;
        let sleep = if crowded { LONGEST_SLEEP } else { until_wake.max(Duration::from_millis(10)) };
        let mut stop = run.stop.clone();
        let stopping = *stop.borrow();
        // A sender that is gone would make its branch ready for ever, so it must say yes to count.
        let ended = tokio::select! {
            Some(ended) = run.visits.join_next_with_id() => Some(ended),
            Ok(_) = stop.wait_for(|told| *told), if !stopping => None,
            Ok(()) = self.config.changed() => None,
            () = tokio::time::sleep(sleep) => None,
        };
        match ended {
            Some(ended) => self.end(run, ended).await,
            None => Ok(()),
        }
    }

    fn chosen(&self, run: &Run) -> Vec<PortalId> {
        let config = self.config.borrow();
        let enabled = config.portals.iter().filter(|portal| portal.enabled || run.job.portals.is_some());
        let ids = enabled.map(|portal| portal.outlet.portal.clone());
        match &run.job.portals {
            Some(chosen) => ids.filter(|id| chosen.contains(id)).collect(),
            None => ids.collect(),
        }
    }

    async fn next_due(&self, run: &Run) -> Result<Option<Timestamp>, StoreError> {
        self.desk.store.next_due(&self.chosen(run)).await
    }

    async fn start_visits(&mut self, run: &mut Run) -> Result<(), StoreError> {
        let config = Arc::clone(&self.config.borrow());
        let among = self.chosen(run);
        while run.visits.len() < config.engine.concurrency.max(1) {
            let now = self.desk.clock.now();
            let lease_time = config.engine.visit_time + config.fetch.total_timeout + LEASE_SLACK;
            let Some(lease) = self.desk.store.claim(&among, now, lease_time).await? else { return Ok(()) };
            self.start_visit(run, &config, lease, now);
        }
        Ok(())
    }

    fn start_visit(&mut self, run: &mut Run, config: &Arc<Config>, lease: Lease, now: Timestamp) {
        let first = run.visited.insert(lease.portal.clone());
        let orders = Orders {
            backfill: run.job.backfill.filter(|_| first),
            by_hand: run.job.by_hand,
            deadline: now.saturating_add(config.engine.visit_time).unwrap_or(Timestamp::MAX),
            stop: run.stop.clone(),
        };
        let (desk, config, own_lease, settled) =
            (self.desk.clone(), Arc::clone(config), lease.clone(), Arc::clone(&run.settled));
        let task = run.visits.spawn(async move {
            let Some(portal) = config.portal(&own_lease.portal) else { return Ok(Summary::default()) };
            tracing::debug!(portal = %own_lease.portal, "visit begins");
            let summary = visit::visit(&desk, &config, portal, &own_lease, orders).await;
            settled.notify_one();
            summary
        });
        run.leases.insert(task.id(), lease);
    }

    async fn end(
        &mut self,
        run: &mut Run,
        ended: Result<(Id, Result<Summary, StoreError>), JoinError>,
    ) -> Result<(), EngineError> {
        match ended {
            Ok((id, outcome)) => {
                let Some(lease) = run.leases.remove(&id) else { return Ok(()) };
                match outcome {
                    Ok(summary) => log_and_add(&mut run.report, &lease.portal, &summary),
                    Err(StoreError::LeaseLost(portal)) => tracing::warn!(%portal, "lease lost: the visit was given up"),
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) => {
                let Some(lease) = run.leases.remove(&error.id()) else { return Ok(()) };
                self.end_crashed(run, &lease, &error).await?;
            }
        }
        Ok(())
    }

    /// A panic outside the stages: the portal is put off, the others go on.
    async fn end_crashed(&mut self, run: &mut Run, lease: &Lease, error: &JoinError) -> Result<(), StoreError> {
        let now = self.desk.clock.now();
        let failure =
            Failure { class: FailureClass::Bug, message: format!("bug in visit: {error}"), retry_after: None };
        tracing::error!(portal = %lease.portal, "{}", failure.message);
        let next_due = schedule::retry_at(lease.portal.as_str(), &failure, lease.failures + 1, now);
        let summary = Summary { failed: Some(failure.clone()), failures: vec![failure.clone()], ..Summary::default() };
        log_and_add(&mut run.report, &lease.portal, &summary);
        let end = VisitEnd { next_due, last_request: Some(now), failure: Some(failure), unfinished: false };
        self.desk.store.end_visit(lease, end, now).await
    }

    fn sign_of_life(&self) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = self.desk.clock.now();
    }
}

fn log_and_add(report: &mut Report, portal: &PortalId, summary: &Summary) {
    tracing::info!(
        %portal,
        requests = summary.requests,
        new = summary.new,
        revisions = summary.revisions,
        unchanged = summary.unchanged,
        rejected = summary.rejected,
        failures = summary.failures.len(),
        "visit ended"
    );
    let total = report.portals.entry(portal.clone()).or_default();
    total.requests += summary.requests;
    total.sources_read += summary.sources_read;
    total.sources_unchanged += summary.sources_unchanged;
    total.links_new += summary.links_new;
    total.new += summary.new;
    total.revisions += summary.revisions;
    total.duplicates += summary.duplicates;
    total.unchanged += summary.unchanged;
    total.rejected += summary.rejected;
    total.failures.extend(summary.failures.iter().cloned());
    total.failed.clone_from(&summary.failed);
}

/// Empties the outbox whenever something was settled, and now and then in any case. A failing sink is said once, then tried on.
async fn deliver(courier: Courier, settled: Arc<Notify>) {
    let mut failing = false;
    loop {
        match courier.drain().await {
            Ok(_) if failing => {
                tracing::info!("records are written again");
                failing = false;
            }
            Ok(_) => {}
            Err(error) => {
                if !failing {
                    tracing::error!("records wait in the store, they could not be written: {error}");
                }
                failing = true;
            }
        }
        tokio::select! {
            () = settled.notified() => {}
            () = tokio::time::sleep(DELIVERY_PAUSE) => {}
        }
    }
}
