//! Splits text into tokens for html5ever's tree builder, following the HTML Standard (section 13.2.5).
//!
//! html5ever's own tokenizer takes its input in pieces and character by character, which is half the cost of a parse. Here the whole page is in
//! memory, so tokens are slices of one shared buffer. What a hostile page could make quadratic or unlimited is limited here (the number of a tag's
//! attributes, the bytes of base64 images). The tree is the same; tests compare it with html5ever's.

mod declaration;
mod name;
mod raw;
mod tag;

use std::borrow::Cow;
use std::ops::Range;

use html5ever::Attribute;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::Token;
use html5ever::tokenizer::TokenSink;
use html5ever::tokenizer::TokenSinkResult;
use html5ever::tokenizer::states::RawKind;

use crate::html::tokenizer::name::Names;
use crate::text::work;

/// Maximum number of attributes of a tag. The rest are dropped, because a tree builder compares each with all previous ones.
const MAX_ATTRIBUTES: usize = 500;

/// Maximum number of attributes of a formatting tag. A tree builder reopens such tags for each paragraph and compares them with all other open ones.
const MAX_OF_MARK: usize = 32;

/// Number of characters that are kept of a base64 value.
const BASE64_KEPT: usize = 64;

/// Feeds the tokens of a text to a sink until the text ends or `go_on` returns false. `go_on` is called before every token.
pub(super) fn run<S: TokenSink>(text: &str, sink: &S, mut go_on: impl FnMut() -> bool) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = with_line_feeds(text);
    let mut tokenizer = Tokenizer {
        bytes: text.as_bytes(),
        text: &text,
        buffer: StrTendril::from(&*text),
        has_nul: memchr::memchr(0, text.as_bytes()).is_some(),
        at: 0,
        names: Names::default(),
        attributes: Vec::new(),
        last_start: None,
        content: Content::Data,
        sink,
    };
    while tokenizer.at < tokenizer.bytes.len() && go_on() {
        tokenizer.step();
    }
    tokenizer.emit(Token::EOFToken);
    sink.end();
}

/// Normalizes line ends to line feeds, as the Standard's preprocessing does.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        out.push('\n');
        let after = after.get(1..).unwrap_or_default();
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The kind of text at the current position, as determined by the tree builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Data,
    Raw(RawKind),
    Plain,
}

struct Tokenizer<'t, S> {
    text: &'t str,
    bytes: &'t [u8],
    /// The same text as a buffer that tokens share.
    buffer: StrTendril,
    /// Whether it has a NUL anywhere. Hardly any page has.
    has_nul: bool,
    at: usize,
    names: Names,
    /// Attributes of the current tag, before they are moved into a vector of the exact size.
    attributes: Vec<Attribute>,
    /// The name of the last start tag. Only its end tag ends raw text.
    last_start: Option<html5ever::LocalName>,
    content: Content,
    sink: &'t S,
}

impl<S: TokenSink> Tokenizer<'_, S> {
    fn step(&mut self) {
        work::step(1);
        match self.content {
            Content::Data => self.data(),
            Content::Raw(kind) => self.raw(kind),
            Content::Plain => {
                let rest = self.at..self.bytes.len();
                self.emit_replaced(rest);
            }
        }
    }

    /// Emits text up to the next markup, then the markup.
    fn data(&mut self) {
        let end = self.next_markup(self.at);
        if end > self.at {
            self.emit_text(self.at..end);
        }
        self.at = end;
        match self.bytes.get(end + 1) {
            None => {}
            Some(b'!') => self.declaration(),
            Some(b'?') => self.bogus_comment(end + 1),
            Some(b'/') => self.end_tag(),
            Some(_) => self.start_tag(),
        }
    }

    /// Returns the position of the next `<` that begins markup, or the end of the text.
    fn next_markup(&self, from: usize) -> usize {
        let mut at = from;
        while let Some(found) = memchr::memchr(b'<', self.bytes.get(at..).unwrap_or_default()) {
            at += found;
            match self.bytes.get(at + 1) {
                Some(b'!' | b'?') => return at,
                Some(b'/') if self.bytes.get(at + 2).is_some() => return at,
                Some(byte) if byte.is_ascii_alphabetic() => return at,
                _ => at += 1,
            }
        }
        self.bytes.len()
    }

    /// Emits text with decoded character references. A NUL becomes a separate token, which the tree builder usually drops.
    fn emit_text(&mut self, range: Range<usize>) {
        let mut start = range.start;
        while self.has_nul
            && let Some(nul) = memchr::memchr(0, self.bytes.get(start..range.end).unwrap_or_default())
        {
            self.emit_run(start..start + nul);
            self.emit(Token::NullCharacterToken);
            start += nul + 1;
        }
        self.emit_run(start..range.end);
    }

    fn emit_run(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        let text = if self.has(b'&', &range) {
            StrTendril::from(htmlize::unescape(self.slice(&range)).as_ref())
        } else {
            self.share(range)
        };
        self.emit(Token::CharacterTokens(text));
    }

    /// Emits text without decoding references. NUL becomes U+FFFD.
    fn emit_replaced(&mut self, range: Range<usize>) {
        self.at = range.end;
        if range.is_empty() {
            return;
        }
        let text = self.without_nul(range);
        self.emit(Token::CharacterTokens(text));
    }

    fn emit(&mut self, token: Token) {
        match self.sink.process_token(token, 1) {
            TokenSinkResult::Continue | TokenSinkResult::Script(_) | TokenSinkResult::EncodingIndicator(_) => {}
            TokenSinkResult::Plaintext => self.content = Content::Plain,
            TokenSinkResult::RawData(kind) => self.content = Content::Raw(kind),
        }
    }

    fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// Returns a part of the page without copying it.
    fn share(&self, range: Range<usize>) -> StrTendril {
        match (u32::try_from(range.start), u32::try_from(range.len())) {
            (Ok(start), Ok(length)) => self.buffer.subtendril(start, length),
            _ => StrTendril::new(),
        }
    }

    fn without_nul(&self, range: Range<usize>) -> StrTendril {
        if self.has_nul && self.has(0, &range) {
            StrTendril::from(self.slice(&range).replace('\0', "\u{fffd}"))
        } else {
            self.share(range)
        }
    }

    fn has(&self, byte: u8, range: &Range<usize>) -> bool {
        memchr::memchr(byte, self.bytes.get(range.clone()).unwrap_or_default()).is_some()
    }

    /// Whether these bytes follow at `at`, in any letter case.
    fn at_ignoring_case(&self, at: usize, word: &[u8]) -> bool {
        self.bytes.get(at..at + word.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(word))
    }

    fn find(&self, from: usize, word: &[u8]) -> Option<usize> {
        let found = memchr::memmem::find(self.bytes.get(from..)?, word).map(|found| from + found);
        work::step(found.unwrap_or(self.bytes.len()) - from);
        found
    }
}

/// Whether a byte is white space by the Standard. Preprocessing has already removed carriage returns.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\t' | 0x0c)
}

#[cfg(test)]
mod tests;
