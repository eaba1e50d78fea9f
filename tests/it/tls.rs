//! TLS as portals have it, by real handshakes on loopback: chains, times, names, pins, old versions, ciphers and keys.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

pub(crate) mod authority;
mod server;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use openssl::hash::MessageDigest;
use openssl::ssl::SslVersion;
use tintinh::clock::Clock;
use tintinh::fetch::FetchError;
use tintinh::fetch::Fetched;
use tintinh::fetch::Fetcher;
use tintinh::fetch::Session;
use tintinh::model::failure::FailureClass;
use tintinh::model::page::Page;
use tintinh::model::request::Expect;
use tintinh::model::request::Request;
use tintinh::model::settings::FetchSettings;
use tintinh::model::tls::TlsMode;
use tintinh::model::tls::TlsSettings;
use tintinh::model::tls::parse_pin;
use tintinh::url::PageUrl;
use tokio::time::Instant;

use self::authority::Made;
use self::authority::Order;
use self::authority::intermediate;
use self::authority::make;
use self::authority::root;
use self::server::Manner;
use self::server::TlsServer;
use crate::fetch_behavior::scope;
use crate::fetch_behavior::settings;
use crate::server::Server;
use crate::server::Step;
use crate::server::answer;
use crate::server::not_found;

const MODES: [TlsMode; 2] = [TlsMode::Modern, TlsMode::Legacy];

/// Trusts one root, by one profile.
fn trusting(mode: TlsMode, root: &Made) -> TlsSettings {
    TlsSettings { mode, extra_ca: vec![root.der()], ..TlsSettings::default() }
}

fn session_at(server: &TlsServer, tls: TlsSettings, mut settings: FetchSettings) -> Session {
    settings.resolve.insert("tinh.example".into(), server.address);
    let fetcher = Fetcher::new(settings, Clock::System).unwrap();
    fetcher.session(scope(), Duration::ZERO, None).with_tls(Arc::new(tls))
}

async fn get(session: &mut Session) -> Result<Page, FetchError> {
    let request = Request::get(PageUrl::parse("https://tinh.example/a").unwrap(), Expect::Html);
    match session.fetch(&request, &[]).await? {
        Fetched::Page(page) => Ok(*page),
        other => panic!("no page: {other:?}"),
    }
}

async fn visit(server: &TlsServer, tls: TlsSettings) -> Result<Page, FetchError> {
    get(&mut session_at(server, tls, settings())).await
}

/// What the operator reads. A robots.txt that cannot be had for TLS is told of as such.
async fn message_of(server: &TlsServer, tls: TlsSettings) -> String {
    let failure = visit(server, tls).await.unwrap_err().failure("tinh.example");
    assert_eq!(failure.class, FailureClass::Transient, "certificates are renewed");
    assert_eq!(server.requests(), 0, "{}", failure.message);
    failure.message
}

fn tls_of(page: Result<Page, FetchError>) -> String {
    page.unwrap().http.tls.unwrap()
}

/// A server's certificate below an intermediate below a root.
struct Chain {
    root: Made,
    intermediate: Made,
    own: Made,
}

fn chain(order: &Order) -> Chain {
    let root = root();
    let intermediate = intermediate(&root);
    let own = make(order, Some(&intermediate));
    Chain { root, intermediate, own }
}

#[tokio::test]
async fn tls_profiles_and_versions_are_told_in_the_record() {
    let chain = chain(&Order::default());
    for (version, name) in [(SslVersion::TLS1_2, "TLSv1.2"), (SslVersion::TLS1_3, "TLSv1.3")] {
        let manner = Manner { version, sent: vec![chain.intermediate.clone()], ..Manner::default() };
        let server = TlsServer::start(&chain.own, manner);
        let modern = tls_of(visit(&server, trusting(TlsMode::Modern, &chain.root)).await);
        assert_eq!(modern, format!("verified, {name}"));
        let legacy = tls_of(visit(&server, trusting(TlsMode::Legacy, &chain.root)).await);
        assert!(legacy.starts_with(&format!("legacy level 1, verified, {name} ")), "{legacy}");
        let unverified =
            tls_of(visit(&server, TlsSettings { mode: TlsMode::Unverified, ..TlsSettings::default() }).await);
        assert!(unverified.starts_with(&format!("legacy level 1, unverified, {name} ")), "{unverified}");
    }
}

#[tokio::test]
async fn an_end_without_close_notify_is_an_end_by_closing_to_both_profiles() {
    let chain = chain(&Order::default());
    for (answer, expect) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><p>Tin</p></html>"[..], ""),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><p>Tin</p>", "nothing shows that it is complete"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<html><p>Tin</p></html>", "the answer was cut off"),
    ] {
        let manner =
            Manner { sent: vec![chain.intermediate.clone()], answer, closes_unsaid: true, ..Manner::default() };
        let server = TlsServer::start(&chain.own, manner);
        for mode in MODES {
            let said = visit(&server, trusting(mode, &chain.root))
                .await
                .map_or_else(|error| error.to_string(), |_| String::new());
            assert!(said.contains(expect) && said.is_empty() == expect.is_empty(), "{mode:?}: {said}");
        }
    }
}

#[tokio::test]
async fn an_incomplete_chain_is_told_and_completed_by_the_operators_file() {
    let chain = chain(&Order::default());
    let server = TlsServer::start(&chain.own, Manner::default());
    for mode in MODES {
        let message = message_of(&server, trusting(mode, &chain.root)).await;
        assert!(message.contains("chain is incomplete") && message.contains("`intermediates`"), "{message}");
    }
    for (mode, expect) in [
        (TlsMode::Modern, "verified, chain completed, TLSv1.2"),
        (TlsMode::Legacy, "legacy level 1, verified, TLSv1.2"),
    ] {
        let completed = TlsSettings { intermediates: vec![chain.intermediate.der()], ..trusting(mode, &chain.root) };
        let tls = tls_of(visit(&server, completed).await);
        assert!(tls.starts_with(expect), "{tls}");
    }
}

#[tokio::test]
async fn intermediates_are_not_trusted_by_themselves() {
    let chain = chain(&Order::default());
    let (server, lone) = (
        TlsServer::start(&chain.own, Manner::default()),
        TlsServer::start(&make(&Order::default(), None), Manner::default()),
    );
    for mode in MODES {
        let links = vec![chain.intermediate.der(), chain.root.der()];
        let untrusted = TlsSettings { mode, intermediates: links, ..TlsSettings::default() };
        let message = message_of(&server, untrusted.clone()).await;
        assert!(message.contains("not trusted"), "{message}");
        let message = message_of(&lone, untrusted).await;
        assert!(message.contains("self-signed"), "{message}");
    }
}

#[tokio::test]
async fn an_extra_ca_need_not_be_a_root() {
    let chain = chain(&Order::default());
    let server = TlsServer::start(&chain.own, Manner::default());
    for mode in MODES {
        visit(&server, trusting(mode, &chain.intermediate)).await.unwrap();
    }
}

/// A server of issuers' certificates, counting.
async fn issuers(body: Vec<u8>) -> Server {
    Server::start(move |seen| match seen.path().as_str() {
        "/ca.der" => answer("200 OK", &["Content-Type: application/pkix-cert"], &body),
        _ => not_found(),
    })
    .await
}

#[tokio::test]
async fn an_incomplete_chain_is_completed_by_fetching_the_issuer_once() {
    for mode in MODES {
        let chain = chain(&Order { issuer_at: Some("http://ca.example/ca.der".into()), ..Order::default() });
        let at = issuers(chain.intermediate.der()).await;
        let mut settings = settings();
        settings.resolve.insert("ca.example".into(), at.address);
        let manner = Manner { requests: 1, ..Manner::default() };
        let server = TlsServer::start(&chain.own, manner);
        let mut session = session_at(&server, trusting(mode, &chain.root), settings);
        for _ in 0..3 {
            let tls = tls_of(get(&mut session).await);
            assert!(tls.contains("verified"), "{tls}");
            server.all_closed().await;
        }
        assert_eq!(at.seen().len(), 1, "it is kept: {mode:?}");
        let head = String::from_utf8(at.seen()[0].head.clone()).unwrap().to_lowercase();
        assert!(head.contains("user-agent: tintinh/"), "{head}");
        assert_eq!(server.requests(), 3, "a request is sent once");
    }
}

#[tokio::test]
async fn an_issuer_is_not_fetched_from_inside_and_not_asked_for_again_in_vain() {
    for mode in MODES {
        let inside = issuers(Vec::new()).await;
        let inside_url = format!("http://{}/ca.der", inside.address);
        let open_port = FetchSettings { allow_ports: vec![inside.address.port()], ..settings() };
        let garbage = issuers(b"not a certificate".to_vec()).await;
        let mut with_garbage = settings();
        with_garbage.resolve.insert("ca.example".into(), garbage.address);
        for (at, settings, server_of_issuers, hits) in
            [(inside_url.as_str(), open_port, &inside, 0), ("http://ca.example/ca.der", with_garbage, &garbage, 1)]
        {
            let chain = chain(&Order { issuer_at: Some(at.to_owned()), ..Order::default() });
            let server = TlsServer::start(&chain.own, Manner::default());
            let mut settings = settings;
            settings.resolve.insert("tinh.example".into(), server.address);
            let fetcher = Fetcher::new(settings, Clock::System).unwrap();
            for _ in 0..2 {
                // A session of its own each time would ask robots.txt of one memory; the fetcher keeps the error for a while.
                let tls = Arc::new(trusting(mode, &chain.root));
                let mut session = fetcher.session(scope(), Duration::ZERO, None).with_tls(tls);
                let error = get(&mut session).await.unwrap_err();
                assert!(error.to_string().contains("incomplete"), "{error}");
            }
            assert_eq!(server_of_issuers.seen().len(), hits, "{mode:?} {at}");
        }
    }
}

/// A chain whose issuers lack their own issuers in turn, five of them.
#[tokio::test]
async fn issuers_are_fetched_four_at_a_visit() {
    const NAMES: [&str; 5] = ["Issuer 1", "Issuer 2", "Issuer 3", "Issuer 4", "Issuer 5"];
    let at = |number: usize| Some(format!("http://ca.example/{number}"));
    for mode in MODES {
        let root = root();
        let mut issuers: Vec<Made> = Vec::new();
        for (number, subject) in NAMES.into_iter().enumerate() {
            let issuer_at = (number > 0).then(|| at(number - 1)).flatten();
            let order = Order { subject, hosts: vec![], is_ca: true, issuer_at, ..Order::default() };
            issuers.push(make(&order, Some(issuers.last().unwrap_or(&root))));
        }
        let own = make(&Order { issuer_at: at(4), ..Order::default() }, issuers.last());
        let published = Server::start(move |seen| {
            let number: usize = seen.path()[1..].parse().unwrap();
            answer("200 OK", &[], issuers[number].der())
        })
        .await;
        let mut settings = settings();
        settings.resolve.insert("ca.example".into(), published.address);
        let server = TlsServer::start(&own, Manner::default());
        let error = get(&mut session_at(&server, trusting(mode, &root), settings)).await.unwrap_err();
        assert!(error.to_string().contains("incomplete"), "{mode:?}: {error}");
        assert_eq!(published.seen().len(), 4, "{mode:?}");
    }
}

/// An issuer's server that sends without end, and one that sends nothing.
#[tokio::test]
async fn an_issuer_is_bounded_in_size_and_time() {
    let chain = chain(&Order { issuer_at: Some("http://ca.example/ca.der".into()), ..Order::default() });
    let server = TlsServer::start(&chain.own, Manner::default());
    let certificate = chain.intermediate.der();
    for steps in [vec![Step::Send(certificate), Step::Repeat(vec![0; 4096], usize::MAX)], vec![Step::Hang]] {
        let hangs = matches!(steps[0], Step::Hang);
        let head = Step::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec());
        let published = Server::start(move |_| [vec![head.clone()], steps.clone()].concat()).await;
        let hour = Duration::from_hours(1);
        let mut settings = FetchSettings {
            first_byte_timeout: hour,
            idle_timeout: hour,
            total_timeout: hour,
            max_wire_bytes: 1 << 40,
            ..settings()
        };
        settings.resolve.insert("ca.example".into(), published.address);
        let mut session = session_at(&server, trusting(TlsMode::Modern, &chain.root), settings);
        let getting = tokio::spawn(async move { get(&mut session).await });
        while published.seen().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let begun = Instant::now();
        if hangs {
            tokio::time::sleep(Duration::from_millis(50)).await;
            tokio::time::pause();
        }
        let error = getting.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("incomplete"), "{error}");
        assert_eq!(begun.elapsed() > Duration::from_secs(14), hangs, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn wrong_certificates_are_refused_with_the_fault_and_the_key_that_helps() {
    let root = root();
    for (order, fault, hint) in [
        (Order { valid: (-30, -1), ..Order::default() }, "has expired", "tls = \"unverified\""),
        (Order { valid: (2, 30), ..Order::default() }, "not valid yet", "clock"),
        (Order { hosts: vec!["khac.example"], ..Order::default() }, "for another host", "tls = \"unverified\""),
    ] {
        let server = TlsServer::start(&make(&order, Some(&root)), Manner::default());
        for mode in MODES {
            let message = message_of(&server, trusting(mode, &root)).await;
            assert!(message.contains(fault) && message.contains(hint), "{mode:?}: {message}");
        }
        let unverified = TlsSettings { mode: TlsMode::Unverified, ..TlsSettings::default() };
        assert!(tls_of(visit(&server, unverified).await).contains("unverified"));
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_trusted_by_the_pin_that_its_error_names() {
    let own = make(&Order::default(), None);
    let server = TlsServer::start(&own, Manner::default());
    for mode in MODES {
        let message = message_of_fresh(&own, TlsSettings { mode, ..TlsSettings::default() }).await;
        assert!(message.contains("self-signed") && message.contains("`pins`"), "{message}");
        let pin = message.split_whitespace().find(|word| word.starts_with("sha256/")).unwrap();
        let pinned = TlsSettings { mode, pins: vec![parse_pin(pin).unwrap()], ..TlsSettings::default() };
        let tls = tls_of(visit(&server, pinned.clone()).await);
        assert!(tls.contains("pinned"), "{tls}");
        let message = message_of_fresh(&make(&Order::default(), None), pinned).await;
        assert!(message.contains("none of the pinned ones"), "{mode:?}: {message}");
    }
}

async fn message_of_fresh(own: &Made, tls: TlsSettings) -> String {
    message_of(&TlsServer::start(own, Manner::default()), tls).await
}

#[tokio::test]
async fn a_pin_stands_in_for_an_issuer_but_not_for_time_and_name() {
    for (order, fault) in [
        (Order { valid: (-30, -1), ..Order::default() }, "has expired"),
        (Order { hosts: vec!["khac.example"], ..Order::default() }, "for another host"),
    ] {
        let own = make(&order, None);
        for mode in MODES {
            let pins = vec![pin_of(&own)];
            let message = message_of_fresh(&own, TlsSettings { mode, pins, ..TlsSettings::default() }).await;
            assert!(message.contains(fault), "{mode:?}: {message}");
        }
    }
}

/// SHA-256 of the public key's SPKI, as OpenSSL has it.
fn pin_of(made: &Made) -> [u8; 32] {
    openssl::sha::sha256(&made.certificate.public_key().unwrap().public_key_to_der().unwrap())
}

#[tokio::test]
async fn a_key_that_is_not_pinned_is_refused_by_every_profile() {
    let root = root();
    let own = make(&Order::default(), Some(&root));
    for mode in [TlsMode::Modern, TlsMode::Legacy, TlsMode::Unverified] {
        let other = make(&Order::default(), Some(&root));
        let wrong = TlsSettings { pins: vec![pin_of(&other)], ..trusting(mode, &root) };
        let message = message_of_fresh(&own, wrong.clone()).await;
        assert!(message.contains("none of the pinned ones"), "{mode:?}: {message}");
        let right = TlsSettings { pins: vec![pin_of(&other), pin_of(&own)], ..wrong };
        visit(&TlsServer::start(&own, Manner::default()), right).await.unwrap();
    }
}

#[tokio::test]
async fn old_versions_ciphers_and_keys_need_the_legacy_profile_and_say_so() {
    let root = make(&Order { subject: "Root", hosts: vec![], is_ca: true, ..Order::default() }, None);
    let good = || Order::default();
    let weak = || Order { bits: 1024, digest: MessageDigest::sha1(), ..Order::default() };
    for (order, version, ciphers, expect) in [
        (good(), SslVersion::TLS1, "ALL:@SECLEVEL=0", "level 0, verified, TLSv1 "),
        (good(), SslVersion::TLS1_1, "ALL:@SECLEVEL=0", "level 0, verified, TLSv1.1 "),
        (good(), SslVersion::TLS1_2, "AES128-SHA:@SECLEVEL=0", "level 1, verified, TLSv1.2 AES128-SHA"),
        (good(), SslVersion::TLS1_2, "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0", "level 1, verified, TLSv1.2 DHE-"),
        (good(), SslVersion::TLS1_2, "ECDHE-RSA-AES128-SHA:@SECLEVEL=0", "level 1, verified, TLSv1.2 ECDHE-"),
        (Order { bits: 1024, ..good() }, SslVersion::TLS1_2, "ALL:@SECLEVEL=0", "level 1, verified, TLSv1.2 "),
        (weak(), SslVersion::TLS1_2, "ALL:@SECLEVEL=0", "level 0, verified, TLSv1.2 "),
        (Order { bits: 768, ..good() }, SslVersion::TLS1_2, "ALL:@SECLEVEL=0", "level 0, verified, TLSv1.2 "),
        (weak(), SslVersion::TLS1, "AES256-SHA:@SECLEVEL=0", "level 0, verified, TLSv1 AES256-SHA"),
    ] {
        let manner = || Manner { version, ciphers, ..Manner::default() };
        let own = make(&order, Some(&root));
        let message = message_of(&TlsServer::start(&own, manner()), trusting(TlsMode::Modern, &root)).await;
        assert!(message.contains("tls = \"legacy\""), "{expect}: {message}");
        let tls = tls_of(visit(&TlsServer::start(&own, manner()), trusting(TlsMode::Legacy, &root)).await);
        assert!(tls.starts_with(&format!("legacy {expect}")), "{tls} is not {expect}");
    }
}

#[tokio::test]
async fn certificates_of_version_1_need_the_legacy_profile() {
    let own = make(&Order { version: 0, ..Order::default() }, None);
    let modern = TlsSettings { extra_ca: vec![own.der()], ..TlsSettings::default() };
    let message = message_of_fresh(&own, modern).await;
    assert!(message.contains("tls = \"legacy\""), "{message}");
    let legacy = TlsSettings { mode: TlsMode::Legacy, extra_ca: vec![own.der()], ..TlsSettings::default() };
    visit(&TlsServer::start(&own, Manner::default()), legacy).await.unwrap();
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told() {
    for mode in MODES {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut settings = settings();
        settings.resolve.insert("tinh.example".into(), listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            }
        });
        let fetcher = Fetcher::new(settings, Clock::System).unwrap();
        let tls = Arc::new(TlsSettings { mode, ..TlsSettings::default() });
        let mut session = fetcher.session(scope(), Duration::ZERO, None).with_tls(tls);
        let message = get(&mut session).await.unwrap_err().failure("tinh.example").message;
        assert!(message.contains("TLS failed"), "{message}");
    }
}

/// A server that closes at each connection's second request loses none, and each request is sent once.
#[tokio::test]
async fn each_request_has_a_connection_of_its_own() {
    let root = root();
    let own = make(&Order::default(), Some(&root));
    for mode in [TlsMode::Modern, TlsMode::Legacy] {
        let server = TlsServer::start(&own, Manner::default());
        let mut session = session_at(&server, trusting(mode, &root), settings());
        for _ in 0..3 {
            get(&mut session).await.unwrap();
        }
        // One handshake more for robots.txt.
        assert_eq!((server.handshakes(), server.requests()), (4, 3), "{mode:?}");
    }
}

#[tokio::test]
async fn a_server_that_needed_level_0_is_met_with_it_at_once_the_next_time() {
    let root = root();
    let own = make(&Order::default(), Some(&root));
    let server = TlsServer::start(&own, Manner { version: SslVersion::TLS1, requests: 1, ..Manner::default() });
    let mut session = session_at(&server, trusting(TlsMode::Legacy, &root), settings());
    get(&mut session).await.unwrap();
    server.all_closed().await;
    let first = server.connections();
    get(&mut session).await.unwrap();
    assert_eq!((first, server.connections()), (3, 4), "robots.txt: level 1 and 0; the pages: level 0");
}

#[tokio::test]
async fn legacy_answers_are_held_to_the_same_bounds() {
    let root = root();
    let own = make(&Order::default(), Some(&root));
    let check = async |answer: &'static [u8], expect: &str| {
        let server = TlsServer::start(&own, Manner { answer, requests: 2, ..Manner::default() });
        let settings = FetchSettings { max_wire_bytes: 100, idle_timeout: Duration::from_millis(300), ..settings() };
        let error = get(&mut session_at(&server, trusting(TlsMode::Legacy, &root), settings)).await.unwrap_err();
        assert!(error.to_string().contains(expect), "{error} is not about {expect}");
    };
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello", "more than 100 bytes").await;
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", "next piece of the body took longer").await;
    check(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "chunk size").await;
    check(b"nothing like HTTP\r\n\r\n", "malformed").await;
}

#[tokio::test]
async fn the_guard_stands_before_old_tls_too() {
    let own = make(&Order::default(), None);
    let server = TlsServer::start(&own, Manner::default());
    let settings = FetchSettings { allow_ports: vec![server.address.port()], ..settings() };
    let fetcher = Fetcher::new(settings, Clock::System).unwrap();
    for mode in [TlsMode::Legacy, TlsMode::Unverified] {
        let tls = Arc::new(TlsSettings { mode, ..TlsSettings::default() });
        for host in ["127.0.0.1", "localhost"] {
            let url = PageUrl::parse(&format!("https://{host}:{}/", server.address.port())).unwrap();
            let mut session = fetcher.session(scope(), Duration::ZERO, None).with_tls(Arc::clone(&tls));
            let error = session.fetch(&Request::get(url, Expect::Html), &[]).await.unwrap_err();
            assert!(matches!(error, FetchError::BlockedAddress { .. }), "{error}");
        }
    }
    assert_eq!(server.connections(), 0);
}
