//! Checks whether a body is complete: by its framing if that marks the end, else by the end of its format.
//!
//! A body that is shorter than its length or chunks never comes here: the client reports it. docs/citizen.md has the table.

use memchr::memmem;

use crate::fetch::FetchError;
use crate::fetch::transport::Framing;
use crate::fetch::transport::WireResponse;

/// Number of bytes at the end in which the end of the format is searched. Scripts and comments of caches may follow it.
const TAIL: usize = 16 << 10;
/// Number of bytes at the beginning of a body that identify it.
const HEAD: usize = 2 << 10;
/// Maximum number of bytes of a tag inside which a body may stop. A longer one is text after a less-than sign.
const MAX_TAG: usize = 1 << 10;
/// End tags of whole documents.
const ENDS: &[&[u8]] = &[b"</html", b"</rss", b"</feed", b"</urlset", b"</sitemapindex", b"</rdf:rdf", b"</opml"];
/// Beginnings of whole documents. Parts of pages do not have them.
const BEGINNINGS: &[&[u8]] = &[b"<!doctype", b"<html", b"<?xml", b"<rss", b"<feed"];
/// Byte order marks.
const MARKS: &[&[u8]] = &[b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];

/// What is wrong with a body's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It stops inside a tag.
    InsideTag,
    /// It stops inside a character.
    InsideCharacter,
    /// It may continue: nothing marks its end, or it is a document that stops within its text.
    NoEnd,
}

/// Checks the end of a decompressed body.
pub(super) fn flaw(body: &[u8], content_type: Option<&str>, framing: Framing) -> Option<Flaw> {
    let (head, tail) = (head_of(body), tail_of(body));
    let says_markup = content_type.is_some_and(|kind| ["html", "xml"].iter().any(|name| kind.contains(name)));
    let is_json = matches!(head.first(), Some(b'{' | b'['));
    let is_markup = head.first() == Some(&b'<') || (says_markup && !is_json);
    if is_markup && (has_end(&tail) || ends_with_root(&head, &tail)) {
        return None;
    }
    if stops_inside_character(body) || (is_markup && stops_inside_reference(&tail)) {
        return Some(Flaw::InsideCharacter);
    }
    if is_markup && stops_inside_tag(&tail) {
        return Some(Flaw::InsideTag);
    }
    let may_go_on = match framing {
        Framing::Declared => is_markup && is_document(&head) && !tail.trim_ascii_end().ends_with(b">"),
        Framing::ByClosing => is_markup || head.is_empty() || (is_json && !is_closed_json(body)),
    };
    may_go_on.then_some(Flaw::NoEnd)
}

/// Returns the beginning in lower case, without byte order mark and whitespace. The zeros of UTF-16 are left out.
fn head_of(body: &[u8]) -> Vec<u8> {
    let start = without_mark(body);
    let start = start.trim_ascii_start();
    letters(start.get(..HEAD).unwrap_or(start))
}

fn tail_of(body: &[u8]) -> Vec<u8> {
    letters(body.get(body.len().saturating_sub(TAIL)..).unwrap_or(body))
}

fn letters(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect()
}

fn without_mark(body: &[u8]) -> &[u8] {
    MARKS.iter().find_map(|mark| body.strip_prefix(*mark)).unwrap_or(body)
}

/// Whether the end tag of a whole document is present. An end tag in a script's string does not count: print buttons write whole pages.
fn has_end(tail: &[u8]) -> bool {
    let is_end = |at: usize, end: &[u8]| {
        let behind = tail.get(at + end.len()..).unwrap_or_default().trim_ascii_start();
        let behind = behind.strip_prefix(b">").map(<[u8]>::trim_ascii_start);
        behind.is_some_and(|behind| !matches!(behind.first(), Some(b'\'' | b'"' | b'`' | b'\\')))
    };
    ENDS.iter().any(|end| memmem::find_iter(tail, end).any(|at| is_end(at, end)))
}

/// Whether a part of a page is complete, such as a folder's list: its first element is closed at its very end.
fn ends_with_root(head: &[u8], tail: &[u8]) -> bool {
    let mut rest = head;
    while let Some(at) = memchr::memchr(b'<', rest) {
        rest = rest.get(at + 1..).unwrap_or_default();
        if rest.first().is_some_and(u8::is_ascii_alphabetic) {
            let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_');
            let name = rest.iter().take_while(is_name).copied();
            let end: Vec<u8> = b"</".iter().copied().chain(name).chain([b'>']).collect();
            return tail.trim_ascii_end().ends_with(&end);
        }
    }
    false
}

fn is_document(head: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| memmem::find(head, beginning).is_some())
}

fn is_closed_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(without_mark(body)).is_ok()
}

/// Whether the last bytes begin but do not end a UTF-8 character, in a body that is mostly UTF-8, or whether half a UTF-16 character is left.
fn stops_inside_character(body: &[u8]) -> bool {
    if body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") {
        return body.len() % 2 == 1;
    }
    let (mut valid, mut invalid, mut is_begun) = (0_usize, 0_usize, false);
    for chunk in body.utf8_chunks() {
        valid += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        is_begun = std::str::from_utf8(chunk.invalid()).is_err_and(|error| error.error_len().is_none());
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    is_begun && invalid <= valid + 1
}

/// Whether the last bytes begin a numeric reference (`&#78`).
fn stops_inside_reference(tail: &[u8]) -> bool {
    let last = tail.get(tail.len().saturating_sub(9)..).unwrap_or(tail);
    memmem::rfind(last, b"&#").is_some_and(|at| last[at + 2..].iter().all(u8::is_ascii_alphanumeric))
}

/// Whether the last `<` begins a tag that is not closed. A `>` within an attribute's value does not close it.
fn stops_inside_tag(tail: &[u8]) -> bool {
    let Some(at) = memchr::memrchr(b'<', tail) else { return false };
    let tag = tail.get(at + 1..).unwrap_or_default();
    let is_one = tag.first().is_none_or(|first| first.is_ascii_alphabetic() || matches!(first, b'/' | b'!' | b'?'));
    if !is_one || tag.len() > MAX_TAG {
        return false;
    }
    let (mut quote, mut before) = (None, b' ');
    for &byte in tag {
        match (quote, byte) {
            (None, b'>') => return false,
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
        before = if byte.is_ascii_whitespace() { before } else { byte };
    }
    true
}

/// Refuses a 200 that declares itself to be a part (RFC 9110, section 14.4).
pub(super) fn check_range(response: &WireResponse) -> Result<(), FetchError> {
    let Some(range) = response.header("content-range").and_then(|value| std::str::from_utf8(value).ok()) else {
        return Ok(());
    };
    let numbers = || {
        let unit = range.get(..5).filter(|unit| unit.eq_ignore_ascii_case("bytes"))?;
        let (span, all) = range.get(unit.len()..)?.split_once('/')?;
        let (first, last) = span.trim_start_matches(['=', ' ']).split_once('-')?;
        Some((first.trim().parse::<u64>().ok()?, last.trim().parse::<u64>().ok()?, all.trim().parse::<u64>().ok()))
    };
    match numbers() {
        Some((0, last, Some(all))) if last.checked_add(1) == Some(all) => Ok(()),
        Some(_) => Err(FetchError::Cut(format!("it is only a part of the page (`Content-Range: {range}`)"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><html><body><p>Xã Hòa Bình trồng rừng</p></body></html>";

    fn check(body: &str, framing: Framing, expect: Option<Flaw>) {
        assert_eq!(flaw(body.as_bytes(), Some("text/html"), framing), expect, "{body:?} {framing:?}");
    }

    #[test]
    fn what_was_declared_and_met_is_whole_unless_it_stops_in_a_tag_or_a_character() {
        let declared = Framing::Declared;
        check(PAGE, declared, None);
        check("<p>Không có thẻ đóng", declared, None);
        check("<html><body><p>Không có thẻ đóng<p>Hai</p>\n", declared, None);
        check("<p>3 < 5", declared, None);
        check("<html><p>Tin</p><di", declared, Some(Flaw::InsideTag));
        check("<html><p>Tin</p></", declared, Some(Flaw::InsideTag));
        check("<html><p>Tin</p><", declared, Some(Flaw::InsideTag));
        check("<html><p>Tin</p><img alt=\"a > b", declared, Some(Flaw::InsideTag));
        check("<html><p>Tin</p><!-- ghi chú", declared, Some(Flaw::InsideTag));
        check(&format!("{PAGE}<!-- lưu"), declared, None);
        check("<html><p>Tin t&#7913", declared, Some(Flaw::InsideCharacter));
        let inside = &PAGE.as_bytes()[..=PAGE.find('ã').unwrap()];
        assert_eq!(flaw(inside, None, declared), Some(Flaw::InsideCharacter));
        let cut_before = ["<html>Số".as_bytes(), b"\xe1\xbb <p>", &inside[15..]].concat();
        assert_eq!(flaw(&cut_before, None, declared), Some(Flaw::InsideCharacter), "one was cut before");
        assert_eq!(flaw(b"<p>caf\xe9 \xe9t\xe9 caf\xe9", None, declared), None, "Latin-1 is no UTF-8");
        let mut wide: Vec<u8> = PAGE[..30].encode_utf16().flat_map(u16::to_le_bytes).collect();
        wide.splice(..0, [0xff, 0xfe, b'<']);
        assert_eq!(flaw(&wide, None, declared), Some(Flaw::InsideCharacter));
    }

    #[test]
    fn a_document_that_stops_amid_its_text_may_go_on() {
        check("<html><body><p>Sáng nay, xã Hòa", Framing::Declared, Some(Flaw::NoEnd));
        check("<!DOCTYPE html><title>Tin</title><p>Sáng nay, xã Hòa ", Framing::Declared, Some(Flaw::NoEnd));
        check("<?xml version='1.0'?><rss><item><title>Sáng", Framing::Declared, Some(Flaw::NoEnd));
    }

    #[test]
    fn what_ends_by_closing_is_judged_by_its_formats_end() {
        let closing = Framing::ByClosing;
        check(PAGE, closing, None);
        check("<HTML><p>Tin<div>mở</HTML >\n<!-- 0.1 s -->", closing, None);
        check("<html><body><p>Tin</p>", closing, Some(Flaw::NoEnd));
        check("", closing, Some(Flaw::NoEnd));
        check("<ul><li>a</li></ul>\n", closing, None);
        check("<html><p>Tin<script>w.write('<p></html>');</script><p>dở</p>", closing, Some(Flaw::NoEnd));
        check("<?xml version='1.0'?><rss><item></item></rss>", closing, None);
        check("<?xml version='1.0'?><r:rss><item></item></r:rss>", closing, None);
        check("<?xml version='1.0'?><rss><item></item>", closing, Some(Flaw::NoEnd));
        for kind in ["application/json", "text/html"] {
            let json = |body: &str| flaw(body.as_bytes(), Some(kind), closing);
            assert_eq!(json("[{\"a\": 1}]"), None);
            assert_eq!(json("[{\"a\": 1}"), Some(Flaw::NoEnd));
        }
        assert_eq!(flaw(b"http://a.example/1", Some("text/plain"), closing), None);
        let wide: Vec<u8> = PAGE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(flaw(&wide, Some("text/html"), closing), None);
    }

    #[test]
    fn a_part_by_its_own_account_is_a_cut() {
        let check = |range: &str, is_whole: bool| {
            let answer = WireResponse::ok("text/html", PAGE).with_header("Content-Range", range);
            assert_eq!(check_range(&answer).is_ok(), is_whole, "{range}");
        };
        check("bytes 0-99/100", true);
        check("bytes 0-98/100", false);
        check("Bytes 5-99/100", false);
        check("bytes=5-99/100", false);
        check("bytes 0-99/*", false);
        check("nonsense", true);
    }
}
