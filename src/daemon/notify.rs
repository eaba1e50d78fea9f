//! Serves watches while the service runs: sends what was found at each watch's interval, and retries failed messages.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::engine::Setup;
use crate::notify::Notifier;
use crate::notify::NotifyError;
use crate::store::Store;

/// Interval between two rounds, and so the maximum delay of an immediate message.
const ROUND: Duration = Duration::from_secs(20);

/// Number of rounds after which old entries are deleted: about a day.
const ROUNDS_OF_A_DAY: u32 = 4320;

/// Serves the configured watches. Opens nothing until there is a watch, or a channel for alarms.
pub fn start(state: PathBuf, store: Store, clock: Clock, setup: watch::Receiver<Setup>) {
    tokio::spawn(async move {
        let (mut notifier, mut failed, mut rounds) = (None, false, 0_u32);
        loop {
            let config = Arc::clone(&setup.borrow().config);
            let served = serve(&mut notifier, &state, &store, &config, &clock).await;
            if let Err(error) = &served {
                // Logged once, then retried.
                if !failed {
                    tracing::warn!("watches cannot be served: {error}");
                }
                notifier = None;
            }
            failed = served.is_err();
            rounds = rounds.wrapping_add(1);
            if let Some(notifier) = notifier.as_ref().filter(|_| rounds.is_multiple_of(ROUNDS_OF_A_DAY)) {
                let forgotten = notifier.forget_old(clock.now()).await;
                forgotten.unwrap_or_else(|error| tracing::warn!("upkeep of watches failed: {error}"));
            }
            tokio::time::sleep(ROUND).await;
        }
    });
}

/// Runs one round after a one-shot. A failure is logged; the next run continues.
pub async fn catch_up(state: &std::path::Path, store: &Store, config: &Config, clock: &Clock) {
    let served = serve(&mut None, state, store, config, clock).await;
    served.unwrap_or_else(|error| tracing::warn!("watches cannot be served; the next run tries again: {error}"));
}

/// Finds articles, makes messages and sends them.
///
/// # Errors
/// [`NotifyError`].
pub async fn serve(
    notifier: &mut Option<Notifier>,
    state: &std::path::Path,
    store: &Store,
    config: &Config,
    clock: &Clock,
) -> Result<(), NotifyError> {
    if !store.leads() {
        return Ok(());
    }
    if notifier.is_none() {
        if config.watches.is_empty() && !Notifier::is_there(state) {
            return Ok(());
        }
        *notifier = Some(Notifier::open(state, store.clone()).await?);
    }
    let Some(notifier) = notifier else { return Ok(()) };
    notifier.round(config, clock.now()).await?;
    notifier.send_waiting(config, clock).await
}
