//! Why a store refuses to work, and what helps.

use std::io;
use std::io::ErrorKind;
use std::path::Path;

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::files;
use crate::store::StoreError;
use crate::store::engine::SqlError;

/// This process has no file descriptor left (errno(3)); `io::ErrorKind` has no name for it.
const EMFILE: i32 = 24;

/// The problem of a store that refuses to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreProblem {
    /// Another process holds the database.
    Locked,
    /// The disk is full, or a quota is used up.
    Full,
    /// The disk or the file is read-only.
    ReadOnly,
    /// The disk fails to read or write.
    Disk,
    /// The file cannot be opened: no file descriptors, no permission, or no folder.
    Unopenable,
    /// Out of memory.
    Memory,
    /// The file was moved, removed or replaced under the program.
    Moved,
    /// The file is damaged or is not a database.
    Damaged,
    /// The server cannot be reached, or ended the connection.
    Unreachable,
}

impl StoreProblem {
    /// Whether it may pass without a repair of the database. Then nothing is lost by waiting.
    pub fn may_pass(self) -> bool {
        self != StoreProblem::Damaged
    }

    /// Returns a word for metrics and for machines.
    pub fn name(self) -> &'static str {
        match self {
            StoreProblem::Locked => "locked",
            StoreProblem::Full => "full",
            StoreProblem::ReadOnly => "read-only",
            StoreProblem::Disk => "disk",
            StoreProblem::Unopenable => "unopenable",
            StoreProblem::Memory => "memory",
            StoreProblem::Moved => "moved",
            StoreProblem::Damaged => "damaged",
            StoreProblem::Unreachable => "unreachable",
        }
    }

    /// Returns the problem and what helps, for people.
    pub fn advice(self) -> &'static str {
        match self {
            StoreProblem::Locked => "another process has locked the database: stop it",
            StoreProblem::Full => "the disk is full: free some space",
            StoreProblem::ReadOnly => "the disk or the file is read-only: mount it for writing or fix its permissions",
            StoreProblem::Disk => "the disk fails: see the kernel log and replace it",
            StoreProblem::Unopenable => {
                "the database cannot be opened: check file descriptors (LimitNOFILE=), permissions and the folder"
            }
            StoreProblem::Memory => "out of memory: raise MemoryMax=",
            StoreProblem::Moved => "the database was moved, removed or replaced: restore it, or restart the program",
            StoreProblem::Unreachable => {
                "the database server cannot be reached: check that it runs, and the address and password of [store]"
            }
            StoreProblem::Damaged => "the database is damaged: stop the program and run `tintinh doctor --repair`",
        }
    }
}

impl StoreError {
    /// Converts an error of the system at a file into the error that the store would report.
    pub(crate) fn of_io(path: &Path, error: &io::Error) -> StoreError {
        StoreError::Open { path: path.display().to_string(), reason: error.to_string(), problem: Some(of_io(error)) }
    }

    /// Returns the problem of the store, if the error is one.
    pub fn problem(&self) -> Option<StoreProblem> {
        match self {
            StoreError::Sql(SqlError::Sqlite(error)) => of_sqlite(error),
            StoreError::Sql(SqlError::Postgres(error)) => of_postgres(error),
            StoreError::Open { problem, .. } => *problem,
            StoreError::Moved { .. } => Some(StoreProblem::Moved),
            _ => None,
        }
    }
}

/// Returns the problem for a result code of SQLite (<https://www.sqlite.org/rescode.html>). Any other code is a bug in a statement.
pub(super) fn of_sqlite(error: &rusqlite::Error) -> Option<StoreProblem> {
    match error.sqlite_error_code()? {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            Some(StoreProblem::Locked)
        }
        ErrorCode::DiskFull => Some(StoreProblem::Full),
        ErrorCode::ReadOnly => Some(StoreProblem::ReadOnly),
        ErrorCode::SystemIoFailure => Some(StoreProblem::Disk),
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => Some(StoreProblem::Unopenable),
        ErrorCode::OutOfMemory => Some(StoreProblem::Memory),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(StoreProblem::Damaged),
        _ => None,
    }
}

/// Returns the problem for an error of PostgreSQL (appendix A of its manual). An error without a code is one of the connection. Any other code is a
/// bug in a statement.
pub(super) fn of_postgres(error: &postgres::Error) -> Option<StoreProblem> {
    let Some(code) = error.code() else {
        // A value that cannot be converted is no problem of the connection.
        let is_of_value = error.to_string().contains("serializing") || error.to_string().contains("column");
        return (!is_of_value).then_some(StoreProblem::Unreachable);
    };
    match code.code() {
        "53100" => Some(StoreProblem::Full),
        "53200" => Some(StoreProblem::Memory),
        "25006" => Some(StoreProblem::ReadOnly),
        "58030" => Some(StoreProblem::Disk),
        "55P03" | "40P01" | "40001" => Some(StoreProblem::Locked),
        code if code.starts_with("XX") => Some(StoreProblem::Damaged),
        // The connection, too many of them, who may connect, and a server that stops or starts.
        code if ["08", "28", "3D", "53", "57P"].iter().any(|class| code.starts_with(class)) => {
            Some(StoreProblem::Unreachable)
        }
        _ => None,
    }
}

/// Returns what an error of the system means for a store.
pub(super) fn of_io(error: &io::Error) -> StoreProblem {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => StoreProblem::Full,
        ErrorKind::ReadOnlyFilesystem => StoreProblem::ReadOnly,
        ErrorKind::OutOfMemory => StoreProblem::Memory,
        ErrorKind::InvalidData => StoreProblem::Damaged,
        ErrorKind::NotFound | ErrorKind::PermissionDenied => StoreProblem::Unopenable,
        _ if files::errno(error) == Some(EMFILE) => StoreProblem::Unopenable,
        _ => StoreProblem::Disk,
    }
}

/// Converts an error of the system into the one that SQLite would report.
pub(super) fn as_sqlite(error: &io::Error) -> rusqlite::Error {
    let code = match of_io(error) {
        StoreProblem::Full => ffi::SQLITE_FULL,
        StoreProblem::ReadOnly => ffi::SQLITE_READONLY,
        StoreProblem::Unopenable => ffi::SQLITE_CANTOPEN,
        StoreProblem::Damaged => ffi::SQLITE_CORRUPT,
        _ => ffi::SQLITE_IOERR,
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_known_again_in_sqlites_words() {
        for (kind, problem) in [
            (ErrorKind::StorageFull, StoreProblem::Full),
            (ErrorKind::ReadOnlyFilesystem, StoreProblem::ReadOnly),
            (ErrorKind::InvalidData, StoreProblem::Damaged),
            (ErrorKind::PermissionDenied, StoreProblem::Unopenable),
            (ErrorKind::Other, StoreProblem::Disk),
        ] {
            let error = StoreError::from(as_sqlite(&kind.into()));
            assert_eq!(error.problem(), Some(problem));
            assert_eq!(problem.may_pass(), problem != StoreProblem::Damaged);
        }
        let no_descriptor = io::Error::from_raw_os_error(EMFILE);
        assert_eq!(of_io(&no_descriptor), StoreProblem::Unopenable);
        assert_eq!(StoreError::Value("x".to_owned()).problem(), None);
    }
}
