//! Hashes of a text's syllables in their folded form. The search for near-duplicates compares them.
//!
//! A syllable is a run of letters and digits in the text's key, [`fold`]. Numbers lose their leading zeros (`07/3` becomes `7/3`). The text is read
//! in one pass, without an allocation per character.
//!
//! Words take the fast path if all their letters are in the lookup table or are vowels followed by Vietnamese combining marks. Words with anything
//! else (other marks, other scripts, ligatures) take the slow path through [`fold`]. A property test checks that both paths agree.

use std::sync::OnceLock;

use crate::text::char_table::CharTable;
use crate::text::vietnamese::Letter;
use crate::text::vietnamese::fold;

/// A syllable or a number as 16 bits: a 15-bit hash of the folded letters, and a top bit that is set if it begins with a digit.
///
/// Two different syllables collide with a probability of 1 in 32,768. Only runs of three or more are compared, and those do not collide in practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Syllable(pub u16);

const NUMBER: u16 = 1 << 15;

impl Syllable {
    /// Whether the syllable begins with a digit: `24`, `10h30`, `2025`.
    pub fn is_number(self) -> bool {
        self.0 & NUMBER != 0
    }
}

/// Returns the syllables of a text, in order.
///
/// ```
/// use tintinh::text::folded::syllables;
/// assert_eq!(syllables("Hoà bình, 24/7"), syllables("HÒA  BÌNH (24-7)"));
/// assert_eq!(syllables("Hoà bình, 24/7").len(), 4);
/// ```
pub fn syllables(text: &str) -> Vec<Syllable> {
    // Vietnamese takes about five bytes per syllable, including the space.
    let mut all = Vec::with_capacity(text.len() / 5 + 1);
    append(text, &mut all);
    all
}

/// Appends the syllables of a text to `all`.
pub fn append(text: &str, all: &mut Vec<Syllable>) {
    let table = table();
    let mut word = Word::default();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match table.get(c).unwrap_or(UNKNOWN) {
            SEPARATOR => {
                word.finish(text.get(start..at).unwrap_or_default(), all);
                start = at + c.len_utf8();
            }
            NOTHING => word.takes_marks = false,
            UNKNOWN => word.mark(c),
            entry => word.push(entry),
        }
    }
    word.finish(text.get(start..).unwrap_or_default(), all);
}

/// The table's value for a character: one of three constants, or the code of a letter (with its tone) or of a digit.
type Entry = u32;
const UNKNOWN: Entry = 0;
const SEPARATOR: Entry = 1;
const NOTHING: Entry = 2;
const LETTER: Entry = 1 << 31;
const DIGIT: Entry = 1 << 30;
const ZERO: Entry = DIGIT | '0' as u32;
/// The tone's position, above the 21 bits of the letter.
const TONE_SHIFT: u32 = 24;
const TONE: Entry = 7 << TONE_SHIFT;

/// Maximum number of letters of a word on the fast path. Longer words take the slow path.
const WORD: usize = 32;

/// A word while it is being read.
struct Word {
    letters: [Entry; WORD],
    length: usize,
    is_plain: bool,
    /// Whether the previous character was a letter or digit, so that a combining mark may follow.
    takes_marks: bool,
}

impl Default for Word {
    fn default() -> Word {
        Word { letters: [UNKNOWN; WORD], length: 0, is_plain: true, takes_marks: false }
    }
}

impl Word {
    fn push(&mut self, entry: Entry) {
        match self.letters.get_mut(self.length) {
            Some(place) => {
                *place = entry;
                self.length += 1;
                self.takes_marks = true;
            }
            None => self.is_plain = false,
        }
    }

    /// Handles a character that the table does not know: a combining mark on the last letter, or a reason to take the slow path.
    fn mark(&mut self, c: char) {
        let last = self.length.checked_sub(1).filter(|_| self.takes_marks).and_then(|last| self.letters.get_mut(last));
        match last.and_then(|letter| Some((marked(*letter, c)?, letter))) {
            Some((entry, letter)) => *letter = entry,
            None => self.is_plain = false,
        }
    }

    fn finish(&mut self, text: &str, all: &mut Vec<Syllable>) {
        if !self.is_plain {
            append_folded(text, all);
        } else if let Some(letters) = self.letters.get_mut(..self.length).filter(|letters| !letters.is_empty()) {
            settle_runs(letters);
            all.push(hashed(without_zeros(letters)));
        }
        self.length = 0;
        self.is_plain = true;
        self.takes_marks = false;
    }
}

/// Adds a Vietnamese mark to a vowel, whatever the order in which the marks were typed. None if Unicode has no such letter.
fn marked(entry: Entry, mark: char) -> Option<Entry> {
    let (base, tone) = (char::from_u32(entry & !(LETTER | TONE))?, entry & TONE);
    if entry & LETTER == 0 || !"aăâeêioôơuưy".contains(base) {
        return None;
    }
    if let Some(number) = tone_number(mark) {
        return (tone == 0).then_some(entry | number << TONE_SHIFT);
    }
    let shaped = match (base, mark) {
        ('a', '\u{302}') => 'â',
        ('e', '\u{302}') => 'ê',
        ('o', '\u{302}') => 'ô',
        ('a', '\u{306}') => 'ă',
        ('o', '\u{31b}') => 'ơ',
        ('u', '\u{31b}') => 'ư',
        _ => return None,
    };
    Some(letter(shaped) | tone)
}

fn tone_number(mark: char) -> Option<u32> {
    match mark {
        '\u{300}' => Some(1),
        '\u{301}' => Some(2),
        '\u{303}' => Some(3),
        '\u{309}' => Some(4),
        '\u{323}' => Some(5),
        _ => None,
    }
}

/// The slow path: folds the word and splits the key at everything that is neither letter nor digit.
fn append_folded(word: &str, all: &mut Vec<Syllable>) {
    let key = fold(word);
    for run in key.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        let entries: Vec<Entry> = run.chars().map(code).collect();
        all.push(hashed(without_zeros(&entries)));
    }
}

/// Removes the leading zeros of a number: `07/3` and `7/3` are the same date.
fn without_zeros(mut entries: &[Entry]) -> &[Entry] {
    while let [ZERO, rest @ ..] = entries
        && rest.first().is_some_and(|next| next & DIGIT != 0)
    {
        entries = rest;
    }
    entries
}

/// Returns the code of a folded character.
fn code(c: char) -> Entry {
    if !c.is_alphabetic() {
        return DIGIT | u32::from(c);
    }
    let letter = Letter::of(c);
    let tone = letter.tone.and_then(tone_number).unwrap_or(0);
    LETTER | (tone << TONE_SHIFT) | u32::from(letter.base)
}

/// Applies the spelling rules of [`vietnamese`](crate::text::vietnamese) to each run of letters between digits.
fn settle_runs(letters: &mut [Entry]) {
    for run in letters.split_mut(|entry| entry & LETTER == 0) {
        settle_tone(run);
        settle_y(run);
    }
}

const fn letter(c: char) -> Entry {
    LETTER | c as u32
}

fn settle_tone(run: &mut [Entry]) {
    let [rest @ .., before, last] = run else { return };
    let tone = *last & TONE;
    if tone == 0 || *before & TONE != 0 {
        return;
    }
    let (first, second) = (*before, *last & !TONE);
    let is_open = (first == letter('o') && (second == letter('a') || second == letter('e')))
        || (first == letter('u') && second == letter('y'));
    if is_open && rest.last().is_none_or(|onset| *onset & !TONE != letter('q')) {
        *before |= tone;
        *last = second;
    }
}

fn settle_y(run: &mut [Entry]) {
    if let [onset, vowel] = run
        && *vowel & !TONE == letter('y')
        && ['h', 'k', 'l', 'm', 's', 't'].iter().any(|c| *onset & !TONE == letter(*c))
    {
        *vowel = (*vowel & TONE) | letter('i');
    }
}

fn hashed(entries: &[Entry]) -> Syllable {
    let mut hash = 0x9e37_79b9_7f4a_7c15_u64;
    for entry in entries {
        hash = (hash ^ u64::from(*entry)).wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_left(29);
    }
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    let [high, low, ..] = mixed.to_be_bytes();
    let bits = u16::from_be_bytes([high, low]) & !NUMBER;
    let begins_with_digit = entries.first().is_some_and(|entry| entry & DIGIT != 0);
    Syllable(if begins_with_digit { bits | NUMBER } else { bits })
}

/// The lookup table.
fn table() -> &'static CharTable<Entry> {
    static TABLE: OnceLock<CharTable<Entry>> = OnceLock::new();
    TABLE.get_or_init(|| {
        CharTable::new(|between| match between {
            Some([]) => NOTHING,
            Some([one]) if one.is_alphanumeric() => code(*one),
            Some([_]) => SEPARATOR,
            _ => UNKNOWN,
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition of a syllable: a run of letters and digits of the key.
    fn slowly(text: &str) -> Vec<Syllable> {
        let mut all = Vec::new();
        append_folded(text, &mut all);
        all
    }

    #[test]
    fn spelling_variants_meet() {
        for (one, other) in [
            ("hoà bình", "Hòa  Bình"),
            ("kỹ sư quý", "kĩ sư quý"),
            ("NÐ-CP", "nđ–cp"),
            ("tr\u{f4}\u{300}ng", "trồng"),
            ("xã\u{200b}hội", "xãhội"),
            ("“Đắk R’lấp”", "Đắk R'lấp"),
            ("ngày 07-03", "Ngày 7/3"),
        ] {
            assert_eq!(syllables(one), syllables(other), "{one} {other}");
        }
        assert_ne!(syllables("quý"), syllables("quí"));
        assert_ne!(syllables("thu"), syllables("thú"));
    }

    #[test]
    fn numbers_are_told_apart() {
        let marks: Vec<bool> = syllables("Ngày 24/7, lúc 10h30 (A5)").iter().map(|one| one.is_number()).collect();
        assert_eq!(marks, [false, true, true, false, true, false]);
    }

    /// Pieces that the rules treat specially, combining marks, characters that vanish, other scripts.
    fn piece() -> impl Strategy<Value = String> {
        const PIECES: &[&str] = &[
            "hoà",
            "HÒA",
            "qu",
            "uỳ",
            "quỳ",
            "ky",
            "kỹ",
            "tý",
            "oe",
            "o",
            "e",
            "a",
            "u",
            "y",
            "ý",
            "đ",
            "Ð",
            "ð",
            "Đ",
            "ß",
            "İ",
            "ı",
            "ﬁ",
            "Ǆ",
            "ʼn",
            "0",
            "1",
            "2025",
            "²",
            "½",
            "१",
            " ",
            "\u{a0}",
            "\u{200b}",
            "\u{ad}",
            "-",
            "–",
            "’",
            "'",
            ".",
            "…",
            "=",
            "\u{300}",
            "\u{301}",
            "\u{302}",
            "\u{303}",
            "\u{309}",
            "\u{323}",
            "\u{31b}",
            "\u{338}",
            "e\u{302}\u{301}",
            "a\u{301}\u{302}",
            "Ω",
            "ΟΔΟΣ",
            "Привет",
            "한",
            "ᄒ",
            "ᅡ",
            "日本",
            "\u{1fef}",
            "\u{212a}",
            "́",
            "Ấ",
            "ự",
            "\n",
            "\t",
            "<",
        ];
        prop_oneof![
            4 => prop::sample::select(PIECES).prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
            1 => (0x1ea0_u32..0x1efa).prop_map(|number| char::from_u32(number).unwrap_or('x').to_string()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn the_fast_way_is_the_slow_way(pieces in prop::collection::vec(piece(), 0..24)) {
            let text = pieces.concat();
            prop_assert_eq!(syllables(&text), slowly(&text), "{:?}", text);
        }
    }
}
