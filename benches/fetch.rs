//! What the fetch layer costs beside a bare client: `cargo bench --bench fetch`.
//!
//! Both ask one server on loopback for the same small page, over connections that are kept, by turns in rounds. Figures are of the
//! processor time of the client's one thread, so that neither the server nor waiting counts, with the time on the clock beside it.
#![expect(clippy::unwrap_used, reason = "a benchmark says what is wrong by panicking")]
#![expect(clippy::print_stdout, reason = "figures are what it is for")]

use std::collections::BTreeMap;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::time::Duration;

use regex::RegexSet;
use rustix::time::ClockId;
use rustix::time::clock_gettime;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::fetch::Fetched;
use tintinh::fetch::Fetcher;
use tintinh::fetch::Session;
use tintinh::model::portal::Scope;
use tintinh::model::request::Expect;
use tintinh::model::request::Request;
use tintinh::model::settings::FetchSettings;
use tintinh::url::PageUrl;
use tokio::time::Instant;

const HOST: &str = "tinh.example";
const BODY_BYTES: usize = 2_000;
const ROUNDS: usize = 20;
const REQUESTS_A_ROUND: u32 = 500;

fn main() {
    // Tests run benchmarks once, to see that they build and run.
    let is_measured = std::env::args().any(|argument| argument == "--bench");
    let (rounds, requests) = if is_measured { (ROUNDS, REQUESTS_A_ROUND) } else { (1, 10) };
    let address = serve();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut layer, mut bare) = (Cost::default(), Cost::default());
    runtime.block_on(async {
        let mut session = session(address);
        let client = client(address);
        // The first round warms connections and caches, and does not count.
        for round in 0..=rounds {
            let costs = (by_layer(&mut session, requests).await, by_client(&client, requests).await);
            if round > 0 {
                layer.add(&costs.0);
                bare.add(&costs.1);
            }
        }
    });
    println!("fetch layer   {layer}");
    println!("bare reqwest  {bare}");
    println!("ratio         {:.2} of its requests a second of the processor", layer.per_second() / bare.per_second());
}

/// What requests took.
#[derive(Default)]
struct Cost {
    requests: u32,
    processor: Duration,
    clock: Duration,
}

impl Cost {
    fn add(&mut self, other: &Cost) {
        self.requests += other.requests;
        self.processor += other.processor;
        self.clock += other.clock;
    }

    fn per_second(&self) -> f64 {
        f64::from(self.requests) / self.processor.as_secs_f64()
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let by_clock = f64::from(self.requests) / self.clock.as_secs_f64();
        write!(
            formatter,
            "{:>7.0} requests a second of the processor, {by_clock:>7.0} by the clock ({} in all)",
            self.per_second(),
            self.requests
        )
    }
}

/// A measurement under way.
struct Begun {
    processor: Duration,
    clock: Instant,
}

impl Begun {
    fn now() -> Begun {
        Begun { processor: processor_time(), clock: Instant::now() }
    }

    fn after(self, requests: u32) -> Cost {
        Cost { requests, processor: processor_time().saturating_sub(self.processor), clock: self.clock.elapsed() }
    }
}

/// Processor time of this thread, which the runtime runs on.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

fn session(address: SocketAddr) -> Session {
    let fetch = Config::shipped().fetch;
    let settings = FetchSettings { resolve: BTreeMap::from([(HOST.to_owned(), address)]), ..fetch };
    let scope = Scope { hosts: vec![HOST.to_owned()], exclude: RegexSet::empty() };
    Fetcher::new(settings, Clock::System).unwrap().session(scope, Duration::ZERO, None)
}

async fn by_layer(session: &mut Session, requests: u32) -> Cost {
    let begun = Begun::now();
    for number in 0..requests {
        let url = PageUrl::parse(&format!("http://{HOST}/tin/{number}")).unwrap();
        match session.fetch(&Request::get(url, Expect::Html), &[]).await.unwrap() {
            Fetched::Page(page) => assert_eq!(page.body.len(), BODY_BYTES),
            other => panic!("{other:?}"),
        }
    }
    begun.after(requests)
}

#[expect(clippy::disallowed_methods, reason = "the client that ours is compared with")]
fn client(address: SocketAddr) -> reqwest::Client {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(config);
    builder.no_proxy().resolve(HOST, address).user_agent("bare/1").build().unwrap()
}

async fn by_client(client: &reqwest::Client, requests: u32) -> Cost {
    let begun = Begun::now();
    for number in 0..requests {
        let answer = client.get(format!("http://{HOST}/tin/{number}")).send().await.unwrap();
        assert_eq!(answer.bytes().await.unwrap().len(), BODY_BYTES);
    }
    begun.after(requests)
}

/// A server on a thread of its own: a small page for all but robots.txt.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || answer_all(stream.unwrap()));
        }
    });
    address
}

fn answer_all(mut stream: TcpStream) {
    let page = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: \"1\"\r\nContent-Length: {BODY_BYTES}\r\n\r\n{}",
        "x".repeat(BODY_BYTES)
    );
    let none = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    stream.set_nodelay(true).unwrap();
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        request.extend_from_slice(&buffer[..length]);
        if request.ends_with(b"\r\n\r\n") {
            let answer = if request.starts_with(b"GET /robots.txt ") { none } else { &page };
            request.clear();
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    }
}
