//! Leases, links, articles, the sources' states and the outbox. The only module that knows SQL; its verbs are of the domain.
//!
//! Everything is async and runs SQLite on a blocking thread. PostgreSQL will stand behind the same verbs.

mod alarms;
mod claim;
mod habits;
mod index;
mod inventory;
mod links;
mod memory;
mod origins;
mod quarantine;
mod retention;
mod salvage;
mod set_back;
mod settle;
mod sources;
mod sqlite;
mod status;
mod trouble;
mod view;
mod watch;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::alarms::Watched;
use crate::dedup::Verdict;
use crate::discover::Step;
use crate::extract::template::SiteMemory;
use crate::model::alarm::Alarm;
use crate::model::alarm::AlarmKey;
use crate::model::alarm::Reason;
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
use crate::schedule::habit::Habit;
pub use crate::store::inventory::Kept;
pub use crate::store::quarantine::Selection;
use crate::store::sqlite::Database;
pub use crate::store::trouble::Trouble;
pub use crate::store::watch::FailedNow;
pub use crate::store::watch::Seen;
use crate::text::fingerprint::article_id;
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
        /// What is wrong, where it has a name.
        trouble: Option<Trouble>,
    },
    /// The database's file is no longer where it was opened: what would be written would be lost.
    #[error("{path} is no longer the database that was opened: it was moved, removed or replaced")]
    Moved {
        /// Where it was.
        path: String,
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
    /// Written by an older version of the program, and opened to be read only.
    #[error("the database is older than this program: `tintinh fetch` or `tintinh run` brings it up to date")]
    TooOld,
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
    window: Duration,
}

/// Time that an article stays in the index of near-duplicates where the configuration does not say.
pub const WINDOW: Duration = Duration::from_hours(400 * 24);

/// A portal leased to one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The portal.
    pub portal: PortalId,
    /// Its group, leased with it.
    pub group: GroupId,
    /// Rises with every claim; a write under an older one is refused.
    pub fence: i64,
    /// When it was given.
    pub began: Timestamp,
    /// When it runs out.
    pub until: Timestamp,
    /// When the portal was due.
    pub due: Timestamp,
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
    /// The page that was kept of it.
    pub raw: Option<RawRef>,
    /// Whether it is to be read from the page that was kept.
    pub replay: bool,
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

/// An article as read off its page, to be judged and settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// Its record, with revision 1 and no `duplicate`.
    pub record: Box<Record>,
    /// The portal of ours that its source line names.
    pub credit: Option<PortalId>,
    /// Whether its title has nothing of what its link promised.
    pub is_misnamed: bool,
}

/// Which records of the current view are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// One of each cluster: the head, else the earliest that is wanted.
    pub unique: bool,
    /// Published since; what has no date counts from the day on which it was found.
    pub since: Option<Timestamp>,
    /// Of this portal.
    pub portal: Option<PortalId>,
}

/// How large the index of near-duplicates is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IndexSize {
    /// Articles known.
    pub articles: u64,
    /// Those that later copies are looked for among.
    pub indexed: u64,
    /// Those that are copies of another.
    pub copies: u64,
    /// Bytes in the database that clusters and index take.
    pub bytes: u64,
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
    /// When something new last came.
    pub last_new: Option<Timestamp>,
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

/// Portals that are asked about. Cheap to clone, however many they are.
#[derive(Debug, Clone, Default)]
pub struct Among(Arc<HashSet<PortalId>>);

impl Among {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.0.contains(id)
    }
}

impl FromIterator<PortalId> for Among {
    fn from_iter<I: IntoIterator<Item = PortalId>>(ids: I) -> Among {
        Among(Arc::new(ids.into_iter().collect()))
    }
}

impl<T: AsRef<[PortalId]> + ?Sized> From<&T> for Among {
    fn from(ids: &T) -> Among {
        ids.as_ref().iter().cloned().collect()
    }
}

impl Store {
    /// Opens or makes the database of a state folder, brings it to this program's format (after a backup) and checks SQLite's version.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::TooNew`], [`StoreError::Sql`].
    pub async fn open(dir: &Path) -> Result<Store, StoreError> {
        let dir = dir.to_owned();
        let database = blocking(move || Database::open(&dir)).await?;
        Ok(Store { database, window: WINDOW })
    }

    /// The store with another time after which an article is no longer looked for among the copies of new ones.
    #[must_use]
    pub fn with_window(self, window: Duration) -> Store {
        Store { window, ..self }
    }

    /// Whether a state folder holds a database: a process that was killed at its first start may have left an empty file.
    pub fn is_there(dir: &Path) -> bool {
        Database::is_there(dir)
    }

    /// Opens the database for reading, beside a running service.
    ///
    /// # Errors
    /// As [`Store::open`]; also where there is no database yet.
    pub async fn open_read_only(dir: &Path) -> Result<Store, StoreError> {
        let dir = dir.to_owned();
        let database = blocking(move || Database::open_read_only(&dir)).await?;
        Ok(Store { database, window: WINDOW })
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
        among: impl Into<Among>,
        now: Timestamp,
        lease: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        let among = among.into();
        self.write(move |tx| claim::claim(tx, &among, now, lease)).await
    }

    /// The earliest moment at which one of the portals named may be claimed: due, and its group free.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn next_due(&self, among: impl Into<Among>) -> Result<Option<Timestamp>, StoreError> {
        let among = among.into();
        self.write(move |tx| claim::next_due(tx, &among)).await
    }

    /// Frees leases that no process holds any more: called once at start, under the lock of the state folder.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn free_leases(&self) -> Result<usize, StoreError> {
        self.write(claim::free_leases).await
    }

    /// Frees the lease of a visit that ended without a word; nothing happens where the lease was lost meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |tx| claim::release(tx, &lease)).await
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
        let named = links.iter().map(|link| (article_id(&link.url.canonical()), link.clone()));
        self.take_up_named(lease, source, named.collect(), now).await
    }

    /// [`Store::take_up`] for links with the ids that their platform's rules give them.
    ///
    /// # Errors
    /// As [`Store::take_up`].
    pub async fn take_up_named(
        &self,
        lease: &Lease,
        source: &SourceId,
        links: Vec<(String, Link)>,
        now: Timestamp,
    ) -> Result<Sighted, StoreError> {
        let (lease, source) = (lease.clone(), source.clone());
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
    /// Those that are `held` back are passed over.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn next_link(
        &self,
        lease: &Lease,
        held: Vec<String>,
        now: Timestamp,
    ) -> Result<Option<Pending>, StoreError> {
        let lease = lease.clone();
        self.write(move |tx| links::next(tx, &lease, &held, now)).await
    }

    /// Settles a link: link, article, record and outbox row in one transaction, durable when it returns.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Outdated`], [`StoreError::Sql`]; nothing is written then.
    pub async fn settle(&self, lease: &Lease, settlement: Settlement, now: Timestamp) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |tx| settle::settle(tx, &lease, &settlement, now)).await
    }

    /// Settles a link with the article that was read off its page: the article is held against all others, numbered, and written with the
    /// index in the same transaction, so that two visits never judge one article at the same time. `outcome` and `record` of the settlement
    /// are decided here.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Sql`], [`StoreError::Value`]; nothing is written then.
    pub async fn settle_article(
        &self,
        lease: &Lease,
        settlement: Settlement,
        article: Article,
        now: Timestamp,
    ) -> Result<Verdict, StoreError> {
        let (lease, window) = (lease.clone(), self.window);
        self.write(move |tx| settle::settle_article(tx, &lease, settlement, article, window, now)).await
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

    /// Where articles, records and the index of near-duplicates contradict one another: one sentence each, none in a sound database. Reads all
    /// of it.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn disagreements(&self) -> Result<Vec<String>, StoreError> {
        self.write(index::disagreements).await
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

    /// The last links of a portal of which a page is kept, the newest first, with where it lies; so many at most.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn kept_pages(&self, portal: &PortalId, limit: u32) -> Result<Vec<(Link, RawRef)>, StoreError> {
        let portal = portal.clone();
        self.write(move |tx| status::kept_pages(tx, &portal, limit)).await
    }

    /// The current view, some records at a time: those behind a place in the order of arrival (0 to begin), and the place to go on from. An empty
    /// answer ends it.
    ///
    /// # Errors
    /// [`StoreError::TooOld`], [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn current(&self, wanted: &Wanted, after: i64) -> Result<(Vec<Record>, i64), StoreError> {
        let wanted = wanted.clone();
        self.write(move |tx| view::records_after(tx, &wanted, after)).await
    }

    /// All revisions of an article, the first one first; none where the id is unknown.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn revisions(&self, id: &str) -> Result<Vec<Record>, StoreError> {
        let id = id.to_owned();
        self.write(move |tx| view::revisions(tx, &id)).await
    }

    /// How large the index of near-duplicates is; nothing where the database is older than it.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn index_size(&self) -> Result<Option<IndexSize>, StoreError> {
        self.write(view::index_size).await
    }

    /// What was learned of a host's template.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn site_memory(&self, host: &str) -> Result<Option<SiteMemory>, StoreError> {
        let host = host.to_owned();
        self.write(move |tx| memory::of_host(tx, &host)).await
    }

    /// Keeps what was learned of a host's template.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn keep_site_memory(&self, host: &str, memory: SiteMemory, now: Timestamp) -> Result<(), StoreError> {
        let host = host.to_owned();
        self.write(move |tx| memory::keep(tx, &host, &memory, now)).await
    }

    /// Notes what a visit saw of its portal, and tells what is known of the portal now.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn watch(&self, portal: &PortalId, seen: Seen, now: Timestamp) -> Result<Watched, StoreError> {
        let portal = portal.clone();
        self.write(move |tx| watch::watch(tx, &portal, &seen, now)).await
    }

    /// What was learned of when a portal publishes.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn habit(&self, portal: &PortalId) -> Result<Option<Habit>, StoreError> {
        let portal = portal.clone();
        self.write(move |tx| habits::habit(tx, &portal)).await
    }

    /// Where the clock shows less than at the last visit, moves all that is planned back by as much; says by how much.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn heal_clock(&self, now: Timestamp) -> Result<Option<Duration>, StoreError> {
        self.write(move |tx| set_back::heal(tx, now)).await
    }

    /// What is known of a portal.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn watched(&self, portal: &PortalId) -> Result<Watched, StoreError> {
        let portal = portal.clone();
        self.write(move |tx| watch::watched(tx, &portal)).await
    }

    /// What is known of the portals, of those named, about which time alone may raise an alarm. Without their pages.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn watched_by_time(&self, among: &[PortalId]) -> Result<Vec<(PortalId, Watched)>, StoreError> {
        let among = among.to_vec();
        self.write(move |tx| watch::watched_by_time(tx, &among)).await
    }

    /// Opens an alarm; `None` where the same is open.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn raise(&self, reason: Reason, now: Timestamp) -> Result<Option<Alarm>, StoreError> {
        self.write(move |tx| alarms::raise(tx, &reason, now)).await
    }

    /// Ends an alarm; `None` where none is open.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn clear(&self, key: AlarmKey, now: Timestamp) -> Result<Option<Alarm>, StoreError> {
        self.write(move |tx| alarms::clear(tx, &key, now)).await
    }

    /// Ends the alarms about portals that are not among these: nobody visits them any more. Says how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn clear_others(&self, among: &[PortalId], now: Timestamp) -> Result<usize, StoreError> {
        let among = among.to_vec();
        self.write(move |tx| alarms::clear_others(tx, &among, now)).await
    }

    /// The alarms that are open, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn open_alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        self.write(alarms::open).await
    }

    /// Alarms of which the operator's command is to be told: those that were raised, and those that are over since.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn untold_alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        self.write(alarms::untold).await
    }

    /// The command was told of an alarm as it stands here.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn told(&self, alarm: Alarm) -> Result<(), StoreError> {
        self.write(move |tx| alarms::told(tx, &alarm)).await
    }

    /// Forgets alarms that were over before a moment. Says how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn forget_alarms(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.write(move |tx| alarms::forget(tx, before)).await
    }

    /// Forgets articles that are done with and that no source has shown since a moment; so many at most. Says how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn forget_articles(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.write(move |tx| retention::forget_articles(tx, before, limit)).await
    }

    /// Notes that files of records are deleted up to a moment: what they held is not missed.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn note_deleted(&self, before: Timestamp) -> Result<(), StoreError> {
        self.write(move |tx| retention::note_deleted(tx, before)).await
    }

    /// The moment before which files of records were deleted.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn deleted_before(&self) -> Result<Option<Timestamp>, StoreError> {
        self.write(retention::deleted_before).await
    }

    /// Notes that the process ended while a link's page was read, `alone` or beside others; says how often it did so alone. The link is read after
    /// all others from now on.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn blame(&self, portal: &PortalId, link: &str, alone: bool) -> Result<u32, StoreError> {
        let (portal, link) = (portal.clone(), link.to_owned());
        self.write(move |tx| quarantine::blame(tx, &portal, &link, alone)).await
    }

    /// Sets a link aside with its page.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn quarantine(
        &self,
        portal: &PortalId,
        link: &str,
        reason: String,
        page: Option<RawRef>,
        not_before: Timestamp,
    ) -> Result<(), StoreError> {
        let (portal, link) = (portal.clone(), link.to_owned());
        self.write(move |tx| quarantine::quarantine(tx, &portal, &link, &reason, page.as_ref(), not_before)).await
    }

    /// Makes links pending again, to be read from the pages that were kept of them, and their portals due. Says how many of each portal.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn take_up_again(
        &self,
        selection: Selection,
        now: Timestamp,
    ) -> Result<Vec<(PortalId, u64)>, StoreError> {
        self.write(move |tx| quarantine::take_up_again(tx, &selection, now)).await
    }

    /// The database's file.
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// Bytes on disk: the database, and its write-ahead log.
    pub fn size(&self) -> (u64, u64) {
        let bytes = |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        (bytes(self.path()), bytes(&sqlite::log_of(self.path())))
    }

    /// Writes something small durably, to see whether the store works again.
    ///
    /// # Errors
    /// [`StoreError`] as any verb that writes would meet it.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let database = self.database.clone();
        blocking(move || database.touch()).await
    }

    /// Writes the log back into the database and cuts it off: now and then, and before a rest.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        let database = self.database.clone();
        blocking(move || database.checkpoint()).await
    }

    /// Writes a durable copy of the database into a file, which appears whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Open`] of the copy.
    pub async fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        let (database, to) = (self.database.clone(), to.to_owned());
        blocking(move || database.back_up(&to)).await
    }

    /// What the database says of itself: SQLite's own check, and what must hold between the tables. Empty where all is well. Reads all of it.
    ///
    /// # Errors
    /// [`StoreError::Sql`] where it cannot even be checked.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.write(inventory::integrity).await
    }

    /// Shows every record, one after the other, as one moment knew them.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn each_record(&self, mut show: impl FnMut(Kept) + Send + 'static) -> Result<(), StoreError> {
        self.write(move |tx| inventory::each_record(tx, &mut show)).await
    }

    /// Whether a record is known.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn knows(&self, id: &str, revision: u32) -> Result<bool, StoreError> {
        let id = id.to_owned();
        self.write(move |tx| inventory::knows(tx, &id, revision)).await
    }

    /// Takes records in that were delivered already, as they stand in files; those that are known stay as they are, or give way
    /// where `files_win`: after damage the file's copy is the one to trust. Says how many were new.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn adopt(&self, records: Vec<Record>, files_win: bool) -> Result<u64, StoreError> {
        self.write(move |tx| inventory::adopt(tx, &records, files_win)).await
    }

    /// Puts records (by id and revision) into the outbox again. Says how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn requeue(&self, keys: Vec<(String, u32)>) -> Result<u64, StoreError> {
        self.write(move |tx| inventory::requeue(tx, &keys)).await
    }

    /// Puts right what the tables disagree on.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn reconcile(&self) -> Result<(), StoreError> {
        self.write(inventory::reconcile).await
    }

    /// Copies what can be read of a damaged database into this one; says how many rows, by table.
    ///
    /// # Errors
    /// [`StoreError::Sql`] of this database; what the damaged one does not give is left out.
    pub async fn salvage(&self, damaged: &Path) -> Result<Vec<(String, u64)>, StoreError> {
        let damaged = damaged.to_owned();
        self.write(move |tx| salvage::salvage(tx, &damaged)).await
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
