//! Measures how Vietnamese a text looks. Only words with letters beyond ASCII count, because a wrong decoding damages no others.

use crate::text::syllable;
use crate::text::unicode;

/// Maximum number of characters that are measured. The beginning of a text is enough to judge it, and a page may be long.
const LOOKED_AT: usize = 16 * 1024;

/// Maximum number of ASCII words that are checked, and the minimum needed for a judgment.
const ASCII_WORDS: usize = 60;
const ENOUGH_ASCII_WORDS: usize = 8;

/// Whether a text has a word with non-ASCII characters of a Western set that is not a Vietnamese syllable. Most texts have none and need no trial.
pub(super) fn is_damaged(text: &str) -> bool {
    !text.is_ascii() && words(text).filter(|word| word.chars().any(is_western)).any(|word| Measure::of(word).wrong > 0)
}

/// Whether the ASCII words, which no wrong decoding changes, may be Vietnamese words without a tone.
pub(super) fn may_be_vietnamese(text: &str) -> bool {
    let words = words(text).filter(|word| word.len() > 1 && word.is_ascii());
    let (mut all, mut right) = (0, 0);
    for word in words.take(ASCII_WORDS) {
        all += 1;
        right += usize::from(syllable::is_syllable(word));
    }
    all < ENOUGH_ASCII_WORDS || right * 2 >= all
}

/// Counts of the words that contain letters or symbols beyond ASCII.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Measure {
    /// Words that are Vietnamese syllables.
    pub(super) right: usize,
    /// The letters of these words, except the first of each: a syllable of one letter proves nothing.
    pub(super) weight: usize,
    /// Words that are not Vietnamese syllables.
    pub(super) wrong: usize,
}

impl Measure {
    pub(super) fn of(text: &str) -> Measure {
        let end = text.char_indices().nth(LOOKED_AT).map_or(text.len(), |(end, _)| end);
        let head = text.get(..end).unwrap_or(text);
        let composed = if head.chars().any(is_mark) { unicode::nfc(head) } else { head.to_owned() };
        let mut measure = Measure::default();
        words(&composed).for_each(|word| measure.count(word));
        measure
    }

    fn count(&mut self, word: &str) {
        if word.is_ascii() {
            return;
        }
        // In a correct text, soft hyphens are not letters.
        let plain: String = word.chars().filter(|c| *c != '\u{ad}').collect();
        if plain.is_ascii() && word.ends_with('\u{ad}') {
            return;
        }
        if syllable::is_syllable(&plain)
            && !has_inner_capital(&plain)
            && plain.len() == word.len() - 2 * hyphens_at_end(word)
        {
            self.right += 1;
            self.weight += plain.chars().count() - 1;
        } else if !is_neutral(&plain) {
            self.wrong += 1;
        }
    }

    /// Returns the evidence for the text being Vietnamese minus the evidence against it.
    pub(super) fn score(self) -> isize {
        let signed = |count: usize| isize::try_from(count).unwrap_or(isize::MAX / 8);
        signed(self.weight) - 3 * signed(self.wrong)
    }

    /// Whether nearly all counted words are Vietnamese. Any text may contain some foreign names.
    pub(super) fn convinces(self) -> bool {
        self.weight >= 3 && self.wrong * 8 <= self.right
    }
}

/// Whether a capital follows a lower-case letter. Only ASCII counts, because TCVN3's capitals look like lower-case letters.
fn has_inner_capital(word: &str) -> bool {
    let mut ascii = word.chars().filter(char::is_ascii).skip_while(char::is_ascii_uppercase);
    ascii.any(|c| c.is_ascii_uppercase())
}

fn hyphens_at_end(word: &str) -> usize {
    word.chars().rev().take_while(|c| *c == '\u{ad}').count()
}

/// Whether a word is no evidence either way: abbreviations (`QĐ`, `HĐND`), single symbols and other scripts.
fn is_neutral(word: &str) -> bool {
    let is_vowel = |c: char| c.is_alphabetic() && !"bcdđghjklmnpqrstvxzwfBCDĐGHJKLMNPQRSTVXZWFÐð".contains(c);
    let has_letters = word.chars().any(|c| c.is_ascii_alphabetic());
    let is_latin =
        word.chars().all(|c| !c.is_alphabetic() || (c as u32) < 0x250 || (0x1E00..0x1F00).contains(&(c as u32)));
    !is_latin || !(has_letters || word.chars().nth(1).is_some()) || !word.chars().any(|c| is_vowel(c) || is_sign(c))
}

/// Returns the words of a text, including the symbols inside or next to them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| !stands_in_words(c));
        let (word, after) = rest.split_at(word_end(rest));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// Returns where the word at the beginning of a text ends. Guillemets belong to the word if letters stand on both sides, and the middle dot if a
/// letter precedes it: they are TCVN3's `ô`, `ằ` and `ã`.
fn word_end(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut letter_follows = || chars.peek().is_some_and(|(_, next)| unicode::is_alphabetic(*next));
        let mut is_within = || at > 0 && (c == '·' || (matches!(c, '«' | '»') && letter_follows()));
        if !stands_in_words(c) && !is_within() {
            return at;
        }
    }
    text.len()
}

fn stands_in_words(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && (unicode::is_alphabetic(c) || is_mark(c) || is_sign(c)))
}

/// Whether a character is a combining mark that Vietnamese uses.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{303}' | '\u{306}' | '\u{309}' | '\u{31b}' | '\u{323}')
}

/// Whether a character is a symbol that stands next to letters only where a text was decoded wrongly. Quotes, dashes, degree signs and superscripts
/// are excluded, because correct texts have them next to letters.
fn is_sign(c: char) -> bool {
    matches!(
        c,
        '\u{80}'..='\u{9f}' | '¡'..='¯' | '±' | '´'..='¶' | '¸'..='º' | '¼'..='¿' | '×' | '÷' | '€' | '†' | '‡' | '‰' | '˜' | '™'
            | '\u{2212}' | '\u{2219}'
    ) && !matches!(c, '«' | '»')
}

/// Whether a character is a letter or symbol from the upper half of a Western set, or a combining mark.
fn is_western(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{ff}' | 'Œ'..='œ' | 'Š'..='š' | 'Ÿ' | 'Ž'..='ž' | 'ƒ' | 'ˆ') || is_mark(c) || is_sign(c)
}
