//! The position that each sink has reached, in files: `<state>/sinks/<id>.json`.
//!
//! They are not in the database: a position is written after every batch, and must not wait for the writers that settle articles, nor delay them. A
//! lost database is rebuilt from the record files; the positions survive and sinks continue where they were. A file is replaced as a whole, so a
//! crash leaves either the old or the new one. A writer holds the folder's lock, since `tintinh sink` may run beside the service.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use crate::files;
use crate::model::portal::SinkId;
use crate::model::sink::SinkPlace;
use crate::sink::SinkError;

/// The folder with the places of all sinks in a state folder.
#[derive(Debug, Clone)]
pub struct SinkPlaces {
    folder: PathBuf,
}

impl SinkPlaces {
    /// The places in a state folder.
    pub fn new(state: &Path) -> SinkPlaces {
        SinkPlaces { folder: state.join("sinks") }
    }

    /// A sink's place; `None` if it never had one. Blocks.
    ///
    /// # Errors
    /// [`SinkError`] if the file cannot be read or has other content: nothing is guessed.
    pub fn read(&self, sink: &SinkId) -> Result<Option<SinkPlace>, SinkError> {
        let path = self.path(sink);
        let failed = |cause| SinkError { path: path.clone(), cause };
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| failed(error.into())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
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
        match change(self.read(sink)?) {
            Some(place) => self.write(sink, &place),
            None => Ok(()),
        }
    }

    /// Sets a sink's place whatever it is now, even if it cannot be read. Blocks.
    ///
    /// # Errors
    /// As for [`SinkPlaces::update`].
    pub fn set(&self, sink: &SinkId, place: &SinkPlace) -> Result<(), SinkError> {
        let _lock = self.lock()?;
        self.write(sink, place)
    }

    fn path(&self, sink: &SinkId) -> PathBuf {
        self.folder.join(format!("{sink}.json"))
    }

    fn write(&self, sink: &SinkId, place: &SinkPlace) -> Result<(), SinkError> {
        let path = self.path(sink);
        let written = serde_json::to_vec(place).map_err(std::io::Error::from);
        written.and_then(|bytes| files::replace(&path, &bytes)).map_err(|cause| SinkError { path, cause })
    }

    /// Waits for the lock, which is held during one change.
    fn lock(&self) -> Result<File, SinkError> {
        let path = self.folder.join(".lock");
        let lock = || {
            files::make_folders(&self.folder)?;
            let file = files::own().write(true).create(true).truncate(false).open(&path)?;
            file.lock()?;
            Ok(file)
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
