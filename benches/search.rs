//! Search: how well it ranks, what its index takes, and what a query costs.
//!
//! ```text
//! cargo bench --bench search                    2,000 headlines look for their texts, and titles for texts of the same event
//! cargo bench --bench search -- --step 1        all 20,000 headlines
//! cargo bench --bench search -- --large         queries of three syllables over 200,000 articles, the texts repeated
//! ```
//!
//! The texts are those of `corpus/dedup` in the shared test data (`TINTINH_SHARED`, `../shared` by default).
#![expect(clippy::unwrap_used, reason = "a benchmark says what is wrong by panicking")]
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::Value;
use serde_json::json;
use tintinh::model::record::Record;
use tintinh::query::Query;
use tintinh::query::syllable::syllables;
use tintinh::search::Order;
use tintinh::search::SearchIndex;
use tintinh::search::Wish;
use tintinh::store::Store;
use tintinh::text::vietnamese::fold_ascii;
use tokio::runtime::Runtime;
use tokio::time::Instant;

#[expect(dead_code, reason = "the other benches make texts as well")]
mod texts;

/// Every tenth headline looks for its text, where nothing else is said.
const STEP: usize = 10;
/// Rank at which a headline's text must be found to count.
const DEPTH: usize = 10;
/// Ranks of events that count.
const EVENT_DEPTH: usize = 100;
/// How often the texts are repeated at large.
const REPEATS: usize = 10;

fn main() {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let Some(articles) = texts::lines("corpus/dedup/background.jsonl.gz").filter(|_| has("--bench")) else {
        println!("nothing is measured without the shared test data, or in a test");
        return;
    };
    let runtime = Runtime::new().unwrap();
    if has("--large") {
        large(&runtime, &articles);
        return;
    }
    let step = std::env::args().skip_while(|argument| argument != "--step").nth(1).and_then(|step| step.parse().ok());
    headlines(&runtime, &articles, step.unwrap_or(STEP));
    events(&runtime, &articles, &texts::lines("corpus/dedup/events.jsonl").unwrap());
}

fn text<'a>(article: &'a Value, field: &str) -> &'a str {
    article[field].as_str().unwrap_or_default()
}

/// A record with a body and whatever else is given.
fn record(id: usize, body: &str, title: &str, lead: &str) -> Record {
    let html = format!("<p>{}</p>", body.replace('\n', "</p><p>"));
    let value = json!({
        "schema_version": 1, "id": format!("{id:032x}"), "revision": 1, "portal": "tinh", "outlet": "Tỉnh", "url": "https://tinh.example/",
        "final_url": "https://tinh.example/", "canonical_url": format!("https://tinh.example/{id}"), "title": title, "summary": lead,
        "content_text": body, "content_html": html, "language": "vi", "date_fetched": "2025-11-24T08:00:00+07:00",
        "content_hash": format!("{id:032x}"), "discovery": {"kind": "feed", "url": "https://tinh.example/rss"},
        "http": {"status": 200, "charset": "utf-8"}, "extraction": {"rules": [], "version": "0", "origins": {}},
    });
    serde_json::from_value(value).unwrap()
}

struct World {
    folder: tempfile::TempDir,
    store: Store,
    index: SearchIndex,
}

impl World {
    /// A store with records, and its index; prints what filling costs.
    async fn new(records: impl Iterator<Item = Record>) -> World {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let mut records = records.peekable();
        while records.peek().is_some() {
            store.adopt(records.by_ref().take(500).collect(), false).await.unwrap();
        }
        store.number_old().await.unwrap();
        let index = SearchIndex::open(folder.path()).await.unwrap();
        let begun = processor_time();
        let filled = index.fill(&store, u64::MAX, |_| ()).await.unwrap();
        let spent = processor_time().saturating_sub(begun);
        store.checkpoint().await.unwrap();
        let bytes = std::fs::metadata(folder.path().join(tintinh::search::FILE_NAME)).unwrap().len();
        println!(
            "index of {} articles: {:.1} MB, {:.0} us of processor time an article",
            filled.articles,
            bytes as f64 / 1e6,
            spent.as_secs_f64() * 1e6 / filled.articles as f64
        );
        World { folder, store, index }
    }

    /// The ranks of the ids found, and the time it took.
    async fn find(&self, words: &str, limit: usize) -> (Vec<usize>, Duration) {
        let begun = Instant::now();
        let query = Query::parse(words).unwrap();
        let hits = self.index.find(&self.store, &query, Wish { limit, order: Order::Rank }).await.unwrap();
        let found = hits.iter().map(|hit| usize::from_str_radix(&hit.article.id, 16).unwrap()).collect();
        (found, begun.elapsed())
    }
}

/// Words as a query without operators.
fn words(title: &str) -> String {
    syllables(title).iter().map(|syllable| syllable.exact.clone()).collect::<Vec<_>>().join(" ")
}

fn headlines(runtime: &Runtime, articles: &[Value], step: usize) {
    let world = runtime.block_on(World::new(
        articles.iter().enumerate().map(|(id, article)| record(id, text(article, "text"), "", "")),
    ));
    let plain = Plain::new(world.folder.path(), articles);
    let asked: Vec<(usize, String)> =
        articles.iter().enumerate().step_by(step).map(|(id, article)| (id, words(text(article, "title")))).collect();
    let asked: Vec<_> = asked.into_iter().filter(|(_, words)| !words.is_empty()).collect();
    let (mut without, mut with, mut times, mut plain_sum, mut plain_times) = (0.0, 0.0, Vec::new(), 0.0, Vec::new());
    for (number, (id, words)) in asked.iter().enumerate() {
        let (found, took) = runtime.block_on(world.find(&fold_ascii(words), DEPTH));
        without += reciprocal(&found, *id);
        times.push(took);
        with += reciprocal(&runtime.block_on(world.find(words, DEPTH)).0, *id);
        // It is slow, and its order is known.
        if number % (articles.len() / step / 500).max(1) == 0 {
            let (found, took) = plain.find(words);
            plain_sum += reciprocal(&found, *id);
            plain_times.push(took);
        }
    }
    let asked = asked.len() as f64;
    println!("{asked} headlines look for their texts");
    println!("MRR@{DEPTH} without accents  {:.3}", without / asked);
    println!("MRR@{DEPTH} with accents     {:.3}", with / asked);
    println!(
        "MRR@{DEPTH} plain syllables  {:.3} ({} headlines)",
        plain_sum / plain_times.len() as f64,
        plain_times.len()
    );
    let (own, other) = (median(&mut times), median(&mut plain_times));
    println!(
        "median query {own:.1?}, of plain syllables {other:.1?}: {:.2} times",
        own.as_secs_f64() / other.as_secs_f64()
    );
}

fn reciprocal(found: &[usize], wanted: usize) -> f64 {
    found.iter().position(|id| *id == wanted).map_or(0.0, |rank| 1.0 / (rank + 1) as f64)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The first title of each event looks for the event's other texts, among the background.
fn events(runtime: &Runtime, articles: &[Value], events: &[Value]) {
    let background =
        articles.iter().enumerate().map(|(id, article)| record(id, text(article, "text"), text(article, "title"), ""));
    let others = events.iter().enumerate().map(|(number, event)| {
        record(articles.len() + number, text(event, "text"), text(event, "title"), text(event, "lead"))
    });
    let world = runtime.block_on(World::new(background.chain(others)));
    let mut clusters: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, event) in events.iter().enumerate() {
        clusters.entry(text(event, "cluster")).or_default().push(articles.len() + number);
    }
    clusters.retain(|_, members| members.len() > 1);
    for (name, folds) in [("without accents", true), ("with accents", false)] {
        let mut sum = 0.0;
        for members in clusters.values() {
            let title = words(text(&events[members[0] - articles.len()], "title"));
            let title = if folds { fold_ascii(&title) } else { title };
            let (found, _) = runtime.block_on(world.find(&title, EVENT_DEPTH));
            let found = found.into_iter().filter(|id| *id != members[0]);
            let right = found.enumerate().filter(|(_, id)| members.contains(id));
            sum += right.zip(1..).map(|((rank, _), count)| f64::from(count) / (rank + 1) as f64).sum::<f64>()
                / (members.len() - 1) as f64;
        }
        println!("MAP of {} events {name}  {:.3}", clusters.len(), sum / clusters.len() as f64);
    }
}

fn large(runtime: &Runtime, articles: &[Value]) {
    let count = articles.len();
    let repeated = (0..count * REPEATS)
        .map(|id| record(id, text(&articles[id % count], "text"), text(&articles[id % count], "title"), ""));
    let world = runtime.block_on(World::new(repeated));
    let mut times: Vec<Duration> = Vec::new();
    for article in articles.iter().step_by(40) {
        let title = syllables(text(article, "title"));
        let Some(three) = title.get(..3) else { continue };
        let words: Vec<&str> = three.iter().map(|syllable| syllable.folded.as_str()).collect();
        times.push(runtime.block_on(world.find(&words.join(" "), DEPTH)).1);
    }
    times.sort_unstable();
    println!(
        "{} queries of three syllables over {} articles: median {:.1?}, 95 of 100 within {:.1?}",
        times.len(),
        count * REPEATS,
        times[times.len() / 2],
        times[times.len() * 95 / 100]
    );
}

/// What search would be without pairs: folded syllables in FTS5, any of them, by its bm25.
struct Plain(Connection);

impl Plain {
    #[expect(clippy::disallowed_methods, reason = "the other way of searching")]
    fn new(folder: &Path, articles: &[Value]) -> Plain {
        let connection = Connection::open(folder.join("plain.db")).unwrap();
        connection
            .execute_batch("BEGIN; CREATE VIRTUAL TABLE plain USING fts5 (words, content = '', tokenize = 'ascii');")
            .unwrap();
        for (id, article) in articles.iter().enumerate() {
            let words: Vec<String> =
                syllables(text(article, "text")).into_iter().map(|syllable| syllable.folded).collect();
            connection.execute("INSERT INTO plain (rowid, words) VALUES (?1, ?2)", (id, words.join(" "))).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        Plain(connection)
    }

    fn find(&self, words: &str) -> (Vec<usize>, Duration) {
        let begun = Instant::now();
        let quoted: Vec<String> = syllables(words).iter().map(|syllable| format!("\"{}\"", syllable.folded)).collect();
        let mut statement =
            self.0.prepare_cached("SELECT rowid FROM plain WHERE plain MATCH ?1 ORDER BY rank LIMIT ?2").unwrap();
        let rows = statement.query_map((quoted.join(" OR "), DEPTH), |row| row.get(0)).unwrap();
        (rows.collect::<Result<_, _>>().unwrap(), begun.elapsed())
    }
}

/// Processor time of this process, in clock ticks of a hundredth of a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u64>().unwrap();
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}
