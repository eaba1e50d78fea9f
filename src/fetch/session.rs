//! The requests of one visit: each waits for its turn, and each hop of a redirect is checked.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::coding::decode;
use crate::fetch::FetchError;
use crate::fetch::Fetched;
use crate::fetch::Fetcher;
use crate::fetch::evidence;
use crate::fetch::headers;
use crate::fetch::hop::Hop;
use crate::fetch::origins::OriginRules;
use crate::fetch::robots;
use crate::fetch::robots::Verdict;
use crate::fetch::transport::Framing;
use crate::fetch::transport::WireRequest;
use crate::fetch::transport::WireResponse;
use crate::fetch::whole;
use crate::fetch::whole::Flaw;
use crate::model::exchange::Exchange;
use crate::model::exchange::Truncation;
use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::model::page::Revalidation;
use crate::model::page::Unchanged;
use crate::model::page::Validators;
use crate::model::portal::Scope;
use crate::model::portal::ScopeDecision;
use crate::model::request::Expect;
use crate::model::request::Request;
use crate::model::tls::TlsSettings;
use crate::obstacle;
use crate::text::fingerprint;
use crate::url::PageUrl;

/// The longest `Crawl-delay` that is obeyed. A site that asks for more wants no crawler, and should use
/// `Disallow`.
pub const MAX_CRAWL_DELAY: Duration = Duration::from_hours(1);
/// Maximum number of redirects of a robots.txt (RFC 9309, section 2.3.1.2).
const ROBOTS_REDIRECTS: u32 = 5;
/// Size up to which compressed bodies are decoded at once. Larger ones are decoded on a blocking thread.
const DECODE_IN_PLACE: usize = 16 << 10;

/// The requests of one visit. `&mut` makes them sequential, which enforces politeness. A `fetch` that is dropped midway counts as a sent request.
pub struct Session {
    fetcher: Fetcher,
    scope: Scope,
    delay: Duration,
    /// The end of the last request of an earlier visit.
    earlier: Option<Timestamp>,
    /// The end of this visit's last request.
    last: Option<(Instant, Timestamp)>,
    /// The limited `Crawl-delay` of the last origin.
    crawl_delay: Duration,
    requests_sent: u64,
    /// The TLS profile of the portal.
    tls: Arc<TlsSettings>,
    /// The end of the visit. It does not wait for a later turn.
    deadline: Option<Timestamp>,
    /// The host of the current or the last request.
    host: String,
    /// The exchanges of the last fetch, if a body arrived but did not make a page.
    cut: Vec<Exchange>,
}

impl Session {
    pub(super) fn new(fetcher: Fetcher, scope: Scope, delay: Duration, earlier: Option<Timestamp>) -> Session {
        Session {
            fetcher,
            scope,
            delay,
            earlier,
            last: None,
            crawl_delay: Duration::ZERO,
            requests_sent: 0,
            tls: Arc::default(),
            deadline: None,
            host: String::new(),
            cut: Vec::new(),
        }
    }

    /// Sets the end of the visit: a request with a later turn does not wait, but fails with [`FetchError::NotInTime`].
    #[must_use]
    pub fn with_deadline(mut self, deadline: Timestamp) -> Session {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the TLS profile for all hosts of the portal.
    #[must_use]
    pub fn with_tls(mut self, tls: Arc<TlsSettings>) -> Session {
        self.tls = tls;
        self
    }

    /// Sets the TLS profile for later requests.
    pub fn set_tls(&mut self, tls: Arc<TlsSettings>) {
        self.tls = tls;
    }

    /// Fetches a page and follows redirects hop by hop. Each hop is checked against scope, guard, robots.txt and delay. The scope does not apply to
    /// the first URL, which the caller chose.
    ///
    /// Validators are sent byte for byte, only with a `GET`, and only to the URL that gave them, whether it is the request's or that of a redirect.
    ///
    /// # Errors
    /// [`FetchError`] if there is no complete response.
    pub async fn fetch(&mut self, request: &Request, known: &[Revalidation]) -> Result<Fetched, FetchError> {
        let accept = headers::accept(request.expect);
        let known = if request.is_get() { known } else { &[] };
        let mut hop = Hop::new(request);
        self.cut.clear();
        loop {
            hop.url.host().clone_into(&mut self.host);
            self.fetcher.transport.admit(&hop.url)?;
            if let Some(line) = self.disallowed(&hop.url).await? {
                return Ok(Fetched::Disallowed(line));
            }
            let sent = known.iter().find(|known| known.url == hop.url);
            let user_agent = &self.fetcher.settings.user_agent;
            let validators = sent.map(|known| &known.validators);
            let wire = headers::wire_request(user_agent, accept, &hop.url, &hop.payload, validators);
            let wire = WireRequest { tls: Arc::clone(&self.tls), ..wire };
            let response = self.exchange(&wire).await?;
            hop.exchanges.push(evidence::exchange(&wire, &response, self.fetcher.clock.now()));
            if let Some(error) = response.cut {
                return Err(self.keep_cut(hop.exchanges, error));
            }
            if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
                let fetched = match self.answer(request, &hop, sent, response).await {
                    Err(error @ FetchError::Status { .. }) => return Err(error),
                    Err(error) => return Err(self.keep_cut(hop.exchanges, error)),
                    Ok(fetched) => fetched,
                };
                match self.onward(request, &hop, &fetched) {
                    Some(target) => hop.follow_page(target),
                    None => return Ok(fetched),
                }
                continue;
            }
            hop.follow(&response, self.fetcher.settings.max_redirects)?;
            if let Some(reason) = self.out_of_scope(&hop.url) {
                return Ok(Fetched::OutOfScope(reason));
            }
        }
    }

    /// Returns what went over the wire in the last fetch if it failed after a body had arrived: it is evidence but not a page.
    pub fn take_cut(&mut self) -> Vec<Exchange> {
        std::mem::take(&mut self.cut)
    }

    /// Keeps the exchanges of a body that is not a page, and returns the error.
    fn keep_cut(&mut self, mut exchanges: Vec<Exchange>, error: FetchError) -> FetchError {
        if let Some(last) = exchanges.last_mut() {
            last.truncated = last.truncated.or(match &error {
                FetchError::Cut(_) => Some(Truncation::Disconnect),
                _ => None,
            });
        }
        self.cut = exchanges;
        error
    }

    /// Returns the host of the last request, sent or not. The error of a fetch is about it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns when the last request ended, for the next holder of the lease.
    pub fn last_request(&self) -> Option<Timestamp> {
        self.last.map(|(_, end)| end).or(self.earlier)
    }

    /// Returns the number of requests sent so far, including robots.txt and hops.
    pub fn requests_sent(&self) -> u64 {
        self.requests_sent
    }

    /// Returns the URLs of sitemaps in the robots.txt of a URL's origin, as written there.
    ///
    /// # Errors
    /// [`FetchError`] if the robots.txt is unreachable.
    pub async fn sitemaps(&mut self, url: &PageUrl) -> Result<Vec<String>, FetchError> {
        self.fetcher.transport.admit(url)?;
        Ok(self.robots(url).await?.sitemaps.clone())
    }

    /// Returns the line that disallows a URL. The robots.txt itself is allowed implicitly (RFC 9309, section 2.2.2).
    async fn disallowed(&mut self, url: &PageUrl) -> Result<Option<String>, FetchError> {
        let known = self.robots(url).await?;
        if url.as_url().path() == "/robots.txt" {
            return Ok(None);
        }
        Ok(match known.rules.verdict(path_and_query(url)) {
            Verdict::Allowed => None,
            Verdict::Disallowed(line) => Some(line),
        })
    }

    /// Returns the target of a page that redirects its reader, like a 302: once in a fetch, only within the scope, and never to a URL that was
    /// already requested.
    fn onward(&self, request: &Request, hop: &Hop, fetched: &Fetched) -> Option<PageUrl> {
        let Fetched::Page(page) = fetched else { return None };
        let may_follow =
            request.expect == Expect::Html && !hop.followed_page && hop.count < self.fetcher.settings.max_redirects;
        let target = may_follow.then(|| obstacle::sends_on_to(page)).flatten()?;
        let is_new = target != hop.url && !hop.seen.contains(&(true, target.clone()));
        (is_new && self.out_of_scope(&target).is_none()).then_some(target)
    }

    fn out_of_scope(&self, url: &PageUrl) -> Option<String> {
        match self.scope.admits(url) {
            ScopeDecision::Admitted => None,
            ScopeDecision::ForeignHost => Some(format!("{url}, whose host does not belong to the portal")),
            ScopeDecision::Excluded => Some(format!("{url}, which the portal's file excludes")),
        }
    }

    /// Turns a response that is not a redirect into an outcome. Only 200 and 203 contain a whole page: an unrequested 206 is a part, and a 202 only a
    /// promise.
    async fn answer(
        &self,
        request: &Request,
        hop: &Hop,
        sent: Option<&Revalidation>,
        response: WireResponse,
    ) -> Result<Fetched, FetchError> {
        match (response.status, sent) {
            (200 | 203, _) => Ok(Fetched::Page(Box::new(self.page(request, hop, response).await?))),
            (304, Some(sent)) => Ok(Fetched::Unchanged(Box::new(Unchanged {
                validators: headers::refreshed(&sent.validators, &response),
                fresh_for: headers::fresh_for(&response, self.fetcher.clock.now()),
                moved_to: hop.moved_to.clone(),
                url: hop.url.clone(),
                exchanges: hop.exchanges.clone(),
            }))),
            (404 | 410, _) => Ok(Fetched::Gone(response.status)),
            (status, _) => Err(FetchError::Status {
                status,
                retry_after: headers::retry_after(&response, self.fetcher.clock.now()),
            }),
        }
    }

    async fn page(&self, request: &Request, hop: &Hop, response: WireResponse) -> Result<Page, FetchError> {
        let content_type = response.header("content-type").map(|value| String::from_utf8_lossy(value).into_owned());
        let validators = if request.is_get() { headers::validators(&response) } else { Validators::default() };
        let mut http = HttpFacts {
            status: response.status,
            content_type,
            validators,
            fresh_for: headers::fresh_for(&response, self.fetcher.clock.now()),
            moved_to: hop.moved_to.clone(),
            tls: response.tls.clone(),
            doubt: None,
        };
        let (body, flaw) = self.decoded(response).await?;
        http.doubt = self.doubt(&hop.url, &body, flaw)?;
        Ok(Page {
            url: request.url.clone(),
            final_url: hop.url.clone(),
            fetched: self.fetcher.clock.now(),
            http,
            body,
            exchanges: hop.exchanges.clone(),
        })
    }

    /// Returns the warning for the record of a body that has no end but came three times.
    fn doubt(&self, url: &PageUrl, body: &[u8], flaw: Option<Flaw>) -> Result<Option<String>, FetchError> {
        let reason = match flaw {
            None => return Ok(None),
            Some(Flaw::InsideTag) => "it stops inside a tag",
            Some(Flaw::InsideCharacter) => "it stops inside a character",
            Some(Flaw::NoEnd) => {
                let hash = fingerprint::hash_bytes(body);
                if self.fetcher.origins.note_unended(&url.origin(), path_and_query(url), hash) {
                    return Ok(Some(
                        "nothing shows that the page is complete, but it came like this three times".to_owned(),
                    ));
                }
                "nothing shows that it is complete; if it comes like this three times, it is accepted"
            }
        };
        Err(FetchError::Cut(reason.to_owned()))
    }

    /// Returns the decoded body, and what is wrong with its end.
    async fn decoded(&self, response: WireResponse) -> Result<(Bytes, Option<Flaw>), FetchError> {
        whole::check_range(&response)?;
        let max_bytes = self.fetcher.settings.max_body_bytes;
        let is_small = response.body.len() <= DECODE_IN_PLACE;
        let work = move || {
            let body = decode(response.body.clone(), response.headers("content-encoding"), max_bytes)?;
            // A compressed stream has its own end, which was reached.
            let framing = if body == response.body { response.framing } else { Framing::Declared };
            let content_type = response.header("content-type").map(String::from_utf8_lossy);
            let flaw = whole::flaw(&body, content_type.as_deref(), framing);
            Ok((body, flaw))
        };
        if is_small {
            return work();
        }
        tokio::task::spawn_blocking(work).await.map_err(|error| FetchError::Malformed(error.to_string()))?
    }

    /// Returns the rules of a URL's origin, from memory or from its robots.txt.
    async fn robots(&mut self, url: &PageUrl) -> Result<Arc<OriginRules>, FetchError> {
        let origin = url.origin();
        let known = if let Some(known) = self.fetcher.origins.robots(&origin, self.fetcher.clock.now()) {
            known?
        } else {
            self.crawl_delay = Duration::ZERO;
            match self.ask_robots(url).await {
                // Nothing was requested, so nothing changes.
                Err(error @ (FetchError::Resting { .. } | FetchError::NotInTime { .. })) => return Err(error),
                asked => self.fetcher.origins.put_robots(&origin, self.fetcher.clock.now(), asked)?,
            }
        };
        self.crawl_delay = known.rules.crawl_delay.unwrap_or_default().min(MAX_CRAWL_DELAY);
        Ok(known)
    }

    /// Requests a robots.txt (RFC 9309, section 2.3.1). After 4xx and redirects that cannot be followed, there are no rules. After server errors, 429
    /// and no response, nothing may be fetched for now.
    async fn ask_robots(&mut self, url: &PageUrl) -> Result<OriginRules, FetchError> {
        let none = || OriginRules::read(&Bytes::new(), self.fetcher.clock.now());
        let Ok(mut target) = url.join("/robots.txt") else { return Ok(none()) };
        for _ in 0..=ROBOTS_REDIRECTS {
            let user_agent = &self.fetcher.settings.user_agent;
            let wire = WireRequest { tls: Arc::clone(&self.tls), ..headers::robots_request(user_agent, &target) };
            let response = self.exchange(&wire).await.map_err(unreachable)?;
            if let Some(error) = response.cut {
                return Err(unreachable(error));
            }
            match response.status {
                200..=299 => return self.read_robots(response).await,
                301 | 302 | 303 | 307 | 308 => match headers::location(&response, &target) {
                    Ok(next) if self.fetcher.transport.admit(&next).is_ok() => target = next,
                    _ => return Ok(OriginRules::default()),
                },
                429 | 500.. | 0..=399 => {
                    let retry_after = headers::retry_after(&response, self.fetcher.clock.now());
                    let reason = format!("HTTP status {}", response.status);
                    return Err(FetchError::RobotsUnreachable { reason, retry_after });
                }
                400..=499 => return Ok(OriginRules::default()),
            }
        }
        Ok(OriginRules::default())
    }

    async fn read_robots(&self, response: WireResponse) -> Result<OriginRules, FetchError> {
        // The format has no end mark. Without length and chunks, it is read as far as it came.
        let (body, _) = self.decoded(response).await.map_err(unreachable)?;
        // One more byte shows whether the last line is complete.
        Ok(OriginRules::read(&body.slice(..body.len().min(robots::MAX_BYTES + 1)), self.fetcher.clock.now()))
    }

    /// Sends one request in its turn: when no other request to the host is running, no pause is in force, and the delay is over.
    async fn exchange(&mut self, wire: &WireRequest) -> Result<WireResponse, FetchError> {
        let origins = Arc::clone(&self.fetcher.origins);
        let mut last_at_host = origins.enter_host(wire.url.host()).await;
        let origin = wire.url.origin();
        self.check_rest(&origin)?;
        let wait = self.wait(*last_at_host);
        self.check_deadline(&wire.url, wait)?;
        // A sleep of zero length still lasts until the timer's next tick.
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        self.requests_sent += 1;
        self.ended_now();
        *last_at_host = Some(Instant::now());
        let response = self.fetcher.transport.exchange(wire).await;
        self.ended_now();
        *last_at_host = Some(Instant::now());
        if let Ok(response) = &response {
            let now = self.fetcher.clock.now();
            let retry_after = headers::retry_after(response, now).filter(|_| asks_for_rest(response.status));
            origins.note_answer(&origin, now, response.status, retry_after);
        }
        response
    }

    fn check_rest(&self, origin: &str) -> Result<(), FetchError> {
        let now = self.fetcher.clock.now();
        match self.fetcher.origins.rests_until(origin, now) {
            None => Ok(()),
            Some(until) => {
                let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                Err(FetchError::Resting { origin: origin.to_owned(), until, wait })
            }
        }
    }

    fn check_deadline(&self, url: &PageUrl, wait: Duration) -> Result<(), FetchError> {
        let at = self.fetcher.clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
        match self.deadline {
            Some(deadline) if !wait.is_zero() && at > deadline => {
                Err(FetchError::NotInTime { host: url.host().to_owned(), at })
            }
            _ => Ok(()),
        }
    }

    /// Returns how long to wait before the next request. A clock that was set back makes this no longer than the delay.
    fn wait(&self, last_at_host: Option<Instant>) -> Duration {
        let delay = self.delay.max(self.crawl_delay);
        let since_end = |end: Instant| delay.saturating_sub(end.elapsed());
        let of_visit = match (self.last, self.earlier) {
            (Some((end, _)), _) => since_end(end),
            (None, Some(end)) => {
                let passed = self.fetcher.clock.now().duration_since(end);
                delay.saturating_sub(Duration::try_from(passed).unwrap_or(Duration::ZERO))
            }
            (None, None) => Duration::ZERO,
        };
        of_visit.max(last_at_host.map_or(Duration::ZERO, since_end))
    }

    fn ended_now(&mut self) {
        self.last = Some((Instant::now(), self.fetcher.clock.now()));
    }
}

/// Statuses whose `Retry-After` holds for the whole origin.
fn asks_for_rest(status: u16) -> bool {
    matches!(status, 403 | 429 | 500..=599)
}

/// Returns the error of a page whose robots.txt is unreachable. What blocks robots.txt also blocks the page; a blocked address remains blocked.
fn unreachable(error: FetchError) -> FetchError {
    match error {
        FetchError::BlockedAddress { .. }
        | FetchError::BlockedPort(_)
        | FetchError::Resting { .. }
        | FetchError::NotInTime { .. } => error,
        other => FetchError::RobotsUnreachable { reason: other.with_hint(), retry_after: None },
    }
}

fn path_and_query(url: &PageUrl) -> &str {
    &url.as_url()[url::Position::BeforePath..url::Position::AfterQuery]
}
