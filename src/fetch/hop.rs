//! The state of following redirects.

use std::collections::HashSet;

use crate::fetch::FetchError;
use crate::fetch::headers;
use crate::fetch::transport::WireResponse;
use crate::model::exchange::Exchange;
use crate::model::request::Payload;
use crate::model::request::Request;
use crate::url::PageUrl;

/// The state of following redirects.
pub(super) struct Hop {
    pub(super) url: PageUrl,
    pub(super) payload: Payload,
    pub(super) count: u32,
    pub(super) seen: HashSet<(bool, PageUrl)>,
    /// The target of permanent redirects, until there is another kind.
    pub(super) moved_to: Option<PageUrl>,
    only_permanent: bool,
    /// Whether a page redirected its reader and was followed.
    pub(super) followed_page: bool,
    /// What went over the wire so far.
    pub(super) exchanges: Vec<Exchange>,
}

impl Hop {
    /// Begins with the request's URL.
    pub(super) fn new(request: &Request) -> Hop {
        let url = request.url.clone().without_fragment();
        let payload = request.payload.clone();
        let (seen, only_permanent) = (HashSet::new(), request.is_get());
        Hop {
            url,
            payload,
            count: 0,
            seen,
            moved_to: None,
            only_permanent,
            followed_page: false,
            exchanges: Vec::new(),
        }
    }

    /// Follows a page that redirects its reader.
    pub(super) fn follow_page(&mut self, target: PageUrl) {
        self.seen.insert((self.payload == Payload::Get, std::mem::replace(&mut self.url, target)));
        self.payload = Payload::Get;
        self.count += 1;
        self.only_permanent = false;
        self.followed_page = true;
    }

    /// Follows a redirect. After 303 a `POST` becomes a `GET`; after 301 and 302 too, as in all clients (RFC 9110, section
    /// 15.4); after 307 and 308 it is sent again.
    pub(super) fn follow(&mut self, response: &WireResponse, max_redirects: u32) -> Result<(), FetchError> {
        self.seen.insert((self.payload == Payload::Get, self.url.clone()));
        self.url = headers::location(response, &self.url)?;
        if !matches!(response.status, 307 | 308) {
            self.payload = Payload::Get;
        }
        self.count += 1;
        self.only_permanent &= matches!(response.status, 301 | 308);
        if self.only_permanent {
            self.moved_to = Some(self.url.clone());
        }
        if self.seen.contains(&(self.payload == Payload::Get, self.url.clone())) {
            return Err(FetchError::RedirectLoop(self.url.to_string()));
        }
        if self.count > max_redirects { Err(FetchError::TooManyRedirects(max_redirects)) } else { Ok(()) }
    }
}
