//! Reads the feeds of an OPML 2.0 document (<http://opml.org/spec2.opml>), as exported by feed readers.
//!
//! Misspelled names (`xmlURL`) and references that do not exist in XML are accepted. A malformed outline is skipped and reported with its line; the
//! others are read. A document that ends early is refused: if half a list of feeds were taken for the whole, the rest would be lost silently.

use quick_xml::Reader;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;
use thiserror::Error;

use crate::html::charset;
use crate::html::charset::Markup;
use crate::text::unicode;

/// Maximum depth of nested folders. Real files have fewer than 5.
const MAX_DEPTH: usize = 64;

/// Maximum number of outlines with an unclosed quote that are skipped. Each may require a scan of the rest.
const MAX_OPEN_QUOTES: usize = 100;

/// Maximum number of bytes of a reference, including `&` and `;`. The longest of HTML has 33.
const MAX_REFERENCE: usize = 40;

/// A feed in an OPML file, with all texts as they are in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Feed {
    /// `title`, or `text` if that is absent or empty.
    pub(crate) title: Option<String>,
    /// `xmlUrl`.
    pub(crate) xml_url: String,
    /// `htmlUrl`.
    pub(crate) html_url: Option<String>,
    /// `language`.
    pub(crate) language: Option<String>,
    /// The folders that contain it, the outermost first.
    pub(crate) folders: Vec<String>,
    /// `type`, in lower case.
    pub(crate) form: String,
    /// Whether it, or a folder that contains it, is commented out (`isComment`).
    pub(crate) is_comment: bool,
    /// Its line, from 1.
    pub(crate) line: usize,
}

/// The content of an OPML file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outlines {
    /// The feeds, in the order of the file.
    pub(crate) feeds: Vec<Feed>,
    /// Outlines that cannot be read.
    pub(crate) malformed: Vec<Malformed>,
}

/// An outline that cannot be read, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Its line, from 1.
    pub(crate) line: usize,
    pub(crate) reason: String,
}

/// Why a document is not OPML, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{line}:{column}: {message}")]
pub(crate) struct NotOpml {
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// What is wrong, and what may help.
    pub(crate) message: String,
}

/// Reads the feeds, in the order of the file.
///
/// # Errors
/// [`NotOpml`] with the position, if the document is not well-formed, ends early or is something else.
pub(crate) fn read(bytes: &[u8]) -> Result<Outlines, NotOpml> {
    let text = charset::decode(bytes, None, Markup::Xml).text;
    let mut walk = Walk { text: &text, open: Vec::new(), found: Outlines::default(), line: (0, 1) };
    let mut start = 0;
    while let Some(next) = walk.read_from(start)? {
        start = next;
    }
    walk.finish()
}

fn reader_of(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    // `Walk::end` matches ends, and tolerates missing ends of outlines.
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    reader
}

fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// An element that is still open.
struct OpenElement {
    name: String,
    /// The name, if it is a folder.
    folder: Option<String>,
    is_comment: bool,
}

struct Walk<'a> {
    text: &'a str,
    open: Vec<OpenElement>,
    found: Outlines,
    /// An offset and its line, so that lines are counted once.
    line: (usize, usize),
}

impl Walk<'_> {
    /// Reads to the end, or to an outline that lacks a quote and so swallows the next one. In that case, returns where the next one begins.
    fn read_from(&mut self, start: usize) -> Result<Option<usize>, NotOpml> {
        let mut reader = reader_of(self.text.get(start..).unwrap_or_default());
        loop {
            let at = start + offset(reader.buffer_position());
            match reader.read_event() {
                Ok(Event::Start(tag) | Event::Empty(tag)) if swallowed(&tag).is_some() => {
                    let begin = self.text.get(at..).and_then(|rest| rest.find('<')).map_or(at, |ahead| at + ahead);
                    self.malformed(at, "a quote is missing".to_owned());
                    return Ok(swallowed(&tag).map(|inner| begin + 1 + inner));
                }
                Ok(Event::Start(tag)) => self.start(&tag, at)?,
                Ok(Event::Empty(tag)) => {
                    self.start(&tag, at)?;
                    self.open.pop();
                }
                Ok(Event::End(tag)) => self.end(tag.name().as_ref(), at)?,
                Ok(Event::Eof) => return Ok(None),
                Ok(_) => {}
                Err(error) => {
                    let at = start + offset(reader.error_position());
                    if let Some(next) = self.outline_after(at).filter(|_| self.found.malformed.len() < MAX_OPEN_QUOTES)
                    {
                        self.malformed(at, "a quote is missing".to_owned());
                        return Ok(Some(next));
                    }
                    return Err(self.wrong(at, format!("this is not XML: {error}")));
                }
            }
        }
    }

    /// Returns where the next outline begins after one with an unclosed quote.
    fn outline_after(&self, at: usize) -> Option<usize> {
        let inside = self.text.get(at..)?.strip_prefix('<').filter(|tag| tag.starts_with("outline"))?;
        swallowed(inside).map(|inner| at + 1 + inner)
    }

    /// Closes the element, and outlines within it that lack their end. A superfluous end of an outline is ignored.
    fn end(&mut self, name: &str, at: usize) -> Result<(), NotOpml> {
        let name = name.trim().to_ascii_lowercase();
        let own = self.open.iter().rposition(|open| open.name == name);
        let within = own.map_or(&[][..], |own| self.open.get(own + 1..).unwrap_or_default());
        match own {
            Some(own) if within.iter().all(|open| open.name == "outline") => {
                self.open.truncate(own);
                Ok(())
            }
            None if name == "outline" => Ok(()),
            _ => Err(self.wrong(at, format!("this is not XML: `</{name}>` closes nothing that is open"))),
        }
    }

    fn malformed(&mut self, at: usize, reason: String) {
        let line = self.line_of(at);
        self.found.malformed.push(Malformed { line, reason });
    }

    fn start(&mut self, tag: &BytesStart<'_>, at: usize) -> Result<(), NotOpml> {
        let name = tag.name().as_ref().to_ascii_lowercase();
        if self.open.is_empty() && name != "opml" {
            let hint = "export the subscriptions of the feed reader as OPML";
            return Err(self.wrong(at, format!("this is not OPML: the document is `<{name}>`; {hint}")));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(self.wrong(at, format!("outlines are nested more than {MAX_DEPTH} deep")));
        }
        let mut open =
            OpenElement { folder: None, is_comment: self.open.last().is_some_and(|open| open.is_comment), name };
        if open.name == "outline" {
            self.outline(tag, at, &mut open);
        }
        self.open.push(open);
        Ok(())
    }

    fn outline(&mut self, tag: &BytesStart<'_>, at: usize, open: &mut OpenElement) {
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(error) => return self.malformed(at, format!("this outline cannot be read: {error}")),
            };
            let value = unicode::clean(&decoded(&attribute.value)).trim().to_owned();
            attributes.push((attribute.key.as_ref().to_ascii_lowercase(), value));
        }
        let mut take = |name: &str| {
            let found = attributes.iter_mut().find(|(known, value)| known == name && !value.is_empty());
            found.map(|(_, value)| std::mem::take(value))
        };
        let form = take("type").unwrap_or_default().to_ascii_lowercase();
        let (title, text) = (take("title"), take("text"));
        let title = title.or(text);
        open.is_comment |= take("iscomment").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        // Links and included outlines have their URL in `url`. It is read so that they are not skipped silently.
        let other = take("url").filter(|_| matches!(form.as_str(), "link" | "include" | "rss"));
        match take("xmlurl").or(other) {
            Some(xml_url) => {
                let folders = self.open.iter().filter_map(|open| open.folder.clone()).collect();
                let (html_url, language, line) = (take("htmlurl"), take("language"), self.line_of(at));
                let is_comment = open.is_comment;
                self.found.feeds.push(Feed { title, xml_url, html_url, language, folders, form, is_comment, line });
            }
            None => open.folder = title,
        }
    }

    /// Returns the line of an offset. Offsets only increase, so that each line is counted once.
    fn line_of(&mut self, at: usize) -> usize {
        let (from, line) = self.line;
        // The position of an event begins before the whitespace in front of its tag.
        let tag = self.text.get(at..).and_then(|rest| rest.find('<')).map_or(at, |ahead| at + ahead);
        let line = line + self.text.get(from..tag).map_or(0, |part| part.matches('\n').count());
        self.line = (tag.max(from), line);
        line
    }

    fn wrong(&self, at: usize, message: String) -> NotOpml {
        let mut end = at.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before[line_start..].chars().count() + 1;
        NotOpml { line: before.matches('\n').count() + 1, column, message }
    }

    fn finish(self) -> Result<Outlines, NotOpml> {
        match self.open.last() {
            Some(open) => {
                let message = format!("the document ends early: `<{}>` is not closed; export it again", open.name);
                Err(self.wrong(self.text.len(), message))
            }
            None if !self.text.contains("<opml") && !self.text.to_ascii_lowercase().contains("<opml") => {
                Err(self.wrong(0, "this is not OPML: it has no `<opml>`".to_owned()))
            }
            None => Ok(self.found),
        }
    }
}

/// Returns where the next outline begins within a tag that lacks a quote.
fn swallowed(tag: &str) -> Option<usize> {
    tag.find("<outline").or_else(|| tag.find("</"))
}

/// Decodes the references of a value, including those that only exist in HTML. A bare `&`, as in some URLs, is kept.
fn decoded(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(MAX_REFERENCE).position(|byte| byte == b';').map_or(1, |end| end + 1);
        let (reference, after) = rest.split_at(end);
        out.push_str(&unicode::decode_entities(reference));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feeds(body: &str) -> Vec<Feed> {
        read(format!("<opml version=\"2.0\"><head><title>x</title></head><body>{body}</body></opml>").as_bytes())
            .unwrap()
            .feeds
    }

    /// Returns the only feed of a body.
    fn feed(body: &str) -> Feed {
        let mut all = feeds(body);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    #[test]
    fn names_are_read_in_any_case_and_titles_stand_in_for_texts() {
        let found = feed("<OUTLINE TEXT='Tin' Type='RSS' XMLURL='https://a.vn/rss' htmlURL='https://a.vn/'/>");
        assert_eq!(
            (found.title.as_deref(), found.xml_url.as_str(), found.form.as_str()),
            (Some("Tin"), "https://a.vn/rss", "rss")
        );
        assert_eq!(found.html_url.as_deref(), Some("https://a.vn/"));
        assert_eq!(feed("<outline title='' text='T' xmlUrl='x'/>").title.as_deref(), Some("T"));
        assert_eq!(feed("<outline title='B' text='T' xmlUrl='x'/>").title.as_deref(), Some("B"));
        assert_eq!(feed("<outline xmlUrl='x'/>").title, None);
    }

    #[test]
    fn folders_are_kept() {
        let body = "<outline text='A'><outline text='B'><outline text='c' xmlUrl='1'/></outline><outline xmlUrl='2'/></outline>\n<outline xmlUrl='3'><outline xmlUrl='4'/></outline>";
        let folders: Vec<(String, String, usize)> =
            feeds(body).into_iter().map(|feed| (feed.xml_url, feed.folders.join("/"), feed.line)).collect();
        let expect = [("1", "A/B", 1), ("2", "A", 1), ("3", "", 2), ("4", "", 2)];
        assert_eq!(folders, expect.map(|(url, folders, line)| (url.to_owned(), folders.to_owned(), line)));
    }

    #[test]
    fn references_are_decoded_and_bare_ones_kept() {
        let check = |raw: &str, expect: &str| assert_eq!(feed(&format!("<outline xmlUrl=\"{raw}\"/>")).xml_url, expect);
        check("http://a.vn/?a=1&amp;b=2", "http://a.vn/?a=1&b=2");
        check("http://a.vn/?a=1&copy=2", "http://a.vn/?a=1&copy=2");
        check("http://a.vn/&#38;&#x26;", "http://a.vn/&&");
        assert_eq!(
            feed("<outline text='T&agrave;u &lt;b&gt; &khong;' xmlUrl='x'/>").title.as_deref(),
            Some("Tàu <b> &khong;")
        );
    }

    #[test]
    fn marks_and_other_encodings() {
        let text = "\u{feff}<?xml version='1.0' encoding='UTF-8'?>\n<opml><body><outline text='Đắk' xmlUrl='x'/></body></opml>";
        assert_eq!(read(text.as_bytes()).unwrap().feeds[0].title.as_deref(), Some("Đắk"));
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&utf16).unwrap().feeds[0].title.as_deref(), Some("Đắk"));
    }

    #[test]
    fn what_is_commented_out_is_marked() {
        let body = "<outline text='A' isComment='true'><outline xmlUrl='1'/></outline><outline xmlUrl='2'/>";
        assert_eq!(feeds(body).iter().map(|feed| feed.is_comment).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn broken_documents_are_refused_with_the_place() {
        let check = |text: &str, place: (usize, usize), words: &str| {
            let error = read(text.as_bytes()).unwrap_err();
            assert_eq!((error.line, error.column), place, "{text}: {error}");
            assert!(error.message.contains(words), "{error}");
        };
        check("<opml>\n<body>\n  <outline xmlUrl='x'/>\n </bdy></opml>", (4, 2), "not XML");
        check("<opml><body><outline xmlUrl='x'/>", (1, 34), "`<body>` is not closed");
        check("<html><body></body></html>", (1, 1), "the document is `<html>`");
        check("", (1, 1), "not OPML");
        check("https://a.vn/rss", (1, 1), "not OPML");
        check(&format!("<opml>{}", "<outline text='a'>".repeat(100)), (1, 1141), "deep");
    }

    #[test]
    fn a_malformed_outline_takes_no_other_with_it() {
        let check = |outline: &str, expect: &[&str]| {
            let text = format!(
                "<opml>\n<body>\n<outline text='A' xmlUrl='1'/>\n{outline}\n<outline text='B' xmlUrl='2'/>\n<outline text='C' xmlUrl='3'/></body></opml>"
            );
            let found = read(text.as_bytes()).unwrap();
            let urls: Vec<&str> = found.feeds.iter().map(|feed| feed.xml_url.as_str()).collect();
            let lines: Vec<usize> = found.malformed.iter().map(|malformed| malformed.line).collect();
            assert_eq!(urls, expect, "{outline} {found:?}");
            assert!(lines == [4] || (lines.is_empty() && expect.len() == 4), "{outline} {found:?}");
        };
        check("<outline text=x xmlUrl='9'/>", &["1", "2", "3"]);
        check("<outline text='x' text='y' xmlUrl='9'/>", &["1", "2", "3"]);
        check("<outline text xmlUrl='9'/>", &["1", "2", "3"]);
        check("<outline text='x xmlUrl='9'/>", &["1", "2", "3"]);
        check("<outline text='x' xmlUrl='9/>", &["1", "2", "3"]);
        check("<outline text='x' xmlUrl='9'>", &["1", "9", "2", "3"]);
        check("<outline text='x' xmlUrl='9'/></outline>", &["1", "9", "2", "3"]);
    }

    /// If it is cut off anywhere, it is refused. If any character of its syntax is changed, it does not panic.
    #[test]
    fn damaged_documents_are_refused_or_read() {
        let whole =
            "<?xml version='1.0'?><opml><body><outline text='Đắk &amp;'><outline xmlUrl='x'/></outline></body></opml>";
        for (at, c) in whole.char_indices() {
            let error = read(&whole.as_bytes()[..at]).unwrap_err();
            assert_eq!(error.line, 1, "{error}");
            for other in ["", "<", ">", "'", "&", "\0"] {
                let _ = read(format!("{}{other}{}", &whole[..at], &whole[at + c.len_utf8()..]).as_bytes());
            }
        }
    }

    /// Entities are not expanded, and nothing is loaded.
    #[test]
    fn declared_entities_stay_what_they_are() {
        let text = "<!DOCTYPE opml [<!ENTITY a 'b'><!ENTITY e SYSTEM 'file:///etc/passwd'>]><opml><body>\
                    <outline text='&a;&e;' xmlUrl='x'/></body></opml>";
        assert_eq!(read(text.as_bytes()).unwrap().feeds[0].title.as_deref(), Some("&a;&e;"));
    }
}
