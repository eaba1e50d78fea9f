//! Runs the operator's command for each alarm in order, until the command succeeds.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::Notify;
use tokio::sync::watch;

use crate::engine::Condition;
use crate::engine::Heartbeat;
use crate::engine::Setup;
use crate::hook;
use crate::model::alarm::AlarmKind;
use crate::model::settings::AlarmSettings;
use crate::overview;
use crate::store::Store;
use crate::text::date::rfc3339;

/// Interval of checks for alarms that another process, such as a one-shot, raised.
const LOOK: Duration = Duration::from_mins(5);

/// The first delay after a command failed. It doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// Maximum delay after a command failed.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Runs the command for every alarm. `raised` signals that there may be one.
pub fn tell(store: Store, setup: watch::Receiver<Setup>, raised: Arc<Notify>) {
    tokio::spawn(async move {
        let mut wait = LOOK;
        loop {
            let settings = setup.borrow().config.alarms.clone();
            let failed = match tell_untold(&store, &settings).await {
                Ok(()) => false,
                Err(error) => {
                    tracing::warn!("the alarm command failed and is retried: {error:#}");
                    true
                }
            };
            wait = match failed {
                false => LOOK,
                true if wait == LOOK => FIRST_WAIT,
                true => (wait * 2).min(LONGEST_WAIT),
            };
            // A failing command does not run more often because there are more alarms.
            tokio::select! {
                () = raised.notified(), if !failed => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    });
}

/// Runs the command for each alarm that it has not received, in order, and stops at the first failure. Without a command, all alarms
/// count as received.
///
/// # Errors
/// Errors of the command and of the store.
pub async fn tell_untold(store: &Store, settings: &AlarmSettings) -> anyhow::Result<()> {
    let untold = store.untold_alarms().await?;
    for alarm in untold {
        hook::run(&settings.command, &format!("{}\n", overview::alarm_json(&alarm)), settings.timeout).await?;
        store.told(alarm).await?;
    }
    Ok(())
}

/// Runs the command when the service pauses and resumes. The store is not available then, so this alarm is sent once and not stored.
pub fn tell_pauses(heartbeat: &Heartbeat, setup: watch::Receiver<Setup>) {
    let mut changes = heartbeat.changes();
    tokio::spawn(async move {
        let mut since = None;
        while changes.changed().await.is_ok() {
            let condition = changes.borrow_and_update().clone();
            let mut word = match (&condition, since) {
                (Condition::Paused(pause), None) => {
                    since = Some(pause.since);
                    json!({ "state": "raised", "message": pause.message, "raised": rfc3339(pause.since) })
                }
                (Condition::Running, Some(began)) => {
                    since = None;
                    json!({ "state": "over", "message": "the store works again", "raised": rfc3339(began) })
                }
                _ => continue,
            };
            let settings = setup.borrow().config.alarms.clone();
            word["alarm"] = AlarmKind::StorePaused.name().into();
            if let Err(error) = hook::run(&settings.command, &format!("{word}\n"), settings.timeout).await {
                tracing::warn!("the alarm command failed: {error}");
            }
        }
    });
}
