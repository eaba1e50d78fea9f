//! Copies the readable rows of a damaged database into a new one.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Transaction;
use crate::store::sqlite::connect;
use crate::store::verbs::inventory;

impl Store {
    /// Copies the readable rows of a damaged database into this one. Returns how many rows, by table.
    ///
    /// # Errors
    /// [`StoreError::Sql`] of this database; unreadable rows of the damaged one are left out.
    pub async fn salvage(&self, damaged: &Path) -> Result<Vec<(String, u64)>, StoreError> {
        let damaged = damaged.to_owned();
        self.write(move |tx| match tx {
            Transaction::Sqlite(connection) => salvage(connection, &damaged),
            Transaction::Postgres(_) => Err(StoreError::Bug("only files are salvaged".to_owned())),
        })
        .await
    }
}

/// Copies every row of the damaged file that can be read and that the new database accepts, then repairs inconsistencies. Returns how many rows, by
/// table.
fn salvage(new: &Connection, damaged: &Path) -> Result<Vec<(String, u64)>, StoreError> {
    // Rows may refer to rows that are lost. Such references are repaired afterwards.
    new.pragma_update(None, "defer_foreign_keys", true)?;
    // This removes the new database's own name, because that of the old one is copied.
    new.execute("DELETE FROM facts", [])?;
    let old = connect(damaged, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut copied = Vec::new();
    // The index is rebuilt from the records.
    for table in tables(new)?.into_iter().filter(|table| !["copies", "shingles"].contains(&table.as_str())) {
        let columns = shared_columns(&old, new, &table);
        if !columns.is_empty() {
            copied.push((table.clone(), copy(&old, new, &table, &columns)?));
        }
    }
    inventory::reconcile(&Transaction::Sqlite(new))?;
    Ok(copied)
}

fn tables(new: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement =
        new.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Returns the columns that both databases have.
fn shared_columns(old: &Connection, new: &Connection, table: &str) -> Vec<String> {
    let of = |connection: &Connection| -> Vec<String> {
        let read = || -> rusqlite::Result<Vec<String>> {
            let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
            statement.query_map([table], |row| row.get(0))?.collect()
        };
        // An unreadable schema has no columns to copy.
        read().unwrap_or_default()
    };
    let known = of(old);
    of(new).into_iter().filter(|column| known.contains(column)).collect()
}

/// Copies a table: from its beginning up to the first error, and then from its end.
fn copy(old: &Connection, new: &Connection, table: &str, columns: &[String]) -> Result<u64, StoreError> {
    let list = columns.join(", ");
    let places = vec!["?"; columns.len()].join(", ");
    let mut insert = new.prepare(&format!("INSERT OR IGNORE INTO {table} ({list}) VALUES ({places})"))?;
    let mut copied = 0;
    for order in ["", " ORDER BY 1 DESC"] {
        let Ok(mut select) = old.prepare(&format!("SELECT {list} FROM {table}{order}")) else { continue };
        let Ok(mut rows) = select.query([]) else { continue };
        let mut is_damaged = false;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(_) => {
                    is_damaged = true;
                    break;
                }
            };
            let values: rusqlite::Result<Vec<Value>> = (0..columns.len()).map(|column| row.get(column)).collect();
            // A value that the new table refuses (its type, a null) is not one that the program wrote.
            copied += values.and_then(|values| insert.execute(params_from_iter(values))).unwrap_or(0) as u64;
        }
        if !is_damaged {
            break;
        }
    }
    Ok(copied)
}
