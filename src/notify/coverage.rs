//! Which portals could be read, by what the store knows of their visits. The reader's coverage page and the digests follow this one rule.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::alarms::drift::WatchedField;
use crate::config::Config;
use crate::config::Portal;
use crate::model::alarm::Alarm;
use crate::model::alarm::AlarmKind;
use crate::schedule;
use crate::store::PortalStatus;
use crate::store::SourceState;
use crate::store::Store;
use crate::store::StoreError;
use crate::watch::Watch;
use crate::watch::coverage::Coverage;
use crate::watch::coverage::Reading;
use crate::watch::coverage::Trouble;
use crate::watch::coverage::Unread;

/// Time after a planned visit from which on a portal counts as not read, whatever the reason: the service did not run, or does not come to it.
const OVERDUE: SignedDuration = SignedDuration::from_hours(6);

/// Number of the newest articles that could not be read, with none read since, from which on a portal counts as not read.
const MANY_ARTICLES: u64 = 3;

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
    let alarms: Vec<&Alarm> = alarms.iter().filter(|alarm| alarm.key.portal.as_ref() == Some(&state.portal)).collect();
    let last_error = || state.last_error.as_deref().map_or(Trouble::Other, Trouble::of_message);
    let of_visits = (state.failures > 0).then(last_error);
    let sources = portal.sources.iter().map(|source| {
        let known = state.sources.iter().find(|(id, _)| *id == source.id);
        match trouble_of_source(portal, source.id.as_str(), known.map(|(_, known)| known), &alarms, now) {
            // The visits do not come to it because they fail.
            Some(Trouble::NotVisited) => of_visits.or(Some(Trouble::NotVisited)),
            trouble => trouble,
        }
    });
    let sources: Vec<Option<Trouble>> = sources.collect();
    let failing = sources.iter().flatten().next().copied();
    if let Some(trouble) = failing.filter(|_| sources.iter().any(Option::is_none)) {
        return Reading::Part(trouble);
    }
    let overdue = (now > after(state.next_due, OVERDUE)).then_some(Trouble::NotVisited);
    match (failing.or(of_visits).or(overdue), of_articles(state, &alarms)) {
        // Why its articles were not read says more.
        (Some(Trouble::NotVisited), Reading::None(trouble)) | (Some(trouble), _) => Reading::None(trouble),
        (None, articles) => articles,
    }
}

/// What is wrong with a source whose state is known.
fn trouble_of_source(
    portal: &Portal,
    source: &str,
    state: Option<&SourceState>,
    alarms: &[&Alarm],
    now: Timestamp,
) -> Option<Trouble> {
    let Some(state) = state else { return Some(Trouble::NotVisited) };
    if state.failures > 0 || state.gone_since.is_some() {
        return Some(state.last_error.as_deref().map_or(Trouble::Other, Trouble::of_message));
    }
    let is_failing = |alarm: &&&Alarm| alarm.key.kind == AlarmKind::SourceFailing && alarm.key.subject == source;
    if let Some(alarm) = alarms.iter().find(is_failing) {
        return Some(Trouble::of_message(&alarm.message));
    }
    let every = SignedDuration::try_from(portal.every).unwrap_or(SignedDuration::MAX);
    let every_max = SignedDuration::try_from(portal.every_max).unwrap_or(SignedDuration::MAX);
    let Some(read) = state.last_success else { return Some(Trouble::NotVisited) };
    // It is read by the first visit after this moment.
    let planned = schedule::out_of_skips(after(read, every).max(state.not_before.unwrap_or(read)), state.pace);
    let planned = schedule::out_of_quiet(&portal.outlet.portal, &portal.quiet, planned);
    (now > after(planned, every_max.saturating_add(OVERDUE))).then_some(Trouble::NotVisited)
}

/// How far the articles could be read of a portal whose lists were read.
fn of_articles(state: &PortalStatus, alarms: &[&Alarm]) -> Reading {
    let has = |kind: AlarmKind, subject: &str| {
        alarms.iter().any(|alarm| alarm.key.kind == kind && alarm.key.subject == subject)
    };
    if has(AlarmKind::ClosedByRobots, "") {
        return Reading::None(Trouble::Closed);
    }
    if let Some(unread) = &state.unread {
        let trouble = match unread.outcome.as_str() {
            "blocked" => Trouble::Blocked,
            "disallowed" => Trouble::Closed,
            _ => Trouble::of_message(&unread.reason),
        };
        // A few may be forbidden because they are views for print.
        match (unread.count >= MANY_ARTICLES, trouble) {
            (true, _) => return Reading::None(trouble),
            (false, Trouble::Closed) => {}
            (false, _) => return Reading::Part(trouble),
        }
    }
    let body = WatchedField::Body.name();
    let is_changed = [(AlarmKind::PagesRejected, ""), (AlarmKind::FieldLost, body), (AlarmKind::BodyShrunk, "")]
        .iter()
        .any(|(kind, subject)| has(*kind, subject));
    if is_changed { Reading::Part(Trouble::Changed) } else { Reading::Whole }
}

fn after(moment: Timestamp, time: SignedDuration) -> Timestamp {
    moment.saturating_add(time).unwrap_or(Timestamp::MAX)
}
