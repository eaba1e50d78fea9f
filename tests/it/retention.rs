//! What is forgotten by age: links by their own, articles when no link shows them any more, whatever address an article calls its own.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::OpenFlags;
use serde_json::json;
use tintinh::dedup::Verdict;
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
use tintinh::store::FILE_NAME;
use tintinh::store::Lease;
use tintinh::store::RecordFilter;
use tintinh::store::Registration;
use tintinh::store::Settlement;
use tintinh::store::Store;
use tintinh::text::fingerprint::article_id;
use tintinh::text::fingerprint::hash_parts;
use tintinh::url::PageUrl;

use crate::cluster::Home;

/// `[retention] articles`, in days.
const KEPT: i64 = 30;

/// A day has 25 hours here: the store notes to the day when a link was last shown.
fn at(day: i64) -> Timestamp {
    "2025-07-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(25 * day)
}

fn url(path: &str) -> PageUrl {
    PageUrl::parse(&format!("http://suoi.example{path}")).unwrap()
}

fn source() -> SourceId {
    SourceId::new("tin").unwrap()
}

/// A page that a portal's list shows for some days, and the addresses that it calls its own, each from a day on.
struct Shown {
    path: String,
    days: std::ops::Range<i64>,
    canonical: Vec<(i64, String)>,
}

impl Shown {
    fn new(path: String, days: std::ops::Range<i64>, canonical: String) -> Shown {
        Shown { path, canonical: vec![(days.start, canonical)], days }
    }

    fn canonical(&self, day: i64) -> &str {
        &self.canonical.iter().rfind(|(since, _)| *since <= day).unwrap().1
    }
}

/// A year of a portal: twelve stories of each kind, a month apart.
fn year() -> Vec<Shown> {
    let mut pages = Vec::new();
    for month in 0..12 {
        let first = month * 30;
        let path = |kind: &str| format!("/{kind}/{month}");
        // The address is the page's own.
        pages.push(Shown::new(path("rieng"), first..first + 20, path("rieng")));
        // Another is: of the print view, of another section.
        pages.push(Shown::new(path("ban-in"), first..first + 20, path("goc")));
        // Two links lead to one article; one of them stays for long.
        pages.push(Shown::new(path("muc-a"), first..first + 5, path("chung")));
        pages.push(Shown::new(path("muc-b"), first + 2..first + 150, path("chung")));
        // An address that is listed always, and shows another article from the tenth day on.
        let mut moved = Shown::new(path("moi-nhat"), first..1000, path("cu"));
        moved.canonical.push((first + 10, path("moi")));
        pages.push(moved);
        // What an article calls its own is the address of a link that shows another.
        pages.push(Shown::new(path("lac"), first..first + 8, path("nham")));
        pages.push(Shown::new(path("nham"), first + 1..first + 90, path("nham-moi")));
    }
    pages
}

fn record(page: &Shown, day: i64) -> Record {
    let canonical = url(page.canonical(day));
    // Each article says something of its own.
    let words = (0..120).map(|number| hash_parts([canonical.as_str(), &number.to_string()])[..6].to_owned());
    let text = words.collect::<Vec<_>>().join(" ");
    let record = json!({
        "schema_version": 1, "id": article_id(&canonical), "revision": 1, "portal": "suoi", "outlet": "Suối",
        "url": url(&page.path), "final_url": url(&page.path), "canonical_url": canonical, "title": "Tin bên suối", "content_text": text,
        "content_html": "", "language": "vi", "date_fetched": at(day).to_string(), "content_hash": hash_parts([text.as_str()]),
        "discovery": {"kind": "listing", "url": "http://suoi.example/tin"}, "http": {"status": 200, "charset": "utf-8"},
        "extraction": {"rules": [], "version": "0", "origins": {}}
    });
    serde_json::from_value(record).unwrap()
}

struct VisitContext {
    folder: Home,
    store: Store,
    lease: Lease,
}

impl VisitContext {
    async fn new() -> VisitContext {
        let folder = Home::new(module_path!());
        let store = Store::open(&folder.address).await.unwrap();
        let portal = PortalId::new("suoi").unwrap();
        let group = GroupId::new("suoi").unwrap();
        store.register(&[Registration { portal: portal.clone(), group }], at(0)).await.unwrap();
        let lease = store.claim(&[portal], at(0), Duration::from_hours(24 * 3650)).await.unwrap().unwrap();
        store.begin_walk(&lease, &source(), &url("/tin"), at(0)).await.unwrap();
        VisitContext { folder, store, lease }
    }

    /// The list shows a page.
    async fn show(&self, page: &Shown, day: i64) {
        let discovery = Discovery { source: source(), kind: SourceKind::Listing, url: url("/tin"), guid: None };
        let link = Link { url: url(&page.path), hints: Hints::default(), discovery };
        self.store
            .take_up(&self.lease, &source(), vec![(article_id(&link.url.canonical()), link)], false, at(day))
            .await
            .unwrap();
    }

    /// The page is read.
    async fn settle(&self, page: &Shown, day: i64) -> Verdict {
        let settlement = Settlement {
            id: article_id(&url(&page.path)),
            outcome: Outcome::Recorded,
            answered: None,
            not_before: None,
            raw: None,
        };
        let article =
            Article { record: Box::new(record(page, day)), credit: None, is_misnamed: false, is_moved: false };
        self.store.settle_article(&self.lease, settlement, article, at(day)).await.unwrap()
    }

    async fn deliver(&self) {
        let rows = self.store.outbox(1000, &[]).await.unwrap().rows;
        self.store.delivered(&rows.iter().map(|row| row.sequence).collect::<Vec<_>>()).await.unwrap();
    }

    async fn forget(&self, day: i64) {
        while self.store.forget_articles(at(day - KEPT), 3, |_| {}).await.unwrap() > 0 {}
    }

    /// What `export` prints, by canonical path.
    async fn exported(&self) -> BTreeSet<String> {
        let (mut all, mut after) = (BTreeSet::new(), 0);
        loop {
            let (found, last) = self.store.current(&RecordFilter::default(), after).await.unwrap();
            if last == after {
                return all;
            }
            let path = |record: &Record| record.canonical_url.strip_prefix("http://suoi.example").unwrap().to_owned();
            all.extend(found.records.iter().map(path));
            after = last;
        }
    }

    fn count(&self, statement: &str) -> i64 {
        self.folder.number(statement)
    }

    /// The tables agree with each other, and there are so many articles.
    async fn check(&self, articles: usize) {
        assert_eq!(self.store.integrity().await.unwrap(), Vec::<String>::new());
        for table in ["articles", "copies", "records"] {
            let count = self.count(&format!("SELECT count(*) FROM {table}"));
            assert_eq!(usize::try_from(count).unwrap(), articles, "{table}");
        }
        let strays = "SELECT count(*) FROM sightings s WHERE NOT EXISTS (SELECT 1 FROM links l WHERE l.portal = s.portal AND l.id = s.link)";
        assert_eq!(self.count(strays), 0);
    }
}

#[expect(clippy::disallowed_methods, reason = "the test looks at the tables themselves")]
fn open(folder: &Path) -> Connection {
    Connection::open_with_flags(
        folder.join(FILE_NAME),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )
    .unwrap()
}

/// What is to be there at the end of a day: what a link shows that is kept, and what one showed that shows another article since, or that is forgotten,
/// not longer ago than articles are kept.
fn wanted(pages: &[Shown], day: i64) -> BTreeSet<String> {
    let mut last_shown: BTreeMap<&str, i64> = BTreeMap::new();
    for page in pages {
        for shown in page.days.start..page.days.end.min(day + 1) {
            let last = last_shown.entry(page.canonical(shown)).or_insert(shown);
            *last = shown.max(*last);
        }
        // A link of a list is read on the day on which it changes, so that the article before was shown until then.
        for (changed, _) in page.canonical.iter().skip(1).filter(|(changed, _)| *changed <= day) {
            let last = last_shown.entry(page.canonical(changed - 1)).or_insert(*changed);
            *last = (*changed).max(*last);
        }
    }
    last_shown.into_iter().filter(|(_, last)| *last >= day - KEPT).map(|(path, _)| path.to_owned()).collect()
}

#[tokio::test]
async fn over_a_year_what_is_shown_is_kept_and_the_rest_forgotten_everywhere() {
    let context = VisitContext::new().await;
    let pages = year();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for day in 0..400 {
        for page in pages.iter().filter(|page| page.days.contains(&day)) {
            context.show(page, day).await;
            let is_changed = page.canonical.iter().any(|(since, _)| *since == day);
            if is_changed {
                let verdict = context.settle(page, day).await;
                let is_new = known.insert(page.canonical(day).to_owned());
                let expected = if is_new { Verdict::New } else { Verdict::Unchanged };
                assert_eq!(verdict, expected, "day {day}: {}", page.path);
            }
        }
        context.deliver().await;
        context.forget(day).await;
        if day % 7 == 0 || day > 390 {
            assert_eq!(context.exported().await, wanted(&pages, day), "day {day}");
        }
        known.retain(|path| wanted(&pages, day).contains(path));
    }
    let left = wanted(&pages, 399);
    assert!(left.contains("/moi/0") && !left.contains("/cu/0") && left.contains("/chung/11"), "{left:?}");
    context.check(left.len()).await;
    // What nobody shows any more is gone to the last row.
    context.forget(2000).await;
    assert_eq!(context.exported().await, BTreeSet::new());
    context.check(0).await;
}

#[tokio::test]
async fn what_waits_for_its_sink_is_not_forgotten() {
    let context = VisitContext::new().await;
    let page = Shown::new("/a".to_owned(), 0..1, "/b".to_owned());
    context.show(&page, 0).await;
    context.settle(&page, 0).await;
    context.forget(100).await;
    assert_eq!(context.count("SELECT count(*) FROM links"), 0);
    assert_eq!(context.exported().await, BTreeSet::from(["/b".to_owned()]));
    context.deliver().await;
    context.forget(100).await;
    context.check(0).await;
}

/// A database of format 7, as the program wrote it that did not know which article a link shows: two portals, pages with canonical addresses of all
/// kinds, one of which two links share.
#[tokio::test]
async fn a_database_of_format_7_learns_what_its_links_show() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).execute_batch(include_str!("databases/format7.sql")).unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    assert!(folder.path().join("tintinh.v7.backup.db").exists());
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    let mut shown = Vec::new();
    for path in ["bai/1.html", "a/2.html", "x/3.html", "y/3.html", "lech/1", "lech/2"] {
        let link = store.find_link(&format!("http://xanuoi.example/{path}")).await.unwrap().unwrap();
        let article = match &link.article {
            None => None,
            Some(id) => Some(store.find_record(id).await.unwrap().unwrap().canonical_url),
        };
        shown.push((path, article.map(|url| url.replace("http://xanuoi.example/", ""))));
    }
    let of = |path: &str| Some(path.to_owned());
    let wanted = [
        ("bai/1.html", of("bai/1.html")),
        ("a/2.html", of("bai/2.html")),
        ("x/3.html", of("bai/3.html")),
        // Only the page itself says which article it repeats: it is asked for in full.
        ("y/3.html", None),
        ("lech/1", of("lech")),
        ("lech/2", of("lech/2")),
    ];
    assert_eq!(shown, wanted);
    // An article is found by its own address and by those of its links, a link by its own and by its article's.
    let record = store.find_record("http://xanuoi.example/a/2.html").await.unwrap().unwrap();
    assert_eq!(record.canonical_url, "http://xanuoi.example/bai/2.html");
    let link = store.find_link(&record.canonical_url).await.unwrap().unwrap();
    assert_eq!(link.url, "http://xanuoi.example/a/2.html");
    let portal = PortalId::new("xanuoi").unwrap();
    let now: Timestamp = "2026-12-30T00:00:00Z".parse().unwrap();
    store.make_due(std::slice::from_ref(&portal), now).await.unwrap();
    let lease = store.claim(&[portal], now, Duration::from_mins(10)).await.unwrap().unwrap();
    let mut asked = BTreeMap::new();
    while let Some(pending) = store.next_link(&lease, &asked.keys().cloned().collect::<Vec<_>>(), now).await.unwrap() {
        asked.insert(pending.id, (pending.link.url.to_string(), pending.revalidation.is_some()));
    }
    assert!(asked.values().any(|asked| *asked == ("http://xanuoi.example/y/3.html".to_owned(), false)), "{asked:?}");
    assert!(asked.values().any(|asked| *asked == ("http://xanuoi.example/x/3.html".to_owned(), true)), "{asked:?}");
}
