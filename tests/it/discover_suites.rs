//! Discovery against stored lists of portals, and feeds, sitemaps and attacks of other projects' tests.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use bytes::Bytes;
use regex::Regex;
use regex::RegexSet;
use serde_json::Value;
use tintinh::discover;
use tintinh::discover::Found;
use tintinh::discover::Reader;
use tintinh::discover::Source;
use tintinh::discover::feed::FeedRules;
use tintinh::discover::listing::ListingRules;
use tintinh::discover::sitemap::SitemapRules;
use tintinh::html::select::Candidate;
use tintinh::model::page::HttpFacts;
use tintinh::model::page::Page;
use tintinh::model::portal::SourceId;
use tintinh::text::date::DateOrder;
use tintinh::text::date::rfc3339;
use tintinh::text::unicode;
use tintinh::url::PageUrl;

use crate::support::conformance;
use crate::support::shared;

fn read(reader: Reader, url: &PageUrl, content_type: Option<&str>, body: Vec<u8>) -> Found {
    let source = Source { id: SourceId::new("test").unwrap(), max_pages: 1, section: None, reader };
    let page = Page {
        url: url.clone(),
        final_url: url.clone(),
        fetched: "2026-11-24T00:00:00Z".parse().unwrap(),
        http: HttpFacts { status: 200, content_type: content_type.map(str::to_owned), ..HttpFacts::default() },
        body: Bytes::from(body),
        exchanges: Vec::new(),
    };
    discover::read(&source, &source.first_step(), &page)
}

pub(crate) fn read_feed(url: &str, content_type: Option<&str>, body: Vec<u8>) -> Found {
    let url = PageUrl::parse(url).unwrap();
    let rules = FeedRules {
        url: url.clone(),
        date_order: DateOrder::DayFirst,
        distrust_minutes: false,
        content_is_article: false,
    };
    read(Reader::Feed(rules), &url, content_type, body)
}

fn read_sitemap(url: &str, body: Vec<u8>) -> Found {
    let url = PageUrl::parse(url).unwrap();
    let rules = SitemapRules { url: url.clone(), include: RegexSet::empty(), follow: RegexSet::empty() };
    read(Reader::Sitemap(rules), &url, None, body)
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What was found of what should be.
#[derive(Debug, Default)]
struct Score {
    right: usize,
    all: usize,
}

impl Score {
    fn count(&mut self, right: bool) {
        self.right += usize::from(right);
        self.all += 1;
    }

    fn share(&self) -> f64 {
        let number = |count: usize| f64::from(u32::try_from(count).unwrap());
        if self.all == 0 { 0.0 } else { number(self.right) / number(self.all) }
    }
}

/// Lists as measured: links found of those expected, links expected of those found, titles and days of the right ones.
#[derive(Debug, Default)]
struct ListScores {
    recall: Score,
    precision: Score,
    titles: Score,
    days: Score,
}

fn score_lists(rules: &dyn Fn(PageUrl) -> ListingRules) -> Option<ListScores> {
    let root = shared("corpus/vn-dev")?;
    let mut scores = ListScores::default();
    for row in lines(&root.join("listings.jsonl")) {
        let mut html = Vec::new();
        let file = fs::File::open(root.join(row["file"].as_str().unwrap())).unwrap();
        flate2::read::MultiGzDecoder::new(file).read_to_end(&mut html).unwrap();
        let url = PageUrl::parse(row["url"].as_str().unwrap()).unwrap();
        let found = read(Reader::Listing(Box::new(rules(url.clone()))), &url, None, html);
        let links: BTreeMap<&str, _> = found
            .links
            .iter()
            .filter(|link| link.url.host() == url.host())
            .map(|link| (link.url.as_str(), link))
            .collect();
        let expected = row["expected"].as_array().unwrap();
        // The labels write addresses as the pages do, not percent-encoded.
        let address = |entry: &Value| PageUrl::parse(entry["url"].as_str().unwrap()).unwrap();
        for entry in expected {
            let link = links.get(address(entry).as_str());
            scores.recall.count(link.is_some());
            let Some(link) = link else { continue };
            let title = unicode::clean(entry["title"].as_str().unwrap());
            let read = link.hints.title.clone().unwrap_or_default();
            scores.titles.count(read == title);
            if let Some(date) = entry["date"].as_str() {
                let day = link.hints.date.as_ref().map(|dated| rfc3339(dated.at)[..10].to_owned());
                scores.days.count(day.as_deref() == Some(&date[..10]));
            }
        }
        let known: Vec<PageUrl> = expected.iter().map(address).collect();
        for link in links.values() {
            scores.precision.count(known.contains(&link.url));
        }
    }
    eprintln!("{scores:?}");
    Some(scores)
}

#[test]
fn lists_by_the_rules_of_their_platform() {
    let candidate = |text: &str| vec![Candidate::parse(text, None).unwrap()];
    let rules = |url: PageUrl| ListingRules {
        item: candidate("div.allPost td.TitleFront"),
        link: candidate("a"),
        date: candidate("span.ShowDate"),
        ..ListingRules::generic(url)
    };
    let Some(scores) = score_lists(&rules) else { return };
    for score in [&scores.recall, &scores.precision, &scores.days, &scores.titles] {
        assert!(score.share() >= 0.97, "{scores:?}");
    }
}

#[test]
fn lists_without_rules() {
    let Some(scores) = score_lists(&ListingRules::generic) else { return };
    for score in [&scores.recall, &scores.precision, &scores.days] {
        assert!(score.share() >= 0.9, "{scores:?}");
    }
}

/// A text without markup and references, for comparing what readers write differently.
fn bare(text: &str) -> String {
    let tag = Regex::new(r"<[^<>]*>").unwrap();
    let mut text = text.to_owned();
    for _ in 0..3 {
        text = unicode::decode_entities(&tag.replace_all(&text, " "));
    }
    unicode::clean(&text)
}

/// Entries of a page: the links, and the entries that a warning says to have no address.
fn entries(found: &Found) -> usize {
    let nameless = found.warnings.iter().find_map(|warning| warning.strip_prefix("entries without an address: "));
    found.links.len() + nameless.map_or(0, |count| count.parse().unwrap())
}

/// The feed with an address in each entry, so that the titles of entries without one can be compared.
fn with_links(body: &[u8]) -> Vec<u8> {
    let start = regex::bytes::Regex::new(r"(?i)<(?:\w+:)?(?:item|entry)(?:\s[^<>]*)?>").unwrap();
    let mut number = 0;
    let replaced = start.replace_all(body, |found: &regex::bytes::Captures<'_>| {
        number += 1;
        let link = format!("<link href='http://e.example/{number}'>http://e.example/{number}</link>");
        [&found[0], link.as_bytes()].concat()
    });
    replaced.into_owned()
}

/// A file of feedparser's tests, and what feedparser makes of it.
struct FeedCase {
    name: String,
    body: Vec<u8>,
    content_type: Option<String>,
    /// Whether feedparser's own expectation holds.
    is_sure: bool,
    entries: Vec<Value>,
}

fn feedparser() -> Option<Vec<FeedCase>> {
    let root = shared("conformance/feeds/feedparser")?;
    let rows = lines(&root.join("oracle.jsonl")).into_iter();
    Some(
        rows.map(|row| FeedCase {
            body: fs::read(root.join("tests").join(row["file"].as_str().unwrap())).unwrap(),
            name: row["file"].as_str().unwrap().to_owned(),
            content_type: row["headers"]["content-type"].as_str().map(str::to_owned),
            is_sure: row["peer_pass"] == Value::Bool(true),
            entries: row["oracle"]["entries"].as_array().unwrap().clone(),
        })
        .collect(),
    )
}

const FEED: &str = "http://127.0.0.1:8097/tests/feed.xml";

/// Every file is read as a feed: its root is known, and it has as many entries as feedparser finds, where that is sure.
#[test]
fn feeds_parsed() {
    let Some(cases) = feedparser() else { return };
    let mut score = Score::default();
    for case in cases {
        let found = read_feed(FEED, case.content_type.as_deref(), case.body);
        let counted = !case.is_sure || entries(&found) == case.entries.len();
        score.count(found.broken.is_none() && counted);
        if found.broken.is_some() || !counted {
            eprintln!(
                "{}: {} of {} entries, {:?} {:?}",
                case.name,
                entries(&found),
                case.entries.len(),
                found.broken,
                found.warnings
            );
        }
    }
    conformance("feeds-parsed", score.right, score.all);
    assert!(score.right >= 2_020 && score.all == 2_106, "{score:?}");
}

/// Title, address and date of every entry, as feedparser has them, where its own expectation holds.
#[test]
fn feeds_agree() {
    let Some(cases) = feedparser() else { return };
    let mut score = Score::default();
    for case in cases.into_iter().filter(|case| case.is_sure && !case.entries.is_empty()) {
        let differences = differences(&case);
        score.count(differences.is_empty());
        if !differences.is_empty() {
            eprintln!("{}: {}", case.name, differences.join("; "));
        }
    }
    conformance("feeds-agree", score.right, score.all);
    assert!(score.share() >= 0.97, "{score:?}");
}

fn differences(case: &FeedCase) -> Vec<String> {
    let content_type = case.content_type.as_deref();
    let links = read_feed(FEED, content_type, case.body.clone()).links;
    let read = read_feed(FEED, content_type, with_links(&case.body)).links;
    let mut differences = Vec::new();
    if read.len() != case.entries.len() {
        differences.push(format!("{} of {} entries", read.len(), case.entries.len()));
    }
    for (entry, link) in case.entries.iter().zip(&read) {
        let title = link.hints.title.clone().unwrap_or_default();
        let expected = entry["title"].as_str().map(bare).unwrap_or_default();
        if title != expected {
            differences.push(format!("title {title:?}, not {expected:?}"));
        }
        if let Some(expected) = entry["published"].as_str().or_else(|| entry["updated"].as_str()) {
            let dates = [&link.hints.date, &link.hints.modified];
            let dates: Vec<String> = dates.into_iter().flatten().map(|dated| dated.at.to_string()).collect();
            if !dates.iter().any(|date| date == expected) {
                differences.push(format!("dates {dates:?}, not {expected:?}"));
            }
        }
        if let Some(address) = entry["link"].as_str().filter(|link| link.starts_with("http")) {
            let address = PageUrl::parse(address.split('#').next().unwrap()).unwrap();
            if !links.iter().any(|link| link.url == address) {
                differences.push(format!(
                    "no {address} in {:?}",
                    links.iter().map(|link| link.url.as_str()).collect::<Vec<_>>()
                ));
            }
        }
    }
    differences
}

/// All files below a folder, sorted.
pub(crate) fn files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

#[test]
fn feeds_of_feed_rs() {
    let Some(root) = shared("conformance/feeds/feed-rs/feed-rs/fixture") else { return };
    let (mut counts, mut links, mut titles) = (Score::default(), Score::default(), Score::default());
    for path in files(&root) {
        let expected = path.with_extension("serde.json");
        if path.to_string_lossy().ends_with(".serde.json") || !expected.exists() {
            continue;
        }
        let expected: Value = serde_json::from_slice(&fs::read(expected).unwrap()).unwrap();
        let expected = expected["entries"].as_array().unwrap();
        let found = read_feed("http://example.org/feed.xml", None, fs::read(&path).unwrap());
        counts.count(entries(&found) >= expected.len());
        if entries(&found) != expected.len() {
            eprintln!("{path:?}: {} of {} {:?} {:?}", entries(&found), expected.len(), found.broken, found.warnings);
        }
        for entry in expected {
            let known = entry["links"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|link| !link["rel"].is_string() || link["rel"] == "alternate");
            let known: Vec<PageUrl> =
                known.filter_map(|link| PageUrl::parse(link["href"].as_str()?.split('#').next()?).ok()).collect();
            if known.is_empty() {
                continue;
            }
            let link = found.links.iter().find(|link| known.contains(&link.url));
            links.count(link.is_some());
            if link.is_none() {
                eprintln!(
                    "{path:?}: none of {known:?} in {:?}",
                    found.links.iter().map(|l| l.url.as_str()).take(3).collect::<Vec<_>>()
                );
            }
            if let (Some(link), Some(title)) = (link, entry["title"]["content"].as_str()) {
                titles.count(link.hints.title.clone().unwrap_or_default() == bare(title));
            }
        }
    }
    eprintln!("files {counts:?} links {links:?} titles {titles:?}");
    assert!(counts.share() >= 0.97 && links.share() >= 0.97 && titles.share() >= 0.97);
}

#[test]
fn any_feed_gives_something() {
    let start = regex::bytes::Regex::new(r"<(?:\w+:)?(?:item|entry)[\s>]").unwrap();
    for suite in ["feedvalidator/testcases", "rust-rss/tests/data", "miniflux/internal/reader/parser/testdata"] {
        let Some(root) = shared(&format!("conformance/feeds/{suite}")) else { return };
        let mut score = Score::default();
        for path in files(&root) {
            let body = fs::read(&path).unwrap();
            let is_feed = path.extension().is_some_and(|extension| extension == "xml") && start.is_match(&body);
            let found = read_feed("http://example.org/feed.xml", None, body);
            if is_feed {
                score.count(entries(&found) > 0);
                if entries(&found) == 0 {
                    eprintln!("{path:?}: {:?} {:?}", found.broken, found.warnings);
                }
            }
        }
        eprintln!("{suite} {score:?}");
        assert!(score.share() >= 0.995);
    }
}

/// The addresses that a sitemap holds, read off its text: those of `<loc>` elements that are no image's or video's, of entries without any,
/// of a feed's entries, of lines.
fn written_addresses(name: &str, body: &[u8]) -> BTreeSet<String> {
    let mut text = String::new();
    if body.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(body).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(body.to_vec()).unwrap();
    }
    // A marked section is text wherever it stands.
    let text = text.replace("<![CDATA[", "").replace("]]>", "");
    let patterns: &[&str] = match name {
        name if name.contains(".txt") => &[r"(?m)^\u{feff}?(http\S+)"],
        // Of an entry's links the first is its page.
        name if name.contains("atom") => &[r#"(?s)<entry>.*?<link href="([^"]+)""#],
        name if name.contains("rss") => &[r"(?s)<item>.*?<link>\s*(\S+?)\s*</link>"],
        _ => &[r"(?s)<(?:sit:)?loc>\s*(\S+?)\s*</", r"(?s)<sitemap>\s*(http\S+)\s*</sitemap>"],
    };
    let patterns = patterns.iter().map(|pattern| Regex::new(pattern).unwrap());
    let found =
        patterns.flat_map(|pattern| pattern.captures_iter(&text).map(|found| found[1].to_owned()).collect::<Vec<_>>());
    found.map(|written| PageUrl::parse(&unicode::decode_entities(&written)).unwrap().to_string()).collect()
}

/// Every sitemap of the suite, and the feeds that it takes for sitemaps, gives all addresses that it holds and no other.
#[test]
fn sitemaps() {
    let Some(root) = shared("conformance/sitemaps/crawler-commons/src/test/resources") else { return };
    let mut score = Score::default();
    for path in [files(&root.join("sitemaps")), files(&root.join("rss"))].concat() {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let body = fs::read(&path).unwrap();
        let expected = written_addresses(&name, &body);
        let found = read_sitemap("http://www.example.com/sitemap.xml", body);
        let links = found.links.iter().map(|link| link.url.to_string());
        let given: BTreeSet<String> = links.chain(found.next.iter().map(|step| step.request.url.to_string())).collect();
        score.count(given == expected && !expected.is_empty());
        if given != expected {
            eprintln!("{name}: {given:#?}, not {expected:#?} {:?}", found.broken);
        }
    }
    conformance("sitemaps", score.right, score.all);
    assert_eq!((score.right, score.all), (20, 20));
}

#[test]
fn sitemaps_of_crawler_commons() {
    let Some(root) = shared("conformance/sitemaps/crawler-commons/src/test/resources") else { return };
    let check = |name: &str, links: usize, next: usize| {
        let found = read_sitemap("http://www.example.com/sitemap.xml", fs::read(root.join(name)).unwrap());
        assert_eq!(
            (found.links.len(), found.next.len()),
            (links, next),
            "{name}: {:?} {:?}",
            found.broken,
            found.warnings
        );
        found
    };
    check("sitemaps/sitemap.badns.xml", 2, 0);
    check("sitemaps/sitemap.ns.xml", 2, 0);
    check("sitemaps/sitemap.txt", 2, 0);
    check("sitemaps/sitemap.txt.gz", 5, 0);
    check("sitemaps/sitemap-with-bom.txt", 2, 0);
    check("sitemaps/xmlSitemap.gz", 5, 0);
    check("sitemaps/sitemap.index.xml", 0, 15);
    check("sitemaps/atom.xml", 1, 0);
    check("rss/feed.rss", 3, 0);
    check("rss/xmlRss_pubDate.xml", 7, 0);
    check("sitemaps/extension/hebdenbridgetimes-articles-sitemap.xml", 74, 0);
    check("sitemaps/extension/pagemaps-sitemap.xml", 2, 0);
    check("sitemaps/extension/sitemap-images.xml", 1, 0);
    check("sitemaps/extension/sitemap-links.xml", 3, 0);
    check("sitemaps/extension/sitemap-mobile.xml", 3, 0);
    check("sitemaps/extension/sitemap-news.xml", 2, 0);
    check("sitemaps/extension/sitemap-videos-tvshow.xml", 1, 0);
    check("sitemaps/extension/sitemap-videos.xml", 3, 0);
    let news = check("sitemaps/extension/shinpaideshou-news-sitemap.xml", 3, 0);
    assert_eq!(news.links[0].hints.title.as_deref(), Some("Job Opening: Reischauer Policy Research Fellow"));
    assert_eq!(rfc3339(news.links[0].hints.date.as_ref().unwrap().at), "2017-04-25T17:00:36+07:00");
}

#[test]
fn xml_attacks_do_nothing() {
    let Some(root) = shared("conformance/xml-attacks") else { return };
    let mut payloads: Vec<Vec<u8>> = Vec::new();
    for path in files(&root) {
        let body = fs::read(path).unwrap();
        payloads.extend(body.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
        payloads.push(body);
    }
    assert!(payloads.len() > 100);
    for payload in payloads {
        let inside = [
            b"<rss version='2.0'><channel><item><link>http://a.example/1</link><title>&xxe;&lol9;",
            &payload[..],
            b"</title></item></channel></rss>",
        ]
        .concat();
        for body in [payload, inside] {
            let url = "http://a.example/feed";
            for found in [read_feed(url, None, body.clone()), read_sitemap(url, body.clone())] {
                let text = format!("{:?}", found.links);
                assert!(!text.contains("root:") && text.len() < 20 * body.len() + 10_000);
            }
        }
    }
}
