//! Deduplication at scale: what one article costs when ten thousand are known and when a million are, and what they take.
//!
//! ```text
//! cargo bench --bench dedup_scale                         1,000,000 articles on the shelf of `tintinh dedup`
//! cargo bench --bench dedup_scale -- --store              200,000 articles settled into a store
//! cargo bench --bench dedup_scale -- --articles 50000     as many as that
//! ```

#![expect(clippy::cast_precision_loss, reason = "figures are printed with three digits")]

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tintinh::dedup::Verdict;
use tintinh::dedup::cluster::take_in;
use tintinh::dedup::document::Document;
use tintinh::dedup::document::Parts;
use tintinh::file_dedup::shelf::FileShelf;
use tintinh::model::link::Discovery;
use tintinh::model::link::Hints;
use tintinh::model::link::Link;
use tintinh::model::link::SourceKind;
use tintinh::model::outcome::Outcome;
use tintinh::model::portal::GroupId;
use tintinh::model::portal::PortalId;
use tintinh::model::portal::SourceId;
use tintinh::model::record::Record;
use tintinh::store::Article;
use tintinh::store::Lease;
use tintinh::store::Registration;
use tintinh::store::Settlement;
use tintinh::store::Store;
use tintinh::text::fingerprint::article_id;
use tintinh::text::fingerprint::hash_parts;
use tintinh::url::PageUrl;

mod texts;

/// Memory for the index, as `tintinh dedup` has by default.
const MEMORY: usize = 768 << 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let is_store = arguments.iter().any(|argument| argument == "--store");
    let after = |flag: &str| arguments.iter().skip_while(|argument| *argument != flag).nth(1);
    let articles = after("--articles").and_then(|number| number.parse().ok());
    let background = texts::background();
    let folder = tempfile::tempdir().expect("a folder");
    if is_store {
        into_store(&background, articles.unwrap_or(200_000), folder.path());
    } else {
        onto_shelf(&background, articles.unwrap_or(1_000_000), folder.path());
    }
}

/// Processor time of this process, in clock ticks of a hundredth of a second, and its largest resident set in KiB.
fn usage() -> (Duration, u64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    (Duration::from_millis((ticks(11) + ticks(12)) * 10), peak.unwrap_or(0))
}

/// Time spent in looking up and putting down, by blocks of articles; and all processor time, the making of texts included.
struct Meter {
    spent: Duration,
    block: usize,
    first: Option<f64>,
    processor: Duration,
}

impl Meter {
    fn new(block: usize) -> Meter {
        println!("{:>10} {:>12} {:>8} {:>14} {:>10}", "articles", "us/article", "ratio", "cpu us/article", "peak MiB");
        Meter { spent: Duration::ZERO, block, first: None, processor: usage().0 }
    }

    fn add(&mut self, spent: Duration, done: usize) {
        self.spent += spent;
        if !done.is_multiple_of(self.block) {
            return;
        }
        let each = self.spent.as_secs_f64() * 1e6 / self.block as f64;
        self.spent = Duration::ZERO;
        let (processor, peak) = usage();
        let all = processor.saturating_sub(self.processor).as_secs_f64() * 1e6 / self.block as f64;
        self.processor = processor;
        let first = *self.first.get_or_insert(each);
        // At tenths of the way, and often at the beginning.
        if done <= 10 * self.block || done.is_multiple_of(10 * self.block) {
            println!("{done:>10} {each:>12.1} {:>8.2} {all:>14.1} {:>10}", each / first, peak / 1024);
        }
    }
}

/// Articles of a round: each block that is measured is one.
const ROUND: usize = 10_000;

/// One of as many articles as are wanted, by deterministic edits of the background: round by round all words are others, each word the
/// same other one throughout a round, so that a round has the repetitions and the set phrases of the background and no text in common with other
/// rounds; one in ten is a copy of an article of its round, two per cent of whose words were replaced.
fn article(background: &[String], number: usize) -> String {
    let (round, place) = (number / ROUND, number % ROUND);
    let is_copy = place % 10 == 9;
    let source = if is_copy { &background[place - 5] } else { &background[place] };
    let mut dice = texts::Dice(number as u64);
    let mut text = String::with_capacity(source.len() + 64);
    for word in source.split(' ') {
        if is_copy && dice.roll(50) == 0 {
            text.push_str("khác");
        } else {
            text.push_str(word);
            if round > 0 && word.chars().next().is_some_and(char::is_alphanumeric) {
                text.push_str(&round.to_string());
            }
        }
        text.push(' ');
    }
    text
}

fn document(text: &str) -> Document {
    Document::new(Parts { body: text, ..Parts::default() }, [])
}

/// Processor time of this thread: what else the machine does is not measured.
fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn onto_shelf(background: &[String], articles: usize, folder: &Path) {
    let mut shelf = FileShelf::new(folder, MEMORY).expect("a shelf");
    let mut meter = Meter::new(10_000);
    let mut copies = 0;
    for number in 0..articles {
        let document = document(&article(background, number));
        let begun = thread_time();
        let taken_in = take_in(&mut shelf, &document).expect("a shelf that takes it");
        meter.add(thread_time().saturating_sub(begun), number + 1);
        copies += usize::from(taken_in.standing.is_some());
    }
    let (index, texts) = shelf.bytes();
    let each = |bytes: u64| bytes as f64 / articles as f64;
    println!(
        "{copies} copies; {:.0} bytes of index and {:.0} bytes of text for each article",
        each(index),
        each(texts)
    );
    println!("{:.0} s of processor time in all, the making of texts included", usage().0.as_secs_f64());
}

fn into_store(background: &[String], articles: usize, folder: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(folder).await.expect("a store");
        let lease = lease(&store).await;
        let mut meter = Meter::new(10_000);
        let mut copies = 0;
        for number in 0..articles {
            let (spent, verdict) = settle(&store, &lease, number, article(background, number)).await;
            meter.add(spent, number + 1);
            copies += usize::from(matches!(verdict, Verdict::Duplicate(_)));
        }
        let size = store.index_size().await.expect("a size").expect("an index");
        println!("{copies} copies; {} bytes of index for each article", size.bytes / size.articles.max(1));
    });
}

fn portal() -> PortalId {
    PortalId::new("a").expect("a name")
}

async fn lease(store: &Store) -> Lease {
    let registration = Registration { portal: portal(), group: GroupId::new("a").expect("a name") };
    let begin = Timestamp::UNIX_EPOCH;
    store.register(&[registration], begin).await.expect("a portal");
    let long = Duration::from_hours(24 * 3650);
    let lease = store.claim(&[portal()], begin, long).await.expect("a claim").expect("a lease");
    let address = PageUrl::parse("http://a.example/tin").expect("an address");
    store.begin_walk(&lease, &source(), &address, begin).await.expect("a walk");
    lease
}

fn source() -> SourceId {
    SourceId::new("tin").expect("a name")
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
async fn settle(store: &Store, lease: &Lease, number: usize, text: String) -> (Duration, Verdict) {
    let url = PageUrl::parse(&format!("http://a.example/{number}")).expect("an address");
    let discovery = Discovery { source: source(), kind: SourceKind::Listing, url: url.clone(), guid: None };
    let link = Link { url: url.clone(), hints: Hints::default(), discovery };
    let now = Timestamp::UNIX_EPOCH;
    store.take_up(lease, &source(), vec![(article_id(&link.url.canonical()), link)], false, now).await.expect("a link");
    let settlement =
        Settlement { id: article_id(&url), outcome: Outcome::Recorded, answered: None, not_before: None, raw: None };
    let read = Article { record: Box::new(record(&url, &text)), credit: None, is_misnamed: false, is_moved: false };
    let begun = std::time::Instant::now();
    let verdict = store.settle_article(lease, settlement, read, now).await.expect("a settlement");
    (begun.elapsed(), verdict)
}

fn record(url: &PageUrl, text: &str) -> Record {
    let record = serde_json::json!({
        "schema_version": 1, "id": article_id(url), "revision": 1, "portal": "a", "outlet": "A", "url": url, "final_url": url,
        "canonical_url": url, "title": "", "content_hash": hash_parts([text]), "content_text": text, "content_html": "",
        "language": "vi", "date_fetched": "2025-07-01T08:00:00+07:00",
        "discovery": {"kind": "listing", "url": "http://a.example/tin"}, "http": {"status": 200, "charset": "utf-8"},
        "extraction": {"rules": [], "version": "0", "origins": {}}
    });
    serde_json::from_value(record).expect("a record")
}
