//! The verbs as people use them: output, exit codes, messages.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;

use crate::sites::Fault;
use crate::sites::FaultKind;
use clap::CommandFactory;
use serde_json::Value;
use tintinh::cli::Cli;

use crate::support::present;
use crate::world::Done;
use crate::world::World;
use crate::world::files_below;
use crate::world::run;

fn portals() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/portals")
}

/// A page recorded for a shipped portal, and its address.
pub(crate) fn recorded(portal: &str) -> (String, String) {
    let folder = portals().join(portal);
    let url = fs::read_to_string(folder.join("article.url")).unwrap();
    (folder.join("article.html").display().to_string(), url.trim().to_owned())
}

pub(crate) fn golden(portal: &str) -> Value {
    serde_json::from_slice(&fs::read(portals().join(portal).join("record.json")).unwrap()).unwrap()
}

pub(crate) fn lines(done: &Done) -> Vec<Value> {
    done.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// A config folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("portals")).unwrap();
    fs::write(folder.path().join("tintinh.toml"), "contact = \"mailto:a@b.example\"\n").unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

const HEAD: &str = "name = \"A\"\nhome = \"https://a.vn/\"\n";

/// Checks that `check` names one error with place and hint, and that no other verb starts.
async fn check_wrong(file: &str, text: &str, place: &str, message: &str, hint: &str) {
    let folder = folder(&[(file, text)]);
    let config = folder.path().to_str().unwrap();
    for verb in ["check", "run", "fetch", "status"] {
        let done = run(&[verb, "--config", config]).await;
        assert_eq!(done.code, Some(2), "{verb} {text}: {done:#?}");
        let path = folder.path().join(file).display().to_string();
        assert!(done.err.contains(&format!("{path}{place}")), "{verb} {text}: {}", done.err);
        assert!(done.err.contains(&format!("error: {message}")), "{verb} {text}: {}", done.err);
        assert!(done.err.contains("= help: ") && done.err.contains(hint), "{verb} {text}: {}", done.err);
        assert!(done.err.trim_end().ends_with("1 error in 1 file"), "{verb} {text}: {}", done.err);
        assert_eq!(done.out, "", "{verb} {text}");
    }
}

#[tokio::test]
async fn a_wrong_configuration_is_named_with_place_and_hint() {
    let portal = |lines: &str| format!("{HEAD}enabled = false\n{lines}\n");
    for (file, text, place, message, hint) in [
        ("tintinh.toml", "contct = \"mailto:a@b.vn\"".to_owned(), ":1:1", "unknown key `contct`", "`contact`"),
        ("tintinh.toml", "[engine]\nconcurrency = \"8\"".to_owned(), ":2:15", "`concurrency` must be a whole", "= 1"),
        (
            "tintinh.toml",
            "[fetch]\ndelay = \"5 parsecs\"".to_owned(),
            ":2:9",
            "`5 parsecs` is not a duration",
            "\"30s\"",
        ),
        ("tintinh.toml", "[engine]\nconcurrency = 9999".to_owned(), ":2:15", "`concurrency` is out", "from 1 to 256"),
        ("tintinh.toml", "contact = \"\n".to_owned(), ":1:12", "", "this is not TOML"),
        (
            "portals/a.toml",
            "home = \"https://a.vn/\"\nenabled = false".to_owned(),
            ":1:1",
            "`name` is missing",
            "name =",
        ),
        (
            "portals/a.toml",
            "name = \"A\"\nhome = \"ftp://a.vn/\"\nenabled = false".to_owned(),
            ":2:8",
            "`ftp://a.vn/`",
            "https",
        ),
        ("portals/a.toml", portal("platform = \"nukevit\""), ":4:12", "there is no platform `nukevit`", "nukeviet"),
        ("portals/a.toml", portal("exclude = [\"(\"]"), ":4:12", "`(` is not a regular expression", "single quotes"),
        (
            "portals/a.toml",
            portal("[[article]]\nbody = [\"p..x\"]"),
            ":5:9",
            "`p..x` is not a CSS selector",
            "h1.title",
        ),
        (
            "portals/a.toml",
            portal("[[source]]\nkind = \"rss\"\nurl = \"https://a.vn/r\""),
            ":5:8",
            "`rss` is not a value",
            "\"feed\"",
        ),
        (
            "portals/a.toml",
            portal("[[source]]\nkind = \"feed\"\nurl = \"https://b.vn/r\""),
            ":6:7",
            "`b.vn` is not one",
            "`hosts`",
        ),
        ("portals/Đ.toml", portal(""), "", "`Đ` is not a valid name", "call it by"),
    ] {
        check_wrong(file, &text, place, message, hint).await;
    }
}

#[tokio::test]
async fn missing_files_and_folders_are_named() {
    for missing in ["tintinh.toml", "portals"] {
        let folder = folder(&[]);
        let path = folder.path().join(missing);
        let removed = if path.is_dir() { fs::remove_dir(&path) } else { fs::remove_file(&path) };
        removed.unwrap();
        let done = run(&["check", "--config", folder.path().to_str().unwrap()]).await;
        assert_eq!(done.code, Some(2), "{done:#?}");
        assert!(done.err.contains(&path.display().to_string()) && done.err.contains("is missing"), "{}", done.err);
    }
    let done = run(&["check", "--config", "/nowhere/tintinh"]).await;
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("there is no such folder\n--> /nowhere/tintinh"), "{}", done.err);
}

#[tokio::test]
async fn all_errors_are_named_at_once() {
    let wrong = format!("{HEAD}evry = \"5m\"\nplatform = \"x\"\n");
    let folder =
        folder(&[("tintinh.toml", "[log]\nformat = \"xml\"\n"), ("portals/a.toml", &wrong), ("portals/b.toml", "")]);
    let done = run(&["check", "--config", folder.path().to_str().unwrap()]).await;
    assert_eq!(done.code, Some(2));
    for part in
        ["`xml` is not a value", "unknown key `evry`", "no platform `x`", "portals/b.toml:1:1", "errors in 3 files"]
    {
        assert!(done.err.contains(part), "{part}: {}", done.err);
    }
}

#[tokio::test]
async fn check_tells_what_a_right_configuration_holds() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let done = run(&["check", "--config", config.to_str().unwrap()]).await;
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    for part in
        ["warning: `contact` is not set", "vinhphuc: thoi-su-chinh-tri, ", "gialai (disabled): ", "(1 enabled), "]
    {
        assert!(done.out.contains(part), "{part}: {}", done.out);
    }
}

#[tokio::test]
async fn check_warns_of_what_is_hardly_meant() {
    let portal = "name = \"A\"\nhome = \"https://a.example/\"\nexclude = '^/'\n\
                  [[source]]\nkind = \"feed\"\nurl = \"https://a.example/rss\"\n";
    let main = "contact = \"mailto:you@example.org\"\n[alarms]\ncommand = [\"/nowhere/tell\"]\n";
    let folder = folder(&[("tintinh.toml", main), ("portals/a.toml", portal)]);
    let done = run(&["check", "--config", folder.path().to_str().unwrap()]).await;
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    for part in [
        "warning: alarms will not be reported: the `command` /nowhere/tell cannot be found",
        "tintinh.toml:3:12",
        "warning: `exclude` covers every article with `^/`",
        "portals/a.toml:3:11\n  |\n3 | exclude = '^/'\n",
        "help: name the paths that are to be left alone",
    ] {
        assert!(done.out.contains(part), "{part}: {}", done.out);
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_exit_code_2() {
    let world = World::new().await;
    let (page, _) = recorded("gialai");
    for (arguments, word) in [
        (vec!["fetch", "demo-nowhere"], "the configuration has: demo-daknong, "),
        (vec!["fetch", "--backfill", "0"], "--backfill"),
        (vec!["extract", &page, "--portal", "nowhere"], "there is no portal `nowhere`"),
        (vec!["extract", "/nowhere/page.html"], "cannot read /nowhere/page.html"),
        (vec!["extract", &page, "--url", "nowhere"], "--url"),
        (vec!["extract", &page, "--urls", "/nowhere/urls.json"], "/nowhere/urls.json"),
        (vec!["links", "/nowhere/list.html"], "neither a file nor an address"),
        (vec!["links", &page, "--platform", "nowhere"], "there are: bacninh-portlet, "),
        (vec!["explain", "https://a.vn/x"], "nothing has been fetched"),
        (vec!["frobnicate"], "unrecognized subcommand"),
    ] {
        let done = world.run(&arguments).await;
        assert_eq!(done.code, Some(2), "{arguments:?}: {done:#?}");
        assert!(done.err.contains(word), "{arguments:?}: {}", done.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_store_is_exit_code_3_and_a_damaged_one_4() {
    let world = World::new().await;
    let state = world.path().join("state");
    fs::write(&state, "a file where the folder should be").unwrap();
    let done = world.run(&["fetch"]).await;
    assert_eq!(done.code, Some(3), "{done:#?}");
    assert!(done.err.contains("state") && done.err.contains("--state-dir"), "{}", done.err);

    fs::remove_file(&state).unwrap();
    fs::create_dir(&state).unwrap();
    fs::write(state.join("tintinh.db"), "no database, but long enough to be taken for one. ".repeat(50)).unwrap();
    for verb in ["fetch", "status", "run"] {
        let done = world.run(&[verb]).await;
        assert_eq!(done.code, Some(4), "{done:#?}");
        assert!(done.err.contains("not a database") && done.err.contains("tintinh doctor"), "{}", done.err);
    }

    fs::remove_dir_all(&state).unwrap();
    fs::write(world.path().join("records"), "a file where the folder should be").unwrap();
    let done = world.run(&["fetch"]).await;
    assert_eq!(done.code, Some(3), "{done:#?}");
    assert!(done.err.contains("records"), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_cannot_be_written_wait_in_the_store() {
    let world = World::new().await;
    fs::create_dir(world.path().join("records")).unwrap();
    let in_the_way = world.path().join("records/demo-gialai");
    fs::write(&in_the_way, "a file where a folder should be").unwrap();
    let done = world.run(&["fetch"]).await;
    assert_eq!(done.code, Some(3), "{done:#?}");
    assert!(done.err.contains("wait in the store for the next run"), "{}", done.err);
    assert!(done.err.contains("demo-gialai"), "which file it is: {}", done.err);
    fs::remove_file(&in_the_way).unwrap();
    world.run_well(&["fetch"]).await;
    assert_eq!(world.records().len(), tintinh::demo::expected().len());
    crate::world::by_key(&world.records());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_fails_is_exit_code_1_and_a_row_of_the_table() {
    let world = World::new().await;
    world.sites.set_fault("gialai.tintinh.test", Some(Fault::everywhere(FaultKind::Status(500))));
    let done = world.run(&["fetch", "demo-gialai", "demo-dongmau"]).await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    let header = done.out.lines().next().unwrap();
    for column in ["portal", "requests", "new", "revisions", "reprints", "unchanged", "left out", "failed"] {
        assert!(header.contains(column), "{header}");
    }
    let rows: Vec<&str> = done.out.lines().skip(1).filter(|line| line.contains("demo-")).collect();
    assert!(rows.len() == 2 && rows[1].contains("HTTP status 500"), "{}", done.out);
    assert!(done.out.contains("\n6 records written to "), "{}", done.out);
    assert!(done.err.contains("demo-dongmau  feed: 6 links, 6 new\n"), "plain lines: {}", done.err);
    assert!(done.err.contains("demo-dongmau  new: Hội chợ sách cũ bên sông hút bạn trẻ\n"), "{}", done.err);
    let quiet = world.run(&["fetch", "demo-dongmau", "--quiet"]).await;
    assert_eq!(quiet.err, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_for_people_or_for_machines() {
    let world = World::new().await;
    world.sites.set_fault("gialai.tintinh.test", Some(Fault::everywhere(FaultKind::Status(500))));
    let done = world.run(&["fetch", "demo-gialai", "--log-format", "json", "--quiet", "--quiet"]).await;
    assert_eq!(done.code, Some(2), "a flag twice is refused: {done:#?}");
    let done = world.run(&["fetch", "demo-gialai", "--log-format", "json"]).await;
    let logged: Vec<Value> = done.err.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let failed = logged.iter().find(|line| line["level"] == "WARN").unwrap_or_else(|| panic!("{done:#?}"));
    assert_eq!((&failed["fields"]["portal"], &failed["fields"]["source"]), (&"demo-gialai".into(), &"sitemap".into()));
    assert!(failed["fields"]["message"].as_str().unwrap().contains("HTTP status 500"), "{failed}");
    let done = world.run(&["fetch", "demo-gialai", "--log-format", "text", "-v"]).await;
    assert!(done.err.contains("WARN") && done.err.contains("DEBUG visit begins portal=demo-gialai"), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_gets_a_progress_bar() {
    if !present("script") {
        return;
    }
    let world = World::new().await;
    let shell = format!("{} fetch --config {}", env!("CARGO_BIN_EXE_tintinh"), world.path().join("config").display());
    let mut command = tokio::process::Command::new("script");
    command.args(["--quiet", "--return", "--command", &shell, "/dev/null"]).stdin(Stdio::null());
    let output = command.env("TERM", "xterm").output().await.unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("articles in ") && shown.contains('█'), "{shown:?}");
    assert!(shown.contains("records written to"), "{shown:?}");
    assert!(!shown.contains("demo-dongmau  feed: 6 links, 6 new\r\n"), "no plain lines: {shown:?}");
}

/// All files of a folder but SQLite's working files, which readers make, too.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = files_below(folder).into_iter();
    let lasting =
        files.filter(|path| !path.to_string_lossy().ends_with("-shm") && !path.to_string_lossy().ends_with("-wal"));
    lasting.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_prints_what_is_new_and_writes_nothing() {
    let world = World::new().await;
    let before = snapshot(world.path());
    let done = world.run(&["fetch", "demo-gialai", "demo-vinhphuc", "--dry-run"]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    let found = lines(&done);
    assert_eq!(snapshot(world.path()), before, "not even folders of state");
    assert_eq!(files_below(world.path()).len(), before.len());
    let titles: Vec<&str> = found.iter().filter_map(|line| line["title"].as_str()).collect();
    assert!(titles.contains(&"Thu ngân sách sáu tháng đầu năm vượt kế hoạch"), "{titles:?}");
    assert!(world.sites.log().iter().all(|asked| !asked.path.contains("/tin-tuc/")), "no article is asked for");

    world.run_well(&["fetch", "demo-gialai"]).await;
    let before = snapshot(world.path());
    let known = lines(&world.run(&["fetch", "demo-gialai", "--dry-run"]).await);
    assert_eq!(known, [] as [Value; 0], "what is known is not new");
    world.sites.advance();
    let fresh = lines(&world.run(&["fetch", "demo-gialai", "--dry-run"]).await);
    assert_eq!(fresh.len(), 2, "{fresh:#?}");
    assert_eq!(snapshot(world.path()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_how_portals_and_sources_stand() {
    let world = World::new().await;
    assert!(world.run_well(&["status"]).await.contains("nothing has been fetched"));
    let empty: Value = serde_json::from_str(&world.run_well(&["status", "--json"]).await).unwrap();
    assert_eq!(empty["portals"], Value::Array(Vec::new()));
    world.sites.set_fault("gialai.tintinh.test", Some(Fault::everywhere(FaultKind::Status(500))));
    world.run(&["fetch"]).await;
    let text = world.run_well(&["status"]).await;
    let row = text.lines().find(|line| line.contains("demo-gialai")).unwrap();
    assert!(row.contains("never") && row.contains("HTTP status 500"), "{row}");
    let status: Value = serde_json::from_str(&world.run_well(&["status", "--json"]).await).unwrap();
    let portal = |id: &str| status["portals"].as_array().unwrap().iter().find(|portal| portal["portal"] == id).unwrap();
    assert_eq!(portal("demo-gialai")["failures"], 1);
    assert_eq!(portal("demo-gialai")["sources"][0]["failures"], 1);
    assert_eq!(portal("demo-dongmau")["records"], 6);
    assert_eq!(portal("demo-dongmau")["sources"][0]["last_error"], Value::Null);
    assert!(status["pages_bytes"].as_u64().unwrap() > 10_000, "{status:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_tells_what_became_of_an_article_and_why() {
    let world = World::new().await;
    world.only(&["demo-gialai", "demo-vinhphuc"]);
    world.run_well(&["fetch"]).await;
    let records = world.records();
    let record = records.iter().find(|record| record.portal == "demo-vinhphuc" && record.byline.is_some()).unwrap();
    for name in [&record.url, &record.id] {
        let text = world.run_well(&["explain", name]).await;
        for part in [
            &record.url,
            &record.id,
            "outcome   recorded",
            "next look",
            "newest record:",
            "  title           from ",
            "kept: ",
            record.title.as_str(),
        ] {
            // What the list carries whole is looked at again when the list changes, and not by the clock.
            let by_the_clock = part == "next look" && text.contains("thoi-su");
            assert!(text.contains(part) || by_the_clock, "{part}: {text}");
        }
    }
    let dropped = "http://gialai.tintinh.test/tin-tuc/kinh-te/trang-tin-dang-kiem-tra-truy-cap.html";
    let text = world.run_well(&["explain", dropped]).await;
    assert!(text.contains("outcome   blocked: challenge (a script"), "{text}");
    assert!(text.contains("not kept: "), "{text}");
    let unknown = world.run(&["explain", "http://gialai.tintinh.test/unknown"]).await;
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("neither a file nor a known article"), "{}", unknown.err);
    let (page, url) = recorded("gialai");
    let done = run(&["explain", &page, "--url", &url]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.out.contains("* title") && done.out.contains("portal gialai"), "{}", done.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_prints_what_discovery_finds() {
    let world = World::new().await;
    for (portal, source) in [("vinhphuc", "list.json"), ("gialai", "list.html")] {
        let folder = portals().join(portal);
        let url = if portal == "vinhphuc" {
            "https://vinhphuc.gov.vn/APIVP/api/DSTinTuc/QUERYDATA"
        } else {
            "https://gialai.gov.vn/"
        };
        let done = run(&["links", folder.join(source).to_str().unwrap(), "--portal", portal, "--url", url]).await;
        assert_eq!(done.out, fs::read_to_string(folder.join("links.jsonl")).unwrap(), "{done:#?}");
    }
    // Fetched once, by the configuration's network.
    let feed = "http://hoabinh.tintinh.test/tin-tuc/-/asset_publisher/kT8wQxLmZ2aB/rss";
    let fetched = lines(&world.run(&["links", feed]).await);
    assert_eq!(fetched.len(), 14);
    assert!(fetched.iter().all(|line| line["url"].as_str().unwrap().starts_with("http://hoabinh.tintinh.test/")));
    let gone = world.run(&["links", "http://hoabinh.tintinh.test/nowhere"]).await;
    assert_eq!(gone.code, Some(1), "{gone:#?}");
    assert!(gone.err.contains("404"), "{}", gone.err);
}

#[tokio::test]
async fn shells_and_man_are_served() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = run(&["completions", shell]).await;
        assert_eq!(done.code, Some(0));
        assert!(done.out.contains("tintinh") && done.out.contains("backfill"), "{shell}");
    }
    let page = run(&["man"]).await.out;
    assert_eq!(page.matches(".TH ").count(), 1, "one page");
    for verb in Cli::command().get_subcommands().filter(|verb| verb.get_name() != "help") {
        assert!(page.contains(&format!(".SS \"tintinh {}\"", verb.get_name())), "{}", verb.get_name());
    }
    assert!(page.contains("Exit codes: 0 done"));
}

#[test]
fn every_verb_has_help_with_examples() {
    let command = Cli::command();
    assert!(command.get_after_help().is_some());
    for mut verb in command.get_subcommands().filter(|verb| verb.get_name() != "help").cloned() {
        let help = verb.render_long_help().to_string();
        let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{}: {help}", verb.get_name()));
        assert!(examples.contains(&format!("tintinh {}", verb.get_name())) || examples.contains("run"), "{help}");
        for argument in
            verb.get_arguments().filter(|argument| argument.get_id() != "help" && argument.get_id() != "version")
        {
            assert!(argument.get_help().is_some(), "{} {}", verb.get_name(), argument.get_id());
        }
    }
}
