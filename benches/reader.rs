//! The reader under load: what a page costs over 200,000 records, what fifty visitors do to it, what the first sync of an app costs, and what it keeps in
//! memory.
//!
//! ```text
//! cargo bench --bench reader                    200,000 records, fifty clients for a minute
//! cargo bench --bench reader -- --short         20,000 records, ten seconds
//! ```
//!
//! The texts are words of `corpus/dedup` in the shared test data, else made ones, in an order that makes no copies.
#![expect(clippy::unwrap_used, reason = "a benchmark says what is wrong by panicking")]
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::machine;
use tintinh::model::record::Record;
use tintinh::search::SearchIndex;
use tintinh::store::Store;
use tintinh::web::reader::Reader;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::time::Instant;

mod texts;

const RECORDS: u64 = 200_000;
const CLIENTS: usize = 50;
/// Articles of an app's first sync.
const SYNCED: usize = 10_000;
/// The stream of all.
const ALL: &str = "user/-/state/com.google/reading-list";
const PORTALS: u64 = 60;
/// Words of a text: those of a short notice.
const WORDS: u64 = 150;
const PROVINCES: [&str; 6] = ["gia-lai", "hoa-binh", "ha-tinh", "dien-bien", "khanh-hoa", "vinh-phuc"];

fn main() {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    if !has("--bench") {
        println!("nothing is measured in a test");
        return;
    }
    let (records, time) =
        if has("--short") { (RECORDS / 10, Duration::from_secs(10)) } else { (RECORDS, Duration::from_mins(1)) };
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = runtime.block_on(fill(folder.path(), records));
    let store = runtime.block_on(Store::open(&config.state_dir)).unwrap();
    println!("{records} records, {:.0} MB of database", runtime.block_on(store.size()).unwrap().0 as f64 / 1e6);
    let before = machine::usage().resident_bytes;
    let address = runtime.block_on(serve(config));
    let begun = Instant::now();
    while get(address, "/").1.contains("Đang nạp") {
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("all articles are on the shelf after {:.1?}", begun.elapsed());
    for (name, path) in [
        ("newest", "/"),
        ("newest of a province and a day", "/newest?province=gia-lai&day=2026-06-15"),
        ("search", "/search?q=chinh+quyen+dia+phuong"),
        ("search of a province by date", "/search?q=nong+thon+moi&province=gia-lai&by=date"),
        ("coverage", "/coverage"),
        ("newest as Atom", "/newest.atom"),
    ] {
        println!("{name}: median {:.1?}", median(address, path));
    }
    let alone = commit(&runtime, &store);
    let (requests, worst, during) = load(&runtime, &store, address, time);
    let grown = machine::usage().resident_bytes.saturating_sub(before);
    println!("{CLIENTS} clients for {time:.0?}: {requests} pages, no error, slowest {worst:.1?}");
    println!("a durable commit of the engine: {alone:.1?} alone, {during:.1?} under that load");
    println!("memory grew by {:.0} MB", grown as f64 / 1e6);
    sync(address);
}

/// The first sync of an app (`docs/apps.md`): ids and contents of the newest 10,000 articles; then all are marked as read.
fn sync(address: SocketAddr) {
    let before = machine::usage().resident_bytes;
    let begun = Instant::now();
    let listed = call(address, &format!("stream/items/ids?s={ALL}&n={SYNCED}"), None);
    let ids: Vec<&str> = listed.split("\"id\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), SYNCED);
    println!("an app: {SYNCED} ids in {:.1?}", begun.elapsed());
    let begun = Instant::now();
    let (mut read, mut bytes) = (0, 0);
    for part in ids.chunks(1000) {
        let form: Vec<String> = part.iter().map(|id| format!("i={id}")).collect();
        let answer = call(address, "stream/items/contents", Some(&form.join("&")));
        read += answer.matches("\"crawlTimeMsec\"").count();
        bytes += answer.len();
    }
    assert_eq!(read, SYNCED);
    let grown = machine::usage().resident_bytes.saturating_sub(before);
    let (bytes, grown) = (bytes as f64 / 1e6, grown as f64 / 1e6);
    println!("an app: {SYNCED} articles, {bytes:.0} MB, in {:.1?}; memory grew by {grown:.0} MB", begun.elapsed());
    let begun = Instant::now();
    assert!(call(address, "mark-all-as-read", Some(&format!("s={ALL}"))).ends_with("OK"));
    println!("an app: all marked as read in {:.1?}", begun.elapsed());
    let begun = Instant::now();
    assert!(call(address, "unread-count", None).contains("\"max\":0,"));
    println!("an app: all counted in {:.1?}", begun.elapsed());
}

/// A call of an app, by HTTP/1.0: its answer does not come in parts.
fn call(address: SocketAddr, call: &str, form: Option<&str>) -> String {
    let (method, form) = (if form.is_some() { "POST" } else { "GET" }, form.unwrap_or_default());
    let head =
        format!("{method} /reader/api/0/{call} HTTP/1.0\r\nHost: {address}\r\nAuthorization: GoogleLogin auth=x");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("{head}\r\nContent-Length: {}\r\n\r\n{form}", form.len()).as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_eq!(answer.split(' ').nth(1), Some("200"), "{call}");
    answer
}

async fn fill(folder: &std::path::Path, records: u64) -> Config {
    let dir = folder.join("config");
    fs::create_dir_all(dir.join("portals")).unwrap();
    fs::write(dir.join("tintinh.toml"), "state_dir = \"../state\"\n").unwrap();
    for portal in 0..PORTALS {
        let text = format!(
            "name = \"Cổng {portal}\"\nhome = \"https://p{portal}.example/\"\nverified = \"a bench\"\n[[source]]\n\
            kind = \"feed\"\nurl = \"https://p{portal}.example/rss\"\n"
        );
        fs::write(dir.join(format!("portals/p{portal}.toml")), text).unwrap();
    }
    let config = Config::load(&dir).unwrap();
    let store = Store::open(&config.state_dir).await.unwrap();
    let background = texts::background();
    let words: Vec<&str> = background.iter().take(2000).flat_map(|text| text.split_whitespace()).collect();
    let mut number = 0;
    while number < records {
        let batch = (number..(number + 500).min(records)).map(|number| record(number, &words)).collect();
        store.adopt(batch, false).await.unwrap();
        number += 500;
    }
    store.number_old().await.unwrap();
    SearchIndex::open(&config.state_dir).await.unwrap().fill(&store, u64::MAX, |_| ()).await.unwrap();
    store.checkpoint().await.unwrap();
    config
}

fn record(number: u64, words: &[&str]) -> Record {
    let mut dice = texts::Dice(number);
    let mut some = |count: u64| -> String {
        (0..count).map(|_| words[usize::try_from(dice.roll(words.len() as u64)).unwrap()]).collect::<Vec<_>>().join(" ")
    };
    let (title, lead, body) = (some(12), some(30), some(WORDS));
    let portal = number % PORTALS;
    let (month, day, hour) = (1 + number / 28 % 12, 1 + number % 28, number % 24);
    let value = json!({
        "schema_version": 1, "id": format!("{number:032x}"), "revision": 1, "portal": format!("p{portal}"),
        "province": PROVINCES[(portal % 6) as usize], "section": format!("Mục {}", number % 40), "outlet": format!("Cổng {portal}"),
        "url": format!("https://p{portal}.example/{number}"), "final_url": format!("https://p{portal}.example/{number}"),
        "canonical_url": format!("https://p{portal}.example/{number}"), "title": title, "summary": lead, "content_text": body,
        "content_html": format!("<p>{body}</p>"), "blocks": [{"type": "paragraph", "text": body}], "language": "vi",
        "date_fetched": "2026-12-30T08:00:00+07:00", "date_published": format!("2026-{month:02}-{day:02}T{hour:02}:00:00+07:00"),
        "content_hash": format!("{number:032x}"), "discovery": {"kind": "feed", "url": "https://tinh.example/rss"},
        "http": {"status": 200, "charset": "utf-8"}, "extraction": {"rules": [], "version": "0", "origins": {}},
    });
    serde_json::from_value(value).unwrap()
}

async fn serve(config: Config) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (state, config) = (config.state_dir.clone(), Arc::new(config));
    tokio::spawn(Reader::new(&state, Clock::System, move || Arc::clone(&config)).serve(listener));
    address
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

fn median(address: SocketAddr, path: &str) -> Duration {
    let mut times: Vec<Duration> = (0..41)
        .map(|_| {
            let begun = Instant::now();
            assert_eq!(get(address, path).0, 200, "{path}");
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// The median of some durable commits, as each visit makes them.
fn commit(runtime: &Runtime, store: &Store) -> Duration {
    let mut times: Vec<Duration> = (0..51)
        .map(|_| {
            let begun = Instant::now();
            runtime.block_on(store.probe()).unwrap();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Fifty visitors who ask for one page after the other; the pages, the slowest, and a commit meanwhile.
fn load(runtime: &Runtime, store: &Store, address: SocketAddr, time: Duration) -> (usize, Duration, Duration) {
    let paths = [
        "/",
        "/newest?province=gia-lai",
        "/search?q=xay+dung",
        "/coverage",
        "/newest.json",
        "/article/00000000000000000000000000000a01",
    ];
    let end = Instant::now() + time;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            std::thread::spawn(move || {
                let (mut count, mut worst) = (0, Duration::ZERO);
                while Instant::now() < end {
                    let path = paths[(client + count) % paths.len()];
                    let begun = Instant::now();
                    assert_eq!(get(address, path).0, 200, "{path}");
                    worst = worst.max(begun.elapsed());
                    count += 1;
                }
                (count, worst)
            })
        })
        .collect();
    std::thread::sleep(time / 3);
    let during = commit(runtime, store);
    let results: Vec<(usize, Duration)> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    let count = results.iter().map(|(count, _)| count).sum();
    (count, results.iter().map(|(_, worst)| *worst).max().unwrap(), during)
}
