//! Visitors: who may read what, login and logout, and the public files.

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use url::form_urlencoded;

use crate::model::secret::Secret;
use crate::web::host;
use crate::web::reader;
use crate::web::reader::Reader;
use crate::web::reader::access;
use crate::web::reader::access::Attempt;
use crate::web::reader::access::KeyUse;
use crate::web::reader::answers;
use crate::web::reader::login;
use crate::web::reader::marks;
use crate::web::reader::view::Format;
use crate::web::reader::view::View;
use crate::web::words::Word;

const STYLE: &str = include_str!("style.css");
const KEYS: &str = include_str!("keys.js");

/// Maximum bytes of a form.
const MOST_FORM: usize = 8 * 1024;

/// Time to submit the login form, in seconds.
const FORM: i64 = 3600;

/// The realm of Basic authentication.
const BASIC: &str = "Basic realm=\"tintinh\", charset=\"UTF-8\"";

/// The message for requests whose host name is not this machine's.
const HINT: &str = "ask by address (127.0.0.1), as localhost or by a name without dots; behind a proxy, set `password_file` or `public` in \
    [web]\n";

/// The answer to a request, and the origins from which it may load images.
pub(super) async fn answer(reader: &Reader, mut view: View, request: Request) -> (Response, Vec<String>) {
    let web = reader.config().web.clone();
    if web.password.is_none() && !web.public && !host::names_this_machine(&request) {
        return ((StatusCode::MISDIRECTED_REQUEST, HINT).into_response(), Vec::new());
    }
    let (parts, body) = request.into_parts();
    let is_post = parts.method == Method::POST;
    if !is_post && parts.method != Method::GET && parts.method != Method::HEAD {
        return ((StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response(), Vec::new());
    }
    let file =
        |kind, text: &str| (answers::conditional(&parts.headers, kind, None, text.as_bytes().to_vec()), Vec::new());
    match (is_post, parts.uri.path()) {
        (false, "/style.css") => return file("text/css; charset=utf-8", STYLE),
        (false, "/keys.js") => return file("text/javascript; charset=utf-8", KEYS),
        _ => {}
    }
    if !web.public && web.password.is_none() {
        view.form = Some(reader.access.token(&view.visitor));
    }
    let sent = if is_post { sent(body).await } else { Vec::new() };
    let Some(password) = web.password.filter(|_| !web.public) else {
        let is_mark = view.form.is_some() && parts.uri.path() == "/mark";
        let response = match is_post {
            false => return reader::admitted(reader, &view, &parts.headers).await,
            true if is_mark && reader.access.is_token(&view.visitor, value(&sent, "token")) => {
                marks::set(reader, &view, &sent).await
            }
            true if is_mark => answers::expired(&view),
            true => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        };
        return (response, Vec::new());
    };
    if is_post {
        return (posted(reader, &view, &password, &sent).await, Vec::new());
    }
    if parts.uri.path() == "/login" {
        return (form(reader, &view, None, StatusCode::OK), Vec::new());
    }
    match admit(reader, &mut view, &password, &parts.headers).await {
        Ok(()) => reader::admitted(reader, &view, &parts.headers).await,
        Err(refusal) => (*refusal, Vec::new()),
    }
}

/// Admits a session, a password or, for feeds, their key. Otherwise answers how to get in.
async fn admit(reader: &Reader, view: &mut View, password: &Secret, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let session = view.cookies.get("session").filter(|session| reader.access.is_session(password, session, view.now));
    if let Some(session) = session {
        view.logout = Some(reader.access.token(session));
        view.form.clone_from(&view.logout);
        view.feed_key = feed_key(password).await;
        return Ok(());
    }
    if let Some(given) = access::basic(headers) {
        return match reader.access.attempt(password, &given, view.now) {
            Attempt::Right => Ok(()),
            Attempt::Wrong => Err(Box::new(unauthorized())),
            Attempt::Refused => Err(Box::new(StatusCode::TOO_MANY_REQUESTS.into_response())),
        };
    }
    if view.format != Format::Page {
        if let Some(given) = view.asked("key").map(str::to_owned)
            && let Some(key) = feed_key(password).await
            && Secret::new(key.clone()).is(given.as_bytes())
        {
            view.feed_key = Some(key);
            return Ok(());
        }
        return Err(Box::new(unauthorized()));
    }
    let to = view.with(&[]);
    Err(Box::new(answers::see_other(&super::view::address("/login", &[("to", &to)]))))
}

async fn feed_key(password: &Secret) -> Option<String> {
    key(password, KeyUse::Feeds).await
}

/// The key for apps.
pub(in crate::web) async fn app_key(password: &Secret) -> Option<String> {
    key(password, KeyUse::Apps).await
}

async fn key(password: &Secret, purpose: KeyUse) -> Option<String> {
    let password = password.clone();
    tokio::task::spawn_blocking(move || access::key(&password, purpose)).await.ok()
}

fn unauthorized() -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, BASIC)], "a password is needed\n").into_response()
}

/// The login page, with a token bound to a cookie.
fn form(reader: &Reader, view: &View, problem: Option<Word>, status: StatusCode) -> Response {
    let kept = access::random();
    let to = view.asked("to").map_or("/", login::own_place);
    let page = login::page(view, problem, &reader.access.token(&kept), to);
    let mut response = (status, answers::page(&page)).into_response();
    answers::set_cookie(&mut response, view, "form", &kept, FORM);
    response
}

/// The fields that a form sent.
async fn sent(body: Body) -> Vec<(String, String)> {
    let form = axum::body::to_bytes(body, MOST_FORM).await.unwrap_or_default();
    form_urlencoded::parse(&form).into_owned().collect()
}

fn value<'a>(form: &'a [(String, String)], key: &str) -> &'a str {
    form.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value.as_str())
}

/// Handles a submitted form.
async fn posted(reader: &Reader, view: &View, password: &Secret, form: &[(String, String)]) -> Response {
    let sent = |key: &str| value(form, key);
    let kept = |name: &str| view.cookies.get(name).map_or("", String::as_str);
    match view.path.as_str() {
        "/logout" if reader.access.is_token(kept("session"), sent("token")) => {
            let mut response = answers::see_other("/login");
            answers::set_cookie(&mut response, view, "session", "", 0);
            response
        }
        "/mark"
            if reader.access.is_session(password, kept("session"), view.now)
                && reader.access.is_token(kept("session"), sent("token")) =>
        {
            marks::set(reader, view, form).await
        }
        "/mark" => answers::expired(view),
        "/login" if !reader.access.is_token(kept("form"), sent("token")) => {
            self::form(reader, view, Some(Word::FormExpired), StatusCode::FORBIDDEN)
        }
        "/login" => match reader.access.attempt(password, sent("password").as_bytes(), view.now) {
            Attempt::Right => {
                let mut response = answers::see_other(login::own_place(sent("to")));
                let session = reader.access.session(password, view.now);
                answers::set_cookie(&mut response, view, "session", &session, access::SESSION);
                answers::set_cookie(&mut response, view, "form", "", 0);
                response
            }
            Attempt::Wrong => self::form(reader, view, Some(Word::WrongPassword), StatusCode::FORBIDDEN),
            Attempt::Refused => self::form(reader, view, Some(Word::TooManyLogins), StatusCode::TOO_MANY_REQUESTS),
        },
        _ => StatusCode::FORBIDDEN.into_response(),
    }
}
