//! One transaction type for both engines: rusqlite's names over SQLite or PostgreSQL.
//!
//! The verbs are written once against [`Transaction`]. Their statements keep to what both engines accept, with SQLite's placeholders (`?1`); the few
//! functions of SQLite that PostgreSQL lacks are created there by `postgres/migrations`. Where no common text exists, both stand side by side in a
//! [`Sql`]. Values are described by rusqlite's `ToSql` and `FromSql` for both.

mod error;
mod part;
pub(super) mod postgres;
mod values;

use rusqlite::CachedStatement;
use rusqlite::Connection;
use rusqlite::ToSql;
use rusqlite::types::FromSql;
use rusqlite::types::ValueRef;

pub use crate::store::engine::error::SqlError;
pub(super) use crate::store::engine::part::Part;
pub(super) use crate::store::engine::part::part;
use crate::store::engine::postgres::Answer;
use crate::store::engine::postgres::PgConnection;

/// Number of bytes after which a transaction reads no further record, since all of them are in memory.
pub(super) const BATCH_BYTES: usize = 32 << 20;

/// The result of a statement.
pub(super) type SqlResult<T> = Result<T, SqlError>;

/// A statement for which no common text exists.
pub(super) struct Sql {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
}

impl Sql {
    /// Returns the text for a transaction's engine.
    pub(super) fn of(&self, tx: &Transaction<'_>) -> &'static str {
        match tx {
            Transaction::Sqlite(_) => self.sqlite,
            Transaction::Postgres(_) => self.postgres,
        }
    }
}

/// An open transaction.
pub(super) enum Transaction<'a> {
    Sqlite(&'a Connection),
    Postgres(&'a PgConnection),
}

impl<'a> Transaction<'a> {
    /// Whether other processes may write at the same time.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Transaction::Postgres(_))
    }

    /// Returns a prepared statement that is kept for the next use.
    pub(super) fn prepare_cached(&self, sql: &str) -> SqlResult<Statement<'a>> {
        Ok(match self {
            Transaction::Sqlite(connection) => Statement::Cached(connection.prepare_cached(sql)?),
            Transaction::Postgres(connection) => Statement::Postgres(connection, sql.into()),
        })
    }

    /// Returns a statement for one use.
    pub(super) fn prepare(&self, sql: &str) -> SqlResult<Statement<'a>> {
        Ok(match self {
            Transaction::Sqlite(connection) => Statement::Single(connection.prepare(sql)?),
            Transaction::Postgres(connection) => Statement::Postgres(connection, sql.into()),
        })
    }

    /// Runs a statement and returns how many rows it changed.
    pub(super) fn execute(&self, sql: &str, params: impl Params) -> SqlResult<usize> {
        self.prepare(sql)?.execute(params)
    }

    /// Runs a statement and returns its first row. None is an error.
    pub(super) fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<T> {
        self.prepare(sql)?.query_row(params, read)
    }

    /// Runs several statements without parameters.
    pub(super) fn execute_batch(&self, sql: &str) -> SqlResult<()> {
        match self {
            Transaction::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Transaction::Postgres(connection) => connection.batch(sql),
        }
    }
}

/// A prepared statement.
pub(super) enum Statement<'a> {
    Cached(CachedStatement<'a>),
    Single(rusqlite::Statement<'a>),
    /// Its connection keeps all prepared statements by their texts.
    Postgres(&'a PgConnection, Box<str>),
}

impl Statement<'_> {
    pub(super) fn execute(&mut self, params: impl Params) -> SqlResult<usize> {
        params.lend(|params| match self {
            Statement::Cached(statement) => Ok(statement.execute(params)?),
            Statement::Single(statement) => Ok(statement.execute(params)?),
            Statement::Postgres(connection, sql) => connection.execute(sql, params),
        })
    }

    pub(super) fn query(&mut self, params: impl Params) -> SqlResult<Rows<'_>> {
        params.lend(|params| {
            Ok(match self {
                Statement::Cached(statement) => Rows::Sqlite(statement.query(params)?),
                Statement::Single(statement) => Rows::Sqlite(statement.query(params)?),
                Statement::Postgres(connection, sql) => Rows::Postgres(connection.query(sql, params)?),
            })
        })
    }

    /// Like `query`, for many or large rows: PostgreSQL sends them in pieces.
    pub(super) fn stream(&mut self, params: impl Params) -> SqlResult<Rows<'_>> {
        match self {
            Statement::Postgres(connection, sql) => {
                params.lend(|params| Ok(Rows::Postgres(connection.stream(sql, params)?)))
            }
            _ => self.query(params),
        }
    }

    pub(super) fn query_map<T, F>(&mut self, params: impl Params, read: F) -> SqlResult<MappedRows<'_, F>>
    where
        F: FnMut(&Row<'_>) -> SqlResult<T>,
    {
        Ok(MappedRows { rows: self.query(params)?, read })
    }

    /// Returns the first row. None is an error.
    pub(super) fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> SqlResult<T>,
    ) -> SqlResult<T> {
        match self.query(params)?.next()? {
            Some(row) => read(&row),
            None => Err(SqlError::Sqlite(rusqlite::Error::QueryReturnedNoRows)),
        }
    }

    /// Whether there is a row.
    pub(super) fn exists(&mut self, params: impl Params) -> SqlResult<bool> {
        Ok(self.query(params)?.next()?.is_some())
    }
}

/// The rows of an answer.
pub(super) enum Rows<'a> {
    Sqlite(rusqlite::Rows<'a>),
    Postgres(Answer<'a>),
}

impl Rows<'_> {
    pub(super) fn next(&mut self) -> SqlResult<Option<Row<'_>>> {
        Ok(match self {
            Rows::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Rows::Postgres(answer) => answer.next()?.map(Row::Postgres),
        })
    }
}

/// Rows that are read by a function.
pub(super) struct MappedRows<'a, F> {
    rows: Rows<'a>,
    read: F,
}

impl<T, F: FnMut(&Row<'_>) -> SqlResult<T>> Iterator for MappedRows<'_, F> {
    type Item = SqlResult<T>;

    fn next(&mut self) -> Option<SqlResult<T>> {
        match self.rows.next() {
            Ok(row) => row.map(|row| (self.read)(&row)),
            Err(error) => Some(Err(error)),
        }
    }
}

/// A row of an answer.
pub(super) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a ::postgres::Row),
}

impl Row<'_> {
    pub(super) fn get<T: FromSql>(&self, column: usize) -> SqlResult<T> {
        match self {
            Row::Sqlite(row) => Ok(row.get(column)?),
            Row::Postgres(row) => values::read(row, column),
        }
    }

    pub(super) fn get_ref(&self, column: usize) -> SqlResult<ValueRef<'_>> {
        match self {
            Row::Sqlite(row) => Ok(row.get_ref(column)?),
            Row::Postgres(row) => values::at(row, column),
        }
    }
}

/// Turns an answer without rows into none.
pub(super) trait OptionalExtension<T> {
    fn optional(self) -> SqlResult<Option<T>>;
}

impl<T> OptionalExtension<T> for SqlResult<T> {
    fn optional(self) -> SqlResult<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(SqlError::Sqlite(rusqlite::Error::QueryReturnedNoRows)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The parameters of a statement: an array of values of one type, or `params![…]`.
pub(super) trait Params {
    fn lend<T>(self, to: impl FnOnce(&[&dyn ToSql]) -> T) -> T;
}

impl Params for &[&dyn ToSql] {
    fn lend<T>(self, to: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        to(self)
    }
}

// An empty array has no type of its own, so that only one array of this length may be parameters.
impl Params for [&dyn ToSql; 0] {
    fn lend<T>(self, to: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
        to(&[])
    }
}

macro_rules! array_of_params {
    ($($length:literal)*) => {$(
        impl<P: ToSql> Params for [P; $length] {
            fn lend<T>(self, to: impl FnOnce(&[&dyn ToSql]) -> T) -> T {
                to(&self.each_ref().map(|value| value as &dyn ToSql))
            }
        }
    )*};
}

array_of_params!(1 2 3);
