//! The connection: opening, settings, migrations, transactions; and how the domain's values stand in columns.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::Transaction;
use rusqlite::TransactionBehavior;

use crate::model::page::Revalidation;
use crate::model::page::Validators;
use crate::store::FILE_NAME;
use crate::store::StoreError;
use crate::url::PageUrl;

/// The formats, each as the statements that lead to it from the one before.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_begin.sql"), include_str!("migrations/0002_citizen.sql")];

/// Below it SQLite may corrupt a WAL that is being reset (3.7.0–3.51.2).
const LEAST_VERSION: i32 = 3_051_003;

/// How long a statement waits for another process's lock, as of `status` beside the service.
const BUSY: Duration = Duration::from_secs(10);

/// The one connection, lent for one transaction at a time.
#[derive(Debug, Clone)]
pub(super) struct Database {
    connection: Arc<Mutex<Connection>>,
    read_only: bool,
}

impl Database {
    pub(super) fn open(dir: &Path) -> Result<Database, StoreError> {
        let path = dir.join(FILE_NAME);
        let failed = |reason: String| StoreError::Open { path: path.display().to_string(), reason };
        if rusqlite::version_number() < LEAST_VERSION {
            return Err(failed(format!("SQLite {} may corrupt it; 3.51.3 or newer is needed", rusqlite::version())));
        }
        std::fs::create_dir_all(dir).map_err(|error| failed(error.to_string()))?;
        let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let database = Database { connection: Arc::new(Mutex::new(connection)), read_only: false };
        database.migrate(&path)?;
        // The database's entry in its folder must survive a power cut as well.
        std::fs::File::open(dir).and_then(|folder| folder.sync_all()).map_err(|error| failed(error.to_string()))?;
        Ok(database)
    }

    pub(super) fn open_read_only(dir: &Path) -> Result<Database, StoreError> {
        let path = dir.join(FILE_NAME);
        let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let found = format_of(&connection)?;
        refuse_newer(&path, found)?;
        Ok(Database { connection: Arc::new(Mutex::new(connection)), read_only: true })
    }

    pub(super) fn transaction<T>(
        &self,
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // A verb that panicked has left a transaction that was rolled back when it was dropped.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let behavior = if self.read_only { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
        let transaction = connection.transaction_with_behavior(behavior)?;
        let value = verb(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    fn migrate(&self, path: &Path) -> Result<(), StoreError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let found = format_of(&connection)?;
        refuse_newer(path, found)?;
        let done = usize::try_from(found).unwrap_or(0);
        if done > 0 && done < MIGRATIONS.len() {
            let backup = path.with_extension(format!("v{found}.backup.db"));
            connection.execute("VACUUM INTO ?1", [backup.display().to_string()])?;
            tracing::info!(backup = %backup.display(), "database backed up before its format changes");
        }
        for (number, statements) in MIGRATIONS.iter().enumerate().skip(done) {
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE;\n{statements}\nPRAGMA user_version = {};\nCOMMIT;",
                number + 1
            ))?;
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the home of the database")]
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|error| StoreError::Open { path: path.display().to_string(), reason: error.to_string() })?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn format_of(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn refuse_newer(path: &Path, found: i64) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::TooNew { path: path.display().to_string(), found, known });
    }
    Ok(())
}

pub(super) fn millis(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

pub(super) fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// Validators out of their columns, with the address that gave them: `own` where none is named.
pub(super) fn revalidation(
    etag: Option<Vec<u8>>,
    last_modified: Option<Vec<u8>>,
    url: Option<&str>,
    own: &str,
) -> Option<Revalidation> {
    let url = PageUrl::parse(url.unwrap_or(own)).ok()?;
    Revalidation::new(&url, &Validators { etag, last_modified })
}

/// A value of ours as a JSON column.
pub(super) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Value(error.to_string()))
}

/// A value of ours out of a JSON column.
pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Value(error.to_string()))
}

/// A name out of a column.
pub(super) fn name<T, E: std::fmt::Display>(read: Result<T, E>) -> Result<T, StoreError> {
    read.map_err(|error| StoreError::Value(error.to_string()))
}
