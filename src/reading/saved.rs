//! Pages that lie in files: nobody found them, and no server says anything of them.

use bytes::Bytes;
use jiff::Timestamp;

use crate::model::link::Discovery;
use crate::model::link::Hints;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::model::portal::SourceId;
use crate::url::PageUrl;

/// A saved page as if it had just been fetched.
pub fn page(url: PageUrl, body: impl Into<Bytes>, now: Timestamp) -> Page {
    let http = HttpFacts { status: 200, ..HttpFacts::default() };
    Page { url: url.clone(), final_url: url, fetched: now, http, body: body.into() }
}

/// A link that nobody found: what a saved page is read with.
pub fn link_to(url: &PageUrl) -> Link {
    let source = SourceId::new("file").unwrap_or_else(|_| unreachable!("a constant name"));
    let discovery = Discovery { source, kind: SourceKind::Listing, url: url.clone(), guid: None };
    Link { url: url.clone(), hints: Hints::default(), discovery }
}
