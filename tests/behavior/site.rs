//! The sources: fifty of them, each with a way of its own. What one answers depends on the request and the time only.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use jiff::Timestamp;

/// Entries that a feed shows.
const SHOWN: u64 = 10;

/// Hours between two articles of a source.
const RHYTHM_HOURS: i64 = 9;

/// How a source behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `ETag` and `Last-Modified`.
    Plain,
    /// A weak tag with a backslash and bytes beyond ASCII.
    OddTag,
    /// `Last-Modified` alone, in no format of HTTP.
    OddDate,
    /// No validators.
    Bare,
    /// The tag never changes, and whoever sends it gets 304.
    Lying,
    /// Every other 200 has no tag, but a date.
    Dropping,
    /// Each 304 gives a new tag; the earlier ones are still taken.
    Renewing,
    /// `Cache-Control: max-age` of so many hours, on 304 too.
    MaxAge(u32),
    /// `Expires` in so many hours.
    Expires(u32),
    /// RSS's `ttl`, in minutes.
    Ttl(u32),
    /// `sy:updatePeriod` daily.
    Daily,
    /// `skipHours` 0 to 6.
    SkipHours,
    /// `skipDays` Saturday and Sunday.
    SkipDays,
    /// 429 with `Retry-After` in seconds, now and then.
    RetrySeconds,
    /// 503 with `Retry-After` as a date, now and then.
    RetryDate,
    /// 429 without a word, for hours at a time.
    TooMany,
    /// The feed moves for good on the fifth day, with this status.
    Moves(u16),
    /// The feed redirects elsewhere, with this status, for all time.
    Redirects(u16),
    /// 301 to one place and another, by turns of days.
    Wavers,
    /// 410 from the tenth day.
    Gone,
    /// 404 from the tenth to the twelfth day.
    Lost,
    /// Sets cookies.
    Cookies,
    /// robots.txt asks for so many seconds between requests.
    CrawlDelay(u32),
    /// robots.txt disallows half of the articles.
    Disallowing,
    /// robots.txt answers 503 on the fifth and sixth day.
    RobotsFail,
    /// robots.txt is elsewhere.
    RobotsMoved,
    /// A challenge stands before the site on the eighth day.
    Challenge,
    /// Connections are cut on the seventh day.
    Down,
    /// 500 for an hour each day.
    Errors,
    /// It takes so many seconds to answer.
    Slow(u32),
}

/// A source.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its host.
    pub host: String,
    /// The feed's path.
    pub path: String,
    /// How it behaves.
    pub way: Way,
    /// Its number, which sets it apart in time.
    pub number: u32,
}

/// A request as a source sees it.
#[derive(Debug, Clone, Copy)]
pub struct SentRequest<'a> {
    /// The host.
    pub host: &'a str,
    /// The path with its query.
    pub path: &'a str,
    /// `If-None-Match`.
    pub tag: Option<&'a [u8]>,
    /// `If-Modified-Since`.
    pub since: Option<&'a [u8]>,
}

/// An answer; `None` as status cuts the connection.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: Option<u16>,
    /// Headers in order.
    pub headers: Vec<(&'static str, Vec<u8>)>,
    /// The body.
    pub body: String,
    /// How long it takes.
    pub latency: Duration,
}

impl Answer {
    fn new(status: u16) -> Answer {
        Answer { status: Some(status), latency: Duration::from_millis(300), ..Answer::default() }
    }

    fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Answer {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    fn body(mut self, kind: &str, body: impl Into<String>) -> Answer {
        self.body = body.into();
        self.with("content-type", kind)
    }
}

/// All sources.
#[derive(Debug, Clone)]
pub struct Web {
    begun: Timestamp,
    sources: Vec<Source>,
}

impl Web {
    /// Those of fifty sources that are wanted; their first day begins at a moment.
    pub fn new(begun: Timestamp, wanted: impl Fn(&Source) -> bool) -> Web {
        let alone = ways()
            .into_iter()
            .enumerate()
            .map(|(at, way)| (format!("s{:02}.example", at + 1), "/feed.xml".to_owned(), way));
        // Twelve more live on four hosts.
        let shared =
            (0..12).map(|at| (format!("shared{}.example", at % 4), format!("/rss/{}.xml", at / 4), Way::Plain));
        let number = |(number, (host, path, way)): (usize, _)| Source {
            host,
            path,
            way,
            number: u32::try_from(number).unwrap(),
        };
        let sources = alone.chain(shared).enumerate().map(number);
        Web { begun, sources: sources.filter(wanted).collect() }
    }

    /// The sources.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Articles that a source has published by a time, oldest first, by their numbers.
    pub fn published(&self, source: &Source, now: Timestamp) -> std::ops::Range<u64> {
        0..count_by(self.hours(now) + i64::from(source.number % 9)) + 1
    }

    /// Whether robots.txt keeps an article from everybody.
    pub fn is_disallowed(source: &Source, article: u64) -> bool {
        source.way == Way::Disallowing && article % 2 == 1
    }

    /// What is answered to a request at a time.
    pub fn answer(&self, asked: SentRequest<'_>, now: Timestamp) -> Answer {
        let Some(any) = self.sources.iter().find(|source| source.host == asked.host) else { return Answer::new(404) };
        let day = self.hours(now) / 24 + 1;
        let mut answer = match (any.way, asked.path) {
            (Way::Down, _) if day == 7 => return Answer { latency: Duration::from_secs(2), ..Answer::default() },
            (way, "/robots.txt") => robots(way, day),
            (Way::RobotsMoved, "/r.txt") => Answer::new(200).body("text/plain", "User-agent: *\nDisallow: /admin\n"),
            (Way::Challenge, _) if day == 8 => challenge(),
            (way, path) => self.page(any, way, path, asked, now),
        };
        if let Way::Slow(seconds) = any.way {
            answer.latency = Duration::from_secs(seconds.into());
        }
        answer
    }

    fn hours(&self, now: Timestamp) -> i64 {
        now.duration_since(self.begun).as_hours()
    }

    fn page(&self, any: &Source, way: Way, path: &str, asked: SentRequest<'_>, now: Timestamp) -> Answer {
        if let Some(number) = path.strip_prefix("/a/").and_then(|rest| rest.strip_suffix(".html")) {
            return self.article(any, number, asked, now);
        }
        let source = self.sources.iter().find(|source| source.host == asked.host && source.path == path);
        let is_elsewhere = matches!(path, "/moved.xml" | "/elsewhere.xml" | "/other.xml");
        match source.or(is_elsewhere.then_some(any)) {
            Some(source) => self.feed(source, way, path, asked, now),
            None => Answer::new(404),
        }
    }

    fn feed(&self, source: &Source, way: Way, path: &str, asked: SentRequest<'_>, now: Timestamp) -> Answer {
        let (day, hour) = (self.hours(now) / 24 + 1, self.hours(now) % 24);
        let is_own = path == source.path;
        match way {
            Way::RetrySeconds if day % 3 == 0 && hour == 5 => return Answer::new(429).with("retry-after", "14400"),
            Way::RetryDate if day % 4 == 0 && hour == 3 => {
                return Answer::new(503).with("retry-after", http_date(now, 6));
            }
            Way::TooMany if day % 5 == 2 && hour < 8 => return Answer::new(429),
            Way::Moves(status) if is_own && day >= 5 => return Answer::new(status).with("location", "/moved.xml"),
            Way::Redirects(status) if is_own => return Answer::new(status).with("location", "/elsewhere.xml"),
            Way::Wavers if is_own => {
                return Answer::new(301).with("location", if day % 2 == 0 { "/moved.xml" } else { "/other.xml" });
            }
            Way::Gone if day >= 10 => return Answer::new(410),
            Way::Lost if (10..=12).contains(&day) => return Answer::new(404),
            Way::Errors if hour == 13 => return Answer::new(500),
            _ => {}
        }
        let tag = tag_of(way, self.published(source, now).end, day);
        let date = date_of(way, self.published(source, now).end);
        let is_current = match (asked.tag, asked.since) {
            (Some(sent), _) if way == Way::Lying => Some(sent) == tag.as_deref(),
            (Some(sent), _) if way == Way::Renewing => same_stem(sent, tag.as_deref().unwrap_or_default()),
            (Some(sent), _) => Some(sent) == tag.as_deref(),
            (None, Some(sent)) => Some(sent) == date.as_deref(),
            (None, None) => false,
        };
        let answer = if is_current {
            Answer::new(304)
        } else {
            Answer::new(200).body("application/rss+xml; charset=utf-8", self.rss(source, way, now))
        };
        let answer = tag.into_iter().fold(answer, |answer, tag| answer.with("etag", tag));
        let answer = date.into_iter().fold(answer, |answer, date| answer.with("last-modified", date));
        match way {
            Way::MaxAge(hours) => answer.with("cache-control", format!("private, max-age={}", u64::from(hours) * 3600)),
            Way::Expires(hours) => answer.with("expires", http_date(now, hours)),
            Way::Cookies => answer.with("set-cookie", "session=abc; Path=/"),
            _ => answer,
        }
    }

    fn rss(&self, source: &Source, way: Way, now: Timestamp) -> String {
        let wishes = match way {
            Way::Ttl(minutes) => format!("<ttl>{minutes}</ttl>"),
            Way::Daily => "<sy:updatePeriod>daily</sy:updatePeriod>".to_owned(),
            Way::SkipHours => {
                (0..7).fold(String::from("<skipHours>"), |mut all, hour| {
                    write!(all, "<hour>{hour}</hour>").unwrap();
                    all
                }) + "</skipHours>"
            }
            Way::SkipDays => "<skipDays><day>Saturday</day><day>Sunday</day></skipDays>".to_owned(),
            _ => String::new(),
        };
        let articles = self.published(source, now);
        let items = (articles.end.saturating_sub(SHOWN)..articles.end).rev().fold(String::new(), |mut items, article| {
            let (host, number) = (&source.host, key(source, article));
            write!(items, "<item><title>Tin số {article} của nguồn {number}</title><link>http://{host}/a/{number}.html</link></item>").unwrap();
            items
        });
        format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\"><channel>\
             <title>Nguồn {}</title>{wishes}{items}</channel></rss>",
            source.number
        )
    }

    fn article(&self, any: &Source, number: &str, asked: SentRequest<'_>, now: Timestamp) -> Answer {
        let source = number.split('-').next().and_then(|number| number.parse::<u32>().ok());
        let Some(source) = self.sources.iter().find(|known| Some(known.number) == source && known.host == any.host)
        else {
            return Answer::new(404);
        };
        let article = number.split('-').nth(1).and_then(|article| article.parse::<u64>().ok());
        let Some(article) = article.filter(|article| self.published(source, now).contains(article)) else {
            return Answer::new(404);
        };
        let tag = format!("\"a-{number}\"");
        if asked.tag == Some(tag.as_bytes()) {
            return Answer::new(304).with("etag", tag);
        }
        Answer::new(200).with("etag", tag).body(
            "text/html; charset=utf-8",
            format!(
                "<html><head><title>Nguồn {0}</title></head><body><h1>Tin số {article} của nguồn {0}</h1><div class=\"than\"><p>Nội dung của tin số \
                 {article} ở nguồn {0}, viết đủ dài để là một đoạn văn của bài và để không ai coi là trang trống.</p></div></body></html>",
                source.number
            ),
        )
    }
}

/// So many hours later, as HTTP writes it.
fn http_date(now: Timestamp, hours: u32) -> String {
    let seconds = u64::try_from(now.as_second()).unwrap() + u64::from(hours) * 3600;
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// Articles by the hours that have passed.
fn count_by(hours: i64) -> u64 {
    u64::try_from(hours / RHYTHM_HOURS).unwrap_or(0)
}

fn key(source: &Source, article: u64) -> String {
    format!("{}-{article}", source.number)
}

fn ways() -> Vec<Way> {
    vec![
        Way::Plain,
        Way::OddTag,
        Way::OddDate,
        Way::Bare,
        Way::Lying,
        Way::Dropping,
        Way::Renewing,
        Way::MaxAge(3),
        Way::MaxAge(9_000),
        Way::Expires(2),
        Way::Expires(5),
        Way::Ttl(180),
        Way::Ttl(20_000),
        Way::Daily,
        Way::SkipHours,
        Way::SkipDays,
        Way::RetrySeconds,
        Way::RetryDate,
        Way::TooMany,
        Way::Moves(301),
        Way::Moves(308),
        Way::Redirects(302),
        Way::Redirects(303),
        Way::Redirects(307),
        Way::Wavers,
        Way::Gone,
        Way::Lost,
        Way::Cookies,
        Way::CrawlDelay(30),
        Way::CrawlDelay(900),
        Way::Disallowing,
        Way::RobotsFail,
        Way::RobotsMoved,
        Way::Challenge,
        Way::Down,
        Way::Errors,
        Way::Slow(4),
        Way::Plain,
    ]
}

fn robots(way: Way, day: i64) -> Answer {
    let text = |rules: &str| Answer::new(200).body("text/plain", format!("User-agent: *\n{rules}\n"));
    match way {
        Way::CrawlDelay(seconds) => text(&format!("Crawl-delay: {seconds}")),
        // Articles with odd numbers.
        Way::Disallowing => text(
            "Disallow: /a/*1.html\nDisallow: /a/*3.html\nDisallow: /a/*5.html\nDisallow: /a/*7.html\nDisallow: /a/*9.html",
        ),
        Way::RobotsFail if (5..=6).contains(&day) => Answer::new(503),
        Way::RobotsMoved => Answer::new(301).with("location", "/r.txt"),
        Way::Bare | Way::Slow(_) => Answer::new(404),
        _ => text("Disallow: /admin"),
    }
}

fn challenge() -> Answer {
    let script = "<html><body><script>document.cookie=\"D1N=1\";window.location.reload(true);</script></body></html>";
    Answer::new(200).body("text/html", script)
}

fn tag_of(way: Way, count: u64, day: i64) -> Option<Vec<u8>> {
    match way {
        Way::Bare | Way::OddDate => None,
        Way::OddTag => Some([b"W/\"\\\xe9\xff ".as_slice(), count.to_string().as_bytes(), b"\""].concat()),
        Way::Lying => Some(b"\"always\"".to_vec()),
        Way::Dropping if count.is_multiple_of(2) => None,
        Way::Renewing => Some(format!("\"{count}-{day}\"").into_bytes()),
        _ => Some(format!("\"{count}\"").into_bytes()),
    }
}

/// Whether two tags of [`Way::Renewing`] are of one content.
fn same_stem(one: &[u8], other: &[u8]) -> bool {
    let stem = |tag: &[u8]| tag.split(|byte| *byte == b'-').next().map(<[u8]>::to_vec);
    stem(one) == stem(other)
}

fn date_of(way: Way, count: u64) -> Option<Vec<u8>> {
    match way {
        Way::OddDate => Some(format!("bản thứ {count}, hôm qua").into_bytes()),
        Way::Plain | Way::Dropping | Way::Expires(_) => {
            Some(format!("Tue, 24 Nov 2026 00:{:02}:{:02} GMT", count / 60 % 60, count % 60).into_bytes())
        }
        _ => None,
    }
}

/// The portals' files of the sources, by their names: one for each host.
pub fn portals(web: &Web) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for source in web.sources() {
        let id = source.host.split('.').next().unwrap();
        let file = files.entry(id.to_owned()).or_insert_with(|| {
            format!(
                "name = \"Cổng {id}\"\nhome = \"http://{0}/\"\n\n[[article]]\ntitle = [\"h1\"]\nbody = [\"div.than\"]\n",
                source.host
            )
        });
        write!(file, "\n[[source]]\nkind = \"feed\"\nurl = \"http://{}{}\"\n", source.host, source.path).unwrap();
    }
    files
}
