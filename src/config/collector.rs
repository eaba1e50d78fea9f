//! Finds and reads the files of a configuration, and collects their errors.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::config::keys::File;
use crate::config::problem::Problem;
use crate::config::problem::SourceFile;
use crate::config::reader::Reading;
use crate::config::reader::Table;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::model::portal::WatchId;

/// Maximum size in bytes of a file. Files are written by hand and read as a whole.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Maximum depth of folders below `portals/` and `platforms/`, to stop at circular links.
const MAX_FOLDER_DEPTH: usize = 4;

/// Whether a folder must exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// A missing folder counts as empty.
    Allowed,
    /// A missing folder is an error.
    Refused,
}

/// The errors found so far, in the order of reading.
#[derive(Debug, Default)]
pub(super) struct ProblemCollector {
    /// The errors so far.
    pub(super) problems: Vec<Problem>,
}

impl ProblemCollector {
    /// Reads a file and reports its errors.
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

    /// Returns the text of a file, or reports why it cannot be read.
    pub(super) fn text(&mut self, path: &Path, missing: &str) -> Option<SourceFile> {
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

    /// Reads the TOML files in and below a folder, by the names in their stems.
    pub(super) fn folder<I: Ord + Clone + FileName>(
        &mut self,
        dir: &Path,
        missing: Missing,
    ) -> BTreeMap<I, SourceFile> {
        if !dir.is_dir() {
            if missing == Missing::Refused {
                let hint = "make the folder and put one file into it for each portal";
                self.problems.push(Problem::of_file(&dir.display().to_string(), "the folder is missing", hint));
            }
            return BTreeMap::new();
        }
        let mut files: BTreeMap<I, SourceFile> = BTreeMap::new();
        let mut seen: BTreeMap<I, PathBuf> = BTreeMap::new();
        for path in self.paths(dir) {
            let shown = path.display().to_string();
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let Some(id) = I::of(&stem) else {
                let hint =
                    "call it by 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit";
                self.problems.push(Problem::of_file(
                    &shown,
                    format!("`{stem}` is not a valid name: the file's name is the id"),
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

    /// Returns the paths of the TOML files in and below a folder, sorted.
    pub(super) fn paths(&mut self, dir: &Path) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        self.collect(dir, MAX_FOLDER_DEPTH, &mut paths);
        paths
    }

    /// Finds the TOML files below a folder, sorted. Names that begin with a dot belong to editors.
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

/// Names used as file names.
pub(super) trait FileName: Sized {
    /// Returns the name in a file's stem.
    fn of(stem: &str) -> Option<Self>;
}

impl FileName for PortalId {
    fn of(stem: &str) -> Option<PortalId> {
        PortalId::new(stem).ok()
    }
}

impl FileName for WatchId {
    fn of(stem: &str) -> Option<WatchId> {
        WatchId::new(stem).ok()
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

/// Returns a file of the binary, named as in the program's sources.
pub(super) fn source_file(folder: &str, id: &str, text: &str) -> SourceFile {
    SourceFile { name: format!("config/{folder}/{id}.toml"), text: text.into() }
}

/// Returns files by the names in their ids.
pub(super) fn named<'a, I: Ord, E>(
    files: impl Iterator<Item = (&'a str, SourceFile)>,
    name: fn(&str) -> Result<I, E>,
) -> BTreeMap<I, SourceFile> {
    files.filter_map(|(id, file)| Some((name(id).ok()?, file))).collect()
}
