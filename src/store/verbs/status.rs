//! For operators: the state of portals, and the outcomes of articles.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::link::Link;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::store::SourceState;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Row;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::name;
use crate::store::verbs::listed::LinkSet;
use crate::store::verbs::listed::ListedLink;
use crate::store::verbs::listed::listed;
use crate::store::verbs::settle;
use crate::store::verbs::sources;
use crate::text::fingerprint::article_id;
use crate::url::PageUrl;

/// Maximum number of links in quarantine that are shown per portal, with their reasons.
const SET_ASIDE_SHOWN: u32 = 5;

/// What `status` shows of a portal.
#[derive(Debug, Clone, PartialEq)]
pub struct PortalStatus {
    /// The portal.
    pub portal: PortalId,
    /// Its next visit.
    pub next_due: Timestamp,
    /// The end of its last visit.
    pub last_visit: Option<Timestamp>,
    /// The end of its last visit that did not fail.
    pub last_success: Option<Timestamp>,
    /// When it last had something new.
    pub last_new: Option<Timestamp>,
    /// Consecutive failed visits.
    pub failures: u32,
    /// The last failure; none after a success.
    pub last_error: Option<String>,
    /// Until when a visit has leased it.
    pub leased_until: Option<Timestamp>,
    /// Number of known links.
    pub links: u64,
    /// Links that were never settled.
    pub waiting: u64,
    /// Links whose last attempt failed.
    pub failed: u64,
    /// Links in quarantine: the program failed on them, the store refused their records, or they are too large.
    pub quarantined: u64,
    /// The last of them, with the reasons.
    pub set_aside: Vec<ListedLink>,
    /// Links for which a challenge, a firewall, a login or a construction notice was shown.
    pub blocked: u64,
    /// Links that gave no record, according to their last response.
    pub rejected: u64,
    /// The newest articles, if they could not be read.
    pub unread: Option<UnreadArticles>,
    /// Stored records, including revisions.
    pub records: u64,
    /// Articles that are withdrawn.
    pub withdrawn: u64,
    /// The sources' states.
    pub sources: Vec<(SourceId, SourceState)>,
}

/// Articles of a portal that were found after the last one that was read, and could not be read themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadArticles {
    /// How many.
    pub count: u64,
    /// How the newest of them ended: `failed`, `quarantined`, `blocked`, `disallowed`.
    pub outcome: String,
    /// Details; empty where the outcome says it all.
    pub reason: String,
}

/// The state of a link.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkStatus {
    /// The portal.
    pub portal: PortalId,
    /// The link's key.
    pub id: String,
    /// Its URL.
    pub url: String,
    /// The link; `None` if it cannot be read.
    pub link: Option<Link>,
    /// `id` of the article on its page, if there was one.
    pub article: Option<String>,
    /// How it last ended.
    pub outcome: Option<String>,
    /// Details.
    pub reason: Option<String>,
    /// Consecutive failed attempts.
    pub attempts: u32,
    /// The next request, if one is planned.
    pub not_before: Option<Timestamp>,
    /// The last stored raw page.
    pub raw: Option<RawRef>,
}

impl Store {
    /// Returns the state of all known portals, by name.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn status(&self) -> Result<Vec<PortalStatus>, StoreError> {
        self.read(portals).await
    }

    /// Returns the newest record of an article, by its id or URL, or by that of a link that shows it.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn find_record(&self, id_or_url: &str) -> Result<Option<Record>, StoreError> {
        let key = id_or_url.to_owned();
        self.read(move |tx| find_record(tx, &key)).await
    }

    /// Returns the `id` of an article, by its id or URL, or by that of a link that shows it.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn find_article(&self, id_or_url: &str) -> Result<Option<String>, StoreError> {
        let key = id_or_url.to_owned();
        self.read(move |tx| find_article(tx, &key)).await
    }

    /// Returns the state of a link, by its id or URL, or by that of the article that it shows.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn find_link(&self, id_or_url: &str) -> Result<Option<LinkStatus>, StoreError> {
        let key = id_or_url.to_owned();
        self.read(move |tx| find_link(tx, &key)).await
    }

    /// Returns the last links of a portal with a stored page, the newest first, with the place of the page, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn kept_pages(&self, portal: &PortalId, limit: u32) -> Result<Vec<(Link, RawRef)>, StoreError> {
        let portal = portal.clone();
        self.read(move |tx| kept_pages(tx, &portal, limit)).await
    }
}

fn portals(tx: &Transaction<'_>) -> Result<Vec<PortalStatus>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT p.id, p.next_due, p.last_visit, p.last_success, p.failures, p.last_error, p.lease_until,
             count(l.number), count(l.number) FILTER (WHERE l.state = 'pending' AND l.settled = 0 AND l.attempts = 0),
             count(l.number) FILTER (WHERE l.outcome = 'failed'), count(l.number) FILTER (WHERE l.outcome = 'quarantined'),
             count(l.number) FILTER (WHERE l.outcome IN ('rejected', 'gone', 'disallowed')),
             (SELECT count(*) FROM records r WHERE r.portal = p.id), (SELECT last_new FROM rhythms y WHERE y.portal = p.id),
             count(l.number) FILTER (WHERE l.outcome = 'blocked'),
             (SELECT count(*) FROM articles a WHERE a.portal = p.id AND a.withdrawn IS NOT NULL)
         FROM portals p LEFT JOIN links l ON l.portal = p.id GROUP BY p.id ORDER BY p.id",
    )?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(portal(tx, &row)?);
    }
    Ok(all)
}

/// Returns the last links of a portal with a stored page, the newest first, with the place of the page.
fn kept_pages(tx: &Transaction<'_>, portal: &PortalId, limit: u32) -> Result<Vec<(Link, RawRef)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT link, raw FROM links WHERE portal = ?1 AND raw IS NOT NULL AND outcome IN ('recorded', 'unchanged', 'rejected')
         ORDER BY number DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![portal.as_str(), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        // Nothing can be learned from unreadable links.
        found.extend(json_at(&row, 0).ok().zip(json_at(&row, 1).ok()));
    }
    Ok(found)
}

fn portal(tx: &Transaction<'_>, row: &Row<'_>) -> Result<PortalStatus, StoreError> {
    let portal = name(PortalId::new(&row.get::<String>(0)?))?;
    let lease: i64 = row.get(6)?;
    let sources = sources_of(tx, &portal)?;
    let quarantined: u64 = row.get(10)?;
    let (failed, refused, blocked): (u64, u64, u64) = (row.get(9)?, row.get(11)?, row.get(14)?);
    let unread = if failed + quarantined + refused + blocked > 0 { unread(tx, &portal)? } else { None };
    let set_aside = if quarantined > 0 { listed(tx, &portal, LinkSet::SetAside, SET_ASIDE_SHOWN)? } else { Vec::new() };
    Ok(PortalStatus {
        next_due: moment(row.get(1)?),
        last_visit: row.get::<Option<i64>>(2)?.map(moment),
        last_success: row.get::<Option<i64>>(3)?.map(moment),
        failures: row.get(4)?,
        last_error: row.get(5)?,
        leased_until: (lease > 0).then(|| moment(lease)),
        links: row.get(7)?,
        waiting: row.get(8)?,
        failed,
        quarantined,
        set_aside,
        unread,
        rejected: refused,
        records: row.get(12)?,
        last_new: row.get::<Option<i64>>(13)?.map(moment),
        blocked,
        withdrawn: row.get(15)?,
        sources,
        portal,
    })
}

fn unread(tx: &Transaction<'_>, portal: &PortalId) -> Result<Option<UnreadArticles>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT count(*) OVER (), outcome, coalesce(reason, '') FROM links
         WHERE portal = ?1 AND article IS NULL AND outcome IN ('failed', 'quarantined', 'blocked', 'disallowed') AND number >
             (SELECT coalesce(max(number), 0) FROM links WHERE portal = ?1 AND outcome IN ('recorded', 'unchanged', 'rejected', 'gone'))
         ORDER BY number DESC LIMIT 1",
    )?;
    let unread = |row: &Row<'_>| Ok(UnreadArticles { count: row.get(0)?, outcome: row.get(1)?, reason: row.get(2)? });
    Ok(statement.query_row([portal.as_str()], unread).optional()?)
}

fn sources_of(
    tx: &Transaction<'_>,
    portal: &PortalId,
) -> Result<Vec<(SourceId, crate::store::SourceState)>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT id FROM sources WHERE portal = ?1 ORDER BY id")?;
    let ids = statement.query_map([portal.as_str()], |row| row.get::<String>(0))?.collect::<Result<Vec<_>, _>>()?;
    ids.iter()
        .map(|id| {
            let id = name(SourceId::new(id))?;
            Ok((id.clone(), sources::state(tx, portal, &id)?))
        })
        .collect()
}

/// Returns the id that a text names: the text itself, or the id of a URL.
fn id_of(key: &str) -> String {
    PageUrl::parse(key).map_or_else(|_| key.to_owned(), |url| article_id(&url.canonical()))
}

/// Returns the article of an id or URL: first its own, else the one that the link of this id or URL shows.
fn find_article(tx: &Transaction<'_>, key: &str) -> Result<Option<String>, StoreError> {
    let by_itself = "SELECT id FROM articles WHERE id = ?1 OR canonical_url = ?2 ORDER BY id = ?1 DESC LIMIT 1";
    let by_link =
        "SELECT article FROM links WHERE article IS NOT NULL AND (id = ?1 OR url = ?2) ORDER BY url = ?2 DESC LIMIT 1";
    for query in [by_itself, by_link] {
        let found = tx.prepare_cached(query)?.query_row(params![id_of(key), key], |row| row.get(0)).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn find_record(tx: &Transaction<'_>, key: &str) -> Result<Option<Record>, StoreError> {
    match find_article(tx, key)? {
        Some(id) => settle::newest(tx, &id),
        None => Ok(None),
    }
}

/// Returns the state of the link with this id or URL, else of one that shows the article with it.
fn find_link(tx: &Transaction<'_>, key: &str) -> Result<Option<LinkStatus>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT portal, id, link, outcome, reason, attempts, CASE WHEN state = 'pending' THEN not_before END, raw, url, article
         FROM links WHERE id = ?1 OR url = ?2 OR article = ?1 ORDER BY url = ?2 DESC, id = ?1 DESC, number LIMIT 1",
    )?;
    let mut rows = statement.query(params![id_of(key), key])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(LinkStatus {
        portal: name(PortalId::new(&row.get::<String>(0)?))?,
        id: row.get(1)?,
        url: row.get(8)?,
        link: json_at(&row, 2).ok(),
        article: row.get(9)?,
        outcome: row.get(3)?,
        reason: row.get(4)?,
        attempts: row.get(5)?,
        not_before: row.get::<Option<i64>>(6)?.map(moment),
        // An unreadable reference counts as no page.
        raw: json_at::<RawRef>(&row, 7).ok(),
    }))
}
