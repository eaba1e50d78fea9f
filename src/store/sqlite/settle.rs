//! The settle of a link, and its decisions.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::params;

use crate::dedup::Verdict;
use crate::dedup::decision;
use crate::dedup::decision::Decision;
use crate::dedup::document::Document;
use crate::model::outcome::Outcome;
use crate::model::outcome::Rejection;
use crate::model::page::Revalidation;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::store::Lease;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::sqlite::claim::check;
use crate::store::sqlite::columns::from_json;
use crate::store::sqlite::columns::millis;
use crate::store::sqlite::columns::to_json;
use crate::store::sqlite::index::Index;
use crate::store::sqlite::outbox;
use crate::store::sqlite::quarantine;
use crate::store::sqlite::stream;

/// The decision about a link, written in one transaction with its record and outbox row.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The link's key.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The metadata of the answer, if there was one.
    pub answered: Option<ResponseNote>,
    /// When to request it again; `None`: never automatically.
    pub not_before: Option<Timestamp>,
    /// The raw exchange, for quarantine and `explain`.
    pub raw: Option<RawRef>,
}

/// The metadata of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseNote {
    /// The validators for the next request, if any.
    pub revalidation: Option<Revalidation>,
}

/// An article as read from its page, to be judged and settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// Its record, with revision 1 and no `duplicate`.
    pub record: Box<Record>,
    /// The configured portal that its source line names.
    pub credit: Option<PortalId>,
    /// Whether its title has nothing in common with what its link promised.
    pub is_misnamed: bool,
}

impl Store {
    /// Settles a link whose page gave no article, durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`]; nothing is written then.
    pub async fn settle(&self, lease: &Lease, settlement: Settlement, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |tx| settle(tx, &lease, &settlement, now)).await
    }

    /// Settles a link with the article from its page: compares it with all others, numbers it, and writes it with the index in the same
    /// transaction, so that two visits never judge one article at the same time. Decides the settlement's `outcome`.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`], [`StoreError::Value`]; nothing is written then.
    pub async fn settle_article(
        &self,
        lease: &Lease,
        settlement: Settlement,
        article: Article,
        now: Timestamp,
    ) -> Result<Verdict, StoreError> {
        let (lease, window) = (lease.clone(), self.window);
        self.write(move |tx| settle_article(tx, &lease, settlement, article, window, now)).await
    }
}

pub(super) fn settle(
    tx: &Transaction<'_>,
    lease: &Lease,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    settle_link(tx, &lease.portal, settlement, None, now)
}

/// Writes the outcome of a link. `article`: the article on its page, if there was one.
fn settle_link(
    tx: &Transaction<'_>,
    portal: &PortalId,
    settlement: &Settlement,
    article: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(article) = article {
        let_go(tx, portal, &settlement.id, article, now)?;
    }
    let (outcome, reason) = in_words(&settlement.outcome);
    let failed = matches!(settlement.outcome, Outcome::Failed(_) | Outcome::Blocked(_));
    let known = settlement.answered.as_ref().and_then(|answered| answered.revalidation.as_ref());
    let raw = settlement.raw.as_ref().map(to_json).transpose()?;
    tx.prepare_cached(
        "UPDATE links SET state = CASE WHEN ?3 IS NULL THEN 'done' ELSE 'pending' END, not_before = coalesce(?3, 0),
             outcome = ?4, reason = ?5, attempts = CASE WHEN ?6 THEN attempts + 1 ELSE 0 END, settled = settled + (NOT ?6),
             etag = CASE WHEN ?7 THEN ?8 ELSE etag END, last_modified = CASE WHEN ?7 THEN ?9 ELSE last_modified END,
             validators_url = CASE WHEN ?7 THEN ?11 ELSE validators_url END, raw = coalesce(?10, raw), replay = 0,
             article = coalesce(?12, article),
             gone_since = CASE WHEN ?13 THEN coalesce(gone_since, CASE WHEN article IS NOT NULL THEN ?15 END) WHEN ?14 THEN gone_since END
         WHERE portal = ?1 AND id = ?2",
    )?
    .execute(params![
        portal.as_str(),
        settlement.id,
        settlement.not_before.map(millis),
        outcome,
        reason,
        failed,
        settlement.answered.is_some(),
        known.and_then(|known| known.validators.etag.as_deref()),
        known.and_then(|known| known.validators.last_modified.as_deref()),
        raw,
        known.map(|known| known.url.as_str()),
        article,
        matches!(settlement.outcome, Outcome::Gone(_)),
        // An answer that says nothing about the article.
        failed || matches!(settlement.outcome, Outcome::Disallowed),
        millis(now),
    ])?;
    quarantine::acquit(tx, portal, &settlement.id)
}

/// If a link shows another article than before, it has shown the old one until now.
fn let_go(
    tx: &Transaction<'_>,
    portal: &PortalId,
    link: &str,
    article: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE articles SET last_shown = max(last_shown, ?4)
         WHERE id = (SELECT article FROM links WHERE portal = ?1 AND id = ?2 AND article <> ?3)",
    )?
    .execute(params![portal.as_str(), link, article, millis(now)])?;
    Ok(())
}

fn settle_article(
    tx: &Transaction<'_>,
    lease: &Lease,
    settlement: Settlement,
    article: Article,
    window: Duration,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    check(tx, lease, now)?;
    let Article { mut record, credit, is_misnamed } = article;
    let judged = Judged { tx, link: &settlement.id, credit: credit.as_ref().map(PortalId::as_str), is_misnamed, now };
    let verdict = judged.judge(&mut record)?;
    let outcome = match &verdict {
        Verdict::New | Verdict::Duplicate(_) | Verdict::Revision { .. } => Outcome::Recorded,
        Verdict::Unchanged => Outcome::Unchanged,
        Verdict::NotAnArticle(sign) => Outcome::Rejected(Rejection::NotAnArticle(sign.clone())),
    };
    // The validators of what is no article would say "not modified" of it; those of the article stay.
    let answered = settlement.answered.clone().filter(|_| !matches!(outcome, Outcome::Rejected(_)));
    // A page that shows no article now leaves its link with the one that it showed.
    let shown = (!matches!(outcome, Outcome::Rejected(_))).then_some(record.id.as_str());
    settle_link(tx, &lease.portal, &Settlement { outcome, answered, ..settlement }, shown, now)?;
    let oldest = now.saturating_sub(window).unwrap_or(Timestamp::MIN);
    Index::new(tx, &record.id, now).forget_before(oldest)?;
    Ok(verdict)
}

/// An article while it is judged; its record and its place in the index are written if it is to be recorded.
struct Judged<'a> {
    tx: &'a Transaction<'a>,
    /// The id that the link's own address gives.
    link: &'a str,
    /// The portal that the article credits.
    credit: Option<&'a str>,
    is_misnamed: bool,
    now: Timestamp,
}

impl Judged<'_> {
    fn judge(&self, record: &mut Record) -> Result<Verdict, StoreError> {
        let Some(known) = newest(self.tx, &record.id)? else { return self.take_in(record) };
        match decision::decide(&known, record, self.link == record.id) {
            // It came back as it was.
            Decision::Unchanged if known.withdrawn.is_some() => self.revise(record, &known, false),
            Decision::Unchanged => Ok(Verdict::Unchanged),
            Decision::NotAnArticle(sign) => Ok(Verdict::NotAnArticle(sign)),
            Decision::Revise => self.revise(record, &known, false),
            Decision::ReviseUnlessCopied => self.revise(record, &known, true),
            Decision::TakeOwnAddress => {
                record.extraction.warnings.push(format!("the page calls {} its own address", record.canonical_url));
                self.link.clone_into(&mut record.id);
                record.final_url.clone_into(&mut record.canonical_url);
                self.judge(record)
            }
        }
    }

    fn take_in(&self, record: &mut Record) -> Result<Verdict, StoreError> {
        let document = Document::of(record, self.credit);
        let id = record.id.clone();
        let mut index = Index::new(self.tx, &id, self.now);
        let found = index.search(&document)?;
        if self.is_misnamed && decision::is_said_by_another(&mut index, &found, &record.portal, decision::SAME_TEXT)? {
            return Ok(Verdict::NotAnArticle(decision::SAID_ELSEWHERE.to_owned()));
        }
        record.duplicate = found.standing().map(|standing| index.duplicate(standing)).transpose()?.flatten();
        keep(self.tx, record, self.now)?;
        index.place(&document, &found)?;
        Ok(record.duplicate.clone().map_or(Verdict::New, Verdict::Duplicate))
    }

    /// Writes the next revision; not if it is to be `unless_copied` and another article says the same.
    fn revise(&self, record: &mut Record, known: &Record, unless_copied: bool) -> Result<Verdict, StoreError> {
        let id = record.id.clone();
        let mut index = Index::new(self.tx, &id, self.now);
        let document = Document::of(record, self.credit);
        let found = index.search_again(&document)?;
        if unless_copied && decision::is_said_by_another(&mut index, &found, &record.portal, decision::SAME_PAGE)? {
            return Ok(Verdict::NotAnArticle(decision::SAID_ELSEWHERE.to_owned()));
        }
        record.revision = known.revision + 1;
        record.previous = Some(known.content_hash.clone());
        record.duplicate = index.replace(&Document::of(known, None), &document, &found)?;
        keep(self.tx, record, self.now)?;
        Ok(Verdict::Revision { revision: record.revision })
    }
}

/// The newest record of an article.
pub(super) fn newest(tx: &Transaction<'_>, id: &str) -> Result<Option<Record>, StoreError> {
    let json: Option<String> = tx
        .prepare_cached(
            "SELECT r.json FROM records r JOIN articles a ON a.id = r.id AND a.revision = r.revision WHERE a.id = ?1",
        )?
        .query_row([id], |row| row.get(0))
        .optional()?;
    json.map(|json| from_json(&json)).transpose()
}

/// Writes a record under the next number of the stream, with its article and its row of the outbox.
pub(super) fn keep(tx: &Transaction<'_>, record: &mut Record, now: Timestamp) -> Result<(), StoreError> {
    let sequence = stream::next_number(tx)?;
    record.sequence = Some(sequence);
    let written = tx
        .prepare_cached(
            "INSERT INTO records (id, revision, portal, json, sequence) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![record.id, record.revision, record.portal, to_json(record)?, sequence])?;
    if written == 0 {
        return Err(StoreError::Value(format!("there is a revision {} of {} already", record.revision, record.id)));
    }
    put_article(tx, record, now)?;
    outbox::put(tx, &record.id, record.revision, fetched(record).unwrap_or(now))
}

/// Stores an article as its record has it, unless a newer one is known. `seen`: when it was first seen.
pub(super) fn put_article(tx: &Transaction<'_>, record: &Record, seen: Timestamp) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO articles (id, portal, canonical_url, revision, content_hash, duplicate_of, first_seen, last_shown, withdrawn)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, content_hash = excluded.content_hash,
             canonical_url = excluded.canonical_url, last_shown = max(last_shown, excluded.last_shown), withdrawn = excluded.withdrawn
         WHERE excluded.revision >= revision",
    )?
    .execute(params![
        record.id,
        record.portal,
        record.canonical_url,
        record.revision,
        record.content_hash,
        record.duplicate.as_ref().map(|duplicate| duplicate.of.as_str()),
        millis(seen),
        record.withdrawn.as_ref().and_then(|withdrawn| withdrawn.at.parse().ok()).map(millis),
    ])?;
    Ok(())
}

pub(super) fn fetched(record: &Record) -> Option<Timestamp> {
    record.date_fetched.parse().ok()
}

/// An outcome in the columns: a word, and details.
fn in_words(outcome: &Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Recorded => ("recorded", None),
        Outcome::Unchanged => ("unchanged", None),
        Outcome::Gone(reason) => ("gone", Some(reason.to_string())),
        Outcome::Disallowed => ("disallowed", None),
        Outcome::Rejected(rejection) => ("rejected", Some(rejection.to_string())),
        Outcome::Blocked(sighting) => ("blocked", Some(sighting.to_string())),
        Outcome::Failed(failure) if failure.class.sets_aside() => ("quarantined", Some(failure.message.clone())),
        Outcome::Failed(failure) => ("failed", Some(failure.message.clone())),
    }
}
