//! The real network: reqwest over rustls, guarded, with nothing done behind our back.

use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use bytes::BytesMut;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use reqwest::header::TRANSFER_ENCODING;
use rustls::CertificateError;
use tokio::sync::Semaphore;

use crate::fetch::FetchError;
use crate::fetch::error::ON_THE_WIRE;
use crate::fetch::error::chain;
use crate::fetch::guard::Guard;
use crate::fetch::transport::Exchange;
use crate::fetch::transport::Transport;
use crate::fetch::transport::WireRequest;
use crate::fetch::transport::WireResponse;
use crate::model::settings::FetchSettings;
use crate::url::PageUrl;

/// A look-up's time; the system's resolver tries longer, on a thread of its own.
const DNS_TIMEOUT: Duration = Duration::from_secs(10);
/// Look-ups at the same time: a resolver that hangs holds a blocking thread for each.
const DNS_LOOKUPS: usize = 8;
/// Header lines of an answer; more than that is a fault. (The client's own limit, 100, is passed by real servers.)
const MAX_HEADERS: usize = 1_000;
/// Room set aside at once for a body whose length is announced.
const FIRST_ROOM: u64 = 1 << 20;

/// The network.
///
/// No redirects, cookies, `Referer`, proxies, decompression or repeated requests of the client's own accord. It bears with what
/// old servers send (folded and misnamed headers, blanks before colons), but an answer without a status line (HTTP/0.9) is an
/// error: whatever a broken server says would be a page.
pub struct Network {
    client: reqwest::Client,
    guard: Arc<Guard>,
    total_timeout: Duration,
    connect_timeout: Duration,
    max_wire_bytes: u64,
}

impl Network {
    /// Connects to nothing yet. Names are resolved by the system.
    ///
    /// # Errors
    /// [`FetchError::Setup`] where the settings cannot be read or the client cannot be built.
    pub fn new(settings: &FetchSettings) -> Result<Network, FetchError> {
        Network::with_lookup(settings, Arc::new(look_up_by_system))
    }

    /// As [`Network::new`], with another look-up of names behind the guard.
    ///
    /// # Errors
    /// As for [`Network::new`].
    pub fn with_lookup(settings: &FetchSettings, lookup: Arc<Lookup>) -> Result<Network, FetchError> {
        let guard = Arc::new(Guard::new(settings)?);
        let at_once = Arc::new(Semaphore::new(DNS_LOOKUPS));
        let resolver = Resolver { guard: Arc::clone(&guard), lookup, at_once };
        Ok(Network {
            client: client(settings, resolver)?,
            guard,
            total_timeout: settings.total_timeout,
            connect_timeout: settings.connect_timeout,
            max_wire_bytes: settings.max_wire_bytes,
        })
    }

    async fn exchange_within_deadline(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        self.guard.check_url(&request.url)?;
        let exchange = self.send_and_read(request);
        tokio::time::timeout(self.total_timeout, exchange)
            .await
            .unwrap_or_else(|_| Err(FetchError::Timeout { what: "the exchange".into(), limit: self.total_timeout }))
    }

    async fn send_and_read(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        let method = if request.method == "POST" { reqwest::Method::POST } else { reqwest::Method::GET };
        let mut builder = self.client.request(method, without_credentials(&request.url)?).headers(header_map(request));
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let response = builder.send().await.map_err(|error| self.explain(&error))?;
        if let Some(peer) = response.remote_addr() {
            self.guard.check_address(request.url.host(), peer.ip())?;
        }
        check_transfer_coding(response.headers())?;
        let status = response.status().as_u16();
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        let tls = (request.url.as_url().scheme() == "https").then(|| TLS_PROFILE.to_owned());
        let body =
            if response.status().is_success() { self.read(response, request.enough).await? } else { Bytes::new() };
        Ok(WireResponse { status, headers, body, tls })
    }

    /// Reads the body to its end, unless it is too large. The client tells a body that ends before its length or last chunk.
    async fn read(&self, mut response: reqwest::Response, enough: Option<usize>) -> Result<Bytes, FetchError> {
        let too_large = FetchError::TooLarge { what: ON_THE_WIRE, limit: self.max_wire_bytes };
        let announced = response.content_length().unwrap_or(0);
        if announced > self.max_wire_bytes && enough.is_none() {
            return Err(too_large);
        }
        let mut body = BytesMut::with_capacity(usize::try_from(announced.min(FIRST_ROOM)).unwrap_or(0));
        while let Some(chunk) = response.chunk().await.map_err(|error| self.explain(&error))? {
            if body.len() as u64 + chunk.len() as u64 > self.max_wire_bytes {
                return Err(too_large);
            }
            body.extend_from_slice(&chunk);
            if enough.is_some_and(|enough| body.len() >= enough) {
                break;
            }
        }
        Ok(body.freeze())
    }

    /// Finds the reason among the sources of the client's error.
    fn explain(&self, error: &reqwest::Error) -> FetchError {
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(source) = next {
            if let Some(known) = known_reason(source) {
                return known;
            }
            next = source.source();
        }
        let text = chain(error);
        if error.is_timeout() {
            return FetchError::Timeout { what: "connecting".into(), limit: self.connect_timeout };
        }
        if error.is_connect() {
            return FetchError::Connect(text);
        }
        if is_about_the_end(error) { FetchError::Cut(text) } else { FetchError::Malformed(text) }
    }
}

impl Transport for Network {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        Box::pin(self.exchange_within_deadline(request))
    }

    fn admit(&self, url: &PageUrl) -> Result<(), FetchError> {
        self.guard.check_url(url)
    }
}

/// Certificates are checked against the system's and Mozilla's roots; TLS 1.2 and 1.3.
const TLS_PROFILE: &str = "verified";

#[expect(clippy::disallowed_methods, reason = "this is the one place that builds clients")]
fn client(settings: &FetchSettings, resolver: Resolver) -> Result<reqwest::Client, FetchError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls_config()?)
        .dns_resolver(Arc::new(resolver))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .pool_max_idle_per_host(1)
        .http1_max_headers(MAX_HEADERS)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .build()
        .map_err(|error| FetchError::Setup(chain(&error)))
}

/// The system's roots and Mozilla's: a container often has none, and an administrator may have added some.
fn tls_config() -> Result<rustls::ClientConfig, FetchError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| FetchError::Setup(chain(&error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// A name and password in an address would be sent as `Authorization`; nobody gave them to us to use.
fn without_credentials(url: &PageUrl) -> Result<url::Url, FetchError> {
    let mut url = url.as_url().clone();
    let refuse = |()| FetchError::BadRedirect("the address carries a password".into());
    url.set_username("").map_err(refuse)?;
    url.set_password(None).map_err(refuse)?;
    Ok(url)
}

/// Headers whose bytes cannot stand in a header are left out.
fn header_map(request: &WireRequest) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}

/// The client undoes `chunked` where it is the last coding, and takes the body to the connection's end where it is not, chunk
/// sizes and all (RFC 9112, section 6.3). Such a body is no page.
fn check_transfer_coding(headers: &HeaderMap) -> Result<(), FetchError> {
    let values = headers.get_all(TRANSFER_ENCODING).iter();
    let names = values.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let mut names: Vec<_> = names.map(|name| name.trim_ascii().to_ascii_lowercase()).collect();
    names.retain(|name| !name.is_empty());
    if names.iter().all(|name| name == b"identity") || names.last().is_some_and(|name| name == b"chunked") {
        return Ok(());
    }
    let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name)).collect();
    Err(FetchError::Malformed(format!("transfer coding `{}`", names.join(", "))))
}

fn known_reason(source: &(dyn std::error::Error + 'static)) -> Option<FetchError> {
    if let Some(own) = source.downcast_ref::<FetchError>() {
        return Some(own.clone());
    }
    if let Some(tls) = source.downcast_ref::<rustls::Error>() {
        return Some(FetchError::Tls(explain_tls(tls)));
    }
    let inner = source.downcast_ref::<io::Error>()?.get_ref()?;
    known_reason(inner)
}

/// In words, with what to tell the portal's operator where the server is at fault.
fn explain_tls(error: &rustls::Error) -> String {
    let advice = match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the server's certificate chain is incomplete, or its issuer is not trusted"
        }
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the server's certificate has expired"
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "the server's certificate is for another host",
        rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_) => {
            "the server offers no TLS version and cipher that are still safe"
        }
        _ => return error.to_string(),
    };
    format!("{advice}: {error}")
}

/// Whether the connection ended too early, and not the answer was wrong. The client's own error says it in words only.
fn is_about_the_end(error: &reqwest::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        if source.is::<io::Error>() {
            return true;
        }
        let text = source.to_string();
        if ["closed", "end of file", "before message", "canceled", "reset"].iter().any(|sign| text.contains(sign)) {
            return true;
        }
        next = source.source();
    }
    error.is_body()
}

/// The system's resolver behind the guard and the operator's `resolve` table.
///
/// The client connects to just these addresses, so a name that answers differently the next time gains nothing. It is not asked
/// for hosts that are IP addresses: those [`Guard::check_url`] sees. No cache: a visit keeps its connection.
#[derive(Clone)]
struct Resolver {
    guard: Arc<Guard>,
    lookup: Arc<Lookup>,
    at_once: Arc<Semaphore>,
}

/// Gives a name's addresses; it may block.
pub type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

fn look_up_by_system(host: &str) -> io::Result<Vec<IpAddr>> {
    Ok((host, 0).to_socket_addrs()?.map(|found| found.ip()).collect())
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl Resolver {
    async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, FetchError> {
        if let Some(to) = self.guard.override_of(host) {
            return Ok(vec![to]);
        }
        let all = self.look_up(host).await?;
        let (admitted, denied): (Vec<_>, Vec<_>) = all.into_iter().partition(|&found| self.guard.admits(found));
        if !admitted.is_empty() {
            // Port 0 stands for the one of the address or its scheme.
            return Ok(admitted.into_iter().map(|found| SocketAddr::new(found, 0)).collect());
        }
        let address = denied.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
        if address.is_empty() {
            return Err(FetchError::Dns { host: host.to_owned(), detail: "no address".into() });
        }
        Err(FetchError::BlockedAddress { host: host.to_owned(), address })
    }

    /// The permit is held until the look-up is done, also when nobody waits for it any more.
    async fn look_up(&self, host: &str) -> Result<Vec<IpAddr>, FetchError> {
        let failed = |detail: String| FetchError::Dns { host: host.to_owned(), detail };
        let (lookup, name) = (Arc::clone(&self.lookup), host.to_owned());
        let looking = async {
            let permit = Arc::clone(&self.at_once).acquire_owned().await;
            let blocking = move || {
                let found = lookup(&name);
                drop(permit);
                found
            };
            tokio::task::spawn_blocking(blocking).await
        };
        match tokio::time::timeout(DNS_TIMEOUT, looking).await {
            Err(_) => Err(FetchError::Timeout { what: format!("resolving {host}"), limit: DNS_TIMEOUT }),
            Ok(Err(ended)) => Err(failed(ended.to_string())),
            Ok(Ok(found)) => found.map_err(|error| failed(error.to_string())),
        }
    }
}
