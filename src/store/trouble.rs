//! Why a store refuses, by what would help.

use std::io;
use std::io::ErrorKind;

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::files;
use crate::store::StoreError;

/// No descriptor is left to this process (errno(3)); `io::ErrorKind` has no word for it.
const EMFILE: i32 = 24;

/// What is wrong with a store that refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another process holds the database.
    Locked,
    /// The disk is full, or a quota is used up.
    Full,
    /// The disk or the file is read-only.
    ReadOnly,
    /// The disk fails to read or write.
    Disk,
    /// The file cannot be opened: descriptors or permissions are missing, or the folder is.
    Unopenable,
    /// Memory is missing.
    Memory,
    /// The file was moved, removed or replaced under the program.
    Moved,
    /// The file is damaged, or no database.
    Damaged,
}

impl Trouble {
    /// Whether it may pass without anybody doing something to the database itself: then waiting in place loses nothing.
    pub fn may_pass(self) -> bool {
        self != Trouble::Damaged
    }

    /// A word for metrics and for machines.
    pub fn name(self) -> &'static str {
        match self {
            Trouble::Locked => "locked",
            Trouble::Full => "full",
            Trouble::ReadOnly => "read-only",
            Trouble::Disk => "disk",
            Trouble::Unopenable => "unopenable",
            Trouble::Memory => "memory",
            Trouble::Moved => "moved",
            Trouble::Damaged => "damaged",
        }
    }

    /// What it is and what would help, for people.
    pub fn advice(self) -> &'static str {
        match self {
            Trouble::Locked => "another process holds the database: end it",
            Trouble::Full => "the disk is full: make room",
            Trouble::ReadOnly => "the disk or the file is read-only: mount it for writing, mend its permissions",
            Trouble::Disk => "the disk fails: see the kernel's log, replace it",
            Trouble::Unopenable => {
                "the database cannot be opened: see descriptors (LimitNOFILE=), permissions and the folder"
            }
            Trouble::Memory => "memory is missing: see MemoryMax=",
            Trouble::Moved => "the database was moved, removed or replaced: bring it back, or start the program anew",
            Trouble::Damaged => "the database is damaged: stop the program and run `tintinh doctor --repair`",
        }
    }
}

impl StoreError {
    /// What is wrong with the store, where it is the store that is wrong.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            StoreError::Sql(error) => of_sqlite(error),
            StoreError::Open { trouble, .. } => *trouble,
            StoreError::Moved { .. } => Some(Trouble::Moved),
            _ => None,
        }
    }
}

/// SQLite's result codes (<https://www.sqlite.org/rescode.html>); what is no trouble of the store is a bug in a statement.
pub(super) fn of_sqlite(error: &rusqlite::Error) -> Option<Trouble> {
    match error.sqlite_error_code()? {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            Some(Trouble::Locked)
        }
        ErrorCode::DiskFull => Some(Trouble::Full),
        ErrorCode::ReadOnly => Some(Trouble::ReadOnly),
        ErrorCode::SystemIoFailure => Some(Trouble::Disk),
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => Some(Trouble::Unopenable),
        ErrorCode::OutOfMemory => Some(Trouble::Memory),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(Trouble::Damaged),
        _ => None,
    }
}

/// What the system's own word means for a store.
pub(super) fn of_io(error: &io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Trouble::Full,
        ErrorKind::ReadOnlyFilesystem => Trouble::ReadOnly,
        ErrorKind::OutOfMemory => Trouble::Memory,
        ErrorKind::InvalidData => Trouble::Damaged,
        ErrorKind::NotFound | ErrorKind::PermissionDenied => Trouble::Unopenable,
        _ if files::errno(error) == Some(EMFILE) => Trouble::Unopenable,
        _ => Trouble::Disk,
    }
}

/// An error of the system in SQLite's words, as if SQLite had met it.
pub(super) fn as_sqlite(error: &io::Error) -> rusqlite::Error {
    let code = match of_io(error) {
        Trouble::Full => ffi::SQLITE_FULL,
        Trouble::ReadOnly => ffi::SQLITE_READONLY,
        Trouble::Unopenable => ffi::SQLITE_CANTOPEN,
        Trouble::Damaged => ffi::SQLITE_CORRUPT,
        _ => ffi::SQLITE_IOERR,
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_known_again_in_sqlites_words() {
        for (kind, trouble) in [
            (ErrorKind::StorageFull, Trouble::Full),
            (ErrorKind::ReadOnlyFilesystem, Trouble::ReadOnly),
            (ErrorKind::InvalidData, Trouble::Damaged),
            (ErrorKind::PermissionDenied, Trouble::Unopenable),
            (ErrorKind::Other, Trouble::Disk),
        ] {
            let error = StoreError::Sql(as_sqlite(&kind.into()));
            assert_eq!(error.trouble(), Some(trouble));
            assert_eq!(trouble.may_pass(), trouble != Trouble::Damaged);
        }
        let no_descriptor = io::Error::from_raw_os_error(EMFILE);
        assert_eq!(of_io(&no_descriptor), Trouble::Unopenable);
        assert_eq!(StoreError::Value("x".to_owned()).trouble(), None);
    }
}
