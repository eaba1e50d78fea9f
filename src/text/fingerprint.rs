//! Ids and hashes: BLAKE3, cut to 128 bits, as 32 hex digits.
use crate::url::PageUrl;
/// The id of an article: a hash of its canonical address.
pub fn article_id(_canonical: &PageUrl) -> String {
    todo!()
}
/// A hash of parts, each ended unambiguously.
pub fn hash_parts<'a>(_parts: impl IntoIterator<Item = &'a str>) -> String {
    todo!()
}
/// A number in 0..bound from a key: jitter without randomness.
pub fn jitter(_key: &str, _bound: u64) -> u64 {
    todo!()
}
