//! The overall state, gathered from store, page store and machine, for `tintinh status` and for the metrics.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::alarms::drift::Observation;
use crate::alarms::drift::WatchedField;
use crate::alarms::silence;
use crate::archive::PageStore;
use crate::config::Config;
use crate::delivery::places;
use crate::machine;
use crate::model::alarm::Alarm;
use crate::model::portal::PortalId;
use crate::model::portal::SinkId;
use crate::model::sink::SinkMode;
use crate::model::sink::SinkPlace;
use crate::model::sink::SinkSettings;
use crate::store::IndexSize;
use crate::store::LinkSet;
use crate::store::ListedLink;
use crate::store::PortalStatus;
use crate::store::QueueState;
use crate::store::Store;
use crate::store::StoreError;
use crate::text::date::rfc3339;

/// The overall state at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    /// The moment.
    pub at: Timestamp,
    /// The portals that the store knows, by name.
    pub portals: Vec<PortalStatus>,
    /// Enabled portals.
    pub enabled: Vec<PortalId>,
    /// Open alarms, the oldest first.
    pub alarms: Vec<Alarm>,
    /// Number of records that wait to be written to the record files.
    pub outbox: u64,
    /// Files that wait in the queue of attachments.
    pub attachments: QueueState,
    /// The sinks of the configuration.
    pub sinks: Vec<SinkStatus>,
    /// The size of the index of near-duplicates. None if the database is older than the index.
    pub index: Option<IndexSize>,
    /// Used and free disk space.
    pub space: Space,
}

/// The state of a sink.
#[derive(Debug, Clone, PartialEq)]
pub struct SinkStatus {
    /// Its name.
    pub id: SinkId,
    /// Its type's name in the configuration.
    pub kind: &'static str,
    /// The position it has reached; `None` before the first start with it, an error if the position cannot be read.
    pub place: Result<Option<SinkPlace>, String>,
    /// Number of records after that position.
    pub waiting: u64,
}

impl SinkStatus {
    /// Its position, if it has one.
    pub fn known(&self) -> Option<&SinkPlace> {
        self.place.as_ref().ok()?.as_ref()
    }

    /// `on`, `failing`, `paused`, `gone`, `new`, or `unreadable`.
    pub fn state(&self) -> &'static str {
        match &self.place {
            Err(_) => "unreadable",
            Ok(None) => "new",
            Ok(Some(place)) => match place.mode {
                SinkMode::Paused => "paused",
                SinkMode::Gone => "gone",
                SinkMode::On if place.failing.is_some() => "failing",
                SinkMode::On => "on",
            },
        }
    }

    fn to_json(&self) -> Value {
        let place = self.known();
        let failing = place.and_then(|place| place.failing.as_ref());
        json!({
            "id": self.id, "kind": self.kind, "state": self.state(), "waiting": self.waiting,
            "cursor": place.map(|place| place.cursor.to_string()),
            "taken": place.map(|place| place.taken), "missing": place.map(|place| place.missing),
            "last_taken": place.and_then(|place| place.last_taken).map(rfc3339),
            "failing_since": failing.map(|failing| rfc3339(failing.since)), "failures": failing.map_or(0, |failing| failing.attempts),
            "next_try": failing.map(|failing| rfc3339(failing.next)),
            "last_error": failing.map(|failing| failing.message.as_str()).or_else(|| self.place.as_ref().err().map(String::as_str)),
        })
    }
}

/// The states of the configured sinks, in the configuration's order.
///
/// # Errors
/// If the store cannot be read.
pub async fn sinks(config: &Config, store: &Store) -> Result<Vec<SinkStatus>, StoreError> {
    if config.sinks.is_empty() {
        return Ok(Vec::new());
    }
    let (_, end) = store.stream_ends().await?;
    let places = places::of(&config.state_dir, store);
    let ids: Vec<SinkId> = config.sinks.iter().map(|sink| sink.id.clone()).collect();
    let read = move || ids.iter().map(|id| places.read(id).map_err(|error| error.to_string())).collect::<Vec<_>>();
    let found = tokio::task::spawn_blocking(read).await.map_err(|error| StoreError::Bug(error.to_string()))?;
    let status = |(sink, place): (&SinkSettings, Result<Option<SinkPlace>, String>)| {
        let behind = place.as_ref().ok().and_then(Option::as_ref).map_or(end.sequence, |place| place.cursor.sequence);
        SinkStatus {
            id: sink.id.clone(),
            kind: sink.target.kind(),
            place,
            waiting: end.sequence.saturating_sub(behind),
        }
    };
    Ok(config.sinks.iter().zip(found).map(status).collect())
}

/// Bytes on disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Space {
    /// The database.
    pub database: u64,
    /// Its write-ahead log.
    pub log: u64,
    /// Raw pages, without evidence.
    pub pages: u64,
    /// Free space on the disk of the state folder.
    pub state_free: u64,
    /// Free space on the disk of the records.
    pub records_free: u64,
}

/// Gathers the state.
///
/// # Errors
/// If the store fails or the page store's folder cannot be read.
pub async fn gather(config: &Config, store: &Store, pages: &PageStore, now: Timestamp) -> anyhow::Result<Overview> {
    let (database, log) = store.size().await?;
    let free = |folder: &Path| machine::free_bytes(existing(folder)).unwrap_or_default();
    let space = Space {
        database,
        log,
        pages: pages.bytes().await?,
        state_free: free(&config.state_dir),
        records_free: free(&config.records_dir),
    };
    Ok(Overview {
        at: now,
        portals: store.status().await?,
        enabled: config.enabled().map(|portal| portal.outlet.portal.clone()).collect(),
        alarms: store.open_alarms().await?,
        outbox: store.outbox_length().await?,
        attachments: store.attachment_queue(now).await?,
        sinks: sinks(config, store).await?,
        index: store.index_size().await?,
        space,
    })
}

/// Returns the folder, or the nearest existing one above it, which is on the same disk.
fn existing(folder: &Path) -> &Path {
    let there = |folder: &&Path| !matches!(folder.try_exists(), Ok(false)) || folder.as_os_str().is_empty();
    match folder.ancestors().find(there) {
        Some(found) if !found.as_os_str().is_empty() => found,
        _ => Path::new("."),
    }
}

/// Whether a process works on a state folder, and so holds its lock.
pub fn is_worked_on(state: &Path) -> bool {
    match std::fs::File::open(state.join("lock")) {
        Ok(file) => matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)),
        Err(error) => error.kind() != ErrorKind::NotFound && error.kind() != ErrorKind::PermissionDenied,
    }
}

impl Overview {
    /// Whether a portal is enabled.
    pub fn is_enabled(&self, portal: &PortalId) -> bool {
        self.enabled.binary_search(portal).is_ok()
    }

    /// Returns how long a portal's visit is overdue. Zero if it is not due or is running.
    pub fn overdue(&self, portal: &PortalStatus) -> Duration {
        let is_waiting = portal.leased_until.is_none() && self.is_enabled(&portal.portal);
        let late = self.at.duration_since(portal.next_due).try_into().unwrap_or_default();
        if is_waiting { late } else { Duration::ZERO }
    }

    /// Returns the state as JSON, for machines.
    pub fn to_json(&self) -> Value {
        let Space { database, log, pages, state_free, records_free } = self.space;
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "at": rfc3339(self.at),
            "portals": self.portals.iter().map(|portal| self.portal_json(portal)).collect::<Vec<_>>(),
            "alarms": self.alarms.iter().map(alarm_json).collect::<Vec<_>>(),
            "outbox": self.outbox,
            "attachments": {
                "waiting": self.attachments.waiting,
                "failed": self.attachments.failed,
                "quarantined": self.attachments.quarantined,
                "read": self.attachments.read,
                "cpu_seconds_today": self.attachments.cpu_today.as_secs_f64(),
            },
            "sinks": self.sinks.iter().map(SinkStatus::to_json).collect::<Vec<_>>(),
            "dedup": self.index.map(index_json),
            "database_bytes": database, "database_log_bytes": log, "pages_bytes": pages,
            "state_free_bytes": state_free, "records_free_bytes": records_free,
        })
    }

    fn portal_json(&self, portal: &PortalStatus) -> Value {
        let time = |moment: Option<Timestamp>| moment.map(rfc3339);
        let sources: Vec<Value> = portal
            .sources
            .iter()
            .map(|(id, state)| {
                json!({
                    "id": id, "failures": state.failures, "unfinished": state.unfinished,
                    "last_success": time(state.last_success), "not_before": time(state.not_before), "last_error": state.last_error,
                    "gone_since": time(state.gone_since), "moved_to": state.moved.as_ref().map(|moved| moved.to.as_str()),
                })
            })
            .collect();
        json!({
            "portal": portal.portal, "enabled": self.is_enabled(&portal.portal),
            "records": portal.records, "withdrawn": portal.withdrawn, "links": portal.links, "waiting": portal.waiting,
            "rejected": portal.rejected, "failed": portal.failed, "quarantined": portal.quarantined,
            "set_aside": portal.set_aside.iter().map(|link| json!({ "url": link.url, "reason": link.reason })).collect::<Vec<_>>(),
            "failures": portal.failures,
            "last_visit": time(portal.last_visit), "last_success": time(portal.last_success), "last_new": time(portal.last_new),
            "next_due": rfc3339(portal.next_due), "overdue_seconds": self.overdue(portal).as_secs(),
            "leased_until": time(portal.leased_until), "last_error": portal.last_error, "sources": sources,
        })
    }
}

/// Returns an alarm as JSON, also for the operator's command.
pub fn alarm_json(alarm: &Alarm) -> Value {
    json!({
        "alarm": alarm.key.kind.name(),
        "state": if alarm.cleared.is_some() { "over" } else { "raised" },
        "portal": alarm.key.portal,
        "subject": alarm.key.subject,
        "message": alarm.message,
        "raised": rfc3339(alarm.raised),
        "cleared": alarm.cleared.map(rfc3339),
        "evidence": alarm.evidence,
    })
}

/// Maximum number of links of each set that a portal's details list.
const PAGES_SHOWN: u32 = 10;

/// Details of one portal.
#[derive(Debug, Clone, PartialEq)]
pub struct PortalDetail {
    /// All details as JSON.
    pub value: Value,
    /// The links that need attention, the newest of each set.
    pub pages: Vec<(LinkSet, Vec<ListedLink>)>,
}

/// Returns details of one portal: on which share of its last pages each field was found, and by which rule; its publishing rhythm; the links that
/// need attention.
///
/// # Errors
/// If the store fails.
pub async fn portal_detail(store: &Store, portal: &PortalId) -> Result<PortalDetail, StoreError> {
    let mut pages = Vec::new();
    for set in LinkSet::ALL {
        pages.push((set, store.listed(portal, set, PAGES_SHOWN).await?));
    }
    let watched = store.observed(portal).await?;
    let read: Vec<&Observation> = watched.observations.iter().filter(|page| page.rejected.is_none()).collect();
    let fields = WatchedField::ALL.map(|field| (field.name().to_owned(), shares(&read, field)));
    let value = json!({
        "portal": portal,
        "pages": watched.observations.len(),
        "pages_rejected": watched.observations.len() - read.len(),
        "fields": fields.into_iter().collect::<serde_json::Map<_, _>>(),
        "usual_gap_seconds": silence::usual_gap(&watched.gaps).map(|gap| gap.as_secs()),
        "last_new": watched.last_new.map(rfc3339),
        "failing": watched.failing.iter().map(|failing| json!({
            "source": failing.source, "since": rfc3339(failing.since), "times": failing.times, "message": failing.message,
        })).collect::<Vec<_>>(),
        "links": pages.iter().map(|(set, links)| (set.name().to_owned(), links_json(links))).collect::<serde_json::Map<_, _>>(),
    });
    Ok(PortalDetail { value, pages })
}

fn links_json(links: &[ListedLink]) -> Value {
    let of = |link: &ListedLink| json!({ "url": link.url, "reason": link.reason, "attempts": link.attempts, "not_before": link.next.map(rfc3339) });
    links.iter().map(of).collect::<Vec<_>>().into()
}

/// Returns on how many pages a field was found, and by which rule or heuristic, the most frequent first.
fn shares(pages: &[&Observation], field: WatchedField) -> Value {
    let mut origins: Vec<&str> = pages.iter().filter_map(|page| field.origin(page)).collect();
    let found = origins.len();
    origins.sort_unstable();
    let mut by: Vec<(&str, usize)> =
        origins.chunk_by(|one, other| one == other).filter_map(|same| Some((*same.first()?, same.len()))).collect();
    by.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let by: serde_json::Map<String, Value> = by.into_iter().map(|(origin, n)| (origin.to_owned(), n.into())).collect();
    json!({ "found": found, "of": pages.len(), "by": by })
}

fn index_json(index: IndexSize) -> Value {
    json!({
        "articles": index.articles, "copies": index.copies, "indexed": index.indexed, "bytes": index.bytes,
        "bytes_per_article": index.bytes / index.articles.max(1),
    })
}
