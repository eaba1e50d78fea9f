//! `tintinh.toml` → settings. Every default and every bound of a key stands here.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use crate::config::SYSTEM_DIR;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::rhythm;
use crate::config::rhythm::Rhythm;
use crate::config::service;
use crate::config::service::MetricsTable;
use crate::config::units;
use crate::model::settings::AlarmSettings;
use crate::model::settings::DedupSettings;
use crate::model::settings::EngineSettings;
use crate::model::settings::FetchSettings;
use crate::model::settings::LogFormat;
use crate::model::settings::PageStoreSettings;
use crate::model::settings::RetentionSettings;
use crate::url::PageUrl;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Bounds of a portal's `delay`. None at all is for servers of one's own; `tintinh check` warns below a second.
pub(super) const DELAY_BOUNDS: RangeInclusive<Duration> = Duration::ZERO..=HOUR;
/// Bounds of both time limits of `[fetch]`: below, no handshake ends; above, a visit would be one request.
const TIMEOUT_BOUNDS: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_mins(10);
/// Bounds of both sizes of `[fetch]`: the body lies in memory, once for each portal under visit.
const BODY_BOUNDS: RangeInclusive<u64> = 64 * KIB..=GIB;
/// Ages in `[revisit] after` at most; each costs a request for each article.
const MOST_REVISITS: usize = 16;

/// Where the state lies by default, below the current folder.
const STATE_DIR: &str = "tintinh-data";
/// Where the state of an installed program lies (FHS 3.0, section 5.8).
const SYSTEM_STATE_DIR: &str = "/var/lib/tintinh";

/// What portals get where their files do not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Defaults {
    /// When they are visited.
    pub(super) rhythm: Rhythm,
    /// Least time between two requests.
    pub(super) delay: Duration,
}

/// All that `tintinh.toml` says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub(super) state_dir: PathBuf,
    pub(super) records_dir: Option<PathBuf>,
    pub(super) contact: Option<String>,
    pub(super) fetch: FetchSettings,
    pub(super) pages: PageStoreSettings,
    pub(super) engine: EngineSettings,
    pub(super) dedup: DedupSettings,
    pub(super) revisit: Vec<Duration>,
    pub(super) log_filter: String,
    pub(super) log_format: LogFormat,
    pub(super) log_lines: u32,
    pub(super) alarms: AlarmSettings,
    pub(super) metrics: MetricsTable,
    pub(super) retention: RetentionSettings,
    pub(super) defaults: Defaults,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            state_dir: PathBuf::from(STATE_DIR),
            records_dir: None,
            contact: None,
            fetch: default_fetch(),
            pages: PageStoreSettings { keep: 30 * DAY, max_bytes: 2 * GIB },
            engine: EngineSettings {
                concurrency: 8,
                visit_time: 10 * MINUTE,
                visit_articles: 50,
                shutdown_grace: 20 * SECOND,
                min_free: 256 * MIB,
            },
            dedup: DedupSettings { window: 400 * DAY },
            revisit: vec![2 * HOUR, DAY, 7 * DAY],
            log_filter: "info".to_owned(),
            log_format: LogFormat::Auto,
            log_lines: 60,
            alarms: service::default_alarms(),
            metrics: MetricsTable::default(),
            retention: RetentionSettings::default(),
            defaults: Defaults { rhythm: Rhythm::default(), delay: 5 * SECOND },
        }
    }
}

fn default_fetch() -> FetchSettings {
    FetchSettings {
        user_agent: user_agent(None),
        connect_timeout: 10 * SECOND,
        first_byte_timeout: 30 * SECOND,
        idle_timeout: 20 * SECOND,
        total_timeout: MINUTE,
        max_wire_bytes: 16 * MIB,
        max_body_bytes: 32 * MIB,
        max_redirects: 10,
        delay: 5 * SECOND,
        resolve: BTreeMap::new(),
        allow_addresses: Vec::new(),
        allow_ports: Vec::new(),
    }
}

/// `tintinh/<version> (+<contact>)`, the form that operators of servers look for.
fn user_agent(contact: Option<&str>) -> String {
    let version = env!("CARGO_PKG_VERSION");
    contact.map_or_else(|| format!("tintinh/{version}"), |contact| format!("tintinh/{version} (+{contact})"))
}

/// Reads `tintinh.toml`. `dir` is the folder that holds it: relative paths begin there.
pub(super) fn read(mut table: Table<'_>, dir: &Path) -> Settings {
    let base = Settings::default();
    let state_dir =
        table.take("state_dir").and_then(|value| path(&value, dir)).unwrap_or_else(|| default_state_dir(dir));
    let records_dir = table.take("records_dir").and_then(|value| path(&value, dir));
    let contact =
        table.take("contact").and_then(|value| value.parsed("contact = \"mailto:you@example.org\"", contact_of));
    let fetch = section(&mut table, "fetch", "FetchTable", |table| read_fetch(table, contact.as_deref()));
    let mut fetch = fetch.unwrap_or(FetchSettings { user_agent: user_agent(contact.as_deref()), ..base.fetch });
    let pages = section(&mut table, "pages", "PagesTable", read_pages).unwrap_or(base.pages);
    let engine =
        section(&mut table, "engine", "EngineTable", |table| read_engine(table, &fetch)).unwrap_or(base.engine);
    let dedup = section(&mut table, "dedup", "DedupTable", read_dedup).unwrap_or(base.dedup);
    let revisit = section(&mut table, "revisit", "RevisitTable", read_revisit).unwrap_or(base.revisit);
    let log = section(&mut table, "log", "LogTable", read_log);
    let (log_filter, log_format, log_lines) = log.unwrap_or((base.log_filter, base.log_format, base.log_lines));
    let alarms = section(&mut table, "alarms", "AlarmsTable", service::read_alarms).unwrap_or(base.alarms);
    let metrics = section(&mut table, "metrics", "MetricsTable", |table| service::read_metrics(table, dir));
    let retention = section(&mut table, "retention", "RetentionTable", service::read_retention);
    let own = Defaults { delay: fetch.delay, ..base.defaults };
    let defaults =
        section(&mut table, "defaults", "DefaultsTable", |table| read_defaults(table, own.clone())).unwrap_or(own);
    fetch.delay = defaults.delay;
    table.finish();
    Settings {
        state_dir,
        records_dir,
        contact,
        fetch,
        pages,
        engine,
        dedup,
        revisit,
        log_filter,
        log_format,
        log_lines,
        alarms,
        metrics: metrics.unwrap_or_default(),
        retention: retention.unwrap_or_default(),
        defaults,
    }
}

fn default_state_dir(dir: &Path) -> PathBuf {
    PathBuf::from(if dir == Path::new(SYSTEM_DIR) { SYSTEM_STATE_DIR } else { STATE_DIR })
}

/// Reads a `[section]`, where it is there and a table.
fn section<'a, T>(
    table: &mut Table<'a>,
    key: &'static str,
    shape: &'static str,
    read: impl FnOnce(Table<'a>) -> T,
) -> Option<T> {
    let value = table.take(key)?;
    value.table(shape, &format!("[{key}]")).map(read)
}

fn path(value: &Value<'_>, dir: &Path) -> Option<PathBuf> {
    value.filled(&format!("{} = \"/var/lib/tintinh\"", value.key())).map(|text| dir.join(text))
}

/// A contact is what an operator of a server can follow: a mail address or a page.
fn contact_of(text: &str) -> Result<String, String> {
    let is_mail = text
        .strip_prefix("mailto:")
        .is_some_and(|mail| mail.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()));
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'(' | b')'))
        || !(is_mail || PageUrl::parse(text).is_ok())
    {
        return Err(format!("`{text}` is neither a mailto: nor a web address"));
    }
    Ok(text.to_owned())
}

/// A `User-Agent` is one line of visible ASCII (RFC 9110, section 10.1.5), and begins with a product's name for robots.txt.
fn user_agent_of(text: &str) -> Result<String, String> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if !visible || !text.starts_with(|c: char| c.is_ascii_alphabetic()) || text.ends_with(' ') {
        return Err("a User-Agent is a line of ASCII that begins with a name".to_owned());
    }
    Ok(text.to_owned())
}

fn read_fetch(mut table: Table<'_>, contact: Option<&str>) -> FetchSettings {
    let base = default_fetch();
    let agent = table.take("user_agent");
    let agent = agent.and_then(|value| value.parsed("\"tintinh/0.1 (+mailto:you@example.org)\"", user_agent_of));
    let connect = table.take("connect_timeout").and_then(|value| value.duration(TIMEOUT_BOUNDS));
    let first_byte = table.take("first_byte_timeout").and_then(|value| value.duration(TIMEOUT_BOUNDS));
    let idle = table.take("idle_timeout").and_then(|value| value.duration(TIMEOUT_BOUNDS));
    let total_value = table.take("total_timeout");
    let total = total_value.as_ref().and_then(|value| value.duration(TIMEOUT_BOUNDS));
    let wire = table.take("max_wire_bytes").and_then(|value| value.size(BODY_BOUNDS));
    let body = table.take("max_body_bytes").and_then(|value| value.size(BODY_BOUNDS));
    let redirects = table.take("max_redirects").and_then(|value| value.number(0..=20));
    let delay = table.take("delay").and_then(|value| value.duration(DELAY_BOUNDS));
    let allow_addresses = table.take("allow_addresses").map_or_else(Vec::new, |value| read_blocks(&value));
    let allow_ports = table.take("allow_ports").map_or_else(Vec::new, |value| read_ports(&value));
    let resolve = table.take("resolve").map_or_else(BTreeMap::new, |value| read_resolve(&value));
    table.finish();
    FetchSettings {
        user_agent: agent.unwrap_or_else(|| user_agent(contact)),
        connect_timeout: connect.unwrap_or(base.connect_timeout),
        first_byte_timeout: first_byte.unwrap_or(base.first_byte_timeout),
        idle_timeout: idle.unwrap_or(base.idle_timeout),
        total_timeout: total.unwrap_or(base.total_timeout),
        max_wire_bytes: wire.unwrap_or(base.max_wire_bytes),
        max_body_bytes: body.unwrap_or(base.max_body_bytes),
        max_redirects: redirects.unwrap_or(base.max_redirects),
        delay: delay.unwrap_or(base.delay),
        resolve,
        allow_addresses,
        allow_ports,
    }
}

fn read_blocks(value: &Value<'_>) -> Vec<String> {
    let blocks = value.list("allow_addresses = [\"127.0.0.0/8\"]").unwrap_or_default();
    let block = |value: &Value<'_>| {
        value.parsed("\"127.0.0.0/8\"; a single address is \"127.0.0.1/32\"", |text| {
            units::cidr(text).map(|()| text.to_owned())
        })
    };
    blocks.iter().filter_map(block).collect()
}

fn read_ports(value: &Value<'_>) -> Vec<u16> {
    let ports = value.list("allow_ports = [8080]").unwrap_or_default();
    ports.iter().filter_map(|port| port.number(1..=u16::MAX)).collect()
}

fn read_resolve(value: &Value<'_>) -> BTreeMap<String, SocketAddr> {
    const EXAMPLE: &str = "[fetch.resolve] with \"example.vn\" = \"127.0.0.1:8080\"";
    let Some(table) = value.table("ResolveTable", EXAMPLE) else { return BTreeMap::new() };
    let entry = |(value, host): (Value<'_>, &str)| {
        let parse = |text: &str| text.parse().map_err(|_| format!("`{text}` is no address with a port"));
        let address = value.parsed("\"127.0.0.1:8080\" or \"[::1]:8080\"", parse)?;
        match PageUrl::parse(&format!("http://{host}/")) {
            Ok(url) if url.host().eq_ignore_ascii_case(host) => Some((url.host().to_owned(), address)),
            _ => {
                value.key_problem(format!("`{host}` is no host name"), format!("write it as in {EXAMPLE}"));
                None
            }
        }
    };
    table.rest().into_iter().filter_map(entry).collect()
}

fn read_pages(mut table: Table<'_>) -> PageStoreSettings {
    let base = Settings::default().pages;
    let keep = table.take("keep").and_then(|value| value.duration(HOUR..=3650 * DAY));
    let max_bytes = table.take("max_bytes").and_then(|value| value.size(MIB..=1024 * GIB));
    table.finish();
    PageStoreSettings { keep: keep.unwrap_or(base.keep), max_bytes: max_bytes.unwrap_or(base.max_bytes) }
}

fn read_engine(mut table: Table<'_>, fetch: &FetchSettings) -> EngineSettings {
    let base = Settings::default().engine;
    let concurrency = table.take("concurrency").and_then(|value| value.number(1..=256_u16)).map(usize::from);
    let visit_value = table.take("visit_time");
    let visit_time = visit_value.as_ref().and_then(|value| value.duration(SECOND..=6 * HOUR));
    let visit_articles = table.take("visit_articles").and_then(|value| value.number(1..=10_000));
    let shutdown_grace = table.take("shutdown_grace").and_then(|value| value.duration(Duration::ZERO..=10 * MINUTE));
    let min_free = table.take("min_free").and_then(|value| value.size(0..=1024 * GIB));
    table.finish();
    if let (Some(visit), Some(value)) = (visit_time, &visit_value)
        && visit < fetch.total_timeout
    {
        let message = format!(
            "`visit_time` is shorter than one exchange may take ({})",
            units::show_duration(fetch.total_timeout)
        );
        value.problem(message, "raise it, or lower total_timeout in [fetch]");
    }
    EngineSettings {
        concurrency: concurrency.unwrap_or(base.concurrency),
        visit_time: visit_time.unwrap_or(base.visit_time),
        visit_articles: visit_articles.unwrap_or(base.visit_articles),
        shutdown_grace: shutdown_grace.unwrap_or(base.shutdown_grace),
        min_free: min_free.unwrap_or(base.min_free),
    }
}

fn read_dedup(mut table: Table<'_>) -> DedupSettings {
    let base = Settings::default().dedup;
    let window = table.take("window").and_then(|value| value.duration(DAY..=3650 * DAY));
    table.finish();
    DedupSettings { window: window.unwrap_or(base.window) }
}

fn read_revisit(mut table: Table<'_>) -> Vec<Duration> {
    let after = table.take("after");
    table.finish();
    let Some(value) = after else { return Settings::default().revisit };
    let ages = value.list("after = [\"2h\", \"1d\", \"7d\"]").unwrap_or_default();
    if ages.len() > MOST_REVISITS {
        value.problem(
            format!("`after` names {} ages", ages.len()),
            format!("{MOST_REVISITS} at most: each is a request for each article"),
        );
    }
    let mut last = Duration::ZERO;
    let mut read = Vec::new();
    for age in &ages {
        let Some(duration) = age.duration(MINUTE..=3650 * DAY) else { continue };
        if duration <= last {
            age.problem("the ages must rise", "write the shortest first, each one once");
        }
        last = duration;
        read.push(duration);
    }
    read
}

fn read_log(mut table: Table<'_>) -> (String, LogFormat, u32) {
    let base = Settings::default();
    let filter =
        table.take("filter").and_then(|value| value.parsed("\"info\" or \"info,tintinh::fetch=debug\"", log_filter));
    let format = table.take("format").and_then(|value| {
        value.word(&[
            ("auto", LogFormat::Auto),
            ("text", LogFormat::Text),
            ("json", LogFormat::Json),
            ("journal", LogFormat::Journal),
        ])
    });
    let lines = table.take("lines").and_then(|value| value.number(0..=100_000));
    table.finish();
    (filter.unwrap_or(base.log_filter), format.unwrap_or(base.log_format), lines.unwrap_or(base.log_lines))
}

fn log_filter(text: &str) -> Result<String, String> {
    EnvFilter::builder().parse(text).map_err(|error| format!("`{text}` is no log filter: {error}"))?;
    Ok(text.to_owned())
}

fn read_defaults(mut table: Table<'_>, base: Defaults) -> Defaults {
    let rhythm = rhythm::read(&mut table, base.rhythm);
    let delay = table.take("delay").and_then(|value| value.duration(DELAY_BOUNDS));
    table.finish();
    Defaults { rhythm, delay: delay.unwrap_or(base.delay) }
}
