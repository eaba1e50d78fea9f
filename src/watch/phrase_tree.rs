//! Finds many phrases in a text at once: a tree over the words of the phrases.
//!
//! From each word of the text, the tree is walked for as long as a phrase goes on. Most walks end at the second word, so a text costs about two
//! lookups a word, however many phrases there are. The tables have an entry for each word of a phrase, where an automaton over bytes has one for
//! each letter, and the entries of words lie side by side: what costs time with many phrases is memory that is not in the processor's caches.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::hash::Hasher;

/// Where a walk stands. The root is 0.
type Node = u32;
const ROOT: Node = 0;

/// Some phrases. Each has a number, in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub struct PhraseTree {
    /// The words of all phrases, by [`packed`].
    words: Map<u64, PhraseWord>,
    /// Words that are too long for that: no syllable of Vietnamese is.
    long_words: HashMap<Box<str>, PhraseWord>,
    /// The node behind a node and the number of a word.
    steps: Map<(Node, u32), Node>,
    /// The phrase that ends at each node.
    ends: Vec<Option<usize>>,
    /// Number of phrases.
    count: usize,
}

/// A word that stands in a phrase.
#[derive(Debug, Clone, Copy)]
struct PhraseWord {
    number: u32,
    /// The node of phrases that begin with it; the root if none does.
    first: Node,
}

impl PhraseTree {
    /// Adds a phrase, as [`words::folded`](crate::text::words::folded) has it, and returns its number. The same words have the same number.
    pub fn add(&mut self, folded: &str) -> usize {
        let mut node = ROOT;
        for word in folded.split_ascii_whitespace() {
            node = self.step(node, word);
        }
        let place = usize::try_from(node).unwrap_or(usize::MAX);
        if self.ends.len() <= place {
            self.ends.resize(place + 1, None);
        }
        let count = self.count;
        let number = self.ends.get_mut(place).map_or(count, |end| *end.get_or_insert(count));
        self.count = self.count.max(number + 1);
        number
    }

    /// The node behind a node and a word, which may be a new one.
    fn step(&mut self, node: Node, word: &str) -> Node {
        let number = u32::try_from(self.words.len() + self.long_words.len()).unwrap_or(u32::MAX);
        let unknown = PhraseWord { number, first: ROOT };
        let known = match packed(word) {
            Some(word) => self.words.entry(word).or_insert(unknown),
            None => self.long_words.entry(word.into()).or_insert(unknown),
        };
        let new = u32::try_from(self.steps.len() + 1).unwrap_or(u32::MAX);
        let next = *self.steps.entry((node, known.number)).or_insert(new);
        if node == ROOT {
            known.first = next;
        }
        next
    }

    /// Calls `found` with the number of a phrase for each place in a folded text where it stands.
    pub fn find(&self, folded: &str, mut found: impl FnMut(usize)) {
        let known = |word| packed(word).map_or_else(|| self.long_words.get(word), |word| self.words.get(&word));
        let words: Vec<Option<&PhraseWord>> = folded.split_ascii_whitespace().map(known).collect();
        for (place, first) in words.iter().enumerate() {
            let mut node = first.map_or(ROOT, |word| word.first);
            let mut rest = words.iter().skip(place + 1);
            while node != ROOT {
                if let Some(end) = usize::try_from(node).ok().and_then(|node| *self.ends.get(node)?) {
                    found(end);
                }
                let next = rest.next().copied().flatten().and_then(|word| self.steps.get(&(node, word.number)));
                node = next.copied().unwrap_or(ROOT);
            }
        }
    }

    /// Number of phrases.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// The letters of a word as a number; `None` if they are more than eight bytes.
fn packed(word: &str) -> Option<u64> {
    let is_short = word.len() <= 8;
    is_short.then(|| word.bytes().fold(0, |all, byte| all << 8 | u64::from(byte)))
}

/// A map whose keys are numbers of a configuration: nobody outside can choose them so that they collide.
type Map<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// Hashes numbers by multiplication (Knuth, The Art of Computer Programming, 6.4).
#[derive(Debug, Clone, Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64((*byte).into());
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// The high bits are the well mixed ones, and a map looks at the low ones too.
    fn finish(&self) -> u64 {
        self.0.rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(phrases: &[&str], text: &str) -> Vec<String> {
        let mut tree = PhraseTree::default();
        let numbers: Vec<usize> = phrases.iter().map(|phrase| tree.add(phrase)).collect();
        let mut all = Vec::new();
        tree.find(text, |number| {
            let place = numbers.iter().position(|own| *own == number).unwrap();
            all.push(phrases[place].trim().to_owned());
        });
        all
    }

    #[test]
    fn phrases_are_found_wherever_they_stand_and_within_each_other() {
        let phrases = [" bo may ", " tinh gon bo may ", " may ", " bo ", " gon bo phan "];
        assert_eq!(
            found(&phrases, " tinh gon bo may bo "),
            ["tinh gon bo may", "bo", "bo may", "may", "bo"].into_iter().map(str::to_owned).collect::<Vec<_>>()
        );
        assert_eq!(found(&phrases, " tinh gon "), Vec::<String>::new());
        assert_eq!(found(&[], " a "), Vec::<String>::new());
        assert_eq!(found(&phrases, " "), Vec::<String>::new());
        let mut tree = PhraseTree::default();
        assert_eq!([tree.add(" a b "), tree.add(" b "), tree.add(" a b "), tree.add(" a ")], [0, 1, 0, 2]);
        assert_eq!(tree.count(), 3);
    }

    proptest! {
        /// The definition: a phrase stands where its words stand, each between two blanks.
        #[test]
        fn all_places_are_found(phrases in prop::collection::vec("( [abc]{1,2}| bbbbbbbb[ab]{0,2}){1,4} ", 0..8), text in "( [abc]{1,2}| bbbbbbbb[ab]{0,2}){0,30} ") {
            let mut tree = PhraseTree::default();
            let mut expected: Vec<usize> = Vec::new();
            let mut known: Vec<&str> = Vec::new();
            for phrase in &phrases {
                let number = tree.add(phrase);
                if number == known.len() {
                    known.push(phrase);
                    expected.extend((0..text.len()).filter(|at| text[*at..].starts_with(phrase.as_str())).map(|_| number));
                }
                prop_assert_eq!(known[number], phrase.as_str());
            }
            let mut all = Vec::new();
            tree.find(&text, |number| all.push(number));
            all.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(all, expected);
        }
    }
}
