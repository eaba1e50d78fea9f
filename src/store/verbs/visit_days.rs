//! How the visits of each day went.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::portal::PortalId;
use crate::query::article::day;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Transaction;

/// Days that are remembered: twice as many as are shown.
const REMEMBERED: i64 = 60;

/// The visits of a portal on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VisitDay {
    /// The day, as days since 1970 in +07:00.
    pub day: i64,
    /// Visits that ended well.
    pub well: u32,
    /// Visits of which some sources failed.
    pub partly: u32,
    /// Visits that failed as a whole.
    pub failed: u32,
    /// Visits that found the portal closed by its robots.txt.
    pub closed: u32,
    /// Visits that brought something new.
    pub new: u32,
}

impl VisitDay {
    /// All visits.
    pub fn visits(&self) -> u32 {
        self.well + self.partly + self.failed + self.closed
    }
}

impl Store {
    /// The visits of all portals on a day and later, by portal and day.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn visit_days(&self, since: i64) -> Result<Vec<(PortalId, VisitDay)>, StoreError> {
        self.read(move |tx| {
            let mut statement = tx.prepare_cached(
                "SELECT portal, day, well, partly, failed, closed, new FROM visit_days WHERE day >= ?1 ORDER BY portal, day",
            )?;
            let mut rows = statement.query([since])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let visits = VisitDay {
                    day: row.get(1)?,
                    well: row.get(2)?,
                    partly: row.get(3)?,
                    failed: row.get(4)?,
                    closed: row.get(5)?,
                    new: row.get(6)?,
                };
                found.extend(PortalId::new(&row.get::<String>(0)?).ok().map(|portal| (portal, visits)));
            }
            Ok(found)
        })
        .await
    }
}

/// How a visit went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum VisitResult {
    Well,
    Partly,
    Failed,
    Closed,
}

/// Counts a visit.
pub(super) fn note(
    tx: &Transaction<'_>,
    portal: &PortalId,
    result: VisitResult,
    is_new: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let today = day(now);
    let is = |other: VisitResult| u32::from(result == other);
    tx.prepare_cached(
        "INSERT INTO visit_days (portal, day, well, partly, failed, closed, new) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (portal, day) DO UPDATE SET well = visit_days.well + excluded.well, partly = visit_days.partly + excluded.partly,
             failed = visit_days.failed + excluded.failed, closed = visit_days.closed + excluded.closed,
             new = visit_days.new + excluded.new",
    )?
    .execute(params![
        portal.as_str(),
        today,
        is(VisitResult::Well),
        is(VisitResult::Partly),
        is(VisitResult::Failed),
        is(VisitResult::Closed),
        u32::from(is_new)
    ])?;
    tx.prepare_cached("DELETE FROM visit_days WHERE portal = ?1 AND day < ?2")?
        .execute(params![portal.as_str(), today - REMEMBERED])?;
    Ok(())
}
