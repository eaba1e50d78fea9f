//! Reads a page of a source: its links, and the next pages to read. Pure and total: any bytes give a
//! [`Found`].

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

/// The most warnings kept per page: the first ones show what is wrong.
const MAX_WARNINGS: usize = 20;

/// Bytes that are examined to recognize a document.
const SNIFFED: usize = 64 * 1024;

/// Reads one page of a source.
///
/// Keeps links that the scope admits, each address once, in the page's order. Links without a rubric get the source's.
/// Keeps further pages on a host of the portal or of the source itself.
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

/// Reads one page of a source like [`discover`], for callers without a scope: keeps all links and all further pages,
/// whatever their hosts.
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
    /// Its name within the portal.
    pub id: SourceId,
    /// The most pages of it that one visit reads (`pages`).
    pub max_pages: u32,
    /// The rubric of links that name none (`section`).
    pub section: Option<String>,
    /// Its kind, and how to read it.
    pub reader: Reader,
}

/// How a source is read.
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

/// A request of a walk over a source's pages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The request.
    pub request: Request,
    /// 0 for the first page of the source, one more for each page after it.
    pub number: u32,
}

/// The content of a page of a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Links within the portal's scope, in the page's order, each address once.
    pub links: Vec<Link>,
    /// Further pages of the source, to request in this order.
    pub next: Vec<Step>,
    /// How often the source wants to be requested.
    pub pace: Pace,
    /// Links left out because their host does not belong to the portal or their path is excluded.
    pub out_of_scope: usize,
    /// Warnings: repaired feeds, rows without an address, unreadable dates.
    pub warnings: Vec<String>,
    /// The reason why the answer is not what the source should give (HTML for a feed, no JSON, an error page), if
    /// so.
    pub broken: Option<String>,
}

/// The kind of a document, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RSS, RDF, Atom or JSON Feed.
    Feed,
    /// A sitemap, an index of them, or a plain list of addresses.
    Sitemap,
    /// Any other JSON: maybe a list ([`json::guess`]).
    Json,
    /// Anything else: an HTML page, whole or in part.
    Html,
}

/// Recognizes a document by its first bytes; gzip counts as a sitemap.
pub fn sniff(body: &[u8]) -> Kind {
    if body.starts_with(&[0x1f, 0x8b]) {
        return Kind::Sitemap;
    }
    // NULs go so that UTF-16 reads as ASCII does.
    let head: Vec<u8> = body.iter().copied().filter(|byte| *byte != 0).take(SNIFFED).collect();
    let head = String::from_utf8_lossy(&head);
    let text = head.trim_start_matches(|c: char| !c.is_ascii()).trim_start();
    match xml::root_of(text) {
        Some((_, root)) if matches!(root.as_str(), "urlset" | "sitemapindex") => Kind::Sitemap,
        Some(_) => Kind::Feed,
        None if text.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("<channel")) => Kind::Feed,
        // The keys of an object come in any order.
        None if feed::is_json_feed(text, body) => Kind::Feed,
        None if !text.contains('<') && text.lines().any(sitemap::is_address_line) => Kind::Sitemap,
        None if !text.starts_with('<') && begins(text) => Kind::Json,
        None => Kind::Html,
    }
}

impl Source {
    /// The source's kind.
    pub fn kind(&self) -> SourceKind {
        match self.reader {
            Reader::Feed(_) => SourceKind::Feed,
            Reader::Sitemap(_) => SourceKind::Sitemap,
            Reader::Listing(_) => SourceKind::Listing,
            Reader::Json(_) => SourceKind::Json,
        }
    }

    /// The first page to request.
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

/// What a reader needs to make links and next steps.
struct Place<'a> {
    id: &'a SourceId,
    kind: SourceKind,
    step: &'a Step,
    page: &'a Page,
}

impl Place<'_> {
    /// The address that references are resolved against.
    fn base(&self) -> &PageUrl {
        &self.page.final_url
    }

    /// A link, without the fragment of its address.
    fn link(&self, url: PageUrl, hints: Hints, guid: Option<String>) -> Link {
        let url = url.without_fragment();
        let discovery = Discovery { source: self.id.clone(), kind: self.kind, url: self.page.final_url.clone(), guid };
        Link { url, hints, discovery }
    }

    /// The next page, by a plain `GET`.
    fn next_page(&self, url: PageUrl, expect: Expect) -> Step {
        self.next_step(Request::get(url, expect))
    }

    fn next_step(&self, request: Request) -> Step {
        Step { request, number: self.step.number.saturating_add(1) }
    }
}

/// The address with a query parameter set: in its place where it is there, at the end where not. Other parameters stay as
/// they are written.
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
