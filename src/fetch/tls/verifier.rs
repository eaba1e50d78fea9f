//! Verifies certificates with rustls and the additions of a portal's file: extra roots, missing issuers, pins. It remembers what each server sent,
//! for error messages, for the completion of chains and for the record.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use rustls::CertificateError;
use rustls::DigitallySignedStruct;
use rustls::Error;
use rustls::SignatureScheme;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::client::danger::ServerCertVerified;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::verify_server_name;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::server::ParsedCertificate;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::fetch::tls::chain::Issuers;
use crate::fetch::tls::is_pinned;
use crate::model::tls::TlsSettings;

/// Maximum number of servers remembered. When it is exceeded, all are forgotten.
pub(in crate::fetch) const MAX_SEEN: usize = 4_096;

/// Verifies servers' certificates.
#[derive(Debug)]
pub(in crate::fetch) struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    settings: Arc<TlsSettings>,
    issuers: Arc<Issuers>,
    seen: Mutex<HashMap<String, HandshakeFacts>>,
}

/// What a server sent in its last handshake.
#[derive(Debug, Clone, Default)]
pub(in crate::fetch) struct HandshakeFacts {
    /// Its certificates as sent, its own first.
    pub(in crate::fetch) chain: Vec<Vec<u8>>,
    /// Whether issuers other than those sent were needed.
    pub(in crate::fetch) was_completed: bool,
    /// Whether a pinned key replaced the issuer.
    pub(in crate::fetch) by_pin: bool,
    /// The TLS version.
    pub(in crate::fetch) version: &'static str,
}

thread_local! {
    /// The server whose certificate this thread verified last. Its signature is verified next, without its name.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

impl Verifier {
    pub(in crate::fetch) fn new(
        inner: Arc<WebPkiServerVerifier>,
        settings: Arc<TlsSettings>,
        issuers: Arc<Issuers>,
    ) -> Verifier {
        Verifier { inner, settings, issuers, seen: Mutex::default() }
    }

    /// Returns what a server sent.
    pub(in crate::fetch) fn seen(&self, host: &str) -> Option<HandshakeFacts> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(host).cloned()
    }

    pub(in crate::fetch) fn note(&self, host: &str, change: impl FnOnce(&mut HandshakeFacts)) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MAX_SEEN && !seen.contains_key(host) {
            seen.clear();
        }
        change(seen.entry(host.to_owned()).or_default());
    }

    /// Verifies with the known issuers in addition to those that were sent.
    fn verify_completed(&self, request: &Handshake<'_>) -> Result<ServerCertVerified, Error> {
        let known: Vec<CertificateDer<'_>> =
            self.settings.intermediates.iter().cloned().chain(self.issuers.all()).map(CertificateDer::from).collect();
        let all: Vec<CertificateDer<'_>> = request.sent.iter().cloned().chain(known).collect();
        self.inner.verify_server_cert(request.leaf, &all, request.name, request.ocsp, request.now)
    }
}

/// The certificates and names of one verification.
struct Handshake<'a> {
    leaf: &'a CertificateDer<'a>,
    sent: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        sent: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let host = name.to_str().into_owned();
        let chain = std::iter::once(leaf).chain(sent).map(|certificate| certificate.to_vec()).collect();
        self.note(&host, |seen| *seen = HandshakeFacts { chain, ..HandshakeFacts::default() });
        LAST.with(|last| last.borrow_mut().clone_from(&host));
        let pinned = is_pinned(leaf, &self.settings.pins);
        if pinned == Some(false) {
            return Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure));
        }
        let request = Handshake { leaf, sent, name, ocsp, now };
        match self.inner.verify_server_cert(leaf, sent, name, ocsp, now) {
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => match self.verify_completed(&request) {
                Ok(verified) => {
                    self.note(&host, |seen| seen.was_completed = true);
                    Ok(verified)
                }
                Err(_) if pinned == Some(true) => {
                    verify_pinned(&request)?;
                    self.note(&host, |seen| seen.by_pin = true);
                    Ok(ServerCertVerified::assertion())
                }
                Err(error) => Err(error),
            },
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        LAST.with(|last| self.note(&last.borrow(), |seen| seen.version = "TLSv1.2"));
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        LAST.with(|last| self.note(&last.borrow(), |seen| seen.version = "TLSv1.3"));
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Verifies a pinned key, which replaces the issuer. Name and time are still checked.
fn verify_pinned(request: &Handshake<'_>) -> Result<(), Error> {
    let parsed = ParsedCertificate::try_from(request.leaf)?;
    verify_server_name(&parsed, request.name)?;
    let certificate =
        Certificate::from_der(request.leaf).map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let validity = certificate.tbs_certificate.validity;
    let now = request.now.as_secs();
    if now > validity.not_after.to_unix_duration().as_secs() {
        return Err(Error::InvalidCertificate(CertificateError::Expired));
    }
    if now < validity.not_before.to_unix_duration().as_secs() {
        return Err(Error::InvalidCertificate(CertificateError::NotValidYet));
    }
    Ok(())
}
