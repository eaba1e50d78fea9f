//! Which portals could be read, by what the store knows of their visits. The reader's coverage page and the digests follow this one rule.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::config::Config;
use crate::config::Portal;
use crate::model::alarm::Alarm;
use crate::model::alarm::AlarmKind;
use crate::store::PortalStatus;
use crate::store::Store;
use crate::store::StoreError;
use crate::watch::Watch;
use crate::watch::coverage::Coverage;
use crate::watch::coverage::Reading;
use crate::watch::coverage::Trouble;
use crate::watch::coverage::Unread;

/// Time without a visit, beside the portal's own rhythm, from which on a portal counts as not read, whatever the reason.
const OVERDUE: SignedDuration = SignedDuration::from_hours(24);

/// How the visits of all portals went.
#[derive(Debug, Default)]
pub struct Visits {
    status: Vec<PortalStatus>,
    alarms: Vec<Alarm>,
}

impl Visits {
    /// Looks at the store.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn of(store: &Store) -> Result<Visits, StoreError> {
        Ok(Visits { status: store.status().await?, alarms: store.open_alarms().await? })
    }

    /// What could be read of the portals that some watches ask for.
    pub fn coverage(&self, config: &Config, watches: &[&Watch], now: Timestamp) -> Coverage {
        let mut coverage = Coverage::default();
        for portal in config.enabled().filter(|portal| watches.iter().any(|watch| asks_for(watch, portal))) {
            coverage.portals += 1;
            let state = self.status.iter().find(|state| state.portal == portal.outlet.portal);
            let unread = |trouble, last_read| Unread { name: portal.outlet.name.clone(), trouble, last_read };
            match reading(portal, state, &self.alarms, now) {
                Reading::Whole => {}
                Reading::Part(trouble) => coverage.partly.push(unread(trouble, None)),
                Reading::None(trouble) => {
                    coverage.unread.push(unread(trouble, state.and_then(|state| state.last_success)));
                }
            }
        }
        coverage
    }
}

fn asks_for(watch: &Watch, portal: &Portal) -> bool {
    let outlet = &portal.outlet;
    let by_province = outlet.province.as_ref().is_some_and(|province| watch.provinces.contains(province));
    (watch.portals.is_empty() || watch.portals.contains(&outlet.portal)) && (watch.provinces.is_empty() || by_province)
}

/// How far a portal could be read at its last visit.
pub fn reading(portal: &Portal, state: Option<&PortalStatus>, alarms: &[Alarm], now: Timestamp) -> Reading {
    let Some(state) = state else { return Reading::None(Trouble::NotVisited) };
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
    // Its lists may be read, but none of its articles: such an alarm is the whole portal's.
    let is_closed = |alarm: &Alarm| {
        let key = &alarm.key;
        key.kind == AlarmKind::ClosedByRobots && key.subject.is_empty() && key.portal.as_ref() == Some(&state.portal)
    };
    if alarms.iter().any(is_closed) {
        return Reading::None(Trouble::Closed);
    }
    let rhythm = SignedDuration::try_from(portal.every_max).unwrap_or(SignedDuration::MAX);
    match state.last_success {
        Some(read) if now.duration_since(read) <= OVERDUE.saturating_add(rhythm) => Reading::Whole,
        _ => Reading::None(Trouble::NotVisited),
    }
}
