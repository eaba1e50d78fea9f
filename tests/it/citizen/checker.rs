//! The checker over logs of a few exchanges: a good one breaks no rule, and each of the others the one it is made to break.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::behavior::log::Entry;
use crate::behavior::rules::Promises;
use crate::behavior::rules::Rule;
use crate::behavior::rules::check;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

fn at(seconds: i64) -> Timestamp {
    "2026-11-02T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// An exchange that begins so many seconds after the first and takes one.
fn ask(seconds: i64, path: &str, status: u16) -> Entry {
    Entry {
        begun: at(seconds),
        ended: at(seconds + 1),
        host: "a.example".to_owned(),
        method: "GET".to_owned(),
        path: path.to_owned(),
        headers: vec![("user-agent".to_owned(), "tintinh (+mailto:a@b.example)".to_owned())],
        status,
        answer: Vec::new(),
        body: if path == "/robots.txt" {
            "User-agent: *\nDisallow: /admin\nCrawl-delay: 30\n".to_owned()
        } else {
            String::new()
        },
    }
}

trait With {
    fn sent(self, name: &str, value: &str) -> Self;
    fn gave(self, name: &str, value: &str) -> Self;
    fn held(self, body: &str) -> Self;
}

impl With for Entry {
    fn sent(mut self, name: &str, value: &str) -> Entry {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn gave(mut self, name: &str, value: &str) -> Entry {
        self.answer.push((name.to_owned(), value.to_owned()));
        self
    }

    fn held(mut self, body: &str) -> Entry {
        body.clone_into(&mut self.body);
        self
    }
}

/// The rules that a log breaks, after a robots.txt a minute before it.
fn broken(entries: Vec<Entry>) -> Vec<Rule> {
    let days = (0..=6).map(|day| ask(day * DAY - 60, "/robots.txt", 200));
    let last = entries.iter().map(|entry| entry.begun).max().unwrap();
    let log: Vec<Entry> = days.filter(|robots| robots.begun < last).chain(entries).collect();
    let promises = Promises {
        sources: vec!["a.example/feed.xml".to_owned()],
        every: Duration::from_hours(1),
        delay: Duration::from_secs(5),
        contact: "mailto:a@b.example".to_owned(),
    };
    let mut rules: Vec<Rule> = check(&log, &promises).into_iter().map(|violation| violation.rule).collect();
    rules.dedup();
    rules
}

fn feed(seconds: i64) -> Entry {
    ask(seconds, "/feed.xml", 200).held("<rss><item><link>http://a.example/a/1.html</link></item></rss>")
}

#[test]
fn a_good_log_breaks_nothing() {
    let log = vec![
        feed(0).gave("etag", "\"1\"").gave("cache-control", "max-age=7200"),
        ask(40, "/a/1.html", 200).gave("etag", "\"a\""),
        ask(2 * HOUR + 2, "/feed.xml", 304).sent("if-none-match", "\"1\"").gave("etag", "\"2\""),
        ask(3 * HOUR, "/a/1.html", 304).sent("if-none-match", "\"a\""),
        ask(4 * HOUR, "/feed.xml", 429).sent("if-none-match", "\"2\"").gave("retry-after", "7200"),
        feed(DAY + 1),
    ];
    assert_eq!(broken(log), []);
    let moving = |day: i64| {
        vec![ask(day * DAY, "/feed.xml", 301).gave("location", "/new.xml"), ask(day * DAY + 60, "/new.xml", 200)]
    };
    let log: Vec<Entry> = (0..3).flat_map(moving).chain([ask(3 * DAY + 60, "/new.xml", 200)]).collect();
    assert_eq!(broken(log), []);
    let lost = [0, 2 * HOUR + 1, 6 * HOUR + 2, 14 * HOUR + 3].map(|at| ask(at, "/feed.xml", 404)).to_vec();
    assert_eq!(broken(lost), []);
}

#[test]
fn validators_that_are_changed_or_out_of_date() {
    let first = || feed(0).gave("etag", "W/\"1\"");
    assert_eq!(
        broken(vec![first(), ask(DAY + 1, "/feed.xml", 304).sent("if-none-match", "\"1\"")]),
        [Rule::ExactValidators]
    );
    assert_eq!(
        broken(vec![
            first(),
            ask(HOUR, "/feed.xml", 304)
                .sent("if-modified-since", "Mon, 02 Nov 2026 08:00:00 GMT")
                .sent("if-none-match", "W/\"1\"")
        ]),
        [Rule::ExactValidators]
    );
    // The second answer gave none.
    let log = vec![first(), feed(DAY + 1), feed(2 * DAY + 2).sent("if-none-match", "W/\"1\"")];
    assert_eq!(broken(log), [Rule::ExactValidators]);
}

#[test]
fn looks_that_are_too_many() {
    assert_eq!(broken(vec![feed(0).gave("etag", "\"1\""), feed(2 * HOUR)]), [Rule::OneFullLookADay]);
    assert_eq!(broken(vec![feed(0), feed(HOUR - 1)]), [Rule::Rhythm]);
    assert_eq!(broken(vec![feed(0), ask(40, "/a/1.html", 200), ask(HOUR, "/a/1.html", 200)]), [Rule::Rhythm]);
    assert_eq!(broken(vec![ask(0, "/feed.xml", 500), feed(59)]), [Rule::NoImmediateRetry]);
    assert_eq!(broken(vec![ask(0, "/feed.xml", 0), feed(59)]), [Rule::NoImmediateRetry]);
}

#[test]
fn hints_that_are_passed_over() {
    assert_eq!(broken(vec![feed(0).gave("cache-control", "private, max-age=7200"), feed(7200)]), [Rule::Freshness]);
    assert_eq!(
        broken(vec![feed(0).gave("expires", "Mon, 02 Nov 2026 12:00:00 GMT"), feed(2 * HOUR)]),
        [Rule::Freshness]
    );
    assert_eq!(broken(vec![feed(0).held("<rss><ttl>180</ttl></rss>"), feed(2 * HOUR)]), [Rule::Freshness]);
    assert_eq!(
        broken(vec![feed(0).held("<rss><sy:updatePeriod>daily</sy:updatePeriod></rss>"), feed(23 * HOUR)]),
        [Rule::Freshness]
    );
    assert_eq!(
        broken(vec![feed(0).held("<rss><skipHours><hour>10</hour></skipHours></rss>"), feed(2 * HOUR)]),
        [Rule::Skips]
    );
    assert_eq!(
        broken(vec![feed(0).held("<rss><skipDays><day>Tuesday</day></skipDays></rss>"), feed(DAY)]),
        [Rule::Skips]
    );
    // A day is the most that is asked for.
    assert_eq!(broken(vec![feed(0).gave("cache-control", "max-age=99999999"), feed(DAY + 1)]), []);
}

#[test]
fn rests_that_are_broken() {
    let log = vec![feed(0), ask(40, "/a/1.html", 429).gave("retry-after", "3600"), feed(HOUR + 30)];
    assert_eq!(broken(log), [Rule::RetryAfter]);
    let log =
        vec![feed(0), ask(40, "/a/1.html", 503).gave("retry-after", "Mon, 02 Nov 2026 10:00:00 GMT"), feed(HOUR + 30)];
    assert_eq!(broken(log), [Rule::RetryAfter]);
    let log = vec![ask(0, "/feed.xml", 429), ask(61, "/feed.xml", 429), ask(175, "/feed.xml", 429)];
    assert_eq!(broken(log), [Rule::BackOff]);
    let log = vec![ask(0, "/feed.xml", 429), ask(61, "/feed.xml", 429), ask(182, "/feed.xml", 429)];
    assert_eq!(broken(log), []);
}

#[test]
fn addresses_that_have_moved_or_are_gone() {
    let redirect = |status: u16, day: i64| {
        vec![
            ask(day * DAY, "/feed.xml", status).gave("location", "/elsewhere.xml"),
            ask(day * DAY + 60, "/elsewhere.xml", 200),
        ]
    };
    let log: Vec<Entry> = (0..4).flat_map(|day| redirect(308, day)).collect();
    assert_eq!(broken(log), [Rule::Moves], "on the fourth day the new address is asked");
    let log: Vec<Entry> =
        (0..2).flat_map(|day| redirect(301, day)).chain([ask(2 * DAY, "/elsewhere.xml", 200)]).collect();
    assert_eq!(broken(log), [Rule::Moves], "two days are not enough");
    let log: Vec<Entry> = (0..5).flat_map(|day| redirect(302, day)).collect();
    assert_eq!(broken(log), []);
    let log: Vec<Entry> =
        (0..5).flat_map(|day| redirect(302, day)).chain([ask(5 * DAY, "/elsewhere.xml", 200)]).collect();
    assert_eq!(broken(log), [Rule::Moves], "what is temporary is never taken over");
    assert_eq!(broken(vec![ask(0, "/feed.xml", 410), ask(5 * DAY, "/feed.xml", 410)]), [Rule::Gone]);
    assert_eq!(broken(vec![ask(0, "/feed.xml", 404), ask(2 * HOUR, "/feed.xml", 404)]), [Rule::NotFound]);
    let log = vec![ask(0, "/feed.xml", 404), ask(3 * HOUR, "/feed.xml", 404), ask(6 * HOUR, "/feed.xml", 200)];
    assert_eq!(broken(log), [Rule::NotFound]);
}

#[test]
fn traces_and_guesses() {
    assert_eq!(broken(vec![feed(0).sent("cookie", "a=b")]), [Rule::NoTraces]);
    assert_eq!(broken(vec![feed(0).sent("referer", "http://a.example/")]), [Rule::NoTraces]);
    assert_eq!(broken(vec![feed(0), ask(40, "/favicon.ico", 404)]), [Rule::OnlyWhatIsLinked]);
    assert_eq!(broken(vec![feed(0), ask(40, "/a/1.html?utm_source=x", 200)]), [Rule::OnlyWhatIsLinked]);
    let mut nameless = feed(0);
    nameless.headers.clear();
    assert_eq!(broken(vec![nameless]), [Rule::SaysWhoAsks]);
}

#[test]
fn crowds_and_robots() {
    assert_eq!(
        broken(vec![feed(0), ask(20, "/a/1.html", 200)]),
        [Rule::OneAtATime],
        "robots.txt asks for half a minute"
    );
    let mut slow = feed(0);
    slow.ended = at(100);
    assert_eq!(broken(vec![slow, ask(60, "/a/1.html", 200)]), [Rule::OneAtATime]);
    let log = vec![feed(0).held("<rss><link>http://a.example/admin/1</link></rss>"), ask(40, "/admin/1", 200)];
    assert_eq!(broken(log), [Rule::Robots]);
    assert_eq!(broken(vec![feed(0), ask(HOUR, "/robots.txt", 200)]), [Rule::Robots]);
    assert_eq!(broken(vec![feed(-600)]), [Rule::Robots], "before robots.txt is known");
    assert_eq!(broken(vec![feed(8 * DAY)]), [Rule::Robots], "it is too old");
}
