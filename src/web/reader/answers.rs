//! Responses: their headers, conditional feeds, and error pages.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use jiff::Timestamp;
use maud::Markup;
use maud::html;

use crate::notify::NotifyError;
use crate::search::SearchError;
use crate::store::StoreError;
use crate::web::reader::frame;
use crate::web::reader::frame::Frame;
use crate::web::reader::frame::Tab;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// The media type of pages.
pub(super) const HTML: &str = "text/html; charset=utf-8";

/// Why a page cannot be shown.
#[derive(Debug)]
pub(in crate::web) enum Failure {
    NotFound,
    /// The address contains a part that the reader never writes.
    BadRequest,
    /// The answer took too long.
    Busy,
    Store(StoreError),
    Search(SearchError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Store(error)
    }
}

impl From<NotifyError> for Failure {
    fn from(error: NotifyError) -> Failure {
        match error {
            NotifyError::Store(error) | NotifyError::File { cause: error, .. } => Failure::Store(error),
            NotifyError::Bug(error) => Failure::Store(StoreError::Bug(error)),
        }
    }
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Failure {
        Failure::Search(error)
    }
}

/// A page that says what failed, what still works, and when to try again.
pub(super) fn failed(view: &View, failure: &Failure) -> Response {
    let (status, what, why) = match failure {
        Failure::NotFound => (StatusCode::NOT_FOUND, Word::NotFound, Word::NotFoundWhy),
        Failure::BadRequest => (StatusCode::BAD_REQUEST, Word::BadRequest, Word::NotFoundWhy),
        Failure::Busy => (StatusCode::SERVICE_UNAVAILABLE, Word::Busy, Word::FailedWhy),
        Failure::Store(_) | Failure::Search(_) => (StatusCode::SERVICE_UNAVAILABLE, Word::Failed, Word::FailedWhy),
    };
    if let Failure::Store(error) = failure {
        tracing::warn!("the reader cannot read the database: {error}");
    }
    if let Failure::Search(error) = failure {
        tracing::warn!("the reader cannot search: {error}");
    }
    problem(view, status, what, why)
}

/// A page that says that a mark was not set.
pub(super) fn not_marked(view: &View) -> Response {
    problem(view, StatusCode::SERVICE_UNAVAILABLE, Word::MarksFailed, Word::MarksFailedWhy)
}

/// A page that says that a form was not accepted.
pub(super) fn expired(view: &View) -> Response {
    problem(view, StatusCode::FORBIDDEN, Word::FormExpired, Word::FormExpiredWhy)
}

fn problem(view: &View, status: StatusCode, what: Word, why: Word) -> Response {
    let body = html! { div.narrow { (frame::empty(view, what, why)) p { a href="/" { (view.word(Word::Newest)) } } } };
    let frame = Frame { title: view.word(what), tab: Tab::Other, has_feeds: false };
    (status, page(&frame::page(view, &frame, &body))).into_response()
}

/// An HTML page. It shows the current time, so it has no validators.
pub(super) fn page(markup: &Markup) -> Response {
    let kind = [(header::CONTENT_TYPE, HTML), (header::CACHE_CONTROL, "private, no-cache")];
    (kind, markup.0.clone()).into_response()
}

/// A feed or a file, or "not modified" (RFC 9110, section 13).
pub(super) fn conditional(
    headers: &HeaderMap,
    kind: &'static str,
    modified: Option<Timestamp>,
    body: Vec<u8>,
) -> Response {
    let hash = blake3::hash(&body).to_hex();
    let etag = format!("\"{}\"", hash.get(..32).unwrap_or_default());
    let modified = modified.and_then(|at| u64::try_from(at.as_second()).ok()).filter(|seconds| *seconds > 0);
    let modified = modified.map(|seconds| std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds));
    let mut answer = Response::builder()
        .header(header::ETAG, &etag)
        .header(header::CACHE_CONTROL, "private, no-cache")
        .header(header::VARY, "Cookie");
    if let Some(modified) = modified {
        answer = answer.header(header::LAST_MODIFIED, httpdate::fmt_http_date(modified));
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // `If-None-Match` takes precedence over `If-Modified-Since`.
    let is_known = if let Some(known) = text(header::IF_NONE_MATCH) {
        known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag || one.trim() == "*")
    } else {
        let since = text(header::IF_MODIFIED_SINCE).and_then(|since| httpdate::parse_http_date(since).ok());
        since.zip(modified).is_some_and(|(since, modified)| modified <= since)
    };
    if is_known {
        return answer.status(StatusCode::NOT_MODIFIED).body(Body::empty()).unwrap_or_default();
    }
    answer.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap_or_default()
}

/// Redirects to another page, so that a reload does not submit the form again.
pub(super) fn see_other(to: &str) -> Response {
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// Sets a cookie for `seconds`; 0 removes it.
pub(super) fn set_cookie(response: &mut Response, view: &View, name: &str, value: &str, seconds: i64) {
    let secure = if view.is_secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Sets the headers that every answer has. `images`: the origins from which the page may load images.
pub(super) fn secure(response: &mut Response, images: &[String]) {
    let images: String = images.iter().flat_map(|origin| [" ", origin.as_str()]).collect();
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:{images}; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // One answer per connection: no client holds one, and none is closed in the middle of the next answer.
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
}
