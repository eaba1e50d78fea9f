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
    let mut key = String::with_capacity(text.len());
    let mut syllable = String::new();
    for c in unicode::clean(text).chars() {
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
            [onset @ (b'h' | b'k' | b'l' | b'm' | b's' | b't'), b'y'] => key.extend([char::from(*onset), 'i']),
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
    fn marks_fall_for_search() {
        assert_eq!(fold_ascii("Đắk R’lấp, Huế"), "dak r'lap, hue");
    }
}
