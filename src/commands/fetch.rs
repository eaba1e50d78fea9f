//! `tintinh fetch`: visits portals once.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::cli::Cli;
use crate::cli::FetchArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::common::EngineParts;
use crate::commands::output;
use crate::commands::preview;
use crate::commands::run;
use crate::commands::sheet;
use crate::commands::sheet::Column;
use crate::commands::sheet::Row;
use crate::config::Config;
use crate::daemon;
use crate::engine::Job;
use crate::engine::Report;
use crate::engine::Until;
use crate::model::portal::PortalId;
use crate::telemetry::Console;
use crate::text::count::counted;
use crate::text::visible;
use crate::visit::Event;
use crate::visit::Reporter;
use crate::visit::Summary;

/// Visits each chosen portal once, then prints a table.
///
/// # Errors
/// [`CommandError`]; a failed portal is not an error but gives exit code 1.
pub fn run(cli: &Cli, args: &FetchArgs) -> Result<ExitCode, CommandError> {
    let (config, console) = common::open_config(cli)?;
    let dir = common::config_dir(cli);
    let chosen = chosen(&config, &dir, &args.portals)?;
    if !cli.quiet {
        warn_of_disabled(&config, &dir, &chosen);
    }
    if args.dry_run {
        return common::block_on(preview::run(&config, &chosen, args.backfill));
    }
    let bar = progress(cli, &console);
    let records_dir = config.records_dir.clone();
    let clock = Clock::of_process(config.store.url.is_some());
    let job = Job { until: Until::Idle, portals: Some(chosen), backfill: args.backfill, by_hand: true };
    let report = common::block_on(visit_once(config, clock, job, reporter(bar.clone(), cli.quiet)));
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let report = report?;
    let word = if report.interrupted { "interrupted: the next run continues with what is left\n" } else { "" };
    let table = table(&report, output::columns());
    let below = std::fs::canonicalize(&records_dir).unwrap_or(records_dir);
    output::print(&format!("{table}{} written to {}\n{word}", counted(report.delivered, "record"), below.display()))?;
    Ok(exit_code(&report))
}

/// Makes portals due and visits each of them once, under the lock of the state folder.
///
/// # Errors
/// [`CommandError::Store`].
pub async fn visit_once(config: Config, clock: Clock, job: Job, reporter: Reporter) -> Result<Report, CommandError> {
    let shutdown = daemon::stop_on_signal().context("cannot catch signals")?;
    let parts = EngineParts::open(&config, clock, reporter).await?;
    let now = parts.context.clock.now();
    let portals = job.portals.clone().unwrap_or_default();
    parts.context.store.make_due(&portals, now).await.map_err(|error| CommandError::Store(error.into()))?;
    let own = config.clone();
    let mut told = shutdown.told.clone();
    let (engine, setup) = parts.engine(config);
    let first = engine.setup().borrow().clone();
    daemon::attachments::begin(&parts.context, &first).await;
    let report = engine.run(job, shutdown).await.map_err(|error| CommandError::Store(error.into()))?;
    let clock = &parts.context.clock;
    // Another worker does the rest.
    if !parts.context.store.leads() {
        return Ok(report);
    }
    if !report.interrupted {
        let setup = setup.borrow().clone();
        tokio::select! {
            () = daemon::attachments::catch_up(&parts.context, &setup) => {}
            Ok(_) = told.wait_for(|told| *told) => {}
        }
        parts.delivery.drain().await.map_err(|error| CommandError::Store(error.into()))?;
    }
    if own.search.enabled && !report.interrupted {
        daemon::search::catch_up(&own.state_dir, &parts.context.store).await;
    }
    if !report.interrupted {
        let config = Arc::clone(&setup.borrow().config);
        tokio::select! {
            () = daemon::sinks::catch_up(&parts.context, &config) => {}
            Ok(_) = told.wait_for(|told| *told) => {}
        }
    }
    if let Err(error) = daemon::alarms::tell_untold(&parts.context.store, &own, clock).await {
        tracing::warn!("the alarm command failed; the next run tries again: {error:#}");
    }
    daemon::notify::catch_up(&own.state_dir, &parts.context.store, &own, clock).await;
    run::resign(&parts.context.store).await;
    Ok(report)
}

/// Exit code 1 if anything failed or is left for the next run.
pub fn exit_code(report: &Report) -> ExitCode {
    let failed = report.interrupted
        || report.portals.values().any(|summary| !summary.failures.is_empty() || summary.failed.is_some());
    if failed { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS }
}

fn chosen(config: &Config, dir: &Path, names: &[String]) -> Result<Vec<PortalId>, CommandError> {
    if names.is_empty() {
        let enabled: Vec<PortalId> =
            config.portals.iter().filter(|portal| portal.enabled).map(|portal| portal.outlet.portal.clone()).collect();
        return if enabled.is_empty() { Err(CommandError::Usage(none_enabled(dir))) } else { Ok(enabled) };
    }
    let known = || config.portals.iter().map(|portal| portal.outlet.portal.as_str()).collect::<Vec<_>>().join(", ");
    names
        .iter()
        .map(|name| {
            let id = PortalId::new(name).ok().filter(|id| config.portal(id).is_some());
            id.ok_or_else(|| {
                CommandError::Usage(format!("there is no portal `{name}`; the configuration has: {}", known()))
            })
        })
        .collect()
}

/// Why there is nothing to visit, and how to change that.
fn none_enabled(dir: &Path) -> String {
    match Config::portal_files(dir).first_key_value() {
        Some((id, file)) => format!(
            "no portal is enabled: set `enabled = true` in a portal's file, such as {}, or name a portal to visit it \
             once: tintinh fetch {id}",
            file.display()
        ),
        None => {
            "there is no portal: `tintinh catalogue` lists known ones, and `tintinh add` makes a file of one".to_owned()
        }
    }
}

/// Warns that the service does not visit these portals.
fn warn_of_disabled(config: &Config, dir: &Path, chosen: &[PortalId]) {
    let files = Config::portal_files(dir);
    for id in chosen.iter().filter(|id| config.portal(id).is_some_and(|portal| !portal.enabled)) {
        let file = files.get(id).map(|file| file.display().to_string()).unwrap_or_default();
        output::warn(&format!(
            "{id} is not enabled: it is visited now, but not by the service. To change that, set `enabled = true` in {file}"
        ));
    }
}

fn progress(cli: &Cli, console: &Console) -> Option<ProgressBar> {
    if cli.quiet || !output::is_error_terminal() {
        return None;
    }
    let bar = console.bars().add(ProgressBar::new(0));
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} articles in {elapsed}: {wide_msg}") {
        bar.set_style(style);
    }
    Some(bar)
}

/// A progress bar on a terminal, plain lines elsewhere.
pub fn reporter(bar: Option<ProgressBar>, quiet: bool) -> Reporter {
    Arc::new(move |event| match &bar {
        Some(bar) => advance(bar, &event),
        None if quiet => {}
        None => line(&event).iter().for_each(|line| output::warn(line)),
    })
}

/// The bar grows with the links found. Links of earlier runs appear only when they are processed.
fn advance(bar: &ProgressBar, event: &Event) {
    match event {
        Event::Settled { .. } => {
            bar.inc(1);
            bar.set_length(bar.length().unwrap_or_default().max(bar.position()));
        }
        Event::SourceRead { new, .. } => bar.inc_length(u64::try_from(*new).unwrap_or_default()),
        // The table shows visits, the log shows alarms.
        Event::Ended { .. } | Event::Alarm(_) => {}
    }
    if let Some(line) = line(event) {
        bar.set_message(line);
    }
}

fn line(event: &Event) -> Option<String> {
    match event {
        Event::Settled { portal, outcome, title } => Some(format!("{portal}  {outcome}: {}", visible::line(title))),
        Event::SourceRead { portal, source, links, new } => {
            Some(format!("{portal}  {source}: {}, {new} new", counted(links, "link")))
        }
        Event::Ended { .. } | Event::Alarm(_) => None,
    }
}

/// The columns, with the order in which a narrow terminal drops them.
const COLUMNS: [Column; 8] = [
    Column { head: "portal", rank: 0 },
    Column { head: "requests", rank: 5 },
    Column { head: "new", rank: 1 },
    Column { head: "revisions", rank: 3 },
    Column { head: "reprints", rank: 4 },
    Column { head: "unchanged", rank: 6 },
    Column { head: "left out", rank: 7 },
    Column { head: "failed", rank: 2 },
];

/// A table that fits into `width`, with a row for each portal.
pub fn table(report: &Report, width: Option<usize>) -> String {
    let rows: Vec<Row> = report.portals.iter().map(|(portal, summary)| row(portal, summary)).collect();
    sheet::draw(&COLUMNS, &rows, width).0
}

fn row(portal: &PortalId, summary: &Summary) -> Row {
    let numbers =
        [summary.requests, summary.new, summary.revisions, summary.duplicates, summary.unchanged, summary.rejected];
    let mut cells = vec![portal.to_string()];
    cells.extend(numbers.iter().map(u64::to_string));
    cells.push(summary.failures.len().to_string());
    let word = summary.failed.as_ref().or(summary.failures.first());
    let remark = word.map(|failure| visible::line(&failure.message).into_owned()).unwrap_or_default();
    Row { cells, remark }
}
