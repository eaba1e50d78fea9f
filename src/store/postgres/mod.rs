//! PostgreSQL: connections, migrations and transactions.
//!
//! Verbs that write articles and their records take turns, as all verbs do in SQLite: the numbers of the stream are in the order of commits, and no
//! two workers decide about one article at a time. Verbs that write rows of one leased portal hold that portal's row instead, so that they do not wait
//! for each other. [`Turn`] says which verb is which.

mod pool;
pub(super) mod worker;

use std::sync::Arc;

use postgres::Config;

use crate::failpoint;
use crate::store::StoreError;
use crate::store::engine::SqlError;
use crate::store::engine::Transaction;
use crate::store::engine::postgres::PgConnection;
use crate::store::postgres::pool::Pool;
use crate::store::problem::as_sqlite;

/// A step from one format to the next; formats are those of SQLite.
const MIGRATIONS: &[(i64, &str)] = &[(14, include_str!("migrations/0014_begin.sql"))];

/// The minimum version, as `server_version_num` has it.
const LEAST_VERSION: i32 = 140_000;

/// Locks the schema's articles.
const ARTICLES: &str = "SELECT pg_advisory_xact_lock(1953066612, hashtext(current_schema()))";

/// Locks all rows of the schema, together with others …
const TOGETHER: &str = "SELECT pg_advisory_xact_lock_shared(1953066613, hashtext(current_schema()))";

/// … or alone.
const ALONE: &str = "SELECT pg_advisory_xact_lock(1953066613, hashtext(current_schema()))";

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It only reads, from one snapshot.
    Read,
    /// It writes rows of a portal that it has leased or leases.
    Own,
    /// It also writes articles.
    Article,
    /// It writes anything, and no other verb writes at the same time.
    Alone,
}

impl Turn {
    fn begin(self) -> String {
        match self {
            Turn::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".to_owned(),
            Turn::Own => format!("BEGIN; {TOGETHER}"),
            Turn::Article => format!("BEGIN; {TOGETHER}; {ARTICLES}"),
            Turn::Alone => format!("BEGIN; {ALONE}"),
        }
    }
}

/// The database.
#[derive(Debug, Clone)]
pub(super) struct Database {
    pool: Arc<Pool>,
    read_only: bool,
}

impl Database {
    /// Connects and brings the tables to this program's format.
    pub(super) fn open(config: Config, name: String) -> Result<Database, StoreError> {
        let database = Database { pool: Arc::new(Pool::new(config, name)), read_only: false };
        failpoint::reach("store.open").map_err(|error| as_sqlite(&error))?;
        database.check_server()?;
        database.run(Turn::Alone, false, |tx| database.migrate(tx))?;
        Ok(database)
    }

    /// Connects to tables of this program's format.
    pub(super) fn open_read_only(config: Config, name: String) -> Result<Database, StoreError> {
        let database = Database { pool: Arc::new(Pool::new(config, name)), read_only: true };
        database.check_server()?;
        let found = database.run(Turn::Read, false, format_of)?;
        database.refuse_newer(found)?;
        if found < newest_format() {
            let known = newest_format();
            let reason = format!(
                "it has format {found}, and this program uses {known}: the next `tintinh run` or `tintinh fetch` upgrades it"
            );
            return Err(database.refused(reason));
        }
        Ok(database)
    }

    /// Whether there are tables.
    pub(super) fn is_there(config: Config, name: String) -> bool {
        let database = Database { pool: Arc::new(Pool::new(config, name)), read_only: true };
        // A database that cannot be reached exists, too.
        database.run(Turn::Read, false, format_of).unwrap_or(1) > 0
    }

    pub(super) fn transaction<T>(
        &self,
        turn: Turn,
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.run(if self.read_only { Turn::Read } else { turn }, false, verb)
    }

    /// Takes the lock and writes nothing that stays.
    pub(super) fn touch(&self) -> Result<(), StoreError> {
        self.run(Turn::Alone, true, |tx| Ok(tx.execute_batch("UPDATE format SET number = number")?))
    }

    fn run<T>(
        &self,
        turn: Turn,
        touches: bool,
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.pool.lend(&turn.begin(), |connection| {
            let value = verb(&Transaction::Postgres(connection))?;
            let writes = touches || connection.has_written();
            if writes {
                failpoint::reach("store.commit").map_err(|error| as_sqlite(&error))?;
            }
            commit(connection)?;
            if writes {
                failpoint::reach("store.committed").map_err(|error| as_sqlite(&error))?;
            }
            Ok(value)
        })
    }

    fn check_server(&self) -> Result<(), StoreError> {
        let (version, encoding): (i32, String) = self.run(Turn::Read, false, |tx| {
            Ok(tx.query_row(
                "SELECT current_setting('server_version_num')::INTEGER, current_setting('server_encoding')",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?)
        })?;
        if version < LEAST_VERSION {
            let (major, least) = (version / 10_000, LEAST_VERSION / 10_000);
            return Err(self.refused(format!("it is PostgreSQL {major}; {least} or newer is needed")));
        }
        if encoding != "UTF8" {
            return Err(self.refused(format!("its encoding is {encoding}; create the database with ENCODING 'UTF8'")));
        }
        Ok(())
    }

    fn migrate(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        let found = format_of(tx)?;
        self.refuse_newer(found)?;
        if found == 0 {
            tx.execute_batch("CREATE TABLE format (number BIGINT NOT NULL); INSERT INTO format VALUES (0)")?;
        }
        for (format, statements) in MIGRATIONS.iter().filter(|(format, _)| *format > found) {
            tx.execute_batch(statements)?;
            tx.execute("UPDATE format SET number = ?1", [format])?;
            failpoint::reach("store.migrate").map_err(|error| as_sqlite(&error))?;
        }
        Ok(())
    }

    fn refuse_newer(&self, found: i64) -> Result<(), StoreError> {
        let known = newest_format();
        if found > known {
            return Err(StoreError::TooNew { path: self.pool.name().to_owned(), found, known });
        }
        Ok(())
    }

    fn refused(&self, reason: String) -> StoreError {
        StoreError::Open { path: self.pool.name().to_owned(), reason, problem: None }
    }
}

/// Ends a transaction. PostgreSQL rolls one back whose statement was refused, and reports no error.
fn commit(connection: &PgConnection) -> Result<(), StoreError> {
    if connection.is_refused() {
        return Err(StoreError::Bug("a statement was refused, and its verb went on".to_owned()));
    }
    Ok(connection.batch("COMMIT")?)
}

/// Returns the format of the tables; 0 if there are none.
fn format_of(tx: &Transaction<'_>) -> Result<i64, StoreError> {
    let is_there: bool = tx.query_row("SELECT to_regclass('format') IS NOT NULL", [], |row| row.get(0))?;
    if !is_there {
        return Ok(0);
    }
    let found: Result<i64, SqlError> = tx.query_row("SELECT number FROM format", [], |row| row.get(0));
    Ok(found?)
}

fn newest_format() -> i64 {
    MIGRATIONS.last().map_or(0, |(format, _)| *format)
}
