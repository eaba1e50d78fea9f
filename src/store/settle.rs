//! The settle, what it is decided by, and the outbox it fills.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::Transaction;
use rusqlite::params;

use crate::dedup::Known;
use crate::dedup::Neighbours;
use crate::model::failure::FailureClass;
use crate::model::outcome::Outcome;
use crate::model::portal::PortalId;
use crate::model::record::Record;
use crate::store::Lease;
use crate::store::OutboxRow;
use crate::store::Settlement;
use crate::store::StoreError;
use crate::store::claim::check;
use crate::store::sqlite::millis;
use crate::store::sqlite::moment;
use crate::store::sqlite::name;
use crate::store::sqlite::to_json;

/// Articles with one content that are looked at; the earliest is the one that counts.
const NEIGHBOURS: u32 = 10;

pub(super) fn settle(
    tx: &Transaction<'_>,
    lease: &Lease,
    settlement: &Settlement,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    let (outcome, reason) = in_words(&settlement.outcome);
    let failed = matches!(settlement.outcome, Outcome::Failed(_) | Outcome::Blocked(_));
    let known = settlement.answered.as_ref().and_then(|answered| answered.revalidation.as_ref());
    let raw = settlement.raw.as_ref().map(to_json).transpose()?;
    tx.prepare_cached(
        "UPDATE links SET state = CASE WHEN ?3 IS NULL THEN 'done' ELSE 'pending' END, not_before = coalesce(?3, 0),
             outcome = ?4, reason = ?5, attempts = CASE WHEN ?6 THEN attempts + 1 ELSE 0 END, settled = settled + (NOT ?6),
             etag = CASE WHEN ?7 THEN ?8 ELSE etag END, last_modified = CASE WHEN ?7 THEN ?9 ELSE last_modified END,
             validators_url = CASE WHEN ?7 THEN ?11 ELSE validators_url END, raw = coalesce(?10, raw)
         WHERE portal = ?1 AND id = ?2",
    )?
    .execute(params![
        lease.portal.as_str(),
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
    ])?;
    if let Some(record) = &settlement.record {
        keep(tx, record, now)?;
    }
    Ok(())
}

fn keep(tx: &Transaction<'_>, record: &Record, now: Timestamp) -> Result<(), StoreError> {
    let written = tx
        .prepare_cached(
            "INSERT INTO records (id, revision, portal, json) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute(params![record.id, record.revision, record.portal, to_json(record)?])?;
    if written == 0 {
        return Err(StoreError::Outdated(record.id.clone()));
    }
    tx.prepare_cached(
        "INSERT INTO articles (id, portal, canonical_url, revision, content_hash, duplicate_of, first_seen)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, content_hash = excluded.content_hash,
             canonical_url = excluded.canonical_url",
    )?
    .execute(params![
        record.id,
        record.portal,
        record.canonical_url,
        record.revision,
        record.content_hash,
        record.duplicate.as_ref().map(|duplicate| duplicate.of.as_str()),
        millis(now),
    ])?;
    tx.prepare_cached("INSERT INTO outbox (id, revision, fetched) VALUES (?1, ?2, ?3)")?.execute(params![
        record.id,
        record.revision,
        millis(fetched(record).unwrap_or(now)),
    ])?;
    Ok(())
}

fn fetched(record: &Record) -> Option<Timestamp> {
    record.date_fetched.parse().ok()
}

/// How an outcome stands in the columns: a word, and more of it.
fn in_words(outcome: &Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Recorded => ("recorded", None),
        Outcome::Unchanged => ("unchanged", None),
        Outcome::Gone => ("gone", None),
        Outcome::Disallowed => ("disallowed", None),
        Outcome::Rejected(rejection) => ("rejected", Some(rejection.to_string())),
        Outcome::Blocked(sighting) => ("blocked", Some(sighting.to_string())),
        Outcome::Failed(failure) if failure.class == FailureClass::Bug => {
            ("quarantined", Some(failure.message.clone()))
        }
        Outcome::Failed(failure) => ("failed", Some(failure.message.clone())),
    }
}

pub(super) fn neighbours(tx: &Transaction<'_>, id: &str, content_hash: &str) -> Result<Neighbours, StoreError> {
    let same_id = tx
        .prepare_cached("SELECT id, revision, content_hash, duplicate_of FROM articles WHERE id = ?1")?
        .query_row([id], known)
        .optional()?;
    let mut statement = tx.prepare_cached(
        "SELECT id, revision, content_hash, duplicate_of FROM articles WHERE content_hash = ?1 AND id <> ?2
         ORDER BY first_seen, id LIMIT ?3",
    )?;
    let rows = statement.query_map(params![content_hash, id, NEIGHBOURS], known)?;
    Ok(Neighbours { same_id, same_content: rows.collect::<Result<_, _>>()? })
}

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known { id: row.get(0)?, revision: row.get(1)?, content_hash: row.get(2)?, duplicate_of: row.get(3)? })
}

pub(super) fn outbox(tx: &Transaction<'_>, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT o.sequence, r.portal, o.id, o.revision, o.fetched, r.json
         FROM outbox o JOIN records r ON r.id = o.id AND r.revision = o.revision ORDER BY o.sequence LIMIT ?1",
    )?;
    let mut rows = statement.query([limit])?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        waiting.push(OutboxRow {
            sequence: row.get(0)?,
            portal: name(PortalId::new(&row.get::<_, String>(1)?))?,
            id: row.get(2)?,
            revision: row.get(3)?,
            fetched: moment(row.get(4)?),
            json: row.get(5)?,
        });
    }
    Ok(waiting)
}

pub(super) fn delivered(tx: &Transaction<'_>, sequences: &[i64]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM outbox WHERE sequence IN (SELECT value FROM json_each(?1))", [to_json(&sequences)?])?;
    Ok(())
}
