//! Checks for the doctor.

use crate::search::SearchError;
use crate::search::SearchIndex;
use crate::store::Store;

impl SearchIndex {
    /// Returns what is wrong with the index, one sentence for each fault. Records that are only waiting to be indexed are not faults. Reads all of
    /// it.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn disagreements(&self, store: &Store) -> Result<Vec<String>, SearchError> {
        let mut found = self.run(|file| file.faults()).await?;
        if !found.is_empty() || self.is_behind(store).await? {
            return Ok(found);
        }
        let (mut after, mut lacking, mut gone) = (String::new(), 0, 0_usize);
        loop {
            let page = self.page(store, &after).await?;
            lacking += page.lacking;
            gone += page.gone.len();
            match page.horizon {
                Some(horizon) => after = horizon,
                None => break,
            }
        }
        // Records written since then are not faults.
        if (lacking > 0 || gone > 0) && !self.is_behind(store).await? {
            found.push(format!(
                "it lacks the newest text of {lacking} articles, and has {gone} that are not in the database"
            ));
        }
        Ok(found)
    }
}
