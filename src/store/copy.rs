//! Copies a store, from either engine to either: table by table, in the order of their keys, so that an interrupted copy goes on where it was.

use rusqlite::ToSql;
use rusqlite::types::Value;
use rusqlite::types::ValueRef;

use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Row;
use crate::store::engine::Rows;
use crate::store::engine::SqlResult;
use crate::store::engine::Transaction;
use crate::store::postgres::Turn;
use crate::store::verbs::facts;

/// Rows that are read and written at once.
const ROWS: usize = 200;

/// The fact of a store that is being filled: the name of the store that it is a copy of.
const COPY_OF: &str = "copy_of";

/// A table, the columns of its key, and its other columns. Leases are not copied: nobody holds any.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The columns of its key.
    pub key: &'static [&'static str],
    /// Its other columns.
    pub others: &'static [&'static str],
}

const fn table(name: &'static str, key: &'static [&'static str], others: &'static [&'static str]) -> Table {
    Table { name, key, others }
}

/// All tables; one that refers to another comes after it.
#[rustfmt::skip]
pub const TABLES: &[Table] = &[
    table("groups", &["name"], &["last_request"]),
    table("portals", &["id"], &["group_name", "next_due", "fence", "visits", "failures", "continued", "last_visit", "last_success", "last_error"]),
    table("sources", &["portal", "id"], &["walk", "unfinished", "failures", "not_before", "last_success", "last_error", "address", "gone_since",
        "moved_to", "moved_days", "moved_day", "pace"]),
    table("source_pages", &["portal", "source", "url"], &["body_hash", "walk", "next"]),
    table("source_validators", &["portal", "source", "url"], &["etag", "last_modified", "full_at"]),
    table("links", &["number"], &["portal", "id", "url", "link", "state", "outcome", "reason", "attempts", "settled", "not_before", "first_seen",
        "etag", "last_modified", "raw", "replay", "last_seen", "validators_url", "article", "gone_since", "dated", "entry", "backlog"]),
    table("sightings", &["portal", "source", "link"], &["walk"]),
    table("articles", &["id"], &["portal", "canonical_url", "revision", "content_hash", "duplicate_of", "first_seen", "last_shown", "withdrawn",
        "spelling"]),
    table("records", &["id", "revision"], &["portal", "json", "sequence"]),
    table("outbox", &["sequence"], &["id", "revision", "fetched"]),
    table("copies", &["number"], &["id", "site", "credit", "published", "seen", "keys", "head", "kind", "containment", "reverse"]),
    table("shingles", &["key", "article"], &[]),
    table("observations", &["portal", "number"], &["page"]),
    table("rhythms", &["portal"], &["last_new", "gaps"]),
    table("failing", &["portal", "source"], &["since", "times", "message", "kind", "evidence"]),
    table("alarms", &["number"], &["kind", "portal", "subject", "raised", "cleared", "message", "evidence", "told"]),
    table("crashes", &["portal", "link"], &["times"]),
    table("habits", &["portal"], &["habit"]),
    table("site_memory", &["host"], &["memory", "updated"]),
    table("origins", &["origin"], &["rest_until", "refusals", "robots", "robots_fetched", "unended"]),
    table("addresses", &["id"], &["article", "spelling"]),
    table("entries", &["portal", "entry", "article"], &[]),
    table("tombstones", &["id"], &["sketch"]),
    table("visit_days", &["portal", "day"], &["well", "partly", "failed", "closed", "new"]),
    table("attachments", &["number"], &["portal", "article", "url", "state", "not_before", "first_seen", "attempts", "outcome", "reason", "etag",
        "last_modified", "validators_url", "sha256", "raw"]),
    table("attachment_days", &["portal", "day"], &["files", "cpu"]),
];

/// Facts are the last: those of the copy are its own until it is complete.
const FACTS: Table = table("facts", &["name"], &["value"]);

/// The one table whose rows refer to each other in no order: it is written in one transaction, also piece by piece.
const AT_ONCE: &str = "copies";

/// What was copied of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    /// The table.
    pub name: &'static str,
    /// Its rows.
    pub rows: u64,
    /// A digest of them.
    pub digest: String,
}

type RowValues = Vec<Value>;

impl Table {
    fn columns(&self) -> String {
        [self.key, self.others].concat().join(", ")
    }

    fn width(&self) -> usize {
        self.key.len() + self.others.len()
    }

    /// The rows after a key, in order.
    fn select(&self, is_after: bool) -> String {
        let (columns, name, key) = (self.columns(), self.name, self.key.join(", "));
        let places: Vec<String> = (1..=self.key.len()).map(|place| format!("?{place}")).collect();
        let after = if is_after { format!("WHERE ({key}) > ({}) ", places.join(", ")) } else { String::new() };
        format!("SELECT {columns} FROM {name} {after}ORDER BY {key}")
    }

    fn insert(&self, rows: usize) -> String {
        let row = |row: usize| {
            let places: Vec<String> =
                (1..=self.width()).map(|column| format!("?{}", row * self.width() + column)).collect();
            format!("({})", places.join(", "))
        };
        let rows: Vec<String> = (0..rows).map(row).collect();
        format!("INSERT INTO {} ({}) VALUES {}", self.name, self.columns(), rows.join(", "))
    }
}

impl Store {
    /// Copies all of another store into this one, which is empty or the part of such a copy, and compares both by counts and digests. Nobody may
    /// write to either meanwhile. Receives each table that is complete.
    ///
    /// # Errors
    /// [`StoreError::Value`] if this store is none into which that one can be copied, or if both differ in the end; [`StoreError::Sql`].
    pub async fn fill_from(&self, source: &Store, mut done: impl FnMut(&CopiedTable) + Send) -> Result<(), StoreError> {
        let name = source.read(|tx| Ok(facts::read(tx, "store")?.unwrap_or(0))).await?;
        self.write(move |tx| begin(tx, name)).await?;
        for table in TABLES {
            self.copy_table(source, table).await?;
            let (there, here) = (source.digest(table).await?, self.digest(table).await?);
            if there != here {
                let message = format!(
                    "the table {} differs: {} rows were copied to {}. Did somebody write to one of the stores?",
                    table.name, there.rows, here.rows
                );
                return Err(StoreError::Value(message));
            }
            done(&here);
        }
        let facts = source.read(|tx| rows_after(tx, &FACTS, None, usize::MAX)).await?;
        self.write(move |tx| end(tx, &facts)).await
    }

    async fn copy_table(&self, source: &Store, table: &'static Table) -> Result<(), StoreError> {
        if table.name == AT_ONCE {
            let source = source.database.clone();
            return self.write(move |to| source.transaction(Turn::Read, |from| copy_at_once(from, to, table))).await;
        }
        loop {
            let last = self.read(move |tx| last_key(tx, table)).await?;
            let rows = source.read(move |tx| rows_after(tx, table, last, ROWS)).await?;
            if rows.is_empty() {
                return Ok(());
            }
            self.write(move |tx| write_rows(tx, table, &rows)).await?;
        }
    }

    async fn digest(&self, table: &'static Table) -> Result<CopiedTable, StoreError> {
        self.read(move |tx| digest(tx, table)).await
    }
}

/// Checks that a store is empty or a part of the copy.
fn begin(tx: &Transaction<'_>, name: i64) -> Result<(), StoreError> {
    let known = facts::read(tx, COPY_OF)?;
    if known.is_some_and(|known| known != name) {
        return Err(StoreError::Value("the target is a part of the copy of another store".to_owned()));
    }
    if known.is_none() {
        for table in ["portals", "records"] {
            if tx.prepare(&format!("SELECT 1 FROM {table} LIMIT 1"))?.exists([])? {
                return Err(StoreError::Value("the target is not empty".to_owned()));
            }
        }
    }
    facts::set(tx, COPY_OF, name)
}

/// Makes a copy a store of its own right, with the name of the first: cursors stay valid.
fn end(tx: &Transaction<'_>, facts: &[RowValues]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM facts", [])?;
    write_rows(tx, &FACTS, facts)?;
    if tx.is_shared() {
        for table in ["links", "attachments", "alarms"] {
            tx.prepare(&format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'number'), coalesce(max(number), 0) + 1, FALSE) FROM {table}"
            ))?
            .exists([])?;
        }
    }
    Ok(())
}

/// Copies all rows of a table that is still empty.
fn copy_at_once(from: &Transaction<'_>, to: &Transaction<'_>, table: &Table) -> Result<(), StoreError> {
    if last_key(to, table)?.is_some() {
        return Ok(());
    }
    let mut statement = from.prepare(&table.select(false))?;
    let mut rows = statement.stream([])?;
    loop {
        let piece = next_rows(&mut rows, table, ROWS)?;
        if piece.is_empty() {
            return Ok(());
        }
        write_rows(to, table, &piece)?;
    }
}

fn last_key(tx: &Transaction<'_>, table: &Table) -> Result<Option<RowValues>, StoreError> {
    let descending: Vec<String> = table.key.iter().map(|column| format!("{column} DESC")).collect();
    let query =
        format!("SELECT {} FROM {} ORDER BY {} LIMIT 1", table.key.join(", "), table.name, descending.join(", "));
    let mut statement = tx.prepare(&query)?;
    let mut rows = statement.query([])?;
    Ok(rows.next()?.map(|row| values(&row, table.key.len())).transpose()?)
}

fn rows_after(
    tx: &Transaction<'_>,
    table: &Table,
    last: Option<RowValues>,
    limit: usize,
) -> Result<Vec<RowValues>, StoreError> {
    let mut statement = tx.prepare(&table.select(last.is_some()))?;
    let last = last.unwrap_or_default();
    let params: Vec<&dyn ToSql> = last.iter().map(|value| value as &dyn ToSql).collect();
    next_rows(&mut statement.stream(params.as_slice())?, table, limit)
}

/// The next rows of an answer, at most so many.
fn next_rows(rows: &mut Rows<'_>, table: &Table, limit: usize) -> Result<Vec<RowValues>, StoreError> {
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        found.push(values(&row, table.width())?);
    }
    Ok(found)
}

fn write_rows(tx: &Transaction<'_>, table: &Table, rows: &[RowValues]) -> Result<(), StoreError> {
    for rows in rows.chunks(ROWS) {
        let params: Vec<&dyn ToSql> = rows.iter().flatten().map(|value| value as &dyn ToSql).collect();
        tx.prepare_cached(&table.insert(rows.len()))?.execute(params.as_slice())?;
    }
    Ok(())
}

fn values(row: &Row<'_>, columns: usize) -> SqlResult<RowValues> {
    (0..columns).map(|column| row.get(column)).collect()
}

/// Digests all rows in the order of their keys: each value by its type and its bytes.
fn digest(tx: &Transaction<'_>, table: &'static Table) -> Result<CopiedTable, StoreError> {
    let mut statement = tx.prepare(&table.select(false))?;
    let mut rows = statement.stream([])?;
    let (mut hash, mut count) = (blake3::Hasher::new(), 0);
    while let Some(row) = rows.next()? {
        count += 1;
        for column in 0..table.width() {
            let mut add = |kind: &[u8], bytes: &[u8]| {
                hash.update(kind).update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
            };
            match row.get_ref(column)? {
                ValueRef::Null => add(b"n", b""),
                ValueRef::Integer(number) => add(b"i", &number.to_le_bytes()),
                ValueRef::Real(number) => add(b"r", &number.to_le_bytes()),
                ValueRef::Text(text) => add(b"t", text),
                ValueRef::Blob(bytes) => add(b"b", bytes),
            }
        }
    }
    Ok(CopiedTable { name: table.name, rows: count, digest: hash.finalize().to_hex().to_string() })
}
