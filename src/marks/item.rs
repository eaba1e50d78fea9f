//! The number by which apps and marks refer to an article: 63 bits of its record's `id`, so that a database rebuilt from its files gives the same
//! numbers.

use std::fmt;

/// The prefix of the long form.
const PREFIX: &str = "tag:google.com,2005:reader/item/";

/// Hexadecimal digits in the long form.
const DIGITS: usize = 16;

/// An article's number. It is never negative, because apps read it as either a signed or an unsigned number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(i64);

impl ItemId {
    /// The number for a record's `id`: its last 63 bits. An `id` that is not a hash also gets one.
    pub fn of_article(id: &str) -> ItemId {
        let tail = id.len().checked_sub(DIGITS).and_then(|at| id.get(at..));
        let known = tail.and_then(|tail| u64::from_str_radix(tail, 16).ok());
        let bits = known.unwrap_or_else(|| {
            let hash = blake3::hash(id.as_bytes());
            hash.as_bytes().iter().take(8).fold(0, |bits, byte| (bits << 8) | u64::from(*byte))
        });
        ItemId(i64::try_from(bits & i64::MAX.unsigned_abs()).unwrap_or_default())
    }

    /// Parses the long form, its digits alone, or the short form: a decimal number.
    pub fn parse(text: &str) -> Option<ItemId> {
        let hex = |digits: &str| {
            let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            i64::try_from(u64::from_str_radix(digits, 16).ok().filter(|_| is_hex)?).ok()
        };
        let number = match text.strip_prefix(PREFIX) {
            Some(digits) => hex(digits)?,
            // Sixteen digits that include a letter are not a decimal number.
            None if text.len() == DIGITS && text.bytes().any(|byte| byte.is_ascii_alphabetic()) => hex(text)?,
            None => text.parse().ok().filter(|number| *number >= 0)?,
        };
        Some(ItemId(number))
    }

    /// The article's number as stored in the file.
    pub(super) fn of_number(number: i64) -> ItemId {
        ItemId(number)
    }

    /// The number itself.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The long form: the prefix and sixteen hexadecimal digits.
    pub fn long(self) -> String {
        format!("{PREFIX}{:016x}", self.0)
    }
}

impl fmt::Display for ItemId {
    /// The short form.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        for id in
            ["00000000000000000000000000000000", "0000000000000000ffffffffffffffff", "0123456789abcdef0123456789abcdef"]
        {
            let item = ItemId::of_article(id);
            assert!(item.number() >= 0, "{id}");
            assert_eq!(ItemId::parse(&item.long()), Some(item));
            assert_eq!(ItemId::parse(&item.to_string()), Some(item));
        }
        assert_eq!(ItemId::of_article("0000000000000000ffffffffffffffff").long(), format!("{PREFIX}7fffffffffffffff"));
        assert_eq!(ItemId::parse("00000000000000af").map(ItemId::number), Some(0xaf));
        assert_eq!(ItemId::parse("tag:google.com,2005:reader/item/af").map(ItemId::number), Some(0xaf));
        for text in [
            "",
            "-1",
            "x",
            "tag:google.com,2005:reader/item/",
            "tag:google.com,2005:reader/item/ffffffffffffffff",
            "+1a",
        ] {
            assert_eq!(ItemId::parse(text), None, "{text}");
        }
        assert_ne!(ItemId::of_article("a"), ItemId::of_article("b"));
    }
}
