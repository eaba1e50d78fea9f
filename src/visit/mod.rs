//! The walk: one portal, from due to settled.
//!
//! ```text
//! due portal → discover → Link → fetch → Page → extract → Extracted → normalize → Record → store.settle (dedup → Verdict)
//! ```
//!
//! A visit reads the portal's sources ([`sources`]), takes up their links, then works on its pending links one by one ([`articles`]) and
//! settles each exactly once. It ends when nothing is left, when its time or its number of articles is used up, when the server asks for
//! a pause, or when the program is told to stop; what is left stays pending in the store.

pub mod articles;
mod decision;
mod held;
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

/// Articles in a row that may fail before the visit gives the server a rest.
const FAILURES_IN_A_ROW: u32 = 3;

const BLOCKED_HINT: &str = "if it lasts, ask the portal's operator to let this program in";

/// What every visit works with. Cheap to clone.
#[derive(Clone)]
pub struct VisitContext {
    /// Leases, links, articles.
    pub store: Store,
    /// The network.
    pub fetcher: Fetcher,
    /// The last raw exchanges.
    pub pages: PageStore,
    /// The time of day.
    pub clock: Clock,
    /// Told of what happens, for progress bars and summaries.
    pub reporter: Reporter,
}

impl VisitContext {
    /// Takes up what the store remembers of origins: until when they want to be left alone, and their robots.txt. Once, before the first
    /// visit.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall(&self) -> Result<(), StoreError> {
        self.fetcher.recall(self.store.origins().await?);
        Ok(())
    }
}

/// Told of what happens.
pub type Reporter = Arc<dyn Fn(Event) + Send + Sync>;

/// What happens in a visit.
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
        /// Those never seen before.
        new: usize,
    },
    /// A link was settled.
    Settled {
        /// The portal.
        portal: PortalId,
        /// What became of it, in a word or two.
        outcome: String,
        /// The article's title or address.
        title: String,
    },
    /// A visit ended.
    Ended {
        /// The portal.
        portal: PortalId,
        /// What came of it.
        summary: Box<Summary>,
        /// How long after it was due it began.
        late: Duration,
        /// How long it took.
        took: Duration,
    },
    /// An alarm was raised, or is over.
    Alarm(Alarm),
}

/// How a visit is made.
#[derive(Debug, Clone)]
pub struct VisitOptions {
    /// Pages of each list to read whether they bring something new or not (`--backfill`).
    pub backfill: Option<u32>,
    /// Whether a person asked for it: sources that are put off are read all the same.
    pub by_hand: bool,
    /// When the visit must have ended.
    pub deadline: Timestamp,
    /// Turns true when the program is told to stop.
    pub stop: watch::Receiver<bool>,
}

/// What came of a visit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Requests sent, robots.txt and redirects included.
    pub requests: u64,
    /// Sources that answered, unchanged ones included.
    pub sources_read: u32,
    /// Sources that said "not modified".
    pub sources_unchanged: u32,
    /// Links never seen before.
    pub links_new: u64,
    /// Records of new articles.
    pub new: u64,
    /// Records of changed articles.
    pub revisions: u64,
    /// Records that repeat another article (counted in `new` as well).
    pub duplicates: u64,
    /// Articles looked at again and found as they were.
    pub unchanged: u64,
    /// Pages that are gone, disallowed or no articles.
    pub rejected: u64,
    /// Pages in whose place a challenge, a firewall, a login or a notice of construction stood.
    pub blocked: u64,
    /// Failures of sources and articles, in order.
    pub failures: Vec<Failure>,
    /// Why the visit as a whole counts as failed.
    pub failed: Option<Failure>,
    /// It ran out of time, or was told to stop: the next visit goes on with its links.
    pub unfinished: bool,
}

/// A visit under way.
pub(crate) struct Visit<'a> {
    context: &'a VisitContext,
    config: &'a Arc<Config>,
    portal: &'a Portal,
    lease: &'a Lease,
    options: VisitOptions,
    session: Session,
    summary: Summary,
    /// What is known of the templates of the portal's hosts.
    memories: Memories,
    /// Time until the next visit, by what was learned of the portal.
    every: Duration,
    /// What was seen of the portal, for the alarms.
    seen: VisitObservations,
    /// The page of a source that has turned into something else, until its walk is put off.
    suspect: Option<(AlarmKind, Page)>,
    /// When the first of the sources that are put off may be asked again.
    source_due: Option<Timestamp>,
    /// The sources are read; links are worked off.
    is_at_links: bool,
}

/// Why a visit goes no further.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stop {
    /// Nothing is left to do.
    Done,
    /// Its time or its number of articles is used up.
    UsedUp,
    /// The program is told to stop.
    Told,
    /// The server fails again and again.
    Rest(Failure),
    /// A challenge, a firewall or the like stands before the site.
    Blocked(Failure),
    /// The next request's turn comes after the visit's end.
    Wait(Timestamp),
}

/// Why a step of a visit gave nothing.
#[derive(Debug)]
pub(crate) enum StepError {
    /// The store is lost: the visit fails.
    Store(StoreError),
    /// There is no page, or none that can be read.
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
    /// It could not be got.
    Failed(Failure),
    /// It was fetched and could not be read.
    Unreadable(Failure),
    /// The program broke on it, or the store refused what was read.
    Broken(Failure),
    /// Its origin wants to be left alone until then; nothing was sent.
    Resting(Timestamp, Failure),
    /// 404.
    NotFound(Failure),
    /// 410.
    GoneForGood(Failure),
    /// A challenge, a firewall or a login stands before the site.
    Blocked(Failure),
    /// robots.txt disallows it.
    Closed(Failure),
}

/// Visits a portal under its lease and plans the next visit.
///
/// # Errors
/// [`StoreError`] where the store is lost; what was not settled is found pending by the next visit.
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
        let settled = self.summary.new + self.summary.revisions + self.summary.unchanged + self.summary.rejected;
        let mut failure = match &stop {
            Stop::Rest(failure) | Stop::Blocked(failure) => Some(failure.clone()),
            _ => None,
        };
        if self.summary.sources_read == 0 && settled == 0 && failure.is_none() {
            failure = self.summary.failures.first().cloned();
        }
        // Where all that there was to do is put off, nothing was learned of the portal: it stands as it stood.
        let idle = failure.is_none() && self.summary.sources_read == 0 && settled == 0 && self.source_due.is_some();
        // A visit that only ran out of time goes on at once; one that settled nothing would go round for ever.
        let waits = matches!(stop, Stop::Wait(_));
        let unfinished = (stop == Stop::UsedUp && settled > 0) || (waits && self.is_at_links);
        let goes_on = unfinished && !waits;
        let next_due = if goes_on { now } else { self.next_due(&stop, failure.as_ref(), idle, now) };
        let next_due = schedule::out_of_quiet(&self.portal.outlet.portal, &self.portal.quiet, next_due);
        // What was blocked after something was got is put off as a failure is, but the visit did not fail.
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
                tracing::error!(%portal, "something that was learned of {portal} was not kept: {}", failure.message);
            }
        }
        let end = VisitEnd { next_due, last_request: self.session.last_request(), failure, unfinished, idle };
        self.context.store.end_visit(self.lease, end, now).await?;
        Ok(self.summary)
    }

    /// Fetches for a source or an article, given up when the program is told to stop. What it taught of origins is remembered.
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

    /// When the portal is visited next. Sources and links that failed are put off themselves, so its own rhythm goes on: what waits for its
    /// next try is taken along then.
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

    /// The portal's rhythm later.
    fn after_rhythm(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.portal.every).unwrap_or(Timestamp::MAX)
    }

    /// Whether the visit must end before the next request.
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
