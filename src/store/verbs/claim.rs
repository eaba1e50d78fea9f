//! Portals: registering, claiming, ending visits and planning the next ones.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use crate::model::failure::Failure;
use crate::model::portal::GroupId;
use crate::model::portal::PortalId;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Row;
use crate::store::engine::Sql;
use crate::store::engine::SqlResult;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::name;
use crate::store::verbs::columns::to_json;

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
pub struct PortalFilter {
    chosen: Arc<HashSet<PortalId>>,
    /// Portals that were found due and are none of these, so that the next claim does not look at them. There are as many as portals are disabled.
    others: Arc<Mutex<Vec<String>>>,
}

impl PortalFilter {
    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    fn contains(&self, id: &str) -> bool {
        self.chosen.contains(id)
    }

    fn others(&self) -> MutexGuard<'_, Vec<String>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FromIterator<PortalId> for PortalFilter {
    fn from_iter<I: IntoIterator<Item = PortalId>>(ids: I) -> PortalFilter {
        PortalFilter { chosen: Arc::new(ids.into_iter().collect()), others: Arc::default() }
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
        let (among, worker) = (among.into(), self.worker());
        self.write_own(move |tx| claim(tx, &among, now, lease, &worker)).await
    }

    /// Returns the earliest moment at which one of the named portals may be claimed: it is due, and its group is free.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn next_due(&self, among: impl Into<PortalFilter>) -> Result<Option<Timestamp>, StoreError> {
        let among = among.into();
        // This uses SQLite's writing connection: an engine that waits for a hanging commit must not seem alive.
        self.write_own(move |tx| next_due(tx, &among)).await
    }

    /// Frees leases that no process holds any more: those of this worker. Called once at the start, with the state folder locked.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn free_leases(&self, now: Timestamp) -> Result<usize, StoreError> {
        let worker = self.worker();
        self.write(move |tx| free_leases(tx, &worker, now)).await
    }

    /// Frees the lease of a visit that did not end properly. Does nothing if the lease was lost meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn release(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write_own(move |tx| release(tx, &lease, now)).await
    }

    /// Ends a visit: frees the lease and plans the next visit.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn end_visit(&self, lease: &Lease, end: VisitEnd, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write_own(move |tx| end_visit(tx, &lease, &end, now)).await
    }
}

fn register(tx: &Transaction<'_>, portals: &[Registration], now: Timestamp) -> Result<(), StoreError> {
    if tx.is_shared() {
        return register_together(tx, portals, now);
    }
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

/// Registers all portals at once, where each statement is a round trip. Rows that are as they should be are not written.
fn register_together(tx: &Transaction<'_>, portals: &[Registration], now: Timestamp) -> Result<(), StoreError> {
    let pairs: Vec<[&str; 2]> = portals.iter().map(|one| [one.portal.as_str(), one.group.as_str()]).collect();
    let pairs = to_json(&pairs)?;
    tx.execute(
        "INSERT INTO groups (name) SELECT DISTINCT pair ->> 1 FROM json_array_elements(CAST(?1 AS TEXT)::JSON) pair
         ON CONFLICT DO NOTHING",
        [&pairs],
    )?;
    tx.execute(
        "INSERT INTO portals (id, group_name, next_due)
         SELECT pair ->> 0, pair ->> 1, ?2 FROM json_array_elements(CAST(?1 AS TEXT)::JSON) pair
         ON CONFLICT (id) DO UPDATE SET group_name = excluded.group_name WHERE portals.group_name <> excluded.group_name",
        params![pairs, millis(now)],
    )?;
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
    worker: &str,
) -> Result<Option<Lease>, StoreError> {
    let found = if tx.is_shared() { first_free(tx, among, now)? } else { first_due(tx, among, now)? };
    let Some(found) = found else { return Ok(None) };
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
    hold(tx, &claimed, worker)?;
    Ok(Some(claimed))
}

/// Gives a new lease its portal and its group, until it expires.
pub(super) fn hold(tx: &Transaction<'_>, lease: &Lease, worker: &str) -> Result<(), StoreError> {
    let until = millis(lease.until);
    if tx.is_shared() {
        tx.execute(
            "UPDATE portals SET fence = fence + 1, lease_until = ?2, worker = ?3, leased_at = ?4 WHERE id = ?1",
            params![lease.portal.as_str(), until, worker, millis(lease.began)],
        )?;
    } else {
        tx.execute(
            "UPDATE portals SET fence = fence + 1, lease_until = ?2 WHERE id = ?1",
            params![lease.portal.as_str(), until],
        )?;
    }
    tx.execute("UPDATE groups SET lease_until = ?2 WHERE name = ?1", params![lease.group.as_str(), until])?;
    Ok(())
}

/// Frees the portal and the group of a lease that is held, and notes its last request.
pub(super) fn free(tx: &Transaction<'_>, lease: &Lease, last_request: Option<Timestamp>) -> Result<(), StoreError> {
    let freed = Sql {
        sqlite: "UPDATE portals SET lease_until = 0 WHERE id = ?1",
        postgres: "UPDATE portals SET lease_until = 0, worker = NULL, leased_at = NULL WHERE id = ?1",
    };
    tx.execute(freed.of(tx), [lease.portal.as_str()])?;
    tx.execute(
        "UPDATE groups SET lease_until = 0, last_request = coalesce(?2, last_request) WHERE name = ?1",
        params![lease.group.as_str(), last_request.map(millis)],
    )?;
    Ok(())
}

/// The columns of a [`Candidate`].
const COLUMNS: &str = "p.id, p.group_name, p.fence, p.visits, p.failures, p.continued, g.last_request, p.next_due";

fn candidate(row: &Row<'_>) -> SqlResult<Candidate> {
    Ok(Candidate {
        portal: row.get(0)?,
        group: row.get(1)?,
        fence: row.get(2)?,
        visits: row.get(3)?,
        failures: row.get(4)?,
        continued: row.get(5)?,
        last_request: row.get(6)?,
        due: row.get(7)?,
    })
}

/// Like [`first_due`], where others claim at the same time. The portal and its group are locked; what another one has locked is passed over.
fn first_free(tx: &Transaction<'_>, among: &PortalFilter, now: Timestamp) -> Result<Option<Candidate>, StoreError> {
    // Few portals are named, many are told from the others.
    let is_short = among.chosen.len() <= FEW;
    let chosen = if is_short { to_json(&*among.chosen)? } else { String::new() };
    loop {
        let (wanted, ids) =
            if is_short { ("p.id IN", chosen.clone()) } else { ("p.id NOT IN", to_json(&*among.others())?) };
        let mut statement = tx.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM portals p JOIN groups g ON g.name = p.group_name
             WHERE p.next_due <= ?1 AND p.lease_until <= ?1 AND g.lease_until <= ?1 AND {wanted} (SELECT value FROM json_each(?2))
             ORDER BY p.next_due, p.id LIMIT 1 FOR UPDATE OF p, g SKIP LOCKED"
        ))?;
        let found = statement.query_row(params![millis(now), ids], candidate).optional()?;
        match found {
            Some(other) if !among.contains(&other.portal) => among.others().push(other.portal),
            found => return Ok(found),
        }
    }
}

/// Up to so many portals are named in a claim.
const FEW: usize = 256;

/// Returns the portal that has been due longest among those that are free, with a free group. It is found by the index of due portals, so the number
/// of other portals does not matter.
fn first_due(tx: &Transaction<'_>, among: &PortalFilter, now: Timestamp) -> Result<Option<Candidate>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM portals p INDEXED BY portals_due JOIN groups g ON g.name = p.group_name
         WHERE p.next_due <= ?1 AND p.lease_until <= ?1 AND g.lease_until <= ?1 ORDER BY p.next_due, p.id"
    ))?;
    let mut rows = statement.query([millis(now)])?;
    while let Some(row) = rows.next()? {
        if among.contains(row.get_ref(0)?.as_str().unwrap_or_default()) {
            return Ok(Some(candidate(&row)?));
        }
    }
    Ok(None)
}

const IN_ORDER: Sql = Sql {
    sqlite: "SELECT p.id, p.next_due, max(p.next_due, p.lease_until, g.lease_until)
         FROM portals p INDEXED BY portals_due JOIN groups g ON g.name = p.group_name ORDER BY p.next_due LIMIT ?1",
    postgres: "SELECT p.id, p.next_due, greatest(p.next_due, p.lease_until, g.lease_until)
         FROM portals p JOIN groups g ON g.name = p.group_name ORDER BY p.next_due LIMIT ?1",
};

fn next_due(tx: &Transaction<'_>, among: &PortalFilter) -> Result<Option<Timestamp>, StoreError> {
    // Mostly the first portals tell, which come in one answer.
    if tx.is_shared()
        && let (next, true) = next_of(tx, among, FIRST)?
    {
        return Ok(next.map(moment));
    }
    Ok(next_of(tx, among, i64::MAX)?.0.map(moment))
}

/// Portals that are looked at first for the next one.
const FIRST: i64 = 64;

/// Returns the next moment by so many portals, and whether the others cannot change it.
fn next_of(tx: &Transaction<'_>, among: &PortalFilter, limit: i64) -> Result<(Option<i64>, bool), StoreError> {
    let mut statement = tx.prepare_cached(IN_ORDER.of(tx))?;
    let mut rows = if limit == FIRST { statement.query([limit])? } else { statement.stream([limit])? };
    let mut next: Option<i64> = None;
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        // A portal that is due later cannot be claimed earlier.
        if next.is_some_and(|next| next <= row.get(1).unwrap_or(i64::MIN)) {
            return Ok((next, true));
        }
        seen += 1;
        if among.contains(row.get_ref(0)?.as_str().unwrap_or_default()) {
            let claimable = row.get(2)?;
            next = Some(next.map_or(claimable, |next| next.min(claimable)));
        }
    }
    Ok((next, seen < limit))
}

fn free_leases(tx: &Transaction<'_>, worker: &str, now: Timestamp) -> Result<usize, StoreError> {
    if tx.is_shared() {
        // Others may ask the hosts next, which have been asked until now for all that is known.
        tx.execute(
            "UPDATE groups SET lease_until = 0, last_request = ?2 WHERE lease_until > 0
                 AND name IN (SELECT group_name FROM portals WHERE worker = ?1 AND lease_until > 0)",
            params![worker, millis(now)],
        )?;
        return Ok(tx.execute(
            "UPDATE portals SET lease_until = 0, worker = NULL, leased_at = NULL WHERE worker = ?1 AND lease_until > 0",
            [worker],
        )?);
    }
    tx.execute("UPDATE groups SET lease_until = 0 WHERE lease_until > 0", [])?;
    Ok(tx.execute("UPDATE portals SET lease_until = 0 WHERE lease_until > 0", [])?)
}

/// Frees a lease whose visit did not end properly. The portal remains due.
fn release(tx: &Transaction<'_>, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
    let freed = Sql {
        sqlite: "UPDATE portals SET lease_until = 0 WHERE id = ?1 AND fence = ?2 AND lease_until > 0",
        postgres: "UPDATE portals SET lease_until = 0, worker = NULL, leased_at = NULL
             WHERE id = ?1 AND fence = ?2 AND lease_until > 0",
    };
    let freed = tx.execute(freed.of(tx), params![lease.portal.as_str(), lease.fence])?;
    if freed > 0 {
        // The next visit may be another worker's, which does not know when this one sent its last request.
        tx.execute(
            "UPDATE groups SET lease_until = 0, last_request = ?2 WHERE name = ?1",
            params![lease.group.as_str(), millis(now)],
        )?;
    }
    Ok(())
}

/// Refuses writes under a lease that has expired or belongs to another visit.
pub(super) fn check(tx: &Transaction<'_>, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
    // Nobody claims a portal that is locked.
    let held = Sql {
        sqlite: "SELECT 1 FROM portals WHERE id = ?1 AND fence = ?2 AND lease_until > ?3",
        postgres: "SELECT 1 FROM portals WHERE id = ?1 AND fence = ?2 AND lease_until > ?3 FOR NO KEY UPDATE",
    };
    let held = tx.prepare_cached(held.of(tx))?.exists(params![lease.portal.as_str(), lease.fence, millis(now)])?;
    if held { Ok(()) } else { Err(StoreError::LeaseLost(lease.portal.clone())) }
}

fn end_visit(tx: &Transaction<'_>, lease: &Lease, end: &VisitEnd, now: Timestamp) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    let error = end.failure.as_ref().map(|failure| failure.message.as_str());
    tx.execute(
        "UPDATE portals SET next_due = ?2, visits = visits + 1, continued = ?3, last_visit = ?4,
             failures = CASE WHEN ?6 THEN failures WHEN CAST(?5 AS TEXT) IS NULL THEN 0 ELSE failures + 1 END,
             last_success = CASE WHEN CAST(?5 AS TEXT) IS NULL AND NOT ?6 THEN CAST(?4 AS BIGINT) ELSE last_success END,
             last_error = CASE WHEN ?6 THEN last_error ELSE ?5 END
         WHERE id = ?1",
        params![lease.portal.as_str(), millis(end.next_due), end.unfinished, millis(now), error, end.idle],
    )?;
    free(tx, lease, end.last_request)
}
