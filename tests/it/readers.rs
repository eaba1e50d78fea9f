//! What reads tintinh's data elsewhere, installed by `tests/readers/install.sh`: the reference library of Standard Webhooks, DuckDB, pandas.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use parquet::file::reader::FileReader;
use parquet::file::reader::SerializedFileReader;
use parquet::record::RowAccessor;
use serde_json::Value;
use serde_json::json;
use tintinh::clock::Clock;
use tintinh::model::secret::Secret;
use tintinh::model::secret::SigningKey;
use tintinh::sink::signature;
use tokio::io::AsyncBufReadExt;
use tokio::io::BufReader;

use crate::server::Seen;
use crate::server::Server;
use crate::server::answer;
use crate::sinks::NEXT_SECRET;
use crate::sinks::SECRET;
use crate::sinks::table;
use crate::world::World;

/// Python with the readers. Where it is absent the test says so and passes, but not under `CI=true`.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where they run")]
pub(crate) fn python() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/readers/bin/python");
    if path.exists() {
        return Some(path);
    }
    let absent = "skipped: target/readers is absent; tests/readers/install.sh makes it";
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{absent}");
    eprintln!("{absent}");
    None
}

/// Runs a script of `tests/readers`; returns what it printed.
fn run(python: &Path, script: &str, arguments: &[&str], input: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers").join(script);
    let mut command = Command::new(python);
    command.arg(script).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn request(seen: &Seen) -> Value {
    let header = |name: &str| String::from_utf8(seen.header(name).unwrap()).unwrap();
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: serde_json::Map<String, Value> =
        names.iter().map(|name| ((*name).to_owned(), header(name).into())).collect();
    json!({ "headers": headers, "body": String::from_utf8(seen.body.clone()).unwrap() })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_library_verifies_what_arrives_by_either_secret_and_refuses_replays() {
    let Some(python) = python() else { return };
    let server = Server::start(|_| answer("200 OK", &[], "")).await;
    let world = World::new().await;
    world.add(&table(&world, "archive", &server, "batch = 5"));
    world.run_well(&["fetch"]).await;
    let requests: Vec<Value> = server.seen().iter().map(request).collect();
    assert!(requests.len() > 5);
    let lines: String = requests.iter().map(|request| format!("{request}\n")).collect();
    let told = run(&python, "verify_webhooks.py", &[SECRET, NEXT_SECRET], &lines);
    assert_eq!(told.trim(), format!("verified {}", requests.len()));

    // Right in every way, but from ten minutes ago.
    let mut old = requests[0].clone();
    let time = Clock::System.now().as_second() - 600;
    let (id, body) =
        (old["headers"]["webhook-id"].as_str().unwrap().to_owned(), old["body"].as_str().unwrap().to_owned());
    let key = SigningKey::new(&Secret::new(SECRET.to_owned())).unwrap();
    old["headers"]["webhook-signature"] = signature::sign(&[key], &id, time, body.as_bytes()).into();
    old["headers"]["webhook-timestamp"] = time.to_string().into();
    let told = run(&python, "verify_old.py", &[SECRET], &old.to_string());
    assert!(told.contains("refused") && told.contains("old"), "{told}");
}

/// The page's examples in Python, over what its commands wrote.
#[tokio::test(flavor = "multi_thread")]
async fn the_examples_of_the_page_for_readers_run() {
    let Some(python) = python() else { return };
    let folder = crate::readme::follow("docs/reading-data.md", 15).await;
    let blocks = crate::readme::blocks(&crate::readme::page("docs/reading-data.md"), &["python"]);
    assert!(blocks.len() >= 2);
    for block in blocks {
        let done = Command::new(&python).args(["-c", &block]).current_dir(folder.path()).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success() && out.contains("vinhphuc"), "{block}\n{out}\n{err}");
    }
    let titles = fs::read_to_string(folder.path().join("titles.tsv")).unwrap();
    assert!(titles.lines().count() > 5 && titles.contains("vinhphuc"), "{titles}");
}

/// Vector runs a command and reads lines of JSON from it.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_that_vector_runs_prints_lines() {
    let world = filled().await;
    let mut blocks = crate::readme::blocks(&crate::readme::page("docs/reading-data.md"), &["toml"]).into_iter();
    let block: toml::Table = blocks.find(|block| block.contains("\"exec\"")).unwrap().parse().unwrap();
    let words = block["sources"]["tintinh"]["command"].as_array().unwrap().clone();
    let words: Vec<&str> = words.iter().skip(1).map(|word| word.as_str().unwrap()).collect();
    let mut tail = world.command(&words).current_dir(world.path()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    for _ in 0..world.records().len() {
        let line = lines.next_line().await.unwrap().unwrap();
        assert!(serde_json::from_str::<Value>(&line).unwrap()["sequence"].is_u64(), "{line}");
    }
    tail.kill().await.unwrap();
}

/// A world with articles, revisions and attachments.
async fn filled() -> World {
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    world.sites.advance();
    world.run_well(&["fetch"]).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_parquet_and_csv_hold_the_same_cells() {
    let Some(python) = python() else { return };
    let world = filled().await;
    let path = |name: &str| world.path().join(name).display().to_string();
    let [lines, table, sheet] = ["a.jsonl", "a.parquet", "a.csv"].map(path);
    world.run_well(&["export", "--after", "start", "-o", &lines]).await;
    world.run_well(&["export", "--after", "start", "--format", "parquet", "-o", &table]).await;
    world.run_well(&["export", "--after", "start", "--format", "csv", "--bom", "-o", &sheet]).await;
    let told = run(&python, "compare_tables.py", &[&lines, &table, &sheet], "");
    assert_eq!(told.trim(), format!("same {}", world.records().len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parquet_file_is_whole_or_not_there_and_holds_chosen_columns() {
    let world = filled().await;
    let path = world.path().join("a.parquet");
    let name = path.display().to_string();
    let arguments =
        ["export", "--after", "start", "--format", "parquet", "-o", &name, "--fields", "id,authors,sequence"];
    world.run_well(&arguments).await;
    let file = SerializedFileReader::new(fs::File::open(&path).unwrap()).unwrap();
    let columns = file.metadata().file_metadata().schema_descr().columns().to_vec();
    let columns: Vec<String> = columns.iter().map(|column| column.path().string()).collect();
    assert_eq!(columns, ["id", "sequence", "authors.list.element.name"]);
    let mut records = world.records();
    records.sort_by_key(|record| record.sequence);
    let rows: Vec<parquet::record::Row> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), records.len());
    for (row, record) in rows.iter().zip(&records) {
        assert_eq!(row.get_string(0).unwrap(), &record.id);
        assert_eq!(row.get_long(1).unwrap().cast_unsigned(), record.sequence.unwrap());
        assert_eq!(row.get_list(2).unwrap().len(), record.authors.len());
    }
    assert_eq!(
        crate::world::files_below(world.path()).iter().filter(|path| path.ends_with("a.parquet.new")).count(),
        0
    );

    let usage = |done: crate::world::Done, expect: &str| {
        assert!(done.code == Some(2) && done.err.contains(expect), "{done:#?}");
    };
    usage(world.run(&["export", "--format", "parquet"]).await, "-o articles.parquet");
    usage(world.run(&["export", "--bom"]).await, "add --format csv");
    let html = ["export", "--format", "parquet", "-o", &name, "--fields", "content_html"];
    usage(world.run(&html).await, "no column `content_html`");
    let nowhere = world.run(&["export", "-o", "/no/such/folder/a.jsonl"]).await;
    assert!(nowhere.code == Some(1) && nowhere.err.contains("cannot write /no/such/folder/a.jsonl"), "{nowhere:#?}");
}

/// The columns that spreadsheets are given, with lists as lines of a cell.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_begins_with_its_mark_where_asked_to_and_names_what_was_withdrawn() {
    let world = filled().await;
    let out = world.run_well(&["export", "--after", "start", "--format", "csv", "--bom"]).await;
    let table = out.strip_prefix('\u{feff}').unwrap();
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let head: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    for column in ["kind", "authors", "byline", "credit", "attachments", "date_published", "date_modified", "withdrawn"]
    {
        assert!(head.iter().any(|name| name == column), "{column}");
    }
    let cell = |row: &csv::StringRecord, name: &str| {
        row.get(head.iter().position(|column| column == name).unwrap()).unwrap().to_owned()
    };
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), world.records().len());
    assert!(rows.iter().all(|row| ["article", "document"].contains(&cell(row, "kind").as_str())));
    assert!(rows.iter().any(|row| !cell(row, "attachments").is_empty()));
    let plain = world.run_well(&["export", "--after", "start", "--format", "csv"]).await;
    assert_eq!(plain, out.strip_prefix('\u{feff}').unwrap());
}
