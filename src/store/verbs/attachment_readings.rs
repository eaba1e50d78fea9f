//! Reading the files of the queue of [`attachments`]: which is next, how it ended, and what was read, as a revision of the file's article.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use crate::model::article::Attachment;
use crate::model::article::Document;
use crate::model::failure::Failure;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::model::record::RevisionReason;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Transaction;
use crate::store::verbs::attachments;
use crate::store::verbs::attachments::AttachmentJob;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::to_json;
use crate::store::verbs::quarantine;
use crate::store::verbs::settle;

/// How often reading a file may begin without an end before it is set aside: it may be what ends the process.
const MOST_BEGUN: u32 = 3;

/// What reading a file gave.
#[derive(Debug, Clone, PartialEq)]
pub enum AttachmentRead {
    /// Its facts, and those of the document that were read off its first page. Its text is absent if it has none that can be read, as the text
    /// explains.
    Read {
        /// The file as the record names it.
        file: Box<Attachment>,
        /// The facts of the document.
        document: Option<Box<Document>>,
        /// The portal that the article credits.
        credit: Option<PortalId>,
        /// Why there is no text.
        without_text: Option<String>,
    },
    /// Its bytes are no longer stored, so that it is fetched again.
    Lost,
    /// It failed.
    Failed(Failure, Option<RawRef>),
    /// A program is missing; that is no failure of the file.
    Later,
}

impl Store {
    /// Returns the next file to read, and counts that reading it begins. One whose reading has not ended several times is set aside.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn next_unread(
        &self,
        set_aside_until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<AttachmentJob>, StoreError> {
        let is_any = self.read(move |tx| Ok(unread(tx, now)?.is_some())).await?;
        if !is_any {
            return Ok(None);
        }
        self.write(move |tx| begin_reading(tx, set_aside_until, now)).await
    }

    /// Writes what reading a file gave, with the revision of its article, in one transaction. Returns the number of the revision.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn settle_attachment(
        &self,
        job: &AttachmentJob,
        read: AttachmentRead,
        cpu: Duration,
        not_before: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<u32>, StoreError> {
        let job = job.clone();
        self.write_article(move |tx| settle_attachment(tx, &job, read, cpu, not_before, now)).await
    }
}

fn unread(tx: &Transaction<'_>, now: Timestamp) -> Result<Option<AttachmentJob>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {} FROM attachments a WHERE a.state = 'read' AND a.not_before <= ?1 ORDER BY a.attempts, a.number LIMIT 1",
        attachments::COLUMNS
    ))?;
    let mut rows = statement.query([millis(now)])?;
    rows.next()?.map(|row| attachments::job(&row)).transpose()
}

fn begin_reading(
    tx: &Transaction<'_>,
    set_aside_until: Timestamp,
    now: Timestamp,
) -> Result<Option<AttachmentJob>, StoreError> {
    while let Some(job) = unread(tx, now)? {
        if job.attempts < MOST_BEGUN {
            tx.execute("UPDATE attachments SET attempts = attempts + 1 WHERE number = ?1", [job.number])?;
            return Ok(Some(job));
        }
        tx.execute(
            "UPDATE attachments SET outcome = 'quarantined', attempts = 0, not_before = ?2,
                 reason = coalesce(reason, 'the process ended several times while this file was read') WHERE number = ?1",
            params![job.number, millis(set_aside_until)],
        )?;
    }
    Ok(None)
}

fn settle_attachment(
    tx: &Transaction<'_>,
    job: &AttachmentJob,
    read: AttachmentRead,
    cpu: Duration,
    not_before: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<u32>, StoreError> {
    let mut revision = None;
    let (state, outcome, reason, raw) = match read {
        AttachmentRead::Read { file, document, credit, without_text } => {
            revision = revise(tx, job, *file, document.as_deref(), credit.as_ref(), now)?;
            let state = if not_before.is_some() { "fetch" } else { "done" };
            (state, "read", without_text, None)
        }
        AttachmentRead::Lost => ("fetch", "lost", None, None),
        AttachmentRead::Failed(failure, raw) => ("read", quarantine::word_of(&failure), Some(failure.message), raw),
        AttachmentRead::Later => ("read", "later", None, None),
    };
    // Otherwise the same bytes would count as known, and would never be read.
    let forgets = outcome == "lost";
    let keeps_attempts = matches!(outcome, "failed" | "quarantined");
    tx.prepare_cached(
        "UPDATE attachments SET state = ?2, not_before = coalesce(CAST(?3 AS BIGINT), 0), outcome = ?4, reason = ?5, raw = coalesce(?6, raw),
             attempts = CASE WHEN ?7 THEN attempts ELSE 0 END, sha256 = CASE WHEN ?8 THEN NULL ELSE sha256 END,
             etag = CASE WHEN ?8 THEN NULL ELSE etag END, last_modified = CASE WHEN ?8 THEN NULL ELSE last_modified END
         WHERE number = ?1",
    )?
    .execute(params![
        job.number,
        state,
        not_before.map(millis),
        outcome,
        reason,
        raw.as_ref().map(to_json).transpose()?,
        keeps_attempts,
        forgets,
    ])?;
    attachments::count(tx, &job.portal, 0, cpu, now)?;
    Ok(revision)
}

/// Writes the revision of an article with what is now known of a file. None if it says nothing new, or the article no longer offers the file.
fn revise(
    tx: &Transaction<'_>,
    job: &AttachmentJob,
    file: Attachment,
    document: Option<&Document>,
    credit: Option<&PortalId>,
    now: Timestamp,
) -> Result<Option<u32>, StoreError> {
    let Some(known) = settle::newest(tx, &job.article)?.filter(|known| known.withdrawn.is_none()) else {
        return Ok(None);
    };
    let mut record = Record { reason: Some(RevisionReason::Attachment), moved_from: None, ..known.clone() };
    let Some(own) = record.attachments.iter_mut().find(|own| own.url == job.url) else { return Ok(None) };
    *own = Attachment { title: own.title.take(), url: job.url.clone(), content: None, ..file };
    if let Some(document) = document {
        record.complete_document(document);
    }
    if record.attachments == known.attachments && record.document == known.document {
        return Ok(None);
    }
    settle::revise(tx, &mut record, &known, credit.map(PortalId::as_str), now)?;
    Ok(Some(record.revision))
}
