//! Finds the files, reads each of them, and gathers what is wrong with all of them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::Config;
use crate::config::ConfigErrors;
use crate::config::Draft;
use crate::config::Overrides;
use crate::config::Platform;
use crate::config::Portal;
use crate::config::keys::File;
use crate::config::keys::MAIN;
use crate::config::keys::PLATFORM;
use crate::config::keys::PORTAL;
use crate::config::platform;
use crate::config::portal;
use crate::config::portal::FileContext;
use crate::config::problem::Problem;
use crate::config::problem::SourceFile;
use crate::config::reader::Reading;
use crate::config::reader::Table;
use crate::config::service;
use crate::config::settings;
use crate::config::settings::Settings;
use crate::config::shipped;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::model::secret::Secret;
use crate::model::settings::MetricsSettings;
use crate::model::tls::TlsMode;

/// The name of the main file in the config folder.
const MAIN_FILE: &str = "tintinh.toml";
/// Bytes of one file at most: a file is written by hand, and read whole.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Folders below `portals/` and `platforms/` at most, against links that go in circles.
const MAX_FOLDER_DEPTH: usize = 4;

/// Reads the config folder, see [`Config::load_with`].
pub(super) fn load(dir: &Path, overrides: &Overrides, drafts: &[Draft]) -> Result<Config, ConfigErrors> {
    let mut gathering = ProblemCollector::default();
    if !dir.is_dir() {
        let hint = "name the folder that holds tintinh.toml, portals/ and platforms/: --config DIR";
        gathering.problems.push(Problem::of_file(&dir.display().to_string(), "there is no such folder", hint));
        return Err(ConfigErrors::new(gathering.problems));
    }
    let main = gathering
        .text(&dir.join(MAIN_FILE), "copy config/tintinh.toml from the program's sources; an empty file is enough");
    let settings = main.and_then(|file| gathering.read(&file, &MAIN, |table| Some(settings::read(table, dir))));
    let settings = settings.unwrap_or_default();
    let own_platforms = gathering.folder(&dir.join("platforms"), Missing::Allowed);
    let (platforms, platform_ids) = gathering.platforms(own_platforms);
    let portals = gathering.folder(&dir.join("portals"), Missing::Refused);
    let around = FileContext { platforms: &platforms, platform_ids: &platform_ids, defaults: &settings.defaults, dir };
    let mut files = portals;
    files.extend(drafts.iter().map(Draft::file));
    let portals = gathering.portals(&files, around);
    gathering.problems.extend(shared_hosts(&portals, &files));
    let token = settings.metrics.token_file.as_ref().map(|path| service::read_secret(&dir.join(MAIN_FILE), path));
    let token = token.and_then(|read| read.map_err(|problem| gathering.problems.push(*problem)).ok());
    if !gathering.problems.is_empty() {
        return Err(ConfigErrors::new(gathering.problems));
    }
    Ok(assemble(settings, overrides, portals, platforms, token))
}

impl Draft {
    fn file(&self) -> (PortalId, SourceFile) {
        (self.id.clone(), SourceFile { name: self.path.display().to_string(), text: self.text.as_str().into() })
    }
}

/// Where the files of portals lie, by id, see [`Config::portal_files`].
pub(super) fn portal_files(dir: &Path) -> BTreeMap<PortalId, PathBuf> {
    let mut paths = Vec::new();
    let folder = dir.join("portals");
    if folder.is_dir() {
        ProblemCollector::default().collect(&folder, MAX_FOLDER_DEPTH, &mut paths);
    }
    let name = |path: &PathBuf| PortalId::of(&path.file_stem()?.to_string_lossy());
    paths.into_iter().filter_map(|path| Some((name(&path)?, path))).collect()
}

/// Portals that name one host must be of one group: else two visits would ask it at the same time. What `*.` stands for does not count: a
/// portal of a department has its own file beside that of the province, and mostly its own server.
fn shared_hosts(portals: &[Portal], files: &BTreeMap<PortalId, SourceFile>) -> Vec<Problem> {
    let mut problems = Vec::new();
    // By host, since all pairs of ten thousand portals are many.
    let mut askers: HashMap<&str, Vec<&Portal>> = HashMap::new();
    for portal in portals.iter().filter(|portal| portal.enabled) {
        let mut shared: BTreeMap<&PortalId, &str> = BTreeMap::new();
        for host in portal.scope.hosts.iter().filter(|host| !host.starts_with("*.")) {
            let earlier = askers.entry(host).or_default();
            for other in earlier.iter().filter(|other| other.group != portal.group) {
                shared.entry(&other.outlet.portal).or_insert(host);
            }
            earlier.push(portal);
        }
        let file = files.get(&portal.outlet.portal);
        problems.extend(
            file.into_iter().flat_map(|file| shared.iter().map(|(other, host)| shared_host(host, file, other))),
        );
    }
    problems
}

fn shared_host(host: &str, file: &SourceFile, other: &PortalId) -> Problem {
    let start = file.text.find(&format!("\"{host}\"")).map(|quote| quote + 1).or_else(|| file.text.find(host));
    let start = start.unwrap_or_default();
    Problem {
        file: file.name.clone(),
        position: Some(file.position(&(start..start + host.len()))),
        message: format!("`{host}` is asked by the portal {other} too, which is of another group"),
        hint: Some(
            "give both the same group = \"a-name\": portals of one group are visited one after the other".to_owned(),
        ),
    }
}

/// What the binary carries, see [`Config::shipped`].
pub(super) fn shipped() -> Result<Config, ConfigErrors> {
    let mut gathering = ProblemCollector::default();
    let settings = Settings::default();
    let (platforms, platform_ids) = gathering.platforms(BTreeMap::new());
    let dir = Path::new("");
    let around = FileContext { platforms: &platforms, platform_ids: &platform_ids, defaults: &settings.defaults, dir };
    let portals = shipped::PORTALS.iter().map(|(id, text)| (*id, source_file("portals", id, text)));
    let portals = gathering.portals(&named(portals, PortalId::new), around);
    if !gathering.problems.is_empty() {
        return Err(ConfigErrors::new(gathering.problems));
    }
    Ok(assemble(settings, &Overrides::default(), portals, platforms, None))
}

/// Reads one portal's text, see [`Config::read_portal`].
pub(super) fn read_portal(
    dir: &Path,
    platforms: &[Platform],
    id: &PortalId,
    name: &str,
    text: &str,
) -> Result<Portal, ConfigErrors> {
    let mut gathering = ProblemCollector::default();
    let platform_ids: Vec<PlatformId> = platforms.iter().map(|platform| platform.id.clone()).collect();
    let settings = Settings::default();
    let around = FileContext { dir, platforms, platform_ids: &platform_ids, defaults: &settings.defaults };
    let files = BTreeMap::from([(id.clone(), SourceFile { name: name.to_owned(), text: text.into() })]);
    let read = gathering.portals(&files, around);
    read.into_iter()
        .next()
        .filter(|_| gathering.problems.is_empty())
        .ok_or_else(|| ConfigErrors::new(gathering.problems))
}

/// A file of the binary, called as in the program's sources.
pub(super) fn source_file(folder: &str, id: &str, text: &str) -> SourceFile {
    SourceFile { name: format!("config/{folder}/{id}.toml"), text: text.into() }
}

/// Files by the names that their ids are.
pub(super) fn named<'a, I: Ord, E>(
    files: impl Iterator<Item = (&'a str, SourceFile)>,
    name: fn(&str) -> Result<I, E>,
) -> BTreeMap<I, SourceFile> {
    files.filter_map(|(id, file)| Some((name(id).ok()?, file))).collect()
}

fn assemble(
    settings: Settings,
    overrides: &Overrides,
    portals: Vec<Portal>,
    platforms: Vec<Platform>,
    token: Option<Secret>,
) -> Config {
    let warnings = warnings(&settings, &portals);
    let state_dir = overrides.state_dir.clone().unwrap_or(settings.state_dir);
    let records_dir =
        overrides.records_dir.clone().or(settings.records_dir).unwrap_or_else(|| state_dir.join("records"));
    Config {
        state_dir,
        records_dir,
        fetch: settings.fetch,
        pages: settings.pages,
        engine: settings.engine,
        dedup: settings.dedup,
        revisit: settings.revisit,
        log_filter: settings.log_filter,
        log_format: settings.log_format,
        log_lines: settings.log_lines,
        alarms: settings.alarms,
        metrics: MetricsSettings { listen: settings.metrics.listen, token },
        retention: settings.retention,
        portals,
        platforms,
        warnings,
    }
}

/// What is allowed, and yet hardly meant.
fn warnings(settings: &Settings, portals: &[Portal]) -> Vec<String> {
    let mut warnings = Vec::new();
    if settings.contact.is_none() && settings.fetch.user_agent == Settings::default().fetch.user_agent {
        warnings.push(
            "`contact` is not set: servers cannot tell whom to write to about this program's requests".to_owned(),
        );
    }
    if !portals.iter().any(|portal| portal.enabled) {
        warnings.push("no portal is enabled: there is nothing to do".to_owned());
    }
    let is_own = |portal: &Portal| settings.fetch.resolve.contains_key(portal.outlet.home.host());
    let hasty = |portal: &&Portal| portal.enabled && portal.delay < Duration::from_secs(1) && !is_own(portal);
    for portal in portals.iter().filter(hasty) {
        let id = &portal.outlet.portal;
        warnings.push(format!("portal {id} is asked more than once a second: do this to servers of your own only"));
    }
    warnings.extend(portals.iter().filter(|portal| portal.enabled).filter_map(tls_warning));
    warnings
}

fn tls_warning(portal: &Portal) -> Option<String> {
    let id = &portal.outlet.portal;
    match portal.tls.mode {
        TlsMode::Modern => None,
        _ if !cfg!(feature = "legacy-tls") => Some(format!(
            "portal {id} needs old TLS, which this program was built without (feature `legacy-tls`): rustls may not connect"
        )),
        TlsMode::Legacy => None,
        TlsMode::Unverified => Some(format!(
            "portal {id} has tls = \"unverified\": anybody between it and this machine may put words into its mouth"
        )),
    }
}

/// Whether a folder must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// Where it is absent it is empty.
    Allowed,
    /// Its absence is a problem.
    Refused,
}

/// What was found wrong so far, in the order of reading.
#[derive(Debug, Default)]
pub(super) struct ProblemCollector {
    /// So far.
    pub(super) problems: Vec<Problem>,
}

impl ProblemCollector {
    /// Reads a file; what is wrong with it is a problem.
    pub(super) fn read<T>(
        &mut self,
        file: &SourceFile,
        kind: &'static File,
        walk: impl FnOnce(Table<'_>) -> Option<T>,
    ) -> Option<T> {
        let reading = Reading::new(file, kind);
        let value = reading.read(walk);
        self.problems.extend(reading.into_problems());
        value
    }

    /// The platforms that could be read, and the ids of all of them.
    fn platforms(&mut self, own: BTreeMap<PlatformId, SourceFile>) -> (Vec<Platform>, Vec<PlatformId>) {
        let files = shipped::PLATFORMS.iter().map(|(id, text)| (*id, source_file("platforms", id, text)));
        let mut files = named(files, PlatformId::new);
        files.extend(own);
        let read = |(id, file): (&PlatformId, &SourceFile)| {
            self.read(file, &PLATFORM, |table| platform::read(table, id.clone()))
        };
        let platforms = files.iter().filter_map(read).collect();
        (platforms, files.into_keys().collect())
    }

    fn portals(&mut self, files: &BTreeMap<PortalId, SourceFile>, around: FileContext<'_>) -> Vec<Portal> {
        let read =
            |(id, file): (&PortalId, &SourceFile)| self.read(file, &PORTAL, |table| portal::read(table, id, around));
        files.iter().filter_map(read).collect()
    }

    /// The text of a file; what keeps it from being one is a problem.
    fn text(&mut self, path: &Path, missing: &str) -> Option<SourceFile> {
        let name = path.display().to_string();
        let problem = match read_bounded(path) {
            Ok(bytes) => match String::from_utf8(bytes) {
                Ok(text) => return Some(SourceFile { name, text: text.into() }),
                Err(error) => not_utf8(name, error.as_bytes(), error.utf8_error().valid_up_to()),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Problem::of_file(&name, "the file is missing", missing)
            }
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Problem::of_file(
                &name,
                "the file is larger than 1 MiB",
                "is this a file of tintinh? split it, or move it away",
            ),
            Err(error) => {
                let hint = "let the user that runs tintinh read it";
                Problem::of_file(&name, format!("the file cannot be read: {error}"), hint)
            }
        };
        self.problems.push(problem);
        None
    }

    /// The TOML files in and below a folder, by the names that their stems are.
    pub(super) fn folder<I: Ord + Clone + FileName>(
        &mut self,
        dir: &Path,
        missing: Missing,
    ) -> BTreeMap<I, SourceFile> {
        let mut paths = Vec::new();
        if dir.is_dir() {
            self.collect(dir, MAX_FOLDER_DEPTH, &mut paths);
        } else if missing == Missing::Refused {
            let hint = "make the folder and put one file into it for each portal";
            self.problems.push(Problem::of_file(&dir.display().to_string(), "the folder is missing", hint));
        }
        let mut files: BTreeMap<I, SourceFile> = BTreeMap::new();
        let mut seen: BTreeMap<I, PathBuf> = BTreeMap::new();
        for path in paths {
            let shown = path.display().to_string();
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let Some(id) = I::of(&stem) else {
                let hint =
                    "call it by 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit";
                self.problems.push(Problem::of_file(
                    &shown,
                    format!("`{stem}` is no name: the file's name is the id"),
                    hint,
                ));
                continue;
            };
            if let Some(other) = seen.get(&id) {
                let hint = format!("the other one is {}; rename one of them", other.display());
                self.problems.push(Problem::of_file(&shown, format!("two files are called `{stem}`"), hint));
            }
            seen.insert(id.clone(), path.clone());
            if let Some(file) = self.text(&path, "it went away while the folder was read") {
                files.insert(id, file);
            }
        }
        files
    }

    /// The TOML files below a folder, sorted; what begins with a dot belongs to editors.
    fn collect(&mut self, dir: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) => {
                let message = format!("the folder cannot be read: {error}");
                let hint = "let the user that runs tintinh read it";
                self.problems.push(Problem::of_file(&dir.display().to_string(), message, hint));
                return;
            }
        };
        let sorted: BTreeSet<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        for path in sorted {
            let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            if path.is_dir() {
                if depth > 0 {
                    self.collect(&path, depth - 1, paths);
                }
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
        }
    }
}

/// Names that files carry.
pub(super) trait FileName: Sized {
    /// The name that a file's stem is.
    fn of(stem: &str) -> Option<Self>;
}

impl FileName for PortalId {
    fn of(stem: &str) -> Option<PortalId> {
        PortalId::new(stem).ok()
    }
}

impl FileName for PlatformId {
    fn of(stem: &str) -> Option<PlatformId> {
        PlatformId::new(stem).ok()
    }
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

fn not_utf8(name: String, bytes: &[u8], valid_up_to: usize) -> Problem {
    let file = SourceFile { name, text: String::from_utf8_lossy(bytes).into() };
    let span = valid_up_to..valid_up_to + char::REPLACEMENT_CHARACTER.len_utf8();
    Problem {
        position: Some(file.position(&span)),
        file: file.name,
        message: "the file is not UTF-8".to_owned(),
        hint: Some("save it as UTF-8".to_owned()),
    }
}
