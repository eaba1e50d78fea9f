//! What a visit observed about its portal, and the resulting alarms.

use crate::alarms;
use crate::alarms::PortalObservations;
use crate::alarms::drift::Observation;
use crate::config::Config;
use crate::model::alarm::Alarm;
use crate::model::alarm::AlarmKind;
use crate::model::alarm::Reason;
use crate::model::outcome::Rejection;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::reading::NoRecord;
use crate::store::ObservedFailure;
use crate::store::StoreError;
use crate::visit::Event;
use crate::visit::Visit;
use crate::visit::VisitContext;

impl Visit<'_> {
    /// Records which fields were found on a page, and by which rule. Obstacles say nothing about the rules.
    pub(super) fn observe(&mut self, read: &Result<Record, NoRecord>, page: Option<&RawRef>) {
        let at = self.context.clock.now();
        let observation = match read {
            Ok(record) => Some(of_record(record, at, page)),
            Err(NoRecord::Rejected(Rejection::NoTitle | Rejection::NoContent | Rejection::NotAnArticle(_))) => {
                let rejected = read.as_ref().err().map(ToString::to_string);
                Some(Observation { rejected, page: page.cloned(), ..nothing(at) })
            }
            Err(_) => None,
        };
        self.seen.pages.extend(observation);
    }

    /// Records that a source failed. `kind` is given if the failure alone raises an alarm.
    pub(super) fn note_failure(&mut self, source: &str, message: &str, kind: Option<AlarmKind>, page: Option<RawRef>) {
        let (source, message) = (source.to_owned(), message.to_owned());
        self.seen.failed.push(ObservedFailure { source, message, kind, evidence: page });
    }

    /// Records that a source, or the whole portal (an empty name), did not fail.
    pub(super) fn note_well(&mut self, source: &str) {
        self.seen.well.push(source.to_owned());
    }

    /// Raises alarms that now have a reason and clears those that no longer have one.
    pub(super) async fn watch(&mut self) -> Result<(), StoreError> {
        let portal = &self.portal.outlet.portal;
        let now = self.context.clock.now();
        let seen = std::mem::take(&mut self.seen);
        let watched = self.context.store.observe(portal, seen, now).await?;
        let reasons = alarms::reasons(portal, &watched, &self.config.alarms, now);
        for (key, _) in watched.open.iter().filter(|(key, _)| !reasons.iter().any(|reason| reason.key == *key)) {
            if let Some(alarm) = self.context.store.clear(key.clone(), now).await? {
                tell_over(self.context, alarm);
            }
        }
        raise(self.context, &watched, reasons).await
    }
}

/// Raises the alarms that depend only on time: long failures, whatever their next attempt, and long silence.
///
/// # Errors
/// [`StoreError`] if the store is lost.
pub async fn watch_by_time(context: &VisitContext, config: &Config, portals: &[PortalId]) -> Result<(), StoreError> {
    let now = context.clock.now();
    for (portal, watched) in context.store.observed_by_time(portals).await? {
        let reasons = alarms::timed_reasons(&portal, &watched, &config.alarms, now);
        raise(context, &watched, reasons).await?;
    }
    Ok(())
}

async fn raise(context: &VisitContext, watched: &PortalObservations, reasons: Vec<Reason>) -> Result<(), StoreError> {
    for reason in reasons.into_iter().filter(|reason| !watched.is_open(&reason.key)) {
        let reason = with_evidence(context, reason).await;
        if let Some(alarm) = context.store.raise(reason, context.clock.now()).await? {
            tell_raised(context, alarm);
        }
    }
    Ok(())
}

/// Adds the page that shows the reason, which is kept for as long as an operator may need it. Without it, the alarm still has its message.
async fn with_evidence(context: &VisitContext, mut reason: Reason) -> Reason {
    let Some(place) = reason.evidence.take() else { return reason };
    if let Ok(Some(page)) = context.pages.read(&place).await {
        reason.evidence = context.pages.keep(&page).await.ok();
    }
    reason
}

/// Logs a raised alarm and reports it.
pub fn tell_raised(context: &VisitContext, alarm: Alarm) {
    let (kind, portal) = (alarm.key.kind.name(), alarm.key.portal.as_ref().map(ToString::to_string));
    tracing::error!(alarm = kind, portal, subject = alarm.key.subject, "alarm {kind}: {}", alarm.message);
    (context.reporter)(Event::Alarm(alarm));
}

/// Logs a cleared alarm and reports it.
pub fn tell_over(context: &VisitContext, alarm: Alarm) {
    let (kind, portal) = (alarm.key.kind.name(), alarm.key.portal.as_ref().map(ToString::to_string));
    tracing::info!(alarm = kind, portal, subject = alarm.key.subject, "alarm {kind} is over: {}", alarm.message);
    (context.reporter)(Event::Alarm(alarm));
}

fn nothing(at: jiff::Timestamp) -> Observation {
    Observation { at, rejected: None, title: None, date: None, lead: None, body: None, letters: 0, page: None }
}

fn of_record(record: &Record, at: jiff::Timestamp, page: Option<&RawRef>) -> Observation {
    let origin = |field: &str| record.extraction.origins.get(field).cloned();
    Observation {
        title: origin("title"),
        date: origin("date_published"),
        lead: origin("summary"),
        body: origin("content_text"),
        letters: u32::try_from(record.content_text.chars().count()).unwrap_or(u32::MAX),
        page: page.cloned(),
        ..nothing(at)
    }
}
