//! Converts pages to archive records and back.
//!
//! A fetched page is a `response` with its `request`, after those of the redirects that led to it. A page that came within its source is a
//! `resource`. Facts without a standard field are stored in fields that begin with `Tintinh-`.

use std::io;
use std::net::IpAddr;

use bytes::Bytes;
use jiff::Timestamp;

use crate::archive::warc::digest;
use crate::archive::warc::fields::Fields;
use crate::archive::warc::fields::invalid;
use crate::archive::warc::http::ResponseHead;
use crate::archive::warc::member;
use crate::archive::warc::member::Record;
use crate::model::exchange::Exchange;
use crate::model::exchange::Truncation;
use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::text::fingerprint;
use crate::url::PageUrl;

/// The field with the requested URL, if another one responded.
pub const REQUESTED: &str = "Tintinh-Requested-URI";
/// The field with the URL to which the requested one has moved permanently.
pub const MOVED: &str = "Tintinh-Moved-To";
/// The TLS version and profile.
const TLS: &str = "Tintinh-TLS";
/// Why the page may be incomplete although it was accepted.
const DOUBT: &str = "Tintinh-Doubt";

const RESPONSE: &str = "application/http;msgtype=response";
const REQUEST: &str = "application/http;msgtype=request";
const WARC_FIELDS: &str = "application/warc-fields";

/// The profiles of `revisit` records (WARC 1.1, section 6.7).
const SAME_PAYLOAD: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
const NOT_MODIFIED: &str = "http://netpreserve.org/warc/1.1/revisit/server-not-modified";

/// What a file says about itself, including which parts of the heads are rebuilt.
const ABOUT: &str = "Header names are in lower case, headers of one name stand together, and folded lines are joined, since the HTTP client does not \
    pass on the bytes of heads; values are as received. Chunked framing is removed, and its headers have the prefix x-orig-. Content codings are kept. \
    Heads of HTTP/2 are written as those of HTTP/1.1, with WARC-Protocol: h2.";

/// Maximum bytes of a decoded body that are read back.
pub(super) const MAX_BODY: u64 = 256 << 20;

/// Records to append together.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) bytes: Vec<u8>,
    /// The offset of the record with the page.
    pub(super) page_at: usize,
    /// The id of that record.
    pub(super) record_id: String,
}

/// An earlier response, to which a `revisit` can refer.
#[derive(Debug, Clone)]
pub(super) struct Original(Fields);

impl Original {
    /// Creates one from a record's fields. None if it is not a complete response.
    pub(super) fn of(fields: Fields) -> Option<Original> {
        let is_whole = fields.get("WARC-Type") == Some("response") && fields.get("WARC-Truncated").is_none();
        is_whole.then_some(Original(fields))
    }

    /// Returns when the response arrived.
    pub(super) fn at(&self) -> Option<Timestamp> {
        self.0.get("WARC-Date")?.parse().ok()
    }

    /// Returns the id of its record.
    pub(super) fn record_id(&self) -> &str {
        self.0.get("WARC-Record-ID").unwrap_or_default()
    }

    /// Whether the page is this same response, read back. Its moment is then the same and its request is unknown.
    pub(super) fn is_source_of(&self, page: &Page) -> bool {
        let is_read_back = page.exchanges.last().is_some_and(|last| last.request.is_empty());
        is_read_back && self.at() == Some(page.fetched) && self.is_same(page)
    }

    /// Whether the page came from the same URLs with the same bytes.
    pub(super) fn is_same(&self, page: &Page) -> bool {
        let Some(last) = page.exchanges.last().filter(|last| !last.body.is_empty()) else { return false };
        let requested = self.0.get(REQUESTED).or(self.0.get("WARC-Target-URI"));
        self.0.get("WARC-Target-URI") == Some(page.final_url.as_str())
            && requested == Some(page.url.as_str())
            && self.0.get("WARC-Payload-Digest") == Some(&digest::sha1(&[&last.body]))
    }
}

/// Returns the first record of a file.
pub(super) fn about(file: &str, now: Timestamp) -> io::Result<Vec<u8>> {
    let text = Fields::default()
        .with("software", concat!("tintinh/", env!("CARGO_PKG_VERSION")))
        .with("format", "WARC File Format 1.1")
        .with("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/")
        .with("robots", "obey")
        .with("description", ABOUT);
    let text = text.to_lines();
    let fields = Fields::default()
        .with("WARC-Type", "warcinfo")
        .with("WARC-Record-ID", record_id(&["warcinfo", file, &nanos(now)]))
        .with("WARC-Date", date(now))
        .with("WARC-Filename", file)
        .with("WARC-Block-Digest", digest::sha1(&[text.as_bytes()]))
        .with("Content-Type", WARC_FIELDS);
    member::write(&fields, &[text.as_bytes()])
}

/// Returns a page's records.
pub(super) fn of_page(page: &Page) -> io::Result<Entry> {
    let mut entry = Entry::default();
    let Some((last, redirects)) = page.exchanges.split_last() else { return resource(page) };
    for redirect in redirects {
        entry.put_exchange(redirect, Fields::default())?;
    }
    let extra = Fields::default()
        .with_some(REQUESTED, (page.url != page.final_url).then(|| page.url.as_str()))
        .with_some(MOVED, page.http.moved_to.as_ref().map(PageUrl::as_str))
        .with_some(TLS, page.http.tls.clone())
        .with_some(DOUBT, page.http.doubt.clone());
    entry.put_exchange(last, extra)?;
    Ok(entry)
}

/// Returns the records of exchanges that did not give a page.
pub(super) fn of_exchanges(exchanges: &[Exchange]) -> io::Result<Entry> {
    let mut entry = Entry::default();
    for exchange in exchanges {
        entry.put_exchange(exchange, Fields::default())?;
    }
    Ok(entry)
}

/// Returns the records of a response that repeats an earlier one, either with the same payload or as a 304.
pub(super) fn of_repeated(exchanges: &[Exchange], original: &Original) -> io::Result<Entry> {
    let mut entry = Entry::default();
    let Some((last, redirects)) = exchanges.split_last() else { return Ok(entry) };
    for redirect in redirects {
        entry.put_exchange(redirect, Fields::default())?;
    }
    let Original(known) = original;
    let is_not_modified = ResponseHead::read(&last.head).is_some_and(|head| head.status == 304);
    let reference = Fields::default()
        .with("WARC-Profile", if is_not_modified { NOT_MODIFIED } else { SAME_PAYLOAD })
        .with_some("WARC-Refers-To", known.get("WARC-Record-ID"))
        .with_some("WARC-Refers-To-Target-URI", known.get("WARC-Target-URI"))
        .with_some("WARC-Refers-To-Date", known.get("WARC-Date"))
        .with_some("WARC-Payload-Digest", known.get("WARC-Payload-Digest"));
    let id = id_of("revisit", &last.url, last.at, known.get("WARC-Payload-Digest").unwrap_or_default());
    entry.page_at = entry.bytes.len();
    // Replay programs answer with the head in the revisit. If it is that of a 304, they show no page, so that head is stored separately.
    let block: &[&[u8]] = if is_not_modified { &[] } else { &[&last.head] };
    entry.put("revisit", &id, last, reference, RESPONSE, block)?;
    if is_not_modified {
        let concurrent = Fields::default().with("WARC-Concurrent-To", &id);
        let lines = last.head.strip_suffix(b"\r\n").unwrap_or(&last.head);
        let id = record_id(&["metadata", &id]);
        entry.put("metadata", &id, last, concurrent, WARC_FIELDS, &[b"status-line: ", lines])?;
    }
    entry.put_request(last, &id)?;
    entry.record_id = id;
    Ok(entry)
}

/// Returns a record that links one of our records to the page it was read from.
pub(super) fn of_reading(
    url: &PageUrl,
    response: &str,
    facts: &[(&str, String)],
    now: Timestamp,
) -> io::Result<Vec<u8>> {
    let text = facts.iter().fold(Fields::default(), |text, (name, value)| text.with(name, value)).to_lines();
    let fields = Fields::default()
        .with("WARC-Type", "metadata")
        .with("WARC-Record-ID", record_id(&["metadata", response, &text]))
        .with("WARC-Date", date(now))
        .with("WARC-Target-URI", url.as_str())
        .with("WARC-Concurrent-To", response)
        .with("WARC-Block-Digest", digest::sha1(&[text.as_bytes()]))
        .with("Content-Type", WARC_FIELDS);
    member::write(&fields, &[text.as_bytes()])
}

fn resource(page: &Page) -> io::Result<Entry> {
    let digest = digest::sha1(&[&page.body]);
    let id = id_of("resource", &page.final_url, page.fetched, &digest);
    let fields = Fields::default()
        .with("WARC-Type", "resource")
        .with("WARC-Record-ID", &id)
        .with("WARC-Date", date(page.fetched))
        .with("WARC-Target-URI", page.final_url.as_str())
        .with_some(REQUESTED, (page.url != page.final_url).then(|| page.url.as_str()))
        .with("WARC-Block-Digest", &digest)
        .with("WARC-Payload-Digest", &digest)
        .with("Content-Type", page.http.content_type.as_deref().unwrap_or("text/html"));
    let bytes = member::write(&fields, &[&page.body])?;
    Ok(Entry { bytes, page_at: 0, record_id: id })
}

impl Entry {
    fn put_exchange(&mut self, exchange: &Exchange, extra: Fields) -> io::Result<()> {
        let digest = digest::sha1(&[&exchange.body]);
        let id = id_of("response", &exchange.url, exchange.at, &digest);
        let extra = Fields::default()
            .with_some("WARC-Truncated", exchange.truncated.map(Truncation::name))
            .and(extra)
            .with("WARC-Payload-Digest", digest);
        self.page_at = self.bytes.len();
        self.put("response", &id, exchange, extra, RESPONSE, &[&exchange.head, &exchange.body])?;
        self.put_request(exchange, &id)?;
        self.record_id = id;
        Ok(())
    }

    fn put_request(&mut self, exchange: &Exchange, response: &str) -> io::Result<()> {
        // The request is unknown for a page that was read back. Its first record has it.
        if exchange.request.is_empty() {
            return Ok(());
        }
        let extra = Fields::default().with("WARC-Concurrent-To", response);
        self.put("request", &record_id(&["request", response]), exchange, extra, REQUEST, &[&exchange.request])
    }

    fn put(
        &mut self,
        kind: &str,
        id: &str,
        exchange: &Exchange,
        extra: Fields,
        content_type: &str,
        block: &[&[u8]],
    ) -> io::Result<()> {
        let fields = Fields::default()
            .with("WARC-Type", kind)
            .with("WARC-Record-ID", id)
            .with("WARC-Date", date(exchange.at))
            .with("WARC-Target-URI", exchange.url.as_str())
            .with_some("WARC-IP-Address", exchange.address.map(|address| address.to_string()))
            .with_some("WARC-Protocol", exchange.is_http2.then_some("h2"))
            .with("WARC-Block-Digest", digest::sha1(block))
            .and(extra)
            .with("Content-Type", content_type);
        self.bytes.extend(member::write(&fields, block)?);
        Ok(())
    }
}

/// Returns the page in a record.
pub(super) fn page_in(record: Record) -> io::Result<Page> {
    let Record { fields, block } = record;
    let kind = fields.get("WARC-Type").unwrap_or("record of no type");
    if !matches!(kind, "response" | "resource") {
        return Err(invalid(format!("the record is a {kind}, not a page")));
    }
    if let Some(reason) = fields.get("WARC-Truncated") {
        return Err(invalid(format!("the page is cut ({reason})")));
    }
    let address = |name| fields.get(name).map(PageUrl::parse).transpose().map_err(|error| invalid(error.to_string()));
    let final_url = address("WARC-Target-URI")?.ok_or_else(|| invalid("the record has no URI"))?;
    let url = address(REQUESTED)?.unwrap_or_else(|| final_url.clone());
    let fetched = fields.get("WARC-Date").and_then(|date| date.parse().ok());
    let fetched = fetched.ok_or_else(|| invalid("the record has no date"))?;
    if fields.get("WARC-Block-Digest").is_some_and(|digest| digest::verify(digest, &[&block]) == Some(false)) {
        return Err(invalid("the record does not have its digest"));
    }
    let block = Bytes::from(block);
    if kind == "resource" {
        let content_type = fields.get("Content-Type").map(str::to_owned);
        let http = HttpFacts { status: 200, content_type, ..HttpFacts::default() };
        return Ok(Page { url, final_url, fetched, http, body: block, exchanges: Vec::new() });
    }
    let head = ResponseHead::read(&block).ok_or_else(|| invalid("the record has no response"))?;
    let (top, wire) = (block.slice(..head.length), block.slice(head.length..));
    let body = head.decode(wire.clone(), MAX_BODY).map_err(|error| invalid(error.to_string()))?;
    let http = HttpFacts {
        moved_to: address(MOVED)?,
        tls: fields.get(TLS).map(str::to_owned),
        doubt: fields.get(DOUBT).map(str::to_owned),
        ..head.facts()
    };
    let exchange = Exchange {
        url: final_url.clone(),
        at: fetched,
        request: Bytes::new(),
        head: top,
        body: wire,
        address: fields.get("WARC-IP-Address").and_then(|address| address.parse::<IpAddr>().ok()),
        is_http2: fields.get("WARC-Protocol") == Some("h2"),
        truncated: None,
    };
    Ok(Page { url, final_url, fetched, http, body, exchanges: vec![exchange] })
}

/// Returns the id of a record that shows what a URL sent, derived from the digest of its payload.
fn id_of(kind: &str, url: &PageUrl, at: Timestamp, digest: &str) -> String {
    record_id(&[kind, url.as_str(), &nanos(at), digest])
}

/// Returns the id of a record: a UUID of version 8 (RFC 9562), derived from a hash.
fn record_id(parts: &[&str]) -> String {
    let hash = fingerprint::hash_parts(parts.iter().copied());
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!("<urn:uuid:{}-{}-8{}-a{}-{}>", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// Formats a moment for a record, to the second.
fn date(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

fn nanos(at: Timestamp) -> String {
    at.as_nanosecond().to_string()
}
