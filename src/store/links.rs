//! Links: taken up, handed out.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::params;

use crate::model::link::Hints;
use crate::model::link::Link;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::store::Lease;
use crate::store::Pending;
use crate::store::Sighted;
use crate::store::StoreError;
use crate::store::claim::check;
use crate::store::sqlite::from_json;
use crate::store::sqlite::millis;
use crate::store::sqlite::moment;
use crate::store::sqlite::revalidation;
use crate::store::sqlite::to_json;

pub(super) fn take_up(
    tx: &Transaction<'_>,
    lease: &Lease,
    source: &SourceId,
    links: &[(String, Link)],
    now: Timestamp,
) -> Result<Sighted, StoreError> {
    check(tx, lease, now)?;
    let portal = lease.portal.as_str();
    let walk: i64 = tx
        .prepare_cached("SELECT walk FROM sources WHERE portal = ?1 AND id = ?2")?
        .query_row(params![portal, source.as_str()], |row| row.get(0))?;
    let mut sighted = Sighted::default();
    for (id, link) in links {
        match known_link(tx, portal, id)? {
            None => {
                insert(tx, portal, id, link, now)?;
                sighted.new += 1;
            }
            Some((known, settled)) => sighted.renewed += usize::from(merge(tx, portal, id, &known, link, settled)?),
        }
        sighted.new_to_source += usize::from(sight(tx, portal, source, id, walk)?);
        see(tx, portal, id, now)?;
    }
    Ok(sighted)
}

/// Notes that a source shows a link; says whether it is new to the source's present walk.
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

/// Notes, to the day, when a source last showed a link.
fn see(tx: &Transaction<'_>, portal: &str, id: &str, now: Timestamp) -> Result<(), StoreError> {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    tx.prepare_cached("UPDATE links SET last_seen = ?3 WHERE portal = ?1 AND id = ?2 AND last_seen < ?3 - ?4")?
        .execute(params![portal, id, millis(now), DAY])?;
    Ok(())
}

fn known_link(tx: &Transaction<'_>, portal: &str, id: &str) -> Result<Option<(Link, bool)>, StoreError> {
    let found: Option<(String, bool)> = tx
        .prepare_cached("SELECT link, state = 'done' OR settled > 0 FROM links WHERE portal = ?1 AND id = ?2")?
        .query_row(params![portal, id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(link, settled)| Ok((from_json(&link)?, settled))).transpose()
}

fn insert(tx: &Transaction<'_>, portal: &str, id: &str, link: &Link, now: Timestamp) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO links (portal, id, url, link, first_seen, last_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
    )?
    .execute(params![portal, id, link.url.as_str(), to_json(link)?, millis(now)])?;
    Ok(())
}

/// Merges a later sighting into a known link. Says whether the source gives a reason to look at a settled article again: a later date of
/// change, or another text of its own copy.
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
    // One id, another address: an edited slug, and the old one may be dead by the next look.
    merged.url = seen.url.clone();
    merged.hints =
        if changed { filled(seen.hints.clone(), &known.hints) } else { filled(known.hints.clone(), &seen.hints) };
    if merged == *known && !changed {
        return Ok(false);
    }
    tx.prepare_cached(
        "UPDATE links SET link = ?3, url = ?5, state = CASE WHEN ?4 THEN 'pending' ELSE state END, not_before = CASE WHEN ?4 THEN 0 ELSE not_before END
         WHERE portal = ?1 AND id = ?2",
    )?
    .execute(params![portal, id, to_json(&merged)?, changed, merged.url.as_str()])?;
    Ok(changed)
}

fn is_changed(known: &Hints, seen: &Hints) -> bool {
    let later = match (&known.modified, &seen.modified) {
        (Some(known), Some(seen)) => seen.at > known.at,
        _ => false,
    };
    let other_text = seen.content_is_article && seen.content_html.is_some() && seen.content_html != known.content_html;
    later || other_text
}

/// The hints of one sighting, with the gaps filled from another.
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

pub(super) fn next(
    tx: &Transaction<'_>,
    lease: &Lease,
    held: &[String],
    now: Timestamp,
) -> Result<Option<Pending>, StoreError> {
    check(tx, lease, now)?;
    let found = tx
        .prepare_cached(
            "SELECT link, id, attempts, settled, first_seen, etag, last_modified, validators_url, url, raw, replay FROM links
             WHERE portal = ?1 AND state = 'pending' AND not_before <= ?2 AND id NOT IN (SELECT value FROM json_each(?3))
             ORDER BY attempts > 0, settled > 0, not_before, number LIMIT 1",
        )?
        .query_row(params![lease.portal.as_str(), millis(now), to_json(&held)?], |row| {
            let link: String = row.get(0)?;
            let first_seen: i64 = row.get(4)?;
            let (given_by, url): (Option<String>, String) = (row.get(7)?, row.get(8)?);
            let known = revalidation(row.get(5)?, row.get(6)?, given_by.as_deref(), &url);
            let raw: Option<String> = row.get(9)?;
            Ok((link, row.get(1)?, row.get(2)?, row.get(3)?, first_seen, known, raw, row.get(10)?))
        })
        .optional()?;
    let Some((link, id, attempts, settled, first_seen, revalidation, raw, replay)) = found else { return Ok(None) };
    let raw = raw.map(|raw| from_json(&raw)).transpose()?;
    let first_seen = moment(first_seen);
    Ok(Some(Pending { link: from_json(&link)?, id, attempts, settled, first_seen, raw, replay, revalidation }))
}

/// Puts a link off without a try: nothing was sent.
pub(super) fn put_off(
    tx: &Transaction<'_>,
    lease: &Lease,
    id: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    tx.prepare_cached("UPDATE links SET not_before = ?3 WHERE portal = ?1 AND id = ?2")?.execute(params![
        lease.portal.as_str(),
        id,
        millis(until)
    ])?;
    Ok(())
}

pub(super) fn known(tx: &Transaction<'_>, portal: &PortalId, ids: &[String]) -> Result<Vec<String>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT id FROM links WHERE portal = ?1 AND id IN (SELECT value FROM json_each(?2))")?;
    let rows = statement.query_map(params![portal.as_str(), to_json(&ids)?], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
