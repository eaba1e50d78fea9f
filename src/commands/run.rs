//! `tintinh run`: the service.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use tokio::sync::Notify;

use crate::cli::Cli;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::workshop;
use crate::commands::workshop::Workshop;
use crate::daemon;
use crate::daemon::upkeep::Upkeep;
use crate::engine::Job;
use crate::engine::Until;
use crate::systemd;
use crate::visit::Event;
use crate::visit::Reporter;
use crate::web;
use crate::web::Metrics;
use crate::web::Service;

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli) -> Result<ExitCode, CommandError> {
    let (config, console) = workshop::open_config(cli)?;
    workshop::block_on(async {
        let clock = Clock::System;
        let shutdown = daemon::stop_on_signal().context("cannot catch signals")?;
        let (raised, metrics) = (Arc::new(Notify::new()), Arc::new(Metrics::new()));
        let listen = config.metrics.listen;
        let workshop =
            Workshop::open(&config, clock.clone(), reporter(Arc::clone(&raised), Arc::clone(&metrics))).await?;
        let status = daemon::running_status(&config);
        let (engine, setup) = workshop.engine(config);
        let origin = daemon::Origin { dir: workshop::config_dir(cli), overrides: workshop::overrides(cli) };
        daemon::reload_on_signal(origin, workshop.desk.store.clone(), clock, setup).context("cannot catch signals")?;
        daemon::feed_watchdog(engine.pulse());
        daemon::tell_condition(&engine.pulse(), engine.setup());
        daemon::alarms::tell(workshop.desk.store.clone(), engine.setup(), raised);
        daemon::alarms::tell_pauses(&engine.pulse(), engine.setup());
        daemon::upkeep::start(Upkeep {
            store: workshop.desk.store.clone(),
            pages: workshop.desk.pages.clone(),
            clock: workshop.desk.clock.clone(),
            setup: engine.setup(),
        });
        daemon::upkeep::tell_left_out(console);
        if let Some(address) = listen {
            web::serve(
                address,
                Service {
                    store: workshop.desk.store.clone(),
                    pages: workshop.desk.pages.clone(),
                    clock: workshop.desk.clock.clone(),
                    pulse: engine.pulse(),
                    setup: engine.setup(),
                    metrics,
                },
            );
        }
        tracing::info!("{status}");
        systemd::ready(&status);
        let job = Job { until: Until::Shutdown, portals: None, backfill: None, by_hand: false };
        engine.run(job, shutdown).await.map_err(|error| CommandError::Store(error.into()))?;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}

/// Counts what happens, and wakes those who tell the operator of alarms.
fn reporter(raised: Arc<Notify>, metrics: Arc<Metrics>) -> Reporter {
    Arc::new(move |event| {
        metrics.note(&event);
        if let Event::Alarm(_) = event {
            raised.notify_one();
        }
    })
}
