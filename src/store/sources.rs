//! What is remembered of sources.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::Transaction;
use rusqlite::params;

use crate::discover::Step;
use crate::model::failure::Failure;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::store::Lease;
use crate::store::Moved;
use crate::store::SourcePage;
use crate::store::SourceState;
use crate::store::StoreError;
use crate::store::WalkEnd;
use crate::store::claim::check;
use crate::store::sqlite::from_json;
use crate::store::sqlite::millis;
use crate::store::sqlite::moment;
use crate::store::sqlite::revalidation;
use crate::store::sqlite::to_json;
use crate::url::PageUrl;

pub(super) fn state(tx: &Transaction<'_>, portal: &PortalId, source: &SourceId) -> Result<SourceState, StoreError> {
    let found = tx
        .prepare_cached(
            "SELECT unfinished, failures, not_before, last_success, last_error, walk, address, gone_since, moved_to, moved_days, moved_day,
                 pace
             FROM sources WHERE portal = ?1 AND id = ?2",
        )?
        .query_row(params![portal.as_str(), source.as_str()], read_state)
        .optional()?;
    let Some((mut state, pace)) = found else { return Ok(SourceState::default()) };
    if let Some(pace) = pace {
        state.pace = from_json(&pace)?;
    }
    let mut statement = tx.prepare_cached(
        "SELECT url, etag, last_modified, validators_url, full_at, body_hash, walk, next FROM source_pages
         WHERE portal = ?1 AND source = ?2 ORDER BY url",
    )?;
    let mut rows = statement.query(params![portal.as_str(), source.as_str()])?;
    while let Some(row) = rows.next()? {
        state.pages.push(read_page(row)?);
    }
    Ok(state)
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<(SourceState, Option<String>)> {
    let time = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(moment));
    let moved_to: Option<String> = row.get(8)?;
    let moved = moved_to.and_then(|url| PageUrl::parse(&url).ok()).map(|to| -> rusqlite::Result<Moved> {
        Ok(Moved { to, days: row.get(9)?, last_day: row.get::<_, Option<String>>(10)?.unwrap_or_default() })
    });
    let state = SourceState {
        pages: Vec::new(),
        walk: row.get(5)?,
        unfinished: row.get(0)?,
        failures: row.get(1)?,
        not_before: time(2)?,
        last_success: time(3)?,
        last_error: row.get(4)?,
        address: row.get(6)?,
        gone_since: time(7)?,
        moved: moved.transpose()?,
        pace: crate::model::pace::Pace::default(),
    };
    Ok((state, row.get(11)?))
}

fn read_page(row: &Row<'_>) -> Result<SourcePage, StoreError> {
    let url: String = row.get(0)?;
    let given_by: Option<String> = row.get(3)?;
    let next: Option<String> = row.get(7)?;
    Ok(SourcePage {
        revalidation: revalidation(row.get(1)?, row.get(2)?, given_by.as_deref(), &url),
        full_at: row.get::<_, Option<i64>>(4)?.map(moment),
        body_hash: row.get(5)?,
        walk: row.get(6)?,
        next: next.as_deref().map(from_json::<Vec<Step>>).transpose()?.unwrap_or_default(),
        url,
    })
}

pub(super) fn begin_walk(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    address: &str,
    now: Timestamp,
) -> Result<SourceState, StoreError> {
    check(tx, lease, now)?;
    let before = state(tx, &lease.portal, source)?;
    // An unfinished walk goes on under its number, so that what it brought still counts as new. What was learned of another address is
    // forgotten.
    tx.prepare_cached(
        "INSERT INTO sources (portal, id, walk, unfinished, address) VALUES (?1, ?2, 1, 1, ?3)
         ON CONFLICT (portal, id) DO UPDATE SET walk = walk + (unfinished = 0), unfinished = 1, address = ?3,
             gone_since = CASE WHEN address = ?3 THEN gone_since END, moved_to = CASE WHEN address = ?3 THEN moved_to END,
             moved_days = CASE WHEN address = ?3 THEN moved_days ELSE 0 END, moved_day = CASE WHEN address = ?3 THEN moved_day END,
             pace = CASE WHEN address = ?3 THEN pace END",
    )?
    .execute(params![lease.portal.as_str(), source.as_str(), address])?;
    let now = state(tx, &lease.portal, source)?;
    Ok(SourceState { unfinished: before.unfinished, ..now })
}

/// Keeps what is known of a page that was read; its links are taken up before.
pub(super) fn keep_page(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    page: &SourcePage,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    let known = page.revalidation.as_ref();
    tx.prepare_cached(
        "INSERT INTO source_pages (portal, source, url, etag, last_modified, validators_url, full_at, body_hash, walk, next)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (portal, source, url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified,
             validators_url = excluded.validators_url, full_at = excluded.full_at, body_hash = excluded.body_hash,
             walk = excluded.walk, next = excluded.next",
    )?
    .execute(params![
        lease.portal.as_str(),
        source.as_str(),
        page.url,
        known.and_then(|known| known.validators.etag.as_deref()),
        known.and_then(|known| known.validators.last_modified.as_deref()),
        known.map(|known| known.url.as_str()),
        page.full_at.map(millis),
        page.body_hash,
        page.walk,
        if page.next.is_empty() { None } else { Some(to_json(&page.next)?) },
    ])?;
    Ok(())
}

pub(super) fn end_walk(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    end: &WalkEnd,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    let moved = end.moved.as_ref();
    tx.prepare_cached(
        "UPDATE sources SET unfinished = 0, failures = 0, not_before = ?4, last_error = NULL, last_success = ?3, gone_since = NULL,
             moved_to = ?5, moved_days = ?6, moved_day = ?7, pace = ?8
         WHERE portal = ?1 AND id = ?2",
    )?
    .execute(params![
        lease.portal.as_str(),
        source.as_str(),
        millis(now),
        end.not_before.map(millis),
        moved.map(|moved| moved.to.as_str()),
        moved.map_or(0, |moved| moved.days),
        moved.map(|moved| moved.last_day.as_str()),
        if end.pace.is_empty() { None } else { Some(to_json(&end.pace)?) },
    ])?;
    // Pages that no walk came by for a long time (lists whose pages are numbered) are forgotten.
    tx.prepare_cached(
        "DELETE FROM source_pages WHERE portal = ?1 AND source = ?2 AND walk < (SELECT walk FROM sources WHERE portal = ?1 AND id = ?2) - ?3",
    )?
    .execute(params![lease.portal.as_str(), source.as_str(), WALKS_KEPT])?;
    Ok(())
}

/// Walks after which a page that none of them came by is forgotten: a month of hourly looks.
const WALKS_KEPT: i64 = 720;

pub(super) fn fail_walk(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    failure: &Failure,
    not_before: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    tx.prepare_cached(
        "UPDATE sources SET failures = failures + 1, not_before = ?3, last_error = ?4 WHERE portal = ?1 AND id = ?2",
    )?
    .execute(params![lease.portal.as_str(), source.as_str(), millis(not_before), failure.message])?;
    Ok(())
}

/// A source's address is gone for good: it is not asked any more until the address changes or somebody asks by hand. An address that the
/// configured one had moved to is given up instead.
pub(super) fn stop_source(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    tx.prepare_cached(
        "UPDATE sources SET failures = failures + 1, last_error = ?3, gone_since = coalesce(gone_since, ?4) WHERE portal = ?1 AND id = ?2",
    )?
    .execute(params![lease.portal.as_str(), source.as_str(), failure.message, millis(now)])?;
    Ok(())
}

/// Forgets where a source's address had moved to: it is no good.
pub(super) fn forget_move(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    tx.prepare_cached(
        "UPDATE sources SET moved_to = NULL, moved_days = 0, moved_day = NULL WHERE portal = ?1 AND id = ?2",
    )?
    .execute(params![lease.portal.as_str(), source.as_str()])?;
    Ok(())
}
