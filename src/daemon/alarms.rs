//! Runs the operator's command for each alarm in order, until the command succeeds.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;
use tokio::sync::Notify;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::engine::Condition;
use crate::engine::Heartbeat;
use crate::engine::Setup;
use crate::hook;
use crate::model::alarm::AlarmKind;
use crate::notify::ChannelSender;
use crate::notify::Notifier;
use crate::overview;
use crate::store::Store;
use crate::text::date::rfc3339;
use crate::watch::message;
use crate::watch::message::Message;

/// Interval of checks for alarms that another process, such as a one-shot, raised.
const LOOK: Duration = Duration::from_mins(5);

/// The first delay after a command failed. It doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// Maximum delay after a command failed.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Runs the command for every alarm. `raised` signals that there may be one.
pub fn tell(store: Store, clock: Clock, setup: watch::Receiver<Setup>, raised: Arc<Notify>) {
    tokio::spawn(async move {
        let mut wait = LOOK;
        loop {
            let config = Arc::clone(&setup.borrow().config);
            let failed = match tell_untold(&store, &config, &clock).await {
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

/// Runs the command for each alarm that it has not received, in order, and then queues the alarm for the channels in `to`. Stops at the first
/// failure. Without a command, all alarms count as received.
///
/// # Errors
/// Errors of the command and of the store.
pub async fn tell_untold(store: &Store, config: &Config, clock: &Clock) -> anyhow::Result<()> {
    if !store.leads() {
        return Ok(());
    }
    let (untold, settings) = (store.untold_alarms().await?, &config.alarms);
    let is_queued = !untold.is_empty() && !settings.to.is_empty();
    let notifier = if is_queued { Some(Notifier::open(&config.state_dir, store.clone()).await?) } else { None };
    for alarm in untold {
        hook::run(&settings.command, &format!("{}\n", overview::alarm_json(&alarm)), settings.timeout).await?;
        if let Some(notifier) = &notifier {
            let message = message_of(&overview::alarm_json(&alarm));
            // An alarm is queued once when raised and once when cleared, even if the store forgets that it was reported.
            let key = format!("alarm {} {} {}", alarm.raised, message.subject, alarm.cleared.is_some());
            notifier.queue(&key, &settings.to, &message, clock.now()).await?;
        }
        store.told(alarm).await?;
    }
    Ok(())
}

/// Runs the command when the service pauses and resumes. The store is not available then, so this alarm is sent once and not stored.
pub fn tell_pauses(heartbeat: &Heartbeat, clock: Clock, setup: watch::Receiver<Setup>) {
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
            let config = Arc::clone(&setup.borrow().config);
            let settings = &config.alarms;
            word["alarm"] = AlarmKind::StorePaused.name().into();
            if let Err(error) = hook::run(&settings.command, &format!("{word}\n"), settings.timeout).await {
                tracing::warn!("the alarm command failed: {error}");
            }
            let (message, now) = (message_of(&word), clock.now());
            for channel in config.channels.iter().filter(|channel| settings.to.contains(&channel.id)) {
                let id = format!("msg_{}", now.as_second());
                let sent = match ChannelSender::new(channel.clone(), clock.clone()) {
                    Ok(sender) => sender.send(&id, &message, now).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = sent {
                    tracing::warn!("{} was not told that the service paused or goes on: {error}", channel.id);
                }
            }
        }
    });
}

/// An alarm as a message.
fn message_of(alarm: &Value) -> Message {
    let word = |key: &str| alarm.get(key).and_then(Value::as_str).unwrap_or_default();
    let portal = alarm.get("portal").and_then(Value::as_str).map(|portal| format!(" of {portal}")).unwrap_or_default();
    let subject = format!("[tintinh] {}: {}{portal}", word("state"), word("alarm"));
    message::of_alarm(subject, word("message").to_owned(), alarm.clone())
}
