//! When the fetcher asks: delays, robots.txt by its status and age, `Retry-After`, pages that send their readers on.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tintinh::clock::Clock;
use tintinh::fetch::FetchError;
use tintinh::fetch::Fetched;
use tintinh::fetch::Fetcher;
use tintinh::fetch::Session;
use tintinh::fetch::transport::Values;
use tintinh::fetch::transport::WireResponse;
use tintinh::model::request::Expect;
use tintinh::model::request::Request;

use crate::fetch_behavior::HOME;
use crate::fetch_behavior::get;
use crate::fetch_behavior::page;
use crate::fetch_behavior::scope;
use crate::fetch_behavior::settings;
use crate::server::Server;
use crate::server::ok;

/// A web made of values, under Tokio's paused time, with a clock that follows it.
struct ValueWorld {
    web: Arc<Values>,
    fetcher: Fetcher,
}

impl ValueWorld {
    fn new(latency: Duration) -> ValueWorld {
        let web = Arc::new(Values::with_latency(latency));
        let clock = Clock::Simulated {
            epoch: "2026-11-24T00:00:00Z".parse().unwrap(),
            started: tokio::time::Instant::now(),
            jumps: Arc::default(),
        };
        let fetcher = Fetcher::with_transport(settings(), clock, Arc::clone(&web) as _);
        ValueWorld { web, fetcher }
    }

    fn session(&self, delay: u64, last_request: Option<Timestamp>) -> Session {
        self.fetcher.session(scope(), Duration::from_secs(delay), last_request)
    }

    /// Seconds from the first request to each, with its path.
    fn times(&self) -> Vec<(u64, String)> {
        let asked = self.web.asked();
        let start = asked[0].at;
        asked.iter().map(|asked| ((asked.at - start).as_secs(), asked.request.url.as_url().path().to_owned())).collect()
    }
}

fn times(expect: &[(u64, &str)]) -> Vec<(u64, String)> {
    expect.iter().map(|&(at, path)| (at, path.to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn the_delay_is_kept_between_all_requests() {
    let world = ValueWorld::new(Duration::from_secs(2));
    world.web.get("http://tinh.example/a", WireResponse::new(302).with_header("Location", "/b"));
    world.web.get("http://tinh.example/b", WireResponse::ok("text/html", "x"));
    let mut session = world.session(5, None);
    page(session.fetch(&get("/a"), &[]).await);
    page(session.fetch(&get("/b"), &[]).await);
    tokio::time::sleep(Duration::from_mins(1)).await;
    page(session.fetch(&get("/b"), &[]).await);
    assert_eq!(world.times(), times(&[(0, "/robots.txt"), (7, "/a"), (14, "/b"), (21, "/b"), (83, "/b")]));
    assert_eq!(session.last_request(), Some("2026-11-24T00:01:25Z".parse().unwrap()));
    assert_eq!(session.requests_sent(), 5);
}

#[tokio::test]
async fn the_delay_is_kept_on_the_wire() {
    let server = Server::start(|_| ok("x")).await;
    let mut settings = settings();
    settings.resolve.insert("tinh.example".into(), server.address);
    let delay = Duration::from_millis(300);
    let mut session = Fetcher::new(settings, Clock::System).unwrap().session(scope(), delay, None);
    page(session.fetch(&get("/a"), &[]).await);
    page(session.fetch(&get("/b"), &[]).await);
    let times: Vec<_> = server.seen().iter().map(|seen| seen.at).collect();
    assert_eq!(times.len(), 3);
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= delay), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn an_earlier_visit_counts() {
    for (last, wait) in [("2026-11-23T23:59:57Z", 2), ("2026-11-23T20:00:00Z", 0), ("2026-11-25T00:00:00Z", 5)] {
        let world = ValueWorld::new(Duration::ZERO);
        let started = tokio::time::Instant::now();
        let mut session = world.session(5, Some(last.parse().unwrap()));
        assert_eq!(session.fetch(&get("/"), &[]).await, Ok(Fetched::Gone(404)));
        assert_eq!((world.web.asked()[0].at - started).as_secs(), wait, "{last}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_crawl_delay_is_a_lower_bound_with_a_cap() {
    for (delay, crawl_delay, expect) in [(5, "10", 10), (5, "0.5", 5), (5, "86400", 3600), (5, "-1", 5), (0, "nan", 0)]
    {
        let world = ValueWorld::new(Duration::ZERO);
        let robots = format!("User-agent: *\nCrawl-delay: {crawl_delay}\n");
        world.web.get("http://tinh.example/robots.txt", WireResponse::ok("text/plain", robots));
        let _ = world.session(delay, None).fetch(&get("/a"), &[]).await;
        assert_eq!(world.times(), times(&[(0, "/robots.txt"), (expect, "/a")]), "{crawl_delay}");
    }
}

#[tokio::test(start_paused = true)]
async fn robots_txt_by_its_status() {
    let check = async |answers: Vec<Result<WireResponse, FetchError>>, expect: &str| {
        let world = ValueWorld::new(Duration::ZERO);
        for answer in answers {
            world.web.answer("GET", "http://tinh.example/robots.txt", answer);
        }
        let got = format!("{:?}", world.session(0, None).fetch(&get("/no"), &[]).await);
        assert!(got.contains(expect), "{got}, not {expect}");
    };
    let rules = WireResponse::ok("text/plain", "User-agent: *\nDisallow: /no");
    check(vec![Ok(rules.clone())], "Disallowed").await;
    for status in [400, 401, 403, 404, 410, 499] {
        check(vec![Ok(WireResponse::new(status))], "Gone").await;
    }
    for status in [429, 500, 503, 599, 304] {
        check(vec![Ok(WireResponse::new(status))], "RobotsUnreachable").await;
    }
    let moved = WireResponse::new(301).with_header("Location", "/robots.txt");
    check(vec![Ok(moved.clone()); 6], "Gone").await;
    check(vec![Ok(moved.clone()), Ok(moved.clone()), Ok(rules)], "Disallowed").await;
    check(vec![Ok(WireResponse::new(301))], "Gone").await;
    let cut = FetchError::Cut("x".into());
    check(vec![Err(cut)], "RobotsUnreachable").await;
    let blocked = FetchError::BlockedAddress { host: "tinh.example".into(), address: "10.0.0.1".into() };
    check(vec![Err(blocked)], "BlockedAddress").await;
}

#[tokio::test(start_paused = true)]
async fn robots_txt_is_kept_a_day_and_longer_while_it_is_unreachable() {
    let world = ValueWorld::new(Duration::ZERO);
    let robots = "http://tinh.example/robots.txt";
    world.web.get(robots, WireResponse::ok("text/plain", "User-agent: *\nDisallow: /no"));
    world.web.get(robots, WireResponse::new(503));
    let hours = |hours| tokio::time::sleep(Duration::from_hours(hours));
    let asked = || world.web.asked().iter().filter(|asked| asked.request.url.as_str() == robots).count();
    for (wait, expect) in [(0, 1), (23, 1), (2, 2), (1, 3)] {
        hours(wait).await;
        let got = world.session(0, None).fetch(&get("/no"), &[]).await;
        assert_eq!(got, Ok(Fetched::Disallowed("Disallow: /no".into())));
        assert_eq!(asked(), expect);
    }
    let _ = world.session(0, None).fetch(&get("/no"), &[]).await;
    assert_eq!(asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_seconds_or_a_date() {
    for (value, expect) in [
        ("120", Some(120)),
        ("0", Some(0)),
        ("99999999999999999999999", Some(u64::from(u32::MAX))),
        ("Tue, 24 Nov 2026 00:10:00 GMT", Some(600)),
        ("Tuesday, 24-Nov-26 00:10:00 GMT", Some(600)),
        ("Mon, 23 Nov 2026 00:10:00 GMT", Some(0)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
        ("120.5", Some(120)),
        ("120, 60", Some(120)),
        ("Tue, 24 Nov 2026 00:10:00 UTC", Some(600)),
        ("soon", None),
        ("-5", None),
        ("", None),
    ] {
        let world = ValueWorld::new(Duration::ZERO);
        world.web.get("http://tinh.example/a", WireResponse::new(503).with_header("Retry-After", value));
        let error = world.session(0, None).fetch(&get("/a"), &[]).await.unwrap_err();
        assert_eq!(error.failure("tinh.example").retry_after, expect.map(Duration::from_secs), "{value}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_sends_its_reader_on_is_followed_once_after_the_delay_and_within_the_portal() {
    let world = ValueWorld::new(Duration::ZERO);
    let refresh = |to: &str| WireResponse::ok("text/html", format!("<meta http-equiv=refresh content='0;url={to}'>"));
    let script = |script: &str| WireResponse::ok("text/html", format!("<script>{script}</script>"));
    let at = |path: &str, answer| world.web.get(&format!("{HOME}{path}"), answer);
    at("/a", refresh("/b"));
    at("/b", WireResponse::ok("text/html", "<p>Tin</p>"));
    at("/script", script("location.href='/b'"));
    at("/twice", refresh("/a"));
    at("/out", refresh("http://foreign.example/"));
    at("/self", refresh("/self"));
    at("/round", refresh("/back"));
    at("/back", WireResponse::new(302).with_header("Location", "/round"));
    at("/cookie", script("document.cookie='a=1';location='/b'"));
    let mut session = world.session(5, None);
    for (path, end) in [
        ("/a", "/b"),
        ("/script", "/b"),
        ("/twice", "/a"),
        ("/out", "/out"),
        ("/self", "/self"),
        ("/cookie", "/cookie"),
    ] {
        assert_eq!(page(session.fetch(&get(path), &[]).await).final_url, get(end).url, "{path}");
    }
    assert_eq!(world.times()[..4], times(&[(0, "/robots.txt"), (5, "/a"), (10, "/b"), (15, "/script")]));
    let round = session.fetch(&get("/round"), &[]).await;
    assert!(matches!(round, Err(FetchError::RedirectLoop(_))), "{round:?}");
    // A feed is data: what stands in it sends nobody anywhere.
    let feed = Request { expect: Expect::Feed, ..get("/a") };
    assert_eq!(page(session.fetch(&feed, &[]).await).final_url, feed.url);
}
