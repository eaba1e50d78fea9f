//! Articles that their portal took back: found missing, looked at again a day later, and then closed with a record that says so.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::params;

use crate::model::portal::PortalId;
use crate::model::record::HttpNote;
use crate::model::record::Record;
use crate::model::record::Withdrawal;
use crate::model::record::WithdrawalReason;
use crate::schedule;
use crate::store::StoreError;
use crate::store::sqlite::columns::millis;
use crate::store::sqlite::columns::moment;
use crate::store::sqlite::settle;
use crate::text::date::rfc3339;

/// An article that was withdrawn just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// `id` of its records.
    pub id: String,
    /// `revision` of the record that says so.
    pub revision: u32,
    /// Its title.
    pub title: String,
}

/// Closes the article of a link that was found missing for a day, unless another link still shows it. `None` if nothing was written.
pub(super) fn withdraw(
    tx: &Transaction<'_>,
    portal: &PortalId,
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
    Ok(Some(Withdrawn { id: record.id, revision: record.revision, title: record.title }))
}

/// The article of a link that is missing, and since when it is.
fn missing(tx: &Transaction<'_>, portal: &PortalId, link: &str) -> Result<Option<(String, Timestamp)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT article, gone_since FROM links
         WHERE portal = ?1 AND id = ?2 AND article IS NOT NULL AND gone_since IS NOT NULL",
    )?;
    Ok(statement.query_row(params![portal.as_str(), link], |row| Ok((row.get(0)?, moment(row.get(1)?)))).optional()?)
}

/// Whether another link shows the article, as far as is known. Such links are looked at next, so that the last one that is missing tells.
fn is_shown_elsewhere(
    tx: &Transaction<'_>,
    portal: &PortalId,
    link: &str,
    article: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let others = tx
        .prepare_cached(
            "UPDATE links SET not_before = CASE WHEN state = 'done' THEN ?4 ELSE min(not_before, ?4) END, state = 'pending'
             WHERE article = ?3 AND gone_since IS NULL AND NOT (portal = ?1 AND id = ?2)",
        )?
        .execute(params![portal.as_str(), link, article, millis(now)])?;
    Ok(others > 0)
}

/// The record that closes an article: all that it said stays, and the answer is the one that closes it.
fn closed(known: Record, reason: WithdrawalReason, now: Timestamp) -> Record {
    let status = match reason {
        WithdrawalReason::NotFound => 404,
        WithdrawalReason::Gone => 410,
        WithdrawalReason::Unlisted => known.http.status,
    };
    Record {
        revision: known.revision + 1,
        previous: Some(known.content_hash.clone()),
        date_fetched: rfc3339(now),
        withdrawn: Some(Withdrawal { at: rfc3339(now), reason }),
        http: HttpNote { status, etag: None, last_modified: None, ..known.http },
        ..known
    }
}
