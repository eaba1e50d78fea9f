//! The command line, as clap types.

use std::path::PathBuf;

use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use crate::model::settings::LogFormat;

/// News of Vietnam's provinces: ingests the portals of the provinces into normalized records.
#[derive(Debug, Parser)]
#[command(name = "tintinh", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// The config folder: `tintinh.toml`, `platforms/`, `portals/`. Without it: ./config where it holds a tintinh.toml, else /etc/tintinh.
    #[arg(long, global = true, env = "TINTINH_CONFIG", value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// The folder of the database, the raw pages and the lock, in place of the config's `state_dir`.
    #[arg(long, global = true, env = "TINTINH_STATE_DIR", value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The folder of the records, in place of the config's `records_dir`.
    #[arg(long, global = true, env = "TINTINH_RECORDS_DIR", value_name = "DIR")]
    pub records_dir: Option<PathBuf>,
    /// The form of the log, in place of the config's `[log] format`.
    #[arg(long, global = true, value_name = "FORMAT")]
    pub log_format: Option<LogForm>,
    /// Logs more: once for debug, twice for trace.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Logs errors only, and draws no progress.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  tintinh demo                          try it: sample portals on this machine, no network
  tintinh check                         is the configuration right?
  tintinh fetch vinhphuc                visit a portal once
  tintinh fetch --backfill 20           read 20 pages of every list
  tintinh extract page.html --url URL   the record of a saved page
  tintinh run                           the service

Exit codes: 0 done, 1 something failed and is tried again, 2 wrong configuration or command line, 3 the store is lost.";

/// The forms of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// The journal under systemd, else text.
    Auto,
    /// Lines for people.
    Human,
    /// A JSON object a line.
    Json,
    /// Fields in systemd's journal.
    Journal,
}

impl From<LogForm> for LogFormat {
    fn from(form: LogForm) -> LogFormat {
        match form {
            LogForm::Auto => LogFormat::Auto,
            LogForm::Human => LogFormat::Text,
            LogForm::Json => LogFormat::Json,
            LogForm::Journal => LogFormat::Journal,
        }
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs as a service: visits portals on their schedule until SIGTERM or SIGINT; SIGHUP reads the configuration again.
    #[command(
        after_help = "Examples:\n  tintinh run\n  tintinh --config /etc/tintinh --state-dir /var/lib/tintinh run --log-format json"
    )]
    Run,
    /// Visits portals once, now, and prints what came of it.
    Fetch(FetchArgs),
    /// Checks the configuration and prints every error with its place and a hint.
    #[command(
        after_help = "Examples:\n  tintinh check\n  tintinh check --config /etc/tintinh && sudo systemctl reload tintinh"
    )]
    Check,
    /// Prints how portals and sources stand.
    Status(StatusArgs),
    /// Tells which rule gave which field of an article, and why it was kept or dropped.
    Explain(ExplainArgs),
    /// Prints the links that a saved or stored feed, sitemap, list or JSON answer holds, one JSON object a line.
    Links(LinksArgs),
    /// Reads saved HTML pages and prints a record of each, one JSON object a line; no network, no store.
    Extract(ExtractArgs),
    /// Serves sample portals on this machine, ingests them and shows where the records are.
    Demo(DemoArgs),
    /// Prints a completion script for a shell.
    #[command(after_help = "Examples:
  tintinh completions bash > ~/.local/share/bash-completion/completions/tintinh
  tintinh completions fish > ~/.config/fish/completions/tintinh.fish")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Prints the manual page (roff).
    #[command(after_help = "Examples:\n  tintinh man | man -l -\n  tintinh man > ~/.local/share/man/man1/tintinh.1")]
    Man,
}

/// Arguments of `fetch`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh fetch\n  tintinh fetch vinhphuc hoabinh --backfill 10\n  tintinh fetch vinhphuc --dry-run"
)]
pub struct FetchArgs {
    /// Portals to visit, by the names of their files; all that are enabled by default.
    #[arg(value_name = "PORTAL")]
    pub portals: Vec<String>,
    /// Reads so many pages of every list, whether they bring something new or not.
    #[arg(long, value_name = "PAGES", value_parser = clap::value_parser!(u32).range(1..))]
    pub backfill: Option<u32>,
    /// Reads the sources and prints the links that are new; fetches no article and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tintinh status\n  tintinh status --json")]
pub struct StatusArgs {
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh explain https://vinhphuc.gov.vn/ct/cms/tintuc/Lists/KinhTe/View_Detail.aspx?ItemID=13820\n  tintinh explain page.html --url https://example.gov.vn/bai-1"
)]
pub struct ExplainArgs {
    /// An article's address or id (looked up in the store, no network), or a saved page.
    #[arg(value_name = "URL|ID|FILE")]
    pub what: String,
    /// The address of a saved page.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The portal whose rules are used for a saved page.
    #[arg(long, value_name = "ID")]
    pub portal: Option<String>,
    /// Also writes an HTML page that draws the page line by line, with what was taken marked.
    #[arg(long, value_name = "OUT")]
    pub html: Option<PathBuf>,
}

/// Arguments of `links`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh links list.html --url https://example.gov.vn/tin-tuc\n  tintinh links feed.xml --url https://example.gov.vn/rss"
)]
pub struct LinksArgs {
    /// A saved file (also .gz), or an address to fetch once.
    #[arg(value_name = "PATH|URL")]
    pub what: String,
    /// The address of a saved file; links are resolved against it.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Reads it as the source of this portal with the same address, else by the list rules of its platform.
    #[arg(long, value_name = "ID", conflicts_with = "platform")]
    pub portal: Option<String>,
    /// Reads it by the list rules of this platform.
    #[arg(long, value_name = "ID")]
    pub platform: Option<String>,
}

/// Arguments of `extract`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh extract page.html --url https://vinhphuc.gov.vn/ct/cms/tintuc/Lists/KinhTe/View_Detail.aspx?ItemID=13820\n  tintinh extract pages/ --urls urls.json > records.jsonl\n  tintinh extract page.html --generic"
)]
pub struct ExtractArgs {
    /// HTML files (also .gz), or folders of them.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The page's address; links are resolved against it, and it tells the portal.
    #[arg(long, value_name = "URL", conflicts_with = "urls")]
    pub url: Option<String>,
    /// A JSON object from file stem to address.
    #[arg(long, value_name = "FILE")]
    pub urls: Option<PathBuf>,
    /// Uses the rules of this portal.
    #[arg(long, value_name = "ID")]
    pub portal: Option<String>,
    /// Uses no rules of portals or platforms.
    #[arg(long, conflicts_with = "portal")]
    pub generic: bool,
    /// Reads each page by itself: what the pages of one site have in common is not looked for.
    #[arg(long)]
    pub no_site_memory: bool,
    /// Files read at the same time; as many as there are cores by default.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
}

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tintinh demo\n  tintinh demo /tmp/mine")]
pub struct DemoArgs {
    /// Where to keep state and records; a new temporary folder by default. A second run into the same folder writes nothing twice.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
