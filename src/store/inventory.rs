//! What the doctor asks: what the database holds, whether it agrees with itself; and what it does: takes records in, hands them out again.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::params;

use crate::dedup::document::Document;
use crate::model::record::Record;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::index;
use crate::store::index::Index;
use crate::store::settle;
use crate::store::sqlite::from_json;
use crate::store::sqlite::millis;
use crate::store::sqlite::to_json;

/// Findings of one kind that are told at most: a database that is damaged in a thousand places is damaged.
const MOST_FINDINGS: u32 = 100;

/// What must hold between the tables, as queries for what does not.
const INVARIANTS: &[&str] = &[
    "SELECT 'article ' || id || ': its revision ' || revision || ' has no record' FROM articles a
     WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.id = a.id AND r.revision = a.revision) LIMIT ?1",
    "SELECT 'record ' || id || ', revision ' || revision || ': its article is not known, or knows no such revision' FROM records r
     WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = r.id AND a.revision >= r.revision) LIMIT ?1",
    "SELECT 'outbox ' || sequence || ': there is no record ' || id || ', revision ' || revision FROM outbox o
     WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.id = o.id AND r.revision = o.revision) LIMIT ?1",
    "SELECT 'link ' || id || ' of ' || portal || ': its portal is not known' FROM links l
     WHERE NOT EXISTS (SELECT 1 FROM portals p WHERE p.id = l.portal) LIMIT ?1",
    "SELECT 'portal ' || id || ': its group ' || group_name || ' is not known' FROM portals p
     WHERE NOT EXISTS (SELECT 1 FROM groups g WHERE g.name = p.group_name) LIMIT ?1",
];
impl Store {
    /// What the database says of itself: SQLite's own check, and what must hold between the tables. Empty where all is well. Reads all of it.
    ///
    /// # Errors
    /// [`StoreError::Sql`] where it cannot even be checked.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.write(integrity).await
    }

    /// Shows every record, one after the other, as one moment knew them.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn each_record(&self, mut show: impl FnMut(Kept) + Send + 'static) -> Result<(), StoreError> {
        self.write(move |tx| each_record(tx, &mut show)).await
    }

    /// Whether a record is known.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn knows(&self, id: &str, revision: u32) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |tx| knows(tx, &id, revision)).await
    }

    /// Takes records in that were delivered already, as they stand in files; those that are known stay as they are, or give way
    /// where `files_win`: after damage the file's copy is the one to trust. Says how many were new.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn adopt(&self, records: Vec<Record>, files_win: bool) -> Result<u64, StoreError> {
        self.write(move |tx| adopt(tx, &records, files_win)).await
    }

    /// Puts records (by id and revision) into the outbox again. Says how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn requeue(&self, keys: Vec<(String, u32)>) -> Result<u64, StoreError> {
        self.write(move |tx| requeue(tx, &keys)).await
    }

    /// Puts right what the tables disagree on.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn reconcile(&self) -> Result<(), StoreError> {
        self.write(reconcile).await
    }
}

/// A record as the database holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// `id` of the record.
    pub id: String,
    /// `revision` of the record.
    pub revision: u32,
    /// It waits in the outbox.
    pub waits: bool,
    /// The record as one line of JSON.
    pub json: String,
}

/// What the database says of itself: SQLite's own check, then what must hold between the tables. Empty where all is well.
fn integrity(tx: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
    let mut statement = tx.prepare(&format!("PRAGMA integrity_check({MOST_FINDINGS})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let mut found: Vec<String> = lines.into_iter().filter(|line| line != "ok").collect();
    for query in INVARIANTS {
        let mut statement = tx.prepare(query)?;
        let rows = statement.query_map([MOST_FINDINGS], |row| row.get::<_, String>(0))?;
        found.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    if found.is_empty() {
        found = index::disagreements(tx)?;
    }
    Ok(found)
}

/// Shows every record, one after the other, as one moment knew them.
fn each_record(tx: &Transaction<'_>, show: &mut dyn FnMut(Kept)) -> Result<(), StoreError> {
    let mut statement = tx.prepare(
        "SELECT r.id, r.revision, EXISTS (SELECT 1 FROM outbox o WHERE o.id = r.id AND o.revision = r.revision), r.json FROM records r",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        show(Kept { id: row.get(0)?, revision: row.get(1)?, waits: row.get(2)?, json: row.get(3)? });
    }
    Ok(())
}

/// Whether a record is known.
fn knows(tx: &Transaction<'_>, id: &str, revision: u32) -> Result<bool, StoreError> {
    let mut statement = tx.prepare_cached("SELECT 1 FROM records WHERE id = ?1 AND revision = ?2")?;
    Ok(statement.query_row(params![id, revision], |_| Ok(())).optional()?.is_some())
}

/// Takes records in that were delivered already; those that are known stay as they are, or give way where `files_win`. Says how many were new.
fn adopt(tx: &Transaction<'_>, records: &[Record], files_win: bool) -> Result<u64, StoreError> {
    let mut taken = 0;
    for record in records {
        let known = knows(tx, &record.id, record.revision)?;
        if known && !files_win {
            continue;
        }
        reindex(tx, record)?;
        tx.prepare_cached(
            "INSERT INTO records (id, revision, portal, json) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id, revision) DO UPDATE SET portal = excluded.portal, json = excluded.json",
        )?
        .execute(params![record.id, record.revision, record.portal, to_json(record)?])?;
        article_of(tx, record)?;
        taken += u64::from(!known);
    }
    index::fill(tx)?;
    Ok(taken)
}

/// Puts the text of a known article's newest record in the place of the one before.
fn reindex(tx: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    if let Some(old) = settle::newest(tx, &record.id)?.filter(|old| old.revision <= record.revision) {
        let mut index = Index::new(tx, &record.id, Timestamp::UNIX_EPOCH);
        index.replace(&Document::of(&old, None), &Document::of(record, None))?;
    }
    Ok(())
}

fn article_of(tx: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    settle::put_article(tx, record, settle::fetched(record).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Puts records into the outbox again. Says how many were known and did not wait there.
fn requeue(tx: &Transaction<'_>, keys: &[(String, u32)]) -> Result<u64, StoreError> {
    let mut queued = 0;
    for (id, revision) in keys {
        let json: Option<String> = tx
            .prepare_cached("SELECT json FROM records r WHERE id = ?1 AND revision = ?2 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = r.id AND o.revision = r.revision)")?
            .query_row(params![id, revision], |row| row.get(0))
            .optional()?;
        let Some(json) = json else { continue };
        let record: Record = from_json(&json)?;
        let fetched: Timestamp =
            record.date_fetched.parse().map_err(|error| StoreError::Value(format!("{id}: {error}")))?;
        tx.prepare_cached("INSERT INTO outbox (id, revision, fetched) VALUES (?1, ?2, ?3)")?.execute(params![
            id,
            revision,
            millis(fetched)
        ])?;
        queued += 1;
    }
    Ok(queued)
}

/// Puts right what the tables disagree on, by the records that are there: articles stand at their newest record, and nothing waits or refers to what is
/// not there.
pub(super) fn reconcile(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch(
        "DELETE FROM shingles;
         DELETE FROM copies;
         DELETE FROM outbox WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.id = outbox.id AND r.revision = outbox.revision);
         UPDATE articles SET revision = (SELECT max(r.revision) FROM records r WHERE r.id = articles.id)
             WHERE EXISTS (SELECT 1 FROM records r WHERE r.id = articles.id);
         DELETE FROM articles WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.id = articles.id);
         INSERT INTO groups (name) SELECT DISTINCT group_name FROM portals WHERE true ON CONFLICT DO NOTHING;
         DELETE FROM links WHERE NOT EXISTS (SELECT 1 FROM portals p WHERE p.id = links.portal);
         DELETE FROM sources WHERE NOT EXISTS (SELECT 1 FROM portals p WHERE p.id = sources.portal);",
    )?;
    let mut orphans = tx.prepare(
        "SELECT json FROM records r WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = r.id) ORDER BY revision",
    )?;
    let found = orphans.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for json in found {
        article_of(tx, &from_json(&json)?)?;
    }
    index::fill(tx)
}
