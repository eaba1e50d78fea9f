//! Decides which records of an archive are pages to import, before anything in them is parsed.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use crate::archive;
use crate::archive::warc::digest;
use crate::archive::warc::fields::Fields;
use crate::archive::warc::http::ResponseHead;
use crate::archive::warc::read::Found;
use crate::archive::warc::read::Receiver;
use crate::config::Config;
use crate::import::ImportOptions;
use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::model::portal::PortalId;
use crate::model::portal::Scope;
use crate::model::portal::ScopeDecision;
use crate::url::PageUrl;

/// Maximum pages per step.
const STEP_PAGES: usize = 256;

/// Maximum bytes of all blocks in a step.
const STEP_BYTES: usize = 16 << 20;

/// Number of records after which a step is written even if it has no page, so that an interrupted run does not search again.
const STEP_RECORDS: u64 = 100_000;

/// A host pattern: a name, or `*.` and a name, for it and its subdomains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(String);

impl HostPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A message that says what is wrong.
    pub fn parse(text: &str) -> Result<HostPattern, String> {
        let name = text.strip_prefix("*.").unwrap_or(text).to_lowercase();
        if name.is_empty() || name.contains(['*', '/', ':']) {
            return Err(format!("`{text}` is no host; write it like baotinh.vn or *.gov.vn"));
        }
        Ok(HostPattern(text.to_lowercase()))
    }

    fn admits(&self, host: &str) -> bool {
        match self.0.strip_prefix("*.") {
            Some(name) => host.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.')),
            None => host == self.0,
        }
    }
}

/// Why a record of an archive is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// It is not the response of a page: a request, a script, an image, a redirect, an error.
    NotAPage,
    /// It repeats an earlier one, which has the body.
    Revisit,
    /// Its host or its date was not requested.
    NotWanted,
    /// Its host belongs to no portal.
    UnknownHost,
    /// Its body was truncated when it was stored.
    Cut,
    /// It has more bytes than `[fetch]` accepts of a response.
    TooLarge,
    /// Its content does not match its digest.
    WrongDigest,
    /// It ends too early, or is not a record.
    Damaged,
}

impl Skip {
    /// Returns the reason in words, for a number of records.
    pub fn words(self) -> &'static str {
        match self {
            Skip::NotAPage => "not the response of a page",
            Skip::Revisit => "a repetition of an earlier page",
            Skip::NotWanted => "of a host or date that was not asked for",
            Skip::UnknownHost => "of a host that belongs to no portal",
            Skip::Cut => "cut when it was stored",
            Skip::TooLarge => "larger than `max_wire_bytes` of [fetch]",
            Skip::WrongDigest => "without the digest that it should have",
            Skip::Damaged => "damaged",
        }
    }
}

/// A page from an archive or a folder.
#[derive(Debug)]
pub(super) struct FoundPage {
    pub(super) portal: PortalId,
    /// The page. Its body is not decoded yet.
    pub(super) page: Page,
    /// The head of its response; absent if the page was stored without one.
    pub(super) head: Option<ResponseHead>,
}

/// Pages imported together.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) pages: Vec<FoundPage>,
    /// Number of the source's records that are done after this step.
    pub(super) records: i64,
    /// Number of bytes of the source that were read.
    pub(super) position: u64,
    pub(super) skipped: BTreeMap<Skip, u64>,
    pub(super) unknown_hosts: BTreeMap<String, u64>,
}

/// What to import.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    options: ImportOptions,
    scopes: Vec<(PortalId, Scope, bool)>,
    pub(super) max_block: u64,
}

impl Filter {
    pub(super) fn new(config: &Config, options: &ImportOptions) -> Filter {
        let scopes = config.portals.iter();
        let scopes =
            scopes.map(|portal| (portal.outlet.portal.clone(), portal.scope.clone(), portal.enabled)).collect();
        // A block also contains the head.
        Filter { options: options.clone(), scopes, max_block: config.fetch.max_wire_bytes + (1 << 20) }
    }

    /// Returns the portal of a page, or why it is not imported.
    pub(super) fn portal_of(&self, url: &PageUrl, fetched: Timestamp) -> Result<PortalId, Skip> {
        let options = &self.options;
        let is_wanted = (options.hosts.is_empty() || options.hosts.iter().any(|pattern| pattern.admits(url.host())))
            && options.since.is_none_or(|since| fetched >= since)
            && options.until.is_none_or(|until| fetched < until);
        if !is_wanted {
            return Err(Skip::NotWanted);
        }
        let ours = self.scopes.iter().filter(|(_, scope, _)| scope.admits(url) != ScopeDecision::ForeignHost);
        let portal =
            ours.min_by_key(|(_, scope, enabled)| (!scope.hosts.iter().any(|host| host == url.host()), !enabled));
        let portal = portal.map(|(portal, ..)| portal).or(options.portal.as_ref());
        portal.cloned().ok_or(Skip::UnknownHost)
    }
}

/// Collects steps from the records of an archive.
pub(super) struct Collector<'a> {
    filter: Filter,
    send: &'a Sender<Step>,
    /// Number of records that an earlier run completed.
    done: i64,
    records: i64,
    step: Step,
    bytes: usize,
    /// The portal, URL and time of the record that is read next.
    next: Option<(PortalId, PageUrl, Timestamp)>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(filter: Filter, done: i64, send: &'a Sender<Step>) -> Collector<'a> {
        Collector { filter, send, done, records: 0, step: Step::default(), bytes: 0, next: None }
    }

    pub(super) fn max_block(&self) -> u64 {
        self.filter.max_block
    }

    /// Whether an earlier run completed the next record.
    pub(super) fn is_done(&self) -> bool {
        self.records < self.done
    }

    /// Adds a page. Returns false if the receiver is gone.
    pub(super) fn add(&mut self, found: FoundPage) -> bool {
        self.bytes += found.page.body.len();
        self.step.pages.push(found);
        self.is_room() || self.flush()
    }

    pub(super) fn skip(&mut self, reason: Skip) {
        *self.step.skipped.entry(reason).or_default() += 1;
    }

    pub(super) fn skip_host(&mut self, url: &PageUrl, reason: Skip) {
        self.skip(reason);
        if reason == Skip::UnknownHost {
            *self.step.unknown_hosts.entry(url.host().to_owned()).or_default() += 1;
        }
    }

    /// Counts a record of the source.
    pub(super) fn pass(&mut self, position: u64) {
        self.records += 1;
        self.step.records = self.records;
        self.step.position = position;
    }

    pub(super) fn filter(&self) -> &Filter {
        &self.filter
    }

    fn is_room(&self) -> bool {
        let count: u64 = self.step.skipped.values().sum();
        self.step.pages.len() < STEP_PAGES && self.bytes < STEP_BYTES && count < STEP_RECORDS
    }

    /// Passes the step on. Returns false if the receiver is gone.
    pub(super) fn flush(&mut self) -> bool {
        self.bytes = 0;
        let step = std::mem::take(&mut self.step);
        step.records == 0 || self.send.blocking_send(step).is_ok()
    }

    fn target(&self, fields: &Fields) -> Result<(PortalId, PageUrl, Timestamp), (Skip, Option<PageUrl>)> {
        match fields.get("WARC-Type") {
            Some("response" | "resource") => {}
            Some("revisit") => return Err((Skip::Revisit, None)),
            _ => return Err((Skip::NotAPage, None)),
        }
        if fields.get("WARC-Truncated").is_some() {
            return Err((Skip::Cut, None));
        }
        let url = fields.uri("WARC-Target-URI").and_then(|url| PageUrl::parse(url).ok());
        let url = url.ok_or((Skip::NotAPage, None))?.without_fragment();
        let fetched = fields.get("WARC-Date").and_then(|date| date.parse().ok()).ok_or((Skip::Damaged, None))?;
        match self.filter.portal_of(&url, fetched) {
            Ok(portal) => Ok((portal, url, fetched)),
            Err(reason) => Err((reason, Some(url))),
        }
    }

    fn page(&mut self, fields: &Fields, block: Bytes) -> Result<FoundPage, Skip> {
        let (portal, final_url, fetched) = self.next.take().ok_or(Skip::NotAPage)?;
        // Our own archives store which address was requested if another one responded.
        let address = |name| fields.get(name).and_then(|url| PageUrl::parse(url).ok());
        let url = address(archive::REQUESTED).unwrap_or_else(|| final_url.clone());
        let exchanges = Vec::new();
        if fields.get("WARC-Type") == Some("resource") {
            let content_type = fields.get("Content-Type").map(str::to_owned);
            check_type(content_type.as_deref(), &block)?;
            check_digests(fields, &block, &block)?;
            let http = HttpFacts { status: 200, content_type, ..HttpFacts::default() };
            let page = Page { url, final_url, fetched, http, body: block, exchanges };
            return Ok(FoundPage { portal, page, head: None });
        }
        let head = ResponseHead::read(&block).ok_or(Skip::NotAPage)?;
        let (http, body) = (head.facts(), block.slice(head.length..));
        if !matches!(head.status, 200 | 203) {
            return Err(Skip::NotAPage);
        }
        check_type(http.content_type.as_deref(), &body)?;
        check_digests(fields, &block, &body)?;
        let http = HttpFacts { moved_to: address(archive::MOVED), ..http };
        let page = Page { url, final_url, fetched, http, body, exchanges };
        Ok(FoundPage { portal, page, head: Some(head) })
    }
}

impl Receiver for Collector<'_> {
    fn wants(&mut self, fields: &Fields) -> bool {
        self.next = None;
        if self.is_done() {
            return false;
        }
        match self.target(fields) {
            Ok(target) => self.next = Some(target),
            Err((reason, Some(url))) => self.skip_host(&url, reason),
            Err((reason, None)) => self.skip(reason),
        }
        self.next.is_some()
    }

    fn take(&mut self, found: Found, position: u64) -> bool {
        let is_done = self.is_done();
        self.pass(position);
        if is_done {
            return true;
        }
        let page = match found {
            Found::Record(fields, block) => self.page(&fields, block),
            Found::Skipped => return self.is_room() || self.flush(),
            Found::TooLarge => Err(Skip::TooLarge),
            Found::Damaged => Err(Skip::Damaged),
        };
        match page {
            Ok(page) => self.add(page),
            Err(reason) => {
                self.skip(reason);
                self.is_room() || self.flush()
            }
        }
    }
}

/// Refuses anything that is not HTML, judged by its type, or by its first bytes if it has none.
fn check_type(content_type: Option<&str>, body: &[u8]) -> Result<(), Skip> {
    let is_page = match content_type {
        Some(kind) => kind.to_ascii_lowercase().contains("html"),
        None => body.get(..512).unwrap_or(body).trim_ascii_start().starts_with(b"<"),
    };
    if is_page { Ok(()) } else { Err(Skip::NotAPage) }
}

/// Refuses a record that does not match its digest. Programs disagree about the payload of a chunked body, so its digest counts only if there is no
/// other.
fn check_digests(fields: &Fields, block: &[u8], payload: &[u8]) -> Result<(), Skip> {
    let holds = |name: &str, bytes: &[u8]| digest::verify(fields.get(name)?, &[bytes]);
    let holds = holds("WARC-Block-Digest", block).or_else(|| holds("WARC-Payload-Digest", payload));
    if holds == Some(false) { Err(Skip::WrongDigest) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_matched_by_name_and_below_it() {
        for (pattern, host, expect) in [
            ("baotinh.vn", "baotinh.vn", true),
            ("baotinh.vn", "www.baotinh.vn", false),
            ("*.baotinh.vn", "www.baotinh.vn", true),
            ("*.baotinh.vn", "baotinh.vn", true),
            ("*.tinh.vn", "baotinh.vn", false),
            ("*.VN", "baotinh.vn", true),
        ] {
            assert_eq!(HostPattern::parse(pattern).unwrap().admits(host), expect, "{pattern} {host}");
        }
        assert!(HostPattern::parse("http://a.vn/").is_err() && HostPattern::parse("*").is_err());
    }
}
