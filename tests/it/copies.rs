//! Copies, revisions and clusters as the store keeps them: judged and written in the settle transaction.

#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::Value;
use serde_json::json;
use tintinh::dedup::Verdict;
use tintinh::model::link::Discovery;
use tintinh::model::link::Hints;
use tintinh::model::link::Link;
use tintinh::model::link::SourceKind;
use tintinh::model::outcome::Outcome;
use tintinh::model::pace::Pace;
use tintinh::model::portal::GroupId;
use tintinh::model::portal::PortalId;
use tintinh::model::portal::SourceId;
use tintinh::model::record::Duplicate;
use tintinh::model::record::DuplicateKind;
use tintinh::model::record::Record;
use tintinh::store::Article;
use tintinh::store::FILE_NAME;
use tintinh::store::Lease;
use tintinh::store::RecordFilter;
use tintinh::store::Registration;
use tintinh::store::Settlement;
use tintinh::store::Store;
use tintinh::store::WalkEnd;
use tintinh::text::fingerprint::article_id;
use tintinh::text::fingerprint::hash_parts;
use tintinh::url::PageUrl;

use crate::cluster::Home;
use crate::cluster::is_on_postgres;

/// A text of so many sentences, another for each seed.
pub(crate) fn text(seed: u64, sentences: u64) -> String {
    const SYLLABLES: [&str; 24] = [
        "rừng",
        "cây",
        "xã",
        "làng",
        "sông",
        "núi",
        "mưa",
        "nắng",
        "lúa",
        "cá",
        "cầu",
        "đường",
        "chợ",
        "nhà",
        "người",
        "vườn",
        "đồi",
        "gió",
        "mùa",
        "giống",
        "đất",
        "nước",
        "tre",
        "bò",
    ];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        SYLLABLES[usize::try_from(state % 24).unwrap()]
    };
    let sentences = (0..sentences).map(|_| format!("{}.", (0..18).map(|_| word()).collect::<Vec<_>>().join(" ")));
    sentences.collect::<Vec<_>>().join("\n\n")
}

fn portal(id: &str) -> PortalId {
    PortalId::new(id).unwrap()
}

pub(crate) fn at(hours: i64) -> Timestamp {
    "2025-07-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

/// A page at a portal, as it was read.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) portal: &'static str,
    /// A path on the portal's host, or an address.
    pub(crate) path: &'static str,
    pub(crate) title: &'static str,
    pub(crate) text: String,
    pub(crate) published: Option<Timestamp>,
    pub(crate) credit: Option<&'static str>,
    pub(crate) canonical: Option<&'static str>,
    /// What the source calls the entry.
    pub(crate) guid: Option<&'static str>,
    /// The address of the link, where that redirects to the page for good.
    pub(crate) led_from: Option<&'static str>,
}

impl Page {
    pub(crate) fn new(portal: &'static str, path: &'static str, text: String) -> Page {
        Page {
            portal,
            path,
            title: "Chuyện trong làng ven sông",
            text,
            published: None,
            credit: None,
            canonical: None,
            guid: None,
            led_from: None,
        }
    }

    pub(crate) fn published(self, hours: i64) -> Page {
        Page { published: Some(at(hours)), ..self }
    }

    pub(crate) fn url(&self) -> PageUrl {
        self.at(self.path)
    }

    fn at(&self, path: &str) -> PageUrl {
        PageUrl::parse(&format!("http://{}.example", self.portal)).unwrap().join(path).unwrap()
    }

    /// The address of its link.
    fn link(&self) -> PageUrl {
        self.led_from.map_or_else(|| self.url(), |path| self.at(path))
    }

    fn record(&self) -> Record {
        let canonical = self.canonical.map_or_else(|| self.url(), |path| self.url().join(path).unwrap());
        let record = json!({
            "schema_version": 1, "id": article_id(&canonical.canonical()), "revision": 1, "portal": self.portal, "outlet": self.portal,
            "url": self.link(), "final_url": self.url(), "canonical_url": canonical, "title": self.title, "content_text": self.text,
            "content_html": "", "language": "vi", "date_published": self.published.map(|moment| moment.to_string()),
            "date_fetched": "2025-07-01T08:00:00+07:00", "content_hash": hash_parts([self.title, &self.text]),
            "discovery": {"kind": "listing", "url": "http://a.example/tin"}, "http": {"status": 200, "charset": "utf-8"},
            "extraction": {"rules": [], "version": "0", "origins": {}}
        });
        serde_json::from_value(record).unwrap()
    }
}

pub(crate) struct VisitContext {
    folder: Home,
    pub(crate) store: Store,
    leases: Vec<Lease>,
}

impl VisitContext {
    pub(crate) async fn new() -> VisitContext {
        let folder = Home::new(module_path!());
        let store = Store::open(&folder.address).await.unwrap();
        let portals = ["a", "b", "c"].map(portal);
        let of = |id: &PortalId| Registration { portal: id.clone(), group: GroupId::new(id.as_str()).unwrap() };
        store.register(&portals.each_ref().map(of), at(0)).await.unwrap();
        let mut leases = Vec::new();
        for _ in &portals {
            let forever = Duration::from_hours(24 * 3650);
            leases.push(store.claim(&portals, at(0), forever).await.unwrap().unwrap());
        }
        let source = SourceId::new("tin").unwrap();
        for lease in &leases {
            let address = PageUrl::parse("http://a.example/tin").unwrap();
            store.begin_walk(lease, &source, &address, at(0)).await.unwrap();
            // What its list shows from now on is news.
            let end = WalkEnd { address, not_before: None, moved: None, pace: Pace::default(), renewed: Vec::new() };
            store.end_walk(lease, &source, end, at(0)).await.unwrap();
        }
        VisitContext { folder, store, leases }
    }

    /// Settles a page as a visit does at an hour.
    pub(crate) async fn settle(&self, page: &Page, hour: i64) -> Verdict {
        let lease = self.leases.iter().find(|lease| lease.portal.as_str() == page.portal).unwrap();
        let (source, url) = (SourceId::new("tin").unwrap(), page.link());
        let id = article_id(&url.canonical());
        let discovery = Discovery {
            source: source.clone(),
            kind: SourceKind::Listing,
            url: url.clone(),
            guid: page.guid.map(str::to_owned),
        };
        let link = Link { url, hints: Hints::default(), discovery };
        self.store.take_up(lease, &source, vec![(id.clone(), link)], false, at(hour)).await.unwrap();
        let settlement = Settlement { id, outcome: Outcome::Recorded, answered: None, not_before: None, raw: None };
        let article = Article {
            record: Box::new(page.record()),
            credit: page.credit.map(portal),
            is_misnamed: false,
            is_moved: page.led_from.is_some(),
        };
        self.store.settle_article(lease, settlement, article, at(hour)).await.unwrap()
    }

    /// The current view: portal, path, and of which path of which portal it is what.
    async fn view(&self, wanted: &RecordFilter) -> Vec<(String, Option<(String, DuplicateKind)>)> {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let (found, last) = self.store.current(wanted, after).await.unwrap();
            if last == after {
                break;
            }
            assert_eq!(found.unreadable, []);
            all.extend(found.records);
            after = last;
        }
        let mut view = Vec::new();
        for record in all {
            let duplicate = match &record.duplicate {
                Some(duplicate) => {
                    let head = self.store.find_record(&duplicate.of).await.unwrap().unwrap();
                    Some((short(&head), duplicate.kind))
                }
                None => None,
            };
            view.push((short(&record), duplicate));
        }
        view
    }

    pub(crate) async fn check(self) {
        assert_eq!(self.store.disagreements().await.unwrap(), Vec::<String>::new());
        let reopened = Store::open(&self.folder.address).await.unwrap();
        assert_eq!(reopened.disagreements().await.unwrap(), Vec::<String>::new());
    }

    fn count(&self, table: &str) -> i64 {
        self.folder.number(&format!("SELECT count(*) FROM {table}"))
    }
}

/// `a/1`
fn short(record: &Record) -> String {
    let path = PageUrl::parse(&record.url).unwrap().as_url().path().to_owned();
    format!("{}{path}", record.portal)
}

fn of(view: &[(String, Option<(String, DuplicateKind)>)]) -> Vec<String> {
    let line = |(id, copy): &(String, Option<(String, DuplicateKind)>)| match copy {
        Some((head, kind)) => format!("{id}: {kind} of {head}"),
        None => id.clone(),
    };
    view.iter().map(line).collect()
}

const UNIQUE: RecordFilter = RecordFilter { unique: true, since: None, before: None, portals: None, withdrawn: false };

#[tokio::test]
async fn a_copy_is_told_and_every_copy_has_its_record() {
    let context = VisitContext::new().await;
    let story = Page::new("a", "/1", text(1, 12));
    assert_eq!(context.settle(&story, 1).await, Verdict::New);
    let copy = Page { title: "Tên khác", ..Page::new("b", "/9", text(1, 12)) };
    let Verdict::Duplicate(Duplicate { of: head, kind, containment }) = context.settle(&copy, 2).await else {
        panic!()
    };
    assert_eq!((head, kind), (article_id(&story.url()), DuplicateKind::Reprint));
    assert!((containment - 1.0).abs() < 1e-9);
    let excerpt = Page::new("c", "/5", text(1, 5));
    assert!(matches!(
        context.settle(&excerpt, 3).await,
        Verdict::Duplicate(Duplicate { kind: DuplicateKind::Excerpt, .. })
    ));
    assert_eq!(context.settle(&Page::new("c", "/6", text(2, 12)), 3).await, Verdict::New);
    let rows = context.store.outbox(10, &[]).await.unwrap().rows;
    let written: Vec<Value> = rows.iter().map(|row| serde_json::from_str(&row.json).unwrap()).collect();
    let duplicates: Vec<&Value> = written.iter().map(|record| &record["duplicate"]["kind"]).collect();
    assert_eq!(duplicates, [&json!(null), &json!("reprint"), &json!("excerpt"), &json!(null)]);
    assert_eq!(of(&context.view(&UNIQUE).await), ["a/1", "c/6"]);
    context.check().await;
}

#[tokio::test]
async fn clusters_change_in_the_view_and_records_do_not() {
    let context = VisitContext::new().await;
    context.settle(&Page::new("a", "/1", text(1, 12)).published(10), 11).await;
    context.settle(&Page::new("b", "/2", text(1, 12)).published(5), 12).await;
    assert_eq!(
        of(&context.view(&RecordFilter::default()).await),
        ["a/1: reprint of b/2", "b/2"],
        "the earlier one came later"
    );
    let credited = Page { credit: Some("c"), ..Page::new("a", "/3", text(1, 12)).published(20) };
    context.settle(&credited, 21).await;
    context.settle(&Page::new("c", "/4", text(1, 12)).published(30), 31).await;
    let expect = ["a/1: reprint of c/4", "b/2: reprint of c/4", "a/3: reprint of c/4", "c/4"];
    assert_eq!(of(&context.view(&RecordFilter::default()).await), expect, "a copy credits it");
    let rows = context.store.outbox(10, &[]).await.unwrap().rows;
    let first: Record = serde_json::from_str(&rows[0].json).unwrap();
    assert_eq!(first.duplicate, None, "what was written stays as it was");
    let of_b = RecordFilter { portals: Some(vec![portal("b")]), ..UNIQUE };
    assert_eq!(of(&context.view(&of_b).await), ["b/2: reprint of c/4"], "the best that is wanted stands for its story");
    let late = RecordFilter { since: Some(at(15)), ..UNIQUE };
    assert_eq!(of(&context.view(&late).await), ["c/4"]);
    context.check().await;
}

#[tokio::test]
async fn a_changed_text_is_a_revision_and_a_changed_frame_is_none() {
    let context = VisitContext::new().await;
    let page = Page::new("a", "/1", format!("{}\n\nLượt xem: 5", text(1, 12)));
    let with = |text: String| Page { text, ..page.clone() };
    assert_eq!(context.settle(&page, 1).await, Verdict::New);
    assert_eq!(context.settle(&page, 2).await, Verdict::Unchanged);
    assert_eq!(context.settle(&with(page.text.replace("xem: 5", "xem: 1.204")), 3).await, Verdict::Unchanged);
    assert_eq!(context.settle(&with(page.text.replace(' ', "  ")), 4).await, Verdict::Unchanged);
    let error = Page { title: "Lỗi 404", ..with("Không tìm thấy trang.".to_owned()) };
    assert!(matches!(context.settle(&error, 5).await, Verdict::NotAnArticle(_)));
    let link = context.store.find_link(page.url().as_str()).await.unwrap().unwrap();
    assert_eq!(link.outcome.as_deref(), Some("rejected"));
    let edited = with(page.text.replacen("rừng", "vườn", 1));
    assert_eq!(context.settle(&edited, 6).await, Verdict::Revision { revision: 2 });
    let revisions = context.store.revisions(&article_id(&page.url())).await.unwrap();
    let hashes: Vec<_> = revisions.records.iter().map(|record| (record.revision, record.previous.clone())).collect();
    assert_eq!(hashes, [(1, None), (2, Some(page.record().content_hash))]);
    context.check().await;
}

#[tokio::test]
async fn the_index_knows_the_newest_text() {
    let context = VisitContext::new().await;
    let page = Page::new("a", "/1", text(1, 12));
    context.settle(&page, 1).await;
    let renewed = Page { text: text(2, 12), ..page.clone() };
    assert_eq!(context.settle(&renewed, 2).await, Verdict::Revision { revision: 2 });
    assert_eq!(context.settle(&Page::new("b", "/old", text(1, 12)), 3).await, Verdict::New, "nobody says it any more");
    assert!(matches!(context.settle(&Page::new("b", "/new", text(2, 12)), 4).await, Verdict::Duplicate(_)));
    context.check().await;
}

#[tokio::test]
async fn a_revision_may_turn_out_to_be_a_copy() {
    let context = VisitContext::new().await;
    context.settle(&Page::new("a", "/1", text(1, 12)), 1).await;
    let other = Page::new("b", "/2", text(2, 12));
    context.settle(&other, 2).await;
    context.settle(&Page { text: text(1, 11), ..other }, 3).await;
    assert_eq!(of(&context.view(&RecordFilter::default()).await), ["a/1", "b/2: reprint of a/1"]);
    let rows = context.store.outbox(10, &[]).await.unwrap().rows;
    let newest: Record = serde_json::from_str(&rows[2].json).unwrap();
    assert_eq!((newest.revision, newest.duplicate.map(|duplicate| duplicate.kind)), (2, Some(DuplicateKind::Reprint)));
    context.check().await;
}

#[tokio::test]
async fn a_page_that_answers_at_every_address_is_nobodys_revision() {
    let context = VisitContext::new().await;
    let pages = ["/1", "/2"].map(|path| Page::new("a", path, text(u64::try_from(path.len() + 7).unwrap(), 12)));
    let front = Page { title: "Trang chủ", text: text(50, 12), ..pages[0].clone() };
    assert_eq!(context.settle(&Page { path: "/0", ..front.clone() }, 1).await, Verdict::New);
    assert_eq!(context.settle(&pages[0], 2).await, Verdict::New);
    assert!(matches!(context.settle(&front, 3).await, Verdict::NotAnArticle(_)), "what /0 says stands at /1");
    context.check().await;
}

#[tokio::test]
async fn a_canonical_address_that_lies_hides_no_article() {
    let context = VisitContext::new().await;
    let page = |path, seed, title| Page { title, canonical: Some("/tin"), ..Page::new("a", path, text(seed, 12)) };
    let (first, second) = (page("/1", 1, "Tin thứ nhất"), page("/2", 2, "Chuyện khác hẳn"));
    assert_eq!(context.settle(&first, 1).await, Verdict::New);
    assert_eq!(context.settle(&second, 2).await, Verdict::New, "another text at another address is another article");
    assert_eq!(context.settle(&second, 3).await, Verdict::Unchanged);
    let record = context.store.find_record(second.url().as_str()).await.unwrap().unwrap();
    assert_eq!(record.canonical_url, second.url().as_str());
    assert!(record.extraction.warnings[0].contains("/tin"), "{:?}", record.extraction.warnings);
    context.check().await;
}

#[tokio::test]
async fn an_article_leaves_the_index_with_its_window() {
    let context = VisitContext::new().await;
    let day = 24;
    context.settle(&Page::new("a", "/1", text(1, 12)), 0).await;
    context.settle(&Page::new("a", "/2", text(2, 12)), 0).await;
    let full = context.count("shingles");
    context.settle(&Page::new("b", "/3", text(3, 12)), 399 * day).await;
    assert!(context.count("shingles") > full);
    let copy = context.settle(&Page::new("b", "/4", text(1, 12)), 399 * day).await;
    assert!(matches!(copy, Verdict::Duplicate(_)), "{copy:?}");
    context.settle(&Page::new("b", "/5", text(5, 12)), 401 * day).await;
    assert_eq!(
        context.settle(&Page::new("b", "/6", text(2, 12)), 401 * day).await,
        Verdict::New,
        "/2 is out of the window"
    );
    let short = context.store.clone().with_window(Duration::from_hours(24));
    let size = short.index_size().await.unwrap().unwrap();
    assert_eq!((size.articles, size.indexed, size.copies), (6, 4, 1));
    assert!(size.bytes > 0);
    context.check().await;
}

/// Makes a database one of format 1: what its tables can hold, they keep.
#[expect(clippy::disallowed_methods, reason = "the test makes a state that no verb of the store makes")]
fn make_older(path: &Path) {
    let newer = path.with_extension("newer");
    fs::rename(path, &newer).unwrap();
    let older = Connection::open(path).unwrap();
    older.execute_batch(include_str!("../../src/store/sqlite/migrations/0001_begin.sql")).unwrap();
    older.execute_batch("PRAGMA user_version = 1; PRAGMA foreign_keys = OFF").unwrap();
    older.execute("ATTACH ?1 AS newer", [newer.to_str().unwrap()]).unwrap();
    let names = |query: &str| -> Vec<String> {
        let mut statement = older.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    for table in names("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'") {
        let columns = |database: &str| names(&format!("SELECT name FROM pragma_table_info('{table}', '{database}')"));
        let newer = columns("newer");
        let columns: Vec<String> = columns("main").into_iter().filter(|column| newer.contains(column)).collect();
        let columns = columns.join(", ");
        let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}");
        older.execute_batch(&copy).unwrap();
    }
}

#[tokio::test]
async fn a_database_without_an_index_gets_one() {
    if is_on_postgres(module_path!()) {
        return;
    }
    let context = VisitContext::new().await;
    for (path, seed) in [("/1", 1), ("/2", 2), ("/3", 1)] {
        context.settle(&Page::new("a", path, text(seed, 12)), 1).await;
    }
    let view = of(&context.view(&RecordFilter::default()).await);
    let VisitContext { folder, store, .. } = context;
    drop(store);
    make_older(&folder.path().join(FILE_NAME));
    let context = VisitContext { store: Store::open(&folder.address).await.unwrap(), leases: Vec::new(), folder };
    assert_eq!(of(&context.view(&RecordFilter::default()).await), view);
    assert!(context.folder.path().join("tintinh.v1.backup.db").exists());
    context.check().await;
}

/// Retention forgets articles with their place in the index; a head stays as long as a copy names it, and goes with the last.
#[tokio::test]
async fn a_head_is_forgotten_with_its_last_copy() {
    let context = VisitContext::new().await;
    context.settle(&Page::new("a", "/1", text(1, 12)), 1).await;
    context.settle(&Page::new("c", "/3", text(2, 12)), 2).await;
    context.settle(&Page::new("b", "/2", text(1, 12)), 1000).await;
    let rows = context.store.outbox(10, &[]).await.unwrap().rows;
    context.store.delivered(&rows.iter().map(|row| row.sequence).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(context.store.forget_articles(at(500), 10, |_| {}).await.unwrap(), 3, "two links, one article");
    assert_eq!(of(&context.view(&RecordFilter::default()).await), ["a/1", "b/2: reprint of a/1"]);
    assert_eq!(context.store.disagreements().await.unwrap(), Vec::<String>::new());
    assert_eq!(
        context.store.forget_articles(at(2000), 10, |_| {}).await.unwrap(),
        3,
        "one link, and the copy with its head"
    );
    assert_eq!(of(&context.view(&RecordFilter::default()).await), Vec::<String>::new());
    assert_eq!((context.count("copies"), context.count("shingles"), context.count("records")), (0, 0, 0));
    context.check().await;
}

#[tokio::test]
async fn what_contradicts_the_records_is_found() {
    let context = VisitContext::new().await;
    context.settle(&Page::new("a", "/1", text(1, 12)), 1).await;
    context.settle(&Page::new("b", "/2", text(1, 12)), 2).await;
    let unbound = if context.folder.is_shared() {
        "ALTER TABLE copies DROP CONSTRAINT copies_head_fkey"
    } else {
        "PRAGMA foreign_keys = OFF"
    };
    let damage = |unbound: &str, statement: &str| context.folder.execute(&format!("{unbound}; {statement}"));
    damage(unbound, "DELETE FROM shingles WHERE key = (SELECT min(key) FROM shingles)");
    let found = context.store.disagreements().await.unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    let unbound = if context.folder.is_shared() { "" } else { unbound };
    damage(unbound, "DELETE FROM copies WHERE number = 1");
    let found = context.store.disagreements().await.unwrap();
    assert!(found.iter().any(|sentence| sentence.contains("no head")), "{found:?}");
    assert!(found.iter().any(|sentence| sentence.contains("without a place")), "{found:?}");
    assert!(found.iter().any(|sentence| sentence.contains("not in the index")), "{found:?}");
}

#[tokio::test]
async fn two_visits_at_once_do_not_miss_each_other() {
    let context = VisitContext::new().await;
    let pages = ["a", "b", "c"].map(|portal| Page::new(portal, "/1", text(1, 12)));
    let verdicts =
        tokio::join!(context.settle(&pages[0], 1), context.settle(&pages[1], 1), context.settle(&pages[2], 1));
    let new = [verdicts.0, verdicts.1, verdicts.2].iter().filter(|verdict| **verdict == Verdict::New).count();
    assert_eq!(new, 1);
    assert_eq!(context.view(&UNIQUE).await.len(), 1);
    context.check().await;
}
