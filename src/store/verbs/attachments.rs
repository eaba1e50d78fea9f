//! The queue of files that articles offer: which are taken up, which is requested next, and what its request gave.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use crate::model::article::Attachment;
use crate::model::failure::Failure;
use crate::model::file_kind::FileKind;
use crate::model::page::Revalidation;
use crate::model::portal::GroupId;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::store::Lease;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Row;
use crate::store::engine::Transaction;
use crate::store::verbs::claim;
use crate::store::verbs::columns::from_json;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::name;
use crate::store::verbs::columns::revalidation;
use crate::store::verbs::columns::to_json;
use crate::store::verbs::facts;
use crate::store::verbs::quarantine;
use crate::store::verbs::searchable;
use crate::text::date;
use crate::url::PageUrl;

/// The name of the fact up to which record the files of articles were taken up.
const TAKEN_UP: &str = "attachments_taken_up";

/// Maximum number of files of one article that are taken up. An article with more is a list of documents.
const MOST_OF_ARTICLE: usize = 20;

/// Which files may be requested now.
#[derive(Debug, Clone, Default)]
pub struct AttachmentWish {
    /// Those of these portals.
    pub portals: Vec<PortalId>,
    /// Maximum number of files of a portal that are requested in a day.
    pub per_day: u32,
    /// A portal whose visit is due within this time is left to its visit.
    pub before_visit: Duration,
    /// How long one request may take.
    pub lease: Duration,
}

/// A file to fetch or to read.
#[derive(Debug, Clone, PartialEq)]
pub struct AttachmentJob {
    /// Its number in the queue.
    pub number: i64,
    /// The portal.
    pub portal: PortalId,
    /// `id` of the article.
    pub article: String,
    /// Its URL, as in the record.
    pub url: PageUrl,
    /// When it was taken up.
    pub first_seen: Timestamp,
    /// Number of consecutive failures.
    pub attempts: u32,
    /// Its validators.
    pub known: Option<Revalidation>,
    /// The SHA-256 of its bytes when they were last fetched.
    pub sha256: Option<String>,
    /// The stored exchange.
    pub raw: Option<RawRef>,
}

/// The answer to a request for a file.
#[derive(Debug, Clone, PartialEq)]
pub enum FileAnswer {
    /// Bytes that are new.
    New {
        /// Their SHA-256.
        sha256: String,
        /// The stored exchange.
        raw: RawRef,
        /// The validators.
        known: Option<Revalidation>,
    },
    /// The bytes that are known.
    Same(Option<Revalidation>),
    /// It is not there, or may not be fetched.
    None(String),
    /// The request failed.
    Failed(Failure),
    /// Nothing was requested: the origin asked for a rest, or the time was up.
    Later,
}

/// How the queue stands. Files that are only looked at again do not wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueState {
    /// To be fetched or read now or later.
    pub waiting: u64,
    /// Of these, set aside after a failure of a program.
    pub quarantined: u64,
    /// Of these, failed the last time.
    pub failed: u64,
    /// Files whose text was read, or found to be the same again.
    pub read: u64,
    /// Processor time that the programs took today.
    pub cpu_today: Duration,
}

impl Store {
    /// Takes up files of articles that were written since the last time, and remembers up to where. The first time, it begins with what comes from
    /// then on. `kinds` are those that each portal wants. Returns whether there may be more.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn take_up_attachments(
        &self,
        kinds: BTreeMap<PortalId, Vec<FileKind>>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if !self.read(has_new_records).await? {
            return Ok(false);
        }
        self.write(move |tx| take_up(tx, &kinds, now)).await
    }

    /// Leases a portal with a file that is to be fetched, if its visit is not due soon, and its group is free.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn claim_attachment(
        &self,
        wish: AttachmentWish,
        now: Timestamp,
    ) -> Result<Option<(AttachmentJob, Lease)>, StoreError> {
        let found = {
            let wish = wish.clone();
            self.read(move |tx| first_free(tx, &wish, false, now)).await?
        };
        if found.is_none() {
            return Ok(None);
        }
        let worker = self.worker();
        self.write_own(move |tx| claim(tx, &wish, now, &worker)).await
    }

    /// Writes down how a request ended and frees the lease.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn settle_file(
        &self,
        lease: &Lease,
        job: &AttachmentJob,
        answer: FileAnswer,
        not_before: Option<Timestamp>,
        last_request: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, job) = (lease.clone(), job.clone());
        self.write_own(move |tx| settle_file(tx, &lease, &job, &answer, not_before, last_request, now)).await
    }

    /// Returns the processor time that was spent for attachments on the day of a moment.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn attachment_cpu(&self, now: Timestamp) -> Result<Duration, StoreError> {
        self.read(move |tx| cpu_of(tx, now)).await
    }

    /// Returns how the queue stands.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn attachment_queue(&self, now: Timestamp) -> Result<QueueState, StoreError> {
        self.read(move |tx| {
            let cpu_today = cpu_of(tx, now)?;
            Ok(tx.query_row(
                "SELECT count(*) FILTER (WHERE waits), count(*) FILTER (WHERE waits AND outcome = 'quarantined'),
                     count(*) FILTER (WHERE waits AND outcome = 'failed'), count(*) FILTER (WHERE outcome = 'read')
                 FROM (SELECT outcome, state = 'read' OR (state = 'fetch' AND coalesce(outcome, 'failed') NOT IN ('read', 'none')) AS waits
                       FROM attachments) AS queue",
                [],
                |row| {
                    let (waiting, quarantined, failed) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    Ok(QueueState { waiting, quarantined, failed, read: row.get(3)?, cpu_today })
                },
            )?)
        })
        .await
    }
}

fn cpu_of(tx: &Transaction<'_>, now: Timestamp) -> Result<Duration, StoreError> {
    let spent: i64 = tx
        .prepare_cached("SELECT CAST(coalesce(sum(cpu), 0) AS BIGINT) FROM attachment_days WHERE day = ?1")?
        .query_row([day_of(now)], |row| row.get(0))?;
    Ok(Duration::from_millis(u64::try_from(spent).unwrap_or_default()))
}

fn last_record(tx: &Transaction<'_>) -> Result<i64, StoreError> {
    Ok(tx.prepare_cached("SELECT coalesce(max(sequence), 0) FROM records")?.query_row([], |row| row.get(0))?)
}

fn has_new_records(tx: &Transaction<'_>) -> Result<bool, StoreError> {
    let last = last_record(tx)?;
    Ok(facts::read(tx, TAKEN_UP)?.is_none_or(|place| place < last))
}

fn take_up(
    tx: &Transaction<'_>,
    wanted: &BTreeMap<PortalId, Vec<FileKind>>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let last = last_record(tx)?;
    let Some(place) = facts::read(tx, TAKEN_UP)? else {
        facts::set(tx, TAKEN_UP, last)?;
        return Ok(false);
    };
    let records = searchable::newest_after(tx, place)?;
    for found in &records {
        // What cannot be read offers nothing; `tintinh doctor` reports it.
        let Ok(record) = from_json::<Record>(&found.json) else { continue };
        let kinds = PortalId::new(&record.portal).ok().and_then(|portal| wanted.get(&portal));
        if let Some(kinds) = kinds.filter(|_| record.withdrawn.is_none()) {
            take_up_files(tx, &record, kinds, now)?;
        }
    }
    facts::set(tx, TAKEN_UP, records.last().map_or(last, |record| record.number))?;
    Ok(!records.is_empty())
}

fn take_up_files(tx: &Transaction<'_>, record: &Record, kinds: &[FileKind], now: Timestamp) -> Result<(), StoreError> {
    let is_wanted =
        |file: &&Attachment| FileKind::of_mime_type(&file.mime_type).is_some_and(|kind| kinds.contains(&kind));
    for file in record.attachments.iter().filter(is_wanted).take(MOST_OF_ARTICLE) {
        // A record may lose what was read of a file, as after its article was forgotten. Then the file is fetched again.
        tx.prepare_cached(
            "INSERT INTO attachments (portal, article, url, not_before, first_seen) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT (article, url) DO UPDATE SET state = 'fetch', not_before = excluded.not_before, sha256 = NULL, etag = NULL,
                 last_modified = NULL WHERE ?5 AND attachments.sha256 IS NOT NULL AND attachments.outcome = 'read'",
        )?
        .execute(params![record.portal, record.id, file.url.as_str(), millis(now), file.sha256.is_none()])?;
    }
    Ok(())
}

/// The columns that [`job`] reads.
pub(super) const COLUMNS: &str = "a.number, a.portal, a.article, a.url, a.first_seen, a.attempts, a.etag, a.last_modified, a.validators_url, a.sha256, a.raw";

pub(super) fn job(row: &Row<'_>) -> Result<AttachmentJob, StoreError> {
    let url: String = row.get(3)?;
    let validators_url: Option<String> = row.get(8)?;
    Ok(AttachmentJob {
        number: row.get(0)?,
        portal: name(PortalId::new(&row.get::<String>(1)?))?,
        article: row.get(2)?,
        first_seen: moment(row.get(4)?),
        attempts: row.get(5)?,
        known: revalidation(row.get(6)?, row.get(7)?, validators_url.as_deref(), &url),
        sha256: row.get(9)?,
        raw: json_at(row, 10).ok(),
        url: name(PageUrl::parse(&url))?,
    })
}

/// Returns the file that has waited longest among those whose portal is free, and the lease with which it would be requested. If it `locks`, nobody
/// else can claim the portal meanwhile.
fn first_free(
    tx: &Transaction<'_>,
    wish: &AttachmentWish,
    locks: bool,
    now: Timestamp,
) -> Result<Option<(AttachmentJob, Lease)>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {COLUMNS}, p.group_name, p.fence, g.last_request, p.next_due
         FROM attachments a JOIN portals p ON p.id = a.portal JOIN groups g ON g.name = p.group_name
         LEFT JOIN attachment_days d ON d.portal = a.portal AND d.day = ?3
         WHERE a.state = 'fetch' AND a.not_before <= ?1 AND p.lease_until <= ?1 AND g.lease_until <= ?1 AND p.next_due > ?2
             AND coalesce(d.files, 0) < ?4 AND a.portal IN (SELECT value FROM json_each(?5))
         ORDER BY a.not_before, a.number LIMIT 1{}",
        if locks && tx.is_shared() { " FOR UPDATE OF p, g SKIP LOCKED" } else { "" }
    ))?;
    let soon = now.saturating_add(wish.before_visit).unwrap_or(Timestamp::MAX);
    let portals = to_json(&wish.portals)?;
    let mut rows = statement.query(params![millis(now), millis(soon), day_of(now), wish.per_day, portals])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let job = job(&row)?;
    let lease = Lease {
        portal: job.portal.clone(),
        group: name(GroupId::new(&row.get::<String>(11)?))?,
        fence: row.get::<i64>(12)? + 1,
        began: now,
        until: now.saturating_add(wish.lease).unwrap_or(Timestamp::MAX),
        due: moment(row.get(14)?),
        last_request: row.get::<Option<i64>>(13)?.map(moment),
        visits: 0,
        failures: 0,
        continued: false,
    };
    Ok(Some((job, lease)))
}

fn claim(
    tx: &Transaction<'_>,
    wish: &AttachmentWish,
    now: Timestamp,
    worker: &str,
) -> Result<Option<(AttachmentJob, Lease)>, StoreError> {
    let found = first_free(tx, wish, true, now)?;
    if let Some((_, lease)) = &found {
        claim::hold(tx, lease, worker)?;
    }
    Ok(found)
}

fn settle_file(
    tx: &Transaction<'_>,
    lease: &Lease,
    job: &AttachmentJob,
    answer: &FileAnswer,
    not_before: Option<Timestamp>,
    last_request: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    claim::check(tx, lease, now)?;
    if *answer == FileAnswer::Later {
        tx.prepare_cached(
            "UPDATE attachments SET not_before = coalesce(CAST(?2 AS BIGINT), not_before) WHERE number = ?1",
        )?
        .execute(params![job.number, not_before.map(millis)])?;
    } else {
        note_answer(tx, job, answer, not_before)?;
        count(tx, &job.portal, 1, Duration::ZERO, now)?;
    }
    claim::free(tx, lease, last_request)
}

/// Writes down what a request gave.
fn note_answer(
    tx: &Transaction<'_>,
    job: &AttachmentJob,
    answer: &FileAnswer,
    not_before: Option<Timestamp>,
) -> Result<(), StoreError> {
    let (outcome, reason) = match answer {
        FileAnswer::New { .. } => ("fetched", None),
        FileAnswer::Same(_) => ("read", None),
        FileAnswer::None(reason) => ("none", Some(reason.as_str())),
        FileAnswer::Failed(failure) => (quarantine::word_of(failure), Some(failure.message.as_str())),
        FileAnswer::Later => return Ok(()),
    };
    let state = match answer {
        FileAnswer::New { .. } => "read",
        _ if not_before.is_none() => "done",
        _ => "fetch",
    };
    let known = match answer {
        FileAnswer::New { known, .. } | FileAnswer::Same(known) => known.as_ref(),
        _ => job.known.as_ref(),
    };
    let (sha256, raw) = match answer {
        FileAnswer::New { sha256, raw, .. } => (Some(sha256.as_str()), Some(to_json(raw)?)),
        _ => (None, None),
    };
    tx.prepare_cached(
        "UPDATE attachments SET state = ?2, not_before = coalesce(CAST(?3 AS BIGINT), 0), outcome = ?4, reason = ?5,
             attempts = CASE WHEN ?6 THEN attempts + 1 ELSE 0 END, etag = ?7, last_modified = ?8, validators_url = ?9,
             sha256 = coalesce(?10, sha256), raw = coalesce(?11, raw)
         WHERE number = ?1",
    )?
    .execute(params![
        job.number,
        state,
        not_before.map(millis),
        outcome,
        reason,
        matches!(answer, FileAnswer::Failed(_)),
        known.and_then(|known| known.validators.etag.as_deref()),
        known.and_then(|known| known.validators.last_modified.as_deref()),
        known.map(|known| known.url.as_str()),
        sha256,
        raw,
    ])?;
    Ok(())
}

/// Counts what was done for a portal's files today: requests, and processor time.
pub(super) fn count(
    tx: &Transaction<'_>,
    portal: &PortalId,
    files: u32,
    cpu: Duration,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO attachment_days (portal, day, files, cpu) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (portal, day) DO UPDATE SET files = attachment_days.files + excluded.files, cpu = attachment_days.cpu + excluded.cpu",
    )?
    .execute(params![portal.as_str(), day_of(now), files, i64::try_from(cpu.as_millis()).unwrap_or(i64::MAX)])?;
    // Only the bounds of today matter.
    tx.prepare_cached("DELETE FROM attachment_days WHERE day < ?1")?.execute([day_of(now)])?;
    Ok(())
}

/// Returns the day of a moment in +07:00, as `yyyy-mm-dd`.
fn day_of(moment: Timestamp) -> String {
    date::rfc3339(moment).get(..10).unwrap_or_default().to_owned()
}
