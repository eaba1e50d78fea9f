//! IDs, hashes and jitter. All are BLAKE3, cut to 128 bits and written as 32 hex digits. Nothing is random.

use crate::url::PageUrl;

/// Returns the ID of an article: a hash of its canonical URL without the scheme and a leading `www.`. A portal's move to HTTPS therefore changes no
/// ID.
pub fn article_id(canonical: &PageUrl) -> String {
    let text = canonical.as_str();
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    hash_parts([bare.strip_prefix("www.").unwrap_or(bare)])
}

/// Hashes a list of parts. Each part is preceded by its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
pub fn hash_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Hashes raw bytes.
pub fn hash_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_owned()
}

/// Writes bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Returns a number below `bound` (0 if `bound` is 0). The same key always gives the same number.
pub fn jitter(key: &str, bound: u64) -> u64 {
    let hash = blake3::hash(key.as_bytes());
    let (head, _) = hash.as_bytes().split_at(8);
    let number = head.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    number.checked_rem(bound).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(url: &str) -> String {
        article_id(&PageUrl::parse(url).unwrap().canonical())
    }

    #[test]
    fn an_id_outlives_the_move_to_https() {
        assert_eq!(id("http://www.a.vn/x"), id("https://a.vn/x"));
        assert_ne!(id("https://a.vn/x"), id("https://a.vn/y"));
        assert_eq!(id("https://a.vn/x").len(), 32);
    }

    #[test]
    fn bytes_become_two_digits_each() {
        assert_eq!(hex(&[0, 7, 0xa5, 255]), "0007a5ff");
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(hash_parts(["ab", "c"]), hash_parts(["a", "bc"]));
        assert_ne!(hash_parts(["a"]), hash_parts(["a", ""]));
    }

    #[test]
    fn jitter_stays_below_its_bound() {
        assert_eq!(jitter("x", 0), 0);
        assert!((0..100).all(|n| jitter(&n.to_string(), 7) < 7));
        assert_eq!(jitter("x", 1000), jitter("x", 1000));
    }
}
