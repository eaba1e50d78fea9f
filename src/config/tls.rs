//! Reads a portal's TLS settings: `tls`, `extra_ca`, `intermediates`, `pins` → [`TlsSettings`].

use std::fs;
use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::config::reader::Table;
use crate::model::tls::TlsMode;
use crate::model::tls::TlsSettings;
use crate::model::tls::parse_pin;

/// Maximum size in bytes of a file of certificates. Mozilla's whole bundle has 240 kB.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Reads a portal's TLS keys. Relative paths start from `dir`, the config folder.
pub(super) fn read(table: &mut Table<'_>, dir: &Path) -> TlsSettings {
    let mode = table.choice("tls", &TlsMode::WORDS);
    let extra_ca = read_certificates(table, "extra_ca", dir);
    let intermediates = read_certificates(table, "intermediates", dir);
    let pin = |text: &str| parse_pin(text).ok_or_else(|| format!("`{text}` is not a pin"));
    TlsSettings { mode, extra_ca, intermediates, pins: table.all("pins", |value| value.parsed(pin)) }
}

/// Reads the certificates of the files that a key names.
pub(super) fn read_certificates(table: &mut Table<'_>, key: &'static str, dir: &Path) -> Vec<Vec<u8>> {
    table.all(key, |value| value.parsed(|name| read_file(&dir.join(name)))).concat()
}

/// Reads the certificates of a PEM file, or the one of a DER file.
fn read_file(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let shown = path.display();
    let about = |error: std::io::Error| format!("{shown} cannot be read: {error}");
    if fs::metadata(path).map_err(about)?.len() > MAX_FILE_BYTES {
        return Err(format!("{shown} is larger than 1 MiB"));
    }
    let bytes = fs::read(path).map_err(about)?;
    let mut certificates: Vec<Vec<u8>> =
        CertificateDer::pem_slice_iter(&bytes).filter_map(Result::ok).map(|certificate| certificate.to_vec()).collect();
    if certificates.is_empty() {
        certificates.push(bytes);
    }
    match certificates.iter().find_map(|certificate| Certificate::from_der(certificate).err()) {
        Some(error) => Err(format!("{shown} holds no certificates, be it as PEM or as DER: {error}")),
        None => Ok(certificates),
    }
}
