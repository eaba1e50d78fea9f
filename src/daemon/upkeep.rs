//! Regular upkeep of a service, so that it can run for years: enforces limits, writes back the database's log, and deletes old data if the
//! configuration says so.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::archive::PageStore;
use crate::clock::Clock;
use crate::engine::Setup;
use crate::sink::survey;
use crate::store::Store;
use crate::telemetry;
use crate::telemetry::Console;
use crate::text_files;

/// Time between two rounds.
const ROUND: Duration = Duration::from_hours(1);

/// Time after which cleared alarms are deleted.
const ALARMS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Number of articles deleted in one transaction, which delays every visit.
const ARTICLES_AT_ONCE: u32 = 500;

/// What the upkeep needs.
#[derive(Clone)]
pub struct Maintenance {
    /// The database.
    pub store: Store,
    /// The raw pages.
    pub pages: PageStore,
    /// The clock.
    pub clock: Clock,
    /// The current configuration.
    pub setup: watch::Receiver<Setup>,
}

/// Runs the upkeep regularly while the service runs.
pub fn start(upkeep: Maintenance) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(ROUND).await;
            round(&upkeep).await;
        }
    });
}

/// Runs one round. Failures are logged and retried in the next one.
pub async fn round(upkeep: &Maintenance) {
    let now = upkeep.clock.now();
    let noted = |what: &str, outcome: anyhow::Result<u64>| match outcome {
        Ok(0) => {}
        Ok(count) => tracing::debug!(count, "{what}"),
        Err(error) => tracing::warn!("upkeep failed: {what}: {error:#}"),
    };
    noted("bytes of old raw pages dropped", upkeep.pages.prune(now).await.map_err(Into::into));
    if !upkeep.store.leads() {
        return;
    }
    let alarms = upkeep.store.forget_alarms(now.saturating_sub(ALARMS_KEPT).unwrap_or(now)).await;
    noted("old cleared alarms forgotten", alarms.map(|count| count as u64).map_err(Into::into));
    noted("old record files deleted", delete_records(upkeep, now).await);
    noted("articles forgotten that no source shows any more", forget_articles(upkeep, now).await);
    noted(
        "write-ahead log of the database written back",
        upkeep.store.checkpoint().await.map(|()| 0).map_err(Into::into),
    );
}

/// Deletes the files of days older than `[retention] records`.
async fn delete_records(upkeep: &Maintenance, now: Timestamp) -> anyhow::Result<u64> {
    let (root, keep) = {
        let config = &upkeep.setup.borrow().config;
        (config.records_dir.clone(), config.retention.records)
    };
    let Some(keep) = keep else { return Ok(0) };
    let oldest = now.saturating_sub(keep)?;
    // This is recorded first: deleted files must not be reported as missing, and a recorded file that still exists does no harm.
    upkeep.store.note_deleted(oldest).await?;
    Ok(tokio::task::spawn_blocking(move || survey::delete_before(&root, oldest)).await??)
}

/// Deletes the records of articles that no source has listed for `[retention] articles`, with the texts of their attachments, and their tombstones after
/// `tombstones`.
async fn forget_articles(upkeep: &Maintenance, now: Timestamp) -> anyhow::Result<u64> {
    let (retention, state) = {
        let config = &upkeep.setup.borrow().config;
        (config.retention, config.state_dir.clone())
    };
    let Some(keep) = retention.articles else { return Ok(0) };
    let before = now.saturating_sub(keep)?;
    // If the sum of both times is too large for a timestamp, no tombstone is old enough to be deleted.
    let for_good = before.saturating_sub(retention.tombstones).unwrap_or(Timestamp::MIN);
    let mut forgotten = 0;
    let remove_text = move |place: &str| text_files::remove(&state, place);
    loop {
        let mut some = upkeep.store.forget_articles(for_good, ARTICLES_AT_ONCE, remove_text.clone()).await?;
        some += upkeep.store.bury_articles(before, ARTICLES_AT_ONCE, remove_text.clone()).await?;
        forgotten += some;
        if some == 0 {
            return Ok(forgotten);
        }
        tokio::task::yield_now().await;
    }
}

/// Logs once a minute how many lines were left out of the log.
pub fn tell_left_out(console: Console) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(telemetry::WINDOW).await;
            for (portal, lines) in console.limit().take_left_out() {
                tracing::warn!(lines, "left {lines} lines about {portal} out of the log (`lines` of [log])");
            }
        }
    });
}
