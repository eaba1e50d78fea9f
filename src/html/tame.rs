//! What is taken out of a page's text before it is parsed: the bytes of base64 images, and attributes beyond measure.

use std::borrow::Cow;

/// Attributes of one tag at most; html5ever compares each with all before it.
pub(super) const MAX_ATTRIBUTES: usize = 500;

/// Characters of a base64 value that are left standing.
const BASE64_KEPT: usize = 64;

/// Cuts base64 values and excess attributes in one pass each; an ordinary page comes back as it is.
pub(super) fn tame(text: &str) -> Cow<'_, str> {
    match without_base64(text) {
        Cow::Borrowed(text) => without_excess(text),
        Cow::Owned(text) => Cow::Owned(without_excess(&text).into_owned()),
    }
}

fn without_base64(text: &str) -> Cow<'_, str> {
    const MARK: &str = ";base64,";
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(MARK) {
        let (head, value) = rest.split_at(at + MARK.len());
        let length =
            value.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')).count();
        out.push_str(head);
        out.push_str(value.get(..length.min(BASE64_KEPT)).unwrap_or_default());
        rest = value.get(length..).unwrap_or_default();
    }
    if out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn without_excess(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(open) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'<')) {
        at += open + 1;
        if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let tag = scan_tag(bytes, at);
        if let Some(excess) = tag.excess {
            out.push_str(text.get(copied..excess).unwrap_or_default());
            copied = tag.end;
        }
        at = tag.end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

struct Tag {
    /// Where `>` stands, or the end of the text.
    end: usize,
    /// Where the first attribute too many begins.
    excess: Option<usize>,
}

fn scan_tag(bytes: &[u8], start: usize) -> Tag {
    let mut quote = None;
    let mut attributes = 0;
    let mut excess = None;
    let mut before = b'x';
    for (offset, &byte) in bytes.get(start..).unwrap_or_default().iter().enumerate() {
        let at = start + offset;
        match quote {
            Some(mark) if byte == mark => quote = None,
            Some(_) => {}
            None if byte == b'>' => return Tag { end: at, excess },
            None if matches!(byte, b'"' | b'\'') && before == b'=' => quote = Some(byte),
            None if !byte.is_ascii_whitespace()
                && (before.is_ascii_whitespace() || matches!(before, b'"' | b'\'' | b'/')) =>
            {
                attributes += 1;
                if attributes > MAX_ATTRIBUTES && excess.is_none() {
                    excess = Some(at);
                }
            }
            None => {}
        }
        before = byte;
    }
    Tag { end: bytes.len(), excess }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_page_is_left_alone() {
        let page = "<p class='a b' title=\"x > y\">a < b</p><img src=data:image/png;base64x>";
        assert!(matches!(tame(page), Cow::Borrowed(_)));
    }

    #[test]
    fn images_are_cut() {
        let page = format!("<img src=\"data:image/png;base64,{}\" alt='ảnh'>", "QUJD".repeat(10_000));
        let tamed = tame(&page);
        assert!(tamed.len() < 200 && tamed.ends_with("\" alt='ảnh'>"), "{tamed}");
    }

    #[test]
    fn attributes_are_counted() {
        let page = format!("<p {}>x</p>", "a='1' ".repeat(1_000));
        assert_eq!(tame(&page).matches("a='1'").count(), MAX_ATTRIBUTES);
        assert!(tame(&page).ends_with(">x</p>"));
    }
}
