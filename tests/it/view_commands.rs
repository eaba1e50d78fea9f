//! `export`, `diff` and `status` over what the sample portals gave, before and after they published and edited.

#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use crate::sites::Sites;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;
use tintinh::demo::write_config;
use tokio::process::Command;

async fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(cargo_bin("tintinh"));
    command.arg("--quiet").arg("--config").arg(folder.join("config")).arg("--state-dir").arg(folder.join("state"));
    command.arg("--records-dir").arg(folder.join("records")).args(arguments).output().await.unwrap()
}

async fn text(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn records(folder: &Path, arguments: &[&str]) -> Vec<Value> {
    let text = text(folder, &[&["export"], arguments].concat()).await;
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A folder into which the sample portals were ingested twice, the second time after they went on.
async fn ingested() -> TempDir {
    let sites = Sites::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), &sites.resolve()).unwrap();
    run(folder.path(), &["fetch"]).await;
    sites.advance();
    run(folder.path(), &["fetch"]).await;
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn the_current_view_is_exported_and_revisions_are_compared() {
    let folder = ingested().await;
    let folder = folder.path();
    let all = records(folder, &[]).await;
    let ids: BTreeSet<&str> = all.iter().map(|record| record["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all.len(), "each article once");
    let copies: Vec<&Value> = all.iter().filter(|record| !record["duplicate"].is_null()).collect();
    assert!(!copies.is_empty());
    assert!(copies.iter().all(|copy| ids.contains(copy["duplicate"]["of"].as_str().unwrap())));

    let unique = records(folder, &["--unique"]).await;
    assert_eq!(unique.len() + copies.len(), all.len());
    assert!(unique.iter().all(|record| record["duplicate"].is_null()));
    let portal = copies[0]["portal"].as_str().unwrap();
    let of_portal = records(folder, &["--unique", "--portal", portal]).await;
    assert!(of_portal.iter().all(|record| record["portal"] == portal));
    assert!(
        of_portal.iter().any(|record| record["id"] == copies[0]["id"]),
        "a copy stands for its story where its head is not wanted"
    );
    let late = records(folder, &["--since", "2025-06-30"]).await;
    assert!(!late.is_empty() && late.len() < all.len());
    let date = |record: &Value| record["date_published"].as_str().map_or("2025-06-30".to_owned(), str::to_owned);
    assert!(late.iter().all(|record| date(record).as_str() >= "2025-06-30"));

    let table = text(folder, &["export", "--format", "csv"]).await;
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let column = table.headers().unwrap().iter().position(|name| name == "title").unwrap();
    let titles: Vec<String> = table.records().map(|row| row.unwrap()[column].to_owned()).collect();
    assert_eq!(titles.len(), all.len());
    assert!(titles.iter().all(|title| all.iter().any(|record| record["title"] == title.trim_start_matches('\''))));

    let revised = all.iter().find(|record| record["revision"] == 2).expect("an article that was edited");
    let printed = text(folder, &["diff", revised["id"].as_str().unwrap()]).await;
    assert!(printed.contains("revision 1 (") && printed.contains("→ 2 ("), "{printed}");
    assert!(printed.contains("[-") || printed.contains("{+"), "{printed}");
    let by_address = text(folder, &["diff", revised["url"].as_str().unwrap(), "--json"]).await;
    let change: Value = serde_json::from_str(by_address.lines().next().unwrap()).unwrap();
    assert_eq!((&change["from"], &change["to"]), (&Value::from(1), &Value::from(2)));
    assert!(printed.contains(change["added"].as_str().unwrap()), "{change}");
    let unknown = run(folder, &["diff", "0123"]).await;
    assert_eq!(unknown.status.code(), Some(2));
    let no_revision = run(folder, &["diff", revised["id"].as_str().unwrap(), "--to", "9"]).await;
    assert!(String::from_utf8_lossy(&no_revision.stderr).contains("there are 1, 2"));

    let status: Value = serde_json::from_str(&text(folder, &["status", "--json"]).await).unwrap();
    assert_eq!(status["dedup"]["articles"], all.len());
    assert_eq!(status["dedup"]["copies"], copies.len());
    assert!(status["dedup"]["bytes_per_article"].as_u64().unwrap() > 100);
    assert!(text(folder, &["status"]).await.contains("bytes per article"));
}

#[tokio::test]
async fn there_is_nothing_to_show_before_the_first_fetch() {
    let folder = tempfile::tempdir().unwrap();
    write_config(folder.path(), &std::collections::BTreeMap::new()).unwrap();
    let output = run(folder.path(), &["export"]).await;
    assert!(output.status.success() && output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing has been fetched yet"));
    assert_eq!(run(folder.path(), &["diff", "x"]).await.status.code(), Some(2));
    let wrong = run(folder.path(), &["export", "--since", "hôm qua"]).await;
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("write it like 2025-07-01"));
}
