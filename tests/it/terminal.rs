//! What people see at a terminal: what fits into it, closed pipes, the zone of times, portals that are not enabled.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use tintinh::text::columns::width;

use crate::sites::Fault;
use crate::sites::FaultKind;
use crate::support::present;
use crate::world::World;

/// What the program prints to a pipe that is a terminal of so many columns for whoever started it, as for watch(1).
fn shown(world: &World, columns: Option<&str>, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tintinh"));
    command.env_remove("COLUMNS").args(arguments).arg("--config").arg(world.path().join("config"));
    command.envs(columns.map(|columns| ("COLUMNS", columns)));
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

fn widest(text: &str) -> usize {
    text.lines().map(width).max().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn status_and_fetch_fit_the_terminal() {
    let world = World::new().await;
    world.sites.set_fault("gialai.tintinh.test", Some(Fault::everywhere(FaultKind::Status(500))));
    let fetched = shown(&world, Some("80"), &["fetch"]);
    assert!(widest(&fetched) <= 80 && fetched.contains("HTTP status 500"), "{fetched}");
    for columns in ["40", "80", "100"] {
        for arguments in [vec!["status"], vec!["status", "demo-gialai"], vec!["check"]] {
            let shown = shown(&world, Some(columns), &arguments);
            assert!(widest(&shown) <= columns.parse().unwrap(), "{columns} {arguments:?}:\n{shown}");
            assert!(shown.contains("demo-gialai"), "{shown}");
        }
    }
    let narrow = shown(&world, Some("80"), &["status"]);
    assert!(narrow.contains("not shown (--wide shows all): ") && narrow.contains("next visit"), "{narrow}");
    let row = narrow.lines().find(|line| line.starts_with("demo-gialai")).unwrap();
    assert!(row.contains("never"), "{row}");
    let wide = shown(&world, Some("80"), &["status", "--wide"]);
    let piped = shown(&world, None, &["status"]);
    assert_eq!(wide.lines().next(), piped.lines().next(), "a pipe gets all");
    let row = wide.lines().find(|line| line.starts_with("demo-gialai")).unwrap();
    assert!(wide.contains("quarantined") && row.contains("HTTP status 500"), "{wide}");
}

#[tokio::test(flavor = "multi_thread")]
async fn status_fits_a_real_terminal_that_is_watched() {
    if !present("script") {
        return;
    }
    let world = World::new().await;
    shown(&world, None, &["fetch"]);
    let config = world.path().join("config");
    let program = env!("CARGO_BIN_EXE_tintinh");
    let shell = format!("stty cols 80; timeout 3 {program} status --watch 1 --config {} 2>&1", config.display());
    let mut command = tokio::process::Command::new("script");
    command.args(["--quiet", "--command", &shell, "/dev/null"]).stdin(Stdio::null()).env_remove("COLUMNS");
    let output = command.output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let screens: Vec<&str> = text.split("\x1b[H\x1b[2J").skip(1).collect();
    assert!(screens.len() > 1, "{text}");
    for screen in screens {
        assert!(widest(screen) <= 80 && screen.contains("demo-vinhphuc"), "{screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn status_of_a_portal_lists_sources_and_pages_with_reasons() {
    let world = World::new().await;
    let lost = "/tin-tuc/van-hoa/";
    world.sites.set_fault("gialai.tintinh.test", Some(Fault::below(lost, FaultKind::Status(503))));
    shown(&world, None, &["fetch"]);
    let text = shown(&world, None, &["status", "demo-gialai"]);
    for part in [
        "\n  sitemap (sitemap): read ",
        "\n    http://gialai.tintinh.test/sitemap.xml\n",
        "\nfailed pages of demo-gialai: ",
        "`tintinh retry demo-gialai --failed` does not wait",
        "HTTP status 503",
        "1 attempt in a row · next in ",
        "\npages left out of demo-gialai: 1 (`tintinh explain URL` says why",
        "\n    disallowed",
        "\n  title: found on ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&shown(&world, None, &["status", "demo-gialai", "--json"])).unwrap();
    let failed = &json["details"][0]["links"]["failed"][0];
    assert!(failed["url"].as_str().unwrap().contains(lost), "{json:#}");
    assert!(failed["reason"].as_str().unwrap().contains("503") && failed["attempts"] == 1, "{json:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_not_enabled_is_visited_once_and_told_of() {
    let world = World::new().await;
    let file = world.path().join("config/portals/demo-dongmau.toml");
    let disable =
        |file: &Path| fs::write(file, format!("enabled = false\n{}", fs::read_to_string(file).unwrap())).unwrap();
    disable(&file);
    let done = world.run(&["fetch", "demo-dongmau"]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    let told = format!(
        "demo-dongmau is not enabled: it is visited now, but not by the service. To change that, set `enabled = true` in {}",
        file.display()
    );
    assert!(done.err.contains(&told) && done.out.contains("6 records written"), "{done:#?}");
    assert!(!done.err.contains("nothing to do"), "{done:#?}");
    for other in fs::read_dir(file.parent().unwrap()).unwrap() {
        let other = other.unwrap().path();
        if other != file {
            disable(&other);
        }
    }
    let done = world.run(&["fetch"]).await;
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.err.contains("no portal is enabled: set `enabled = true` in a portal's file"), "{done:#?}");
    assert!(done.err.contains("tintinh fetch demo-") && !done.err.contains("nothing to do"), "{done:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn times_in_logs_have_the_zone_of_all_else() {
    let world = World::new().await;
    world.sites.set_fault("gialai.tintinh.test", Some(Fault::everywhere(FaultKind::Status(500))));
    let text = world.run(&["fetch", "demo-gialai", "--log-format", "text"]).await.err;
    let failed = text.lines().find(|line| line.contains(" WARN ") && line.contains("next=")).unwrap();
    assert_eq!(failed.get(19..30).and_then(|rest| rest.get(4..10)), Some("+07:00"), "{failed}");
    assert_eq!(failed.matches("+07:00").count(), 2, "{failed}");
    let json = world.run(&["fetch", "demo-gialai", "--log-format", "json"]).await.err;
    let line: serde_json::Value = json.lines().find_map(|line| serde_json::from_str(line).ok()).unwrap();
    assert!(line["timestamp"].as_str().unwrap().ends_with("+07:00"), "{line}");
}

/// Runs the program with pipes that their readers have closed.
fn run_into_closed_pipes(arguments: &[&str], world: &World, closes_errors: bool) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tintinh"));
    command.args(arguments).arg("--config").arg(world.path().join("config"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    if closes_errors {
        drop(child.stderr.take());
    }
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pipe_is_no_error() {
    let world = World::new().await;
    shown(&world, None, &["fetch"]);
    let root = env!("CARGO_MANIFEST_DIR");
    let page = format!("{root}/tests/portals/gialai/article.html");
    let list = format!("{root}/tests/lists/joomla.html");
    let records = world.path().join("all.jsonl");
    fs::write(&records, shown(&world, None, &["export"])).unwrap();
    let records = records.to_str().unwrap();
    let article = shown(&world, None, &["export"]).lines().next().map(str::to_owned).unwrap();
    let article: serde_json::Value = serde_json::from_str(&article).unwrap();
    let article = article["url"].as_str().unwrap();
    for arguments in [
        vec!["man"],
        vec!["--help"],
        vec!["fetch", "--help"],
        vec!["--version"],
        vec!["completions", "bash"],
        vec!["check"],
        vec!["catalogue"],
        vec!["catalogue", "--json"],
        vec!["opml", "export"],
        vec!["status"],
        vec!["status", "demo-gialai"],
        vec!["status", "--json"],
        vec!["status", "--watch", "1"],
        vec!["doctor"],
        vec!["retry"],
        vec!["export"],
        vec!["export", "--format", "csv"],
        vec!["explain", article],
        vec!["extract", &page],
        vec!["links", &list, "--url", "http://a.example/"],
        vec!["dedup", records],
        vec!["fetch", "--dry-run"],
        vec!["fetch"],
    ] {
        let (code, said) = run_into_closed_pipes(&arguments, &world, false);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("rror") && !said.contains("pipe"), "{arguments:?}: {said}");
        assert_eq!(run_into_closed_pipes(&arguments, &world, true).0, Some(0), "{arguments:?} without standard error");
    }
    // What is wrong keeps its code where nobody reads why.
    assert_eq!(run_into_closed_pipes(&["diff", "x"], &world, true).0, Some(2));
}
