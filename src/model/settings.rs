//! Settings as plain data. `config` reads them, and the modules that need them take them as arguments.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::portal::NotifyId;
use crate::model::secret::Secret;
use crate::url::PageUrl;

/// How pages are fetched (`[fetch]`).
#[derive(Debug, Clone, PartialEq)]
pub struct FetchSettings {
    /// The whole `User-Agent`, with the operator's contact.
    pub user_agent: String,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time from the request to the first byte of the response.
    pub first_byte_timeout: Duration,
    /// Time between two pieces of a response's body.
    pub idle_timeout: Duration,
    /// Time for one request, from sending it to the last byte of the response.
    pub total_timeout: Duration,
    /// Maximum number of bytes on the wire.
    pub max_wire_bytes: u64,
    /// Maximum number of bytes after decompression.
    pub max_body_bytes: u64,
    /// Maximum number of redirects.
    pub max_redirects: u32,
    /// Minimum time between two requests to one group, for portals that set none.
    pub delay: Duration,
    /// Hosts that are resolved here and not by DNS, like curl's `--resolve`. The port is used if the URL names none.
    pub resolve: BTreeMap<String, SocketAddr>,
    /// Private IP addresses that may be connected to, as CIDR blocks ("127.0.0.0/8").
    pub allow_addresses: Vec<String>,
    /// Ports that may be connected to, in addition to 80 and 443.
    pub allow_ports: Vec<u16>,
}

/// Where to send something by HTTP, and its limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The address.
    pub url: PageUrl,
    /// Time limit for one exchange, from the name lookup to the answer's head.
    pub timeout: Duration,
    /// Private addresses that may be connected to, as CIDR blocks.
    pub allow_addresses: Vec<String>,
}

/// The limits of the page store (`[pages]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageStoreSettings {
    /// Pages older than this are deleted. None: never, whatever the store's size.
    pub keep: Option<Duration>,
    /// Maximum size of the store on disk in bytes. The oldest files are deleted first.
    pub max_bytes: u64,
    /// Whether a page is on disk before its record is stored.
    pub durable: bool,
}

/// Where the store is (`[store]`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreSettings {
    /// The address of a PostgreSQL database, without its password. None: SQLite in the state folder.
    pub url: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
}

/// Where a store is: SQLite's file in a state folder, or a server of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreAddress {
    /// The state folder.
    pub folder: PathBuf,
    /// The server, if one is set.
    pub server: StoreSettings,
}

impl From<&Path> for StoreAddress {
    fn from(folder: &Path) -> StoreAddress {
        StoreAddress { folder: folder.to_owned(), server: StoreSettings::default() }
    }
}

impl From<&PathBuf> for StoreAddress {
    fn from(folder: &PathBuf) -> StoreAddress {
        folder.as_path().into()
    }
}

impl From<&StoreAddress> for StoreAddress {
    fn from(address: &StoreAddress) -> StoreAddress {
        address.clone()
    }
}

/// How copies are found (`[dedup]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DedupSettings {
    /// Time after which new articles are no longer compared with an article.
    pub window: Duration,
}

/// Which files that articles offer are read (`[attachments]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentSettings {
    /// Maximum size of a file in bytes.
    pub max_bytes: u64,
    /// Maximum number of files of one portal that are requested in a day.
    pub per_day: u32,
    /// Maximum number of pages of a PDF that are read.
    pub max_pages: u32,
    /// Maximum processor time that is spent in a day.
    pub cpu_per_day: Duration,
}

/// The index of `tintinh search` (`[search]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchSettings {
    /// Whether runs keep the index up to date.
    pub enabled: bool,
}

/// The limits of visits and of the service (`[engine]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSettings {
    /// Maximum number of portals visited at the same time.
    pub concurrency: usize,
    /// Maximum time of a visit. A lease lasts a little longer.
    pub visit_time: Duration,
    /// Maximum number of articles fetched in one visit.
    pub visit_articles: u32,
    /// Time for visits to end after a stop signal.
    pub shutdown_grace: Duration,
    /// Minimum number of free bytes on the disk of the state folder. Below it, nothing is visited.
    pub min_free: u64,
}

/// When an alarm is raised, and how the operator learns of it (`[alarms]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmSettings {
    /// The operator's command and its arguments; empty if none is run.
    pub command: Vec<String>,
    /// Ids of `[[notify]]` that are also notified.
    pub to: Vec<NotifyId>,
    /// Time limit for the command, after which it is killed.
    pub timeout: Duration,
    /// Time after which a failure raises an alarm.
    pub failing_after: Duration,
    /// How many times its usual gap a portal may be silent; 0 means forever.
    pub silent_after: u32,
}

/// Where metrics and health are served (`[metrics]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MetricsSettings {
    /// IP address and port, on loopback unless there is a token. None: metrics are not served.
    pub listen: Option<SocketAddr>,
    /// The token that clients must send as `Authorization: Bearer`. None: no token is needed.
    pub token: Option<Secret>,
}

/// Where the reader is served, and to whom (`[web]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebSettings {
    /// An address with its port, on loopback unless there is a password or the reader is public; `None`: not served.
    pub listen: Option<SocketAddr>,
    /// The password that visitors need; `None`: no password.
    pub password: Option<Secret>,
    /// Whether everyone may read.
    pub public: bool,
    /// When pages load the portals' images.
    pub images: ImageSetting,
}

/// When pages of the reader load images from the portals (`[web] images`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ImageSetting {
    /// When the visitor requests them.
    #[default]
    Click,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ImageSetting {
    /// The settings by their names in the file.
    pub const WORDS: [(&'static str, ImageSetting); 3] =
        [("click", ImageSetting::Click), ("always", ImageSetting::Always), ("never", ImageSetting::Never)];
}

/// What is deleted because of its age (`[retention]`). None means never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionSettings {
    /// Time after which the record files of a day are deleted.
    pub records: Option<Duration>,
    /// Time after which the database forgets articles that no source lists any more.
    pub articles: Option<Duration>,
    /// Time after that for which their tombstones are kept.
    pub tombstones: Duration,
}

/// The format of log lines (`[log] format`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// The journal if stderr is connected to it, else text.
    #[default]
    Auto,
    /// One line of text for each event.
    Text,
    /// One line of JSON for each event.
    Json,
    /// The systemd journal, with fields.
    Journal,
}

impl LogFormat {
    /// The formats with their names in the file and on the command line.
    pub const WORDS: [(&'static str, LogFormat); 4] = [
        ("auto", LogFormat::Auto),
        ("text", LogFormat::Text),
        ("json", LogFormat::Json),
        ("journal", LogFormat::Journal),
    ];
}
