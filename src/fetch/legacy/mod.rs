//! Requests to servers whose TLS rustls refuses: OpenSSL with hyper's HTTP/1 on top, and the same guard and limits.

mod handshake;

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::client::conn::http1;
use hyper::client::conn::http1::SendRequest;
use hyper::header::HOST;
use hyper::header::HeaderValue;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Host;

use crate::fetch::FetchError;
use crate::fetch::error::CONNECTING;
use crate::fetch::error::FIRST_BYTE;
use crate::fetch::error::cause;
use crate::fetch::legacy::handshake::Handshakes;
use crate::fetch::legacy::handshake::LegacyConnection;
use crate::fetch::resolver::Resolver;
use crate::fetch::tls::chain::Issuers;
use crate::fetch::transport::WireRequest;
use crate::fetch::transport::WireResponse;
use crate::fetch::wire;
use crate::fetch::wire::Limits;
use crate::model::tls::TlsMode;
use crate::model::tls::TlsSettings;
use crate::url::PageUrl;

/// The OpenSSL part of the network.
pub(super) struct Legacy {
    resolver: Resolver,
    limits: Limits,
    handshakes: Handshakes,
}

/// The target of a connection, and its profile.
#[derive(Debug)]
struct Server {
    host: String,
    port: u16,
    tls: Arc<TlsSettings>,
}

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Its TLS, for the record.
    tls: String,
    address: Option<IpAddr>,
}

impl Legacy {
    pub(super) fn new(resolver: Resolver, issuers: Arc<Issuers>, limits: Limits) -> Legacy {
        Legacy { resolver, limits, handshakes: Handshakes::new(issuers) }
    }

    pub(super) async fn exchange(&self, wire: &WireRequest) -> Result<WireResponse, FetchError> {
        let server = Server::of(wire);
        let request = as_request(wire)?;
        // The sender must live until the body is read, because the connection ends with it.
        let mut connection = self.connect(&server).await?;
        let response = self.within_first_byte(connection.sender.send_request(request)).await?;
        let response = response.map_err(|error| explain(&error))?;
        let headers = wire::checked_headers(response.headers())?;
        let status = response.status().as_u16();
        let framing = wire::framing(response.version(), response.headers());
        let tls = Some(connection.tls);
        let address = connection.address;
        let status_line = wire::status_line(response.version(), response.status(), response.extensions());
        let (mut body, mut cut) = (Bytes::new(), None);
        if response.status().is_success() {
            let explain = |error| explain(&error);
            (body, cut) = wire::read_body(self.limits, response.into_body(), framing, wire.enough, explain).await;
        }
        Ok(WireResponse { status, headers, body, framing, tls, address, status_line, is_http2: false, cut })
    }

    /// Returns the certificates that a server sent when its chain was refused.
    pub(super) fn chain_of(&self, request: &WireRequest) -> Option<Vec<Vec<u8>>> {
        self.handshakes.refused_chain(request.url.host())
    }

    async fn within_first_byte<T>(&self, sending: impl Future<Output = T>) -> Result<T, FetchError> {
        let limit = self.limits.first_byte;
        let late = |_| FetchError::Timeout { what: FIRST_BYTE.into(), limit };
        tokio::time::timeout(limit, sending).await.map_err(late)
    }

    /// Connects, with TLS as old as the server needs.
    async fn connect(&self, server: &Server) -> Result<Connection, FetchError> {
        let limit = self.limits.connect;
        let late = |_| FetchError::Timeout { what: CONNECTING.into(), limit };
        let LegacyConnection { stream, tls } =
            tokio::time::timeout(limit, self.secure(server)).await.map_err(late)??;
        let address = stream.get_ref().peer_addr().ok().map(|peer| peer.ip());
        let made = http1::Builder::new()
            .max_headers(wire::MAX_HEADERS)
            .allow_obsolete_multiline_headers_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .handshake(TokioIo::new(stream))
            .await;
        let (sender, connection) = made.map_err(|error| explain(&error))?;
        // It ends when the sender is dropped or the server closes. The request reports its errors.
        tokio::spawn(connection);
        Ok(Connection { sender, tls, address })
    }

    /// Tries the levels in turn, each over a new connection.
    async fn secure(&self, server: &Server) -> Result<LegacyConnection, FetchError> {
        let level = self.handshakes.level(&server.host);
        match self.handshakes.shake_hands(&server.host, &server.tls, level, self.dial(server).await?).await {
            Err(FetchError::Tls { fault, .. }) if level > 0 && handshake::may_be_the_level(fault) => {
                self.handshakes.shake_hands(&server.host, &server.tls, 0, self.dial(server).await?).await
            }
            shaken => shaken,
        }
    }

    /// Tries each address of the host, in the resolver's order.
    async fn dial(&self, server: &Server) -> Result<TcpStream, FetchError> {
        let addresses = self.addresses(&server.host).await?;
        let each = self.limits.connect / u32::try_from(addresses.len().max(1)).unwrap_or(1);
        let mut last = "no address".to_owned();
        for address in addresses {
            let to = SocketAddr::new(address.ip(), server.port_at(address));
            match tokio::time::timeout(each, TcpStream::connect(to)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => last = format!("{to} did not answer"),
            }
        }
        Err(FetchError::Connect(last))
    }

    /// Returns the addresses of a host. The guard has already checked hosts that are IP addresses.
    async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, FetchError> {
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => self.resolver.guard.check_address(host, address).map(|()| vec![SocketAddr::new(address, 0)]),
            Err(_) => self.resolver.addresses(host).await,
        }
    }
}

/// Whether a request uses OpenSSL.
pub(super) fn is_for(request: &WireRequest) -> bool {
    request.tls.mode != TlsMode::Modern && request.url.as_url().scheme() == "https"
}

impl Server {
    fn of(wire: &WireRequest) -> Server {
        let url = wire.url.as_url();
        let host = wire.url.host().to_owned();
        Server { host, port: url.port_or_known_default().unwrap_or(443), tls: Arc::clone(&wire.tls) }
    }

    /// Returns the port. The port of an address in the operator's table is used if the URL names none.
    fn port_at(&self, address: SocketAddr) -> u16 {
        if self.port == 443 && address.port() != 0 { address.port() } else { self.port }
    }
}

/// Converts the request to origin form, with the matching `Host`.
fn as_request(wire: &WireRequest) -> Result<Request<Full<Bytes>>, FetchError> {
    let url = wire::without_credentials(&wire.url)?;
    let malformed = |error: &dyn std::error::Error| FetchError::Malformed(format!("the address: {error}"));
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let body = Full::new(wire.body.clone().unwrap_or_default());
    let mut request =
        Request::builder().method(wire.method).uri(target).body(body).map_err(|error| malformed(&error))?;
    *request.headers_mut() = wire::header_map(wire);
    let host = HeaderValue::from_str(&host_with_port(&wire.url)).map_err(|error| malformed(&error))?;
    request.headers_mut().insert(HOST, host);
    Ok(request)
}

fn host_with_port(url: &PageUrl) -> String {
    let host = match url.as_url().host() {
        Some(Host::Ipv6(address)) => format!("[{address}]"),
        _ => url.host().to_owned(),
    };
    url.as_url().port().map_or(host.clone(), |port| format!("{host}:{port}"))
}

fn explain(error: &hyper::Error) -> FetchError {
    let text = cause(error);
    if error.is_incomplete_message() || error.is_closed() || error.is_canceled() || has_io_source(error) {
        return FetchError::Cut(text);
    }
    FetchError::Malformed(text)
}

fn has_io_source(error: &hyper::Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}
