//! Methods for the doctor: what the database contains, whether it is consistent, adding records from files, and queueing them again.

use jiff::Timestamp;
use rusqlite::params;

use crate::dedup::document::Document;
use crate::model::link::Link;
use crate::model::record::Record;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Part;
use crate::store::engine::Row;
use crate::store::engine::Transaction;
use crate::store::engine::part;
use crate::store::verbs::addresses;
use crate::store::verbs::columns::from_json;
use crate::store::verbs::columns::json_at;
use crate::store::verbs::columns::to_json;
use crate::store::verbs::index;
use crate::store::verbs::index::Index;
use crate::store::verbs::outbox;
use crate::store::verbs::retention;
use crate::store::verbs::settle;
use crate::store::verbs::stream;
use crate::store::verbs::tombstones;

/// Maximum number of findings of one kind. A thousand findings would say no more.
const MOST_FINDINGS: u32 = 100;

/// The constraints between tables, as queries for violations.
const INVARIANTS: &[&str] = &[
    "SELECT 'article ' || id || ': its revision ' || revision || ' has no record' FROM articles a
     WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.id = a.id AND r.revision = a.revision)
         AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.id = a.id) LIMIT ?1",
    "SELECT 'record ' || id || ', revision ' || revision || ': its article is not known, or knows no such revision' FROM records r
     WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = r.id AND a.revision >= r.revision) LIMIT ?1",
    "SELECT 'outbox ' || sequence || ': there is no record ' || id || ', revision ' || revision FROM outbox o
     WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.id = o.id AND r.revision = o.revision) LIMIT ?1",
    "SELECT 'outbox ' || o.sequence || ': it waits under another number than that of record ' || o.id || ', revision ' || o.revision
     FROM outbox o JOIN records r ON r.id = o.id AND r.revision = o.revision WHERE r.sequence IS DISTINCT FROM o.sequence LIMIT ?1",
    "SELECT 'record ' || id || ', revision ' || revision || ': it has no number in the stream' FROM records
     WHERE sequence IS NULL LIMIT ?1",
    "SELECT 'link ' || id || ' of ' || portal || ': its portal is not known' FROM links l
     WHERE NOT EXISTS (SELECT 1 FROM portals p WHERE p.id = l.portal) LIMIT ?1",
    "SELECT 'link ' || id || ' of ' || portal || ': its article ' || article || ' is not known' FROM links l
     WHERE article IS NOT NULL AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = l.article) LIMIT ?1",
    "SELECT 'portal ' || id || ': its group ' || group_name || ' is not known' FROM portals p
     WHERE NOT EXISTS (SELECT 1 FROM groups g WHERE g.name = p.group_name) LIMIT ?1",
];
impl Store {
    /// Checks the database: SQLite's own check, and the constraints between tables. Empty if all is well. Reads all of it.
    ///
    /// # Errors
    /// [`StoreError::Sql`] if it cannot be checked.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.read(integrity).await
    }

    /// Shows every record, one after the other, from one snapshot.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn each_record(&self, mut show: impl FnMut(StoredRecord) + Send + 'static) -> Result<(), StoreError> {
        self.read(move |tx| each_record(tx, &mut show)).await
    }

    /// Whether a record is known.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn knows(&self, id: &str, revision: u32) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.read(move |tx| knows(tx, &id, revision)).await
    }

    /// Adds records that were already delivered, as they are in files. Known records are kept, or replaced if `files_win`, because the file's copy is
    /// the trusted one after damage. Returns how many were new.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn adopt(&self, records: Vec<Record>, files_win: bool) -> Result<u64, StoreError> {
        self.write(move |tx| adopt(tx, &records, files_win)).await
    }

    /// Adds records (by id and revision) to the outbox again. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn requeue(&self, keys: Vec<(String, u32)>) -> Result<u64, StoreError> {
        self.write(move |tx| requeue(tx, &keys)).await
    }

    /// Repairs inconsistencies between tables and deletes what cannot be read back.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn reconcile(&self) -> Result<(), StoreError> {
        self.write(reconcile).await
    }

    /// Makes links whose articles are missing pending again, so that they are fetched again.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn look_for_lost_articles(&self) -> Result<(), StoreError> {
        self.write(look_for_lost_articles).await
    }
}

/// A record as stored in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// `id` of the record.
    pub id: String,
    /// `revision` of the record.
    pub revision: u32,
    /// Whether it waits in the outbox.
    pub waits: bool,
    /// The record as one line of JSON.
    pub json: String,
}

/// Checks the database: SQLite's own check, then the constraints between tables. Empty if all is well.
fn integrity(tx: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
    let mut found = own_check(tx)?;
    for query in INVARIANTS {
        let mut statement = tx.prepare(query)?;
        let rows = statement.query_map([MOST_FINDINGS], |row| row.get::<String>(0))?;
        found.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    found.extend(unreadable(tx)?.into_iter().map(|row| row.told).take(MOST_FINDINGS as usize));
    if found.is_empty() {
        found = index::disagreements(tx)?;
    }
    Ok(found)
}

/// SQLite's own check. PostgreSQL has none that a client may run: its checksums of pages are checked with every read.
fn own_check(tx: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
    if tx.is_shared() {
        return Ok(Vec::new());
    }
    let mut statement = tx.prepare(&format!("PRAGMA integrity_check({MOST_FINDINGS})"))?;
    let lines = statement.query_map([], |row| row.get::<String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// A row whose JSON cannot be read back.
struct UnreadableRow {
    table: &'static str,
    /// The column that names the row, whatever damage did to the others, and its value.
    key: &'static str,
    row: i64,
    told: String,
}

/// Returns the records and links that cannot be read back.
fn unreadable(tx: &Transaction<'_>) -> Result<Vec<UnreadableRow>, StoreError> {
    let mut found = Vec::new();
    let key = |postgres| if tx.is_shared() { postgres } else { "rowid" };
    look_through(
        tx,
        ("records", key("sequence")),
        "json, 'record ' || id || ', revision ' || revision",
        is_read::<Record>,
        &mut found,
    )?;
    look_through(tx, ("links", key("number")), "link, 'link ' || id || ' of ' || portal", is_read::<Link>, &mut found)?;
    Ok(found)
}

fn is_read<T: serde::de::DeserializeOwned>(row: &Row<'_>) -> Result<(), StoreError> {
    json_at::<T>(row, 1).map(drop)
}

fn look_through(
    tx: &Transaction<'_>,
    (table, key): (&'static str, &'static str),
    columns: &str,
    read: fn(&Row<'_>) -> Result<(), StoreError>,
    found: &mut Vec<UnreadableRow>,
) -> Result<(), StoreError> {
    let mut statement = tx.prepare(&format!("SELECT {key}, {columns} FROM {table} WHERE {key} IS NOT NULL"))?;
    let mut rows = statement.stream([])?;
    while let Some(row) = rows.next()? {
        if let Err(error) = read(&row) {
            let name = String::from_utf8_lossy(row.get_ref(2)?.as_bytes().unwrap_or_default()).into_owned();
            found.push(UnreadableRow { table, key, row: row.get(0)?, told: format!("{name}: {error}") });
        }
    }
    Ok(())
}

/// Deletes damaged records and links. The files may have the records, and the sources list the links again.
fn drop_unreadable(tx: &Transaction<'_>) -> Result<(), StoreError> {
    for UnreadableRow { table, key, row, .. } in unreadable(tx)? {
        if table == "records" {
            stream::note_removed(tx, key, row)?;
            tx.execute(
                &format!(
                    "DELETE FROM outbox WHERE (id, revision) = (SELECT id, revision FROM records WHERE {key} = ?1)"
                ),
                [row],
            )?;
        }
        tx.execute(&format!("DELETE FROM {table} WHERE {key} = ?1"), [row])?;
    }
    Ok(())
}

/// Shows every record, one after the other, from one snapshot.
fn each_record(tx: &Transaction<'_>, show: &mut dyn FnMut(StoredRecord)) -> Result<(), StoreError> {
    let mut statement = tx.prepare(
        "SELECT r.id, r.revision, EXISTS (SELECT 1 FROM outbox o WHERE o.id = r.id AND o.revision = r.revision), r.json FROM records r",
    )?;
    let mut rows = statement.stream([])?;
    while let Some(row) = rows.next()? {
        let json = String::from_utf8_lossy(row.get_ref(3)?.as_bytes().unwrap_or_default()).into_owned();
        show(StoredRecord { id: row.get(0)?, revision: row.get(1)?, waits: row.get(2)?, json });
    }
    Ok(())
}

/// Whether a record is known.
fn knows(tx: &Transaction<'_>, id: &str, revision: u32) -> Result<bool, StoreError> {
    let mut statement = tx.prepare_cached("SELECT 1 FROM records WHERE id = ?1 AND revision = ?2")?;
    Ok(statement.query_row(params![id, revision], |_| Ok(())).optional()?.is_some())
}

/// Adds records that were already delivered. Known records are kept, or replaced if `files_win`. Returns how many were new.
fn adopt(tx: &Transaction<'_>, records: &[Record], files_win: bool) -> Result<u64, StoreError> {
    let forgotten = retention::forgotten_before(tx)?;
    let is_old =
        |record: &Record| forgotten.is_some_and(|moment| settle::fetched(record).is_some_and(|at| at < moment));
    let mut taken = 0;
    for record in records {
        let known = knows(tx, &record.id, record.revision)?;
        if !files_win && (known || (is_old(record) && !retention::is_shown(tx, &record.id)?)) {
            continue;
        }
        match part(tx, || adopt_one(tx, record))? {
            Part::Done(()) => taken += u64::from(!known),
            Part::Refused(error) => {
                let (id, revision) = (&record.id, record.revision);
                tracing::error!("record {id}, revision {revision}, was not added from its file: {error}");
            }
        }
    }
    index::fill(tx)?;
    Ok(taken)
}

fn adopt_one(tx: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    if tombstones::of(tx, &record.id)?.is_some() {
        // Its text is indexed anew.
        index::leave(tx, &record.id)?;
        tombstones::raise(tx, &record.id)?;
    }
    reindex(tx, record)?;
    tx.prepare_cached(
        "INSERT INTO records (id, revision, portal, json, sequence) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id, revision) DO UPDATE SET portal = excluded.portal, json = excluded.json,
             sequence = coalesce(records.sequence, excluded.sequence)",
    )?
    .execute(params![
        record.id,
        record.revision,
        record.portal,
        to_json(record)?,
        stream::number_from_file(tx, record)?
    ])?;
    article_of(tx, record)?;
    addresses::note_moved(tx, record)
}

/// Replaces the text of a known article by that of its newest record.
fn reindex(tx: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    if let Some(old) = settle::newest(tx, &record.id)?.filter(|old| old.revision <= record.revision) {
        let mut index = Index::new(tx, &record.id, Timestamp::UNIX_EPOCH);
        let new = Document::of(record, None);
        let found = index.search_again(&new)?;
        index.replace(&Document::of(&old, None), &new, &found)?;
    }
    Ok(())
}

fn article_of(tx: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    settle::put_article(tx, record, settle::fetched(record).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Adds records to the outbox again. Returns how many were known and not yet in it.
fn requeue(tx: &Transaction<'_>, keys: &[(String, u32)]) -> Result<u64, StoreError> {
    let mut queued = 0;
    for (id, revision) in keys {
        let record = tx
            .prepare_cached("SELECT json FROM records r WHERE id = ?1 AND revision = ?2 AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = r.id AND o.revision = r.revision)")?
            .query_row(params![id, revision], |row| Ok(json_at::<Record>(row, 0).ok()))
            .optional()?;
        // Unreadable records were reported and are repaired before this step.
        let Some(record) = record.flatten() else { continue };
        outbox::put(tx, id, *revision, settle::fetched(&record).unwrap_or(Timestamp::UNIX_EPOCH))?;
        queued += 1;
    }
    Ok(queued)
}

/// Repairs inconsistencies between tables using the existing records: each article has its newest record, and nothing waits for or refers to a
/// missing record.
pub(in crate::store) fn reconcile(tx: &Transaction<'_>) -> Result<(), StoreError> {
    drop_unreadable(tx)?;
    tx.execute_batch(
        "DELETE FROM shingles;
         DELETE FROM copies;
         DELETE FROM outbox WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.id = outbox.id AND r.revision = outbox.revision);
         UPDATE articles SET revision = (SELECT max(r.revision) FROM records r WHERE r.id = articles.id)
             WHERE EXISTS (SELECT 1 FROM records r WHERE r.id = articles.id);
         DELETE FROM tombstones WHERE EXISTS (SELECT 1 FROM records r WHERE r.id = tombstones.id);
         DELETE FROM articles WHERE NOT EXISTS (SELECT 1 FROM records r WHERE r.id = articles.id)
             AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.id = articles.id);
         DELETE FROM entries WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = entries.article);
         DELETE FROM addresses WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = addresses.article);
         UPDATE articles SET withdrawn = (
             SELECT unixepoch(json_extract(r.json, '$.withdrawn.at')) * 1000 FROM records r
             WHERE r.id = articles.id AND r.revision = articles.revision)
             WHERE EXISTS (SELECT 1 FROM records r WHERE r.id = articles.id);
         INSERT INTO groups (name) SELECT DISTINCT group_name FROM portals WHERE TRUE ON CONFLICT DO NOTHING;
         DELETE FROM links WHERE NOT EXISTS (SELECT 1 FROM portals p WHERE p.id = links.portal);
         DELETE FROM sources WHERE NOT EXISTS (SELECT 1 FROM portals p WHERE p.id = sources.portal);",
    )?;
    let mut orphans = tx.prepare(
        "SELECT json FROM records r WHERE NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = r.id) ORDER BY revision",
    )?;
    let found = orphans.query_map([], |row| row.get::<String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for json in found {
        article_of(tx, &from_json(&json)?)?;
    }
    stream::number_old(tx)?;
    outbox::renumber(tx)?;
    index::fill(tx)
}

/// Makes links whose articles are missing pending again, for example after damage. They are fetched again, with a full request.
fn look_for_lost_articles(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE links SET state = 'pending', not_before = 0, etag = NULL, last_modified = NULL, article = NULL
         WHERE outcome IN ('recorded', 'unchanged') AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = links.article)",
        [],
    )?;
    tx.execute(
        "UPDATE links SET article = NULL WHERE article IS NOT NULL AND NOT EXISTS (SELECT 1 FROM articles a WHERE a.id = links.article)",
        [],
    )?;
    Ok(())
}
