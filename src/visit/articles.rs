//! The second half of a visit: processes pending links one by one and settles each exactly once.

use std::sync::Arc;

use crate::archive;
use crate::config::Config;
use crate::dedup::Verdict;
use crate::extract::template::SiteMemory;
use crate::failpoint;
use crate::fetch::Fetched;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::link::Link;
use crate::model::obstacle::Sighting;
use crate::model::outcome::Outcome;
use crate::model::outcome::Rejection;
use crate::model::page::Page;
use crate::model::page::Revalidation;
use crate::model::record::Record;
use crate::model::record::WithdrawalReason;
use crate::model::request::Expect;
use crate::model::request::Request;
use crate::obstacle;
use crate::reading;
use crate::reading::NoRecord;
use crate::reading::Reading;
use crate::schedule;
use crate::store::Article;
use crate::store::Pending;
use crate::store::ResponseNote;
use crate::store::Settlement;
use crate::store::StoreError;
use crate::store::Withdrawn;
use crate::visit::BLOCKED_HINT;
use crate::visit::Event;
use crate::visit::FAILURES_IN_A_ROW;
use crate::visit::FetchOutcome;
use crate::visit::StepError;
use crate::visit::Stop;
use crate::visit::Visit;
use crate::visit::decision::Decision;
use crate::visit::held;
use crate::visit::held::HeldArticles;
use crate::visit::held::HoldDecision;
use crate::visit::isolation::isolated;
use crate::visit::isolation::refusal;
use crate::visit::isolation::stage;
use crate::visit::memory::Memories;

/// The response of an article's URL.
enum PageAnswer {
    /// Its page.
    Page(Box<Page>),
    /// A response that decides about the link without a page.
    Decided(Box<Decision>),
}

impl Visit<'_> {
    /// Processes the links, then settles those that were held back. If the store fails or the process ends, the next visit finds them pending.
    pub(super) async fn work_off_links(&mut self) -> Result<Stop, StoreError> {
        let mut held = HeldArticles::default();
        // This is on the heap, because the walk over the links is most of a visit's memory.
        let stop = Box::pin(self.work_off(&mut held)).await?;
        for (pending, decision) in held.take_held() {
            if let Some(failure) = self.settle_alone(&pending, decision).await? {
                self.pass_over(pending.id, pending.link.url.as_str(), failure);
            }
        }
        Ok(stop)
    }

    async fn work_off(&mut self, held: &mut HeldArticles) -> Result<Stop, StoreError> {
        let mut failures_in_a_row = 0;
        let mut got_one = false;
        // Links for which the store accepts no write, not even a failure.
        let mut passed_over = Vec::new();
        for _ in 0..self.config.engine.visit_articles {
            if let Some(stop) = self.must_end() {
                return Ok(stop);
            }
            let skipped = [passed_over.as_slice(), &held.held_ids()].concat();
            let pending = match self.context.store.next_link(self.lease, &skipped, self.context.clock.now()).await {
                Ok(Some(pending)) => pending,
                Ok(None) => return Ok(Stop::Done),
                Err(StoreError::Unreadable { id, url, reason }) => {
                    passed_over.push(self.set_aside(id, &url, reason).await?);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let outcome = match self.decide_alone(&pending).await {
                Ok(decision) => Ok(decision),
                Err(StepError::Fetch(outcome)) => Err(outcome),
                Err(StepError::Store(error)) => return Err(error),
            };
            let decision = match outcome {
                Ok(decision) => decision,
                Err(FetchOutcome::Resting(until, _)) => {
                    let now = self.context.clock.now();
                    let put_off = self.context.store.put_off_link(self.lease, &pending.id, until, now).await;
                    if let Some(failure) = refusal(put_off)? {
                        passed_over.push(self.pass_over(pending.id, pending.link.url.as_str(), failure));
                    }
                    continue;
                }
                Err(FetchOutcome::Stop(stop)) => return Ok(stop),
                Err(
                    FetchOutcome::Failed(failure)
                    | FetchOutcome::Unreadable(failure)
                    | FetchOutcome::Broken(failure)
                    | FetchOutcome::NotFound(failure)
                    | FetchOutcome::GoneForGood(failure)
                    | FetchOutcome::Blocked(failure)
                    | FetchOutcome::Closed(failure),
                ) => Decision::bare(Outcome::Failed(failure)),
            };
            let decision = match held.meet(&pending, decision) {
                HoldDecision::Own(decision) => *decision,
                // It is settled at the end of the visit.
                HoldDecision::Held => continue,
                HoldDecision::OneForAll(other) => {
                    let shows_more = got_one || held.has_held();
                    if let Some(other) = other
                        && let Some(failure) = self.settle_alone(&other, one_for_all(shows_more)).await?
                    {
                        passed_over.push(self.pass_over(other.id, other.link.url.as_str(), failure));
                    }
                    one_for_all(shows_more)
                }
            };
            let failure = match &decision.outcome {
                Outcome::Failed(failure) if failure.class == FailureClass::Transient => Some(failure.clone()),
                Outcome::Blocked(sighting) => Some(blocked(pending.link.url.host(), sighting)),
                _ => None,
            };
            failures_in_a_row = if failure.is_some() { failures_in_a_row + 1 } else { 0 };
            got_one |= matches!(decision.outcome, Outcome::Recorded | Outcome::Unchanged);
            let is_blocked = matches!(decision.outcome, Outcome::Blocked(_));
            if let Some(failure) = self.settle_alone(&pending, decision).await? {
                passed_over.push(self.pass_over(pending.id, pending.link.url.as_str(), failure));
            }
            match failure {
                // After pages have arrived, a single page may be blocked. Two in a row mean a wall.
                Some(failure) if is_blocked && (!got_one || failures_in_a_row > 1) => {
                    return Ok(Stop::Blocked(failure));
                }
                Some(failure) if failures_in_a_row >= FAILURES_IN_A_ROW => return Ok(Stop::Rest(failure)),
                _ => {}
            }
        }
        Ok(Stop::UsedUp)
    }

    /// Like [`Visit::decide`], but any error is a failure of this link only.
    async fn decide_alone(&mut self, pending: &Pending) -> Result<Decision, StepError> {
        let decided = isolated(self.decide(pending)).await;
        if let Err(StepError::Fetch(FetchOutcome::Broken(_))) = &decided {
            self.context.pages.end_reading(&self.portal.outlet.portal).await;
            // The memories may be half updated.
            self.memories = Memories::default();
        }
        decided
    }

    /// Settles a link. If the store refuses its record, settles that refusal as the link's failure. Returns the failure if the store refuses
    /// even that.
    async fn settle_alone(&mut self, pending: &Pending, decision: Decision) -> Result<Option<Failure>, StoreError> {
        let raw = decision.raw.clone();
        let Some(failure) = refusal(self.settle(pending, decision).await)? else { return Ok(None) };
        let failed = Decision { raw, ..Decision::bare(Outcome::Failed(failure)) };
        refusal(self.settle(pending, failed).await)
    }

    /// Sets aside a link that cannot be read from the store. Its source may list it again. Returns its key.
    async fn set_aside(&mut self, id: String, url: &str, reason: String) -> Result<String, StoreError> {
        let failure = Failure { class: FailureClass::Bug, message: reason, retry_after: None };
        let not_before = schedule::retry_at(&id, &failure, 1, self.context.clock.now());
        let (store, portal) = (&self.context.store, &self.portal.outlet.portal);
        let set_aside = store.quarantine(portal, &id, failure.message.clone(), None, not_before).await;
        let failure = refusal(set_aside)?.unwrap_or(failure);
        Ok(self.pass_over(id, url, failure))
    }

    /// Skips a link until the next visit. Returns its key.
    fn pass_over(&mut self, id: String, url: &str, failure: Failure) -> String {
        let portal = &self.portal.outlet.portal;
        tracing::error!(%portal, url, "skipped an article of {portal}: {url}: {}", failure.message);
        self.summary.failures.push(failure);
        id
    }

    /// Turns a link into the decision that the store writes.
    async fn decide(&mut self, pending: &Pending) -> Result<Decision, StepError> {
        let page = match self.page_of(pending).await? {
            PageAnswer::Page(page) => *page,
            PageAnswer::Decided(decision) => return Ok(*decision),
        };
        let kept = self.keep_raw(&page, pending.raw.as_ref()).await;
        let raw = kept.as_ref().map(|kept| kept.place.clone());
        let revalidation = Revalidation::new(&page.final_url, &page.http.validators);
        let own_page = page.clone();
        let portal = self.portal.outlet.portal.clone();
        let memory = self.memory_of(page.final_url.host()).await?;
        let noted = archive::Reading { portal: portal.clone(), link: pending.id.clone(), page: raw.clone() };
        self.context.pages.begin_reading(noted).await;
        let read = self.read(pending.link.clone(), page, Arc::clone(&memory)).await;
        self.context.pages.end_reading(&portal).await;
        let record = read.as_ref().ok().and_then(|read| read.record.as_ref().ok());
        let raw = self.secure_raw(&own_page, kept, record).await;
        if let Ok(read) = &read {
            self.observe(&read.record, raw.as_ref());
        }
        let read_failed = read.is_err();
        let mut decision = match read {
            Err(failure) => Decision::bare(Outcome::Failed(failure)),
            Ok(Reading { record: Err(NoRecord::Blocked(sighting)), .. }) => Decision::bare(Outcome::Blocked(sighting)),
            Ok(Reading { record: Err(NoRecord::Rejected(rejection)), .. }) => {
                Decision::bare(Outcome::Rejected(rejection))
            }
            Ok(Reading { record: Ok(record), .. }) if self.was_read_so(pending, &own_page, &record, memory).await => {
                Decision::bare(Outcome::Unchanged)
            }
            Ok(Reading { record: Ok(record), lesson, .. }) => {
                if let Some(lesson) = lesson {
                    self.learn(own_page.final_url.host(), &lesson);
                }
                let record = Record { raw: raw.clone(), ..record };
                Decision::recorded(article_of(self.config, &pending.link, &own_page, record))
            }
        };
        // Keep the page for debugging, however many others come after it.
        let kept = if read_failed { self.context.pages.keep(&own_page).await.ok() } else { None };
        decision.raw = kept.or(raw);
        // Request a page without a record in full next time. A 304 would exclude it permanently.
        let is_kept = matches!(decision.outcome, Outcome::Recorded | Outcome::Unchanged);
        decision.answered = Some(ResponseNote { revalidation: revalidation.filter(|_| is_kept) });
        Ok(decision)
    }

    /// Returns the article's page: the source's own content if the portal's file says that it is complete, else the fetched page.
    async fn page_of(&mut self, pending: &Pending) -> Result<PageAnswer, StepError> {
        // If the stored page is gone, the page is fetched.
        let mut known = reading::page_in_source(&pending.link, self.context.clock.now());
        if known.is_none() && pending.replay {
            known = self.page_kept(pending).await;
        }
        if let Some(page) = known {
            return Ok(PageAnswer::Page(Box::new(page)));
        }
        let request = Request::get(pending.link.url.clone(), Expect::Html);
        let known = pending.revalidation.as_ref().filter(|_| pending.settled > 0);
        let fetched = self.get(&request, known.map(std::slice::from_ref).unwrap_or_default()).await;
        self.keep_evidence(fetched.as_ref().ok(), pending.raw.as_ref()).await;
        let decision = match fetched? {
            Fetched::Page(page) => return Ok(PageAnswer::Page(page)),
            Fetched::Unchanged(unchanged) => {
                let revalidation = Revalidation::new(&unchanged.url, &unchanged.validators);
                let answered = Some(ResponseNote { revalidation });
                Decision { answered, ..Decision::bare(Outcome::Unchanged) }
            }
            Fetched::Gone(status) if pending.article.is_some() && self.is_out_of_order() => {
                let cause = format!("{} answers {status}, and no source of the portal can be read", pending.link.url);
                Decision::bare(Outcome::Failed(Failure::new(FailureClass::Transient, cause, None)))
            }
            Fetched::Gone(status) => {
                let reason = if status == 410 { WithdrawalReason::Gone } else { WithdrawalReason::NotFound };
                // A missing article is requested in full, in case it comes back.
                let answered = Some(ResponseNote::default());
                Decision { answered, ..Decision::bare(Outcome::Gone(reason)) }
            }
            Fetched::Disallowed(_) => Decision::bare(Outcome::Disallowed),
            Fetched::OutOfScope(_) => Decision::bare(Outcome::Rejected(Rejection::ForeignHost)),
        };
        Ok(PageAnswer::Decided(Box::new(decision)))
    }

    /// Whether all of the portal's sources that were requested failed. Then the site is out of order, and a missing page means nothing.
    fn is_out_of_order(&self) -> bool {
        self.summary.sources_read == 0 && self.is_source_failing
    }

    /// Returns the last stored page of a link. A page with another URL at that place does not count: the folder may have been emptied.
    async fn page_kept(&self, pending: &Pending) -> Option<Page> {
        let page = self.context.pages.read(pending.raw.as_ref()?).await.ok().flatten()?;
        (page.url.canonical() == pending.link.url.canonical()).then_some(page)
    }

    /// Whether the stored page now gives the same record as this one. Then the reader has changed (a newer program, or more learned about the site),
    /// not the article.
    async fn was_read_so(&self, pending: &Pending, page: &Page, record: &Record, memory: Arc<SiteMemory>) -> bool {
        // An article that was missing may have been withdrawn. The store knows.
        if pending.article.is_none() || pending.replay || pending.gone_since.is_some() {
            return false;
        }
        let Some(old) = self.page_kept(pending).await else { return false };
        if old.body == page.body && old.final_url == page.final_url {
            return true;
        }
        // The URL is new, although the text is not.
        if old.final_url != page.final_url && is_moved(page) {
            return false;
        }
        match self.read(pending.link.clone(), old, memory).await {
            Ok(Reading { record: Ok(old), .. }) => old.content_hash == record.content_hash,
            _ => false,
        }
    }

    /// Runs the pure stages on one blocking thread, which the parsed tree never leaves.
    async fn read(&self, link: Link, page: Page, memory: Arc<SiteMemory>) -> Result<Reading, Failure> {
        let config = Arc::clone(self.config);
        let portal = self.portal.outlet.portal.clone();
        let read = move || {
            // Only kills, panics and hangs apply here, since this step returns no error.
            let _ = failpoint::reach("extract");
            let portal = config.portal(&portal)?;
            let input = reading::Input { memory: Some(&memory), learn: true, ..reading::Input::new(&link, &page) };
            Some(reading::read(input, &config.page_rules(portal)))
        };
        // The portal always comes from this configuration.
        let none = || Reading { record: Err(NoRecord::Rejected(Rejection::Excluded)), lesson: None, extracted: None };
        stage("extraction", read).await.map(|read| read.unwrap_or_else(none))
    }

    /// Settles a link. This is the only place where that happens.
    async fn settle(&mut self, pending: &Pending, decision: Decision) -> Result<(), StoreError> {
        let now = self.context.clock.now();
        let not_before = match &decision.outcome {
            Outcome::Failed(failure) if failure.class == FailureClass::Hang => None,
            Outcome::Failed(failure) => Some(schedule::retry_at(&pending.id, failure, pending.attempts + 1, now)),
            Outcome::Blocked(sighting) => {
                let retry = schedule::retry_at(
                    &pending.id,
                    &blocked(pending.link.url.host(), sighting),
                    pending.attempts + 1,
                    now,
                );
                Some(retry.max(self.after_rhythm(now)))
            }
            Outcome::Gone(_) if pending.article.is_some() => {
                schedule::after_gone(pending.gone_since.unwrap_or(now), &self.config.revisit, now)
            }
            outcome if outcome.may_change() && !pending.link.hints.content_is_article => {
                schedule::revisit_at(pending.first_seen, &self.config.revisit, now)
            }
            _ => None,
        };
        let title = decision.article.as_ref().map(|article| article.record.title.clone());
        let settlement = Settlement {
            id: pending.id.clone(),
            outcome: decision.outcome.clone(),
            answered: decision.answered,
            not_before,
            raw: decision.raw,
        };
        let outcome = if let Some(article) = decision.article {
            let verdict = self.context.store.settle_article(self.lease, settlement, article, now).await?;
            self.count_article(verdict)
        } else if let Outcome::Gone(reason) = decision.outcome {
            match self.context.store.settle_missing(self.lease, settlement, reason, now).await? {
                Some(withdrawn) => self.count_withdrawn(&withdrawn, reason),
                None => self.count(&pending.link, &decision.outcome),
            }
        } else {
            self.context.store.settle(self.lease, settlement, now).await?;
            self.count(&pending.link, &decision.outcome)
        };
        let (portal, url) = (&self.portal.outlet.portal, &pending.link.url);
        tracing::debug!(%portal, %url, outcome, "settled");
        let title = title.unwrap_or_else(|| url.to_string());
        self.report(Event::Settled { portal: portal.clone(), outcome, title });
        Ok(())
    }

    /// Counts the verdict on an article and returns its name in a word or two.
    fn count_article(&mut self, verdict: Verdict) -> String {
        match verdict {
            Verdict::New => {
                self.summary.new += 1;
                "new".to_owned()
            }
            Verdict::Duplicate(duplicate) => {
                self.summary.new += 1;
                self.summary.duplicates += 1;
                duplicate.kind.to_string()
            }
            Verdict::Revision { revision } => {
                self.summary.revisions += 1;
                format!("revision {revision}")
            }
            Verdict::Unchanged => {
                self.summary.unchanged += 1;
                "unchanged".to_owned()
            }
            Verdict::NotAnArticle(sign) => self.rejected(&Rejection::NotAnArticle(sign).to_string()),
        }
    }

    /// Like [`Visit::count_article`], for a withdrawn article.
    pub(super) fn count_withdrawn(&mut self, withdrawn: &Withdrawn, reason: WithdrawalReason) -> String {
        self.summary.withdrawn += 1;
        let (portal, Withdrawn { id, revision, url }) = (&self.portal.outlet.portal, withdrawn);
        tracing::info!(%portal, url, id, revision, "article of {portal} withdrawn ({url}): {reason}");
        "withdrawn".to_owned()
    }

    /// Like [`Visit::count_article`], for a link that gave no article.
    fn count(&mut self, link: &Link, outcome: &Outcome) -> String {
        let (portal, url) = (&self.portal.outlet.portal, &link.url);
        match outcome {
            Outcome::Recorded | Outcome::Unchanged => {
                self.summary.unchanged += 1;
                "unchanged".to_owned()
            }
            Outcome::Gone(_) => self.rejected("gone"),
            Outcome::Disallowed => self.rejected("disallowed by robots.txt"),
            Outcome::Rejected(reason) => self.rejected(&reason.to_string()),
            Outcome::Blocked(sighting) => {
                self.summary.blocked += 1;
                tracing::warn!(%portal, %url, "blocked: {sighting}");
                format!("blocked: {}", sighting.kind.name())
            }
            Outcome::Failed(failure) => {
                tracing::warn!(%portal, %url, "article of {portal} failed ({url}): {}", failure.message);
                self.summary.failures.push(failure.clone());
                "failed".to_owned()
            }
        }
    }

    fn rejected(&mut self, reason: &str) -> String {
        self.summary.rejected += 1;
        reason.to_owned()
    }
}

/// Returns what a link's page contains. The store decides about the record when it settles the link.
pub(crate) fn article_of(config: &Config, link: &Link, page: &Page, record: Record) -> Article {
    Article {
        credit: config.credited(&record),
        is_misnamed: held::is_misnamed(link, &record),
        is_moved: is_moved(page),
        record: Box::new(record),
    }
}

/// Whether a permanent redirect led to a page.
fn is_moved(page: &Page) -> bool {
    page.http.moved_to.as_ref() == Some(&page.final_url)
}

/// Returns the decision about a page that appears for different links: a wall if the site shows nothing else.
fn one_for_all(shows_more: bool) -> Decision {
    let sighting = obstacle::one_for_all();
    Decision::bare(if shows_more { Outcome::Rejected(sighting.into()) } else { Outcome::Blocked(sighting) })
}

/// Returns the failure for an obstacle, which may be gone after a delay.
fn blocked(host: &str, sighting: &Sighting) -> Failure {
    Failure::new(FailureClass::Transient, format_args!("{host}: blocked: {sighting}"), Some(BLOCKED_HINT))
}
