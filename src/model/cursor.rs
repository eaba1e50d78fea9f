//! A position in a store's stream of records, as one word that a reader keeps and passes back.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;
use thiserror::Error;

use crate::text::fingerprint;

/// Number of digits of a store's name.
const NAME_DIGITS: usize = 12;
/// Number of digits that distinguish the record at the position from another record with the same number.
const CHECK_DIGITS: usize = 4;

/// A store's name: 12 hex digits, assigned once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreName(u64);

impl StoreName {
    /// Returns the name made of a number's lower 48 bits.
    pub fn new(number: u64) -> StoreName {
        StoreName(number & ((1 << (4 * NAME_DIGITS)) - 1))
    }

    /// Returns its number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:0NAME_DIGITS$x}", self.0)
    }
}

impl FromStr for StoreName {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<StoreName, NoCursor> {
        let number = hex(text, NAME_DIGITS).ok_or(NoCursor)?;
        u64::from_str_radix(number, 16).map(StoreName).map_err(|_| NoCursor)
    }
}

/// A position in a stream: after a record, or before the first one. It is written `<store>_<number>_<check>`, which a double click selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor {
    /// The store that the stream belongs to.
    pub store: StoreName,
    /// `sequence` of the last record before the position; 0 before the first.
    pub sequence: u64,
    check: String,
}

/// The text is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a cursor")]
pub struct NoCursor;

impl Cursor {
    /// Returns the position after a record. `id` is empty for a position that no record marks.
    pub fn behind(store: StoreName, sequence: u64, id: &str, revision: u32) -> Cursor {
        let parts = [store.to_string(), sequence.to_string(), id.to_owned(), revision.to_string()];
        let mut check = fingerprint::hash_parts(parts.each_ref().map(String::as_str));
        check.truncate(CHECK_DIGITS);
        Cursor { store, sequence, check }
    }

    /// Returns the position before the first record.
    pub fn start(store: StoreName) -> Cursor {
        Cursor::behind(store, 0, "", 0)
    }

    /// Whether the record with its number is the one for which it was made.
    pub fn is_behind(&self, id: &str, revision: u32) -> bool {
        Cursor::behind(self.store, self.sequence, id, revision) == *self
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}_{}_{}", self.store, self.sequence, self.check)
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Cursor, NoCursor> {
        let mut parts = text.split('_');
        let (Some(store), Some(sequence), Some(check), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NoCursor);
        };
        let is_number = !sequence.is_empty() && sequence.bytes().all(|digit| digit.is_ascii_digit());
        let sequence: u64 = sequence.parse().ok().filter(|_| is_number).ok_or(NoCursor)?;
        // A database cannot hold larger numbers.
        i64::try_from(sequence).map_err(|_| NoCursor)?;
        let check = hex(check, CHECK_DIGITS).ok_or(NoCursor)?.to_owned();
        Ok(Cursor { store: store.parse()?, sequence, check })
    }
}

impl TryFrom<String> for Cursor {
    type Error = NoCursor;

    fn try_from(text: String) -> Result<Cursor, NoCursor> {
        text.parse()
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> String {
        cursor.to_string()
    }
}

/// Returns the text if it consists of exactly this many hex digits in lower case.
fn hex(text: &str, digits: usize) -> Option<&str> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == digits && text.bytes().all(is_hex)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_one_word_that_reads_back() {
        let store = StoreName::new(0x3f_9a1c_07be);
        for cursor in
            [Cursor::start(store), Cursor::behind(store, 1042, "a1", 3), Cursor::behind(store, 1 << 60, "", 0)]
        {
            let word = cursor.to_string();
            assert_eq!(word.parse(), Ok(cursor), "{word}");
            assert!(word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{word}");
        }
        let cursor = Cursor::behind(store, 7, "a1", 3);
        assert!(cursor.is_behind("a1", 3) && !cursor.is_behind("a1", 4) && !cursor.is_behind("b1", 3));
    }

    #[test]
    fn what_was_cut_or_mistyped_is_no_cursor() {
        let word = Cursor::behind(StoreName::new(77), 1042, "a1", 3).to_string();
        for cut in 0..word.len() {
            assert_eq!(word[..cut].parse::<Cursor>(), Err(NoCursor), "{}", &word[..cut]);
        }
        for wrong in [
            "",
            "1042",
            "start",
            "a_b_c",
            "00000000004d_-1_abcd",
            "00000000004D_1_abcd",
            "00000000004d_1_abcd_",
            "00000000004d_99999999999999999999_abcd",
        ] {
            assert_eq!(wrong.parse::<Cursor>(), Err(NoCursor), "{wrong}");
        }
    }
}
