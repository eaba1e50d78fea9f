//! The walk: one portal, from due to settled.
//!
//! ```text
//! due portal → discover → Link → fetch → Page → extract → Extracted → normalize → Record → store.settle (dedup → Verdict)
//! ```
//!
//! A visit reads the portal's sources ([`sources`]) and stores their links, then processes the pending links one by one ([`articles`])
//! and settles each exactly once. It ends when nothing is left, when its time or its number of articles is used up, when the server asks
//! for a pause, or at shutdown. The rest stays pending in the store.

pub mod articles;
pub(crate) mod decision;
mod evidence;
pub(crate) mod held;
mod isolation;
mod memory;
pub mod observe;
mod politeness;
mod quiet;
pub mod sources;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::archive::PageStore;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::Portal;
use crate::fetch::FetchError;
use crate::fetch::Fetched;
use crate::fetch::Fetcher;
use crate::fetch::Session;
use crate::model::alarm::Alarm;
use crate::model::alarm::AlarmKind;
use crate::model::failure::Failure;
use crate::model::page::Page;
use crate::model::page::Revalidation;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::model::request::Request;
use crate::schedule;
use crate::store::Lease;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::VisitEnd;
use crate::store::VisitObservations;
pub use crate::visit::isolation::STAGE_TIME;
use crate::visit::isolation::refusal;
use crate::visit::memory::Memories;

/// Number of consecutive failed articles after which the visit ends, to give the server a rest.
const FAILURES_IN_A_ROW: u32 = 3;

const BLOCKED_HINT: &str = "if this continues, ask the portal's operator to allow this program";

/// What every visit needs. Cheap to clone.
#[derive(Clone)]
pub struct VisitContext {
    /// Leases, links, articles.
    pub store: Store,
    /// The network.
    pub fetcher: Fetcher,
    /// The stored raw pages.
    pub pages: PageStore,
    /// The clock.
    pub clock: Clock,
    /// Receives progress events, for progress bars and summaries.
    pub reporter: Reporter,
}

impl VisitContext {
    /// Loads what the store remembers about origins: until when not to send requests, and their robots.txt. Call it once, before the
    /// first visit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall(&self) -> Result<(), StoreError> {
        self.fetcher.recall(self.store.origins().await?);
        Ok(())
    }

    /// Loads what other workers learned about origins since the last call. Called after each claim: the group is this visit's from then on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn learn(&self) -> Result<(), StoreError> {
        let new = self.store.new_origins().await?;
        if !new.is_empty() {
            self.fetcher.recall(new);
        }
        Ok(())
    }

    /// Returns the current time, by the clock of the database if several machines share it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn shared_now(&self) -> Result<Timestamp, StoreError> {
        if let Some(shown) = self.store.clock().await? {
            self.clock.follow(shown);
        }
        Ok(self.clock.now())
    }
}

/// Receives progress events.
pub type Reporter = Arc<dyn Fn(Event) + Send + Sync>;

/// A progress event of a visit.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A page of a source was read.
    SourceRead {
        /// The portal.
        portal: PortalId,
        /// The source.
        source: SourceId,
        /// Links on the page.
        links: usize,
        /// New links.
        new: usize,
    },
    /// A link was settled.
    Settled {
        /// The portal.
        portal: PortalId,
        /// The outcome, in a word or two.
        outcome: String,
        /// The article's title or URL.
        title: String,
    },
    /// A visit ended.
    Ended {
        /// The portal.
        portal: PortalId,
        /// The summary.
        summary: Box<Summary>,
        /// How late it began.
        late: Duration,
        /// How long it took.
        took: Duration,
    },
    /// An alarm was raised or cleared.
    Alarm(Alarm),
}

/// Options of a visit.
#[derive(Debug, Clone)]
pub struct VisitOptions {
    /// Pages of each list to read even if they bring nothing new (`--backfill`).
    pub backfill: Option<u32>,
    /// Whether a person requested it. Then sources are read even if they are not due.
    pub by_hand: bool,
    /// The deadline of the visit.
    pub deadline: Timestamp,
    /// Becomes true at shutdown.
    pub stop: watch::Receiver<bool>,
}

/// The result of a visit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Requests sent, including robots.txt and redirects.
    pub requests: u64,
    /// Sources that responded, including unchanged ones.
    pub sources_read: u32,
    /// Sources that returned 304.
    pub sources_unchanged: u32,
    /// Links never seen before.
    pub links_new: u64,
    /// Records of new articles.
    pub new: u64,
    /// Records of changed articles.
    pub revisions: u64,
    /// Records that say that an article was withdrawn.
    pub withdrawn: u64,
    /// Records that repeat another article (counted in `new` as well).
    pub duplicates: u64,
    /// Articles requested again that did not change.
    pub unchanged: u64,
    /// Pages that are gone, disallowed or not articles.
    pub rejected: u64,
    /// Pages for which a challenge, a firewall, a login or a construction notice was shown.
    pub blocked: u64,
    /// Failures of sources and articles, in order.
    pub failures: Vec<Failure>,
    /// Why the visit as a whole counts as failed.
    pub failed: Option<Failure>,
    /// Whether it ran out of time or was shut down, so that the next visit continues with its links.
    pub unfinished: bool,
}

/// A running visit.
pub(crate) struct Visit<'a> {
    context: &'a VisitContext,
    config: &'a Arc<Config>,
    portal: &'a Portal,
    lease: &'a Lease,
    options: VisitOptions,
    session: Session,
    summary: Summary,
    /// What is known about the templates of the portal's hosts.
    memories: Memories,
    /// Time until the next visit, according to the portal's publishing habits.
    every: Duration,
    /// Observations of the portal, for the alarms.
    seen: VisitObservations,
    /// The page of a source that is no longer what it was, until its walk is postponed.
    suspect: Option<(AlarmKind, Page)>,
    /// When the first postponed source may be requested again.
    source_due: Option<Timestamp>,
    /// Whether a source fails, now or when it was last requested.
    is_source_failing: bool,
    /// Whether the sources are read and the visit processes links.
    is_at_links: bool,
}

/// Why a visit ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stop {
    /// Nothing is left to do.
    Done,
    /// Its time or its number of articles is used up.
    UsedUp,
    /// Shutdown.
    Told,
    /// The server fails again and again.
    Rest(Failure),
    /// A challenge, a firewall or the like covers the site.
    Blocked(Failure),
    /// The next request would be allowed only after the visit's end.
    Wait(Timestamp),
}

/// Why a step of a visit gives no result.
#[derive(Debug)]
pub(crate) enum StepError {
    /// The store is lost: the visit fails.
    Store(StoreError),
    /// There is no readable page.
    Fetch(FetchOutcome),
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> StepError {
        StepError::Store(error)
    }
}

impl From<FetchOutcome> for StepError {
    fn from(outcome: FetchOutcome) -> StepError {
        StepError::Fetch(outcome)
    }
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FetchOutcome {
    /// The visit ends.
    Stop(Stop),
    /// It could not be fetched.
    Failed(Failure),
    /// It was fetched but could not be read.
    Unreadable(Failure),
    /// The program failed on it, or the store refused the result.
    Broken(Failure),
    /// Its origin asked for no requests until this time. Nothing was sent.
    Resting(Timestamp, Failure),
    /// 404.
    NotFound(Failure),
    /// 410.
    GoneForGood(Failure),
    /// A challenge, a firewall or a login covers the site.
    Blocked(Failure),
    /// robots.txt disallows it.
    Closed(Failure),
}

/// Visits a portal under its lease and plans the next visit.
///
/// # Errors
/// [`StoreError`] if the store is lost; the next visit finds unsettled links pending.
pub async fn visit(
    context: &VisitContext,
    config: &Arc<Config>,
    portal: &Portal,
    lease: &Lease,
    options: VisitOptions,
) -> Result<Summary, StoreError> {
    if let Some(summary) = quiet::put_off(context, portal, lease, &options).await? {
        return Ok(summary);
    }
    let options = quiet::ended_before(portal, options, context.clock.now());
    let every = quiet::every(context, portal).await?;
    let session = context
        .fetcher
        .session(portal.scope.clone(), portal.delay, lease.last_request)
        .with_tls(Arc::clone(&portal.tls));
    let session = session.with_deadline(options.deadline);
    let summary = Summary::default();
    let mut visit = Visit {
        context,
        config,
        portal,
        lease,
        options,
        session,
        summary,
        memories: Memories::default(),
        every,
        seen: VisitObservations::default(),
        suspect: None,
        source_due: None,
        is_source_failing: false,
        is_at_links: false,
    };
    let stop = visit.walk().await?;
    visit.end(stop).await
}

impl Visit<'_> {
    async fn walk(&mut self) -> Result<Stop, StoreError> {
        if !self.lease.continued || self.options.backfill.is_some() {
            match self.read_sources().await? {
                Stop::Done => {}
                stop => return Ok(stop),
            }
        }
        self.is_at_links = true;
        self.work_off_links().await
    }

    async fn end(mut self, stop: Stop) -> Result<Summary, StoreError> {
        let now = self.context.clock.now();
        self.summary.requests = self.session.requests_sent();
        let settled = self.summary.new
            + self.summary.revisions
            + self.summary.withdrawn
            + self.summary.unchanged
            + self.summary.rejected;
        let mut failure = match &stop {
            Stop::Rest(failure) | Stop::Blocked(failure) => Some(failure.clone()),
            _ => None,
        };
        if self.summary.sources_read == 0 && settled == 0 && failure.is_none() {
            failure = self.summary.failures.first().cloned();
        }
        // If everything was postponed, nothing was learned about the portal, so its state does not change.
        let idle = failure.is_none() && self.summary.sources_read == 0 && settled == 0 && self.source_due.is_some();
        // A visit that only ran out of time continues at once. One that settled nothing would repeat forever.
        let waits = matches!(stop, Stop::Wait(_));
        let unfinished = (stop == Stop::UsedUp && settled > 0) || (waits && self.is_at_links);
        let goes_on = unfinished && !waits;
        let next_due = if goes_on { now } else { self.next_due(&stop, failure.as_ref(), idle, now) };
        let next_due = schedule::out_of_quiet(&self.portal.outlet.portal, &self.portal.quiet, next_due);
        // A block after a success postpones the visit like a failure, but the visit did not fail.
        let got_something = settled > 0 || self.summary.sources_read > 0;
        let did_fail = !(matches!(stop, Stop::Blocked(_)) && got_something);
        self.summary.failed = failure.clone().filter(|_| did_fail);
        self.summary.unfinished = unfinished || stop == Stop::Told;
        self.seen.new = self.summary.new > 0;
        match &failure {
            Some(failure) => self.note_failure("", &failure.message.clone(), None, None),
            None if idle || stop == Stop::Told => {}
            None => self.note_well(""),
        }
        for kept in [self.watch().await, self.keep_memories().await] {
            if let Some(failure) = refusal(kept)? {
                let portal = &self.portal.outlet.portal;
                tracing::error!(%portal, "what was learned about {portal} could not be stored: {}", failure.message);
            }
        }
        let end = VisitEnd { next_due, last_request: self.session.last_request(), failure, unfinished, idle };
        self.context.store.end_visit(self.lease, end, now).await?;
        Ok(self.summary)
    }

    /// Fetches for a source or an article; aborts at shutdown. Stores what it learned about origins.
    pub(crate) async fn get(&mut self, request: &Request, known: &[Revalidation]) -> Result<Fetched, StepError> {
        let mut stop = self.options.stop.clone();
        let fetched = tokio::select! {
            fetched = self.session.fetch(request, known) => Some(fetched),
            _ = stop.wait_for(|told| *told) => None,
        };
        let explain = |error| outcome_of(&error, self.session.host());
        let fetched = fetched.map_or(Err(FetchOutcome::Stop(Stop::Told)), |fetched| fetched.map_err(explain));
        let learned = self.context.fetcher.take_new();
        if !learned.is_empty() {
            self.context.store.keep_origins(learned).await?;
        }
        Ok(fetched?)
    }

    /// Returns when to visit the portal next. Failed sources and links are postponed individually, so the portal keeps its interval and retries them
    /// when they are due.
    fn next_due(&self, stop: &Stop, failure: Option<&Failure>, idle: bool, now: Timestamp) -> Timestamp {
        let portal = &self.portal.outlet.portal;
        let retry = |failure| schedule::retry_at(portal.as_str(), failure, self.lease.failures + 1, now);
        let rhythm = schedule::next_visit(portal, self.every, self.lease.visits, now);
        match stop {
            Stop::Wait(at) => *at,
            Stop::Told => now,
            Stop::Blocked(failure) => retry(failure).max(self.after_rhythm(now)),
            Stop::Rest(failure) => retry(failure),
            Stop::Done | Stop::UsedUp => match (failure, self.source_due) {
                (Some(_), Some(due)) => rhythm.min(due.max(now)),
                (None, Some(due)) if idle => rhythm.min(due.max(now)),
                (Some(failure), None) => retry(failure),
                _ => rhythm,
            },
        }
    }

    /// Returns the moment after one interval of the portal.
    fn after_rhythm(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.portal.every).unwrap_or(Timestamp::MAX)
    }

    /// Returns why the visit must end before the next request, if it must.
    fn must_end(&self) -> Option<Stop> {
        if *self.options.stop.borrow() {
            Some(Stop::Told)
        } else if self.context.clock.now() >= self.options.deadline {
            Some(Stop::UsedUp)
        } else {
            None
        }
    }

    fn report(&self, event: Event) {
        (self.context.reporter)(event);
    }
}

fn outcome_of(error: &FetchError, host: &str) -> FetchOutcome {
    match error {
        FetchError::Resting { until, .. } => FetchOutcome::Resting(*until, error.failure(host)),
        FetchError::NotInTime { at, .. } => FetchOutcome::Stop(Stop::Wait(*at)),
        other => FetchOutcome::Failed(other.failure(host)),
    }
}
