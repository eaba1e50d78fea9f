//! The fetcher against a loopback server with real sockets, and against a web made of values under paused time.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use regex::RegexSet;
use tintinh::clock::Clock;
use tintinh::fetch::FetchError;
use tintinh::fetch::Fetched;
use tintinh::fetch::Fetcher;
use tintinh::fetch::Session;
use tintinh::model::failure::FailureClass;
use tintinh::model::page::Page;
use tintinh::model::page::Revalidation;
use tintinh::model::page::Validators;
use tintinh::model::portal::Scope;
use tintinh::model::request::Expect;
use tintinh::model::request::Payload;
use tintinh::model::request::Request;
use tintinh::model::settings::FetchSettings;
use tintinh::url::PageUrl;

use crate::server::Seen;
use crate::server::Server;
use crate::server::Step;
use crate::server::answer;
use crate::server::not_found;
use crate::server::ok;

/// The portal of these tests; it lives on the loopback server.
pub(crate) const HOME: &str = "http://tinh.example";

pub(crate) fn settings() -> FetchSettings {
    FetchSettings {
        user_agent: "tintinh/0 (+mailto:a@b.example)".into(),
        connect_timeout: Duration::from_secs(5),
        first_byte_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(10),
        total_timeout: Duration::from_secs(10),
        max_wire_bytes: 4 << 20,
        max_body_bytes: 8 << 20,
        max_redirects: 5,
        delay: Duration::ZERO,
        resolve: BTreeMap::new(),
        allow_addresses: Vec::new(),
        allow_ports: Vec::new(),
    }
}

pub(crate) fn scope() -> Scope {
    Scope {
        hosts: vec!["tinh.example".into(), "*.tinh.example".into()],
        exclude: RegexSet::new(["^/thutuc/"]).unwrap(),
    }
}

/// A session at a server that knows no robots.txt but answers pages by a script.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) session: Session,
}

impl World {
    pub(crate) async fn new(script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> World {
        World::with(settings(), move |seen| if seen.path() == "/robots.txt" { not_found() } else { script(seen) }).await
    }

    pub(crate) async fn with(
        mut settings: FetchSettings,
        script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static,
    ) -> World {
        let server = Server::start(script).await;
        for host in ["tinh.example", "moi.tinh.example", "foreign.example"] {
            settings.resolve.insert(host.into(), server.address);
        }
        let fetcher = Fetcher::new(settings, Clock::System).unwrap();
        World { server, session: fetcher.session(scope(), Duration::ZERO, None) }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Result<Fetched, FetchError> {
        self.session.fetch(&get(path), &[]).await
    }

    /// What the last page request was.
    fn last(&self) -> Seen {
        self.server.pages_seen().pop().unwrap()
    }
}

pub(crate) fn get(path: &str) -> Request {
    Request::get(PageUrl::parse(&format!("{HOME}{path}")).unwrap(), Expect::Html)
}

pub(crate) fn page(fetched: Result<Fetched, FetchError>) -> Page {
    match fetched {
        Ok(Fetched::Page(page)) => *page,
        other => panic!("no page: {other:?}"),
    }
}

fn redirect(status: u16, location: &str) -> Vec<Step> {
    answer(&format!("{status} Moved"), &[&format!("Location: {location}")], "moved")
}

pub(crate) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// The headers of a request, sorted.
fn headers_of(seen: &Seen) -> Vec<String> {
    let mut headers: Vec<String> =
        seen.headers().iter().map(|line| String::from_utf8_lossy(line).to_ascii_lowercase()).collect();
    headers.sort();
    headers
}

#[tokio::test]
async fn exactly_the_documented_headers_are_sent() {
    let mut world = World::with(settings(), |_| ok("x")).await;
    page(world.get("/a?b=c").await);
    let seen = world.server.seen();
    assert_eq!(
        headers_of(&seen[0]),
        [
            "accept-encoding: identity",
            "accept: text/plain, */*;q=0.1",
            "host: tinh.example",
            "user-agent: tintinh/0 (+mailto:a@b.example)",
        ]
    );
    assert_eq!(
        headers_of(&seen[1]),
        [
            "accept-encoding: gzip, br",
            "accept-language: vi,en;q=0.5",
            "accept: text/html, application/xhtml+xml, */*;q=0.1",
            "host: tinh.example",
            "user-agent: tintinh/0 (+mailto:a@b.example)",
        ]
    );
    assert_eq!(seen[1].path(), "/a?b=c");
    assert_eq!(seen[1].method(), "GET");
}

#[tokio::test]
async fn forms_and_json_are_posted() {
    let mut world = World::new(|_| ok("{}")).await;
    let url = PageUrl::parse("http://tinh.example/api").unwrap();
    let form = Payload::Form(vec![("do".into(), "QUERY DATA".into()), ("tên".into(), "Hà Nội&".into())]);
    let request = Request { url: url.clone(), payload: form, expect: Expect::Json };
    page(world.session.fetch(&request, &[]).await);
    let seen = world.last();
    assert_eq!(String::from_utf8_lossy(&seen.body), "do=QUERY+DATA&t%C3%AAn=H%C3%A0+N%E1%BB%99i%26");
    assert_eq!(seen.header("content-type").unwrap(), b"application/x-www-form-urlencoded");
    assert_eq!(seen.header("accept").unwrap(), b"application/json, */*;q=0.1");
    let request = Request { url, payload: Payload::Json(serde_json::json!({"trang": 1})), expect: Expect::Json };
    page(world.session.fetch(&request, &[known("/api", "\"x\"")]).await);
    let seen = world.last();
    assert_eq!(seen.body, br#"{"trang":1}"#);
    assert_eq!(seen.header("content-type").unwrap(), b"application/json");
    assert_eq!(seen.header("if-none-match"), None);
}

#[tokio::test]
async fn validators_are_echoed_byte_for_byte() {
    let odd = b"W/\"a \xe9\xff, \\ b\"";
    let mut world = World::new(move |seen| {
        if seen.header("if-none-match").is_some() {
            return answer("304 Not Modified", &["Last-Modified: later"], "");
        }
        let mut head = "HTTP/1.1 200 OK\r\nLast-Modified: hôm qua\r\nETag: ".as_bytes().to_vec();
        head.extend_from_slice(odd);
        head.extend_from_slice(b"\r\nContent-Length: 1\r\n\r\nx");
        vec![Step::Send(head)]
    })
    .await;
    let validators = page(world.get("/").await).http.validators;
    assert_eq!(validators.etag.as_deref(), Some(&odd[..]));
    assert_eq!(validators.last_modified.as_deref(), Some("hôm qua".as_bytes()));
    let known = Revalidation::new(&get("/").url, &validators).unwrap();
    let fetched = world.session.fetch(&get("/"), &[known]).await.unwrap();
    assert_eq!(world.last().header("if-none-match").as_deref(), Some(&odd[..]));
    assert_eq!(world.last().header("if-modified-since").as_deref(), Some("hôm qua".as_bytes()));
    let refreshed = Validators { etag: Some(odd.to_vec()), last_modified: Some(b"later".to_vec()) };
    let Fetched::Unchanged(unchanged) = fetched else { panic!("{fetched:?}") };
    assert_eq!((&unchanged.url, unchanged.validators, unchanged.moved_to), (&get("/").url, refreshed, None));
}

/// Validators of one address, an entity tag alone.
fn known(path: &str, etag: &str) -> Revalidation {
    Revalidation { url: get(path).url, validators: Validators { etag: Some(etag.into()), last_modified: None } }
}

#[tokio::test]
async fn validators_stay_with_their_address() {
    let mut world = World::new(|seen| match seen.path().as_str() {
        "/old" => redirect(301, "/new"),
        _ if seen.header("if-none-match").is_some() => answer("304 Not Modified", &[], ""),
        _ => answer("200 OK", &["ETag: \"1\""], "x"),
    })
    .await;
    let fetched = page(world.session.fetch(&get("/old"), &[known("/old", "\"1\"")]).await);
    assert_eq!(world.last().header("if-none-match"), None);
    assert_eq!(fetched.url.as_str(), "http://tinh.example/old");
    assert_eq!(fetched.final_url.as_str(), "http://tinh.example/new");
    // They are the final address's, and go back to it along the redirect.
    assert_eq!(fetched.http.validators.etag.as_deref(), Some(&b"\"1\""[..]));
    let again = world.session.fetch(&get("/old"), &[known("/new", "\"1\"")]).await;
    let headers: Vec<_> = world.server.pages_seen().iter().map(|seen| seen.header("if-none-match")).collect();
    let sent = Some(b"\"1\"".to_vec());
    assert_eq!(headers, [sent.clone(), None, None, sent]);
    let Ok(Fetched::Unchanged(unchanged)) = again else { panic!("{again:?}") };
    assert_eq!(
        (unchanged.url.as_str(), unchanged.validators),
        ("http://tinh.example/new", known("/new", "\"1\"").validators)
    );
}

#[tokio::test]
async fn an_unasked_304_is_no_answer() {
    let mut world = World::new(|_| answer("304 Not Modified", &[], "")).await;
    let error = world.get("/").await.unwrap_err();
    assert_eq!(error, FetchError::Status { status: 304, retry_after: None });
    assert_eq!(error.failure("tinh.example").class, FailureClass::Transient);
}

#[tokio::test]
async fn redirects_are_followed_as_http_says() {
    let mut world = World::new(|seen| match seen.path().as_str() {
        "/raw" => redirect(302, "/tin-tức/bài viết.html#phần-1"),
        "/to-host" => redirect(308, "http://moi.tinh.example/x"),
        "/see-other" => redirect(303, "end"),
        "/found" => redirect(302, "end"),
        "/temporary" => redirect(307, "end"),
        "/latin" => vec![Step::Send(b"HTTP/1.1 301 X\r\nLocation: /\xe0\xff\r\nContent-Length: 0\r\n\r\n".to_vec())],
        _ => ok(seen.method()),
    })
    .await;
    assert_eq!(
        page(world.get("/raw").await).final_url.as_str(),
        "http://tinh.example/tin-t%E1%BB%A9c/b%C3%A0i%20vi%E1%BA%BFt.html"
    );
    assert_eq!(page(world.get("/latin").await).final_url.as_str(), "http://tinh.example/%E0%FF");
    assert_eq!(page(world.get("/to-host").await).final_url.as_str(), "http://moi.tinh.example/x");
    assert_eq!(world.last().header("host").unwrap(), b"moi.tinh.example");
    for (path, method) in [("/see-other", "GET"), ("/found", "GET"), ("/temporary", "POST")] {
        let payload = Payload::Form(vec![("a".into(), "b".into())]);
        let request = Request { payload, ..get(path) };
        assert_eq!(page(world.session.fetch(&request, &[]).await).body, method, "{path}");
        assert_eq!(world.last().body, if method == "POST" { "a=b" } else { "" }.as_bytes(), "{path}");
    }
}

#[tokio::test]
async fn redirects_end() {
    let mut world = World::new(|seen| match seen.path().as_str() {
        "/self" => redirect(301, "/self"),
        "/a" => redirect(301, "/b"),
        "/b" => redirect(301, "/a"),
        "/empty" => redirect(301, ""),
        "/none" => answer("301 X", &[], ""),
        "/script" => redirect(301, "javascript:alert(1)"),
        "/file" => redirect(301, "file:///etc/passwd"),
        "/password" => redirect(301, "http://u:p@tinh.example/end"),
        "/foreign" => redirect(301, "http://foreign.example/"),
        "/excluded" => redirect(301, "/thutuc/1"),
        "/inside" => redirect(301, "http://127.0.0.1/"),
        "/end" => ok("x"),
        path => redirect(301, &format!("{path}x")),
    })
    .await;
    let mut check = async |path: &str, expect: &str| {
        let got = world.get(path).await;
        assert!(format!("{got:?}").contains(expect), "{path}: {got:?}");
        world.last()
    };
    check("/self", "RedirectLoop").await;
    check("/a", "RedirectLoop").await;
    check("/empty", "BadRedirect").await;
    check("/none", "BadRedirect").await;
    check("/script", "BadRedirect").await;
    check("/file", "BadRedirect").await;
    check("/longer", "TooManyRedirects(5)").await;
    check("/foreign", "OutOfScope").await;
    check("/excluded", "OutOfScope").await;
    check("/inside", "OutOfScope").await;
    let seen = check("/password", "Page").await;
    assert_eq!(seen.header("authorization"), None);
}

#[tokio::test]
async fn statuses_have_their_meaning() {
    let mut world = World::new(|seen| {
        let status = seen.path()[1..].to_owned();
        answer(&format!("{status} X"), &["Retry-After: 120"], if status == "204" { "" } else { "body" })
    })
    .await;
    for status in [404, 410] {
        assert_eq!(world.get(&format!("/{status}")).await, Ok(Fetched::Gone(status)));
    }
    let retry_after = Some(Duration::from_mins(2));
    for status in [202, 206, 300, 400, 401, 406, 999] {
        assert_eq!(world.get(&format!("/{status}")).await, Err(FetchError::Status { status, retry_after }));
    }
    assert_eq!(page(world.get("/203").await).body, "body");
    assert_eq!(world.session.requests_sent(), 11);
    // These speak for the whole origin, and it is left alone: nothing more is sent.
    for status in [403, 429, 500, 503, 520] {
        let mut world = World::new(move |_| answer(&format!("{status} X"), &["Retry-After: 120"], "body")).await;
        assert_eq!(world.get("/a").await, Err(FetchError::Status { status, retry_after }));
        let resting = world.get("/b").await;
        assert!(matches!(&resting, Err(FetchError::Resting { wait, .. }) if wait.as_secs() >= 119), "{resting:?}");
        assert_eq!(world.server.pages_seen().len(), 1);
        // Another origin is asked all the same.
        let other = Request::get(PageUrl::parse("http://moi.tinh.example/").unwrap(), Expect::Html);
        assert_eq!(world.session.fetch(&other, &[]).await, Err(FetchError::Status { status, retry_after }));
    }
}

#[tokio::test]
async fn bombs_are_defused() {
    let member = gzip(&vec![0; 16 << 20]);
    let mut world = World::new(move |seen| {
        let times = if seen.path() == "/gib" { 64 } else { 1 };
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
        vec![Step::Send(head.into()), Step::Repeat(member.clone(), times)]
    })
    .await;
    let started = tokio::time::Instant::now();
    let error = world.get("/gib").await.unwrap_err();
    assert_eq!(error, FetchError::TooLarge { what: "after decompression", limit: 8 << 20 });
    assert_eq!(error.failure("tinh.example").class, FailureClass::TooLarge);
    assert!(matches!(world.get("/small").await, Err(FetchError::TooLarge { .. } | FetchError::Bomb(_))));
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn endless_bodies_and_heads_are_cut() {
    let mut world = World::new(|seen| {
        let head = Step::Send(b"HTTP/1.1 200 OK\r\nX: y\r\n".to_vec());
        match seen.path().as_str() {
            "/body" => vec![head, Step::Send(b"\r\n".to_vec()), Step::Repeat(vec![b'x'; 65_536], usize::MAX)],
            "/announced" => vec![head, Step::Send(b"Content-Length: 99999999\r\n\r\n".to_vec()), Step::Hang],
            "/chunked" => vec![
                head,
                Step::Send(b"Transfer-Encoding: chunked\r\n\r\n".to_vec()),
                Step::Repeat([&b"1f4\r\n"[..], &[b'x'; 500], b"\r\n"].concat(), usize::MAX),
            ],
            _ => vec![head, Step::Repeat(b"X-Y: zzzzzzzzzzzzzzzzzzzzzzzzzzzz\r\n".to_vec(), usize::MAX)],
        }
    })
    .await;
    for path in ["/body", "/announced", "/chunked"] {
        let expect = FetchError::TooLarge { what: "on the wire", limit: 4 << 20 };
        assert_eq!(world.get(path).await, Err(expect), "{path}");
    }
    let head = world.get("/head").await;
    assert!(matches!(head, Err(FetchError::Malformed(_))), "{head:?}");
}

#[tokio::test]
async fn slow_servers_meet_the_deadline() {
    let settings = FetchSettings { total_timeout: Duration::from_secs(2), ..settings() };
    let mut world = World::with(settings, |seen| match seen.path().as_str() {
        "/robots.txt" => not_found(),
        "/body" => {
            let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n".to_vec();
            vec![Step::Send(head), Step::Drip(vec![b'x'; 100], Duration::from_secs(1))]
        }
        "/head" => vec![Step::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), Duration::from_millis(500))],
        _ => vec![Step::Hang],
    })
    .await;
    for path in ["/body", "/head", "/nothing"] {
        let started = tokio::time::Instant::now();
        let error = world.get(path).await.unwrap_err();
        assert!(matches!(error, FetchError::Timeout { .. }), "{path}: {error:?}");
        assert!(started.elapsed() < Duration::from_secs(4), "{path}");
    }
}

#[tokio::test]
async fn incomplete_bodies_are_no_pages() {
    let zipped = gzip(&b"<p>m\xe1\xbb\x99t b\xc3\xa0i b\xc3\xa1o</p>".repeat(50));
    let mut world = World::new(move |seen| {
        let head = |headers: &str| Step::Send(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes());
        let half = Step::Send(b"<p>half".to_vec());
        match seen.path().as_str() {
            "/short" => vec![head("Content-Length: 100\r\n"), half],
            "/chunk" => vec![head("Transfer-Encoding: chunked\r\n"), Step::Send(b"64\r\n<p>half".to_vec())],
            "/no-last-chunk" => vec![head("Transfer-Encoding: chunked\r\n"), Step::Send(b"7\r\n<p>half\r\n".to_vec())],
            "/reset" => vec![head("Content-Length: 100\r\n"), half, Step::Reset],
            "/reset-open" => vec![head(""), Step::Repeat(vec![b'x'; 9999], 99), Step::Reset],
            "/reset-head" => vec![Step::Send(b"HTTP/1.1 200".to_vec()), Step::Reset],
            "/nothing" => vec![],
            _ => answer("200 OK", &["Content-Encoding: gzip"], &zipped[..zipped.len() - 9]),
        }
    })
    .await;
    for path in ["/short", "/chunk", "/no-last-chunk", "/reset", "/reset-open", "/reset-head", "/nothing", "/gzip"] {
        let error = world.get(path).await.unwrap_err();
        assert!(matches!(error, FetchError::Cut(_)), "{path}: {error:?}");
        assert_eq!(error.failure("tinh.example").class, FailureClass::Transient);
    }
}

#[tokio::test]
async fn odd_heads_are_borne_with() {
    let mut world = World::new(|seen| {
        let head: &str = match seen.path().as_str() {
            "/lf" => "HTTP/1.1 200 OK\nContent-Length: 1\n\nx",
            "/no-reason" => "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx",
            "/space" => "HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 1\r\n\r\nx",
            "/folded" => "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 1\r\n\r\nx",
            "/no-colon" => "HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 1\r\n\r\nx",
            "/control" => "HTTP/1.1 200 OK\r\nX-A: \u{1}b\r\nContent-Length: 1\r\n\r\nx",
            "/hints" => "HTTP/1.1 103 Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            "/http10" => "HTTP/1.0 200 OK\r\n\r\nx",
            "/many" => return answer("200 OK", &vec!["X-A: b"; 250], "x"),
            "/two-lengths" => "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
            "/nine" => "<html>no status line</html>",
            _ => "\u{0}\u{1}\u{2}",
        };
        vec![Step::Send(head.as_bytes().to_vec())]
    })
    .await;
    for path in ["/lf", "/no-reason", "/space", "/folded", "/no-colon", "/control", "/hints", "/http10", "/many"] {
        assert_eq!(page(world.get(path).await).body, "x", "{path}");
    }
    for path in ["/two-lengths", "/nine", "/noise"] {
        assert!(matches!(world.get(path).await, Err(FetchError::Malformed(_))), "{path}");
    }
}

#[tokio::test]
async fn refused_connections_are_told() {
    let gone = Server::start(|_| vec![]).await.address;
    tokio::task::yield_now().await;
    let mut settings = settings();
    settings.resolve.insert("tinh.example".into(), gone);
    let mut session = Fetcher::new(settings, Clock::System).unwrap().session(scope(), Duration::ZERO, None);
    let error = session.fetch(&get("/"), &[]).await.unwrap_err();
    assert!(matches!(&error, FetchError::RobotsUnreachable { reason, .. } if reason.contains("refused")), "{error:?}");
    assert_eq!(error.failure("tinh.example").class, FailureClass::Transient);
}

#[tokio::test]
async fn robots_txt_is_obeyed() {
    let mut world = World::with(settings(), |seen| match seen.path().as_str() {
        "/robots.txt" => redirect(301, "/r.txt"),
        "/r.txt" => {
            ok("User-agent: *\nDisallow: /\n\nUser-agent: Tintinh\nDisallow: /tìm\nSitemap: http://a.example/s.xml")
        }
        "/hop" => redirect(302, "/t%C3%ACm-kiem"),
        _ => ok("x"),
    })
    .await;
    page(world.get("/a").await);
    assert_eq!(world.get("/t%c3%acm").await, Ok(Fetched::Disallowed("Disallow: /tìm".into())));
    assert_eq!(world.get("/hop").await, Ok(Fetched::Disallowed("Disallow: /tìm".into())));
    let paths: Vec<String> = world.server.seen().iter().map(Seen::path).collect();
    assert_eq!(paths, ["/robots.txt", "/r.txt", "/a", "/hop"]);
    let home = PageUrl::parse(HOME).unwrap();
    assert_eq!(world.session.sitemaps(&home).await, Ok(vec!["http://a.example/s.xml".to_owned()]));
}

#[tokio::test]
async fn a_huge_robots_txt_counts_by_its_beginning() {
    let mut world = World::with(settings(), |seen| match seen.path().as_str() {
        "/robots.txt" => vec![
            Step::Send(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /no\n".to_vec()),
            Step::Repeat(b"# comment without end\n".to_vec(), usize::MAX),
        ],
        _ => ok("x"),
    })
    .await;
    assert_eq!(world.get("/no").await, Ok(Fetched::Disallowed("Disallow: /no".into())));
    page(world.get("/yes").await);
}
