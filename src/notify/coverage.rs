//! Which of the portals that watches ask for could be read, by what the store knows of their visits.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::config::Config;
use crate::config::Portal;
use crate::store::PortalStatus;
use crate::watch::Watch;
use crate::watch::coverage::Coverage;
use crate::watch::coverage::Trouble;
use crate::watch::coverage::Unread;

/// Time without a visit, beside the portal's own rhythm, from which on a portal counts as not read, whatever the reason.
const OVERDUE: SignedDuration = SignedDuration::from_hours(24);

/// What could be read of the portals that some watches ask for.
pub fn coverage(config: &Config, status: &[PortalStatus], watches: &[&Watch], now: Timestamp) -> Coverage {
    let mut coverage = Coverage::default();
    for portal in config.enabled().filter(|portal| watches.iter().any(|watch| asks_for(watch, portal))) {
        coverage.portals += 1;
        let state = status.iter().find(|state| state.portal == portal.outlet.portal);
        let unread = |trouble, last_read| Unread { name: portal.outlet.name.clone(), trouble, last_read };
        match state {
            None => coverage.unread.push(unread(Trouble::NotVisited, None)),
            Some(state) => match of_portal(portal, state, now) {
                Reading::Whole => {}
                Reading::Part(trouble) => coverage.partly.push(unread(trouble, None)),
                Reading::None(trouble) => coverage.unread.push(unread(trouble, state.last_success)),
            },
        }
    }
    coverage
}

fn asks_for(watch: &Watch, portal: &Portal) -> bool {
    let outlet = &portal.outlet;
    let by_province = outlet.province.as_ref().is_some_and(|province| watch.provinces.contains(province));
    (watch.portals.is_empty() || watch.portals.contains(&outlet.portal)) && (watch.provinces.is_empty() || by_province)
}

/// How far a portal could be read.
enum Reading {
    Whole,
    Part(Trouble),
    None(Trouble),
}

fn of_portal(portal: &Portal, state: &PortalStatus, now: Timestamp) -> Reading {
    let known = |id: &crate::model::portal::SourceId| portal.sources.iter().any(|source| source.id == *id);
    let sources: Vec<_> = state.sources.iter().filter(|(id, _)| known(id)).map(|(_, source)| source).collect();
    let failing: Vec<_> = sources.iter().filter(|source| source.failures > 0 || source.gone_since.is_some()).collect();
    let message = failing.iter().find_map(|source| source.last_error.as_deref()).or(state.last_error.as_deref());
    let trouble = message.map_or(Trouble::Other, Trouble::of_message);
    if !failing.is_empty() && failing.len() < sources.len() {
        return Reading::Part(trouble);
    }
    if state.failures > 0 || !failing.is_empty() {
        return Reading::None(trouble);
    }
    let rhythm = SignedDuration::try_from(portal.every_max).unwrap_or(SignedDuration::MAX);
    match state.last_success {
        Some(read) if now.duration_since(read) <= OVERDUE.saturating_add(rhythm) => Reading::Whole,
        _ => Reading::None(Trouble::NotVisited),
    }
}
