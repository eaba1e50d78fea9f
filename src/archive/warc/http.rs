//! HTTP responses in archives. Some have no version, no reason, or bare line feeds; some are still chunked.

use bytes::Bytes;

use crate::coding;
use crate::coding::CodingError;
use crate::model::page::HttpFacts;
use crate::model::page::Validators;

/// Maximum header lines that are read.
const MAX_HEADERS: usize = 1000;

/// A response's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// The status.
    pub status: u16,
    /// Headers in order, values as bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The length of the head in bytes, with the empty line that ends it.
    pub length: usize,
}

impl ResponseHead {
    /// Reads the head of a response. None if it is not one.
    pub fn read(block: &[u8]) -> Option<ResponseHead> {
        let mut lines = Lines { rest: block };
        let status = status_of(lines.next()?)?;
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
            let folded = line.starts_with(b" ") || line.starts_with(b"\t");
            if let (true, Some((_, value))) = (folded, headers.last_mut()) {
                value.push(b' ');
                value.extend_from_slice(line.trim_ascii());
                continue;
            }
            let Some(colon) = line.iter().position(|&byte| byte == b':') else { continue };
            if headers.len() < MAX_HEADERS {
                let name = String::from_utf8_lossy(line[..colon].trim_ascii()).into_owned();
                headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
            }
        }
        Some(ResponseHead { status, headers, length: block.len() - lines.rest.len() })
    }

    /// Returns all values of a header, ignoring case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    /// Returns what a page keeps of its response.
    pub fn facts(&self) -> HttpFacts {
        let first = |name| self.values(name).next().filter(|value| !value.is_empty());
        let content_type = first("content-type").map(|value| String::from_utf8_lossy(value).into_owned());
        let validators = Validators {
            etag: first("etag").map(<[u8]>::to_vec),
            last_modified: first("last-modified").map(<[u8]>::to_vec),
        };
        HttpFacts { status: self.status, content_type, validators, ..HttpFacts::default() }
    }

    /// Decodes a body: its chunks, if it is still chunked, and its content codings.
    ///
    /// # Errors
    /// [`CodingError`].
    pub fn decode(&self, body: Bytes, max_bytes: u64) -> Result<Bytes, CodingError> {
        let is_chunked = self.values("transfer-encoding").any(|value| value.to_ascii_lowercase().ends_with(b"chunked"));
        let body = if is_chunked { coding::without_chunks(body) } else { body };
        coding::decode(body, self.values("content-encoding"), max_bytes)
    }
}

/// Reads a status line; the version may be missing.
fn status_of(line: &[u8]) -> Option<u16> {
    let line = String::from_utf8_lossy(line);
    let rest = line.strip_prefix("HTTP").unwrap_or(&line);
    let rest = rest.trim_start_matches(|letter: char| letter == '/' || letter == '.' || letter.is_ascii_digit());
    // Without a version, the number before the first space is the status.
    let number =
        if line.starts_with("HTTP") { rest.split_whitespace().next()? } else { line.split_whitespace().next()? };
    number.parse().ok().filter(|status| (100..1000).contains(status))
}

struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    /// Returns the next line without its end.
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.rest).map_or(self.rest.len(), |at| at + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_however_old_the_server() {
        for (line, expect) in [
            ("HTTP/1.1 200 OK", Some(200)),
            ("HTTP/1.0 404", Some(404)),
            ("HTTP/2 200", Some(200)),
            ("HTTP 200 OK", Some(200)),
            ("HTTP/ 200 OK", Some(200)),
            ("200 OK", Some(200)),
            ("<html>", None),
            ("", None),
        ] {
            let block = format!("{line}\r\nX-A:  one\r\n two\nContent-Type: text/html\n\nbody");
            let head = ResponseHead::read(block.as_bytes());
            assert_eq!(head.as_ref().map(|head| head.status), expect, "{line}");
            let Some(head) = head else { continue };
            assert_eq!(&block[head.length..], "body");
            assert_eq!(head.values("x-a").next(), Some(&b"one two"[..]));
            assert_eq!(head.facts().content_type.as_deref(), Some("text/html"));
        }
    }
}
