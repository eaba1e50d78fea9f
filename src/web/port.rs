//! The port of the reader: its pages, and beside them the interface of apps.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::extract::State;
use axum::response::Response;
use tokio::net::TcpListener;

use crate::web::greader;
use crate::web::guard::GuardedListener;
use crate::web::reader;
use crate::web::reader::Reader;

/// Connections at a time: some tens of readers with some each.
const MOST_CONNECTIONS: usize = 256;

impl Reader {
    /// Serves on a port for as long as the process lives.
    pub async fn serve(self: Arc<Reader>, listener: TcpListener) {
        tokio::spawn(Arc::clone(&self).keep_up());
        let router = Router::new().fallback(answer).with_state(self);
        // It ends only where the listener does, which is never.
        let _ = axum::serve(GuardedListener::new(listener, MOST_CONNECTIONS), router).await;
    }

    /// Serves at an address. One that is taken is tried again: visits do not wait for it.
    pub fn start(self: Arc<Reader>, address: SocketAddr) {
        tokio::spawn(async move {
            let listener = crate::web::bind(address, "the reader is").await;
            tracing::info!("serving the reader at http://{address}");
            self.serve(listener).await;
        });
    }
}

async fn answer(State(reader): State<Arc<Reader>>, request: Request) -> Response {
    match greader::call(request.uri().path()) {
        Some(call) => greader::answer(&reader, &call, request).await,
        None => reader::answer(&reader, request).await,
    }
}
