//! A request and its response as they went over the wire: the evidence of what was served where and when.

use std::net::IpAddr;

use bytes::Bytes;
use jiff::Timestamp;

use crate::url::PageUrl;

/// A request and its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The requested URL.
    pub url: PageUrl,
    /// When the response was complete.
    pub at: Timestamp,
    /// The request's head and body; empty if unknown.
    pub request: Bytes,
    /// The response's status line and headers with the empty line that ends them.
    pub head: Bytes,
    /// The response's body with its content coding. Chunked framing is removed.
    pub body: Bytes,
    /// The server's address.
    pub address: Option<IpAddr>,
    /// Whether it was HTTP/2, which has no status line.
    pub is_http2: bool,
    /// Why the body is incomplete.
    pub truncated: Option<Truncation>,
}

/// Why a body is incomplete (WARC 1.1, section 5.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncation {
    /// It has more bytes than are accepted.
    Length,
    /// It took too long.
    Time,
    /// The connection ended.
    Disconnect,
    /// It was not read.
    Unspecified,
}

impl Truncation {
    /// All reasons with their names.
    pub const NAMES: [(&str, Truncation); 4] = [
        ("length", Truncation::Length),
        ("time", Truncation::Time),
        ("disconnect", Truncation::Disconnect),
        ("unspecified", Truncation::Unspecified),
    ];

    /// Returns the name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("unspecified", |(name, _)| name)
    }
}
