//! The page store: a bounded archive of recent exchanges in WARC files `<pages>/<yyyy-mm-dd>.<number>.warc.gz`, with one gzip member per record. A
//! file ends with its day, or at a sixteenth of the store's size, so that whole files can be dropped, oldest first. During appends, its name ends in
//! `.open`.

mod evidence;
mod files;
mod frames;
mod reading;
mod stored;
pub mod warc;

#[cfg(test)]
mod tests;

use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::archive::evidence::Entry;
pub use crate::archive::evidence::MOVED;
use crate::archive::evidence::Original;
pub use crate::archive::evidence::REQUESTED;
use crate::archive::files::Form;
use crate::archive::files::Name;
use crate::archive::files::Stored;
pub use crate::archive::reading::Reading;
pub use crate::archive::stored::StoredPage;
use crate::archive::warc::member;
use crate::archive::warc::member::Record;
use crate::failpoint;
use crate::files::own;
use crate::files::sync_parent;
use crate::model::exchange::Exchange;
use crate::model::page::Page;
use crate::model::page::Unchanged;
use crate::model::record::RawRef;
use crate::model::settings::PageStoreSettings;
use crate::text::date::rfc3339;
use crate::url::PageUrl;

/// Approximate number of files in a full store. Dropping one frees space and loses only that share.
const FILES: u64 = 16;

/// Maximum size of a file in bytes, as other archives use it. It matters only for large stores.
const MAX_FILE: u64 = 1 << 30;

/// Subfolder for pages that are kept as evidence. Their file names in a [`RawRef`] begin with it.
const EVIDENCE: &str = "evidence";

/// Limits of the evidence. An operator looks at it within weeks, and a page takes about ten kilobytes.
const EVIDENCE_BOUNDS: PageStoreSettings =
    PageStoreSettings { keep: Some(Duration::from_hours(400 * 24)), max_bytes: 256 * 1024 * 1024, durable: false };

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
    /// The file most recently appended to. A writer holds the lock, so that no two pages get the same place.
    current: Arc<Mutex<Option<Name>>>,
    /// The same for the evidence.
    current_evidence: Arc<Mutex<Option<Name>>>,
    /// Number of appends so far.
    appended: Arc<AtomicU64>,
    /// Number of those known to be on disk.
    synced: Arc<tokio::sync::Mutex<u64>>,
}

/// A page that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its place.
    pub place: RawRef,
    /// The id of the archive's record that shows it.
    record_id: String,
}

impl PageStore {
    /// Opens the page store in a folder. A missing folder is created. An incompletely written page is cut off: only the writing process may do this.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub fn open(dir: &Path, settings: PageStoreSettings) -> Result<PageStore, ArchiveError> {
        std::fs::create_dir_all(dir).map_err(at(dir))?;
        files::recover(dir)?;
        files::recover(&dir.join(EVIDENCE))?;
        Ok(PageStore::reader(dir, settings))
    }

    /// Opens the page store for reading only. Creates nothing; a missing folder is an empty store.
    pub fn reader(dir: &Path, settings: PageStoreSettings) -> PageStore {
        PageStore {
            dir: dir.to_owned(),
            settings,
            current: Arc::default(),
            current_evidence: Arc::default(),
            appended: Arc::default(),
            synced: Arc::default(),
        }
    }

    /// Appends a page. If it repeats the page at `earlier` byte for byte, the archive notes that and the place stays the same. If it is that page,
    /// read back, nothing is appended.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn append(&self, page: &Page, earlier: Option<&RawRef>) -> Result<Kept, ArchiveError> {
        let (page, earlier) = (page.clone(), earlier.cloned());
        self.on_disk(move |store| store.append_now(&page, earlier.as_ref())).await?
    }

    /// Appends a response saying that the page at `earlier` has not changed. If that page is gone, nothing is appended.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn append_unchanged(&self, unchanged: &Unchanged, earlier: &RawRef) -> Result<(), ArchiveError> {
        let (exchanges, earlier) = (unchanged.exchanges.clone(), earlier.clone());
        self.on_disk(move |store| match (store.original(&earlier), exchanges.last()) {
            (Some(original), Some(last)) => {
                let entry = evidence::of_repeated(&exchanges, &original).map_err(at(&store.dir))?;
                store.write(&entry, last.at).map(drop)
            }
            _ => Ok(()),
        })
        .await?
    }

    /// Appends exchanges that did not give a page, for example because the body was cut off.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn append_cut(&self, exchanges: Vec<Exchange>) -> Result<(), ArchiveError> {
        let Some(last) = exchanges.last().map(|last| last.at) else { return Ok(()) };
        self.on_disk(move |store| {
            let entry = evidence::of_exchanges(&exchanges).map_err(at(&store.dir))?;
            store.write(&entry, last).map(drop)
        })
        .await?
    }

    /// Records what was read from the stored page of a URL, as names and values.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn note_reading(
        &self,
        url: &PageUrl,
        kept: &Kept,
        facts: Vec<(&'static str, String)>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let (url, id) = (url.clone(), kept.record_id.clone());
        self.on_disk(move |store| {
            let bytes = evidence::of_reading(&url, &id, &facts, now).map_err(at(&store.dir))?;
            store.write(&Entry { bytes, ..Entry::default() }, now).map(drop)
        })
        .await?
    }

    /// Returns once everything appended so far is on disk, if the settings require that. Waiting callers share one sync.
    ///
    /// # Errors
    /// [`ArchiveError::Io`]: what was appended may be lost in a power failure.
    pub async fn secure(&self) -> Result<(), ArchiveError> {
        if !self.settings.durable {
            return Ok(());
        }
        let wanted = self.appended.load(Ordering::SeqCst);
        let mut synced = self.synced.lock().await;
        if *synced >= wanted {
            return Ok(());
        }
        let until = self.appended.load(Ordering::SeqCst);
        self.on_disk(PageStore::sync_now).await??;
        *synced = until;
        Ok(())
    }

    /// Syncs the current file. Earlier files were synced when they were closed.
    fn sync_now(&self) -> Result<(), ArchiveError> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(name) = current else { return Ok(()) };
        let Some((file, path)) = name.for_reading(&self.dir)? else { return Ok(()) };
        failpoint::reach("archive.sync").and_then(|()| file.sync_data()).map_err(at(&path))
    }

    /// Runs disk work on a blocking thread, so that other tasks continue.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PageStore) -> T + Send + 'static,
    ) -> Result<T, ArchiveError> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || work(&store)).await.map_err(|error| ArchiveError::Bug(error.to_string()))
    }

    fn append_now(&self, page: &Page, earlier: Option<&RawRef>) -> Result<Kept, ArchiveError> {
        if let Some((place, original)) = earlier.and_then(|place| Some((place, self.original(place)?))) {
            if original.is_source_of(page) {
                return Ok(Kept { place: place.clone(), record_id: original.record_id().to_owned() });
            }
            if self.is_repeated(page, &original) {
                let entry = evidence::of_repeated(&page.exchanges, &original).map_err(at(&self.dir))?;
                self.write(&entry, page.fetched)?;
                return Ok(Kept { place: place.clone(), record_id: entry.record_id });
            }
        }
        let entry = evidence::of_page(page).map_err(at(&self.dir))?;
        let place = self.write(&entry, page.fetched)?;
        Ok(Kept { place, record_id: entry.record_id })
    }

    /// Whether a page only repeats an original that is kept long enough. Halfway to the original's end, the page is stored in full again.
    fn is_repeated(&self, page: &Page, original: &Original) -> bool {
        let stays = match (self.settings.keep, original.at()) {
            (Some(keep), Some(at)) => {
                Duration::try_from(page.fetched.duration_since(at)).is_ok_and(|age| age < keep / 2)
            }
            (None, at) => at.is_some(),
            _ => false,
        };
        stays && original.is_same(page)
    }

    /// Returns the response at a place. None if it is gone or is not a response.
    fn original(&self, place: &RawRef) -> Option<Original> {
        let (mut file, _, name) = self.place_of(place).ok()??;
        file.seek(SeekFrom::Start(place.offset)).ok().filter(|_| name.form == Form::Warc)?;
        Original::of(member::read_fields(file).ok()?)
    }

    /// Appends records to the file of their day.
    fn write(&self, entry: &Entry, day: Timestamp) -> Result<RawRef, ArchiveError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let name = self.file_for(day_of(day), entry.bytes.len() as u64, current.take())?;
        let path = name.open_path(&self.dir);
        let mut file = own().append(true).create(true).open(&path).map_err(at(&path))?;
        let begin = file.seek(SeekFrom::End(0)).map_err(at(&path))?;
        let about = if begin == 0 { evidence::about(&name.to_string(), day).map_err(at(&path))? } else { Vec::new() };
        let offset = begin + (about.len() + entry.page_at) as u64;
        let bytes = [about.as_slice(), &entry.bytes].concat();
        if let Err(error) = failpoint::reach("archive.append").and_then(|()| file.write_all(&bytes)) {
            // An incomplete record at the end would not harm the ones before it. Cutting it off saves space.
            let _ = file.set_len(begin);
            return Err(at(&path)(error));
        }
        if begin == 0 {
            sync_parent(&path).map_err(at(&path))?;
        }
        failpoint::reach("archive.appended").map_err(at(&path))?;
        let file = name.to_string();
        *current = Some(name);
        self.appended.fetch_add(1, Ordering::SeqCst);
        Ok(RawRef { file, offset })
    }

    /// Keeps an exchange as evidence, in a separate store that daily fetches do not fill. Evidence is a page on which the program failed, or one that
    /// shows why an alarm was raised.
    ///
    /// # Errors
    /// Like [`PageStore::append`].
    pub async fn keep(&self, page: &Page) -> Result<RawRef, ArchiveError> {
        let page = page.clone();
        let kept = self.on_disk(move |store| store.evidence_store()?.append_now(&page, None)).await??;
        Ok(RawRef { file: format!("{EVIDENCE}/{}", kept.place.file), ..kept.place })
    }

    fn evidence_store(&self) -> Result<PageStore, ArchiveError> {
        let dir = self.dir.join(EVIDENCE);
        std::fs::create_dir_all(&dir).map_err(at(&dir))?;
        let store = PageStore::reader(&dir, EVIDENCE_BOUNDS);
        Ok(PageStore { current: Arc::clone(&self.current_evidence), ..store })
    }

    /// Returns the open file for this many bytes, and closes the one before it. Frees space before it starts a new file.
    fn file_for(&self, day: String, bytes: u64, current: Option<Name>) -> Result<Name, ArchiveError> {
        let bound = self.bound();
        if bytes > bound {
            return Err(ArchiveError::TooLarge { bytes });
        }
        let share = (bound / FILES).min(MAX_FILE);
        let files = if current.as_ref().is_some_and(|name| name.day == day) { Vec::new() } else { self.files()? };
        let known = current.or_else(|| files.iter().rfind(|stored| stored.is_open).map(|stored| stored.name.clone()));
        if let Some(name) = &known {
            let held = std::fs::metadata(name.open_path(&self.dir)).map_or(0, |metadata| metadata.len());
            if name.day == day && (held == 0 || held + bytes <= share) {
                return Ok(name.clone());
            }
            name.close(&self.dir)?;
        }
        self.drop_until(bound - bytes.max(share))?;
        let number =
            self.files()?.iter().filter(|stored| stored.name.day == day).map(|stored| stored.name.number).max();
        Ok(Name { day, number: number.map_or(1, |number| number + 1), form: Form::Warc })
    }

    /// Returns the maximum size of the store.
    fn bound(&self) -> u64 {
        if self.settings.keep.is_some() { self.settings.max_bytes } else { u64::MAX }
    }

    /// Reads a page back. None if it was dropped because of its age or of the store's size.
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
        self.read_at(place, |page| page, evidence::page_in)
    }

    /// Reads what is at a place: a page of an older version, or a record. None if it was dropped.
    fn read_at<T>(
        &self,
        place: &RawRef,
        of_page: impl FnOnce(Page) -> T,
        of_record: impl FnOnce(Record) -> std::io::Result<T>,
    ) -> Result<Option<T>, ArchiveError> {
        let Some((mut file, path, name)) = self.place_of(place)? else { return Ok(None) };
        let read = file.seek(SeekFrom::Start(place.offset)).and_then(|_| match name.form {
            Form::Frames => frames::read(file).map(of_page),
            Form::Warc => member::read(file).and_then(of_record),
        });
        read.map(Some).map_err(|error| ArchiveError::Damaged { path, offset: place.offset, reason: error.to_string() })
    }

    /// Opens the file of a place. None if it was dropped.
    fn place_of(&self, place: &RawRef) -> Result<Option<(std::fs::File, PathBuf, Name)>, ArchiveError> {
        // The name comes from a record that someone may have edited. It must not point outside the folder.
        let path = Path::new(&place.file);
        let name = path.file_name().and_then(|name| Name::of_reference(&name.to_string_lossy()));
        let Some(name) = name else { return Ok(None) };
        let is_evidence = path.parent() == Some(Path::new(EVIDENCE));
        let folder = if is_evidence { self.dir.join(EVIDENCE) } else { self.dir.clone() };
        Ok(name.for_reading(&folder)?.map(|(file, path)| (file, path, name)))
    }

    /// Drops the files older than `keep`, then the oldest ones until the store is within `max_bytes`. Closes the file of an earlier day. Returns the
    /// number of bytes freed.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn prune(&self, now: Timestamp) -> Result<u64, ArchiveError> {
        self.on_disk(move |store| store.prune_now(now)).await?
    }

    fn prune_now(&self, now: Timestamp) -> Result<u64, ArchiveError> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let today = day_of(now);
        for Stored { name, .. } in self.files()?.iter().filter(|stored| stored.is_open && stored.name.day < today) {
            name.close(&self.dir)?;
        }
        current.take_if(|name| name.day < today);
        let Some(keep) = self.settings.keep else { return Ok(0) };
        let oldest_kept = day_of(now.saturating_sub(keep).unwrap_or(Timestamp::MIN));
        let mut freed = 0;
        for stored in self.files()?.iter().filter(|stored| stored.name.day < oldest_kept) {
            self.remove(stored)?;
            freed += stored.bytes;
        }
        Ok(freed + self.drop_until(self.settings.max_bytes)?)
    }

    /// Drops the oldest files until at most this many bytes are left. Returns the number of bytes freed.
    fn drop_until(&self, bytes_left: u64) -> Result<u64, ArchiveError> {
        let files = self.files()?;
        let mut total: u64 = files.iter().map(|stored| stored.bytes).sum();
        let mut freed = 0;
        for stored in &files {
            if total > bytes_left {
                self.remove(stored)?;
                total -= stored.bytes;
                freed += stored.bytes;
            }
        }
        Ok(freed)
    }

    fn remove(&self, stored: &Stored) -> Result<(), ArchiveError> {
        let name = &stored.name;
        let path = if stored.is_open { name.open_path(&self.dir) } else { self.dir.join(name.to_string()) };
        std::fs::remove_file(&path).map_err(at(&path))
    }

    /// Returns the store's size in bytes.
    ///
    /// # Errors
    /// [`ArchiveError::Io`].
    pub async fn bytes(&self) -> Result<u64, ArchiveError> {
        Ok(self.on_disk(PageStore::files).await??.iter().map(|stored| stored.bytes).sum())
    }

    /// Returns the files, oldest first. Ignores other files.
    fn files(&self) -> Result<Vec<Stored>, ArchiveError> {
        files::list(&self.dir)
    }
}

/// Returns the day of a moment in +07:00, as `yyyy-mm-dd`.
fn day_of(moment: Timestamp) -> String {
    rfc3339(moment).get(..10).unwrap_or("unknown").to_owned()
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> ArchiveError {
    let path = path.to_owned();
    move |cause| ArchiveError::Io { path: path.clone(), cause }
}
