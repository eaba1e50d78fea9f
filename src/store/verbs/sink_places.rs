//! How far each sink has come, where several workers share the database: another one may lead next.

use rusqlite::params;

use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;

impl Store {
    /// Returns the place of a sink as it was written.
    ///
    /// # Errors
    /// [`StoreError::Sql`], also where nothing is shared: places are files there.
    pub async fn sink_place(&self, sink: &str) -> Result<Option<String>, StoreError> {
        let sink = sink.to_owned();
        self.read(move |tx| {
            let mut statement = tx.prepare_cached("SELECT place FROM sink_places WHERE sink = ?1")?;
            Ok(statement.query_row([sink], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// Writes the place of a sink, if it still is the one that was read. Returns whether it was.
    ///
    /// # Errors
    /// As for [`Store::sink_place`].
    pub async fn swap_sink_place(&self, sink: &str, read: Option<String>, new: String) -> Result<bool, StoreError> {
        let sink = sink.to_owned();
        self.write_own(move |tx| {
            let written = match read {
                Some(read) => tx
                    .prepare_cached("UPDATE sink_places SET place = ?2 WHERE sink = ?1 AND place = ?3")?
                    .execute(params![sink, new, read])?,
                None => tx
                    .prepare_cached("INSERT INTO sink_places (sink, place) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                    .execute(params![sink, new])?,
            };
            Ok(written > 0)
        })
        .await
    }
}
