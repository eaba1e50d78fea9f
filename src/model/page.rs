//! An answer of a server, complete and decompressed.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::url::PageUrl;

/// A complete 200 answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What was asked for.
    pub url: PageUrl,
    /// Where the answer came from, after redirects.
    pub final_url: PageUrl,
    /// When the answer was complete.
    pub fetched: Timestamp,
    /// What HTTP said of it.
    pub http: HttpFacts,
    /// The decompressed body, in whatever charset it came.
    pub body: Bytes,
}

/// What HTTP said of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpFacts {
    /// The status of the final answer.
    pub status: u16,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// What to send back to ask whether the page changed.
    pub validators: Validators,
    /// The TLS version and profile used; absent for plain HTTP.
    pub tls: Option<String>,
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
    /// Whether the server gave none.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}
