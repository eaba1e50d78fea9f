//! The URLs of articles: which of them identify a known article, and which may.

use rusqlite::params;

use crate::model::link::Link;
use crate::model::record::Record;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::json_at;
use crate::text::fingerprint::hash_parts;
use crate::url::PageUrl;
use crate::url::Spelling;

/// Maximum number of URLs of an article besides its first. A page that is available at more has not moved.
const MOST: u32 = 16;
/// Maximum number of articles that are compared with a new one for each hint of its URL. More articles with the same spelling are a list, not an
/// article.
const CANDIDATES: u32 = 4;

/// Returns the article with this id, or the one with a URL that has this id.
pub(super) fn article_of(tx: &Transaction<'_>, id: &str) -> Result<String, StoreError> {
    let other = tx
        .prepare_cached("SELECT article FROM addresses WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(other.unwrap_or_else(|| id.to_owned()))
}

/// Records that a URL, which has this id, belongs to an article.
pub(super) fn note(tx: &Transaction<'_>, id: &str, url: &str, article: &str) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO addresses (id, article, spelling) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET article = excluded.article, spelling = excluded.spelling",
    )?
    .execute(params![id, article, spelling(url)])?;
    Ok(())
}

/// Makes an id available again for its own article.
pub(super) fn let_go(tx: &Transaction<'_>, id: &str) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM addresses WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Removes the other URLs of an article, and the identifiers under which forgotten links showed it.
pub(super) fn forget(tx: &Transaction<'_>, article: &str) -> Result<(), StoreError> {
    for table in ["addresses", "entries"] {
        tx.prepare_cached(&format!("DELETE FROM {table} WHERE article = ?1"))?.execute([article])?;
    }
    Ok(())
}

/// Whether an article may have another URL.
pub(super) fn has_room(tx: &Transaction<'_>, article: &str) -> Result<bool, StoreError> {
    let count: u32 = tx
        .prepare_cached("SELECT count(*) FROM addresses WHERE article = ?1")?
        .query_row([article], |row| row.get(0))?;
    Ok(count < MOST)
}

/// Stores the identifier under which a link shows an article, for when the link is forgotten.
pub(super) fn keep_entry(tx: &Transaction<'_>, portal: &str, link: &str) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO entries (portal, entry, article)
         SELECT l.portal, l.entry, l.article FROM links l JOIN articles a ON a.id = l.article WHERE l.portal = ?1 AND l.id = ?2 AND l.entry IS NOT NULL
         ON CONFLICT DO NOTHING",
    )?
    .execute([portal, link])?;
    Ok(())
}

/// Returns the articles whose URLs differ from this one only in spelling.
pub(super) fn of_spelling(tx: &Transaction<'_>, url: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM articles WHERE spelling = ?1 UNION SELECT article FROM addresses WHERE spelling = ?1 LIMIT ?2",
    )?;
    let rows = statement.query_map(params![spelling(url), CANDIDATES], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns the articles of a portal whose newest text is exactly this one.
pub(super) fn of_content(tx: &Transaction<'_>, record: &Record) -> Result<Vec<String>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM articles WHERE content_hash = ?1 AND portal = ?2 ORDER BY first_seen LIMIT ?3",
    )?;
    let rows = statement.query_map(params![record.content_hash, record.portal, CANDIDATES], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Returns the article that other links of a link's source show under the same identifier. None if they show several, because then it identifies
/// nothing.
pub(super) fn of_entry(tx: &Transaction<'_>, portal: &str, link: &str) -> Result<Option<String>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT o.article FROM links l JOIN links o ON o.portal = l.portal AND o.entry = l.entry
             WHERE l.portal = ?1 AND l.id = ?2 AND l.entry IS NOT NULL AND o.id <> l.id AND o.article IS NOT NULL
         UNION SELECT e.article FROM links l JOIN entries e ON e.portal = l.portal AND e.entry = l.entry WHERE l.portal = ?1 AND l.id = ?2
         LIMIT 2",
    )?;
    let rows = statement.query_map(params![portal, link], |row| row.get(0))?;
    let mut articles: Vec<String> = rows.collect::<Result<_, _>>()?;
    Ok(if articles.len() == 1 { articles.pop() } else { None })
}

/// Returns the article that a link has shown.
pub(super) fn of_link(tx: &Transaction<'_>, portal: &str, link: &str) -> Result<Option<String>, StoreError> {
    let shown = tx
        .prepare_cached("SELECT article FROM links WHERE portal = ?1 AND id = ?2")?
        .query_row(params![portal, link], |row| row.get(0))
        .optional()?;
    Ok(shown.flatten())
}

/// Returns the hash of a URL without the parts that sites write differently for one article.
pub(super) fn spelling(url: &str) -> i64 {
    PageUrl::parse(url).map_or(0, |url| Spelling::of(&url).key)
}

/// Returns a hash of a link's source and of the source's identifier for the entry.
pub(super) fn entry(link: &Link) -> Option<i64> {
    let guid = link.discovery.guid.as_deref()?;
    let hash = hash_parts([link.discovery.source.as_str(), guid]);
    hash.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).map(u64::cast_signed)
}

/// Records the other URL of a record that was adopted from a file.
pub(super) fn note_moved(tx: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    if record.moved_from.is_some()
        && let Ok(url) = PageUrl::parse(&record.canonical_url)
    {
        let id = crate::text::fingerprint::article_id(&url.canonical());
        let is_own = tx.prepare_cached("SELECT 1 FROM articles WHERE id = ?1")?.exists([&id])?;
        if !is_own {
            note(tx, &id, &record.canonical_url, &record.id)?;
        }
    }
    Ok(())
}

/// Adds what an older format did not record.
pub(in crate::store) fn fill(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let mut articles = tx.prepare("SELECT rowid, canonical_url FROM articles")?;
    let mut rows = articles.query([])?;
    while let Some(row) = rows.next()? {
        let (number, url): (i64, String) = (row.get(0)?, row.get(1)?);
        tx.prepare_cached("UPDATE articles SET spelling = ?2 WHERE rowid = ?1")?.execute([number, spelling(&url)])?;
    }
    let mut links = tx.prepare("SELECT number, link FROM links WHERE link LIKE '%\"guid\"%'")?;
    let mut rows = links.query([])?;
    while let Some(row) = rows.next()? {
        // An unreadable link is stored anew when its source lists it.
        if let Some(entry) = json_at::<Link>(&row, 1).ok().as_ref().and_then(entry) {
            tx.prepare_cached("UPDATE links SET entry = ?2 WHERE number = ?1")?.execute([row.get(0)?, entry])?;
        }
    }
    Ok(())
}
