//! The clock. This is the only place that reads the time; everything below layer 3 gets it as an argument.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use jiff::Timestamp;

/// A clock. Clones share a simulated clock's jumps.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// The clock of a database that several machines share: the machine's clock, with what it lacked when the database was last asked.
    Shared {
        /// Milliseconds to add to the machine's clock.
        ahead: Arc<AtomicI64>,
    },
    /// Starts at a moment, and moves with Tokio's (pausable) time and by jumps.
    Simulated {
        /// The time when Tokio's time was `started`.
        epoch: Timestamp,
        /// Tokio's time at that moment.
        started: tokio::time::Instant,
        /// The sum of the jumps made by a test.
        jumps: Arc<Mutex<SignedDuration>>,
    },
}

impl Clock {
    /// Creates a clock for tests: `epoch` is now, and time passes as in Tokio.
    pub fn simulated(epoch: Timestamp) -> Clock {
        Clock::Simulated { epoch, started: tokio::time::Instant::now(), jumps: Arc::default() }
    }

    /// Creates the clock of a process that may share its database.
    pub fn of_process(is_shared: bool) -> Clock {
        if is_shared { Clock::Shared { ahead: Arc::default() } } else { Clock::System }
    }

    /// Sets a shared clock by what the database's clock shows. Other clocks do not change.
    #[expect(clippy::disallowed_methods, reason = "the home of the clock")]
    pub fn follow(&self, shown: Timestamp) {
        if let Clock::Shared { ahead } = self {
            ahead.store(shown.as_millisecond() - Timestamp::now().as_millisecond(), Ordering::Relaxed);
        }
    }

    /// Returns the current time.
    #[expect(clippy::disallowed_methods, reason = "the home of the clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => Timestamp::now(),
            Clock::Shared { ahead } => {
                let ahead = SignedDuration::from_millis(ahead.load(Ordering::Relaxed));
                Timestamp::now().saturating_add(ahead).unwrap_or(Timestamp::MAX)
            }
            Clock::Simulated { epoch, started, jumps } => {
                let jumped = *jumps.lock().unwrap_or_else(PoisonError::into_inner);
                let passed = SignedDuration::try_from(started.elapsed()).unwrap_or(SignedDuration::MAX);
                epoch.saturating_add(passed.saturating_add(jumped)).unwrap_or(*epoch)
            }
        }
    }

    /// Sets a simulated clock forward or back. The machine's clock is not changed.
    pub fn jump(&self, by: SignedDuration) {
        if let Clock::Simulated { jumps, .. } = self {
            let mut jumps = jumps.lock().unwrap_or_else(PoisonError::into_inner);
            *jumps = jumps.saturating_add(by);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_simulated_clock_goes_with_tokios_time_and_jumps() {
        let epoch: Timestamp = "2025-07-01T00:00:00Z".parse().unwrap();
        let clock = Clock::simulated(epoch);
        tokio::time::sleep(Duration::from_secs(90)).await;
        assert_eq!(clock.now(), "2025-07-01T00:01:30Z".parse().unwrap());
        clock.clone().jump(SignedDuration::from_hours(-1));
        assert_eq!(clock.now(), "2025-06-30T23:01:30Z".parse().unwrap());
    }
}
