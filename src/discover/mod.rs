//! Reads a page of a source: its links, and the next pages to read. Pure and total: any bytes give a [`Found`].

pub mod feed;
pub mod json;
pub mod listing;
pub mod sitemap;
pub mod span;

mod plain;
mod xml;

use std::collections::HashSet;

use serde::Deserialize;
use serde::Serialize;

use crate::model::link::Discovery;
use crate::model::link::Hints;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::pace::Pace;
use crate::model::page::Page;
use crate::model::portal::Scope;
use crate::model::portal::ScopeDecision;
use crate::model::portal::SourceId;
use crate::model::request::Expect;
use crate::model::request::Request;
use crate::text::json::begins;
use crate::url::PageUrl;

/// Maximum number of warnings kept per page. The first ones show what is wrong.
const MAX_WARNINGS: usize = 20;

/// Maximum number of bytes that are examined to recognize a document.
const SNIFFED: usize = 64 * 1024;

/// Reads one page of a source.
///
/// Keeps links that are in scope, each URL once, in the page's order. A link without a section gets the source's. Further pages are kept if they are
/// on a host of the portal or of the source itself.
///
/// ```
/// use jiff::Timestamp;
/// use regex::RegexSet;
/// use tintinh::discover::Reader;
/// use tintinh::discover::Source;
/// use tintinh::discover::discover;
/// use tintinh::discover::feed::FeedRules;
/// use tintinh::model::portal::Scope;
/// use tintinh::model::portal::SourceId;
/// use tintinh::reading::saved;
/// use tintinh::text::date::DateOrder;
/// use tintinh::url::PageUrl;
///
/// let url = PageUrl::parse("https://tinh.example/rss").unwrap();
/// let rules = FeedRules { url: url.clone(), date_order: DateOrder::DayFirst, distrust_minutes: false, content_is_article: false };
/// let source = Source { id: SourceId::new("feed").unwrap(), max_pages: 1, section: None, reader: Reader::Feed(rules) };
/// let scope = Scope { hosts: vec!["tinh.example".to_owned()], exclude: RegexSet::empty() };
/// let feed = "<rss><channel><item><title>Thông cầu mới</title><link>/tin/thong-cau-moi.html</link></item></channel></rss>";
/// let page = saved::page(url, feed, Timestamp::UNIX_EPOCH);
/// let found = discover(&source, &scope, &source.first_step(), &page);
/// assert_eq!(found.links[0].url.as_str(), "https://tinh.example/tin/thong-cau-moi.html");
/// ```
pub fn discover(source: &Source, scope: &Scope, step: &Step, page: &Page) -> Found {
    let mut found = read(source, step, page);
    found.keep_admitted(scope, &source.first_step().request.url);
    found
}

/// Like [`discover`], for callers without a scope: keeps all links and further pages, whatever their hosts.
pub fn read(source: &Source, step: &Step, page: &Page) -> Found {
    let place = Place { id: &source.id, kind: source.kind(), step, page };
    let mut found = match &source.reader {
        Reader::Feed(rules) => feed::read(rules, &place),
        Reader::Sitemap(rules) => sitemap::read(rules, &place),
        Reader::Listing(rules) => listing::read(rules, &place),
        Reader::Json(rules) => json::read(rules, &place),
    };
    let mut seen = HashSet::new();
    found.links.retain(|link| seen.insert(link.url.clone()));
    found.warnings.truncate(MAX_WARNINGS);
    for link in &mut found.links {
        if link.hints.section.is_none() {
            link.hints.section.clone_from(&source.section);
        }
    }
    found
}

/// A source of a portal, with its rules compiled.
#[derive(Debug, Clone)]
pub struct Source {
    /// The source's name within the portal.
    pub id: SourceId,
    /// Maximum number of its pages that one visit reads (`pages`).
    pub max_pages: u32,
    /// The section of links that state none (`section`).
    pub section: Option<String>,
    /// The source's kind and the rules for reading it.
    pub reader: Reader,
}

/// The rules for reading a source.
#[derive(Debug, Clone)]
pub enum Reader {
    /// RSS, RDF, Atom, JSON Feed.
    Feed(feed::FeedRules),
    /// A sitemap or an index of them.
    Sitemap(sitemap::SitemapRules),
    /// An HTML list.
    Listing(Box<listing::ListingRules>),
    /// A JSON list API.
    Json(Box<json::JsonRules>),
}

/// One request while reading a source page by page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The request.
    pub request: Request,
    /// The page's number in this sequence, starting at 0.
    pub number: u32,
}

/// The content of one page of a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Links in the portal's scope, in the page's order, each URL once.
    pub links: Vec<Link>,
    /// Further pages of the source, in the order in which to request them.
    pub next: Vec<Step>,
    /// How often the source asks to be requested.
    pub pace: Pace,
    /// Number of links left out because their host does not belong to the portal or their path is excluded.
    pub out_of_scope: usize,
    /// Warnings: repaired feeds, rows without a URL, unreadable dates.
    pub warnings: Vec<String>,
    /// The reason why the response is not what the source should return (HTML for a feed, no JSON, an error page). None if it is.
    pub broken: Option<String>,
}

/// The kind of a document, as determined by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RSS, RDF, Atom or JSON Feed.
    Feed,
    /// A sitemap, a sitemap index or a plain list of URLs.
    Sitemap,
    /// Any other JSON. It may be a list (see [`json::guess`]).
    Json,
    /// Anything else: an HTML page or a part of one.
    Html,
}

/// Recognizes a document by its first bytes. Gzip counts as a sitemap.
pub fn sniff(body: &[u8]) -> Kind {
    if body.starts_with(&[0x1f, 0x8b]) {
        return Kind::Sitemap;
    }
    // Removing NULs makes ASCII in UTF-16 readable.
    let head: Vec<u8> = body.iter().copied().filter(|byte| *byte != 0).take(SNIFFED).collect();
    let head = String::from_utf8_lossy(&head);
    let text = head.trim_start_matches(|c: char| !c.is_ascii()).trim_start();
    match xml::root_of(text) {
        Some((_, root)) if matches!(root.as_str(), "urlset" | "sitemapindex") => Kind::Sitemap,
        Some(_) => Kind::Feed,
        None if text.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("<channel")) => Kind::Feed,
        // The keys of an object may be in any order.
        None if feed::is_json_feed(text, body) => Kind::Feed,
        None if !text.contains('<') && text.lines().any(sitemap::is_address_line) => Kind::Sitemap,
        None if !text.starts_with('<') && begins(text) => Kind::Json,
        None => Kind::Html,
    }
}

impl Source {
    /// Returns the source's kind.
    pub fn kind(&self) -> SourceKind {
        match self.reader {
            Reader::Feed(_) => SourceKind::Feed,
            Reader::Sitemap(_) => SourceKind::Sitemap,
            Reader::Listing(_) => SourceKind::Listing,
            Reader::Json(_) => SourceKind::Json,
        }
    }

    /// Returns the request for the first page.
    pub fn first_step(&self) -> Step {
        let request = match &self.reader {
            Reader::Feed(rules) => Request::get(rules.url.clone(), Expect::Feed),
            Reader::Sitemap(rules) => Request::get(rules.url.clone(), Expect::Sitemap),
            Reader::Listing(rules) => Request::get(rules.url.clone(), Expect::Html),
            Reader::Json(rules) => rules.request.clone(),
        };
        Step { request, number: 0 }
    }
}

impl Found {
    fn broken(reason: impl Into<String>) -> Found {
        Found { broken: Some(reason.into()), ..Found::default() }
    }

    fn keep_admitted(&mut self, scope: &Scope, source: &PageUrl) {
        let before = self.links.len();
        self.links.retain(|link| scope.admits(&link.url) == ScopeDecision::Admitted);
        self.out_of_scope += before - self.links.len();
        let before = self.next.len();
        self.next.retain(|next| {
            let url = &next.request.url;
            url.host() == source.host() || scope.admits(url) != ScopeDecision::ForeignHost
        });
        if self.next.len() < before {
            self.warnings.push(format!("further pages on other hosts left out: {}", before - self.next.len()));
        }
    }
}

/// The context that a reader needs to create links and next steps.
struct Place<'a> {
    id: &'a SourceId,
    kind: SourceKind,
    step: &'a Step,
    page: &'a Page,
}

impl Place<'_> {
    /// Returns the URL against which references are resolved.
    fn base(&self) -> &PageUrl {
        &self.page.final_url
    }

    /// Creates a link. The fragment of its URL is removed.
    fn link(&self, url: PageUrl, hints: Hints, guid: Option<String>) -> Link {
        let url = url.without_fragment();
        let discovery = Discovery { source: self.id.clone(), kind: self.kind, url: self.page.final_url.clone(), guid };
        Link { url, hints, discovery }
    }

    /// Creates the step to the next page, by a plain `GET`.
    fn next_page(&self, url: PageUrl, expect: Expect) -> Step {
        self.next_step(Request::get(url, expect))
    }

    fn next_step(&self, request: Request) -> Step {
        Step { request, number: self.step.number.saturating_add(1) }
    }
}

/// Sets a query parameter of a URL. An existing parameter is replaced in place; a new one is appended. All other parameters stay as written.
fn with_parameter(url: &PageUrl, name: &str, value: &str) -> PageUrl {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}={}", encode(name), encode(value));
    let query = url.as_url().query().unwrap_or_default();
    let mut set = false;
    let mut pairs: Vec<String> = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let is_it = url::form_urlencoded::parse(part.as_bytes()).next().is_some_and(|(other, _)| other == name);
        match (is_it, set) {
            (false, _) => pairs.push(part.to_owned()),
            (true, false) => {
                pairs.push(pair.clone());
                set = true;
            }
            (true, true) => {}
        }
    }
    if !set {
        pairs.push(pair);
    }
    let mut changed = url.as_url().clone();
    changed.set_query(Some(&pairs.join("&")));
    PageUrl::parse(changed.as_str()).unwrap_or_else(|_| url.clone())
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
