//! Reads `tintinh.toml` into settings. Defaults and bounds are in the rows of its keys.

use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::config::SYSTEM_DIR;
use crate::config::keys::MAIN;
use crate::config::notify;
use crate::config::problem::SourceFile;
use crate::config::reader::Reading;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::rhythm;
use crate::config::rhythm::Rhythm;
use crate::config::service;
use crate::config::sink;
use crate::config::sink::SinkDraft;
use crate::config::units;
use crate::model::file_kind::FileKind;
use crate::model::settings::AttachmentSettings;
use crate::model::settings::DedupSettings;
use crate::model::settings::EngineSettings;
use crate::model::settings::FetchSettings;
use crate::model::settings::LogFormat;
use crate::model::settings::MetricsSettings;
use crate::model::settings::PageStoreSettings;
use crate::model::settings::SearchSettings;
use crate::schedule::quiet::QuietHours;
use crate::url::PageUrl;

/// The default state folder, in the working directory.
const STATE_DIR: &str = "tintinh-data";
/// The state folder of an installed program (FHS 3.0, section 5.8).
const SYSTEM_STATE_DIR: &str = "/var/lib/tintinh";

/// Values for portals whose files do not set them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Defaults {
    /// When they are visited.
    pub(super) rhythm: Rhythm,
    /// Minimum time between two requests.
    pub(super) delay: Duration,
    /// Kinds of files that are fetched.
    pub(super) attachments: Vec<FileKind>,
}

/// All settings of `tintinh.toml`.
#[derive(Debug)]
pub(super) struct Settings {
    /// The effective keys, without portals, platforms, sinks and secrets, and with the default `records_dir`.
    pub(super) config: Config,
    pub(super) records_dir: Option<PathBuf>,
    pub(super) contact: Option<String>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) sinks: Vec<SinkDraft>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) store_password_file: Option<PathBuf>,
    pub(super) defaults: Defaults,
}

impl Default for Settings {
    fn default() -> Settings {
        let source = SourceFile { name: String::new(), text: "".into() };
        let read = Reading::new(&source, &MAIN).read(|table| Some(read(table, Path::new(""))));
        read.unwrap_or_else(|| unreachable!("an empty file is right"))
    }
}

/// Returns `tintinh/<version> (+<contact>)`, the form that server operators look for.
fn user_agent(contact: Option<&str>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    contact.map_or_else(|| format!("tintinh/{version}"), |contact| format!("tintinh/{version} (+{contact})"))
}

/// Reads `tintinh.toml`. `dir` is its folder, from which relative paths start.
pub(super) fn read(mut table: Table<'_>, dir: &Path) -> Settings {
    let path = |value: &Value<'_>| value.filled().map(|text| dir.join(text));
    let contact = table.read("contact", |value| value.parsed(contact_of));
    let mut fetch = read_fetch(table.section("fetch"), contact.as_deref());
    let revisit = read_revisit(table.section("revisit"));
    let (kinds, attachments) = read_attachments(table.section("attachments"), &fetch);
    let defaults = read_defaults(table.section("defaults"), fetch.delay, kinds);
    fetch.delay = defaults.delay;
    let (log_filter, log_format, log_lines) = read_log(table.section("log"));
    let state_dir = table.read("state_dir", path).unwrap_or_else(|| default_state_dir(dir));
    let records_dir = table.read("records_dir", path);
    let channels = notify::read_all(&mut table, dir);
    let (listen, token_file) = service::read_metrics(table.section("metrics"), dir);
    let sinks = sink::read_all(&mut table, dir);
    let (web, password_file) = service::read_web(table.section("web"), dir);
    let (store, store_password_file) = service::read_store(table.section("store"), dir);
    let config = Config {
        records_dir: state_dir.join("records"),
        state_dir,
        pages: read_pages(table.section("pages")),
        engine: read_engine(table.section("engine"), &fetch),
        store,
        dedup: read_dedup(table.section("dedup")),
        search: read_search(table.section("search")),
        attachments,
        revisit,
        log_filter,
        log_format,
        log_lines,
        alarms: service::read_alarms(table.section("alarms"), &channels),
        channels,
        metrics: MetricsSettings { listen, token: None },
        web,
        retention: service::read_retention(table.section("retention")),
        fetch,
        sinks: Vec::new(),
        portals: Vec::new(),
        platforms: Vec::new(),
        watches: Vec::new(),
        warnings: Vec::new(),
    };
    table.finish();
    Settings { config, records_dir, contact, token_file, sinks, password_file, store_password_file, defaults }
}

fn default_state_dir(dir: &Path) -> PathBuf {
    PathBuf::from(if dir == Path::new(SYSTEM_DIR) { SYSTEM_STATE_DIR } else { STATE_DIR })
}

/// Checks a contact. An operator of a server must be able to use it: a mail address or a page.
fn contact_of(text: &str) -> Result<String, String> {
    let is_mail = text
        .strip_prefix("mailto:")
        .is_some_and(|mail| mail.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()));
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'(' | b')'))
        || !(is_mail || PageUrl::parse(text).is_ok())
    {
        return Err(format!("`{text}` is neither a mailto: nor a web URL"));
    }
    Ok(text.to_owned())
}

/// Checks a `User-Agent`. It is one line of visible ASCII (RFC 9110, section 10.1.5), and begins with a product's name for robots.txt.
fn user_agent_of(text: &str) -> Result<String, String> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !visible || !text.starts_with(|c: char| c.is_ascii_alphabetic()) || text.ends_with(' ') {
        return Err("a User-Agent is a line of ASCII that begins with a name".to_owned());
    }
    Ok(text.to_owned())
}

fn read_fetch(mut table: Table<'_>, contact: Option<&str>) -> FetchSettings {
    let agent = table.read("user_agent", |value| value.parsed(user_agent_of));
    let resolve = table.read("resolve", Value::entries).unwrap_or_default();
    let fetch = FetchSettings {
        user_agent: agent.unwrap_or_else(|| user_agent(contact)),
        connect_timeout: table.duration("connect_timeout"),
        first_byte_timeout: table.duration("first_byte_timeout"),
        idle_timeout: table.duration("idle_timeout"),
        total_timeout: table.duration("total_timeout"),
        max_wire_bytes: table.size("max_wire_bytes"),
        max_body_bytes: table.size("max_body_bytes"),
        max_redirects: table.number("max_redirects"),
        delay: table.duration("delay"),
        resolve: resolve.iter().filter_map(read_resolve).collect(),
        allow_addresses: table
            .all("allow_addresses", |value| value.parsed(|text| units::cidr(text).map(|()| text.to_owned()))),
        allow_ports: table.all("allow_ports", Value::number),
    };
    table.finish();
    fetch
}

fn read_resolve(entry: &Value<'_>) -> Option<(String, SocketAddr)> {
    let host = entry.key();
    let address = entry.parsed(|text| text.parse().map_err(|_| format!("`{text}` is not an address with a port")))?;
    match PageUrl::parse(&format!("http://{host}/")) {
        Ok(url) if url.host().eq_ignore_ascii_case(host) => Some((url.host().to_owned(), address)),
        _ => {
            entry.key_problem(format!("`{host}` is not a host name"), entry.hint());
            None
        }
    }
}

fn read_pages(mut table: Table<'_>) -> PageStoreSettings {
    let keep = table.read("keep", |value| if value.is_word() { Some(None) } else { value.duration().map(Some) });
    let pages = PageStoreSettings {
        keep: keep.unwrap_or_else(|| Some(table.default_duration("keep"))),
        max_bytes: table.size("max_bytes"),
        durable: table.flag("durable"),
    };
    table.finish();
    pages
}

fn read_engine(mut table: Table<'_>, fetch: &FetchSettings) -> EngineSettings {
    let visit_time = table.read("visit_time", |value| {
        let visit_time = value.duration()?;
        if visit_time < fetch.total_timeout {
            let exchange = units::show_duration(fetch.total_timeout);
            let message = format!("`visit_time` is shorter than one request may take ({exchange})");
            value.problem(message, "raise it, or lower total_timeout in [fetch]");
        }
        Some(visit_time)
    });
    let engine = EngineSettings {
        concurrency: table.number::<u16>("concurrency").into(),
        visit_time: visit_time.unwrap_or_else(|| table.default_duration("visit_time")),
        visit_articles: table.number("visit_articles"),
        shutdown_grace: table.duration("shutdown_grace"),
        min_free: table.size("min_free"),
    };
    table.finish();
    engine
}

fn read_dedup(mut table: Table<'_>) -> DedupSettings {
    let dedup = DedupSettings { window: table.duration("window") };
    table.finish();
    dedup
}

fn read_search(mut table: Table<'_>) -> SearchSettings {
    let search = SearchSettings { enabled: table.flag("enabled") };
    table.finish();
    search
}

/// Reads which kinds of files are fetched, and the limits.
fn read_attachments(mut table: Table<'_>, fetch: &FetchSettings) -> (Vec<FileKind>, AttachmentSettings) {
    let kinds = table.all("fetch", |value| value.choice(&FileKind::WORDS));
    let max_bytes = table.read("max_bytes", |value| {
        let size = value.size()?;
        if size > fetch.max_wire_bytes {
            let most = fetch.max_wire_bytes >> 10;
            let message = format!("`max_bytes` is larger than a response may be ({most} KiB)");
            value.problem(message, "lower it, or raise max_wire_bytes and max_body_bytes in [fetch]");
        }
        Some(size)
    });
    let attachments = AttachmentSettings {
        max_bytes: max_bytes.unwrap_or_else(|| table.default_size("max_bytes").min(fetch.max_wire_bytes)),
        per_day: table.number("per_day"),
        max_pages: table.number("max_pages"),
        cpu_per_day: table.duration("cpu_per_day"),
    };
    table.finish();
    (kinds, attachments)
}

fn read_revisit(mut table: Table<'_>) -> Vec<Duration> {
    let default = table.default_durations("after");
    let ages = table.read("after", Value::elements);
    table.finish();
    let Some(ages) = ages else { return default };
    let mut last = Duration::ZERO;
    let mut read = Vec::new();
    for age in ages {
        let Some(duration) = age.duration() else { continue };
        if duration <= last {
            age.problem("the ages must be in ascending order", "write the shortest first, each only once");
        }
        last = duration;
        read.push(duration);
    }
    read
}

fn read_log(mut table: Table<'_>) -> (String, LogFormat, u32) {
    let log = (table.form("filter", log_filter), table.choice("format", &LogFormat::WORDS), table.number("lines"));
    table.finish();
    log
}

fn log_filter(text: &str) -> Result<String, String> {
    EnvFilter::builder().parse(text).map_err(|error| format!("`{text}` is not a log filter: {error}"))?;
    Ok(text.to_owned())
}

fn read_defaults(mut table: Table<'_>, delay: Duration, attachments: Vec<FileKind>) -> Defaults {
    let around = Rhythm {
        every: table.default_duration("every"),
        every_max: table.default_duration("every_max"),
        quiet: QuietHours::default(),
    };
    let rhythm = rhythm::read(&mut table, around);
    let delay = table.read("delay", Value::duration).unwrap_or(delay);
    table.finish();
    Defaults { rhythm, delay, attachments }
}
