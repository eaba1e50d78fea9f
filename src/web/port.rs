//! The reader's port: its pages and the interface for apps.

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

/// Maximum connections at a time: tens of readers with several each.
const MOST_CONNECTIONS: usize = 256;

impl Reader {
    /// Serves on a port for the life of the process.
    pub async fn serve(self: Arc<Reader>, listener: TcpListener) {
        tokio::spawn(Arc::clone(&self).keep_up());
        let router = Router::new().fallback(answer).with_state(self);
        // It ends only with the listener, which never ends.
        let _ = axum::serve(GuardedListener::new(listener, MOST_CONNECTIONS), router).await;
    }

    /// Serves at an address. If the address is in use, it retries; visits do not wait for it.
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
