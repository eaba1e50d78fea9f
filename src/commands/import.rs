//! `tintinh import`: imports pages from archives and folders.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use crate::archive::PageStore;
use crate::cli::Cli;
use crate::cli::ImportArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::extract;
use crate::commands::output;
use crate::config::Config;
use crate::daemon;
use crate::delivery::Delivery;
use crate::fetch::Fetcher;
use crate::import;
use crate::import::HostPattern;
use crate::import::Import;
use crate::import::ImportOptions;
use crate::import::Outcome;
use crate::import::Source;
use crate::sink::jsonl::JsonLines;
use crate::store::Store;
use crate::store::StoreError;
use crate::telemetry::Console;
use crate::text::count::counted;
use crate::url::PageUrl;
use crate::visit::VisitContext;

/// The file with the addresses in a folder of saved pages.
const ADDRESSES: &str = "urls.json";

/// Maximum unknown hosts and reasons shown.
const MOST_SHOWN: usize = 8;

/// Imports the pages of the sources and prints what happened to them.
///
/// # Errors
/// [`CommandError`]; exit code 1 if it was interrupted, or if a file or a page could not be read.
pub fn run(cli: &Cli, args: &ImportArgs) -> Result<ExitCode, CommandError> {
    let (config, console) = common::open_config(cli)?;
    let portal = args.portal.as_deref().map(|name| extract::named_portal(&config, name)).transpose()?;
    let hosts = args.hosts.iter().map(|host| HostPattern::parse(host)).collect::<Result<_, _>>();
    let options = ImportOptions {
        hosts: hosts.map_err(|error| CommandError::Usage(format!("--host: {error}")))?,
        since: args.since,
        until: args.until,
        portal: portal.map(|portal| portal.outlet.portal.clone()),
        jobs: args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
        tells: args.tell,
    };
    let sources = sources(args, &options)?;
    let bar = progress(cli, &console, sources.iter().map(Source::size).sum());
    let outcome = common::block_on(import_all(&config, options, &sources, bar.as_ref()));
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let outcome = outcome?;
    output::print(&summary(&outcome))?;
    let failed = outcome.interrupted || outcome.failed > 0 || !outcome.broken_files.is_empty();
    Ok(if failed { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

async fn import_all(
    config: &Config,
    options: ImportOptions,
    sources: &[Source],
    bar: Option<&ProgressBar>,
) -> Result<Outcome, CommandError> {
    let lost = |error: StoreError| CommandError::Store(error.into());
    let shutdown = daemon::stop_on_signal().context("cannot catch signals")?;
    // A running service holds the lock. It delivers what the import writes and passes it on to the sinks.
    let lock = common::lock(&config.state_dir).ok();
    let store = Store::open(config.store_address()).await.map_err(lost)?.with_window(config.dedup.window);
    let clock = Clock::System;
    store.register(&daemon::registrations(config), clock.now()).await.map_err(lost)?;
    if lock.is_some() {
        daemon::sinks::begin(config, &store).await.map_err(CommandError::Store)?;
    }
    let tells = options.tells;
    let import = Import { config, store: &store, options };
    let (mut outcome, mut before) = (Outcome::default(), 0);
    for source in sources {
        let advance = |position: u64, pages: u64| {
            if let Some(bar) = bar {
                bar.set_position(before + position);
                bar.set_message(counted(pages, "page"));
            }
        };
        let is_stopped = || *shutdown.told.borrow();
        import.run(source, &mut outcome, is_stopped, advance).await.map_err(lost)?;
        if outcome.interrupted {
            break;
        }
        before += source.size();
        if lock.is_some() {
            deliver(config, &store).await?;
        }
    }
    if lock.is_some() {
        deliver(config, &store).await?;
    }
    if outcome.interrupted {
        return Ok(outcome);
    }
    import.end(sources).await.map_err(lost)?;
    if lock.is_some() {
        catch_up(config, store, clock, tells).await?;
    }
    Ok(outcome)
}

async fn deliver(config: &Config, store: &Store) -> Result<(), CommandError> {
    let sink = JsonLines::open(&config.records_dir).context("cannot open the records' folder")?;
    Delivery::new(store.clone(), sink).drain().await.map_err(|error| CommandError::Store(error.into()))
}

/// Passes new records on, as a visit does: to the search index, the sinks and, if requested, the watches.
async fn catch_up(config: &Config, store: Store, clock: Clock, tells: bool) -> Result<(), CommandError> {
    if config.search.enabled {
        daemon::search::catch_up(&config.state_dir, &store).await;
    }
    let fetcher = Fetcher::new(config.fetch.clone(), clock.clone()).context("cannot set up the sinks")?;
    let pages = PageStore::reader(&config.state_dir.join("pages"), config.pages.clone());
    let context = VisitContext { store, fetcher, pages, clock, reporter: Arc::new(|_| {}) };
    daemon::sinks::catch_up(&context, config).await;
    if tells {
        daemon::notify::catch_up(&config.state_dir, &context.store, config, &context.clock).await;
    }
    Ok(())
}

/// The sources that the command line names: archives, archives in folders, and folders of saved pages with a list of addresses.
fn sources(args: &ImportArgs, options: &ImportOptions) -> Result<Vec<Source>, CommandError> {
    let (mut archives, mut others) = (Vec::new(), Vec::new());
    for path in &args.paths {
        if path.as_os_str() == "-" {
            others.push(Source::Input);
            continue;
        }
        let unreadable =
            |error: std::io::Error| CommandError::Usage(format!("cannot read {}: {error}", path.display()));
        let is_file = path.is_file() && args.urls.is_none();
        let mut found = extract::files_below(path, &is_archive).map_err(unreadable)?;
        // A path that is a file is accepted whatever its name. With a list of addresses, it is a saved page.
        found.retain(|file| is_file || is_archive(&file.to_string_lossy().to_ascii_lowercase()));
        let list = args.urls.clone().or_else(|| Some(path.join(ADDRESSES)).filter(|list| list.is_file()));
        if let Some(list) = list {
            let pages = extract::files_below(path, &extract::is_page).map_err(unreadable)?;
            others.push(saved_pages(&list, pages)?);
        } else if found.is_empty() {
            return Err(CommandError::Usage(format!(
                "{} has no WARC file (.warc, .warc.gz); saved pages need a list of their addresses: {ADDRESSES} in the folder, or --urls",
                path.display()
            )));
        }
        archives.extend(found);
    }
    let chosen = import::archives(archives, options).into_iter().map(Source::Archive);
    Ok(chosen.chain(others).collect())
}

#[expect(clippy::case_sensitive_file_extension_comparisons, reason = "the name is in lower case")]
fn is_archive(name: &str) -> bool {
    name.strip_suffix(".open").unwrap_or(name).trim_end_matches(".gz").ends_with(".warc")
}

/// Saved pages with their addresses, matched by file name without extension.
fn saved_pages(list: &Path, pages: Vec<PathBuf>) -> Result<Source, CommandError> {
    let wrong = |error: &dyn std::fmt::Display| CommandError::Usage(format!("{}: {error}", list.display()));
    let text = std::fs::read_to_string(list).map_err(|error| wrong(&error))?;
    let addresses: BTreeMap<String, String> = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    let mut named = Vec::new();
    for path in pages {
        // Skip a page that the list does not name.
        let Some(address) = addresses.get(&extract::stem(&path)) else { continue };
        let url = PageUrl::parse(address).map_err(|error| wrong(&format!("{address}: {error}")))?;
        named.push((path, url.without_fragment()));
    }
    Ok(Source::Pages(Arc::new(named)))
}

fn progress(cli: &Cli, console: &Console, size: u64) -> Option<ProgressBar> {
    if cli.quiet || !output::is_error_terminal() {
        return None;
    }
    let bar = console.bars().add(ProgressBar::new(size));
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {percent}% {msg} in {elapsed}, {eta} left") {
        bar.set_style(style);
    }
    Some(bar)
}

fn summary(outcome: &Outcome) -> String {
    let Outcome { pages, new, copies, revisions, unchanged, older, failed, .. } = outcome;
    let mut text = format!(
        "{} read: {new} new ({copies} of them copies), {}, {unchanged} unchanged\n",
        counted(*pages, "page"),
        counted(*revisions, "revision")
    );
    // Writing into a string cannot fail.
    if *older > 0 {
        let _ = writeln!(text, "{} older than the page that is known", counted(*older, "page"));
    }
    let mut rejected: Vec<(&String, &u64)> = outcome.rejected.iter().collect();
    rejected.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (reason, count) in rejected.iter().take(MOST_SHOWN) {
        let _ = writeln!(text, "{} not kept: {reason}", counted(**count, "page"));
    }
    let more: u64 = rejected.iter().skip(MOST_SHOWN).map(|(_, count)| **count).sum();
    if more > 0 {
        let _ = writeln!(text, "{} not kept for other reasons", counted(more, "page"));
    }
    for (reason, count) in &outcome.skipped {
        let _ = writeln!(text, "{} skipped: {}", counted(*count, "record"), reason.words());
    }
    let mut hosts: Vec<(&String, &u64)> = outcome.unknown_hosts.iter().collect();
    hosts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let shown: Vec<String> = hosts.iter().take(MOST_SHOWN).map(|(host, count)| format!("{host} {count}")).collect();
    if !shown.is_empty() {
        let dots = if hosts.len() > MOST_SHOWN { ", …" } else { "" };
        let _ = writeln!(text, "hosts of no portal: {}{dots} (--portal takes them in)", shown.join(", "));
    }
    if *failed > 0 {
        let _ = writeln!(text, "{} could not be read or written", counted(*failed, "page"));
    }
    for file in &outcome.broken_files {
        let _ = writeln!(text, "not read to its end: {file}");
    }
    if outcome.interrupted {
        text.push_str("interrupted: the same command continues with what is left\n");
    }
    text
}
