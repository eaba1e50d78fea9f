//! Decodes content codings and chunks within limits, even if a server labels them wrongly.
//!
//! The decoding of HTTP clients loses bodies of real servers: it reads only the first member of a gzip file and rejects plain text labeled gzip. The
//! bytes are therefore taken as sent and decoded here, by the header if the bytes agree.

use std::io;
use std::io::Read;

use brotli_decompressor::Decompressor;
use bytes::Bytes;
use flate2::bufread::DeflateDecoder;
use flate2::bufread::GzDecoder;
use flate2::bufread::MultiGzDecoder;
use flate2::bufread::ZlibDecoder;
use thiserror::Error;

/// Why a body cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodingError {
    /// A stream ends early or is corrupt.
    #[error("{0}")]
    Cut(String),
    /// It has more decoded bytes than this.
    #[error("it has more than {0} bytes decompressed")]
    TooLarge(u64),
    /// It has more than this many decoded bytes for each encoded byte.
    #[error("it decompresses to more than {0} times its size")]
    Bomb(u64),
    /// This many codings, more than [`MAX_CODINGS`].
    #[error("it is encoded {0} times over")]
    Codings(usize),
}

/// Maximum number of nested codings. Two occur if a proxy compresses what was already compressed.
pub const MAX_CODINGS: usize = 3;
/// Maximum number of decoded bytes for each encoded byte. Pages have 3 to 30; DEFLATE's own limit is 1,032.
pub const MAX_RATIO: u64 = 500;
/// Number of decoded bytes below which the ratio does not matter.
pub const RATIO_FLOOR: u64 = 4 << 20;
/// The window of zstd, as a power of two: the 8 MiB that RFC 9659 sets for content codings.
const ZSTD_WINDOW_LOG: u32 = 23;
/// Bytes decoded in one step.
const STEP: usize = 64 << 10;

/// Unpacks a gzip file, up to `max_bytes`. A file of one member, as nearly all are, is unpacked at once, in half the time of a stream.
///
/// # Errors
/// If it is corrupt.
pub fn unpack_file(packed: &[u8], max_bytes: u64) -> io::Result<Vec<u8>> {
    if let Some(unpacked) = unpack_member(packed, max_bytes) {
        return Ok(unpacked);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(packed).take(max_bytes).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// Unpacks a file of one member, whose last bytes tell the size. None if it may be another file.
fn unpack_member(packed: &[u8], max_bytes: u64) -> Option<Vec<u8>> {
    const BEGINNING: &[u8] = &[0x1f, 0x8b, 8];
    let size = u32::from_le_bytes(*packed.last_chunk()?);
    if u64::from(size) > max_bytes || memchr::memmem::find(packed.get(1..)?, BEGINNING).is_some() {
        return None;
    }
    let mut unpacked = vec![0; usize::try_from(size).ok()?];
    let written = libdeflater::Decompressor::new().gzip_decompress(packed, &mut unpacked).ok()?;
    (written == unpacked.len()).then_some(unpacked)
}

/// Decodes the content codings of a body, up to `max_bytes`.
///
/// `codings` are the values of the `Content-Encoding` headers in order. Unregistered names (some servers put charsets there)
/// are ignored, as browsers do. A gzip stream is unpacked even if no header names it, since sitemaps come as files.
///
/// # Errors
/// [`CodingError::Cut`] if a stream ends early or is corrupt; [`CodingError::TooLarge`], [`CodingError::Bomb`] and
/// [`CodingError::Codings`] beyond the limits.
pub fn decode<'a>(body: Bytes, codings: impl Iterator<Item = &'a [u8]>, max_bytes: u64) -> Result<Bytes, CodingError> {
    let codings = parse(codings);
    if codings.len() > MAX_CODINGS {
        return Err(CodingError::Codings(codings.len()));
    }
    let limits = Limits::new(body.len(), max_bytes);
    let mut body = body;
    for &coding in codings.iter().rev() {
        body = undo(coding, body, limits)?;
    }
    let mut layers = codings.len();
    while is_gzip(&body) && layers < MAX_CODINGS {
        body = gunzip(&body, limits)?;
        layers += 1;
    }
    if body.len() as u64 > max_bytes {
        return Err(CodingError::TooLarge(max_bytes));
    }
    Ok(body)
}

/// Removes the chunks of a body (RFC 9112, section 7.1). A body that does not begin with a chunk is returned unchanged. If a body stops within a
/// chunk or has invalid ones, what came before is returned.
pub fn without_chunks(body: Bytes) -> Bytes {
    let mut rest = &body[..];
    let mut joined = Vec::new();
    let mut is_chunked = false;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = String::from_utf8_lossy(&rest[..end]);
        let digits = line.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(digits, 16) else { break };
        is_chunked = true;
        let data = &rest[end + 1..];
        joined.extend_from_slice(data.get(..size).unwrap_or(data));
        let Some(after) = data.get(size..).filter(|_| size > 0) else { break };
        rest = after.strip_prefix(b"\r\n").or(after.strip_prefix(b"\n")).unwrap_or(after);
    }
    if is_chunked { joined.into() } else { body }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// Returns the known codings, in the order in which they were applied.
fn parse<'a>(values: impl Iterator<Item = &'a [u8]>) -> Vec<Coding> {
    let names = values.flat_map(|value| value.split(|&byte| byte == b','));
    names
        .filter_map(|name| match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"gzip" | b"x-gzip" => Some(Coding::Gzip),
            b"deflate" => Some(Coding::Deflate),
            b"br" => Some(Coding::Brotli),
            b"zstd" => Some(Coding::Zstd),
            _ => None,
        })
        .collect()
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    bytes: u64,
    /// The limit by the ratio, if it is lower.
    by_ratio: u64,
}

impl Limits {
    fn new(encoded: usize, max_bytes: u64) -> Limits {
        let by_ratio = (encoded as u64).saturating_mul(MAX_RATIO).max(RATIO_FLOOR);
        Limits { bytes: max_bytes, by_ratio }
    }

    fn check(self, decoded: u64) -> Result<(), CodingError> {
        if decoded > self.bytes {
            return Err(CodingError::TooLarge(self.bytes));
        }
        if decoded > self.by_ratio { Err(CodingError::Bomb(MAX_RATIO)) } else { Ok(()) }
    }
}

/// Decodes one coding. If a body clearly contradicts its label, the body counts.
fn undo(coding: Coding, body: Bytes, limits: Limits) -> Result<Bytes, CodingError> {
    if body.is_empty() {
        return Ok(body);
    }
    if is_gzip(&body) {
        return gunzip(&body, limits);
    }
    let decoded = match coding {
        Coding::Gzip => Err(cut("it is labeled gzip but is not gzip")),
        Coding::Zstd if !is_zstd(&body) => Err(cut("it is labeled zstd but is not zstd")),
        Coding::Zstd => unzstd(&body, limits),
        Coding::Deflate => inflate(&body, limits),
        Coding::Brotli => read_all(Decompressor::new(&body[..], STEP), limits),
    };
    match decoded {
        Err(CodingError::Cut(_)) if looks_like_text(&body) => Ok(body),
        other => other,
    }
}

fn is_gzip(body: &[u8]) -> bool {
    body.starts_with(&[0x1f, 0x8b, 0x08])
}

/// Whether a body begins with compression method 8 and a valid check (RFC 1950, section 2.2).
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31))
}

fn is_zstd(body: &[u8]) -> bool {
    body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

/// Decodes all members of a gzip file in order. Padding after them is ignored, as gzip does.
fn gunzip(body: &[u8], limits: Limits) -> Result<Bytes, CodingError> {
    let mut decoded = Vec::new();
    let mut rest = body;
    while is_gzip(rest) {
        let mut member = GzDecoder::new(rest);
        read_into(&mut member, &mut decoded, limits)?;
        rest = member.into_inner();
    }
    Ok(decoded.into())
}

/// Decodes `deflate`. It should be zlib (RFC 9110, section 8.4.1.2), but many servers send the bare stream.
fn inflate(body: &[u8], limits: Limits) -> Result<Bytes, CodingError> {
    if is_zlib(body) {
        match read_all(ZlibDecoder::new(body), limits) {
            Err(CodingError::Cut(reason)) => read_all(DeflateDecoder::new(body), limits).map_err(|error| match error {
                CodingError::Cut(_) => CodingError::Cut(reason),
                other => other,
            }),
            other => other,
        }
    } else {
        read_all(DeflateDecoder::new(body), limits)
    }
}

fn unzstd(body: &[u8], limits: Limits) -> Result<Bytes, CodingError> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(cut)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(cut)?;
    read_all(decoder, limits)
}

fn read_all(mut reader: impl Read, limits: Limits) -> Result<Bytes, CodingError> {
    let mut decoded = Vec::new();
    read_into(&mut reader, &mut decoded, limits)?;
    Ok(decoded.into())
}

/// Reads in steps, so that at most one step beyond the limit is held in memory.
fn read_into(reader: &mut impl Read, decoded: &mut Vec<u8>, limits: Limits) -> Result<(), CodingError> {
    let mut step = vec![0; STEP];
    loop {
        match reader.read(&mut step) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                decoded.extend_from_slice(step.get(..count).unwrap_or_default());
                limits.check(decoded.len() as u64)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(cut(error)),
        }
    }
}

fn cut(error: impl std::fmt::Display) -> CodingError {
    CodingError::Cut(format!("the compressed body ends early or is corrupt: {error}"))
}

/// Whether the first bytes are those of a text: a visible ASCII character after whitespace, no control characters, and no signature of a compressed
/// stream. Fewer than four bytes may be the beginning of such a signature.
fn looks_like_text(body: &[u8]) -> bool {
    if body.len() < 4 || is_zlib(body) || is_zstd(body) {
        return false;
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let start = body.get(..512).unwrap_or(body);
    let begins = start.trim_ascii_start().first().is_some_and(u8::is_ascii_graphic);
    begins && !start.iter().any(|&byte| byte < 0x20 && !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use flate2::write::GzEncoder;
    use flate2::write::ZlibEncoder;

    use super::*;

    const TEXT: &[u8] = "<p>Sáng 24-11, đoàn công tác làm việc tại xã.</p>".as_bytes();
    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn deflate(plain: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    /// Encodes a stream of one uncompressed block (RFC 7932, section 9.2), because only a decoder is available here.
    fn brotli(plain: &[u8]) -> Vec<u8> {
        let header = (u32::try_from(plain.len()).unwrap() - 1) << 4 | 1 << 20;
        [&header.to_le_bytes()[..3], plain, &[3]].concat()
    }

    /// 64 MiB of zeros in 102 bytes, made by the reference encoder.
    fn brotli_bomb() -> Vec<u8> {
        let digits = "cbffff3f002400e2b14072effff8ffff078004401c1680eefd1fffffff00900088c302d0bdffe3ffff1f001200715800baf77ffcffff034002200e0b40f7fe\
                      8fffff7f004800c46101e8defff1ffff0f000980382c00ddfb3ffeffff012001108705a07bff37";
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }

    fn zstandard(plain: &[u8]) -> Vec<u8> {
        zstd::stream::encode_all(plain, 3).unwrap()
    }

    fn decoded(body: &[u8], coding: &str, max_bytes: u64) -> Result<Bytes, CodingError> {
        decode(Bytes::copy_from_slice(body), [coding.as_bytes()].into_iter(), max_bytes)
    }

    #[test]
    fn codings_are_undone() {
        let check = |coding: &str, body: Vec<u8>| assert_eq!(decoded(&body, coding, 9999).unwrap(), TEXT, "{coding}");
        check("gzip", gzip(TEXT));
        check("X-GZip", gzip(TEXT));
        check("deflate", zlib(TEXT));
        check("deflate", deflate(TEXT));
        check("zstd", zstandard(TEXT));
        check("br", brotli(TEXT));
        check("gzip, gzip", gzip(&gzip(TEXT)));
        check("deflate, gzip", gzip(&zlib(TEXT)));
        check("identity, gzip", gzip(TEXT));
        check("", TEXT.to_vec());
        check("utf-8", TEXT.to_vec());
        let (first, second) = TEXT.split_at(11);
        check("gzip", [gzip(first), gzip(second)].concat());
        check("gzip", [gzip(TEXT), vec![0; 99]].concat());
        check("zstd", [zstandard(first), zstandard(second)].concat());
    }

    #[test]
    fn chunks_are_removed_where_there_are_some() {
        for (body, expect) in [
            ("4\r\nban \r\n2;a=b\r\nna\r\n0\r\n\r\n", "ban na"),
            ("4\r\nmot \r\n8\r\nhai", "mot hai"),
            ("3\r\nmot\r\nzz\r\nhai", "mot"),
            ("<p>Không có mảnh nào.</p>\n", "<p>Không có mảnh nào.</p>\n"),
            ("", ""),
        ] {
            let got = without_chunks(Bytes::copy_from_slice(body.as_bytes()));
            assert_eq!(got, expect.as_bytes(), "{body:?}");
        }
    }

    #[test]
    fn labels_that_lie() {
        let check = |coding: &str, body: Vec<u8>| assert_eq!(decoded(&body, coding, 9999).unwrap(), TEXT, "{coding}");
        for coding in ["gzip", "deflate", "br", "zstd", "gzip, gzip"] {
            check(coding, TEXT.to_vec());
            check(coding, gzip(TEXT));
        }
        check("gzip", gzip(&gzip(TEXT)));
        check("", gzip(TEXT));
        check("gzip, br", brotli(TEXT));
        assert_eq!(decoded(b"", "gzip", 9).unwrap(), "");
        assert_eq!(decoded(TEXT, "gzip, gzip, gzip, gzip", 9999), Err(CodingError::Codings(4)));
    }

    #[test]
    fn a_stream_cut_anywhere_is_an_error() {
        for (coding, body) in
            [("gzip", gzip(TEXT)), ("deflate", zlib(TEXT)), ("zstd", zstandard(TEXT)), ("br", brotli(TEXT))]
        {
            for length in 1..body.len() {
                let got = decoded(&body[..length], coding, 9999);
                assert!(matches!(got, Err(CodingError::Cut(_))), "{coding} {length} of {}: {got:?}", body.len());
            }
        }
        let mut corrupt = gzip(TEXT);
        let middle = corrupt.len() - 6;
        corrupt[middle] ^= 1;
        assert!(matches!(decoded(&corrupt, "gzip", 9999), Err(CodingError::Cut(_))));
        assert!(matches!(decoded(b"\x1f\x8b\x07\x00\x01", "gzip", 9999), Err(CodingError::Cut(_))));
    }

    #[test]
    fn bombs() {
        let zeros = vec![0; 64 << 20];
        for (coding, body) in
            [("gzip", gzip(&zeros)), ("deflate", deflate(&zeros)), ("zstd", zstandard(&zeros)), ("br", brotli_bomb())]
        {
            let too_large = CodingError::TooLarge(1 << 20);
            assert_eq!(decoded(&body, coding, 1 << 20), Err(too_large), "{coding}");
            assert_eq!(decoded(&body, coding, 1 << 30), Err(CodingError::Bomb(MAX_RATIO)), "{coding}");
        }
        let nested = gzip(&gzip(&gzip(&zeros)));
        assert!(matches!(decoded(&nested, "gzip", 1 << 30), Err(CodingError::Bomb(_))));
        assert_eq!(decoded(&zeros[..99], "", 98), Err(CodingError::TooLarge(98)));
    }

    #[test]
    fn a_window_beyond_the_limit_is_refused() {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(&vec![7; 1 << 20]).unwrap();
        let body = encoder.finish().unwrap();
        assert!(matches!(decoded(&body, "zstd", 1 << 30), Err(CodingError::Cut(_))));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end_in_a_value(body: Vec<u8>, coding in "(gzip|br|deflate|zstd)(, (gzip|br|deflate|zstd))?") {
            let _ = decoded(&body, &coding, 9999);
        }
    }
}
