//! PostgreSQL for the tests: a cluster of their own, started with the first test that asks for it and gone with the process.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::io::BufRead;
use std::io::BufReader;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::LazyLock;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

use postgres::Client;
use postgres::NoTls;
use tempfile::TempDir;
use tintinh::model::settings::StoreAddress;
use tintinh::model::settings::StoreSettings;
use tintinh::store::FILE_NAME;

/// Makes a cluster, starts it, and removes it when the test process ends, however it does. PostgreSQL does not run as root.
const SCRIPT: &str = r#"
set -e
# What ends a group of processes, as `timeout` does, must not end this one before it has cleaned up.
trap '' TERM INT HUP
"$BIN/initdb" -D "$HOME/data" -U tintinh -A trust -E UTF8 --no-locale -N >"$HOME/initdb.log" 2>&1
"$BIN/pg_ctl" -D "$HOME/data" -l "$HOME/log" -w -t 60 -o "-p $PORT -k $HOME -c listen_addresses=127.0.0.1 -c max_connections=300 $OPTIONS" start >/dev/null
echo ready
cat >/dev/null
"$BIN/pg_ctl" -D "$HOME/data" -m immediate stop >/dev/null 2>&1 || true
rm -rf "$HOME"
"#;

/// A running cluster.
pub(crate) struct Cluster {
    bin: PathBuf,
    home: PathBuf,
    port: u16,
    _process: Child,
}

/// The one that tests share. What its disk loses in a power cut does not matter.
static SHARED: LazyLock<Option<Cluster>> = LazyLock::new(|| Cluster::start("-c fsync=off -c shared_buffers=64MB"));

/// Number of schemas made.
static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// Whether a module's tests run on PostgreSQL: those of a file that is compiled a second time under such a name.
pub(crate) fn is_on_postgres(module: &str) -> bool {
    module.contains("_on_postgres")
}

/// A folder, and the address of a store: in the folder, or in a schema of its own on the shared cluster.
pub(crate) struct Home {
    folder: TempDir,
    pub(crate) address: StoreAddress,
}

impl Home {
    /// A new one for the tests of a module.
    pub(crate) fn new(module: &str) -> Home {
        let folder = tempfile::tempdir().unwrap();
        let server = is_on_postgres(module).then(schema).flatten().unwrap_or_default();
        let address = StoreAddress { folder: folder.path().to_owned(), server };
        Home { folder, address }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Whether the store is on PostgreSQL.
    pub(crate) fn is_shared(&self) -> bool {
        self.address.server.url.is_some()
    }

    /// Runs statements in the database, whatever the store's verbs allow.
    pub(crate) fn execute(&self, sql: &str) {
        execute(&self.address, sql);
    }

    /// Asks the database for texts.
    #[expect(clippy::disallowed_methods, reason = "tests look into tables")]
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        if let Some(url) = &self.address.server.url {
            return on_thread(url, sql, |client, sql| {
                client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect()
            });
        }
        let database = rusqlite::Connection::open(self.path().join(FILE_NAME)).unwrap();
        let mut statement = database.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Asks the database for a number.
    #[expect(clippy::disallowed_methods, reason = "tests look into tables")]
    pub(crate) fn number(&self, sql: &str) -> i64 {
        if let Some(url) = &self.address.server.url {
            return on_thread(url, sql, |client, sql| client.query_one(sql, &[]).unwrap().get(0));
        }
        let database = rusqlite::Connection::open(self.path().join(FILE_NAME)).unwrap();
        database.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

/// A schema of its own on the shared cluster; none where PostgreSQL is absent.
pub(crate) fn schema() -> Option<StoreSettings> {
    SHARED.as_ref().map(Cluster::schema)
}

impl Cluster {
    /// Starts a cluster. Where PostgreSQL is absent the test says so and passes, but not under `CI=true`.
    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment whether all of them must run")]
    pub(crate) fn start(options: &str) -> Option<Cluster> {
        let Some(bin) = programs() else {
            let absent = "skipped: PostgreSQL is absent (tests/postgres/install.sh)";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{absent}");
            eprintln!("{absent}");
            return None;
        };
        let home = tempfile::Builder::new().prefix("tintinh-pg-").tempdir().unwrap().keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let is_root = rustix::process::geteuid().is_root();
        let mut command = if is_root {
            assert!(Command::new("chown").arg("postgres").arg(&home).status().unwrap().success());
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh", "-c", SCRIPT]);
            command
        } else {
            let mut command = Command::new("sh");
            command.args(["-c", SCRIPT]);
            command
        };
        command.env("BIN", &bin).env("HOME", &home).env("PORT", port.to_string()).env("OPTIONS", options);
        command.current_dir(&home).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "the cluster does not start: see {}", home.display());
        Some(Cluster { bin, home, port, _process: process })
    }

    /// Makes a schema and returns its address.
    pub(crate) fn schema(&self) -> StoreSettings {
        let name = format!("t{}", SCHEMAS.fetch_add(1, Ordering::Relaxed));
        self.run(&format!("CREATE SCHEMA {name}"));
        Self::address(self.port, &name)
    }

    /// The address of a schema, through a port of this machine.
    pub(crate) fn address(port: u16, schema: &str) -> StoreSettings {
        let url = format!("postgres://tintinh@127.0.0.1:{port}/postgres?options=-csearch_path%3D{schema}");
        StoreSettings { url: Some(url), password: None }
    }

    /// The id of its first process.
    #[allow(dead_code, reason = "the bench of the store asks")]
    pub(crate) fn postmaster(&self) -> String {
        let file = std::fs::read_to_string(self.home.join("data/postmaster.pid")).unwrap();
        file.lines().next().unwrap().to_owned()
    }

    /// The port on which it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Runs statements.
    pub(crate) fn run(&self, sql: &str) {
        let url = format!("postgres://tintinh@127.0.0.1:{}/postgres", self.port);
        on_thread(&url, sql, |client, sql| client.batch_execute(sql).unwrap());
    }

    /// Ends the server and starts it again.
    pub(crate) fn restart(&self, mode: &str) {
        let mut command = Command::new("setpriv");
        if rustix::process::geteuid().is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        command.arg(self.bin.join("pg_ctl")).arg("-D").arg(self.home.join("data"));
        command.args(["-w", "-m", mode, "-l"]).arg(self.home.join("log")).arg("restart");
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
    }
}

/// Runs statements in the database of a store.
#[expect(clippy::disallowed_methods, reason = "tests make states that no verb of the store makes")]
pub(crate) fn execute(at: &StoreAddress, sql: &str) {
    match &at.server.url {
        Some(_) => run_at(&at.server, sql),
        None => rusqlite::Connection::open(at.folder.join(FILE_NAME)).unwrap().execute_batch(sql).unwrap(),
    }
}

/// Asks a database for a number.
pub(crate) fn number_at(server: &StoreSettings, sql: &str) -> i64 {
    on_thread(server.url.as_ref().unwrap(), sql, |client, sql| client.query_one(sql, &[]).unwrap().get(0))
}

/// Runs statements in a database.
pub(crate) fn run_at(server: &StoreSettings, sql: &str) {
    on_thread(server.url.as_ref().unwrap(), sql, |client, sql| client.batch_execute(sql).unwrap());
}

/// The client waits, which a thread that runs tasks must not.
fn on_thread<T: Send + 'static>(url: &str, sql: &str, work: fn(&mut Client, &str) -> T) -> T {
    let (url, sql) = (url.to_owned(), sql.to_owned());
    std::thread::spawn(move || work(&mut Client::connect(&url, NoTls).unwrap(), &sql)).join().unwrap()
}

/// The folder of PostgreSQL's programs: Debian keeps them by version.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").exists());
    folders.sort();
    folders.pop()
}
