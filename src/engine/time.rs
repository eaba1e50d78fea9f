//! How long visits and their leases last.

use std::time::Duration;

use crate::config::Config;
use crate::config::Portal;
use crate::visit;

/// How much longer a lease lasts than its visit, its last request and the reading of its last page. robots.txt may require a minute between requests,
/// and the store may need some seconds.
const LEASE_SLACK: Duration = Duration::from_mins(2);

/// Number of stages that may follow a visit's last request: reading the page, and reading its stored copy.
const LAST_STAGES: u32 = 2;

/// Minimum number of articles for which a visit has time at the portal's delay, whatever `visit_time` says, so that a slow portal makes progress,
/// too.
const ARTICLES_AT_LEAST: u32 = 10;

/// Returns a visit's time: the configured one, or longer if the pages of the portal's lists and some articles need more at its delay. A backfill has
/// no limit, since its walk would start again in the next visit.
pub(super) fn visit_time(config: &Config, portal: &Portal, backfill: Option<u32>) -> Duration {
    let pages = portal.sources.iter().map(|source| backfill.unwrap_or(source.max_pages));
    let pages = pages.fold(0, u32::saturating_add);
    let for_exchange = backfill.map_or(Duration::ZERO, |_| config.fetch.total_timeout);
    let lists = portal.delay.saturating_add(for_exchange).saturating_mul(pages);
    let articles = portal.delay.saturating_mul(ARTICLES_AT_LEAST);
    config.engine.visit_time.max(lists.saturating_add(articles))
}

/// Returns a lease's time: the longest visit of any portal plus its last request, which may begin just before the visit's end.
pub(super) fn lease_time(config: &Config, backfill: Option<u32>) -> Duration {
    let portals = || config.portals.iter();
    let visit = portals().map(|portal| visit_time(config, portal, backfill)).max().unwrap_or(config.engine.visit_time);
    let delay = portals().map(|portal| portal.delay).max().unwrap_or_default();
    let last_page = config.fetch.total_timeout.saturating_add(visit::STAGE_TIME.saturating_mul(LAST_STAGES));
    visit.saturating_add(delay).saturating_add(last_page).saturating_add(LEASE_SLACK)
}
