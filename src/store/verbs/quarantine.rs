//! Links that are set aside with their pages, and retried manually.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::failure::Failure;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::name;
use crate::store::verbs::columns::to_json;
use crate::text::fingerprint::article_id;
use crate::url::PageUrl;

impl Store {
    /// Records that the process ended while a link's page was being read, `alone` or together with others. Returns how often it did so alone. From
    /// now on, the link is read after all others.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn blame(&self, portal: &PortalId, link: &str, alone: bool) -> Result<u32, StoreError> {
        let (portal, link) = (portal.clone(), link.to_owned());
        self.write(move |tx| blame(tx, &portal, &link, alone)).await
    }

    /// Sets a link aside with its page.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn quarantine(
        &self,
        portal: &PortalId,
        link: &str,
        reason: String,
        page: Option<RawRef>,
        not_before: Timestamp,
    ) -> Result<(), StoreError> {
        let (portal, link) = (portal.clone(), link.to_owned());
        self.write(move |tx| quarantine(tx, &portal, &link, &reason, page.as_ref(), not_before)).await
    }

    /// Makes links pending again, to be read from their stored pages, and their portals due. Returns how many of each portal.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn take_up_again(
        &self,
        selection: Selection,
        now: Timestamp,
    ) -> Result<Vec<(PortalId, u64)>, StoreError> {
        self.write(move |tx| take_up_again(tx, &selection, now)).await
    }
}

/// Which links to retry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only those of these portals; of all portals if empty.
    pub portals: Vec<PortalId>,
    /// Only these links, by key or URL, or by those of the articles that they show; all if empty.
    pub links: Vec<String>,
    /// Also those that failed in other ways.
    pub failed: bool,
    /// Also those whose pages gave no record.
    pub rejected: bool,
}

/// Records that the process ended while a link's page was being read, `alone` or together with others. Returns how often it did so alone. From now
/// on, the link is read after all others, so that a page that ends processes blocks nothing, and an innocent page is read together with others the
/// next time.
fn blame(tx: &Transaction<'_>, portal: &PortalId, link: &str, alone: bool) -> Result<u32, StoreError> {
    tx.execute(
        "UPDATE links SET attempts = attempts + 1 WHERE portal = ?1 AND id = ?2 AND state = 'pending'",
        params![portal.as_str(), link],
    )?;
    Ok(tx.query_row(
        "INSERT INTO crashes (portal, link, times) VALUES (?1, ?2, ?3)
         ON CONFLICT (portal, link) DO UPDATE SET times = crashes.times + excluded.times RETURNING times",
        params![portal.as_str(), link, alone],
        |row| row.get(0),
    )?)
}

/// Returns the outcome of what failed, in a word: whether it was set aside.
pub(super) fn word_of(failure: &Failure) -> &'static str {
    if failure.class.sets_aside() { "quarantined" } else { "failed" }
}

/// Clears the history of a link's page after the link was settled.
pub(super) fn acquit(tx: &Transaction<'_>, portal: &PortalId, link: &str) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM crashes WHERE portal = ?1 AND link = ?2")?
        .execute(params![portal.as_str(), link])?;
    Ok(())
}

/// Sets a link aside.
fn quarantine(
    tx: &Transaction<'_>,
    portal: &PortalId,
    link: &str,
    reason: &str,
    page: Option<&RawRef>,
    not_before: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE links SET state = 'pending', outcome = 'quarantined', reason = ?3, attempts = attempts + 1, not_before = ?4,
             raw = coalesce(?5, raw) WHERE portal = ?1 AND id = ?2",
        params![portal.as_str(), link, reason, millis(not_before), page.map(to_json).transpose()?],
    )?;
    Ok(())
}

/// Makes links pending again, to be read from their stored pages, and their portals due. Returns how many of each portal.
fn take_up_again(
    tx: &Transaction<'_>,
    selection: &Selection,
    now: Timestamp,
) -> Result<Vec<(PortalId, u64)>, StoreError> {
    let outcomes: Vec<&str> = [("quarantined", true), ("failed", selection.failed), ("rejected", selection.rejected)]
        .into_iter()
        .filter_map(|(outcome, is_meant)| is_meant.then_some(outcome))
        .collect();
    let links: Vec<String> = selection.links.iter().map(|link| key_of(link)).collect();
    let mut released = tx.prepare(
        "UPDATE links SET state = 'pending', not_before = 0, attempts = 0, replay = CASE WHEN raw IS NOT NULL THEN 1 ELSE 0 END
         WHERE outcome IN (SELECT value FROM json_each(?1))
         AND (?2 = '[]' OR portal IN (SELECT value FROM json_each(?2)))
         AND (?3 = '[]' OR id IN (SELECT value FROM json_each(?3)) OR article IN (SELECT value FROM json_each(?3)))
         RETURNING portal",
    )?;
    let rows = released
        .query_map(params![to_json(&outcomes)?, to_json(&selection.portals)?, to_json(&links)?], |row| {
            row.get::<String>(0)
        })?;
    let mut portals: Vec<String> = rows.collect::<Result<_, _>>()?;
    for portal in &portals {
        make_ready(tx, portal, now)?;
    }
    for portal in sources_again(tx, selection, now)? {
        portals.push(portal);
    }
    portals.extend(attachments_again(tx, &to_json(&selection.portals)?, &to_json(&links)?, selection.failed)?);
    portals.sort();
    let mut counts = Vec::new();
    for same in portals.chunk_by(|one, other| one == other) {
        let Some(portal) = same.first() else { continue };
        counts.push((name(PortalId::new(portal))?, same.len() as u64));
    }
    Ok(counts)
}

/// Makes the portal due now. The visit continues with links, without requesting lists.
fn make_ready(tx: &Transaction<'_>, portal: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE portals SET next_due = min(next_due, ?2), continued = 1 WHERE id = ?1",
        params![portal, millis(now)],
    )?;
    tx.execute("DELETE FROM crashes WHERE portal = ?1", [portal])?;
    Ok(())
}

/// Makes sources due again if the program failed on their pages. Returns the portal of each.
fn sources_again(tx: &Transaction<'_>, selection: &Selection, now: Timestamp) -> Result<Vec<String>, StoreError> {
    if !selection.links.is_empty() {
        return Ok(Vec::new());
    }
    let mut released = tx.prepare(
        "UPDATE sources SET not_before = NULL WHERE (?1 = '[]' OR portal IN (SELECT value FROM json_each(?1)))
         AND EXISTS (SELECT 1 FROM failing f WHERE f.portal = sources.portal AND f.source = sources.id AND f.kind = 'quarantine')
         RETURNING portal",
    )?;
    let rows = released.query_map([to_json(&selection.portals)?], |row| row.get::<String>(0))?;
    let portals: Vec<String> = rows.collect::<Result<_, _>>()?;
    for portal in &portals {
        let due = params![portal, millis(now)];
        tx.execute("UPDATE portals SET next_due = min(next_due, ?2), continued = 0 WHERE id = ?1", due)?;
    }
    Ok(portals)
}

/// Makes files that were set aside, and on request those that failed, pending again. Returns the portal of each.
fn attachments_again(
    tx: &Transaction<'_>,
    portals: &str,
    articles: &str,
    with_failed: bool,
) -> Result<Vec<String>, StoreError> {
    let mut released = tx.prepare(
        "UPDATE attachments SET not_before = 0, attempts = 0
         WHERE (outcome = 'quarantined' OR (?3 AND outcome = 'failed')) AND state <> 'done'
         AND (?1 = '[]' OR portal IN (SELECT value FROM json_each(?1)))
         AND (?2 = '[]' OR article IN (SELECT value FROM json_each(?2))) RETURNING portal",
    )?;
    let rows = released.query_map(params![portals, articles, with_failed], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns the key that a text names: the text itself, or the key of a URL.
fn key_of(text: &str) -> String {
    PageUrl::parse(text).map_or_else(|_| text.to_owned(), |url| article_id(&url.canonical()))
}
