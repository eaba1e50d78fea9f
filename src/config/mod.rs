//! Files → domain; all errors at once, with file, line, column, the offending text and a hint. The only module that knows TOML.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::discover::Source;
use crate::discover::listing::ListingRules;
use crate::extract::rules::ArticleRules;
use crate::html::select::Detection;
use crate::model::portal::GroupId;
use crate::model::portal::Outlet;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::model::portal::Scope;
use crate::model::settings::EngineSettings;
use crate::model::settings::FetchSettings;
use crate::model::settings::PageStoreSettings;

/// The whole configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the state lies (`state_dir`): database, page store, lock.
    pub state_dir: PathBuf,
    /// Where records are written (`records_dir`, `<state_dir>/records` by default).
    pub records_dir: PathBuf,
    pub fetch: FetchSettings,
    pub pages: PageStoreSettings,
    pub engine: EngineSettings,
    /// Ages at which an article is looked at again for a revision (`[revisit] after`).
    pub revisit: Vec<Duration>,
    /// `[log] filter`: tracing's EnvFilter syntax.
    pub log_filter: String,
    /// Enabled and disabled ones, sorted by id.
    pub portals: Vec<Portal>,
    /// Shipped ones, and those of the config folder in their place.
    pub platforms: Vec<Platform>,
}

/// A portal.
#[derive(Debug, Clone)]
pub struct Portal {
    pub outlet: Outlet,
    pub enabled: bool,
    pub group: GroupId,
    pub scope: Scope,
    pub platform: Option<PlatformId>,
    /// Time between visits.
    pub every: Duration,
    /// Least time between two requests.
    pub delay: Duration,
    pub sources: Vec<Source>,
    /// The portal's own rules, in file order (dated).
    pub rules: Vec<ArticleRules>,
    /// What the file rests on.
    pub verified: String,
}

/// A CMS family.
#[derive(Debug, Clone)]
pub struct Platform {
    pub id: PlatformId,
    pub name: String,
    pub verified: String,
    pub detection: Detection,
    pub rules: Vec<ArticleRules>,
    /// How its lists are read; the address is filled in by the source that uses it.
    pub listing: Option<ListingRules>,
}

/// All errors of a configuration.
#[derive(Debug)]
pub struct ConfigErrors {}

impl ConfigErrors {
    pub fn len(&self) -> usize {
        todo!()
    }
}
// Display: every error with file:line:column, the line with carets, and a hint; then a count.

impl Config {
    /// Reads `<dir>/tintinh.toml`, `<dir>/platforms/*.toml`, `<dir>/portals/*.toml`; missing tintinh.toml is an error with a hint.
    pub fn load(_dir: &Path) -> Result<Config, ConfigErrors> {
        todo!()
    }
    /// What is used where there is no config folder (`extract`, `links`): defaults and the shipped platforms and portals, embedded in the binary.
    pub fn shipped() -> Config {
        todo!()
    }
    pub fn portal(&self, _id: &PortalId) -> Option<&Portal> {
        todo!()
    }
    /// The portal whose hosts name this address's host.
    pub fn portal_of(&self, _url: &crate::url::PageUrl) -> Option<&Portal> {
        todo!()
    }
    pub fn platform(&self, _id: &PlatformId) -> Option<&Platform> {
        todo!()
    }
    /// The first platform whose detection matches.
    pub fn detect(&self, _root: scraper::ElementRef<'_>) -> Option<&Platform> {
        todo!()
    }
}
