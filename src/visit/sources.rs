//! The first half of a visit: reads the portal's sources and stores their links.
//!
//! A walk reads a source's pages as long as they have links that this source had not listed before the walk. Each page is stored with its validators
//! and the steps that it led to, so that an interrupted walk continues where it stopped: an unchanged page leads to the same steps, and its links
//! still count as new.
//!
//! A source is read no more often than its portal's interval (`every`) and its own hints allow (`politeness`). `tintinh fetch` ignores both, but
//! keeps delays and pauses.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::discover;
use crate::discover::Found;
use crate::discover::Source;
use crate::discover::Step;
use crate::discover::span;
use crate::failpoint;
use crate::fetch;
use crate::fetch::Fetched;
use crate::model::alarm::AlarmKind;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::page::Page;
use crate::model::page::Revalidation;
use crate::model::page::Unchanged;
use crate::model::page::Validators;
use crate::model::record::WithdrawalReason;
use crate::obstacle;
use crate::schedule;
use crate::store::ListedSpan;
use crate::store::SourcePage;
use crate::store::SourceState;
use crate::store::StoreError;
use crate::store::StoredValidators;
use crate::store::WalkEnd;
use crate::store::WalkFailure;
use crate::text::date::rfc3339;
use crate::text::fingerprint;
use crate::url::PageUrl;
use crate::visit::BLOCKED_HINT;
use crate::visit::Event;
use crate::visit::FetchOutcome;
use crate::visit::StepError;
use crate::visit::Stop;
use crate::visit::Visit;
use crate::visit::isolation::isolated;
use crate::visit::isolation::refused;
use crate::visit::isolation::stage;
use crate::visit::politeness;
use crate::visit::politeness::SourceHints;

/// The state of a walk.
struct Walk {
    state: SourceState,
    /// The source's configured URL.
    address: PageUrl,
    /// Its number, once it has links to store.
    number: Option<i64>,
    queue: VecDeque<Step>,
    pages_read: u32,
    /// The hints of the source's first page.
    said: SourceHints,
    /// Changed validators from responses without links to store.
    renewed: Vec<StoredValidators>,
    /// Whether the feed was read and has no entry.
    is_empty: bool,
}

impl Walk {
    fn new(source: &Source, state: SourceState) -> Walk {
        let mut first = source.first_step();
        let address = first.request.url.clone();
        let state = politeness::of_address(state, &address);
        if let Some(moved) = politeness::moved_for_good(&state) {
            first.request.url = moved.clone();
        }
        let said = SourceHints { pace: state.pace, ..SourceHints::default() };
        let queue = VecDeque::from([first]);
        Walk { state, address, number: None, queue, pages_read: 0, said, renewed: Vec::new(), is_empty: false }
    }
}

impl Visit<'_> {
    pub(super) async fn read_sources(&mut self) -> Result<Stop, StoreError> {
        for source in &self.portal.sources {
            if let Some(stop) = self.must_end() {
                return Ok(stop);
            }
            let state = self.context.store.source_state(&self.portal.outlet.portal, &source.id).await?;
            let mut walk = Walk::new(source, state);
            if !self.is_to_be_read(&walk.state) {
                self.is_source_failing |= walk.state.failures > 0;
                continue;
            }
            match isolated(self.walk_source(source, &mut walk)).await {
                Ok(()) => {
                    self.summary.sources_read += 1;
                    if walk.is_empty {
                        // A new feed may be empty. If it stays empty for `failing_after`, an alarm says so.
                        self.note_failure(source.id.as_str(), EMPTY_FEED, None, None);
                    } else {
                        self.note_well(source.id.as_str());
                    }
                }
                Err(StepError::Fetch(outcome)) => {
                    self.is_source_failing = true;
                    if let Some(stop) = self.put_off(source, walk, outcome).await? {
                        return Ok(stop);
                    }
                }
                Err(StepError::Store(error)) => return Err(error),
            }
        }
        Ok(Stop::Done)
    }

    /// Whether a source may be requested now. `tintinh fetch` and a backfill ignore its interval.
    fn is_to_be_read(&mut self, state: &SourceState) -> bool {
        if self.options.by_hand || self.options.backfill.is_some() {
            return true;
        }
        if state.gone_since.is_some() {
            return false;
        }
        let now = self.context.clock.now();
        let earliest = politeness::earliest(state, self.portal.every, now);
        if earliest > now {
            self.note_put_off(earliest);
        }
        earliest <= now
    }

    fn note_put_off(&mut self, until: Timestamp) {
        self.source_due = Some(self.source_due.map_or(until, |due| due.min(until)));
    }

    /// Postpones a source that could not be read. Returns whether the visit ends with it.
    async fn put_off(
        &mut self,
        source: &Source,
        walk: Walk,
        outcome: FetchOutcome,
    ) -> Result<Option<Stop>, StoreError> {
        let is_lost_move =
            matches!(outcome, FetchOutcome::NotFound(_)) && politeness::moved_for_good(&walk.state).is_some();
        let is_blocked = matches!(outcome, FetchOutcome::Blocked(_));
        let is_closed = matches!(outcome, FetchOutcome::Closed(_));
        let now = self.context.clock.now();
        let (failure, not_before) = match self.next_try(source, walk.state.failures + 1, outcome) {
            Ok(next) => next,
            Err(stop) => {
                self.context.store.keep_given(self.lease, &source.id, walk.renewed, now).await?;
                return Ok(Some(stop));
            }
        };
        let portal = &self.portal.outlet.portal;
        // The journal only shows the message, so it names its portal.
        if let Some(next) = not_before {
            tracing::warn!(%portal, source = %source.id, next = rfc3339(next), "source {} of {portal} failed: {}", source.id, failure.message);
            self.note_put_off(next);
        } else {
            tracing::warn!(%portal, source = %source.id, "source {} of {portal} stopped: {}", source.id, failure.message);
        }
        self.summary.failures.push(failure.clone());
        let (kind, page) = self.suspect.take().map_or((None, None), |(kind, page)| (Some(kind), Some(page)));
        let page = match page {
            Some(page) => self.keep_raw(&page, None).await.map(|kept| kept.place),
            None => None,
        };
        let kind = if is_closed { Some(AlarmKind::ClosedByRobots) } else { kind };
        self.note_failure(source.id.as_str(), &failure.message, kind, page);
        let failed = WalkFailure {
            address: walk.address,
            failure: failure.clone(),
            not_before,
            is_gone: not_before.is_none(),
            forget_move: is_lost_move,
            renewed: walk.renewed,
        };
        self.context.store.fail_walk(self.lease, &source.id, failed, now).await?;
        Ok(is_blocked.then_some(Stop::Blocked(failure)))
    }

    /// Returns when to request a source again: never if it is permanently gone. `Err` if the visit itself ends.
    fn next_try(
        &self,
        source: &Source,
        attempts: u32,
        outcome: FetchOutcome,
    ) -> Result<(Failure, Option<Timestamp>), Stop> {
        let now = self.context.clock.now();
        let key = format!("{} {}", self.portal.outlet.portal, source.id);
        let retry = |failure: &Failure| schedule::retry_at(&key, failure, attempts, now);
        Ok(match outcome {
            FetchOutcome::Stop(stop) => return Err(stop),
            FetchOutcome::Failed(failure) => (failure.clone(), Some(retry(&failure))),
            // An unusable page also counts as a request.
            FetchOutcome::Unreadable(failure) | FetchOutcome::Broken(failure) | FetchOutcome::Blocked(failure) => {
                (failure.clone(), Some(retry(&failure).max(self.after_rhythm(now))))
            }
            FetchOutcome::Resting(until, failure) => (failure, Some(until)),
            // robots.txt is cached for a day and may be different afterwards.
            FetchOutcome::Closed(failure) => {
                (failure, Some(now.saturating_add(fetch::ROBOTS_KEPT).unwrap_or(Timestamp::MAX)))
            }
            FetchOutcome::NotFound(failure) => (failure, Some(schedule::after_not_found(&key, attempts, now))),
            FetchOutcome::GoneForGood(failure) => (failure, None),
        })
    }

    async fn walk_source(&mut self, source: &Source, walk: &mut Walk) -> Result<(), StepError> {
        let limit = self.options.backfill.unwrap_or(source.max_pages).max(1);
        while let Some(step) = walk.queue.pop_front() {
            if walk.pages_read >= limit {
                break;
            }
            if let Some(stop) = self.must_end() {
                return Err(FetchOutcome::Stop(stop).into());
            }
            walk.pages_read += 1;
            self.walk_step(source, walk, &step).await?;
        }
        if walk.number.is_none() {
            self.summary.sources_unchanged += 1;
        }
        Ok(self.end_walk(source, walk).await?)
    }

    async fn end_walk(&self, source: &Source, walk: &mut Walk) -> Result<(), StoreError> {
        let now = self.context.clock.now();
        let moved = politeness::moved(&walk.state, walk.said.moved_to.as_ref(), now);
        if let Some(moved) = moved.as_ref().filter(|moved| moved.days == schedule::MOVED_DAYS) {
            let portal = &self.portal.outlet.portal;
            tracing::info!(%portal, source = %source.id, to = %moved.to, "the source has moved for good: its new address is used from now on");
        }
        let stale = schedule::stale_at(walk.said.fresh_for, walk.said.pace, now);
        let end = WalkEnd {
            address: walk.address.clone(),
            not_before: (stale > now).then_some(stale),
            moved,
            pace: walk.said.pace,
            renewed: std::mem::take(&mut walk.renewed),
        };
        self.context.store.end_walk(self.lease, &source.id, end, now).await
    }

    async fn walk_step(&mut self, source: &Source, walk: &mut Walk, step: &Step) -> Result<(), StepError> {
        let revalidations = match self.options.backfill {
            None => politeness::revalidations(&walk.state.given, self.context.clock.now()),
            Some(_) => Vec::new(),
        };
        match self.get(&step.request, &revalidations).await? {
            Fetched::Page(page) => self.take_page(source, walk, step, *page).await,
            Fetched::Unchanged(unchanged) => {
                take_unchanged(source, walk, step, &unchanged);
                Ok(())
            }
            other => Ok(self.take_refusal(source, walk, step, other)?),
        }
    }

    async fn take_page(&mut self, source: &Source, walk: &mut Walk, step: &Step, page: Page) -> Result<(), StepError> {
        if step.number == 0 {
            walk.said = SourceHints::of_page(&page);
        }
        let given = politeness::given_by(&page);
        let body_hash = fingerprint::hash_bytes(&page.body);
        let found = match self.discover(source, step, page).await {
            Ok(found) => found,
            Err(outcome) => {
                // The next request is a full one, because a 304 would not change anything.
                walk.renewed.push(StoredValidators { revalidation: nothing_of(&given), ..given });
                return Err(outcome.into());
            }
        };
        if step.number == 0 {
            walk.said.pace = found.pace;
        }
        walk.is_empty = step.number == 0 && source.kind() == SourceKind::Feed && has_nothing(&found);
        if walk.is_empty {
            // The next request is a full one here, too.
            walk.renewed.push(StoredValidators { revalidation: nothing_of(&given), ..given });
            return Ok(());
        }
        let number = self.number_of(source, walk).await?;
        let goes_on = self.take_up(source, &found).await?;
        if step.request.is_get() {
            let url = step.request.url.as_str().to_owned();
            let kept = SourcePage { url, body_hash, walk: number, next: found.next.clone() };
            self.warn_of_lies(source, walk, &kept, &given);
            self.context.store.keep_page(self.lease, &source.id, kept, given, self.context.clock.now()).await?;
        }
        if goes_on {
            walk.queue.extend(found.next);
        }
        Ok(())
    }

    /// Returns the walk's number. The walk begins when there are links to store.
    async fn number_of(&self, source: &Source, walk: &mut Walk) -> Result<i64, StoreError> {
        if let Some(number) = walk.number {
            return Ok(number);
        }
        let now = self.context.clock.now();
        let number = self.context.store.begin_walk(self.lease, &source.id, &walk.address, now).await?;
        walk.number = Some(number);
        Ok(number)
    }

    fn warn_of_lies(&self, source: &Source, walk: &Walk, kept: &SourcePage, given: &StoredValidators) {
        let before = walk.state.pages.iter().find(|page| page.url == kept.url);
        if politeness::lied(before, &walk.state.given, kept, given) {
            let portal = &self.portal.outlet.portal;
            tracing::warn!(%portal, source = %source.id, url = kept.url, "the page changed but its validators did not, so they are ignored");
        }
    }

    fn take_refusal(&self, source: &Source, walk: &Walk, step: &Step, answer: Fetched) -> Result<(), FetchOutcome> {
        let asked = &step.request.url;
        Err(match answer {
            // Numbered pages of a list are read until one is missing. A missing part of a sitemap does not affect the others.
            Fetched::Gone(status) if step.number > 0 => {
                let portal = &self.portal.outlet.portal;
                tracing::debug!(%portal, source = %source.id, "{asked} answers {status}: there are no more pages, or this part is gone");
                return Ok(());
            }
            Fetched::Gone(status) if politeness::moved_for_good(&walk.state) == Some(asked) => {
                FetchOutcome::NotFound(broken(format!(
                    "{asked}, the new address of the source, answers {status}; its own address is used again from now on"
                )))
            }
            Fetched::Gone(410) => FetchOutcome::GoneForGood(broken(format!(
                "{asked} answers 410: it is gone for good. Only `tintinh fetch` still asks for it, unless you set another address"
            ))),
            Fetched::Gone(status) => FetchOutcome::NotFound(broken(format!(
                "{asked} answers {status}; retried less and less often (if the source has moved, change its address in the portal's file)"
            ))),
            Fetched::Disallowed(line) => FetchOutcome::Closed(broken(format!(
                "{asked} is disallowed by robots.txt: {line}; tried again in a day (the portal's operator can allow it)"
            ))),
            Fetched::OutOfScope(to) => {
                let hint = "add the host to `hosts` in the portal's file if it belongs to the portal";
                let cause = format!("{asked} redirects to {to}");
                FetchOutcome::Failed(Failure::new(FailureClass::Permanent, cause, Some(hint)))
            }
            Fetched::Page(_) | Fetched::Unchanged(_) => return Ok(()),
        })
    }

    async fn discover(&mut self, source: &Source, step: &Step, page: Page) -> Result<Found, FetchOutcome> {
        let own_page = page.clone();
        let (own_source, scope, own_step) = (source.clone(), self.portal.scope.clone(), step.clone());
        let read = move || {
            // This can only kill, panic or hang, since this step returns no error.
            let _ = failpoint::reach("discover");
            match obstacle::find(&own_page) {
                Some(sighting) if sighting.kind.stands_before_the_site() => Err(sighting),
                _ => Ok(discover::discover(&own_source, &scope, &own_step, &own_page)),
            }
        };
        let found = match stage("discovery", read).await {
            Ok(Ok(found)) => found,
            Ok(Err(sighting)) => {
                let cause = format!("{}: blocked: {sighting}", step.request.url);
                return Err(FetchOutcome::Blocked(Failure::new(FailureClass::Transient, cause, Some(BLOCKED_HINT))));
            }
            Err(failure) => {
                self.suspect = Some((AlarmKind::Quarantine, page));
                return Err(FetchOutcome::Unreadable(failure));
            }
        };
        let portal = &self.portal.outlet.portal;
        for warning in &found.warnings {
            tracing::debug!(%portal, source = %source.id, url = %step.request.url, "{warning}");
        }
        let nothing = nothing_on_it(source, step, &found);
        let kind = turned_into(source, &page, found.broken.is_some(), nothing.is_some());
        let reason = found.broken.clone().or(nothing);
        self.suspect = kind.map(|kind| (kind, page));
        match reason {
            Some(reason) => {
                let cause = format!("{}: {reason}", step.request.url);
                let hint = "`tintinh links` shows what is read from it";
                Err(FetchOutcome::Unreadable(Failure::new(FailureClass::Transient, cause, Some(hint))))
            }
            None => Ok(found),
        }
    }

    /// Stores a page's links. Returns whether the walk continues with the next page.
    async fn take_up(&mut self, source: &Source, found: &Found) -> Result<bool, StoreError> {
        let named = |link: &Link| (self.config.article_id(self.portal, &link.url), link.clone());
        let links: Vec<(String, Link)> = found.links.iter().map(named).collect();
        let ids: Vec<String> = links.iter().map(|(id, _)| id.clone()).collect();
        let (is_backfill, now) = (self.options.backfill.is_some(), self.context.clock.now());
        let sighted = self.context.store.take_up(self.lease, &source.id, links, is_backfill, now).await?;
        self.note_unlisted(source, found, ids).await?;
        for (url, error) in sighted.refused {
            let portal = &self.portal.outlet.portal;
            tracing::error!(%portal, source = %source.id, %url, "a link of {portal} was not stored: {url}: {error}");
            self.summary.failures.push(refused(&error));
        }
        self.summary.links_new += u64::try_from(sighted.new).unwrap_or(u64::MAX);
        self.report(Event::SourceRead {
            portal: self.portal.outlet.portal.clone(),
            source: source.id.clone(),
            links: found.links.len(),
            new: sighted.new,
        });
        let parts_of_a_whole = source.kind() == SourceKind::Sitemap;
        Ok(parts_of_a_whole || sighted.new_to_source > 0 || self.options.backfill.is_some())
    }
}

impl Visit<'_> {
    /// Lets the store check which articles a page no longer lists although it lists their neighbors, if the source contains whole articles.
    async fn note_unlisted(&mut self, source: &Source, found: &Found, links: Vec<String>) -> Result<(), StoreError> {
        // Links that the portal's file now excludes are not listed either.
        let Some((after, before)) = span::listed(&found.links).filter(|_| found.out_of_scope == 0) else {
            return Ok(());
        };
        let page = ListedSpan { after, before, links };
        let now = self.context.clock.now();
        for withdrawn in self.context.store.note_unlisted(self.lease, &source.id, page, now).await? {
            self.count_withdrawn(&withdrawn, WithdrawalReason::Unlisted);
        }
        Ok(())
    }
}

/// Returns the alarm for what a source has become, if there is one, however briefly it lasts.
fn turned_into(source: &Source, page: &Page, is_broken: bool, is_empty: bool) -> Option<AlarmKind> {
    let begins = page.body.get(..page.body.len().min(1024)).unwrap_or_default().to_ascii_lowercase();
    let is_html = begins.windows(5).any(|word| word == b"<html") || begins.windows(9).any(|word| word == b"<!doctype");
    match source.kind() {
        SourceKind::Feed if is_broken && is_html => Some(AlarmKind::FeedIsHtml),
        SourceKind::Listing | SourceKind::Json if is_empty => Some(AlarmKind::ListingEmpty),
        _ => None,
    }
}

/// The message about a feed that stays empty.
const EMPTY_FEED: &str = "the feed has no entry; the portal may have abandoned it";

/// Returns the message for a list without links. It is a redesign, a challenge or a wrong selector, and must not be taken for a list without news.
fn nothing_on_it(source: &Source, step: &Step, found: &Found) -> Option<String> {
    let is_list = matches!(source.kind(), SourceKind::Listing | SourceKind::Json);
    (is_list && step.number == 0 && has_nothing(found))
        .then(|| "no links on the list's first page; `tintinh links` shows what is read from it".to_owned())
}

fn has_nothing(found: &Found) -> bool {
    found.links.is_empty() && found.out_of_scope == 0
}

/// Handles an unchanged page. It leads on if an interrupted walk had read it, or if it is an index, whose parts may have changed.
fn take_unchanged(source: &Source, walk: &mut Walk, step: &Step, unchanged: &Unchanged) {
    if step.number == 0 {
        walk.said = SourceHints::of_unchanged(unchanged, walk.said.pace);
    }
    walk.renewed.extend(politeness::renewed_by(unchanged, &walk.state.given));
    let Some(known) = walk.state.pages.iter().find(|page| page.url == step.request.url.as_str()) else { return };
    let was_cut_off = walk.state.unfinished && known.walk == walk.state.walk;
    if was_cut_off || source.kind() == SourceKind::Sitemap {
        walk.queue.extend(known.next.iter().cloned());
    }
}

/// For a URL with an unusable response: no validators to send.
fn nothing_of(given: &StoredValidators) -> Revalidation {
    Revalidation { url: given.revalidation.url.clone(), validators: Validators::default() }
}

/// Returns the failure of an unusable response.
fn broken(message: String) -> Failure {
    Failure { class: FailureClass::Permanent, message, retry_after: None }
}
