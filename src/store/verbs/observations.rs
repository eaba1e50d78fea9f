//! Observations of portals for the alarms: their last pages, their publishing rhythm, their failures.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;

use crate::alarms::OngoingFailure;
use crate::alarms::PortalObservations;
use crate::alarms::drift::Observation;
use crate::alarms::drift::REMEMBERED;
use crate::alarms::silence;
use crate::alarms::silence::Gap;
use crate::model::alarm::AlarmKey;
use crate::model::alarm::AlarmKind;
use crate::model::portal::PortalId;
use crate::model::record::RawRef;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::learned;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::name;
use crate::store::verbs::columns::to_json;
use crate::store::verbs::habits;
use crate::store::verbs::visit_days;
use crate::store::verbs::visit_days::VisitResult;
use crate::text::date::rfc3339;

impl Store {
    /// Stores what a visit observed, and returns what is known about the portal now.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn observe(
        &self,
        portal: &PortalId,
        seen: VisitObservations,
        now: Timestamp,
    ) -> Result<PortalObservations, StoreError> {
        let portal = portal.clone();
        self.write_own(move |tx| observe(tx, &portal, &seen, now)).await
    }

    /// Returns what is known about a portal.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn observed(&self, portal: &PortalId) -> Result<PortalObservations, StoreError> {
        let portal = portal.clone();
        self.read(move |tx| observed(tx, &portal)).await
    }

    /// Returns what is known about those of the named portals for which the passing of time can raise an alarm, without their pages.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn observed_by_time(
        &self,
        among: &[PortalId],
    ) -> Result<Vec<(PortalId, PortalObservations)>, StoreError> {
        let among = among.to_vec();
        self.read(move |tx| observed_by_time(tx, &among)).await
    }
}

/// The observations of a visit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VisitObservations {
    /// The pages that it read, in order.
    pub pages: Vec<Observation>,
    /// Whether something new was found.
    pub new: bool,
    /// What failed.
    pub failed: Vec<ObservedFailure>,
    /// Sources that did not fail, and an empty name if the visit of the portal did not fail.
    pub well: Vec<String>,
}

/// Something that failed in a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedFailure {
    /// The source; empty for the portal as a whole.
    pub source: String,
    /// The failure.
    pub message: String,
    /// The alarm that this failure raises by itself.
    pub kind: Option<AlarmKind>,
    /// The page that shows it.
    pub evidence: Option<RawRef>,
}

fn observe(
    tx: &Transaction<'_>,
    portal: &PortalId,
    seen: &VisitObservations,
    now: Timestamp,
) -> Result<PortalObservations, StoreError> {
    remember(tx, portal, &seen.pages)?;
    if let Some(result) = result_of(seen) {
        visit_days::note(tx, portal, result, seen.new, now)?;
    }
    if seen.new {
        note_new(tx, portal, now)?;
    }
    if seen.well.iter().any(String::is_empty) {
        habits::note_look(tx, portal, seen.new, now)?;
    }
    for failed in &seen.failed {
        note_failure(tx, portal, failed, now)?;
    }
    for source in &seen.well {
        tx.prepare_cached("DELETE FROM failing WHERE portal = ?1 AND source = ?2")?
            .execute(params![portal.as_str(), source])?;
    }
    observed(tx, portal)
}

/// How a visit went; `None` for one that was cut off.
fn result_of(seen: &VisitObservations) -> Option<VisitResult> {
    let is_closed = seen.failed.iter().any(|failed| failed.kind == Some(AlarmKind::ClosedByRobots));
    let is_well = seen.well.iter().any(String::is_empty);
    match (is_well, seen.failed.is_empty()) {
        (_, false) if is_closed => Some(VisitResult::Closed),
        (true, true) => Some(VisitResult::Well),
        (true, false) => Some(VisitResult::Partly),
        (false, false) => Some(VisitResult::Failed),
        (false, true) => None,
    }
}

fn remember(tx: &Transaction<'_>, portal: &PortalId, pages: &[Observation]) -> Result<(), StoreError> {
    if pages.is_empty() {
        return Ok(());
    }
    let mut insert = tx.prepare_cached(
        "INSERT INTO observations (portal, number, page)
         VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM observations WHERE portal = ?1), ?2)",
    )?;
    for page in pages {
        insert.execute(params![portal.as_str(), to_json(page)?])?;
    }
    tx.prepare_cached(
        "DELETE FROM observations WHERE portal = ?1 AND number <= (SELECT max(number) FROM observations WHERE portal = ?1) - ?2",
    )?
    .execute(params![portal.as_str(), REMEMBERED])?;
    Ok(())
}

fn rhythm(tx: &Transaction<'_>, portal: &PortalId) -> Result<Option<(Timestamp, Vec<Gap>)>, StoreError> {
    let found: Option<(i64, String)> = tx
        .prepare_cached("SELECT last_new, gaps FROM rhythms WHERE portal = ?1")?
        .query_row([portal.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.map(|(last_new, gaps)| (moment(last_new), learned(&gaps).unwrap_or_default())))
}

fn note_new(tx: &Transaction<'_>, portal: &PortalId, now: Timestamp) -> Result<(), StoreError> {
    let gaps = match (rhythm(tx, portal)?, day_of(now)) {
        (Some((last, gaps)), Some(day)) => {
            silence::with_gap(gaps, day, now.duration_since(last).try_into().unwrap_or_default())
        }
        (known, _) => known.map(|(_, gaps)| gaps).unwrap_or_default(),
    };
    tx.prepare_cached(
        "INSERT INTO rhythms (portal, last_new, gaps) VALUES (?1, ?2, ?3)
         ON CONFLICT (portal) DO UPDATE SET last_new = excluded.last_new, gaps = excluded.gaps",
    )?
    .execute(params![portal.as_str(), millis(now), to_json(&gaps)?])?;
    Ok(())
}

/// Returns the day in +07:00.
fn day_of(moment: Timestamp) -> Option<Date> {
    rfc3339(moment).get(..10)?.parse().ok()
}

fn note_failure(
    tx: &Transaction<'_>,
    portal: &PortalId,
    failed: &ObservedFailure,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Another kind of failure starts a new count. An empty list is reported when it occurs twice in a row.
    tx.prepare_cached(
        "INSERT INTO failing (portal, source, since, times, message, kind, evidence) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)
         ON CONFLICT (portal, source) DO UPDATE SET times = CASE WHEN failing.kind IS NOT DISTINCT FROM excluded.kind THEN failing.times + 1 ELSE 1 END,
             message = excluded.message, kind = excluded.kind, evidence = excluded.evidence",
    )?
    .execute(params![
        portal.as_str(),
        failed.source,
        millis(now),
        failed.message,
        failed.kind.map(AlarmKind::name),
        failed.evidence.as_ref().map(to_json).transpose()?,
    ])?;
    Ok(())
}

/// Returns what is known about a portal.
fn observed(tx: &Transaction<'_>, portal: &PortalId) -> Result<PortalObservations, StoreError> {
    let rhythm = rhythm(tx, portal)?;
    let quarantined = tx
        .prepare_cached("SELECT count(*) FROM links WHERE portal = ?1 AND outcome = 'quarantined'")?
        .query_row([portal.as_str()], |row| row.get(0))?;
    let closed = tx
        .prepare_cached(
            "SELECT count(*) FROM links WHERE portal = ?1 AND outcome = 'disallowed' AND NOT EXISTS
             (SELECT 1 FROM links WHERE portal = ?1 AND outcome IN ('recorded', 'unchanged'))",
        )?
        .query_row([portal.as_str()], |row| row.get(0))?;
    Ok(PortalObservations {
        observations: observations(tx, portal)?,
        last_new: rhythm.as_ref().map(|(last, _)| *last),
        gaps: rhythm.map(|(_, gaps)| gaps).unwrap_or_default(),
        looked: habits::habit(tx, portal)?.map(|habit| habit.looked()),
        failing: failing(tx, portal)?,
        quarantined,
        closed,
        open: open_of(tx, portal)?,
    })
}

fn observations(tx: &Transaction<'_>, portal: &PortalId) -> Result<Vec<Observation>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT page FROM observations WHERE portal = ?1 ORDER BY number")?;
    let rows = statement.query_map([portal.as_str()], |row| row.get::<String>(0))?;
    let pages: Vec<String> = rows.collect::<Result<_, _>>()?;
    Ok(pages.iter().filter_map(|page| learned(page)).collect())
}

fn failing(tx: &Transaction<'_>, portal: &PortalId) -> Result<Vec<OngoingFailure>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT source, since, times, message, kind, evidence FROM failing WHERE portal = ?1 ORDER BY source",
    )?;
    let mut rows = statement.query([portal.as_str()])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(OngoingFailure {
            source: row.get(0)?,
            since: moment(row.get(1)?),
            times: row.get(2)?,
            message: row.get(3)?,
            kind: row.get::<Option<String>>(4)?.and_then(|name| AlarmKind::of_name(&name)),
            evidence: row.get::<Option<String>>(5)?.as_deref().and_then(learned),
        });
    }
    Ok(all)
}

fn open_of(tx: &Transaction<'_>, portal: &PortalId) -> Result<Vec<(AlarmKey, Timestamp)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT kind, subject, raised FROM alarms WHERE portal = ?1 AND cleared IS NULL ORDER BY number",
    )?;
    let mut rows = statement.query([portal.as_str()])?;
    let mut open = Vec::new();
    while let Some(row) = rows.next()? {
        let (subject, raised): (String, i64) = (row.get(1)?, row.get(2)?);
        let kind = AlarmKind::of_name(&row.get::<String>(0)?);
        open.extend(kind.map(|kind| (AlarmKey::of_portal(kind, portal, &subject), moment(raised))));
    }
    Ok(open)
}

/// Returns what is known about the portals for which the passing of time can raise an alarm: those that fail. Without their pages and their rhythm,
/// since only a visit can find silence.
fn observed_by_time(
    tx: &Transaction<'_>,
    among: &[PortalId],
) -> Result<Vec<(PortalId, PortalObservations)>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT DISTINCT portal FROM failing WHERE portal IN (SELECT value FROM json_each(?1)) ORDER BY portal",
    )?;
    let rows = statement.query_map([to_json(&among)?], |row| row.get::<String>(0))?;
    let mut all = Vec::new();
    for portal in rows {
        let portal = name(PortalId::new(&portal?))?;
        let observed = PortalObservations {
            failing: failing(tx, &portal)?,
            open: open_of(tx, &portal)?,
            ..PortalObservations::default()
        };
        all.push((portal, observed));
    }
    Ok(all)
}
