//! Which requests the port answers: those that use an address, `localhost` or a name of the local network as the host, and those with the token.
//!
//! Every program on the machine can reach the port, including a browser. A web page whose owner points its name at 127.0.0.1 (DNS rebinding) could
//! read what is served as if it were its own. Its browser then sends that name as `Host`.

use std::net::IpAddr;

use axum::extract::Request;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;

use crate::web::Service;

/// The message for all other requests.
const HINT: &str = "ask by address (127.0.0.1), as localhost or by a name without dots, or set `token` in [metrics]; a proxy must send \
    such a `Host`, not its own visitor's\n";

/// Answers only requests that name this machine. If a token is set, the token protects instead: no web page knows it.
pub(super) async fn own_only(State(service): State<Service>, request: Request, next: Next) -> Response {
    if service.setup.borrow().config.metrics.token.is_some() {
        return next.run(request).await;
    }
    if names_this_machine(&request) {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, HINT).into_response()
    }
}

/// Whether the request names this machine in a way that no web page can.
pub(super) fn names_this_machine(request: &Request) -> bool {
    let asked = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().unwrap_or_default());
    let target = request.uri().authority().map(Authority::as_str);
    // A request with neither (HTTP/1.0) does not come from a browser.
    asked.chain(target).all(is_own)
}

/// An address cannot be made to point elsewhere, `localhost` is the machine's own (RFC 6761), and nobody can register a name without dots.
fn is_own(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let is_local = !name.is_empty() && (!name.contains('.') || name.ends_with(".localhost"));
    address.is_ok() || is_local
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_localhost_are_own() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:9464",
            "[::1]:9464",
            "10.0.0.7:80",
            "localhost",
            "LocalHost.:9464",
            "a.localhost",
            "tin-server:9464",
        ] {
            assert!(is_own(host), "{host}");
        }
        for host in [
            "",
            "tin.example",
            "tin.example:9464",
            "127.0.0.1.tin.example",
            "localhost.tin.example",
            "not.localhost.example",
            "a b",
        ] {
            assert!(!is_own(host), "{host}");
        }
    }
}
