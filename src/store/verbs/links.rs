//! Links: storing them, and handing them out to visits.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::link::Hints;
use crate::model::link::Link;
use crate::model::page::Revalidation;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::model::record::RawRef;
use crate::store::Lease;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Part;
use crate::store::engine::Row;
use crate::store::engine::Transaction;
use crate::store::engine::part;
use crate::store::verbs::addresses;
use crate::store::verbs::claim::check;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::revalidation;
use crate::store::verbs::columns::to_json;
use crate::url::PageUrl;

/// How many of a page's links are new.
#[derive(Debug, Default)]
pub struct LinkIntake {
    /// Links that this source had not listed before its current walk.
    pub new_to_source: usize,
    /// New links, now pending.
    pub new: usize,
    /// Known links that the source says have changed: pending again.
    pub renewed: usize,
    /// URLs of links that were not stored, and why.
    pub refused: Vec<(PageUrl, StoreError)>,
}

/// A link to process.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The link, with the hints of its first sighting (later ones fill gaps).
    pub link: Link,
    /// The link's key within its portal: the article id of its canonical URL.
    pub id: String,
    /// Consecutive failed attempts.
    pub attempts: u32,
    /// How often it was settled with a response.
    pub settled: u32,
    /// When the link was first seen.
    pub first_seen: Timestamp,
    /// Its stored page.
    pub raw: Option<RawRef>,
    /// Whether to read it from the stored page.
    pub replay: bool,
    /// `id` of the article on its page, if there was one.
    pub article: Option<String>,
    /// Since when the article has been missing.
    pub gone_since: Option<Timestamp>,
    /// The validators, if it was fetched before.
    pub revalidation: Option<Revalidation>,
}

impl Store {
    /// Stores a page's links with their ids in one transaction. New ones become pending; later hints fill gaps.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn take_up(
        &self,
        lease: &Lease,
        source: &SourceId,
        links: Vec<(String, Link)>,
        is_backfill: bool,
        now: Timestamp,
    ) -> Result<LinkIntake, StoreError> {
        let (lease, source) = (lease.clone(), source.clone());
        self.write_own(move |tx| take_up(tx, &lease, &source, &links, is_backfill, now)).await
    }

    /// Postpones a link without an attempt.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn put_off_link(
        &self,
        lease: &Lease,
        id: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, id) = (lease.clone(), id.to_owned());
        self.write_own(move |tx| put_off(tx, &lease, &id, until, now)).await
    }

    /// Returns the portal's next pending link, except those with some keys: first new links, then known ones, then failed ones, each in the order in
    /// which they are due.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`], [`StoreError::Unreadable`].
    pub async fn next_link(
        &self,
        lease: &Lease,
        passed_over: &[String],
        now: Timestamp,
    ) -> Result<Option<Pending>, StoreError> {
        let (lease, passed_over) = (lease.clone(), passed_over.to_vec());
        self.write_own(move |tx| next(tx, &lease, &passed_over, now)).await
    }

    /// Returns which of the URLs are known links of a portal, without writing anything.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn known_links(&self, portal: &PortalId, ids: &[String]) -> Result<Vec<String>, StoreError> {
        let (portal, ids) = (portal.clone(), ids.to_vec());
        self.read(move |tx| known(tx, &portal, &ids)).await
    }
}

fn take_up(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    links: &[(String, Link)],
    is_backfill: bool,
    now: Timestamp,
) -> Result<LinkIntake, StoreError> {
    check(tx, lease, now)?;
    let portal = lease.portal.as_str();
    let (walk, is_first): (i64, bool) = tx
        .prepare_cached("SELECT walk, last_success IS NULL FROM sources WHERE portal = ?1 AND id = ?2")?
        .query_row(params![portal, source.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let origin = LinkOrigin { portal, is_backlog: is_first || is_backfill, now };
    let mut sighted = LinkIntake::default();
    for (id, link) in links {
        let taken = part(tx, || {
            let change = put_down(tx, &origin, id, link)?;
            let is_new_to_source = sight(tx, portal, source, id, walk)?;
            see(tx, portal, id, now)?;
            Ok((change, is_new_to_source))
        })?;
        match taken {
            Part::Done((change, is_new_to_source)) => {
                sighted.new += usize::from(change == Change::New);
                sighted.renewed += usize::from(change == Change::Renewed);
                sighted.new_to_source += usize::from(is_new_to_source);
            }
            Part::Refused(error) => sighted.refused.push((link.url.clone(), error)),
        }
    }
    Ok(sighted)
}

/// The effect of a sighting on a link.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    New,
    Renewed,
    Nothing,
}

/// Where and when a link was found.
struct LinkOrigin<'a> {
    portal: &'a str,
    is_backlog: bool,
    now: Timestamp,
}

fn put_down(tx: &Transaction<'_>, origin: &LinkOrigin<'_>, id: &str, link: &Link) -> Result<Change, StoreError> {
    let portal = origin.portal;
    let is_renewed = match known_link(tx, portal, id)? {
        None => {
            insert(tx, origin, id, link)?;
            return Ok(Change::New);
        }
        Some((Some(known), settled)) => merge(tx, portal, id, &known, link, settled)?,
        // An unreadable link is replaced by what its source now says about it.
        Some((None, _)) => {
            rewrite(tx, portal, id, link, true)?;
            true
        }
    };
    Ok(if is_renewed { Change::Renewed } else { Change::Nothing })
}

/// Records that a source lists a link. Returns whether it is new to the source's current walk.
fn sight(tx: &Transaction<'_>, portal: &str, source: &SourceId, id: &str, walk: i64) -> Result<bool, StoreError> {
    tx.prepare_cached(
        "INSERT INTO sightings (portal, source, link, walk) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?
    .execute(params![portal, source.as_str(), id, walk])?;
    let first: i64 = tx
        .prepare_cached("SELECT walk FROM sightings WHERE portal = ?1 AND source = ?2 AND link = ?3")?
        .query_row(params![portal, source.as_str(), id], |row| row.get(0))?;
    Ok(first == walk)
}

/// Records the day on which a source last listed a link. A missing link that was not listed for a day is requested again.
fn see(tx: &Transaction<'_>, portal: &str, id: &str, now: Timestamp) -> Result<(), StoreError> {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    tx.prepare_cached(
        "UPDATE links SET last_seen = ?3,
             state = CASE WHEN gone_since IS NOT NULL AND last_seen < ?5 THEN 'pending' ELSE state END,
             not_before = CASE WHEN gone_since IS NOT NULL AND last_seen < ?5 THEN CAST(?3 AS BIGINT) ELSE not_before END
         WHERE portal = ?1 AND id = ?2 AND last_seen < ?4",
    )?
    .execute(params![portal, id, millis(now), millis(now) - DAY, millis(now) - 2 * DAY])?;
    Ok(())
}

/// Returns the stored link, unless it cannot be read, and whether it was settled.
fn known_link(tx: &Transaction<'_>, portal: &str, id: &str) -> Result<Option<(Option<Link>, bool)>, StoreError> {
    let found = tx
        .prepare_cached("SELECT link, state = 'done' OR settled > 0 FROM links WHERE portal = ?1 AND id = ?2")?
        .query_row(params![portal, id], |row| Ok((json_at(row, 0).ok(), row.get(1)?)))
        .optional()?;
    Ok(found)
}

/// Stores a link that no source has listed yet.
pub(super) fn insert_imported(
    tx: &Transaction<'_>,
    portal: &PortalId,
    id: &str,
    link: &Link,
    is_backlog: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    insert(tx, &LinkOrigin { portal: portal.as_str(), is_backlog, now }, id, link)
}

fn insert(tx: &Transaction<'_>, origin: &LinkOrigin<'_>, id: &str, link: &Link) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO links (portal, id, url, link, first_seen, last_seen, dated, entry, backlog)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        origin.portal,
        id,
        link.url.as_str(),
        to_json(link)?,
        millis(origin.now),
        dated(link),
        addresses::entry(link),
        origin.is_backlog
    ])?;
    Ok(())
}

/// Merges a later sighting into a known link. Returns whether the source gives a reason to request a settled article again: a later date
/// of change, or another text of its own copy.
fn merge(
    tx: &Transaction<'_>,
    portal: &str,
    id: &str,
    known: &Link,
    seen: &Link,
    settled: bool,
) -> Result<bool, StoreError> {
    let changed = settled && is_changed(&known.hints, &seen.hints);
    let mut merged = known.clone();
    // Same id, different URL: the slug was edited, and the old URL may be dead by the next request.
    merged.url = seen.url.clone();
    merged.hints =
        if changed { filled(seen.hints.clone(), &known.hints) } else { filled(known.hints.clone(), &seen.hints) };
    if merged == *known && !changed {
        return Ok(false);
    }
    rewrite(tx, portal, id, &merged, changed)?;
    Ok(changed)
}

/// Replaces a stored link. It becomes pending again if it is `changed`.
fn rewrite(tx: &Transaction<'_>, portal: &str, id: &str, link: &Link, changed: bool) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE links SET link = ?3, url = ?5, dated = ?6, state = CASE WHEN ?4 THEN 'pending' ELSE state END, not_before = CASE WHEN ?4 THEN 0 ELSE not_before END
         WHERE portal = ?1 AND id = ?2",
    )?
    .execute(params![portal, id, to_json(link)?, changed, link.url.as_str(), dated(link)])?;
    Ok(())
}

/// Returns the date of an article whose source contains it as a whole.
fn dated(link: &Link) -> Option<i64> {
    link.hints.date.as_ref().filter(|_| link.hints.content_is_article).map(|date| millis(date.at))
}

fn is_changed(known: &Hints, seen: &Hints) -> bool {
    let later = match (&known.modified, &seen.modified) {
        (Some(known), Some(seen)) => seen.at > known.at,
        _ => false,
    };
    let other_text = seen.content_is_article && seen.content_html.is_some() && seen.content_html != known.content_html;
    later || other_text
}

/// Returns the hints of one sighting, with the gaps filled from another.
fn filled(hints: Hints, from: &Hints) -> Hints {
    let from = from.clone();
    Hints {
        title: hints.title.or(from.title),
        date: hints.date.or(from.date),
        modified: hints.modified.or(from.modified),
        summary: hints.summary.or(from.summary),
        content_is_article: if hints.content_html.is_some() {
            hints.content_is_article
        } else {
            from.content_is_article
        },
        content_html: hints.content_html.or(from.content_html),
        authors: if hints.authors.is_empty() { from.authors } else { hints.authors },
        section: hints.section.or(from.section),
        tags: if hints.tags.is_empty() { from.tags } else { hints.tags },
        image: hints.image.or(from.image),
        credit: hints.credit.or(from.credit),
    }
}

fn next(
    tx: &Transaction<'_>,
    lease: &Lease,
    passed_over: &[String],
    now: Timestamp,
) -> Result<Option<Pending>, StoreError> {
    check(tx, lease, now)?;
    let mut statement = tx.prepare_cached(
        "SELECT id, url, link, attempts, settled, first_seen, etag, last_modified, validators_url, raw, replay, article, gone_since FROM links
         WHERE portal = ?1 AND state = 'pending' AND not_before <= ?2 AND id NOT IN (SELECT value FROM json_each(?3))
         ORDER BY attempts > 0, settled > 0, not_before, number LIMIT 1",
    )?;
    let mut rows = statement.query(params![lease.portal.as_str(), millis(now), to_json(&passed_over)?])?;
    rows.next()?.map(|row| pending(&row)).transpose()
}

fn pending(row: &Row<'_>) -> Result<Pending, StoreError> {
    let (id, url): (String, String) = (row.get(0)?, row.get(1)?);
    let link = match json_at(row, 2) {
        Ok(link) => link,
        Err(error) => return Err(StoreError::Unreadable { id, url, reason: error.to_string() }),
    };
    let given_by: Option<String> = row.get(8)?;
    Ok(Pending {
        link,
        id,
        attempts: row.get(3)?,
        settled: row.get(4)?,
        first_seen: moment(row.get(5)?),
        // An unreadable reference counts as no page.
        raw: json_at::<RawRef>(row, 9).ok(),
        replay: row.get(10)?,
        article: row.get(11)?,
        gone_since: row.get::<Option<i64>>(12)?.map(moment),
        revalidation: revalidation(row.get(6)?, row.get(7)?, given_by.as_deref(), &url),
    })
}

/// Postpones a link without an attempt: nothing was sent.
fn put_off(tx: &Transaction<'_>, lease: &Lease, id: &str, until: Timestamp, now: Timestamp) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    tx.prepare_cached("UPDATE links SET not_before = ?3 WHERE portal = ?1 AND id = ?2")?.execute(params![
        lease.portal.as_str(),
        id,
        millis(until)
    ])?;
    Ok(())
}

fn known(tx: &Transaction<'_>, portal: &PortalId, ids: &[String]) -> Result<Vec<String>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT id FROM links WHERE portal = ?1 AND id IN (SELECT value FROM json_each(?2))")?;
    let rows = statement.query_map(params![portal.as_str(), to_json(&ids)?], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
