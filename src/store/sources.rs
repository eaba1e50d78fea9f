//! What is remembered of sources.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::params;

use crate::model::failure::Failure;
use crate::model::page::Validators;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::store::Lease;
use crate::store::SourceState;
use crate::store::StoreError;
use crate::store::claim::check;
use crate::store::sqlite::millis;
use crate::store::sqlite::moment;
use crate::store::sqlite::validators;

pub(super) fn state(tx: &Transaction<'_>, portal: &PortalId, source: &SourceId) -> Result<SourceState, StoreError> {
    let found = tx
        .prepare_cached(
            "SELECT unfinished, failures, not_before, last_success, last_error FROM sources WHERE portal = ?1 AND id = ?2",
        )?
        .query_row(params![portal.as_str(), source.as_str()], |row| {
            Ok(SourceState {
                pages: Vec::new(),
                unfinished: row.get(0)?,
                failures: row.get(1)?,
                not_before: row.get::<_, Option<i64>>(2)?.map(moment),
                last_success: row.get::<_, Option<i64>>(3)?.map(moment),
                last_error: row.get(4)?,
            })
        })
        .optional()?;
    let mut state = found.unwrap_or_default();
    let mut statement = tx.prepare_cached(
        "SELECT url, etag, last_modified FROM source_pages WHERE portal = ?1 AND source = ?2 ORDER BY url",
    )?;
    let rows = statement.query_map(params![portal.as_str(), source.as_str()], |row| {
        Ok((row.get::<_, String>(0)?, validators(row.get(1)?, row.get(2)?)))
    })?;
    state.pages = rows.collect::<Result<_, _>>()?;
    Ok(state)
}

pub(super) fn begin_walk(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    now: Timestamp,
) -> Result<SourceState, StoreError> {
    check(tx, lease, now)?;
    let before = state(tx, &lease.portal, source)?;
    // An unfinished walk goes on under its number, so that what it brought still counts as new.
    tx.execute(
        "INSERT INTO sources (portal, id, walk, unfinished) VALUES (?1, ?2, 1, 1)
         ON CONFLICT (portal, id) DO UPDATE SET walk = walk + (unfinished = 0), unfinished = 1",
        params![lease.portal.as_str(), source.as_str()],
    )?;
    Ok(before)
}

pub(super) fn end_walk(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    pages: &[(String, Validators)],
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    let key = params![lease.portal.as_str(), source.as_str(), millis(now)];
    tx.execute(
        "UPDATE sources SET unfinished = 0, failures = 0, not_before = NULL, last_error = NULL, last_success = ?3
         WHERE portal = ?1 AND id = ?2",
        key,
    )?;
    let mut statement = tx.prepare_cached(
        "INSERT INTO source_pages (portal, source, url, etag, last_modified) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (portal, source, url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified",
    )?;
    for (url, validators) in pages {
        statement.execute(params![
            lease.portal.as_str(),
            source.as_str(),
            url,
            validators.etag,
            validators.last_modified
        ])?;
    }
    Ok(())
}

pub(super) fn fail_walk(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    failure: &Failure,
    not_before: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    tx.execute(
        "UPDATE sources SET failures = failures + 1, not_before = ?3, last_error = ?4 WHERE portal = ?1 AND id = ?2",
        params![lease.portal.as_str(), source.as_str(), millis(not_before), failure.message],
    )?;
    Ok(())
}
