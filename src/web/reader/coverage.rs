//! The state of each portal: its last thirty days, what is wrong in words, and its next visit.

use std::collections::BTreeMap;

use jiff::Timestamp;
use maud::Markup;
use maud::html;
use serde_json::Value;
use serde_json::json;

use crate::alarms::silence;
use crate::config::Config;
use crate::config::catalogue::province_name;
use crate::model::alarm::Alarm;
use crate::model::portal::PortalId;
use crate::notify;
use crate::overview::alarm_json;
use crate::query::article::day;
use crate::store::PortalStatus;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::VisitDay;
use crate::text::date::rfc3339;
use crate::watch::coverage::Reading;
use crate::web::dates;
use crate::web::reader::Failure;
use crate::web::reader::Reader;
use crate::web::reader::frame;
use crate::web::reader::frame::Frame;
use crate::web::reader::frame::Tab;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// Days in a strip.
const DAYS: i64 = 30;

/// Width and height of a day's cell.
const CELL: (i64, i64) = (8, 18);

/// The state of all portals.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    /// The configured portals, in the order of the configuration.
    portals: Vec<Portal>,
    /// Open alarms, oldest first.
    pub(super) alarms: Vec<Alarm>,
}

#[derive(Debug)]
struct Portal {
    id: PortalId,
    name: String,
    province: Option<String>,
    home: String,
    is_enabled: bool,
    reading: Reading,
    status: Option<PortalStatus>,
    usual_gap: Option<u64>,
    days: BTreeMap<i64, VisitDay>,
}

/// The state of a portal on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayState {
    Well,
    Calm,
    Partly,
    Failed,
    Closed,
    None,
}

impl DayState {
    const ALL: [DayState; 6] =
        [DayState::Well, DayState::Calm, DayState::Partly, DayState::Failed, DayState::Closed, DayState::None];

    fn of(visits: Option<&VisitDay>) -> DayState {
        match visits {
            None => DayState::None,
            Some(day) if day.closed > 0 && day.well == 0 => DayState::Closed,
            Some(day) if day.well + day.partly == 0 => DayState::Failed,
            Some(day) if day.partly + day.failed > day.well => DayState::Partly,
            Some(day) if day.new > 0 => DayState::Well,
            Some(_) => DayState::Calm,
        }
    }

    /// Its class in the style sheet, its word, and its machine-readable name.
    fn names(self) -> (&'static str, Word, &'static str) {
        match self {
            DayState::Well => ("well", Word::DayWell, "news"),
            DayState::Calm => ("calm", Word::DayQuiet, "read"),
            DayState::Partly => ("part", Word::DayPartly, "partly"),
            DayState::Failed => ("fail", Word::DayFailed, "failed"),
            DayState::Closed => ("shut", Word::DayClosed, "closed"),
            DayState::None => ("none", Word::DayNone, "none"),
        }
    }
}

impl Coverage {
    /// Reads the state from the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn gather(config: &Config, store: &Store, now: Timestamp) -> Result<Coverage, StoreError> {
        let mut known: BTreeMap<PortalId, PortalStatus> =
            store.status().await?.into_iter().map(|status| (status.portal.clone(), status)).collect();
        let mut rhythms: BTreeMap<PortalId, _> =
            store.rhythms().await?.into_iter().map(|rhythm| (rhythm.portal, rhythm.gaps)).collect();
        let mut days: BTreeMap<PortalId, BTreeMap<i64, VisitDay>> = BTreeMap::new();
        for (portal, visits) in store.visit_days(day(now) - DAYS + 1).await? {
            days.entry(portal).or_default().insert(visits.day, visits);
        }
        let alarms = store.open_alarms().await?;
        let portals = config.portals.iter().map(|portal| {
            let id = portal.outlet.portal.clone();
            let status = known.remove(&id);
            Portal {
                name: portal.outlet.name.clone(),
                province: portal.outlet.province.clone(),
                home: portal.outlet.home.to_string(),
                is_enabled: portal.enabled,
                reading: notify::reading(portal, status.as_ref(), &alarms, now),
                status,
                usual_gap: rhythms.remove(&id).and_then(|gaps| silence::usual_gap(&gaps)).map(|gap| gap.as_secs()),
                days: days.remove(&id).unwrap_or_default(),
                id,
            }
        });
        Ok(Coverage { portals: portals.collect(), alarms })
    }

    /// Number of enabled portals whose last visit failed.
    pub(super) fn unread(&self) -> u64 {
        let is_unread = |portal: &&Portal| portal.is_enabled && matches!(portal.reading, Reading::None(_));
        self.portals.iter().filter(is_unread).count() as u64
    }

    fn alarms_of(&self, portal: &Portal) -> impl Iterator<Item = &Alarm> {
        self.alarms.iter().filter(|alarm| alarm.key.portal.as_ref() == Some(&portal.id))
    }

    /// The state as JSON.
    pub(super) fn to_json(&self, now: Timestamp) -> Value {
        let time = |moment: Option<Timestamp>| moment.map(rfc3339);
        let portals = self.portals.iter().map(|portal| {
            let status = portal.status.as_ref();
            let days: Vec<Value> = last_days(now)
                .map(|number| {
                    let state = DayState::of(portal.days.get(&number));
                    json!({ "day": dates::date_of(number).to_string(), "state": state.names().2 })
                })
                .collect();
            json!({
                "portal": portal.id, "outlet": portal.name, "province": portal.province, "home_page_url": portal.home,
                "enabled": portal.is_enabled, "last_success": time(status.and_then(|status| status.last_success)),
                "last_new": time(status.and_then(|status| status.last_new)), "usual_gap_seconds": portal.usual_gap,
                "next_due": time(status.filter(|_| portal.is_enabled).map(|status| status.next_due)),
                "failures": status.map_or(0, |status| status.failures),
                "last_error": status.and_then(|status| status.last_error.clone()),
                "records": status.map_or(0, |status| status.records),
                "alarms": self.alarms_of(portal).map(alarm_json).collect::<Vec<_>>(), "days": days,
            })
        });
        json!({ "at": rfc3339(now), "portals": portals.collect::<Vec<_>>() })
    }
}

fn last_days(now: Timestamp) -> impl Iterator<Item = i64> {
    let today = day(now);
    today - DAYS + 1..=today
}

/// The page.
///
/// # Errors
/// [`Failure`].
pub(super) async fn page(reader: &Reader, view: &View) -> Result<Markup, Failure> {
    let coverage = reader.coverage().await?;
    // Show portals with problems first.
    let mut portals: Vec<&Portal> = coverage.portals.iter().collect();
    portals.sort_by_key(|portal| {
        let is_troubled = portal.reading != Reading::Whole || coverage.alarms_of(portal).next().is_some();
        (!portal.is_enabled, !is_troubled)
    });
    let unread = coverage.unread();
    let enabled = portals.iter().filter(|portal| portal.is_enabled).count() as u64;
    let others: Vec<&Alarm> = coverage.alarms.iter().filter(|alarm| alarm.key.portal.is_none()).collect();
    let body = html! {
        div.head {
            h1 { (view.word(Word::Coverage)) }
            p.n {
                (view.language.number(enabled.saturating_sub(unread))) "/" (view.language.number(enabled)) " " (view.word(Word::Well))
                @if unread > 0 { " · " span.warn { (view.language.unread(unread)) } }
            }
        }
        @for alarm in others { div.notice { (alarm_line(view, alarm)) } }
        @if portals.is_empty() { (frame::empty(view, Word::NoPortals, Word::NoPortalsWhy)) }
        @else {
            p.quiet { (view.word(Word::CoverageWhy)) }
            (legend(view))
            @for portal in portals { (row(view, &coverage, portal)) }
        }
    };
    let frame = Frame { title: view.word(Word::Coverage), tab: Tab::Coverage, has_feeds: true };
    Ok(frame::page(view, &frame, &body))
}

fn legend(view: &View) -> Markup {
    html! {
        ul.legend { @for state in DayState::ALL {
            @let (class, word, _) = state.names();
            li { svg viewBox="0 0 9 19" aria-hidden="true" { (cell(0, class, "")) } (view.word(word)) }
        } }
    }
}

fn cell(at: i64, class: &str, title: &str) -> Markup {
    let (width, height) = CELL;
    html! {
        rect.(class) x=(format!("{at}.5")) y="0.5" width=(width) height=(height) rx="1" { @if !title.is_empty() { title { (title) } } }
    }
}

fn row(view: &View, coverage: &Coverage, portal: &Portal) -> Markup {
    let province = portal.province.as_deref().map(province_name);
    html! {
        section.portal {
            div {
                h2 { a href={ "/newest?portal=" (portal.id) } { (portal.name) } }
                p.meta {
                    @if let Some(province) = province.filter(|name| !portal.name.contains(*name)) { span { (province) } }
                    @if let Some(status) = &portal.status {
                        span.n { (view.language.number(status.records)) " " (view.word(Word::Records)) }
                    }
                    span { (portal.id) }
                }
                (strip(view, portal))
                (trouble(view, coverage, portal))
            }
            (facts(view, portal))
        }
    }
}

/// Thirty days, one cell each, the latest on the right.
fn strip(view: &View, portal: &Portal) -> Markup {
    let step = CELL.0 + 2;
    let states: Vec<(i64, DayState)> =
        last_days(view.now).map(|number| (number, DayState::of(portal.days.get(&number)))).collect();
    let counted = DayState::ALL.into_iter().filter_map(|state| {
        let count = states.iter().filter(|(_, other)| *other == state).count();
        (count > 0).then(|| format!("{} {}", count, view.word(state.names().1)))
    });
    let label = counted.collect::<Vec<_>>().join("; ");
    html! {
        svg.strip viewBox=(format!("0 0 {} {}", step * DAYS, CELL.1 + 1)) role="img" aria-label=(label) {
            @for (at, (number, state)) in (0_i64..).zip(&states) {
                @let (class, word, _) = state.names();
                @let visits = portal.days.get(number).map_or(0, VisitDay::visits);
                @let day = view.language.day(dates::date_of(*number));
                (cell(at * step, class, &format!("{day}: {} ({visits} {})", view.word(word), view.word(Word::Visits))))
            }
        }
    }
}

/// The problem in words, and the program's message for the person who fixes it.
fn trouble(view: &View, coverage: &Coverage, portal: &Portal) -> Markup {
    let trouble = portal.reading.trouble().filter(|_| portal.is_enabled);
    let word = if matches!(portal.reading, Reading::Part(_)) { Word::DayPartly } else { Word::DayFailed };
    let error = portal.status.as_ref().and_then(|status| status.last_error.as_deref());
    let alarms: Vec<&Alarm> = coverage.alarms_of(portal).collect();
    html! {
        @if !portal.is_enabled { p.quiet { (view.word(Word::NotVisited)) } }
        @if let Some(trouble) = trouble {
            p { span.warn { (view.word(word)) } ": " (trouble.in_words(view.language)) "." }
            @if let Some(error) = error.filter(|_| alarms.is_empty()) { (evidence(view, error)) }
        }
        @for alarm in alarms { (alarm_line(view, alarm)) }
    }
}

fn alarm_line(view: &View, alarm: &Alarm) -> Markup {
    html! {
        p {
            span.warn { (view.language.alarm(alarm.key.kind)) }
            @if !alarm.key.subject.is_empty() {
                " (" (view.language.field(&alarm.key.subject).unwrap_or(&alarm.key.subject)) ")"
            }
            ", " (view.word(Word::Since)) " " (view.language.minute(alarm.raised)) "."
        }
        (evidence(view, &alarm.message))
    }
}

/// A message of the program, which is always English.
fn evidence(view: &View, message: &str) -> Markup {
    html! { details.quiet { summary { (view.word(Word::ToMend)) } p lang="en" { (message) } } }
}

fn facts(view: &View, portal: &Portal) -> Markup {
    let ago = |moment: Option<Timestamp>| match moment {
        Some(at) => dates::ago(view.language, at, view.now),
        None => view.word(Word::Never).to_owned(),
    };
    let status = portal.status.as_ref();
    let gap = portal.usual_gap.map_or_else(|| view.word(Word::NotKnownYet).to_owned(), |gap| view.language.span(gap));
    html! {
        dl.facts {
            dt { (view.word(Word::LastRead)) } dd { (ago(status.and_then(|status| status.last_success))) }
            dt { (view.word(Word::LastNew)) } dd { (ago(status.and_then(|status| status.last_new))) }
            dt { (view.word(Word::UsualGap)) } dd { (gap) }
            @if portal.is_enabled { dt { (view.word(Word::NextVisit)) } dd { (next(view, status)) } }
        }
    }
}

fn next(view: &View, status: Option<&PortalStatus>) -> String {
    let Some(status) = status else { return view.word(Word::Due).to_owned() };
    if status.leased_until.is_some_and(|until| until > view.now) {
        return view.word(Word::Now).to_owned();
    }
    match u64::try_from(status.next_due.as_second() - view.now.as_second()) {
        Ok(seconds) if seconds > 0 => format!("{} {}", view.word(Word::InTime), view.language.span(seconds)),
        _ => view.word(Word::Due).to_owned(),
    }
}
