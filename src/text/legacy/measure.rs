//! How Vietnamese a text looks: counted over its words with letters beyond ASCII, the only ones that a wrong decoding spoils.

use crate::text::syllable;
use crate::text::unicode;

/// Characters looked at: what a text is shows in its beginning, and a page may be long.
const LOOKED_AT: usize = 16 * 1024;

/// Words in ASCII that are looked at, and how many there must be to say anything.
const ASCII_WORDS: usize = 60;
const ENOUGH_ASCII_WORDS: usize = 8;

/// Whether a text has a word with letters or signs of a Western set that is no syllable: most texts have none, and need no trial.
pub(super) fn is_damaged(text: &str) -> bool {
    words(text).filter(|word| word.chars().any(is_western)).any(|word| Measure::of(word).wrong > 0)
}

/// Whether the words in ASCII, which no wrong decoding touches, may be Vietnamese ones without a tone.
pub(super) fn may_be_vietnamese(text: &str) -> bool {
    let words = words(text).filter(|word| word.len() > 1 && word.is_ascii());
    let (mut all, mut right) = (0, 0);
    for word in words.take(ASCII_WORDS) {
        all += 1;
        right += usize::from(syllable::is_syllable(word));
    }
    all < ENOUGH_ASCII_WORDS || right * 2 >= all
}

/// The words of a text that have letters, or signs within, beyond ASCII.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Measure {
    /// Words that are syllables of Vietnamese.
    pub(super) right: usize,
    /// Their letters beyond the first of each: a syllable of one letter proves nothing.
    pub(super) weight: usize,
    /// Words that are none.
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
        // Soft hyphens are no letters where the text is right.
        let plain: String = word.chars().filter(|c| *c != '\u{ad}').collect();
        if plain.is_ascii() && word.ends_with('\u{ad}') {
            return;
        }
        if syllable::is_syllable(&plain) && !rises(&plain) && plain.len() == word.len() - 2 * hyphens_at_end(word) {
            self.right += 1;
            self.weight += plain.chars().count() - 1;
        } else if !is_neutral(&plain) {
            self.wrong += 1;
        }
    }

    /// What speaks for the text, less what speaks against it.
    pub(super) fn score(self) -> isize {
        let signed = |count: usize| isize::try_from(count).unwrap_or(isize::MAX / 8);
        signed(self.weight) - 3 * signed(self.wrong)
    }

    /// Whether nearly all of it is Vietnamese; some names are foreign in any text.
    pub(super) fn convinces(self) -> bool {
        self.weight >= 3 && self.wrong * 8 <= self.right
    }
}

/// Whether a capital follows a small letter. TCVN3's capitals look small, so only ASCII counts.
fn rises(word: &str) -> bool {
    let mut ascii = word.chars().filter(char::is_ascii).skip_while(char::is_ascii_uppercase);
    ascii.any(|c| c.is_ascii_uppercase())
}

fn hyphens_at_end(word: &str) -> usize {
    word.chars().rev().take_while(|c| *c == '\u{ad}').count()
}

/// Abbreviations (`QĐ`, `HĐND`), lone signs and other scripts say nothing.
fn is_neutral(word: &str) -> bool {
    let is_vowel = |c: char| c.is_alphabetic() && !"bcdđghjklmnpqrstvxzwfBCDĐGHJKLMNPQRSTVXZWFÐð".contains(c);
    let has_letters = word.chars().any(|c| c.is_ascii_alphabetic());
    let is_latin =
        word.chars().all(|c| !c.is_alphabetic() || (c as u32) < 0x250 || (0x1E00..0x1F00).contains(&(c as u32)));
    !is_latin || !(has_letters || word.chars().nth(1).is_some()) || !word.chars().any(|c| is_vowel(c) || is_sign(c))
}

/// The words of a text, with the signs that stand within or beside them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c| !stands_in_words(c));
        let (word, after) = rest.split_at(word_end(rest));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

/// Guillemets belong to a word where letters stand on both sides, the middle dot where one stands before it: they are TCVN3's `ô`, `ằ`
/// and `ã`.
fn word_end(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let letter_follows = chars.peek().is_some_and(|(_, next)| next.is_alphabetic());
        let within = at > 0 && (c == '·' || (matches!(c, '«' | '»') && letter_follows));
        if !stands_in_words(c) && !within {
            return at;
        }
    }
    text.len()
}

fn stands_in_words(c: char) -> bool {
    c.is_alphabetic() || is_mark(c) || is_sign(c)
}

/// The marks that Vietnamese puts on letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{303}' | '\u{306}' | '\u{309}' | '\u{31b}' | '\u{323}')
}

/// Signs that stand for a letter where a text was decoded wrongly, and beside letters nowhere else. Quotes, dashes, degrees and powers do
/// stand beside letters.
fn is_sign(c: char) -> bool {
    matches!(
        c,
        '\u{80}'..='\u{9f}' | '¡'..='¯' | '±' | '´'..='¶' | '¸'..='º' | '¼'..='¿' | '×' | '÷' | '€' | '†' | '‡' | '‰' | '˜' | '™'
            | '\u{2212}' | '\u{2219}'
    ) && !matches!(c, '«' | '»')
}

/// Letters and signs that are of the upper half of a Western set, and marks by themselves.
fn is_western(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{ff}' | 'Œ'..='œ' | 'Š'..='š' | 'Ÿ' | 'Ž'..='ž' | 'ƒ' | 'ˆ') || is_mark(c) || is_sign(c)
}
