//! Writes JSON Lines: `<records>/<portal>/<yyyy>/<mm>/<dd>.jsonl`, by the day of `date_fetched` in +07:00.
//!
//! A batch is one write and one fsync, so readers see whole lines, and acknowledged records are on disk. When a process first opens a file, it cuts
//! off an incomplete last line (its record is still in the outbox). It reads the (id, revision) pairs, so that a batch repeated after a crash is not
//! written twice. It also syncs file and folders before their content counts as delivered.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::failpoint;
use crate::files;
use crate::model::portal::PortalId;
use crate::sink::OutgoingRecord;
use crate::sink::SinkError;
use crate::sink::survey;

/// Maximum files whose pairs are kept in memory; others are read again.
const FILES_REMEMBERED: usize = 256;

/// The sink.
#[derive(Debug)]
pub struct JsonLines {
    root: PathBuf,
    remembered: BTreeMap<PathBuf, HashSet<(String, u32)>>,
    order: VecDeque<PathBuf>,
    /// Files whose last write failed, with the number of bytes that were durable before it. Everything after them is cut off first.
    uncertain: BTreeMap<PathBuf, u64>,
    repaired: u64,
}

impl JsonLines {
    /// Opens a sink in a folder, which is created if it is missing.
    ///
    /// # Errors
    /// [`SinkError`] if the folder cannot be created.
    pub fn open(root: &Path) -> Result<JsonLines, SinkError> {
        files::make_folders(root).map_err(at(root))?;
        Ok(JsonLines {
            root: root.to_owned(),
            remembered: BTreeMap::new(),
            order: VecDeque::new(),
            uncertain: BTreeMap::new(),
            repaired: 0,
        })
    }

    /// Writes a batch; `Ok` means durable. Blocks: call it on a blocking thread.
    ///
    /// # Errors
    /// [`SinkError`]; a file that could not be written is cut back to its earlier length, at the latest at the next attempt.
    pub fn deliver(&mut self, batch: &[OutgoingRecord]) -> Result<(), SinkError> {
        let mut by_file: BTreeMap<PathBuf, Vec<&OutgoingRecord>> = BTreeMap::new();
        for delivery in batch {
            by_file.entry(self.path_of(delivery)).or_default().push(delivery);
        }
        for (path, deliveries) in by_file {
            self.append(&path, &deliveries)?;
        }
        Ok(())
    }

    /// Incomplete lines cut off so far.
    pub fn repaired(&self) -> u64 {
        self.repaired
    }

    fn path_of(&self, delivery: &OutgoingRecord) -> PathBuf {
        path_below(&self.root, &delivery.portal, delivery.fetched)
    }

    fn append(&mut self, path: &Path, deliveries: &[&OutgoingRecord]) -> Result<(), SinkError> {
        // If someone has removed a file, start it anew, including its folder.
        if !self.remembered.contains_key(path) || !path.exists() {
            self.first_open(path)?;
        }
        let Some(known) = self.remembered.get_mut(path) else { return Ok(()) };
        let mut lines = String::new();
        let mut fresh = Vec::new();
        for delivery in deliveries {
            let pair = (delivery.id.clone(), delivery.revision);
            if !known.contains(&pair) && !fresh.contains(&pair) {
                lines.push_str(&delivery.json);
                lines.push('\n');
                fresh.push(pair);
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        let mut file = files::own().append(true).open(path).map_err(at(path))?;
        let before = file.seek(SeekFrom::End(0)).map_err(at(path))?;
        match write_durably(&mut file, lines.as_bytes()) {
            Ok(()) => {
                known.extend(fresh);
                Ok(())
            }
            Err(error) => {
                self.forget(path);
                self.uncertain.insert(path.to_owned(), before);
                // Readers should not see half a line for longer than necessary. If the cut fails as well, the next attempt starts with it.
                let _ = file.set_len(before);
                Err(at(path)(error))
            }
        }
    }

    /// Prepares a file that this process has not written to or recently failed to write. Its content counts as delivered, so it is synced first: the
    /// process that wrote it may have been killed before its fsync.
    fn first_open(&mut self, path: &Path) -> Result<(), SinkError> {
        self.forget(path);
        self.make_folders_of(path)?;
        let mut file = files::own().read(true).append(true).create(true).open(path).map_err(at(path))?;
        failpoint::reach("sink.created").map_err(at(path))?;
        if let Some(length) = self.uncertain.get(path) {
            file.set_len(*length).and_then(|()| file.sync_all()).map_err(at(path))?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(at(path))?;
        let lines = Lines::of(&bytes);
        if lines.whole < bytes.len() {
            file.set_len(lines.whole as u64).map_err(at(path))?;
            failpoint::reach("sink.torn").map_err(at(path))?;
            self.repaired += 1;
            tracing::warn!(path = %path.display(), bytes = bytes.len() - lines.whole, "cut off an incomplete last line; its record is written again");
        }
        if lines.unreadable > 0 {
            tracing::error!(path = %path.display(), lines = lines.unreadable, "a record file has lines that are not records; `tintinh doctor` lists them");
        }
        file.sync_all().and_then(|()| files::sync_parent(path)).map_err(at(path))?;
        self.uncertain.remove(path);
        self.remember(path, lines.keys);
        Ok(())
    }

    /// Creates a file's folders. Also syncs existing ones, since the process that created them may have been killed before it did.
    fn make_folders_of(&self, path: &Path) -> Result<(), SinkError> {
        let Some(folder) = path.parent() else { return Ok(()) };
        files::make_folders(folder).map_err(at(folder))?;
        failpoint::reach("sink.folder").map_err(at(folder))?;
        for above in folder.ancestors().skip(1).take_while(|above| above.starts_with(&self.root)) {
            files::sync_folder(above).map_err(at(above))?;
        }
        Ok(())
    }

    fn forget(&mut self, path: &Path) {
        if self.remembered.remove(path).is_some() {
            self.order.retain(|known| known != path);
        }
    }

    fn remember(&mut self, path: &Path, pairs: HashSet<(String, u32)>) {
        self.remembered.insert(path.to_owned(), pairs);
        self.order.push_back(path.to_owned());
        if self.order.len() > FILES_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.remembered.remove(&oldest);
        }
    }
}

/// The file for a record, by its portal and the day of its `date_fetched` in +07:00.
pub fn path_below(root: &Path, portal: &PortalId, fetched: Timestamp) -> PathBuf {
    let day = crate::text::date::rfc3339(fetched);
    let (year, month, date) = (day.get(0..4), day.get(5..7), day.get(8..10));
    let folder = root.join(portal.as_str()).join(year.unwrap_or("0000")).join(month.unwrap_or("00"));
    folder.join(format!("{}.jsonl", date.unwrap_or("00")))
}

/// The content of a file.
#[derive(Debug, Default)]
struct Lines {
    /// Number of bytes up to the end of the last line that is a record.
    whole: usize,
    /// The keys of the records.
    keys: HashSet<(String, u32)>,
    /// Lines before the last record that are not records.
    unreadable: usize,
}

impl Lines {
    fn of(bytes: &[u8]) -> Lines {
        let mut lines = Lines::default();
        let (mut at, mut unreadable) = (0, 0);
        // A line without its end is torn, even if only the end is missing. It is written again.
        for line in survey::lines(bytes).filter(|line| line.is_whole) {
            at += line.bytes.len() + 1;
            match line.key {
                Some(key) => {
                    lines.keys.insert((key.id, key.revision));
                    lines.whole = at;
                    lines.unreadable += std::mem::take(&mut unreadable);
                }
                // A power cut may leave a run of zeros that contains several line ends.
                None => unreadable += 1,
            }
        }
        lines
    }
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> SinkError {
    let path = path.to_owned();
    move |cause| SinkError { path: path.clone(), cause }
}

fn write_durably(file: &mut File, lines: &[u8]) -> std::io::Result<()> {
    failpoint::reach("sink.write")?;
    file.write_all(lines)?;
    failpoint::reach("sink.sync")?;
    file.sync_all()?;
    failpoint::reach("sink.synced")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: &str, revision: u32) -> OutgoingRecord {
        OutgoingRecord {
            portal: PortalId::new("p").unwrap(),
            id: id.to_owned(),
            revision,
            fetched: "2025-06-30T18:00:00Z".parse().unwrap(),
            json: format!("{{\"id\":\"{id}\",\"revision\":{revision},\"title\":\"Tỉnh\"}}"),
        }
    }

    fn lines(root: &Path) -> Vec<String> {
        let text = std::fs::read_to_string(root.join("p/2025/07/01.jsonl")).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'));
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_batch_is_written_once_whatever_is_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("records");
        let mut sink = JsonLines::open(&root).unwrap();
        sink.deliver(&[delivery("a", 1), delivery("b", 1), delivery("a", 1)]).unwrap();
        sink.deliver(&[delivery("b", 1), delivery("a", 2)]).unwrap();
        let mut later = JsonLines::open(&root).unwrap();
        later.deliver(&[delivery("a", 2), delivery("c", 1)]).unwrap();
        assert_eq!(lines(&root).len(), 4);
    }

    #[test]
    fn a_line_torn_anywhere_is_repaired() {
        let folder = tempfile::tempdir().unwrap();
        let whole = format!("{}\n", delivery("a", 1).json);
        let torn = format!("{}\n", delivery("b", 1).json);
        for cut in 0..torn.len() {
            let root = folder.path().join(cut.to_string());
            let path = root.join("p/2025/07/01.jsonl");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, [whole.as_bytes(), &torn.as_bytes()[..cut]].concat()).unwrap();
            let mut sink = JsonLines::open(&root).unwrap();
            sink.deliver(&[delivery("b", 1)]).unwrap();
            assert_eq!(lines(&root), [whole.trim_end(), torn.trim_end()], "cut at {cut}");
            assert_eq!(sink.repaired(), u64::from(cut > 0));
        }
    }

    #[test]
    fn what_a_power_cut_leaves_at_the_end_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("records");
        let path = root.join("p/2025/07/01.jsonl");
        let mut sink = JsonLines::open(&root).unwrap();
        sink.deliver(&[delivery("a", 1)]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], b"\0\0\0\n\0\0\n\0\0"].concat()).unwrap();
        let mut sink = JsonLines::open(&root).unwrap();
        sink.deliver(&[delivery("b", 1)]).unwrap();
        assert_eq!(lines(&root), [delivery("a", 1).json, delivery("b", 1).json]);
        // Lines between records are left to the doctor: they may be someone's own.
        std::fs::write(&path, [b"by hand\n", &whole[..]].concat()).unwrap();
        JsonLines::open(&root).unwrap().deliver(&[delivery("a", 1), delivery("c", 1)]).unwrap();
        assert_eq!(lines(&root), ["by hand", &delivery("a", 1).json, &delivery("c", 1).json]);
    }

    #[test]
    fn a_file_or_folder_that_is_taken_away_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("records");
        let mut sink = JsonLines::open(&root).unwrap();
        sink.deliver(&[delivery("a", 1)]).unwrap();
        std::fs::rename(root.join("p"), folder.path().join("elsewhere")).unwrap();
        sink.deliver(&[delivery("b", 1)]).unwrap();
        assert_eq!(lines(&root), [delivery("b", 1).json]);
    }

    #[test]
    fn what_was_written_by_a_failed_try_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("records");
        let path = root.join("p/2025/07/01.jsonl");
        let mut sink = JsonLines::open(&root).unwrap();
        sink.deliver(&[delivery("a", 1)]).unwrap();
        let before = std::fs::metadata(&path).unwrap().len();
        // The state after a write whose fsync failed and whose cut failed as well.
        std::fs::write(&path, format!("{}\n{}\n", delivery("a", 1).json, delivery("b", 1).json)).unwrap();
        sink.forget(&path);
        sink.uncertain.insert(path, before);
        sink.deliver(&[delivery("b", 1), delivery("c", 1)]).unwrap();
        assert_eq!(lines(&root), ["a", "b", "c"].map(|id| delivery(id, 1).json));
        assert!(sink.uncertain.is_empty());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("records"), "a file").unwrap();
        let error = JsonLines::open(&folder.path().join("records/x")).unwrap_err();
        assert!(error.to_string().contains("records"), "{error}");
    }
}
