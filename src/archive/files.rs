//! The files of an archive: `<yyyy-mm-dd>.<number>.warc.gz`, with the suffix `.open` during appends, and `.zst` from older versions.

use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use crate::archive::ArchiveError;
use crate::archive::at;
use crate::archive::warc::member;
use crate::files;

const CLOSED: &str = ".warc.gz";
const OPEN: &str = ".warc.gz.open";
const FRAMES: &str = ".zst";

/// The name of a file. Names sort by age.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) day: String,
    pub(super) number: u32,
    pub(super) form: Form,
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// The format of older versions.
    Frames,
    /// A WARC archive.
    Warc,
}

/// A file of the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stored {
    pub(super) name: Name,
    pub(super) is_open: bool,
    pub(super) bytes: u64,
}

impl Name {
    /// Returns the name of a file, and whether it is open.
    fn read(text: &str) -> Option<(Name, bool)> {
        let (stem, form, is_open) =
            [(CLOSED, Form::Warc, false), (OPEN, Form::Warc, true), (FRAMES, Form::Frames, false)]
                .into_iter()
                .find_map(|(end, form, is_open)| Some((text.strip_suffix(end)?, form, is_open)))?;
        let (day, number) = stem.split_once('.')?;
        Some((Name { day: day.to_owned(), number: number.parse().ok()?, form }, is_open))
    }

    /// Returns the file name in a reference, which never ends in `.open`.
    pub(super) fn of_reference(text: &str) -> Option<Name> {
        Name::read(text).filter(|(_, is_open)| !is_open).map(|(name, _)| name)
    }

    /// Returns its path while it is open.
    pub(super) fn open_path(&self, dir: &Path) -> PathBuf {
        files::beside(&dir.join(self.to_string()), "open")
    }

    /// Opens the file for reading, open or closed. None if it was dropped.
    pub(super) fn for_reading(&self, dir: &Path) -> Result<Option<(File, PathBuf)>, ArchiveError> {
        let closed = dir.join(self.to_string());
        // The file may be closed between the two attempts.
        for path in [closed.clone(), self.open_path(dir), closed] {
            match File::open(&path) {
                Ok(file) => return Ok(Some((file, path))),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(at(&path)(error)),
            }
        }
        Ok(None)
    }

    /// Closes the file: syncs its content before it gets its final name.
    pub(super) fn close(&self, dir: &Path) -> Result<(), ArchiveError> {
        let open = self.open_path(dir);
        match File::open(&open).and_then(|file| file.sync_all()) {
            // The file was dropped.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            synced => synced.map_err(at(&open))?,
        }
        files::rename(&open, &dir.join(self.to_string())).map_err(at(&open))
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let end = match self.form {
            Form::Frames => FRAMES,
            Form::Warc => CLOSED,
        };
        write!(formatter, "{}.{}{end}", self.day, self.number)
    }
}

/// Returns the files, oldest first. Ignores other files, and links in their place.
pub(super) fn list(dir: &Path) -> Result<Vec<Stored>, ArchiveError> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(at(dir))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(at(dir))?;
        let Some((name, is_open)) = Name::read(&entry.file_name().to_string_lossy()) else { continue };
        match entry.metadata() {
            Ok(metadata) if metadata.is_file() => files.push(Stored { name, is_open, bytes: metadata.len() }),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(at(&entry.path())(error)),
            // The file was closed or dropped meanwhile.
            _ => {}
        }
    }
    files.sort();
    Ok(files)
}

/// Cuts off the incomplete end that the last process, or a power failure, left in open files. A file that was cut is closed, so that no page ever
/// gets the place of another.
pub(super) fn recover(dir: &Path) -> Result<(), ArchiveError> {
    for Stored { name, bytes, .. } in list(dir)?.into_iter().filter(|stored| stored.is_open) {
        let path = name.open_path(dir);
        let whole = File::open(&path).map(member::whole_bytes).map_err(at(&path))?;
        if whole == bytes {
            continue;
        }
        tracing::warn!(file = %path.display(), bytes = bytes - whole, "cut an incomplete page off {}", path.display());
        cut(&path, whole).map_err(at(&path))?;
        name.close(dir)?;
    }
    Ok(())
}

fn cut(path: &Path, length: u64) -> io::Result<()> {
    files::own().write(true).open(path)?.set_len(length)
}
