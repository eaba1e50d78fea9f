//! `tintinh dedup` on judged sets of real articles: copies and excerpts found, notices, bulletins and reports in own words kept apart.

#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use tintinh::config::Config;
use tintinh::file_dedup::FileJob;

use crate::support::shared;

fn rows(path: &Path) -> Vec<Value> {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    if path.extension().is_some_and(|ending| ending == "gz") {
        flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        bytes.as_slice().read_to_string(&mut text).unwrap();
    }
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The verdicts on articles, by their ids.
struct Verdicts(HashMap<String, Value>);

impl Verdicts {
    fn on(articles: &[Value]) -> Verdicts {
        let config = Config::shipped();
        let folder = tempfile::tempdir().unwrap();
        let mut job = FileJob::new(&config, folder.path(), 64 << 20).unwrap();
        for article in articles {
            job.take(article.to_string().as_bytes()).unwrap();
        }
        let mut out = Vec::new();
        job.print(&mut out).unwrap();
        let verdicts: Vec<Value> =
            String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(verdicts.len(), articles.len());
        let in_order = verdicts.iter().zip(articles).all(|(verdict, article)| verdict["id"] == article["id"]);
        assert!(in_order, "verdicts come in the order of the articles");
        Verdicts(verdicts.into_iter().map(|verdict| (text(&verdict["id"]).to_owned(), verdict)).collect())
    }

    fn head<'a>(&'a self, id: &'a str) -> &'a str {
        match self.0[id]["of"].as_str() {
            Some(of) => of,
            None => id,
        }
    }

    fn are_one(&self, pair: &Value) -> bool {
        self.head(text(&pair["a"])) == self.head(text(&pair["b"]))
    }
}

#[test]
fn portals() {
    let Some(folder) = shared("corpus/vn-dev") else { return };
    let all = ["truth.jsonl", "notices.jsonl"].map(|name| rows(&folder.join(name))).concat();
    let articles: Vec<Value> = all
        .iter()
        .map(|row| {
            let parts = [&row["lead"]].into_iter().chain(row["body"].as_array().into_iter().flatten()).map(text);
            let body: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            let files = row["attachments"].as_array().into_iter().flatten();
            json!({
                "id": row["id"], "url": row["url"], "title": row["title"], "content_text": body.join("\n\n"),
                "date_published": row["published"],
                "attachments": files.map(|file| json!({ "url": file["href"] })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let verdicts = Verdicts::on(&articles);
    let pairs = rows(&folder.join("reprints.jsonl"));
    let (copies, traps): (Vec<&Value>, Vec<&Value>) = pairs.iter().partition(|pair| pair["kind"] != "different");
    assert!(copies.len() >= 13 && traps.len() >= 28);
    let missed: Vec<_> = copies.iter().filter(|pair| !verdicts.are_one(pair)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let merged: Vec<_> = traps.iter().filter(|pair| verdicts.are_one(pair)).collect();
    assert!(merged.is_empty(), "{merged:#?}");
    let kinds = |pair: &Value| [&pair["a"], &pair["b"]].map(|id| verdicts.0[text(id)]["kind"].clone());
    let right = copies.iter().filter(|pair| kinds(pair).contains(&pair["kind"])).count();
    assert!(right * 10 >= copies.len() * 9, "{right} of {} kinds", copies.len());
}

#[test]
fn news() {
    let Some(folder) = shared("corpus/dedup") else { return };
    let read = |name: &str| rows(&folder.join(name));
    let (events, background) = (read("events.jsonl"), read("background.jsonl.gz"));
    let (originals, reprints) = (read("synthetic-originals.jsonl.gz"), read("synthetic-reprints.jsonl"));
    let all = events.iter().chain(&background).chain(&originals).chain(&reprints);
    let articles: Vec<Value> =
        all.map(|row| json!({ "id": row["id"], "title": row["title"], "content_text": row["text"] })).collect();
    let verdicts = Verdicts::on(&articles);

    let mut found: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for copy in &reprints {
        let of_edit = found.entry(text(&copy["edit"])).or_default();
        of_edit.0 += usize::from(verdicts.head(text(&copy["id"])) == verdicts.head(text(&copy["original_id"])));
        of_edit.1 += 1;
    }
    let at_least = |edit: &str| if matches!(edit, "head" | "combined") { 97 } else { 98 };
    let poor: Vec<_> = found.iter().filter(|(edit, (found, of))| found * 100 < of * at_least(edit)).collect();
    assert!(found.len() >= 13 && poor.is_empty(), "{found:?}");
    let total = found.values().fold((0, 0), |total, of_edit| (total.0 + of_edit.0, total.1 + of_edit.1));
    assert!(total.0 * 100 >= total.1 * 99, "{total:?}");

    // Pairs that share an agency's text are not judged.
    let pairs = read("events-pairs.jsonl");
    let judged: Vec<&Value> = pairs.iter().filter(|pair| pair["containment"].as_f64().unwrap() < 0.8).collect();
    let merged = judged.iter().filter(|pair| verdicts.are_one(pair)).count();
    assert!(judged.len() > 600 && merged * 100 <= judged.len() * 2, "{merged} of {}", judged.len());
    let mut clusters: HashMap<&str, HashSet<String>> = HashMap::new();
    for event in &events {
        clusters.entry(verdicts.head(text(&event["id"]))).or_default().insert(event["cluster"].to_string());
    }
    assert!(clusters.values().all(|events| events.len() == 1), "two events are one story");

    let near = read("background-near-duplicates.jsonl");
    let near: HashSet<&str> = near.iter().flat_map(|pair| [text(&pair["a"]), text(&pair["b"])]).collect();
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    for row in &background {
        *sizes.entry(verdicts.head(text(&row["id"]))).or_default() += 1;
    }
    let is_stray = |id: &&str| sizes[verdicts.head(id)] > 1 && !near.contains(id);
    let strays: Vec<&str> = background.iter().map(|row| text(&row["id"])).filter(is_stray).collect();
    assert!(background.len() >= 20_000 && strays.len() <= 5, "{strays:?}");
}
