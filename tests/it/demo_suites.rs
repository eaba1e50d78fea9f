//! The sample portals over real HTTP: each answers as the family it is made after.

#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::io::Read;
use std::time::Duration;

use crate::sites::Fault;
use crate::sites::FaultKind;
use crate::sites::Sites;
use flate2::read::GzDecoder;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const VINHPHUC: &str = "vinhphuc.tintinh.test";
const HOABINH: &str = "hoabinh.tintinh.test";
const GIALAI: &str = "gialai.tintinh.test";
const DAKNONG: &str = "daknong.tintinh.test";

const DONGMAU: &str = "dongmau.tintinh.test";
const NINHMAU: &str = "ninhmau.tintinh.test";
const KHANHMAU: &str = "khanhmau.tintinh.test";

const FEED: &str = "/tin-tuc/-/asset_publisher/kT8wQxLmZ2aB/rss";
const API: &str = "/APIVP/api/DSTinTuc/QUERYDATA";

/// An answer as a raw client reads it.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// Sends one request and reads at most `limit` bytes of what comes back.
async fn raw(sites: &Sites, host: &str, request: String, limit: u64) -> Vec<u8> {
    let mut stream = TcpStream::connect(sites.resolve()[host]).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A reset in the middle is one of the faults: what came before it counts.
    let _ = stream.take(limit).read_to_end(&mut bytes).await;
    bytes
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let headers: BTreeMap<_, _> = head
        .lines()
        .skip(1)
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Answer { status: head[9..12].parse().unwrap(), headers, body: bytes[end + 4..].to_vec() }
}

async fn get_with(sites: &Sites, host: &str, path: &str, headers: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    parse(&raw(sites, host, request, 8 << 20).await)
}

async fn get(sites: &Sites, host: &str, path: &str) -> Answer {
    get_with(sites, host, path, "").await
}

async fn post(sites: &Sites, host: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    parse(&raw(sites, host, request, 1 << 20).await)
}

async fn rows(sites: &Sites, list: &str, start: usize, length: usize) -> Vec<Value> {
    let list = format!("/ct/cms/tintuc/Lists/{list}");
    let (start, length) = (start.to_string(), length.to_string());
    let form = [("do", "QUERYDATA"), ("UrlList", &*list), ("start", &*start), ("length", &*length)];
    let answer = post(sites, VINHPHUC, API, &form).await;
    let value: Value = serde_json::from_slice(&answer.body).unwrap();
    value["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn json_lists_come_in_pages() {
    let sites = Sites::start().await.unwrap();
    let mut all = Vec::new();
    let mut counts = Vec::new();
    for start in [0, 5, 10, 15] {
        let batch = rows(&sites, "ThoiSuChinhTri", start, 5).await;
        counts.push(batch.len());
        all.extend(batch);
    }
    assert_eq!(counts, [5, 5, 3, 0]);
    assert!(all.iter().any(|row| row["Title"].as_str().unwrap().ends_with("##")));
    assert!(all.iter().all(|row| row["ContentNews"].as_str().unwrap().starts_with("&lt;p")));
    assert!(all[0]["CreatedDate"].as_str().unwrap() > all[12]["CreatedDate"].as_str().unwrap());
    assert_eq!(all[0]["CreatedDate"], "2025-06-30T19:02:21");
    let list = get(&sites, VINHPHUC, "/ct/cms/tintuc/Lists/ThoiSuChinhTri/View.aspx").await;
    assert!(list.text().contains("<div id=\"dsTinTuc\"></div>"), "the list as HTML is empty");
    assert_eq!(sites.log()[0].method, "POST");
    assert!(String::from_utf8_lossy(&sites.log()[0].body).contains("length=5"));
}

#[tokio::test]
async fn the_feed_is_conditional_and_not_quite_xml() {
    let sites = Sites::start().await.unwrap();
    let feed = get(&sites, HOABINH, FEED).await;
    assert_eq!(feed.status, 200);
    assert!(feed.text().contains("mua sắm & ẩm thực"), "a bare ampersand");
    assert!(feed.text().contains("Phục&nbsp;dựng"), "an entity that only HTML knows");
    assert!(feed.text().contains("<pubDate></pubDate>"));
    assert!(feed.text().contains("<pubDate>Mon, 30 Jun 2025 17:20:00 +0700</pubDate>"));
    let condition = format!("If-None-Match: {}\r\n", feed.header("etag"));
    let again = get_with(&sites, HOABINH, FEED, &condition).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), feed.header("etag"));
    sites.advance();
    let changed = get_with(&sites, HOABINH, FEED, &condition).await;
    assert_eq!(changed.status, 200);
    assert!(changed.text().contains("xe buýt điện đầu tiên"));
    assert!(!feed.text().contains("xe buýt điện đầu tiên"));
}

#[tokio::test]
async fn one_site_compresses() {
    let sites = Sites::start().await.unwrap();
    let packed = get_with(&sites, HOABINH, "/", "Accept-Encoding: gzip, br\r\n").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let mut unpacked = String::new();
    GzDecoder::new(packed.body.as_slice()).read_to_string(&mut unpacked).unwrap();
    assert_eq!(unpacked, get(&sites, HOABINH, "/").await.text());
    assert_eq!(get_with(&sites, GIALAI, "/", "Accept-Encoding: gzip\r\n").await.header("content-encoding"), "");
}

#[tokio::test]
async fn sitemaps_nest_and_mix() {
    let sites = Sites::start().await.unwrap();
    let index = get(&sites, GIALAI, "/sitemap.xml").await;
    assert!(index.text().contains("<sitemapindex"));
    let packed = get(&sites, GIALAI, "/sitemap-tin-tuc-1.xml.gz").await;
    let mut old = String::new();
    GzDecoder::new(packed.body.as_slice()).read_to_string(&mut old).unwrap();
    assert_eq!(old.matches("<lastmod>2025-01-01T00:00:00+07:00</lastmod>").count(), 6);
    let mix = get(&sites, GIALAI, "/sitemap-trang.xml").await;
    assert!(mix.text().contains("<urlset") && mix.text().contains("sitemap-tin-tuc-2.xml"));
    let new = get(&sites, GIALAI, "/sitemap-tin-tuc-2.xml").await;
    assert_eq!(new.text().matches("<loc>").count(), 8);
    let condition = format!("If-Modified-Since: {}\r\n", new.header("last-modified"));
    assert_eq!(get_with(&sites, GIALAI, "/sitemap-tin-tuc-2.xml", &condition).await.status, 304);
    sites.advance();
    assert_eq!(get_with(&sites, GIALAI, "/sitemap-tin-tuc-2.xml", &condition).await.status, 200);
}

#[tokio::test]
async fn html_lists_come_in_pages() {
    let sites = Sites::start().await.unwrap();
    let mut found = 0;
    for number in 1..=3 {
        let path = if number == 1 { "/tin-tuc-su-kien".to_owned() } else { format!("/tin-tuc-su-kien/page/{number}") };
        let page = get(&sites, DAKNONG, &path).await;
        assert_eq!(page.text().contains("Trang sau"), number < 3, "{path}");
        assert_eq!(page.text().contains("Trang trước"), number > 1, "{path}");
        found += page.text().matches("class=\"TitleFront\"").count();
    }
    assert_eq!(found, 15 + 1, "all stories and the link to another host");
    assert_eq!(get(&sites, DAKNONG, "/tin-tuc-su-kien/page/4").await.status, 404);
    let first = get(&sites, DAKNONG, "/tin-tuc-su-kien").await;
    assert!(first.text().contains("<span class=\"ShowDate\"> (28.06.2025 08:21)</span></a>"));
    assert!(first.text().contains("href=\"http://baotaynguyen.example/"));
}

#[tokio::test]
async fn a_town_prints_the_month_for_the_minutes() {
    let sites = Sites::start().await.unwrap();
    let feed = get(&sites, DONGMAU, "/index.php?language=vi&nv=news&op=rss").await;
    assert!(feed.text().contains("<guid isPermaLink=\"false\">\nnews_121\n</guid>"));
    assert!(feed.text().contains("<pubDate>Sat, 15 Mar 2025 09:03:00 GMT+7</pubDate>"), "not 09:05");
    let page = get(&sites, DONGMAU, "/vi/news/tin-tuc/thi-xa-dong-mau-chinh-trang-via-he-121.html").await;
    assert!(page.text().contains("Thứ bảy - 15/03/2025 09:05"));
}

#[tokio::test]
async fn fragments_are_posted_for() {
    let sites = Sites::start().await.unwrap();
    let path = "/DesktopModule/UIArticleInMenu/ArticleInMenuPagination.aspx/LoadArticle";
    let first = get(&sites, NINHMAU, "/tin-tuc").await;
    let token = first.text().split("id=\"__TOKEN\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let mut counts = vec![first.text().matches("<h2 class=\"Title\">").count()];
    for number in ["2", "3", "4"] {
        let more = post(&sites, NINHMAU, path, &[("pageIndex", number), ("token", token)]).await;
        let value: Value = serde_json::from_slice(&more.body).unwrap();
        counts.push(value["d"].as_str().unwrap().matches("<h2 class=\"Title\">").count());
    }
    assert_eq!(counts, [3, 3, 1, 0]);
    assert_eq!(post(&sites, NINHMAU, path, &[("pageIndex", "2")]).await.status, 500, "without the token");
}

#[tokio::test]
async fn web_forms_turn_pages_by_their_state() {
    let sites = Sites::start().await.unwrap();
    let mut page = get(&sites, KHANHMAU, "/tin-tuc.aspx").await;
    let mut counts = vec![];
    loop {
        counts.push(page.text().matches("class=\"item-news\"").count());
        let Some(link) = page.text().split("javascript:__doPostBack('").nth(1) else { break };
        let target = link.split('\'').next().unwrap();
        let input = |name: &str| {
            page.text().split(&format!("id=\"{name}\" value=\"")).nth(1).unwrap().split('"').next().unwrap()
        };
        let (state, validation) = (input("__VIEWSTATE"), input("__EVENTVALIDATION"));
        let form = [("__EVENTTARGET", target), ("__VIEWSTATE", state), ("__EVENTVALIDATION", validation)];
        page = post(&sites, KHANHMAU, "/tin-tuc.aspx", &form).await;
    }
    assert_eq!(counts, [3, 3, 1]);
    assert_eq!(post(&sites, KHANHMAU, "/tin-tuc.aspx", &[("__EVENTTARGET", "x")]).await.status, 500);
}

#[tokio::test]
async fn article_pages_have_the_validators_of_their_site() {
    let sites = Sites::start().await.unwrap();
    for expected in tintinh::demo::expected() {
        let path = expected.url.strip_prefix(&format!("http://{}", expected.host)).unwrap();
        let page = get(&sites, expected.host, path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        let dated = expected.published.is_some();
        let has = (!page.header("etag").is_empty(), !page.header("last-modified").is_empty());
        assert_eq!(has, (matches!(expected.host, GIALAI | NINHMAU), expected.host == DAKNONG && dated), "{path}");
        let condition = match has {
            (true, _) => format!("If-None-Match: {}\r\n", page.header("etag")),
            (_, true) => format!("If-Modified-Since: {}\r\n", page.header("last-modified")),
            _ => continue,
        };
        assert_eq!(get_with(&sites, expected.host, path, &condition).await.status, 304, "{path}");
    }
}

#[tokio::test]
async fn some_addresses_are_no_article() {
    let sites = Sites::start().await.unwrap();
    let missing = get(&sites, VINHPHUC, "/ct/cms/tintuc/Lists/KinhTe/View_Detail.aspx?ItemID=2004").await;
    assert_eq!(missing.status, 404);
    assert!(rows(&sites, "KinhTe", 0, 10).await.iter().any(|row| row["ID"] == 2004), "listed and gone");
    let challenge = get(&sites, GIALAI, "/tin-tuc/kinh-te/trang-tin-dang-kiem-tra-truy-cap.html").await;
    assert_eq!(challenge.status, 200);
    assert!(challenge.body.len() < 200 && challenge.text().contains("reload"));
    let robots = get(&sites, DAKNONG, "/robots.txt").await;
    assert!(robots.text().contains("Disallow: /noi-bo/"));
    assert!(
        get(&sites, DAKNONG, "/tin-tuc-su-kien/page/2").await.text().contains("href=\"/noi-bo/ban-tin-noi-bo-quy-2/\"")
    );
    let file = get(&sites, DAKNONG, "/hethongvanban/Lists/VBPL/Attachments/1404/x.pdf").await;
    assert!(file.body.starts_with(b"%PDF"));
}

#[tokio::test]
async fn advancing_publishes_and_edits() {
    let sites = Sites::start().await.unwrap();
    let path = "/hop-tac-xa-bo-mot-trai-lon/";
    let late = "/khanh-thanh-nha-van-hoa-cong-dong/";
    let before = get(&sites, DAKNONG, path).await;
    assert!(before.text().contains("4,6 tỷ đồng"));
    assert_eq!(get(&sites, DAKNONG, late).await.status, 404);
    sites.advance();
    let condition = format!("If-Modified-Since: {}\r\n", before.header("last-modified"));
    let after = get_with(&sites, DAKNONG, path, &condition).await;
    assert_eq!(after.status, 200);
    assert!(after.text().contains("4,9 tỷ đồng"));
    assert_eq!(get(&sites, DAKNONG, late).await.status, 200);
}

/// What a client sees of `/tin-tuc` at a site with a fault.
async fn with_fault(kind: FaultKind, limit: u64) -> Vec<u8> {
    let sites = Sites::start().await.unwrap();
    sites.set_fault(GIALAI, Some(Fault::everywhere(kind)));
    assert_eq!(get(&sites, GIALAI, "/robots.txt").await.status, 200, "robots.txt is spared");
    assert_eq!(get(&sites, HOABINH, "/tin-tuc").await.status, 200, "other sites are spared");
    let request = format!("GET /tin-tuc HTTP/1.1\r\nHost: {GIALAI}\r\n\r\n");
    let bytes = tokio::time::timeout(Duration::from_secs(20), raw(&sites, GIALAI, request, limit)).await.unwrap();
    assert_eq!(sites.log().last().unwrap().path, "/tin-tuc");
    bytes
}

#[tokio::test]
async fn faults_are_what_they_say() {
    assert_eq!(parse(&with_fault(FaultKind::Status(503), 1 << 20).await).status, 503);
    assert!(!with_fault(FaultKind::Garbage, 1 << 20).await.starts_with(b"HTTP"));
    let garbage = parse(&with_fault(FaultKind::GarbageBody, 1 << 20).await);
    assert!(garbage.status == 200 && std::str::from_utf8(&garbage.body).is_err());
    let endless = with_fault(FaultKind::Endless, 4 << 20).await;
    assert_eq!(endless.len(), 4 << 20);
    let cut = parse(&with_fault(FaultKind::Cut, 1 << 20).await);
    assert_eq!(cut.header("content-length"), "20000");
    assert!(cut.body.len() < 100);
    let bomb = parse(&with_fault(FaultKind::Bomb, 8 << 20).await);
    assert!(bomb.body.len() < 1 << 20);
    let unpacked = std::io::copy(&mut GzDecoder::new(bomb.body.as_slice()), &mut std::io::sink()).unwrap();
    assert_eq!(unpacked, 64 << 20);
    let redirect = parse(&with_fault(FaultKind::Redirects, 1 << 20).await);
    assert_eq!((redirect.status, redirect.header("location")), (302, "/tin-tuc?vong=1"));
    let stub = parse(&with_fault(FaultKind::Stub, 1 << 20).await);
    assert_eq!((stub.status, stub.body.len()), (200, 48));
}

#[tokio::test]
async fn a_fault_can_be_set_below_a_path_and_taken_back() {
    let sites = Sites::start().await.unwrap();
    sites.set_fault(GIALAI, Some(Fault::below("/tin-tuc/xa-hoi/", FaultKind::Status(500))));
    let path = "/tin-tuc/xa-hoi/bac-si-tre-ve-tram-y-te-vung-bien.html";
    assert_eq!(get(&sites, GIALAI, path).await.status, 500);
    assert_eq!(get(&sites, GIALAI, "/tin-tuc").await.status, 200);
    sites.set_fault(GIALAI, None);
    assert_eq!(get(&sites, GIALAI, path).await.status, 200);
    sites.shutdown().await;
}

#[tokio::test]
async fn a_hanging_site_does_not_hold_up_the_end() {
    let sites = Sites::start().await.unwrap();
    sites.set_fault(GIALAI, Some(Fault::everywhere(FaultKind::Hang)));
    let request = format!("GET / HTTP/1.1\r\nHost: {GIALAI}\r\n\r\n");
    let hung = tokio::time::timeout(Duration::from_millis(300), raw(&sites, GIALAI, request, 1)).await;
    assert!(hung.is_err(), "no answer");
    tokio::time::timeout(Duration::from_secs(10), sites.shutdown()).await.unwrap();
}

#[tokio::test]
async fn the_log_tells_order_headers_and_overlap() {
    let sites = Sites::with_delay(Duration::from_millis(200)).await.unwrap();
    tokio::join!(get_with(&sites, DAKNONG, "/", "X-Name: Đắk\r\n"), get(&sites, DAKNONG, "/robots.txt"));
    get(&sites, GIALAI, "/?a=1").await;
    let log = sites.log();
    assert_eq!(log.len(), 3);
    assert_eq!(log.iter().map(|one| one.open).max(), Some(2), "two at once at one site");
    assert_eq!((log[2].host.as_str(), log[2].path.as_str(), log[2].open), (GIALAI, "/?a=1", 1));
    assert!(log[2].at >= log[0].at + Duration::from_millis(200));
    let named = log.iter().find(|one| one.path == "/").unwrap();
    assert_eq!(named.header("x-name"), Some("Đắk"));
    assert_eq!(named.header("host"), Some(DAKNONG));
}

#[tokio::test]
async fn the_configuration_is_written_whole() {
    let sites = Sites::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        tintinh::demo::write_config(folder.path(), &sites.resolve()).unwrap();
    }
    let settings = std::fs::read_to_string(folder.path().join("config/tintinh.toml")).unwrap();
    for (host, address) in sites.resolve() {
        assert!(settings.contains(&format!("\"{host}\" = \"{address}\"")), "{settings}");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("config/portals")).unwrap().count(), sites.resolve().len());
}
