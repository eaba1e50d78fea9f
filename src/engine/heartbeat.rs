//! How an engine shows that it makes progress, and its condition.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::store::StoreProblem;

/// The condition of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It visits portals.
    Running,
    /// It waits until something works again. Nothing is lost meanwhile.
    Paused(Pause),
    /// It is shutting down.
    Stopping,
}

/// Why an engine waits, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// What is wrong.
    pub problem: StoreProblem,
    /// What is wrong and what helps, for people.
    pub message: String,
}

impl Condition {
    /// Returns a description for people.
    pub fn in_words(&self) -> String {
        match self {
            Condition::Running => "running".to_owned(),
            Condition::Paused(pause) => format!("paused: {}", pause.message),
            Condition::Stopping => "stopping".to_owned(),
        }
    }
}

/// Shows that an engine is alive: it answers a request after its next query of the store. Clones belong to the same engine.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    asked: Arc<Notify>,
    answered: Arc<watch::Sender<Instant>>,
    condition: Arc<watch::Sender<Condition>>,
}

impl Heartbeat {
    pub(crate) fn new() -> Heartbeat {
        let (answered, _) = watch::channel(Instant::now());
        let (condition, _) = watch::channel(Condition::Running);
        Heartbeat { asked: Arc::default(), answered: Arc::new(answered), condition: Arc::new(condition) }
    }

    /// Requests a beat and waits for it. Returns how long it took, or None after `patience`. An engine that is stuck in its store, in a lock, or
    /// behind threads that do not end gives no beat.
    pub async fn ask(&self, patience: Duration) -> Option<Duration> {
        let begun = Instant::now();
        let mut answered = self.answered.subscribe();
        self.asked.notify_one();
        let beaten = tokio::time::timeout(patience, answered.wait_for(|last| *last > begun)).await;
        matches!(beaten, Ok(Ok(_))).then(|| begun.elapsed())
    }

    /// Returns the time since the engine last made progress.
    pub fn age(&self) -> Duration {
        self.answered.borrow().elapsed()
    }

    /// Returns the engine's condition.
    pub fn condition(&self) -> Condition {
        self.condition.borrow().clone()
    }

    /// Returns a receiver of every change of the engine's condition.
    pub fn changes(&self) -> watch::Receiver<Condition> {
        self.condition.subscribe()
    }

    /// Marks progress of the engine.
    pub(crate) fn beat(&self) {
        self.answered.send_replace(Instant::now());
    }

    pub(crate) fn set(&self, condition: Condition) {
        self.condition.send_if_modified(|known| {
            let changed = *known != condition;
            *known = condition;
            changed
        });
    }

    /// Resolves when a beat is requested.
    pub(crate) async fn asked(&self) {
        self.asked.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_gets_on_answers_and_who_is_stuck_does_not() {
        let heartbeat = Heartbeat::new();
        assert_eq!(heartbeat.ask(Duration::from_mins(1)).await, None);
        let engine = heartbeat.clone();
        tokio::spawn(async move {
            engine.asked().await;
            tokio::time::sleep(Duration::from_secs(2)).await;
            engine.beat();
        });
        assert_eq!(heartbeat.ask(Duration::from_mins(1)).await, Some(Duration::from_secs(2)));
        assert_eq!(heartbeat.age(), Duration::ZERO);
    }
}
