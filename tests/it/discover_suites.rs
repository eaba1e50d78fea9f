//! Discovery against stored lists of portals, and feeds, sitemaps and attacks of other projects' tests.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
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

use crate::support::shared;

fn read(reader: Reader, url: &PageUrl, content_type: Option<&str>, body: Vec<u8>) -> Found {
    let source = Source { id: SourceId::new("test").unwrap(), max_pages: 1, section: None, reader };
    let page = Page {
        url: url.clone(),
        final_url: url.clone(),
        fetched: jiff::Timestamp::UNIX_EPOCH,
        http: HttpFacts { status: 200, content_type: content_type.map(str::to_owned), ..HttpFacts::default() },
        body: Bytes::from(body),
    };
    discover::read(&source, &source.first_step(), &page)
}

fn read_feed(url: &str, content_type: Option<&str>, body: Vec<u8>) -> Found {
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
        let links: BTreeMap<&str, _> =
            found.links.iter().filter(|link| link.url.host() == url.host()).map(|link| (link.url.as_str(), link)).collect();
        let expected = row["expected"].as_array().unwrap();
        for entry in expected {
            let link = links.get(entry["url"].as_str().unwrap());
            scores.recall.count(link.is_some());
            let Some(link) = link else { continue };
            let title = unicode::clean(entry["title"].as_str().unwrap());
            let read = link.hints.title.clone().unwrap_or_default();
            if read != title {
                eprintln!("{}: {read:?} for {title:?}", row["file"]);
            }
            scores.titles.count(read == title);
            if let Some(date) = entry["date"].as_str() {
                let day = link.hints.date.as_ref().map(|dated| rfc3339(dated.at)[..10].to_owned());
                scores.days.count(day.as_deref() == Some(&date[..10]));
            }
        }
        let known: Vec<&str> = expected.iter().map(|entry| entry["url"].as_str().unwrap()).collect();
        let mut extra = 0;
        for url in links.keys() {
            scores.precision.count(known.contains(url));
            extra += usize::from(!known.contains(url));
        }
        let missed = known.iter().filter(|url| !links.contains_key(**url)).count();
        if extra + missed > 0 {
            eprintln!("{}: {missed} of {} missed, {extra} too many {:?}", row["file"], known.len(), found.broken);
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
