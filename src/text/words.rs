//! The words of a text, for matching phrases: runs of letters and digits without accents and in one spelling, each between two spaces. A phrase is
//! in a text if its words are a part of the text's words.
//!
//! [`folded`] looks up ASCII and Vietnamese letters in a table. Words with anything else are folded as a whole. A property test checks that both
//! paths agree.

use std::ops::Range;
use std::sync::OnceLock;

use unicode_normalization::char::is_combining_mark;

use crate::text::char_table::CharTable;
use crate::text::vietnamese;
use crate::text::vietnamese::Letter;

/// Returns the words of a text without accents: ` hoa binh 7 3 `. A single space if there are none.
///
/// ```
/// use tintinh::text::words::folded;
/// assert_eq!(folded("Hoà Bình, 07/3"), " hoa binh 7 3 ");
/// assert!(folded("Tinh gọn bộ máy").contains(&folded("bộ máy")));
/// ```
pub fn folded(text: &str) -> String {
    let mut words = Words::new(text.len());
    let table = table();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match table.get(c).unwrap_or(UNKNOWN) {
            UNKNOWN => words.is_plain = false,
            NOTHING => {}
            SEPARATOR => {
                words.end(text.get(start..at).unwrap_or_default());
                start = at + c.len_utf8();
            }
            letter => words.all.push(char::from(letter)),
        }
    }
    words.end(text.get(start..).unwrap_or_default());
    words.all
}

/// Returns the words of a text with their accents, in the one spelling of [`vietnamese::fold`].
pub fn exact(text: &str) -> String {
    let mut all = String::with_capacity(text.len() + 2);
    all.push(' ');
    let key = vietnamese::fold(text);
    for run in runs(&key) {
        all.extend([without_zeros(run), " "]);
    }
    all
}

/// A word and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its byte range in the text.
    pub place: Range<usize>,
    /// Without accents.
    pub folded: String,
    /// With its accents.
    pub exact: String,
}

/// Returns the words of a text with their positions.
pub fn placed(text: &str) -> Vec<Word> {
    let is_part = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let mut all = Vec::new();
    let mut start = 0;
    for run in text.split(|c| !is_part(c)) {
        let place = start..start + run.len();
        start = place.end + text.get(place.end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let key = vietnamese::fold(run);
        for exact in runs(&key).map(without_zeros) {
            let mut folded = String::new();
            vietnamese::push_unmarked(exact, &mut folded);
            all.push(Word { place: place.clone(), folded, exact: exact.to_owned() });
        }
    }
    all
}

fn runs(key: &str) -> impl Iterator<Item = &str> {
    key.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty())
}

/// Removes the leading zeros of a number: `07/3` and `7/3` are the same date.
pub fn without_zeros(run: &str) -> &str {
    let rest = run.trim_start_matches('0');
    if rest.len() < run.len() && !rest.starts_with(|c: char| c.is_ascii_digit()) {
        run.get(run.len() - rest.len() - 1..).unwrap_or(run)
    } else {
        rest
    }
}

/// The words while they are being read.
struct Words {
    /// The words so far, with a space before the current one.
    all: String,
    /// Where the current word begins.
    begin: usize,
    /// Whether the table knows all characters of the current word.
    is_plain: bool,
}

impl Words {
    fn new(bytes: usize) -> Words {
        let mut all = String::with_capacity(bytes + 2);
        all.push(' ');
        Words { all, begin: 1, is_plain: true }
    }

    /// Ends the current word, with the given text.
    fn end(&mut self, text: &str) {
        if !self.is_plain {
            self.all.truncate(self.begin);
            let key = vietnamese::fold(text);
            for run in runs(&key) {
                vietnamese::push_unmarked(without_zeros(run), &mut self.all);
                self.all.push(' ');
            }
            self.is_plain = true;
        } else if self.all.len() > self.begin {
            self.settle();
            self.all.push(' ');
        }
        self.begin = self.all.len();
    }

    /// Removes zeros before a number, and replaces `y` by `i` after a single h, k, l, m, s or t, like [`vietnamese::fold`].
    fn settle(&mut self) {
        let word = self.all.get(self.begin..).unwrap_or_default();
        if let [b'h' | b'k' | b'l' | b'm' | b's' | b't', b'y'] = word.as_bytes() {
            self.all.pop();
            self.all.push('i');
        } else if word.bytes().any(|byte| byte.is_ascii_digit()) {
            // Letters next to digits are syllables of their own.
            let key = vietnamese::fold(word);
            let settled = without_zeros(&key).to_owned();
            self.all.truncate(self.begin);
            self.all.push_str(&settled);
        }
    }
}

/// The table's value for a character: one of three constants, or the letter or digit without accents.
type Entry = u8;
const UNKNOWN: Entry = 0;
const NOTHING: Entry = 1;
const SEPARATOR: Entry = 2;

fn table() -> &'static CharTable<Entry> {
    static TABLE: OnceLock<CharTable<Entry>> = OnceLock::new();
    TABLE.get_or_init(|| CharTable::new(entry_of))
}

fn entry_of(between: Option<&[char]>) -> Entry {
    match between {
        Some([]) => NOTHING,
        Some([one]) if !one.is_alphanumeric() && !is_combining_mark(*one) => SEPARATOR,
        Some(['đ']) => b'd',
        Some([one]) if one.is_ascii_alphanumeric() => u8::try_from(*one).unwrap_or(UNKNOWN),
        Some([one]) => match Letter::of(*one).base {
            'a' | 'ă' | 'â' => b'a',
            'e' | 'ê' => b'e',
            'i' => b'i',
            'o' | 'ô' | 'ơ' => b'o',
            'u' | 'ư' => b'u',
            'y' => b'y',
            _ => UNKNOWN,
        },
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition of words: runs of letters and digits of the key, without marks.
    fn slowly(text: &str) -> String {
        let mut all = " ".to_owned();
        let key = vietnamese::fold(text);
        for run in runs(&key) {
            vietnamese::push_unmarked(without_zeros(run), &mut all);
            all.push(' ');
        }
        all
    }

    #[test]
    fn words_stand_between_blanks_in_one_spelling() {
        for (text, words) in [
            ("", " "),
            (" – ", " "),
            ("Tinh gọn bộ máy", " tinh gon bo may "),
            ("Kỹ sư, kĩ sư; MỸ-mĩ", " ki su ki su mi mi "),
            ("thuỷ lợi/thủy lợi", " thuy loi thuy loi "),
            ("Ngày 07/03, 00 giờ", " ngay 7 3 0 gio "),
            ("xã\u{200b}hội", " xahoi "),
            ("tr\u{f4}\u{300}ng", " trong "),
            ("15/2025/QĐ–UBND", " 15 2025 qd ubnd "),
            ("R’lấp", " r lap "),
        ] {
            assert_eq!(folded(text), words, "{text}");
            assert_eq!(slowly(text), words, "{text}");
        }
        assert_eq!(exact("Hoà  Bình, bản đồ 07"), " hòa bình bản đồ 7 ");
    }

    #[test]
    fn places_lead_back_to_the_text() {
        let text = "“Kỹ sư” (số 07)";
        let words = placed(text);
        let shown: Vec<(&str, &str, &str)> =
            words.iter().map(|word| (&text[word.place.clone()], &*word.folded, &*word.exact)).collect();
        assert_eq!(shown, [("Kỹ", "ki", "kĩ"), ("sư", "su", "sư"), ("số", "so", "số"), ("07", "7", "7")]);
    }

    proptest! {
        #[test]
        fn the_fast_way_says_what_the_slow_one_says(text in "[a-zA-Z0-9 hklmstyýỳỹÿoaàóòéèuđĐ\u{300}\u{301}\u{302}\u{200b}\u{2019}–/.ĥḥﬁ０①Ω火]{0,24}|\\PC{0,12}") {
            prop_assert_eq!(folded(&text), slowly(&text));
        }
    }
}
