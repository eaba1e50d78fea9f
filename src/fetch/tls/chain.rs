//! Issuers' certificates that servers fail to send: given by the operator, or fetched from the URL in the certificate (AIA `caIssuers`, RFC 5280,
//! section 4.2.2.1). They add no trust: a chain must still end at a trusted root.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::time::Instant;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::Encode;
use x509_cert::ext::pkix::AuthorityInfoAccessSyntax;
use x509_cert::ext::pkix::name::GeneralName;

use crate::url::PageUrl;

/// Maximum number of certificates kept. There are some dozens of issuers.
const MAX_KNOWN: usize = 64;
/// Maximum number of remembered URLs that returned no certificate.
const MAX_FAILED: usize = 256;
/// How long a URL that returned none is not requested again.
const FAILED_KEPT: Duration = Duration::from_hours(1);
/// Maximum number of issuers fetched for one chain.
pub(in crate::fetch) const MAX_FETCHED: usize = 4;
/// Maximum size in bytes of an issuer's certificate.
pub(in crate::fetch) const MAX_BYTES: usize = 64 << 10;
/// OID of `id-pe-authorityInfoAccess`, and of `id-ad-caIssuers` within it.
const AIA: &str = "1.3.6.1.5.5.7.1.1";
const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
/// OID of `rsaEncryption`.
const RSA: &str = "1.2.840.113549.1.1.1";

/// Issuers' certificates by their subjects, learned in this process.
#[derive(Debug, Default)]
pub(in crate::fetch) struct Issuers {
    known: RwLock<Vec<Vec<u8>>>,
    failed: Mutex<HashMap<String, Instant>>,
}

impl Issuers {
    /// Returns all known certificates.
    pub(in crate::fetch) fn all(&self) -> Vec<Vec<u8>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(in crate::fetch) fn add(&self, certificate: Vec<u8>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&certificate) {
            return;
        }
        if known.len() >= MAX_KNOWN {
            known.remove(0);
        }
        known.push(certificate);
    }

    /// Whether a URL should be requested.
    pub(in crate::fetch) fn may_ask(&self, url: &PageUrl) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get(url.as_str()).is_none_or(|at| at.elapsed() >= FAILED_KEPT)
    }

    pub(in crate::fetch) fn note_failure(&self, url: &PageUrl) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.retain(|_, at| at.elapsed() < FAILED_KEPT);
        if failed.len() < MAX_FAILED {
            failed.insert(url.to_string(), Instant::now());
        }
    }
}

/// Returns where the issuer of the topmost certificate of a chain can be fetched. The chain begins at the first certificate and goes up as far as the
/// other certificates and the known ones allow. None if it is complete, or names no URL.
pub(in crate::fetch) fn missing_issuer(chain: &[Vec<u8>], known: &[Vec<u8>]) -> Option<PageUrl> {
    let parse = |der: &Vec<u8>| Certificate::from_der(der).ok();
    let others: Vec<Certificate> = chain.iter().skip(1).chain(known).filter_map(parse).collect();
    let mut top = parse(chain.first()?)?;
    for _ in 0..=others.len() {
        let issuer = &top.tbs_certificate.issuer;
        if *issuer == top.tbs_certificate.subject {
            return None;
        }
        match others.iter().find(|other| other.tbs_certificate.subject == *issuer) {
            Some(next) => top = next.clone(),
            None => return issuers_address(&top),
        }
    }
    None
}

/// Whether a certificate is its own issuer.
pub(in crate::fetch) fn is_self_signed(der: &[u8]) -> bool {
    Certificate::from_der(der)
        .is_ok_and(|certificate| certificate.tbs_certificate.issuer == certificate.tbs_certificate.subject)
}

/// Whether a certificate's RSA key has fewer than 2048 bits, which rustls reports as a bad signature.
pub(in crate::fetch) fn has_short_key(der: &[u8]) -> bool {
    Certificate::from_der(der).is_ok_and(|certificate| {
        let key = certificate.tbs_certificate.subject_public_key_info;
        key.algorithm.oid.to_string() == RSA && key.subject_public_key.raw_bytes().len() < 2048 / 8
    })
}

/// Returns the DER of a certificate's public key, with its algorithm.
pub(in crate::fetch) fn spki_of(der: &[u8]) -> Option<Vec<u8>> {
    Certificate::from_der(der).ok()?.tbs_certificate.subject_public_key_info.to_der().ok()
}

/// Returns the URL of the issuer. Only plain HTTP, as issuers publish it: HTTPS would need another chain.
fn issuers_address(certificate: &Certificate) -> Option<PageUrl> {
    let extensions = certificate.tbs_certificate.extensions.as_ref()?;
    let aia = extensions.iter().find(|extension| extension.extn_id.to_string() == AIA)?;
    let access = AuthorityInfoAccessSyntax::from_der(aia.extn_value.as_bytes()).ok()?;
    access.0.iter().filter(|entry| entry.access_method.to_string() == CA_ISSUERS).find_map(|entry| {
        match &entry.access_location {
            GeneralName::UniformResourceIdentifier(uri) => {
                PageUrl::parse(uri.as_str()).ok().filter(|url| url.as_url().scheme() == "http")
            }
            _ => None,
        }
    })
}

/// Reads a certificate as issuers publish it, DER or PEM.
pub(in crate::fetch) fn read_certificate(bytes: &[u8]) -> Option<Vec<u8>> {
    let der = match CertificateDer::from_pem_slice(bytes) {
        Ok(certificate) => certificate.to_vec(),
        Err(_) => bytes.to_vec(),
    };
    Certificate::from_der(&der).is_ok().then_some(der)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_of_issuers_is_bounded() {
        let issuers = Issuers::default();
        for number in 0..=MAX_KNOWN {
            issuers.add(number.to_be_bytes().to_vec());
        }
        assert_eq!((issuers.all().len(), issuers.all()[0].clone()), (MAX_KNOWN, 1_usize.to_be_bytes().to_vec()));

        let url = |number: usize| PageUrl::parse(&format!("http://ca.example/{number}")).unwrap();
        (0..=MAX_FAILED).for_each(|number| issuers.note_failure(&url(number)));
        assert_eq!(issuers.failed.lock().unwrap().len(), MAX_FAILED);
        assert!(!issuers.may_ask(&url(0)) && issuers.may_ask(&url(MAX_FAILED)));
        tokio::time::advance(FAILED_KEPT).await;
        assert!(issuers.may_ask(&url(0)));
    }
}
