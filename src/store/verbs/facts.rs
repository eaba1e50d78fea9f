//! Single numbers about the whole store.

use rusqlite::params;

use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Transaction;

pub(in crate::store) fn read(tx: &Transaction<'_>, name: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

pub(in crate::store) fn set(tx: &Transaction<'_>, name: &str, value: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![name, value])?;
    Ok(())
}

/// Sets a number that only increases.
pub(in crate::store) fn raise(tx: &Transaction<'_>, name: &str, value: i64) -> Result<(), StoreError> {
    set(tx, name, read(tx, name)?.map_or(value, |known| known.max(value)))
}
