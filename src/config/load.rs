//! Loads the whole configuration from its files, or reports the errors of all of them.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

use crate::config::Config;
use crate::config::ConfigErrors;
use crate::config::Draft;
use crate::config::Overrides;
use crate::config::Platform;
use crate::config::Portal;
use crate::config::catalogue;
use crate::config::collector::Missing;
use crate::config::collector::ProblemCollector;
use crate::config::collector::named;
use crate::config::collector::source_file;
use crate::config::keys::MAIN;
use crate::config::keys::PLATFORM;
use crate::config::keys::PORTAL;
use crate::config::keys::WATCH;
use crate::config::platform;
use crate::config::portal;
use crate::config::portal::FileContext;
use crate::config::problem::Problem;
use crate::config::problem::SourceFile;
use crate::config::service;
use crate::config::settings;
use crate::config::settings::Settings;
use crate::config::shipped;
use crate::config::sink;
use crate::config::warnings;
use crate::config::watch;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::model::portal::WatchId;
use crate::model::secret::Secret;
use crate::model::settings::MetricsSettings;
use crate::model::settings::StoreSettings;
use crate::model::settings::WebSettings;
use crate::watch::Watch;

/// The name of the main file in the config folder.
const MAIN_FILE: &str = "tintinh.toml";
/// Reads the config folder. See [`Config::load_with`].
pub(super) fn load(dir: &Path, overrides: &Overrides, drafts: &[Draft]) -> Result<Config, ConfigErrors> {
    let mut gathering = ProblemCollector::default();
    if !dir.is_dir() {
        let hint = "name the folder that holds tintinh.toml, portals/ and platforms/: --config DIR";
        gathering.problems.push(Problem::of_file(&dir.display().to_string(), "there is no such folder", hint));
        return Err(ConfigErrors::new(gathering.problems));
    }
    let main = gathering
        .text(&dir.join(MAIN_FILE), "copy config/tintinh.toml from the program's sources; an empty file is enough");
    let main = main.unwrap_or_else(|| SourceFile { name: MAIN_FILE.to_owned(), text: "".into() });
    let settings = gathering.read(&main, &MAIN, |table| Some(settings::read(table, dir))).unwrap_or_default();
    let own_platforms = gathering.folder(&dir.join("platforms"), Missing::Allowed);
    let (platforms, platform_ids) = read_platforms(&mut gathering, own_platforms);
    let mut files = gathering.folder(&dir.join("portals"), Missing::Refused);
    files.extend(drafts.iter().map(Draft::file));
    let portals = read_portals(&mut gathering, &files, &platforms, &platform_ids, &settings, dir);
    gathering.problems.extend(shared_hosts(&portals, &files));
    let watches = read_watches(&mut gathering, &files, &settings, dir);
    let mut secret = |key: &str, path: Option<&PathBuf>| {
        let read = service::read_token(&dir.join(MAIN_FILE), key, path?);
        read.map_err(|problem| gathering.problems.push(*problem)).ok()
    };
    let token = secret("token_file", settings.token_file.as_ref());
    let password = secret("password_file", settings.password_file.as_ref());
    let store_password = secret("password_file", settings.store_password_file.as_ref());
    let secrets = Secrets { token, password, store_password };
    let sinks = sink::with_secrets(&settings.sinks, &main, &mut gathering.problems);
    if !gathering.problems.is_empty() {
        return Err(ConfigErrors::new(gathering.problems));
    }
    let warnings = warnings::all(&settings, &sinks, &main, &portals, &files);
    Ok(Config { sinks, watches, warnings, ..assemble(settings, overrides, portals, platforms, secrets) })
}

impl Draft {
    fn file(&self) -> (PortalId, SourceFile) {
        (self.id.clone(), SourceFile { name: self.path.display().to_string(), text: self.text.as_str().into() })
    }
}

/// Returns the paths of the portals' files, by id. See [`Config::portal_files`].
pub(super) fn portal_files(dir: &Path) -> BTreeMap<PortalId, PathBuf> {
    let paths = ProblemCollector::default().paths(&dir.join("portals"));
    let name = |path: &PathBuf| PortalId::new(&path.file_stem()?.to_string_lossy()).ok();
    paths.into_iter().filter_map(|path| Some((name(&path)?, path))).collect()
}

/// Checks that portals with a common host are in one group. Otherwise two visits could send requests to it at the same time. Hosts below `*.` do not
/// count: a department's portal has its own file besides that of the province, and usually its own server.
fn shared_hosts(portals: &[Portal], files: &BTreeMap<PortalId, SourceFile>) -> Vec<Problem> {
    let mut problems = Vec::new();
    // This groups by host, since ten thousand portals have many pairs.
    let mut askers: HashMap<&str, Vec<&Portal>> = HashMap::new();
    for portal in portals.iter().filter(|portal| portal.enabled) {
        let Some(file) = files.get(&portal.outlet.portal) else { continue };
        let mut shared: BTreeMap<&PortalId, (usize, &str)> = BTreeMap::new();
        for (number, host) in portal.scope.hosts.iter().enumerate().filter(|(_, host)| !host.starts_with("*.")) {
            let earlier = askers.entry(host).or_default();
            for other in earlier.iter().filter(|other| other.group != portal.group) {
                shared.entry(&other.outlet.portal).or_insert((number, host));
            }
            earlier.push(portal);
        }
        for (other, (number, host)) in shared {
            let message = format!("`{host}` is asked by the portal {other} too, which is of another group");
            let hint = "give both the same group = \"a-name\": portals of one group are visited one after the other";
            problems.push(file.problem(&["hosts", &number.to_string()], message, hint));
        }
    }
    problems
}

/// Returns the configuration of the binary. See [`Config::shipped`].
pub(super) fn shipped() -> Result<Config, ConfigErrors> {
    let mut gathering = ProblemCollector::default();
    let settings = Settings::default();
    let (platforms, platform_ids) = read_platforms(&mut gathering, BTreeMap::new());
    let files = shipped::PORTALS.iter().map(|(id, text)| (*id, source_file("portals", id, text)));
    let files = named(files, PortalId::new);
    let portals = read_portals(&mut gathering, &files, &platforms, &platform_ids, &settings, Path::new(""));
    if !gathering.problems.is_empty() {
        return Err(ConfigErrors::new(gathering.problems));
    }
    Ok(assemble(settings, &Overrides::default(), portals, platforms, Secrets::default()))
}

/// Reads one portal's text. See [`Config::read_portal`].
pub(super) fn read_portal(
    dir: &Path,
    platforms: &[Platform],
    id: &PortalId,
    name: &str,
    text: &str,
) -> Result<Portal, ConfigErrors> {
    let mut gathering = ProblemCollector::default();
    let platform_ids: Vec<PlatformId> = platforms.iter().map(|platform| platform.id.clone()).collect();
    let files = BTreeMap::from([(id.clone(), SourceFile { name: name.to_owned(), text: text.into() })]);
    let read = read_portals(&mut gathering, &files, platforms, &platform_ids, &Settings::default(), dir);
    read.into_iter()
        .next()
        .filter(|_| gathering.problems.is_empty())
        .ok_or_else(|| ConfigErrors::new(gathering.problems))
}

/// Values that are stored in separate files.
#[derive(Default)]
struct Secrets {
    token: Option<Secret>,
    password: Option<Secret>,
    store_password: Option<Secret>,
}

fn assemble(
    settings: Settings,
    overrides: &Overrides,
    portals: Vec<Portal>,
    platforms: Vec<Platform>,
    secrets: Secrets,
) -> Config {
    let state_dir = overrides.state_dir.clone().unwrap_or(settings.config.state_dir);
    let records_dir =
        overrides.records_dir.clone().or(settings.records_dir).unwrap_or_else(|| state_dir.join("records"));
    let metrics = MetricsSettings { token: secrets.token, ..settings.config.metrics };
    let web = WebSettings { password: secrets.password, ..settings.config.web };
    let store = StoreSettings { password: secrets.store_password, ..settings.config.store };
    Config { state_dir, records_dir, store, metrics, web, portals, platforms, ..settings.config }
}

/// Returns the platforms that could be read, and the ids of all of them.
fn read_platforms(
    collector: &mut ProblemCollector,
    own: BTreeMap<PlatformId, SourceFile>,
) -> (Vec<Platform>, Vec<PlatformId>) {
    let files = shipped::PLATFORMS.iter().map(|(id, text)| (*id, source_file("platforms", id, text)));
    let mut files = named(files, PlatformId::new);
    files.extend(own);
    let read = |(id, file): (&PlatformId, &SourceFile)| {
        collector.read(file, &PLATFORM, |table| platform::read(table, id.clone()))
    };
    let platforms = files.iter().filter_map(read).collect();
    (platforms, files.into_keys().collect())
}

/// Reads `watch/`.
fn read_watches(
    collector: &mut ProblemCollector,
    portals: &BTreeMap<PortalId, SourceFile>,
    settings: &Settings,
    dir: &Path,
) -> Vec<Watch> {
    let files: BTreeMap<WatchId, SourceFile> = collector.folder(&dir.join("watch"), Missing::Allowed);
    if files.is_empty() {
        return Vec::new();
    }
    let (portals, provinces): (Vec<&PortalId>, _) = (portals.keys().collect(), catalogue::provinces(dir));
    let around = watch::FileContext { portals: &portals, provinces: &provinces, channels: &settings.config.channels };
    let read =
        |(id, file): (&WatchId, &SourceFile)| collector.read(file, &WATCH, |table| watch::read(table, id, around));
    files.iter().filter_map(read).collect()
}

fn read_portals(
    collector: &mut ProblemCollector,
    files: &BTreeMap<PortalId, SourceFile>,
    platforms: &[Platform],
    platform_ids: &[PlatformId],
    settings: &Settings,
    dir: &Path,
) -> Vec<Portal> {
    let provinces = catalogue::provinces(dir);
    let around = FileContext { platforms, platform_ids, provinces: &provinces, defaults: &settings.defaults, dir };
    let read =
        |(id, file): (&PortalId, &SourceFile)| collector.read(file, &PORTAL, |table| portal::read(table, id, around));
    files.iter().filter_map(read).collect()
}
