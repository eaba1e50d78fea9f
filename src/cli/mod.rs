//! The command line as clap types.

mod archive;
mod attachment;
mod export;
mod search;
mod sink;
mod sources;
mod state;
mod watch;

use std::path::PathBuf;

use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use jiff::Timestamp;

pub use crate::cli::archive::ImportArgs;
pub use crate::cli::archive::PageArgs;
pub use crate::cli::attachment::AttachmentArgs;
pub use crate::cli::export::ExportArgs;
pub use crate::cli::export::ExportFormat;
pub use crate::cli::export::MatchArgs;
pub use crate::cli::export::Position;
pub use crate::cli::export::TailArgs;
pub use crate::cli::search::SearchArgs;
pub use crate::cli::search::SearchOrder;
pub use crate::cli::sink::SinkArgs;
pub use crate::cli::sink::SinkCommand;
pub use crate::cli::sink::SinkReplayArgs;
pub use crate::cli::sources::CatalogueArgs;
pub use crate::cli::sources::CheckArgs;
pub use crate::cli::sources::EnableArgs;
pub use crate::cli::state::StatusArgs;
pub use crate::cli::state::StoreCommand;
pub use crate::cli::state::StoreCopyArgs;
pub use crate::cli::watch::DigestArgs;
pub use crate::cli::watch::DigestFormat;
pub use crate::cli::watch::NotifyCommand;
pub use crate::cli::watch::Since;
pub use crate::cli::watch::WatchCommand;
use crate::model::settings::LogFormat;

/// The heading of the options of all commands. Each command's own options come first.
const EVERYWHERE: &str = "Options of every command";

/// Watches the news portals of Vietnam's provinces and writes a normalized record of each article.
#[derive(Debug, Parser)]
#[command(name = "tintinh", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// The config folder, with `tintinh.toml`, `portals/` and optionally `platforms/` and `catalogue/`. Default: ./config if it contains a
    /// tintinh.toml, else /etc/tintinh.
    #[arg(long, global = true, help_heading = EVERYWHERE, env = "TINTINH_CONFIG", value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// The folder of the database, the raw pages and the lock. Overrides `state_dir` of the configuration.
    #[arg(long, global = true, help_heading = EVERYWHERE, env = "TINTINH_STATE_DIR", value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// The folder of the records. Overrides `records_dir` of the configuration.
    #[arg(long, global = true, help_heading = EVERYWHERE, env = "TINTINH_RECORDS_DIR", value_name = "DIR")]
    pub records_dir: Option<PathBuf>,
    /// The format of the log. Overrides `[log] format` of the configuration.
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Logs more: -v for debug, -vv for trace.
    #[arg(short, long, global = true, help_heading = EVERYWHERE, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Logs errors only and shows no progress.
    #[arg(short, long, global = true, help_heading = EVERYWHERE, conflicts_with = "verbose")]
    pub quiet: bool,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  tintinh demo                          try it: sample portals on this machine, no network
  tintinh check                         check the configuration
  tintinh catalogue phutho              find known portals and newspapers
  tintinh enable baonghean              watch one of them
  tintinh opml import feeds.opml        import the feeds of another reader
  tintinh fetch vinhphuc                visit a portal once
  tintinh fetch --backfill 20           read 20 pages of every list
  tintinh extract page.html --url URL   print the record of a saved page
  tintinh search bien che               find articles, with or without accents
  tintinh run                           run the service

Exit codes: 0 done, 1 something failed (failed visits are retried),
2 the configuration or the command line is wrong,
3 the store is lost, locked or full,
4 the database is damaged (run `tintinh doctor`).";

impl ValueEnum for LogFormat {
    fn value_variants<'a>() -> &'a [LogFormat] {
        &[LogFormat::Auto, LogFormat::Text, LogFormat::Json, LogFormat::Journal]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (word, _) = LogFormat::WORDS.iter().find(|(_, format)| format == self)?;
        let help = match self {
            LogFormat::Auto => "The journal if stderr is connected to it, else text",
            LogFormat::Text => "Plain text",
            LogFormat::Json => "One JSON object per line",
            LogFormat::Journal => "Fields in systemd's journal",
        };
        let value = PossibleValue::new(*word).help(help);
        // The former name of this format on the command line.
        Some(if *self == LogFormat::Text { value.alias("human") } else { value })
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the service: visits portals on their schedule until SIGTERM or SIGINT. SIGHUP reloads the configuration.
    #[command(
        after_help = "Examples:\n  tintinh run\n  tintinh --config /etc/tintinh --state-dir /var/lib/tintinh run --log-format json"
    )]
    Run,
    /// Visits portals once, now, and prints a summary.
    Fetch(FetchArgs),
    /// Checks the configuration and prints every error with its position and a hint.
    #[command(
        after_help = "Examples:\n  tintinh check\n  tintinh check --config /etc/tintinh && sudo systemctl reload tintinh\n  tintinh check --live baonghean\n  tintinh check --live --all --report report.jsonl"
    )]
    Check(CheckArgs),
    /// Learns new rules for a portal after a redesign and shows them as a change of its file.
    Relearn(RelearnArgs),
    /// Reads stored pages again by today's rules and program, and writes revisions where the results differ.
    Reread(RereadArgs),
    /// Imports pages of archives (WARC) and of folders, as if they had been fetched. Sends no request.
    Import(ImportArgs),
    /// Looks at a site once, politely, and writes a portal file for it.
    Add(AddArgs),
    /// Lists known portals, newspapers and ministries, their sources, and which of them are configured.
    Catalogue(CatalogueArgs),
    /// Writes portal files for entries of the catalogue, with who used each source and when.
    Enable(EnableArgs),
    /// Imports feeds from other feed readers and exports them (OPML 2.0).
    #[command(
        subcommand,
        after_help = "Examples:\n  tintinh opml import feeds.opml --dry-run\n  tintinh opml export > tintinh.opml"
    )]
    Opml(OpmlCommand),
    /// Prints the state of portals and sources.
    Status(StatusArgs),
    /// Compares database, record files and outbox, and repairs inconsistencies.
    Doctor(DoctorArgs),
    /// Reads pages again on which the program failed, from the stored copies.
    Retry(RetryArgs),
    /// Explains which rule gave each field of an article, and why the article was kept or dropped.
    Explain(ExplainArgs),
    /// Prints a stored page as it was sent, with when, from where, and its digest.
    Page(PageArgs),
    /// Prints the links in a feed, sitemap, list or JSON response, one JSON object per line.
    Links(LinksArgs),
    /// Prints the records of saved HTML pages, one JSON object per line. Needs no network and no store.
    Extract(ExtractArgs),
    /// Prints the text of a PDF, Word or Excel file, also of a scan, as it would be read from an attachment. Needs no network and no store.
    Attachment(AttachmentArgs),
    /// Finds articles by their words, with or without accents, and prints one line for each story.
    Search(SearchArgs),
    /// Shows what watches find.
    #[command(subcommand, after_help = "Examples:\n  tintinh watch list\n  tintinh watch test tinh-gon --since 30d")]
    Watch(WatchCommand),
    /// Prints a press digest of what watches find, with the portals that could not be read.
    Digest(DigestArgs),
    /// Tries the ways in which watches and alarms tell somebody.
    #[command(subcommand, after_help = "Examples:\n  tintinh notify test van-phong")]
    Notify(NotifyCommand),
    /// Prints what changed between two revisions of an article, word by word.
    Diff(DiffArgs),
    /// Prints the newest record of each article or of each story, with the copies known now, or everything that was written after a cursor.
    Export(ExportArgs),
    /// Prints new records, revisions and withdrawals as they are written, until it is interrupted.
    Tail(TailArgs),
    /// Shows, pauses, resumes and replays the sinks of the configuration.
    #[command(
        subcommand,
        after_help = "Examples:\n  tintinh sink list\n  tintinh sink pause archive\n  tintinh sink replay archive --from start"
    )]
    Sink(SinkCommand),
    /// Moves the database between SQLite and PostgreSQL.
    #[command(
        subcommand,
        after_help = "Examples:\n  tintinh store copy --from /var/lib/tintinh --to postgres://tintinh@db.example/tintinh"
    )]
    Store(StoreCommand),
    /// Finds revisions and copies among the articles of a JSON Lines file. Needs no network and no store.
    Dedup(DedupArgs),
    /// Serves sample portals on this machine, ingests them and prints where the records are.
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
    /// Portals to visit, by the names of their files. Default: all enabled ones.
    #[arg(value_name = "PORTAL")]
    pub portals: Vec<String>,
    /// Reads this many pages of every list, even if they bring nothing new.
    #[arg(long, value_name = "PAGES", value_parser = clap::value_parser!(u32).range(1..))]
    pub backfill: Option<u32>,
    /// Reads the sources and prints new links. Fetches no article and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// The commands of `opml`.
#[derive(Debug, Subcommand)]
pub enum OpmlCommand {
    /// Prints the feeds of all portals as OPML 2.0.
    #[command(after_help = "Examples:\n  tintinh opml export > tintinh.opml")]
    Export,
    /// Imports the feeds of an OPML file: a portal file for each new site, or an additional source in the file of an existing portal.
    Import(OpmlImportArgs),
}

/// Arguments of `opml import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads exports of Miniflux, FreshRSS, Feedly and other readers. Overwrites nothing: a new source is appended to a portal's file. Writes nothing if the configuration would become invalid.

Examples:
  tintinh opml import feeds.opml --dry-run
  tintinh opml import feeds.opml
  tintinh opml import feeds.opml --dir /etc/tintinh/portals/imported"
)]
pub struct OpmlImportArgs {
    /// The OPML file, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where to write new portal files: `portals` of the config folder (the default) or a folder below it.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Prints what would be written and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh doctor\n  tintinh doctor --repair\n\nWithout --repair, nothing is written and the service may be running. Exit codes: 0 no fault (left), 1 a fault is left, 3 the state cannot be read."
)]
pub struct DoctorArgs {
    /// Repairs what it can, after a backup of everything that it changes. Stop the service first.
    #[arg(long)]
    pub repair: bool,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `retry`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh retry\n  tintinh retry vinhphuc --rejected\n\nPages without a stored copy are fetched again. A running service reads them within a minute."
)]
pub struct RetryArgs {
    /// Portals, or links by id or URL. Default: all.
    #[arg(value_name = "PORTAL|ID|URL")]
    pub what: Vec<String>,
    /// Also retries pages that failed in other ways, without waiting for their next attempt.
    #[arg(long)]
    pub failed: bool,
    /// Also retries pages that gave no record. Use it after you changed the rules.
    #[arg(long)]
    pub rejected: bool,
}

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh explain https://vinhphuc.gov.vn/ct/cms/tintuc/Lists/KinhTe/View_Detail.aspx?ItemID=13820\n  tintinh explain page.html --url https://example.gov.vn/bai-1"
)]
pub struct ExplainArgs {
    /// An article's URL or id, which is looked up in the store, or a saved page.
    #[arg(value_name = "URL|ID|FILE")]
    pub what: String,
    /// The URL of a saved page.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Reads a saved page with the rules of this portal.
    #[arg(long, value_name = "ID")]
    pub portal: Option<String>,
    /// Also writes an HTML page that shows the page line by line and marks what was taken.
    #[arg(long, value_name = "OUT")]
    pub html: Option<PathBuf>,
}

/// Arguments of `links`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh links list.html --url https://example.gov.vn/tin-tuc\n  tintinh links feed.xml --url https://example.gov.vn/rss"
)]
pub struct LinksArgs {
    /// A saved file (also .gz), or a URL that is fetched once.
    #[arg(value_name = "PATH|URL")]
    pub what: String,
    /// The URL of a saved file. Links are resolved against it.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Reads the file as the source of this portal with the same URL, else with the list rules of its platform.
    #[arg(long, value_name = "ID", conflicts_with = "platform")]
    pub portal: Option<String>,
    /// Reads the file with the list rules of this platform.
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
    /// The page's URL. Links are resolved against it, and it selects the portal. Default: the URL that the page names.
    #[arg(long, value_name = "URL", conflicts_with = "urls")]
    pub url: Option<String>,
    /// A JSON object that maps file names without extension to URLs.
    #[arg(long, value_name = "FILE")]
    pub urls: Option<PathBuf>,
    /// Uses the rules of this portal.
    #[arg(long, value_name = "ID")]
    pub portal: Option<String>,
    /// Uses no rules of portals or platforms.
    #[arg(long, conflicts_with = "portal")]
    pub generic: bool,
    /// Reads each page alone and learns nothing from other pages of its site.
    #[arg(long)]
    pub no_site_memory: bool,
    /// Files read in parallel. Default: the number of cores.
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
}

/// Arguments of `relearn`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tintinh relearn caobang --dry-run\n  tintinh relearn caobang --yes")]
pub struct RelearnArgs {
    /// The portal.
    #[arg(value_name = "PORTAL")]
    pub portal: String,
    /// Writes the file without asking.
    #[arg(long, short)]
    pub yes: bool,
    /// Shows the change and writes nothing.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
}

/// Arguments of `reread`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh reread --dry-run\n  tintinh reread caobang --since 2026-01-01\n\n`keep` and `max_bytes` of [pages] limit how long pages are stored. An article without a page keeps\nits record. An interrupted run continues where it stopped."
)]
pub struct RereadArgs {
    /// Portals. Default: all of the configuration.
    #[arg(value_name = "PORTAL")]
    pub portals: Vec<String>,
    /// Reads only articles published since this day or moment (2026-01-01, 2026-01-01T08:00:00+07:00, 1/1/2026).
    #[arg(long, value_name = "DATE", value_parser = export::moment)]
    pub since: Option<Timestamp>,
    /// Shows what would change and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `add`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh add https://caobang.gov.vn/\n  tintinh add https://caobang.gov.vn/tin-tuc --dry-run\n  tintinh add https://caobang.gov.vn/rss/tintuc.rss --id caobang --yes\n  tintinh add --catalogue caobang"
)]
pub struct AddArgs {
    /// The URL of the site's front page, a list of news, a feed or a sitemap.
    #[arg(value_name = "URL", required_unless_present = "catalogue")]
    pub url: Option<String>,
    /// Adds a portal of the catalogue by its id (see `tintinh catalogue`), with its URL and province.
    #[arg(long, value_name = "ID", conflicts_with_all = ["id", "province"])]
    pub catalogue: Option<String>,
    /// The portal's id, which is the name of its file. Default: derived from the host.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// The portal's name. Default: what the site calls itself.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The province's key (`cao-bang`).
    #[arg(long, value_name = "KEY")]
    pub province: Option<String>,
    /// Ignores the rules of CMS families.
    #[arg(long)]
    pub generic: bool,
    /// Writes the file without asking.
    #[arg(long, short)]
    pub yes: bool,
    /// Prints the file and writes nothing.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
}

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tintinh demo\n  tintinh demo /tmp/mine\n  tintinh demo /tmp/mine --serve")]
pub struct DemoArgs {
    /// Only serves the portals until it is interrupted, so that you can try `tintinh run` or `tintinh fetch` in another terminal.
    #[arg(long)]
    pub serve: bool,
    /// Ends when the records are written, also on a terminal, where it would go on to serve them as pages until Ctrl-C.
    #[arg(long)]
    pub no_web: bool,
    /// Delay before each response, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub slow: u64,
    /// The folder for state and records. Default: a new temporary folder. A second run with the same folder writes no record twice.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// The default memory for the index in MiB, enough for a million articles.
const MEMORY_MIB: usize = 768;

/// Arguments of `dedup`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each line of FILE is a JSON object {id, url?, title?, content_text, date_published?, attachments?: [{url}]}. Records of \
tintinh are such lines. FILE may be compressed (gzip, zstd).

After all of FILE is read, a line {id, verdict, of, kind, containment} is printed for each, in the order of FILE:
  verdict      new, revision (another text with an earlier URL or id), duplicate, invalid
  of           the id of the story's head, or, for a revision, of the earlier line
  kind         reprint (the same text), excerpt (a part of the other), extended (the other and more)
  containment  the share of this text that the other contains, 0 to 1

Examples:
  tintinh dedup articles.jsonl > verdicts.jsonl
  tintinh dedup corpus.jsonl.zst --memory 4096 --temp-dir /var/tmp
  cat /var/lib/tintinh/records/*/2025/07/*.jsonl | tintinh dedup -"
)]
pub struct DedupArgs {
    /// A JSON Lines file, plain, .gz or .zst, or `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// MiB of memory for the index. A larger index goes to a temporary file. Each line needs about 90 bytes more.
    #[arg(long, value_name = "MIB", default_value_t = MEMORY_MIB)]
    pub memory: usize,
    /// The folder for temporary files, about 1.5 KB per article. Default: the system's folder.
    #[arg(long, value_name = "DIR")]
    pub temp_dir: Option<PathBuf>,
}

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Removed words are printed as [-words-] and added words as {+words+}, in red and green on a terminal, with some unchanged words around them.

Examples:
  tintinh diff 0123456789abcdef0123456789abcdef
  tintinh diff https://vinhphuc.gov.vn/ct/cms/tintuc/Lists/KinhTe/View_Detail.aspx?ItemID=13820
  tintinh diff 0123456789abcdef0123456789abcdef --from 1 --to 3 --json"
)]
pub struct DiffArgs {
    /// The article's id or URL.
    #[arg(value_name = "ID|URL")]
    pub what: String,
    /// The older revision. Default: the one before the newer.
    #[arg(long, value_name = "REVISION")]
    pub from: Option<u32>,
    /// The newer revision. Default: the newest.
    #[arg(long, value_name = "REVISION")]
    pub to: Option<u32>,
    /// Prints a JSON object for each change, with the field and the words.
    #[arg(long)]
    pub json: bool,
}
