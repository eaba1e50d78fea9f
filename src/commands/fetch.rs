//! `tintinh fetch`: the one-shot.

use std::collections::VecDeque;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use comfy_table::Table;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::cli::Cli;
use crate::cli::FetchArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::links::json_lines;
use crate::commands::workshop;
use crate::commands::workshop::Workshop;
use crate::config::Config;
use crate::config::Portal;
use crate::daemon;
use crate::discover;
use crate::engine::Engine;
use crate::engine::Job;
use crate::engine::Report;
use crate::engine::Until;
use crate::fetch::Fetched;
use crate::fetch::Fetcher;
use crate::model::portal::PortalId;
use crate::store::FILE_NAME;
use crate::store::Store;
use crate::visit::Event;
use crate::visit::Reporter;
use crate::visit::Summary;

/// Visits the chosen portals until none of them is due, then prints a table.
///
/// # Errors
/// [`CommandError`]; portals that fail are no error but exit code 1.
pub fn run(cli: &Cli, args: &FetchArgs) -> Result<ExitCode, CommandError> {
    let config = workshop::open_config(cli)?;
    let chosen = chosen(&config, &args.portals)?;
    let runtime = workshop::runtime()?;
    if args.dry_run {
        return runtime.block_on(preview(&config, &chosen, args.backfill));
    }
    let bar = progress(cli);
    let report = runtime.block_on(async {
        let stop = daemon::stop_on_signal().context("cannot catch signals")?;
        let workshop = Workshop::open(&config, Clock::System, reporter(bar.clone(), cli.quiet)).await?;
        let now = workshop.desk.clock.now();
        workshop.desk.store.make_due(&chosen, now).await.map_err(|error| CommandError::Store(error.into()))?;
        let (engine, _config) = workshop.engine(config.clone());
        let job = Job { until: Until::Idle, portals: Some(chosen), backfill: args.backfill, by_hand: true };
        engine_run(engine, job, stop).await
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let report = report?;
    print!("{}", table(&report));
    println!("{} records written below {}", report.delivered, config.records_dir.display());
    Ok(exit_code(&report))
}

async fn engine_run(
    engine: Engine,
    job: Job,
    stop: tokio::sync::watch::Receiver<bool>,
) -> Result<Report, CommandError> {
    engine.run(job, stop).await.map_err(|error| CommandError::Store(error.into()))
}

/// 1 where anything failed that is to be tried again.
pub fn exit_code(report: &Report) -> ExitCode {
    let failed = report.portals.values().any(|summary| !summary.failures.is_empty() || summary.failed.is_some());
    if failed { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS }
}

fn chosen(config: &Config, names: &[String]) -> Result<Vec<PortalId>, CommandError> {
    if names.is_empty() {
        let enabled: Vec<PortalId> =
            config.portals.iter().filter(|portal| portal.enabled).map(|portal| portal.outlet.portal.clone()).collect();
        return if enabled.is_empty() {
            Err(CommandError::Usage(
                "no portal is enabled: set `enabled = true` in a file of config/portals".to_owned(),
            ))
        } else {
            Ok(enabled)
        };
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

fn progress(cli: &Cli) -> Option<ProgressBar> {
    if cli.quiet || !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} articles in {elapsed}: {wide_msg}") {
        bar.set_style(style);
    }
    Some(bar)
}

/// A bar on a terminal, plain lines elsewhere.
pub fn reporter(bar: Option<ProgressBar>, quiet: bool) -> Reporter {
    Arc::new(move |event| match (&event, &bar) {
        (Event::Settled { portal, outcome, title }, Some(bar)) => {
            bar.inc(1);
            bar.set_message(format!("{portal} {outcome}: {title}"));
        }
        (Event::SourceRead { portal, source, links, new }, Some(bar)) => {
            bar.set_message(format!("{portal} {source}: {links} links, {new} new"));
        }
        (_, None) if quiet => {}
        (Event::Settled { portal, outcome, title }, None) => eprintln!("{portal}  {outcome}: {title}"),
        (Event::SourceRead { portal, source, links, new }, None) => {
            eprintln!("{portal}  {source}: {links} links, {new} new")
        }
    })
}

/// A row for each portal.
pub fn table(report: &Report) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["portal", "requests", "new", "revisions", "reprints", "unchanged", "left out", "failed", ""]);
    for (portal, summary) in &report.portals {
        table.add_row(row(portal, summary));
    }
    format!("{}\n", table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n"))
}

fn row(portal: &PortalId, summary: &Summary) -> Vec<String> {
    let numbers =
        [summary.requests, summary.new, summary.revisions, summary.duplicates, summary.unchanged, summary.rejected];
    let mut cells = vec![portal.to_string()];
    cells.extend(numbers.iter().map(u64::to_string));
    cells.push(summary.failures.len().to_string());
    let word = summary.failed.as_ref().or(summary.failures.first()).map(|failure| failure.message.clone());
    cells.push(word.unwrap_or_default());
    cells
}

/// Reads the sources and prints the links that the store does not know; writes nothing.
async fn preview(config: &Config, chosen: &[PortalId], backfill: Option<u32>) -> Result<ExitCode, CommandError> {
    let fetcher = Fetcher::new(config.fetch.clone(), Clock::System).map_err(anyhow::Error::from)?;
    let store = if config.state_dir.join(FILE_NAME).exists() {
        Some(Store::open_read_only(&config.state_dir).await.map_err(|error| CommandError::Store(error.into()))?)
    } else {
        None
    };
    let mut failed = false;
    for portal in chosen.iter().filter_map(|id| config.portal(id)) {
        failed |= !preview_portal(&fetcher, store.as_ref(), config, portal, backfill).await?;
    }
    Ok(if failed { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

async fn preview_portal(
    fetcher: &Fetcher,
    store: Option<&Store>,
    config: &Config,
    portal: &Portal,
    backfill: Option<u32>,
) -> Result<bool, CommandError> {
    let mut session = fetcher.session(portal.scope.clone(), portal.delay, None);
    let mut all_well = true;
    for source in &portal.sources {
        let mut steps = VecDeque::from([source.first_step()]);
        for _ in 0..backfill.unwrap_or(source.max_pages) {
            let Some(step) = steps.pop_front() else { break };
            let page = match session.fetch(&step.request, None).await {
                Ok(Fetched::Page(page)) => page,
                Ok(other) => {
                    eprintln!("{} {}: {other:?}", portal.outlet.portal, source.id);
                    all_well = false;
                    break;
                }
                Err(error) => {
                    eprintln!("{} {}: {}", portal.outlet.portal, source.id, error.failure().message);
                    all_well = false;
                    break;
                }
            };
            let found = discover::discover(source, &portal.scope, &step, &page);
            let ids: Vec<String> = found.links.iter().map(|link| config.article_id(portal, &link.url)).collect();
            let known = match store {
                Some(store) => store
                    .known_links(&portal.outlet.portal, &ids)
                    .await
                    .map_err(|error| CommandError::Store(error.into()))?,
                None => Vec::new(),
            };
            let fresh: Vec<_> =
                found.links.into_iter().zip(&ids).filter(|(_, id)| !known.contains(id)).map(|(link, _)| link).collect();
            print!("{}", json_lines(&fresh));
            if fresh.is_empty() && backfill.is_none() {
                break;
            }
            steps.extend(found.next);
        }
    }
    Ok(all_well)
}
