//! What both TLS libraries share: limits, heads and bodies of responses.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use bytes::BytesMut;
use http_body_util::BodyExt;
use hyper::body::Body;
use hyper::ext::ReasonPhrase;
use hyper::http::Extensions;
use reqwest::StatusCode;
use reqwest::Version;
use reqwest::header::CONTENT_LENGTH;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use reqwest::header::TRANSFER_ENCODING;
use rustls::pki_types::CertificateDer;

use crate::fetch::FetchError;
use crate::fetch::error::NEXT_PIECE;
use crate::fetch::error::ON_THE_WIRE;
use crate::fetch::transport::Framing;
use crate::fetch::transport::WireRequest;
use crate::url::PageUrl;

/// Maximum number of header lines of a response. Real servers exceed the clients' own limit of 100. Memory for all of them is allocated for each
/// response.
pub const MAX_HEADERS: usize = 256;
/// Maximum size in bytes of a response's head.
pub const MAX_HEADER_BYTES: usize = 256 << 10;
/// Memory in bytes that is allocated at once for a body whose length is announced.
const FIRST_ROOM: u64 = 1 << 20;

/// The limits of every exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) connect: Duration,
    pub(super) first_byte: Duration,
    pub(super) idle: Duration,
    pub(super) total: Duration,
    pub(super) wire_bytes: u64,
}

/// Removes name and password from a URL. They would be sent as `Authorization`, but nobody gave them to us to use.
pub(super) fn without_credentials(url: &PageUrl) -> Result<url::Url, FetchError> {
    let mut url = url.as_url().clone();
    let refuse = |()| FetchError::BadRedirect("the address contains a password".into());
    url.set_username("").map_err(refuse)?;
    url.set_password(None).map_err(refuse)?;
    Ok(url)
}

/// Returns the root certificates.
pub(super) fn roots() -> Vec<CertificateDer<'static>> {
    let native = rustls_native_certs::load_native_certs().certs;
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned().chain(native).collect()
}

/// Converts the headers. Headers with bytes that are not allowed in a header are left out.
pub(super) fn header_map(request: &WireRequest) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(request.headers.len());
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            map.append(name, value);
        }
    }
    map
}

/// Checks a response's head and returns its headers as bytes.
///
/// Clients decode `chunked` if it is the last coding. If it is not, they read the body to the end of the connection, including chunk sizes (RFC 9112,
/// section 6.3). Such a body is not a page.
pub(super) fn checked_headers(headers: &HeaderMap) -> Result<Vec<(String, Vec<u8>)>, FetchError> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes > MAX_HEADER_BYTES || headers.len() > MAX_HEADERS {
        return Err(FetchError::Malformed(format!("{} headers with {bytes} bytes", headers.len())));
    }
    let codings = headers.get_all(TRANSFER_ENCODING).iter();
    let names = codings.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let mut names: Vec<_> = names.map(|name| name.trim_ascii().to_ascii_lowercase()).collect();
    names.retain(|name| !name.is_empty());
    if names.iter().all(|name| name == b"identity") || names.last().is_some_and(|name| name == b"chunked") {
        return Ok(headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect());
    }
    let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name)).collect();
    Err(FetchError::Malformed(format!("transfer coding `{}`", names.join(", "))))
}

/// Returns how a response's body marks its end (RFC 9112, section 6.3): with a `Transfer-Encoding` without `chunked`, by the end of the connection.
pub(super) fn framing(version: Version, headers: &HeaderMap) -> Framing {
    let is_chunked = headers.get_all(TRANSFER_ENCODING).iter().next_back().map(|value| {
        let last = value.as_bytes().rsplit(|&byte| byte == b',').next().unwrap_or_default();
        last.trim_ascii().eq_ignore_ascii_case(b"chunked")
    });
    let is_declared = is_chunked.unwrap_or_else(|| headers.contains_key(CONTENT_LENGTH));
    if is_declared || version >= Version::HTTP_2 { Framing::Declared } else { Framing::ByClosing }
}

/// Returns the status line of a response, as HTTP/1.1 writes it if it has none. The client keeps a reason phrase that is not the usual one.
pub(super) fn status_line(version: Version, status: StatusCode, extensions: &Extensions) -> String {
    let version = if version == Version::HTTP_10 { "HTTP/1.0" } else { "HTTP/1.1" };
    let own = extensions.get::<ReasonPhrase>().map(|reason| String::from_utf8_lossy(reason.as_bytes()));
    let usual = status.canonical_reason().unwrap_or_default();
    format!("{version} {} {}", status.as_u16(), own.as_deref().unwrap_or(usual))
}

/// Reads a body to its end, unless it is too large or pauses too long. The client reports a body that ends before its length or last chunk. If
/// nothing of a body is wanted, it is not waited for. An incomplete body comes with the reason.
///
/// If the end of the connection is the end of the body, TLS that ends without `close_notify` counts as that end, too, like the end of plain TCP.
pub(super) async fn read_body<B: Body<Data = Bytes, Error: std::error::Error + 'static> + Unpin>(
    limits: Limits,
    mut from: B,
    framing: Framing,
    enough: Option<usize>,
    explain: impl Fn(B::Error) -> FetchError,
) -> (Bytes, Option<FetchError>) {
    if enough == Some(0) {
        return (Bytes::new(), None);
    }
    let too_large = FetchError::TooLarge { what: ON_THE_WIRE, limit: limits.wire_bytes };
    let announced = from.size_hint().exact().unwrap_or(0);
    if announced > limits.wire_bytes && enough.is_none() {
        return (Bytes::new(), Some(too_large));
    }
    let mut body = BytesMut::with_capacity(usize::try_from(announced.min(FIRST_ROOM)).unwrap_or(0));
    loop {
        let frame = tokio::time::timeout(limits.idle, from.frame()).await;
        let paused = |_| FetchError::Timeout { what: NEXT_PIECE.into(), limit: limits.idle };
        let frame = match frame {
            Ok(None) => break,
            Ok(Some(Ok(frame))) => frame,
            Ok(Some(Err(error))) if framing == Framing::ByClosing && is_end_without_notice(&error) => break,
            Ok(Some(Err(error))) => return (body.freeze(), Some(explain(error))),
            Err(elapsed) => return (body.freeze(), Some(paused(elapsed))),
        };
        // Trailers are not used.
        let Ok(chunk) = frame.into_data() else { continue };
        let room = limits.wire_bytes.saturating_sub(body.len() as u64);
        if chunk.len() as u64 > room {
            body.extend_from_slice(&chunk[..usize::try_from(room).unwrap_or(chunk.len())]);
            return (body.freeze(), Some(too_large));
        }
        body.extend_from_slice(&chunk);
        if enough.is_some_and(|enough| body.len() >= enough) {
            break;
        }
    }
    (body.freeze(), None)
}

/// Whether TLS ended without `close_notify`. A reset is a different error.
fn is_end_without_notice(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(source) = next {
        if source.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        next = source.source();
    }
    false
}
