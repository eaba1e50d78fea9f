//! Processes the queue of files that articles offer, independently of the visits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::archive::PageStore;
use crate::attachment;
use crate::attachment::AttachmentQueue;
use crate::attachment::Step;
use crate::config::Config;
use crate::converter;
use crate::engine::Condition;
use crate::engine::Heartbeat;
use crate::engine::Setup;
use crate::model::file_kind::FileKind;
use crate::store::StoreError;
use crate::visit::VisitContext;

/// Pause between two checks of an idle queue.
const ROUND: Duration = Duration::from_secs(10);

/// Pause after an error of the store.
const PAUSE: Duration = Duration::from_mins(1);

/// Processes the queue while the service runs and is not paused.
pub fn start(context: VisitContext, setup: watch::Receiver<Setup>, heartbeat: Heartbeat) {
    tokio::spawn(async move {
        let mut last: Option<(Arc<Config>, AttachmentQueue)> = None;
        loop {
            let current = setup.borrow().clone();
            if !last.as_ref().is_some_and(|(config, _)| Arc::ptr_eq(config, &current.config)) {
                last = queue(&context, &current).map(|queue| (Arc::clone(&current.config), queue));
                warn_of_absent(&current.config);
            }
            let runs = *heartbeat.changes().borrow() == Condition::Running;
            let rest = match &last {
                Some((_, queue)) if runs && context.store.leads() => rest_after(queue.step(false).await),
                _ => ROUND,
            };
            tokio::time::sleep(rest).await;
        }
    });
}

/// The time until the next step.
fn rest_after(step: Result<Step, StoreError>) -> Duration {
    match step {
        Ok(Step::Fetched | Step::Read) => Duration::ZERO,
        Ok(Step::Idle | Step::Spent) => ROUND,
        Err(error) => {
            tracing::warn!("attachments wait: {error}");
            PAUSE
        }
    }
}

/// Processes what a one-shot may do now.
pub async fn catch_up(context: &VisitContext, setup: &Setup) {
    let Some(queue) = queue(context, setup) else { return };
    warn_of_absent(&setup.config);
    loop {
        match queue.step(true).await {
            Ok(Step::Fetched | Step::Read) => {}
            Ok(Step::Idle) => return,
            Ok(Step::Spent) => {
                tracing::info!("attachments wait: today's processor time is spent (`cpu_per_day` of [attachments])");
                return;
            }
            Err(error) => {
                tracing::warn!("attachments wait for the next run: {error}");
                return;
            }
        }
    }
}

/// Records the end of the stream if the queue is new, so that it starts with what the next visits bring.
pub async fn begin(context: &VisitContext, setup: &Setup) {
    let now = context.clock.now();
    if attachment::is_wanted(&setup.config)
        && let Err(error) = attachment::take_up(&setup.config, &context.store, now).await
    {
        tracing::warn!("attachments wait: {error}");
    }
}

fn queue(context: &VisitContext, setup: &Setup) -> Option<AttachmentQueue> {
    if !attachment::is_wanted(&setup.config) {
        return None;
    }
    let (config, pages): (_, PageStore) = (Arc::clone(&setup.config), context.pages.clone());
    let queue = AttachmentQueue::new(config, context.store.clone(), &setup.fetcher, pages, context.clock.clone());
    queue.inspect_err(|error| tracing::warn!("attachments cannot be fetched: {error}")).ok()
}

/// Logs, once per configuration, which programs are missing.
fn warn_of_absent(config: &Config) {
    if let Some(absent) = absent(config) {
        tracing::warn!("{absent}");
    }
}

/// Describes which programs are missing for reading the files that the configuration asks for.
pub fn absent(config: &Config) -> Option<String> {
    let mut kinds: Vec<FileKind> =
        config.portals.iter().flat_map(|portal| portal.attachments.iter().copied()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let absent = converter::absent_programs(&kinds);
    if absent.is_empty() {
        return None;
    }
    let named: Vec<String> = absent.iter().map(|(program, package)| format!("{program} ({package})")).collect();
    Some(format!(
        "attachments cannot all be read: not installed, with their Debian packages: {}. Their files are fetched and wait.",
        named.join(", ")
    ))
}
