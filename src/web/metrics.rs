//! Counters and state in the text format of `OpenMetrics` 1.0 (<https://openmetrics.io>).

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode_eof;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use crate::engine::Condition;
use crate::machine;
use crate::model::alarm::AlarmKind;
use crate::overview;
use crate::overview::Overview;
use crate::overview::SinkStatus;
use crate::store::PortalStatus;
use crate::visit::Event;
use crate::visit::Summary;
use crate::web::Service;

/// The `Content-Type` of the format.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How long one look at the store serves all requests.
const LOOK: Duration = Duration::from_secs(10);

/// Upper bounds of visit durations in seconds: an unchanged list, a few articles, a full visit.
const VISIT_BUCKETS: [f64; 8] = [1.0, 5.0, 15.0, 60.0, 180.0, 600.0, 1800.0, 7200.0];

/// Upper bounds of lateness in seconds: a free slot at once, a short queue, too few slots.
const LATE_BUCKETS: [f64; 7] = [1.0, 10.0, 60.0, 300.0, 1800.0, 7200.0, 86_400.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPortal {
    portal: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfVisit {
    portal: String,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLink {
    portal: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAlarm {
    alarm: &'static str,
    portal: String,
    subject: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSink {
    sink: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSinkState {
    sink: String,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    alarm: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFolder {
    folder: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfVersion {
    version: &'static str,
}

/// A gauge of fractional values, such as seconds.
type FloatGauge = Gauge<f64, AtomicU64>;

/// Counters since the start of the process.
pub struct Metrics {
    registry: Registry,
    visits: Family<OfVisit, Counter>,
    requests: Family<OfPortal, Counter>,
    links: Family<OfLink, Counter>,
    alarms: Family<OfKind, Counter>,
    visit_seconds: Histogram,
    late_seconds: Histogram,
    /// The last look at the store.
    look: Mutex<Option<(Instant, Arc<Overview>)>>,
}

impl Metrics {
    /// Metrics with all counters at zero.
    #[expect(clippy::new_without_default, reason = "a registry is made, not a value")]
    pub fn new() -> Metrics {
        let mut metrics = Metrics {
            registry: Registry::with_prefix("tintinh"),
            visits: Family::default(),
            requests: Family::default(),
            links: Family::default(),
            alarms: Family::default(),
            visit_seconds: Histogram::new(VISIT_BUCKETS),
            late_seconds: Histogram::new(LATE_BUCKETS),
            look: Mutex::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("visits", "Visits of a portal, by how they ended", metrics.visits.clone());
        let requests = "Requests sent to a portal, robots.txt and redirects included";
        registry.register("requests", requests, metrics.requests.clone());
        registry.register("links", "Links settled, by outcome", metrics.links.clone());
        registry.register("alarms_raised", "Alarms raised, by kind", metrics.alarms.clone());
        registry.register("visit_duration_seconds", "How long visits took", metrics.visit_seconds.clone());
        let late = "How late visits began";
        registry.register("visit_lateness_seconds", late, metrics.late_seconds.clone());
        for kind in AlarmKind::ALL {
            // Create the series now, so that the first event shows as a rise from zero.
            drop(metrics.alarms.get_or_create(&OfKind { alarm: kind.name() }));
        }
        metrics
    }

    /// Counts an event.
    pub fn note(&self, event: &Event) {
        match event {
            Event::Ended { portal, summary, late, took } => {
                self.visit_seconds.observe(took.as_secs_f64());
                self.late_seconds.observe(late.as_secs_f64());
                self.note_visit(portal.as_str(), summary);
            }
            Event::Alarm(alarm) if alarm.cleared.is_none() => {
                self.alarms.get_or_create(&OfKind { alarm: alarm.key.kind.name() }).inc();
            }
            Event::Alarm(_) | Event::Settled { .. } | Event::SourceRead { .. } => {}
        }
    }

    fn note_visit(&self, portal: &str, summary: &Summary) {
        let result = match summary {
            Summary { failed: Some(_), .. } => "failed",
            Summary { unfinished: true, .. } => "unfinished",
            _ => "done",
        };
        self.visits.get_or_create(&OfVisit { portal: portal.to_owned(), result }).inc();
        self.requests.get_or_create(&OfPortal { portal: portal.to_owned() }).inc_by(summary.requests);
        for (outcome, count) in [
            ("new", summary.new),
            ("revision", summary.revisions),
            ("duplicate", summary.duplicates),
            ("unchanged", summary.unchanged),
            ("rejected", summary.rejected),
            ("withdrawn", summary.withdrawn),
            ("failed", summary.failures.len() as u64),
        ] {
            if count > 0 {
                self.links.get_or_create(&OfLink { portal: portal.to_owned(), outcome }).inc_by(count);
            }
        }
    }

    /// All metrics as text. Leaves out the store's part if the store cannot be read, as during a pause.
    pub(super) async fn render(&self, service: &Service) -> Result<String, std::fmt::Error> {
        let mut now = Registry::with_prefix("tintinh");
        of_engine(&mut now, service);
        let look = self.look(service).await;
        gauge(&mut now, "store_up", "Whether the store answered", i64::from(look.is_some()));
        if let Some(overview) = look {
            of_overview(&mut now, &overview);
        }
        let mut process = Registry::with_prefix("process");
        of_process(&mut process);
        let mut text = String::new();
        for registry in [&self.registry, &now, &process] {
            encode_registry(&mut text, registry)?;
        }
        encode_eof(&mut text)?;
        Ok(text)
    }

    async fn look(&self, service: &Service) -> Option<Arc<Overview>> {
        let known = self.look.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, overview)) = known.filter(|(at, _)| at.elapsed() < LOOK) {
            return Some(overview);
        }
        let config = Arc::clone(&service.setup.borrow().config);
        let found = overview::gather(&config, &service.store, &service.pages, service.clock.now()).await;
        let overview = Arc::new(found.ok()?);
        *self.look.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&overview)));
        Some(overview)
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn seconds(registry: &mut Registry, name: &str, help: &str, value: f64) {
    let gauge = FloatGauge::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn of_engine(registry: &mut Registry, service: &Service) {
    let condition = service.heartbeat.condition();
    let states: Family<OfState, Gauge> = Family::default();
    for (state, holds) in [
        ("running", condition == Condition::Running),
        ("paused", matches!(condition, Condition::Paused(_))),
        ("stopping", condition == Condition::Stopping),
    ] {
        states.get_or_create(&OfState { state }).set(i64::from(holds));
    }
    registry.register("state", "State of the service: 1 for the current state", states);
    seconds(
        registry,
        "progress_age_seconds",
        "Time since the engine last made progress",
        service.heartbeat.age().as_secs_f64(),
    );
    let build: Family<OfVersion, Gauge> = Family::default();
    build.get_or_create(&OfVersion { version: env!("CARGO_PKG_VERSION") }).set(1);
    registry.register("build_info", "The program's version", build);
}

fn of_overview(registry: &mut Registry, overview: &Overview) {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    gauge(registry, "portals", "Enabled portals", count(overview.enabled.len() as u64));
    gauge(registry, "outbox_records", "Records that wait to be written", count(overview.outbox));
    let files = overview.attachments;
    gauge(registry, "attachments_waiting", "Files of articles that wait to be fetched or read", count(files.waiting));
    gauge(registry, "attachments_failed", "Waiting files whose last attempt failed", count(files.failed));
    gauge(registry, "attachments_quarantined", "Waiting files in quarantine", count(files.quarantined));
    gauge(registry, "attachments_read", "Files whose text was read", count(files.read));
    let spent = "Processor time that the programs took today that read files";
    seconds(registry, "attachments_cpu_seconds_today", spent, files.cpu_today.as_secs_f64());
    let index = overview.index.unwrap_or_default();
    gauge(registry, "articles", "Known articles", count(index.articles));
    gauge(registry, "copies", "Articles that are copies of others", count(index.copies));
    let space = overview.space;
    gauge(registry, "database_bytes", "Size of the database", count(space.database));
    gauge(registry, "database_log_bytes", "Size of the database's write-ahead log", count(space.log));
    gauge(registry, "pages_bytes", "Size of the raw pages", count(space.pages));
    let free: Family<OfFolder, Gauge> = Family::default();
    free.get_or_create(&OfFolder { folder: "state" }).set(count(space.state_free));
    free.get_or_create(&OfFolder { folder: "records" }).set(count(space.records_free));
    registry.register("free_bytes", "Free bytes on the disks of state and records", free);
    let alarms: Family<OfAlarm, Gauge> = Family::default();
    for alarm in &overview.alarms {
        let portal = alarm.key.portal.as_ref().map(ToString::to_string).unwrap_or_default();
        let labels = OfAlarm { alarm: alarm.key.kind.name(), portal, subject: alarm.key.subject.clone() };
        alarms.get_or_create(&labels).set(1);
    }
    registry.register("alarm", "Alarms that are open", alarms);
    of_sinks(registry, &overview.sinks);
    of_portals(registry, overview);
}

/// Adds a series for each configured sink.
fn of_sinks(registry: &mut Registry, sinks: &[SinkStatus]) {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (waiting, failures): (Family<OfSink, Gauge>, Family<OfSink, Gauge>) = Default::default();
    let (states, taken): (Family<OfSinkState, Gauge>, Family<OfSink, Gauge>) = Default::default();
    for sink in sinks {
        let labels = OfSink { sink: sink.id.to_string() };
        let failing = sink.known().and_then(|place| place.failing.as_ref());
        waiting.get_or_create(&labels).set(count(sink.waiting));
        failures.get_or_create(&labels).set(failing.map_or(0, |failing| failing.attempts.into()));
        taken.get_or_create(&labels).set(sink.known().map_or(0, |place| count(place.taken)));
        states.get_or_create(&OfSinkState { sink: labels.sink, state: sink.state() }).set(1);
    }
    registry.register("sink_records_waiting", "Records that a sink was not sent yet", waiting);
    registry.register("sink_records_taken", "Records that a sink has taken since it began", taken);
    registry.register("sink_failures", "Tries of a sink in a row that failed", failures);
    registry.register("sink_state", "State of a sink: 1 for the current state", states);
}

/// Adds a series for each portal that is visited.
fn of_portals(registry: &mut Registry, overview: &Overview) {
    type Read = fn(&Overview, &PortalStatus) -> Option<f64>;
    fn moment(moment: Option<Timestamp>) -> Option<f64> {
        moment.map(|moment| moment.as_duration().as_secs_f64())
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn count(number: u64) -> f64 {
        number as f64
    }
    let columns: [(&str, &str, Read); 9] = [
        ("portal_last_success_timestamp_seconds", "End of the last visit that did not fail", |_, portal| {
            moment(portal.last_success)
        }),
        ("portal_last_new_timestamp_seconds", "When something new last came", |_, portal| moment(portal.last_new)),
        ("portal_next_visit_timestamp_seconds", "When the next visit is due", |_, portal| {
            moment(Some(portal.next_due))
        }),
        ("portal_overdue_seconds", "How long the next visit is overdue", |all, portal| {
            Some(all.overdue(portal).as_secs_f64())
        }),
        ("portal_failures", "Visits in a row that failed", |_, portal| Some(count(portal.failures.into()))),
        ("portal_records", "Records kept, revisions included", |_, portal| Some(count(portal.records))),
        ("portal_links_waiting", "Links that were never settled", |_, portal| Some(count(portal.waiting))),
        ("portal_links_failed", "Links whose last attempt failed", |_, portal| Some(count(portal.failed))),
        ("portal_links_quarantined", "Links in quarantine", |_, portal| Some(count(portal.quarantined))),
    ];
    for (name, help, read) in columns {
        let family: Family<OfPortal, FloatGauge> = Family::default();
        for portal in overview.portals.iter().filter(|portal| overview.is_enabled(&portal.portal)) {
            if let Some(value) = read(overview, portal) {
                family.get_or_create(&OfPortal { portal: portal.portal.to_string() }).set(value);
            }
        }
        registry.register(name, help, family);
    }
}

/// Uses the names of Prometheus' own clients.
fn of_process(registry: &mut Registry) {
    let usage = machine::usage();
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    gauge(registry, "resident_memory_bytes", "Resident memory", count(usage.resident_bytes));
    gauge(registry, "open_fds", "Open file descriptors", count(usage.descriptors));
    gauge(registry, "threads", "Threads", count(usage.threads));
    let cpu: Counter<f64, AtomicU64> = Counter::default();
    cpu.inc_by(usage.cpu.as_secs_f64());
    registry.register("cpu_seconds", "Processor time", cpu);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::alarm::Alarm;
    use crate::model::alarm::AlarmKey;
    use crate::model::portal::PortalId;
    use crate::model::portal::SinkId;
    use crate::overview::Space;
    use crate::store::QueueState;

    #[test]
    fn alarms_and_sinks_are_series_with_what_they_are_about() {
        let key = AlarmKey::of_portal(AlarmKind::RuleStopped, &PortalId::new("p").unwrap(), "title");
        let at = Timestamp::UNIX_EPOCH;
        let alarm = Alarm { number: 1, key, raised: at, cleared: None, message: String::new(), evidence: None };
        let (portals, enabled) = (Vec::new(), Vec::new());
        let sinks =
            vec![SinkStatus { id: SinkId::new("archive").unwrap(), kind: "webhook", place: Ok(None), waiting: 7 }];
        let space = Space::default();
        let overview = Overview {
            at,
            portals,
            enabled,
            alarms: vec![alarm],
            outbox: 3,
            attachments: QueueState { waiting: 5, cpu_today: Duration::from_millis(1500), ..QueueState::default() },
            sinks,
            index: None,
            space,
        };
        let mut registry = Registry::with_prefix("tintinh");
        of_overview(&mut registry, &overview);
        let mut text = String::new();
        encode_registry(&mut text, &registry).unwrap();
        assert!(text.contains("tintinh_alarm{alarm=\"rule-stopped\",portal=\"p\",subject=\"title\"} 1\n"), "{text}");
        assert!(text.contains("tintinh_outbox_records 3\n"), "{text}");
        assert!(text.contains("tintinh_attachments_waiting 5\n"), "{text}");
        assert!(text.contains("tintinh_attachments_cpu_seconds_today 1.5\n"), "{text}");
        assert!(text.contains("tintinh_sink_records_waiting{sink=\"archive\"} 7\n"), "{text}");
        assert!(text.contains("tintinh_sink_state{sink=\"archive\",state=\"new\"} 1\n"), "{text}");
    }
}
