//! Serves one site over HTTP, with delays, conditional requests and compression.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::SystemTime;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::demo::site::Reply;
use crate::demo::site::Site;
use crate::demo::site::SiteRequest;
use crate::demo::story::Stage;
use crate::demo::story::Story;

/// Maximum number of bytes of a request's body. The sites' forms are short.
const MAX_REQUEST_BODY: usize = 64 * 1024;

/// What all sites share.
#[derive(Debug)]
pub(crate) struct ServerState {
    delay: Duration,
    later: AtomicBool,
}

impl ServerState {
    pub(crate) fn new(delay: Duration) -> ServerState {
        ServerState { delay, later: AtomicBool::new(false) }
    }

    pub(crate) fn advance(&self) {
        self.later.store(true, Ordering::SeqCst);
    }

    fn stage(&self) -> Stage {
        if self.later.load(Ordering::SeqCst) { Stage::Later } else { Stage::First }
    }
}

/// One site with its stories in both states.
#[derive(Debug)]
pub(crate) struct Server {
    site: &'static Site,
    shared: Arc<ServerState>,
    first: Vec<Story>,
    later: Vec<Story>,
}

/// Serves requests until `stopped` becomes true or its sender is dropped.
pub(crate) async fn serve(server: Arc<Server>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let router = Router::new().fallback(answer).with_state(server);
    let stop = async move {
        // An error means that the sender was dropped, which has the same effect.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    // axum's accept loop only ends by the signal, so its result is not needed.
    let _ = axum::serve(listener, router).with_graceful_shutdown(stop).await;
}

impl Server {
    pub(crate) fn new(site: &'static Site, shared: Arc<ServerState>) -> Server {
        Server { site, shared, first: site.stories(Stage::First), later: site.stories(Stage::Later) }
    }

    fn reply(&self, ask: &SiteRequest) -> Reply {
        let stories = match self.shared.stage() {
            Stage::First => &self.first,
            Stage::Later => &self.later,
        };
        self.site.reply(ask, stories)
    }
}

async fn answer(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_REQUEST_BODY).await.unwrap_or_default();
    tokio::time::sleep(server.shared.delay).await;
    let reply = server.reply(&SiteRequest::new(head.method.as_str(), head.uri.path(), head.uri.query(), &body));
    respond(reply, &head.headers, server.site.gzip)
}

fn respond(reply: Reply, asked: &HeaderMap, gzip: bool) -> Response {
    let etag = reply.etag.then(|| format!("\"{}\"", &blake3::hash(&reply.body).to_hex()[..20]));
    let modified = reply.modified.map(httpdate::fmt_http_date);
    let unchanged = reply.status == 200 && is_unchanged(asked, etag.as_deref(), reply.modified);
    // One connection for one request, as on many portals.
    let mut response = Response::builder()
        .status(if unchanged { 304 } else { reply.status })
        .header(header::SERVER, "Microsoft-IIS/8.5")
        .header(header::CONNECTION, "close");
    let validators = [(header::ETAG, etag), (header::LAST_MODIFIED, modified), (header::LOCATION, reply.location)];
    for (name, value) in validators {
        if let Some(value) = value {
            response = response.header(name, value);
        }
    }
    if unchanged {
        return response.body(Body::empty()).unwrap_or_default();
    }
    response = response.header(header::CONTENT_TYPE, reply.kind);
    let body = if gzip && accepts_gzip(asked) {
        response = response.header(header::CONTENT_ENCODING, "gzip").header(header::VARY, "Accept-Encoding");
        gzipped(&reply.body)
    } else {
        reply.body
    };
    response.body(Body::from(body)).unwrap_or_default()
}

/// Whether the client's copy is current. `If-None-Match` has precedence over `If-Modified-Since` (RFC 9110, section 13.2.2).
fn is_unchanged(asked: &HeaderMap, etag: Option<&str>, modified: Option<SystemTime>) -> bool {
    let text = |name| asked.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    if let Some(known) = text(header::IF_NONE_MATCH) {
        return etag.is_some_and(|etag| known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag));
    }
    let since = text(header::IF_MODIFIED_SINCE).and_then(|since| httpdate::parse_http_date(since).ok());
    matches!((since, modified), (Some(since), Some(modified)) if modified <= since)
}

fn accepts_gzip(asked: &HeaderMap) -> bool {
    asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"))
}

/// Compresses as gzip (RFC 1952).
pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into a vector cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
