//! What a server was asked, and what it answered.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

/// One exchange. Header values are text in which bytes beyond ASCII stand for themselves (ISO-8859-1), so that none is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When the request came.
    pub begun: Timestamp,
    /// When the answer was sent.
    pub ended: Timestamp,
    /// The host asked.
    pub host: String,
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The request's headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The status; 0 where the connection was cut instead.
    pub status: u16,
    /// The answer's headers, names in lower case.
    pub answer: Vec<(String, String)>,
    /// The body, of robots.txt files and feeds.
    pub body: String,
}

impl Entry {
    /// The address without its scheme.
    pub fn url(&self) -> String {
        format!("{}{}", self.host, self.path)
    }

    /// A header of the request.
    pub fn asked_with(&self, name: &str) -> Option<&str> {
        value(&self.headers, name)
    }

    /// A header of the answer.
    pub fn answered_with(&self, name: &str) -> Option<&str> {
        value(&self.answer, name)
    }

    /// Whether it was asked whether the page changed.
    pub fn is_conditional(&self) -> bool {
        self.asked_with("if-none-match").is_some() || self.asked_with("if-modified-since").is_some()
    }

    /// Whether the answer is a failure: the connection was cut, or the status is an error.
    pub fn failed(&self) -> bool {
        self.status == 0 || self.status >= 400
    }

    /// `Retry-After` from the answer's end, of a status that asks to be left alone.
    pub fn rest(&self) -> Option<Duration> {
        let text = self.answered_with("retry-after").filter(|_| matches!(self.status, 429 | 503))?;
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
        Some(Duration::from_secs(until.saturating_sub(u64::try_from(self.ended.as_second()).unwrap_or(0))))
    }
}

fn value<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Bytes as text, each as the character of its number.
pub fn text_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
