//! The texts of attachments: one file per downloaded file, `attachments/<two digits>/<sha256>.txt` in the state folder. Records refer to it.
//!
//! A text is written durably before the revision that refers to it. Writing it again writes the same content.

use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use crate::failpoint;
use crate::files;
use crate::model::article::Attachment;

/// The folder of the texts in the state folder. Their places in records begin with it.
pub const FOLDER: &str = "attachments";

/// Maximum bytes of a text that are read for searching, matching or display. The rest stays in the file.
pub const MOST_READ: u64 = 1 << 20;

/// Writes a text. Returns its place, relative to the state folder.
///
/// # Errors
/// The system's.
pub fn write(state: &Path, sha256: &str, text: &str) -> io::Result<String> {
    let place = format!("{FOLDER}/{}/{sha256}.txt", sha256.get(..2).unwrap_or("00"));
    let path = state.join(&place);
    if let Some(folder) = path.parent() {
        files::make_folders(folder)?;
    }
    failpoint::reach("attachment.text")?;
    files::replace(&path, text.as_bytes())?;
    Ok(place)
}

/// Reads the first bytes of a text, up to `most`. None if the file is missing.
pub fn read(state: &Path, place: &str, most: u64) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path_of(state, place)?).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Removes a text that no record names any more. A failure is logged: the text then stays.
pub fn remove(state: &Path, place: &str) {
    let Some(path) = path_of(state, place) else { return };
    if let Err(error) = std::fs::remove_file(&path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!("the text of an attachment was not removed: {}: {error}", path.display());
    }
}

/// The path of a text. None if the place is none of a text: it comes from a record, which may have been edited, and must not point outside the folder.
fn path_of(state: &Path, place: &str) -> Option<PathBuf> {
    let parts: Vec<&str> = place.split('/').collect();
    let is_name = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let [FOLDER, shelf, name] = parts.as_slice() else { return None };
    (is_name(shelf) && is_name(name.strip_suffix(".txt")?)).then(|| state.join(place))
}

/// Loads the texts of attachments into `content`.
pub fn load(state: &Path, attachments: &mut [Attachment]) {
    for file in attachments {
        file.content = file.text.as_deref().and_then(|place| read(state, place, MOST_READ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_back_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let place = write(folder.path(), "ab12", "một\u{c}hai").unwrap();
        assert_eq!(place, "attachments/ab/ab12.txt");
        assert_eq!(read(folder.path(), &place, MOST_READ).as_deref(), Some("một\u{c}hai"));
        assert_eq!(read(folder.path(), &place, 6).as_deref(), Some("một\u{c}"));
        std::fs::write(folder.path().join("secret.txt"), "x").unwrap();
        for other in ["secret.txt", "attachments/../secret.txt", "attachments/ab/../../secret.txt", "/etc/passwd", ""] {
            assert_eq!(read(folder.path(), other, MOST_READ), None, "{other}");
            remove(folder.path(), other);
        }
        assert!(folder.path().join("secret.txt").exists());
        remove(folder.path(), &place);
        remove(folder.path(), &place);
        assert_eq!(read(folder.path(), &place, MOST_READ), None);
    }
}
