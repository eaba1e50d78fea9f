//! The second half of a visit: pending links are worked off one by one, each settled exactly once.

use std::sync::Arc;

use bytes::Bytes;

use crate::config::Config;
use crate::config::Portal;
use crate::dedup;
use crate::dedup::Verdict;
use crate::extract;
use crate::extract::rules::ArticleRules;
use crate::fetch::Fetched;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::model::link::Link;
use crate::model::obstacle::Sighting;
use crate::model::outcome::Outcome;
use crate::model::outcome::Rejection;
use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::model::page::Revalidation;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::model::request::Expect;
use crate::model::request::Request;
use crate::normalize;
use crate::obstacle;
use crate::schedule;
use crate::store::Answered;
use crate::store::Pending;
use crate::store::Settlement;
use crate::store::StoreError;
use crate::visit::Event;
use crate::visit::FAILURES_IN_A_ROW;
use crate::visit::Missed;
use crate::visit::Stop;
use crate::visit::Visit;
use crate::visit::stage;

/// What was decided about a link, before it is written down.
struct Decision {
    outcome: Outcome,
    record: Option<Box<Record>>,
    answered: Option<Answered>,
    raw: Option<RawRef>,
}

/// Why a page gives no record.
enum Unread {
    /// Something stands before the site.
    Blocked(Sighting),
    /// It is no article that is to be kept.
    Rejected(Rejection),
}

impl Decision {
    fn bare(outcome: Outcome) -> Decision {
        Decision { outcome, record: None, answered: None, raw: None }
    }
}

impl Visit<'_> {
    pub(super) async fn work_off_links(&mut self) -> Result<Stop, StoreError> {
        let mut failures_in_a_row = 0;
        let mut got_one = false;
        for _ in 0..self.config.engine.visit_articles {
            if let Some(stop) = self.must_end() {
                return Ok(stop);
            }
            let Some(pending) = self.desk.store.next_link(self.lease, self.desk.clock.now()).await? else {
                return Ok(Stop::Done);
            };
            let decision = match self.decide(&pending).await? {
                Ok(decision) => decision,
                Err(Missed::Resting(until, _)) => {
                    self.desk.store.put_off_link(self.lease, &pending.id, until, self.desk.clock.now()).await?;
                    continue;
                }
                Err(Missed::Stop(stop)) => return Ok(stop),
                Err(
                    Missed::Failed(failure)
                    | Missed::Unreadable(failure)
                    | Missed::NotFound(failure)
                    | Missed::GoneForGood(failure)
                    | Missed::Blocked(failure),
                ) => Decision::bare(Outcome::Failed(failure)),
            };
            let failure = match &decision.outcome {
                Outcome::Failed(failure) if failure.class == FailureClass::Transient => Some(failure.clone()),
                Outcome::Blocked(sighting) => Some(blocked(sighting)),
                _ => None,
            };
            match self.settle(&pending, &decision).await {
                Err(error @ StoreError::Outdated(_)) => {
                    // Two portals list one article, and judged it at the same time: the later one looks again.
                    let message = error.to_string();
                    let failure = Failure { class: FailureClass::Transient, message, retry_after: None };
                    self.settle(&pending, &Decision::bare(Outcome::Failed(failure))).await?;
                }
                settled => settled?,
            }
            failures_in_a_row = if failure.is_some() { failures_in_a_row + 1 } else { 0 };
            got_one |= matches!(decision.outcome, Outcome::Recorded | Outcome::Unchanged);
            match (&decision.outcome, failure) {
                // After pages that came, one may be blocked by itself; two in a row are a wall.
                (Outcome::Blocked(_), Some(failure)) if !got_one || failures_in_a_row > 1 => {
                    return Ok(Stop::Blocked(failure));
                }
                (_, Some(failure)) if failures_in_a_row >= FAILURES_IN_A_ROW => return Ok(Stop::Rest(failure)),
                _ => {}
            }
        }
        Ok(Stop::UsedUp)
    }

    /// From the link to what is to be written down. `Err` where there is nothing to decide on.
    async fn decide(&mut self, pending: &Pending) -> Result<Result<Decision, Missed>, StoreError> {
        let page = match self.page_of(pending).await? {
            Ok(Ok(page)) => page,
            Ok(Err(decision)) => return Ok(Ok(decision)),
            Err(missed) => return Ok(Err(missed)),
        };
        let raw = self.keep_raw(&page).await;
        let revalidation = Revalidation::new(&page.final_url, &page.http.validators);
        let read = self.read(pending.link.clone(), page).await;
        let mut decision = match read {
            Err(failure) => Decision::bare(Outcome::Failed(failure)),
            Ok(Err(Unread::Blocked(sighting))) => Decision::bare(Outcome::Blocked(sighting)),
            Ok(Err(Unread::Rejected(rejection))) => Decision::bare(Outcome::Rejected(rejection)),
            Ok(Ok(record)) => self.compare(record, raw.clone()).await?,
        };
        decision.raw = raw;
        // What gave no record is asked for in full the next time: "not modified" would keep it out for good.
        let is_kept = matches!(decision.outcome, Outcome::Recorded | Outcome::Unchanged);
        decision.answered = Some(Answered { revalidation: revalidation.filter(|_| is_kept) });
        Ok(Ok(decision))
    }

    /// The article's page: the source's own copy where the portal's file says that it is whole, else fetched.
    async fn page_of(&mut self, pending: &Pending) -> Result<Result<Result<Page, Decision>, Missed>, StoreError> {
        if let Some(page) = self.page_in_source(&pending.link) {
            return Ok(Ok(Ok(page)));
        }
        let request = Request::get(pending.link.url.clone(), Expect::Html);
        let known = pending.revalidation.as_ref().filter(|_| pending.settled > 0);
        let answer = match self.get(&request, known.map(std::slice::from_ref).unwrap_or_default()).await? {
            Ok(answer) => answer,
            Err(missed) => return Ok(Err(missed)),
        };
        Ok(Ok(match answer {
            Fetched::Page(page) => Ok(*page),
            Fetched::Unchanged(unchanged) => {
                let revalidation = Revalidation::new(&unchanged.url, &unchanged.validators);
                let answered = Some(Answered { revalidation });
                Err(Decision { answered, ..Decision::bare(Outcome::Unchanged) })
            }
            Fetched::Gone(_) => Err(Decision::bare(Outcome::Gone)),
            Fetched::Disallowed(_) => Err(Decision::bare(Outcome::Disallowed)),
            Fetched::OutOfScope(_) => Err(Decision::bare(Outcome::Rejected(Rejection::ForeignHost))),
        }))
    }

    fn page_in_source(&self, link: &Link) -> Option<Page> {
        let html = link.hints.content_html.as_ref().filter(|_| link.hints.content_is_article)?;
        let http = HttpFacts {
            status: 200,
            content_type: Some("text/html; charset=utf-8".to_owned()),
            ..HttpFacts::default()
        };
        Some(Page {
            url: link.url.clone(),
            final_url: link.url.clone(),
            fetched: self.desk.clock.now(),
            http,
            body: Bytes::copy_from_slice(html.as_bytes()),
        })
    }

    /// A page that cannot be kept is no reason to lose its record.
    async fn keep_raw(&self, page: &Page) -> Option<RawRef> {
        match self.desk.pages.append(page).await {
            Ok(place) => Some(place),
            Err(error) => {
                tracing::warn!(portal = %self.portal.outlet.portal, url = %page.url, "page not kept: {error}");
                None
            }
        }
    }

    /// The pure stages, on one blocking thread: the tree never leaves it.
    async fn read(&self, link: Link, page: Page) -> Result<Result<Record, Unread>, Failure> {
        let config = Arc::clone(self.config);
        let portal = self.portal.outlet.portal.clone();
        let read = move || {
            let portal = config.portal(&portal)?;
            if let Some(sighting) = obstacle::find(&page).filter(|sighting| sighting.kind.stands_before_the_site()) {
                return Some(Err(Unread::Blocked(sighting)));
            }
            Some(read_article(&config, portal, &link, &page).map_err(Unread::Rejected))
        };
        // The portal is of this very configuration.
        stage("extraction", read).await.map(|read| read.unwrap_or(Err(Unread::Rejected(Rejection::Excluded))))
    }

    async fn compare(&self, mut record: Record, raw: Option<RawRef>) -> Result<Decision, StoreError> {
        let neighbours = self.desk.store.neighbours(&record.id, &record.content_hash).await?;
        match dedup::judge(&record, &neighbours) {
            Verdict::Unchanged => return Ok(Decision::bare(Outcome::Unchanged)),
            Verdict::New => {}
            Verdict::Duplicate(duplicate) => record.duplicate = Some(duplicate),
            Verdict::Revision { revision, previous } => {
                record.revision = revision;
                record.previous = Some(previous);
            }
        }
        record.raw = raw;
        Ok(Decision { outcome: Outcome::Recorded, record: Some(Box::new(record)), answered: None, raw: None })
    }

    /// The one place where a link is settled.
    async fn settle(&mut self, pending: &Pending, decision: &Decision) -> Result<(), StoreError> {
        let now = self.desk.clock.now();
        let not_before = match &decision.outcome {
            Outcome::Failed(failure) => Some(schedule::retry_at(&pending.id, failure, pending.attempts + 1, now)),
            Outcome::Blocked(sighting) => {
                let retry = schedule::retry_at(&pending.id, &blocked(sighting), pending.attempts + 1, now);
                Some(retry.max(self.after_rhythm(now)))
            }
            outcome if outcome.may_change() && !pending.link.hints.content_is_article => {
                schedule::revisit_at(pending.first_seen, &self.config.revisit, now)
            }
            _ => None,
        };
        let settlement = Settlement {
            id: pending.id.clone(),
            outcome: decision.outcome.clone(),
            record: decision.record.clone(),
            answered: decision.answered.clone(),
            not_before,
            raw: decision.raw.clone(),
        };
        self.desk.store.settle(self.lease, settlement, now).await?;
        self.count(pending, decision);
        Ok(())
    }

    fn count(&mut self, pending: &Pending, decision: &Decision) {
        let portal = &self.portal.outlet.portal;
        let url = &pending.link.url;
        let outcome = match (&decision.outcome, &decision.record) {
            (Outcome::Recorded, Some(record)) if record.revision > 1 => {
                self.summary.revisions += 1;
                format!("revision {}", record.revision)
            }
            (Outcome::Recorded, record) => {
                self.summary.new += 1;
                let copies = record.as_ref().is_some_and(|record| record.duplicate.is_some());
                self.summary.duplicates += u64::from(copies);
                if copies { "reprint".to_owned() } else { "new".to_owned() }
            }
            (Outcome::Unchanged, _) => {
                self.summary.unchanged += 1;
                "unchanged".to_owned()
            }
            (Outcome::Gone, _) => self.rejected("gone"),
            (Outcome::Disallowed, _) => self.rejected("disallowed by robots.txt"),
            (Outcome::Rejected(reason), _) => self.rejected(&reason.to_string()),
            (Outcome::Blocked(sighting), _) => {
                self.summary.blocked += 1;
                tracing::warn!(%portal, %url, "blocked: {sighting}");
                format!("blocked: {}", sighting.kind.name())
            }
            (Outcome::Failed(failure), _) => {
                tracing::warn!(%portal, %url, "article of {portal} failed: {url}: {}", failure.message);
                self.summary.failures.push(failure.clone());
                "failed".to_owned()
            }
        };
        tracing::debug!(%portal, %url, outcome, "settled");
        let title = decision.record.as_ref().map_or_else(|| url.to_string(), |record| record.title.clone());
        self.report(Event::Settled { portal: portal.clone(), outcome, title });
    }

    fn rejected(&mut self, reason: &str) -> String {
        self.summary.rejected += 1;
        reason.to_owned()
    }
}

/// What an obstacle means for the next try: the site may be free of it then.
fn blocked(sighting: &Sighting) -> Failure {
    Failure { class: FailureClass::Transient, message: format!("blocked: {sighting}"), retry_after: None }
}

/// Extraction and normalization of one page by the rules of its portal and of its platform.
///
/// # Errors
/// [`Rejection`] where the page is no article that is to be kept.
pub fn read_article(config: &Config, portal: &Portal, link: &Link, page: &Page) -> Result<Record, Rejection> {
    if let Some(sighting) = obstacle::find(page) {
        return Err(sighting.into());
    }
    let rules = rules_for(config, portal);
    let input = extract::Input {
        url: &page.final_url,
        content_type: page.http.content_type.as_deref(),
        body: &page.body,
        hints: &link.hints,
        explain: false,
        memory: None,
        learn: false,
    };
    let extracted = extract::extract(input, &rules);
    normalize::normalize(extracted, link, page, &portal.outlet, &portal.keep)
}

/// A portal's rules, most specific first: its own, then its platform's.
pub fn rules_for<'a>(config: &'a Config, portal: &'a Portal) -> Vec<&'a ArticleRules> {
    let platform = portal.platform.as_ref().and_then(|id| config.platform(id));
    portal.rules.iter().chain(platform.into_iter().flat_map(|platform| &platform.rules)).collect()
}
