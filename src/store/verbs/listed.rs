//! Pages of a portal that need attention, with their reasons.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::portal::PortalId;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::moment;

/// A set of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkSet {
    /// Never tried.
    Waiting,
    /// The last attempt failed.
    Failed,
    /// Something else was shown in their place.
    Blocked,
    /// In quarantine.
    SetAside,
    /// They gave no record.
    LeftOut,
}

impl LinkSet {
    /// All sets, in the order in which people look at them.
    pub const ALL: [LinkSet; 5] =
        [LinkSet::Failed, LinkSet::Blocked, LinkSet::SetAside, LinkSet::Waiting, LinkSet::LeftOut];

    /// Returns its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            LinkSet::Waiting => "waiting",
            LinkSet::Failed => "failed",
            LinkSet::Blocked => "blocked",
            LinkSet::SetAside => "quarantined",
            LinkSet::LeftOut => "rejected",
        }
    }

    /// Returns the SQL condition for its links.
    pub(super) fn condition(self) -> &'static str {
        match self {
            LinkSet::Waiting => "state = 'pending' AND settled = 0 AND attempts = 0",
            LinkSet::Failed => "outcome = 'failed'",
            LinkSet::Blocked => "outcome = 'blocked'",
            LinkSet::SetAside => "outcome = 'quarantined'",
            LinkSet::LeftOut => "outcome IN ('rejected', 'gone', 'disallowed')",
        }
    }
}

/// A link in such a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedLink {
    /// Its URL.
    pub url: String,
    /// How it last ended, in words; empty before the first attempt.
    pub reason: String,
    /// Consecutive failed attempts.
    pub attempts: u32,
    /// The next request, if one is planned.
    pub next: Option<Timestamp>,
}

impl Store {
    /// Returns the links of a set, the newest first, at most `limit` of them.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn listed(&self, portal: &PortalId, set: LinkSet, limit: u32) -> Result<Vec<ListedLink>, StoreError> {
        let portal = portal.clone();
        self.read(move |tx| listed(tx, &portal, set, limit)).await
    }
}

pub(super) fn listed(
    tx: &Transaction<'_>,
    portal: &PortalId,
    set: LinkSet,
    limit: u32,
) -> Result<Vec<ListedLink>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT url, coalesce(reason, outcome, ''), attempts, CASE WHEN state = 'pending' THEN not_before END FROM links
         WHERE portal = ?1 AND {} ORDER BY number DESC LIMIT ?2",
        set.condition()
    ))?;
    let rows = statement.query_map(params![portal.as_str(), limit], |row| {
        let next: Option<i64> = row.get(3)?;
        Ok(ListedLink { url: row.get(0)?, reason: row.get(1)?, attempts: row.get(2)?, next: next.map(moment) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
