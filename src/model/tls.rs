//! The TLS profile of a portal, as plain data: `config` reads it, `fetch` applies it.

use base64ct::Base64;
use base64ct::Encoding;

/// The TLS profile of a portal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TlsSettings {
    /// The mode.
    pub mode: TlsMode,
    /// Certificates (DER) that are trusted as issuers, in addition to those of the system and Mozilla.
    pub extra_ca: Vec<Vec<u8>>,
    /// Issuers' certificates (DER) that servers fail to send; they add no trust.
    pub intermediates: Vec<Vec<u8>>,
    /// SHA-256 of public keys (SPKI, RFC 7469), one of which the server's certificate must have. Such a key replaces a trusted issuer.
    pub pins: Vec<[u8; 32]>,
}

/// The TLS mode.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum TlsMode {
    /// rustls: TLS 1.2 and 1.3; certificates are verified.
    #[default]
    Modern,
    /// OpenSSL: TLS 1.0 to 1.3 with old ciphers and keys, at security level 1 or, if that fails, 0; certificates are verified.
    Legacy,
    /// Like [`TlsMode::Legacy`], without verification of certificates: anyone on the path can change pages.
    Unverified,
}

impl TlsMode {
    /// The modes with their names in a portal's file.
    pub const WORDS: [(&'static str, TlsMode); 3] =
        [("modern", TlsMode::Modern), ("legacy", TlsMode::Legacy), ("unverified", TlsMode::Unverified)];
}

/// Formats a pin for a portal's file: `sha256/` and base64.
pub fn pin_text(pin: &[u8; 32]) -> String {
    format!("sha256/{}", Base64::encode_string(pin))
}

/// Reads a pin: `sha256/` and base64. None if the text is not one.
pub fn parse_pin(text: &str) -> Option<[u8; 32]> {
    let encoded = text.strip_prefix("sha256/")?;
    Base64::decode_vec(encoded).ok()?.try_into().ok()
}
