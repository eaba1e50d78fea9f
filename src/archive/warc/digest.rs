//! Digests as archives label them: `sha1:` with base32 (WARC 1.1, section 5.8).

use sha1::Digest;
use sha1::Sha1;
use sha2::Sha256;

use crate::text::fingerprint;

/// The alphabet of RFC 4648, section 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Returns the labeled SHA-1 of bytes given in parts.
pub fn sha1(parts: &[&[u8]]) -> String {
    format!("sha1:{}", base32(&digest::<Sha1>(parts)))
}

/// Whether bytes given in parts match a labeled digest in base32 or hexadecimal. None if the algorithm is unknown.
pub fn verify(labeled: &str, parts: &[&[u8]]) -> Option<bool> {
    let (algorithm, value) = labeled.trim().split_once(':')?;
    let actual = match algorithm.to_ascii_lowercase().as_str() {
        "sha1" => digest::<Sha1>(parts),
        "sha256" | "sha-256" => digest::<Sha256>(parts),
        _ => return None,
    };
    let value = value.trim().trim_end_matches('=');
    let is_same = if value.len() == actual.len() * 2 {
        value.eq_ignore_ascii_case(&fingerprint::hex(&actual))
    } else {
        value.eq_ignore_ascii_case(&base32(&actual))
    };
    Some(is_same)
}

fn digest<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_vec()
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let bits = chunk.iter().enumerate().fold(0_u64, |bits, (at, byte)| bits | u64::from(*byte) << (32 - 8 * at));
        for at in 0..(chunk.len() * 8).div_ceil(5) {
            let index = usize::try_from(bits >> (35 - 5 * at) & 31).unwrap_or_default();
            text.push(BASE32.get(index).copied().map_or('A', char::from));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_is_that_of_the_rfc() {
        for (plain, coded) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn digests_are_compared_however_they_are_written() {
        assert_eq!(sha1(&[]), "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ");
        for (labeled, expect) in [
            ("sha1:3i42h3s6nnfq2msvx7xzkyayscx5qbyj", Some(true)),
            ("sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709", Some(true)),
            ("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Some(true)),
            ("sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", Some(false)),
            ("md5:d41d8cd98f00b204e9800998ecf8427e", None),
            ("none", None),
        ] {
            assert_eq!(verify(labeled, &[]), expect, "{labeled}");
        }
    }
}
