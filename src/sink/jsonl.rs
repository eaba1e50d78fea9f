//! JSON Lines: `<records>/<portal>/<yyyy>/<mm>/<dd>.jsonl` by the day of `date_fetched` in +07:00.
//!
//! A batch goes into a file with one write and one fsync, so a reader sees whole lines, and what is acknowledged is on disk. When a
//! process first opens a file, a torn last line is cut off (its record still waits in the outbox) and the (id, revision) pairs are read,
//! so that a batch repeated after a crash is not written twice.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::collections::VecDeque;
use std::fs::File;
use std::fs::OpenOptions;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;

use crate::sink::Delivery;
use crate::sink::SinkError;

/// Files whose pairs are kept in memory; a file that comes back later is read again.
const FILES_REMEMBERED: usize = 256;

/// The sink.
#[derive(Debug)]
pub struct JsonLines {
    root: PathBuf,
    remembered: BTreeMap<PathBuf, HashSet<(String, u32)>>,
    order: VecDeque<PathBuf>,
    repaired: u64,
}

#[derive(Deserialize)]
struct Key {
    id: String,
    revision: u32,
}

impl JsonLines {
    /// A sink below a folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`SinkError`] where the folder cannot be made.
    pub fn open(root: &Path) -> Result<JsonLines, SinkError> {
        make_folders(root)?;
        Ok(JsonLines { root: root.to_owned(), remembered: BTreeMap::new(), order: VecDeque::new(), repaired: 0 })
    }

    /// Writes a batch; `Ok` means durable. Blocks: to be called on a blocking thread.
    ///
    /// # Errors
    /// [`SinkError`]; a file that could not take its lines is cut back to where it was.
    pub fn deliver(&mut self, batch: &[Delivery]) -> Result<(), SinkError> {
        let mut by_file: BTreeMap<PathBuf, Vec<&Delivery>> = BTreeMap::new();
        for delivery in batch {
            by_file.entry(self.path_of(delivery)).or_default().push(delivery);
        }
        for (path, deliveries) in by_file {
            self.append(&path, &deliveries)?;
        }
        Ok(())
    }

    /// Torn lines cut off so far.
    pub fn repaired(&self) -> u64 {
        self.repaired
    }

    fn path_of(&self, delivery: &Delivery) -> PathBuf {
        let day = crate::text::date::rfc3339(delivery.fetched);
        let (year, month, date) = (day.get(0..4), day.get(5..7), day.get(8..10));
        let folder = self.root.join(delivery.portal.as_str()).join(year.unwrap_or("0000")).join(month.unwrap_or("00"));
        folder.join(format!("{}.jsonl", date.unwrap_or("00")))
    }

    fn append(&mut self, path: &Path, deliveries: &[&Delivery]) -> Result<(), SinkError> {
        if !self.remembered.contains_key(path) {
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
        write_durably(path, lines.as_bytes())?;
        known.extend(fresh);
        Ok(())
    }

    fn first_open(&mut self, path: &Path) -> Result<(), SinkError> {
        if let Some(folder) = path.parent() {
            make_folders(folder)?;
        }
        let existed = path.exists();
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(at(path))?;
        if !existed {
            sync_parent(path)?;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(at(path))?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(at(path))?;
            self.repaired += 1;
            tracing::warn!(path = %path.display(), bytes = bytes.len() - whole, "a torn last line was cut off; its record is written again");
        }
        let lines = bytes.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n');
        let keys = lines.filter_map(|line| serde_json::from_slice::<Key>(line).ok());
        self.remember(path, keys.map(|key| (key.id, key.revision)).collect());
        Ok(())
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

fn at(path: &Path) -> impl Fn(std::io::Error) -> SinkError {
    let path = path.to_owned();
    move |source| SinkError { path: path.clone(), source }
}

fn write_durably(path: &Path, lines: &[u8]) -> Result<(), SinkError> {
    let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(at(path))?;
    let before = file.seek(SeekFrom::End(0)).map_err(at(path))?;
    let written = file.write_all(lines).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // A full disk leaves half a line; should even the cut fail, the next first open repairs it.
        let _ = file.set_len(before);
        at(path)(error)
    })
}

/// Makes a folder and those above it, each new entry durable.
fn make_folders(folder: &Path) -> Result<(), SinkError> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_folders(parent)?;
    }
    match std::fs::create_dir(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(at(folder)(error)),
        _ => sync_parent(folder),
    }
}

fn sync_parent(path: &Path) -> Result<(), SinkError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(at(parent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::portal::PortalId;

    fn delivery(id: &str, revision: u32) -> Delivery {
        Delivery {
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
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("records"), "a file").unwrap();
        let error = JsonLines::open(&folder.path().join("records/x")).unwrap_err();
        assert!(error.to_string().contains("records"), "{error}");
    }
}
