//! Selects the shingles of a text that are indexed.
//!
//! Shingles are runs of five syllables. The hash of each shingle alone decides whether it is taken (`FracMinHash`: Irber et al. 2022,
//! <https://doi.org/10.1101/2022.01.11.475838>), so two texts sample their shared part in the same way, however much longer one of them is. Excerpts
//! need this, and whole-document `MinHash` does not have this property.

use crate::text::folded::Syllable;

/// Number of syllables of a shingle. Too many shorter ones are in unrelated texts.
pub const SHINGLE: usize = 5;

/// One shingle in this many is taken.
pub const SCALE: u64 = 16;

/// At the beginning of a text, where cut copies begin, one in this many is taken ...
pub const HEAD_SCALE: u64 = 4;

/// ... of this many shingles.
pub const HEAD: usize = 64;

/// Minimum number of syllables of a headline that identifies something by itself; "Thông báo" does not.
pub const TELLING_TITLE: usize = 6;

/// A selected shingle: 32 bits of its hash.
pub type Key = u32;

/// Returns the keys of a text with the positions of their shingles, in order; each key once.
pub fn keys(syllables: &[Syllable]) -> Vec<(Key, usize)> {
    let hashes = syllables.windows(SHINGLE).map(hash).enumerate();
    let is_taken = |(at, hash): &(usize, u64)| hash >> 32 < (1 << 32) / if *at < HEAD { HEAD_SCALE } else { SCALE };
    let mut keys: Vec<(Key, usize)> = hashes.filter(is_taken).map(|(at, hash)| (low(hash), at)).collect();
    keys.sort_unstable();
    keys.dedup_by_key(|(key, _)| *key);
    keys.sort_unstable_by_key(|(_, at)| *at);
    keys
}

/// Returns the key of a headline, by which notices without text are found. None if it is too short to identify anything.
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
