//! `tintinh reread`: reads stored pages again with the current rules and program.

use std::fmt::Write;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::archive::PageStore;
use crate::cli::Cli;
use crate::cli::RereadArgs;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::diff;
use crate::commands::extract;
use crate::commands::output;
use crate::config::Config;
use crate::config::Portal;
use crate::daemon;
use crate::delivery::Delivery;
use crate::reread::Outcome;
use crate::reread::Reread;
use crate::sink::jsonl::JsonLines;
use crate::store::Store;
use crate::store::StoreError;
use crate::telemetry::Console;
use crate::text::count::counted;

/// Reads the pages of the selected portals again and prints what changed.
///
/// # Errors
/// [`CommandError`]; exit code 1 if it was interrupted or a page could not be read.
pub fn run(cli: &Cli, args: &RereadArgs) -> Result<ExitCode, CommandError> {
    let (config, console) = common::open_config(cli)?;
    let portals: Vec<&Portal> = if args.portals.is_empty() {
        config.portals.iter().collect()
    } else {
        args.portals.iter().map(|name| extract::named_portal(&config, name)).collect::<Result<_, _>>()?
    };
    if !Store::is_there(config.store_address()) {
        output::warn(&common::nothing_fetched(&config));
        return Ok(ExitCode::SUCCESS);
    }
    let bar = progress(cli, &console);
    let outcome = common::block_on(read_again(&config, &portals, args, bar.as_ref()));
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let outcome = outcome?;
    output::print(&summary(&outcome, args.dry_run))?;
    let mut out = output::json_stream();
    for (before, after) in &outcome.samples {
        output::written(writeln!(out).and_then(|()| diff::print(before, after, diff::marks(), &mut out.0)))?;
    }
    output::written(out.flush())?;
    Ok(if outcome.interrupted || outcome.failed > 0 { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

async fn read_again(
    config: &Config,
    portals: &[&Portal],
    args: &RereadArgs,
    bar: Option<&ProgressBar>,
) -> Result<Outcome, CommandError> {
    let lost = |error: StoreError| CommandError::Store(error.into());
    let shutdown = daemon::stop_on_signal().context("cannot catch signals")?;
    // A running service holds the lock and delivers what this command writes.
    let lock = if args.dry_run { None } else { common::lock(&config.state_dir).ok() };
    let store = if args.dry_run {
        Store::open_read_only(config.store_address()).await
    } else {
        Store::open(config.store_address()).await.map(|store| store.with_window(config.dedup.window))
    };
    let store = store.map_err(lost)?;
    let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages.clone());
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let reread = Reread { config, store: &store, pages: &pages, since: args.since, writes: !args.dry_run, jobs };
    let mut left = Vec::new();
    for portal in portals {
        let (count, after) = reread.left(portal).await.map_err(lost)?;
        if let Some(bar) = bar {
            bar.inc_length(count);
        }
        left.push((*portal, after));
    }
    let mut outcome = Outcome::default();
    for (portal, after) in left {
        let advance = |count| bar.iter().for_each(|bar| bar.inc(count));
        let is_stopped = || *shutdown.told.borrow();
        reread.read_portal(portal, after, &mut outcome, is_stopped, advance).await.map_err(lost)?;
    }
    if lock.is_some() && outcome.written > 0 {
        let sink = JsonLines::open(&config.records_dir).context("cannot open the records' folder")?;
        Delivery::new(store, sink).drain().await.map_err(|error| CommandError::Store(error.into()))?;
    }
    Ok(outcome)
}

fn progress(cli: &Cli, console: &Console) -> Option<ProgressBar> {
    if cli.quiet || !output::is_error_terminal() {
        return None;
    }
    let bar = console.bars().add(ProgressBar::new(0));
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} pages in {elapsed}, {eta} left") {
        bar.set_style(style);
    }
    Some(bar)
}

fn summary(outcome: &Outcome, is_dry_run: bool) -> String {
    let Outcome { unchanged, changed, without_page, refused, failed, written, .. } = outcome;
    let mut text = format!("{} read the same as before, {changed} otherwise\n", counted(*unchanged, "page"));
    // Writing into a string cannot fail.
    if !outcome.fields.is_empty() {
        let fields: Vec<String> = outcome.fields.iter().map(|(field, count)| format!("{field} {count}")).collect();
        let _ = writeln!(text, "changed fields: {}", fields.join(", "));
    }
    if *without_page > 0 {
        let _ = writeln!(text, "{} without a stored page", counted(*without_page, "record"));
    }
    if *refused > 0 {
        let _ = writeln!(text, "{} would give no record now and keep the one they have", counted(*refused, "page"));
    }
    if *failed > 0 {
        let _ = writeln!(text, "{} could not be read; see `tintinh doctor`", counted(*failed, "page"));
    }
    let _ = if is_dry_run {
        writeln!(text, "nothing was written")
    } else {
        writeln!(text, "{} written", counted(*written, "revision"))
    };
    if outcome.interrupted {
        text.push_str("interrupted: the next run continues with what is left\n");
    }
    text
}
