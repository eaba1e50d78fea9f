//! Deletes old data if the configuration says so.
//!
//! A link is forgotten because of its age, an article when no link shows it any more: one page may be listed at many URLs, and a link may later show
//! another article.

use jiff::Timestamp;
use rusqlite::params;

use crate::dedup::document::Document;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Sql;
use crate::store::engine::Transaction;
use crate::store::verbs::addresses;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::to_json;
use crate::store::verbs::facts;
use crate::store::verbs::index;
use crate::store::verbs::settle;
use crate::store::verbs::stream;
use crate::store::verbs::tombstones;

/// The name of the fact that record files were deleted.
const DELETED_BEFORE: &str = "records_deleted_before";

/// The name of the fact that articles were forgotten whose records may still be in files.
const FORGOTTEN_BEFORE: &str = "articles_forgotten_before";

impl Store {
    /// Deletes settled links that no source has listed since a moment, and replaces the records of articles that no link shows any more by
    /// tombstones, at most `limit` of each. `remove_text` removes the text of an attachment, by its place in the state folder. Returns how many of both.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn bury_articles(
        &self,
        before: Timestamp,
        limit: u32,
        remove_text: impl Fn(&str) + Send + 'static,
    ) -> Result<u64, StoreError> {
        self.write(move |tx| bury(tx, before, limit, &remove_text)).await
    }

    /// Deletes settled links that no source has listed since a moment, and articles that no link shows any more, with their tombstones, at most
    /// `limit` of each. `remove_text` is as for [`Store::bury_articles`]. Returns how many of both.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn forget_articles(
        &self,
        before: Timestamp,
        limit: u32,
        remove_text: impl Fn(&str) + Send + 'static,
    ) -> Result<u64, StoreError> {
        self.write(move |tx| forget(tx, before, limit, &remove_text)).await
    }

    /// Records that the record files up to a moment were deleted, so that their records are not reported as missing.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn note_deleted(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| note_deleted(tx, before)).await
    }

    /// Returns the moment before which record files were deleted.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn deleted_before(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(deleted_before).await
    }

    /// Returns the moment before which articles were forgotten whose records may still be in files.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn forgotten_before(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(forgotten_before).await
    }
}

/// Deletes settled links that no source has listed since a moment, and articles that no link has shown since then, with their records, at most
/// `limit` of each. Returns how many links and articles.
fn forget(tx: &Transaction<'_>, before: Timestamp, limit: u32, remove_text: &dyn Fn(&str)) -> Result<u64, StoreError> {
    let links = forget_links(tx, before, limit)?;
    let articles = forget_articles(tx, before, limit, remove_text)?;
    if articles > 0 {
        facts::raise(tx, FORGOTTEN_BEFORE, millis(before))?;
    }
    Ok(links + articles)
}

fn bury(tx: &Transaction<'_>, before: Timestamp, limit: u32, remove_text: &dyn Fn(&str)) -> Result<u64, StoreError> {
    let links = forget_links(tx, before, limit)?;
    let query = format!(
        "SELECT id FROM articles a WHERE {UNSHOWN} AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.id = a.id) ORDER BY last_shown LIMIT ?2"
    );
    let mut old = tx.prepare_cached(&query)?;
    let rows = old.query_map(params![millis(before), limit], |row| row.get(0))?;
    let articles: Vec<String> = rows.collect::<Result<_, _>>()?;
    forget_attachments(tx, &articles, remove_text)?;
    for id in &articles {
        let newest = settle::newest(tx, id)?;
        let sketch = newest.map(|record| Document::of(&record, None)).unwrap_or_default();
        stream::note_removed(tx, "id", id)?;
        tombstones::bury(tx, id, &sketch)?;
    }
    if !articles.is_empty() {
        facts::raise(tx, FORGOTTEN_BEFORE, millis(before))?;
    }
    Ok(links + articles.len() as u64)
}

fn forget_links(tx: &Transaction<'_>, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
    let mut old = tx.prepare_cached("SELECT portal, id FROM links WHERE state = 'done' AND last_seen < ?1 LIMIT ?2")?;
    let rows = old.query_map(params![millis(before), limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let links: Vec<(String, String)> = rows.collect::<Result<_, _>>()?;
    for (portal, id) in &links {
        addresses::keep_entry(tx, portal, id)?;
        for (table, column) in [("links", "id"), ("sightings", "link"), ("crashes", "link")] {
            tx.prepare_cached(&format!("DELETE FROM {table} WHERE portal = ?1 AND {column} = ?2"))?
                .execute(params![portal, id])?;
        }
    }
    Ok(links.len() as u64)
}

/// Articles that no link shows, and whose records are delivered. All articles of a portal are kept while it has a listed link whose article is
/// unknown, as in a database of an older format.
const UNSHOWN: &str = "last_shown < ?1
     AND NOT EXISTS (SELECT 1 FROM links l WHERE l.article = a.id)
     AND NOT EXISTS (SELECT 1 FROM links l WHERE l.portal = a.portal AND l.article IS NULL AND l.outcome IN ('recorded', 'unchanged')
                     AND l.last_seen >= ?1)
     AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = a.id)";

fn forget_articles(
    tx: &Transaction<'_>,
    before: Timestamp,
    limit: u32,
    remove_text: &dyn Fn(&str),
) -> Result<u64, StoreError> {
    let without_copies = "NOT EXISTS (SELECT 1 FROM copies h JOIN copies c ON c.head = h.number WHERE h.id = a.id AND c.number <> h.number)";
    let query = format!("SELECT id FROM articles a WHERE {UNSHOWN} AND {without_copies} ORDER BY last_shown LIMIT ?2");
    let mut forgotten = 0;
    let mut left = limit;
    while left > 0 {
        let mut old = tx.prepare_cached(&query)?;
        let rows = old.query_map(params![millis(before), left], |row| row.get(0))?;
        let articles: Vec<String> = rows.collect::<Result<_, _>>()?;
        // A head is deleted after the last of its copies.
        if articles.is_empty() {
            break;
        }
        forget_attachments(tx, &articles, remove_text)?;
        for id in &articles {
            index::leave(tx, id)?;
            stream::note_removed(tx, "id", id)?;
            addresses::forget(tx, id)?;
            tombstones::raise(tx, id)?;
            for table in ["records", "articles"] {
                tx.prepare_cached(&format!("DELETE FROM {table} WHERE id = ?1"))?.execute([id])?;
            }
        }
        forgotten += articles.len() as u64;
        left = left.saturating_sub(u32::try_from(articles.len()).unwrap_or(u32::MAX));
    }
    Ok(forgotten)
}

/// The texts that the records of some articles name, and no file of another article.
const NAMED_TEXTS: Sql = Sql {
    sqlite: "SELECT DISTINCT file.value ->> 'text' FROM records r, json_each(r.json, '$.attachments') file
         WHERE r.id IN (SELECT value FROM json_each(?1)) AND file.value ->> 'text' IS NOT NULL
             AND file.value ->> 'sha256' NOT IN (SELECT sha256 FROM attachments
                 WHERE sha256 IS NOT NULL AND article NOT IN (SELECT value FROM json_each(?1)))",
    postgres: "SELECT DISTINCT file ->> 'text' FROM records r, json_array_elements(r.json::JSON -> 'attachments') file
         WHERE r.id IN (SELECT value FROM json_each(?1)) AND file ->> 'text' IS NOT NULL
             AND file ->> 'sha256' NOT IN (SELECT sha256 FROM attachments
                 WHERE sha256 IS NOT NULL AND article NOT IN (SELECT value FROM json_each(?1)))",
};

/// Deletes the files of articles from the queue, and removes the texts that only they name.
///
/// The texts go before the transaction ends: if the process is killed between, the articles are still there, and the next round forgets them and
/// what is left. No file is read into a text meanwhile that counts as unnamed, since its row is written before its text.
fn forget_attachments(tx: &Transaction<'_>, articles: &[String], remove_text: &dyn Fn(&str)) -> Result<(), StoreError> {
    let articles = to_json(articles)?;
    let mut named = tx.prepare_cached(NAMED_TEXTS.of(tx))?;
    let mut texts = named.query([&articles])?;
    while let Some(row) = texts.next()? {
        remove_text(&row.get::<String>(0)?);
    }
    tx.prepare_cached("DELETE FROM attachments WHERE article IN (SELECT value FROM json_each(?1))")?
        .execute([&articles])?;
    Ok(())
}

/// Whether a link shows an article.
pub(super) fn is_shown(tx: &Transaction<'_>, article: &str) -> Result<bool, StoreError> {
    Ok(tx.prepare_cached("SELECT 1 FROM links WHERE article = ?1")?.exists([article])?)
}

/// Records that the record files up to a moment were deleted, so that their records are not reported as missing.
fn note_deleted(tx: &Transaction<'_>, before: Timestamp) -> Result<(), StoreError> {
    facts::raise(tx, DELETED_BEFORE, millis(before))
}

/// Returns the moment before which record files were deleted.
fn deleted_before(tx: &Transaction<'_>) -> Result<Option<Timestamp>, StoreError> {
    Ok(facts::read(tx, DELETED_BEFORE)?.map(moment))
}

/// Returns the moment before which articles were forgotten. An unknown record from before it is not reported as missing.
pub(super) fn forgotten_before(tx: &Transaction<'_>) -> Result<Option<Timestamp>, StoreError> {
    Ok(facts::read(tx, FORGOTTEN_BEFORE)?.map(moment))
}
