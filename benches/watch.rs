//! Watches: what matching an article costs with 10,000 of them, and what 1,000 add to recording an article.
//!
//! ```text
//! cargo bench --bench watch
//! ```
//!
//! The texts are those of `corpus/dedup` in the shared test data (`TINTINH_SHARED`, `../shared` by default); phrases are three or four syllables next to
//! each other in the headlines of other articles.
#![expect(clippy::unwrap_used, reason = "a benchmark says what is wrong by panicking")]
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::fs;
use std::hint::black_box;
use std::time::Duration;

use rustix::time::ClockId;
use rustix::time::clock_gettime;
use serde_json::Value;
use serde_json::json;
use tintinh::config::Config;
use tintinh::model::record::Record;
use tintinh::notify::Notifier;
use tintinh::store::Store;
use tintinh::watch::Watch;
use tintinh::watch::matcher::Matcher;
use tintinh::watch::matcher::Sighting;
use tokio::runtime::Runtime;

#[expect(dead_code, reason = "the other benches make texts as well")]
mod texts;

/// Articles that are matched and recorded.
const ARTICLES: usize = 2000;
/// Phrases of a watch.
const PHRASES: usize = 3;

fn main() {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let Some(articles) = texts::lines("corpus/dedup/background.jsonl.gz").filter(|_| is_bench) else {
        println!("nothing is measured without the shared test data, or in a test");
        return;
    };
    let records: Vec<Record> = articles.iter().take(ARTICLES).enumerate().map(|(id, one)| record(id, one)).collect();
    let letters: usize = records.iter().map(|record| record.content_text.len()).sum();
    println!("{} articles of {} bytes of text in the mean", records.len(), letters / records.len());
    for count in [1000, 10_000] {
        let matcher = Matcher::new(config(&articles, count).1.watches);
        let begun = processor();
        let hits: usize = records.iter().map(|record| found(&matcher, record)).sum();
        let each = processor().saturating_sub(begun) / u32::try_from(records.len()).unwrap();
        println!("{count} watches: {:.1} µs an article, {hits} hits", each.as_secs_f64() * 1e6);
    }
    recording(&articles, &records);
}

fn found(matcher: &Matcher, record: &Record) -> usize {
    black_box(matcher.findings(Sighting { record: black_box(record), previous: None, is_backlog: false })).len()
}

/// What following the stream with 1,000 watches adds to writing it, without fetching and reading, which would be added to both.
fn recording(articles: &[Value], records: &[Record]) {
    let runtime = Runtime::new().unwrap();
    let (_folder, config) = config(articles, 1000);
    runtime.block_on(async {
        let store = Store::open(&config.state_dir).await.unwrap();
        let notifier = Notifier::open(&config.state_dir, store.clone()).await.unwrap();
        let now = "2025-11-24T01:00:00Z".parse().unwrap();
        notifier.round(&config, now).await.unwrap();
        let begun = processor();
        for records in records.chunks(100) {
            store.adopt(records.to_vec(), true).await.unwrap();
        }
        store.number_old().await.unwrap();
        let written = processor();
        notifier.round(&config, now).await.unwrap();
        let (write, follow) = (written.saturating_sub(begun), processor().saturating_sub(written));
        let each = |time: Duration| time.as_secs_f64() * 1e6 / records.len() as f64;
        println!(
            "recording, fetching and reading not counted: {:.0} µs an article; 1,000 watches add {:.0} µs",
            each(write),
            each(follow)
        );
    });
}

/// Processor time of this process.
fn processor() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap(), u32::try_from(time.tv_nsec).unwrap())
}

/// A configuration with so many watches, whose phrases stand in the headlines of the last articles.
fn config(articles: &[Value], count: usize) -> (tempfile::TempDir, Config) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("portals")).unwrap();
    let settings = "state_dir = \"state\"\n[[notify]]\nid = \"x\"\nkind = \"command\"\ncommand = [\"/bin/true\"]\n";
    fs::write(folder.path().join("tintinh.toml"), settings).unwrap();
    fs::create_dir_all(folder.path().join("watch")).unwrap();
    let mut phrases = articles.iter().rev().flat_map(|article| {
        let words: Vec<&str> = article["title"].as_str().unwrap_or_default().split_whitespace().collect();
        words.chunks(4).filter(|words| words.len() > 2).map(|words| words.join(" ")).collect::<Vec<_>>()
    });
    for number in 0..count {
        let any: Vec<String> = phrases.by_ref().take(PHRASES).collect();
        let any: Vec<String> = any.iter().map(|phrase| json!(phrase).to_string()).collect();
        let text = format!("name = \"{number}\"\nany = [{}]\nto = [\"x\"]\nrhythm = \"daily 07:00\"\n", any.join(", "));
        fs::write(folder.path().join(format!("watch/w{number}.toml")), text).unwrap();
    }
    let config = Config::load(folder.path()).unwrap_or_else(|errors| panic!("{errors}"));
    let _: &[Watch] = &config.watches;
    (folder, config)
}

fn record(id: usize, article: &Value) -> Record {
    let text = |field: &str| article[field].as_str().unwrap_or_default();
    let body = text("text");
    let html = format!("<p>{}</p>", body.replace('\n', "</p><p>"));
    let value = json!({
        "schema_version": 1, "id": format!("{id:032x}"), "revision": 1, "portal": "tinh", "outlet": "Tỉnh", "url": "https://tinh.example/",
        "final_url": "https://tinh.example/", "canonical_url": format!("https://tinh.example/{id}"), "title": text("title"),
        "summary": text("lead"), "content_text": body, "content_html": html, "language": "vi", "date_fetched": "2025-11-24T08:00:00+07:00",
        "content_hash": format!("{id:032x}"), "discovery": {"kind": "feed", "url": "https://tinh.example/rss"},
        "http": {"status": 200, "charset": "utf-8"}, "extraction": {"rules": [], "version": "0", "origins": {}},
    });
    serde_json::from_value(value).unwrap()
}
