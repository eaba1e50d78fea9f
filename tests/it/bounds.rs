//! Every bound on a server's time and room, hit by a server on loopback. Those that are hit elsewhere: `fetch_behavior` (redirects, sizes,
//! the whole exchange), `engine` (a visit), the units of `decode`, `robots`, `origins`, `chain`, `url` and of discovery.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tintinh::clock::Clock;
use tintinh::fetch::FetchError;
use tintinh::fetch::Fetcher;
use tintinh::fetch::network::Network;
use tintinh::fetch::transport::Transport;
use tintinh::fetch::transport::WireRequest;
use tintinh::fetch::transport::WireResponse;
use tintinh::fetch::wire::MAX_HEADER_BYTES;
use tintinh::fetch::wire::MAX_HEADERS;
use tintinh::model::settings::FetchSettings;
use tintinh::model::tls::TlsMode;
use tintinh::model::tls::TlsSettings;
use tintinh::url::PageUrl;
use tokio::time::Instant;

use crate::fetch_behavior::settings;
use crate::server::Seen;
use crate::server::Server;
use crate::server::Step;
use crate::server::answer;

/// Short for the one time under test, and long for the others.
const SHORT: Duration = Duration::from_millis(300);

fn request(url: &str) -> WireRequest {
    WireRequest::get(PageUrl::parse(url).unwrap())
}

/// One exchange with a server that answers by a script.
async fn exchange(
    mut settings: FetchSettings,
    script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static,
) -> Result<WireResponse, FetchError> {
    let server = Server::start(script).await;
    settings.resolve.insert("tinh.example".into(), server.address);
    let response = Network::new(&settings).unwrap().exchange(&request("http://tinh.example/")).await?;
    response.cut.clone().map_or(Ok(response), Err)
}

fn timeout(what: &str) -> FetchError {
    FetchError::Timeout { what: what.into(), limit: SHORT }
}

/// A server that takes connections and says nothing: the handshake is a part of connecting.
#[tokio::test]
async fn connecting_is_bounded_with_its_handshake() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = FetchSettings { connect_timeout: SHORT, ..settings() };
    settings.resolve.insert("tinh.example".into(), listener.local_addr().unwrap());
    let network = Network::new(&settings).unwrap();
    for mode in [TlsMode::Modern, TlsMode::Legacy] {
        let tls = Arc::new(TlsSettings { mode, ..TlsSettings::default() });
        let wire = WireRequest { tls, ..request("https://tinh.example/") };
        assert_eq!(network.exchange(&wire).await, Err(timeout("connecting")), "{mode:?}");
    }
}

#[tokio::test]
async fn the_first_byte_is_bounded() {
    let short = FetchSettings { connect_timeout: SHORT, first_byte_timeout: SHORT, ..settings() };
    let begun = Instant::now();
    assert_eq!(exchange(short, |_| vec![Step::Hang]).await, Err(timeout("the answer's first byte")));
    assert!(begun.elapsed() >= SHORT && begun.elapsed() < settings().total_timeout / 2, "{:?}", begun.elapsed());
}

/// Slowloris from the other side: a piece now and then is borne with as long as the whole is, a pause is not.
#[tokio::test]
async fn the_time_between_bytes_is_bounded() {
    let head = Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n".to_vec());
    let drip = |pause| vec![head.clone(), Step::Drip(b"12345678".to_vec(), pause)];
    let (quick, slow) = (drip(SHORT / 6), drip(SHORT * 3));
    let settings = || FetchSettings { idle_timeout: SHORT, ..settings() };
    assert_eq!(exchange(settings(), move |_| quick.clone()).await.unwrap().body, "12345678");
    assert_eq!(exchange(settings(), move |_| slow.clone()).await, Err(timeout("the next piece of the body")));
}

#[tokio::test]
async fn the_whole_exchange_is_bounded() {
    let settings = FetchSettings { total_timeout: SHORT, ..settings() };
    let drip = Step::Drip(vec![b'x'; 1_000], SHORT / 10);
    let head = Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".to_vec());
    let begun = Instant::now();
    let steps = vec![head, drip];
    assert_eq!(exchange(settings, move |_| steps.clone()).await, Err(timeout("the exchange")));
    assert!(begun.elapsed() < SHORT * 10);
}

#[tokio::test]
async fn headers_are_bounded_in_number_and_size() {
    // `Content-Length` and `Connection` are two more.
    let lines = |count: usize| move |_: &Seen| answer("200 OK", &vec!["X-A: b"; count - 2], "x");
    assert_eq!(exchange(settings(), lines(MAX_HEADERS)).await.unwrap().headers.len(), MAX_HEADERS);
    let many = exchange(settings(), lines(MAX_HEADERS + 1)).await;
    assert!(matches!(many, Err(FetchError::Malformed(_))), "{many:?}");

    let line = |bytes: usize| move |_: &Seen| answer("200 OK", &[&format!("X-A: {}", "b".repeat(bytes))], "x");
    let large = exchange(settings(), line(MAX_HEADER_BYTES - 100)).await.unwrap();
    assert_eq!(large.header("x-a").unwrap().len(), MAX_HEADER_BYTES - 100);
    let larger = exchange(settings(), line(MAX_HEADER_BYTES)).await;
    assert!(matches!(&larger, Err(FetchError::Malformed(text)) if text.contains("3 headers with")), "{larger:?}");
}

#[tokio::test]
async fn a_body_is_bounded_on_the_wire_to_the_byte() {
    let settings = || FetchSettings { max_wire_bytes: 1_000, ..settings() };
    let body = |bytes: usize| move |_: &Seen| answer("200 OK", &[], vec![b'x'; bytes]);
    assert_eq!(exchange(settings(), body(1_000)).await.unwrap().body.len(), 1_000);
    let too_large = FetchError::TooLarge { what: "on the wire", limit: 1_000 };
    assert_eq!(exchange(settings(), body(1_001)).await, Err(too_large));
}

/// A resolver that hangs holds a thread for each look-up: there are eight at a time, and none is waited for without end.
#[tokio::test(flavor = "multi_thread")]
async fn look_ups_are_bounded_in_number_and_time() {
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count, peak) = (Arc::clone(&under_way), Arc::clone(&most));
    let lookup = move |_: &str| {
        peak.fetch_max(count.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(SHORT * 3);
        count.fetch_sub(1, Ordering::SeqCst);
        Ok(Vec::new())
    };
    let settings = FetchSettings { connect_timeout: SHORT, ..settings() };
    let network = Arc::new(Network::with_lookup(&settings, Arc::new(lookup)).unwrap());
    let asking = (0..20).map(|number| {
        let network = Arc::clone(&network);
        tokio::spawn(async move { network.exchange(&request(&format!("http://{number}.example/"))).await })
    });
    for asked in asking.collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap(), Err(timeout("connecting")));
    }
    assert_eq!(most.load(Ordering::SeqCst), 8);
}

/// A redirect to an address that is too long is told of by its beginning.
#[tokio::test]
async fn an_address_is_bounded() {
    let long = format!("/{}", "a".repeat(tintinh::url::MAX_LENGTH));
    let server = Server::start(move |seen| match seen.path().as_str() {
        "/robots.txt" => answer("404 Not Found", &[], ""),
        _ => answer("302 Found", &[&format!("Location: {long}")], ""),
    })
    .await;
    let mut settings = settings();
    settings.resolve.insert("tinh.example".into(), server.address);
    let fetcher = Fetcher::new(settings, Clock::System).unwrap();
    let mut session = fetcher.session(crate::fetch_behavior::scope(), Duration::ZERO, None);
    let url = PageUrl::parse("http://tinh.example/a").unwrap();
    let asked = tintinh::model::request::Request::get(url, tintinh::model::request::Expect::Html);
    let message = session.fetch(&asked, &[]).await.unwrap_err().to_string();
    assert!(message.contains("8192") && message.len() < 400, "{message}");
}

/// A server that reads a second request on a connection and closes it without an answer loses none: each request has a connection of its own.
#[tokio::test]
async fn no_request_goes_out_on_a_used_connection() {
    use tokio::io::AsyncReadExt;
    use tokio::io::AsyncWriteExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = settings();
    settings.resolve.insert("tinh.example".into(), listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 4096];
                if stream.read(&mut head).await.is_ok_and(|read| read > 0) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
                }
                let _ = stream.read(&mut head).await;
            });
        }
    });
    let network = Network::new(&settings).unwrap();
    for _ in 0..3 {
        let answer = network.exchange(&request("http://tinh.example/")).await.unwrap();
        assert_eq!(&answer.body[..], b"ok");
    }
}
