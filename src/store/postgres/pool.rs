//! The connections of a process.

use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use postgres::Config;
use postgres::NoTls;

use crate::store::StoreError;
use crate::store::engine::SqlError;
use crate::store::engine::postgres::PgConnection;
use crate::store::problem::StoreProblem;
use crate::store::problem::of_postgres;

/// Connections of a process at most. A server takes a hundred by default, and a transaction lasts milliseconds.
const MOST: usize = 8;

/// Connections that are lent to one verb each.
pub(super) struct Pool {
    config: Config,
    /// The address for messages.
    name: String,
    places: Mutex<Places>,
    freed: Condvar,
}

#[derive(Default)]
struct Places {
    idle: Vec<PgConnection>,
    lent: usize,
}

// The configuration has the password.
impl std::fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pool").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The place of a lent connection, which is free again when this is dropped.
struct Place<'a>(&'a Pool);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.places().lent -= 1;
        self.0.freed.notify_one();
    }
}

// A connection cannot be closed on a thread that runs tasks.
impl Drop for Pool {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.places().idle);
        if !idle.is_empty() {
            std::thread::spawn(move || drop(idle));
        }
    }
}

impl Pool {
    pub(super) fn new(config: Config, name: String) -> Pool {
        Pool { config, name, places: Mutex::default(), freed: Condvar::new() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Lends a connection with a new transaction, which the work commits. After an error it is rolled back.
    pub(super) fn lend<T>(
        &self,
        begin: &str,
        work: impl FnOnce(&PgConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _place = self.take_place();
        let connection = self.begun(begin)?;
        // After a panic the connection is dropped, and the server rolls back.
        let done = work(&connection);
        let is_usable = match &done {
            Ok(_) => true,
            Err(error) if error.problem().is_some() => false,
            Err(_) => connection.batch("ROLLBACK").is_ok(),
        };
        if is_usable {
            self.places().idle.push(connection);
        }
        done
    }

    fn take_place(&self) -> Place<'_> {
        let mut places = self.places();
        while places.lent >= MOST {
            places = self.freed.wait(places).unwrap_or_else(PoisonError::into_inner);
        }
        places.lent += 1;
        Place(self)
    }

    /// Returns a connection with a transaction. The server may have ended idle ones.
    fn begun(&self, begin: &str) -> Result<PgConnection, StoreError> {
        loop {
            let Some(idle) = self.places().idle.pop() else { break };
            match idle.begin(begin) {
                Ok(()) => return Ok(idle),
                Err(error) if is_lost(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let connection = self.connect()?;
        connection.begin(begin)?;
        Ok(connection)
    }

    fn connect(&self) -> Result<PgConnection, StoreError> {
        let client = self.config.connect(NoTls).map_err(|error| StoreError::Open {
            path: self.name.clone(),
            problem: of_postgres(&error),
            reason: SqlError::from(error).to_string(),
        })?;
        Ok(PgConnection::new(client))
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_lost(error: &SqlError) -> bool {
    matches!(error, SqlError::Postgres(error) if of_postgres(error) == Some(StoreProblem::Unreachable))
}
