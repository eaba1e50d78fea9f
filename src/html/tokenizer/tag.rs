//! Reads start tags and end tags with their attributes.

use std::ops::Range;

use html5ever::Attribute;
use html5ever::QualName;
use html5ever::ns;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::Tag;
use html5ever::tokenizer::TagKind;
use html5ever::tokenizer::Token;
use html5ever::tokenizer::TokenSink;

use crate::html::tokenizer::BASE64_KEPT;
use crate::html::tokenizer::Content;
use crate::html::tokenizer::MAX_ATTRIBUTES;
use crate::html::tokenizer::MAX_OF_MARK;
use crate::html::tokenizer::Tokenizer;
use crate::html::tokenizer::is_space;
use crate::text::work;

impl<S: TokenSink> Tokenizer<'_, S> {
    pub(super) fn start_tag(&mut self) {
        self.tag(TagKind::StartTag, self.at + 1);
    }

    /// Reads `</x …>`, `</>` (ignored), or `</` followed by anything else (a comment).
    pub(super) fn end_tag(&mut self) {
        let name = self.at + 2;
        match self.bytes.get(name) {
            Some(b'>') => self.at = name + 1,
            Some(byte) if byte.is_ascii_alphabetic() => self.tag(TagKind::EndTag, name),
            _ => self.bogus_comment(name),
        }
    }

    /// Reads and emits a tag whose name begins at `name_at`. A tag that is cut off by the end of the page is dropped.
    pub(super) fn tag(&mut self, kind: TagKind, name_at: usize) {
        let Some(name_end) = self.end_of_name(name_at, false) else { return self.drop_rest() };
        let name = self.text.get(name_at..name_end).unwrap_or_default();
        let mut tag = Tag {
            kind,
            name: self.names.atom(name),
            self_closing: false,
            attrs: Vec::new(),
            had_duplicate_attributes: false,
        };
        self.attributes.clear();
        let Some(end) = self.attributes(name_end, &mut tag) else { return self.drop_rest() };
        if !self.attributes.is_empty() {
            // The tree keeps this vector, so it gets no spare capacity.
            tag.attrs = self.attributes.drain(..).collect();
        }
        self.at = end;
        self.content = Content::Data;
        if kind == TagKind::StartTag {
            self.last_start = Some(tag.name.clone());
        }
        self.emit(Token::TagToken(tag));
    }

    fn drop_rest(&mut self) {
        self.at = self.bytes.len();
    }

    /// Returns the end of a tag's or attribute's name. An attribute's name also ends at `=`.
    fn end_of_name(&self, from: usize, attribute: bool) -> Option<usize> {
        let ends = |byte: &u8| is_space(*byte) || matches!(byte, b'/' | b'>') || (attribute && *byte == b'=');
        self.bytes.get(from..)?.iter().position(ends).map(|length| from + length)
    }

    fn skip_space(&self, from: usize) -> Option<usize> {
        self.bytes.get(from..)?.iter().position(|byte| !is_space(*byte)).map(|length| from + length)
    }

    /// Reads attributes up to the tag's `>` and returns the position after it.
    fn attributes(&mut self, from: usize, tag: &mut Tag) -> Option<usize> {
        let mut at = from;
        loop {
            at = self.skip_space(at)?;
            match self.bytes.get(at)? {
                b'>' => return Some(at + 1),
                b'/' if self.bytes.get(at + 1) == Some(&b'>') => {
                    tag.self_closing = true;
                    return Some(at + 2);
                }
                b'/' => at += 1,
                _ => at = self.attribute(at, tag)?,
            }
        }
    }

    /// Reads one attribute and returns the position after it.
    fn attribute(&mut self, at: usize, tag: &mut Tag) -> Option<usize> {
        // An equals sign at the beginning is part of the name.
        let name_end = self.end_of_name(at + usize::from(self.bytes.get(at) == Some(&b'=')), true)?;
        let after_name = self.skip_space(name_end)?;
        let (value, end) = if self.bytes.get(after_name) == Some(&b'=') {
            self.value(after_name + 1)?
        } else {
            (name_end..name_end, name_end)
        };
        let held = self.attributes.len();
        let has_room = held < MAX_OF_MARK || (held < MAX_ATTRIBUTES && !is_mark(&tag.name));
        if tag.kind == TagKind::StartTag && has_room {
            self.push_attribute(at..name_end, value, tag);
        }
        Some(end)
    }

    fn push_attribute(&mut self, name: Range<usize>, value: Range<usize>, tag: &mut Tag) {
        let local = self.names.atom(self.text.get(name).unwrap_or_default());
        work::step(1 + self.attributes.len());
        if self.attributes.iter().any(|known| known.name.local == local) {
            tag.had_duplicate_attributes = true;
            return;
        }
        let value = self.attribute_value(value);
        self.attributes.push(Attribute { name: QualName::new(None, ns!(), local), value });
    }

    /// Returns the range of a value and the position after its closing quote.
    fn value(&self, from: usize) -> Option<(Range<usize>, usize)> {
        let at = self.skip_space(from)?;
        match self.bytes.get(at)? {
            b'>' => Some((at..at, at)),
            quote @ (b'"' | b'\'') => {
                let length = memchr::memchr(*quote, self.bytes.get(at + 1..)?)?;
                Some((at + 1..at + 1 + length, at + length + 2))
            }
            _ => {
                let length = self.bytes.get(at..)?.iter().position(|byte| is_space(*byte) || *byte == b'>')?;
                Some((at..at + length, at + length))
            }
        }
    }

    fn attribute_value(&self, range: Range<usize>) -> StrTendril {
        let value = self.slice(&range);
        if let Some(cut) = without_base64(value) {
            return StrTendril::from(htmlize::unescape_attribute(&cut).replace('\0', "\u{fffd}"));
        }
        if self.has(b'&', &range) || (self.has_nul && self.has(0, &range)) {
            return StrTendril::from(htmlize::unescape_attribute(value).replace('\0', "\u{fffd}"));
        }
        self.share(range)
    }
}

/// Whether a tag is a formatting element (HTML Standard, section 13.2.4.2).
fn is_mark(name: &str) -> bool {
    let names = ["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];
    names.contains(&name)
}

/// Shortens the long base64 parts of a value. None if it has none.
fn without_base64(value: &str) -> Option<String> {
    const MARK: &str = ";base64,";
    if value.len() <= 2 * BASE64_KEPT || !value.contains(MARK) {
        return None;
    }
    let mut parts = value.split(MARK);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_data = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        let length = part.bytes().take_while(is_data).count();
        let (data, rest) = part.split_at(length);
        out.push_str(MARK);
        out.push_str(data.get(..length.min(BASE64_KEPT)).unwrap_or_default());
        out.push_str(rest);
    }
    Some(out)
}
