//! One article at several addresses, and what looks like that and is not. Whatever the order in which the addresses are met, one id results.

#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use rusqlite::Connection;
use tintinh::dedup::Verdict;
use tintinh::store::FILE_NAME;
use tintinh::store::RecordFilter;
use tintinh::store::Store;
use tintinh::url::PageUrl;
use tintinh::url::Spelling;

use crate::copies::Page;
use crate::copies::VisitContext;
use crate::copies::at;
use crate::copies::text;

const TITLE: &str = "Xã khánh thành cầu treo qua suối Đá";

fn page(path: &'static str) -> Page {
    Page { title: TITLE, ..Page::new("a", path, text(7, 8)) }.published(9)
}

/// A page of the same form with other words in it.
fn other(path: &'static str) -> Page {
    Page { title: "Trường mới ở bản Nà", ..Page::new("a", path, text(8, 8)) }.published(9)
}

/// How many articles there are after pages were met, one after the other, and how many revisions the last one's has.
async fn met(pages: &[&Page]) -> (usize, Verdict) {
    let context = VisitContext::new().await;
    let mut last = Verdict::Unchanged;
    for (hour, page) in pages.iter().enumerate() {
        last = context.settle(page, i64::try_from(hour).unwrap() + 10).await;
    }
    let articles = context.store.current(&RecordFilter::default(), 0).await.unwrap().0.records.len();
    context.check().await;
    (articles, last)
}

/// Two pages are one article, in either order; met again, they are nothing new.
async fn check_one(what: &str, one: &Page, other: &Page) {
    for (first, second) in [(one, other), (other, one)] {
        let (articles, verdict) = met(&[first, second]).await;
        assert_eq!(articles, 1, "{what}");
        assert!(matches!(verdict, Verdict::Revision { revision: 2 } | Verdict::Unchanged), "{what}: {verdict:?}");
    }
    if one.text == other.text && one.title == other.title {
        assert_eq!(met(&[one, other, one, other]).await, (1, Verdict::Unchanged), "{what}");
    }
}

async fn check_two(what: &str, one: &Page, other: &Page) {
    for pages in [[one, other], [other, one]] {
        assert_eq!(met(&pages).await.0, 2, "{what}");
    }
}

#[tokio::test]
async fn an_article_with_another_address_stays_one() {
    let guid = |path| Page { guid: Some("n-77"), ..page(path) };
    let (named, renamed) = (
        "/index.php?option=com_content&view=article&id=77:cau",
        "/index.php?option=com_content&view=article&id=77:cau-treo-suoi-da",
    );
    let longer = |page: Page| Page { text: format!("{}\n\n{}", page.text, text(40, 1)), ..page };
    for (what, one, other) in [
        ("slug", guid("/tin/cau-a"), guid("/tin/cau-treo-suoi-da")),
        ("folder", guid("/tin-tuc/xa-hoi/cau.html"), guid("/tin/2026/05/cau.html")),
        ("edited with its slug", guid("/tin/cau-a"), longer(guid("/tin/cau-da"))),
        ("redirect", page("/tin/cau-a"), page("/tin/cau-da")),
        ("telephone", page("http://m.a.example/tin/cau"), page("/tin/cau")),
        ("slash", page("/tin/cau"), page("/tin/cau/")),
        ("case", page("/tin/Cau-Treo"), page("/tin/cau-treo")),
        ("AMP", page("/tin/cau-treo/amp"), page("/tin/cau-treo")),
        ("Joomla", page(named), page(renamed)),
        ("print", page("/tin/cau.html?task=print"), page("/tin/cau.html")),
        ("https and www", page("https://www.a.example/tin/cau/"), page("/tin/cau")),
        ("Unicode", page("/tin/ca%CC%82%CC%80u"), page("/tin/c%e1%ba%a7u.html")),
        ("index.php", page("/index.php/tin/cau"), page("/tin/cau")),
        ("session", page("/tin/cau?PHPSESSID=1&utm_source=zalo"), page("/tin/cau?fbclid=2")),
        ("ending", longer(page("/tin/cau.html")), page("/tin/cau")),
        ("folder of the day", page("/2026/05/11/cau"), page("/2026/05/12/cau")),
    ] {
        check_one(what, &one, &other).await;
    }
}

#[tokio::test]
async fn a_redirect_for_good_and_a_changed_text_are_one_step() {
    let context = VisitContext::new().await;
    assert_eq!(context.settle(&page("/tin/cau-a"), 10).await, Verdict::New);
    let moved = Page {
        led_from: Some("/tin/cau-a"),
        text: format!("{}\n\n{}", page("/").text, text(40, 1)),
        title: "Khánh thành cầu treo qua suối Đá",
        ..page("/tin/cau-da")
    };
    assert_eq!(context.settle(&moved, 11).await, Verdict::Revision { revision: 2 });
    let record = context.store.find_record("http://a.example/tin/cau-da").await.unwrap().unwrap();
    assert_eq!(record.moved_from.as_deref(), Some("http://a.example/tin/cau-a"));
    assert_eq!(record.duplicate, None, "no reprint of itself");
    assert_eq!(record.id, context.store.find_article("http://a.example/tin/cau-a").await.unwrap().unwrap());
    assert_eq!(context.settle(&Page { led_from: None, ..moved }, 12).await, Verdict::Unchanged);
    context.check().await;
}

#[tokio::test]
async fn a_view_of_a_known_page_is_no_move() {
    let context = VisitContext::new().await;
    assert_eq!(context.settle(&page("/tin/cau"), 10).await, Verdict::New);
    for path in ["/tin/cau/amp", "/amp/tin/cau", "http://m.a.example/tin/cau", "/print/tin/cau"] {
        assert_eq!(context.settle(&page(path), 11).await, Verdict::Unchanged, "{path}");
    }
    let record = context.store.find_record("http://a.example/tin/cau").await.unwrap().unwrap();
    assert_eq!((record.revision, record.moved_from), (1, None));
    context.check().await;
}

#[tokio::test]
async fn an_article_that_looks_like_another_one_is_not() {
    let guid = |page: Page| Page { guid: Some("n-77"), ..page };
    let moved = |page: Page| Page { led_from: Some("/tin/cau"), ..page };
    let form = |path, number: u32, day: u32| {
        let head = format!("Thông báo số {number}/TB-UBND: tiếp công dân ngày {day} tháng 3.");
        Page {
            title: "Thông báo lịch tiếp công dân", ..Page::new("a", path, format!("{head}\n\n{}", text(9, 6)))
        }
    };
    let few =
        |path, place: &str| Page { text: format!("Xem chi tiết tại {place}."), published: None, ..page(path) };
    let year = |path, hour| Page { published: None, ..page(path) }.published(hour);
    for (what, one, another) in [
        ("one identifier", guid(page("/tin/cau")), guid(other("/tin/truong"))),
        ("a redirect to another article", page("/tin/cau"), moved(other("/tin/truong"))),
        ("two components", page("/?option=com_content&id=77"), other("/?option=com_k2&id=77")),
        ("codes with capitals", page("/v/aBcDe"), other("/v/AbCdE")),
        ("a yearly article", year("/2025/le-hoi", 9), year("/2026/le-hoi", 9 + 365 * 24)),
        (
            "a yearly article, edited",
            guid(year("/a", 9)),
            guid(Page { text: format!("{} Mới.", text(7, 8)), ..year("/b", 9 + 365 * 24) }),
        ),
        ("two notices", form("/tb/1", 12, 5), form("/tb/2", 13, 12)),
        ("two notices, one identifier", guid(form("/tb/1", 12, 5)), guid(form("/tb/2", 13, 12))),
        ("two days of one notice", guid(form("/tb/1", 12, 5)), guid(form("/tb/2", 12, 6))),
        ("few words", guid(few("/1", "phòng Một")), guid(few("/2", "phòng Hai"))),
        ("another portal", page("/tin/cau"), Page { portal: "b", ..page("/tin/cau") }),
    ] {
        check_two(what, &one, &another).await;
    }
}

#[tokio::test]
async fn an_identifier_of_several_articles_proves_nothing() {
    let guid = |page: Page| Page { guid: Some("0"), ..page };
    let longer = Page { text: format!("{}\n\n{}", text(7, 8), text(40, 3)), ..guid(page("/tin/cau-da")) };
    let pages = [guid(page("/tin/cau")), guid(other("/tin/truong")), longer];
    assert_eq!(met(&pages.each_ref()).await.0, 3);
}

/// A page that answers everywhere is not an article that moves everywhere.
#[tokio::test]
async fn an_article_has_no_more_addresses_than_an_article_has() {
    const PATHS: [&str; 40] = {
        let mut paths = [""; 40];
        let all = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
        let mut at = 0;
        while at < 40 {
            paths[at] = all.split_at(at).1.split_at(1).0;
            at += 1;
        }
        paths
    };
    let context = VisitContext::new().await;
    let mut moves = 0;
    for (hour, path) in (10..).zip(PATHS) {
        moves += usize::from(matches!(context.settle(&page(path), hour).await, Verdict::Revision { .. }));
    }
    assert_eq!(moves, 16);
    context.check().await;
}

#[tokio::test]
async fn an_address_that_gets_an_article_of_its_own_is_let_go() {
    let context = VisitContext::new().await;
    assert_eq!(context.settle(&page("/tin/cau"), 10).await, Verdict::New);
    assert_eq!(context.settle(&page("/tin/moi-nhat"), 11).await, Verdict::Revision { revision: 2 });
    let edited = Page { text: format!("{}\n\n{}", text(7, 8), text(40, 1)), ..page("/tin/cau") };
    assert_eq!(context.settle(&edited, 12).await, Verdict::Revision { revision: 3 });
    assert_eq!(context.settle(&other("/tin/moi-nhat"), 13).await, Verdict::New);
    assert_eq!(context.settle(&other("/tin/moi-nhat"), 14).await, Verdict::Unchanged);
    context.check().await;
}

/// What stays of a forgotten article keeps it from coming back as new: under its address, at another one, by its source's identifier.
#[tokio::test]
async fn a_forgotten_article_is_known_again() {
    let day = 24;
    let guid = |path| Page { guid: Some("n-77"), ..page(path) };
    let longer = |page: Page| Page { text: format!("{}\n\n{}", page.text, text(40, 1)), ..page };
    for again in [guid("/tin/cau"), page("/tin/cau-da"), page("/tin/cau/"), longer(guid("/tin/2026/cau"))] {
        let context = VisitContext::new().await;
        assert_eq!(context.settle(&guid("/tin/cau"), 10).await, Verdict::New);
        let rows = context.store.outbox(10, &[]).await.unwrap().rows;
        context.store.delivered(&rows.iter().map(|row| row.sequence).collect::<Vec<_>>()).await.unwrap();
        assert_eq!(context.store.bury_articles(at(100 * day), 10, |_| {}).await.unwrap(), 2, "its link and its record");
        assert_eq!(context.store.bury_articles(at(100 * day), 10, |_| {}).await.unwrap(), 0);
        let id = guid("/tin/cau").url();
        assert_eq!(context.store.find_record(id.as_str()).await.unwrap(), None);
        assert_eq!(context.store.integrity().await.unwrap(), Vec::<String>::new());
        let expect = if again.text == page("/").text { Verdict::Unchanged } else { Verdict::Revision { revision: 2 } };
        assert_eq!(context.settle(&again, 200 * day).await, expect, "{}", again.path);
        // A copy names it, whether its record is there or not.
        let copy = Page { portal: "b", published: None, ..page("/1") };
        assert!(matches!(context.settle(&copy, 201 * day).await, Verdict::Duplicate(_)));
        let unique = RecordFilter { unique: true, ..RecordFilter::default() };
        assert_eq!(context.store.current(&unique, 0).await.unwrap().0.records.len(), 1, "one of its story");
        context.store.reconcile().await.unwrap();
        context.check().await;
    }
}

#[tokio::test]
async fn a_tombstone_goes_after_its_time() {
    let context = VisitContext::new().await;
    context.settle(&page("/tin/cau"), 10).await;
    let rows = context.store.outbox(10, &[]).await.unwrap().rows;
    context.store.delivered(&rows.iter().map(|row| row.sequence).collect::<Vec<_>>()).await.unwrap();
    context.store.bury_articles(at(1000), 10, |_| {}).await.unwrap();
    assert_eq!(context.store.forget_articles(at(5), 10, |_| {}).await.unwrap(), 0);
    assert_eq!(context.store.forget_articles(at(1000), 10, |_| {}).await.unwrap(), 1);
    assert_eq!(context.settle(&page("/tin/cau"), 2000).await, Verdict::New);
    context.check().await;
}

/// A database of format 8 learns how its articles are spelled, and what its sources call them.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test looks at the tables themselves")]
async fn an_older_database_knows_its_articles_by_other_spellings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    Connection::open(&path).unwrap().execute_batch(include_str!("databases/format8.sql")).unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    let database = Connection::open(&path).unwrap();
    let mut statement = database.prepare("SELECT canonical_url, spelling FROM articles").unwrap();
    let articles: Vec<(String, i64)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    assert!(!articles.is_empty());
    for (url, spelling) in articles {
        let url = PageUrl::parse(&format!("{}/", url.replace("http://", "https://m."))).unwrap();
        assert_eq!(Spelling::of(&url).key, spelling, "{url}");
    }
}
