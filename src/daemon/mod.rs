//! The service: the engine with signals, reload and systemd's watchdog.

pub mod alarms;
pub mod attachments;
pub mod notify;
pub mod search;
pub mod sinks;
pub mod upkeep;

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::config::Overrides;
use crate::config::Portal;
use crate::engine::Condition;
use crate::engine::Heartbeat;
use crate::engine::Setup;
use crate::engine::Shutdown;
use crate::model::portal::PortalId;
use crate::model::portal::SinkId;
use crate::store::Registration;
use crate::store::Store;
use crate::store::StoreError;
use crate::systemd;
use crate::text::count::counted;

/// Where the configuration comes from, for reloading it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The config folder.
    pub dir: PathBuf,
    /// Overrides of the command line.
    pub overrides: Overrides,
}

/// Ends visits at the first SIGTERM or SIGINT and aborts them at the second.
///
/// # Errors
/// If the signals cannot be caught.
pub fn stop_on_signal() -> std::io::Result<Shutdown> {
    let (tell, told) = watch::channel(false);
    let (hurry, cut) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        for (sender, word) in [(tell, "stopping: ending running visits"), (hurry, "aborting running visits")] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("{word}");
            systemd::stopping();
            // If the engine has ended by itself, nobody receives this.
            let _ = sender.send(true);
        }
    });
    Ok(Shutdown { told, cut })
}

/// Resolves at the first SIGTERM or SIGINT, for work that may be interrupted anywhere.
///
/// # Errors
/// If the signals cannot be caught.
pub fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Reloads the configuration at each SIGHUP. If it is invalid, all its errors are logged and the old one is kept.
///
/// # Errors
/// If the signal cannot be caught.
pub fn reload_on_signal(
    origin: Origin,
    store: Store,
    clock: Clock,
    setup: watch::Sender<Setup>,
) -> std::io::Result<()> {
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            systemd::reloading();
            let (dir, overrides) = (origin.dir.clone(), origin.overrides.clone());
            let read = tokio::task::spawn_blocking(move || Config::load_with(&dir, &overrides)).await;
            let status = match read {
                Ok(Ok(new)) => reload(&store, &clock, &setup, new).await,
                Ok(Err(errors)) => {
                    tracing::error!("the configuration was not reloaded; the old one stays:\n{errors}");
                    "running; the last reload failed (see the log)".to_owned()
                }
                Err(error) => {
                    tracing::error!("the configuration was not reloaded; the old one stays: {error}");
                    "running; the last reload failed (see the log)".to_owned()
                }
            };
            systemd::ready(&status);
        }
    });
    Ok(())
}

/// Applies a valid configuration. Returns the status to show.
async fn reload(store: &Store, clock: &Clock, setup: &watch::Sender<Setup>, new: Config) -> String {
    let old = setup.borrow().clone();
    match renewed(store, clock, &old, new).await {
        Err(error) => {
            tracing::error!("the configuration was not reloaded; the old one stays: {error:#}");
            "running; the last reload failed (see the log)".to_owned()
        }
        Ok(renewed) => {
            for key in waiting_for_restart(&old.config, &renewed.config) {
                tracing::warn!("`{key}` changed: this takes effect at the next start");
            }
            let status = running_status(&renewed.config);
            tracing::info!("configuration reloaded: {status}");
            setup.send_replace(renewed);
            status
        }
    }
}

/// Returns the new configuration with its network. The old network is kept if `[fetch]` has not changed. Knowledge of origins is always kept.
async fn renewed(store: &Store, clock: &Clock, old: &Setup, new: Config) -> anyhow::Result<Setup> {
    let same_network = new.fetch == old.config.fetch;
    let fetcher = if same_network { old.fetcher.clone() } else { old.fetcher.renewed(new.fetch.clone())? };
    register(store, &new, clock.now()).await?;
    sinks::begin(&new, store).await?;
    Ok(Setup { config: Arc::new(new), fetcher })
}

/// Returns the keys that a running process cannot change: its files are open and its log has started.
fn waiting_for_restart(old: &Config, new: &Config) -> Vec<&'static str> {
    let changed = [
        ("state_dir", old.state_dir != new.state_dir),
        ("records_dir", old.records_dir != new.records_dir),
        ("[pages]", old.pages != new.pages),
        ("[store]", old.store != new.store),
        ("[log]", (&old.log_filter, old.log_format, old.log_lines) != (&new.log_filter, new.log_format, new.log_lines)),
        ("[metrics] listen", old.metrics.listen != new.metrics.listen),
        ("[web] listen", old.web.listen != new.web.listen),
    ];
    changed.into_iter().filter(|(_, changed)| *changed).map(|(key, _)| key).collect()
}

/// Passes a configuration to the store: its portals, the alarms that no longer count, the planned requests of known articles.
///
/// # Errors
/// [`StoreError`].
pub async fn register(store: &Store, config: &Config, now: Timestamp) -> Result<(), StoreError> {
    store.register(&registrations(config), now).await?;
    store.clear_others(&enabled(config), now).await?;
    let sinks: Vec<SinkId> = config.sinks.iter().map(|sink| sink.id.clone()).collect();
    store.clear_other_sinks(&sinks, now).await?;
    let planned = store.plan_looks(&config.revisit, now).await?;
    if planned > 0 {
        tracing::info!(planned, "{} planned by the new `[revisit] after`", counted(planned, "look"));
    }
    Ok(())
}

/// Returns the portals as the store registers them.
pub fn registrations(config: &Config) -> Vec<Registration> {
    let of = |portal: &Portal| Registration { portal: portal.outlet.portal.clone(), group: portal.group.clone() };
    config.portals.iter().map(of).collect()
}

/// The enabled portals.
fn enabled(config: &Config) -> Vec<PortalId> {
    config.enabled().map(|portal| portal.outlet.portal.clone()).collect()
}

/// Returns the text of `systemctl status` for a running service.
pub fn running_status(config: &Config) -> String {
    let enabled = config.portals.iter().filter(|portal| portal.enabled).count();
    format!("running, {}", counted(enabled, "portal"))
}

/// Notifies systemd's watchdog while the engine makes progress. Each time, it requests a beat, which the engine gives after it has queried its store.
/// If the engine is stuck for any reason, systemd kills and restarts the process.
pub fn feed_watchdog(heartbeat: Heartbeat) {
    let Some(interval) = systemd::watchdog_interval() else { return };
    tokio::spawn(async move {
        loop {
            match heartbeat.ask(interval).await {
                Some(took) => {
                    systemd::watchdog();
                    tokio::time::sleep((interval / 2).saturating_sub(took)).await;
                }
                None => {
                    tracing::error!("no progress for {} s: the watchdog is not notified", heartbeat.age().as_secs());
                }
            }
        }
    });
}

/// Notifies systemd when the engine pauses and resumes.
pub fn tell_condition(heartbeat: &Heartbeat, setup: watch::Receiver<Setup>) {
    let mut changes = heartbeat.changes();
    tokio::spawn(async move {
        while changes.changed().await.is_ok() {
            let condition = changes.borrow_and_update().clone();
            match condition {
                Condition::Running => systemd::status(&running_status(&setup.borrow().config)),
                Condition::Paused(_) => systemd::status(&condition.in_words()),
                // The signal handler has already notified it.
                Condition::Stopping => {}
            }
        }
    });
}
