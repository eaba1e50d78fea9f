//! Splits a text into numbers, words and punctuation. This happens once, so that all date readers work on the same tokens.
use std::ops::Range;

use unicode_normalization::char::decompose_canonical;
use unicode_normalization::char::is_combining_mark;

use crate::text::unicode;

/// Maximum number of characters that are read. A date element holds one line; a selector that matches a whole article must not cost more.
pub(super) const SCAN_CHARACTERS: usize = 1_000;

/// Number of tokens for which there is room from the beginning.
const USUAL_TOKENS: usize = 16;

/// The beginning of a text as tokens. Whitespace and zero-width characters are not tokens.
pub(super) struct Line<'t> {
    text: &'t str,
    folded: String,
    tokens: Vec<Token>,
}

struct Token {
    kind: Kind,
    /// Byte range in the text.
    place: Range<usize>,
    /// Byte range in `folded`.
    fold: Range<usize>,
    /// Whether the token directly follows the previous one, without whitespace.
    glued: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Word,
    Sign(char),
}

impl<'t> Line<'t> {
    /// Splits the first [`SCAN_CHARACTERS`] characters.
    pub(super) fn new(text: &'t str) -> Line<'t> {
        let folded = String::with_capacity(text.len().min(SCAN_CHARACTERS));
        let mut line = Line { text, folded, tokens: Vec::with_capacity(USUAL_TOKENS) };
        let mut blank = true;
        for (at, character) in text.char_indices().take(SCAN_CHARACTERS) {
            if is_invisible(character) {
                continue;
            }
            if character.is_whitespace() {
                blank = true;
                continue;
            }
            line.push(at, character, blank);
            blank = false;
        }
        line
    }

    fn push(&mut self, at: usize, character: char, blank: bool) {
        let kind = kind_of(character);
        let place = at..at + character.len_utf8();
        let start = self.folded.len();
        if !matches!(kind, Kind::Sign(_)) {
            fold_into(&mut self.folded, character);
        }
        let end = self.folded.len();
        match self.tokens.last_mut() {
            Some(last) if !blank && last.kind == kind && !matches!(kind, Kind::Sign(_)) => {
                last.place.end = place.end;
                last.fold.end = end;
            }
            _ => self.tokens.push(Token { kind, place, fold: start..end, glued: !blank }),
        }
    }

    /// Returns the number of tokens.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether the token at `index` directly follows the previous one. False if either does not exist.
    pub(super) fn glued(&self, index: usize) -> bool {
        index > 0 && self.tokens.get(index).is_some_and(|token| token.glued)
    }

    /// Returns the punctuation character at `index`. Variants of dashes and quotes are unified.
    pub(super) fn sign(&self, index: usize) -> Option<char> {
        match self.tokens.get(index)?.kind {
            Kind::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    /// Whether the punctuation character at `index` is `sign`.
    pub(super) fn is_sign(&self, index: usize, sign: char) -> bool {
        self.sign(index) == Some(sign)
    }

    /// Returns the word at `index` in lower case and without diacritics, or an empty string.
    pub(super) fn word(&self, index: usize) -> &str {
        self.folded(index, Kind::Word)
    }

    /// Whether the word at `index` is one of `words`.
    pub(super) fn is_word(&self, index: usize, words: &[&str]) -> bool {
        let word = self.word(index);
        !word.is_empty() && words.contains(&word)
    }

    /// Returns the digits at `index`, or an empty string.
    pub(super) fn digits(&self, index: usize) -> &str {
        self.folded(index, Kind::Number)
    }

    /// Returns the number at `index`, if its count of digits is in `lengths`.
    pub(super) fn number(&self, index: usize, lengths: std::ops::RangeInclusive<usize>) -> Option<i64> {
        let digits = self.digits(index);
        if !lengths.contains(&digits.len()) {
            return None;
        }
        digits.parse().ok()
    }

    /// Returns the number of one or two digits that directly follows the character `sign` at `index`.
    pub(super) fn glued_number(&self, index: usize, sign: char) -> Option<i64> {
        let joined = self.is_sign(index, sign) && self.glued(index) && self.glued(index + 1);
        if joined { self.number(index + 1, 1..=2) } else { None }
    }

    /// Returns the original text of the token at `index`, with case and diacritics.
    pub(super) fn printed(&self, index: usize) -> &'t str {
        self.slice(index..index + 1)
    }

    /// Returns the original text from the first to the last of these tokens.
    pub(super) fn slice(&self, tokens: Range<usize>) -> &'t str {
        let first = self.tokens.get(tokens.start);
        let last = tokens.end.checked_sub(1).and_then(|last| self.tokens.get(last));
        match (first, last) {
            (Some(first), Some(last)) => self.text.get(first.place.start..last.place.end).unwrap_or_default(),
            _ => "",
        }
    }

    /// Returns the original text outside the given ranges of tokens. The ranges must be in order.
    pub(super) fn without(&self, stretches: impl Iterator<Item = Range<usize>>) -> Vec<&'t str> {
        let mut kept = Vec::new();
        let mut from = 0;
        for stretch in stretches.chain(std::iter::once(self.len()..self.len())) {
            if from < stretch.start {
                kept.push(self.slice(from..stretch.start));
            }
            from = from.max(stretch.end);
        }
        kept
    }

    fn folded(&self, index: usize, kind: Kind) -> &str {
        match self.tokens.get(index) {
            Some(token) if token.kind == kind => self.folded.get(token.fold.clone()).unwrap_or_default(),
            _ => "",
        }
    }
}

/// Whether a character is invisible and separates nothing: zero-width spaces and joiners, direction marks, the soft hyphen.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' | '\u{202A}'..='\u{202E}')
}

fn kind_of(character: char) -> Kind {
    match character {
        '0'..='9' => Kind::Number,
        '\u{2010}' | '\u{2011}' | '\u{2212}' => Kind::Sign('-'),
        '\u{2012}'..='\u{2015}' => Kind::Sign('–'),
        '\u{2018}' | '\u{2019}' | '\u{2032}' | '`' => Kind::Sign('\''),
        '\u{FF0F}' | '\u{2044}' => Kind::Sign('/'),
        '\u{FF1A}' => Kind::Sign(':'),
        '\u{FF5C}' | '\u{A6}' => Kind::Sign('|'),
        '\u{B7}' | '\u{25CF}' | '\u{2219}' => Kind::Sign('•'),
        _ if unicode::is_alphabetic(character) || is_combining_mark(character) => Kind::Word,
        _ => Kind::Sign(character),
    }
}

/// Appends a character in lower case, without diacritics, and with `đ` and its replacement `ð` as `d`. That is enough to recognize keywords. Search
/// keys follow more rules (`text::vietnamese`), which would only make these tables harder to read.
fn fold_into(folded: &mut String, character: char) {
    if character.is_ascii() {
        folded.push(character.to_ascii_lowercase());
        return;
    }
    decompose_canonical(character, |part| match part {
        'Đ' | 'đ' | 'Ð' | 'ð' => folded.push('d'),
        _ if is_combining_mark(part) => {}
        _ => folded.extend(part.to_lowercase()),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        let line = Line::new(text);
        (0..line.len())
            .map(|index| match line.sign(index) {
                Some(sign) => sign.to_string(),
                None => format!("{}{}", line.word(index), line.digits(index)),
            })
            .collect()
    }

    #[test]
    fn numbers_words_and_signs_part() {
        assert_eq!(tokens("Đăng\u{A0}lúc 9h05’ – 1/2"), ["dang", "luc", "9", "h", "05", "'", "–", "1", "/", "2"]);
    }

    #[test]
    fn composed_and_decomposed_words_are_the_same() {
        assert_eq!(tokens("Ngày"), tokens("Nga\u{300}y"));
        assert_eq!(tokens("Ðăng"), ["dang"]);
    }

    #[test]
    fn zero_width_signs_part_nothing() {
        assert_eq!(tokens("1\u{200B}2/\u{FEFF}3"), ["12", "/", "3"]);
    }

    #[test]
    fn gluing_is_known() {
        let line = Line::new("a 1/ 2");
        assert_eq!([line.glued(0), line.glued(1), line.glued(2), line.glued(3)], [false, false, true, false]);
        assert_eq!(line.slice(1..4), "1/ 2");
    }

    #[test]
    fn a_long_text_is_cut() {
        let text = "1 ".repeat(SCAN_CHARACTERS);
        let line = Line::new(&text);
        assert_eq!(line.len(), SCAN_CHARACTERS / 2);
    }
}
