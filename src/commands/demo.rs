//! `tintinh demo`: what a newcomer runs first. Sample portals on loopback, the very same engine, no network.

use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::Cli;
use crate::cli::DemoArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::fetch;
use crate::commands::workshop;
use crate::commands::workshop::Workshop;
use crate::config::Config;
use crate::config::Overrides;
use crate::daemon;
use crate::demo;
use crate::engine::Job;
use crate::engine::Report;
use crate::engine::Until;
use crate::model::settings::LogFormat;

/// Serves, ingests, and says where to look.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, args: &DemoArgs) -> Result<ExitCode, CommandError> {
    workshop::start_logging(cli, LogFormat::Auto, "warn");
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => temporary_folder()?,
    };
    let report = workshop::runtime()?.block_on(ingest(cli, &dir))?;
    print!("{}", fetch::table(&report));
    let records = dir.join("records");
    println!("{} records written in this run; all are below {}", report.delivered, records.display());
    println!("look at them:   find {} -name '*.jsonl' | xargs head -n 1", records.display());
    println!(
        "how it stands:  tintinh --config {0}/config --state-dir {0}/state --records-dir {0}/records status",
        dir.display()
    );
    println!("run it again into the same folder, and nothing is written twice:  tintinh demo {}", dir.display());
    let failed = report.portals.values().any(|summary| summary.failed.is_some());
    Ok(if failed { ExitCode::from(crate::commands::EXIT_FAILED) } else { ExitCode::SUCCESS })
}

async fn ingest(cli: &Cli, dir: &Path) -> Result<Report, CommandError> {
    let sites = demo::Sites::start().await.context("cannot listen on loopback")?;
    let config_dir = dir.join("config");
    demo::write_config(dir, &sites.resolve()).with_context(|| format!("cannot write {}", config_dir.display()))?;
    let overrides = Overrides { state_dir: Some(dir.join("state")), records_dir: Some(dir.join("records")) };
    let config = Config::load_with(&config_dir, &overrides)?;
    let stop = daemon::stop_on_signal().context("cannot catch signals")?;
    let workshop = Workshop::open(&config, Clock::System, fetch::reporter(None, cli.quiet)).await?;
    let portals: Vec<_> = config.portals.iter().map(|portal| portal.outlet.portal.clone()).collect();
    let now = workshop.desk.clock.now();
    workshop.desk.store.make_due(&portals, now).await.map_err(|error| CommandError::Store(error.into()))?;
    let (engine, _config) = workshop.engine(config);
    let job = Job { until: Until::Idle, portals: Some(portals), backfill: None, by_hand: true };
    let report = engine.run(job, stop).await.map_err(|error| CommandError::Store(error.into()))?;
    sites.shutdown().await;
    Ok(report)
}

/// A new folder that is kept: the newcomer is to look into it.
fn temporary_folder() -> Result<PathBuf, CommandError> {
    let base = std::env::temp_dir();
    for number in 1..1000 {
        let dir = base.join(format!("tintinh-demo-{number}"));
        match std::fs::create_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(anyhow::Error::from(error).context(format!("cannot make {}", dir.display())).into());
            }
        }
    }
    Err(CommandError::Usage(format!(
        "{} is full of demos: name a folder, as in `tintinh demo /tmp/mine`",
        base.display()
    )))
}
