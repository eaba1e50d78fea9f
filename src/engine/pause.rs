//! Pauses the service when the store fails, checks from time to time whether it works again, and resumes.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::Condition;
use crate::engine::Engine;
use crate::engine::EngineError;
use crate::engine::Pause;
use crate::engine::Run;
use crate::engine::Until;
use crate::machine;
use crate::store::StoreError;
use crate::store::StoreProblem;
use crate::text::date::rfc3339;

/// The first delay. It doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// Maximum delay between two checks. After a repair, the service resumes within it.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// If a pause begins this soon after another, it continues with the other's delays: a store that works only for a moment has not recovered.
const SAME_TROUBLE: Duration = Duration::from_mins(5);

/// The history of pauses.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    /// The end of the last one, and its last delay.
    last: Option<(Instant, Duration)>,
}

impl Pauses {
    fn first_wait(&self) -> Duration {
        let again = self.last.filter(|(ended, _)| ended.elapsed() < SAME_TROUBLE);
        again.map_or(FIRST_WAIT, |(_, wait)| (wait * 2).min(LONGEST_WAIT))
    }
}

/// The reason why the engine cannot continue.
struct Obstacle {
    problem: StoreProblem,
    message: String,
}

impl Engine {
    /// Waits until what failed works again. A one-shot returns the error instead, since its caller is waiting. Every engine does so if waiting does
    /// not help.
    pub(super) async fn bear(&mut self, run: &mut Run, error: EngineError) -> Result<(), EngineError> {
        let obstacle = match &error {
            EngineError::Store(store) => store.problem().map(|problem| of_store(store, problem)),
            EngineError::Space { .. } => Some(Obstacle { problem: StoreProblem::Full, message: error.to_string() }),
            EngineError::Delivery(_) => None,
        };
        match obstacle {
            Some(obstacle) if obstacle.problem.may_pass() && run.job.until == Until::Shutdown => {
                self.pause(run, obstacle).await
            }
            _ => Err(error),
        }
    }

    async fn pause(&mut self, run: &mut Run, obstacle: Obstacle) -> Result<(), EngineError> {
        tracing::error!(problem = obstacle.problem.name(), "paused; nothing is lost: {}", obstacle.message);
        let since = self.context.clock.now();
        let mut wait = run.pauses.first_wait();
        let mut obstacle = Some(obstacle);
        while let Some(Obstacle { problem, message }) = obstacle {
            self.heartbeat.set(Condition::Paused(Pause { since, problem, message }));
            if self.rest(run, wait).await {
                return Ok(());
            }
            obstacle = self.still_in_the_way(run).await?;
            wait = if obstacle.is_some() { (wait * 2).min(LONGEST_WAIT) } else { wait };
        }
        run.pauses.last = Some((Instant::now(), wait));
        self.heartbeat.set(Condition::Running);
        tracing::info!(since = rfc3339(since), "the store works again: resuming visits");
        Ok(())
    }

    /// Waits, and handles visits that end meanwhile. Returns whether to shut down.
    async fn rest(&self, run: &mut Run, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        let mut told = run.shutdown.told.clone();
        loop {
            self.heartbeat.beat();
            tokio::select! {
                Ok(_) = told.wait_for(|told| *told) => return true,
                Some(ended) = run.visits.join_next_with_id() => {
                    let id = ended.as_ref().map_or_else(tokio::task::JoinError::id, |(id, _)| *id);
                    run.orphans.extend(run.leases.remove(&id));
                }
                () = self.heartbeat.asked() => {}
                () = tokio::time::sleep_until(until) => return false,
            }
        }
    }

    /// Checks whether the store works, and frees the leases of visits that ended without it.
    async fn still_in_the_way(&self, run: &mut Run) -> Result<Option<Obstacle>, EngineError> {
        if let Err(error) = self.check_space().await {
            return Ok(Some(Obstacle { problem: StoreProblem::Full, message: error.to_string() }));
        }
        let mut tried = self.context.store.probe().await;
        while let (Ok(()), Some(lease)) = (&tried, run.orphans.last()) {
            tried = self.context.store.release(lease, self.context.clock.now()).await;
            if tried.is_ok() {
                run.orphans.pop();
            }
        }
        match tried {
            Ok(()) => Ok(None),
            Err(error) => match error.problem() {
                Some(problem) if problem.may_pass() => Ok(Some(of_store(&error, problem))),
                _ => Err(error.into()),
            },
        }
    }

    /// Checks whether there is space for the results of visits, so that the service pauses before the disk is full.
    pub(super) async fn check_space(&self) -> Result<(), EngineError> {
        let least = self.setup.borrow().config.engine.min_free;
        let folder = self.context.store.folder().to_owned();
        let asked = folder.clone();
        // A disk that hangs only blocks the engine.
        match tokio::task::spawn_blocking(move || machine::free_bytes(&asked)).await {
            Ok(Ok(free)) if free < least => Err(EngineError::Space { folder, free, least }),
            // The store reports a missing folder.
            _ => Ok(()),
        }
    }
}

fn of_store(error: &StoreError, problem: StoreProblem) -> Obstacle {
    Obstacle { problem, message: format!("{} ({error})", problem.advice()) }
}
