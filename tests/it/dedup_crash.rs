//! The process is killed in the middle of ingest: index, clusters and records agree whenever that comes, and the next run ends as an undisturbed
//! one does.

#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::sites::Sites;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tintinh::demo::write_config;
use tintinh::store::FILE_NAME;
use tintinh::store::Store;
use tokio::process::Command;

/// Kills; they come later and later into the work that is left.
const KILLS: u32 = 24;

fn command(folder: &Path, verb: &str) -> Command {
    let mut command = Command::new(cargo_bin("tintinh"));
    command.args(["--quiet", "--config"]).arg(folder.join("config")).arg("--state-dir").arg(folder.join("state"));
    command.arg("--records-dir").arg(folder.join("records")).arg(verb).stderr(Stdio::null()).kill_on_drop(true);
    command
}

async fn printed(folder: &Path, verb: &str, arguments: &[&str]) -> Vec<Value> {
    let output = command(folder, verb).args(arguments).output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Each article's address, revision, and address of what it is a copy of, sorted.
async fn view(folder: &Path, arguments: &[&str]) -> Vec<(String, u64, Option<String>)> {
    let all = printed(folder, "export", &[]).await;
    let url = |id: &Value| all.iter().find(|record| record["id"] == *id).map(|record| record["url"].to_string());
    let wanted = printed(folder, "export", arguments).await;
    let line = |record: &Value| {
        (record["url"].to_string(), record["revision"].as_u64().unwrap(), url(&record["duplicate"]["of"]))
    };
    let mut view: Vec<_> = wanted.iter().map(line).collect();
    view.sort();
    view
}

async fn disagreements(folder: &Path) -> Vec<String> {
    let state = folder.join("state");
    if !state.join(FILE_NAME).exists() {
        return Vec::new();
    }
    Store::open(&state).await.unwrap().disagreements().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_ingest_index_and_records_agree() {
    let sites = Sites::start().await.unwrap();
    let [calm, killed] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    for folder in [&calm, &killed] {
        write_config(folder.path(), &sites.resolve()).unwrap();
    }
    let mut run = command(calm.path(), "fetch");
    let status = run.stdout(Stdio::null()).status().await.unwrap();
    assert!(status.code().is_some());
    let mut hit = 0;
    for kill in 0..KILLS {
        let mut child = command(killed.path(), "fetch").stdout(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(u64::from(60 + kill * 7))).await;
        hit += u32::from(child.try_wait().unwrap().is_none());
        child.start_kill().unwrap();
        child.wait().await.unwrap();
        assert_eq!(disagreements(killed.path()).await, Vec::<String>::new(), "after kill {kill}");
    }
    assert!(hit * 3 > KILLS, "only {hit} of {KILLS} kills came in the middle");
    // The second goes on where the first met a challenge before anything else, and gave the portal a rest.
    for _run in 0..2 {
        command(killed.path(), "fetch").stdout(Stdio::null()).status().await.unwrap();
    }
    assert_eq!(disagreements(killed.path()).await, Vec::<String>::new());
    let all = view(calm.path(), &[]).await;
    assert!(all.len() > 20 && all.iter().any(|(_, _, of)| of.is_some()), "{all:?}");
    let urls = |view: &[(String, u64, Option<String>)]| view.iter().map(|(url, ..)| url.clone()).collect::<Vec<_>>();
    assert_eq!(urls(&view(killed.path(), &[]).await), urls(&all));
    let stories = |view: Vec<(String, u64, Option<String>)>| view.len();
    let unique = stories(view(calm.path(), &["--unique"]).await);
    assert!(unique < all.len());
    assert_eq!(stories(view(killed.path(), &["--unique"]).await), unique);
}
