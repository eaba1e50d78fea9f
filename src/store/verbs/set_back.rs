//! Handles a clock that was set back: plans would otherwise wait for that much longer.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::millis;

/// Corrections of the clock up to this are harmless.
const TOLERANCE: Duration = Duration::from_mins(1);

impl Store {
    /// If the clock shows an earlier time than at the last visit, moves all plans back by the difference. Returns the difference.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn heal_clock(&self, now: Timestamp) -> Result<Option<Duration>, StoreError> {
        self.write(move |tx| heal(tx, now)).await
    }
}

/// If the clock shows an earlier time than at the last visit, moves all plans back by the difference. Returns the difference.
///
/// Nothing is lost and nothing is requested too soon: the time until each planned moment stays the same. A lease keeps its length.
fn heal(tx: &Transaction<'_>, now: Timestamp) -> Result<Option<Duration>, StoreError> {
    let latest: Option<i64> =
        tx.prepare_cached("SELECT max(last_visit) FROM portals")?.query_row([], |row| row.get(0))?;
    let back = latest.unwrap_or_default().saturating_sub(millis(now));
    let by = Duration::from_millis(u64::try_from(back).unwrap_or_default());
    if by <= TOLERANCE {
        return Ok(None);
    }
    // A moment that was already over is not moved back.
    for (table, column) in [
        ("portals", "next_due"),
        ("portals", "lease_until"),
        ("groups", "lease_until"),
        ("sources", "not_before"),
        ("links", "not_before"),
        ("attachments", "not_before"),
        ("origins", "rest_until"),
    ] {
        let statement = format!("UPDATE {table} SET {column} = max({column} - ?1, ?2) WHERE {column} > ?2");
        tx.execute(&statement, params![back, millis(now)])?;
    }
    // A source's next request is planned from its last one, and so is a page's next full request.
    for (table, column) in
        [("sources", "last_success"), ("source_validators", "full_at"), ("origins", "robots_fetched")]
    {
        tx.execute(
            &format!("UPDATE {table} SET {column} = {column} - ?1 WHERE {column} > ?2"),
            params![back, millis(now)],
        )?;
    }
    for (table, column) in
        [("portals", "last_visit"), ("portals", "last_success"), ("groups", "last_request"), ("rhythms", "last_new")]
    {
        let statement = format!("UPDATE {table} SET {column} = ?1 WHERE {column} > ?1");
        tx.execute(&statement, params![millis(now)])?;
    }
    Ok(Some(by))
}
