//! TLS of portals: its faults, described in words with the key that helps, and issuers' certificates that servers fail to send.
//!
//! rustls is the default. If it cannot connect, the portal's file names a profile ([`TlsMode`]).
//!
//! [`TlsMode`]: crate::model::tls::TlsMode

pub(super) mod chain;
pub(super) mod verifier;

use std::fmt;

use rustls::CertificateError;

use crate::model::tls::pin_text;

/// What went wrong with TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// The certificate is no longer valid.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another host.
    WrongHost,
    /// The chain is incomplete, or its end is not trusted.
    UnknownIssuer,
    /// The certificate is its own issuer.
    SelfSigned,
    /// The certificate's key is not one of the pinned ones.
    NotPinned,
    /// The certificate is of an outdated kind that is refused.
    OutdatedCertificate,
    /// Both sides have no TLS version and cipher in common.
    NoCommonGround,
    /// Anything else.
    Other,
}

impl TlsFault {
    /// Returns the fault of an error of rustls.
    pub(super) fn of_rustls(error: &rustls::Error) -> TlsFault {
        match error {
            rustls::Error::InvalidCertificate(certificate) => TlsFault::of_certificate(certificate),
            rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_) => TlsFault::NoCommonGround,
            _ => TlsFault::Other,
        }
    }

    fn of_certificate(error: &CertificateError) -> TlsFault {
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::WrongHost,
            CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
            CertificateError::ApplicationVerificationFailure => TlsFault::NotPinned,
            CertificateError::BadEncoding
            | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                TlsFault::OutdatedCertificate
            }
            CertificateError::Other(other) if other.to_string().contains("UnsupportedCertVersion") => {
                TlsFault::OutdatedCertificate
            }
            _ => TlsFault::Other,
        }
    }

    /// Returns the key of the portal's file, or the person, that helps.
    pub(super) fn hint(self) -> &'static str {
        match self {
            TlsFault::UnknownIssuer => {
                "add a file with the issuer's certificate to `intermediates` in the portal's file, or to `extra_ca` if it is not publicly trusted"
            }
            TlsFault::SelfSigned | TlsFault::NotPinned => {
                "if this is the portal's key, add it to `pins` in the portal's file"
            }
            TlsFault::NoCommonGround | TlsFault::OutdatedCertificate | TlsFault::Other => {
                "try tls = \"legacy\" in the portal's file"
            }
            TlsFault::Expired | TlsFault::WrongHost => {
                "tell the portal's operator; as a last resort, tls = \"unverified\" in the portal's file connects, but anyone on the path can change pages"
            }
            TlsFault::NotYetValid => "check the clock of this machine",
        }
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            TlsFault::Expired => "the server's certificate has expired",
            TlsFault::NotYetValid => "the server's certificate is not valid yet",
            TlsFault::WrongHost => "the server's certificate is for another host",
            TlsFault::UnknownIssuer => "the server's certificate chain is incomplete, or its issuer is not trusted",
            TlsFault::SelfSigned => "the server's certificate is self-signed",
            TlsFault::NotPinned => "the server's key is none of the pinned ones",
            TlsFault::OutdatedCertificate => "the server's certificate or key is of a kind that is no longer accepted",
            TlsFault::NoCommonGround => "the server offers no TLS version and cipher that are safe today",
            TlsFault::Other => "the handshake failed",
        })
    }
}

/// Returns the pin of a public key (DER of its SPKI): SHA-256 (RFC 7469, section 2.4).
pub(super) fn pin_of(spki: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, spki);
    digest.as_ref().try_into().unwrap_or_default()
}

/// Whether a certificate's key is among the pins; None if there are none.
pub(super) fn is_pinned(leaf: &[u8], pins: &[[u8; 32]]) -> Option<bool> {
    (!pins.is_empty()).then(|| chain::spki_of(leaf).is_some_and(|spki| pins.contains(&pin_of(&spki))))
}

/// Returns the detail of a message: the server's pin if it helps, else the library's message.
pub(super) fn detail_of(fault: TlsFault, leaf: Option<&Vec<u8>>, said: &str) -> String {
    let leaf = leaf.filter(|_| matches!(fault, TlsFault::SelfSigned | TlsFault::NotPinned));
    match leaf.and_then(|leaf| chain::spki_of(leaf)) {
        Some(spki) => format!("its key is {}", pin_text(&pin_of(&spki))),
        None => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn faults_have_their_own_words() {
        let all = [
            TlsFault::Expired,
            TlsFault::NotYetValid,
            TlsFault::WrongHost,
            TlsFault::UnknownIssuer,
            TlsFault::SelfSigned,
            TlsFault::NotPinned,
            TlsFault::OutdatedCertificate,
            TlsFault::NoCommonGround,
            TlsFault::Other,
        ];
        let words: BTreeSet<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(words.len(), all.len());
    }
}
