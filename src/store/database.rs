//! The database of a store, of either engine.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicI64;

use tokio::time::Instant;

use crate::model::settings::StoreAddress;
use crate::store::StoreError;
use crate::store::address::server_of;
use crate::store::engine::Transaction;
use crate::store::postgres;
use crate::store::postgres::Turn;
use crate::store::sqlite;

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) enum Database {
    Sqlite(sqlite::Database),
    Postgres(Member),
}

/// A member of those that share a database of PostgreSQL.
#[derive(Debug, Clone)]
pub(super) struct Member {
    database: postgres::Database,
    folder: PathBuf,
    /// Its name among them; empty if it only reads.
    worker: Arc<str>,
    /// Until when it leads.
    leads_until: Arc<Mutex<Option<Instant>>>,
    /// The number of the last change of an origin that it has read.
    origins_seen: Arc<AtomicI64>,
}

impl Member {
    fn new(database: postgres::Database, folder: PathBuf, worker: Arc<str>) -> Member {
        Member { database, folder, worker, leads_until: Arc::default(), origins_seen: Arc::new(AtomicI64::new(-1)) }
    }
}

impl Database {
    pub(super) fn open(at: &StoreAddress) -> Result<Database, StoreError> {
        let folder = at.folder.clone();
        let Some((config, name)) = server_of(at)? else {
            return Ok(Database::Sqlite(sqlite::Database::open(&folder)?));
        };
        let database = postgres::Database::open(config, name)?;
        let worker = postgres::worker::name_of(&folder, &database)?.into();
        Ok(Database::Postgres(Member::new(database, folder, worker)))
    }

    pub(super) fn open_read_only(at: &StoreAddress) -> Result<Database, StoreError> {
        let folder = at.folder.clone();
        let Some((config, name)) = server_of(at)? else {
            return Ok(Database::Sqlite(sqlite::Database::open_read_only(&folder)?));
        };
        let database = postgres::Database::open_read_only(config, name)?;
        Ok(Database::Postgres(Member::new(database, folder, "".into())))
    }

    pub(super) fn is_there(at: &StoreAddress) -> bool {
        match server_of(at) {
            // The client waits, which a thread that runs tasks must not.
            Ok(Some((config, name))) => {
                std::thread::spawn(move || postgres::Database::is_there(config, name)).join().unwrap_or(true)
            }
            Ok(None) => sqlite::Database::is_there(&at.folder),
            Err(_) => true,
        }
    }

    pub(super) fn folder(&self) -> &Path {
        match self {
            Database::Sqlite(database) => database.path().parent().unwrap_or(database.path()),
            Database::Postgres(member) => &member.folder,
        }
    }

    pub(super) fn worker(&self) -> Arc<str> {
        match self {
            // It is alone.
            Database::Sqlite(_) => "".into(),
            Database::Postgres(member) => Arc::clone(&member.worker),
        }
    }

    /// Whether this process leads now. One that is alone always does.
    pub(super) fn leads(&self) -> bool {
        match self {
            Database::Sqlite(_) => true,
            Database::Postgres(member) => {
                let until = *member.leads_until.lock().unwrap_or_else(PoisonError::into_inner);
                until.is_some_and(|until| Instant::now() < until)
            }
        }
    }

    /// Notes until when this process leads.
    pub(super) fn note_lead(&self, until: Option<Instant>) {
        if let Database::Postgres(member) = self {
            *member.leads_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
        }
    }

    /// The number of the last change of an origin that this process has read; none if it is alone.
    pub(super) fn origins_seen(&self) -> Option<Arc<AtomicI64>> {
        match self {
            Database::Sqlite(_) => None,
            Database::Postgres(member) => Some(Arc::clone(&member.origins_seen)),
        }
    }

    /// The bytes of the database and of its log.
    pub(super) fn size(&self) -> Result<(u64, u64), StoreError> {
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        match self {
            Database::Sqlite(database) => Ok((bytes(database.path()), bytes(&sqlite::log_of(database.path())))),
            Database::Postgres(member) => member.database.transaction(Turn::Read, |tx| {
                Ok(tx.query_row("SELECT pg_database_size(current_database())", [], |row| Ok((row.get(0)?, 0)))?)
            }),
        }
    }

    pub(super) fn transaction<T>(
        &self,
        turn: Turn,
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match (self, turn) {
            (Database::Sqlite(database), Turn::Read) => database.read(verb),
            (Database::Sqlite(database), _) => database.transaction(verb),
            (Database::Postgres(member), turn) => member.database.transaction(turn, verb),
        }
    }

    /// Writes something small durably.
    pub(super) fn touch(&self) -> Result<(), StoreError> {
        match self {
            Database::Sqlite(database) => database.touch(),
            Database::Postgres(member) => member.database.touch(),
        }
    }

    /// Writes SQLite's log back into the database. A server does so by itself.
    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        match self {
            Database::Sqlite(database) => database.checkpoint(),
            Database::Postgres(_) => Ok(()),
        }
    }

    /// Writes a durable copy of SQLite's file. Servers are backed up by their own programs.
    pub(super) fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        match self {
            Database::Sqlite(database) => database.back_up(to),
            Database::Postgres(_) => {
                Err(StoreError::Bug("a database of PostgreSQL is backed up by pg_dump".to_owned()))
            }
        }
    }
}
