//! Secrets. They appear in no log, no error and no status.

use std::fmt;

use base64ct::Base64;
use base64ct::Encoding;
use thiserror::Error;

/// A secret. It is only shown by an explicit call.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// Returns the secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a text is this secret. The comparison takes the same time no matter how much of the text is right.
    pub fn is(&self, text: &[u8]) -> bool {
        blake3::hash(self.0.as_bytes()) == blake3::hash(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(***)")
    }
}

/// A key that signs webhooks (Standard Webhooks, "Signature scheme"): `whsec_` and the base64 of 24 to 64 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

/// Why a text is not a [`SigningKey`]. Does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SigningKeyError {
    /// It does not start with `whsec_`.
    #[error("a secret begins with `whsec_`")]
    Prefix,
    /// The part after the prefix is not base64.
    #[error("what stands behind `whsec_` is not base64, with its `=` at the end")]
    Base64,
    /// It is too short to be safe, or longer than receivers accept.
    #[error("a secret has 24 to 64 bytes behind its base64, and this one has {0}")]
    Length(usize),
}

impl SigningKey {
    /// Parses a key in its written form.
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub fn new(secret: &Secret) -> Result<SigningKey, SigningKeyError> {
        let encoded = secret.reveal().strip_prefix("whsec_").ok_or(SigningKeyError::Prefix)?;
        let bytes = Base64::decode_vec(encoded).map_err(|_| SigningKeyError::Base64)?;
        if (24..=64).contains(&bytes.len()) { Ok(SigningKey(bytes)) } else { Err(SigningKeyError::Length(bytes.len())) }
    }

    /// The key itself.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_show_itself() {
        let secret = Secret::new("mật khẩu".to_owned());
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "Secret(***) Some(Secret(***))");
        assert!(secret.is("mật khẩu".as_bytes()) && !secret.is(b"other"));
        assert_eq!(secret.reveal(), "mật khẩu");
    }
    #[test]
    fn signing_keys_are_read_as_receivers_write_them() {
        let read = |text: &str| SigningKey::new(&Secret::new(text.to_owned()));
        let key = read("whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u").unwrap();
        assert_eq!(key.reveal(), b"0123456789abcdefghijklmn");
        assert_eq!(format!("{key:?}"), "SigningKey(***)");
        assert_eq!(read("MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"), Err(SigningKeyError::Prefix));
        for text in ["whsec_MDEy MzQ1", "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1", "whsec_%%%%"] {
            assert_eq!(read(text), Err(SigningKeyError::Base64), "{text}");
        }
        assert_eq!(read("whsec_"), Err(SigningKeyError::Length(0)));
        assert_eq!(read("whsec_MDEyMzQ1Njc="), Err(SigningKeyError::Length(8)));
        assert_eq!(read(&format!("whsec_{}", "MDEy".repeat(22))), Err(SigningKeyError::Length(66)));
    }
}
