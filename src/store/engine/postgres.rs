//! A connection to PostgreSQL, with its prepared statements.
//!
//! The client is `postgres`, the blocking face of tokio-postgres: verbs are synchronous and run on a blocking thread, so no statement has to change
//! threads twice.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::VecDeque;

use postgres::Client;
use postgres::types::ToSql as ToWire;
use rusqlite::ToSql;

use crate::store::engine::SqlResult;
use crate::store::engine::values::Param;

/// Prepared statements that a connection keeps at most. There are some three hundred texts.
const MOST_STATEMENTS: usize = 512;

/// Rows in one piece of a streamed answer.
const PIECE: usize = 32;

/// A connection.
pub(in crate::store) struct PgConnection {
    client: RefCell<Client>,
    statements: RefCell<HashMap<Box<str>, postgres::Statement>>,
    cursors: Cell<u64>,
    /// Whether a statement of the transaction was refused. Then it can only be rolled back, though COMMIT would not say so.
    is_refused: Cell<bool>,
    has_written: Cell<bool>,
}

// Its statements are many, and its client shows nothing.
impl std::fmt::Debug for PgConnection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PgConnection").finish_non_exhaustive()
    }
}

impl PgConnection {
    pub(in crate::store) fn new(client: Client) -> PgConnection {
        PgConnection {
            client: RefCell::new(client),
            statements: RefCell::default(),
            cursors: Cell::default(),
            is_refused: Cell::default(),
            has_written: Cell::default(),
        }
    }

    /// Begins a transaction with some statements.
    pub(in crate::store) fn begin(&self, sql: &str) -> SqlResult<()> {
        self.is_refused.set(false);
        self.has_written.set(false);
        self.batch(sql)
    }

    /// Whether a statement since the beginning changed a row.
    pub(in crate::store) fn has_written(&self) -> bool {
        self.has_written.get()
    }

    /// Whether the transaction can no longer be committed.
    pub(in crate::store) fn is_refused(&self) -> bool {
        self.is_refused.get()
    }

    pub(super) fn execute(&self, sql: &str, params: &[&dyn ToSql]) -> SqlResult<usize> {
        let changed = self.run(sql, params, |client, statement, params| client.execute(statement, params))?;
        self.has_written.set(self.has_written.get() || changed > 0);
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(super) fn query(&self, sql: &str, params: &[&dyn ToSql]) -> SqlResult<Answer<'_>> {
        let rows = self.run(sql, params, |client, statement, params| client.query(statement, params))?;
        // Only statements that write and return rows begin with another word.
        let is_write = !sql.trim_start().starts_with("SELECT") && !rows.is_empty();
        self.has_written.set(self.has_written.get() || is_write);
        Ok(Answer { rows: rows.into(), current: None, rest: None })
    }

    /// Answers through a cursor, which the end of the transaction closes.
    pub(super) fn stream(&self, sql: &str, params: &[&dyn ToSql]) -> SqlResult<Answer<'_>> {
        let number = self.cursors.replace(self.cursors.get() + 1);
        let declared = format!("DECLARE stream_{number} NO SCROLL CURSOR FOR {sql}");
        let params = params.iter().map(|value| Param::of(*value)).collect::<SqlResult<Vec<_>>>()?;
        let params: Vec<&(dyn ToWire + Sync)> = params.iter().map(|value| value as &(dyn ToWire + Sync)).collect();
        self.minded(|client| client.execute(&numbered(&declared), &params))?;
        Ok(Answer { rows: VecDeque::new(), current: None, rest: Some((self, number)) })
    }

    pub(in crate::store) fn batch(&self, sql: &str) -> SqlResult<()> {
        self.minded(|client| client.batch_execute(sql))?;
        if sql.starts_with("ROLLBACK") {
            self.is_refused.set(false);
        }
        Ok(())
    }

    fn run<T>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
        work: impl FnOnce(&mut Client, &postgres::Statement, &[&(dyn ToWire + Sync)]) -> Result<T, postgres::Error>,
    ) -> SqlResult<T> {
        let params = params.iter().map(|value| Param::of(*value)).collect::<SqlResult<Vec<_>>>()?;
        let params: Vec<&(dyn ToWire + Sync)> = params.iter().map(|value| value as &(dyn ToWire + Sync)).collect();
        let statement = self.prepared(sql)?;
        self.minded(|client| work(client, &statement, &params))
    }

    fn prepared(&self, sql: &str) -> SqlResult<postgres::Statement> {
        let mut statements = self.statements.borrow_mut();
        if let Some(known) = statements.get(sql) {
            return Ok(known.clone());
        }
        let statement = self.minded(|client| client.prepare(&numbered(sql)))?;
        if statements.len() >= MOST_STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }

    fn minded<T>(&self, work: impl FnOnce(&mut Client) -> Result<T, postgres::Error>) -> SqlResult<T> {
        let done = work(&mut self.client.borrow_mut());
        if done.is_err() {
            self.is_refused.set(true);
        }
        Ok(done?)
    }
}

/// Writes SQLite's placeholders as PostgreSQL's: `?1` as `$1`. No text between quotes contains one.
fn numbered(sql: &str) -> String {
    let mut written = String::with_capacity(sql.len());
    let mut rest = sql.chars().peekable();
    while let Some(character) = rest.next() {
        let is_place = character == '?' && rest.peek().is_some_and(char::is_ascii_digit);
        written.push(if is_place { '$' } else { character });
    }
    written
}

/// The rows of an answer.
pub(in crate::store) struct Answer<'a> {
    rows: VecDeque<postgres::Row>,
    current: Option<postgres::Row>,
    /// The cursor of the rows that were not sent yet.
    rest: Option<(&'a PgConnection, u64)>,
}

impl Answer<'_> {
    pub(super) fn next(&mut self) -> SqlResult<Option<&postgres::Row>> {
        if self.rows.is_empty()
            && let Some((connection, number)) = self.rest
        {
            let piece = format!("FETCH {PIECE} FROM stream_{number}");
            self.rows = connection.minded(|client| client.query(&piece, &[]))?.into();
            if self.rows.len() < PIECE {
                self.rest = None;
                connection.batch(&format!("CLOSE stream_{number}"))?;
            }
        }
        self.current = self.rows.pop_front();
        Ok(self.current.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_those_of_postgresql() {
        assert_eq!(numbered("a = ?1 AND b = ?12 LIMIT ?2"), "a = $1 AND b = $12 LIMIT $2");
        assert_eq!(numbered("json ? 'x'"), "json ? 'x'");
    }
}
