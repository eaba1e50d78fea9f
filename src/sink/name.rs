//! The store's name, kept beside its record files in `<records>/.store`. A database rebuilt from the files takes this name, so that readers' cursors
//! stay valid. The name begins with a dot, which no portal's folder does.

use std::io;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use crate::files;
use crate::model::cursor::StoreName;

fn path(root: &Path) -> PathBuf {
    root.join(".store")
}

/// Reads the name; `None` if the file is missing or its content is not a name.
///
/// # Errors
/// If the file cannot be read.
pub fn read(root: &Path) -> io::Result<Option<StoreName>> {
    match std::fs::read_to_string(path(root)) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes the name durably.
///
/// # Errors
/// If the file cannot be written.
pub fn write(root: &Path, name: StoreName) -> io::Result<()> {
    files::make_folders(root)?;
    files::replace(&path(root), format!("{name}\n").as_bytes())
}
