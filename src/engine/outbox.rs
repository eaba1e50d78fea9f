//! Delivers the outbox while visits are running.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::delivery::Delivery;
use crate::delivery::DeliveryError;
use crate::model::alarm::AlarmKey;
use crate::model::alarm::AlarmKind;
use crate::model::alarm::Reason;
use crate::store::StoreError;
use crate::visit::Event;
use crate::visit::Reporter;
use crate::visit::VisitContext;
use crate::visit::observe::tell_over;
use crate::visit::observe::tell_raised;

/// The pause after a sink failed.
const PAUSE: Duration = Duration::from_secs(5);

/// Time for which further records are collected after a record is settled, so that they share one fsync.
const GATHER: Duration = Duration::from_millis(250);

/// Interval of checks while nothing is settled by this process. Another process may have added records.
const IDLE: Duration = Duration::from_mins(5);

/// The same where other workers add records all the time.
const IDLE_AMONG_OTHERS: Duration = Duration::from_secs(5);

/// Interval at which a leader says that it still leads, a third of its term.
const LEADING: Duration = Duration::from_secs(10);

/// Time for which a sink must fail to raise an alarm.
const LONG: Duration = Duration::from_mins(5);

/// The state of the sink.
enum State {
    /// Not tried yet. An alarm of an earlier process may be open.
    New,
    Well,
    Failing {
        since: Instant,
        is_told: bool,
    },
}

/// Delivers the outbox whenever something was settled, until shutdown. Logs a sink's failure once, then keeps retrying. Finishes a started batch
/// before it stops, so that delivered records are counted.
pub(super) async fn deliver(context: VisitContext, delivery: Delivery, settled: Arc<Notify>, stop: Arc<Notify>) {
    let mut state = State::New;
    loop {
        if context.store.leads() {
            state = match delivery.drain().await {
                Ok(()) => well(&context, state).await,
                Err(error) => failed(&context, state, &error).await,
            };
        }
        let idle = if context.store.is_shared() { IDLE_AMONG_OTHERS } else { IDLE };
        tokio::select! {
            () = pause(&state, &settled, idle) => {}
            () = stop.notified() => return,
        }
    }
}

/// Leads, if no other worker does. The first term begins before the first visit.
pub(super) async fn start_leading(context: &VisitContext) -> Result<Option<JoinHandle<()>>, StoreError> {
    let now = context.shared_now().await?;
    context.store.lead(now).await?;
    Ok(context.store.is_shared().then(|| tokio::spawn(lead(context.clone()))))
}

/// Leads for as long as this runs.
async fn lead(context: VisitContext) {
    loop {
        let led = context.store.leads();
        if let Err(error) = context.store.lead(context.clock.now()).await {
            tracing::debug!("the lead was not renewed: {error}");
        }
        match (led, context.store.leads()) {
            (false, true) => tracing::info!("this worker leads: it delivers records and tells of alarms"),
            (true, false) => {
                tracing::warn!("this worker leads no more: another one does, or the database is not reached");
            }
            _ => {}
        }
        tokio::time::sleep(LEADING).await;
    }
}

/// Waits until the next check of the outbox.
async fn pause(state: &State, settled: &Notify, idle: Duration) {
    if let State::Failing { .. } = state {
        tokio::time::sleep(PAUSE).await;
    } else if tokio::time::timeout(idle, settled.notified()).await.is_ok() {
        tokio::time::sleep(GATHER).await;
    }
}

async fn well(context: &VisitContext, state: State) -> State {
    if let State::Failing { .. } = state {
        tracing::info!("records can be written again");
    }
    if matches!(state, State::New | State::Failing { is_told: true, .. }) {
        let key = AlarmKey::of_service(AlarmKind::SinkFailing);
        // If the store fails now, its next use reports that, and this is tried again.
        let Ok(cleared) = context.store.clear(key, context.clock.now()).await else { return state };
        if let Some(alarm) = cleared {
            tell_over(context, alarm);
        }
    }
    State::Well
}

async fn failed(context: &VisitContext, state: State, error: &DeliveryError) -> State {
    let reason = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    let message = format!("records cannot be written and wait in the store: {error}{reason}");
    let State::Failing { since, is_told } = state else {
        tracing::error!("{message}");
        return State::Failing { since: Instant::now(), is_told: false };
    };
    if is_told || since.elapsed() < LONG {
        return State::Failing { since, is_told };
    }
    let reason = Reason { key: AlarmKey::of_service(AlarmKind::SinkFailing), message, evidence: None };
    let Ok(raised) = context.store.raise(reason, context.clock.now()).await else {
        return State::Failing { since, is_told };
    };
    if let Some(alarm) = raised {
        tell_raised(context, alarm);
    }
    State::Failing { since, is_told: true }
}

/// Returns a reporter that also wakes the delivery when something was settled.
pub(super) fn waking(settled: Arc<Notify>, reporter: Reporter) -> Reporter {
    Arc::new(move |event| {
        if let Event::Settled { .. } = event {
            settled.notify_one();
        }
        reporter(event);
    })
}
