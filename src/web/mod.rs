//! What a service tells of itself on a loopback port: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever watches over it; and the
//! [`reader`], on a port of its own.

mod dates;
mod feeds;
mod greader;
mod guard;
mod host;
mod metrics;
mod port;
pub mod reader;
mod words;

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::archive::PageStore;
use crate::clock::Clock;
use crate::engine::Condition;
use crate::engine::Heartbeat;
use crate::engine::Setup;
use crate::store::Store;
use crate::web::guard::GuardedListener;
pub use crate::web::metrics::Metrics;

/// Connections at a time: a scraper, a probe and some people.
const MOST_CONNECTIONS: usize = 16;

/// Time between two tries to take the port: whatever holds it may let it go, and portals are visited meanwhile.
const PORT_PAUSE: Duration = Duration::from_mins(1);

/// The age of the engine's last beat up to which nobody asks for one: it wakes once a minute by itself.
const FRESH: Duration = Duration::from_secs(90);

/// Time that the engine has for a beat.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time for [`ask`] to connect and to be answered.
const ASK_PATIENCE: Duration = Duration::from_secs(2);

/// What is told of.
#[derive(Clone)]
pub struct Service {
    /// The database.
    pub store: Store,
    /// The raw pages.
    pub pages: PageStore,
    /// The time of day.
    pub clock: Clock,
    /// How the engine gets on and stands.
    pub heartbeat: Heartbeat,
    /// The configuration as it stands.
    pub setup: watch::Receiver<Setup>,
    /// What was counted.
    pub metrics: Arc<Metrics>,
}

/// Serves at an address for as long as the process lives. An address that is taken is tried again: visits do not wait for it.
pub fn serve(address: SocketAddr, service: Service) {
    tokio::spawn(async move {
        let listener = bind(address, "metrics are").await;
        tracing::info!("serving metrics and health at http://{address}");
        // It ends only where the listener does, which is never.
        let _ = axum::serve(GuardedListener::new(listener, MOST_CONNECTIONS), router(service)).await;
    });
}

/// Takes a port, as soon as it is free.
async fn bind(address: SocketAddr, what: &str) -> TcpListener {
    let mut told = false;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(error) if !told => {
                tracing::error!("{what} not served, cannot listen on {address}: {error}");
                told = true;
            }
            Err(_) => {}
        }
        tokio::time::sleep(PORT_PAUSE).await;
    }
}

fn router(service: Service) -> Router {
    let routes = Router::new().route("/metrics", get(metrics)).route("/healthz", get(health));
    let own_only = axum::middleware::from_fn_with_state(service.clone(), host::own_only);
    routes.route("/readyz", get(readiness)).layer(own_only).with_state(service)
}

/// Everything that is counted, and how everything stands.
async fn metrics(State(service): State<Service>, headers: HeaderMap) -> Response {
    let token = service.setup.borrow().config.metrics.token.clone();
    let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if token.is_some_and(|token| !sent.is_some_and(|sent| token.is(sent))) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "a token is missing\n")
            .into_response();
    }
    match service.metrics.render(&service).await {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

/// Whether the engine gets on; else it is of no use to wait for it.
async fn health(State(service): State<Service>) -> Response {
    let is_alive = service.heartbeat.age() < FRESH || service.heartbeat.ask(PATIENCE).await.is_some();
    if is_alive {
        return "alive\n".into_response();
    }
    let still = service.heartbeat.age().as_secs();
    (StatusCode::SERVICE_UNAVAILABLE, format!("no progress for {still} s\n")).into_response()
}

/// Whether portals are visited.
async fn readiness(State(service): State<Service>) -> Response {
    let condition = service.heartbeat.condition();
    let is_ready = condition == Condition::Running;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("{}\n", condition.in_words())).into_response()
}

/// Asks a service for one of its pages (HTTP/1.0, RFC 1945); returns the body, whatever the status.
///
/// # Errors
/// Where nobody answers in time.
pub fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, ASK_PATIENCE)?;
    stream.set_read_timeout(Some(ASK_PATIENCE))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(guard::MOST_ASKED).read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    body.ok_or_else(|| io::Error::other("this is no HTTP"))
}
