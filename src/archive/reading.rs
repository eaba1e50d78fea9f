//! Records which pages are being read, in one small file per portal whose first line names the page before and is empty after. A name left at startup
//! is that of the page that was being read when the process ended and that may have caused it: panics are caught, but a stack overflow or running out
//! of memory ends the whole process. Nothing is synced to disk, because a power cut is not the page's fault.

use std::io::ErrorKind;
use std::io::Write;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::archive::ArchiveError;
use crate::archive::PageStore;
use crate::archive::at;
use crate::files;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;

/// The subfolder of these files in the store.
const FOLDER: &str = "reading";

/// A page that is being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The portal.
    pub portal: PortalId,
    /// The link's key.
    pub link: String,
    /// The page, if it was stored.
    pub page: Option<RawRef>,
}

impl PageStore {
    /// Records that a page is being read. A failure is only logged, because it must not prevent the reading.
    pub async fn begin_reading(&self, reading: Reading) {
        let written = self.on_disk(move |store| store.begin_reading_now(&reading)).await;
        if let Err(error) = written.flatten() {
            tracing::debug!("{error}");
        }
    }

    fn begin_reading_now(&self, reading: &Reading) -> Result<(), ArchiveError> {
        let folder = self.dir.join(FOLDER);
        // Not `create_dir_all`: if the store's own folder was removed, this must not create it again.
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(at(&folder)(error)),
            _ => {}
        }
        let path = self.reading_of(&reading.portal);
        // What is left of a longer line behind this one does no harm. To create and remove a file costs as much as to read a small page.
        let write = || {
            let mut file = files::own().write(true).create(true).truncate(false).open(&path)?;
            file.write_all(format!("{}\n", serde_json::to_string(reading)?).as_bytes())
        };
        write().map_err(at(&path))
    }

    /// Records that reading the portal's page is over.
    pub async fn end_reading(&self, portal: &PortalId) {
        let path = self.reading_of(portal);
        let _ = self.on_disk(move |_| files::own().write(true).open(path)?.write_all(b"\n")).await;
    }

    /// Returns the pages that were being read when the last process ended, and removes their notes.
    ///
    /// # Errors
    /// [`ArchiveError::Io`] if the folder cannot be read.
    pub async fn take_left_reading(&self) -> Result<Vec<Reading>, ArchiveError> {
        self.on_disk(PageStore::take_left_reading_now).await?
    }

    fn take_left_reading_now(&self) -> Result<Vec<Reading>, ArchiveError> {
        let folder = self.dir.join(FOLDER);
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(at(&folder))?,
        };
        let mut left = Vec::new();
        for entry in entries {
            let path = entry.map_err(at(&folder))?.path();
            let text = std::fs::read(&path).map_err(at(&path))?;
            let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            // An incomplete note does not name a page.
            left.extend(serde_json::from_slice::<Reading>(first).ok());
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
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use super::*;
    use crate::model::settings::PageStoreSettings;

    #[tokio::test]
    async fn what_was_being_read_is_found_once() {
        let folder = tempfile::tempdir().unwrap();
        let settings = PageStoreSettings { keep: Some(Duration::from_hours(48)), max_bytes: 1 << 20, durable: false };
        let store = PageStore::open(folder.path(), settings).unwrap();
        let reading =
            |portal: &str| Reading { portal: PortalId::new(portal).unwrap(), link: "x".to_owned(), page: None };
        assert_eq!(store.take_left_reading().await.unwrap(), []);
        for portal in ["b", "a", "c"] {
            store.begin_reading(reading(portal)).await;
        }
        store.end_reading(&reading("c").portal).await;
        std::fs::write(folder.path().join("reading/d"), "{\"portal\":").unwrap();
        assert_eq!(store.take_left_reading().await.unwrap(), [reading("a"), reading("b")]);
        assert_eq!(store.take_left_reading().await.unwrap(), []);
    }

    /// A file that blocks, as on a hanging disk, delays only the task that requested it.
    #[tokio::test]
    async fn nobody_else_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let settings = PageStoreSettings { keep: Some(Duration::from_hours(48)), max_bytes: 1 << 20, durable: false };
        let store = PageStore::open(folder.path(), settings).unwrap();
        let pipe = |name: &str| {
            let path = folder.path().join(name);
            rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
            path
        };
        std::fs::create_dir(folder.path().join(FOLDER)).unwrap();
        let (note, page) = (pipe("reading/a"), pipe("2026-05-12.1.warc.gz"));
        let others = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&others);
        let other_end = std::thread::spawn(move || {
            let before = std::time::Duration::from_secs(5);
            for _ in 0..500 {
                if !seen.load(Ordering::SeqCst) {
                    std::thread::sleep(before / 500);
                }
            }
            let went_on = seen.load(Ordering::SeqCst);
            let _ = std::fs::read(&note);
            let _ = std::fs::OpenOptions::new().write(true).open(&page);
            went_on
        });
        let reading = Reading { portal: PortalId::new("a").unwrap(), link: "x".to_owned(), page: None };
        let place = RawRef { file: "2026-05-12.1.warc.gz".to_owned(), offset: 0 };
        let work = async { tokio::join!(store.begin_reading(reading), store.read(&place)) };
        let _ = tokio::join!(work, async { others.store(true, Ordering::SeqCst) });
        assert!(other_end.join().unwrap());
    }
}
