//! Folds Vietnamese text into keys for search, matching and shingles. Folded text is never stored or shown.
//!
//! The rules follow the literature on spelling variants. In open `oa`, `oe` and `uy`, the tone mark may be on either vowel. In an open syllable, `i`
//! and `y` are interchangeable after a single h, k, l, m, s or t.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;
use unicode_normalization::char::is_combining_mark;

use crate::text::unicode;
use crate::text::work;

/// Returns the key of a text: cleaned, in lower case, `Ð` as `Đ`, the older tone placement (`hòa`), `i` for `y` after a single h, k, l, m, s or t in
/// an open syllable, `’` as `'`, `–` as `-`.
pub fn fold(text: &str) -> String {
    work::step(text.len());
    let text = unicode::cleaned(text);
    if text.is_ascii() {
        return fold_plain(&text);
    }
    let mut key = String::with_capacity(text.len());
    let mut syllable = String::new();
    for c in text.chars() {
        let c = match c {
            'Ð' | 'ð' => 'đ',
            '’' | '‘' => '\'',
            '–' | '—' => '-',
            other => other,
        };
        if unicode::is_alphabetic(c) {
            unicode::push_lower(c, &mut syllable);
        } else {
            push_syllable(&mut key, &syllable);
            syllable.clear();
            key.push(c);
        }
    }
    push_syllable(&mut key, &syllable);
    key
}

/// Returns the key of a clean ASCII text, to which only the rule of `i` for `y` applies.
fn fold_plain(text: &str) -> String {
    let mut key = text.to_ascii_lowercase();
    let is_word = |at: usize| {
        let bytes = text.as_bytes();
        let ends = bytes.get(at + 1).is_none_or(|byte| !byte.is_ascii_alphabetic());
        let begins = at < 2 || bytes.get(at - 2).is_none_or(|byte| !byte.is_ascii_alphabetic());
        let onset = at.checked_sub(1).and_then(|before| bytes.get(before));
        begins && ends && onset.is_some_and(|onset| has_two_endings(onset.to_ascii_lowercase()))
    };
    let changed: Vec<usize> = memchr::memchr_iter(b'y', key.as_bytes()).filter(|at| is_word(*at)).collect();
    for at in changed {
        key.replace_range(at..=at, "i");
    }
    key
}

/// Whether `i` and `y` are interchangeable after a consonant.
fn has_two_endings(onset: u8) -> bool {
    matches!(onset, b'h' | b'k' | b'l' | b'm' | b's' | b't')
}

/// Returns the key of a text ([`fold`]) without marks and with `đ` as `d`.
pub fn fold_ascii(text: &str) -> String {
    let folded = fold(text);
    let mut key = String::with_capacity(folded.len());
    push_unmarked(&folded, &mut key);
    key
}

/// Appends a [folded](fold) text to `key`, without marks and with `đ` as `d`.
pub fn push_unmarked(folded: &str, key: &mut String) {
    for c in folded.chars() {
        if c.is_ascii() {
            key.push(c);
        } else {
            decompose_canonical(c, |part| {
                if !is_combining_mark(part) {
                    key.push(if part == 'đ' { 'd' } else { part });
                }
            });
        }
    }
}

fn push_syllable(key: &mut String, syllable: &str) {
    if syllable.is_ascii() {
        match syllable.as_bytes() {
            [onset, b'y'] if has_two_endings(*onset) => key.extend([char::from(*onset), 'i']),
            _ => key.push_str(syllable),
        }
        return;
    }
    if !syllable.ends_with(has_two_spellings) {
        key.push_str(syllable);
        return;
    }
    let letters: Vec<Letter> = syllable.chars().map(Letter::of).collect();
    let letters = i_for_y(old_tone_placement(letters));
    key.extend(letters.into_iter().map(Letter::composed));
}

/// Whether a letter can end an open syllable that has two spellings: `a`, `e` or `y` with a tone mark.
fn has_two_spellings(c: char) -> bool {
    matches!(c, 'à' | 'á' | 'ã' | 'ả' | 'ạ' | 'è' | 'é' | 'ẽ' | 'ẻ' | 'ẹ' | 'ỳ' | 'ý' | 'ỹ' | 'ỷ' | 'ỵ')
}

/// A letter and its tone mark, separated: `ấ` is `â` and the acute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) base: char,
    pub(super) tone: Option<char>,
}

impl Letter {
    pub(super) fn of(c: char) -> Letter {
        let parts: Vec<char> = std::iter::once(c).nfd().collect();
        let tone =
            parts.iter().copied().find(|c| matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}'));
        let base: String = parts.into_iter().filter(|c| Some(*c) != tone).nfc().collect();
        Letter { base: base.chars().next().unwrap_or(c), tone }
    }

    fn composed(self) -> char {
        let text: String = std::iter::once(self.base).chain(self.tone).nfc().collect();
        text.chars().next().unwrap_or(self.base)
    }
}

/// `hoà` → `hòa`: in an open syllable that ends in `oa`, `oe` or `uy`, moves the tone to the first vowel. Nothing moves after `q`.
fn old_tone_placement(mut letters: Vec<Letter>) -> Vec<Letter> {
    let [.., before, last] = letters.as_mut_slice() else { return letters };
    if !matches!((before.base, last.base), ('o', 'a' | 'e') | ('u', 'y'))
        || last.tone.is_none()
        || before.tone.is_some()
    {
        return letters;
    }
    let tone = last.tone;
    let onset_is_q = letters.len() >= 3 && letters.get(letters.len() - 3).is_some_and(|letter| letter.base == 'q');
    if !onset_is_q && let [.., before, last] = letters.as_mut_slice() {
        before.tone = tone;
        last.tone = None;
    }
    letters
}

fn i_for_y(mut letters: Vec<Letter>) -> Vec<Letter> {
    if let [onset, vowel] = letters.as_mut_slice()
        && vowel.base == 'y'
        && matches!(onset.base, 'h' | 'k' | 'l' | 'm' | 's' | 't')
    {
        vowel.base = 'i';
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_variants_meet() {
        for (one, other) in [
            ("hoà bình", "Hòa  Bình"),
            ("thuỷ lợi", "thủy lợi"),
            ("kỹ sư", "kĩ sư"),
            ("NÐ-CP", "nđ–cp"),
            ("khoẻ", "khỏe"),
        ] {
            assert_eq!(fold(one), fold(other));
        }
    }

    #[test]
    fn all_letters_that_a_rule_may_change_are_known() {
        let toned = |c: &char| {
            let letter = Letter::of(*c);
            letter.tone.is_some() && matches!(letter.base, 'a' | 'e' | 'y')
        };
        let letters: String = ('\u{80}'..'\u{2000}').filter(|c| c.is_lowercase() && toned(c)).collect();
        assert!(letters.chars().all(has_two_spellings) && letters.chars().count() == 15, "{letters}");
    }

    #[test]
    fn what_differs_stays_apart() {
        assert_ne!(fold("quý"), fold("quí"));
        assert_ne!(fold("hoàn"), fold("hòan"));
        assert_eq!(fold("quỳ"), "quỳ");
    }

    #[test]
    fn ascii_texts_follow_the_same_rules() {
        for (text, key) in [
            ("Ky su LY, my", "ki su li, mi"),
            ("sky ly-ly y Hy", "sky li-li y hi"),
            ("  thi  ty ", "thi ti"),
            ("tylose ky1 1ky", "tylose ki1 1ki"),
        ] {
            assert_eq!(fold(text), key);
            // The same beside a letter that is not ASCII.
            assert_eq!(fold(&format!("{text} ư")), format!("{key} ư"));
        }
    }

    #[test]
    fn marks_fall_for_search() {
        assert_eq!(fold_ascii("Đắk R’lấp, Huế"), "dak r'lap, hue");
    }
}
