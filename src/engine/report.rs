//! Summaries of visits, for the log and for a one-shot's report.

use crate::model::portal::PortalId;
use crate::text::count::counted;
use crate::visit::Summary;

/// The result of an engine's run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The summaries by portal, each added up over its visits; empty for a service.
    pub portals: std::collections::BTreeMap<PortalId, Summary>,
    /// Records delivered to the sink.
    pub delivered: u64,
    /// Whether it was shut down before it was done.
    pub interrupted: bool,
}

pub(super) fn log(portal: &PortalId, summary: &Summary) {
    tracing::info!(
        %portal,
        requests = summary.requests,
        new = summary.new,
        revisions = summary.revisions,
        unchanged = summary.unchanged,
        withdrawn = summary.withdrawn,
        rejected = summary.rejected,
        blocked = summary.blocked,
        failures = summary.failures.len(),
        "visit of {portal} ended: {} new, {}, {}",
        summary.new,
        counted(summary.revisions, "revision"),
        counted(summary.failures.len(), "failure")
    );
}

/// Adds a visit to a one-shot's report. A service has no report, since it would grow for years.
pub(super) fn add(total: &mut Summary, summary: &Summary) {
    total.requests += summary.requests;
    total.sources_read += summary.sources_read;
    total.sources_unchanged += summary.sources_unchanged;
    total.links_new += summary.links_new;
    total.new += summary.new;
    total.revisions += summary.revisions;
    total.duplicates += summary.duplicates;
    total.unchanged += summary.unchanged;
    total.withdrawn += summary.withdrawn;
    total.rejected += summary.rejected;
    total.blocked += summary.blocked;
    total.failures.extend(summary.failures.iter().cloned());
    total.failed.clone_from(&summary.failed);
    total.unfinished = summary.unfinished;
}
