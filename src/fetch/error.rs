//! Why there is no response, and how that affects the next attempt.

use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::coding::CodingError;
use crate::fetch::tls::TlsFault;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;
use crate::text::date::rfc3339;

/// Why there is no response. Details are text, so that a fake web in tests can return any of them.
///
/// The message does not name the host: the caller knows it, and [`FetchError::failure`] puts it first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FetchError {
    /// The settings or the machine's TLS roots cannot be used.
    #[error("cannot set up fetching: {0}")]
    Setup(String),
    /// No complete response within the time limit.
    #[error("{what} took longer than {} s", limit.as_secs_f64())]
    Timeout {
        /// What took too long: "connecting", "the exchange", "looking up its name".
        what: String,
        /// How long.
        limit: Duration,
    },
    /// The host's name could not be resolved.
    #[error("its name cannot be resolved: {detail}")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        detail: String,
    },
    /// No connection.
    #[error("cannot be reached: {0}")]
    Connect(String),
    /// No TLS session: an invalid certificate, or no common version or cipher.
    #[error("TLS failed: {fault}: {detail}")]
    Tls {
        /// What is wrong.
        fault: TlsFault,
        /// The library's message, and the server's pin if it helps.
        detail: String,
    },
    /// The response ended before it was complete: reset, body shorter than `Content-Length`, cut chunk or compressed stream.
    #[error("the answer was cut off: {0}")]
    Cut(String),
    /// Not an HTTP response, or one that contradicts itself.
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    /// A status that does not fulfill the request.
    #[error("HTTP status {status}")]
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`, from the moment of the response.
        retry_after: Option<Duration>,
    },
    /// The response is larger than the settings allow.
    #[error("the answer has more than {limit} bytes {what}")]
    TooLarge {
        /// "on the wire" or "decompressed".
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The decompressed response is so much larger than the compressed one that it can only be a bomb.
    #[error("the answer decompresses to more than {0} times its size")]
    Bomb(u64),
    /// More nested content codings than any server needs.
    #[error("the answer is encoded {0} times over")]
    Encodings(usize),
    /// More redirects than the settings allow.
    #[error("more than {0} redirects")]
    TooManyRedirects(u32),
    /// A redirect to a URL that was already requested.
    #[error("redirect loop at {0}")]
    RedirectLoop(String),
    /// A redirect without a target, or to something that is not a page.
    #[error("bad redirect: {0}")]
    BadRedirect(String),
    /// The IP address is not on the public internet.
    #[error("{} not a public address", if host == address { "that is".to_owned() } else { format!("it is at {address}, which is") })]
    BlockedAddress {
        /// The host as named.
        host: String,
        /// The IP addresses it has.
        address: String,
    },
    /// The settings do not allow the port.
    #[error("port {0} is not allowed")]
    BlockedPort(u16),
    /// The origin asked for no requests (`Retry-After`, 429) until later; nothing was sent.
    #[error("the server asked for no requests until {}", rfc3339(*until))]
    Resting {
        /// The origin.
        origin: String,
        /// Until when.
        until: Timestamp,
        /// How long that is.
        wait: Duration,
    },
    /// The next request is allowed only after the visit's end; nothing was sent.
    #[error("the next request is allowed at {}, after the end of the visit", rfc3339(*at))]
    NotInTime {
        /// The host.
        host: String,
        /// When.
        at: Timestamp,
    },
    /// robots.txt is unreachable, so everything counts as disallowed for now (RFC 9309, section 2.3.1.4).
    #[error("robots.txt is unreachable, so nothing else is asked for: {reason}")]
    RobotsUnreachable {
        /// Why.
        reason: String,
        /// `Retry-After` of the response for robots.txt.
        retry_after: Option<Duration>,
    },
}

impl From<CodingError> for FetchError {
    fn from(error: CodingError) -> FetchError {
        match error {
            CodingError::Cut(reason) => FetchError::Cut(reason),
            CodingError::TooLarge(limit) => FetchError::TooLarge { what: DECOMPRESSED, limit },
            CodingError::Bomb(ratio) => FetchError::Bomb(ratio),
            CodingError::Codings(count) => FetchError::Encodings(count),
        }
    }
}

impl FetchError {
    /// Returns the failure with its message: one line that names the host, the cause, what happens next, and the config key or the person that helps,
    /// if any.
    pub fn failure(&self, host: &str) -> Failure {
        Failure::asked_to_wait(self.class(), self.retry_after(), format_args!("{host}: {self}"), self.hint())
    }

    /// Like [`FetchError::failure`], for a single manual request, which is not retried.
    pub fn message(&self, host: &str) -> String {
        format!("{host}: {}", self.with_hint())
    }

    /// Returns the kind of failure, in words that reveal nothing about this machine and its settings.
    pub fn kind(&self) -> String {
        let words = match self {
            FetchError::Status { status, .. } => return format!("HTTP {status}"),
            FetchError::Timeout { .. } => "no answer in time",
            FetchError::Dns { .. } => "the name cannot be resolved",
            FetchError::Connect(_) => "no connection",
            FetchError::Tls { .. } => "TLS fails",
            FetchError::Cut(_) | FetchError::Malformed(_) | FetchError::Encodings(_) => "a broken answer",
            FetchError::TooLarge { .. } | FetchError::Bomb(_) => "too large an answer",
            FetchError::TooManyRedirects(_) | FetchError::RedirectLoop(_) | FetchError::BadRedirect(_) => {
                "bad redirects"
            }
            FetchError::RobotsUnreachable { .. } => "robots.txt cannot be had",
            FetchError::Setup(_)
            | FetchError::BlockedAddress { .. }
            | FetchError::BlockedPort(_)
            | FetchError::Resting { .. }
            | FetchError::NotInTime { .. } => "not asked for",
        };
        words.to_owned()
    }

    pub(super) fn with_hint(&self) -> String {
        self.hint().map_or_else(|| self.to_string(), |hint| format!("{self} ({hint})"))
    }

    /// Whether a chain of certificates has no known root.
    pub(super) fn is_unknown_issuer(&self) -> bool {
        matches!(self, FetchError::Tls { fault: TlsFault::UnknownIssuer, .. })
    }

    fn class(&self) -> FailureClass {
        match self {
            FetchError::Setup(_)
            | FetchError::Timeout { .. }
            | FetchError::Dns { .. }
            | FetchError::Connect(_)
            // Certificates are renewed and servers repaired without any change on our side.
            | FetchError::Tls { .. }
            | FetchError::Cut(_)
            | FetchError::Malformed(_)
            | FetchError::Resting { .. }
            | FetchError::NotInTime { .. }
            | FetchError::RobotsUnreachable { .. } => FailureClass::Transient,
            FetchError::Status { status, .. } => status_class(*status),
            FetchError::TooLarge { .. } | FetchError::Bomb(_) => FailureClass::TooLarge,
            FetchError::Encodings(_)
            | FetchError::TooManyRedirects(_)
            | FetchError::RedirectLoop(_)
            | FetchError::BadRedirect(_)
            | FetchError::BlockedAddress { .. }
            | FetchError::BlockedPort(_) => FailureClass::Permanent,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Status { retry_after, .. } | FetchError::RobotsUnreachable { retry_after, .. } => *retry_after,
            FetchError::Resting { wait, .. } => Some(*wait),
            _ => None,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match self {
            FetchError::TooLarge { what: ON_THE_WIRE, .. } => {
                Some("raise `max_wire_bytes` under [fetch] if it should be this large")
            }
            FetchError::TooLarge { .. } => Some("raise `max_body_bytes` under [fetch] if it should be this large"),
            FetchError::Setup(_) | FetchError::RobotsUnreachable { .. } => None,
            FetchError::Timeout { what, .. } => hint_of_timeout(what),
            FetchError::Dns { .. } => Some("`resolve` under [fetch] sets an address for a name"),
            FetchError::Connect(_) => {
                Some("check whether a browser on this machine opens it; `resolve` under [fetch] sets another address")
            }
            FetchError::Cut(_) | FetchError::Malformed(_) | FetchError::Bomb(_) | FetchError::Encodings(_) => {
                Some("if it lasts, tell the portal's operator")
            }
            FetchError::RedirectLoop(_) | FetchError::BadRedirect(_) => {
                Some("if a browser opens it, put the address where it ends into the portal's file")
            }
            FetchError::Resting { .. } => Some("wait until then"),
            FetchError::NotInTime { .. } => Some("`visit_time` under [engine] sets how long a visit lasts"),
            FetchError::TooManyRedirects(_) => Some("`max_redirects` under [fetch] sets the limit"),
            FetchError::BlockedAddress { .. } => {
                Some("add its block to `allow_addresses` under [fetch] if you want this")
            }
            FetchError::BlockedPort(_) => Some("add it to `allow_ports` under [fetch] if you want this"),
            FetchError::Tls { fault, .. } => Some(fault.hint()),
            FetchError::Status { status: 401 | 403, .. } => {
                Some("a firewall may block this program; ask the portal's operator")
            }
            FetchError::Status { status: 429, .. } => Some("set a longer `delay` in the portal's file"),
            FetchError::Status { status: 400..=499, .. } => Some("check the address in the portal's file"),
            FetchError::Status { .. } => Some("if it lasts, tell the portal's operator"),
        }
    }
}

/// Returns the key that sets a time limit, if there is one.
fn hint_of_timeout(what: &str) -> Option<&'static str> {
    Some(match what {
        CONNECTING => "`connect_timeout` under [fetch] sets the limit",
        FIRST_BYTE => "`first_byte_timeout` under [fetch] sets the limit",
        NEXT_PIECE => "`idle_timeout` under [fetch] sets the limit",
        EXCHANGE => "`total_timeout` under [fetch] sets the limit",
        LOOK_UP => "`resolve` under [fetch] sets an address for a name",
        _ => return None,
    })
}

/// [`FetchError::Timeout`] of a connection and its handshake.
pub(super) const CONNECTING: &str = "connecting";
/// [`FetchError::Timeout`] of a response's head.
pub(super) const FIRST_BYTE: &str = "the answer's first byte";
/// [`FetchError::Timeout`] of a DNS lookup.
pub(super) const LOOK_UP: &str = "looking up its name";
/// [`FetchError::Timeout`] within a body.
pub(super) const NEXT_PIECE: &str = "the next piece of the body";
/// [`FetchError::Timeout`] of a request and its response as a whole.
pub(super) const EXCHANGE: &str = "the exchange";
/// [`FetchError::TooLarge`] of the bytes as sent.
pub const ON_THE_WIRE: &str = "on the wire";
/// [`FetchError::TooLarge`] of the bytes after decompression.
pub const DECOMPRESSED: &str = "after decompression";

/// Classifies a status. Statuses about the request itself are permanent. All others (5xx, a 403 from a firewall, 429, an unrequested 304 or 206,
/// unknown numbers) may be over at the next attempt.
fn status_class(status: u16) -> FailureClass {
    match status {
        403 | 408 | 421 | 423 | 425 | 429 => FailureClass::Transient,
        300 | 305 | 306 | 400..=499 => FailureClass::Permanent,
        _ => FailureClass::Transient,
    }
}

/// Returns the last cause of an error. The texts before it only name the client's own parts and repeat the URL.
pub(crate) fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

/// Formats an error with all its sources in one line, without repeating a source that its parent already quotes.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let said = source.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns one error of each kind, with what its message names besides the host: the cause, and what helps.
    fn of_each_kind() -> Vec<(FetchError, FailureClass, &'static str, &'static str)> {
        use FailureClass::Permanent;
        use FailureClass::Transient;
        let timeout = |what: &str| FetchError::Timeout { what: what.to_owned(), limit: Duration::from_secs(9) };
        let status = |status| FetchError::Status { status, retry_after: None };
        let tls = |fault| FetchError::Tls { fault, detail: "as it says".into() };
        let hour = Duration::from_hours(1);
        vec![
            (FetchError::Setup("no roots".into()), Transient, "no roots", ""),
            (timeout(CONNECTING), Transient, "longer than 9 s", "connect_timeout"),
            (timeout(FIRST_BYTE), Transient, "longer than 9 s", "first_byte_timeout"),
            (timeout(NEXT_PIECE), Transient, "longer than 9 s", "idle_timeout"),
            (timeout(EXCHANGE), Transient, "longer than 9 s", "total_timeout"),
            (timeout(LOOK_UP), Transient, "its name", "resolve"),
            (
                FetchError::Dns { host: "a.example".into(), detail: "no address".into() },
                Transient,
                "no address",
                "resolve",
            ),
            (FetchError::Connect("Connection refused".into()), Transient, "refused", "browser"),
            (tls(TlsFault::Expired), Transient, "expired", "tls = \"unverified\""),
            (tls(TlsFault::NotYetValid), Transient, "not valid yet", "clock"),
            (tls(TlsFault::WrongHost), Transient, "another host", "operator"),
            (tls(TlsFault::UnknownIssuer), Transient, "incomplete", "intermediates"),
            (tls(TlsFault::SelfSigned), Transient, "self-signed", "pins"),
            (tls(TlsFault::NotPinned), Transient, "pinned", "pins"),
            (tls(TlsFault::OutdatedCertificate), Transient, "no longer accepted", "tls = \"legacy\""),
            (tls(TlsFault::NoCommonGround), Transient, "version and cipher", "tls = \"legacy\""),
            (tls(TlsFault::Other), Transient, "handshake", "tls = \"legacy\""),
            (FetchError::Cut("reset".into()), Transient, "cut off: reset", "operator"),
            (FetchError::Malformed("no status".into()), Transient, "no status", "operator"),
            (status(401), Permanent, "401", "operator"),
            (status(403), Transient, "403", "firewall"),
            (status(406), Permanent, "406", "address"),
            (status(429), Transient, "429", "delay"),
            (status(206), Transient, "206", "operator"),
            (status(503), Transient, "503", "operator"),
            (FetchError::Status { status: 503, retry_after: Some(hour) }, Transient, "no sooner than in 3600 s", ""),
            (FetchError::TooLarge { what: ON_THE_WIRE, limit: 9 }, FailureClass::TooLarge, "9 bytes", "max_wire_bytes"),
            (
                FetchError::TooLarge { what: DECOMPRESSED, limit: 9 },
                FailureClass::TooLarge,
                "9 bytes",
                "max_body_bytes",
            ),
            (FetchError::Bomb(500), FailureClass::TooLarge, "500 times", "operator"),
            (FetchError::Encodings(4), Permanent, "4 times", "operator"),
            (FetchError::TooManyRedirects(10), Permanent, "10 redirects", "max_redirects"),
            (FetchError::RedirectLoop("http://a.example/b".into()), Permanent, "/b", "browser"),
            (FetchError::BadRedirect("status 302 without Location".into()), Permanent, "302", "browser"),
            (
                FetchError::BlockedAddress { host: "a.example".into(), address: "10.0.0.1".into() },
                Permanent,
                "10.0.0.1",
                "allow_addresses",
            ),
            (FetchError::BlockedPort(8080), Permanent, "8080", "allow_ports"),
            (
                FetchError::Resting { origin: "http://a.example".into(), until: Timestamp::UNIX_EPOCH, wait: hour },
                Transient,
                "1970-01-01",
                "wait until then",
            ),
            (
                FetchError::NotInTime { host: "a.example".into(), at: Timestamp::UNIX_EPOCH },
                Transient,
                "1970-01-01",
                "visit_time",
            ),
            (
                FetchError::RobotsUnreachable { reason: timeout(CONNECTING).with_hint(), retry_after: None },
                Transient,
                "robots.txt",
                "connect_timeout",
            ),
        ]
    }

    /// If the compiler reports a missing kind here, it is also missing above.
    fn number_of_kind(error: &FetchError) -> usize {
        match error {
            FetchError::Setup(_) => 0,
            FetchError::Timeout { .. } => 1,
            FetchError::Dns { .. } => 2,
            FetchError::Connect(_) => 3,
            FetchError::Tls { .. } => 4,
            FetchError::Cut(_) => 5,
            FetchError::Malformed(_) => 6,
            FetchError::Status { .. } => 7,
            FetchError::TooLarge { .. } => 8,
            FetchError::Bomb(_) => 9,
            FetchError::Encodings(_) => 10,
            FetchError::TooManyRedirects(_) => 11,
            FetchError::RedirectLoop(_) => 12,
            FetchError::BadRedirect(_) => 13,
            FetchError::BlockedAddress { .. } => 14,
            FetchError::BlockedPort(_) => 15,
            FetchError::Resting { .. } => 16,
            FetchError::NotInTime { .. } => 17,
            FetchError::RobotsUnreachable { .. } => 18,
        }
    }

    #[test]
    fn each_kind_names_its_host_its_cause_what_happens_next_and_what_helps() {
        let kinds: std::collections::BTreeSet<usize> =
            of_each_kind().iter().map(|(error, ..)| number_of_kind(error)).collect();
        assert!(kinds.into_iter().eq(0..=18));
        for (error, class, cause, help) in of_each_kind() {
            let failure = error.failure("a.example");
            let said = failure.message;
            assert_eq!(failure.class, class, "{said}");
            assert!(said.starts_with("a.example: ") && !said[1..].contains("a.example:"), "{said}");
            assert!(said.contains(cause) && said.contains(help) && !said.contains('\n'), "{said}");
            assert!(said.contains("; tried again") || said.contains("; set aside"), "{said}");
            assert!(!error.message("a.example").contains("tried again"), "{said}");
        }
    }

    #[test]
    fn statuses() {
        for transient in [304, 403, 408, 429, 500, 502, 503, 504, 520, 599, 206, 204, 999, 101] {
            assert_eq!(status_class(transient), FailureClass::Transient, "{transient}");
        }
        for permanent in [300, 400, 401, 402, 405, 406, 414, 451] {
            assert_eq!(status_class(permanent), FailureClass::Permanent, "{permanent}");
        }
    }
}
