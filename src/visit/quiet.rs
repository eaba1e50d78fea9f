//! A portal's quiet hours and its visit interval.

use std::time::Duration;

use jiff::Timestamp;

use crate::config::Portal;
use crate::schedule;
use crate::store::Lease;
use crate::store::StoreError;
use crate::store::VisitEnd;
use crate::visit::Summary;
use crate::visit::VisitContext;
use crate::visit::VisitOptions;

/// Ends a visit before its first request if it falls into the portal's quiet hours, for example after a restart.
pub(super) async fn put_off(
    context: &VisitContext,
    portal: &Portal,
    lease: &Lease,
    options: &VisitOptions,
) -> Result<Option<Summary>, StoreError> {
    let now = context.clock.now();
    let next_due = schedule::out_of_quiet(&portal.outlet.portal, &portal.quiet, now);
    if options.by_hand || next_due == now {
        return Ok(None);
    }
    let (last_request, unfinished) = (lease.last_request, lease.continued);
    let end = VisitEnd { next_due, last_request, failure: None, unfinished, idle: true };
    context.store.end_visit(lease, end, now).await?;
    Ok(Some(Summary::default()))
}

/// Returns the options of a visit that ends before the quiet hours.
pub(super) fn ended_before(portal: &Portal, mut options: VisitOptions, now: Timestamp) -> VisitOptions {
    if let Some(begins) = portal.quiet.begins(now).filter(|_| !options.by_hand) {
        options.deadline = options.deadline.min(begins);
    }
    options
}

/// Returns the time until the next visit.
pub(super) async fn every(context: &VisitContext, portal: &Portal) -> Result<Duration, StoreError> {
    if portal.every_max <= portal.every {
        return Ok(portal.every);
    }
    let habit = context.store.habit(&portal.outlet.portal).await?;
    Ok(habit.map_or(portal.every, |habit| habit.interval(portal.every, portal.every_max, context.clock.now())))
}
