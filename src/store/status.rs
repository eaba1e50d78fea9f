//! What operators ask: how portals stand, what became of an article.

use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::Transaction;
use rusqlite::params;

use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::model::record::Record;
use crate::store::LinkStatus;
use crate::store::PortalStatus;
use crate::store::StoreError;
use crate::store::sources;
use crate::store::sqlite::from_json;
use crate::store::sqlite::moment;
use crate::store::sqlite::name;
use crate::text::fingerprint::article_id;
use crate::url::PageUrl;

pub(super) fn portals(tx: &Transaction<'_>) -> Result<Vec<PortalStatus>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT p.id, p.next_due, p.last_visit, p.last_success, p.failures, p.last_error, p.lease_until,
             count(l.number), count(l.number) FILTER (WHERE l.state = 'pending' AND l.settled = 0 AND l.attempts = 0),
             count(l.number) FILTER (WHERE l.outcome = 'failed'), count(l.number) FILTER (WHERE l.outcome = 'quarantined'),
             count(l.number) FILTER (WHERE l.outcome IN ('rejected', 'gone', 'disallowed')),
             (SELECT count(*) FROM records r WHERE r.portal = p.id), (SELECT last_new FROM rhythms y WHERE y.portal = p.id),
             count(l.number) FILTER (WHERE l.outcome = 'blocked')
         FROM portals p LEFT JOIN links l ON l.portal = p.id GROUP BY p.id ORDER BY p.id",
    )?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(portal(tx, row)?);
    }
    Ok(all)
}

fn portal(tx: &Transaction<'_>, row: &Row<'_>) -> Result<PortalStatus, StoreError> {
    let portal = name(PortalId::new(&row.get::<_, String>(0)?))?;
    let lease: i64 = row.get(6)?;
    let sources = sources_of(tx, &portal)?;
    Ok(PortalStatus {
        next_due: moment(row.get(1)?),
        last_visit: row.get::<_, Option<i64>>(2)?.map(moment),
        last_success: row.get::<_, Option<i64>>(3)?.map(moment),
        failures: row.get(4)?,
        last_error: row.get(5)?,
        leased_until: (lease > 0).then(|| moment(lease)),
        links: row.get(7)?,
        waiting: row.get(8)?,
        failed: row.get(9)?,
        quarantined: row.get(10)?,
        rejected: row.get(11)?,
        records: row.get(12)?,
        last_new: row.get::<_, Option<i64>>(13)?.map(moment),
        blocked: row.get(14)?,
        sources,
        portal,
    })
}

fn sources_of(
    tx: &Transaction<'_>,
    portal: &PortalId,
) -> Result<Vec<(SourceId, crate::store::SourceState)>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT id FROM sources WHERE portal = ?1 ORDER BY id")?;
    let ids = statement.query_map([portal.as_str()], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    ids.iter()
        .map(|id| {
            let id = name(SourceId::new(id))?;
            Ok((id.clone(), sources::state(tx, portal, &id)?))
        })
        .collect()
}

pub(super) fn outbox_length(tx: &Transaction<'_>) -> Result<u64, StoreError> {
    Ok(tx.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?)
}

/// The id that a text names: itself, or that of the address it is.
fn id_of(key: &str) -> String {
    PageUrl::parse(key).map_or_else(|_| key.to_owned(), |url| article_id(&url.canonical()))
}

pub(super) fn find_record(tx: &Transaction<'_>, key: &str) -> Result<Option<Record>, StoreError> {
    let json: Option<String> = tx
        .prepare_cached(
            "SELECT r.json FROM records r JOIN articles a ON a.id = r.id AND a.revision = r.revision
             WHERE a.id = ?1 OR a.canonical_url = ?2 ORDER BY a.id = ?1 DESC LIMIT 1",
        )?
        .query_row(params![id_of(key), key], |row| row.get(0))
        .optional()?;
    json.map(|json| from_json(&json)).transpose()
}

pub(super) fn find_link(tx: &Transaction<'_>, key: &str) -> Result<Option<LinkStatus>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT portal, id, link, outcome, reason, attempts, CASE WHEN state = 'pending' THEN not_before END, raw FROM links
         WHERE id = ?1 OR url = ?2 LIMIT 1",
    )?;
    let mut rows = statement.query(params![id_of(key), key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(LinkStatus {
        portal: name(PortalId::new(&row.get::<_, String>(0)?))?,
        id: row.get(1)?,
        link: from_json(&row.get::<_, String>(2)?)?,
        outcome: row.get(3)?,
        reason: row.get(4)?,
        attempts: row.get(5)?,
        not_before: row.get::<_, Option<i64>>(6)?.map(moment),
        raw: row.get::<_, Option<String>>(7)?.map(|raw| from_json(&raw)).transpose()?,
    }))
}
