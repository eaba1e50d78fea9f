//! A bounded page store of the last raw exchanges: `pages/<yyyy-mm-dd>.zst`, one zstd frame for each exchange
//! (a JSON head line, then the body). WARC comes later.

use std::path::Path;

use jiff::Timestamp;
use thiserror::Error;

use crate::model::page::Page;
use crate::model::record::RawRef;
use crate::model::settings::PageStoreSettings;

#[derive(Debug, Error)]
pub enum ArchiveError {
    #[error("to be written")]
    ToBeWritten,
}

/// The page store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PageStore {}

impl PageStore {
    pub fn open(_dir: &Path, _settings: PageStoreSettings) -> Result<PageStore, ArchiveError> {
        todo!()
    }
    /// Appends an exchange (on spawn_blocking). Not fsynced per page: a lost raw page is not a lost record.
    pub async fn append(&self, _page: &Page) -> Result<RawRef, ArchiveError> {
        todo!()
    }
    /// Reads an exchange back; `None` where it was pruned.
    pub fn read(&self, _place: &RawRef) -> Result<Option<Page>, ArchiveError> {
        todo!()
    }
    /// Drops what is older than `keep`, then the oldest files until `max_bytes` holds; returns bytes freed.
    pub async fn prune(&self, _now: Timestamp) -> Result<u64, ArchiveError> {
        todo!()
    }
    pub fn bytes(&self) -> Result<u64, ArchiveError> {
        todo!()
    }
}
