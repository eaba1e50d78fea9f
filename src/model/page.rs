//! A server's response, complete and decompressed.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::model::exchange::Exchange;
use crate::url::PageUrl;

/// A complete 200 response.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The requested URL.
    pub url: PageUrl,
    /// The URL that responded, after redirects.
    pub final_url: PageUrl,
    /// When the response was complete.
    pub fetched: Timestamp,
    /// The HTTP metadata.
    pub http: HttpFacts,
    /// The decompressed body, in its original charset.
    pub body: Bytes,
    /// What went over the wire: the redirects, then the response with this body. Empty for a page that was not fetched.
    pub exchanges: Vec<Exchange>,
}

/// The HTTP metadata of a response.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpFacts {
    /// The status of the final response.
    pub status: u16,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// The validators of the final URL, for conditional requests.
    pub validators: Validators,
    /// How long the response is fresh (`Cache-Control: max-age`, `Expires`), minus the age it already had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh_for: Option<Duration>,
    /// The target of 301 and 308 redirects before any other redirect: the URL has moved there permanently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<PageUrl>,
    /// The TLS version and profile used; absent for plain HTTP.
    pub tls: Option<String>,
    /// Why the body may be incomplete although it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<String>,
}

/// A server's validators: opaque bytes, echoed exactly (RFC 9110, section 8.8), so they are kept as bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// `ETag`, with its quotes and `W/` as sent.
    pub etag: Option<Vec<u8>>,
    /// `Last-Modified`, not parsed.
    pub last_modified: Option<Vec<u8>>,
}

impl Validators {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// Validators with the URL that gave them. They are sent only to this URL: after a redirect, the final one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revalidation {
    /// The URL that gave them.
    pub url: PageUrl,
    /// Its validators.
    pub validators: Validators,
}

impl Revalidation {
    /// Creates it from a response; None if the server sent no validators.
    pub fn new(url: &PageUrl, validators: &Validators) -> Option<Revalidation> {
        (!validators.is_empty()).then(|| Revalidation { url: url.clone(), validators: validators.clone() })
    }
}

/// A response that says that the page has not changed (304).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchanged {
    /// The URL that responded.
    pub url: PageUrl,
    /// The validators for the next request: the known ones, updated by the response.
    pub validators: Validators,
    /// See [`HttpFacts::fresh_for`].
    pub fresh_for: Option<Duration>,
    /// See [`HttpFacts::moved_to`].
    pub moved_to: Option<PageUrl>,
    /// As [`Page::exchanges`].
    pub exchanges: Vec<Exchange>,
}
