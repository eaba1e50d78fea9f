//! `tintinh run`: the service.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use tokio::sync::Notify;

use crate::cli::Cli;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::common::EngineParts;
use crate::daemon;
use crate::daemon::sinks::Sinks;
use crate::daemon::upkeep::Maintenance;
use crate::engine::Job;
use crate::engine::Until;
use crate::store::Store;
use crate::systemd;
use crate::visit::Event;
use crate::visit::Reporter;
use crate::web;
use crate::web::Metrics;
use crate::web::Service;
use crate::web::reader::Reader;

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli) -> Result<ExitCode, CommandError> {
    let (config, console) = common::open_config(cli)?;
    common::block_on(async {
        let clock = Clock::of_process(config.store.url.is_some());
        let shutdown = daemon::stop_on_signal().context("cannot catch signals")?;
        let (raised, metrics) = (Arc::new(Notify::new()), Arc::new(Metrics::new()));
        let (listen, reader, state_dir) = (config.metrics.listen, config.web.listen, config.state_dir.clone());
        let parts =
            EngineParts::open(&config, clock.clone(), reporter(Arc::clone(&raised), Arc::clone(&metrics))).await?;
        let status = daemon::running_status(&config);
        let (engine, setup) = parts.engine(config);
        let origin = daemon::Origin { dir: common::config_dir(cli), overrides: common::overrides(cli) };
        daemon::reload_on_signal(origin, parts.context.store.clone(), clock, setup).context("cannot catch signals")?;
        daemon::feed_watchdog(engine.heartbeat());
        daemon::tell_condition(&engine.heartbeat(), engine.setup());
        daemon::alarms::tell(parts.context.store.clone(), parts.context.clock.clone(), engine.setup(), raised);
        daemon::alarms::tell_pauses(&engine.heartbeat(), parts.context.clock.clone(), engine.setup());
        daemon::upkeep::start(Maintenance {
            store: parts.context.store.clone(),
            pages: parts.context.pages.clone(),
            clock: parts.context.clock.clone(),
            setup: engine.setup(),
        });
        let first = engine.setup().borrow().clone();
        daemon::attachments::begin(&parts.context, &first).await;
        daemon::attachments::start(parts.context.clone(), engine.setup(), engine.heartbeat());
        daemon::search::start(state_dir.clone(), parts.context.store.clone(), engine.setup());
        daemon::notify::start(
            state_dir.clone(),
            parts.context.store.clone(),
            parts.context.clock.clone(),
            engine.setup(),
        );
        daemon::upkeep::tell_left_out(console);
        if let Some(address) = listen {
            web::serve(
                address,
                Service {
                    store: parts.context.store.clone(),
                    pages: parts.context.pages.clone(),
                    clock: parts.context.clock.clone(),
                    heartbeat: engine.heartbeat(),
                    setup: engine.setup(),
                    metrics,
                },
            );
        }
        if let Some(address) = reader {
            let setup = engine.setup();
            let config = move || Arc::clone(&setup.borrow().config);
            Reader::new(&state_dir, parts.context.clock.clone(), config).start(address);
        }
        tracing::info!("{status}");
        systemd::ready(&status);
        let store = parts.context.store.clone();
        let sinks = Sinks::start(parts.context.clone(), engine.setup(), shutdown.told.clone());
        let job = Job { until: Until::Shutdown, portals: None, backfill: None, by_hand: false };
        engine.run(job, shutdown).await.map_err(|error| CommandError::Store(error.into()))?;
        sinks.end().await;
        resign(&store).await;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}

/// Lets another worker lead at once.
pub(super) async fn resign(store: &Store) {
    if let Err(error) = store.resign().await {
        tracing::debug!("the lead ends by itself: {error}");
    }
}

/// Counts events, and wakes the task that reports alarms to the operator.
fn reporter(raised: Arc<Notify>, metrics: Arc<Metrics>) -> Reporter {
    Arc::new(move |event| {
        metrics.note(&event);
        if let Event::Alarm(_) = event {
            raised.notify_one();
        }
    })
}
