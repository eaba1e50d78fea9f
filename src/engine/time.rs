//! How long visits and their leases last.

use std::time::Duration;

use crate::config::Config;
use crate::config::Portal;
use crate::visit;

/// How much longer than its visit's time, its last request and the reading of its last page a lease lasts: a robots.txt may ask for a minute between
/// requests, and the store for some seconds.
const LEASE_SLACK: Duration = Duration::from_mins(2);

/// Stages that may follow a visit's last request: the page is read, and the one that was kept of it.
const LAST_STAGES: u32 = 2;

/// Articles for which a portal's delay leaves time in a visit at least, whatever `visit_time` says: a slow portal must get on, too.
const ARTICLES_AT_LEAST: u32 = 10;

/// A visit's time: as configured, but long enough for the pages of the portal's lists and some articles at its delay. A backfill is not
/// cut short: its walk would begin anew in the next visit.
pub(super) fn visit_time(config: &Config, portal: &Portal, backfill: Option<u32>) -> Duration {
    let pages = portal.sources.iter().map(|source| backfill.unwrap_or(source.max_pages));
    let pages = pages.fold(0, u32::saturating_add);
    let for_exchange = backfill.map_or(Duration::ZERO, |_| config.fetch.total_timeout);
    let lists = portal.delay.saturating_add(for_exchange).saturating_mul(pages);
    let articles = portal.delay.saturating_mul(ARTICLES_AT_LEAST);
    config.engine.visit_time.max(lists.saturating_add(articles))
}

/// A lease's time: that of the longest visit of any portal, and of its last request, which begins just before the visit's end.
pub(super) fn lease_time(config: &Config, backfill: Option<u32>) -> Duration {
    let portals = || config.portals.iter();
    let visit = portals().map(|portal| visit_time(config, portal, backfill)).max().unwrap_or(config.engine.visit_time);
    let delay = portals().map(|portal| portal.delay).max().unwrap_or_default();
    let last_page = config.fetch.total_timeout.saturating_add(visit::STAGE_TIME.saturating_mul(LAST_STAGES));
    visit.saturating_add(delay).saturating_add(last_page).saturating_add(LEASE_SLACK)
}
