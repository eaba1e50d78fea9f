//! One exchange over the wire: no redirects followed, nothing decompressed, capped.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use crate::fetch::FetchError;
use crate::url::PageUrl;

/// A request as it goes over the wire.
#[derive(Debug, Clone)]
pub struct WireRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Where to.
    pub url: PageUrl,
    /// Headers in order, values as bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Option<Bytes>,
}

/// An answer as it came over the wire, complete.
#[derive(Debug, Clone)]
pub struct WireResponse {
    /// The status.
    pub status: u16,
    /// Headers in order, names in lower case, values as bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body as sent (still compressed).
    pub body: Bytes,
    /// TLS version and profile.
    pub tls: Option<String>,
}

/// A way to exchange one request for one answer: the network, or a web made of values.
pub trait Transport: Send + Sync {
    /// Sends and reads all of the answer.
    fn exchange<'a>(
        &'a self,
        request: &'a WireRequest,
    ) -> Pin<Box<dyn Future<Output = Result<WireResponse, FetchError>> + Send + 'a>>;
}
