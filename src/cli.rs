//! The command line, as clap types.

use std::path::PathBuf;

use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use jiff::Timestamp;

use crate::model::settings::LogFormat;
use crate::text::date;

/// News of Vietnam's provinces: ingests the portals of the provinces into normalized records.
#[derive(Debug, Parser)]
#[command(name = "tintinh", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// The config folder: `tintinh.toml`, `platforms/`, `portals/`, maybe `catalogue/`. Without it: ./config where it holds a tintinh.toml, else /etc/tintinh.
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
    pub log_format: Option<LogFormat>,
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
  tintinh catalogue phutho              which portals are known of
  tintinh opml import feeds.opml        take over the feeds of another reader
  tintinh fetch vinhphuc                visit a portal once
  tintinh fetch --backfill 20           read 20 pages of every list
  tintinh extract page.html --url URL   the record of a saved page
  tintinh run                           the service

Exit codes: 0 done, 1 something failed and is tried again, 2 wrong configuration or command line, 3 the store is lost,
4 the database is damaged (see `tintinh doctor`).";

impl ValueEnum for LogFormat {
    fn value_variants<'a>() -> &'a [LogFormat] {
        &[LogFormat::Auto, LogFormat::Text, LogFormat::Json, LogFormat::Journal]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (word, _) = LogFormat::WORDS.iter().find(|(_, format)| format == self)?;
        let help = match self {
            LogFormat::Auto => "The journal under systemd, else text",
            LogFormat::Text => "Lines for people",
            LogFormat::Json => "A JSON object a line",
            LogFormat::Journal => "Fields in systemd's journal",
        };
        let value = PossibleValue::new(*word).help(help);
        // The name that the flag had before the key's.
        Some(if *self == LogFormat::Text { value.alias("human") } else { value })
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
    Check(CheckArgs),
    /// Learns new rules for a portal whose pages have changed, and shows them as a change of its file.
    Relearn(RelearnArgs),
    /// Looks at a site once, politely, and writes a portal's file for it.
    Add(AddArgs),
    /// Lists the portals that are known of, and which of them the configuration visits.
    Catalogue(CatalogueArgs),
    /// Takes feeds over from other feed readers, and hands them on (OPML 2.0).
    #[command(
        subcommand,
        after_help = "Examples:\n  tintinh opml import feeds.opml --dry-run\n  tintinh opml export > tintinh.opml"
    )]
    Opml(OpmlCommand),
    /// Prints how portals and sources stand.
    Status(StatusArgs),
    /// Holds database, record files and outbox against each other, and puts right what disagrees.
    Doctor(DoctorArgs),
    /// Reads pages again on which the program failed, from the copies that were kept of them.
    Retry(RetryArgs),
    /// Tells which rule gave which field of an article, and why it was kept or dropped.
    Explain(ExplainArgs),
    /// Prints the links that a saved or stored feed, sitemap, list or JSON answer holds, one JSON object a line.
    Links(LinksArgs),
    /// Reads saved HTML pages and prints a record of each, one JSON object a line; no network, no store.
    Extract(ExtractArgs),
    /// Prints what changed between two revisions of an article, word by word.
    Diff(DiffArgs),
    /// Prints the newest record of each article, or of each story, with the copies as they are known now.
    Export(ExportArgs),
    /// Tells of each article of a JSON Lines file whether it is new, a revision or a copy, and of what; no network, no store.
    Dedup(DedupArgs),
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

/// Arguments of `catalogue`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh catalogue\n  tintinh catalogue 'phú thọ'\n  tintinh catalogue liferay --json\n\nA portal of the catalogue is known of and not visited: a file in portals/ is. Entries say what they rest on (--json)."
)]
pub struct CatalogueArgs {
    /// Only those with this text in id, province, host or family, whatever its case and marks; a province's code, too.
    #[arg(value_name = "TEXT")]
    pub text: Option<String>,
    /// Prints JSON, an object a line, with codes, successions and evidence.
    #[arg(long)]
    pub json: bool,
}

/// What is done with OPML.
#[derive(Debug, Subcommand)]
pub enum OpmlCommand {
    /// Prints the feeds of all portals as OPML 2.0.
    #[command(after_help = "Examples:\n  tintinh opml export > tintinh.opml")]
    Export,
    /// Makes portals of the feeds that an OPML file names: a file for each site, or a further source of the portal that has it already.
    Import(OpmlImportArgs),
}

/// Arguments of `opml import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exports of Miniflux, FreshRSS, Feedly and other readers are taken. Nothing is overwritten: a source is added at the end of a portal's file, and what was there stays as it was. Nothing is written unless the whole configuration is right with it.

Examples:
  tintinh opml import feeds.opml --dry-run
  tintinh opml import feeds.opml
  tintinh opml import feeds.opml --dir /etc/tintinh/portals/imported"
)]
pub struct OpmlImportArgs {
    /// The OPML file; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where new portals are written, `portals` of the config folder or a folder below it.
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Prints what would be written, and writes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh status\n  tintinh status vinhphuc\n  tintinh status --watch\n  tintinh status --json"
)]
pub struct StatusArgs {
    /// Portals to tell of alone, and in full: on which share of their last pages each field was found, and by which rule.
    #[arg(value_name = "PORTAL")]
    pub portals: Vec<String>,
    /// Looks again and again, every so many seconds, until it is interrupted.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = clap::value_parser!(u64).range(1..))]
    pub watch: Option<u64>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh doctor\n  tintinh doctor --repair\n\nWithout --repair nothing is written, and a running service is no hindrance. Exit codes: 0 all is well (now), 1 something is left, 3 the state cannot be looked at."
)]
pub struct DoctorArgs {
    /// Puts right what can be, after a copy of everything that it touches; the service must be stopped.
    #[arg(long)]
    pub repair: bool,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `retry`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh retry\n  tintinh retry vinhphuc --rejected\n\nPages that were not kept are fetched again. A running service does the reading itself, within a minute."
)]
pub struct RetryArgs {
    /// Portals, or links by their ids or addresses; all by default.
    #[arg(value_name = "PORTAL|ID|URL")]
    pub what: Vec<String>,
    /// Those that failed otherwise, too, whatever their next try.
    #[arg(long)]
    pub failed: bool,
    /// Those whose pages gave no record, too: after the rules were mended.
    #[arg(long)]
    pub rejected: bool,
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
    /// The page's address; links are resolved against it, and it tells the portal. By default the one that the page names itself.
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

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub struct CheckArgs {
    /// Tries the portals: asks for each source's first page and a few articles, once, and tells what each rule finds.
    #[arg(long)]
    pub live: bool,
    /// Portals to try; all that are enabled by default.
    #[arg(value_name = "PORTAL", requires = "live")]
    pub portals: Vec<String>,
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

/// Arguments of `add`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tintinh add https://caobang.gov.vn/\n  tintinh add https://caobang.gov.vn/tin-tuc --dry-run\n  tintinh add https://caobang.gov.vn/rss/tintuc.rss --id caobang --yes\n  tintinh add --catalogue caobang"
)]
pub struct AddArgs {
    /// The address of the site's front page, of a list of news, of a feed or of a sitemap.
    #[arg(value_name = "URL", required_unless_present = "catalogue")]
    pub url: Option<String>,
    /// Looks at a portal of the catalogue, by its id (see `tintinh catalogue`): its address and province are known.
    #[arg(long, value_name = "ID", conflicts_with_all = ["id", "province"])]
    pub catalogue: Option<String>,
    /// The portal's id, and so the name of its file; made of the host by default.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// The portal's name as people print it; what the site calls itself by default.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The province's key (`cao-bang`).
    #[arg(long, value_name = "KEY")]
    pub province: Option<String>,
    /// Leaves the rules of CMS families out of account.
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
    /// Only serves the portals until it is interrupted, and ingests nothing: to try `tintinh run` or `tintinh fetch` against them from another terminal.
    #[arg(long)]
    pub serve: bool,
    /// Time that the portals take for each answer, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub slow: u64,
    /// Where to keep state and records; a new temporary folder by default. A second run into the same folder writes nothing twice.
    #[arg(value_name = "DIR")]
    pub dir: Option<PathBuf>,
}

/// MiB of memory for the index where the command line does not say: enough for a million articles.
const MEMORY_MIB: usize = 768;

/// Arguments of `dedup`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each line of FILE is a JSON object {id, url?, title?, content_text, date_published?, attachments?: [{url}]}; records of \
tintinh are such lines. FILE may be packed (gzip, zstd), and `-` is what is piped in.

A line {id, verdict, of, kind, containment} is printed for each, in the order of FILE and once all of it is read:
  verdict      new, revision (another text under an address or id that came before), duplicate, invalid
  of           the id of the story's head (for a revision: of the line before)
  kind         reprint (the same text), excerpt (a part of the other), extended (the other, and more)
  containment  the share of this text that stands in the other, 0 to 1

Examples:
  tintinh dedup articles.jsonl > verdicts.jsonl
  tintinh dedup corpus.jsonl.zst --memory 4096 --temp-dir /var/tmp
  cat /var/lib/tintinh/records/*/2025/07/*.jsonl | tintinh dedup -"
)]
pub struct DedupArgs {
    /// JSON Lines, plain, .gz or .zst; `-` for standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// MiB of memory for the index; beyond it the index goes to a temporary file. About 90 bytes a line come on top.
    #[arg(long, value_name = "MIB", default_value_t = MEMORY_MIB)]
    pub memory: usize,
    /// Where temporary files go, about 1.5 KB an article; the system's folder by default.
    #[arg(long, value_name = "DIR")]
    pub temp_dir: Option<PathBuf>,
}

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Words that went are printed as [-words-], words that came as {+words+} (in red and green on a terminal); of what stayed, some words around.

Examples:
  tintinh diff 0123456789abcdef0123456789abcdef
  tintinh diff https://vinhphuc.gov.vn/ct/cms/tintuc/Lists/KinhTe/View_Detail.aspx?ItemID=13820
  tintinh diff 0123456789abcdef0123456789abcdef --from 1 --to 3 --json"
)]
pub struct DiffArgs {
    /// The article's id or address.
    #[arg(value_name = "ID|URL")]
    pub what: String,
    /// The older revision; the one before the newer by default.
    #[arg(long, value_name = "REVISION")]
    pub from: Option<u32>,
    /// The newer revision; the newest by default.
    #[arg(long, value_name = "REVISION")]
    pub to: Option<u32>,
    /// Prints JSON: an object for each change, with the field and the words.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The newest record of each article is printed, in the order of arrival. Records as they were written say of a copy what was known
then; here `duplicate` says what is known now, and with --unique each story is printed once: by its earliest known copy.

Examples:
  tintinh export > all.jsonl
  tintinh export --unique --since 2025-07-01 --portal vinhphuc
  tintinh export --unique --format csv > stories.csv"
)]
pub struct ExportArgs {
    /// One record of each story: its head, or the earliest copy that the other flags leave.
    #[arg(long)]
    pub unique: bool,
    /// Only what was published since that day or moment (2025-07-01, 2025-07-01T08:00:00+07:00, 1/7/2025); what has no date counts from when it was found.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// Only articles of this portal.
    #[arg(long, value_name = "ID")]
    pub portal: Option<String>,
    /// How records are printed.
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    pub format: ExportFormat,
}

/// How records are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A JSON object a line, as in the files of records.
    Jsonl,
    /// A table with a head (RFC 4180), for spreadsheets: the fields that are one value each.
    Csv,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let read = date::read(text, date::DateOrder::DayFirst).map(|dated| dated.at);
    read.ok_or_else(|| format!("`{text}` is no date: write it as in 2025-07-01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments() {
        assert_eq!(moment("2025-07-01"), Ok("2025-06-30T17:00:00Z".parse().unwrap()));
        assert_eq!(moment("1/7/2025"), moment("2025-07-01"));
        assert_eq!(moment("2025-07-01T08:00:00+07:00"), Ok("2025-07-01T01:00:00Z".parse().unwrap()));
        assert!(moment("hôm qua").unwrap_err().contains("2025-07-01"));
    }
}
