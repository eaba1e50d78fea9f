//! Which pages are being read just now: one small file for each portal, written before and removed after. What is found at a start was being read
//! when the process ended, and may be what ended it: a panic is caught, but a stack that overflows or memory that is missing takes the whole process.
//! Nothing is synced: what is lost with the power was not the page's fault.

use std::io::ErrorKind;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::archive::ArchiveError;
use crate::archive::PageStore;
use crate::archive::at;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;

/// The folder of the files, below that of the store.
const FOLDER: &str = "reading";

/// A page that is being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The portal.
    pub portal: PortalId,
    /// The link's key.
    pub link: String,
    /// The page, where it was kept.
    pub page: Option<RawRef>,
}

impl PageStore {
    /// Notes that a page is being read. That it cannot be noted is no reason not to read it.
    pub fn begin_reading(&self, reading: &Reading) {
        let path = self.reading_of(&reading.portal);
        let write = || {
            // Only this one: where the store's own folder was taken away, nothing is begun anew in its place.
            match std::fs::create_dir(self.dir.join(FOLDER)) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            std::fs::write(&path, serde_json::to_vec(reading)?)
        };
        if let Err(error) = write() {
            tracing::debug!("{}: {error}", path.display());
        }
    }

    /// Notes that the portal's page was read.
    pub fn end_reading(&self, portal: &PortalId) {
        let _ = std::fs::remove_file(self.reading_of(portal));
    }

    /// The pages that were being read when the last process ended; they are forgotten by this.
    ///
    /// # Errors
    /// [`ArchiveError::Io`] where the folder cannot be read.
    pub fn take_left_reading(&self) -> Result<Vec<Reading>, ArchiveError> {
        let folder = self.dir.join(FOLDER);
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(at(&folder))?,
        };
        let mut left = Vec::new();
        for entry in entries {
            let path = entry.map_err(at(&folder))?.path();
            let text = std::fs::read(&path).map_err(at(&path))?;
            // Half a note names nothing.
            left.extend(serde_json::from_slice::<Reading>(&text).ok());
            std::fs::remove_file(&path).map_err(at(&path))?;
        }
        left.sort_by(|one, other| one.portal.cmp(&other.portal));
        Ok(left)
    }

    fn reading_of(&self, portal: &PortalId) -> PathBuf {
        self.dir.join(FOLDER).join(portal.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::settings::PageStoreSettings;

    #[test]
    fn what_was_being_read_is_found_once() {
        let folder = tempfile::tempdir().unwrap();
        let settings = PageStoreSettings { keep: Duration::from_hours(48), max_bytes: 1 << 20 };
        let store = PageStore::open(folder.path(), settings).unwrap();
        let reading =
            |portal: &str| Reading { portal: PortalId::new(portal).unwrap(), link: "x".to_owned(), page: None };
        assert_eq!(store.take_left_reading().unwrap(), []);
        for portal in ["b", "a", "c"] {
            store.begin_reading(&reading(portal));
        }
        store.end_reading(&reading("c").portal);
        std::fs::write(folder.path().join("reading/d"), "{\"portal\":").unwrap();
        assert_eq!(store.take_left_reading().unwrap(), [reading("a"), reading("b")]);
        assert_eq!(store.take_left_reading().unwrap(), []);
    }
}
