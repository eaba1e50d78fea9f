//! Articles whose stored pages are read again, and the resulting revisions.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::link::Link;
use crate::model::portal::PortalId;
use crate::model::record::Record;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::BATCH_BYTES;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::columns::millis;
use crate::store::verbs::facts;
use crate::store::verbs::settle;

/// An article whose page may be read again.
#[derive(Debug, Clone)]
pub struct KeptArticle {
    /// Its number in the order of arrival.
    pub number: i64,
    /// Its newest record as JSON.
    pub json: String,
    /// The link that shows it, with the source's hints; none if it was forgotten.
    pub link: Option<Link>,
}

/// A run over a portal's articles that may be interrupted. It has a name, and continues after a position in the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RereadPlace {
    /// The name. Runs by the same rules over the same articles have the same name.
    pub run: String,
    /// The last article that was read.
    pub after: i64,
}

/// The articles of a portal that are read again.
const WANTED: &str =
    "FROM copies c JOIN articles a ON a.id = c.id JOIN records n ON n.id = a.id AND n.revision = a.revision
     WHERE a.portal = ?1 AND a.withdrawn IS NULL AND c.number > ?2 AND (CAST(?3 AS BIGINT) IS NULL OR coalesce(c.published, c.seen) >= ?3)";

impl Store {
    /// Returns how many articles of a portal, published since a moment, come after a position in the order of arrival.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn articles_after(
        &self,
        portal: &PortalId,
        since: Option<Timestamp>,
        after: i64,
    ) -> Result<u64, StoreError> {
        let portal = portal.clone();
        self.read(move |tx| {
            let query = format!("SELECT count(*) {WANTED}");
            Ok(tx.query_row(&query, params![portal.as_str(), after, since.map(millis)], |row| row.get(0))?)
        })
        .await
    }

    /// Returns the next of these articles, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn next_articles(
        &self,
        portal: &PortalId,
        since: Option<Timestamp>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<KeptArticle>, StoreError> {
        let portal = portal.clone();
        self.read(move |tx| next(tx, &portal, since, after, limit)).await
    }

    /// Returns where a run was interrupted.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn reread_place(&self, run: &str) -> Result<Option<i64>, StoreError> {
        let run = run.to_owned();
        self.read(move |tx| facts::read(tx, &run)).await
    }

    /// Writes the next revisions of articles and the progress of the run in one transaction. Only articles are written whose newest record is still
    /// the one that was read again, each with the portal that it credits. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`]; nothing is written then.
    pub async fn revise(
        &self,
        revisions: Vec<(Record, Option<PortalId>)>,
        place: RereadPlace,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(move |tx| revise(tx, revisions, &place, now)).await
    }

    /// Records that a run is finished.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn end_reread(&self, run: &str) -> Result<(), StoreError> {
        let run = run.to_owned();
        self.write(move |tx| Ok(tx.execute("DELETE FROM facts WHERE name = ?1", [run]).map(drop)?)).await
    }
}

fn next(
    tx: &Transaction<'_>,
    portal: &PortalId,
    since: Option<Timestamp>,
    after: i64,
    limit: u32,
) -> Result<Vec<KeptArticle>, StoreError> {
    // Of the links that show an article, this takes the one at whose URL its record was read.
    let mut statement = tx.prepare_cached(&format!(
        "SELECT w.number, r.json,
             (SELECT l.link FROM links l WHERE l.article = w.id ORDER BY instr(r.json, '\"url\":\"' || l.url || '\"') = 0, l.number LIMIT 1)
         FROM (SELECT c.number, a.id, a.revision {WANTED} ORDER BY c.number LIMIT ?4) w
             JOIN records r ON r.id = w.id AND r.revision = w.revision ORDER BY w.number"
    ))?;
    let mut rows = statement.stream(params![portal.as_str(), after, since.map(millis), limit])?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH_BYTES
        && let Some(row) = rows.next()?
    {
        // A value that is not text is not a record. The doctor reports it.
        let json = String::from_utf8_lossy(row.get_ref(1)?.as_bytes().unwrap_or_default()).into_owned();
        bytes += json.len();
        found.push(KeptArticle { number: row.get(0)?, json, link: json_at(&row, 2).ok() });
    }
    Ok(found)
}

fn revise(
    tx: &Transaction<'_>,
    revisions: Vec<(Record, Option<PortalId>)>,
    place: &RereadPlace,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut written = 0;
    for (mut record, credit) in revisions {
        // A visit may have written a newer revision.
        let Some(known) = settle::newest(tx, &record.id)?.filter(|known| known.revision == record.revision) else {
            continue;
        };
        settle::revise(tx, &mut record, &known, credit.as_ref().map(PortalId::as_str), now)?;
        written += 1;
    }
    facts::set(tx, &place.run, place.after)?;
    Ok(written)
}
