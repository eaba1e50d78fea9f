//! What is stored about sources.
//!
//! All of it belongs to one configured URL. If that changes, it no longer counts.

use jiff::Timestamp;
use rusqlite::params;

use crate::discover::Step;
use crate::model::failure::Failure;
use crate::model::pace::Pace;
use crate::model::page::Revalidation;
use crate::model::page::Validators;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::store::Lease;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Row;
use crate::store::engine::SqlError;
use crate::store::engine::SqlResult;
use crate::store::engine::Transaction;
use crate::store::verbs::claim::check;
use crate::store::verbs::columns::learned;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::to_json;
use crate::url::PageUrl;

/// Number of walks after which a page that none of them reached is forgotten. Lists with numbered pages have many pages.
const WALKS_KEPT: i64 = 100;

/// Time in milliseconds since the last full response after which validators are forgotten. They are not sent after a day.
const VALIDATORS_KEPT: i64 = 30 * 24 * 3_600_000;

/// What the store knows about a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceState {
    /// Its pages that were read by `GET`, by requested URL.
    pub pages: Vec<SourcePage>,
    /// The validators of their servers, by the URL that gave them.
    pub given: Vec<StoredValidators>,
    /// The number of the current or the last walk.
    pub walk: i64,
    /// Whether the walk is unfinished. It continues under its number, and its links count as new.
    pub unfinished: bool,
    /// Consecutive failed walks.
    pub failures: u32,
    /// When it may be requested again.
    pub not_before: Option<Timestamp>,
    /// When a walk was last complete.
    pub last_success: Option<Timestamp>,
    /// The message of the last failure; none after a success.
    pub last_error: Option<String>,
    /// The configured URL to which all of this belongs.
    pub address: Option<String>,
    /// Since when the URL has returned 410. It is no longer requested.
    pub gone_since: Option<Timestamp>,
    /// The target of the URL's permanent redirect.
    pub moved: Option<SourceMove>,
    /// How often the source wants to be requested.
    pub pace: Pace,
}

/// A page of a source as last read.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcePage {
    /// The requested URL.
    pub url: String,
    /// A hash of its body.
    pub body_hash: String,
    /// The walk that last read it.
    pub walk: i64,
    /// The steps that it led to.
    pub next: Vec<Step>,
}

/// The validators of a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredValidators {
    /// The URL and its validators, which may be empty.
    pub revalidation: Revalidation,
    /// When it last returned a full response.
    pub full_at: Timestamp,
}

/// A permanent redirect, as observed so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMove {
    /// Its target.
    pub to: PageUrl,
    /// The number of days on which it was seen.
    pub days: u32,
    /// The last of them ("2026-11-24").
    pub last_day: String,
}

/// The state of a source after a complete walk.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkEnd {
    /// The source's configured URL.
    pub address: PageUrl,
    /// The earliest next walk, by the source's own hints.
    pub not_before: Option<Timestamp>,
    /// The target of the permanent redirect of the source's URL.
    pub moved: Option<SourceMove>,
    /// How often the source wants to be requested.
    pub pace: Pace,
    /// New validators from 304 responses.
    pub renewed: Vec<StoredValidators>,
}

/// The state of a source after a failed walk.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkFailure {
    /// The source's configured URL.
    pub address: PageUrl,
    /// What went wrong.
    pub failure: Failure,
    /// The earliest next walk. None: never automatically.
    pub not_before: Option<Timestamp>,
    /// Whether the URL returns 410.
    pub is_gone: bool,
    /// Whether the target of the configured URL's redirect does not work, so that the configured URL is used again.
    pub forget_move: bool,
    /// Changed validators from the responses so far.
    pub renewed: Vec<StoredValidators>,
}

impl Store {
    /// Returns the state of a source; the default if it is new.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn source_state(&self, portal: &PortalId, source: &SourceId) -> Result<SourceState, StoreError> {
        let (portal, source) = (portal.clone(), source.clone());
        self.read(move |tx| state(tx, &portal, &source)).await
    }

    /// Begins a walk that has links to store, or continues an unfinished one. Returns its number. Deletes what belongs to another configured URL.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn begin_walk(
        &self,
        lease: &Lease,
        source: &SourceId,
        address: &PageUrl,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let (lease, source, address) = (lease.clone(), source.clone(), address.to_string());
        self.write_own(move |tx| begin_walk(tx, &lease, &source, &address, now)).await
    }

    /// Stores a page that a walk read in full, after its links were stored.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn keep_page(
        &self,
        lease: &Lease,
        source: &SourceId,
        page: SourcePage,
        given: StoredValidators,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, source) = (lease.clone(), source.clone());
        self.write_own(move |tx| keep_page(tx, &lease, &source, &page, &given, now)).await
    }

    /// Records that a walk is complete, and clears its failures.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn end_walk(
        &self,
        lease: &Lease,
        source: &SourceId,
        end: WalkEnd,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, source) = (lease.clone(), source.clone());
        self.write_own(move |tx| end_walk(tx, &lease, &source, &end, now)).await
    }

    /// Stores new validators when a walk is interrupted.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn keep_given(
        &self,
        lease: &Lease,
        source: &SourceId,
        renewed: Vec<StoredValidators>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if renewed.is_empty() {
            return Ok(());
        }
        let (lease, source) = (lease.clone(), source.clone());
        self.write_own(move |tx| keep_all_given(tx, &lease, &source, &renewed, now)).await
    }

    /// Records that a source could not be read. It is postponed, and its walk remains unfinished if it had begun.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn fail_walk(
        &self,
        lease: &Lease,
        source: &SourceId,
        failed: WalkFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, source) = (lease.clone(), source.clone());
        self.write_own(move |tx| fail_walk(tx, &lease, &source, &failed, now)).await
    }
}

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
        state.pace = learned(&pace).unwrap_or_default();
    }
    state.pages = pages(tx, portal, source)?;
    state.given = given(tx, portal, source)?;
    Ok(state)
}

fn read_state(row: &Row<'_>) -> SqlResult<(SourceState, Option<String>)> {
    let time = |column| Ok::<_, SqlError>(row.get::<Option<i64>>(column)?.map(moment));
    let moved_to: Option<String> = row.get(8)?;
    let moved = moved_to.and_then(|url| PageUrl::parse(&url).ok()).map(|to| -> SqlResult<SourceMove> {
        Ok(SourceMove { to, days: row.get(9)?, last_day: row.get::<Option<String>>(10)?.unwrap_or_default() })
    });
    let state = SourceState {
        walk: row.get(5)?,
        unfinished: row.get(0)?,
        failures: row.get(1)?,
        not_before: time(2)?,
        last_success: time(3)?,
        last_error: row.get(4)?,
        address: row.get(6)?,
        gone_since: time(7)?,
        moved: moved.transpose()?,
        ..SourceState::default()
    };
    Ok((state, row.get(11)?))
}

fn pages(tx: &Transaction<'_>, portal: &PortalId, source: &SourceId) -> Result<Vec<SourcePage>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT url, body_hash, walk, next FROM source_pages WHERE portal = ?1 AND source = ?2 ORDER BY url",
    )?;
    let mut rows = statement.query(params![portal.as_str(), source.as_str()])?;
    let mut pages = Vec::new();
    while let Some(row) = rows.next()? {
        let next: Option<String> = row.get(3)?;
        let next = next.as_deref().and_then(learned).unwrap_or_default();
        pages.push(SourcePage { url: row.get(0)?, body_hash: row.get(1)?, walk: row.get(2)?, next });
    }
    Ok(pages)
}

fn given(tx: &Transaction<'_>, portal: &PortalId, source: &SourceId) -> Result<Vec<StoredValidators>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT url, etag, last_modified, full_at FROM source_validators WHERE portal = ?1 AND source = ?2 ORDER BY url",
    )?;
    let rows = statement.query_map(params![portal.as_str(), source.as_str()], |row| {
        let validators = Validators { etag: row.get(1)?, last_modified: row.get(2)? };
        Ok((row.get::<String>(0)?, validators, moment(row.get(3)?)))
    })?;
    let read = |(url, validators, full_at): (String, _, _)| {
        let url = PageUrl::parse(&url).ok()?;
        Some(StoredValidators { revalidation: Revalidation { url, validators }, full_at })
    };
    Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().filter_map(read).collect())
}

fn begin_walk(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    address: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    check(tx, lease, now)?;
    speak_of(tx, lease, source, address)?;
    // An unfinished walk continues under its number, so that its links still count as new.
    let number = tx
        .prepare_cached(
            "UPDATE sources SET walk = CASE WHEN unfinished = 0 THEN walk + 1 ELSE walk END, unfinished = 1 WHERE portal = ?1 AND id = ?2 RETURNING walk",
        )?
        .query_row(params![lease.portal.as_str(), source.as_str()], |row| row.get(0))?;
    Ok(number)
}

/// Assigns a source's row to a URL and deletes what belongs to another.
fn speak_of(tx: &Transaction<'_>, lease: &Lease, source: &SourceId, address: &str) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO sources (portal, id, address) VALUES (?1, ?2, ?3)
         ON CONFLICT (portal, id) DO UPDATE SET address = excluded.address, gone_since = NULL, moved_to = NULL, moved_days = 0, moved_day = NULL,
             pace = NULL, not_before = NULL, failures = 0
         WHERE sources.address IS DISTINCT FROM excluded.address",
    )?
    .execute(params![lease.portal.as_str(), source.as_str(), address])?;
    Ok(())
}

/// Stores a page that was read, with its validators. Its links are already stored.
fn keep_page(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    page: &SourcePage,
    given: &StoredValidators,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    tx.prepare_cached(
        "INSERT INTO source_pages (portal, source, url, body_hash, walk, next) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (portal, source, url) DO UPDATE SET body_hash = excluded.body_hash, walk = excluded.walk, next = excluded.next",
    )?
    .execute(params![
        lease.portal.as_str(),
        source.as_str(),
        page.url,
        page.body_hash,
        page.walk,
        if page.next.is_empty() { None } else { Some(to_json(&page.next)?) },
    ])?;
    keep_given(tx, lease, source, given)
}

/// Stores new validators when a walk is interrupted.
fn keep_all_given(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    renewed: &[StoredValidators],
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    renewed.iter().try_for_each(|given| keep_given(tx, lease, source, given))
}

/// Stores the validators of a server, or that it sent none.
fn keep_given(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    given: &StoredValidators,
) -> Result<(), StoreError> {
    let known = &given.revalidation;
    tx.prepare_cached(
        "INSERT INTO source_validators (portal, source, url, etag, last_modified, full_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (portal, source, url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified,
             full_at = excluded.full_at",
    )?
    .execute(params![
        lease.portal.as_str(),
        source.as_str(),
        known.url.as_str(),
        known.validators.etag,
        known.validators.last_modified,
        millis(given.full_at),
    ])?;
    Ok(())
}

fn end_walk(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    end: &WalkEnd,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    speak_of(tx, lease, source, end.address.as_str())?;
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
    end.renewed.iter().try_for_each(|given| keep_given(tx, lease, source, given))?;
    forget_old_pages(tx, lease, source)
}

fn forget_old_pages(tx: &Transaction<'_>, lease: &Lease, source: &SourceId) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM source_pages WHERE portal = ?1 AND source = ?2
             AND walk < (SELECT walk FROM sources WHERE portal = ?1 AND id = ?2) - ?3",
    )?
    .execute(params![lease.portal.as_str(), source.as_str(), WALKS_KEPT])?;
    tx.prepare_cached(
        "DELETE FROM source_validators WHERE portal = ?1 AND source = ?2
             AND full_at < (SELECT last_success FROM sources WHERE portal = ?1 AND id = ?2) - ?3",
    )?
    .execute(params![lease.portal.as_str(), source.as_str(), VALIDATORS_KEPT])?;
    Ok(())
}

fn fail_walk(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    failed: &WalkFailure,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    speak_of(tx, lease, source, failed.address.as_str())?;
    tx.prepare_cached(
        "UPDATE sources SET failures = failures + 1, not_before = ?3, last_error = ?4,
             gone_since = CASE WHEN ?5 THEN coalesce(gone_since, CAST(?6 AS BIGINT)) ELSE gone_since END,
             moved_to = CASE WHEN ?7 THEN NULL ELSE moved_to END, moved_days = CASE WHEN ?7 THEN 0 ELSE moved_days END
         WHERE portal = ?1 AND id = ?2",
    )?
    .execute(params![
        lease.portal.as_str(),
        source.as_str(),
        failed.not_before.map(millis),
        failed.failure.message,
        failed.is_gone,
        millis(now),
        failed.forget_move,
    ])?;
    failed.renewed.iter().try_for_each(|given| keep_given(tx, lease, source, given))
}
