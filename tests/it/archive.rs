//! Pages as evidence: what is kept of an exchange is what went over the wire, and what others read in our archives is what was sent.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::path::Path;
use std::process::Command;

use tintinh::fetch::FetchError;
use tintinh::fetch::Fetched;
use tintinh::model::exchange::Exchange;
use tintinh::model::exchange::Truncation;
use tintinh::model::page::Revalidation;
use tintinh::model::request::Expect;
use tintinh::model::request::Payload;
use tintinh::model::request::Request;

use crate::fetch_behavior::World;
use crate::fetch_behavior::get;
use crate::fetch_behavior::gzip;
use crate::fetch_behavior::page;
use crate::fetch_behavior::settings;
use crate::server::Step;
use crate::server::answer;
use crate::server::not_found;

const PAGE: &str = "<!doctype html><html><body><p>Xã Hòa Bình trồng rừng.</p></body></html>";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn check_request(world: &World, exchange: &Exchange) {
    let seen = world.server.pages_seen().pop().unwrap();
    assert_eq!(text(&exchange.request), text(&[seen.head, seen.body].concat()));
}

#[tokio::test]
async fn what_is_kept_of_an_exchange_is_what_went_over_the_wire() {
    let packed = gzip(PAGE.as_bytes());
    let sent = packed.clone();
    let mut world = World::new(move |_| {
        let mut bytes = "HTTP/1.1 200 Duoc roi\r\nServer: a/1 (b)\r\nX-Ten:  Hòa Bình \r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
            .as_bytes()
            .to_vec();
        for chunk in sent.chunks(9) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        vec![Step::Send(bytes)]
    })
    .await;
    let page = page(world.get("/tin?a=1&b=%20").await);
    assert_eq!(text(&page.body), PAGE);
    let [exchange] = &page.exchanges[..] else { panic!("{:?}", page.exchanges) };
    assert_eq!(
        text(&exchange.head),
        "HTTP/1.1 200 Duoc roi\r\nserver: a/1 (b)\r\nx-ten: Hòa Bình\r\ncontent-encoding: gzip\r\nx-orig-transfer-encoding: chunked\r\n\r\n"
    );
    assert_eq!(exchange.body, packed);
    assert_eq!(exchange.address, Some(world.server.address.ip()));
    assert_eq!(exchange.truncated, None);
    check_request(&world, exchange);
}

#[tokio::test]
async fn requests_are_kept_as_they_were_sent() {
    let mut world = World::new(|seen| match seen.method().as_str() {
        "POST" => answer("200 OK", &["Content-Type: text/html"], PAGE),
        _ if seen.header("if-none-match").is_some() => answer("304 Not Modified", &["ETag: \"1\""], ""),
        _ if seen.path() == "/cu" => answer("301 Moved", &["Location: /moi"], "moved"),
        _ => answer("200 OK", &["ETag: \"1\"", "Content-Type: text/html"], PAGE),
    })
    .await;
    let moved = page(world.get("/cu").await);
    let [redirect, last] = &moved.exchanges[..] else { panic!("{:?}", moved.exchanges) };
    assert_eq!((redirect.url.as_str(), last.url.as_str()), ("http://tinh.example/cu", "http://tinh.example/moi"));
    assert!(text(&redirect.head).starts_with("HTTP/1.1 301 Moved\r\nlocation: /moi\r\n"));
    assert_eq!(redirect.truncated, Some(Truncation::Unspecified), "its body is not read");
    check_request(&world, last);
    let known = Revalidation::new(&moved.final_url, &moved.http.validators).unwrap();
    let Fetched::Unchanged(unchanged) = world.session.fetch(&get("/moi"), &[known]).await.unwrap() else { panic!() };
    check_request(&world, &unchanged.exchanges[0]);
    assert!(text(&unchanged.exchanges[0].head).starts_with("HTTP/1.1 304 Not Modified\r\netag: \"1\"\r\n"));
    let form = Payload::Form(vec![("trang".to_owned(), "2".to_owned())]);
    let posted = Request { payload: form, ..Request::get(get("/").url, Expect::Html) };
    let answered = page(world.session.fetch(&posted, &[]).await);
    check_request(&world, &answered.exchanges[0]);
}

#[tokio::test]
async fn a_body_that_is_cut_is_kept_as_far_as_it_came() {
    let mut settings = settings();
    settings.max_wire_bytes = 1000;
    settings.idle_timeout = std::time::Duration::from_millis(300);
    let mut world = World::with(settings, |seen| match seen.path().as_str() {
        "/robots.txt" => not_found(),
        "/long" => answer("200 OK", &[], vec![b'a'; 1001]),
        "/endless" => vec![Step::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()), Step::Repeat(vec![b'a'; 300], 9)],
        "/slow" => vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html".to_vec()), Step::Hang],
        "/short" => vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html".to_vec())],
        "/open" => vec![Step::Send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html><p>T".to_vec())],
        "/bomb" => answer("200 OK", &["Content-Encoding: gzip"], &gzip(PAGE.as_bytes())[..40]),
        _ => answer("500 Oh", &[], "sorry"),
    })
    .await;
    for (path, length, expect) in [
        // A length that says too much is not read at all.
        ("/long", 0, Some(Truncation::Length)),
        ("/endless", 1000, Some(Truncation::Length)),
        ("/slow", 5, Some(Truncation::Time)),
        ("/short", 5, Some(Truncation::Disconnect)),
        ("/open", 10, Some(Truncation::Disconnect)),
        ("/bomb", 40, Some(Truncation::Disconnect)),
    ] {
        world.get(path).await.unwrap_err();
        let cut = world.session.take_cut();
        let [exchange] = &cut[..] else { panic!("{path}: {cut:?}") };
        assert_eq!((exchange.body.len(), exchange.truncated), (length, expect), "{path}");
    }
    assert!(matches!(world.get("/error").await, Err(FetchError::Status { .. })));
    assert_eq!(world.session.take_cut(), []);
}

/// Where the programs are absent the test says so and passes, but not under `CI=true`.
#[test]
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where they run")]
fn others_read_and_replay_our_archives() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/archive-tools/bin/python");
    if !python.exists() {
        let absent = "skipped: target/archive-tools is absent; tests/archive/install.sh makes it";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{absent}");
        eprintln!("{absent}");
        return;
    }
    let script = root.join("tests/archive/replay.py");
    let output = Command::new(python).arg(script).arg(env!("CARGO_BIN_EXE_tintinh")).output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

/// The places of pages to which the records of a folder refer.
fn places(world: &crate::world::World) -> usize {
    world.records().iter().filter(|record| record.raw.is_some()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_may_be_lost_is_not_referred_to() {
    let world = crate::world::World::new().await;
    world.only(&["demo-gialai"]);
    world.add("[pages]\ndurable = true\n");
    let mut command = world.command(&["fetch"]);
    command.env("TINTINH_FAILPOINTS", "archive.sync=EIO@1..2");
    let done = crate::world::end_of(command.spawn().unwrap()).await;
    let records = world.records().len();
    assert!(records > 3, "{done:#?}");
    assert!((records - 2..records).contains(&places(&world)), "{} of {records}", places(&world));
    assert!(done.err.contains("page not stored: "), "{}", done.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_comes_after_its_page_is_on_disk() {
    let world = crate::world::World::new().await;
    world.only(&["demo-gialai"]);
    world.add("[pages]\ndurable = true\n");
    let mut command = world.command(&["fetch"]);
    command.env("TINTINH_FAILPOINTS", "archive.sync=kill@3");
    let done = crate::world::end_of(command.spawn().unwrap()).await;
    assert_eq!(done.code, None, "it was killed: {done:#?}");
    let settled: i64 = crate::doctor::connection(&world)
        .query_row("SELECT count(*) FROM links WHERE raw IS NOT NULL", [], |row| row.get(0))
        .unwrap();
    assert!(settled <= 2, "{settled} settled, and two pages were synced");
    world.catch_up().await;
    assert_eq!(places(&world), world.records().len(), "and each page is kept in the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_page_is_printed_as_it_was_sent() {
    let world = crate::world::World::new().await;
    world.only(&["demo-gialai"]);
    world.run_well(&["fetch"]).await;
    let record = &world.records()[0];
    let page = world.run(&["page", &record.id]).await;
    assert!(page.out.contains("<html") && page.out.contains(&record.title), "{}", page.out);
    assert!(page.err.contains("(it holds)") && page.err.contains("server 127.0.0.1"), "{}", page.err);
    let raw = world.run_well(&["page", &record.url, "--raw"]).await;
    assert!(raw.starts_with("HTTP/1.1 200 OK\r\n"), "{raw}");
    let headers = world.run_well(&["page", &record.url, "--headers"]).await;
    assert!(headers.starts_with("WARC-Type: response\r\n") && headers.contains("HTTP/1.1 200 OK\r\n"), "{headers}");
    let then = world.run_well(&["page", &record.url, "--at", "2026-12-31"]).await;
    assert_eq!(then, page.out);
    let before = world.run(&["page", &record.url, "--at", "2001-01-01"]).await;
    assert!(before.code == Some(2) && before.err.contains("the archive has no page of 2001-"), "{before:#?}");
    let told = world.run_well(&["explain", &record.id]).await;
    assert!(told.contains("(it holds)") && told.contains("sha1:"), "{told}");
    // Other bytes, which no longer have their digest.
    let mut files = crate::world::files_below(&world.path().join("state/pages"));
    files.retain(|path| !path.parent().unwrap().ends_with("reading"));
    let [archive] = &files[..] else { panic!("{files:?}") };
    let mut bytes = std::fs::read(archive).unwrap();
    let middle = usize::try_from(record.raw.as_ref().unwrap().offset).unwrap() + 400;
    bytes[middle] ^= 1;
    std::fs::write(archive, bytes).unwrap();
    let changed = world.run(&["page", &record.id]).await;
    assert_ne!(changed.code, Some(0), "{changed:#?}");
}
