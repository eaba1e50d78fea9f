//! The queue of files that articles offer, behind the visits: fetches them as politely as pages, stores their bytes with the raw pages, reads their
//! text with [`converter`], and writes what was read as a revision of the article. Joins `store`, `fetch`, `archive`, `converter` and `text_files`.
//!
//! # Behind the visits
//! A file is only fetched while its portal and its group are free, and its next visit is not due soon. The queue holds their lease for one request, so
//! that nobody else sends one. Programs run one at a time, up to a daily bound of processor time.
//!
//! # Crashes
//! Each step is one transaction. The text's file is written before the revision that names it, and is the same if it is written again. A file whose
//! reading ends the process several times is set aside.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use ring::digest;

use crate::archive::PageStore;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::Portal;
use crate::converter;
use crate::converter::ConvertError;
use crate::extract::first_page;
use crate::failpoint;
use crate::fetch::FetchError;
use crate::fetch::Fetched;
use crate::fetch::Fetcher;
use crate::file_text;
use crate::file_text::FileText;
use crate::files;
use crate::machine;
use crate::model::article::Attachment;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::page::Page;
use crate::model::page::Revalidation;
use crate::model::portal::PortalId;
use crate::model::portal::ScopeDecision;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::model::request::Expect;
use crate::model::request::Request;
use crate::model::settings::FetchSettings;
use crate::schedule;
use crate::store::AttachmentJob;
use crate::store::AttachmentRead;
use crate::store::AttachmentWish;
use crate::store::FileAnswer;
use crate::store::Lease;
use crate::store::Store;
use crate::store::StoreError;
use crate::text::fingerprint;
use crate::text_files;

/// A portal whose visit is due within this time is left to its visit.
const BEFORE_VISIT: Duration = Duration::from_secs(20);

/// How long a file waits for a program that is not installed.
const UNTIL_INSTALLED: Duration = Duration::from_hours(1);

/// The folder in the state folder in which the programs work.
const WORK: &str = "attachments/work";

/// What the queue needs. Cheap to clone.
#[derive(Clone)]
pub struct AttachmentQueue {
    store: Store,
    fetcher: Fetcher,
    pages: PageStore,
    clock: Clock,
    config: Arc<Config>,
    state: PathBuf,
    /// Whether it was logged that a program is missing.
    told_absent: Arc<AtomicBool>,
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A file was requested.
    Fetched,
    /// A file was read.
    Read,
    /// Nothing is due.
    Idle,
    /// Files wait to be read, but today's processor time is spent.
    Spent,
}

impl AttachmentQueue {
    /// Creates the queue for a configuration.
    ///
    /// # Errors
    /// [`FetchError`] if there is no network for it.
    pub fn new(
        config: Arc<Config>,
        store: Store,
        fetcher: &Fetcher,
        pages: PageStore,
        clock: Clock,
    ) -> Result<AttachmentQueue, FetchError> {
        let most = config.attachments.max_bytes;
        let settings = FetchSettings {
            max_wire_bytes: most.min(config.fetch.max_wire_bytes),
            max_body_bytes: most.min(config.fetch.max_body_bytes),
            ..config.fetch.clone()
        };
        let (fetcher, state) = (fetcher.renewed(settings)?, config.state_dir.clone());
        // What a killed process left there. The lock of the state folder keeps others out.
        let _ = std::fs::remove_dir_all(state.join(WORK));
        Ok(AttachmentQueue { store, fetcher, pages, clock, config, state, told_absent: Arc::default() })
    }

    fn wish(&self, now: Timestamp, by_hand: bool) -> AttachmentWish {
        let is_open =
            |portal: &&Portal| by_hand || schedule::out_of_quiet(&portal.outlet.portal, &portal.quiet, now) <= now;
        AttachmentWish {
            portals: wanting(&self.config).filter(is_open).map(|portal| portal.outlet.portal.clone()).collect(),
            per_day: self.config.attachments.per_day,
            before_visit: BEFORE_VISIT,
            // Two requests, for robots.txt and the file, each after its delay.
            lease: (self.config.fetch.total_timeout + self.config.fetch.delay) * 3 + Duration::from_mins(1),
        }
    }

    /// Does the next thing: fetches a file, or reads one. `by_hand` is true if a person asked for it, so that quiet hours do not count.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn step(&self, by_hand: bool) -> Result<Step, StoreError> {
        let now = self.clock.now();
        take_up(&self.config, &self.store, now).await?;
        if let Some((job, lease)) = self.store.claim_attachment(self.wish(now, by_hand), now).await? {
            self.fetch(&job, &lease).await?;
            return Ok(Step::Fetched);
        }
        if self.store.attachment_cpu(now).await? >= self.config.attachments.cpu_per_day {
            return Ok(Step::Spent);
        }
        match self.store.next_unread(Self::week_after(now), now).await? {
            None => Ok(Step::Idle),
            Some(job) => {
                self.read(&job).await?;
                Ok(Step::Read)
            }
        }
    }

    async fn fetch(&self, job: &AttachmentJob, lease: &Lease) -> Result<(), StoreError> {
        let Some(portal) = self.config.portal(&job.portal) else {
            return self.store.release(lease, self.clock.now()).await;
        };
        let mut session = self
            .fetcher
            .session(portal.scope.clone(), portal.delay, lease.last_request)
            .with_tls(Arc::clone(&portal.tls))
            .with_deadline(lease.until);
        let (answer, until) = match portal.scope.admits(&job.url) {
            ScopeDecision::Admitted => {
                let request = Request::get(job.url.clone(), Expect::File);
                // Validators of bytes that are lost would return "not modified" for them.
                let known = job.known.as_ref().filter(|_| job.sha256.is_some());
                match session.fetch(&request, known.map(std::slice::from_ref).unwrap_or_default()).await {
                    Ok(fetched) => (self.answer(job, fetched).await, None),
                    Err(FetchError::Resting { until, .. }) => (FileAnswer::Later, Some(until)),
                    Err(FetchError::NotInTime { at, .. }) => (FileAnswer::Later, Some(at)),
                    Err(error) => (FileAnswer::Failed(error.failure(session.host())), None),
                }
            }
            ScopeDecision::ForeignHost => (FileAnswer::None("its host does not belong to the portal".to_owned()), None),
            ScopeDecision::Excluded => (FileAnswer::None("the portal's file excludes it".to_owned()), None),
        };
        let learned = self.fetcher.take_new();
        if !learned.is_empty() {
            self.store.keep_origins(learned).await?;
        }
        let now = self.clock.now();
        let not_before = match &answer {
            FileAnswer::New { .. } => Some(now),
            FileAnswer::Same(_) | FileAnswer::None(_) => {
                schedule::revisit_at(job.first_seen, &self.config.revisit, now)
            }
            FileAnswer::Failed(failure) => Some(Self::retry_at(job, failure, now)),
            FileAnswer::Later => until.or(Some(now)),
        };
        let host = job.url.host();
        if let FileAnswer::Failed(failure) = &answer {
            tracing::warn!(portal = %job.portal, url = %job.url, "attachment of {host} not fetched: {}", failure.message);
        }
        self.store.settle_file(lease, job, answer, not_before, session.last_request(), now).await
    }

    async fn answer(&self, job: &AttachmentJob, fetched: Fetched) -> FileAnswer {
        let page = match fetched {
            Fetched::Page(page) => *page,
            Fetched::Unchanged(unchanged) => {
                return FileAnswer::Same(Revalidation::new(&unchanged.url, &unchanged.validators));
            }
            Fetched::Gone(status) => return FileAnswer::None(format!("its address answers {status}")),
            Fetched::Disallowed(line) => return FileAnswer::None(format!("robots.txt disallows it: {line}")),
            Fetched::OutOfScope(reason) => return FileAnswer::None(format!("it redirects to {reason}")),
        };
        if let Err(what) = file_text::kind_of(&page.body) {
            let cause = format!("{}: it is {what}", job.url);
            return FileAnswer::Failed(Failure::new(FailureClass::Permanent, cause, None));
        }
        let known = Revalidation::new(&page.final_url, &page.http.validators);
        let sha256 = sha256_of(&page.body);
        if job.sha256.as_ref() == Some(&sha256) {
            return FileAnswer::Same(known);
        }
        match self.keep_bytes(&page).await {
            Ok(raw) => FileAnswer::New { sha256, raw, known },
            Err(failure) => FileAnswer::Failed(failure),
        }
    }

    /// Stores the bytes of a file with the raw pages, and their exchange. This and [`AttachmentQueue::stored_bytes`] are all that the queue wants of
    /// the archive.
    async fn keep_bytes(&self, page: &Page) -> Result<RawRef, Failure> {
        let kept = match self.pages.append(page, None).await {
            Ok(kept) => self.pages.secure().await.map(|()| kept.place),
            Err(error) => Err(error),
        };
        kept.map_err(|error| {
            Failure::new(FailureClass::Transient, format_args!("{}: not stored: {error}", page.url), None)
        })
    }

    /// Reads the stored bytes of a file. None if they were dropped, or are those of another URL.
    async fn stored_bytes(&self, job: &AttachmentJob) -> Option<Page> {
        let page = self.pages.read(job.raw.as_ref()?).await.ok().flatten()?;
        (page.url == job.url).then_some(page)
    }

    async fn read(&self, job: &AttachmentJob) -> Result<(), StoreError> {
        let begun = machine::children_cpu();
        let (read, cpu) = match self.stored_bytes(job).await {
            None => (AttachmentRead::Lost, Duration::ZERO),
            Some(page) => {
                let read = self.read_page(job, page).await?;
                (read, machine::children_cpu().saturating_sub(begun))
            }
        };
        let now = self.clock.now();
        let not_before = match &read {
            AttachmentRead::Read { .. } => schedule::revisit_at(job.first_seen, &self.config.revisit, now),
            AttachmentRead::Lost => Some(now),
            AttachmentRead::Failed(failure, _) => Some(Self::retry_at(job, failure, now)),
            AttachmentRead::Later => now.checked_add(UNTIL_INSTALLED).ok(),
        };
        if let AttachmentRead::Failed(failure, _) = &read {
            tracing::warn!(portal = %job.portal, url = %job.url, "attachment not read: {}", failure.message);
        }
        let revision = self.store.settle_attachment(job, read, cpu, not_before, now).await?;
        tracing::debug!(portal = %job.portal, url = %job.url, revision, cpu_ms = cpu.as_millis(), "attachment read");
        Ok(())
    }

    async fn read_page(&self, job: &AttachmentJob, page: Page) -> Result<AttachmentRead, StoreError> {
        // Only kills, panics and hangs apply here, since this step returns no error.
        let _ = failpoint::reach("attachment.read");
        let (text, without_text) = match self.text_of(&page.body).await {
            Ok(text) => (Some(text), None),
            Err(ConvertError::NotReadable(what)) => (None, Some(format!("it is {what}"))),
            Err(ConvertError::Absent(program)) => {
                if !self.told_absent.swap(true, Ordering::Relaxed) {
                    let package = converter::package_of(program).unwrap_or_default();
                    tracing::warn!("attachments wait for {program}, which is not installed (Debian package {package})");
                }
                return Ok(AttachmentRead::Later);
            }
            Err(error) => return Ok(self.failed(job, &page, &error).await),
        };
        let file = match self.file_of(job, &page, text.as_ref()).await {
            Ok(file) => Box::new(file),
            Err(error) => {
                let cause = format!("{}: its text could not be written: {error}", job.url);
                return Ok(AttachmentRead::Failed(Failure::new(FailureClass::Transient, cause, None), None));
            }
        };
        let first = text.as_ref().and_then(|text| text.pages.first());
        let document = first.and_then(|page| first_page::read(&page.text)).map(Box::new);
        Ok(AttachmentRead::Read { file, document, credit: self.credit(job).await?, without_text })
    }

    async fn text_of(&self, bytes: &[u8]) -> Result<FileText, ConvertError> {
        let folder = self.state.join(WORK);
        files::make_folders(&folder)?;
        converter::text_of(bytes, self.config.attachments.max_pages, &folder).await
    }

    /// The failure of a program, with the file kept as evidence.
    async fn failed(&self, job: &AttachmentJob, page: &Page, error: &ConvertError) -> AttachmentRead {
        let class = match error {
            ConvertError::Folder(_) => FailureClass::Transient,
            _ => FailureClass::Bug,
        };
        let failure = Failure::new(class, format_args!("{}: {error}", job.url), None);
        let evidence = if class.sets_aside() { self.pages.keep(page).await.ok() } else { None };
        AttachmentRead::Failed(failure, evidence)
    }

    /// Writes the text of a file. Returns the file as the record names it.
    async fn file_of(&self, job: &AttachmentJob, page: &Page, text: Option<&FileText>) -> std::io::Result<Attachment> {
        let sha256 = sha256_of(&page.body);
        let kind = file_text::kind_of(&page.body).map_or("application/octet-stream", |kind| kind.mime_type());
        let mut file = Attachment::offered(job.url.clone(), None, kind);
        file.size_in_bytes = Some(page.body.len() as u64);
        if let Some(text) = text {
            let (state, name, joined) = (self.state.clone(), sha256.clone(), text.joined());
            let written = tokio::task::spawn_blocking(move || text_files::write(&state, &name, &joined)).await;
            file.text = Some(written.map_err(std::io::Error::other)??);
            file.pages = u32::try_from(text.pages.len()).ok();
            file.ocr = text.is_recognized();
            file.confidence = text.confidence().map(whole_percent);
        }
        file.sha256 = Some(sha256);
        Ok(file)
    }

    /// The portal that the article credits, as settling its page would find it.
    async fn credit(&self, job: &AttachmentJob) -> Result<Option<PortalId>, StoreError> {
        let newest = self.store.newest_of(vec![job.article.clone()]).await?;
        let record = newest.first().and_then(|newest| serde_json::from_str::<Record>(&newest.json).ok());
        Ok(record.as_ref().and_then(|record| self.config.credited(record)))
    }

    fn retry_at(job: &AttachmentJob, failure: &Failure, now: Timestamp) -> Timestamp {
        schedule::retry_at(&format!("attachment {}", job.number), failure, job.attempts + 1, now)
    }

    /// When a file that was set aside is tried again.
    fn week_after(now: Timestamp) -> Timestamp {
        let failure = Failure { class: FailureClass::Bug, message: String::new(), retry_after: None };
        schedule::retry_at("attachment", &failure, 1, now)
    }
}

/// Whether any portal wants files.
pub fn is_wanted(config: &Config) -> bool {
    wanting(config).next().is_some()
}

/// Takes up the files of articles that were written since the last time. The first time, it only remembers where the records end.
///
/// # Errors
/// [`StoreError`].
pub async fn take_up(config: &Config, store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let kinds = || wanting(config).map(|portal| (portal.outlet.portal.clone(), portal.attachments.clone())).collect();
    while store.take_up_attachments(kinds(), now).await? {}
    Ok(())
}

/// The portals that want files.
fn wanting(config: &Config) -> impl Iterator<Item = &Portal> {
    config.portals.iter().filter(|portal| !portal.attachments.is_empty())
}

fn sha256_of(bytes: &[u8]) -> String {
    fingerprint::hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
fn whole_percent(mean: f64) -> u8 {
    mean.round().clamp(0.0, 100.0) as u8
}
