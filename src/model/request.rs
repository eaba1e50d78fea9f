//! Requests as plain data: discovery plans them, `fetch` sends them.

use serde::Deserialize;
use serde::Serialize;

use crate::url::PageUrl;

/// One HTTP request to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The URL.
    pub url: PageUrl,
    /// `GET`, or `POST` with its body.
    pub payload: Payload,
    /// The expected format, which decides the `Accept` header.
    pub expect: Expect,
}

/// The method and, for `POST`, the body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// `GET`.
    Get,
    /// `POST` of `application/x-www-form-urlencoded` pairs, in order.
    Form(Vec<(String, String)>),
    /// `POST` of `application/json`.
    Json(serde_json::Value),
}

/// The expected format of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// A page or a fragment of HTML.
    Html,
    /// RSS, Atom, RDF or JSON Feed.
    Feed,
    /// A sitemap or a sitemap index, possibly gzipped.
    Sitemap,
    /// JSON.
    Json,
    /// A file that an article offers for download.
    File,
}

impl Request {
    /// Creates a plain `GET` request.
    pub fn get(url: PageUrl, expect: Expect) -> Request {
        Request { url, payload: Payload::Get, expect }
    }

    /// Whether the request may be conditional: only a plain `GET` has validators.
    pub fn is_get(&self) -> bool {
        self.payload == Payload::Get
    }
}
