//! The fetcher against published suites: robots.txt files, addresses that must not be reached, raw HTTP answers.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64ct::Base64;
use base64ct::Encoding;
use serde_json::Value;
use tintinh::clock::Clock;
use tintinh::fetch::FetchError;
use tintinh::fetch::Fetched;
use tintinh::fetch::Fetcher;
use tintinh::fetch::guard::Guard;
use tintinh::fetch::guard::is_denied;
use tintinh::fetch::network::Network;
use tintinh::fetch::robots::Robots;
use tintinh::fetch::robots::Verdict;
use tintinh::fetch::transport::Transport;
use tintinh::fetch::transport::WireRequest;
use tintinh::model::request::Expect;
use tintinh::model::request::Request;
use tintinh::model::settings::FetchSettings;
use tintinh::url::PageUrl;
use url::Host;

use crate::fetch_behavior::scope;
use crate::fetch_behavior::settings;
use crate::server::Server;
use crate::server::Step;
use crate::support::conformance;
use crate::support::shared;

fn rows(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The path and query of an address as a suite writes it, nothing encoded; the root where it is empty or no address.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let start = rest.find(['/', '?']).unwrap_or(rest.len());
    let path = rest[start..].split('#').next().unwrap_or_default();
    if path.is_empty() { "/" } else { path }
}

/// Why we answer a row otherwise than Google's parser does, where RFC 9309 says so.
fn reason_to_differ(robots: &str) -> Option<&'static str> {
    robots.contains("%62%61%7A").then_some(
        "RFC 9309, section 2.2.2: percent-encoded unreserved characters are decoded before they are compared; its table has this very path",
    )
}

/// Asks each row's question; gives the number of answers as expected. Others must have a reason.
fn ask_all(rows: &[Value]) -> usize {
    let mut agreed = 0;
    for row in rows {
        let bytes = Base64::decode_vec(row["robots_b64"].as_str().unwrap()).unwrap();
        let rules = Robots::parse(&bytes).for_agent(row["agent"].as_str().unwrap());
        let allowed = rules.verdict(path_of(row["url"].as_str().unwrap())) == Verdict::Allowed;
        if allowed == row["allowed"].as_bool().unwrap() {
            agreed += 1;
            continue;
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some(reason) = reason_to_differ(&text) else { panic!("{row}\n{text}") };
        eprintln!("{} at {}: {reason}", row["agent"], row["url"]);
    }
    agreed
}

#[test]
fn robots_google() {
    let Some(path) = shared("conformance/robots/google-robotstxt.jsonl") else { return };
    let rows = rows(&path);
    let agreed = ask_all(&rows);
    conformance("robots-google", agreed, rows.len());
    assert_eq!((agreed, rows.len()), (139, 140));
}

#[test]
fn robots_spec_test() {
    let Some(path) = shared("conformance/robots/spec-test/expectations.jsonl") else { return };
    let rows = rows(&path);
    let agreed = ask_all(&rows);
    conformance("robots-spec", agreed, rows.len());
    assert_eq!((agreed, rows.len()), (399, 400));
}

/// Of its rows, two carry all that is needed to ask.
#[test]
fn robots_protego() {
    let Some(path) = shared("conformance/robots/protego-unit.jsonl") else { return };
    let mut asked = 0;
    for row in rows(&path).iter().filter_map(|row| row.get("param")) {
        let text = |key: &str| row[key].as_str().unwrap();
        let robots = format!("User-agent: *\nAllow: {}\nDisallow: {}\n", text("allow"), text("disallow"));
        let rules = Robots::parse(robots.as_bytes()).for_agent("tintinh");
        assert_eq!(rules.verdict(path_of(text("url"))) == Verdict::Allowed, row["allowed"], "{row}");
        asked += 1;
    }
    assert_eq!(asked, 2);
}

/// The recorded answers for robots.txt, served as they are: what may be fetched then? Where reppy takes 401 and 403 for a
/// refusal of everything, RFC 9309, section 2.3.1.3, lets us fetch.
#[tokio::test]
async fn robots_reppy() {
    let Some(folder) = shared("conformance/robots/reppy/tests/asis") else { return };
    let mut asked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap();
        let name = folder.file_name().into_string().unwrap();
        let mut answer = std::fs::read(folder.path().join("robots.txt")).unwrap();
        if !answer.windows(2).any(|window| window == b"\n\n") {
            // A recording without a body lacks the line that ends the head.
            answer.extend_from_slice(b"\n\n");
        }
        let recorded = String::from_utf8(answer.clone()).unwrap();
        let script = move |seen: &crate::server::Seen| match seen.path().as_str() {
            "/robots.txt" => vec![Step::Send(answer.clone())],
            _ => crate::server::ok("x"),
        };
        let server = Server::start(script).await;
        let mut session = session_at(&server);
        let refuses_all = recorded.contains("200 OK") && recorded.lines().any(|line| line.trim() == "Disallow: /");
        let expect = match () {
            () if recorded.starts_with("HTTP/1.0 5") => "RobotsUnreachable",
            () if refuses_all => "Disallowed",
            () => "Page",
        };
        let got = format!("{:?}", session.fetch(&get("http://tinh.example/"), &[]).await);
        assert!(got.contains(expect), "{name}: {got}");
        asked += 1;
    }
    assert_eq!(asked, 16);
}

fn session_at(server: &Server) -> tintinh::fetch::Session {
    let settings = FetchSettings { resolve: BTreeMap::from([("tinh.example".into(), server.address)]), ..settings() };
    Fetcher::new(settings, Clock::System).unwrap().session(scope(), Duration::ZERO, None)
}

fn get(url: &str) -> Request {
    Request::get(PageUrl::parse(url).unwrap(), Expect::Html)
}

#[test]
fn ssrf_addresses() {
    let Some(path) = shared("conformance/ssrf/ssrf.jsonl") else { return };
    let mut wrong = Vec::new();
    let mut asked = 0;
    for row in rows(&path).iter().filter(|row| row["kind"] == "ip") {
        let value = row["value"].as_str().unwrap();
        let address: Result<IpAddr, _> = value.trim_matches(['[', ']']).parse();
        let denied = address.map_or_else(|_| refused_as_host(value), is_denied);
        asked += 1;
        if denied != row["unsafe"].as_bool().unwrap() {
            wrong.push(value.to_owned());
        }
    }
    conformance("ssrf-ip", asked - wrong.len(), asked);
    assert_eq!((wrong, asked), (Vec::new(), 288));
}

/// What is no address as it stands is one as a URL's host, or none at all.
fn refused_as_host(value: &str) -> bool {
    let Ok(url) = PageUrl::parse(&format!("http://{value}/")) else { return true };
    Guard::new(&settings()).unwrap().check_url(&url).is_err()
}

/// What a hostile zone answers: never a public address.
const INSIDE: [&str; 6] =
    ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "100.100.100.200"];

/// Every row is refused, whatever its names resolve to inside: as an address that a caller chose, and as where a portal's page redirects
/// to. One row's host is a public address; such a one may be chosen (here it is not), but a redirect does not lead to it.
#[tokio::test]
async fn ssrf_urls() {
    let Some(path) = shared("conformance/ssrf/ssrf.jsonl") else { return };
    let urls: Vec<String> = rows(&path)
        .iter()
        .filter(|row| row["kind"] == "url")
        .map(|row| row["value"].as_str().unwrap().to_owned())
        .collect();
    let targets = urls.clone();
    let portal = Server::start(move |seen| match seen.path()[1..].parse::<usize>() {
        Ok(row) => crate::server::answer("302 Found", &[&format!("Location: {}", targets[row])], ""),
        Err(_) => crate::server::not_found(),
    })
    .await;
    let lookups = Arc::new(AtomicUsize::new(0));
    let (mut passed, mut public) = (0, Vec::new());
    for (row, url) in urls.iter().enumerate() {
        let chosen = choose(url, &lookups).await;
        let redirected = session_at(&portal).fetch(&get(&format!("http://tinh.example/{row}")), &[]).await;
        let led_out = !matches!(
            redirected,
            // `http:127.0.0.1/` is a path of the portal itself, which does not know it.
            Ok(Fetched::OutOfScope(_) | Fetched::Gone(404))
                | Err(FetchError::BlockedAddress { .. } | FetchError::BlockedPort(_) | FetchError::BadRedirect(_))
        );
        assert!(!led_out, "{url}: {redirected:?}");
        match chosen {
            Chosen::Refused => passed += 1,
            Chosen::Public => {
                public.push(url.as_str());
                passed += 1;
            }
            Chosen::Let(fetched) => eprintln!("{url}: {fetched}"),
        }
    }
    conformance("ssrf-url", passed, urls.len());
    assert_eq!((passed, urls.len(), public), (245, 245, vec!["http://1.1.1.1"]));
    assert!(lookups.load(Ordering::Relaxed) > 20);
}

enum Chosen {
    /// Refused without a connection.
    Refused,
    /// A public address as host: not asked for.
    Public,
    Let(String),
}

/// Asks for an address on a network whose names all resolve to the inside.
async fn choose(url: &str, lookups: &Arc<AtomicUsize>) -> Chosen {
    let Ok(url) = PageUrl::parse(url) else { return Chosen::Refused };
    let port = url.as_url().port_or_known_default().unwrap();
    let settings = FetchSettings { allow_ports: vec![port], ..settings() };
    let is_literal = !matches!(url.as_url().host(), Some(Host::Domain(_)));
    if is_literal && Guard::new(&settings).unwrap().check_url(&url).is_ok() {
        return Chosen::Public;
    }
    let count = Arc::clone(lookups);
    let lookup = move |_: &str| -> io::Result<Vec<IpAddr>> {
        let turn = count.fetch_add(1, Ordering::Relaxed);
        Ok(vec![INSIDE[turn % INSIDE.len()].parse().unwrap()])
    };
    let network = Network::with_lookup(&settings, Arc::new(lookup)).unwrap();
    let fetcher = Fetcher::with_transport(settings, Clock::System, Arc::new(network));
    let got = fetcher.session(scope(), Duration::ZERO, None).fetch(&Request::get(url, Expect::Html), &[]).await;
    match got {
        Err(FetchError::BlockedAddress { .. }) => Chosen::Refused,
        other => Chosen::Let(format!("{other:?}")),
    }
}

/// A name that changes its mind gains nothing: what was checked is what is connected to, at every connection anew.
#[tokio::test]
async fn ssrf_rebinding_and_mixed_answers() {
    let server = Server::start(|_| vec![]).await;
    let settings = FetchSettings { allow_ports: vec![server.address.port()], ..settings() };
    let answers = Mutex::new(vec!["127.0.0.1", "10.0.0.1", "::1"].into_iter().cycle());
    let lookup = move |_: &str| Ok(vec![answers.lock().unwrap().next().unwrap().parse().unwrap()]);
    let network = Network::with_lookup(&settings, Arc::new(lookup)).unwrap();
    let url = PageUrl::parse(&format!("http://rebind.example:{}/", server.address.port())).unwrap();
    for _ in 0..3 {
        let got = network.exchange(&wire(&url)).await;
        assert!(matches!(got, Err(FetchError::BlockedAddress { .. })), "{got:?}");
    }
    assert!(server.seen().is_empty());
}

/// A resolver that hangs costs no more than the time to connect.
#[tokio::test]
async fn a_silent_resolver_meets_the_deadline() {
    let settings = FetchSettings { connect_timeout: Duration::from_millis(200), ..settings() };
    let lookup = |_: &str| {
        std::thread::sleep(Duration::from_secs(6));
        Ok(vec![])
    };
    let network = Network::with_lookup(&settings, Arc::new(lookup)).unwrap();
    let started = tokio::time::Instant::now();
    let got = network.exchange(&wire(&PageUrl::parse("http://silent.example/").unwrap())).await;
    assert!(matches!(got, Err(FetchError::Timeout { .. })), "{got:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// An operator's block opens just that block, for names and for literal addresses.
#[tokio::test]
async fn ssrf_allowed_blocks_are_open() {
    let server = Server::start(|_| crate::server::ok("x")).await;
    let settings = FetchSettings {
        allow_ports: vec![server.address.port()],
        allow_addresses: vec!["127.0.0.0/8".into()],
        ..settings()
    };
    let lookup = |host: &str| Ok(vec![if host.starts_with('a') { "127.0.0.1" } else { "10.0.0.1" }.parse().unwrap()]);
    let network = Network::with_lookup(&settings, Arc::new(lookup)).unwrap();
    let check = async |host: &str, expect: bool| {
        let url = PageUrl::parse(&format!("http://{host}:{}/", server.address.port())).unwrap();
        assert_eq!(network.exchange(&wire(&url)).await.is_ok(), expect, "{host}");
    };
    check("a.example", true).await;
    check("127.0.0.1", true).await;
    check("b.example", false).await;
    check("10.0.0.1", false).await;
    let shut = Network::new(&FetchSettings { allow_ports: vec![], ..settings }).unwrap();
    let url = PageUrl::parse(&format!("http://{}/", server.address)).unwrap();
    assert_eq!(shut.exchange(&wire(&url)).await, Err(FetchError::BlockedPort(server.address.port())));
}

fn wire(url: &PageUrl) -> WireRequest {
    WireRequest::get(url.clone())
}

/// A raw answer of curl's test suite.
struct Reply {
    name: String,
    exit: u32,
    /// Whether it is the one answer, complete in itself, to one `GET` over plain HTTP.
    is_single_get: bool,
    /// Whether curl was asked plainly for it, so that its exit code speaks of the answer alone.
    is_comparable: bool,
    bytes: Vec<u8>,
}

impl Reply {
    fn read(row: &Value) -> Reply {
        let command = row["command"].as_str().unwrap();
        let is_plain = command.split_whitespace().skip(1).all(|word| !CHANGES_THE_OUTCOME.contains(&word));
        let is_single = row["other_replies"].as_array().unwrap().is_empty() && row["has_curl_macros"] == false;
        let is_get = row["keywords"].as_array().unwrap().iter().any(|keyword| keyword == "HTTP GET");
        let is_http = row["servers"] == serde_json::json!(["http"]) && command.starts_with("http://");
        let exit = row["curl_exit"].as_str().unwrap().trim().parse().unwrap_or(0);
        Reply {
            name: format!("{} ({})", row["test"].as_str().unwrap(), row["name"].as_str().unwrap()),
            exit,
            is_single_get: is_single && is_get && row["servers"] == serde_json::json!(["http"]),
            is_comparable: is_plain && is_single && is_http && is_get && SPEAKS_OF_THE_ANSWER.contains(&exit),
            bytes: Base64::decode_vec(row["raw_reply_b64"].as_str().unwrap()).unwrap(),
        }
    }
}

/// Whether an answer ends before its length or its last chunk, by its own account.
fn is_incomplete(reply: &[u8]) -> bool {
    let mut rest = reply;
    loop {
        let Some((head, body)) = split_head(rest) else { return true };
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let status = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
        if status.starts_with('1') && status != "101" {
            rest = body;
            continue;
        }
        let value =
            |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_prefix(':')).map(str::trim);
        if value("transfer-encoding").is_some_and(|coding| coding.ends_with("chunked")) {
            return !has_last_chunk(body);
        }
        return value("content-length")
            .and_then(|length| length.parse::<usize>().ok())
            .is_some_and(|length| body.len() < length);
    }
}

fn split_head(reply: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = |sign: &[u8]| reply.windows(sign.len()).position(|window| window == sign).map(|at| (at, at + sign.len()));
    let (head, body) =
        [end(b"\r\n\r\n"), end(b"\n\n"), end(b"\n\r\n")].into_iter().flatten().min_by_key(|(_, body)| *body)?;
    Some((&reply[..head], &reply[body..]))
}

fn has_last_chunk(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(&rest[..end]);
        let Ok(size) = usize::from_str_radix(line.split([';', ' ', '\r']).next().unwrap_or_default().trim(), 16) else {
            return false;
        };
        if size == 0 {
            return true;
        }
        let next = rest[end + 1..].get(size..).unwrap_or_default();
        rest = next.iter().position(|byte| *byte == b'\n').map_or(&[][..], |line| &next[line + 1..]);
    }
    false
}

/// Exit codes of curl: well, unsupported protocol, weird answer, partial, nothing, cut, bad encoding.
const SPEAKS_OF_THE_ANSWER: [u32; 7] = [0, 1, 8, 18, 52, 56, 61];

/// Options with which curl's exit code speaks of something else than the answer.
const CHANGES_THE_OUTCOME: [&str; 40] = [
    "-f",
    "--fail",
    "--fail-with-body",
    "-C",
    "-T",
    "-I",
    "--head",
    "-r",
    "-z",
    "--max-filesize",
    "--range",
    "--http0.9",
    "-x",
    "--proxy",
    "-u",
    "-L",
    "--location",
    "--retry",
    "-m",
    "--max-time",
    "--ignore-content-length",
    "-X",
    "--raw",
    "--tr-encoding",
    "--http1.0",
    "-0",
    "--haproxy-protocol",
    "--resolve",
    "--connect-to",
    "--next",
    "-K",
    "--preproxy",
    "--unix-socket",
    "--abstract-unix-socket",
    "--http2",
    "--http2-prior-knowledge",
    "--connect-timeout",
    "--suppress-connect-headers",
    "--post301",
    "-d",
];

/// Every raw answer: no panic, no hang, no page from a body that is not complete, and the same as curl where that can be compared.
///
/// `http-replies` counts the rows that are the one answer to one `GET` over plain HTTP, without curl's macros.
#[tokio::test]
async fn http_replies() {
    let Some(path) = shared("conformance/http/curl-http-replies/replies.jsonl") else { return };
    let replies: Arc<Vec<Reply>> = Arc::new(rows(&path).iter().map(Reply::read).collect());
    let answers = Arc::clone(&replies);
    let server = Server::start(move |seen| match seen.path()[1..].parse::<usize>() {
        Ok(position) => vec![Step::Send(answers[position].bytes.clone())],
        Err(_) => crate::server::not_found(),
    })
    .await;
    let settings = FetchSettings {
        resolve: BTreeMap::from([("tinh.example".into(), server.address)]),
        total_timeout: Duration::from_secs(5),
        ..settings()
    };
    let network = Arc::new(Network::new(&settings).unwrap());
    let (mut singles, mut passed, mut comparable, mut agreed) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for (position, reply) in replies.iter().enumerate() {
        let url = PageUrl::parse(&format!("http://tinh.example/{position}")).unwrap();
        // A fetcher of its own: one that was asked for a rest would keep it.
        let own = Fetcher::with_transport(settings.clone(), Clock::System, Arc::clone(&network) as _);
        let mut session = own.session(scope(), Duration::ZERO, None);
        let fetched = session.fetch(&Request::get(url, Expect::Html), &[]).await;
        let hangs = matches!(fetched, Err(FetchError::Timeout { .. }));
        let is_page = matches!(fetched, Ok(Fetched::Page(_)));
        let is_cut = is_incomplete(&reply.bytes) || (reply.is_comparable && matches!(reply.exit, 18 | 56));
        let is_right = !(hangs || is_page && is_cut);
        if !is_right {
            let what = if hangs { "it hangs" } else { "a page from an answer that is cut" };
            wrong.push(format!("{}: {what}", reply.name));
        }
        if reply.is_single_get {
            singles += 1;
            passed += usize::from(is_right);
        }
        // curl takes a body that ends by closing for whole, wherever it stops.
        let has_no_end = matches!(&fetched, Err(FetchError::Cut(reason)) if reason.contains("nothing shows"));
        if reply.is_comparable && !has_no_end {
            comparable += 1;
            if (reply.exit == 0) == is_answer(&fetched) {
                agreed += 1;
            } else {
                let fetched = fetched.map(|_| "an answer");
                eprintln!("{}: curl exits {}, we have {fetched:?}", reply.name, reply.exit);
            }
        }
    }
    eprintln!("curl: {agreed} of {comparable} comparable answers as curl, {} served", replies.len());
    conformance("http-replies", passed, singles);
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(singles >= 300 && agreed * 100 >= comparable * 95, "{singles} {agreed} {comparable}");
}

/// Whether an answer was taken, be it one that is no page.
fn is_answer(fetched: &Result<Fetched, FetchError>) -> bool {
    use FetchError::BadRedirect;
    use FetchError::RedirectLoop;
    use FetchError::Status;
    matches!(fetched, Ok(_) | Err(Status { .. } | BadRedirect(_) | RedirectLoop(_)))
}
