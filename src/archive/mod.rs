//! A bounded store of the last raw exchanges in files `<pages>/<yyyy-mm-dd>.<number>.zst`, with one zstd frame per exchange (a line of JSON, then the
//! body). A file ends at a sixteenth of the store's size, so that whole files can be dropped, oldest first. `explain` and the quarantine read the
//! store.

mod reading;

use std::fs::File;
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
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;
use thiserror::Error;

pub use crate::archive::reading::Reading;
use crate::failpoint;
use crate::files;
use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::model::record::RawRef;
use crate::model::settings::PageStoreSettings;
use crate::url::PageUrl;

/// The zstd level. It shrinks pages to a sixth in less time than the disk needs.
const LEVEL: i32 = 3;

/// Approximate number of files in a full store. Dropping one makes room and loses only that share.
const FILES: u64 = 16;

/// Subfolder for pages that are kept as evidence. Their file names in a [`RawRef`] begin with it.
const EVIDENCE: &str = "evidence";

/// Limits of the evidence. An operator looks at it within weeks, and a page has some ten kilobytes.
const EVIDENCE_BOUNDS: PageStoreSettings =
    PageStoreSettings { keep: Duration::from_hours(400 * 24), max_bytes: 256 * 1024 * 1024 };

/// Maximum number of bytes that are read back for one exchange, whatever its frame says.
const MAX_READ: u64 = 256 * 1024 * 1024;

/// An error of the page store.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {cause}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        cause: std::io::Error,
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
    /// An exchange is larger than the whole store.
    #[error("the page has {bytes} compressed bytes, more than `max_bytes` of [pages] allows for all pages")]
    TooLarge {
        /// The compressed size of the exchange.
        bytes: u64,
    },
    /// The writing task panicked.
    #[error("bug in the page store: {0}")]
    Bug(String),
}

/// The page store. It is cheap to clone. Appends run one after the other.
#[derive(Debug, Clone)]
pub struct PageStore {
    dir: PathBuf,
    settings: PageStoreSettings,
    /// The file that was last appended to. A writer holds the lock, so that no other page gets the same place.
    current: Arc<Mutex<Option<Name>>>,
    /// The same for the evidence.
    current_evidence: Arc<Mutex<Option<Name>>>,
}

/// The name of a file. Names sort by age.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    day: String,
    number: u32,
}

/// A file of the store.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stored {
    name: Name,
    bytes: u64,
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
    /// Opens the page store in a folder. A missing folder is created.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub fn open(dir: &Path, settings: PageStoreSettings) -> Result<PageStore, ArchiveError> {
        std::fs::create_dir_all(dir).map_err(at(dir))?;
        Ok(PageStore::reader(dir, settings))
    }

    /// Opens the page store for reading only. It creates nothing, and a missing folder is an empty store.
    pub fn reader(dir: &Path, settings: PageStoreSettings) -> PageStore {
        PageStore { dir: dir.to_owned(), settings, current: Arc::default(), current_evidence: Arc::default() }
    }

    /// Appends an exchange. It is not synced to disk: losing a raw page in a power cut loses no record.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn append(&self, page: &Page) -> Result<RawRef, ArchiveError> {
        let page = page.clone();
        self.on_disk(move |store| store.append_now(&page)).await?
    }

    /// Runs disk work on a blocking thread, so that other tasks continue.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PageStore) -> T + Send + 'static,
    ) -> Result<T, ArchiveError> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || work(&store)).await.map_err(|error| ArchiveError::Bug(error.to_string()))
    }

    fn append_now(&self, page: &Page) -> Result<RawRef, ArchiveError> {
        let frame = frame_of(page).map_err(at(&self.dir))?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let name = self.file_for(day_of(page.fetched), frame.len() as u64, current.as_ref())?;
        let path = self.dir.join(name.to_string());
        let mut file = files::own().append(true).create(true).open(&path).map_err(at(&path))?;
        let offset = file.seek(SeekFrom::End(0)).map_err(at(&path))?;
        if let Err(error) = failpoint::reach("archive.append").and_then(|()| file.write_all(&frame)) {
            // An incomplete frame at the end would not harm those before it. Cutting it off saves its bytes.
            let _ = file.set_len(offset);
            return Err(at(&path)(error));
        }
        failpoint::reach("archive.appended").map_err(at(&path))?;
        let file = name.to_string();
        *current = Some(name);
        Ok(RawRef { file, offset })
    }

    /// Keeps an exchange as evidence, in a separate store that daily fetches do not fill. Evidence is a page on which the program failed, or one that
    /// shows why an alarm was raised.
    ///
    /// # Errors
    /// Like [`PageStore::append`].
    pub async fn keep(&self, page: &Page) -> Result<RawRef, ArchiveError> {
        let page = page.clone();
        let kept = self.on_disk(move |store| store.evidence()?.append_now(&page)).await??;
        Ok(RawRef { file: format!("{EVIDENCE}/{}", kept.file), ..kept })
    }

    fn evidence(&self) -> Result<PageStore, ArchiveError> {
        let store = PageStore::open(&self.dir.join(EVIDENCE), EVIDENCE_BOUNDS)?;
        Ok(PageStore { current: Arc::clone(&self.current_evidence), ..store })
    }

    /// Returns the file to which this many bytes are appended. Makes room before a new file is begun.
    fn file_for(&self, day: String, bytes: u64, current: Option<&Name>) -> Result<Name, ArchiveError> {
        if bytes > self.settings.max_bytes {
            return Err(ArchiveError::TooLarge { bytes });
        }
        let share = self.settings.max_bytes / FILES;
        let known = match current.filter(|name| name.day == day) {
            Some(name) => Some(name.clone()),
            None => self.files()?.into_iter().map(|stored| stored.name).rfind(|name| name.day == day),
        };
        if let Some(name) = &known {
            let held = std::fs::metadata(self.dir.join(name.to_string())).map_or(0, |metadata| metadata.len());
            if held == 0 || held + bytes <= share {
                return Ok(name.clone());
            }
        }
        self.drop_until(self.settings.max_bytes - bytes.max(share))?;
        Ok(Name { day, number: known.map_or(1, |name| name.number + 1) })
    }

    /// Reads an exchange back. None if it was dropped because of its age or the store's size.
    ///
    /// # Errors
    /// [`ArchiveError`] if it is damaged.
    pub async fn read(&self, place: &RawRef) -> Result<Option<Page>, ArchiveError> {
        let place = place.clone();
        self.on_disk(move |store| store.read_now(&place)).await?
    }

    /// Like [`PageStore::read`], for threads that may block.
    ///
    /// # Errors
    /// [`ArchiveError`] if it is damaged.
    pub fn read_now(&self, place: &RawRef) -> Result<Option<Page>, ArchiveError> {
        // The name comes from a record, which may have been edited. It must not point outside the folder.
        let Some(name) = Path::new(&place.file).file_name() else { return Ok(None) };
        let is_evidence = Path::new(&place.file).parent() == Some(Path::new(EVIDENCE));
        let folder = if is_evidence { self.dir.join(EVIDENCE) } else { self.dir.clone() };
        let path = folder.join(name);
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

    /// Drops the files older than `keep`, then the oldest ones until the store is within `max_bytes`. Returns the number of bytes freed.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn prune(&self, now: Timestamp) -> Result<u64, ArchiveError> {
        self.on_disk(move |store| store.prune_now(now)).await?
    }

    fn prune_now(&self, now: Timestamp) -> Result<u64, ArchiveError> {
        let _nobody_appends = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest_kept = day_of(now.saturating_sub(self.settings.keep).unwrap_or(Timestamp::MIN));
        let mut freed = 0;
        for Stored { name, bytes } in self.files()?.iter().filter(|stored| stored.name.day < oldest_kept) {
            self.remove(name)?;
            freed += bytes;
        }
        Ok(freed + self.drop_until(self.settings.max_bytes)?)
    }

    /// Drops the oldest files until at most this many bytes are left. Returns the number of bytes freed.
    fn drop_until(&self, bytes_left: u64) -> Result<u64, ArchiveError> {
        let files = self.files()?;
        let mut total: u64 = files.iter().map(|stored| stored.bytes).sum();
        let mut freed = 0;
        for Stored { name, bytes } in &files {
            if total > bytes_left {
                self.remove(name)?;
                total -= bytes;
                freed += bytes;
            }
        }
        Ok(freed)
    }

    fn remove(&self, name: &Name) -> Result<(), ArchiveError> {
        let path = self.dir.join(name.to_string());
        std::fs::remove_file(&path).map_err(at(&path))
    }

    /// Returns the store's size in bytes.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn bytes(&self) -> Result<u64, ArchiveError> {
        Ok(self.on_disk(PageStore::files).await??.iter().map(|stored| stored.bytes).sum())
    }

    /// Returns the files, oldest first. Other files are ignored.
    fn files(&self) -> Result<Vec<Stored>, ArchiveError> {
        let entries = match std::fs::read_dir(&self.dir) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(at(&self.dir))?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry.map_err(at(&self.dir))?;
            if let Some(name) = Name::read(&entry.file_name().to_string_lossy()) {
                let bytes = entry.metadata().map_err(at(&entry.path()))?.len();
                files.push(Stored { name, bytes });
            }
        }
        files.sort();
        Ok(files)
    }
}

impl Name {
    fn read(text: &str) -> Option<Name> {
        let (day, number) = text.strip_suffix(".zst")?.split_once('.')?;
        Some(Name { day: day.to_owned(), number: number.parse().ok()? })
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.zst", self.day, self.number)
    }
}

/// Returns the day of a moment in +07:00, as `yyyy-mm-dd`.
fn day_of(moment: Timestamp) -> String {
    let text = crate::text::date::rfc3339(moment);
    text.get(..10).unwrap_or("unknown").to_owned()
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |cause| ArchiveError::Io { path: path.clone(), cause }
}

fn frame_of(page: &Page) -> std::io::Result<Vec<u8>> {
    let head = Head {
        url: page.url.clone(),
        final_url: page.final_url.clone(),
        fetched: page.fetched,
        http: page.http.clone(),
        length: page.body.len(),
    };
    let mut exchange = serde_json::to_vec(&head)?;
    exchange.push(b'\n');
    exchange.extend_from_slice(&page.body);
    // In one call: if zstd knows the size, its tables are no larger than necessary.
    zstd::bulk::compress(&exchange, LEVEL)
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
            assert_eq!(store.read_now(place).unwrap().as_ref(), Some(page));
        }
        assert_eq!(store.read_now(&RawRef { file: "2020-01-01.zst".to_owned(), offset: 0 }).unwrap(), None);
        assert!(store.read_now(&RawRef { file: places[0].file.clone(), offset: 3 }).is_err());
    }

    #[tokio::test]
    async fn evidence_stays_when_the_store_is_crowded_out() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), 1 << 20);
        let place = store.keep(&page("2025-07-01", "bằng chứng")).await.unwrap();
        store.append_now(&page("2025-07-01", "bài")).unwrap();
        store.prune_now("2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(store.bytes().await.unwrap(), 0);
        assert_eq!(store.read(&place).await.unwrap().unwrap().body, "bằng chứng".as_bytes());
        let outside = RawRef { file: format!("../{}", place.file), ..place };
        assert_eq!(store.read(&outside).await.unwrap(), None);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn pages_that_are_kept_at_once_are_each_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), 1 << 20);
        let bodies: Vec<String> = (0..200).map(|number| format!("bài {number}")).collect();
        let keep = |body: &String| {
            let (store, page) = (store.clone(), Page { body: body.clone().into(), ..page("2025-07-01", "") });
            tokio::spawn(async move { store.keep(&page).await.unwrap() })
        };
        let tasks: Vec<_> = bodies.iter().map(keep).collect();
        for (body, task) in bodies.iter().zip(tasks) {
            assert_eq!(store.read(&task.await.unwrap()).await.unwrap().unwrap().body, body.as_bytes());
        }
    }

    #[test]
    fn age_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path(), 1 << 20);
        for day in ["2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04"] {
            store.append_now(&page(day, "bài")).unwrap();
        }
        std::fs::write(folder.path().join("notes.zst"), "not ours").unwrap();
        assert!(store.prune_now("2025-07-04T02:00:00Z".parse().unwrap()).unwrap() > 0);
        let days: Vec<String> = store.files().unwrap().into_iter().map(|stored| stored.name.day).collect();
        assert_eq!(days, ["2025-07-02", "2025-07-03", "2025-07-04"]);
        assert!(folder.path().join("notes.zst").exists());
    }

    /// Returns letters that hardly compress.
    fn noise(seed: u64, length: usize) -> String {
        let mut bytes = vec![0; length];
        blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
        bytes.iter().map(|byte| char::from(b'A' + byte % 64)).collect()
    }

    #[test]
    fn bytes_are_bounded_while_it_fills_and_the_newest_stay() {
        const MAX: u64 = 1 << 20;
        let folder = tempfile::tempdir().unwrap();
        let mut places = Vec::new();
        for number in 0..400 {
            // Each start of the program continues with the file of the day.
            let store = store(folder.path(), MAX);
            let body = noise(number, 10_000);
            let page = Page { body: Bytes::from(body.clone()), ..page("2025-07-01", "") };
            places.push((store.append_now(&page).unwrap(), body));
            assert!(
                store.files().unwrap().iter().map(|stored| stored.bytes).sum::<u64>() <= MAX,
                "after {number} pages"
            );
        }
        let store = store(folder.path(), MAX);
        let kept = |place: &RawRef| store.read_now(place).unwrap();
        let (newest, body) = places.last().unwrap();
        assert_eq!(kept(newest).unwrap().body, body.as_bytes());
        assert_eq!(kept(&places[0].0), None);
        let count = places.iter().filter(|(place, _)| kept(place).is_some()).count();
        assert!(count > 100 && count < 150, "{count} of 400 pages of 7.5 KB in 1 MiB");
        let huge = Page { body: Bytes::from(noise(1, 2 << 20)), ..page("2025-07-01", "") };
        assert!(matches!(store.append_now(&huge), Err(ArchiveError::TooLarge { .. })));
        assert!(kept(newest).is_some(), "what does not fit takes nothing with it");
    }
}
