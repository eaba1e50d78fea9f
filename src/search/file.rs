//! The file of the index, with its SQL. One table has the articles, one (FTS5) their terms.
//!
//! FTS5 keeps neither texts nor positions (`contentless_delete`, `detail=none`): pairs of syllables are terms of their own, which takes less
//! space than positions and answers sooner than phrases. Its `bm25` needs positions, so the weights are ours.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::TransactionBehavior;
use rusqlite::params;

use crate::store::StoreError;
use crate::store::connect;
use crate::store::connect_to_read;
use crate::store::reach;

/// The format of the file. A file with another format is emptied and refilled.
const FORMAT: i64 = 2;

/// The tables. A term consists of letters, digits and the marks of `query::article`, and is never folded here.
const TABLES: &str = "
    DROP TABLE IF EXISTS terms;
    DROP TABLE IF EXISTS articles;
    DROP TABLE IF EXISTS cursor;
    -- The newest revision of each article, by its place in the order of records; `day` counts from 1970 in +07:00.
    CREATE TABLE articles (
        number   INTEGER PRIMARY KEY,
        id       TEXT NOT NULL UNIQUE,
        revision INTEGER NOT NULL,
        day      INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX articles_day ON articles (day);
    CREATE VIRTUAL TABLE terms USING fts5 (
        words, content = '', contentless_delete = 1, detail = none, tokenize = \"ascii tokenchars '_^/-'\"
    );
    -- The last record that was taken in.
    CREATE TABLE cursor (number INTEGER NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
    INSERT INTO cursor VALUES (0, '', 0);";

/// The position after a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) number: i64,
    pub(super) id: String,
    pub(super) revision: u32,
}

/// An article in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) number: i64,
    pub(super) id: String,
    pub(super) revision: u32,
    pub(super) day: i64,
    /// Its search terms; empty if it must not be found.
    pub(super) terms: String,
}

/// The first and last day, as days since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) from: Option<i64>,
    pub(super) to: Option<i64>,
}

/// The file.
#[derive(Debug)]
pub(super) struct IndexFile {
    connection: Connection,
}

impl IndexFile {
    pub(super) fn open(path: &Path) -> Result<Option<IndexFile>, StoreError> {
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A power failure may lose the last batches with their cursor. They are read again.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if format_of(&tx)? != FORMAT {
            tx.execute_batch(TABLES)?;
            tx.pragma_update(None, "user_version", FORMAT)?;
        }
        tx.commit()?;
        Ok(Some(IndexFile { connection }))
    }

    /// Opens the file for reading. None if there is none with this format.
    pub(super) fn open_read_only(path: &Path) -> Result<Option<IndexFile>, StoreError> {
        if !path.exists() {
            return Ok(None);
        }
        let connection = connect_to_read(path)?;
        Ok((format_of(&connection)? == FORMAT).then_some(IndexFile { connection }))
    }

    pub(super) fn cursor(&self) -> Result<Cursor, StoreError> {
        cursor(&self.connection)
    }

    /// Writes articles, removes others, and moves the cursor, all in one transaction. Does nothing if another process has moved the cursor meanwhile.
    /// Returns whether it was done.
    pub(super) fn apply(
        &mut self,
        expected: &Cursor,
        entries: &[Entry],
        gone: &[i64],
        next: &Cursor,
    ) -> Result<bool, StoreError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if cursor(&tx)? != *expected {
            return Ok(false);
        }
        for number in gone {
            remove_article(&tx, *number)?;
        }
        for entry in entries {
            put(&tx, entry)?;
        }
        tx.execute(
            "UPDATE cursor SET number = ?1, id = ?2, revision = ?3",
            params![next.number, next.id, next.revision],
        )?;
        reach("search.commit")?;
        tx.commit()?;
        reach("search.committed")?;
        Ok(true)
    }

    pub(super) fn count(&self) -> Result<u64, StoreError> {
        Ok(self.connection.query_row("SELECT count(*) FROM articles", [], |row| row.get(0))?)
    }

    /// Returns number, id and revision of the articles after an id, in order of id.
    pub(super) fn articles_after(&self, id: &str, limit: u32) -> Result<Vec<Cursor>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT number, id, revision FROM articles WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        let rows = statement.query_map(params![id, limit], |row| {
            Ok(Cursor { number: row.get(0)?, id: row.get(1)?, revision: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the articles in a range of days that match an FTS5 expression, or all of them, most recently written first.
    pub(super) fn find(&self, expression: Option<&str>, days: Days, limit: u64) -> Result<Vec<i64>, StoreError> {
        let statement = match (expression, days) {
            (Some(_), Days { from: None, to: None }) => {
                "SELECT rowid FROM terms WHERE terms MATCH ?1 AND ?2 IS NULL AND ?3 IS NULL ORDER BY rowid DESC LIMIT ?4"
            }
            (Some(_), _) => {
                "SELECT t.rowid FROM terms t JOIN articles a ON a.number = t.rowid
                 WHERE terms MATCH ?1 AND (?2 IS NULL OR a.day >= ?2) AND (?3 IS NULL OR a.day <= ?3) ORDER BY t.rowid DESC LIMIT ?4"
            }
            (None, _) => {
                "SELECT number FROM articles WHERE ?1 IS NULL AND day >= coalesce(?2, -1000000) AND day <= coalesce(?3, 1000000)
                 ORDER BY day DESC, number DESC LIMIT ?4"
            }
        };
        let mut statement = self.connection.prepare_cached(statement)?;
        let rows = statement.query_map(params![expression, days.from, days.to, limit], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns the id and day of an article.
    pub(super) fn article(&self, number: i64) -> Result<Option<(String, i64)>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT id, day FROM articles WHERE number = ?1")?;
        Ok(statement.query_row([number], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }

    /// Returns what SQLite and FTS5 find wrong with the file, one sentence for each fault.
    pub(super) fn faults(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare("PRAGMA integrity_check(10)")?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
        let mut found: Vec<String> = lines.into_iter().filter(|line| line != "ok").collect();
        // Withdrawn articles have no terms.
        let terms: u64 = self.connection.query_row("SELECT count(*) FROM terms_docsize", [], |row| row.get(0))?;
        let strays: u64 = self.connection.query_row(
            "SELECT count(*) FROM terms_docsize WHERE id NOT IN (SELECT number FROM articles)",
            [],
            |row| row.get(0),
        )?;
        if strays > 0 {
            found.push(format!("{strays} of {terms} articles with terms are not known"));
        }
        Ok(found)
    }
}

/// Removes a file and SQLite's files next to it.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match std::fs::remove_file(PathBuf::from(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(StoreError::of_io(path, &error)),
            _ => {}
        }
    }
    Ok(())
}

fn put(tx: &Transaction<'_>, entry: &Entry) -> Result<(), StoreError> {
    let old: Vec<i64> = {
        let mut statement = tx.prepare_cached("SELECT number FROM articles WHERE id = ?1 OR number = ?2")?;
        statement.query_map(params![entry.id, entry.number], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    for number in old {
        remove_article(tx, number)?;
    }
    tx.prepare_cached("INSERT INTO articles (number, id, revision, day) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        entry.number,
        entry.id,
        entry.revision,
        entry.day
    ])?;
    if !entry.terms.is_empty() {
        tx.prepare_cached("INSERT INTO terms (rowid, words) VALUES (?1, ?2)")?
            .execute(params![entry.number, entry.terms])?;
    }
    Ok(())
}

fn remove_article(tx: &Transaction<'_>, number: i64) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM terms WHERE rowid = ?1")?.execute([number])?;
    tx.prepare_cached("DELETE FROM articles WHERE number = ?1")?.execute([number])?;
    Ok(())
}

fn cursor(connection: &Connection) -> Result<Cursor, StoreError> {
    let mut statement = connection.prepare_cached("SELECT number, id, revision FROM cursor")?;
    Ok(statement.query_row([], |row| Ok(Cursor { number: row.get(0)?, id: row.get(1)?, revision: row.get(2)? }))?)
}

fn format_of(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
