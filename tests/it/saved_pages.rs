//! Pages that lie in files: what address and id they get, and that a visit gives them the same.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const PARAGRAPH: &str = "<p>Đoàn thanh niên xã đã trồng hơn ba nghìn cây sao đen dọc bờ kênh, mỗi chi đoàn nhận chăm một đoạn cho đến khi cây bén rễ.</p>";

/// An article's page with something in its head.
fn page(title: &str, head: &str) -> String {
    let text = PARAGRAPH.repeat(4).replace("ba nghìn", title);
    format!(
        "<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title>{head}</head><body><h1>{title}</h1><div class=date>12/05/2026 09:15</div>{text}</body></html>"
    )
}

fn extracted(folder: &Path, paths: &[&str]) -> Vec<Value> {
    let mut command = Command::cargo_bin("tintinh").unwrap();
    let done = command.current_dir(folder).arg("extract").args(paths).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_page_that_names_its_address_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let head = "<link rel=canonical href='https://xa.example/tin/trong-cay.html?utm_source=x'>";
    fs::write(folder.path().join("luu.html"), page("Trồng cây", head)).unwrap();
    let told = ["luu.html", "--url", "https://xa.example/tin/trong-cay.html"];
    let (by_itself, told) = (extracted(folder.path(), &["luu.html"]), extracted(folder.path(), &told));
    assert_eq!(by_itself[0]["canonical_url"], "https://xa.example/tin/trong-cay.html");
    assert_eq!(by_itself[0]["id"], told[0]["id"]);
    assert_eq!(by_itself[0]["outlet"], "xa.example");
}

#[test]
fn pages_without_address_have_ids_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a/bai.html", "b/bai.html", "2026/trong-cay/index.html", "2026/don-rac/index.html"] {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        fs::write(folder.path().join(name), page("Trồng cây", "")).unwrap();
    }
    let records = extracted(folder.path(), &["."]);
    let ids: BTreeSet<&str> = records.iter().map(|record| record["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4, "{ids:?}");
    // From wherever it is read, a file keeps its id.
    let below = extracted(&folder.path().join("a"), &["bai.html"]);
    assert!(records.iter().any(|record| record["id"] == below[0]["id"]));
    let other = extracted(&folder.path().join("b"), &["bai.html"]);
    assert_ne!(other[0]["id"], below[0]["id"]);
    // No address is made up on a host that there is, and a folder's name is no date.
    for record in &records {
        assert!(record["url"].as_str().unwrap().starts_with("https://unknown.invalid/"), "{}", record["url"]);
        assert_eq!(record["date_published"], "2026-05-12T09:15:00+07:00");
    }
    assert!(records.iter().any(|record| record["url"].as_str().unwrap().ends_with("/trong-cay")));
}
