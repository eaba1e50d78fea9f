//! Portals: registering, claiming, ending visits and planning the next ones.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Transaction;
use rusqlite::params;

use crate::model::failure::Failure;
use crate::model::portal::GroupId;
use crate::model::portal::PortalId;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::sqlite::columns::millis;
use crate::store::sqlite::columns::moment;
use crate::store::sqlite::columns::name;

/// A portal leased to one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The portal.
    pub portal: PortalId,
    /// Its group, leased with it.
    pub group: GroupId,
    /// Increases with every claim. A write with an older number is refused.
    pub fence: i64,
    /// When it began.
    pub began: Timestamp,
    /// When it expires.
    pub until: Timestamp,
    /// When the portal was due.
    pub due: Timestamp,
    /// When the last request was sent to the group.
    pub last_request: Option<Timestamp>,
    /// How many visits the portal has had.
    pub visits: u64,
    /// Number of consecutive failed visits.
    pub failures: u32,
    /// Whether the last visit ran out of time, so that this one continues with its links.
    pub continued: bool,
}

/// A portal as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The portal.
    pub portal: PortalId,
    /// Its group.
    pub group: GroupId,
}

/// How a visit ended.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitEnd {
    /// The next visit.
    pub next_due: Timestamp,
    /// When the last request ended.
    pub last_request: Option<Timestamp>,
    /// The failure, if the visit failed.
    pub failure: Option<Failure>,
    /// Whether the visit ran out of time, so that the next one continues with its links.
    pub unfinished: bool,
    /// Whether everything was postponed, so that the visit neither failed nor succeeded.
    pub idle: bool,
}

/// A set of portals. Cheap to clone, whatever its size.
#[derive(Debug, Clone, Default)]
pub struct PortalFilter(Arc<HashSet<PortalId>>);

impl PortalFilter {
    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn contains(&self, id: &str) -> bool {
        self.0.contains(id)
    }
}

impl FromIterator<PortalId> for PortalFilter {
    fn from_iter<I: IntoIterator<Item = PortalId>>(ids: I) -> PortalFilter {
        PortalFilter(Arc::new(ids.into_iter().collect()))
    }
}

impl<T: AsRef<[PortalId]> + ?Sized> From<&T> for PortalFilter {
    fn from(ids: &T) -> PortalFilter {
        ids.as_ref().iter().cloned().collect()
    }
}

impl Store {
    /// Registers the configured portals: new ones are due now. Those no longer configured are kept, but nobody claims
    /// them.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn register(&self, portals: &[Registration], now: Timestamp) -> Result<(), StoreError> {
        let portals = portals.to_vec();
        self.write(move |tx| register(tx, &portals, now)).await
    }

    /// Makes portals due now.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn make_due(&self, portals: &[PortalId], now: Timestamp) -> Result<(), StoreError> {
        let portals = portals.to_vec();
        self.write(move |tx| make_due(tx, &portals, now)).await
    }

    /// Claims one of the named portals: the one that has been due longest among those whose group is free.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn claim(
        &self,
        among: impl Into<PortalFilter>,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        let among = among.into();
        self.write(move |tx| claim(tx, &among, now, lease)).await
    }

    /// Returns the earliest moment at which one of the named portals may be claimed: it is due, and its group is free.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn next_due(&self, among: impl Into<PortalFilter>) -> Result<Option<Timestamp>, StoreError> {
        let among = among.into();
        // This uses the writer's connection: an engine that waits for a hanging commit must not seem alive.
        self.write(move |tx| next_due(tx, &among)).await
    }

    /// Frees leases that no process holds any more. Called once at the start, with the state folder locked.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn free_leases(&self) -> Result<usize, StoreError> {
        self.write(free_leases).await
    }

    /// Frees the lease of a visit that did not end properly. Does nothing if the lease was lost meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |tx| release(tx, &lease)).await
    }

    /// Ends a visit: frees the lease and plans the next visit.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn end_visit(&self, lease: &Lease, end: VisitEnd, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |tx| end_visit(tx, &lease, &end, now)).await
    }
}

fn register(tx: &Transaction<'_>, portals: &[Registration], now: Timestamp) -> Result<(), StoreError> {
    for Registration { portal, group } in portals {
        tx.execute("INSERT INTO groups (name) VALUES (?1) ON CONFLICT DO NOTHING", [group.as_str()])?;
        tx.execute(
            "INSERT INTO portals (id, group_name, next_due) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO UPDATE SET group_name = excluded.group_name",
            params![portal.as_str(), group.as_str(), millis(now)],
        )?;
    }
    Ok(())
}

fn make_due(tx: &Transaction<'_>, portals: &[PortalId], now: Timestamp) -> Result<(), StoreError> {
    for portal in portals {
        tx.execute(
            "UPDATE portals SET next_due = min(next_due, ?2) WHERE id = ?1",
            params![portal.as_str(), millis(now)],
        )?;
    }
    Ok(())
}

/// A portal that may be claimed.
struct Candidate {
    portal: String,
    group: String,
    fence: i64,
    visits: u64,
    failures: u32,
    continued: bool,
    last_request: Option<i64>,
    due: i64,
}

fn claim(
    tx: &Transaction<'_>,
    among: &PortalFilter,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<Lease>, StoreError> {
    let Some(found) = first_due(tx, among, now)? else { return Ok(None) };
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    let claimed = Lease {
        portal: name(PortalId::new(&found.portal))?,
        group: name(GroupId::new(&found.group))?,
        fence: found.fence + 1,
        began: now,
        until,
        due: moment(found.due),
        last_request: found.last_request.map(moment),
        visits: found.visits,
        failures: found.failures,
        continued: found.continued,
    };
    hold(tx, &claimed)?;
    Ok(Some(claimed))
}

/// Gives a new lease its portal and its group, until it expires.
pub(super) fn hold(tx: &Transaction<'_>, lease: &Lease) -> Result<(), StoreError> {
    let until = millis(lease.until);
    tx.execute(
        "UPDATE portals SET fence = fence + 1, lease_until = ?2 WHERE id = ?1",
        params![lease.portal.as_str(), until],
    )?;
    tx.execute("UPDATE groups SET lease_until = ?2 WHERE name = ?1", params![lease.group.as_str(), until])?;
    Ok(())
}

/// Frees the portal and the group of a lease that is held, and notes its last request.
pub(super) fn free(tx: &Transaction<'_>, lease: &Lease, last_request: Option<Timestamp>) -> Result<(), StoreError> {
    tx.execute("UPDATE portals SET lease_until = 0 WHERE id = ?1", [lease.portal.as_str()])?;
    tx.execute(
        "UPDATE groups SET lease_until = 0, last_request = coalesce(?2, last_request) WHERE name = ?1",
        params![lease.group.as_str(), last_request.map(millis)],
    )?;
    Ok(())
}

/// Returns the portal that has been due longest among those that are free, with a free group. It is found by the index of due portals, so the number
/// of other portals does not matter.
fn first_due(tx: &Transaction<'_>, among: &PortalFilter, now: Timestamp) -> Result<Option<Candidate>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT p.id, p.group_name, p.fence, p.visits, p.failures, p.continued, g.last_request, p.next_due
         FROM portals p INDEXED BY portals_due JOIN groups g ON g.name = p.group_name
         WHERE p.next_due <= ?1 AND p.lease_until <= ?1 AND g.lease_until <= ?1 ORDER BY p.next_due, p.id",
    )?;
    let mut rows = statement.query([millis(now)])?;
    while let Some(row) = rows.next()? {
        if among.contains(row.get_ref(0)?.as_str().unwrap_or_default()) {
            return Ok(Some(Candidate {
                portal: row.get(0)?,
                group: row.get(1)?,
                fence: row.get(2)?,
                visits: row.get(3)?,
                failures: row.get(4)?,
                continued: row.get(5)?,
                last_request: row.get(6)?,
                due: row.get(7)?,
            }));
        }
    }
    Ok(None)
}

fn next_due(tx: &Transaction<'_>, among: &PortalFilter) -> Result<Option<Timestamp>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT p.id, p.next_due, max(p.next_due, p.lease_until, g.lease_until)
         FROM portals p INDEXED BY portals_due JOIN groups g ON g.name = p.group_name ORDER BY p.next_due",
    )?;
    let mut rows = statement.query([])?;
    let mut next: Option<i64> = None;
    while let Some(row) = rows.next()? {
        // A portal that is due later cannot be claimed earlier.
        if next.is_some_and(|next| next <= row.get(1).unwrap_or(i64::MIN)) {
            break;
        }
        if among.contains(row.get_ref(0)?.as_str().unwrap_or_default()) {
            let claimable = row.get(2)?;
            next = Some(next.map_or(claimable, |next| next.min(claimable)));
        }
    }
    Ok(next.map(moment))
}

fn free_leases(tx: &Transaction<'_>) -> Result<usize, StoreError> {
    tx.execute("UPDATE groups SET lease_until = 0 WHERE lease_until > 0", [])?;
    Ok(tx.execute("UPDATE portals SET lease_until = 0 WHERE lease_until > 0", [])?)
}

/// Frees a lease whose visit did not end properly. The portal remains due.
fn release(tx: &Transaction<'_>, lease: &Lease) -> Result<(), StoreError> {
    let freed = tx.execute(
        "UPDATE portals SET lease_until = 0 WHERE id = ?1 AND fence = ?2 AND lease_until > 0",
        params![lease.portal.as_str(), lease.fence],
    )?;
    if freed > 0 {
        tx.execute("UPDATE groups SET lease_until = 0 WHERE name = ?1", [lease.group.as_str()])?;
    }
    Ok(())
}

/// Refuses writes under a lease that has expired or belongs to another visit.
pub(super) fn check(tx: &Transaction<'_>, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
    let held: bool = tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM portals WHERE id = ?1 AND fence = ?2 AND lease_until > ?3)")?
        .query_row(params![lease.portal.as_str(), lease.fence, millis(now)], |row| row.get(0))?;
    if held { Ok(()) } else { Err(StoreError::LeaseLost(lease.portal.clone())) }
}

fn end_visit(tx: &Transaction<'_>, lease: &Lease, end: &VisitEnd, now: Timestamp) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    let error = end.failure.as_ref().map(|failure| failure.message.as_str());
    tx.execute(
        "UPDATE portals SET next_due = ?2, visits = visits + 1, continued = ?3, last_visit = ?4,
             failures = CASE WHEN ?6 THEN failures WHEN ?5 IS NULL THEN 0 ELSE failures + 1 END,
             last_success = CASE WHEN ?5 IS NULL AND NOT ?6 THEN ?4 ELSE last_success END,
             last_error = CASE WHEN ?6 THEN last_error ELSE ?5 END
         WHERE id = ?1",
        params![lease.portal.as_str(), millis(end.next_due), end.unfinished, millis(now), error, end.idle],
    )?;
    free(tx, lease, end.last_request)
}
