//! Errors of the store: the store itself fails, or it refuses particular rows.

use thiserror::Error;

use crate::model::portal::PortalId;
use crate::store::engine::SqlError;
use crate::store::problem::StoreProblem;

/// An error of the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The lease has expired or belongs to another visit. Nothing was written.
    #[error("the lease of {0} is lost: nothing was written")]
    LeaseLost(PortalId),
    /// The database cannot be opened or created.
    #[error("cannot open {path}: {reason}")]
    Open {
        /// The database's file.
        path: String,
        /// Why.
        reason: String,
        /// What is wrong, if it is a known problem.
        problem: Option<StoreProblem>,
    },
    /// The database's file is no longer where it was opened. Anything written would be lost.
    #[error("{path} is no longer the database that was opened: it was moved, removed or replaced")]
    Moved {
        /// Where it was.
        path: String,
    },
    /// The database was written by a newer version of the program.
    #[error(
        "{path} has format {found}, but this program reads format {known}: use the program that wrote it, or a newer one"
    )]
    TooNew {
        /// The database's file.
        path: String,
        /// Its format.
        found: i64,
        /// The newest format that this program reads.
        known: i64,
    },
    /// The database was written by an older version of the program and opened read-only.
    #[error("the database is older than this program: `tintinh fetch` or `tintinh run` brings it up to date")]
    TooOld,
    /// The engine refused the statement: the database is locked, full, corrupt or read-only, or a row violates a constraint.
    #[error("the database refused: {0}")]
    Sql(SqlError),
    /// A stored value cannot be read back.
    #[error("the database holds a value that cannot be read: {0}")]
    Value(String),
    /// The row of the portal's next link cannot be read back.
    #[error("the database holds a link that cannot be read: {reason}")]
    Unreadable {
        /// The link's key.
        id: String,
        /// The stored URL of the link.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The task that ran the statement panicked.
    #[error("bug in the store: {0}")]
    Bug(String),
}

// The message contains the engine's text. It loses nothing if it is shown without its sources.
impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> StoreError {
        StoreError::Sql(error)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError::Sql(error.into())
    }
}

impl StoreError {
    /// Whether only these rows are the problem, while the store itself works and accepts others.
    pub fn is_of_rows(&self) -> bool {
        match self {
            StoreError::Sql(error) => self.problem().is_none() && !error.is_of_statement(),
            StoreError::Value(_) | StoreError::Unreadable { .. } | StoreError::Bug(_) => true,
            StoreError::LeaseLost(_)
            | StoreError::Open { .. }
            | StoreError::Moved { .. }
            | StoreError::TooNew { .. }
            | StoreError::TooOld => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    fn of_code(code: i32) -> StoreError {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()
    }

    #[test]
    fn a_row_that_is_refused_is_told_from_a_store_that_is_ill() {
        for code in [ffi::SQLITE_TOOBIG, ffi::SQLITE_CONSTRAINT_CHECK, ffi::SQLITE_MISMATCH, ffi::SQLITE_RANGE] {
            assert!(of_code(code).is_of_rows(), "{code}");
        }
        for code in [ffi::SQLITE_FULL, ffi::SQLITE_BUSY, ffi::SQLITE_READONLY, ffi::SQLITE_IOERR, ffi::SQLITE_CORRUPT] {
            assert!(!of_code(code).is_of_rows() && of_code(code).problem().is_some(), "{code}");
        }
        assert!(!of_code(ffi::SQLITE_ERROR).is_of_rows(), "no such table: no row would be taken");
        assert!(!StoreError::LeaseLost(PortalId::new("a").unwrap()).is_of_rows());
        assert!(of_code(ffi::SQLITE_TOOBIG).to_string().contains("too big"), "{}", of_code(ffi::SQLITE_TOOBIG));
    }
}
