//! Leases, links, articles, sources' states and the outbox. The only module that knows SQL. Verbs are of the domain.
//! Everything is async and runs SQLite on `spawn_blocking`; PostgreSQL will stand behind the same verbs.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::dedup::Neighbours;
use crate::model::failure::Failure;
use crate::model::link::Link;
use crate::model::outcome::Outcome;
use crate::model::page::Validators;
use crate::model::portal::GroupId;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::model::record::RawRef;
use crate::model::record::Record;

/// The store is lost, broken, locked, too new, or the lease is.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The lease has run out or was given to another: nothing was written.
    #[error("the lease of {0} is lost: nothing was written")]
    LeaseLost(PortalId),
    // the store helper adds: Open{path, source}, TooNew{found, known}, Locked, Corrupt, Full, Sql(..)…
}

/// The store.
#[derive(Debug, Clone)]
pub struct Store {}

/// A portal leased to one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The portal.
    pub portal: PortalId,
    /// Its group, leased with it.
    pub group: GroupId,
    /// Rises with every claim; a write under an older one is refused.
    pub fence: i64,
    /// When it runs out.
    pub until: Timestamp,
    /// When the group was last sent a request.
    pub last_request: Option<Timestamp>,
    /// How many visits the portal has had.
    pub visits: u64,
    /// How many visits in a row failed as a whole.
    pub failures: u32,
}

/// What the store remembers of a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceState {
    /// Validators of its first page, as of the last walk that came to its end.
    pub validators: Validators,
    /// Address the validators belong to (the final address).
    pub validators_of: Option<String>,
    /// The last walk did not come to its end: its pages are read again, and what it brought counts as new.
    pub unfinished: bool,
    /// Failed reads in a row.
    pub failures: u32,
    /// Not to be asked before.
    pub not_before: Option<Timestamp>,
    /// When it last answered well.
    pub last_success: Option<Timestamp>,
    /// The last failure's message.
    pub last_error: Option<String>,
    /// Walks begun so far.
    pub walks: u64,
}

/// How many of a page's links are new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sighted {
    /// Links that this source had not shown before its present walk.
    pub new_to_source: usize,
    /// Links that nobody had shown: now pending.
    pub new: usize,
    /// Known links whose `modified` hint rose: pending again.
    pub renewed: usize,
}

/// A link to be worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The link, with the hints of its first sighting (later ones fill gaps).
    pub link: Link,
    /// The article's id (hash of the canonical address), key of the link.
    pub id: String,
    /// Tries so far that failed in a row.
    pub attempts: u32,
    /// Times it was settled with an answer (record, unchanged …).
    pub settled: u32,
    /// When the link was first seen.
    pub first_seen: Timestamp,
    /// The article page's validators where it was fetched before.
    pub validators: Validators,
}

/// What a visit decided about a link: written in one transaction with its record and outbox row.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The link's key.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The record to keep and to hand out, with `Outcome::Recorded`.
    pub record: Option<Box<Record>>,
    /// The page's validators, where there was an answer.
    pub validators: Option<Validators>,
    /// When to look again; `None`: never by itself.
    pub not_before: Option<Timestamp>,
    /// The raw exchange, for quarantine and `explain`.
    pub raw: Option<RawRef>,
}

/// A record that waits for its sink.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Its place in the queue.
    pub sequence: i64,
    /// The portal.
    pub portal: PortalId,
    /// `id` of the record.
    pub id: String,
    /// `revision` of the record.
    pub revision: u32,
    /// `date_fetched`.
    pub fetched: Timestamp,
    /// The record as one line of JSON, without the newline.
    pub json: String,
}

/// A portal as the configuration names it, for [`Store::register`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    pub portal: PortalId,
    pub group: GroupId,
}

/// How a visit ended.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitEnd {
    pub next_due: Timestamp,
    pub last_request: Option<Timestamp>,
    /// The visit as a whole failed (no source answered).
    pub failure: Option<Failure>,
    /// Links still pending and due: the visit ran out of time.
    pub unfinished: bool,
}

/// What `status` shows of a portal.
#[derive(Debug, Clone, PartialEq)]
pub struct PortalStatus {
    pub portal: PortalId,
    pub next_due: Option<Timestamp>,
    pub last_visit: Option<Timestamp>,
    pub last_success: Option<Timestamp>,
    pub failures: u32,
    pub last_error: Option<String>,
    pub leased_until: Option<Timestamp>,
    pub links: u64,
    pub pending: u64,
    pub recorded: u64,
    pub rejected: u64,
    pub failed: u64,
    pub quarantined: u64,
    pub records: u64,
    pub sources: Vec<(SourceId, SourceState)>,
}

impl Store {
    /// Opens or makes `<dir>/tintinh.db`; applies migrations; checks SQLite ≥ 3.51.3; WAL, synchronous=FULL.
    pub async fn open(_dir: &Path) -> Result<Store, StoreError> {
        todo!()
    }
    /// Opens for reading beside a running daemon.
    pub async fn open_read_only(_dir: &Path) -> Result<Store, StoreError> {
        todo!()
    }
    /// Makes the configured portals known; new ones are due now (spread by the caller), those no longer named are kept but never claimed.
    pub async fn register(&self, _portals: &[Registration], _now: Timestamp) -> Result<(), StoreError> {
        todo!()
    }
    /// Makes portals due now, whatever their plan (`fetch`).
    pub async fn make_due(&self, _portals: &[PortalId], _now: Timestamp) -> Result<(), StoreError> {
        todo!()
    }
    /// Claims the portal that has been due longest, among `among`, whose group is free. One short IMMEDIATE transaction.
    pub async fn claim(
        &self,
        _among: &[PortalId],
        _now: Timestamp,
        _lease: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        todo!()
    }
    /// The earliest moment at which one of `among` may be claimed (due and its group free); `None` where there is none.
    pub async fn next_due(&self, _among: &[PortalId]) -> Result<Option<Timestamp>, StoreError> {
        todo!()
    }
    /// Ends a visit: frees the lease, plans the next.
    pub async fn end_visit(&self, _lease: &Lease, _end: VisitEnd, _now: Timestamp) -> Result<(), StoreError> {
        todo!()
    }

    pub async fn source_state(&self, _portal: &PortalId, _source: &SourceId) -> Result<SourceState, StoreError> {
        todo!()
    }
    /// A walk begins: `unfinished` is set (kept if it was), `walks` rises unless an unfinished walk goes on.
    pub async fn begin_walk(
        &self,
        _lease: &Lease,
        _source: &SourceId,
        _now: Timestamp,
    ) -> Result<SourceState, StoreError> {
        todo!()
    }
    /// Takes up a page's links, in one transaction: unknown ones become pending, gaps in hints are filled.
    pub async fn take_up(
        &self,
        _lease: &Lease,
        _source: &SourceId,
        _links: &[Link],
        _now: Timestamp,
    ) -> Result<Sighted, StoreError> {
        todo!()
    }
    /// A walk came to its end: validators are stored, `unfinished` is cleared, failures too.
    pub async fn end_walk(
        &self,
        _lease: &Lease,
        _source: &SourceId,
        _validators: Option<(String, Validators)>,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        todo!()
    }
    /// A source could not be read: failures rise, `not_before` is set; `unfinished` stays as it is.
    pub async fn fail_walk(
        &self,
        _lease: &Lease,
        _source: &SourceId,
        _failure: &Failure,
        _not_before: Timestamp,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        todo!()
    }

    /// The portal's next pending link with `not_before <= now`: first tries before retries and revisits, then in order of sighting.
    pub async fn next_link(&self, _lease: &Lease, _now: Timestamp) -> Result<Option<Pending>, StoreError> {
        todo!()
    }
    /// The earliest `not_before` of the portal's pending links.
    pub async fn next_link_due(&self, _portal: &PortalId) -> Result<Option<Timestamp>, StoreError> {
        todo!()
    }
    /// What may be the same as a record.
    pub async fn neighbours(&self, _id: &str, _content_hash: &str) -> Result<Neighbours, StoreError> {
        todo!()
    }
    /// THE settle: link, article, record and outbox row in one transaction, durable when it returns. Refused under a lost lease.
    pub async fn settle(&self, _lease: &Lease, _settlement: Settlement, _now: Timestamp) -> Result<(), StoreError> {
        todo!()
    }

    /// The oldest rows of the outbox.
    pub async fn outbox(&self, _limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        todo!()
    }
    /// Takes delivered rows out.
    pub async fn delivered(&self, _sequences: &[i64]) -> Result<(), StoreError> {
        todo!()
    }

    pub async fn status(&self) -> Result<Vec<PortalStatus>, StoreError> {
        todo!()
    }
    /// The newest revision's record (JSON line) of an id, or of the article with this address (canonical or as given).
    pub async fn find_record(&self, _id_or_url: &str) -> Result<Option<Record>, StoreError> {
        todo!()
    }
    /// How a link stands, for `explain`: (portal, state/outcome text, attempts, last error, raw).
    pub async fn find_link(&self, _id_or_url: &str) -> Result<Option<LinkStatus>, StoreError> {
        todo!()
    }
}

/// How a link stands.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkStatus {
    pub portal: PortalId,
    pub id: String,
    pub link: Link,
    pub outcome: Option<String>,
    pub attempts: u32,
    pub not_before: Option<Timestamp>,
    pub raw: Option<RawRef>,
}
