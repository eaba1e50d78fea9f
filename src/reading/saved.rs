//! Pages in files, which have no source and no response of a server.

use bytes::Bytes;
use jiff::Timestamp;

use crate::extract;
use crate::html::document::Document;
use crate::model::link::Discovery;
use crate::model::link::Hints;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::model::portal::SourceId;
use crate::text::fingerprint;
use crate::url::PageUrl;

/// Returns a saved page as if it had just been fetched.
pub fn page(url: PageUrl, body: impl Into<Bytes>, now: Timestamp) -> Page {
    let http = HttpFacts { status: 200, ..HttpFacts::default() };
    Page { url: url.clone(), final_url: url, fetched: now, http, body: body.into(), exchanges: Vec::new() }
}

/// Like [`page`], for a page whose URL is unknown. The URL is the one that the page names itself, else one that cannot exist (RFC 2606), so that
/// links and ids can be made. `path` distinguishes the file from all others. `name` is its name, at which a URL may end. `document` is the parsed
/// body.
pub fn page_without_address(path: &str, name: &str, body: Bytes, document: &Document<'_>, now: Timestamp) -> Page {
    let nowhere = PageUrl::parse(NOWHERE).unwrap_or_else(|_| unreachable!("a constant address"));
    let folder = format!("{NOWHERE}{}/", letters(&fingerprint::hash_parts([path])));
    let in_folder = PageUrl::parse(&folder).and_then(|folder| folder.join(&format!("./{name}")));
    let nowhere = in_folder.unwrap_or(nowhere);
    page(extract::address_named(document, &nowhere).unwrap_or(nowhere), body, now)
}

const NOWHERE: &str = "https://unknown.invalid/";

/// Converts hexadecimal digits to letters: a URL may contain a date, and none must be found in a hash.
fn letters(hash: &str) -> String {
    let letter = |digit: char| digit.to_digit(16).and_then(|digit| char::from_digit(digit + 10, 36));
    hash.chars().filter_map(letter).take(16).collect()
}

/// Returns a link without a source, for reading a saved page.
pub fn link_to(url: &PageUrl) -> Link {
    let source = SourceId::new("file").unwrap_or_else(|_| unreachable!("a constant name"));
    let discovery = Discovery { source, kind: SourceKind::Listing, url: url.clone(), guid: None };
    Link { url: url.clone(), hints: Hints::default(), discovery }
}
