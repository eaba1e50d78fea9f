//! The real network, guarded, with nothing done behind our back: rustls by reqwest, OpenSSL for those whose TLS is older.

use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use bytes::BytesMut;
use http_body_util::BodyExt;
use hyper::body::Body;
use reqwest::Version;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use reqwest::header::CONTENT_LENGTH;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use reqwest::header::TRANSFER_ENCODING;
use tokio::sync::Semaphore;

use crate::fetch::FetchError;
use crate::fetch::error::EXCHANGE;
use crate::fetch::error::LOOK_UP;
use crate::fetch::error::NEXT_PIECE;
use crate::fetch::error::ON_THE_WIRE;
use crate::fetch::guard::Guard;
#[cfg(feature = "legacy-tls")]
use crate::fetch::legacy;
use crate::fetch::modern::Modern;
use crate::fetch::tls::chain;
use crate::fetch::tls::chain::Issuers;
use crate::fetch::transport::Exchange;
use crate::fetch::transport::Framing;
use crate::fetch::transport::Transport;
use crate::fetch::transport::WireRequest;
use crate::fetch::transport::WireResponse;
use crate::model::settings::FetchSettings;
use crate::url::PageUrl;

/// A look-up's time; the system's resolver tries longer, on a thread of its own.
const DNS_TIMEOUT: Duration = Duration::from_secs(10);
/// Look-ups at the same time: a resolver that hangs holds a blocking thread for each.
const DNS_LOOKUPS: usize = 8;
/// Header lines of an answer at most; more than that is a fault. The clients' own limit, 100, is passed by real servers; room for all of
/// them is made for each answer.
pub const MAX_HEADERS: usize = 256;
/// Bytes of an answer's head at most.
pub const MAX_HEADER_BYTES: usize = 256 << 10;
/// Room set aside at once for a body whose length is announced.
const FIRST_ROOM: u64 = 1 << 20;
/// Time to fetch an issuer's certificate.
const ISSUER_TIMEOUT: Duration = Duration::from_secs(15);

/// The network.
///
/// Each request has a connection of its own. A server may close an idle one at the very moment at which a request goes out on it, and nobody
/// can tell whether it was read (RFC 9112, section 9.3.1). Apache closes after 5 s, which is the default delay between two requests here. A
/// connection that is kept would gain nothing: the delays are longer than servers keep connections for.
///
/// No redirects, cookies, `Referer`, proxies, decompression or repeated requests of a client's own accord. It bears with what old servers
/// send (folded and misnamed headers, blanks before colons), but an answer without a status line (HTTP/0.9) is an error: whatever a broken
/// server says would be a page.
pub struct Network {
    pub(super) modern: Modern,
    #[cfg(feature = "legacy-tls")]
    legacy: legacy::Legacy,
    guard: Arc<Guard>,
    issuers: Arc<Issuers>,
    user_agent: String,
    limits: Limits,
}

/// What every exchange is held to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) connect: Duration,
    pub(super) first_byte: Duration,
    pub(super) idle: Duration,
    pub(super) total: Duration,
    pub(super) wire_bytes: u64,
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
        let limits = Limits {
            connect: settings.connect_timeout,
            first_byte: settings.first_byte_timeout,
            idle: settings.idle_timeout,
            total: settings.total_timeout,
            wire_bytes: settings.max_wire_bytes,
        };
        let issuers = Arc::<Issuers>::default();
        Ok(Network {
            #[cfg(feature = "legacy-tls")]
            legacy: legacy::Legacy::new(resolver.clone(), Arc::clone(&issuers), limits),
            modern: Modern::new(resolver, Arc::clone(&guard), Arc::clone(&issuers), limits)?,
            guard,
            issuers,
            user_agent: settings.user_agent.clone(),
            limits,
        })
    }

    async fn exchange_within_deadline(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        self.guard.check_url(&request.url)?;
        let limit = self.limits.total;
        tokio::time::timeout(limit, self.exchange_completing(request))
            .await
            .unwrap_or_else(|_| Err(FetchError::Timeout { what: EXCHANGE.into(), limit }))
    }

    /// Where the handshake fails for want of an issuer, fetches it where the certificate says and tries once more: no request was sent yet.
    async fn exchange_completing(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        match self.send(request).await {
            Err(error) => match self.chain_of(request, &error) {
                Some(chain) if self.fetch_issuers(&chain).await => self.send(request).await,
                _ => Err(error),
            },
            sent => sent,
        }
    }

    /// Without the feature, rustls does what it can; the configuration's check warns.
    async fn send(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        #[cfg(feature = "legacy-tls")]
        if legacy::is_for(request) {
            return self.legacy.exchange(request).await;
        }
        self.modern.exchange(request).await
    }

    /// The certificates of a server whose chain has no known end.
    fn chain_of(&self, request: &WireRequest, error: &FetchError) -> Option<Vec<Vec<u8>>> {
        if !error.is_unknown_issuer() {
            return None;
        }
        #[cfg(feature = "legacy-tls")]
        if legacy::is_for(request) {
            return self.legacy.chain_of(request);
        }
        self.modern.chain_of(request)
    }

    /// Fetches the issuers that a chain lacks, bottom up; whether there is a new one.
    async fn fetch_issuers(&self, chain: &[Vec<u8>]) -> bool {
        let mut found_one = false;
        for _ in 0..chain::MAX_FETCHED {
            let Some(url) = chain::missing_issuer(chain, &self.issuers.all()) else { break };
            if !self.issuers.may_ask(&url) {
                break;
            }
            let Some(certificate) = self.fetch_issuer(&url).await else {
                self.issuers.note_failure(&url);
                break;
            };
            tracing::debug!(%url, "an issuer's certificate was fetched to complete a chain");
            self.issuers.add(certificate);
            found_one = true;
        }
        found_one
    }

    async fn fetch_issuer(&self, url: &PageUrl) -> Option<Vec<u8>> {
        self.guard.check_url(url).ok()?;
        let headers = vec![("user-agent".to_owned(), self.user_agent.as_bytes().to_vec())];
        let request = WireRequest { headers, enough: Some(chain::MAX_BYTES), ..WireRequest::get(url.clone()) };
        let answer = tokio::time::timeout(ISSUER_TIMEOUT, self.modern.exchange(&request)).await.ok()?.ok()?;
        (answer.status == 200).then(|| chain::read_certificate(&answer.body)).flatten()
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

/// Headers whose bytes cannot stand in a header are left out.
pub(super) fn header_map(request: &WireRequest) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}

/// Checks an answer's head, and gives its headers as bytes.
///
/// Clients undo `chunked` where it is the last coding, and take the body to the connection's end where it is not, chunk sizes and all
/// (RFC 9112, section 6.3). Such a body is no page.
pub(super) fn checked_headers(headers: &HeaderMap) -> Result<Vec<(String, Vec<u8>)>, FetchError> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes > MAX_HEADER_BYTES || headers.len() > MAX_HEADERS {
        return Err(FetchError::Malformed(format!("a head of {} headers and {bytes} bytes", headers.len())));
    }
    let codings = headers.get_all(TRANSFER_ENCODING).iter();
    let names = codings.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let mut names: Vec<_> = names.map(|name| name.trim_ascii().to_ascii_lowercase()).collect();
    names.retain(|name| !name.is_empty());
    if names.iter().all(|name| name == b"identity") || names.last().is_some_and(|name| name == b"chunked") {
        return Ok(headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect());
    }
    let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name)).collect();
    Err(FetchError::Malformed(format!("transfer coding `{}`", names.join(", "))))
}

/// How an answer's body says where it ends (RFC 9112, section 6.3): a `Transfer-Encoding` without `chunked` leaves that to the connection.
pub(super) fn framing(version: Version, headers: &HeaderMap) -> Framing {
    let is_chunked = headers.get_all(TRANSFER_ENCODING).iter().next_back().map(|value| {
        let last = value.as_bytes().rsplit(|&byte| byte == b',').next().unwrap_or_default();
        last.trim_ascii().eq_ignore_ascii_case(b"chunked")
    });
    let is_declared = is_chunked.unwrap_or_else(|| headers.contains_key(CONTENT_LENGTH));
    if is_declared || version >= Version::HTTP_2 { Framing::Declared } else { Framing::ByClosing }
}

/// Reads a body to its end, unless it is too large or pauses too long. The client tells a body that ends before its length or last chunk.
///
/// Where the connection's end is the body's, TLS that ends without `close_notify` is that end too, as plain TCP's is.
pub(super) async fn read_body<B: Body<Data = Bytes, Error: std::error::Error + 'static> + Unpin>(
    limits: Limits,
    mut from: B,
    framing: Framing,
    enough: Option<usize>,
    explain: impl Fn(B::Error) -> FetchError,
) -> Result<Bytes, FetchError> {
    let too_large = FetchError::TooLarge { what: ON_THE_WIRE, limit: limits.wire_bytes };
    let announced = from.size_hint().exact().unwrap_or(0);
    if announced > limits.wire_bytes && enough.is_none() {
        return Err(too_large);
    }
    let mut body = BytesMut::with_capacity(usize::try_from(announced.min(FIRST_ROOM)).unwrap_or(0));
    loop {
        let frame = tokio::time::timeout(limits.idle, from.frame()).await;
        let paused = |_| FetchError::Timeout { what: NEXT_PIECE.into(), limit: limits.idle };
        let Some(frame) = frame.map_err(paused)? else { break };
        let frame = match frame {
            Err(error) if framing == Framing::ByClosing && is_end_without_notice(&error) => break,
            frame => frame.map_err(&explain)?,
        };
        // Trailers say nothing that anybody here reads.
        let Ok(chunk) = frame.into_data() else { continue };
        if body.len() as u64 + chunk.len() as u64 > limits.wire_bytes {
            return Err(too_large);
        }
        body.extend_from_slice(&chunk);
        if enough.is_some_and(|enough| body.len() >= enough) {
            break;
        }
    }
    Ok(body.freeze())
}

/// Whether TLS ended without `close_notify`; a reset is of another kind.
fn is_end_without_notice(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(source) = next {
        if source.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        next = source.source();
    }
    false
}

/// The system's resolver behind the guard and the operator's `resolve` table.
///
/// The client connects to just these addresses, so a name that answers differently the next time gains nothing. It is not asked
/// for hosts that are IP addresses: those [`Guard::check_url`] sees. No cache: the system's resolver has one.
#[derive(Clone)]
pub(super) struct Resolver {
    pub(super) guard: Arc<Guard>,
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
    /// The addresses of a host that may be connected to; port 0 stands for the one of the address or its scheme.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, FetchError> {
        if let Some(to) = self.guard.override_of(host) {
            return Ok(vec![to]);
        }
        let all = self.look_up(host).await?;
        let (admitted, denied): (Vec<_>, Vec<_>) = all.into_iter().partition(|&found| self.guard.admits(found));
        if !admitted.is_empty() {
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
            Err(_) => Err(FetchError::Timeout { what: LOOK_UP.into(), limit: DNS_TIMEOUT }),
            Ok(Err(ended)) => Err(failed(ended.to_string())),
            Ok(Ok(found)) => found.map_err(|error| failed(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[tokio::test(start_paused = true)]
    async fn a_look_up_is_bounded_in_time() {
        let guard = Arc::new(Guard::new(&Config::shipped().fetch).unwrap());
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let ended = std::sync::Mutex::new(ended);
        let lookup = move |_: &str| {
            let _ = ended.lock().unwrap().recv();
            Ok(Vec::new())
        };
        let resolver = Resolver { guard, lookup: Arc::new(lookup), at_once: Arc::new(Semaphore::new(DNS_LOOKUPS)) };
        let looking = tokio::spawn(async move { resolver.addresses("a.example").await });
        tokio::task::yield_now().await;
        tokio::time::advance(DNS_TIMEOUT).await;
        let expect = FetchError::Timeout { what: LOOK_UP.into(), limit: DNS_TIMEOUT };
        assert_eq!(looking.await.unwrap(), Err(expect));
        drop(end);
    }
}
