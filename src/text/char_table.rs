//! A value for each character of the blocks that Vietnamese text is written with, computed once from what [`fold`] makes of the character.

use std::ops::Range;

use crate::text::vietnamese::fold;

/// The Unicode blocks that a table covers: Latin up to Latin Extended-B, Latin Extended Additional, General Punctuation.
const LATIN: Range<u32> = 0..0x250;
const VIETNAMESE: Range<u32> = 0x1e00..0x1f00;
const PUNCTUATION: Range<u32> = 0x2000..0x2070;

/// Values by character.
pub(super) struct CharTable<T> {
    latin: Vec<T>,
    vietnamese: Vec<T>,
    punctuation: Vec<T>,
}

impl<T: Copy> CharTable<T> {
    /// Computes the values. `value_of` gets the characters that [`fold`] makes of a character between two letters that no spelling rule changes;
    /// `None` if they are not to be told apart from the letters.
    pub(super) fn new(value_of: impl Fn(Option<&[char]>) -> T) -> CharTable<T> {
        let values = |block: Range<u32>| {
            let value = |number| {
                let key = char::from_u32(number).map(|c| fold(&format!("b{c}b"))).unwrap_or_default();
                let between = key.strip_prefix('b').and_then(|rest| rest.strip_suffix('b'));
                let between = between.map(|between| between.chars().collect::<Vec<char>>());
                value_of(between.as_deref())
            };
            block.map(value).collect()
        };
        CharTable { latin: values(LATIN), vietnamese: values(VIETNAMESE), punctuation: values(PUNCTUATION) }
    }

    /// Returns the value of a character. None outside of the blocks.
    pub(super) fn get(&self, c: char) -> Option<T> {
        let number = u32::from(c);
        let (block, values) = match number {
            0..0x250 => (LATIN, &self.latin),
            0x1e00..0x1f00 => (VIETNAMESE, &self.vietnamese),
            0x2000..0x2070 => (PUNCTUATION, &self.punctuation),
            _ => return None,
        };
        values.get((number - block.start) as usize).copied()
    }
}
