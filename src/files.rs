//! Files and folders whose names survive a power failure. A created or renamed file is only certain to exist afterwards if its folder was synced as
//! well (fsync(2)).

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::ErrorKind;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use thiserror::Error;

/// Syncs a folder, so that the names in it are durable.
///
/// # Errors
/// The system's, with the folder's name.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(|error| named(folder, error))
}

/// Syncs the folder that contains a file or folder.
///
/// # Errors
/// As [`sync_folder`].
pub fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}

/// Creates a folder and its parents, each new name durably.
///
/// # Errors
/// The system's, with the folder's name.
pub fn make_folders(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folders(parent)?;
    }
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists || !folder.is_dir() => Err(named(folder, error)),
        _ => sync_parent(folder),
    }
}

/// Replaces a file, or creates it. Afterwards, either the new or the old file exists completely. A half-written file named `<file>.new` is
/// overwritten.
///
/// # Errors
/// The system's, with the file's name.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = write_beside(path, bytes)?;
    rename(&new, path)
}

/// Creates a file that does not exist yet. Afterwards, it exists either completely or not at all. A half-written file named `<file>.new` is
/// overwritten.
///
/// # Errors
/// The system's, with the file's name; [`ErrorKind::AlreadyExists`] if a file with this name exists, which is not changed.
pub fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = write_beside(path, bytes)?;
    // Unlike a rename, a link never replaces another file (link(2)).
    let linked = std::fs::hard_link(&new, path).map_err(|error| named(path, error));
    std::fs::remove_file(&new).map_err(|error| named(&new, error))?;
    linked.and_then(|()| sync_parent(path))
}

/// Returns options to open a file of the program with a predictable name. Anyone who can write into its folder may have placed a symbolic link there
/// to redirect the write. Such a link is refused (`O_NOFOLLOW`, open(2)).
pub fn own() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    options
}

/// Writes `<file>.new` durably.
fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let new = beside(path, "new");
    let write = || {
        if let Err(error) = std::fs::remove_file(&new)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = own().write(true).create_new(true).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| named(&new, error))?;
    Ok(new)
}

/// Appends to a file, which keeps its owner and permissions.
///
/// # Errors
/// The system's, with the file's name.
pub fn append(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let write = || {
        let mut file = File::options().append(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| named(path, error))
}

/// Renames a file durably. An existing file with the new name is replaced.
///
/// # Errors
/// The system's, with the file's name.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to).map_err(|error| named(from, error))?;
    sync_parent(to)
}

/// Returns the path with one more extension: `a/b.db` and `new` give `a/b.db.new`.
pub fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// An error of the system with the file that it is about.
#[derive(Debug, Error)]
#[error("{path}: {source}")]
struct FileError {
    path: String,
    source: io::Error,
}

fn named(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), FileError { path: path.display().to_string(), source: error })
}

/// Returns the number of the system's error (errno(3)), even if a file's name was added to it.
pub fn errno(error: &io::Error) -> Option<i32> {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<FileError>());
    inner.map_or(error.raw_os_error(), |named| named.source.raw_os_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_made_and_files_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        make_folders(&deep).unwrap();
        make_folders(&deep).unwrap();
        let path = deep.join("x.db");
        std::fs::write(beside(&path, "new"), "half").unwrap();
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(&deep).unwrap().count(), 1);
        assert_eq!(create(&path, b"three").unwrap_err().kind(), ErrorKind::AlreadyExists);
        let other = deep.join("y.db");
        create(&other, b"one").unwrap();
        append(&other, b" and two").unwrap();
        assert_eq!(
            (std::fs::read(&path).unwrap(), std::fs::read(&other).unwrap()),
            (b"two".into(), b"one and two".into())
        );
        assert_eq!(std::fs::read_dir(&deep).unwrap().count(), 2);
        let error = make_folders(&path.join("below a file")).unwrap_err();
        assert!(error.to_string().contains("x.db") && errno(&error).is_some(), "{error}");
    }
}
