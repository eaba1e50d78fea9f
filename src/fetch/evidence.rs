//! Rebuilds an exchange as it went over the wire. The clients do not pass on the bytes of heads, so a response's head is rebuilt from its status, its
//! reason and its headers, whose values are as received. Names are in lower case, headers of one name stand together, and folded lines are joined.

use bytes::Bytes;
use bytes::BytesMut;
use jiff::Timestamp;

use crate::fetch::FetchError;
use crate::fetch::transport::WireRequest;
use crate::fetch::transport::WireResponse;
use crate::model::exchange::Exchange;
use crate::model::exchange::Truncation;

/// Headers that describe the framing on the wire. The framing is removed, so a replay must not see them. [`ORIGINAL`] goes before their names.
const FRAMING: &[&str] = &["transfer-encoding", "trailer"];

/// The prefix that archives put before the name of a header that is true only for the bytes on the wire.
const ORIGINAL: &str = "x-orig-";

/// Returns an exchange.
pub(super) fn exchange(request: &WireRequest, response: &WireResponse, at: Timestamp) -> Exchange {
    let is_unread = !(200..300).contains(&response.status) && response.header("content-length") != Some(b"0");
    let truncated = match &response.cut {
        None => (is_unread && response.status != 304).then_some(Truncation::Unspecified),
        Some(FetchError::TooLarge { .. }) => Some(Truncation::Length),
        Some(FetchError::Timeout { .. }) => Some(Truncation::Time),
        Some(_) => Some(Truncation::Disconnect),
    };
    Exchange {
        url: request.url.clone(),
        at,
        request: request_bytes(request),
        head: response_head(response),
        body: response.body.clone(),
        address: response.address,
        is_http2: response.is_http2,
        truncated,
    }
}

/// Returns the request as the client writes it for HTTP/1.1.
fn request_bytes(request: &WireRequest) -> Bytes {
    let url = request.url.as_url();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut bytes = BytesMut::from(format!("{} {target} HTTP/1.1\r\n", request.method).as_bytes());
    for (name, value) in &request.headers {
        put(&mut bytes, name, value);
    }
    put(&mut bytes, "host", url[url::Position::BeforeHost..url::Position::AfterPort].as_bytes());
    if let Some(body) = &request.body {
        put(&mut bytes, "content-length", body.len().to_string().as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(request.body.as_deref().unwrap_or_default());
    bytes.freeze()
}

fn response_head(response: &WireResponse) -> Bytes {
    let length = response.body.len().to_string().into_bytes();
    let mut bytes = BytesMut::from(response.status_line.as_bytes());
    bytes.extend_from_slice(b"\r\n");
    for (name, value) in &response.headers {
        // A length that differs from the stored body's, because the body was chunked or not read, is wrong for a replay as well.
        let is_other = name == "content-length" && response.status != 304 && value != &length;
        let is_framing = FRAMING.contains(&name.as_str()) || is_other;
        let name = if is_framing { format!("{ORIGINAL}{name}") } else { name.clone() };
        put(&mut bytes, &name, value);
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.freeze()
}

fn put(bytes: &mut BytesMut, name: &str, value: &[u8]) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        bytes.extend_from_slice(part);
    }
}
