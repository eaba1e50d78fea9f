//! The sample portals served in this process, a folder for state and records, and the program as a process of its own over both.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use crate::cluster;
use crate::sites::Sites;
use serde_json::Value;
use tempfile::TempDir;
use tintinh::model::record::Record;
use tintinh::model::settings::StoreAddress;
use tintinh::model::settings::StoreSettings;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::process::Child;
use tokio::process::Command;
use tokio::time::Instant;

/// How long a process may take that should end by itself: a machine under load is no failure.
const PATIENCE: Duration = Duration::from_mins(2);

/// Sample portals and a folder.
pub(crate) struct World {
    pub(crate) sites: Sites,
    folder: TempDir,
    server: StoreSettings,
}

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    pub(crate) async fn new() -> World {
        World::with_delay(Duration::ZERO).await
    }

    pub(crate) async fn with_delay(delay: Duration) -> World {
        let sites = Sites::with_delay(delay).await.unwrap();
        let world = World { sites, folder: tempfile::tempdir().unwrap(), server: StoreSettings::default() };
        tintinh::demo::write_config(world.path(), &world.sites.resolve()).unwrap();
        world
    }

    /// With the store of a module's tests: on PostgreSQL if that is what they are for.
    pub(crate) async fn of(module: &str, delay: Duration) -> World {
        let mut world = World::with_delay(delay).await;
        if let Some(server) = cluster::is_on_postgres(module).then(cluster::schema).flatten() {
            world.add(&format!("[store]\nurl = \"{}\"\n", server.url.as_deref().unwrap_or_default()));
            world.server = server;
        }
        world
    }

    /// Runs statements in the database, whatever the store's verbs allow.
    pub(crate) fn execute(&self, sql: &str) {
        let address = StoreAddress { folder: self.path().join("state"), server: self.server.clone() };
        cluster::execute(&address, sql);
    }

    /// The folder of everything.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of the configuration.
    pub(crate) fn config(&self, name: &str) -> PathBuf {
        self.path().join("config").join(name)
    }

    /// Changes a text of `tintinh.toml`, which must be there.
    pub(crate) fn set(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.config("tintinh.toml")).unwrap();
        assert!(text.contains(from), "{from} is not in\n{text}");
        fs::write(self.config("tintinh.toml"), text.replacen(from, to, 1)).unwrap();
    }

    /// Adds lines to the end of `tintinh.toml`.
    pub(crate) fn add(&self, lines: &str) {
        let text = fs::read_to_string(self.config("tintinh.toml")).unwrap();
        fs::write(self.config("tintinh.toml"), format!("{text}\n{lines}")).unwrap();
    }

    /// Leaves only these portals in the configuration.
    pub(crate) fn only(&self, portals: &[&str]) {
        for entry in fs::read_dir(self.config("portals")).unwrap() {
            let path = entry.unwrap().path();
            if !portals.contains(&path.file_stem().unwrap().to_str().unwrap()) {
                fs::remove_file(path).unwrap();
            }
        }
    }

    /// The program with this configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_under(&[], arguments)
    }

    /// The program with this configuration, started by another one.
    pub(crate) fn command_under(&self, under: &[&str], arguments: &[&str]) -> Command {
        let mut command = program_under(under, arguments);
        command.arg("--config").arg(self.path().join("config"));
        command
    }

    /// Runs the program with this configuration to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Done {
        end_of(self.command(arguments).spawn().unwrap()).await
    }

    /// Does the work that a run left which was cut off. Where a challenge is the first page that is left, its portal has a rest before the others:
    /// a second run goes on with them.
    pub(crate) async fn catch_up(&self) {
        for _run in 0..2 {
            self.run_well(&["fetch"]).await;
        }
    }

    /// Runs the program and wants exit code 0; returns standard output.
    pub(crate) async fn run_well(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments).await;
        assert_eq!(done.code, Some(0), "{arguments:?}: {done:#?}");
        done.out
    }

    /// All records, by file name and then in the order of the file.
    pub(crate) fn records(&self) -> Vec<Record> {
        records_below(&self.path().join("records"))
    }

    /// The files of records.
    pub(crate) fn record_files(&self) -> Vec<PathBuf> {
        record_files_below(&self.path().join("records"))
    }
}

/// The program, its output caught, in a clean environment.
pub(crate) fn program(arguments: &[&str]) -> Command {
    program_under(&[], arguments)
}

fn program_under(under: &[&str], arguments: &[&str]) -> Command {
    let words = [under, &[env!("CARGO_BIN_EXE_tintinh")], arguments].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["TINTINH_CONFIG", "TINTINH_STATE_DIR", "TINTINH_RECORDS_DIR", "NOTIFY_SOCKET", "JOURNAL_STREAM"] {
        command.env_remove(name);
    }
    command
}

/// Waits for a process.
pub(crate) async fn end_of(child: Child) -> Done {
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await.expect("it ends in time").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs the program without a configuration of its own to its end.
pub(crate) async fn run(arguments: &[&str]) -> Done {
    end_of(program(arguments).spawn().unwrap()).await
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what} does not come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// All files below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The files of records below a folder.
fn record_files_below(folder: &Path) -> Vec<PathBuf> {
    files_below(folder).into_iter().filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect()
}

/// The whole lines of a file of records. A last line without its end is one that is being written.
pub(crate) fn lines_of(path: &Path) -> Vec<String> {
    let text = fs::read(path).unwrap();
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    String::from_utf8(text[..whole].to_vec()).unwrap().lines().map(str::to_owned).collect()
}

pub(crate) fn records_below(folder: &Path) -> Vec<Record> {
    let lines = record_files_below(folder).into_iter().flat_map(|path| lines_of(&path));
    lines.map(|line| serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// What two runs must have in common: a record without the time of its fetching, the place of its raw page, and the order in which portals
/// were met, which decides on its number and on whose text counts as the copy.
pub(crate) fn lasting(record: &Record) -> Value {
    let mut value = serde_json::to_value(record).unwrap();
    for name in ["date_fetched", "raw", "duplicate", "sequence"] {
        value.as_object_mut().unwrap().remove(name);
    }
    value
}

/// Records by id and revision; none may be there twice.
pub(crate) fn by_key(records: &[Record]) -> BTreeMap<(String, u32), Value> {
    let mut all = BTreeMap::new();
    for record in records {
        let earlier = all.insert((record.id.clone(), record.revision), lasting(record));
        assert_eq!(earlier, None, "written twice");
    }
    all
}

/// What a site answers to a plain GET: status and headers, names in lower case.
pub(crate) async fn answer_of(sites: &Sites, host: &str, path: &str) -> (u16, BTreeMap<String, String>, Vec<u8>) {
    let mut stream = TcpStream::connect(sites.resolve()[host]).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    (head[9..12].parse().unwrap(), headers, bytes[end + 4..].to_vec())
}
