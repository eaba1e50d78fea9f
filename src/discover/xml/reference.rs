//! Decodes character references, and escapes them again where XML requires it.

use crate::text::unicode;

/// Maximum length of a reference, including `&` and `;`. The longest is `&CounterClockwiseContourIntegral;`.
const MAX_REFERENCE: usize = 40;

/// Whether a character is allowed in XML 1.0 text (section 2.2).
fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Escapes text. Characters that XML does not allow are left out.
pub(crate) fn escape_into(text: &str, out: &mut String) {
    if text.chars().all(is_xml_char) {
        out.push_str(&htmlize::escape_attribute(text));
    } else {
        let known: String = text.chars().filter(|c| is_xml_char(*c)).collect();
        out.push_str(&htmlize::escape_attribute(&known));
    }
}

/// Decodes references and escapes the result again. Returns whether one was invalid.
pub(super) fn unescape_into(text: &str, out: &mut String) -> bool {
    let mut bad = false;
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        escape_into(&rest[..at], out);
        rest = &rest[at..];
        let (value, after, good) = reference(rest);
        escape_into(&value, out);
        bad |= !good;
        rest = after;
    }
    escape_into(rest, out);
    bad
}

/// Decodes the reference at the beginning of a text. Returns its value, the text after it, and whether it was valid.
fn reference(text: &str) -> (String, &str, bool) {
    let end = text.bytes().take(MAX_REFERENCE).position(|byte| byte == b';');
    let Some(end) = end.filter(|end| {
        text.as_bytes()[1..*end].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#') && *end > 1
    }) else {
        return ("&".to_owned(), text.get(1..).unwrap_or_default(), false);
    };
    let (whole, after) = text.split_at(end + 1);
    if let Some(code) = code_of(whole) {
        if let Some(low) = surrogate_pair(code, after) {
            return low;
        }
        let refused = code == 0 || char::from_u32(code).is_none_or(|c| !is_xml_char(c));
        return if refused { (String::new(), after, false) } else { (unicode::decode_entities(whole), after, true) };
    }
    let decoded = unicode::decode_entities(whole);
    let good = decoded != whole;
    (decoded, after, good)
}

fn code_of(reference: &str) -> Option<u32> {
    let digits = reference.strip_prefix("&#")?.strip_suffix(';')?;
    match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    }
}

/// Decodes two references to the halves of a surrogate pair, as some .NET feeds write them.
fn surrogate_pair(high: u32, after: &str) -> Option<(String, &str, bool)> {
    if !(0xD800..0xDC00).contains(&high) {
        return None;
    }
    let end = after.bytes().take(MAX_REFERENCE).position(|byte| byte == b';')?;
    let (second, rest) = after.split_at(end + 1);
    let low = code_of(second).filter(|low| (0xDC00..0xE000).contains(low))?;
    let c = char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?;
    Some((c.to_string(), rest, false))
}
