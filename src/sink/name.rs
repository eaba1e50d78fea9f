//! The store's name beside its record files, `<records>/.store`: a database that is made anew from the files goes by it, so that readers' cursors
//! stay good. It begins with a dot, as no portal's folder does.

use std::io;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use crate::files;
use crate::model::cursor::StoreName;

fn path(root: &Path) -> PathBuf {
    root.join(".store")
}

/// Reads it; `None` if there is none, or what stands there is none.
///
/// # Errors
/// If it cannot be read.
pub fn read(root: &Path) -> io::Result<Option<StoreName>> {
    match std::fs::read_to_string(path(root)) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes it durably.
///
/// # Errors
/// If it cannot be written.
pub fn write(root: &Path, name: StoreName) -> io::Result<()> {
    files::make_folders(root)?;
    files::replace(&path(root), format!("{name}\n").as_bytes())
}
