//! Pages and sources for the tests of the readers.

use bytes::Bytes;
use jiff::Timestamp;

use super::*;
use crate::model::page::HttpFacts;
use crate::text::date;
use crate::text::date::Dated;
use crate::text::date::Precision;

pub(super) fn url(text: &str) -> PageUrl {
    PageUrl::parse(text).unwrap()
}

pub(super) fn source(reader: Reader) -> Source {
    Source { id: SourceId::new("test").unwrap(), max_pages: 5, section: None, reader }
}

pub(super) fn page(url: &PageUrl, body: impl AsRef<[u8]>) -> Page {
    Page {
        url: url.clone(),
        final_url: url.clone(),
        fetched: Timestamp::UNIX_EPOCH,
        http: HttpFacts { status: 200, ..HttpFacts::default() },
        body: Bytes::copy_from_slice(body.as_ref()),
        exchanges: Vec::new(),
    }
}

/// Reads the body as the source's first page.
pub(super) fn read_first(reader: Reader, body: impl AsRef<[u8]>) -> Found {
    let source = source(reader);
    let step = source.first_step();
    read(&source, &step, &page(&step.request.url, body))
}

/// Formats a date to its precision: `2021-03-15` or `2021-03-15T08:05`.
pub(super) fn shown(dated: Option<&Dated>) -> String {
    let Some(dated) = dated else { return "-".to_owned() };
    let full = date::rfc3339(dated.at);
    let length = if dated.precision == Precision::Day { 10 } else { 16 };
    full.get(..length).unwrap_or_default().to_owned()
}

/// Formats the links as `path | title | date`.
pub(super) fn rows(found: &Found) -> Vec<String> {
    let row = |link: &Link| {
        let url = &link.url.as_url()[url::Position::BeforePath..];
        format!("{url} | {} | {}", link.hints.title.as_deref().unwrap_or("-"), shown(link.hints.date.as_ref()))
    };
    found.links.iter().map(row).collect()
}

/// Returns the URLs of the next steps.
pub(super) fn next_urls(found: &Found) -> Vec<&str> {
    found.next.iter().map(|step| step.request.url.as_str()).collect()
}
