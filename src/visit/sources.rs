//! The first half of a visit: the portal's sources are read and their links taken up.
//!
//! A walk over a source's pages goes on while a page brings links that this source had not shown before the walk. Each page that was read is
//! kept with what to send back for it and with the steps that it led to, so that a walk that was cut off goes on where it was: an unchanged
//! page that it had read leads on to the same steps, and what it had already brought still counts as new.
//!
//! A source is looked at no more often than its portal's rhythm (`every`) and its own account allow (`manners`); a person who asks by hand
//! is bound by neither, only by delays and rests.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::discover;
use crate::discover::Found;
use crate::discover::Source;
use crate::discover::Step;
use crate::fetch::Fetched;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::link::SourceKind;
use crate::model::page::Page;
use crate::model::page::Unchanged;
use crate::obstacle;
use crate::schedule;
use crate::store::SourcePage;
use crate::store::SourceState;
use crate::store::StoreError;
use crate::store::WalkEnd;
use crate::visit::Event;
use crate::visit::Missed;
use crate::visit::Stop;
use crate::visit::Visit;
use crate::visit::manners;
use crate::visit::manners::Said;
use crate::visit::stage;

/// What a walk has gathered so far.
struct Walk {
    state: SourceState,
    queue: VecDeque<Step>,
    pages_read: u32,
    any_page: bool,
    /// What the source's first page says of itself.
    said: Said,
}

/// What became of a walk or a step, beside the store's own failures.
type Walked<T> = Result<Result<T, Missed>, StoreError>;

impl Visit<'_> {
    pub(super) async fn read_sources(&mut self) -> Result<Stop, StoreError> {
        for source in &self.portal.sources {
            if let Some(stop) = self.must_end() {
                return Ok(stop);
            }
            let state = self.desk.store.source_state(&self.portal.outlet.portal, &source.id).await?;
            let address = &source.first_step().request.url;
            if !self.orders.by_hand {
                if manners::is_stopped(&state, address) {
                    continue;
                }
                let due = manners::earliest(&state, self.portal.every).filter(|due| *due > self.desk.clock.now());
                if let Some(due) = due.filter(|_| self.orders.backfill.is_none()) {
                    self.note_put_off(due);
                    continue;
                }
            }
            match self.walk_source(source).await? {
                Ok(()) => self.summary.sources_read += 1,
                Err(missed) => {
                    if let Some(stop) = self.missed(source, missed, state.failures + 1).await? {
                        return Ok(stop);
                    }
                }
            }
        }
        Ok(Stop::Done)
    }

    fn note_put_off(&mut self, until: Timestamp) {
        self.source_due = Some(self.source_due.map_or(until, |due| due.min(until)));
    }

    /// Puts a source off that could not be read; says whether the visit ends with it.
    async fn missed(&mut self, source: &Source, missed: Missed, attempts: u32) -> Result<Option<Stop>, StoreError> {
        let now = self.desk.clock.now();
        let key = format!("{} {}", self.portal.outlet.portal, source.id);
        match missed {
            Missed::Stop(stop) => return Ok(Some(stop)),
            Missed::Failed(failure) => {
                let not_before = schedule::retry_at(&key, &failure, attempts, now);
                self.put_off(source, &failure, not_before).await?;
            }
            Missed::Resting(until, failure) => self.put_off(source, &failure, until).await?,
            Missed::NotFound(failure) => {
                self.put_off(source, &failure, schedule::after_not_found(&key, attempts, now)).await?;
            }
            Missed::GoneForGood(failure) => {
                let portal = &self.portal.outlet.portal;
                tracing::warn!(%portal, source = %source.id, "source stopped: {}", failure.message);
                self.summary.failures.push(failure.clone());
                self.desk.store.stop_source(self.lease, &source.id, &failure, now).await?;
            }
            Missed::Blocked(failure) => {
                let not_before = schedule::retry_at(&key, &failure, attempts, now);
                self.put_off(source, &failure, not_before).await?;
                return Ok(Some(Stop::Blocked(failure)));
            }
        }
        Ok(None)
    }

    async fn put_off(&mut self, source: &Source, failure: &Failure, until: Timestamp) -> Result<(), StoreError> {
        let portal = &self.portal.outlet.portal;
        tracing::warn!(%portal, source = %source.id, next = %until, "source failed: {}", failure.message);
        self.summary.failures.push(failure.clone());
        self.note_put_off(until);
        self.desk.store.fail_walk(self.lease, &source.id, failure, until, self.desk.clock.now()).await
    }

    async fn walk_source(&mut self, source: &Source) -> Walked<()> {
        let mut first = source.first_step();
        let now = self.desk.clock.now();
        let state = self.desk.store.begin_walk(self.lease, &source.id, &first.request.url, now).await?;
        if let Some(moved) = manners::moved_for_good(&state) {
            first.request.url = moved.clone();
        }
        let pace = state.pace;
        let mut walk = Walk {
            state,
            queue: VecDeque::from([first]),
            pages_read: 0,
            any_page: false,
            said: Said { pace, ..Said::default() },
        };
        let limit = self.orders.backfill.unwrap_or(source.max_pages).max(1);
        while let Some(step) = walk.queue.pop_front() {
            if walk.pages_read >= limit {
                break;
            }
            if let Some(stop) = self.must_end() {
                return Ok(Err(Missed::Stop(stop)));
            }
            walk.pages_read += 1;
            if let Err(missed) = self.walk_step(source, &mut walk, &step).await? {
                return Ok(Err(missed));
            }
        }
        if !walk.any_page {
            self.summary.sources_unchanged += 1;
        }
        self.end_walk(source, &walk).await?;
        Ok(Ok(()))
    }

    async fn end_walk(&self, source: &Source, walk: &Walk) -> Result<(), StoreError> {
        let now = self.desk.clock.now();
        let moved = manners::moved(&walk.state, walk.said.moved_to.as_ref(), now);
        if let Some(moved) = moved.as_ref().filter(|moved| moved.days == schedule::MOVED_DAYS) {
            let portal = &self.portal.outlet.portal;
            tracing::info!(%portal, source = %source.id, to = %moved.to, "source has moved for good: its new address is asked from now on");
        }
        let earliest = schedule::earliest_look(walk.said.fresh_for, walk.said.pace, now);
        let not_before = (earliest > now).then_some(earliest);
        let end = WalkEnd { not_before, moved, pace: walk.said.pace };
        self.desk.store.end_walk(self.lease, &source.id, end, now).await
    }

    async fn walk_step(&mut self, source: &Source, walk: &mut Walk, step: &Step) -> Walked<()> {
        let known = walk.state.pages.iter().find(|page| page.url == step.request.url.as_str()).cloned();
        let now = self.desk.clock.now();
        let conditional = known.as_ref().filter(|_| self.orders.backfill.is_none());
        let revalidation = conditional.and_then(|page| manners::revalidation(page, now));
        let answer = match self.get(&step.request, revalidation).await? {
            Ok(answer) => answer,
            Err(missed) => return Ok(Err(missed)),
        };
        match answer {
            Fetched::Page(page) => self.take_page(source, walk, step, known, *page).await,
            Fetched::Unchanged(unchanged) => self.take_unchanged(source, walk, step, known, *unchanged).await,
            other => self.take_refusal(source, walk, step, other).await,
        }
    }

    async fn take_page(
        &mut self,
        source: &Source,
        walk: &mut Walk,
        step: &Step,
        known: Option<SourcePage>,
        page: Page,
    ) -> Walked<()> {
        walk.any_page = true;
        if step.number == 0 {
            walk.said = Said::of_page(&page);
        }
        let kept = manners::kept(step, &page, walk.state.walk);
        if known.is_some_and(|known| manners::lied(&known, &kept)) {
            let portal = &self.portal.outlet.portal;
            tracing::warn!(%portal, source = %source.id, url = %step.request.url, "the page changed but its validators did not: they lie");
        }
        let found = match self.discover(source, step, page).await {
            Ok(found) => found,
            Err(missed) => return Ok(Err(missed)),
        };
        if step.number == 0 {
            walk.said.pace = found.pace;
        }
        let goes_on = self.take_up(source, &found).await?;
        if step.request.is_get() {
            let kept = SourcePage { next: found.next.clone(), ..kept };
            self.desk.store.keep_page(self.lease, &source.id, kept, self.desk.clock.now()).await?;
        }
        if goes_on {
            walk.queue.extend(found.next);
        }
        Ok(Ok(()))
    }

    /// An unchanged page leads on where this walk had read it before it was cut off, and where it is an index: its parts may have changed.
    async fn take_unchanged(
        &mut self,
        source: &Source,
        walk: &mut Walk,
        step: &Step,
        known: Option<SourcePage>,
        unchanged: Unchanged,
    ) -> Walked<()> {
        if step.number == 0 {
            walk.said = Said { pace: walk.said.pace, ..Said::of_unchanged(&unchanged) };
        }
        let Some(mut known) = known else { return Ok(Ok(())) };
        let was_cut_off = known.walk == walk.state.walk;
        if was_cut_off || source.kind() == SourceKind::Sitemap {
            walk.queue.extend(known.next.iter().cloned());
        }
        known.revalidation = unchanged.revalidation;
        known.walk = walk.state.walk;
        self.desk.store.keep_page(self.lease, &source.id, known, self.desk.clock.now()).await?;
        Ok(Ok(()))
    }

    async fn take_refusal(&mut self, source: &Source, walk: &Walk, step: &Step, answer: Fetched) -> Walked<()> {
        let asked = &step.request.url;
        let missed = match answer {
            // Lists whose pages are numbered are walked until there is none; a part of a sitemap that is gone takes no other with it.
            Fetched::Gone(status) if step.number > 0 => {
                let portal = &self.portal.outlet.portal;
                tracing::debug!(%portal, source = %source.id, "{asked} answers {status}: there are no more pages, or this part is gone");
                return Ok(Ok(()));
            }
            Fetched::Gone(status) if manners::moved_for_good(&walk.state) == Some(asked) => {
                self.desk.store.forget_move(self.lease, &source.id, self.desk.clock.now()).await?;
                Missed::NotFound(broken(format!("{asked}, where the source had moved, answers {status}")))
            }
            Fetched::Gone(410) => Missed::GoneForGood(broken(format!(
                "{asked} answers 410: it is gone for good and not asked any more, but by `tintinh fetch` or under another address"
            ))),
            Fetched::Gone(status) => Missed::NotFound(broken(format!("{asked} answers {status}"))),
            Fetched::Disallowed(line) => Missed::Failed(broken(format!("robots.txt disallows {asked}: {line}"))),
            Fetched::OutOfScope(to) => {
                Missed::Failed(broken(format!("{asked} redirects to {to}, which is none of the portal's hosts")))
            }
            Fetched::Page(_) | Fetched::Unchanged(_) => return Ok(Ok(())),
        };
        Ok(Err(missed))
    }

    async fn discover(&self, source: &Source, step: &Step, page: Page) -> Result<Found, Missed> {
        if let Some(sighting) = obstacle::find(&page).filter(|sighting| sighting.kind.stands_before_the_site()) {
            let message = format!("{}: blocked: {sighting}", step.request.url);
            return Err(Missed::Blocked(Failure { class: FailureClass::Transient, message, retry_after: None }));
        }
        let (own_source, scope, own_step) = (source.clone(), self.portal.scope.clone(), step.clone());
        let found = stage("discovery", move || discover::discover(&own_source, &scope, &own_step, &page))
            .await
            .map_err(Missed::Failed)?;
        let portal = &self.portal.outlet.portal;
        for warning in &found.warnings {
            tracing::debug!(%portal, source = %source.id, url = %step.request.url, "{warning}");
        }
        match found.broken.clone().or_else(|| nothing_on_it(source, step, &found)) {
            Some(reason) => Err(Missed::Failed(Failure {
                class: FailureClass::Transient,
                message: format!("{}: {reason}", step.request.url),
                retry_after: None,
            })),
            None => Ok(found),
        }
    }

    /// Takes up a page's links; says whether the walk goes on to the next page.
    async fn take_up(&mut self, source: &Source, found: &Found) -> Result<bool, StoreError> {
        let sighted = self.desk.store.take_up(self.lease, &source.id, &found.links, self.desk.clock.now()).await?;
        self.summary.links_new += u64::try_from(sighted.new).unwrap_or(u64::MAX);
        self.report(Event::SourceRead {
            portal: self.portal.outlet.portal.clone(),
            source: source.id.clone(),
            links: found.links.len(),
            new: sighted.new,
        });
        let parts_of_a_whole = source.kind() == SourceKind::Sitemap;
        Ok(parts_of_a_whole || sighted.new_to_source > 0 || self.orders.backfill.is_some())
    }
}

/// A list without any link is a redesign, a challenge or a wrong selector, and must not pass for one without news. A feed may be empty.
fn nothing_on_it(source: &Source, step: &Step, found: &Found) -> Option<String> {
    let is_list = matches!(source.kind(), SourceKind::Listing | SourceKind::Json);
    (is_list && step.number == 0 && found.links.is_empty() && found.out_of_scope == 0)
        .then(|| "no links on the list's first page; `tintinh links` shows what is read off it".to_owned())
}

fn broken(message: String) -> Failure {
    Failure { class: FailureClass::Permanent, message, retry_after: None }
}
