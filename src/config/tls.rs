//! How a portal's TLS is met: `tls`, `extra_ca`, `intermediates`, `pins` → [`TlsSettings`].

use std::fs;
use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::model::tls::TlsMode;
use crate::model::tls::TlsSettings;
use crate::model::tls::parse_pin;

/// Bytes of a file of certificates at most: the whole of Mozilla's has 240 kB.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// How a file is named.
const FILES: &str = "\"ca/issuer.pem\", or a list of such files";
/// How a pin is written.
const PIN: &str = "\"sha256/\" and the base64 of the key's SHA-256; an error message about the certificate shows it";

/// Reads a portal's keys about TLS. Relative paths begin in `dir`, the config folder.
pub(super) fn read(table: &mut Table<'_>, dir: &Path) -> TlsSettings {
    let mode = table.take("tls").and_then(|value| read_mode(&value)).unwrap_or_default();
    let mut certificates = |key| table.take(key).map_or_else(Vec::new, |value| read_files(&value, dir));
    let (extra_ca, intermediates) = (certificates("extra_ca"), certificates("intermediates"));
    let pins = table.take("pins").map_or_else(Vec::new, |value| read_pins(&value));
    TlsSettings { mode, extra_ca, intermediates, pins }
}

fn read_mode(value: &Value<'_>) -> Option<TlsMode> {
    let words = [("modern", TlsMode::Modern), ("legacy", TlsMode::Legacy), ("unverified", TlsMode::Unverified)];
    value.word(&words)
}

fn read_files(value: &Value<'_>, dir: &Path) -> Vec<Vec<u8>> {
    value
        .one_or_many()
        .iter()
        .filter_map(|file| file.parsed(FILES, |name| read_file(&dir.join(name))))
        .flatten()
        .collect()
}

/// The certificates of a PEM file, or the one of a DER file.
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

fn read_pins(value: &Value<'_>) -> Vec<[u8; 32]> {
    let read = |pin: &Value<'_>| pin.parsed(PIN, |text| parse_pin(text).ok_or_else(|| format!("`{text}` is no pin")));
    value.one_or_many().iter().filter_map(read).collect()
}
