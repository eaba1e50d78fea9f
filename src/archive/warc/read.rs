//! Reads other programs' archives, plain or compressed, however broken, in bounded memory.
//!
//! Compressed archives have one gzip member per record, or one for many. A truncated or corrupt member loses its own records, and reading continues
//! at the next member. A record without a length ends where the next one begins.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;

use bytes::Bytes;
use flate2::bufread::GzDecoder;
use memchr::memmem;

use crate::archive::warc::fields::Fields;

/// The start of a gzip member (RFC 1952, section 2.3.1).
const MAGIC: &[u8] = &[0x1f, 0x8b, 0x08];

/// Compressed bytes of a member that are kept, so that the next member can be found after a truncated one.
const KEPT: usize = 4 << 20;

/// Number of damaged places after which a file is abandoned.
const MAX_DAMAGE: u32 = 1000;

/// Number of bytes read at once.
const STEP: usize = 64 << 10;

/// What an archive contains, in order.
#[derive(Debug)]
pub enum Found {
    /// A wanted record with its block.
    Record(Fields, Bytes),
    /// An unwanted record.
    Skipped,
    /// A wanted record that is too large.
    TooLarge,
    /// Bytes that are not a record, or a record that ends too early.
    Damaged,
}

/// Receives what is found in an archive.
pub trait Receiver {
    /// Whether the block of a record is wanted.
    fn wants(&mut self, fields: &Fields) -> bool;

    /// Takes what was found. `position` is the number of bytes of the file read so far. Returns whether to continue.
    fn take(&mut self, found: Found, position: u64) -> bool;
}

/// Reads an archive to its end, or until the receiver has enough. Blocks of more than `max_block` bytes are not kept.
///
/// # Errors
/// Those of the input, and [`io::ErrorKind::InvalidData`] if it is not an archive, or is damaged at more places than a truncated transfer explains.
pub fn read(input: impl Read, max_block: u64, receiver: &mut impl Receiver) -> io::Result<()> {
    let mut input = Rewind { inner: input, buffer: Vec::new(), at: 0, mark: 0, dropped: 0 };
    let begin = input.fill_buf()?;
    let is_packed = begin.starts_with(MAGIC);
    if !is_packed && !begin.trim_ascii_start().starts_with(b"WARC/") {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a WARC file"));
    }
    let mut walk = Walk { receiver, max_block, damage: 0 };
    if !is_packed {
        return match walk.records(&mut input, Rewind::position) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            read => read,
        };
    }
    loop {
        input.mark = input.at;
        let rest = input.fill_buf()?;
        if rest.is_empty() {
            return Ok(());
        }
        let outcome = if rest.starts_with(MAGIC) {
            let mut member = BufReader::with_capacity(STEP, GzDecoder::new(&mut input));
            walk.records(&mut member, |member: &BufReader<GzDecoder<&mut Rewind<_>>>| {
                member.get_ref().get_ref().position()
            })
        } else {
            Err(io::ErrorKind::InvalidData.into())
        };
        match outcome {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) if is_damage(&error) => {
                let position = input.position();
                if !walk.damaged(position)? || !input.next_member()? {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof)
}

/// The walk over records.
struct Walk<'a, R> {
    receiver: &'a mut R,
    max_block: u64,
    damage: u32,
}

impl<R: Receiver> Walk<'_, R> {
    /// Reads the records of a stream. [`io::ErrorKind::Interrupted`] if the receiver has enough.
    fn records<S: BufRead>(&mut self, stream: &mut S, mut position: impl FnMut(&S) -> u64) -> io::Result<()> {
        let mut line = Vec::new();
        // Whether the first line of the next record was read together with the end of the last one.
        let mut is_begun = false;
        loop {
            let mut is_clean = true;
            while !is_begun {
                if !read_line(stream, &mut line)? {
                    return Ok(());
                }
                is_begun = begins_record(&line);
                is_clean &= is_begun || line.trim_ascii().is_empty();
            }
            is_begun = false;
            if !is_clean && !self.damaged(position(stream))? {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let fields = Fields::read_rest(stream)?;
            let is_wanted = self.receiver.wants(&fields);
            let found = if let Some(length) = fields.length() {
                self.block(stream, fields, length, is_wanted)?
            } else {
                let (block, next) = self.block_without_length(stream, is_wanted)?;
                is_begun = next;
                match block {
                    Some(block) if is_wanted => Found::Record(fields, block),
                    Some(_) => Found::Skipped,
                    None => Found::TooLarge,
                }
            };
            // A wrong checksum shows up at the end of the member, before its last record is passed on.
            while matches!(stream.fill_buf()?.first(), Some(b'\r' | b'\n')) {
                stream.consume(1);
            }
            let at = position(stream);
            if !self.receiver.take(found, at) {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
    }

    fn block(&self, stream: &mut impl BufRead, fields: Fields, length: u64, is_wanted: bool) -> io::Result<Found> {
        let is_kept = is_wanted && length <= self.max_block;
        let mut limited = stream.take(length);
        let mut block = Vec::new();
        let read =
            if is_kept { limited.read_to_end(&mut block)? as u64 } else { io::copy(&mut limited, &mut io::sink())? };
        Ok(match (read == length, is_kept) {
            (false, _) => Found::Damaged,
            (true, true) => Found::Record(fields, block.into()),
            (true, false) if is_wanted => Found::TooLarge,
            (true, false) => Found::Skipped,
        })
    }

    /// Reads a block up to the next record or the end; None if it is too large. Also returns whether the first line of the next record was read.
    fn block_without_length(&self, stream: &mut impl BufRead, is_wanted: bool) -> io::Result<(Option<Bytes>, bool)> {
        let (mut block, mut line) = (Vec::new(), Vec::new());
        // The head before it ended with an empty line.
        let (mut is_too_large, mut is_after_blank) = (false, true);
        while read_line(stream, &mut line)? {
            if is_after_blank && begins_record(&line) {
                return Ok(((!is_too_large).then(|| without_end(block)), true));
            }
            is_after_blank = line.trim_ascii().is_empty();
            is_too_large |= (block.len() + line.len()) as u64 > self.max_block;
            if is_wanted && !is_too_large {
                block.extend_from_slice(&line);
            }
        }
        Ok(((!is_too_large).then(|| without_end(block)), false))
    }

    /// Reports damage. Returns whether to continue.
    fn damaged(&mut self, position: u64) -> io::Result<bool> {
        self.damage += 1;
        if self.damage > MAX_DAMAGE {
            let reason = format!("it is damaged at more than {MAX_DAMAGE} places");
            return Err(io::Error::other(reason));
        }
        Ok(self.receiver.take(Found::Damaged, position))
    }
}

/// Returns a block without the two line ends after it.
fn without_end(mut block: Vec<u8>) -> Bytes {
    for _ in 0..2 {
        block.truncate(
            block.strip_suffix(b"\n").map_or(block.len(), |rest| rest.strip_suffix(b"\r").unwrap_or(rest).len()),
        );
    }
    block.into()
}

fn begins_record(line: &[u8]) -> bool {
    line.starts_with(b"WARC/1.") || line.starts_with(b"WARC/0.")
}

/// Reads a line with its end, or part of a long one. Returns false at the end of the input.
fn read_line(stream: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(stream.take(STEP as u64).read_until(b'\n', line)? > 0)
}

/// An input that keeps the bytes since a mark, up to a limit, so that reading can continue right after the mark.
struct Rewind<R> {
    inner: R,
    buffer: Vec<u8>,
    /// The next byte in the buffer.
    at: usize,
    mark: usize,
    /// Number of bytes before the buffer.
    dropped: u64,
}

impl<R: Read> Rewind<R> {
    fn position(&self) -> u64 {
        self.dropped + self.at as u64
    }

    /// Moves to the next byte after the mark at which a gzip member may start. Returns false if there is none.
    fn next_member(&mut self) -> io::Result<bool> {
        self.at = self.mark + 1;
        loop {
            if let Some(found) = self.buffer.get(self.at..).and_then(|rest| memmem::find(rest, MAGIC)) {
                self.at += found;
                return Ok(true);
            }
            self.at = self.buffer.len().saturating_sub(MAGIC.len() - 1).max(self.at);
            self.mark = self.at;
            if !self.more()? {
                return Ok(false);
            }
        }
    }

    /// Reads more bytes into the buffer. Returns false at the end.
    fn more(&mut self) -> io::Result<bool> {
        if self.at - self.mark.min(self.at) > KEPT {
            self.mark = self.at;
        }
        let unused = self.mark.min(self.at);
        if unused >= STEP {
            self.buffer.drain(..unused);
            self.dropped += unused as u64;
            self.at -= unused;
            self.mark -= unused;
        }
        let end = self.buffer.len();
        self.buffer.resize(end + STEP, 0);
        let read = loop {
            match self.inner.read(&mut self.buffer[end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(end + read.as_ref().copied().unwrap_or(0));
        Ok(read? > 0)
    }
}

impl<R: Read> Read for Rewind<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut rest = self.fill_buf()?;
        let read = rest.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Rewind<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.buffer.len() {
            self.more()?;
        }
        Ok(self.buffer.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[derive(Default)]
    struct All {
        found: Vec<String>,
    }

    impl Receiver for All {
        fn wants(&mut self, fields: &Fields) -> bool {
            fields.get("WARC-Type") == Some("response")
        }

        fn take(&mut self, found: Found, _: u64) -> bool {
            self.found.push(match found {
                Found::Record(_, block) => String::from_utf8_lossy(&block).into_owned(),
                Found::Skipped => "(skipped)".to_owned(),
                Found::TooLarge => "(too large)".to_owned(),
                Found::Damaged => "(damaged)".to_owned(),
            });
            true
        }
    }

    fn record(block: &str) -> String {
        format!("WARC/1.0\r\nWARC-Type: response\r\nContent-Length: {}\r\n\r\n{block}\r\n\r\n", block.len())
    }

    fn gzip(plain: impl AsRef<[u8]>) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(plain.as_ref()).unwrap();
        encoder.finish().unwrap()
    }

    fn check(archive: impl AsRef<[u8]>, expect: &[&str]) {
        let mut all = All::default();
        read(archive.as_ref(), 30, &mut all).unwrap();
        assert_eq!(all.found, expect);
    }

    #[test]
    fn records_are_read_however_they_are_packed() {
        let (one, two) = (record("một"), record("hai"));
        let info = "WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n";
        check([info, &one, &two].concat(), &["(skipped)", "một", "hai"]);
        check([gzip(info), gzip(&one), gzip(&two)].concat(), &["(skipped)", "một", "hai"]);
        check(gzip([info, &one, &two].concat()), &["(skipped)", "một", "hai"]);
        check(one.replace("\r\n", "\n"), &["một"]);
        check(record(&"x".repeat(31)), &["(too large)"]);
        assert!(read(&b"<html>"[..], 9, &mut All::default()).is_err());
    }

    #[test]
    fn a_member_that_is_cut_takes_no_other_with_it() {
        let words: String = (0..2000).map(|n| format!("{n:x} ")).collect();
        let long = gzip(record(&words));
        let (one, two) = (gzip(record("một")), gzip(record("hai")));
        for end in [12, 20, long.len() / 2, long.len() - 1] {
            let damaged = [&one, &long[..end], &two].concat();
            let mut all = All::default();
            read(damaged.as_slice(), 1 << 20, &mut all).unwrap();
            assert_eq!(
                (all.found.first().unwrap().as_str(), all.found.last().unwrap().as_str()),
                ("một", "hai"),
                "{end}"
            );
            assert!(all.found.contains(&"(damaged)".to_owned()), "{end}: {:?}", all.found.len());
        }
        check([&one[..], &two[..two.len() - 9]].concat(), &["một", "(damaged)"]);
        check([&one[..], &[0; 600], &two].concat(), &["một", "(damaged)", "hai"]);
    }

    #[test]
    fn missing_lengths_and_wrong_bytes_end_at_the_next_record() {
        let bare = "WARC/1.0\r\nWARC-Type: response\r\n\r\nHTTP/1.0 200\r\n\r\nhai\r\n\r\n";
        let two = "HTTP/1.0 200\r\n\r\nhai";
        check([bare, &record("một")].concat(), &[two, "một"]);
        check([gzip(bare), gzip(record("một"))].concat(), &[two, "một"]);
        check(
            ["WARC/1.0\r\n\r\n", &record("một"), "rác\r\n", &record("ba")].concat(),
            &["(skipped)", "một", "(damaged)", "ba"],
        );
        check(&record("mot dai")[..56], &["(damaged)"]);
    }

    #[test]
    fn damage_without_end_is_given_up() {
        let many: Vec<u8> = (0..=MAX_DAMAGE).flat_map(|_| gzip(record("một"))[..20].to_vec()).collect();
        let error = read(many.as_slice(), 9, &mut All::default()).unwrap_err();
        assert!(error.to_string().contains("1000 places"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_end(bytes: Vec<u8>, at in 0_usize..400) {
            let mut archive = [gzip(record("một")), gzip(record(&"x".repeat(500))), gzip(record("hai"))].concat();
            let at = at.min(archive.len());
            archive.splice(at..at, bytes);
            let _ = read(archive.as_slice(), 1 << 20, &mut All::default());
        }
    }
}
