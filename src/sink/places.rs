//! The position that each sink has reached, in files: `<state>/sinks/<id>.json`. If several workers share a database, the positions are in a table,
//! since another worker may lead next.
//!
//! They are not in SQLite's database: a position is written after every batch, and must not wait for the writers that settle articles, nor delay them.
//! A lost database is rebuilt from the record files; the positions survive and sinks continue where they were. A file is replaced as a whole, so a
//! crash leaves either the old or the new one. A writer holds the folder's lock, since `tintinh sink` may run beside the service.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::files;
use crate::model::portal::SinkId;
use crate::model::sink::SinkPlace;
use crate::sink::SinkError;

/// A table of places, as they are written. Its methods block.
pub trait PlaceTable: std::fmt::Debug + Send + Sync {
    /// A sink's place; `None` if it never had one.
    ///
    /// # Errors
    /// If the table cannot be read.
    fn read(&self, sink: &str) -> std::io::Result<Option<String>>;

    /// Writes a sink's place if it still is the one that was read; says whether it was.
    ///
    /// # Errors
    /// If the table cannot be written.
    fn swap(&self, sink: &str, read: Option<String>, new: String) -> std::io::Result<bool>;
}

/// The places of the sinks.
#[derive(Debug, Clone)]
pub struct SinkPlaces {
    folder: PathBuf,
    table: Option<Arc<dyn PlaceTable>>,
}

impl SinkPlaces {
    /// The places in a state folder.
    pub fn new(state: &Path) -> SinkPlaces {
        SinkPlaces { folder: state.join("sinks"), table: None }
    }

    /// The places in a table.
    pub fn in_table(table: Arc<dyn PlaceTable>) -> SinkPlaces {
        SinkPlaces { folder: PathBuf::from("sinks"), table: Some(table) }
    }

    /// A sink's place; `None` if it never had one. Blocks.
    ///
    /// # Errors
    /// [`SinkError`] if the file cannot be read or has other content: nothing is guessed.
    pub fn read(&self, sink: &SinkId) -> Result<Option<SinkPlace>, SinkError> {
        self.written(sink)?.map(|text| self.parsed(sink, &text)).transpose()
    }

    /// Changes a sink's place durably. `change` gets the current place and returns the new one; `None` leaves it unchanged. Blocks.
    ///
    /// # Errors
    /// [`SinkError`]: the place is then either the old or the new one.
    pub fn update(
        &self,
        sink: &SinkId,
        change: impl FnOnce(Option<SinkPlace>) -> Option<SinkPlace>,
    ) -> Result<(), SinkError> {
        let _lock = self.lock()?;
        let written = self.written(sink)?;
        let known = written.as_deref().map(|text| self.parsed(sink, text)).transpose()?;
        match change(known) {
            Some(place) => self.write(sink, written, &place),
            None => Ok(()),
        }
    }

    /// Sets a sink's place whatever it is now, even if it cannot be read. Blocks.
    ///
    /// # Errors
    /// As for [`SinkPlaces::update`].
    pub fn set(&self, sink: &SinkId, place: &SinkPlace) -> Result<(), SinkError> {
        let _lock = self.lock()?;
        // A file is replaced whatever it holds. A table needs to know what it replaces.
        let written = if self.table.is_some() { self.written(sink)? } else { None };
        self.write(sink, written, place)
    }

    fn path(&self, sink: &SinkId) -> PathBuf {
        self.folder.join(format!("{sink}.json"))
    }

    /// A place as it is written.
    fn written(&self, sink: &SinkId) -> Result<Option<String>, SinkError> {
        let path = self.path(sink);
        let read = match &self.table {
            Some(table) => table.read(sink.as_str()),
            None => match std::fs::read_to_string(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                read => read.map(Some),
            },
        };
        read.map_err(|cause| SinkError { path, cause })
    }

    fn parsed(&self, sink: &SinkId, text: &str) -> Result<SinkPlace, SinkError> {
        serde_json::from_str(text).map_err(|error| SinkError { path: self.path(sink), cause: error.into() })
    }

    /// Writes a place. `known` is what is written now.
    fn write(&self, sink: &SinkId, known: Option<String>, place: &SinkPlace) -> Result<(), SinkError> {
        let path = self.path(sink);
        if let Some(table) = &self.table {
            let swap = || {
                if table.swap(sink.as_str(), known, serde_json::to_string(place)?)? {
                    Ok(())
                } else {
                    Err(std::io::Error::other("another process changed it just now; try again"))
                }
            };
            return swap().map_err(|cause| SinkError { path, cause });
        }
        let written = serde_json::to_vec(place).map_err(std::io::Error::from);
        written.and_then(|bytes| files::replace(&path, &bytes)).map_err(|cause| SinkError { path, cause })
    }

    /// Waits for the lock, which is held during one change.
    fn lock(&self) -> Result<Option<File>, SinkError> {
        if self.table.is_some() {
            return Ok(None);
        }
        let path = self.folder.join(".lock");
        let lock = || {
            files::make_folders(&self.folder)?;
            let file = files::own().write(true).create(true).truncate(false).open(&path)?;
            file.lock()?;
            Ok(Some(file))
        };
        lock().map_err(|cause| SinkError { path: path.clone(), cause })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cursor::Cursor;
    use crate::model::cursor::StoreName;
    use crate::model::sink::SinkMode;

    #[test]
    fn a_place_is_kept_and_changed_and_damage_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let places = SinkPlaces::new(folder.path());
        let sink = SinkId::new("archive").unwrap();
        assert_eq!(places.read(&sink).unwrap(), None);
        let first = SinkPlace::at(Cursor::behind(StoreName::new(7), 12, "a", 1));
        places.update(&sink, |there| there.is_none().then(|| first.clone())).unwrap();
        assert_eq!(places.read(&sink).unwrap(), Some(first.clone()));
        places.update(&sink, |_| None).unwrap();
        places.update(&sink, |there| Some(SinkPlace { mode: SinkMode::Paused, ..there? })).unwrap();
        assert_eq!(places.read(&sink).unwrap().unwrap().mode, SinkMode::Paused);

        let path = folder.path().join("sinks/archive.json");
        std::fs::write(&path, "{\"cursor\":\"12\"}").unwrap();
        let error = places.read(&sink).unwrap_err();
        assert!(error.to_string().contains("archive.json"), "{error}");
        assert!(places.update(&sink, |_| panic!("nothing is guessed")).is_err());
        places.set(&sink, &first).unwrap();
        assert_eq!(places.read(&sink).unwrap(), Some(first));
    }
}
