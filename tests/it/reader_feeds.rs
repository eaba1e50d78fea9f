//! Every view as a feed: read back by feedparser and by our own reader, and not sent again where nothing changed.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use serde_json::json;
use tintinh::model::record::Record;
use tintinh::text::date::rfc3339;

use crate::discover_suites::read_feed;
use crate::reader::Served;
use crate::reader::record;
use crate::reader::visited;
use crate::world::World;

/// Feeds of every view of a world.
fn views(records: &[Record]) -> Vec<String> {
    let changed = records.iter().find(|record| record.revision > 1).unwrap();
    let mut views = Vec::new();
    for ending in ["atom", "rss", "json"] {
        views.extend([
            format!("/newest.{ending}"),
            format!("/newest.{ending}?province=gia-lai"),
            format!("/search.{ending}?q=xa"),
            format!("/story/{}.{ending}", records[0].id),
            format!("/article/{}.{ending}", changed.id),
            format!("/coverage.{ending}"),
        ]);
    }
    views
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_reads_back_as_the_same_records() {
    let world = World::new().await;
    let served = Served::over(visited(&world).await).await;
    let lines = served.get("/newest.jsonl").body;
    let records: Vec<Record> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(records.len() > 50);
    let by_url: BTreeMap<&str, &Record> = records.iter().map(|record| (record.url.as_str(), record)).collect();
    for ending in ["atom", "rss", "json"] {
        let mut path = format!("/newest.{ending}");
        let mut read = 0;
        loop {
            let answer = served.get(&path);
            let kind = answer.header("content-type").map(str::to_owned);
            let found =
                read_feed(&format!("http://{}{path}", served.address), kind.as_deref(), answer.body.clone().into());
            for link in &found.links {
                let record = by_url.get(link.url.as_str()).unwrap_or_else(|| panic!("{path}: {}", link.url));
                assert_eq!(link.hints.title.as_deref(), Some(record.title.as_str()), "{path}");
                let date = link.hints.date.as_ref().map(|dated| rfc3339(dated.at));
                if record.date_published.is_some() {
                    assert_eq!(date, record.date_published, "{path}: {}", record.url);
                }
                read += 1;
            }
            let next = answer.body.split("rel=\"next\"").nth(1).and_then(|rest| rest.split("href=\"").nth(1));
            let next = next.and_then(|rest| rest.split('"').next()).map(str::to_owned);
            let json: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            let Some(next) = next.or_else(|| json["next_url"].as_str().map(str::to_owned)) else { break };
            path = next.replace("&amp;", "&").split_once(&served.address.to_string()).unwrap().1.to_owned();
        }
        assert_eq!(read, records.len(), "{ending}: all of them, in parts");
    }
    // An item of JSON Feed is the whole record.
    let json: Value = serde_json::from_str(&served.get("/newest.json").body).unwrap();
    assert_eq!(json["version"], "https://jsonfeed.org/version/1.1");
    let items: Vec<Record> = serde_json::from_value(json["items"].clone()).unwrap();
    assert_eq!(items, records[..items.len()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn feedparser_finds_no_fault_and_the_same_fields() {
    let world = World::new().await;
    let served = Served::over(visited(&world).await).await;
    let lines = served.get("/newest.jsonl").body;
    let records: Vec<Record> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/feeds/bin/python3");
    let python = if own.exists() { own.as_path() } else { Path::new("python3") };
    let has_it = Command::new(python).args(["-c", "import feedparser"]).status().is_ok_and(|status| status.success());
    if !has_it {
        let absent = "skipped: feedparser is absent; `tests/browser.sh` installs it";
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{absent}");
        eprintln!("{absent}");
        return;
    }
    let script = "
import feedparser, json, sys
for line in sys.stdin.read().split():
    feed = feedparser.parse(line)
    print(json.dumps({'bozo': feed.bozo, 'why': str(feed.get('bozo_exception', '')), 'entries': [
        {'title': entry.title, 'link': entry.link, 'id': entry.id, 'published': list(entry.get('published_parsed') or [])[:6],
         'content': entry.get('content', [{'value': ''}])[0]['value']} for entry in feed.entries]}))
";
    let addresses: Vec<String> = views(&records)
        .into_iter()
        .filter(|view| !view.contains(".json"))
        .map(|view| format!("http://{}{view}", served.address))
        .collect();
    let mut child = Command::new(python)
        .args(["-c", script])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), addresses.join("\n").as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let feeds: Vec<Value> =
        String::from_utf8(out.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(feeds.len(), addresses.len());
    let by_url: BTreeMap<&str, &Record> = records.iter().map(|record| (record.url.as_str(), record)).collect();
    for (feed, address) in feeds.iter().zip(&addresses) {
        assert_eq!(feed["bozo"], json!(false), "{address}: {}", feed["why"]);
        let mut ids = std::collections::BTreeSet::new();
        for entry in feed["entries"].as_array().unwrap() {
            assert!(ids.insert(entry["id"].to_string()), "{address}: {entry}");
            let is_list = address.contains("/newest.");
            if let Some(record) = by_url.get(entry["link"].as_str().unwrap()).filter(|_| is_list) {
                assert_eq!(entry["title"], record.title.as_str(), "{address}");
                let published = record.date_published.as_deref().map(|date| {
                    let at = date.parse::<jiff::Timestamp>().unwrap().to_string();
                    let parts =
                        at.trim_end_matches('Z').split(['-', 'T', ':']).map(|part| part.parse::<i64>().unwrap());
                    json!(parts.collect::<Vec<_>>())
                });
                assert_eq!(entry["published"], published.unwrap_or_else(|| json!([])), "{address}");
                assert!(!entry["content"].as_str().unwrap().is_empty(), "{address}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_change_is_not_sent_again() {
    let served = Served::with(vec![record(1, &json!({})), record(2, &json!({}))], "").await;
    for path in ["/newest.atom", "/newest.rss", "/newest.json", "/search.atom?q=tin", "/style.css"] {
        let first = served.get(path);
        assert_eq!(first.status, 200, "{path}");
        let etag = first.header("etag").unwrap();
        let again = served.ask("GET", path, &[&format!("If-None-Match: {etag}")], "");
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
        assert_eq!(served.ask("GET", path, &["If-None-Match: \"other\""], "").status, 200, "{path}");
        if let Some(modified) = first.header("last-modified") {
            let again = served.ask("GET", path, &[&format!("If-Modified-Since: {modified}")], "");
            assert_eq!(again.status, 304, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_that_xml_has_no_place_for_are_left_out() {
    let odd = json!({ "title": "a\u{0}\u{b}b\u{fffe} ]]> & c", "content_html": "<p>\u{1}x ]]></p>" });
    let served = Served::with(vec![record(1, &odd)], "").await;
    for ending in ["atom", "rss"] {
        let answer = served.get(&format!("/newest.{ending}"));
        let found = read_feed("http://a.example/", answer.header("content-type"), answer.body.clone().into());
        assert_eq!(found.links[0].hints.title.as_deref(), Some("ab ]]> & c"), "{}", answer.body);
    }
}
