//! JSON Lines: `records/<portal>/<yyyy>/<mm>/<dd>.jsonl` by the day of `fetched` in +07:00.

use std::path::Path;

use crate::sink::Delivery;
use crate::sink::SinkError;

/// Appends; fsyncs file (and new directories) per batch; repairs a torn last line when it first opens a file in this process, and
/// reads the (id, revision) pairs that the file holds, so that a batch repeated after a crash is not written twice.
#[derive(Debug)]
pub struct JsonLines {}

impl JsonLines {
    pub fn open(_dir: &Path) -> Result<JsonLines, SinkError> {
        todo!()
    }
    /// Writes a batch; `Ok` means durable. Blocking: call on a blocking thread.
    pub fn deliver(&mut self, _batch: &[Delivery]) -> Result<(), SinkError> {
        todo!()
    }
    /// Torn lines repaired so far.
    pub fn repaired(&self) -> u64 {
        todo!()
    }
}
