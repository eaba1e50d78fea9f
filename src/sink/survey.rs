//! Reads record files back: for the doctor, and for a start that finds more records in the files than in the database.

use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Deserialize;

/// Bytes read at a time from the end of a file to find its last line.
const TAIL: u64 = 64 * 1024;

/// The key of a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub struct Key {
    /// `id` of the record.
    pub id: String,
    /// `revision` of the record.
    pub revision: u32,
}

/// A line in a record file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its line number, starting at 1.
    pub number: usize,
    /// Its bytes, without the line end.
    pub bytes: &'a [u8],
    /// Its key; `None` if it is not a record.
    pub key: Option<Key>,
    /// Whether it is complete.
    pub is_whole: bool,
}

/// All record files below a folder (`<portal>/<yyyy>/<mm>/<dd>.jsonl`), sorted by portal and day. A missing folder has none.
///
/// # Errors
/// If a folder cannot be read.
pub fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![root.to_owned()];
    for _level in 0..3 {
        found = found.iter().map(|folder| entries(folder, true)).collect::<io::Result<Vec<_>>>()?.concat();
    }
    Ok(found.iter().map(|month| days(month)).collect::<io::Result<Vec<_>>>()?.concat())
}

/// The newest file of each portal.
///
/// # Errors
/// If a folder cannot be read.
pub fn newest_files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut newest = Vec::new();
    for portal in entries(root, true)? {
        let mut folder = Some(portal);
        for _level in 0..2 {
            folder = folder.map(|above| entries(&above, true)).transpose()?.and_then(|mut below| below.pop());
        }
        newest.extend(folder.map(|month| days(&month)).transpose()?.and_then(|mut days| days.pop()));
    }
    Ok(newest)
}

/// The files of one month.
fn days(month: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = entries(month, false)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    Ok(files)
}

/// The folders or the files in a folder, sorted.
fn entries(folder: &Path, folders: bool) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() == folders {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Deletes the files of days (in +07:00) before that of `oldest`, and the folders that become empty. Returns the number of files.
///
/// # Errors
/// If a file or folder cannot be deleted.
pub fn delete_before(root: &Path, oldest: Timestamp) -> io::Result<u64> {
    let oldest = crate::text::date::rfc3339(oldest);
    let mut deleted = 0;
    for path in files(root)? {
        if day_of(&path).is_some_and(|day| day.as_str() < oldest.get(..10).unwrap_or_default()) {
            std::fs::remove_file(&path)?;
            deleted += 1;
            for folder in path.ancestors().skip(1).take(2) {
                // A folder that is not empty stays.
                let _ = std::fs::remove_dir(folder);
            }
        }
    }
    Ok(deleted)
}

/// The day of a file, `yyyy-mm-dd`.
fn day_of(path: &Path) -> Option<String> {
    let names: Vec<&str> = path.iter().rev().take(3).map_while(|name| name.to_str()).collect();
    let [file, month, year] = names.as_slice() else { return None };
    Some(format!("{year}-{month}-{}", file.strip_suffix(".jsonl")?))
}

/// Splits a file into lines.
pub fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    bytes.split_inclusive(|byte| *byte == b'\n').enumerate().map(|(index, line)| {
        let text = line.strip_suffix(b"\n");
        let is_whole = text.is_some();
        let bytes = text.unwrap_or(line);
        Line { number: index + 1, bytes, key: serde_json::from_slice(bytes).ok(), is_whole }
    })
}

/// The key of the last record in a file, searched from the end.
///
/// # Errors
/// If the file cannot be read.
pub fn last_key(path: &Path) -> io::Result<Option<Key>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut span = TAIL;
    loop {
        file.seek(SeekFrom::Start(length.saturating_sub(span)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // The first line may be incomplete, because reading started within it. It is then not a record, and more is read.
        let found = lines(&bytes).filter(|line| line.is_whole).filter_map(|line| line.key).last();
        if found.is_some() || span >= length {
            return Ok(found);
        }
        span = span.saturating_mul(8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_days_are_deleted_with_their_folders() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["a/2024/12/31.jsonl", "a/2025/01/01.jsonl", "a/2025/01/02.jsonl", "b/2024/11/30.jsonl", "b/notes.txt"]
        {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        // In Vietnam it is already 2 January.
        assert_eq!(delete_before(folder.path(), "2025-01-01T18:00:00Z".parse().unwrap()).unwrap(), 3);
        assert_eq!(files(folder.path()).unwrap(), [folder.path().join("a/2025/01/02.jsonl")]);
        assert!(!folder.path().join("a/2024").exists() && folder.path().join("b/notes.txt").exists());
    }

    #[test]
    fn files_and_lines_are_found_again() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(files(&folder.path().join("none")).unwrap(), Vec::<PathBuf>::new());
        let record = |id: &str| format!("{{\"id\":\"{id}\",\"revision\":1,\"text\":\"{}\"}}\n", "dài ".repeat(30_000));
        for (name, text) in [
            ("b/2025/07/01.jsonl", record("1")),
            ("a/2024/12/31.jsonl", record("2")),
            ("a/2025/01/01.jsonl", format!("{}{}{{\"id\":\"5\"", record("3"), record("4"))),
            ("a/2025/01/notes.txt", "mine".to_owned()),
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let relative = |paths: Vec<PathBuf>| -> Vec<String> {
            let name = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap().display().to_string();
            paths.iter().map(name).collect()
        };
        assert_eq!(
            relative(files(folder.path()).unwrap()),
            ["a/2024/12/31.jsonl", "a/2025/01/01.jsonl", "b/2025/07/01.jsonl"]
        );
        assert_eq!(relative(newest_files(folder.path()).unwrap()), ["a/2025/01/01.jsonl", "b/2025/07/01.jsonl"]);
        let newest = folder.path().join("a/2025/01/01.jsonl");
        assert_eq!(last_key(&newest).unwrap().unwrap().id, "4");
        let bytes = std::fs::read(newest).unwrap();
        let read: Vec<(usize, bool, bool)> =
            lines(&bytes).map(|line| (line.number, line.key.is_some(), line.is_whole)).collect();
        assert_eq!(read, [(1, true, true), (2, true, true), (3, false, false)]);
    }
}
