//! Code shared by the commands: load the configuration, lock the state folder, assemble the engine.

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::archive::PageStore;
use crate::archive::Reading;
use crate::cli::Cli;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::config;
use crate::config::Config;
use crate::config::Overrides;
use crate::config::nearest;
use crate::daemon;
use crate::delivery::Delivery;
use crate::doctor;
use crate::engine::Engine;
use crate::engine::Setup;
use crate::fetch::Fetcher;
use crate::files;
use crate::model::settings::LogFormat;
use crate::schedule;
use crate::sink::jsonl::JsonLines;
use crate::store::Store;
use crate::telemetry;
use crate::telemetry::Console;
use crate::text::count::counted;
use crate::url::PageUrl;
use crate::visit::Reporter;
use crate::visit::VisitContext;

/// Time that page-reading threads get to end at exit. They cannot be stopped, and nobody waits for their results.
const THREADS_GRACE: Duration = Duration::from_secs(1);

/// The config folder, as the command line sets it.
pub fn config_dir(cli: &Cli) -> PathBuf {
    match &cli.config {
        Some(dir) => dir.clone(),
        None if Path::new("config/tintinh.toml").exists() => PathBuf::from("config"),
        None => PathBuf::from(config::SYSTEM_DIR),
    }
}

/// The folders that the command line overrides.
pub fn overrides(cli: &Cli) -> Overrides {
    Overrides { state_dir: cli.state_dir.clone(), records_dir: cli.records_dir.clone() }
}

/// Reads the configuration and starts logging. The console draws both logs and progress.
///
/// # Errors
/// [`CommandError::Config`] with all errors.
pub fn open_config(cli: &Cli) -> Result<(Config, Console), CommandError> {
    let config = Config::load_with(&config_dir(cli), &overrides(cli))?;
    let console = start_logging(cli, config.log_format, &config.log_filter, config.log_lines);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    Ok((config, console))
}

/// The configuration if there is one, otherwise the shipped one: for commands that read saved pages.
///
/// # Errors
/// [`CommandError::Config`] if the folder is wrong.
pub fn config_or_shipped(cli: &Cli) -> Result<Config, CommandError> {
    let named = cli.config.is_some() || config_dir(cli).join("tintinh.toml").exists();
    if named { Ok(Config::load_with(&config_dir(cli), &overrides(cli))?) } else { Ok(Config::shipped()) }
}

/// Starts logging as the command line says, otherwise as the configuration does.
pub fn start_logging(cli: &Cli, format: LogFormat, filter: &str, lines: u32) -> Console {
    let filter = match (cli.quiet, cli.verbose) {
        (true, _) => "error",
        (false, 0) => filter,
        (false, 1) => "tintinh=debug,info",
        (false, _) => "tintinh=trace,debug",
    };
    telemetry::start(cli.log_format.unwrap_or(format), filter, lines)
}

/// Runs the asynchronous part of a verb.
///
/// # Errors
/// Its own errors; an error if threads cannot be started.
pub fn block_on<T>(work: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_timeout(THREADS_GRACE);
    outcome
}

/// The error for an unknown name. Suggests the closest known name, or gives other advice if none is close.
pub fn unknown<'a>(
    message: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> CommandError {
    let hint = match nearest(name, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => otherwise(),
    };
    CommandError::Usage(format!("{message}; {hint}"))
}

/// The message that there is no database yet.
pub fn nothing_fetched(config: &Config) -> String {
    format!("nothing has been fetched yet: there is no database in {}", config.state_dir.display())
}

/// Opens the store for reading while a service may run; `None` if nothing has been fetched yet.
///
/// # Errors
/// [`CommandError::Store`] if the database cannot be read.
pub async fn store_to_read(config: &Config) -> Result<Option<Store>, CommandError> {
    if !Store::is_there(config.store_address()) {
        return Ok(None);
    }
    let store =
        Store::open_read_only(config.store_address()).await.map_err(|error| CommandError::Store(error.into()))?;
    Ok(Some(store))
}

/// The key to look up an article by: the id that its portal's rules derive from the address, otherwise the text itself.
pub fn key_of(config: &Config, what: &str) -> String {
    let by_rules = || {
        let url = PageUrl::parse(what).ok()?;
        let portal = config.portal_of(&url)?;
        Some(config.article_id(portal, &url)).filter(|_| config.identity(portal).is_some())
    };
    by_rules().unwrap_or_else(|| what.to_owned())
}

/// The parts of a running engine, with the lock that excludes a second process.
pub struct EngineParts {
    /// The engine's parts.
    pub context: VisitContext,
    /// Delivers records to the sink.
    pub delivery: Delivery,
    _lock: File,
}

impl EngineParts {
    /// Locks the state folder, opens store, page store and sink, and frees the leases of a process that died.
    ///
    /// # Errors
    /// [`CommandError::Store`], with the folder and what helps.
    pub async fn open(config: &Config, clock: Clock, reporter: Reporter) -> Result<EngineParts, CommandError> {
        EngineParts::open_parts(config, clock, reporter).await.map_err(CommandError::Store)
    }

    async fn open_parts(config: &Config, clock: Clock, reporter: Reporter) -> anyhow::Result<EngineParts> {
        let lock = lock(&config.state_dir)?;
        let store = Store::open(config.store_address()).await?.with_window(config.dedup.window);
        let taken = doctor::catch_up(&store, &config.records_dir).await?;
        if taken > 0 {
            tracing::warn!(
                records = taken,
                "added {} from the record files that the database did not know",
                counted(taken, "record")
            );
        }
        let freed = store.free_leases(clock.now()).await?;
        if freed > 0 {
            tracing::info!(freed, "freed the leases of a process that did not end properly");
        }
        daemon::register(&store, config, clock.now()).await?;
        daemon::sinks::begin(config, &store).await?;
        let pages = PageStore::open(&config.state_dir.join("pages"), config.pages.clone())?;
        pages.prune(clock.now()).await?;
        blame_pages(&store, &pages, clock.now()).await?;
        let sink = JsonLines::open(&config.records_dir)?;
        let fetcher = Fetcher::new(config.fetch.clone(), clock.clone())?;
        let delivery = Delivery::new(store.clone(), sink);
        let context = VisitContext { store, fetcher, pages, clock, reporter };
        Ok(EngineParts { context, delivery, _lock: lock })
    }

    /// An engine built from these parts. The sender replaces its configuration.
    pub fn engine(&self, config: Config) -> (Engine, watch::Sender<Setup>) {
        let setup = Setup { config: Arc::new(config), fetcher: self.context.fetcher.clone() };
        let (sender, receiver) = watch::channel(setup);
        (Engine::new(self.context.clone(), self.delivery.clone(), receiver), sender)
    }
}

/// A page is set aside after the process ended this many times while reading only that page. A power cut or a kill can coincide by chance, but hardly
/// three times at the same page.
const MOST_CRASHES: u32 = 3;

/// Finds the pages that were being read when the last process ended. Sets aside those at which it ended repeatedly.
async fn blame_pages(store: &Store, pages: &PageStore, now: Timestamp) -> anyhow::Result<()> {
    let left = pages.take_left_reading().await?;
    // With several pages, the cause is unknown.
    let alone = left.len() == 1;
    for Reading { portal, link, page } in left {
        let times = store.blame(&portal, &link, alone).await?;
        tracing::debug!(%portal, link, times, "the last process ended while it read this page");
        if times < MOST_CRASHES {
            continue;
        }
        let evidence = match &page {
            Some(place) => match pages.read(place).await {
                Ok(Some(page)) => pages.keep(&page).await.ok(),
                _ => None,
            },
            None => None,
        };
        let reason = format!("the process ended {times} times while it read this page");
        tracing::error!(%portal, link, "page of {portal} set aside: {reason}");
        let not_before = now.saturating_add(schedule::LONG_PAUSE).unwrap_or(Timestamp::MAX);
        store.quarantine(&portal, &link, reason, evidence.or(page), not_before).await?;
    }
    Ok(())
}

/// Locks a state folder for as long as the file is open.
///
/// # Errors
/// If another process holds the lock, or the folder cannot be written.
pub fn lock(dir: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(dir)
        .with_context(|| format!("cannot create the state folder {} (see --state-dir)", dir.display()))?;
    let path = dir.join("lock");
    // Not truncated: the file's content does not matter, only the lock.
    let file = files::own().write(true).create(true).truncate(false).open(&path);
    let file = file.with_context(|| format!("cannot write {} (see --state-dir)", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            anyhow::bail!(
                "another tintinh uses {}: stop it first (systemctl stop tintinh), or name another --state-dir",
                dir.display()
            )
        }
        Err(std::fs::TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}
