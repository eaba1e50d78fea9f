//! Portals: registered, claimed, visited, planned.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Transaction;
use rusqlite::params;

use crate::model::portal::GroupId;
use crate::model::portal::PortalId;
use crate::store::Among;
use crate::store::Lease;
use crate::store::Registration;
use crate::store::StoreError;
use crate::store::VisitEnd;
use crate::store::sqlite::millis;
use crate::store::sqlite::moment;
use crate::store::sqlite::name;

pub(super) fn register(tx: &Transaction<'_>, portals: &[Registration], now: Timestamp) -> Result<(), StoreError> {
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

pub(super) fn make_due(tx: &Transaction<'_>, portals: &[PortalId], now: Timestamp) -> Result<(), StoreError> {
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

pub(super) fn claim(
    tx: &Transaction<'_>,
    among: &Among,
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
    let Candidate { portal, group, .. } = found;
    tx.execute("UPDATE portals SET fence = fence + 1, lease_until = ?2 WHERE id = ?1", params![portal, millis(until)])?;
    tx.execute("UPDATE groups SET lease_until = ?2 WHERE name = ?1", params![group, millis(until)])?;
    Ok(Some(claimed))
}

/// The portal that has been due for longest and is free, as its group is. Found by the index of what is due: that others are many costs nothing.
fn first_due(tx: &Transaction<'_>, among: &Among, now: Timestamp) -> Result<Option<Candidate>, StoreError> {
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

pub(super) fn next_due(tx: &Transaction<'_>, among: &Among) -> Result<Option<Timestamp>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT p.id, p.next_due, max(p.next_due, p.lease_until, g.lease_until)
         FROM portals p INDEXED BY portals_due JOIN groups g ON g.name = p.group_name ORDER BY p.next_due",
    )?;
    let mut rows = statement.query([])?;
    let mut next: Option<i64> = None;
    while let Some(row) = rows.next()? {
        // Who is due later cannot be claimed earlier.
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

pub(super) fn free_leases(tx: &Transaction<'_>) -> Result<usize, StoreError> {
    tx.execute("UPDATE groups SET lease_until = 0 WHERE lease_until > 0", [])?;
    Ok(tx.execute("UPDATE portals SET lease_until = 0 WHERE lease_until > 0", [])?)
}

/// Frees a lease whose visit ended without a word; the portal stays due as it was.
pub(super) fn release(tx: &Transaction<'_>, lease: &Lease) -> Result<(), StoreError> {
    let freed = tx.execute(
        "UPDATE portals SET lease_until = 0 WHERE id = ?1 AND fence = ?2 AND lease_until > 0",
        params![lease.portal.as_str(), lease.fence],
    )?;
    if freed > 0 {
        tx.execute("UPDATE groups SET lease_until = 0 WHERE name = ?1", [lease.group.as_str()])?;
    }
    Ok(())
}

/// Refuses what is done under a lease that has run out or was given to another.
pub(super) fn check(tx: &Transaction<'_>, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
    let held: bool = tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM portals WHERE id = ?1 AND fence = ?2 AND lease_until > ?3)")?
        .query_row(params![lease.portal.as_str(), lease.fence, millis(now)], |row| row.get(0))?;
    if held { Ok(()) } else { Err(StoreError::LeaseLost(lease.portal.clone())) }
}

pub(super) fn end_visit(tx: &Transaction<'_>, lease: &Lease, end: &VisitEnd, now: Timestamp) -> Result<(), StoreError> {
    check(tx, lease, now)?;
    let error = end.failure.as_ref().map(|failure| failure.message.as_str());
    tx.execute(
        "UPDATE portals SET next_due = ?2, lease_until = 0, visits = visits + 1, continued = ?3, last_visit = ?4,
             failures = CASE WHEN ?6 THEN failures WHEN ?5 IS NULL THEN 0 ELSE failures + 1 END,
             last_success = CASE WHEN ?5 IS NULL AND NOT ?6 THEN ?4 ELSE last_success END,
             last_error = CASE WHEN ?6 THEN last_error ELSE ?5 END
         WHERE id = ?1",
        params![lease.portal.as_str(), millis(end.next_due), end.unfinished, millis(now), error, end.idle],
    )?;
    tx.execute(
        "UPDATE groups SET lease_until = 0, last_request = coalesce(?2, last_request) WHERE name = ?1",
        params![lease.group.as_str(), end.last_request.map(millis)],
    )?;
    Ok(())
}
