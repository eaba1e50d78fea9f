//! Compares database, record files and outbox. Joins `store` and `sink`, as `delivery` does.
//!
//! A record is first stored in the database and later written to a file, so it can be missing in two ways. If it is in the database but neither
//! waiting nor in a file, readers never get it. If it is in a file but not in the database, it would be written a second time. Both are found, and
//! each can be repaired from the other side.

mod check;
mod repair;

use std::path::Path;
use std::path::PathBuf;

use thiserror::Error;

pub use crate::doctor::check::check;
pub use crate::doctor::repair::Repaired;
pub use crate::doctor::repair::repair;
use crate::model::record::Record;
use crate::search::SearchError;
use crate::sink::name;
use crate::sink::survey;
use crate::store::Store;
use crate::store::StoreError;

/// Number of records added in one transaction. All of them are in memory.
const BATCH: usize = 500;

/// Why a check or a repair failed.
#[derive(Debug, Error)]
pub enum DoctorError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A file or folder cannot be read or written.
    #[error("{path}: {cause}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        cause: std::io::Error,
    },
    /// The search index failed.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// Records could not be delivered again.
    #[error("records could not be written")]
    Delivery(#[from] crate::delivery::DeliveryError),
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// There is no database, but there are records.
    NoDatabase,
    /// The database cannot be read.
    Unreadable(String),
    /// The database is inconsistent.
    Database(String),
    /// A delivered record is in no file.
    NotInFiles(Place),
    /// A record of a file is not in the database.
    NotInDatabase(Place),
    /// A record is in the files twice.
    Twice(Place),
    /// A line that is not a record.
    NoRecord(Place),
    /// The last line of a file has no end.
    Torn(Place),
    /// A line differs from the database's record.
    Differs(Place),
    /// A leftover of an interrupted write.
    LeftOver(PathBuf),
    /// The search index is damaged, or does not have what the database has.
    Search(String),
}

/// The place of a finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The record file, if any.
    pub path: PathBuf,
    /// The line, from 1; 0 if there is none.
    pub line: usize,
    /// `id` and `revision` of the record, if known.
    pub key: Option<(String, u32)>,
}

impl Finding {
    /// Whether [`repair()`] fixes the finding. A line that differs may be somebody's edit or the work of a newer program, and is left alone.
    pub fn can_be_repaired(&self) -> bool {
        !matches!(self, Finding::Differs(_))
    }

    /// Returns a machine-readable name.
    pub fn name(&self) -> &'static str {
        match self {
            Finding::NoDatabase => "no-database",
            Finding::Unreadable(_) => "unreadable-database",
            Finding::Database(_) => "database",
            Finding::NotInFiles(_) => "not-in-files",
            Finding::NotInDatabase(_) => "not-in-database",
            Finding::Twice(_) => "twice",
            Finding::NoRecord(_) => "no-record",
            Finding::Torn(_) => "torn",
            Finding::Differs(_) => "differs",
            Finding::LeftOver(_) => "left-over",
            Finding::Search(_) => "search-index",
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line > 0 {
            write!(formatter, "{}:{}", self.path.display(), self.line)?;
        }
        if let Some((id, revision)) = &self.key {
            let gap = if self.line > 0 { ": " } else { "" };
            write!(formatter, "{gap}record {id}, revision {revision}")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Finding::NoDatabase => write!(formatter, "there are record files, but no database"),
            Finding::Unreadable(reason) => write!(formatter, "the database cannot be read: {reason}"),
            Finding::Database(what) => write!(formatter, "database: {what}"),
            Finding::NotInFiles(place) => write!(formatter, "{place} was delivered but is in no file"),
            Finding::NotInDatabase(place) => write!(formatter, "{place} is not in the database"),
            Finding::Twice(place) => write!(formatter, "{place} is in the files twice"),
            Finding::NoRecord(place) => write!(formatter, "{place} is not a record"),
            Finding::Torn(place) => write!(formatter, "{place} is incomplete"),
            Finding::Differs(place) => write!(formatter, "{place} differs from the database"),
            Finding::LeftOver(path) => write!(formatter, "{} is left over from an interrupted write", path.display()),
            Finding::Search(what) => write!(formatter, "search index: {what}"),
        }
    }
}

/// Adds records from the files that the database does not have, if the newest record of a portal is one of them. Then the database was lost or is an
/// older copy. Runs at every start, because unknown records would be written again. Returns how many records were added. Also stores the store's name
/// next to the files and numbers the records of the stream.
///
/// # Errors
/// [`DoctorError`].
pub async fn catch_up(store: &Store, records: &Path) -> Result<u64, DoctorError> {
    name_store(store, records).await?;
    let mut taken = 0;
    for newest in survey::newest_files(records).map_err(at(records))? {
        let Some(key) = survey::last_key(&newest).map_err(at(&newest))? else { continue };
        if !store.knows(&key.id, key.revision).await? {
            // <portal>/<yyyy>/<mm>/<dd>.jsonl
            let portal = newest.ancestors().nth(3).unwrap_or(records);
            taken += adopt_portal(store, records, portal).await?;
        }
    }
    store.number_old().await?;
    Ok(taken)
}

/// Gives a new database the name that is stored next to the files. Writes the name there if it is missing.
async fn name_store(store: &Store, records: &Path) -> Result<(), DoctorError> {
    let written = name::read(records).map_err(at(records))?;
    let own = store.take_name(written).await?;
    match written {
        None => name::write(records, own).map_err(at(records)),
        Some(other) if other != own => {
            tracing::warn!("{} holds the records of another store ({other}; this one is {own})", records.display());
            Ok(())
        }
        Some(_) => Ok(()),
    }
}

async fn adopt_portal(store: &Store, records: &Path, portal: &Path) -> Result<u64, DoctorError> {
    let mut taken = 0;
    for path in survey::files(records).map_err(at(records))?.into_iter().filter(|path| path.starts_with(portal)) {
        taken += adopt_file(store, &path, false).await?;
    }
    Ok(taken)
}

/// Adds the records of a file that the database does not have, or all records if `files_win`.
async fn adopt_file(store: &Store, path: &Path, files_win: bool) -> Result<u64, DoctorError> {
    let bytes = std::fs::read(path).map_err(at(path))?;
    let mut records = survey::lines(&bytes)
        .filter(|line| line.is_whole)
        .filter_map(|line| serde_json::from_slice::<Record>(line.bytes).ok());
    let mut taken = 0;
    loop {
        let batch: Vec<Record> = records.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(taken);
        }
        taken += store.adopt(batch, files_win).await?;
    }
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> DoctorError {
    let path = path.to_owned();
    move |cause| DoctorError::Io { path: path.clone(), cause }
}
