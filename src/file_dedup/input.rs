//! Reads JSON Lines, plain or compressed, line by line.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

/// Maximum number of bytes of a line. The text of an article has a hundredth of it.
pub const MAX_LINE: u64 = 64 << 20;

/// The fields that are read from a line: an article of any corpus, or a record.
#[derive(Debug, Deserialize)]
pub struct Line<'a> {
    /// The article's id in its corpus.
    pub id: Value,
    /// Its URL.
    #[serde(borrow, default)]
    pub url: Option<Cow<'a, str>>,
    /// The portal, in a record.
    #[serde(borrow, default)]
    pub portal: Option<Cow<'a, str>>,
    /// The headline.
    #[serde(borrow, default)]
    pub title: Option<Cow<'a, str>>,
    /// The lead, in a record.
    #[serde(borrow, default)]
    pub summary: Option<Cow<'a, str>>,
    /// The text.
    #[serde(borrow)]
    pub content_text: Cow<'a, str>,
    /// When it was published.
    #[serde(borrow, default)]
    pub date_published: Option<Cow<'a, str>>,
    /// Files, as objects with `url`.
    #[serde(borrow, default)]
    pub attachments: Option<Vec<Attachment<'a>>>,
    /// The facts of a legal document, in a record.
    #[serde(borrow, default)]
    pub document: Option<LegalDocument<'a>>,
    /// The source line, in a record.
    #[serde(borrow, default)]
    pub credit: Option<Credit<'a>>,
}

/// A file in a line.
#[derive(Debug, Deserialize)]
pub struct Attachment<'a> {
    /// Its URL.
    #[serde(borrow, default)]
    pub url: Option<Cow<'a, str>>,
}

/// A legal document in a line.
#[derive(Debug, Deserialize)]
pub struct LegalDocument<'a> {
    /// Số, ký hiệu.
    #[serde(borrow, default)]
    pub number: Option<Cow<'a, str>>,
}

/// A source line in a line.
#[derive(Debug, Deserialize)]
pub struct Credit<'a> {
    /// As printed.
    #[serde(borrow, default)]
    pub text: Option<Cow<'a, str>>,
    /// The original's URL.
    #[serde(borrow, default)]
    pub url: Option<Cow<'a, str>>,
}

/// Opens a file, or standard input for `-`, and decompresses it according to its first bytes, whatever its extension.
///
/// # Errors
/// If it cannot be read.
pub fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let raw: Box<dyn Read> = if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    let mut raw = BufReader::with_capacity(1 << 18, raw);
    let head = raw.fill_buf()?;
    let (is_gzip, is_zstd) = (head.starts_with(&[0x1f, 0x8b]), head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    let buffered = |reader: Box<dyn Read>| -> Box<dyn BufRead> { Box::new(BufReader::with_capacity(1 << 18, reader)) };
    Ok(if is_gzip {
        buffered(Box::new(flate2::bufread::MultiGzDecoder::new(raw)))
    } else if is_zstd {
        buffered(Box::new(zstd::stream::read::Decoder::with_buffer(raw)?))
    } else {
        Box::new(raw)
    })
}

/// The result of reading from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A line, which is in the buffer.
    Line,
    /// A line of more than [`MAX_LINE`] bytes, which was skipped.
    TooLong,
    /// The end of the file.
    End,
}

/// Reads the next line into a buffer.
///
/// # Errors
/// If the file cannot be read or decompressed.
pub fn next_line(reader: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<Next> {
    line.clear();
    (&mut *reader).take(MAX_LINE + 1).read_until(b'\n', line)?;
    if line.last() != Some(&b'\n') && line.len() as u64 > MAX_LINE {
        reader.skip_until(b'\n')?;
        return Ok(Next::TooLong);
    }
    Ok(if line.is_empty() { Next::End } else { Next::Line })
}
