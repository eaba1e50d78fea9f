//! Settles links, and contains the decisions for that.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use crate::dedup::Verdict;
use crate::dedup::decision;
use crate::dedup::decision::Decision;
use crate::dedup::document::Document;
use crate::dedup::identity;
use crate::dedup::identity::Evidence;
use crate::dedup::search::SearchResult;
use crate::model::outcome::Outcome;
use crate::model::outcome::Rejection;
use crate::model::page::Revalidation;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::store::Lease;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Transaction;
use crate::store::verbs::addresses;
use crate::store::verbs::claim::check;
use crate::store::verbs::columns::from_json;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::to_json;
use crate::store::verbs::index::Index;
use crate::store::verbs::outbox;
use crate::store::verbs::quarantine;
use crate::store::verbs::stream;
use crate::store::verbs::tombstones;
use crate::store::verbs::tombstones::Tombstone;
use crate::url::PageUrl;
use crate::url::Spelling;

/// The decision about a link, written in one transaction with its record and outbox row.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The link's key.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The metadata of the response, if there was one.
    pub answered: Option<ResponseNote>,
    /// When to request it again. None: never automatically.
    pub not_before: Option<Timestamp>,
    /// The stored raw page, for quarantine and `explain`.
    pub raw: Option<RawRef>,
}

/// The metadata of a response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseNote {
    /// The validators for the next request, if any.
    pub revalidation: Option<Revalidation>,
}

/// An article as read from its page, to be compared and settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// Its record, with revision 1 and no `duplicate`.
    pub record: Box<Record>,
    /// The configured portal that its source line names.
    pub credit: Option<PortalId>,
    /// Whether its title has nothing in common with what its link promised.
    pub is_misnamed: bool,
    /// Whether a permanent redirect led to its page from the URL of its link.
    pub is_moved: bool,
}

impl Store {
    /// Settles a link whose page gave no article. The result is durable when this returns.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`]; nothing is written then.
    pub async fn settle(&self, lease: &Lease, settlement: Settlement, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write_own(move |tx| settle(tx, &lease, &settlement, now)).await
    }

    /// Settles a link with the article from its page. Compares the article with all others, numbers it, and writes it with the index in the same
    /// transaction, so that two visits never decide about one article at the same time. Sets the settlement's `outcome`.
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
        self.write_article(move |tx| settle_article(tx, &lease, settlement, article, window, now)).await
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

/// Writes the outcome of a link. `article` is the article on its page, if there was one.
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
        "UPDATE links SET state = CASE WHEN CAST(?3 AS BIGINT) IS NULL THEN 'done' ELSE 'pending' END, not_before = coalesce(CAST(?3 AS BIGINT), 0),
             outcome = ?4, reason = ?5, attempts = CASE WHEN ?6 THEN attempts + 1 ELSE 0 END, settled = CASE WHEN ?6 THEN settled ELSE settled + 1 END,
             etag = CASE WHEN ?7 THEN ?8 ELSE etag END, last_modified = CASE WHEN ?7 THEN ?9 ELSE last_modified END,
             validators_url = CASE WHEN ?7 THEN ?11 ELSE validators_url END, raw = coalesce(?10, raw), replay = 0,
             article = coalesce(?12, article),
             gone_since = CASE WHEN ?13 THEN coalesce(gone_since, CASE WHEN article IS NOT NULL THEN CAST(?15 AS BIGINT) END) WHEN ?14 THEN gone_since END
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
        // The response says nothing about the article.
        failed || matches!(settlement.outcome, Outcome::Disallowed),
        millis(now),
    ])?;
    quarantine::acquit(tx, portal, &settlement.id)
}

/// Handles a link that shows another article than before: it has shown the old one until now.
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
    settle_article_of(tx, &lease.portal, settlement, article, window, now)
}

/// Settles a portal's link with the article from its page.
pub(super) fn settle_article_of(
    tx: &Transaction<'_>,
    portal: &PortalId,
    settlement: Settlement,
    article: Article,
    window: Duration,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    let Article { mut record, credit, is_misnamed, is_moved } = article;
    let credit = credit.as_ref().map(PortalId::as_str);
    let judged = Judged { tx, link: &settlement.id, credit, is_misnamed, is_moved, now };
    let verdict = judged.judge(&mut record)?;
    let outcome = match &verdict {
        Verdict::New | Verdict::Duplicate(_) | Verdict::Revision { .. } => Outcome::Recorded,
        Verdict::Unchanged => Outcome::Unchanged,
        Verdict::NotAnArticle(sign) => Outcome::Rejected(Rejection::NotAnArticle(sign.clone())),
    };
    // The validators of a page that is not an article would return "not modified" for it. The article's validators are kept.
    let answered = settlement.answered.clone().filter(|_| !matches!(outcome, Outcome::Rejected(_)));
    // A page that now shows no article leaves its link with the article that it showed before.
    let shown = (!matches!(outcome, Outcome::Rejected(_))).then_some(record.id.as_str());
    settle_link(tx, portal, &Settlement { outcome, answered, ..settlement }, shown, now)?;
    let oldest = now.saturating_sub(window).unwrap_or(Timestamp::MIN);
    Index::new(tx, &record.id, now).forget_before(oldest)?;
    Ok(verdict)
}

/// An article during the decision. Its record and its position in the index are written if it is to be recorded.
struct Judged<'a> {
    tx: &'a Transaction<'a>,
    /// The id of the link's own URL.
    link: &'a str,
    /// The portal that the article credits.
    credit: Option<&'a str>,
    is_misnamed: bool,
    is_moved: bool,
    now: Timestamp,
}

/// What is known about an article.
enum Known {
    /// Its newest record.
    Record(Box<Record>),
    /// What was kept when its records were deleted.
    Tombstone(Box<Tombstone>),
}

impl Judged<'_> {
    fn judge(&self, record: &mut Record) -> Result<Verdict, StoreError> {
        let article = addresses::article_of(self.tx, &record.id)?;
        match self.known(&article)? {
            Some(known) => {
                record.id = article;
                self.judge_known(record, &known)
            }
            None => self.take_in(record),
        }
    }

    fn known(&self, article: &str) -> Result<Option<Known>, StoreError> {
        if let Some(record) = newest(self.tx, article)? {
            return Ok(Some(Known::Record(Box::new(record))));
        }
        Ok(tombstones::of(self.tx, article)?.map(Box::new).map(Known::Tombstone))
    }

    fn judge_known(&self, record: &mut Record, known: &Known) -> Result<Verdict, StoreError> {
        let known = match known {
            Known::Record(known) => known,
            Known::Tombstone(known) => return self.raise(record, known),
        };
        match decision::decide(known, record, self.link == record.id) {
            // It has another URL, or was withdrawn and is back.
            Decision::Unchanged if record.moved_from.is_some() || known.withdrawn.is_some() => {
                self.revise(record, known)
            }
            Decision::Unchanged => Ok(Verdict::Unchanged),
            Decision::NotAnArticle(sign) => Ok(Verdict::NotAnArticle(sign)),
            Decision::Revise => self.revise(record, known),
            Decision::ReviseUnlessCopied => self.revise_unless_copied(record, known),
            Decision::TakeOwnAddress => {
                record.extraction.warnings.push(format!("the page calls {} its own address", record.canonical_url));
                self.link.clone_into(&mut record.id);
                record.final_url.clone_into(&mut record.canonical_url);
                addresses::let_go(self.tx, self.link)?;
                self.judge(record)
            }
        }
    }

    /// Decides about a forgotten article that is shown again: nothing new if it is unchanged, else its next revision.
    fn raise(&self, record: &mut Record, known: &Tombstone) -> Result<Verdict, StoreError> {
        let new = Document::of(record, self.credit);
        if !known.was_withdrawn && new.text == known.sketch.text && new.title == known.sketch.title {
            return Ok(Verdict::Unchanged);
        }
        let id = record.id.clone();
        let mut index = Index::new(self.tx, &id, self.now);
        let found = index.search_again(&new)?;
        record.revision = known.revision + 1;
        record.previous = Some(known.content_hash.clone());
        record.duplicate = index.replace(&known.sketch, &new, &found)?;
        tombstones::raise(self.tx, &id)?;
        keep(self.tx, record, self.now)?;
        Ok(Verdict::Revision { revision: record.revision })
    }

    fn take_in(&self, record: &mut Record) -> Result<Verdict, StoreError> {
        if let Some(known) = self.known_among(&self.hints_of_address(record)?, record)? {
            return self.move_to(record, &known);
        }
        let document = Document::of(record, self.credit);
        let id = record.id.clone();
        let mut index = Index::new(self.tx, &id, self.now);
        let found = index.search(&document)?;
        if self.is_misnamed && decision::is_said_by_another(&mut index, &found, &record.portal, decision::SAME_TEXT)? {
            return Ok(Verdict::NotAnArticle(decision::SAID_ELSEWHERE.to_owned()));
        }
        let mut same = addresses::of_content(self.tx, record)?;
        same.extend(index.reprints_of_site(&found, document.site)?);
        let same: Vec<_> = same.into_iter().map(|article| (article, Evidence::TextAlone)).collect();
        if let Some(known) = self.known_among(&same, record)? {
            return self.move_to(record, &known);
        }
        record.duplicate = found.standing().map(|standing| index.duplicate(standing)).transpose()?.flatten();
        keep(self.tx, record, self.now)?;
        index.place(&document, &found)?;
        Ok(record.duplicate.clone().map_or(Verdict::New, Verdict::Duplicate))
    }

    /// Returns the known articles that the URLs of an unknown one suggest.
    fn hints_of_address(&self, record: &Record) -> Result<Vec<(String, Evidence)>, StoreError> {
        let shown = addresses::of_link(self.tx, &record.portal, self.link)?;
        // If a link's own page names another URL as its own, this counts like a permanent redirect.
        let of_link =
            if self.is_moved || record.final_url == record.url { Evidence::Address } else { Evidence::TextAlone };
        let named = addresses::of_entry(self.tx, &record.portal, self.link)?;
        let spelled = addresses::of_spelling(self.tx, &record.canonical_url)?;
        let by_link = shown.into_iter().map(|article| (article, of_link));
        let by_address = named.into_iter().chain(spelled).map(|article| (article, Evidence::Address));
        Ok(by_link.chain(by_address).collect())
    }

    /// Returns the first of some articles that is identical with the new one. None if that one already has the maximum number of URLs.
    fn known_among(&self, articles: &[(String, Evidence)], record: &Record) -> Result<Option<Known>, StoreError> {
        for (article, evidence) in articles {
            let Some(known) = self.known(article)? else { continue };
            let is_one = match &known {
                Known::Record(known) => identity::is_one_article(known, record, *evidence),
                Known::Tombstone(known) => identity::is_one_text(&known.sketch, &Document::of(record, None), *evidence),
            };
            if is_one {
                return Ok(addresses::has_room(self.tx, article)?.then_some(known));
            }
        }
        Ok(None)
    }

    /// Treats an article as a known one that is found at another URL.
    fn move_to(&self, record: &mut Record, known: &Known) -> Result<Verdict, StoreError> {
        let (id, address) = match known {
            Known::Record(known) => (&known.id, &known.canonical_url),
            Known::Tombstone(known) => (&known.id, &known.canonical_url),
        };
        addresses::note(self.tx, &record.id, &record.canonical_url, id)?;
        id.clone_into(&mut record.id);
        if is_view_of(&record.canonical_url, address) {
            address.clone_into(&mut record.canonical_url);
        } else {
            record.moved_from = Some(address.clone());
        }
        self.judge_known(record, known)
    }

    /// Writes the next revision.
    fn revise(&self, record: &mut Record, known: &Record) -> Result<Verdict, StoreError> {
        revise(self.tx, record, known, self.credit, self.now)
    }

    /// Writes the next revision, unless another article has the same text.
    fn revise_unless_copied(&self, record: &mut Record, known: &Record) -> Result<Verdict, StoreError> {
        let id = record.id.clone();
        let mut index = Index::new(self.tx, &id, self.now);
        let document = Document::of(record, self.credit);
        let found = index.search_again(&document)?;
        if decision::is_said_by_another(&mut index, &found, &record.portal, decision::SAME_PAGE)? {
            return Ok(Verdict::NotAnArticle(decision::SAID_ELSEWHERE.to_owned()));
        }
        write_revision(self.tx, index, record, known, (&document, &found), self.now)
    }
}

/// Writes the next revision of an article, and replaces its text in the index.
pub(super) fn revise(
    tx: &Transaction<'_>,
    record: &mut Record,
    known: &Record,
    credit: Option<&str>,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    let id = record.id.clone();
    let mut index = Index::new(tx, &id, now);
    let document = Document::of(record, credit);
    let found = index.search_again(&document)?;
    write_revision(tx, index, record, known, (&document, &found), now)
}

/// Like [`revise`], for a text whose copies were searched.
fn write_revision(
    tx: &Transaction<'_>,
    mut index: Index<'_>,
    record: &mut Record,
    known: &Record,
    (document, found): (&Document, &SearchResult),
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    record.revision = known.revision + 1;
    record.previous = Some(known.content_hash.clone());
    record.keep_attachments_of(known);
    record.duplicate = index.replace(&Document::of(known, None), document, found)?;
    keep(tx, record, now)?;
    Ok(Verdict::Revision { revision: record.revision })
}

/// Whether the page found is only the known page's view for print, for telephones or the like, which is no URL to move to.
fn is_view_of(url: &str, known: &str) -> bool {
    let spelling = |url: &str| PageUrl::parse(url).ok().map(|url| Spelling::of(&url));
    let (new, old) = (spelling(url), spelling(known));
    new.zip(old).is_some_and(|(new, old)| new.key == old.key && new.is_view && !old.is_view)
}

/// Returns the newest record of an article.
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

/// Stores an article as in its record, unless a newer record is known. `seen` is when it was first seen.
pub(super) fn put_article(tx: &Transaction<'_>, record: &Record, seen: Timestamp) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO articles (id, portal, canonical_url, revision, content_hash, duplicate_of, first_seen, last_shown, withdrawn,
             spelling)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)
         ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, content_hash = excluded.content_hash,
             canonical_url = excluded.canonical_url, last_shown = max(articles.last_shown, excluded.last_shown), withdrawn = excluded.withdrawn
         WHERE excluded.revision >= articles.revision",
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
        addresses::spelling(&record.canonical_url),
    ])?;
    Ok(())
}

pub(super) fn fetched(record: &Record) -> Option<Timestamp> {
    record.date_fetched.parse().ok()
}

/// Converts an outcome into its columns: a word, and details.
fn in_words(outcome: &Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Recorded => ("recorded", None),
        Outcome::Unchanged => ("unchanged", None),
        Outcome::Gone(reason) => ("gone", Some(reason.to_string())),
        Outcome::Disallowed => ("disallowed", None),
        Outcome::Rejected(rejection) => ("rejected", Some(rejection.to_string())),
        Outcome::Blocked(sighting) => ("blocked", Some(sighting.to_string())),
        Outcome::Failed(failure) => (quarantine::word_of(failure), Some(failure.message.clone())),
    }
}
