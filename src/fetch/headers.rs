//! The headers of requests, and the meaning of response headers.

use std::time::Duration;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use jiff::Timestamp;
use url::form_urlencoded;

use crate::fetch::FetchError;
use crate::fetch::robots;
use crate::fetch::transport::WireRequest;
use crate::fetch::transport::WireResponse;
use crate::model::page::Validators;
use crate::model::request::Expect;
use crate::model::request::Payload;
use crate::url::PageUrl;

/// Maximum number of characters of a reference in a message.
const SHOWN: usize = 120;

/// Returns `Accept` for the expected format. It excludes nothing, since servers take it literally and return 406 or nothing at all.
pub(super) fn accept(expect: Expect) -> &'static str {
    match expect {
        Expect::Html => "text/html, application/xhtml+xml, */*;q=0.1",
        Expect::Feed => {
            "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
        }
        Expect::Sitemap => "application/xml, text/xml, application/gzip;q=0.9, */*;q=0.1",
        Expect::Json => "application/json, */*;q=0.1",
        Expect::File => "application/pdf, */*;q=0.5",
    }
}

/// Creates a request with all our headers: who we are, what we read, and nothing that only a browser would send.
pub(super) fn wire_request(
    user_agent: &str,
    accept: &str,
    url: &PageUrl,
    payload: &Payload,
    validators: Option<&Validators>,
) -> WireRequest {
    let mut headers = vec![
        ("user-agent".to_owned(), user_agent.as_bytes().to_vec()),
        ("accept".to_owned(), accept.as_bytes().to_vec()),
        ("accept-language".to_owned(), b"vi,en;q=0.5".to_vec()),
        ("accept-encoding".to_owned(), b"gzip, br".to_vec()),
    ];
    if let Some(validators) = validators {
        let pairs = [("if-none-match", &validators.etag), ("if-modified-since", &validators.last_modified)];
        headers.extend(pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))));
    }
    let (content_type, body) = match payload {
        Payload::Get => return WireRequest { headers, ..WireRequest::get(url.clone()) },
        Payload::Form(pairs) => ("application/x-www-form-urlencoded", form(pairs)),
        Payload::Json(value) => ("application/json", value.to_string()),
    };
    headers.push(("content-type".to_owned(), content_type.as_bytes().to_vec()));
    WireRequest { method: "POST", headers, body: Some(Bytes::from(body)), ..WireRequest::get(url.clone()) }
}

/// Creates a request for a robots.txt. It asks for no compression, so that the beginning can be read if the file is too long.
pub(super) fn robots_request(user_agent: &str, url: &PageUrl) -> WireRequest {
    let headers = [("user-agent", user_agent), ("accept", "text/plain, */*;q=0.1"), ("accept-encoding", "identity")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).to_vec();
    WireRequest { headers, enough: Some(robots::MAX_BYTES + 1), ..WireRequest::get(url.clone()) }
}

fn form(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Returns `ETag` and `Last-Modified` as sent.
pub(super) fn validators(response: &WireResponse) -> Validators {
    let value = |name| response.header(name).filter(|value| !value.is_empty()).map(<[u8]>::to_vec);
    Validators { etag: value("etag"), last_modified: value("last-modified") }
}

/// Returns the validators after a 304, which replaces those that it contains (RFC 9111, section 3.2).
pub(super) fn refreshed(known: &Validators, response: &WireResponse) -> Validators {
    let new = validators(response);
    Validators {
        etag: new.etag.or_else(|| known.etag.clone()),
        last_modified: new.last_modified.or_else(|| known.last_modified.clone()),
    }
}

/// Returns how long a response is fresh from now (RFC 9111, section 4.2): `max-age`, else `Expires` minus `Date`, minus the `Age` it already has.
/// None if it does not say, or must be revalidated. The value is not capped here.
pub(super) fn fresh_for(response: &WireResponse, now: Timestamp) -> Option<Duration> {
    let mut lifetime = None;
    for directive in response.headers("cache-control").flat_map(|value| value.split(|&byte| byte == b',')) {
        let directive = String::from_utf8_lossy(directive).trim().to_ascii_lowercase();
        match directive.split_once('=') {
            None if matches!(directive.as_str(), "no-cache" | "no-store") => return None,
            Some(("max-age", seconds)) => lifetime = lifetime.or(seconds_of(seconds.trim_matches('"'))),
            _ => {}
        }
    }
    let lifetime = lifetime.or_else(|| {
        let expires = date_of(response, "expires")?;
        let sent = date_of(response, "date").unwrap_or_else(|| u64::try_from(now.as_second()).unwrap_or(0));
        Some(expires.saturating_sub(sent))
    })?;
    let age = response.header("age").and_then(|value| seconds_of(std::str::from_utf8(value).ok()?)).unwrap_or(0);
    Some(Duration::from_secs(lifetime.saturating_sub(age))).filter(|fresh| !fresh.is_zero())
}

/// Reads a number of seconds. A number that is too large to represent becomes the largest one (RFC 9111, section 1.2.2).
fn seconds_of(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse::<u32>().unwrap_or(u32::MAX).into())
}

/// Reads a date header as seconds since 1970.
fn date_of(response: &WireResponse, name: &str) -> Option<u64> {
    let text = std::str::from_utf8(response.header(name)?).ok()?.trim();
    // All three name the same zone; RFC 9110 requires the first.
    let text = text.replace("UTC", "GMT").replace("+0000", "GMT");
    Some(httpdate::parse_http_date(&text).ok()?.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

/// Returns `Retry-After` as a time from `now`: seconds or a date (RFC 9110, section 10.2.3). Past dates give zero. The value is not capped here, but
/// fits into a `Timestamp`: 136 years at most.
pub(super) fn retry_after(response: &WireResponse, now: Timestamp) -> Option<Duration> {
    let text = std::str::from_utf8(response.header("retry-after")?).ok()?;
    // `120.5`, `120;`, `120, 60`: the meaning is clear, and waiting is more polite.
    let number = text.trim().split(['.', ',', ';', ' ']).next().unwrap_or_default();
    if let Some(seconds) = seconds_of(number) {
        return Some(Duration::from_secs(seconds));
    }
    let until = date_of(response, "retry-after")?;
    let wait = until.saturating_sub(u64::try_from(now.as_second()).unwrap_or(0));
    Some(Duration::from_secs(wait.min(u32::MAX.into())))
}

/// Returns the target of a redirect, without a fragment.
///
/// `Location` is bytes. The URL parser percent-encodes raw UTF-8; bytes that are not UTF-8 are percent-encoded unchanged.
///
/// # Errors
/// [`FetchError::BadRedirect`] if there is no `Location`, there are several, or it is not a URL of a page.
pub(super) fn location(response: &WireResponse, base: &PageUrl) -> Result<PageUrl, FetchError> {
    let status = response.status;
    let mut values = response.headers("location").map(<[u8]>::trim_ascii);
    let Some(value) = values.next().filter(|value| !value.is_empty()) else {
        return Err(FetchError::BadRedirect(format!("status {status} without Location")));
    };
    if values.any(|other| other != value) {
        return Err(FetchError::BadRedirect(format!("status {status} with two `Location` headers")));
    }
    let reference = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|&byte| escaped(byte)).collect(),
    };
    let refused = |error| FetchError::BadRedirect(format!("{:?}: {error}", beginning(&reference)));
    base.join(&reference).map(PageUrl::without_fragment).map_err(refused)
}

/// Returns the part of a reference that a message shows.
fn beginning(reference: &str) -> String {
    reference.chars().take(SHOWN).collect()
}

fn escaped(byte: u8) -> String {
    if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}
