//! What of a text goes into the index: a sample of its shingles.
//!
//! Shingles are runs of five syllables. A hash of each decides by itself whether it is taken (`FracMinHash`: Irber et al. 2022,
//! <https://doi.org/10.1101/2022.01.11.475838>), so that two texts sample the part that they share alike, however much longer one of them is.
//! That is what an excerpt needs and what whole-document `MinHash` cannot give.

use crate::text::folded::Syllable;

/// Syllables of a shingle. Of shorter ones too many stand in texts that have nothing to do with each other.
pub const SHINGLE: usize = 5;

/// One shingle in so many is taken.
pub const SCALE: u64 = 16;

/// At the head of a text, where cut copies begin, one in so many is taken ...
pub const HEAD_SCALE: u64 = 4;

/// ... of so many shingles.
pub const HEAD: usize = 64;

/// Syllables of a headline that names something by itself; "Thông báo" does not.
pub const TELLING_TITLE: usize = 6;

/// A shingle that was taken: 32 bits of its hash.
pub type Key = u32;

/// The keys of a text with the places of their shingles, in order; each key once.
pub fn keys(syllables: &[Syllable]) -> Vec<(Key, usize)> {
    let hashes = syllables.windows(SHINGLE).map(hash).enumerate();
    let is_taken = |(at, hash): &(usize, u64)| hash >> 32 < (1 << 32) / if *at < HEAD { HEAD_SCALE } else { SCALE };
    let mut keys: Vec<(Key, usize)> = hashes.filter(is_taken).map(|(at, hash)| (low(hash), at)).collect();
    keys.sort_unstable();
    keys.dedup_by_key(|(key, _)| *key);
    keys.sort_unstable_by_key(|(_, at)| *at);
    keys
}

/// The key of a headline, by which notices without text are found; none where it is too short to name anything.
pub fn title_key(title: &[Syllable]) -> Option<Key> {
    (title.len() >= TELLING_TITLE).then(|| low(hash(title)))
}

fn low(hash: u64) -> Key {
    let [.., a, b, c, d] = hash.to_be_bytes();
    Key::from_be_bytes([a, b, c, d])
}

fn hash(shingle: &[Syllable]) -> u64 {
    let mut hash = 0_u64;
    for syllable in shingle {
        hash = (hash ^ u64::from(syllable.0)).wrapping_mul(0x9fb2_1c65_1e98_df25).rotate_left(31);
    }
    let mixed = (hash ^ (hash >> 35)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 32)
}
