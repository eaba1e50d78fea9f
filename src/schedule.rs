//! When to look again: of a portal, of a link, of an article. Pure; jitter is a hash.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::failure::Failure;
use crate::model::portal::PortalId;

/// The next visit of a portal after a visit that ended at `now`: `every`, less or more up to a tenth by hash of (portal, visit).
pub fn next_visit(_portal: &PortalId, _every: Duration, _visits: u64, _now: Timestamp) -> Timestamp {
    todo!()
}

/// When a failed thing is tried again: 1 min doubling to 1 day (transient), 7 days (permanent, bug), by hash jitter, never before Retry-After.
pub fn retry_at(_key: &str, _failure: &Failure, _attempts: u32, _now: Timestamp) -> Timestamp {
    todo!()
}

/// When an article is looked at again for a revision: by its age since first seen: 1 h(?), 1 day, 7 days, 30 days, then never. See `[revisit]`.
pub fn revisit_at(_first_seen: Timestamp, _visits_done: u32, _ladder: &[Duration]) -> Option<Timestamp> {
    todo!()
}
