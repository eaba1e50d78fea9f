//! The named fields at the head of a record.

use std::io;
use std::io::BufRead;

/// Maximum bytes of a record's head. Real ones have less than 2 KiB.
pub const MAX_HEAD: usize = 64 << 10;

/// The named fields of a record, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads the head of a record up to the empty line that ends it. None at the end of the input. Line ends may lack their carriage return, and
    /// lines that are not fields are left out.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if no record begins here or its head is too long; other errors of the reader.
    pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Fields>> {
        let (mut line, mut left) = (Vec::new(), MAX_HEAD);
        if !next_line(reader, &mut line, &mut left)? {
            return Ok(None);
        }
        if !line.starts_with(b"WARC/") {
            return Err(invalid("no record begins here"));
        }
        Fields::read_rest(reader).map(Some)
    }

    /// Reads the head of a record after its first line.
    ///
    /// # Errors
    /// As [`Fields::read`].
    pub fn read_rest(reader: &mut impl BufRead) -> io::Result<Fields> {
        let (mut line, mut left) = (Vec::new(), MAX_HEAD);
        let mut fields = Fields::default();
        while next_line(reader, &mut line, &mut left)? {
            if line.is_empty() {
                return Ok(fields);
            }
            fields.take(&String::from_utf8_lossy(&line));
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    }

    fn take(&mut self, line: &str) {
        let is_folded = line.starts_with([' ', '\t']);
        if let (true, Some((_, value))) = (is_folded, self.0.last_mut()) {
            value.push(' ');
            value.push_str(line.trim());
        } else if let Some((name, value)) = line.split_once(':') {
            self.0.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }

    /// Adds a field. Characters that would end its line become spaces.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Fields {
        self.0.push((name.to_owned(), value.into().replace(char::is_control, " ")));
        self
    }

    /// Adds a field if its value is known.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<String>>) -> Fields {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Returns the first field with a name, ignoring case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Returns a URI, without the brackets that some programs put around it.
    pub fn uri(&self, name: &str) -> Option<&str> {
        self.get(name).map(|value| value.trim_start_matches('<').trim_end_matches('>').trim())
    }

    /// Returns the length of the block in bytes.
    pub fn length(&self) -> Option<u64> {
        self.get("Content-Length")?.parse().ok()
    }

    /// Adds the fields of another list.
    #[must_use]
    pub fn and(mut self, others: Fields) -> Fields {
        self.0.extend(others.0);
        self
    }

    /// Formats them as lines.
    pub fn to_lines(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect()
    }
}

/// Reads a line without its end. Returns false at the end of the input.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>, left: &mut usize) -> io::Result<bool> {
    line.clear();
    let mut limited = io::Read::take(&mut *reader, *left as u64);
    let read = limited.read_until(b'\n', line)?;
    *left -= read;
    if *left == 0 {
        return Err(invalid("the head of a record is too long"));
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(read > 0)
}

/// Returns the error for bytes that are not a record.
pub(in crate::archive) fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}
