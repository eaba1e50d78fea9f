//! Numbered byte strings, appended to a temporary file, for millions of items that do not fit into memory.

use std::fs::File;
use std::io;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Number of bytes that are collected in memory before they are written.
const TAIL: usize = 1 << 20;

/// The byte strings. The file has no name, so that nothing is left behind however the program ends.
#[derive(Debug)]
pub struct Blobs {
    file: File,
    /// The end of each one in the file.
    ends: Vec<u64>,
    written: u64,
    tail: Vec<u8>,
}

impl Blobs {
    /// Creates an empty one with its file in a folder.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn new(folder: &Path) -> io::Result<Blobs> {
        Ok(Blobs { file: tempfile::tempfile_in(folder)?, ends: Vec::new(), written: 0, tail: Vec::new() })
    }

    /// Appends a byte string. Its number is that of the last one plus one, starting from 0.
    ///
    /// # Errors
    /// If the disk is full.
    pub fn push(&mut self, piece: &[u8]) -> io::Result<()> {
        self.tail.extend_from_slice(piece);
        self.ends.push(self.written + self.tail.len() as u64);
        if self.tail.len() >= TAIL {
            self.file.seek(SeekFrom::Start(self.written))?;
            self.file.write_all(&self.tail)?;
            self.written += self.tail.len() as u64;
            self.tail.clear();
        }
        Ok(())
    }

    /// Reads a byte string.
    ///
    /// # Errors
    /// If the number does not exist, or the disk fails.
    pub fn read(&self, number: usize) -> io::Result<Vec<u8>> {
        let end = self.ends.get(number).copied().ok_or(io::ErrorKind::NotFound)?;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let length = usize::try_from(end - start).map_err(io::Error::other)?;
        if let Some(at) = start.checked_sub(self.written) {
            let at = usize::try_from(at).map_err(io::Error::other)?;
            return Ok(self.tail.get(at..at + length).unwrap_or_default().to_vec());
        }
        let mut piece = vec![0; length];
        self.file.read_exact_at(&mut piece, start)?;
        Ok(piece)
    }

    /// Returns the total number of bytes.
    pub fn bytes(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut blobs = Blobs::new(folder.path()).unwrap();
        let piece = |number: usize| vec![u8::try_from(number % 251).unwrap(); number * 7 % 9000];
        for number in 0..600 {
            blobs.push(&piece(number)).unwrap();
        }
        assert!(blobs.written > 0 && !blobs.tail.is_empty());
        for number in 0..600 {
            assert_eq!(blobs.read(number).unwrap(), piece(number), "{number}");
        }
        assert!(blobs.read(600).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
