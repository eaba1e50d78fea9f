//! Leases, links, articles, the sources' states and the outbox. The only module that knows SQL; its verbs are of the domain.
//!
//! Everything is async and runs SQLite on a blocking thread. PostgreSQL will stand behind the same verbs.

mod claim;
mod links;
mod origins;
mod settle;
mod sources;
mod sqlite;
mod status;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::dedup::Neighbours;
use crate::discover::Step;
use crate::model::failure::Failure;
use crate::model::link::Link;
use crate::model::origin::OriginMemory;
use crate::model::outcome::Outcome;
use crate::model::pace::Pace;
use crate::model::page::Revalidation;
use crate::model::portal::GroupId;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::store::sqlite::Database;
use crate::url::PageUrl;

/// The name of the database in the state folder.
pub const FILE_NAME: &str = "tintinh.db";

/// Why the store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The lease has run out or was given to another: nothing was written.
    #[error("the lease of {0} is lost: nothing was written")]
    LeaseLost(PortalId),
    /// Another visit wrote this revision of this article meanwhile: nothing was written.
    #[error("the article {0} was recorded by another visit meanwhile")]
    Outdated(String),
    /// The database cannot be opened or made.
    #[error("cannot open {path}: {reason}")]
    Open {
        /// The database's file.
        path: String,
        /// Why.
        reason: String,
    },
    /// Written by a newer version of the program.
    #[error("{path} is of format {found}, this program knows {known}: use the program that wrote it, or a newer one")]
    TooNew {
        /// The database's file.
        path: String,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// SQLite refuses: locked, full, corrupt, read-only.
    #[error("the database refuses")]
    Sql(#[from] rusqlite::Error),
    /// A stored value cannot be read back.
    #[error("the database holds a value that cannot be read: {0}")]
    Value(String),
    /// The task that ran the statement panicked.
    #[error("bug in the store: {0}")]
    Bug(String),
}

/// The store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
}

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
    /// The visit before ran out of time: this one goes on with its links.
    pub continued: bool,
}

/// What the store remembers of a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceState {
    /// Its pages that were read by `GET`, by the address asked for.
    pub pages: Vec<SourcePage>,
    /// What their servers gave to send back, by the address that gave it.
    pub given: Vec<Given>,
    /// The number of the present walk, or of the last one.
    pub walk: i64,
    /// The walk did not come to its end yet: it goes on under its number, and what it brought counts as new.
    pub unfinished: bool,
    /// Failed walks in a row.
    pub failures: u32,
    /// Not to be asked before.
    pub not_before: Option<Timestamp>,
    /// When a walk last came to its end.
    pub last_success: Option<Timestamp>,
    /// The last failure's message; none after a success.
    pub last_error: Option<String>,
    /// The configured address that all of this is of.
    pub address: Option<String>,
    /// Since when the address answers 410: it is not asked any more.
    pub gone_since: Option<Timestamp>,
    /// Where the address redirects for good.
    pub moved: Option<Moved>,
    /// How often the source wants to be looked at.
    pub pace: Pace,
}

/// A page of a source as last read.
#[derive(Debug, Clone, PartialEq)]
pub struct SourcePage {
    /// The address asked for.
    pub url: String,
    /// A hash of its body.
    pub body_hash: String,
    /// The walk that last read it.
    pub walk: i64,
    /// The steps that it led to.
    pub next: Vec<Step>,
}

/// What an address gave to send back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The address and what it gave, which may be nothing.
    pub revalidation: Revalidation,
    /// When it last answered in full.
    pub full_at: Timestamp,
}

/// A permanent redirect, as met so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Where it leads.
    pub to: PageUrl,
    /// On how many days it did.
    pub days: u32,
    /// The last of them ("2026-11-24").
    pub last_day: String,
}

/// How a walk that came to its end leaves its source.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkEnd {
    /// The source's configured address.
    pub address: PageUrl,
    /// The earliest next walk, by the source's own account.
    pub not_before: Option<Timestamp>,
    /// Where the source's address redirects for good.
    pub moved: Option<Moved>,
    /// How often the source wants to be looked at.
    pub pace: Pace,
    /// What was given anew by answers that said "not modified".
    pub renewed: Vec<Given>,
}

/// How a walk that failed leaves its source.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkFailure {
    /// The source's configured address.
    pub address: PageUrl,
    /// What went wrong.
    pub failure: Failure,
    /// The earliest next walk; `None`: never by itself.
    pub not_before: Option<Timestamp>,
    /// The address answers 410.
    pub is_gone: bool,
    /// The address that the configured one had moved to is no good: the configured one is asked again.
    pub forget_move: bool,
    /// What was given, or no longer given, by the answers so far.
    pub renewed: Vec<Given>,
}

/// How many of a page's links are new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sighted {
    /// Links that this source had not shown before its present walk.
    pub new_to_source: usize,
    /// Links that nobody had shown: now pending.
    pub new: usize,
    /// Known links that the source says were changed: pending again.
    pub renewed: usize,
}

/// A link to be worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The link, with the hints of its first sighting (later ones fill gaps).
    pub link: Link,
    /// The link's key within its portal: the article id of its canonical address.
    pub id: String,
    /// Tries that failed in a row.
    pub attempts: u32,
    /// Times it was settled with an answer.
    pub settled: u32,
    /// When the link was first seen.
    pub first_seen: Timestamp,
    /// What to send back where it was fetched before.
    pub revalidation: Option<Revalidation>,
}

/// What a visit decided about a link: written in one transaction with its record and outbox row.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The link's key.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The record to keep and to hand out, with [`Outcome::Recorded`].
    pub record: Option<Box<Record>>,
    /// What the answer said of itself, where there was one.
    pub answered: Option<Answered>,
    /// When to look again; `None`: never by itself.
    pub not_before: Option<Timestamp>,
    /// The raw exchange, for quarantine and `explain`.
    pub raw: Option<RawRef>,
}

/// What an answer said of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// What to send back the next time; `None`: nothing.
    pub revalidation: Option<Revalidation>,
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

/// A portal as the configuration names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The portal.
    pub portal: PortalId,
    /// Its group.
    pub group: GroupId,
}

/// How a visit ended.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitEnd {
    /// The next visit.
    pub next_due: Timestamp,
    /// When the last request ended.
    pub last_request: Option<Timestamp>,
    /// The visit as a whole failed.
    pub failure: Option<Failure>,
    /// The visit ran out of time: the next one goes on with its links.
    pub unfinished: bool,
    /// Everything was put off: the visit neither failed nor succeeded.
    pub idle: bool,
}

/// What `status` shows of a portal.
#[derive(Debug, Clone, PartialEq)]
pub struct PortalStatus {
    /// The portal.
    pub portal: PortalId,
    /// Its next visit.
    pub next_due: Timestamp,
    /// Its last visit's end.
    pub last_visit: Option<Timestamp>,
    /// The end of its last visit that did not fail.
    pub last_success: Option<Timestamp>,
    /// Visits in a row that failed.
    pub failures: u32,
    /// The last failure, none after a success.
    pub last_error: Option<String>,
    /// Until when it is being visited.
    pub leased_until: Option<Timestamp>,
    /// Links known.
    pub links: u64,
    /// Links that were never settled.
    pub waiting: u64,
    /// Links whose last try failed.
    pub failed: u64,
    /// Links on which a stage of ours failed.
    pub quarantined: u64,
    /// Links in whose place a challenge, a firewall, a login or a notice of construction stood.
    pub blocked: u64,
    /// Links that gave no record, by their last answer.
    pub rejected: u64,
    /// Records kept, revisions included.
    pub records: u64,
    /// The sources' states.
    pub sources: Vec<(SourceId, SourceState)>,
}

/// How a link stands.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkStatus {
    /// The portal.
    pub portal: PortalId,
    /// The link's key.
    pub id: String,
    /// The link.
    pub link: Link,
    /// How it last ended.
    pub outcome: Option<String>,
    /// More of it.
    pub reason: Option<String>,
    /// Failed tries in a row.
    pub attempts: u32,
    /// The next look, where one is planned.
    pub not_before: Option<Timestamp>,
    /// The last raw exchange.
    pub raw: Option<RawRef>,
}

impl Store {
    /// Opens or makes the database of a state folder, brings it to this program's format (after a backup) and checks SQLite's version.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::TooNew`], [`StoreError::Sql`].
    pub async fn open(dir: &Path) -> Result<Store, StoreError> {
        let dir = dir.to_owned();
        let database = blocking(move || Database::open(&dir)).await?;
        Ok(Store { database })
    }

    /// Opens the database for reading, beside a running service.
    ///
    /// # Errors
    /// As [`Store::open`]; also where there is no database yet.
    pub async fn open_read_only(dir: &Path) -> Result<Store, StoreError> {
        let dir = dir.to_owned();
        let database = blocking(move || Database::open_read_only(&dir)).await?;
        Ok(Store { database })
    }

    /// Makes the configured portals known: new ones are due now. Those no longer named are kept, and nobody claims them.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn register(&self, portals: &[Registration], now: Timestamp) -> Result<(), StoreError> {
        let portals = portals.to_vec();
        self.write(move |tx| claim::register(tx, &portals, now)).await
    }

    /// Makes portals due now, whatever was planned.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn make_due(&self, portals: &[PortalId], now: Timestamp) -> Result<(), StoreError> {
        let portals = portals.to_vec();
        self.write(move |tx| claim::make_due(tx, &portals, now)).await
    }

    /// Claims, among the portals named, the one that has been due longest and whose group is free.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn claim(
        &self,
        among: &[PortalId],
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        let among = among.to_vec();
        self.write(move |tx| claim::claim(tx, &among, now, lease)).await
    }

    /// The earliest moment at which one of the portals named may be claimed: due, and its group free.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn next_due(&self, among: &[PortalId]) -> Result<Option<Timestamp>, StoreError> {
        let among = among.to_vec();
        self.write(move |tx| claim::next_due(tx, &among)).await
    }

    /// Frees leases that no process holds any more: called once at start, under the lock of the state folder.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn free_leases(&self) -> Result<usize, StoreError> {
        self.write(claim::free_leases).await
    }

    /// Ends a visit: frees the lease and plans the next visit.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn end_visit(&self, lease: &Lease, end: VisitEnd, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |tx| claim::end_visit(tx, &lease, &end, now)).await
    }

    /// What is remembered of a source; the default where it is new.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn source_state(&self, portal: &PortalId, source: &SourceId) -> Result<SourceState, StoreError> {
        let (portal, source) = (portal.clone(), source.clone());
        self.write(move |tx| sources::state(tx, &portal, &source)).await
    }

    /// A walk begins that has something to take up, or an unfinished one goes on; gives its number. What was learned of another address
    /// than this configured one is forgotten.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn begin_walk(
        &self,
        lease: &Lease,
        source: &SourceId,
        address: &PageUrl,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        let (lease, source, address) = (lease.clone(), source.clone(), address.to_string());
        self.write(move |tx| sources::begin_walk(tx, &lease, &source, &address, now)).await
    }

    /// Keeps what is known of a page that a walk read in full, after its links were taken up.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn keep_page(
        &self,
        lease: &Lease,
        source: &SourceId,
        page: SourcePage,
        given: Given,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, source) = (lease.clone(), source.clone());
        self.write(move |tx| sources::keep_page(tx, &lease, &source, &page, &given, now)).await
    }

    /// Takes up a page's links in one transaction: unknown ones become pending, later hints fill gaps.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn take_up(
        &self,
        lease: &Lease,
        source: &SourceId,
        links: &[Link],
        now: Timestamp,
    ) -> Result<Sighted, StoreError> {
        let (lease, source, links) = (lease.clone(), source.clone(), links.to_vec());
        self.write(move |tx| links::take_up(tx, &lease, &source, &links, now)).await
    }

    /// A walk came to its end: failures are forgotten.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn end_walk(
        &self,
        lease: &Lease,
        source: &SourceId,
        end: WalkEnd,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, source) = (lease.clone(), source.clone());
        self.write(move |tx| sources::end_walk(tx, &lease, &source, &end, now)).await
    }

    /// Keeps what servers gave anew, where a walk is broken off.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn keep_given(
        &self,
        lease: &Lease,
        source: &SourceId,
        renewed: Vec<Given>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if renewed.is_empty() {
            return Ok(());
        }
        let (lease, source) = (lease.clone(), source.clone());
        self.write(move |tx| sources::keep_all_given(tx, &lease, &source, &renewed, now)).await
    }

    /// A source could not be read: it is put off, and its walk stays unfinished if it had begun.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn fail_walk(
        &self,
        lease: &Lease,
        source: &SourceId,
        failed: WalkFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, source) = (lease.clone(), source.clone());
        self.write(move |tx| sources::fail_walk(tx, &lease, &source, &failed, now)).await
    }

    /// All that is remembered of origins.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn origins(&self) -> Result<Vec<OriginMemory>, StoreError> {
        self.write(origins::all).await
    }

    /// Remembers what was learned of origins.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn keep_origins(&self, learned: Vec<OriginMemory>) -> Result<(), StoreError> {
        self.write(move |tx| origins::keep(tx, &learned)).await
    }

    /// Puts a link off without a try having been made.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`].
    pub async fn put_off_link(
        &self,
        lease: &Lease,
        id: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (lease, id) = (lease.clone(), id.to_owned());
        self.write(move |tx| links::put_off(tx, &lease, &id, until, now)).await
    }

    /// The portal's next pending link: first tries, then looks at what is known, then what failed; each in the order in which they are due.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn next_link(&self, lease: &Lease, now: Timestamp) -> Result<Option<Pending>, StoreError> {
        let lease = lease.clone();
        self.write(move |tx| links::next(tx, &lease, now)).await
    }

    /// What may be the same as a record.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn neighbours(&self, id: &str, content_hash: &str) -> Result<Neighbours, StoreError> {
        let (id, content_hash) = (id.to_owned(), content_hash.to_owned());
        self.write(move |tx| settle::neighbours(tx, &id, &content_hash)).await
    }

    /// Settles a link: link, article, record and outbox row in one transaction, durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Outdated`], [`StoreError::Sql`]; nothing is written then.
    pub async fn settle(&self, lease: &Lease, settlement: Settlement, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |tx| settle::settle(tx, &lease, &settlement, now)).await
    }

    /// The oldest rows of the outbox.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn outbox(&self, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
        self.write(move |tx| settle::outbox(tx, limit)).await
    }

    /// Takes delivered rows out of the outbox.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn delivered(&self, sequences: &[i64]) -> Result<(), StoreError> {
        let sequences = sequences.to_vec();
        self.write(move |tx| settle::delivered(tx, &sequences)).await
    }

    /// Which of the addresses are known as links of a portal, for a look that writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn known_links(&self, portal: &PortalId, ids: &[String]) -> Result<Vec<String>, StoreError> {
        let (portal, ids) = (portal.clone(), ids.to_vec());
        self.write(move |tx| links::known(tx, &portal, &ids)).await
    }

    /// How all known portals stand, by name.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn status(&self) -> Result<Vec<PortalStatus>, StoreError> {
        self.write(status::portals).await
    }

    /// Records that wait for their sink.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn outbox_length(&self) -> Result<u64, StoreError> {
        self.write(status::outbox_length).await
    }

    /// The newest record of an article, by its id or address.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn find_record(&self, id_or_url: &str) -> Result<Option<Record>, StoreError> {
        let key = id_or_url.to_owned();
        self.write(move |tx| status::find_record(tx, &key)).await
    }

    /// How a link stands, by its id or address.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn find_link(&self, id_or_url: &str) -> Result<Option<LinkStatus>, StoreError> {
        let key = id_or_url.to_owned();
        self.write(move |tx| status::find_link(tx, &key)).await
    }

    /// Runs a verb in one transaction on a blocking thread.
    async fn write<T: Send + 'static>(
        &self,
        verb: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = self.database.clone();
        blocking(move || database.transaction(verb)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Bug(error.to_string()))?
}
