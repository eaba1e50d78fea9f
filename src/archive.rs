//! A bounded store of the last raw exchanges: `<pages>/<yyyy-mm-dd>.zst`, one zstd frame for each exchange (a line of JSON, then the
//! body). `explain`, quarantine and later `replay` read it; WARC comes later.

use std::fs::File;
use std::fs::OpenOptions;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use thiserror::Error;

use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::model::record::RawRef;
use crate::model::settings::PageStoreSettings;
use crate::url::PageUrl;

/// zstd's level: pages shrink to a sixth at it, in less time than the disk takes.
const LEVEL: i32 = 3;

/// Bytes of an exchange that are read back at most, whatever its frame says.
const MAX_READ: u64 = 256 * 1024 * 1024;

/// Why the page store did not do what it was asked.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// An exchange cannot be read back.
    #[error("{path} at {offset}: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The byte at which the exchange begins.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// The task that wrote panicked.
    #[error("bug in the page store: {0}")]
    Bug(String),
}

/// The page store. Cheap to clone; appends are one after the other.
#[derive(Debug, Clone)]
pub struct PageStore {
    dir: PathBuf,
    settings: PageStoreSettings,
    appending: Arc<Mutex<()>>,
}

/// The line before a body.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    url: PageUrl,
    final_url: PageUrl,
    fetched: Timestamp,
    http: HttpFacts,
    length: usize,
}

impl PageStore {
    /// A page store in a folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub fn open(dir: &Path, settings: PageStoreSettings) -> Result<PageStore, ArchiveError> {
        std::fs::create_dir_all(dir).map_err(at(dir))?;
        Ok(PageStore { dir: dir.to_owned(), settings, appending: Arc::default() })
    }

    /// Appends an exchange. It is not fsynced: a raw page that is lost with the power is no lost record.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn append(&self, page: &Page) -> Result<RawRef, ArchiveError> {
        let (store, page) = (self.clone(), page.clone());
        tokio::task::spawn_blocking(move || store.append_now(&page))
            .await
            .map_err(|error| ArchiveError::Bug(error.to_string()))?
    }

    fn append_now(&self, page: &Page) -> Result<RawRef, ArchiveError> {
        let day = crate::text::date::rfc3339(page.fetched);
        let name = format!("{}.zst", day.get(..10).unwrap_or("unknown"));
        let path = self.dir.join(&name);
        let frame = frame_of(page).map_err(at(&path))?;
        let _one_at_a_time = self.appending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = OpenOptions::new().append(true).create(true).open(&path).map_err(at(&path))?;
        let offset = file.seek(SeekFrom::End(0)).map_err(at(&path))?;
        if let Err(error) = file.write_all(&frame) {
            // Half a frame at the end would be no harm to those before it; cutting it off saves its bytes.
            let _ = file.set_len(offset);
            return Err(at(&path)(error));
        }
        Ok(RawRef { file: name, offset })
    }

    /// Reads an exchange back; `None` where it was dropped for room or age.
    ///
    /// # Errors
    /// [`ArchiveError`] where it is damaged.
    pub fn read(&self, place: &RawRef) -> Result<Option<Page>, ArchiveError> {
        // The name comes out of a record, which may have been edited: it must not lead out of the folder.
        let Some(name) = Path::new(&place.file).file_name() else { return Ok(None) };
        let path = self.dir.join(name);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(at(&path)(error)),
        };
        file.seek(SeekFrom::Start(place.offset)).map_err(at(&path))?;
        read_frame(file).map(Some).map_err(|error| ArchiveError::Damaged {
            path,
            offset: place.offset,
            reason: error.to_string(),
        })
    }

    /// Drops the files older than `keep`, then the oldest ones until `max_bytes` holds; returns the bytes freed.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn prune(&self, now: Timestamp) -> Result<u64, ArchiveError> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.prune_now(now))
            .await
            .map_err(|error| ArchiveError::Bug(error.to_string()))?
    }

    fn prune_now(&self, now: Timestamp) -> Result<u64, ArchiveError> {
        let oldest_kept = crate::text::date::rfc3339(now.saturating_sub(self.settings.keep).unwrap_or(Timestamp::MIN));
        let oldest_kept = oldest_kept.get(..10).unwrap_or_default();
        let files = self.files()?;
        let mut total: u64 = files.iter().map(|(_, _, bytes)| bytes).sum();
        let mut freed = 0;
        for (name, path, bytes) in &files {
            if name.as_str() < oldest_kept || total > self.settings.max_bytes {
                std::fs::remove_file(path).map_err(at(path))?;
                total -= bytes;
                freed += bytes;
            }
        }
        Ok(freed)
    }

    /// The store's size in bytes.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub fn bytes(&self) -> Result<u64, ArchiveError> {
        Ok(self.files()?.iter().map(|(_, _, bytes)| bytes).sum())
    }

    /// The days' files, oldest first: day, path, bytes.
    fn files(&self) -> Result<Vec<(String, PathBuf, u64)>, ArchiveError> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.dir).map_err(at(&self.dir))? {
            let path = entry.map_err(at(&self.dir))?.path();
            let day = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            if let Some(day) = day.filter(|_| path.extension().is_some_and(|extension| extension == "zst")) {
                let bytes = std::fs::metadata(&path).map_err(at(&path))?.len();
                files.push((day, path, bytes));
            }
        }
        files.sort();
        Ok(files)
    }
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |source| ArchiveError::Io { path: path.clone(), source }
}

fn frame_of(page: &Page) -> std::io::Result<Vec<u8>> {
    let head = Head {
        url: page.url.clone(),
        final_url: page.final_url.clone(),
        fetched: page.fetched,
        http: page.http.clone(),
        length: page.body.len(),
    };
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), LEVEL)?;
    serde_json::to_writer(&mut encoder, &head)?;
    encoder.write_all(b"\n")?;
    encoder.write_all(&page.body)?;
    encoder.finish()
}

fn read_frame(file: File) -> std::io::Result<Page> {
    let decoder = zstd::stream::Decoder::new(file)?.single_frame();
    let mut reader = BufReader::new(decoder.take(MAX_READ));
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    let head: Head = serde_json::from_slice(&line)?;
    let mut body = Vec::new();
    reader.read_to_end(&mut body)?;
    if body.len() != head.length {
        return Err(std::io::Error::other(format!("{} of {} bytes", body.len(), head.length)));
    }
    Ok(Page {
        url: head.url,
        final_url: head.final_url,
        fetched: head.fetched,
        http: head.http,
        body: Bytes::from(body),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn page(day: &str, body: &'static str) -> Page {
        let url = PageUrl::parse("https://a.vn/x").unwrap();
        let fetched = format!("{day}T01:00:00Z").parse().unwrap();
        Page { url: url.clone(), final_url: url, fetched, http: HttpFacts::default(), body: Bytes::from(body) }
    }

    fn store(dir: &Path, max_bytes: u64) -> PageStore {
        PageStore::open(dir, PageStoreSettings { keep: Duration::from_hours(48), max_bytes }).unwrap()
    }

    #[test]
    fn what_is_appended_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), 1 << 20);
        let pages = [page("2025-07-01", "một"), page("2025-07-01", "hai"), page("2025-07-02", "")];
        let places: Vec<RawRef> = pages.iter().map(|page| store.append_now(page).unwrap()).collect();
        for (page, place) in pages.iter().zip(&places).rev() {
            assert_eq!(store.read(place).unwrap().as_ref(), Some(page));
        }
        assert_eq!(store.read(&RawRef { file: "2020-01-01.zst".to_owned(), offset: 0 }).unwrap(), None);
        assert!(store.read(&RawRef { file: places[0].file.clone(), offset: 3 }).is_err());
    }

    #[test]
    fn age_and_bytes_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let roomy = store(folder.path(), 1 << 20);
        for day in ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04"] {
            roomy.append_now(&page(day, "bài")).unwrap();
        }
        let now = "2025-07-04T02:00:00Z".parse().unwrap();
        assert!(roomy.prune_now(now).unwrap() > 0);
        assert_eq!(roomy.files().unwrap().len(), 3);
        assert!(store(folder.path(), 1).prune_now(now).unwrap() > 0);
        assert_eq!(roomy.bytes().unwrap(), 0);
    }
}
