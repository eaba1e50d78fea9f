//! Probes a site politely: each URL is requested once, robots.txt is obeyed, and the number of requests is limited.

use std::collections::HashMap;
use std::sync::Arc;

use crate::fetch::FetchError;
use crate::fetch::Fetched;
use crate::fetch::Session;
use crate::model::page::Page;
use crate::model::request::Expect;
use crate::model::request::Request;
use crate::model::tls::TlsMode;
use crate::model::tls::TlsSettings;
use crate::obstacle;
use crate::text::count::counted;
use crate::url::PageUrl;

/// Maximum number of requests of one probe, including robots.txt and redirects: a minute at two seconds each.
pub const MAX_REQUESTS: u64 = 30;

/// Why a URL has no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeFailure {
    /// What happened.
    pub message: String,
    /// The same in words that reveal nothing about this machine and its settings: no IP addresses, no files.
    pub public: String,
    /// What to do about it.
    pub hint: Option<&'static str>,
}

/// A page, or the reason why there is none.
pub type ProbeResult = Result<Arc<Page>, ProbeFailure>;

/// A running probe.
pub struct SiteProbe {
    session: Session,
    is_legacy: bool,
    answers: HashMap<String, ProbeResult>,
    most: u64,
}

impl SiteProbe {
    /// Begins a probe.
    pub fn new(session: Session, most: u64) -> SiteProbe {
        SiteProbe { session, is_legacy: false, answers: HashMap::new(), most }
    }

    /// Requests a URL, unless it was requested before.
    ///
    /// # Errors
    /// Like [`SiteProbe::ask`].
    pub async fn get(&mut self, url: &PageUrl, expect: Expect) -> ProbeResult {
        self.ask(&Request::get(url.clone(), expect)).await
    }

    /// Sends a request, unless it was sent before.
    ///
    /// # Errors
    /// [`ProbeFailure`] if there is no page of the site, or all requests are used up.
    pub async fn ask(&mut self, request: &Request) -> ProbeResult {
        let key = format!("{:?} {}", request.payload, request.url);
        if let Some(known) = self.answers.get(&key) {
            return known.clone();
        }
        let answer = self.ask_anew(request).await;
        if let Ok(page) = &answer {
            // If the request was redirected, the page is known under both URLs.
            self.answers.insert(format!("{:?} {}", request.payload, page.final_url), answer.clone());
        }
        self.answers.insert(key, answer.clone());
        answer
    }

    async fn ask_anew(&mut self, request: &Request) -> ProbeResult {
        if self.session.requests_sent() >= self.most {
            let message = format!("not fetched: {} were sent already", counted(self.most, "request"));
            return Err(ProbeFailure { public: message.clone(), message, hint: None });
        }
        let mut fetched = self.session.fetch(request, &[]).await;
        if matches!(fetched, Err(FetchError::Tls { .. })) && !self.is_legacy {
            // Nothing has been requested yet, because the TLS handshake failed.
            let settings = |mode| Arc::new(TlsSettings { mode, ..TlsSettings::default() });
            self.session.set_tls(settings(TlsMode::Legacy));
            let again = self.session.fetch(request, &[]).await;
            if again.is_ok() {
                (self.is_legacy, fetched) = (true, again);
            } else {
                self.session.set_tls(settings(TlsMode::Modern));
            }
        }
        let answer = match fetched {
            Ok(Fetched::Page(page)) => Ok(Arc::new(*page)),
            Ok(Fetched::Gone(status)) => refused(format!("HTTP {status}"), "check the address"),
            Ok(Fetched::Disallowed(line)) => refused(
                format!("robots.txt disallows it ({line})"),
                "ask the portal's office for permission; the front page usually names it",
            ),
            Ok(Fetched::OutOfScope(reason)) => refused(
                format!("it redirects to {reason}"),
                "run `tintinh add` with that address if the portal has moved there",
            ),
            Ok(Fetched::Unchanged(_)) => {
                refused("HTTP 304 to a request without conditions".to_owned(), "try again later")
            }
            Err(error) => {
                let message = error.message(self.session.host());
                let hint = Some("check the address, and whether a browser on this machine opens it");
                Err(ProbeFailure { message, public: error.kind(), hint })
            }
        };
        match answer {
            Ok(page) if request.expect != Expect::Html => Ok(page),
            Ok(page) => match obstacle::find(&page) {
                Some(sighting) => refused(
                    format!("this is not a page of the site: {sighting}"),
                    "the portal does not show its pages to programs from here; ask its office, or try from a network in Vietnam",
                ),
                None => Ok(page),
            },
            refused => refused,
        }
    }

    /// Returns the sitemaps listed in robots.txt.
    pub async fn sitemaps(&mut self, url: &PageUrl) -> Vec<PageUrl> {
        let named = self.session.sitemaps(url).await.unwrap_or_default();
        named.iter().filter_map(|text| url.join(text).ok()).collect()
    }

    /// Whether the site needed the legacy TLS profile.
    pub fn is_legacy(&self) -> bool {
        self.is_legacy
    }

    /// Returns the number of requests sent so far.
    pub fn requests(&self) -> u64 {
        self.session.requests_sent()
    }

    /// Whether this many more requests may be sent.
    pub fn has_room(&self, requests: u64) -> bool {
        self.session.requests_sent() + requests <= self.most
    }
}

fn refused(message: String, hint: &'static str) -> ProbeResult {
    Err(ProbeFailure { public: message.clone(), message, hint: Some(hint) })
}
