//! Whatever keeps a portal from being read, the digest names the portal and says why: "nothing found" never means "nobody looked".
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use tempfile::TempDir;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::fetch::FetchError;
use tintinh::fetch::tls::TlsFault;
use tintinh::fetch::transport::Exchange;
use tintinh::fetch::transport::Transport;
use tintinh::fetch::transport::WireRequest;
use tintinh::fetch::transport::WireResponse;
use tintinh::notify::Notifier;

use crate::copies::text;
use crate::support::live;
use crate::support::reopened;
use crate::watch_messages::queued;

/// 07:00 in Vietnam.
const BEGUN: &str = "2026-03-02T00:00:00Z";
/// Hours of the service's life.
const LIFE: i64 = 60;
/// The hour from which on some portals cannot be read any more.
const BREAKS: i64 = 20;
/// Hours between two articles of a portal, and entries of its list.
const RHYTHM: i64 = 2;
const LISTED: i64 = 5;

/// What becomes of a portal, and what a digest must say of it; `None`: nothing.
const WAYS: [(&str, Option<&str>); 23] = [
    ("doc-duoc", None),
    ("bai-bi-cam-in", None),
    ("mot-bai-loi", Some("máy chủ từ chối, HTTP 403")),
    ("ten-mien", Some("không tìm thấy tên miền")),
    ("khong-tra-loi", Some("máy chủ không trả lời")),
    ("khong-noi-duoc", Some("máy chủ không trả lời")),
    ("het-han", Some("hết hạn chứng thư")),
    ("sai-ten", Some("lỗi chứng thư bảo mật")),
    ("may-chu-loi", Some("máy chủ báo lỗi, HTTP 503")),
    ("mat-trang", Some("không còn trang tin ở địa chỉ cũ, HTTP 404")),
    ("bo-han", Some("không còn trang tin ở địa chỉ cũ, HTTP 410")),
    ("xin-nghi", Some("máy chủ yêu cầu tạm ngừng truy cập")),
    ("dong-het", Some("cổng không cho phép đọc tự động, theo robots.txt")),
    ("dong-bai", Some("cổng không cho phép đọc tự động, theo robots.txt")),
    ("dong-bai-ve-sau", Some("cổng không cho phép đọc tự động, theo robots.txt")),
    ("loi-robots", Some("không đọc được robots.txt")),
    ("tuong-lua", Some("tường lửa chặn truy cập")),
    ("tuong-lua-bai", Some("tường lửa chặn truy cập")),
    ("rong", Some("trang danh sách tin không còn đọc được")),
    ("thanh-trang", Some("trang danh sách tin không còn đọc được")),
    ("danh-sach-rong", Some("trang danh sách tin không còn đọc được")),
    ("tu-choi-bai", Some("máy chủ từ chối, HTTP 403")),
    ("bai-qua-lon", Some("lỗi khi đọc")),
];

/// Portals of which a part is read.
const PARTLY: [&str; 2] = ["mot-bai-loi", "mot-nguon"];

fn hour(hour: i64) -> Timestamp {
    BEGUN.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hour)
}

struct Portals(Clock);

impl Transport for Portals {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        let hours = self.0.now().duration_since(hour(0)).as_hours();
        let portal = request.url.host().trim_end_matches(".example").to_owned();
        Box::pin(async move { answer(&portal, request.url.as_url().path(), hours) })
    }
}

fn answer(portal: &str, path: &str, hours: i64) -> Result<WireResponse, FetchError> {
    let is_list = path == "/tin.xml";
    let is_article = path.starts_with("/bai/");
    let newest = hours / RHYTHM;
    let is_broken = hours >= BREAKS;
    let html = |text: &str| WireResponse::ok("text/html; charset=utf-8", text.to_owned());
    let wall = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>";
    let limit = Duration::from_secs(30);
    Ok(match portal {
        _ if path == "/robots.txt" => return Ok(robots(portal, is_broken)),
        "ten-mien" if is_broken => {
            let (host, detail) = (portal.to_owned(), "no such host".to_owned());
            return Err(FetchError::Dns { host, detail });
        }
        "khong-tra-loi" if is_broken => {
            return Err(FetchError::Timeout { what: "the exchange".to_owned(), limit });
        }
        "khong-noi-duoc" if is_broken => return Err(FetchError::Connect("connection refused".to_owned())),
        "het-han" if is_broken => {
            return Err(FetchError::Tls { fault: TlsFault::Expired, detail: "it ended".to_owned() });
        }
        "sai-ten" if is_broken => {
            return Err(FetchError::Tls { fault: TlsFault::WrongHost, detail: "another name".to_owned() });
        }
        "may-chu-loi" if is_broken => WireResponse::new(503),
        "mat-trang" if is_broken && is_list => WireResponse::new(404),
        "bo-han" if is_broken && is_list => WireResponse::new(410),
        "xin-nghi" if is_broken => WireResponse::new(429).with_header("retry-after", "86400"),
        "tuong-lua" if is_broken => html(wall),
        "tuong-lua-bai" if is_broken && is_article => html(wall),
        "rong" if is_broken && is_list => feed(portal, newest, 0),
        "thanh-trang" if is_broken && is_list => html("<!DOCTYPE html><html><body><p>Chào mừng</p></body></html>"),
        "danh-sach-rong" if is_list => {
            let items = (newest - LISTED..newest)
                .map(|number| format!("<li><a href=\"/bai/{number}.html\">Tin số {number} trong ngày</a></li>"));
            let items = if is_broken { String::new() } else { items.collect() };
            html(&format!("<html><body><ul class=\"ds\">{items}</ul></body></html>"))
        }
        "tu-choi-bai" if is_broken && is_article => WireResponse::new(403),
        // Its newest article alone.
        "mot-bai-loi" if path == format!("/bai/{}.html", LIFE / RHYTHM - 2) => WireResponse::new(403),
        "bai-qua-lon" if is_broken && is_article => {
            return Err(FetchError::TooLarge { what: "on the wire", limit: 1 << 24 });
        }
        _ if path == "/khac.xml" && is_broken => WireResponse::new(500),
        _ if is_list || path == "/khac.xml" => feed(portal, newest, LISTED),
        _ if is_article => article(portal, path),
        _ => WireResponse::new(404),
    })
}

fn robots(portal: &str, is_broken: bool) -> WireResponse {
    let rules = match portal {
        "loi-robots" => return WireResponse::new(500),
        "dong-het" if is_broken => "User-agent: *\nDisallow: /\n",
        "dong-bai" => "User-agent: *\nDisallow: /bai/\n",
        "dong-bai-ve-sau" if is_broken => "User-agent: *\nDisallow: /bai/\n",
        "bai-bi-cam-in" => "User-agent: *\nDisallow: /in/\n",
        _ => return WireResponse::new(404),
    };
    WireResponse::ok("text/plain", rules)
}

fn feed(portal: &str, newest: i64, count: i64) -> WireResponse {
    let item = |path: String, number: i64| {
        let date = hour(number * RHYTHM).strftime("%a, %d %b %Y %H:%M:%S +0000");
        format!(
            "<item><title>Tin số {number} trong ngày</title><link>http://{portal}.example{path}</link><pubDate>{date}</pubDate></item>"
        )
    };
    let items = (newest - count..newest).rev().map(|number| {
        let print = if portal == "bai-bi-cam-in" { item(format!("/in/{number}.html"), number) } else { String::new() };
        item(format!("/bai/{number}.html"), number) + &print
    });
    let items: String = items.collect();
    WireResponse::ok(
        "application/rss+xml",
        format!("<rss version=\"2.0\"><channel><title>P</title>{items}</channel></rss>"),
    )
}

fn article(portal: &str, path: &str) -> WireResponse {
    let number: u64 =
        path.trim_start_matches("/bai/").trim_end_matches(".html").trim_start_matches('-').parse().unwrap();
    let place = WAYS.iter().position(|(way, _)| *way == portal).unwrap_or(WAYS.len()) as u64;
    let body = text(place * 1000 + number, 8).split("\n\n").map(|line| format!("<p>{line}</p>")).collect::<String>();
    let title = format!("Tin số {number} trong ngày");
    WireResponse::ok(
        "text/html; charset=utf-8",
        format!(
            "<html><head><title>{title}</title></head><body><h1>{title}</h1><div class=\"than\">{body}</div></body></html>"
        ),
    )
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    for name in ["portals", "watch"] {
        fs::create_dir_all(config.join(name)).unwrap();
    }
    let settings = "state_dir = \"../state\"\nrecords_dir = \"../records\"\n[defaults]\nevery = \"1h\"\nevery_max = \"1h\"\ndelay = \"1s\"\n\
        [search]\nenabled = false\n[[notify]]\nid = \"ban\"\nkind = \"command\"\ncommand = [\"/bin/false\"]\n";
    fs::write(config.join("tintinh.toml"), settings).unwrap();
    for portal in WAYS.map(|(way, _)| way).into_iter().chain(["mot-nguon"]) {
        let source = |id: &str, kind: &str| {
            format!("[[source]]\nid = \"{id}\"\nkind = {kind}\nurl = \"http://{portal}.example/{id}.xml\"\n")
        };
        let sources = match portal {
            "danh-sach-rong" => source("tin", "\"listing\"\nselect = { item = [\"ul.ds li\"] }"),
            "mot-nguon" => source("tin", "\"feed\"") + &source("khac", "\"feed\""),
            _ => source("tin", "\"feed\""),
        };
        let rules = "[[article]]\ntitle = [\"h1\"]\nbody = [\"div.than\"]\n";
        let text = format!("name = \"{portal}\"\nhome = \"http://{portal}.example/\"\n{sources}{rules}");
        fs::write(config.join(format!("portals/{portal}.toml")), text).unwrap();
    }
    let watch = "name = \"Không có\"\nany = [\"chuyện không có\"]\nto = [\"ban\"]\nrhythm = \"daily 07:00\"\n";
    fs::write(config.join("watch/khong-co.toml"), watch).unwrap();
    folder
}

/// The portals that a digest names, with the reasons: those that were not read, and those that were read in part.
fn named(data: &serde_json::Value, key: &str) -> Vec<(String, String)> {
    let text = |one: &serde_json::Value, key: &str| one[key].as_str().unwrap().to_owned();
    data[key].as_array().unwrap().iter().map(|one| (text(one, "name"), text(one, "reason"))).collect()
}

#[tokio::test(start_paused = true)]
async fn whatever_keeps_a_portal_from_being_read_is_named_by_the_digest() {
    let folder = folder();
    let config = Arc::new(Config::load(&folder.path().join("config")).unwrap_or_else(|errors| panic!("{errors}")));
    let clock = Clock::simulated(hour(0));
    let context = reopened(&config, &clock, Arc::new(Portals(clock.clone()))).await;
    let notifier = Notifier::open(&config.state_dir, context.store.clone()).await.unwrap();
    notifier.round(&config, clock.now()).await.unwrap();
    let life = Duration::from_hours(u64::try_from(LIFE).unwrap());
    live(Arc::clone(&config), context, life).await;
    notifier.round(&config, hour(LIFE)).await.unwrap();
    let [digest] = queued(folder.path()).try_into().unwrap();
    let data = &digest.message["data"];
    let expected = |is_part: bool| -> Vec<(String, String)> {
        let ways = WAYS.iter().filter_map(|(way, reason)| Some((way.to_string(), (*reason)?.to_owned())));
        let half = ("mot-nguon".to_owned(), "máy chủ báo lỗi, HTTP 500".to_owned());
        let mut all: Vec<_> = ways.chain([half]).filter(|(way, _)| PARTLY.contains(&way.as_str()) == is_part).collect();
        all.sort();
        all
    };
    assert_eq!(named(data, "unread"), expected(false));
    assert_eq!(named(data, "partly_read"), expected(true));
    // While the service is down, nobody looks at what was well.
    notifier.round(&config, hour(LIFE + 5)).await.unwrap();
    notifier.round(&config, hour(LIFE + 24)).await.unwrap();
    let digests = queued(folder.path());
    let unread = named(&digests.last().unwrap().message["data"], "unread");
    assert!(unread.contains(&("doc-duoc".to_owned(), "chưa đến lượt đọc".to_owned())), "{unread:?}");
    let closed = ("dong-bai".to_owned(), "cổng không cho phép đọc tự động, theo robots.txt".to_owned());
    assert!(unread.contains(&closed), "{unread:?}");
    assert_eq!(unread.len(), WAYS.len() + 1, "{unread:?}");
}
