//! README.md, the pages of `docs` for users and CHANGELOG.md, checked against the program: every command is run, every number is the program's.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;

use tintinh::config::Config;
use tintinh::fetch::PRODUCT_TOKEN;
use tintinh::model::alarm::AlarmKind;
use tintinh::model::record::Record;
use tokio::process::Command;

use crate::support::present;
use crate::world::World;
use crate::world::end_of;
use crate::world::records_below;
use crate::world::run;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The part of a page below a heading, up to the next one.
fn section(text: &str, heading: &str) -> String {
    text.split(&format!("\n## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap().to_owned()
}

/// The code blocks of a language.
pub(crate) fn blocks(text: &str, languages: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for part in text.split("\n```").skip(1).step_by(2) {
        let (language, code) = part.split_once('\n').unwrap_or((part, ""));
        if languages.contains(&language) {
            found.push(code.to_owned());
        }
    }
    found
}

/// Commands that would install something, build a release or start these tests again are not run.
const NOT_RUN: [&str; 3] = ["cargo test", "cargo build --release", ".ci/package"];

/// The commands of a page, in the order in which a reader gives them.
fn commands(text: &str) -> Vec<String> {
    let blocks = blocks(text, &["sh", "console"]);
    let lines =
        blocks.iter().flat_map(|block| block.lines()).map(|line| line.trim_start_matches("$ ").trim().to_owned());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// A checkout as the README sees it: the shipped configuration, but with sample portals in the place of those that are enabled.
fn checkout(world: &World) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    fs::create_dir_all(config.join("portals")).unwrap();
    for entry in fs::read_dir(root().join("config/portals")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, config.join("portals").join(path.file_name().unwrap())).unwrap();
    }
    fs::copy(world.config("portals/demo-vinhphuc.toml"), config.join("portals/vinhphuc.toml")).unwrap();
    let settings = fs::read_to_string(world.config("tintinh.toml")).unwrap();
    let kept: Vec<&str> = settings.lines().filter(|line| !line.contains("_dir = ")).collect();
    fs::write(config.join("tintinh.toml"), kept.join("\n")).unwrap();
    for shared in ["tests", "schema"] {
        symlink(root().join(shared), folder.path().join(shared)).unwrap();
    }
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_tintinh"), bin.join("tintinh")).unwrap();
    let cargo = "#!/bin/sh\n[ \"$1 $2 $3\" = 'run --release --' ] || { echo \"no such test: cargo $*\" >&2; exit 99; }\nshift 3\nexec tintinh \"$@\"\n";
    fs::write(bin.join("cargo"), cargo).unwrap();
    fs::set_permissions(bin.join("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[expect(clippy::disallowed_methods, reason = "the shell's own path is put behind ours")]
fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap_or_default())
}

/// Runs the commands of a page, as a reader does from its top; returns the folder in which they ran.
pub(crate) async fn follow(name: &str, at_least: usize) -> tempfile::TempDir {
    let world = World::new().await;
    let folder = checkout(&world);
    let commands = commands(&page(name));
    assert!(commands.len() >= at_least, "{commands:#?}");
    for command in commands.iter().filter(|command| !command.starts_with("sudo ") && !NOT_RUN.contains(&&***command)) {
        if command.contains("jq ") && !present("jq") {
            continue;
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(folder.path()).env("PATH", path_with(folder.path()));
        shell.env("TMPDIR", folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let done = end_of(shell.spawn().unwrap()).await;
        assert_eq!(done.code, Some(0), "{name}: {command}: {done:#?}");
    }
    folder
}

/// README.md or its translation: its commands work, and the demo gives the record that it shows.
async fn introduction_holds(name: &str) {
    let folder = follow(name, 15).await;
    let commands = commands(&page(name));
    for known in NOT_RUN.iter().chain(&["sudo systemctl enable --now tintinh"]) {
        assert!(commands.iter().any(|command| command == known), "{known}");
    }
    let records = records_below(&folder.path().join("tintinh-data/records/vinhphuc"));
    assert!(records.len() > 10, "where the README says: {} records", records.len());
    let shown: serde_json::Value = serde_json::from_str(&blocks(&page(name), &["json"])[0]).unwrap();
    let same_id = |record: &Record| shown["id"] == serde_json::to_value(&record.id).unwrap();
    let demo = folder.path().join("tintinh-demo-1/records");
    let record = records_below(&demo).into_iter().find(same_id).unwrap();
    let record = serde_json::to_value(record).unwrap();
    for (field, value) in shown.as_object().unwrap() {
        assert_eq!(&record[field], value, "{field}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_readme_works() {
    introduction_holds("README.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_vietnamese_readme_works() {
    introduction_holds("docs/README.vi.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_pages_for_users_works() {
    for (name, at_least) in [("docs/first-steps.md", 14), ("docs/configuration.md", 1), ("docs/reading-data.md", 15)] {
        follow(name, at_least).await;
    }
}

/// A README that nobody reads to its end helps nobody.
#[test]
fn the_readme_is_short_and_its_links_lead_somewhere() {
    assert!(page("README.md").split_whitespace().count() <= 1200);
    for name in [
        "README.md",
        "docs/README.md",
        "docs/README.vi.md",
        "docs/first-steps.md",
        "docs/catalogue.md",
        "docs/operation.md",
    ] {
        let text = page(name);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("https://")) {
            assert!(root().join(name).parent().unwrap().join(link).exists(), "{name}: {link}");
        }
    }
}

#[tokio::test]
async fn the_example_of_a_portal_and_of_an_error_are_true() {
    let text = page("docs/configuration.md");
    let example = blocks(&text, &["toml"]).pop().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let portals = folder.path().join("config/portals");
    fs::create_dir_all(&portals).unwrap();
    fs::write(folder.path().join("config/tintinh.toml"), "contact = \"mailto:a@b.example\"\n").unwrap();
    fs::write(portals.join("caobang.toml"), &example).unwrap();
    let config = Config::load(&folder.path().join("config")).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(config.portals[0].sources.len(), 2);

    fs::write(portals.join("caobang.toml"), example.replace("every = \"30m\"", "evry = \"30m\"")).unwrap();
    let mut command = crate::world::program(&["check", "--config", "config"]);
    let done = end_of(command.current_dir(folder.path()).spawn().unwrap()).await;
    let report = blocks(&text, &["text"]).into_iter().find(|block| block.contains("evry")).unwrap();
    assert!(done.err.starts_with(report.trim()), "{}", done.err);
}

#[test]
fn the_numbers_about_portals_are_the_programs() {
    let table = section(&page("docs/citizen.md"), "Rules, defaults and keys");
    let config = Config::shipped();
    let mib = |bytes: u64| bytes >> 20;
    let fetch = &config.fetch;
    for part in [
        format!("`User-Agent: {PRODUCT_TOKEN}/<version> (+<contact>)`"),
        format!("{} s between two of them", fetch.delay.as_secs()),
        format!("a visit every {} min", config.portals[0].every.as_secs() / 60),
        format!("at most {} articles a visit", config.engine.visit_articles),
        format!("{} MiB on the wire, {} MiB unpacked", mib(fetch.max_wire_bytes), mib(fetch.max_body_bytes)),
        format!("{} min for one exchange", fetch.total_timeout.as_secs() / 60),
        format!(
            "{} s to connect, {} s to the first byte",
            fetch.connect_timeout.as_secs(),
            fetch.first_byte_timeout.as_secs()
        ),
        format!("{} s between pieces", fetch.idle_timeout.as_secs()),
        format!("| {} | `max_redirects`", fetch.max_redirects),
        format!("up to {} min |", tintinh::fetch::MAX_CRAWL_DELAY.as_secs() / 60),
        format!("up to {} h |", tintinh::schedule::LONGEST_HINT.as_secs() / 3600),
        format!("on {} days", tintinh::schedule::MOVED_DAYS),
        format!("{} h, doubled up to 1 day", tintinh::schedule::FIRST_SLOWING.as_secs() / 3600),
        format!("{} KiB of it", tintinh::fetch::robots::MAX_BYTES >> 10),
        format!("articles a visit, {} min", config.engine.visit_time.as_secs() / 60),
        format!("waits from {} min", tintinh::schedule::FIRST_RETRY.as_secs() / 60),
        format!("doubled up to {} day", tintinh::schedule::LONGEST_RETRY.as_secs() / 86_400),
        format!("`Retry-After` is obeyed up to {} days", tintinh::schedule::LONGEST_RETRY_AFTER.as_secs() / 86_400),
    ] {
        assert!(table.contains(&part), "{part}\nis not in\n{table}");
    }
    let ages: Vec<u64> = config.revisit.iter().map(|age| age.as_secs() / 3600).collect();
    assert_eq!(ages, [2, 24, 168], "after 2 h, 1 day and 7 days");
    assert!(table.contains("after 2 h, 1 day and 7 days"));
}

/// The keys by which an operator says how portals are treated.
#[test]
fn every_key_of_fetching_is_in_the_table() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../schema/tintinh.json")).unwrap();
    let table = section(&page("docs/citizen.md"), "Rules, defaults and keys");
    let fetch = schema["properties"]["fetch"]["properties"].as_object().unwrap();
    let of_portals = ["tls", "extra_ca", "intermediates", "pins", "hosts", "exclude", "group", "every", "delay"];
    let keys = fetch.keys().map(String::as_str).chain(of_portals);
    let missing: Vec<&str> = keys.filter(|key| !table.contains(&format!("`{key}`"))).collect();
    assert!(fetch.len() > 10 && missing.is_empty(), "{missing:?}");
}

#[test]
fn every_field_of_the_record_is_named() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../schema/record.json")).unwrap();
    let table = section(&page("docs/reading-data.md"), "The record");
    let fields = schema["properties"].as_object().unwrap();
    let missing: Vec<&String> =
        fields.keys().filter(|field| *field != "schema_version" && !table.contains(&format!("`{field}`"))).collect();
    assert!(fields.len() > 30 && missing.is_empty(), "{missing:?}");
}

#[test]
fn every_alarm_is_in_the_table() {
    let table = section(&page("docs/operation.md"), "Alarms");
    for kind in AlarmKind::ALL {
        assert!(table.contains(&format!("`{}`", kind.name())), "{}", kind.name());
    }
}

#[test]
fn the_changelog_tells_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let text = fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("## ")).collect();
    let first = headings.first().copied().unwrap_or_default();
    let released =
        first.strip_prefix(&format!("## {version} - ")).is_some_and(|date| date.parse::<jiff::civil::Date>().is_ok());
    assert!(first == format!("## Unreleased ({version})") || released, "{first}");
}

#[test]
fn what_a_change_must_pass_holds_the_readmes_test_command() {
    let path = root().join(".ci/run");
    let text = fs::read_to_string(&path).unwrap();
    assert_ne!(fs::metadata(&path).unwrap().permissions().mode() & 0o111, 0, ".ci/run is executable");
    for step in ["cargo fmt --check", "cargo clippy --all-targets -- -D warnings", "cargo doc --no-deps", "cargo deny"]
    {
        assert!(text.contains(step), "{step}");
    }
    assert!(commands(&page("README.md")).iter().any(|command| command == "cargo test"));
    assert!(text.lines().any(|line| line.starts_with("step ") && line.ends_with(" cargo test")));
}

#[tokio::test]
async fn the_help_that_the_readme_names_is_there() {
    for arguments in [vec!["help"], vec!["help", "extract"], vec!["completions", "bash"], vec!["man"]] {
        let shown = format!("`tintinh {}`", arguments.join(" "));
        assert!(page("README.md").contains(&shown), "{shown}");
        assert_eq!(run(&arguments).await.code, Some(0), "{shown}");
    }
}

/// The rules of docs/citizen.md and its bounds, each with a test that is there.
#[test]
fn every_test_that_the_docs_name_is_there() {
    let text = page("docs/citizen.md");
    let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(|code| code.contains("::")).collect();
    let named: Vec<&str> = named.into_iter().filter(|code| code.ends_with(|c: char| c.is_lowercase())).collect();
    assert!(named.len() > 50, "{named:?}");
    for path in named {
        let parts: Vec<&str> = path.split("::").filter(|part| *part != "tests").collect();
        let (name, modules) = parts.split_last().unwrap();
        let is_there = ["tests/it", "src"].iter().any(|home| {
            let file = root().join(home).join(modules.join("/"));
            let files = [file.with_extension("rs"), file.join("mod.rs"), file.join("tests.rs")];
            let is_module = *name == "checker" && file.join("checker.rs").exists();
            is_module
                || files
                    .iter()
                    .any(|file| fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {name}("))))
        });
        assert!(is_there, "{path}");
    }
}
