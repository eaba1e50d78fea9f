//! Requests over plain HTTP and modern TLS: reqwest and rustls.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use bytes::Bytes;
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::CertificateDer;

use crate::fetch::FetchError;
use crate::fetch::error::CONNECTING;
use crate::fetch::error::FIRST_BYTE;
use crate::fetch::error::cause;
use crate::fetch::error::chain as with_sources;
use crate::fetch::guard::Guard;
use crate::fetch::resolver::Resolver;
use crate::fetch::tls::TlsFault;
use crate::fetch::tls::chain;
use crate::fetch::tls::chain::Issuers;
use crate::fetch::tls::detail_of;
use crate::fetch::tls::verifier::Verifier;
use crate::fetch::transport::WireRequest;
use crate::fetch::transport::WireResponse;
use crate::fetch::wire;
use crate::fetch::wire::Limits;
use crate::model::tls::TlsSettings;

/// Maximum number of profiles with their own clients. When it is exceeded, all are created anew.
const MAX_CLIENTS: usize = 256;

/// The clients, one for each TLS profile.
pub(super) struct Modern {
    resolver: Resolver,
    guard: Arc<Guard>,
    issuers: Arc<Issuers>,
    limits: Limits,
    /// The roots of the system and of Mozilla: containers often have none, and administrators may have added some.
    roots: Vec<CertificateDer<'static>>,
    clients: Mutex<HashMap<Arc<TlsSettings>, Client>>,
}

#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    verifier: Arc<Verifier>,
}

impl Modern {
    pub(super) fn new(
        resolver: Resolver,
        guard: Arc<Guard>,
        issuers: Arc<Issuers>,
        limits: Limits,
    ) -> Result<Modern, FetchError> {
        let roots = wire::roots();
        let modern = Modern { resolver, guard, issuers, limits, roots, clients: Mutex::default() };
        // Fails at once if a client cannot be built at all.
        modern.client(&Arc::default())?;
        Ok(modern)
    }

    pub(super) async fn exchange(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        let client = self.client(&request.tls)?;
        let method = if request.method == "POST" { reqwest::Method::POST } else { reqwest::Method::GET };
        let mut wire = reqwest::Request::new(method, wire::without_credentials(&request.url)?);
        *wire.headers_mut() = wire::header_map(request);
        *wire.body_mut() = request.body.clone().map(reqwest::Body::from);
        let response = self.within_first_byte(wire, &client, request).await?;
        if let Some(peer) = response.remote_addr() {
            self.guard.check_address(request.url.host(), peer.ip())?;
        }
        let headers = wire::checked_headers(response.headers())?;
        let status = response.status().as_u16();
        let framing = wire::framing(response.version(), response.headers());
        let tls = (request.url.as_url().scheme() == "https").then(|| describe(&client, request.url.host()));
        let status_line = wire::status_line(response.version(), response.status(), response.extensions());
        let is_http2 = response.version() == reqwest::Version::HTTP_2;
        let address = response.remote_addr().map(|peer| peer.ip());
        let (mut body, mut cut) = (Bytes::new(), None);
        if response.status().is_success() {
            let from = hyper::Response::from(response).into_body();
            let explain = |error: reqwest::Error| self.explain(&error, &client, request);
            (body, cut) = wire::read_body(self.limits, from, framing, request.enough, explain).await;
        }
        Ok(WireResponse { status, headers, body, framing, tls, address, status_line, is_http2, cut })
    }

    /// Sends a request and waits for the head. The client limits the time to connect.
    async fn within_first_byte(
        &self,
        wire: reqwest::Request,
        client: &Client,
        request: &WireRequest,
    ) -> Result<reqwest::Response, FetchError> {
        let limit = self.limits.connect + self.limits.first_byte;
        match tokio::time::timeout(limit, client.http.execute(wire)).await {
            Ok(sent) => sent.map_err(|error| self.explain(&error, client, request)),
            Err(_) => Err(FetchError::Timeout { what: FIRST_BYTE.into(), limit: self.limits.first_byte }),
        }
    }

    /// Returns the certificates that a server sent in its last handshake.
    pub(super) fn chain_of(&self, request: &WireRequest) -> Option<Vec<Vec<u8>>> {
        let seen = self.client(&request.tls).ok()?.verifier.seen(request.url.host())?;
        Some(seen.chain)
    }

    fn client(&self, tls: &Arc<TlsSettings>) -> Result<Client, FetchError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = clients.get(tls) {
            return Ok(known.clone());
        }
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        let client = self.build(tls)?;
        clients.insert(Arc::clone(tls), client.clone());
        Ok(client)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that builds clients")]
    fn build(&self, tls: &Arc<TlsSettings>) -> Result<Client, FetchError> {
        let (config, verifier) = self.tls_config(tls).map_err(|reason| FetchError::Setup(reason.to_string()))?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .dns_resolver(Arc::new(self.resolver.clone()))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(self.limits.connect)
            // Each request has its own connection: see `Network`.
            .pool_max_idle_per_host(0)
            .http1_max_headers(wire::MAX_HEADERS)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .build()
            .map_err(|error| FetchError::Setup(with_sources(&error)))?;
        Ok(Client { http, verifier })
    }

    fn tls_config(
        &self,
        tls: &Arc<TlsSettings>,
    ) -> Result<(rustls::ClientConfig, Arc<Verifier>), Box<dyn std::error::Error>> {
        let mut roots = rustls::RootCertStore::empty();
        let extra = tls.extra_ca.iter().cloned().map(CertificateDer::from);
        roots.add_parsable_certificates(self.roots.iter().cloned().chain(extra));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
        let verifier = Arc::new(Verifier::new(inner, Arc::clone(tls), Arc::clone(&self.issuers)));
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier) as _)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok((config, verifier))
    }

    /// Finds the reason among the sources of the client's error.
    fn explain(&self, error: &reqwest::Error, client: &Client, request: &WireRequest) -> FetchError {
        let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(source) = next {
            if let Some(known) = known_reason(source, client, request) {
                return known;
            }
            next = source.source();
        }
        let text = cause(error);
        if error.is_timeout() {
            return FetchError::Timeout { what: CONNECTING.into(), limit: self.limits.connect };
        }
        if error.is_connect() {
            return FetchError::Connect(text);
        }
        if is_about_the_end(error) { FetchError::Cut(text) } else { FetchError::Malformed(text) }
    }
}

/// Describes the TLS of a connection, for the record: `verified TLSv1.3`.
fn describe(client: &Client, host: &str) -> String {
    let seen = client.verifier.seen(host).unwrap_or_default();
    let how = match (seen.by_pin, seen.was_completed) {
        (true, _) => "pinned",
        (false, true) => "verified, chain completed",
        (false, false) => "verified",
    };
    if seen.version.is_empty() { how.to_owned() } else { format!("{how}, {}", seen.version) }
}

fn known_reason(
    source: &(dyn std::error::Error + 'static),
    client: &Client,
    request: &WireRequest,
) -> Option<FetchError> {
    if let Some(own) = source.downcast_ref::<FetchError>() {
        return Some(own.clone());
    }
    if let Some(tls) = source.downcast_ref::<rustls::Error>() {
        return Some(explain_tls(tls, client, request));
    }
    let inner = source.downcast_ref::<io::Error>()?.get_ref()?;
    known_reason(inner, client, request)
}

fn explain_tls(error: &rustls::Error, client: &Client, request: &WireRequest) -> FetchError {
    let seen = client.verifier.seen(request.url.host()).unwrap_or_default();
    let leaf = seen.chain.first();
    let fault = match TlsFault::of_rustls(error) {
        TlsFault::Other if seen.chain.iter().any(|certificate| chain::has_short_key(certificate)) => {
            TlsFault::OutdatedCertificate
        }
        TlsFault::UnknownIssuer if leaf.is_some_and(|leaf| chain::is_self_signed(leaf)) => TlsFault::SelfSigned,
        other => other,
    };
    let detail = detail_of(fault, leaf, &error.to_string());
    FetchError::Tls { fault, detail }
}

/// Whether the connection ended too early, rather than the response being wrong. The client's error only says so in its text.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::fetch::network::Network;

    #[test]
    fn clients_are_bounded() {
        let network = Network::new(&Config::shipped().fetch).unwrap();
        let modern = Modern { roots: Vec::new(), ..network.modern };
        for number in 0..=MAX_CLIENTS {
            let pins = vec![[u8::try_from(number % 256).unwrap(); 32]; number / 256 + 1];
            let extra_ca = webpki_root_certs::TLS_SERVER_ROOT_CERTS[..1].iter().map(|root| root.to_vec()).collect();
            modern.client(&Arc::new(TlsSettings { extra_ca, pins, ..TlsSettings::default() })).unwrap();
        }
        assert!(modern.clients.lock().unwrap().len() <= MAX_CLIENTS);
    }

    #[test]
    fn servers_remembered_are_bounded() {
        let network = Network::new(&Config::shipped().fetch).unwrap();
        let client = network.modern.client(&Arc::default()).unwrap();
        for number in 0..=crate::fetch::tls::verifier::MAX_SEEN {
            client.verifier.note(&number.to_string(), |_| {});
        }
        assert!(client.verifier.seen("0").is_none() && client.verifier.seen("4096").is_some());
    }
}
