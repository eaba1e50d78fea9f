//! What counts as a whole body over real sockets, and what odd heads make of it. docs/citizen.md has the table.

use tintinh::fetch::FetchError;
use tintinh::fetch::Fetched;

use crate::fetch_behavior::World;
use crate::fetch_behavior::gzip;
use crate::fetch_behavior::page;
use crate::server::Step;

const PAGE: &str = "<!doctype html><html><body><h1>Tin</h1><p>Xã Suối Bàn trồng rừng.</p></body></html>";

/// An answer of head lines and a body as they are.
fn raw(head: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n{head}\r\n");
    vec![Step::Send([head.as_bytes(), body.as_ref()].concat())]
}

/// What an answer is: the page's body, or why there is none.
async fn got(steps: Vec<Step>) -> Result<Vec<u8>, FetchError> {
    let mut world = World::new(move |_| steps.clone()).await;
    match world.get("/a").await? {
        Fetched::Page(page) => Ok(page.body.to_vec()),
        other => panic!("{other:?}"),
    }
}

async fn is_whole(steps: Vec<Step>) {
    let body = got(steps.clone()).await;
    assert_eq!(body.as_deref().map(String::from_utf8_lossy), Ok(PAGE.into()), "{steps:?}");
}

async fn is_cut(steps: Vec<Step>) {
    let body = got(steps.clone()).await;
    assert!(matches!(body, Err(FetchError::Cut(_) | FetchError::Malformed(_))), "{steps:?}: {body:?}");
}

fn chunks(pieces: &[&str], last: &str) -> Vec<u8> {
    let pieces = pieces.iter().map(|piece| format!("{:x}\r\n{piece}\r\n", piece.len())).collect::<String>();
    (pieces + last).into_bytes()
}

#[tokio::test]
async fn a_length_or_chunks_that_were_met() {
    let length = PAGE.len();
    for lengths in [
        format!("Content-Length: {length}"),
        format!("Content-Length:   {length}  "),
        format!("Content-Length: {length}\r\nContent-Length: {length}"),
        format!("Content-Length: {length}, {length}"),
        format!("content-length: 000{length}"),
    ] {
        is_whole(raw(&format!("{lengths}\r\n"), PAGE)).await;
    }
    let (first, second) = PAGE.split_at(20);
    let chunked = "Transfer-Encoding: chunked\r\n";
    is_whole(raw(chunked, chunks(&[first, second], "0\r\n\r\n"))).await;
    is_whole(raw(chunked, chunks(&[first, second], "0;last\r\nX-Trailer: 1\r\n\r\n"))).await;
    is_whole(raw(&format!("{chunked}Content-Length: 5\r\n"), chunks(&[PAGE], "0\r\n\r\n"))).await;
    is_whole(raw(chunked, [chunks(&[PAGE], "0\r\n\r\n"), b"rest".to_vec()].concat())).await;
}

#[tokio::test]
async fn a_length_or_chunks_that_were_not_met() {
    is_cut(raw("Content-Length: 9999\r\n", PAGE)).await;
    for last in ["", "0", "0\r\n", "5\r\nab"] {
        is_cut(raw("Transfer-Encoding: chunked\r\n", chunks(&[PAGE], last))).await;
    }
    is_cut(raw("Content-Length: 10\r\nContent-Length: 12\r\n", PAGE)).await;
    is_cut(raw("Content-Length: ten\r\n", PAGE)).await;
    is_cut(raw("Content-Length: -1\r\n", PAGE)).await;
}

#[tokio::test]
async fn a_length_that_is_too_small() {
    // Inside a tag, a character and a text.
    for end in [PAGE.find("/h1").unwrap(), PAGE.find('ố').unwrap() + 1, PAGE.find("rừng").unwrap()] {
        is_cut(raw(&format!("Content-Length: {end}\r\n"), PAGE)).await;
    }
}

#[tokio::test]
async fn neither_a_length_nor_chunks() {
    let open = PAGE.replace("</p></body></html>", "");
    for head in ["", "Connection: close\r\n", "Transfer-Encoding: identity\r\nContent-Length: 5\r\n"] {
        is_whole(raw(head, PAGE)).await;
        is_cut(raw(head, &open)).await;
        is_cut(raw(head, "")).await;
    }
    let old = format!("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n{PAGE}");
    is_whole(vec![Step::Send(old.clone().into_bytes())]).await;
    is_cut(vec![Step::Send(old.into_bytes()), Step::Reset]).await;
}

#[tokio::test]
async fn a_compressed_body() {
    let packed = gzip(PAGE.as_bytes());
    let closing = "Content-Encoding: gzip\r\n";
    let length = |bytes: &[u8]| format!("{closing}Content-Length: {}\r\n", bytes.len());
    is_whole(raw(closing, &packed)).await;
    is_whole(raw(&length(&packed), &packed)).await;
    is_whole(raw("", &packed)).await;
    is_whole(raw(closing, PAGE)).await;
    let padded = [&packed[..], b"\0\0trailing"].concat();
    is_whole(raw(&length(&padded), &padded)).await;
    for end in [packed.len() - 1, packed.len() - 9, packed.len() / 2, 12] {
        is_cut(raw(closing, &packed[..end])).await;
        is_cut(raw(&length(&packed[..end]), &packed[..end])).await;
    }
    is_cut(raw(closing, PAGE.replace("</html>", ""))).await;
}

#[tokio::test]
async fn a_part_that_nobody_asked_for() {
    is_cut(raw("Content-Range: bytes 0-9/20\r\nContent-Length: 10\r\n", "<p>Tin</p>")).await;
    let all = format!("Content-Range: bytes 0-{}/{1}\r\nContent-Length: {1}\r\n", PAGE.len() - 1, PAGE.len());
    is_whole(raw(&all, PAGE)).await;
}

#[tokio::test]
async fn what_has_no_end_is_taken_when_it_comes_three_times_alike() {
    let mut world = World::new(|seen| match seen.path().as_str() {
        "/whole" => raw("", PAGE),
        _ => raw("", "<html><p>Tin</p>"),
    })
    .await;
    assert_eq!(page(world.get("/whole").await).http.doubt, None);
    for _ in 0..2 {
        let error = world.get("/open").await.unwrap_err();
        assert!(error.to_string().contains("three times"), "{error}");
    }
    let doubt = page(world.get("/open").await).http.doubt.unwrap();
    assert!(doubt.contains("three times"), "{doubt}");
}

/// Without length and chunks it counts as far as it came: it has no end of its format. One that is cut by its own account tells nothing.
#[tokio::test]
async fn a_robots_txt_without_an_end() {
    let rules = "User-agent: *\nDisallow: /no\n";
    for (head, expect) in [("", "Disallowed"), ("Content-Length: 999\r\n", "RobotsUnreachable")] {
        let mut world = World::with(crate::fetch_behavior::settings(), move |_| raw(head, rules)).await;
        let fetched = format!("{:?}", world.get("/no").await);
        assert!(fetched.contains(expect), "{fetched}");
    }
}
