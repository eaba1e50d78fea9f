//! Reads files into domain types. Reports all errors at once, with file, line, column, the offending text and a hint. The only module that knows
//! TOML.
//!
//! A file is parsed into a tree that keeps its spans ([`toml::de::DeTable`]) and walked key by key (`reader`), so that one wrong key does not hide
//! others. Each key has one row in `keys::table`, from which the reader, the JSON Schemas and `config/tintinh.toml` are derived: a new key is a row
//! and the line that reads it. The result has domain types: compiled selectors and patterns, parsed URLs, durations within their bounds.

mod address;
mod article;
pub mod catalogue;
mod collector;
pub mod draft;
mod identity;
mod json;
mod keys;
mod listing;
mod load;
mod notify;
mod platform;
mod portal;
mod problem;
mod reader;
mod rhythm;
mod schema;
mod service;
mod settings;
mod shipped;
mod sink;
mod source;
mod tls;
mod told;
mod typed;
mod units;
mod warnings;
mod watch;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod source_tests;

#[cfg(test)]
mod warnings_tests;

#[cfg(test)]
mod shipped_tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use crate::config::catalogue::Catalogue;
pub use crate::config::portal::language_tag;
pub use crate::config::problem::ConfigErrors;
pub use crate::config::problem::Position;
pub use crate::config::problem::Problem;
pub use crate::config::schema::record_fields;
pub use crate::config::schema::schemas;
pub use crate::config::units::nearest;
use crate::dedup::document::credited_host;
use crate::discover::Source;
use crate::discover::listing::ListingRules;
use crate::extract::rules::ArticleRules;
use crate::html::select::Detection;
use crate::model::article::PageKind;
use crate::model::file_kind::FileKind;
use crate::model::notify::Channel;
use crate::model::portal::GroupId;
use crate::model::portal::Outlet;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::model::portal::Scope;
use crate::model::portal::ScopeDecision;
use crate::model::record::Record;
use crate::model::settings::AlarmSettings;
use crate::model::settings::AttachmentSettings;
use crate::model::settings::DedupSettings;
use crate::model::settings::EngineSettings;
use crate::model::settings::FetchSettings;
use crate::model::settings::LogFormat;
use crate::model::settings::MetricsSettings;
use crate::model::settings::PageStoreSettings;
use crate::model::settings::RetentionSettings;
use crate::model::settings::SearchSettings;
use crate::model::settings::StoreAddress;
use crate::model::settings::StoreSettings;
use crate::model::settings::WebSettings;
use crate::model::sink::SinkSettings;
use crate::model::tls::TlsSettings;
use crate::reading::PageRules;
use crate::schedule::quiet::QuietHours;
use crate::text::fingerprint::article_id;
use crate::text::vietnamese::fold;
use crate::url::Identity;
use crate::url::PageUrl;
use crate::watch::Watch;

/// The config folder of an installed program.
pub const SYSTEM_DIR: &str = "/etc/tintinh";

/// The whole configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The state folder (`state_dir`): database, page store, lock.
    pub state_dir: PathBuf,
    /// The folder of the records (`records_dir`, `<state_dir>/records` by default).
    pub records_dir: PathBuf,
    /// `[fetch]`. Its `delay` is `[defaults] delay` if that is set.
    pub fetch: FetchSettings,
    /// `[pages]`.
    pub pages: PageStoreSettings,
    /// `[store]`.
    pub store: StoreSettings,
    /// `[engine]`.
    pub engine: EngineSettings,
    /// `[dedup]`.
    pub dedup: DedupSettings,
    /// `[search]`.
    pub search: SearchSettings,
    /// `[attachments]`, without its kinds, which are those of the portals.
    pub attachments: AttachmentSettings,
    /// Ages at which an article is fetched again to find revisions (`[revisit] after`).
    pub revisit: Vec<Duration>,
    /// `[log] filter`: the syntax of tracing's `EnvFilter`.
    pub log_filter: String,
    /// `[log] format`.
    pub log_format: LogFormat,
    /// `[log] lines`: maximum number of lines per minute about one portal; 0 means no limit.
    pub log_lines: u32,
    /// `[alarms]`.
    pub alarms: AlarmSettings,
    /// `[[notify]]`.
    pub channels: Vec<Channel>,
    /// `[metrics]`.
    pub metrics: MetricsSettings,
    /// `[web]`.
    pub web: WebSettings,
    /// `[retention]`.
    pub retention: RetentionSettings,
    /// `[[sink]]`, in file order.
    pub sinks: Vec<SinkSettings>,
    /// Enabled and disabled portals, sorted by id.
    pub portals: Vec<Portal>,
    /// Shipped platforms, and those of the config folder, which replace them.
    pub platforms: Vec<Platform>,
    /// Sorted by id.
    pub watches: Vec<Watch>,
    /// Settings that are allowed but probably mistakes: no contact, no delay, an `exclude` that leaves nothing, one source twice.
    pub warnings: Vec<Problem>,
}

/// A portal.
#[derive(Debug, Clone)]
pub struct Portal {
    /// Its id, name, province, front page and language.
    pub outlet: Outlet,
    /// Whether the portal is visited.
    pub enabled: bool,
    /// The key of its lease.
    pub group: GroupId,
    /// Its hosts and excluded paths.
    pub scope: Scope,
    /// Its CMS family, whose rules are used after its own.
    pub platform: Option<PlatformId>,
    /// Minimum time between visits.
    pub every: Duration,
    /// Maximum time between visits, while nothing new is likely.
    pub every_max: Duration,
    /// Hours in which the service does not visit it.
    pub quiet: QuietHours,
    /// Minimum time between two requests.
    pub delay: Duration,
    /// Its TLS settings.
    pub tls: Arc<TlsSettings>,
    /// Kinds of pages that are recorded in addition to articles.
    pub keep: Vec<PageKind>,
    /// Kinds of files offered by its articles that are fetched and read.
    pub attachments: Vec<FileKind>,
    /// In file order.
    pub sources: Vec<Source>,
    /// The portal's own rules, in file order (dated).
    pub rules: Vec<ArticleRules>,
    /// How its URLs identify an article, if its file says so; see [`Config::identity`].
    pub identity: Option<Identity>,
    /// What the file is based on.
    pub verified: String,
}

/// A CMS family.
#[derive(Debug, Clone)]
pub struct Platform {
    /// The stem of its file.
    pub id: PlatformId,
    /// Its usual name.
    pub name: String,
    /// What the file is based on.
    pub verified: String,
    /// How its pages are recognized.
    pub detection: Detection,
    /// Rules for its article pages, in file order (dated).
    pub rules: Vec<ArticleRules>,
    /// How its URLs identify an article.
    pub identity: Option<Identity>,
    /// How to read its lists. The URL is a placeholder, see [`Platform::listing_at`].
    pub listing: Option<ListingRules>,
}

/// Folders of flags that override the configuration's keys. Relative ones start from the working directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--state-dir`.
    pub state_dir: Option<PathBuf>,
    /// `--records-dir`.
    pub records_dir: Option<PathBuf>,
}

/// A portal's file that has not been written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id: the stem of `path`.
    pub id: PortalId,
    /// The path at which it will be written.
    pub path: PathBuf,
    /// The whole file.
    pub text: String,
}

/// Returns a text as TOML writes it, with its quotes.
pub fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Returns a list of texts as TOML writes it.
pub fn quoted_list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    toml::Value::from(texts.into_iter().collect::<Vec<_>>()).to_string()
}

impl Config {
    /// Reads a config folder: `<dir>/tintinh.toml`, `<dir>/platforms/**/*.toml`, `<dir>/portals/**/*.toml`, `<dir>/watch/**/*.toml`.
    ///
    /// Relative paths in `tintinh.toml` start from `dir`. The default of `state_dir` is `tintinh-data` in the working directory, and
    /// `/var/lib/tintinh` for the configuration of an installed program, [`SYSTEM_DIR`]. The portals are only those of the folder. The platforms are
    /// the shipped ones and those of the folder, which replace them.
    ///
    /// # Errors
    /// [`ConfigErrors`] with all errors of all files: syntax, unknown keys, wrong types, values out of bounds, unknown names, missing files.
    pub fn load(dir: &Path) -> Result<Config, ConfigErrors> {
        load::load(dir, &Overrides::default(), &[])
    }

    /// Returns where the store is.
    pub fn store_address(&self) -> StoreAddress {
        StoreAddress { folder: self.state_dir.clone(), server: self.store.clone() }
    }

    /// Like [`Config::load`], with the folders of flags.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_with(dir: &Path, overrides: &Overrides) -> Result<Config, ConfigErrors> {
        load::load(dir, overrides, &[])
    }

    /// Like [`Config::load_with`], as if drafts of portals were already in the folder, replacing the files with the same ids. So a file is known to
    /// be valid before it is written.
    ///
    /// # Errors
    /// As [`Config::load`]; problems of a draft name its intended path.
    pub fn load_with_drafts(dir: &Path, overrides: &Overrides, drafts: &[Draft]) -> Result<Config, ConfigErrors> {
        load::load(dir, overrides, drafts)
    }

    /// Returns the paths of the portals' files in a config folder, by id.
    pub fn portal_files(dir: &Path) -> BTreeMap<PortalId, PathBuf> {
        load::portal_files(dir)
    }

    /// Returns the configuration that is used without a config folder (`extract`, `links`): defaults and the shipped platforms and portals, embedded
    /// in the binary.
    ///
    /// # Panics
    /// If a shipped file is wrong, which a test prevents.
    pub fn shipped() -> Config {
        load::shipped().unwrap_or_else(|errors| unreachable!("the shipped configuration is wrong:\n{errors}"))
    }

    /// Reads a portal's file that is not in the folder `dir`, with the platforms of this configuration.
    ///
    /// # Errors
    /// [`ConfigErrors`] with all its errors.
    pub fn read_portal(&self, dir: &Path, id: &PortalId, name: &str, text: &str) -> Result<Portal, ConfigErrors> {
        load::read_portal(dir, &self.platforms, id, name, text)
    }

    /// Returns the portal with this id, enabled or not.
    pub fn portal(&self, id: &PortalId) -> Option<&Portal> {
        let found = self.portals.binary_search_by(|portal| portal.outlet.portal.cmp(id)).ok()?;
        self.portals.get(found)
    }

    /// Returns the enabled portals.
    pub fn enabled(&self) -> impl Iterator<Item = &Portal> {
        self.portals.iter().filter(|portal| portal.enabled)
    }

    /// Returns the portal whose hosts name this URL's host. A portal that names it exactly comes before one that names it by `*.`, and enabled ones
    /// come first.
    pub fn portal_of(&self, url: &PageUrl) -> Option<&Portal> {
        let ours = self.portals.iter().filter(|portal| portal.scope.admits(url) != ScopeDecision::ForeignHost);
        ours.min_by_key(|portal| (!portal.scope.hosts.iter().any(|host| host == url.host()), !portal.enabled))
    }

    /// Returns the platform with this id.
    pub fn platform(&self, id: &PlatformId) -> Option<&Platform> {
        self.platforms.iter().find(|platform| platform.id == *id)
    }

    /// Returns how a portal's URLs identify an article: according to its own file, else to its platform's.
    pub fn identity<'a>(&'a self, portal: &'a Portal) -> Option<&'a Identity> {
        let platform = portal.platform.as_ref().and_then(|id| self.platform(id));
        portal.identity.as_ref().or_else(|| platform?.identity.as_ref())
    }

    /// Returns how to read a portal's pages: by its own rules, then by its platform's.
    pub fn page_rules<'a>(&'a self, portal: &'a Portal) -> PageRules<'a> {
        let platform = portal.platform.as_ref().and_then(|id| self.platform(id));
        PageRules {
            outlet: &portal.outlet,
            articles: portal.rules.iter().chain(platform.into_iter().flat_map(|platform| &platform.rules)).collect(),
            identity: self.identity(portal),
            kept: &portal.keep,
        }
    }

    /// Returns the id of a portal's article at a URL, derived from what the rules say identifies it, else from the canonical URL.
    pub fn article_id(&self, portal: &Portal, url: &PageUrl) -> String {
        let named = self.identity(portal).and_then(|identity| identity.of(url));
        article_id(&named.unwrap_or_else(|| url.canonical()))
    }

    /// Returns the other portal that a record's source line names: by its URL, by a host in it, or by its name.
    pub fn credited(&self, record: &Record) -> Option<PortalId> {
        let credit = record.credit.as_ref()?;
        let host = || PageUrl::parse(&format!("http://{}/", credited_host(&credit.text)?)).ok();
        let by_address = credit.url.clone().or_else(host).and_then(|url| self.portal_of(&url));
        let name = credit.outlet.as_deref().map(fold);
        let by_name = || self.portals.iter().find(|portal| Some(fold(&portal.outlet.name)) == name);
        let credited = by_address.or_else(by_name).map(|portal| &portal.outlet.portal);
        credited.filter(|portal| portal.as_str() != record.portal).cloned()
    }

    /// Returns the first platform, by id, whose detection matches.
    pub fn detect(&self, root: scraper::ElementRef<'_>) -> Option<&Platform> {
        self.platforms.iter().find(|platform| platform.detection.matches(root))
    }
}

impl Platform {
    /// Returns how to read the family's lists, for a list at this URL.
    pub fn listing_at(&self, url: &PageUrl) -> Option<ListingRules> {
        self.listing.as_ref().map(|rules| listing::at(rules, url))
    }
}
