//! `tintinh run`: the service.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;

use crate::cli::Cli;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::workshop;
use crate::commands::workshop::Workshop;
use crate::daemon;
use crate::engine::Job;
use crate::engine::Until;
use crate::systemd;

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli) -> Result<ExitCode, CommandError> {
    let (config, _) = workshop::open_config(cli)?;
    workshop::block_on(async {
        let clock = Clock::System;
        let shutdown = daemon::stop_on_signal().context("cannot catch signals")?;
        let workshop = Workshop::open(&config, clock.clone(), Arc::new(|_| {})).await?;
        let status = daemon::running_status(&config);
        let (engine, setup) = workshop.engine(config);
        let origin = daemon::Origin { dir: workshop::config_dir(cli), overrides: workshop::overrides(cli) };
        daemon::reload_on_signal(origin, workshop.desk.store.clone(), clock, setup).context("cannot catch signals")?;
        daemon::feed_watchdog(engine.pulse());
        daemon::tell_condition(&engine.pulse(), engine.setup());
        daemon::prune_pages(workshop.desk.pages.clone(), workshop.desk.clock.clone());
        tracing::info!("{status}");
        systemd::ready(&status);
        let job = Job { until: Until::Shutdown, portals: None, backfill: None, by_hand: false };
        engine.run(job, shutdown).await.map_err(|error| CommandError::Store(error.into()))?;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}
