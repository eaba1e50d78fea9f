//! What a service publishes on a loopback port: `/metrics` for Prometheus, `/healthz` and `/readyz` for supervisors. The [`reader`] has a port of its
//! own.

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

/// Maximum connections at a time: a scraper, a probe and a few people.
const MOST_CONNECTIONS: usize = 16;

/// Pause between two attempts to bind the port. Its holder may release it, and visits go on meanwhile.
const PORT_PAUSE: Duration = Duration::from_mins(1);

/// Age up to which the engine's last beat is fresh enough: the engine wakes once a minute by itself.
const FRESH: Duration = Duration::from_secs(90);

/// How long the engine may take to answer with a beat.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time limit of [`ask`] to connect and get an answer.
const ASK_PATIENCE: Duration = Duration::from_secs(2);

/// The state that a service publishes.
#[derive(Clone)]
pub struct Service {
    /// The database.
    pub store: Store,
    /// The raw pages.
    pub pages: PageStore,
    /// The time of day.
    pub clock: Clock,
    /// Whether the engine makes progress, and its state.
    pub heartbeat: Heartbeat,
    /// The current configuration.
    pub setup: watch::Receiver<Setup>,
    /// The counters.
    pub metrics: Arc<Metrics>,
}

/// Serves at an address for the life of the process. If the address is in use, it retries; visits do not wait for it.
pub fn serve(address: SocketAddr, service: Service) {
    tokio::spawn(async move {
        let listener = bind(address, "metrics are").await;
        tracing::info!("serving metrics and health at http://{address}");
        // It ends only with the listener, which never ends.
        let _ = axum::serve(GuardedListener::new(listener, MOST_CONNECTIONS), router(service)).await;
    });
}

/// Binds a port as soon as it is free.
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

/// Answers with all counters and the current state.
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

/// Whether the engine makes progress. If it does not, waiting does not help.
async fn health(State(service): State<Service>) -> Response {
    let is_alive = service.heartbeat.age() < FRESH || service.heartbeat.ask(PATIENCE).await.is_some();
    if is_alive {
        return "alive\n".into_response();
    }
    let still = service.heartbeat.age().as_secs();
    (StatusCode::SERVICE_UNAVAILABLE, format!("no progress for {still} s\n")).into_response()
}

/// Whether portals are being visited.
async fn readiness(State(service): State<Service>) -> Response {
    let condition = service.heartbeat.condition();
    let is_ready = condition == Condition::Running;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("{}\n", condition.in_words())).into_response()
}

/// Asks a service for one of its pages (HTTP/1.0, RFC 1945). Returns the body, whatever the status.
///
/// # Errors
/// If nobody answers in time.
pub fn ask(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, ASK_PATIENCE)?;
    stream.set_read_timeout(Some(ASK_PATIENCE))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(guard::MOST_ASKED).read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    body.ok_or_else(|| io::Error::other("this is no HTTP"))
}
