//! What is asked of a server, as plain data: discovery plans it, `fetch` sends it.

use serde::Deserialize;
use serde::Serialize;

use crate::url::PageUrl;

/// One HTTP request to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Where to.
    pub url: PageUrl,
    /// `GET`, or `POST` with what it carries.
    pub payload: Payload,
    /// What is expected back; decides the `Accept` header.
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

/// What kind of answer is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// A page or a fragment of HTML.
    Html,
    /// RSS, Atom, RDF or JSON Feed.
    Feed,
    /// A sitemap or a sitemap index, maybe gzipped.
    Sitemap,
    /// JSON.
    Json,
}

impl Request {
    /// A plain `GET`.
    pub fn get(url: PageUrl, expect: Expect) -> Request {
        Request { url, payload: Payload::Get, expect }
    }

    /// Whether the answer may be asked for conditionally: only what is plainly got has validators.
    pub fn is_get(&self) -> bool {
        self.payload == Payload::Get
    }
}
