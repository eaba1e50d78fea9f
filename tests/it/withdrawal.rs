//! A portal of 200 articles over a month of simulated time, of which some are withdrawn, some of these come back, some move, some lead to the front page and
//! some are away for a while only, and one whose feed gives whole articles and drops some: the stream of records tells exactly that, over restarts
//! and over processes that are killed.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tempfile::TempDir;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::doctor;
use tintinh::fetch::transport::Exchange;
use tintinh::fetch::transport::Transport;
use tintinh::fetch::transport::WireRequest;
use tintinh::fetch::transport::WireResponse;
use tintinh::model::record::Record;
use tintinh::model::record::WithdrawalReason;
use tintinh::store::RecordFilter;
use tintinh::store::Store;
use tintinh::text::fingerprint::hash_parts;

use crate::support::kill_one_after_the_other;
use crate::support::live;
use crate::support::reopened;
use crate::world::records_below;

const BEGUN: &str = "2026-03-02T00:00:00Z";
const DAYS: i64 = 33;
const ARTICLES: i64 = 200;
/// Hours between two articles.
const RHYTHM: i64 = 3;
/// Entries of the feed.
const LISTED: i64 = 24;

/// Withdrawn two days after they came, the even ones with 404, the others with 410.
const WITHDRAWN: [i64; 10] = [10, 27, 44, 61, 78, 95, 112, 129, 146, 163];
/// Those of them that are back four days later.
const BACK: [i64; 5] = [10, 27, 44, 61, 78];
/// They move to another address on the second day, to which the old one leads for good.
const MOVED: [i64; 5] = [20, 50, 80, 110, 140];
/// They lead to the front page from the second day on.
const LEAD_HOME: [i64; 3] = [33, 66, 99];
/// They answer 404 for three hours, at the time of a look.
const AWAY: [i64; 2] = [5, 150];

/// Articles of the feed that gives them whole, one each twelve hours; it lists twenty, and a pinned one.
const WHOLE: i64 = 60;
/// Dropped from it on their third day, in the midst of what it lists.
const DROPPED: [i64; 2] = [12, 30];
/// It lists this one again on its sixth day.
const LISTED_AGAIN: i64 = 12;
/// Left out for three hours.
const OVERLOOKED: i64 = 20;

const HTML: &str = "text/html; charset=utf-8";

const SETTINGS: &str = "state_dir = \"../state\"\nrecords_dir = \"../records\"\n[defaults]\nevery = \"3h\"\nevery_max = \"3h\"\ndelay = \"1s\"\n\
    [revisit]\nafter = [\"12h\", \"1d\", \"2d\", \"3d\", \"4d\", \"5d\", \"6d\", \"7d\", \"9d\", \"12d\"]\n";
const PORTAL: &str = "name = \"Cổng Tà Xùa\"\nhome = \"http://taxua.example/\"\n[[source]]\nid = \"tin\"\nkind = \"feed\"\n\
    url = \"http://taxua.example/tin.xml\"\n[[article]]\ntitle = [\"h1\"]\nbody = [\"div.than\"]\n";

const WHOLE_PORTAL: &str = "name = \"Cổng Nà Lầu\"\nhome = \"http://nalau.example/\"\n[[source]]\nid = \"tin\"\nkind = \"feed\"\n\
    url = \"http://nalau.example/tin.xml\"\ncontent = \"article\"\n";

fn hour(hour: i64) -> Timestamp {
    BEGUN.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

/// The portal. It writes down the time at each request, so that a process that takes over from a killed one goes on from there.
struct Portal {
    clock: Clock,
    folder: std::path::PathBuf,
}

impl Portal {
    fn answer(&self, request: &WireRequest) -> WireResponse {
        let now = self.clock.now();
        fs::write(self.folder.join("now"), now.to_string()).unwrap();
        let hours = now.duration_since(hour(0)).as_hours();
        let path = request.url.as_url().path();
        match (hours / 24, hours % 24) {
            // A day of 503, a morning of challenges, and thirty hours in which the server finds nothing at all.
            (12, _) => return WireResponse::new(503),
            (15, 0..6) => {
                let script = "<html><body><script>document.cookie=\"D1N=1\";window.location.reload(true);</script></body></html>";
                return WireResponse::ok("text/html", script);
            }
            (18, _) | (19, 0..6) if path != "/robots.txt" => return WireResponse::new(404),
            _ => {}
        }
        if request.url.host() == "nalau.example" {
            return match path {
                "/tin.xml" => WireResponse::ok("application/rss+xml", whole_feed(hours)),
                _ => WireResponse::new(404),
            };
        }
        let published = (hours / RHYTHM + 1).min(ARTICLES);
        match path {
            "/" => WireResponse::ok(HTML, list(published, hours)),
            "/tin.xml" => WireResponse::ok("application/rss+xml", feed(published, hours)),
            _ => match number_in(path) {
                Some(number) if number < published && path_of(number, hours) == path => {
                    article(request, number, hours - number * RHYTHM)
                }
                Some(number) if number < published && path.starts_with("/bai/") => {
                    let to = path_of(number, hours).into_bytes();
                    WireResponse { headers: vec![("location".to_owned(), to)], ..WireResponse::new(301) }
                }
                _ => WireResponse::new(404),
            },
        }
    }
}

impl Transport for Portal {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        Box::pin(async move { Ok(self.answer(request)) })
    }
}

/// Where an article is after so many hours of the month.
fn path_of(number: i64, hours: i64) -> String {
    let is_moved = MOVED.contains(&number) && hours - number * RHYTHM >= 48;
    format!("/{}/{number}.html", if is_moved { "tin-tuc" } else { "bai" })
}

/// The number in an article's address.
fn number_in(path: &str) -> Option<i64> {
    let name = path.strip_prefix("/bai/").or_else(|| path.strip_prefix("/tin-tuc/"))?;
    name.strip_suffix(".html")?.parse().ok()
}

fn title(number: i64) -> String {
    format!("Bản tin vùng cao số {number}")
}

fn shown(published: i64) -> impl Iterator<Item = i64> {
    ((published - LISTED).max(0)..published).rev()
}

fn feed(published: i64, hours: i64) -> String {
    let items = shown(published).map(|number| {
        let date = hour(number * RHYTHM).strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "<item><title>{}</title><link>http://taxua.example{}</link><pubDate>{date}</pubDate></item>",
            title(number),
            path_of(number, hours)
        )
    });
    format!("<rss version=\"2.0\"><channel><title>Tà Xùa</title>{}</channel></rss>", items.collect::<String>())
}

fn whole_feed(hours: i64) -> String {
    let published = (hours / 12 + 1).min(WHOLE);
    let is_listed = |number: &i64| {
        let age = hours - number * 12;
        let is_dropped = DROPPED.contains(number) && age >= 72 && !(*number == LISTED_AGAIN && age >= 144);
        let is_overlooked = *number == OVERLOOKED && (80..83).contains(&age);
        !is_dropped && !is_overlooked
    };
    let pinned = (published > 25).then_some(0);
    let items = pinned.into_iter().chain(((published - 20).max(0)..published).rev().filter(is_listed)).map(|number| {
        let date = hour(number * 12).strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "<item><title>Thông báo của thị trấn số {number}</title><link>http://nalau.example/bai/{number}.html</link><pubDate>{date}</pubDate>\
             <content:encoded><![CDATA[<p>{}.</p>]]></content:encoded></item>",
            words(&format!("whole {number}"))
        )
    });
    format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>Nà Lầu</title>{}</channel></rss>",
        items.collect::<String>()
    )
}

/// Words that no other article has.
fn words(of: &str) -> String {
    let words = (0..90).map(|word| hash_parts([of, &*word.to_string()])[..5].to_owned());
    words.collect::<Vec<_>>().join(" ")
}

fn list(published: i64, hours: i64) -> String {
    let items =
        shown(published).map(|number| format!("<li><a href='{}'>{}</a></li>", path_of(number, hours), title(number)));
    format!("<html><head><title>Tà Xùa</title></head><body><ul>{}</ul></body></html>", items.collect::<String>())
}

/// An article so many hours after it came.
fn article(request: &WireRequest, number: i64, age: i64) -> WireResponse {
    let is_away = AWAY.contains(&number) && (47..50).contains(&age);
    let is_withdrawn = WITHDRAWN.contains(&number) && age >= 48 && !(BACK.contains(&number) && age >= 144);
    if is_away || is_withdrawn {
        return WireResponse::new(if is_withdrawn && number % 2 == 1 { 410 } else { 404 });
    }
    if LEAD_HOME.contains(&number) && age >= 48 {
        return WireResponse { headers: vec![("location".to_owned(), "/".into())], ..WireResponse::new(302) };
    }
    let tag = format!("\"{number}\"");
    let headers = |answer: WireResponse| {
        let etag = ("etag".to_owned(), tag.clone().into_bytes());
        WireResponse { headers: [answer.headers.clone(), vec![etag]].concat(), ..answer }
    };
    if request.header("if-none-match") == Some(tag.as_bytes()) {
        return headers(WireResponse::new(304));
    }
    let text = words(&number.to_string());
    headers(WireResponse::ok(
        HTML,
        format!(
            "<html><head><title>{0}</title></head><body><h1>{0}</h1><div class=\"than\"><p>{text}.</p></div></body></html>",
            title(number)
        ),
    ))
}

/// A folder with the configuration, in memory where there is such a folder.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    fs::create_dir_all(folder.path().join("config/portals")).unwrap();
    fs::write(folder.path().join("config/tintinh.toml"), SETTINGS).unwrap();
    fs::write(folder.path().join("config/portals/taxua.toml"), PORTAL).unwrap();
    fs::write(folder.path().join("config/portals/nalau.toml"), WHOLE_PORTAL).unwrap();
    folder
}

/// The service, from the moment at which it last asked for something until an hour of the month.
async fn serve(folder: &Path, until: i64) {
    let begun = fs::read_to_string(folder.join("now")).map_or(hour(0), |now| now.parse().unwrap());
    let config = Config::load(&folder.join("config")).unwrap_or_else(|errors| panic!("{errors}"));
    let clock = Clock::simulated(begun);
    let portal = Arc::new(Portal { clock: clock.clone(), folder: folder.to_owned() });
    let context = reopened(&config, &clock, portal).await;
    let left = hour(until).duration_since(begun).try_into().unwrap_or(Duration::ZERO);
    live(Arc::new(config), context, left).await;
}

/// The whole stream, read in small pages.
async fn stream(folder: &Path) -> Vec<Record> {
    let store = Store::open_read_only(&folder.join("state")).await.unwrap();
    let (mut cursor, _) = store.stream_ends().await.unwrap();
    let mut all = Vec::new();
    loop {
        let page = store.stream_after(&RecordFilter::default(), &cursor, 7).await.unwrap();
        all.extend(page.found.records);
        cursor = page.next;
        if page.is_last {
            return all;
        }
    }
}

/// What is told of an article, revision by revision.
fn expected(number: i64) -> &'static [&'static str] {
    match number {
        _ if MOVED.contains(&number) => &["told", "moved"],
        _ if BACK.contains(&number) => &["told", "withdrawn", "told"],
        _ if WITHDRAWN.contains(&number) => &["told", "withdrawn"],
        _ => &["told"],
    }
}

async fn check(folder: &Path) {
    let all = stream(folder).await;
    let numbers: Vec<u64> = all.iter().map(|record| record.sequence.unwrap()).collect();
    assert_eq!(numbers, (1..=all.len() as u64).collect::<Vec<_>>(), "no number is left out or given twice");
    let mut told: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in &all {
        told.entry(&record.title).or_default().push(record);
    }
    assert_eq!(told.len(), usize::try_from(ARTICLES + WHOLE).unwrap());
    for number in 0..ARTICLES {
        check_article(&told[&*title(number)], number, expected(number));
    }
    for number in 0..WHOLE {
        let expected: &[&str] = match number {
            LISTED_AGAIN => &["told", "withdrawn", "told"],
            _ if DROPPED.contains(&number) => &["told", "withdrawn"],
            _ => &["told"],
        };
        check_article(&told[&*format!("Thông báo của thị trấn số {number}")], number, expected);
    }
    let mut written = records_below(&folder.join("records"));
    written.sort_by_key(|record| record.sequence);
    assert_eq!(written, all, "the files hold what the stream tells");
    let status = Store::open_read_only(&folder.join("state")).await.unwrap().status().await.unwrap();
    assert_eq!(status.iter().map(|portal| portal.withdrawn).collect::<Vec<_>>(), [1, 5], "nalau, taxua");
    let problems = doctor::check(&folder.join("state"), &folder.join("records"), true).await.unwrap();
    assert_eq!(problems, []);
}

fn check_article(revisions: &[&Record], number: i64, expected: &[&str]) {
    let portal = &revisions[0].portal;
    let words = revisions.iter().map(|record| match record {
        Record { withdrawn: Some(_), .. } => "withdrawn",
        Record { moved_from: Some(_), .. } => "moved",
        _ => "told",
    });
    assert_eq!(words.collect::<Vec<_>>(), expected, "{portal} {number}");
    for (record, revision) in revisions.iter().zip(1..) {
        assert_eq!((record.revision, &record.id), (revision, &revisions[0].id), "{portal} {number}");
        if let Some(old) = &record.moved_from {
            assert_eq!((old.as_str(), record.duplicate.as_ref()), (revisions[0].canonical_url.as_str(), None));
        }
        assert_eq!(record.content_text, revisions[0].content_text, "{portal} {number}");
        let Some(withdrawn) = &record.withdrawn else { continue };
        let (reason, status, went) = match (portal.as_str(), number % 2) {
            ("nalau", _) => (WithdrawalReason::Unlisted, 200, number * 12 + 72),
            (_, 1) => (WithdrawalReason::Gone, 410, number * RHYTHM + 48),
            _ => (WithdrawalReason::NotFound, 404, number * RHYTHM + 48),
        };
        assert_eq!((withdrawn.reason, record.http.status), (reason, status), "{portal} {number}");
        let at: Timestamp = withdrawn.at.parse().unwrap();
        // A look finds it missing, and one a day later; the next look may be some days away, and the site out of order.
        let hours = at.duration_since(hour(went)).as_hours();
        assert!((24..24 * 5).contains(&hours), "{portal} {number}: {hours} h after it went");
    }
}

#[tokio::test(start_paused = true)]
async fn over_a_month_the_stream_tells_what_was_withdrawn_and_what_came_back() {
    let folder = folder();
    for until in [40, 300, 301, 430, 500, DAYS * 24] {
        serve(folder.path(), until).await;
    }
    check(folder.path()).await;
}

/// A process of the service that may be killed on the way: started by the tests below, with a folder.
#[tokio::test(start_paused = true)]
#[ignore = "a process of the tests below"]
#[expect(clippy::disallowed_methods, reason = "a test tells its process by the environment")]
async fn a_process_of_the_month() {
    if let Ok(folder) = std::env::var("TINTINH_MONTH") {
        serve(Path::new(&folder), DAYS * 24).await;
    }
}

/// Lets processes of one month be killed, one after the other, and the last one end the month; gives how many were.
async fn kill_over_a_month(folder: &Path, kills: Range<u64>) -> u64 {
    const PLACES: [(&str, u16); 6] = [
        ("store.commit", 240),
        ("store.committed", 240),
        ("archive.appended", 60),
        ("sink.write", 50),
        ("extract", 40),
        ("sink.synced", 50),
    ];
    kill_one_after_the_other("withdrawal::a_process_of_the_month", folder, &PLACES, kills).await
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_month_with_five_processes_killed_the_stream_tells_the_same() {
    let folder = folder();
    let killed = kill_over_a_month(folder.path(), 0..5).await;
    assert!(killed >= 4, "only {killed} of 5 processes were killed");
    check(folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/soak/withdrawals.sh runs it"]
async fn over_ten_months_with_fifty_processes_killed_the_stream_tells_the_same() {
    let mut killed = 0;
    for month in 1..=10 {
        let folder = folder();
        killed += kill_over_a_month(folder.path(), month * 5..month * 5 + 5).await;
        check(folder.path()).await;
    }
    eprintln!("{killed} of 50 processes killed: no withdrawal, return or number lost or told twice");
    assert!(killed >= 40);
}
