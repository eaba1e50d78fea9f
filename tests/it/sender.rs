//! The one sender of what goes out by HTTP, against receivers on loopback: what each answer means, its bounds, and where it does not connect.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tintinh::clock::Clock;
use tintinh::fetch::sender::PostError;
use tintinh::fetch::sender::Sender;
use tintinh::model::settings::Destination;
use tintinh::schedule::LONGEST_RETRY_AFTER;
use tintinh::url::PageUrl;
use tokio::time::Instant;

use crate::server::Seen;
use crate::server::Server;
use crate::server::Step;
use crate::server::answer;

/// Short for the time under test.
const SHORT: Duration = Duration::from_millis(300);
/// The moment at which everything is sent.
const NOW: &str = "2026-11-29T23:00:00Z";

fn sender(url: &str, allowed: &[&str], timeout: Duration) -> Sender {
    let destination = Destination {
        url: PageUrl::parse(url).unwrap(),
        timeout,
        allow_addresses: allowed.iter().map(|&block| block.to_owned()).collect(),
    };
    Sender::new(destination, "tintinh/0", Clock::simulated(NOW.parse::<Timestamp>().unwrap())).unwrap()
}

async fn send(url: &str, allowed: &[&str], timeout: Duration) -> Result<(), PostError> {
    sender(url, allowed, timeout).post(&[("x-own", "1".to_owned())], Bytes::from_static(b"{}")).await
}

/// What a receiver's answer means.
async fn meaning(script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Result<(), PostError> {
    let server = Server::start(script).await;
    send(&format!("http://{}/hook", server.address), &["127.0.0.0/8"], Duration::from_secs(10)).await
}

async fn of_status(status: &'static str, headers: &'static [&'static str]) -> Result<(), PostError> {
    meaning(move |_| answer(status, headers, "body")).await
}

#[tokio::test]
async fn each_answer_has_its_meaning() {
    let later = |status, seconds: Option<u64>| Err(PostError::Later { status, wait: seconds.map(Duration::from_secs) });
    assert_eq!(of_status("200 OK", &[]).await, Ok(()));
    assert_eq!(of_status("202 Accepted", &[]).await, Ok(()));
    assert_eq!(of_status("204 No Content", &[]).await, Ok(()));
    assert_eq!(of_status("410 Gone", &[]).await, Err(PostError::Gone));
    assert_eq!(of_status("429 Too Many", &["Retry-After: 120"]).await, later(429, Some(120)));
    assert_eq!(of_status("503 Busy", &["Retry-After: Sun, 29 Nov 2026 23:01:30 GMT"]).await, later(503, Some(90)));
    assert_eq!(of_status("503 Busy", &["Retry-After: Sun, 29 Nov 2020 23:01:30 GMT"]).await, later(503, Some(0)));
    assert_eq!(of_status("503 Busy", &[]).await, later(503, None));
    assert_eq!(of_status("429 Too Many", &["Retry-After: soon"]).await, later(429, None));
    let years = Some(LONGEST_RETRY_AFTER.as_secs());
    assert_eq!(of_status("503 Busy", &["Retry-After: 99999999999"]).await, later(503, years));
    for (line, status) in [("400 Bad Request", 400), ("404 Not Found", 404), ("500 Error", 500), ("302 Found", 302)] {
        assert_eq!(of_status(line, &["Location: /other", "Retry-After: 9"]).await, Err(PostError::Refused(status)));
    }
}

#[tokio::test]
async fn what_is_sent_arrives_once_and_redirects_are_not_followed() {
    let server = Server::start(|_| answer("307 Temporary Redirect", &["Location: /elsewhere"], "")).await;
    let sent = send(&format!("http://{}/hook?a=1", server.address), &["127.0.0.1"], Duration::from_secs(10)).await;
    assert_eq!(sent, Err(PostError::Refused(307)));
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].method(), seen[0].path(), &seen[0].body[..]), ("POST".into(), "/hook?a=1".into(), &b"{}"[..]));
    assert_eq!(seen[0].header("user-agent").unwrap(), b"tintinh/0");
    assert_eq!(seen[0].header("x-own").unwrap(), b"1");
}

#[tokio::test]
async fn private_addresses_need_leave_whatever_names_them() {
    let server = Server::start(|_| answer("200 OK", &[], "")).await;
    let port = server.address.port();
    for host in ["127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]"] {
        let refused = send(&format!("http://{host}:{port}/"), &["10.0.0.0/8"], Duration::from_secs(10)).await;
        let Err(PostError::Unreachable(message)) = &refused else { panic!("{host}: {refused:?}") };
        assert!(message.contains("not a public address") && message.contains("`allow_addresses`"), "{message}");
    }
    assert!(server.seen().is_empty(), "nothing was connected to");
    let allowed = send(&format!("http://localhost:{port}/"), &["127.0.0.0/8"], Duration::from_secs(10)).await;
    assert_eq!(allowed, Ok(()));
}

#[tokio::test]
async fn an_answer_is_bounded_in_time_and_its_body_is_not_waited_for() {
    let begun = Instant::now();
    let hanging: [(&str, Vec<Step>); 3] = [
        ("nothing", vec![Step::Hang]),
        ("a drip", vec![Step::Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec(), SHORT / 4)]),
        ("a reset", vec![Step::Reset]),
    ];
    for (what, steps) in hanging {
        let server = Server::start(move |_| steps.clone()).await;
        let sent = send(&format!("http://{}/", server.address), &["127.0.0.1"], SHORT).await;
        let Err(PostError::Unreachable(message)) = &sent else { panic!("{what}: {sent:?}") };
        assert!(message.starts_with("127.0.0.1: ") && !message.contains('\n'), "{what}: {message}");
    }
    let endless = || vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\nx".to_vec()), Step::Hang];
    assert_eq!(meaning(move |_| endless()).await, Ok(()));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sent = send(&format!("http://{closed}/"), &["127.0.0.1"], SHORT).await;
    assert!(matches!(&sent, Err(PostError::Unreachable(message)) if message.contains("refused")), "{sent:?}");
}
