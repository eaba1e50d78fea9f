//! Reads markup that begins with `<!`: comments, doctypes, CDATA sections, and anything else, which counts as a comment.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::Doctype;
use html5ever::tokenizer::Token;
use html5ever::tokenizer::TokenSink;

use crate::html::tokenizer::Tokenizer;
use crate::html::tokenizer::is_space;

impl<S: TokenSink> Tokenizer<'_, S> {
    pub(super) fn declaration(&mut self) {
        let at = self.at + 2;
        if self.bytes.get(at..).is_some_and(|rest| rest.starts_with(b"--")) {
            self.comment(at + 2);
        } else if self.at_ignoring_case(at, b"doctype") {
            self.doctype(at + b"doctype".len());
        } else if self.bytes.get(at..).is_some_and(|rest| rest.starts_with(b"[CDATA["))
            && self.sink.adjusted_current_node_present_but_not_in_html_namespace()
        {
            self.cdata(at + b"[CDATA[".len());
        } else {
            self.bogus_comment(at);
        }
    }

    fn comment(&mut self, from: usize) {
        let rest = self.bytes.get(from..).unwrap_or_default();
        if rest.starts_with(b">") || rest.starts_with(b"->") {
            self.at = from + 1 + usize::from(rest.starts_with(b"-"));
            return self.emit(Token::CommentToken(StrTendril::new()));
        }
        let (end, after) = self.comment_end(from).unwrap_or_else(|| self.cut_comment(from));
        let text = self.without_nul(from..end);
        self.at = after;
        self.emit(Token::CommentToken(text));
    }

    /// Returns where a comment's text ends and where the page continues, at `-->` or `--!>`.
    fn comment_end(&self, from: usize) -> Option<(usize, usize)> {
        let mut at = from;
        loop {
            at = self.find(at, b"--")?;
            match self.bytes.get(at + 2..)? {
                [b'>', ..] => return Some((at, at + 3)),
                [b'!', b'>', ..] => return Some((at, at + 4)),
                _ => at += 1,
            }
        }
    }

    /// Returns the same for a comment that is cut off by the end of the page. Its text excludes an incomplete closing mark.
    fn cut_comment(&self, from: usize) -> (usize, usize) {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let closing = [&b"--!"[..], b"--", b"-"].into_iter().find(|end| rest.ends_with(end)).map_or(0, <[u8]>::len);
        (self.bytes.len() - closing, self.bytes.len())
    }

    pub(super) fn bogus_comment(&mut self, from: usize) {
        let length = memchr::memchr(b'>', self.bytes.get(from..).unwrap_or_default());
        let end = length.map_or(self.bytes.len(), |length| from + length);
        let text = self.without_nul(from..end);
        self.at = (end + 1).min(self.bytes.len());
        self.emit(Token::CommentToken(text));
    }

    /// Emits text as it is. NUL stays NUL.
    fn cdata(&mut self, from: usize) {
        let end = self.find(from, b"]]>");
        let mut start = from;
        let stop = end.unwrap_or(self.bytes.len());
        self.at = end.map_or(self.bytes.len(), |end| end + 3);
        while let Some(nul) = memchr::memchr(0, self.bytes.get(start..stop).unwrap_or_default()) {
            let text = self.share(start..start + nul);
            self.emit(Token::CharacterTokens(text));
            self.emit(Token::NullCharacterToken);
            start += nul + 1;
        }
        let text = self.share(start..stop);
        self.emit(Token::CharacterTokens(text));
    }

    fn doctype(&mut self, from: usize) {
        let length = memchr::memchr(b'>', self.bytes.get(from..).unwrap_or_default());
        let end = length.map_or(self.bytes.len(), |length| from + length);
        let mut doctype = read_doctype(self.slice(&(from..end)));
        doctype.force_quirks |= length.is_none();
        self.at = (end + 1).min(self.bytes.len());
        self.emit(Token::DoctypeToken(doctype));
    }
}

/// Reads the text between `<!doctype` and `>`. By the Standard, a `>` inside a quoted identifier also ends the doctype.
fn read_doctype(text: &str) -> Doctype {
    let quirky = |doctype: Doctype| Doctype { force_quirks: true, ..doctype };
    let text = text.trim_start_matches(|c: char| u8::try_from(c).is_ok_and(is_space));
    if text.is_empty() {
        return quirky(Doctype::default());
    }
    let blank = |c: char| u8::try_from(c).is_ok_and(is_space);
    let (name, rest) = text.split_at(text.find(blank).unwrap_or(text.len()));
    let name = name.to_ascii_lowercase().replace('\0', "\u{fffd}");
    let mut doctype = Doctype { name: Some(StrTendril::from(name)), ..Doctype::default() };
    let rest = rest.trim_start_matches(blank);
    if rest.is_empty() {
        return doctype;
    }
    let keyword = rest.get(..6).map(str::to_ascii_lowercase);
    let after = rest.get(6..).unwrap_or_default().trim_start_matches(blank);
    match keyword.as_deref() {
        Some("public") => {
            let Some((public, rest, closed)) = quoted(after) else { return quirky(doctype) };
            doctype.public_id = Some(public);
            match quoted(rest.trim_start_matches(blank)) {
                Some((system, _, closed_too)) => {
                    doctype.system_id = Some(system);
                    doctype.force_quirks = !closed || !closed_too;
                }
                None => doctype.force_quirks = !closed || !rest.trim_start_matches(blank).is_empty(),
            }
            doctype
        }
        Some("system") => {
            let Some((system, _, closed)) = quoted(after) else { return quirky(doctype) };
            doctype.system_id = Some(system);
            doctype.force_quirks = !closed;
            doctype
        }
        _ => quirky(doctype),
    }
}

/// Returns a quoted identifier, the text after it, and whether its quote is closed.
fn quoted(text: &str) -> Option<(StrTendril, &str, bool)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = text.get(1..)?;
    let (value, rest, closed) = match inner.split_once(quote) {
        Some((value, rest)) => (value, rest, true),
        None => (inner, "", false),
    };
    Some((StrTendril::from(value.replace('\0', "\u{fffd}")), rest, closed))
}
