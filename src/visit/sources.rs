//! The first half of a visit: the portal's sources are read and their links taken up.
//!
//! A walk over a source's pages goes on while a page brings links that this source had not shown before the walk. Validators are kept
//! for each page of the source and sent back only if the last walk came to its end: a walk that was cut off reads its pages again, and what
//! it had already brought still counts as new, so that nothing behind it is missed.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::discover;
use crate::discover::Found;
use crate::discover::Source;
use crate::discover::Step;
use crate::failpoint;
use crate::fetch::Fetched;
use crate::model::alarm::AlarmKind;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::page::Page;
use crate::model::page::Validators;
use crate::model::request::Expect;
use crate::model::request::Request;
use crate::schedule;
use crate::store::SourceState;
use crate::store::StoreError;
use crate::url::PageUrl;
use crate::visit::Event;
use crate::visit::Stop;
use crate::visit::Visit;
use crate::visit::stage;

/// What a walk has gathered so far.
struct Walk {
    state: SourceState,
    queue: VecDeque<Step>,
    pages_read: u32,
    /// Validators of the pages read in this walk, by the address asked for.
    validators: Vec<(String, Validators)>,
    any_page: bool,
}

impl Visit<'_> {
    pub(super) async fn read_sources(&mut self) -> Result<Stop, StoreError> {
        for source in &self.portal.sources {
            if let Some(stop) = self.must_end() {
                return Ok(stop);
            }
            let portal = &self.portal.outlet.portal;
            let state = self.desk.store.source_state(portal, &source.id).await?;
            let put_off = state.not_before.filter(|moment| *moment > self.desk.clock.now());
            if let Some(moment) = put_off.filter(|_| !self.orders.by_hand) {
                self.note_put_off(moment);
                continue;
            }
            match self.walk_source(source).await? {
                Ok(()) => {
                    self.summary.sources_read += 1;
                    self.note_well(source.id.as_str());
                }
                Err(Stop::Rest(failure)) => {
                    let asked_to_pause = failure.retry_after.is_some();
                    self.put_off(source, &failure, state.failures + 1).await?;
                    if asked_to_pause {
                        return Ok(Stop::Rest(failure));
                    }
                }
                Err(stop) => return Ok(stop),
            }
        }
        Ok(Stop::Done)
    }

    fn note_put_off(&mut self, until: Timestamp) {
        self.source_due = Some(self.source_due.map_or(until, |due| due.min(until)));
    }

    async fn put_off(&mut self, source: &Source, failure: &Failure, attempts: u32) -> Result<(), StoreError> {
        let now = self.desk.clock.now();
        let portal = &self.portal.outlet.portal;
        let not_before = schedule::retry_at(&format!("{portal} {}", source.id), failure, attempts, now);
        // The journal shows the message alone, so it names its portal.
        tracing::warn!(%portal, source = %source.id, next = %not_before, "source {} of {portal} failed: {}", source.id, failure.message);
        self.summary.failures.push(failure.clone());
        self.note_put_off(not_before);
        let (kind, page) = self.suspect.take().map_or((None, None), |(kind, page)| (Some(kind), Some(page)));
        let page = match page {
            Some(page) => self.keep_raw(&page).await,
            None => None,
        };
        self.note_failure(source.id.as_str(), &failure.message, kind, page);
        self.desk.store.fail_walk(self.lease, &source.id, failure, not_before, now).await
    }

    async fn walk_source(&mut self, source: &Source) -> Result<Result<(), Stop>, StoreError> {
        let state = self.desk.store.begin_walk(self.lease, &source.id, self.desk.clock.now()).await?;
        let mut walk = Walk {
            state,
            queue: VecDeque::from([source.first_step()]),
            pages_read: 0,
            validators: Vec::new(),
            any_page: false,
        };
        let limit = self.orders.backfill.unwrap_or(source.max_pages).max(1);
        while let Some(step) = walk.queue.pop_front() {
            if walk.pages_read >= limit {
                break;
            }
            if let Some(stop) = self.must_end() {
                return Ok(Err(stop));
            }
            walk.pages_read += 1;
            if let Err(stop) = self.walk_step(source, &mut walk, &step).await? {
                return Ok(Err(stop));
            }
        }
        if !walk.any_page {
            self.summary.sources_unchanged += 1;
        }
        self.desk.store.end_walk(self.lease, &source.id, &walk.validators, self.desk.clock.now()).await?;
        Ok(Ok(()))
    }

    async fn walk_step(
        &mut self,
        source: &Source,
        walk: &mut Walk,
        step: &Step,
    ) -> Result<Result<(), Stop>, StoreError> {
        let asked = step.request.url.as_str().to_owned();
        let known = walk.state.pages.iter().find(|(url, _)| *url == asked).map(|(_, validators)| validators.clone());
        let conditional = known.filter(|validators| {
            step.request.is_get() && !walk.state.unfinished && self.orders.backfill.is_none() && !validators.is_empty()
        });
        let answer = match self.get(&step.request, conditional.as_ref()).await {
            Ok(answer) => answer,
            Err(halt) => return Ok(Err(halt)),
        };
        let page = match answer {
            Fetched::Page(page) => page,
            Fetched::Unchanged(validators) => {
                walk.validators.push((asked, validators));
                if source.kind() == SourceKind::Sitemap && step.number == 0 {
                    walk.queue.extend(remembered_parts(&walk.state, step));
                }
                return Ok(Ok(()));
            }
            // Lists whose pages are numbered are walked until there is none; a part of a sitemap that is gone takes no other with it.
            Fetched::Gone(status) if step.number > 0 => {
                let portal = &self.portal.outlet.portal;
                tracing::debug!(%portal, source = %source.id, "{asked} answers {status}: there are no more pages, or this part is gone");
                return Ok(Ok(()));
            }
            Fetched::Gone(status) => return Ok(Err(broken(format!("{asked} answers {status}")))),
            Fetched::Disallowed(line) => return Ok(Err(broken(format!("robots.txt disallows {asked}: {line}")))),
            Fetched::OutOfScope(to) => {
                return Ok(Err(broken(format!("{asked} redirects to {to}, which is none of the portal's hosts"))));
            }
        };
        walk.any_page = true;
        let validators = page.http.validators.clone();
        let found = match self.discover(source, step, *page).await {
            Ok(found) => found,
            Err(halt) => return Ok(Err(halt)),
        };
        if step.request.is_get() {
            walk.validators.push((asked, validators));
        }
        let goes_on = self.take_up(source, &found).await?;
        if goes_on {
            walk.queue.extend(found.next);
        }
        Ok(Ok(()))
    }

    async fn discover(&mut self, source: &Source, step: &Step, page: Page) -> Result<Found, Stop> {
        let own_page = page.clone();
        let (own_source, scope, own_step) = (source.clone(), self.portal.scope.clone(), step.clone());
        let read = move || {
            // It can only kill, panic or hang here: what cannot fail returns no error.
            let _ = failpoint::reach("discover");
            discover::discover(&own_source, &scope, &own_step, &own_page)
        };
        let read = stage("discovery", read).await;
        let found = match read {
            Ok(found) => found,
            Err(failure) => {
                self.suspect = Some((AlarmKind::Quarantine, page));
                return Err(Stop::Rest(failure));
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
            Some(reason) => Err(Stop::Rest(Failure {
                class: FailureClass::Transient,
                message: format!("{}: {reason}", step.request.url),
                retry_after: None,
            })),
            None => Ok(found),
        }
    }

    /// Takes up a page's links; says whether the walk goes on to the next page.
    async fn take_up(&mut self, source: &Source, found: &Found) -> Result<bool, StoreError> {
        let named = |link: &Link| (self.config.article_id(self.portal, &link.url), link.clone());
        let links: Vec<(String, Link)> = found.links.iter().map(named).collect();
        let sighted = self.desk.store.take_up_named(self.lease, &source.id, links, self.desk.clock.now()).await?;
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

    /// Fetches for a source or an article, given up when the program is told to stop.
    pub(super) async fn get(&mut self, request: &Request, validators: Option<&Validators>) -> Result<Fetched, Stop> {
        let mut stop = self.orders.stop.clone();
        tokio::select! {
            fetched = self.session.fetch(request, validators) => fetched.map_err(|error| Stop::Rest(error.failure())),
            _ = stop.wait_for(|told| *told) => Err(Stop::Told),
        }
    }
}

/// What a source has turned into, where that has a name: an alarm, however short it lasts.
fn turned_into(source: &Source, page: &Page, is_broken: bool, is_empty: bool) -> Option<AlarmKind> {
    let begins = page.body.get(..page.body.len().min(1024)).unwrap_or_default().to_ascii_lowercase();
    let is_html = begins.windows(5).any(|word| word == b"<html") || begins.windows(9).any(|word| word == b"<!doctype");
    match source.kind() {
        SourceKind::Feed if is_broken && is_html => Some(AlarmKind::FeedIsHtml),
        SourceKind::Listing | SourceKind::Json if is_empty => Some(AlarmKind::ListingEmpty),
        _ => None,
    }
}

/// A list without any link is a redesign, a challenge or a wrong selector, and must not pass for one without news. A feed may be empty.
fn nothing_on_it(source: &Source, step: &Step, found: &Found) -> Option<String> {
    let is_list = matches!(source.kind(), SourceKind::Listing | SourceKind::Json);
    (is_list && step.number == 0 && found.links.is_empty() && found.out_of_scope == 0)
        .then(|| "no links on the list's first page; `tintinh links` shows what is read off it".to_owned())
}

/// An index that did not change still has parts that may have: they are asked for as the last whole walk knew them.
fn remembered_parts(state: &SourceState, first: &Step) -> Vec<Step> {
    let parts = state.pages.iter().filter(|(url, _)| url != first.request.url.as_str());
    parts
        .filter_map(|(url, _)| PageUrl::parse(url).ok())
        .map(|url| Step { request: Request::get(url, Expect::Sitemap), number: 1 })
        .collect()
}

fn broken(message: String) -> Stop {
    Stop::Rest(Failure { class: FailureClass::Permanent, message, retry_after: None })
}
