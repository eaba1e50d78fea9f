//! `tintinh demo`: the first command for newcomers. Sample portals on loopback, the same engine, no network.

use std::net::Ipv4Addr;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;

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
use crate::web::reader::Reader;

/// The reader's port.
const PORT: u16 = 8780;

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
    common::block_on(ingest(cli, args, &dir))
}

/// Ingests the sample portals. On a terminal, it then serves the articles as pages.
async fn ingest(cli: &Cli, args: &DemoArgs, dir: &Path) -> Result<ExitCode, CommandError> {
    let sites = start(args, dir).await?;
    let config = Config::load(&dir.join("config"))?;
    let report = visit(cli, config.clone()).await?;
    tell(dir, &report)?;
    if output::is_terminal() && !args.no_web {
        // Visit again after the portals have published and changed something, so that the reader can show changes.
        sites.advance();
        visit(cli, config.clone()).await?;
        read(config).await?;
    }
    sites.shutdown().await;
    let failed = report.portals.values().any(|summary| summary.failed.is_some());
    Ok(if failed { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

/// Serves the reader until SIGTERM or SIGINT.
async fn read(config: Config) -> Result<(), CommandError> {
    let interrupted = daemon::interrupted().context("cannot catch signals")?;
    let listener = listener().await.context("cannot listen on loopback")?;
    let address = listener.local_addr().context("cannot listen on loopback")?;
    let (state, config) = (config.state_dir.clone(), Arc::new(config));
    let reader = Reader::new(&state, Clock::System, move || Arc::clone(&config));
    output::print(&format!(
        "\nread them in a browser, until Ctrl-C ends this:\n                  http://{address}/\n"
    ))?;
    tokio::select! {
        () = reader.serve(listener) => {}
        () = interrupted => {}
    }
    Ok(())
}

/// The documented port, or any other if it is in use.
async fn listener() -> std::io::Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await,
    }
}

/// Prints what was written, and where.
fn tell(dir: &Path, report: &Report) -> Result<(), CommandError> {
    let name = dir.display();
    output::print(&format!(
        "{}{} written in this run; all records are in {name}/records

read them:        find {name}/records -name '*.jsonl' | xargs head -n 1
see the state:    tintinh --config {name}/config status
run it again; nothing is written twice:
                  tintinh demo {name}
",
        fetch::table(report, output::columns()),
        counted(report.delivered, "record"),
    ))?;
    Ok(())
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
    // Its sender lives as long as the signals are caught.
    let _ = shutdown.told.wait_for(|told| *told).await;
    sites.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Visits each portal once.
async fn visit(cli: &Cli, config: Config) -> Result<Report, CommandError> {
    let portals = config.portals.iter().map(|portal| portal.outlet.portal.clone()).collect();
    let job = Job { until: Until::Idle, portals: Some(portals), backfill: None, by_hand: true };
    fetch::visit_once(config, Clock::System, job, fetch::reporter(None, cli.quiet)).await
}

/// A new folder. It is kept, so that the newcomer can look into it.
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
