//! SQLite: the connection, its settings, migrations and transactions.

mod salvage;

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::TransactionBehavior;
use rusqlite::config::DbConfig;

use crate::failpoint;
use crate::files;
use crate::store::FILE_NAME;
use crate::store::StoreError;
use crate::store::engine::Transaction;
use crate::store::problem::StoreProblem;
use crate::store::problem::as_sqlite;
use crate::store::problem::of_io;
use crate::store::problem::of_sqlite;
use crate::store::verbs::addresses;
use crate::store::verbs::index;
use crate::store::verbs::outbox;

/// A step from one format to the next.
struct Migration {
    /// The format that it leads to. Numbers increase; a missing one belongs to a step that is not part of this program.
    format: i64,
    statements: &'static str,
    /// What statements cannot do. It runs in the same transaction.
    then: Option<Then>,
}

type Then = fn(&Transaction<'_>) -> Result<(), StoreError>;

const MIGRATIONS: &[Migration] = &[
    Migration { format: 1, statements: include_str!("migrations/0001_begin.sql"), then: None },
    Migration { format: 3, statements: include_str!("migrations/0003_near_duplicates.sql"), then: Some(index::fill) },
    Migration { format: 4, statements: include_str!("migrations/0004_service.sql"), then: None },
    Migration { format: 5, statements: include_str!("migrations/0005_habits.sql"), then: None },
    Migration { format: 6, statements: include_str!("migrations/0006_site_memory.sql"), then: None },
    Migration { format: 7, statements: include_str!("migrations/0007_citizen.sql"), then: None },
    Migration { format: 8, statements: include_str!("migrations/0008_articles_of_links.sql"), then: None },
    Migration { format: 10, statements: include_str!("migrations/0010_stream.sql"), then: Some(number_records) },
    Migration { format: 11, statements: include_str!("migrations/0011_addresses.sql"), then: Some(addresses::fill) },
    Migration { format: 12, statements: include_str!("migrations/0012_visit_days.sql"), then: None },
    Migration { format: 13, statements: include_str!("migrations/0013_backlog.sql"), then: None },
    Migration { format: 14, statements: include_str!("migrations/0014_attachments.sql"), then: None },
];

/// Does the rest of format 10. There are databases of format 8 without the last step of that format, which one program called 9.
fn number_records(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let has_column: bool =
        tx.query_row("SELECT EXISTS (SELECT 1 FROM pragma_table_info('origins') WHERE name = 'unended')", [], |row| {
            row.get(0)
        })?;
    if !has_column {
        tx.execute("ALTER TABLE origins ADD COLUMN unended TEXT", [])?;
    }
    outbox::renumber(tx)
}

/// The minimum version. Older versions of SQLite (3.7.0–3.51.2) may corrupt a WAL that is being reset.
const LEAST_VERSION: i32 = 3_051_003;

/// How long a statement waits for another process that writes, such as `tintinh retry` next to the service.
const BUSY: Duration = Duration::from_secs(3);

/// Size in bytes that the write-ahead log keeps on disk after it was written back into the database.
const LOG_KEPT: i64 = 16 * 1024 * 1024;

/// Number of pages in the log from which a commit writes it back into the database. The index of near-duplicates changes forty pages for each
/// article, and many of them again for the next ones.
const LOG_PAGES: i64 = LOG_KEPT / 4096;

/// Maximum memory for pages. The index of near-duplicates is read at forty places for each article, and the system's cache has the rest. Twice as
/// much makes an article 4 % cheaper; with sixteen times as much, a service of 200 portals needs twice its memory after a year.
const CACHE_KIB: i64 = 4 * 1024;

/// The connections, one that writes and one that reads. Each is used by one transaction at a time.
#[derive(Debug, Clone)]
pub(super) struct Database {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    read_only: bool,
    /// The identity of the opened file. Another file with this name is not ours.
    identity: Identity,
    /// The connection for verbs that only read, opened by the first of them. They wait for no writer. It is dropped first: SQLite writes the log back
    /// into the database when the last connection closes, and only a writing connection can do that.
    reader: Mutex<Option<Connection>>,
    /// None after an error: its view of the file may be wrong, so the next transaction opens it again.
    connection: Mutex<Option<Connection>>,
}

/// Device and inode of a file.
type Identity = (u64, u64);

impl Database {
    pub(super) fn open(dir: &Path) -> Result<Database, StoreError> {
        let path = dir.join(FILE_NAME);
        if rusqlite::version_number() < LEAST_VERSION {
            let reason = format!("SQLite {} may corrupt it; 3.51.3 or newer is needed", rusqlite::version());
            return Err(StoreError::Open { path: path.display().to_string(), reason, problem: None });
        }
        files::make_folders(dir).map_err(refused(&path))?;
        failpoint::reach("store.open").map_err(refused(&path))?;
        let mut connection = connect(&path, WRITING | OpenFlags::SQLITE_OPEN_CREATE)?;
        prepare(&connection)?;
        migrate(&mut connection, &path)?;
        // The database's entry in its folder must survive a power cut as well.
        files::sync_folder(dir).map_err(refused(&path))?;
        Database::over(path, connection, false)
    }

    pub(super) fn open_read_only(dir: &Path) -> Result<Database, StoreError> {
        let path = dir.join(FILE_NAME);
        let connection = connect_to_read(&path)?;
        let found = format_of(&connection)?;
        refuse_newer(&path, found)?;
        if found < newest_format() {
            let known = newest_format();
            let reason = format!(
                "it has format {found}, and this program uses {known}: the next `tintinh run` or `tintinh fetch` upgrades it, after a backup"
            );
            return Err(StoreError::Open { path: path.display().to_string(), reason, problem: None });
        }
        Database::over(path, connection, true)
    }

    /// Whether a folder has a usable database. A process may have ended before the first format was complete.
    pub(super) fn is_there(dir: &Path) -> bool {
        let path = dir.join(FILE_NAME);
        let format = path.exists().then(|| connect_to_read(&path).and_then(|connection| format_of(&connection)));
        // An unreadable database exists, too.
        format.is_some_and(|format| format.unwrap_or(1) > 0)
    }

    fn over(path: PathBuf, connection: Connection, read_only: bool) -> Result<Database, StoreError> {
        let identity = identity(&path).map_err(refused(&path))?;
        Ok(Database {
            inner: Arc::new(Inner {
                path,
                read_only,
                identity,
                connection: Mutex::new(Some(connection)),
                reader: Mutex::default(),
            }),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Runs a verb in one transaction. After an error of the file, the connection is dropped and the next transaction opens a new one.
    pub(super) fn transaction<T>(
        &self,
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with_connection(|connection| {
            self.in_transaction(connection, false, |connection| verb(&Transaction::Sqlite(connection)))
        })
    }

    /// Runs a read-only verb on one snapshot, which includes everything committed before.
    pub(super) fn read<T>(
        &self,
        verb: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.inner.read_only {
            // Otherwise, a reader of a database that was replaced would wait forever.
            self.check_in_place()?;
            return self.transaction(verb);
        }
        let open = || {
            self.check_in_place()?;
            connect_to_read(&self.inner.path)
        };
        lend(&self.inner.reader, open, |connection| {
            let snapshot = connection.transaction()?;
            verb(&Transaction::Sqlite(&snapshot))
        })
    }

    /// Writes the format's number again. This writes a page of the database, but changes nothing.
    pub(super) fn touch(&self) -> Result<(), StoreError> {
        let touch = |connection: &Connection| -> Result<(), StoreError> {
            Ok(connection.pragma_update(None, "user_version", format_of(connection)?)?)
        };
        self.with_connection(|connection| self.in_transaction(connection, true, touch))
    }

    fn in_transaction<T>(
        &self,
        connection: &mut Connection,
        touches: bool,
        verb: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let behavior =
            if self.inner.read_only { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
        let before = connection.total_changes();
        let transaction = connection.transaction_with_behavior(behavior)?;
        let value = verb(&transaction)?;
        // A pragma does not count as a change of rows.
        let writes = touches || transaction.total_changes() > before;
        if writes {
            self.check_in_place()?;
            failpoint::reach("store.commit").map_err(|error| as_sqlite(&error))?;
        }
        transaction.commit()?;
        if writes {
            failpoint::reach("store.committed").map_err(|error| as_sqlite(&error))?;
        }
        Ok(value)
    }

    fn with_connection<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        lend(&self.inner.connection, || self.connect_again(), work)
    }

    fn connect_again(&self) -> Result<Connection, StoreError> {
        self.check_in_place()?;
        if self.inner.read_only {
            return connect_to_read(&self.inner.path);
        }
        let connection = connect(&self.inner.path, WRITING)?;
        prepare(&connection)?;
        Ok(connection)
    }

    /// Checks that the file is still in place. SQLite keeps writing to a file that was removed, and all of that would be lost with the process.
    fn check_in_place(&self) -> Result<(), StoreError> {
        match identity(&self.inner.path) {
            Ok(found) if found == self.inner.identity => Ok(()),
            Err(error) if error.kind() != ErrorKind::NotFound => Err(refused(&self.inner.path)(error)),
            _ => Err(StoreError::Moved { path: self.inner.path.display().to_string() }),
        }
    }

    /// Writes the log back into the database and truncates it.
    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        self.with_connection(|connection| {
            // Readers that hold the log do no harm: the next checkpoint writes what this one leaves.
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            Ok(connection.execute_batch("PRAGMA optimize")?)
        })
    }

    /// Writes a durable copy of the database to a file, which appears either complete or not at all.
    pub(super) fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        self.with_connection(|connection| back_up(connection, to))
    }
}

/// Lends a connection and opens it if there is none. After an error of the file, it is dropped.
fn lend<T>(
    slot: &Mutex<Option<Connection>>,
    open: impl FnOnce() -> Result<Connection, StoreError>,
    work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    // After a panic, the transaction was rolled back when it was dropped.
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    let connection = match &mut *slot {
        Some(connection) => connection,
        empty => empty.insert(open()?),
    };
    let done = work(connection);
    if done.as_ref().is_err_and(|error| error.problem().is_some()) {
        *slot = None;
    }
    done
}

const WRITING: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;

/// Prepares a connection that writes: durable commits (WAL with `synchronous` FULL), and a log that does not keep its largest size.
fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_KEPT, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", LOG_PAGES, |_| Ok(()))?;
    Ok(())
}

fn identity(path: &Path) -> std::io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

fn refused(path: &Path) -> impl Fn(std::io::Error) -> StoreError {
    let path = path.display().to_string();
    move |error| StoreError::Open { path: path.clone(), reason: error.to_string(), problem: Some(of_io(&error)) }
}

#[expect(clippy::disallowed_methods, reason = "the home of the database")]
pub(crate) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|error| {
        let problem = of_sqlite(&error);
        StoreError::Open { path: path.display().to_string(), reason: error.to_string(), problem }
    })?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Otherwise, SQLite makes a plan for the current values, and prepares a statement again for each other `LIMIT` or range that is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

/// Reaches a failpoint of a database file.
///
/// # Errors
/// The error that the environment requests.
pub(crate) fn reach(place: &'static str) -> Result<(), StoreError> {
    failpoint::reach(place).map_err(|error| StoreError::of_io(Path::new(place), &error))
}

/// Opens a read-only connection. On a read-only disk, SQLite cannot create the index of its log, but it needs none if there is no log.
pub(crate) fn connect_to_read(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    match format_of(&connection) {
        Err(error) if error.problem() == Some(StoreProblem::Unopenable) && !has_log(path) => {
            let place =
                url::Url::from_file_path(std::path::absolute(path).map_err(refused(path))?).map_err(|()| error)?;
            let frozen = format!("{place}?immutable=1");
            connect(Path::new(&frozen), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
        }
        _ => Ok(connection),
    }
}

fn has_log(path: &Path) -> bool {
    std::fs::metadata(log_of(path)).is_ok_and(|log| log.len() > 0)
}

/// Returns the path of the database's write-ahead log.
pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Upgrades a database to this program's format in one transaction, after a backup, so that an intermediate step is never visible.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found = format_of(connection)?;
    refuse_newer(path, found)?;
    if found > 0 && found < newest_format() {
        let backup = path.with_extension(format!("v{found}.backup.db"));
        back_up(connection, &backup)?;
        tracing::info!(backup = %backup.display(), "backed up the database before its upgrade");
    }
    if found == newest_format() {
        return Ok(());
    }
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.format > found) {
        tx.execute_batch(migration.statements)?;
        if let Some(then) = migration.then {
            then(&Transaction::Sqlite(&tx))?;
        }
        tx.pragma_update(None, "user_version", migration.format)?;
        failpoint::reach("store.migrate").map_err(|error| as_sqlite(&error))?;
    }
    Ok(tx.commit()?)
}

fn back_up(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let unfinished = files::beside(to, "new");
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(refused(&unfinished)(error)),
        _ => {}
    }
    connection.execute("VACUUM INTO ?1", [unfinished.display().to_string()])?;
    failpoint::reach("store.backup").map_err(refused(to))?;
    let synced = std::fs::File::open(&unfinished).and_then(|file| file.sync_all());
    synced.and_then(|()| files::rename(&unfinished, to)).map_err(refused(to))
}

fn format_of(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn newest_format() -> i64 {
    MIGRATIONS.last().map_or(0, |migration| migration.format)
}

fn refuse_newer(path: &Path, found: i64) -> Result<(), StoreError> {
    let known = newest_format();
    if found > known {
        return Err(StoreError::TooNew { path: path.display().to_string(), found, known });
    }
    Ok(())
}
