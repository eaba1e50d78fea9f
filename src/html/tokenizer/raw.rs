//! Reads raw text: titles and text areas (with references), styles and similar elements, scripts.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::TagKind;
use html5ever::tokenizer::Token;
use html5ever::tokenizer::TokenSink;
use html5ever::tokenizer::states::RawKind;

use crate::html::tokenizer::Tokenizer;
use crate::html::tokenizer::is_space;

impl<S: TokenSink> Tokenizer<'_, S> {
    /// Emits text up to the end tag that matches the last start tag, then that tag.
    pub(super) fn raw(&mut self, kind: RawKind) {
        let name = self.last_start.clone().unwrap_or_default();
        let end = match kind {
            RawKind::Rcdata | RawKind::Rawtext => self.raw_end(self.at, name.as_bytes()),
            RawKind::ScriptData | RawKind::ScriptDataEscaped(_) => self.script_end(self.at, name.as_bytes()),
        };
        let text = self.at..end.unwrap_or(self.bytes.len());
        if kind == RawKind::Rcdata && self.has(b'&', &text) {
            let decoded = htmlize::unescape(self.slice(&text)).replace('\0', "\u{fffd}");
            self.at = text.end;
            self.emit(Token::CharacterTokens(StrTendril::from(decoded)));
        } else {
            self.emit_replaced(text);
        }
        if end.is_some() {
            self.tag(TagKind::EndTag, self.at + 2);
        }
    }

    /// Returns the position of the next `</name` that is an end tag.
    fn raw_end(&self, from: usize, name: &[u8]) -> Option<usize> {
        let mut at = from;
        while let Some(found) = self.find(at, b"</") {
            if self.is_tag_name(found + 2, name) {
                return Some(found);
            }
            at = found + 2;
        }
        None
    }

    /// Whether the whole name is at `at`. The name must be complete; the rest of the tag may be cut off.
    fn is_tag_name(&self, at: usize, name: &[u8]) -> bool {
        let ended = |byte: &u8| is_space(*byte) || matches!(byte, b'/' | b'>');
        self.at_ignoring_case(at, name) && self.bytes.get(at + name.len()).is_some_and(ended)
    }

    /// Like [`Self::raw_end`], but the text between `<!--` and `-->` may contain a script with its own end tag.
    fn script_end(&self, from: usize, name: &[u8]) -> Option<usize> {
        let mut at = from;
        loop {
            at += memchr::memchr(b'<', self.bytes.get(at..)?)?;
            let rest = self.bytes.get(at..)?;
            if rest.starts_with(b"</") && self.is_tag_name(at + 2, name) {
                return Some(at);
            }
            if !rest.starts_with(b"<!--") {
                at += 1;
                continue;
            }
            // The opening dashes may also close: `<!-->`.
            at = match self.escaped(at + 2, name)? {
                Escaped::Tag(place) => return Some(place),
                Escaped::Over(place) => place,
            };
        }
    }

    /// Skips an escaped part, starting at its opening dashes.
    fn escaped(&self, from: usize, name: &[u8]) -> Option<Escaped> {
        let mut at = from;
        let mut double = false;
        loop {
            at += memchr::memchr2(b'-', b'<', self.bytes.get(at..)?)?;
            let rest = self.bytes.get(at..)?;
            if rest.starts_with(b"-->") {
                return Some(Escaped::Over(at + 3));
            }
            if rest.starts_with(b"</") && !double && self.is_tag_name(at + 2, name) {
                return Some(Escaped::Tag(at));
            }
            if rest.starts_with(b"</") && double && self.is_tag_name(at + 2, b"script") {
                double = false;
            } else if !double && self.is_tag_name(at + 1, b"script") {
                double = true;
            }
            at += 1;
        }
    }
}

enum Escaped {
    /// The end tag was found inside, at this position.
    Tag(usize),
    /// The escaped part ends at this position.
    Over(usize),
}
