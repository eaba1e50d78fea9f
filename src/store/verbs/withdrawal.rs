//! Articles that their portal withdrew: found missing, requested again a day later, and then closed with a record that says so.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::portal::SourceId;
use crate::model::record::HttpNote;
use crate::model::record::Record;
use crate::model::record::Withdrawal;
use crate::model::record::WithdrawalReason;
use crate::schedule;
use crate::store::Lease;
use crate::store::Settlement;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Transaction;
use crate::store::verbs::claim::check;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::to_json;
use crate::store::verbs::settle;
use crate::text::date::rfc3339;

/// An article that has just been withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// `id` of its records.
    pub id: String,
    /// `revision` of the record that says so.
    pub revision: u32,
    /// The URL at which it was found.
    pub url: String,
}

impl Store {
    /// Settles a link whose URL or source says that it does not exist. The result is durable when this returns. The article that it showed is
    /// withdrawn if it is missing for the second time.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`]; nothing is written then.
    pub async fn settle_missing(
        &self,
        lease: &Lease,
        settlement: Settlement,
        reason: WithdrawalReason,
        now: Timestamp,
    ) -> Result<Option<Withdrawn>, StoreError> {
        let lease = lease.clone();
        self.write(move |tx| {
            settle::settle(tx, &lease, &settlement, now)?;
            withdraw(tx, lease.portal.as_str(), &settlement.id, reason, now)
        })
        .await
    }

    /// Records which articles a page no longer lists. The page belongs to a source that contains whole articles, and lists all articles with dates
    /// within a span. An article that is missing for the second time, a day after the first, is withdrawn.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn note_unlisted(
        &self,
        lease: &Lease,
        source: &SourceId,
        page: ListedSpan,
        now: Timestamp,
    ) -> Result<Vec<Withdrawn>, StoreError> {
        let (lease, source) = (lease.clone(), source.clone());
        self.write(move |tx| note_unlisted(tx, &lease, &source, &page, now)).await
    }
}

/// The links of a source's page in a span of time for which it lists everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSpan {
    /// Everything that was published after this moment …
    pub after: Timestamp,
    /// … and before this one.
    pub before: Timestamp,
    /// The keys of the links on the page.
    pub links: Vec<String>,
}

/// Maximum number of links of one page that are recorded as missing. If a list has lost more, it has changed in another way.
const MOST_UNLISTED: u32 = 20;

fn note_unlisted(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    page: &ListedSpan,
    now: Timestamp,
) -> Result<Vec<Withdrawn>, StoreError> {
    check(tx, lease, now)?;
    let (portal, listed) = (lease.portal.as_str(), to_json(&page.links)?);
    // An article that is listed again is read again: only the settle knows whether it was withdrawn.
    tx.prepare_cached(
        "UPDATE links SET state = 'pending', not_before = 0
         WHERE portal = ?1 AND id IN (SELECT value FROM json_each(?2)) AND gone_since IS NOT NULL AND dated IS NOT NULL",
    )?
    .execute(params![portal, listed])?;
    let unlisted: Vec<String> = {
        let mut statement = tx.prepare_cached(
            "SELECT l.id FROM links l JOIN sightings s ON s.portal = l.portal AND s.source = ?2 AND s.link = l.id
             WHERE l.portal = ?1 AND l.dated > ?3 AND l.dated < ?4 AND l.article IS NOT NULL
                 AND l.id NOT IN (SELECT value FROM json_each(?5)) LIMIT ?6",
        )?;
        let (after, before) = (millis(page.after), millis(page.before));
        let rows = statement
            .query_map(params![portal, source.as_str(), after, before, listed, MOST_UNLISTED + 1], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    let mut withdrawn = Vec::new();
    for link in unlisted.iter().filter(|_| unlisted.len() <= MOST_UNLISTED as usize) {
        tx.prepare_cached("UPDATE links SET gone_since = coalesce(gone_since, ?3) WHERE portal = ?1 AND id = ?2")?
            .execute(params![portal, link, millis(now)])?;
        withdrawn.extend(withdraw(tx, portal, link, WithdrawalReason::Unlisted, now)?);
    }
    Ok(withdrawn)
}

/// Closes the article of a link that has been missing for a day, unless another link still shows it. None if nothing was written.
fn withdraw(
    tx: &Transaction<'_>,
    portal: &str,
    link: &str,
    reason: WithdrawalReason,
    now: Timestamp,
) -> Result<Option<Withdrawn>, StoreError> {
    let Some((article, since)) = missing(tx, portal, link)? else { return Ok(None) };
    if schedule::second_look(since) > now || is_shown_elsewhere(tx, portal, link, &article, now)? {
        return Ok(None);
    }
    let Some(known) = settle::newest(tx, &article)?.filter(|known| known.withdrawn.is_none()) else { return Ok(None) };
    let mut record = closed(known, reason, now);
    settle::keep(tx, &mut record, now)?;
    Ok(Some(Withdrawn { id: record.id, revision: record.revision, url: record.url }))
}

/// Returns the article of a link that is missing, and since when.
fn missing(tx: &Transaction<'_>, portal: &str, link: &str) -> Result<Option<(String, Timestamp)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT article, gone_since FROM links
         WHERE portal = ?1 AND id = ?2 AND article IS NOT NULL AND gone_since IS NOT NULL",
    )?;
    Ok(statement.query_row(params![portal, link], |row| Ok((row.get(0)?, moment(row.get(1)?)))).optional()?)
}

/// Whether another link shows the article, as far as is known. Such links are requested next, so that the last missing one decides.
fn is_shown_elsewhere(
    tx: &Transaction<'_>,
    portal: &str,
    link: &str,
    article: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let others = tx
        .prepare_cached(
            "UPDATE links SET not_before = CASE WHEN state = 'done' THEN CAST(?4 AS BIGINT) ELSE min(not_before, ?4) END, state = 'pending'
             WHERE article = ?3 AND gone_since IS NULL AND NOT (portal = ?1 AND id = ?2)",
        )?
        .execute(params![portal, link, article, millis(now)])?;
    Ok(others > 0)
}

/// Returns the record that closes an article. All content is kept, except the response, which is the one that closes it.
fn closed(known: Record, reason: WithdrawalReason, now: Timestamp) -> Record {
    let status = match reason {
        WithdrawalReason::NotFound => 404,
        WithdrawalReason::Gone => 410,
        WithdrawalReason::Unlisted => known.http.status,
    };
    Record {
        revision: known.revision + 1,
        previous: Some(known.content_hash.clone()),
        moved_from: None,
        reason: None,
        date_fetched: rfc3339(now),
        withdrawn: Some(Withdrawal { at: rfc3339(now), reason }),
        http: HttpNote { status, etag: None, last_modified: None, ..known.http },
        ..known
    }
}
