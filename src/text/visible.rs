//! Makes characters visible that control a terminal or change the order of what it shows. What a site sends must be shown, never obeyed.
//!
//! All output for people goes through [`text`] or [`line()`] where it is printed; all output for machines goes through [`json`].

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character controls the terminal: C0, DEL and C1 controls (ECMA-48), line and paragraph separators, the directional marks, embeddings,
/// overrides and isolates of UAX #9, and the deprecated tag characters. Joiners do not count, because Indic scripts and emoji need them.
pub fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Escapes control characters (`\u{9b}`) in multi-line text for people. Line ends and tabs are kept.
///
/// ```
/// assert_eq!(tintinh::text::visible::text("a\u{9b}31m\u{202e}\r\n"), "a\\u{9b}31m\\u{202e}\\r\n");
/// ```
pub fn text(text: &str) -> Cow<'_, str> {
    replaced(text, |c| !matches!(c, '\n' | '\t') && is_steering(c), |c, out| out.extend(c.escape_default()))
}

/// Escapes control characters in one line for people. Line ends are escaped too, so that a site cannot add lines of its own.
pub fn line(text: &str) -> Cow<'_, str> {
    replaced(text, is_steering, |c, out| out.extend(c.escape_default()))
}

/// Like [`text()`], for text that contains our own colors. The renderer has already removed every ESC that is not ours.
pub fn styled(text: &str) -> Cow<'_, str> {
    replaced(text, |c| !matches!(c, '\n' | '\t' | '\x1b') && is_steering(c), |c, out| out.extend(c.escape_default()))
}

/// Writes control characters in JSON as JSON escapes. The parsed value stays the same.
///
/// ```
/// assert_eq!(tintinh::text::visible::json("{\"a\": \"\u{9b}\"}\n"), "{\"a\": \"\\u009b\"}\n");
/// ```
pub fn json(text: &str) -> Cow<'_, str> {
    // C0 controls are always escaped inside JSON strings. Outside strings they are layout.
    let steers = |c: char| c >= '\x7f' && is_steering(c);
    replaced(text, steers, |c, out| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

fn replaced(text: &str, steers: impl Fn(char) -> bool, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(&steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) {
            escape(c, &mut out);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEERING: &str =
        "\0\x07\x08\x1b\x7f\u{80}\u{85}\u{9b}\u{9d}\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{2028}\u{feff}\u{e0041}\r";

    #[test]
    fn what_steers_is_shown() {
        for c in STEERING.chars() {
            let expect = format!("a{}b", c.escape_default());
            assert_eq!(text(&format!("a{c}b")), expect);
            assert_eq!(line(&format!("a{c}b")), expect);
            assert_eq!(styled(&format!("a{c}b")) == expect, c != '\x1b');
        }
        assert_eq!(text("a\n\tb"), "a\n\tb");
        assert_eq!(line("a\n\tb"), "a\\n\\tb");
        let plain = "Thành phố Đà Nẵng – 5 °C, 👩\u{200d}🌾, क्\u{200d}ष\u{a0}e\u{301}";
        assert!(matches!(text(plain), Cow::Borrowed(_)) && matches!(json(plain), Cow::Borrowed(_)));
    }

    #[test]
    fn json_keeps_its_value() {
        let value = serde_json::json!({ STEERING: [STEERING, "Đường"] });
        for written in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let shown = json(&written);
            assert!(!shown.contains(|c| c != '\n' && is_steering(c)), "{shown}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
