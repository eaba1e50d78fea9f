//! Postings that do not fit into memory: sorted runs in temporary files, merged as they grow (a log-structured merge).

use std::fs::File;
use std::io;
use std::io::BufReader;
use std::io::BufWriter;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::path::PathBuf;

use crate::dedup::shelf::HOLDERS;
use crate::dedup::shelf::Number;
use crate::dedup::sketch::Key;

/// Number of postings of a block: 4 KiB, one read.
const BLOCK: usize = 512;
const POSTING: usize = 8;

/// The runs, the larger ones first.
#[derive(Debug)]
pub struct Runs {
    folder: PathBuf,
    all: Vec<Run>,
}

#[derive(Debug)]
struct Run {
    file: File,
    postings: usize,
    /// The first key of each block.
    fences: Vec<Key>,
}

impl Runs {
    /// Creates an empty set of runs in a folder.
    pub fn new(folder: &Path) -> Runs {
        Runs { folder: folder.to_owned(), all: Vec::new() }
    }

    /// Adds postings, sorted by key. Runs of similar size are merged.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn push(&mut self, postings: impl Iterator<Item = (Key, Number)>) -> io::Result<()> {
        let run = Run::write(&self.folder, postings.map(Ok))?;
        self.all.push(run);
        while let [.., before, last] = self.all.as_slice()
            && before.postings <= last.postings * 2
        {
            let merged = Run::write(&self.folder, Merge::of(before.read()?, last.read()?)?)?;
            self.all.truncate(self.all.len() - 2);
            self.all.push(merged);
        }
        Ok(())
    }

    /// Returns the number of bytes in files.
    pub fn bytes(&self) -> u64 {
        self.all.iter().map(|run| (run.postings * POSTING) as u64).sum()
    }

    /// Appends the articles with a key.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn holders(&self, key: Key, found: &mut Vec<Number>) -> io::Result<()> {
        self.all.iter().try_for_each(|run| run.holders(key, found))
    }
}

impl Run {
    fn write(folder: &Path, postings: impl Iterator<Item = io::Result<(Key, Number)>>) -> io::Result<Run> {
        let mut file = BufWriter::new(tempfile::tempfile_in(folder)?);
        let mut run = (0, Vec::new());
        for posting in postings {
            let (key, article) = posting?;
            if run.0 % BLOCK == 0 {
                run.1.push(key);
            }
            run.0 += 1;
            file.write_all(&key.to_be_bytes())?;
            file.write_all(&article.to_be_bytes())?;
        }
        Ok(Run { file: file.into_inner().map_err(io::IntoInnerError::into_error)?, postings: run.0, fences: run.1 })
    }

    fn read(&self) -> io::Result<impl Iterator<Item = io::Result<(Key, Number)>>> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        let mut file = BufReader::with_capacity(1 << 18, file);
        Ok((0..self.postings).map(move |_| {
            let mut posting = [0; POSTING];
            file.read_exact(&mut posting)?;
            Ok(parts(posting))
        }))
    }

    fn holders(&self, key: Key, found: &mut Vec<Number>) -> io::Result<()> {
        // The key may begin in the block before the first block that begins with it.
        let first = self.fences.partition_point(|fence| *fence < key).saturating_sub(1);
        let mut block = [0; BLOCK * POSTING];
        for number in first..self.fences.len() {
            let length = (self.postings - number * BLOCK).min(BLOCK) * POSTING;
            let Some(bytes) = block.get_mut(..length) else { return Ok(()) };
            self.file.read_exact_at(bytes, (number * BLOCK * POSTING) as u64)?;
            let (postings, _) = bytes.as_chunks::<POSTING>();
            let from = postings.partition_point(|posting| parts(*posting).0 < key);
            let held = postings
                .get(from..)
                .unwrap_or_default()
                .iter()
                .copied()
                .map(parts)
                .take_while(|(held, _)| *held == key);
            found.extend(held.map(|(_, article)| article).take(HOLDERS.saturating_sub(found.len())));
            let goes_on = postings.last().is_some_and(|last| parts(*last).0 <= key);
            if !goes_on || found.len() >= HOLDERS {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn parts(posting: [u8; POSTING]) -> (Key, Number) {
    let both = u64::from_be_bytes(posting);
    (Key::try_from(both >> 32).unwrap_or(0), Number::try_from(both & u64::from(u32::MAX)).unwrap_or(0))
}

/// Merges two sorted sequences.
struct Merge<A, B> {
    left: A,
    right: B,
    next_left: Option<(Key, Number)>,
    next_right: Option<(Key, Number)>,
}

impl<A, B> Merge<A, B>
where
    A: Iterator<Item = io::Result<(Key, Number)>>,
    B: Iterator<Item = io::Result<(Key, Number)>>,
{
    fn of(mut left: A, mut right: B) -> io::Result<Merge<A, B>> {
        let (next_left, next_right) = (left.next().transpose()?, right.next().transpose()?);
        Ok(Merge { left, right, next_left, next_right })
    }

    fn step(&mut self) -> io::Result<Option<(Key, Number)>> {
        let is_left = match (self.next_left, self.next_right) {
            (Some(left), Some(right)) => left <= right,
            (left, _) => left.is_some(),
        };
        Ok(if is_left {
            std::mem::replace(&mut self.next_left, self.left.next().transpose()?)
        } else {
            std::mem::replace(&mut self.next_right, self.right.next().transpose()?)
        })
    }
}

impl<A, B> Iterator for Merge<A, B>
where
    A: Iterator<Item = io::Result<(Key, Number)>>,
    B: Iterator<Item = io::Result<(Key, Number)>>,
{
    type Item = io::Result<(Key, Number)>;
    fn next(&mut self) -> Option<io::Result<(Key, Number)>> {
        self.step().transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_was_written_in_runs_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = Runs::new(folder.path());
        let mut expect: BTreeMap<Key, Vec<Number>> = BTreeMap::new();
        for batch in 0..9_u32 {
            let mut postings: Vec<(Key, Number)> = (0..2000)
                .map(|number: u32| (number.wrapping_mul(2_654_435_761) % 3001, batch * 2000 + number))
                .collect();
            postings.sort_unstable();
            for (key, article) in &postings {
                expect.entry(*key).or_default().push(*article);
            }
            runs.push(postings.into_iter()).unwrap();
        }
        assert!(runs.all.len() < 5, "{} runs", runs.all.len());
        for key in 0..3100 {
            let mut found = Vec::new();
            runs.holders(key, &mut found).unwrap();
            found.sort_unstable();
            assert_eq!(found, expect.remove(&key).unwrap_or_default(), "{key}");
        }
    }

    #[test]
    fn a_key_that_fills_blocks_is_cut_and_its_neighbours_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let mut runs = Runs::new(folder.path());
        let postings = [(6, 1)].into_iter().chain((0..2000).map(|article| (7, article))).chain([(8, 2)]);
        runs.push(postings).unwrap();
        for (key, expect) in [(5, 0), (6, 1), (7, HOLDERS), (8, 1), (9, 0)] {
            let mut found = Vec::new();
            runs.holders(key, &mut found).unwrap();
            assert_eq!(found.len(), expect, "{key}");
        }
    }
}
