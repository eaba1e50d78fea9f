//! What the failures of sources say: where, what, what happens next, and what helps; nothing twice.

use tintinh::fetch::FetchError;
use tintinh::fetch::transport::WireResponse;

use crate::engine::Works;

const HTML: &str = "text/html; charset=utf-8";

/// What a source that answers so says, and no other source fails.
async fn said_of(answer: Result<WireResponse, FetchError>, robots: &str) -> String {
    let works = Works::new("", &[("a", "delay = \"0s\"")]);
    works.web.answer("GET", "http://a.example/tin", answer);
    works.web.get("http://a.example/robots.txt", WireResponse::ok("text/plain", robots.to_owned()));
    let report = works.once().await;
    let failures: Vec<_> = report.portals.values().flat_map(|summary| summary.failures.clone()).collect();
    assert_eq!(failures.len(), 1, "{failures:?}");
    failures[0].message.clone()
}

/// A word that stands twice within three, or stands there in another form ("redirects to redirected"); small words may.
fn doubled(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '.' | '_' | '-'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let stem = |word: &str| word.chars().take(7).collect::<String>();
    let pairs = (1..=2).flat_map(|apart| words.iter().zip(words.iter().skip(apart)));
    let mut pairs = pairs.chain(words.iter().zip(words.iter().skip(1)));
    pairs
        .find(|(one, other)| one.chars().count() > 4 && stem(one) == stem(other))
        .map(|(one, other)| format!("{one} … {other}"))
}

#[tokio::test(start_paused = true)]
async fn each_failure_of_a_source_says_where_what_and_what_next() {
    let page = |body: &str| Ok(WireResponse::ok(HTML, body.to_owned()));
    let to = |location: &str| Ok(WireResponse::new(302).with_header("Location", location));
    let status = |status| Ok(WireResponse::new(status));
    let part = WireResponse::ok(HTML, "<p>").with_header("Content-Range", "bytes 0-2/9");
    let challenge = "<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>";
    for (answer, cause, next, help) in [
        (status(404), "answers 404", "retried less and less often", "portal's file"),
        (status(410), "answers 410", "gone for good", "tintinh fetch"),
        (status(403), "HTTP status 403", "tried again later", "operator"),
        (status(503), "HTTP status 503", "tried again later", "operator"),
        (status(206), "HTTP status 206", "tried again later", "operator"),
        (to("http://khac.example/tin"), "redirects to http://khac.example/tin", "tried again in a week", "`hosts`"),
        (to("/tin"), "redirect loop", "tried again in a week", "browser"),
        (status(302), "302 without Location", "tried again in a week", "browser"),
        (page(challenge), "challenge", "tried again later", "operator"),
        (
            page("<html><body><p>Không có gì.</p></body></html>"),
            "instead of a list",
            "tried again later",
            "`tintinh links`",
        ),
        (Ok(part), "Content-Range", "tried again later", "operator"),
        (page("<html><body><p>Tin</p><di"), "stops inside a tag", "tried again later", "operator"),
        (Err(FetchError::Connect("Connection refused".into())), "refused", "tried again later", "`resolve`"),
    ] {
        let said = said_of(answer, "").await;
        for part in ["a.example", cause, next, help] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(doubled(&said), None, "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
    let said = said_of(page("x"), "User-agent: *\nDisallow: /tin\n").await;
    for part in ["a.example/tin", "disallowed by robots.txt: Disallow: /tin", "again in a day", "operator"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn doubled_words_are_seen() {
    assert!(doubled("http://a.example/tin redirects to redirected to http://b.example/").is_some());
    assert!(doubled("the portal's portal").is_some());
    assert!(doubled("retried less and less often").is_none());
}
