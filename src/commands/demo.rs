//! `tintinh demo`: the newcomer's first command. Sample portals on loopback, the same engine, no network.

use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use crate::cli::Cli;
use crate::cli::DemoArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::fetch;
use crate::commands::output;
use crate::config::Config;
use crate::daemon;
use crate::demo;
use crate::demo::Sites;
use crate::engine::Job;
use crate::engine::Report;
use crate::engine::Until;
use crate::model::settings::LogFormat;
use crate::text::count::counted;

/// Serves, ingests, and prints where the records are.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, args: &DemoArgs) -> Result<ExitCode, CommandError> {
    common::start_logging(cli, LogFormat::Auto, "warn", 0);
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => temporary_folder()?,
    };
    if args.serve {
        return common::block_on(serve(args, &dir));
    }
    let report = common::block_on(ingest(cli, args, &dir))?;
    let name = dir.display();
    output::print(&format!(
        "{}{} written in this run; all records are in {name}/records

read them:        find {name}/records -name '*.jsonl' | xargs head -n 1
see the state:    tintinh --config {name}/config status
run it again; nothing is written twice:
                  tintinh demo {name}
",
        fetch::table(&report, output::columns()),
        counted(report.delivered, "record"),
    ))?;
    let failed = report.portals.values().any(|summary| summary.failed.is_some());
    Ok(if failed { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

/// Starts the portals and writes their configuration.
async fn start(args: &DemoArgs, dir: &Path) -> Result<Sites, CommandError> {
    let sites = Sites::with_delay(Duration::from_millis(args.slow)).await.context("cannot listen on loopback")?;
    demo::write_config(dir, &sites.resolve()).with_context(|| format!("cannot write into {}", dir.display()))?;
    Ok(sites)
}

/// Serves until SIGTERM or SIGINT.
async fn serve(args: &DemoArgs, dir: &Path) -> Result<ExitCode, CommandError> {
    let mut shutdown = daemon::stop_on_signal().context("cannot catch signals")?;
    let sites = start(args, dir).await?;
    let name = dir.display();
    output::print(&format!(
        "the sample portals are served; try them from another terminal, and end this one with Ctrl-C:

tintinh --config {name}/config run
tintinh --config {name}/config status --watch
"
    ))?;
    // Its sender lives for as long as the signals are caught.
    let _ = shutdown.told.wait_for(|told| *told).await;
    sites.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

async fn ingest(cli: &Cli, args: &DemoArgs, dir: &Path) -> Result<Report, CommandError> {
    let sites = start(args, dir).await?;
    let config = Config::load(&dir.join("config"))?;
    let portals = config.portals.iter().map(|portal| portal.outlet.portal.clone()).collect();
    let job = Job { until: Until::Idle, portals: Some(portals), backfill: None, by_hand: true };
    let report = fetch::visit_once(config, Clock::System, job, fetch::reporter(None, cli.quiet)).await;
    sites.shutdown().await;
    report
}

/// A new folder that is kept, so that the newcomer can look into it.
fn temporary_folder() -> Result<PathBuf, CommandError> {
    let base = std::env::temp_dir();
    for number in 1..1000 {
        let dir = base.join(format!("tintinh-demo-{number}"));
        match std::fs::create_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(anyhow::Error::from(error).context(format!("cannot create {}", dir.display())).into());
            }
        }
    }
    Err(CommandError::Usage(format!(
        "{} has too many demo folders: name another one, for example `tintinh demo /tmp/mine`",
        base.display()
    )))
}
