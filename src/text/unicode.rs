//! Cleans published text: NFC, whitespace, zero-width characters, character references.
//!
//! The order matters: decode the bytes, then the character references, then clean. The legacy Vietnamese sets put letters on code points such as the
//! soft hyphen, so nothing here may run on text that is not decoded yet.

use std::borrow::Cow;

use unicode_normalization::IsNormalized;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::is_nfc_quick;

use crate::text::work;

/// Cleans a text into one line: NFC, no zero-width characters, every run of whitespace and control characters as one space, trimmed.
///
/// ```
/// assert_eq!(tintinh::text::unicode::clean(" xã\u{200b} Quảng\u{a0}\n Sơn "), "xã Quảng Sơn");
/// ```
pub fn clean(text: &str) -> String {
    cleaned(text).into_owned()
}

/// Like [`clean`], but borrows a text that is clean already, as most are.
pub fn cleaned(text: &str) -> Cow<'_, str> {
    work::step(text.len());
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(one_line(&composed(text)))
}

/// Whether a text is surely one clean line: single spaces between ASCII characters and Latin letters in NFC.
fn is_clean(text: &str) -> bool {
    let mut after_blank = true;
    for c in text.chars() {
        let is_blank = c == ' ';
        if (is_blank && after_blank) || !(is_blank || c.is_ascii_graphic() || is_latin_letter(c)) {
            return false;
        }
        after_blank = is_blank;
    }
    !after_blank || text.is_empty()
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut blank_due = false;
    for c in text.chars() {
        if !c.is_ascii_graphic() && is_invisible(c) {
            continue;
        }
        if !c.is_ascii_graphic() && is_blank(c) {
            blank_due = !line.is_empty();
            continue;
        }
        if blank_due {
            line.push(' ');
            blank_due = false;
        }
        line.push(c);
    }
    line
}

/// Converts to NFC after moving the shape mark of a letter before its tone mark. Some keyboards write `ấ` as `a`, U+0301, U+0302, which plain NFC
/// leaves as `á` with a circumflex above it.
pub fn nfc(text: &str) -> String {
    composed(text).into_owned()
}

/// Like [`nfc`], but borrows a text that is in NFC already. No mark stands alone in it then, so there is nothing to move.
fn composed(text: &str) -> Cow<'_, str> {
    work::step(text.len());
    if text.chars().all(|c| c.is_ascii() || is_surely_composed(c)) || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    let decomposed: Vec<char> = text.nfd().collect();
    let mut ordered = String::with_capacity(text.len());
    let mut rest = decomposed.as_slice();
    while let Some((&first, tail)) = rest.split_first() {
        let marks = tail.iter().take_while(|c| is_tone(**c) || is_shape(**c)).count();
        let (own, after) = tail.split_at(marks);
        ordered.push(first);
        ordered.extend(own.iter().filter(|c| is_shape(**c)));
        ordered.extend(own.iter().filter(|c| is_tone(**c)));
        rest = after;
    }
    Cow::Owned(ordered.nfc().collect())
}

/// Splits an identifier into words: `ThoiSuChinhTri` → `Thoi Su Chinh Tri`, `itemURL` → `item URL`.
pub fn spaced(name: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && before.is_alphanumeric() && !before.is_uppercase() {
            out.push(' ');
        }
        out.push(c);
        before = c;
    }
    out
}

/// Decodes HTML character references once: all names of the HTML Standard, numbers, and `&#128;`–`&#159;` as windows-1252.
pub fn decode_entities(text: &str) -> String {
    htmlize::unescape(text).into_owned()
}

/// Whether a character counts as whitespace: Unicode's white space and control characters. The braille blank and the Hangul fillers do not count.
pub fn is_blank(c: char) -> bool {
    if c.is_ascii() { c <= ' ' || c == '\x7f' } else { c.is_whitespace() || c.is_control() }
}

/// Whether a character is invisible and of no use to our texts: zero-width space and joiners, word joiner, BOM, soft hyphen, direction marks.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Whether a character is in NFC whatever its neighbors are. A short table decides: Latin letters, Vietnamese ones included, and punctuation. If it
/// returns `false`, [`nfc`] has to check.
pub fn is_surely_composed(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{24f}' | '\u{1ea0}'..='\u{1ef9}' | '\u{2010}'..='\u{205e}' | '\u{2070}'..='\u{20cf}' | '\u{400}'..='\u{482}' | '\u{3041}'..='\u{3096}' | '\u{4e00}'..='\u{9fff}')
}

/// Whether NFC may join a character to the one before it. A text must not be split before such a character.
pub fn may_join(c: char) -> bool {
    !c.is_ascii()
        && !is_surely_composed(c)
        && (canonical_combining_class(c) != 0 || is_nfc_quick(std::iter::once(c)) != IsNormalized::Yes)
}

/// Like [`char::is_alphanumeric`], but faster for letters of common scripts: the standard library searches a table for all that is not ASCII.
#[inline]
pub fn is_alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric() || (!c.is_ascii() && (is_letter(c) || (!is_punctuation(c) && c.is_alphanumeric())))
}

/// Like [`char::is_alphabetic`], with the same shortcut as [`is_alphanumeric`].
#[inline]
pub fn is_alphabetic(c: char) -> bool {
    c.is_ascii_alphabetic() || (!c.is_ascii() && (is_letter(c) || (!is_punctuation(c) && c.is_alphabetic())))
}

/// Whether a character is a sign of Latin-1, or in the block of dashes, quotation marks and special spaces.
fn is_punctuation(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{a9}' | '\u{ab}'..='\u{b1}' | '\u{b4}' | '\u{b6}'..='\u{b8}' | '\u{bb}' | '\u{2000}'..='\u{206f}')
}

/// Whether a character is a letter of a common script: Latin, Cyrillic, Hebrew, Arabic, Japanese, Chinese or Korean.
fn is_letter(c: char) -> bool {
    is_latin_letter(c) || matches!(c, '\u{400}'..='\u{481}' | '\u{48a}'..='\u{52f}') || is_caseless(c)
}

/// Whether a character is a letter of a common script without capital letters.
fn is_caseless(c: char) -> bool {
    matches!(c, '\u{5d0}'..='\u{5ea}' | '\u{620}'..='\u{64a}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Whether a character is a Latin letter with a mark, or `đ`: those of Vietnamese and of the languages of Western Europe.
#[inline]
pub fn is_latin_letter(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{24f}' | '\u{1ea0}'..='\u{1ef9}')
}

/// Appends a character in lower case ([`char::to_lowercase`]).
pub fn push_lower(c: char, text: &mut String) {
    match lower_of(c) {
        Some(lower) => text.push(lower),
        None => text.extend(c.to_lowercase()),
    }
}

/// Returns a character in lower case if it has a shortcut, as the letters of common scripts have: the standard library searches a table.
#[inline]
pub fn lower_of(c: char) -> Option<char> {
    match c {
        '\0'..='\x7f' => Some(c.to_ascii_lowercase()),
        '\u{df}'..='\u{ff}' | 'ă' | 'đ' | 'ĩ' | 'ũ' | 'ơ' | 'ư' | '\u{430}'..='\u{45f}' => Some(c),
        _ if is_caseless(c) => Some(c),
        // In this block, each capital letter is followed by its small one.
        '\u{1ea0}'..='\u{1ef9}' => char::from_u32(u32::from(c) | 1),
        _ => None,
    }
}

/// Whether a character belongs to a script written without spaces. Each such character counts as a word.
pub fn is_dense(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

fn is_tone(c: char) -> bool {
    matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}')
}

fn is_shape(c: char) -> bool {
    matches!(c, '\u{302}' | '\u{306}' | '\u{31b}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(clean(input), expect, "{input:?}");
    }

    #[test]
    fn a_line_is_cleaned() {
        check("", "");
        check(" \u{a0}\u{200b}\t ", "");
        check("Tr\u{f4}\u{300}ng  rừng\r\n", "Trồng rừng");
        check("xã\u{200b} Quảng\u{a0}Sơn", "xã Quảng Sơn");
        check("a\u{301}\u{302}", "ấ");
        check("a\u{302}\u{301}", "ấ");
        check("u\u{31b}\u{323}", "ự");
        check("u\u{323}\u{31b}", "ự");
        check("xây\u{ad}dựng", "xâydựng");
    }

    #[test]
    fn what_is_surely_composed_or_clean_stays_as_it_is() {
        for c in '\0'..='\u{ffff}' {
            let text = c.to_string();
            let composed: String = text.nfc().collect();
            assert_eq!(nfc(&text), composed, "{c:?}");
            assert!(!is_surely_composed(c) || (composed == text && !may_join(c) && canonical_combining_class(c) == 0));
            let word = format!("a{c}b");
            assert!(!is_clean(&word) || one_line(&nfc(&word)) == word, "{c:?}");
        }
        for text in ["", "a", "a b", " a", "a ", "a  b", " "] {
            assert_eq!(is_clean(text), one_line(text) == text, "{text:?}");
        }
    }

    #[test]
    fn shortcuts_agree_with_the_standard_library() {
        for c in '\0'..='\u{ffff}' {
            assert_eq!(is_alphanumeric(c), c.is_alphanumeric(), "{c:?}");
            assert_eq!(is_alphabetic(c), c.is_alphabetic(), "{c:?}");
            let mut lower = String::new();
            push_lower(c, &mut lower);
            assert_eq!(lower, c.to_lowercase().collect::<String>(), "{c:?}");
        }
    }

    #[test]
    fn references_are_decoded_once() {
        assert_eq!(decode_entities("th&agrave;nh ph&#7889; &amp;amp; x&#150;y"), "thành phố &amp; x–y");
        assert_eq!(decode_entities("A & B &khong;"), "A & B &khong;");
    }
}
