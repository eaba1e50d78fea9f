//! An in-memory index from keys to articles: eight bytes for each posting, in open addressing, in the order of the keys.

use crate::dedup::shelf::HOLDERS;
use crate::dedup::shelf::Number;
use crate::dedup::sketch::Key;

/// Number of parts that grow independently, so that growing needs twice the memory of one part and not of all.
const SHARDS: usize = 256;

/// Postings by key. At most [`HOLDERS`] are kept of one key.
#[derive(Debug)]
pub struct Postings {
    shards: Vec<Shard>,
}

/// A slot contains a key and an article's number plus one, so that a used slot is never zero. A posting is at the place of its key or after it.
#[derive(Debug)]
struct Shard {
    slots: Vec<u64>,
    used: usize,
}

impl Default for Postings {
    fn default() -> Postings {
        // Each shard is a little larger at first than the previous one, so that they do not all grow at the same time.
        let shard = |number: usize| Shard { slots: vec![EMPTY; FIRST + number * FIRST / (2 * SHARDS)], used: 0 };
        Postings { shards: (0..SHARDS).map(shard).collect() }
    }
}

impl Postings {
    /// Adds a posting.
    pub fn insert(&mut self, key: Key, article: Number) {
        if let Some(shard) = self.shards.get_mut(shard_of(key)) {
            shard.insert(key, article);
        }
    }

    /// Reads the places of keys that are needed next. Separate lookups would each wait for memory; reading them together waits once.
    pub fn touch(&self, keys: &[Key]) {
        let first = |key: &Key| {
            let shard = self.shards.get(shard_of(*key))?;
            shard.slots.get(shard.place(*key)).copied()
        };
        std::hint::black_box(keys.iter().filter_map(first).fold(0, |all, slot| all ^ slot));
    }

    /// Returns the articles with a key, the earliest first.
    pub fn holders(&self, key: Key) -> impl Iterator<Item = Number> {
        self.shards.get(shard_of(key)).into_iter().flat_map(move |shard| shard.holders(key))
    }

    /// Returns the number of bytes that the postings take.
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| shard.slots.capacity() * size_of::<u64>()).sum()
    }

    /// Removes all postings and returns them, sorted by key and article.
    pub fn drain(&mut self) -> impl Iterator<Item = (Key, Number)> {
        std::mem::take(self).shards.into_iter().flat_map(|shard| {
            let mut postings: Vec<u64> = shard.slots.into_iter().filter(|slot| *slot != EMPTY).collect();
            postings.sort_unstable();
            postings.into_iter().map(parts)
        })
    }
}

const EMPTY: u64 = 0;

/// Initial number of slots of a shard.
const FIRST: usize = 256;

fn shard_of(key: Key) -> usize {
    usize::from(key.to_be_bytes()[0])
}

fn packed(key: Key, article: Number) -> u64 {
    u64::from(key) << 32 | u64::from(article + 1)
}

fn parts(slot: u64) -> (Key, Number) {
    let (key, article) = (slot >> 32, slot & u64::from(u32::MAX));
    (Key::try_from(key).unwrap_or(0), Number::try_from(article).unwrap_or(0).wrapping_sub(1))
}

impl Shard {
    /// Returns where a key's postings begin. It increases with the key, so that drained postings are nearly sorted.
    fn place(&self, key: Key) -> usize {
        let within = u64::from(key) & 0x00ff_ffff;
        usize::try_from((within * self.slots.len() as u64) >> 24).unwrap_or(0)
    }

    /// Returns the articles in the slots from a key's place on, around the end if necessary, up to a free slot.
    fn holders(&self, key: Key) -> impl Iterator<Item = Number> {
        let mut place = self.place(key);
        let slots = std::iter::from_fn(move || {
            let slot = self.slots.get(place).or_else(|| self.slots.first()).copied().filter(|slot| *slot != EMPTY)?;
            place = if place < self.slots.len() { place + 1 } else { 1 };
            Some(slot)
        });
        slots.map(parts).filter(move |(held, _)| *held == key).map(|(_, article)| article)
    }

    fn insert(&mut self, key: Key, article: Number) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let (mut place, mut held) = (self.place(key), 0);
        while held < HOLDERS {
            place = if place < self.slots.len() { place } else { 0 };
            let Some(slot) = self.slots.get_mut(place) else { return };
            if *slot == EMPTY {
                *slot = packed(key, article);
                self.used += 1;
                return;
            }
            held += usize::from(parts(*slot).0 == key);
            place += 1;
        }
    }

    fn grow(&mut self) {
        let length = self.slots.len() * 3 / 2;
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; length]);
        self.used = 0;
        // From a free slot on, around the end, the postings of one key are in the order in which they were inserted.
        let free = old.iter().position(|slot| *slot == EMPTY).unwrap_or(0);
        let (head, tail) = old.split_at(free);
        for slot in tail.iter().chain(head).filter(|slot| **slot != EMPTY) {
            let (key, article) = parts(*slot);
            self.insert(key, article);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_goes_in_is_found_and_comes_out_sorted(keys in prop::collection::vec(prop_oneof![any::<u32>(), 0..9_u32], 0..600)) {
            let mut postings = Postings::default();
            let mut expect: BTreeMap<Key, Vec<Number>> = BTreeMap::new();
            for (article, key) in (0..).zip(&keys) {
                postings.insert(*key, article);
                let holders = expect.entry(*key).or_default();
                if holders.len() < HOLDERS {
                    holders.push(article);
                }
            }
            for (key, holders) in &expect {
                prop_assert_eq!(&postings.holders(*key).collect::<Vec<_>>(), holders);
            }
            let all: Vec<_> = expect.iter().flat_map(|(key, held)| held.iter().map(move |article| (*key, *article))).collect();
            prop_assert_eq!(postings.drain().collect::<Vec<_>>(), all);
            prop_assert!(postings.holders(keys.first().copied().unwrap_or(0)).next().is_none());
        }
    }
}
