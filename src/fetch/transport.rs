//! One request over the wire: no redirects, no decompression, limited in size. This file has the trait and a fake web; the real network is in
//! [`network`](crate::fetch::network).

use std::collections::HashMap;
use std::collections::VecDeque;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;

use crate::fetch::FetchError;
use crate::model::tls::TlsSettings;
use crate::url::PageUrl;

/// Exchanges one request for one response: the network, or a fake web.
pub trait Transport: Send + Sync {
    /// Sends the request and reads the whole response. A response without a complete head is an error. If its body is incomplete,
    /// [`WireResponse::cut`] has the error.
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a>;

    /// Refuses a URL before anything is sent, including `robots.txt`.
    ///
    /// # Errors
    /// [`FetchError::BlockedAddress`] and [`FetchError::BlockedPort`].
    fn admit(&self, _url: &PageUrl) -> Result<(), FetchError> {
        Ok(())
    }
}

/// A running exchange.
pub type Exchange<'a> = Pin<Box<dyn Future<Output = Result<WireResponse, FetchError>> + Send + 'a>>;

/// A request as sent over the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct WireRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The URL.
    pub url: PageUrl,
    /// Headers in order, values as bytes. The transport sets `Host`, `Content-Length` and `Connection`.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Option<Bytes>,
    /// Number of bytes of the body after which reading ends. None: the whole body is read.
    pub enough: Option<usize>,
    /// The TLS profile.
    pub tls: Arc<TlsSettings>,
}

impl WireRequest {
    /// Creates a plain `GET` without headers.
    pub fn get(url: PageUrl) -> WireRequest {
        WireRequest { method: "GET", url, headers: Vec::new(), body: None, enough: None, tls: Arc::default() }
    }

    /// Returns the first header with a name. Case does not matter.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        first_header(&self.headers, name)
    }
}

/// How a response's body marks its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Framing {
    /// By a length, chunks or HTTP/2 frames, which were all received.
    #[default]
    Declared,
    /// Only by the end of the connection, like a body that is cut.
    ByClosing,
}

/// A response as received over the wire, complete according to its framing unless it is cut.
#[derive(Debug, Clone, PartialEq)]
pub struct WireResponse {
    /// The status.
    pub status: u16,
    /// Headers in order, names in lower case, values as bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body as sent, still compressed and complete. The network leaves it empty if the status is not 2xx: nobody reads
    /// the bodies of redirects and refusals, and old servers often send them wrong.
    pub body: Bytes,
    /// How the body marks its end.
    pub framing: Framing,
    /// The TLS profile; absent for plain HTTP.
    pub tls: Option<String>,
    /// The server's address.
    pub address: Option<IpAddr>,
    /// The status line, for the archive. HTTP/2 has none; it is written as HTTP/1.1 writes it.
    pub status_line: String,
    /// Whether it was HTTP/2.
    pub is_http2: bool,
    /// Why the body is incomplete. Such a response is evidence but not a page.
    pub cut: Option<FetchError>,
}

impl WireResponse {
    /// Creates a response without headers and body.
    pub fn new(status: u16) -> WireResponse {
        WireResponse {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            framing: Framing::Declared,
            tls: None,
            address: None,
            status_line: format!("HTTP/1.1 {status} "),
            is_http2: false,
            cut: None,
        }
    }

    /// Creates a 200 with a body of a media type.
    pub fn ok(content_type: &str, body: impl Into<Bytes>) -> WireResponse {
        WireResponse::new(200).with_header("content-type", content_type).with_body(body)
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> WireResponse {
        self.headers.push((name.to_ascii_lowercase(), value.as_ref().to_vec()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> WireResponse {
        self.body = body.into();
        self
    }

    /// Returns the first header with a name. Case does not matter.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        first_header(&self.headers, name)
    }

    /// Returns all values of a header.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }
}

fn first_header<'a>(headers: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a [u8]> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
}

/// A fake web, for tests of everything above: it responds by method and URL, and records the requests.
///
/// Everything else is 404. It waits in Tokio's time, which tests can pause.
#[derive(Debug, Default)]
pub struct Values {
    latency: Duration,
    answers: Mutex<HashMap<(String, String), Responses>>,
    asked: Mutex<Vec<SentRequest>>,
}

/// The responses to a request, in order.
type Responses = VecDeque<Result<WireResponse, FetchError>>;

/// A request to [`Values`].
#[derive(Debug, Clone)]
pub struct SentRequest {
    /// When it arrived.
    pub at: tokio::time::Instant,
    /// The request.
    pub request: WireRequest,
}

impl Values {
    /// Creates an empty web.
    pub fn new() -> Values {
        Values::default()
    }

    /// Creates a web with slow responses.
    pub fn with_latency(latency: Duration) -> Values {
        Values { latency, ..Values::default() }
    }

    /// Adds a response to a `GET`. Several responses for one URL are returned in turn; the last one is repeated.
    pub fn get(&self, url: &str, response: WireResponse) {
        self.answer("GET", url, Ok(response));
    }

    /// Adds a response or an error to a request, in turn with others for it; the last one is repeated.
    ///
    /// The URL is compared in the form of the URL Standard (`http://a.example/` with its slash, letters percent-encoded).
    pub fn answer(&self, method: &str, url: &str, answer: Result<WireResponse, FetchError>) {
        let url = PageUrl::parse(url).map_or_else(|_| url.to_owned(), |parsed| parsed.as_str().to_owned());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.entry((method.to_owned(), url)).or_default().push_back(answer);
    }

    /// Removes the responses to a request, so that others can replace them.
    pub fn forget(&self, method: &str, url: &str) {
        let url = PageUrl::parse(url).map_or_else(|_| url.to_owned(), |parsed| parsed.as_str().to_owned());
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(&(method.to_owned(), url));
    }

    /// Returns all requests, in order.
    pub fn asked(&self) -> Vec<SentRequest> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the requested URLs, in order, without those of robots.txt.
    pub fn pages_asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let pages = asked.iter().filter(|asked| asked.request.url.as_url().path() != "/robots.txt");
        pages.map(|asked| asked.request.url.to_string()).collect()
    }

    fn take(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(queue) = answers.get_mut(&(request.method.to_owned(), request.url.to_string())) else {
            return Ok(WireResponse::new(404));
        };
        if queue.len() > 1 {
            return queue.pop_front().unwrap_or_else(|| Ok(WireResponse::new(404)));
        }
        queue.front().cloned().unwrap_or_else(|| Ok(WireResponse::new(404)))
    }
}

impl Transport for Values {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        Box::pin(async move {
            let asked = SentRequest { at: tokio::time::Instant::now(), request: request.clone() };
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
            if !self.latency.is_zero() {
                tokio::time::sleep(self.latency).await;
            }
            self.take(request)
        })
    }
}
