//! One visit's requests: each waits its turn, each hop of a redirect is looked at.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::fetch::FetchError;
use crate::fetch::Fetched;
use crate::fetch::Fetcher;
use crate::fetch::PRODUCT_TOKEN;
use crate::fetch::decode::decode;
use crate::fetch::headers;
use crate::fetch::robots::Robots;
use crate::fetch::robots::Verdict;
use crate::fetch::robots_cache::Known;
use crate::fetch::transport::WireRequest;
use crate::fetch::transport::WireResponse;
use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::model::page::Validators;
use crate::model::portal::Admission;
use crate::model::portal::Scope;
use crate::model::request::Payload;
use crate::model::request::Request;
use crate::url::PageUrl;

/// A `Crawl-delay` is obeyed up to this: what asks for more wants no crawler, and says so better with `Disallow`.
const MAX_CRAWL_DELAY: Duration = Duration::from_mins(1);
/// Redirects of a robots.txt that are followed (RFC 9309, section 2.3.1.2).
const ROBOTS_REDIRECTS: u32 = 5;
/// Compressed bodies up to this size are decoded at once; larger ones on a thread for blocking work.
const DECODE_IN_PLACE: usize = 16 << 10;

/// One visit's requests. Holds the politeness: sequential by `&mut`. Dropping a `fetch` midway counts as a request sent.
pub struct Session {
    fetcher: Fetcher,
    scope: Scope,
    delay: Duration,
    /// The end of the last request of an earlier visit.
    earlier: Option<Timestamp>,
    /// The end of this visit's last request.
    last: Option<(Instant, Timestamp)>,
    /// `Crawl-delay` of the origin asked last, capped.
    crawl_delay: Duration,
    requests_sent: u64,
}

/// Where a walk along redirects stands.
struct Hop {
    url: PageUrl,
    payload: Payload,
    count: u32,
    seen: HashSet<(bool, PageUrl)>,
}

impl Session {
    pub(super) fn new(fetcher: Fetcher, scope: Scope, delay: Duration, earlier: Option<Timestamp>) -> Session {
        Session { fetcher, scope, delay, earlier, last: None, crawl_delay: Duration::ZERO, requests_sent: 0 }
    }

    /// Fetches, following redirects hop by hop: each hop is checked against scope, guard, robots.txt and delay. The scope does
    /// not concern the first address, which the caller chose.
    ///
    /// Validators are sent byte for byte, only with a `GET`, and only to the address they were given for, which is the
    /// request's; a page that was redirected to has none therefore.
    ///
    /// # Errors
    /// [`FetchError`] where there is no complete answer.
    pub async fn fetch(&mut self, request: &Request, validators: Option<&Validators>) -> Result<Fetched, FetchError> {
        let accept = headers::accept(request.expect);
        let validators = validators.filter(|validators| request.is_get() && !validators.is_empty());
        let mut hop = Hop::new(request);
        loop {
            self.fetcher.transport.admit(&hop.url)?;
            if let Some(line) = self.disallowed(&hop.url).await? {
                return Ok(Fetched::Disallowed(line));
            }
            let sent = validators.filter(|_| hop.count == 0);
            let user_agent = &self.fetcher.settings.user_agent;
            let wire = headers::wire_request(user_agent, accept, &hop.url, &hop.payload, sent);
            let response = self.exchange(&wire).await?;
            if !matches!(response.status, 301 | 302 | 303 | 307 | 308) {
                return self.answer(request, hop, sent, response).await;
            }
            hop.follow(&response, self.fetcher.settings.max_redirects)?;
            if let Some(reason) = self.out_of_scope(&hop.url) {
                return Ok(Fetched::OutOfScope(reason));
            }
        }
    }

    /// When the last request ended, for the lease's next holder.
    pub fn last_request(&self) -> Option<Timestamp> {
        self.last.map(|(_, end)| end).or(self.earlier)
    }

    /// Requests sent so far, robots.txt and hops included.
    pub fn requests_sent(&self) -> u64 {
        self.requests_sent
    }

    /// Addresses of sitemaps that the robots.txt of an address's origin names, as written there.
    ///
    /// # Errors
    /// [`FetchError`] where the robots.txt is unreachable.
    pub async fn sitemaps(&mut self, url: &PageUrl) -> Result<Vec<String>, FetchError> {
        self.fetcher.transport.admit(url)?;
        Ok(self.robots(url).await?.sitemaps.clone())
    }

    /// The line that disallows an address. The robots.txt itself is allowed implicitly (RFC 9309, section 2.2.2).
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

    fn out_of_scope(&self, url: &PageUrl) -> Option<String> {
        match self.scope.admits(url) {
            Admission::Admitted => None,
            Admission::ForeignHost => Some(format!("redirected to {url}, whose host is none of the portal's")),
            Admission::Excluded => Some(format!("redirected to {url}, which the portal's file excludes")),
        }
    }

    /// Makes an outcome of an answer that is no redirect. Only 200 and 203 bring a whole page: a 206 that nobody asked for is a
    /// part, a 202 a promise.
    async fn answer(
        &self,
        request: &Request,
        hop: Hop,
        sent: Option<&Validators>,
        response: WireResponse,
    ) -> Result<Fetched, FetchError> {
        match (response.status, sent) {
            (200 | 203, _) => Ok(Fetched::Page(Box::new(self.page(request, hop, response).await?))),
            (304, Some(sent)) => Ok(Fetched::Unchanged(headers::refreshed(sent, &response))),
            (404 | 410, _) => Ok(Fetched::Gone(response.status)),
            (status, _) => Err(FetchError::Status {
                status,
                retry_after: headers::retry_after(&response, self.fetcher.clock.now()),
            }),
        }
    }

    async fn page(&self, request: &Request, hop: Hop, response: WireResponse) -> Result<Page, FetchError> {
        let content_type = response.header("content-type").map(|value| String::from_utf8_lossy(value).into_owned());
        let validators =
            if hop.count == 0 && request.is_get() { headers::validators(&response) } else { Validators::default() };
        let http = HttpFacts { status: response.status, content_type, validators, tls: response.tls.clone() };
        let body = self.decoded(response).await?;
        Ok(Page { url: request.url.clone(), final_url: hop.url, fetched: self.fetcher.clock.now(), http, body })
    }

    async fn decoded(&self, response: WireResponse) -> Result<Bytes, FetchError> {
        let max_bytes = self.fetcher.settings.max_body_bytes;
        let is_small = response.body.len() <= DECODE_IN_PLACE;
        let work = move || decode(response.body.clone(), response.headers("content-encoding"), max_bytes);
        if is_small {
            return work();
        }
        tokio::task::spawn_blocking(work).await.map_err(|error| FetchError::Malformed(error.to_string()))?
    }

    /// The rules of an address's origin, from memory or from its robots.txt.
    async fn robots(&mut self, url: &PageUrl) -> Result<Arc<Known>, FetchError> {
        let origin = url.origin();
        let known = if let Some(known) = self.fetcher.robots.get(&origin, self.fetcher.clock.now()) {
            known?
        } else {
            self.crawl_delay = Duration::ZERO;
            let asked = self.ask_robots(url).await;
            self.fetcher.robots.put(&origin, self.fetcher.clock.now(), asked)?
        };
        self.crawl_delay = known.rules.crawl_delay.unwrap_or_default().min(MAX_CRAWL_DELAY);
        Ok(known)
    }

    /// Asks for a robots.txt (RFC 9309, section 2.3.1): 4xx and what cannot be followed mean that there are no rules; server
    /// errors, 429 and no answer mean that nothing may be fetched for now.
    async fn ask_robots(&mut self, url: &PageUrl) -> Result<Known, FetchError> {
        let Ok(mut target) = url.join("/robots.txt") else { return Ok(Known::default()) };
        for _ in 0..=ROBOTS_REDIRECTS {
            let user_agent = &self.fetcher.settings.user_agent;
            let response = self.exchange(&headers::robots_request(user_agent, &target)).await.map_err(unreachable)?;
            match response.status {
                200..=299 => return self.read_robots(response).await,
                301 | 302 | 303 | 307 | 308 => match headers::location(&response, &target) {
                    Ok(next) if self.fetcher.transport.admit(&next).is_ok() => target = next,
                    _ => return Ok(Known::default()),
                },
                429 | 500.. | 0..=399 => {
                    let retry_after = headers::retry_after(&response, self.fetcher.clock.now());
                    let reason = format!("HTTP status {}", response.status);
                    return Err(FetchError::RobotsUnreachable { reason, retry_after });
                }
                400..=499 => return Ok(Known::default()),
            }
        }
        Ok(Known::default())
    }

    async fn read_robots(&self, response: WireResponse) -> Result<Known, FetchError> {
        let body = self.decoded(response).await.map_err(unreachable)?;
        let robots = Robots::parse(&body);
        Ok(Known { rules: robots.for_agent(PRODUCT_TOKEN), sitemaps: robots.sitemaps().to_vec() })
    }

    /// One exchange, in its turn.
    async fn exchange(&mut self, wire: &WireRequest) -> Result<WireResponse, FetchError> {
        tokio::time::sleep(self.wait()).await;
        self.requests_sent += 1;
        self.ended_now();
        let response = self.fetcher.transport.exchange(wire).await;
        self.ended_now();
        response
    }

    /// How long until the next request may start. A clock that was set back makes it no longer than the delay.
    fn wait(&self) -> Duration {
        let delay = self.delay.max(self.crawl_delay);
        match (self.last, self.earlier) {
            (Some((end, _)), _) => delay.saturating_sub(end.elapsed()),
            (None, Some(end)) => {
                let passed = self.fetcher.clock.now().duration_since(end);
                delay.saturating_sub(Duration::try_from(passed).unwrap_or(Duration::ZERO))
            }
            (None, None) => Duration::ZERO,
        }
    }

    fn ended_now(&mut self) {
        self.last = Some((Instant::now(), self.fetcher.clock.now()));
    }
}

impl Hop {
    fn new(request: &Request) -> Hop {
        let url = without_fragment(&request.url);
        Hop { url, payload: request.payload.clone(), count: 0, seen: HashSet::new() }
    }

    /// Goes where a redirect leads. After 303 a `POST` becomes a `GET`; after 301 and 302 too, as all clients do (RFC 9110,
    /// section 15.4); after 307 and 308 it is sent again.
    fn follow(&mut self, response: &WireResponse, max_redirects: u32) -> Result<(), FetchError> {
        self.seen.insert((self.payload == Payload::Get, self.url.clone()));
        self.url = headers::location(response, &self.url)?;
        if !matches!(response.status, 307 | 308) {
            self.payload = Payload::Get;
        }
        self.count += 1;
        if self.seen.contains(&(self.payload == Payload::Get, self.url.clone())) {
            return Err(FetchError::RedirectLoop(self.url.to_string()));
        }
        if self.count > max_redirects { Err(FetchError::TooManyRedirects(max_redirects)) } else { Ok(()) }
    }
}

/// What stands in the way of robots.txt stands in the way of the page too; an address that is blocked stays blocked.
fn unreachable(error: FetchError) -> FetchError {
    match error {
        FetchError::BlockedAddress { .. } | FetchError::BlockedPort(_) => error,
        other => FetchError::RobotsUnreachable { reason: other.to_string(), retry_after: None },
    }
}

fn path_and_query(url: &PageUrl) -> &str {
    &url.as_url()[url::Position::BeforePath..url::Position::AfterQuery]
}

/// The fragment is the reader's business and never sent (RFC 9110, section 7.1).
fn without_fragment(url: &PageUrl) -> PageUrl {
    let text = url.as_str().split('#').next().unwrap_or_default();
    PageUrl::parse(text).unwrap_or_else(|_| url.clone())
}
