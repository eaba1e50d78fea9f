//! Settings as plain data: `config` reads them, the modules that need them take them as arguments.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::model::secret::Secret;

/// How pages are fetched (`[fetch]`).
#[derive(Debug, Clone, PartialEq)]
pub struct FetchSettings {
    /// The whole `User-Agent`, with the operator's contact.
    pub user_agent: String,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time from the request to the answer's first byte.
    pub first_byte_timeout: Duration,
    /// Time between two pieces of an answer's body.
    pub idle_timeout: Duration,
    /// Time for one exchange from the request to the last byte.
    pub total_timeout: Duration,
    /// Bytes on the wire at most.
    pub max_wire_bytes: u64,
    /// Bytes after decompression at most.
    pub max_body_bytes: u64,
    /// Redirects at most.
    pub max_redirects: u32,
    /// Least time between two requests to one group, where a portal names no other.
    pub delay: Duration,
    /// Hosts that are resolved here and not by DNS, as curl's `--resolve`; the port is used where the address names none.
    pub resolve: BTreeMap<String, SocketAddr>,
    /// Private addresses that may be connected to, as CIDR blocks ("127.0.0.0/8").
    pub allow_addresses: Vec<String>,
    /// Ports beside 80 and 443 that may be connected to.
    pub allow_ports: Vec<u16>,
}

/// How the page store is bounded (`[pages]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageStoreSettings {
    /// Exchanges older than this are dropped.
    pub keep: Duration,
    /// The store's bytes on disk at most; the oldest files go first.
    pub max_bytes: u64,
}

/// How copies are looked for (`[dedup]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DedupSettings {
    /// Time after which an article is no longer looked for among the copies of new ones.
    pub window: Duration,
}

/// The index of `tintinh search` (`[search]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchSettings {
    /// Whether runs keep it up to date.
    pub enabled: bool,
}

/// How work is bounded (`[engine]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSettings {
    /// Portals visited at the same time at most.
    pub concurrency: usize,
    /// A visit's time; a lease lasts a little longer.
    pub visit_time: Duration,
    /// Articles fetched in one visit at most.
    pub visit_articles: u32,
    /// Time to end visits after a signal.
    pub shutdown_grace: Duration,
    /// Bytes that must be free where the state lies; below it nothing is visited.
    pub min_free: u64,
}

/// When an operator is told, and how (`[alarms]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmSettings {
    /// The operator's command and its arguments; empty: none is run.
    pub command: Vec<String>,
    /// Time for the command, then it is killed.
    pub timeout: Duration,
    /// Time after which what fails is an alarm.
    pub failing_after: Duration,
    /// How many times its usual gap a portal may be silent; 0: for ever.
    pub silent_after: u32,
}

/// Where metrics and health are served (`[metrics]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetricsSettings {
    /// An address with its port, on loopback unless there is a token; `None`: nowhere.
    pub listen: Option<SocketAddr>,
    /// What who asks must send as `Authorization: Bearer`; `None`: nothing.
    pub token: Option<Secret>,
}

/// What is deleted by age (`[retention]`); `None` is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionSettings {
    /// The age of a day at which its files of records are deleted.
    pub records: Option<Duration>,
    /// Time after which articles that no source shows any more are forgotten by the database.
    pub articles: Option<Duration>,
    /// Time after that for which their tombstones stay.
    pub tombstones: Duration,
}

/// How log lines are written (`[log] format`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// The journal where stderr is connected to it, else text.
    #[default]
    Auto,
    /// One line of text each.
    Text,
    /// One line of JSON each.
    Json,
    /// The systemd journal, with fields.
    Journal,
}

impl LogFormat {
    /// The formats by their names in the file and on the command line.
    pub const WORDS: [(&'static str, LogFormat); 4] = [
        ("auto", LogFormat::Auto),
        ("text", LogFormat::Text),
        ("json", LogFormat::Json),
        ("journal", LogFormat::Journal),
    ];
}
