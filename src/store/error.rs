//! Why the store did not do what it was asked.

use thiserror::Error;

use crate::model::portal::PortalId;
use crate::store::trouble::Trouble;

/// Why the store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The lease has run out or was given to another: nothing was written.
    #[error("the lease of {0} is lost: nothing was written")]
    LeaseLost(PortalId),
    /// Another visit wrote this revision of this article meanwhile: nothing was written.
    #[error("the article {0} was recorded by another visit meanwhile")]
    Outdated(String),
    /// The database cannot be opened or made.
    #[error("cannot open {path}: {reason}")]
    Open {
        /// The database's file.
        path: String,
        /// Why.
        reason: String,
        /// What is wrong, where it has a name.
        trouble: Option<Trouble>,
    },
    /// The database's file is no longer where it was opened: what would be written would be lost.
    #[error("{path} is no longer the database that was opened: it was moved, removed or replaced")]
    Moved {
        /// Where it was.
        path: String,
    },
    /// Written by a newer version of the program.
    #[error("{path} is of format {found}, this program knows {known}: use the program that wrote it, or a newer one")]
    TooNew {
        /// The database's file.
        path: String,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// Written by an older version of the program, and opened to be read only.
    #[error("the database is older than this program: `tintinh fetch` or `tintinh run` brings it up to date")]
    TooOld,
    /// SQLite refuses: locked, full, corrupt, read-only.
    #[error("the database refuses")]
    Sql(#[from] rusqlite::Error),
    /// A stored value cannot be read back.
    #[error("the database holds a value that cannot be read: {0}")]
    Value(String),
    /// The task that ran the statement panicked.
    #[error("bug in the store: {0}")]
    Bug(String),
}
