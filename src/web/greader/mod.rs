//! The Google Reader API, with which existing apps list, read, mark and star articles (`docs/apps.md`). It is served at `/api/greader.php`, as in
//! `FreshRSS`, and at `/`.
//!
//! A portal is a feed, its province a folder, a watch a tag. A stream lists each story once. Apps log in with the reader's password and then send a
//! key derived from it, so they stay logged in when the service restarts. Without a password, apps may send any, and only this machine is answered.
//! Every call needs a header that only an app sends: no web page can make a browser send it.

mod access;
mod atom;
mod edits;
mod items;
mod lists;
mod request;
mod stream;
mod xml;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde_json::Value;

use crate::marks::MarkError;
use crate::store::StoreError;
use crate::web::greader::request::Asked;
use crate::web::reader;
use crate::web::reader::Failure;
use crate::web::reader::Reader;

/// Where `FreshRSS` serves the interface.
const PREFIX: &str = "/api/greader.php";

/// Maximum size of a form in bytes: the ids of 10,000 articles.
const MOST_FORM: usize = 1 << 20;

/// Time limit for an answer, or for its first part.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a call is refused.
#[derive(Debug)]
enum Refusal {
    /// Part of the request is invalid.
    Bad(String),
    /// There is no such call.
    NotFound,
    /// Not supported here, with the reason.
    NotHere(&'static str),
    /// The app must log in or get a new token.
    Unauthorized,
    Failed(String),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::Failed(error.to_string())
    }
}

impl From<MarkError> for Refusal {
    fn from(error: MarkError) -> Refusal {
        Refusal::Failed(error.to_string())
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Refusal {
        Refusal::Failed(format!("{failure:?}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Refusal::Bad(what) => (StatusCode::BAD_REQUEST, format!("this is not understood: {what}\n")),
            Refusal::NotFound => (StatusCode::NOT_FOUND, "there is no such call\n".to_owned()),
            Refusal::NotHere(why) => (StatusCode::FORBIDDEN, format!("{why}\n")),
            Refusal::Unauthorized => (StatusCode::UNAUTHORIZED, "Unauthorized\n".to_owned()),
            Refusal::Failed(error) => {
                tracing::warn!("an app was not answered: {error}");
                (StatusCode::SERVICE_UNAVAILABLE, "the database could not be read; try again\n".to_owned())
            }
        };
        (status, text).into_response()
    }
}

/// The name of the call at a path, if the path belongs to this interface.
pub(super) fn call(path: &str) -> Option<String> {
    let decoded = request::decoded(path);
    if let Some(rest) = decoded.strip_prefix(PREFIX) {
        return (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_matches('/').to_owned());
    }
    let rest = decoded.strip_prefix('/')?;
    ["accounts/", "reader/"].iter().any(|start| rest.starts_with(start)).then(|| rest.to_owned())
}

/// Answers a call.
pub(super) async fn answer(reader: &Arc<Reader>, call: &str, request: Request) -> Response {
    let mut response = match tokio::time::timeout(PATIENCE, answered(reader, call, request)).await {
        Ok(done) => done.unwrap_or_else(IntoResponse::into_response),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the server is busy; try again\n").into_response(),
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        let bad = header::HeaderValue::from_static("true");
        response.headers_mut().insert("x-reader-google-bad-token", bad);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-store"));
    reader::secure(&mut response);
    response
}

async fn answered(reader: &Arc<Reader>, call: &str, request: Request) -> Result<Response, Refusal> {
    let web = reader.config().web.clone();
    let admission = access::Admission::new(&web, &request)?;
    match call {
        "" => return Ok("OK".into_response()),
        "check/compatibility" => return Ok("PASS".into_response()),
        _ => {}
    }
    let asked = Asked::read(request).await?;
    if call == "accounts/ClientLogin" {
        return admission.log_in(reader, &asked).await;
    }
    admission.check(&asked).await?;
    let call = call.strip_prefix("reader/").ok_or(Refusal::NotFound)?;
    if let Some(stream) = call.strip_prefix("atom/") {
        return stream::atom(reader, &asked, stream).await;
    }
    let call = call.strip_prefix("api/0/").ok_or(Refusal::NotFound)?;
    if let Some(stream) = call.strip_prefix("stream/contents") {
        return stream::contents(reader, &asked, stream.trim_start_matches('/')).await;
    }
    match call {
        "token" => Ok(admission.token().await.into_response()),
        "user-info" => Ok(asked.answer(&lists::user())),
        "subscription/list" => Ok(asked.answer(&lists::subscriptions(reader, &asked))),
        "tag/list" => Ok(asked.answer(&lists::tags(reader))),
        "unread-count" => Ok(asked.answer(&lists::unread(reader).await?)),
        "preference/list" => Ok(asked.answer(&serde_json::json!({ "prefs": [] }))),
        "preference/stream/list" => Ok(asked.answer(&serde_json::json!({ "streamprefs": {} }))),
        "stream/items/ids" => Ok(asked.answer(&stream::ids(reader, &asked).await?)),
        "stream/items/contents" => stream::items(reader, &asked).await,
        // Calls that change something must use POST.
        "edit-tag" | "mark-all-as-read" if asked.method != Method::POST => {
            Ok((StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response())
        }
        "edit-tag" => edits::edit(reader, &asked).await.map(|()| "OK".into_response()),
        "mark-all-as-read" => edits::mark_all(reader, &asked).await.map(|()| "OK".into_response()),
        "subscription/quickadd" => Ok(asked.answer(&lists::not_added(&asked))),
        "subscription/edit" | "subscription/import" | "rename-tag" | "disable-tag" => {
            Err(Refusal::NotHere(lists::READ_ONLY))
        }
        _ => Err(Refusal::NotFound),
    }
}

/// A value in the format that the app asked for.
fn formatted(value: &Value, is_xml: bool) -> Response {
    if is_xml {
        return ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], xml::of(value)).into_response();
    }
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], value.to_string()).into_response()
}
