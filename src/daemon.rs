//! The service: the engine with signals, reload and systemd's watchdog around it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::watch;

use crate::archive::PageStore;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::Overrides;
use crate::config::Portal;
use crate::store::Registration;
use crate::store::Store;
use crate::systemd;

/// Time without progress after which the watchdog is no longer fed: the engine wakes at least once a minute.
const STALLED: Duration = Duration::from_mins(5);

/// Where the configuration came from, to read it again.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The config folder.
    pub dir: PathBuf,
    /// What the command line says instead.
    pub overrides: Overrides,
}

/// A receiver that turns true at SIGTERM or SIGINT.
///
/// # Errors
/// Where the signals cannot be caught.
pub fn stop_on_signal() -> std::io::Result<watch::Receiver<bool>> {
    let (tell, told) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: visits under way are ended, a second signal is not needed");
        systemd::stopping();
        // Nobody listens any more where the engine ended by itself.
        let _ = tell.send(true);
    });
    Ok(told)
}

/// Reads the configuration again at each SIGHUP. An invalid one is logged whole and the old one stays.
///
/// # Errors
/// Where the signal cannot be caught.
pub fn reload_on_signal(
    origin: Origin,
    store: Store,
    clock: Clock,
    config: watch::Sender<Arc<Config>>,
) -> std::io::Result<()> {
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            systemd::reloading();
            let (dir, overrides) = (origin.dir.clone(), origin.overrides.clone());
            let read = tokio::task::spawn_blocking(move || Config::load_with(&dir, &overrides)).await;
            let status = match read {
                Ok(Ok(new)) => reload(&store, &clock, &config, new).await,
                Ok(Err(errors)) => {
                    tracing::error!("the configuration was not reloaded, the old one stays:\n{errors}");
                    "running; the last reload failed, see the log".to_owned()
                }
                Err(error) => {
                    tracing::error!("the configuration was not reloaded, the old one stays: {error}");
                    "running; the last reload failed, see the log".to_owned()
                }
            };
            systemd::ready(&status);
        }
    });
    Ok(())
}

async fn reload(store: &Store, clock: &Clock, config: &watch::Sender<Arc<Config>>, new: Config) -> String {
    if let Err(error) = store.register(&registrations(&new), clock.now()).await {
        tracing::error!("the configuration was not reloaded, the old one stays: {error}");
        return "running; the last reload failed, see the log".to_owned();
    }
    let status = running_status(&new);
    tracing::info!("configuration reloaded: {status}");
    config.send_replace(Arc::new(new));
    status
}

/// The portals as the store is to know them.
pub fn registrations(config: &Config) -> Vec<Registration> {
    let of = |portal: &Portal| Registration { portal: portal.outlet.portal.clone(), group: portal.group.clone() };
    config.portals.iter().map(of).collect()
}

/// What `systemctl status` says of a running service.
pub fn running_status(config: &Config) -> String {
    let enabled = config.portals.iter().filter(|portal| portal.enabled).count();
    format!("running, {enabled} portals")
}

/// Feeds systemd's watchdog as long as the engine gets on.
pub fn feed_watchdog(progress: Arc<Mutex<Timestamp>>, clock: Clock) {
    let Some(interval) = systemd::watchdog_interval() else { return };
    tokio::spawn(async move {
        loop {
            let last = *progress.lock().unwrap_or_else(PoisonError::into_inner);
            let still = Duration::try_from(clock.now().duration_since(last)).unwrap_or_default();
            if still < STALLED {
                systemd::watchdog();
            } else {
                tracing::error!("no progress for {} s: the watchdog is no longer fed", still.as_secs());
            }
            tokio::time::sleep(interval / 2).await;
        }
    });
}

/// Time between two looks at the page store's bounds.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

/// Keeps the page store within its bounds while the service runs.
pub fn prune_pages(pages: PageStore, clock: Clock) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(PRUNE_EVERY).await;
            match pages.prune(clock.now()).await {
                Ok(0) => {}
                Ok(freed) => tracing::debug!(freed_bytes = freed, "old raw pages dropped"),
                Err(error) => tracing::warn!("old raw pages were not dropped: {error}"),
            }
        }
    });
}
