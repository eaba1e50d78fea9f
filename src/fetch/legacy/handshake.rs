//! Handshakes with OpenSSL, TLS 1.0 to 1.3: first at security level 1 (keys of 80 bits, SHA-1), and at level 0 if that fails.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use openssl::error::ErrorStack;
use openssl::ssl::SslConnector;
use openssl::ssl::SslMethod;
use openssl::ssl::SslOptions;
use openssl::ssl::SslVerifyMode;
use openssl::ssl::SslVersion;
use openssl::x509::X509;
use openssl::x509::X509StoreContextRef;
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use crate::fetch::FetchError;
use crate::fetch::tls::TlsFault;
use crate::fetch::tls::chain;
use crate::fetch::tls::chain::Issuers;
use crate::fetch::tls::detail_of;
use crate::fetch::tls::is_pinned;
use crate::fetch::wire;
use crate::model::tls::TlsMode;
use crate::model::tls::TlsSettings;

/// Maximum number of servers remembered. When it is exceeded, all are forgotten.
const MAX_SEEN: usize = 4_096;
/// All ciphers that encrypt and authenticate the server by a certificate.
const CIPHERS: &str = "ALL:!aNULL:!eNULL:!EXPORT";
/// `SSL_OP_LEGACY_SERVER_CONNECT`: allows servers without secure renegotiation (RFC 5746).
const LEGACY_SERVER_CONNECT: u64 = 1 << 2;

/// Makes TLS connections, and remembers which level a server needs.
pub(super) struct Handshakes {
    issuers: Arc<Issuers>,
    roots: Vec<X509>,
    levels: Mutex<HashMap<String, u32>>,
    /// Chains without a known root, by host.
    refused: Mutex<HashMap<String, Vec<Vec<u8>>>>,
}

/// An established connection.
pub(super) struct LegacyConnection {
    pub(super) stream: SslStream<TcpStream>,
    /// Its TLS, for the record: `legacy level 0, verified, TLSv1 AES128-SHA`.
    pub(super) tls: String,
}

/// The result of a verification, as its callback saw it.
#[derive(Default)]
struct HandshakeFacts {
    chain: Vec<Vec<u8>>,
    by_pin: bool,
}

impl Handshakes {
    pub(super) fn new(issuers: Arc<Issuers>) -> Handshakes {
        let roots = wire::roots().iter().filter_map(|root| X509::from_der(root).ok()).collect();
        Handshakes { issuers, roots, levels: Mutex::default(), refused: Mutex::default() }
    }

    /// Returns the level to begin with. A server that needed 0 will need it again.
    pub(super) fn level(&self, host: &str) -> u32 {
        lock(&self.levels).get(host).copied().unwrap_or(1)
    }

    /// Returns the chain that was last refused.
    pub(super) fn refused_chain(&self, host: &str) -> Option<Vec<Vec<u8>>> {
        lock(&self.refused).get(host).cloned()
    }

    /// Performs the TLS handshake on a connection.
    pub(super) async fn shake_hands(
        &self,
        host: &str,
        settings: &TlsSettings,
        level: u32,
        stream: TcpStream,
    ) -> Result<LegacyConnection, FetchError> {
        let seen = Arc::<Mutex<HandshakeFacts>>::default();
        let connector = self.connector(settings, level).map_err(|error| FetchError::Setup(reason(&error)))?;
        let mut ssl = connector.configure().map_err(|error| FetchError::Setup(reason(&error)))?;
        if settings.mode == TlsMode::Unverified {
            tracing::warn!(
                host,
                "`tls = \"unverified\"`: the server's certificate is not verified, so anyone on the path can change pages"
            );
            ssl.set_verify(SslVerifyMode::NONE);
        } else {
            ssl.set_verify_callback(SslVerifyMode::PEER, verify_callback(settings.clone(), Arc::clone(&seen)));
        }
        let ssl = ssl.into_ssl(host.trim_matches(['[', ']'])).map_err(|error| FetchError::Setup(reason(&error)))?;
        let mut stream = SslStream::new(ssl, stream).map_err(|error| FetchError::Setup(reason(&error)))?;
        if let Err(error) = Pin::new(&mut stream).connect().await {
            let chain = std::mem::take(&mut lock(&seen).chain);
            let refused = chain.first().map(|leaf| check_pin(leaf, settings));
            let explained = explain(&error, &stream, chain.first());
            remember(&self.refused, host, chain);
            return refused.unwrap_or(Ok(())).and(Err(explained));
        }
        let leaf = stream.ssl().peer_certificate().and_then(|leaf| leaf.to_der().ok()).unwrap_or_default();
        check_pin(&leaf, settings)?;
        remember(&self.levels, host, level);
        let by_pin = lock(&seen).by_pin;
        Ok(LegacyConnection { tls: describe(&stream, settings.mode, level, by_pin), stream })
    }

    /// Builds a connector. A chain must end at a root. Additional known issuers are not roots. OpenSSL trusts only self-signed certificates, so
    /// self-signed ones are left out of the known issuers.
    fn connector(&self, settings: &TlsSettings, level: u32) -> Result<SslConnector, ErrorStack> {
        let mut builder = SslConnector::builder(SslMethod::tls_client())?;
        builder.set_min_proto_version(Some(SslVersion::TLS1))?;
        builder.set_cipher_list(CIPHERS)?;
        builder.set_security_level(level);
        builder.set_options(SslOptions::from_bits_retain(LEGACY_SERVER_CONNECT));
        let store = builder.cert_store_mut();
        for root in &self.roots {
            store.add_cert(root.clone())?;
        }
        let links = settings.intermediates.iter().cloned().chain(self.issuers.all());
        let links = links.filter(|link| !chain::is_self_signed(link));
        for der in settings.extra_ca.iter().cloned().chain(links) {
            store.add_cert(X509::from_der(&der)?)?;
        }
        Ok(builder.build())
    }
}

/// Accepts a chain that ends at one of the operator's own issuers, even if that is no root, and a pinned key without any issuer.
fn verify_callback(
    settings: TlsSettings,
    seen: Arc<Mutex<HandshakeFacts>>,
) -> impl Fn(bool, &mut X509StoreContextRef) -> bool + Send + Sync + 'static {
    move |is_good, context| {
        if is_good {
            return true;
        }
        let chain = chain_of(context);
        let is_about_issuers =
            matches!(fault_of(context.error().as_raw()), TlsFault::SelfSigned | TlsFault::UnknownIssuer);
        let current = context.current_cert().and_then(|current| current.to_der().ok()).unwrap_or_default();
        let by_pin =
            is_about_issuers && chain.first().is_some_and(|leaf| is_pinned(leaf, &settings.pins) == Some(true));
        let mut seen = lock(&seen);
        seen.chain = chain;
        seen.by_pin |= by_pin;
        by_pin || (is_about_issuers && settings.extra_ca.contains(&current))
    }
}

fn chain_of(context: &X509StoreContextRef) -> Vec<Vec<u8>> {
    let chain = context.chain().into_iter().flatten();
    chain.filter_map(|certificate| certificate.to_der().ok()).collect()
}

/// Pins are checked even without verification.
fn check_pin(leaf: &Vec<u8>, settings: &TlsSettings) -> Result<(), FetchError> {
    let fault = TlsFault::NotPinned;
    match is_pinned(leaf, &settings.pins) {
        Some(false) => Err(FetchError::Tls { fault, detail: detail_of(fault, Some(leaf), "it has no key") }),
        _ => Ok(()),
    }
}

fn describe(stream: &SslStream<TcpStream>, mode: TlsMode, level: u32, by_pin: bool) -> String {
    let ssl = stream.ssl();
    let how = match (mode, by_pin) {
        (TlsMode::Unverified, _) => "unverified",
        (_, true) => "pinned",
        (_, false) => "verified",
    };
    let cipher = ssl.current_cipher().map_or("", |cipher| cipher.name());
    format!("legacy level {level}, {how}, {} {cipher}", ssl.version_str())
}

/// Whether a lower level may help. It may if a handshake fails for a reason other than the certificate, or if keys or signatures are too weak.
pub(super) fn may_be_the_level(fault: TlsFault) -> bool {
    matches!(fault, TlsFault::Other | TlsFault::NoCommonGround | TlsFault::OutdatedCertificate)
}

fn explain(error: &openssl::ssl::Error, stream: &SslStream<TcpStream>, leaf: Option<&Vec<u8>>) -> FetchError {
    let result = stream.ssl().verify_result();
    let fault = fault_of(result.as_raw());
    if result.as_raw() != 0 {
        return FetchError::Tls { fault, detail: detail_of(fault, leaf, result.error_string()) };
    }
    if let Some(io) = error.io_error() {
        return FetchError::Tls { fault: TlsFault::Other, detail: io.to_string() };
    }
    let detail = error.ssl_error().map_or_else(|| "the server hung up".to_owned(), reason);
    FetchError::Tls { fault: TlsFault::Other, detail }
}

/// Returns the fault of an `X509_V_ERR_…` code of OpenSSL.
fn fault_of(result: i32) -> TlsFault {
    match result {
        9 => TlsFault::NotYetValid,
        10 => TlsFault::Expired,
        62 | 64 => TlsFault::WrongHost,
        18 => TlsFault::SelfSigned,
        2 | 19 | 20 | 21 => TlsFault::UnknownIssuer,
        66..=68 => TlsFault::OutdatedCertificate,
        _ => TlsFault::Other,
    }
}

/// Returns OpenSSL's message, without functions, files and lines.
fn reason(error: &ErrorStack) -> String {
    let reasons: Vec<&str> = error.errors().iter().filter_map(openssl::error::Error::reason).collect();
    reasons.join(", ")
}

fn remember<T>(memory: &Mutex<HashMap<String, T>>, host: &str, value: T) {
    let mut memory = lock(memory);
    if memory.len() >= MAX_SEEN && !memory.contains_key(host) {
        memory.clear();
    }
    memory.insert(host.to_owned(), value);
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_remembered_are_bounded() {
        let memory = Mutex::default();
        (0..=MAX_SEEN).for_each(|number| remember(&memory, &number.to_string(), number));
        assert_eq!(*lock(&memory), HashMap::from([(MAX_SEEN.to_string(), MAX_SEEN)]));
    }
}
