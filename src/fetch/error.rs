//! Why there is no answer, and what that means for the next try.

use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;

use crate::fetch::tls::TlsFault;
use crate::model::failure::Failure;
use crate::model::failure::FailureClass;

/// Why there is no answer. Details are kept as text, so that a web made of values can answer with any of them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FetchError {
    /// The settings or the machine's TLS roots do not make a client.
    #[error("cannot set up fetching: {0}")]
    Setup(String),
    /// No complete answer within the time given.
    #[error("{what} took longer than {} s", limit.as_secs_f64())]
    Timeout {
        /// What was waited for: "connecting", "the exchange", "resolving tinh.example".
        what: String,
        /// How long.
        limit: Duration,
    },
    /// The host's name could not be resolved.
    #[error("cannot resolve {host}: {detail}")]
    Dns {
        /// The name.
        host: String,
        /// What the resolver said.
        detail: String,
    },
    /// No connection.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// No TLS session: a certificate that does not hold, or no common version or cipher.
    #[error("TLS failed: {fault}: {detail}")]
    Tls {
        /// What is wrong.
        fault: TlsFault,
        /// What the library says, and the server's pin where that helps.
        detail: String,
    },
    /// The answer ended before it was complete: reset, body shorter than `Content-Length`, cut chunk or compressed stream.
    #[error("the answer was cut off: {0}")]
    Cut(String),
    /// What came was no HTTP answer, or one that contradicts itself.
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    /// A status that is no answer to what was asked.
    #[error("HTTP status {status}")]
    Status {
        /// The status.
        status: u16,
        /// `Retry-After`, from the moment of the answer.
        retry_after: Option<Duration>,
    },
    /// The answer is larger than the settings allow.
    #[error("the answer has more than {limit} bytes {what}")]
    TooLarge {
        /// "on the wire" or "decompressed".
        what: &'static str,
        /// The cap.
        limit: u64,
    },
    /// The decompressed answer is so much larger than the compressed one that it can only be a bomb.
    #[error("the answer decompresses to more than {0} times its size")]
    Bomb(u64),
    /// More content codings on top of each other than anybody uses in earnest.
    #[error("the answer is encoded {0} times over")]
    Encodings(usize),
    /// More redirects than the settings allow.
    #[error("more than {0} redirects")]
    TooManyRedirects(u32),
    /// A redirect to an address that was already asked for.
    #[error("the redirects go round in a loop at {0}")]
    RedirectLoop(String),
    /// A redirect to nowhere, or to something that is no page.
    #[error("bad redirect: {0}")]
    BadRedirect(String),
    /// The address is not one of the public internet.
    #[error("{host} is at {address}, which is not a public address")]
    BlockedAddress {
        /// The host as named.
        host: String,
        /// The addresses it has.
        address: String,
    },
    /// The port is none that the settings allow.
    #[error("port {0} is not allowed")]
    BlockedPort(u16),
    /// The origin asked to be left alone (`Retry-After`, 429), and that is not over; nothing was sent.
    #[error("{origin} asked to be left alone until {until}")]
    Resting {
        /// The origin.
        origin: String,
        /// Until when.
        until: Timestamp,
        /// How long that is.
        wait: Duration,
    },
    /// The next request may only be sent after the visit's time is up; nothing was sent.
    #[error("the next request to {host} may be sent at {at}, after the visit's end")]
    NotInTime {
        /// The host.
        host: String,
        /// When.
        at: Timestamp,
    },
    /// robots.txt cannot be had, so everything counts as disallowed for now (RFC 9309, section 2.3.1.4).
    #[error("robots.txt is unreachable: {reason}")]
    RobotsUnreachable {
        /// Why.
        reason: String,
        /// `Retry-After` of the answer for robots.txt.
        retry_after: Option<Duration>,
    },
}

impl FetchError {
    /// What it means for the next try, with its message: one line, with a hint where a config key or the portal's operator helps.
    pub fn failure(&self) -> Failure {
        let message = match self.hint() {
            Some(hint) => format!("{self} ({hint})"),
            None => self.to_string(),
        };
        Failure { class: self.class(), message, retry_after: self.retry_after() }
    }

    /// Whether a chain of certificates has no known end.
    pub(super) fn is_unknown_issuer(&self) -> bool {
        matches!(self, FetchError::Tls { fault: TlsFault::UnknownIssuer, .. })
    }

    fn class(&self) -> FailureClass {
        match self {
            FetchError::Setup(_)
            | FetchError::Timeout { .. }
            | FetchError::Dns { .. }
            | FetchError::Connect(_)
            // Certificates are renewed and servers repaired without any rule of ours changing.
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
                Some("raise `max_wire_bytes` under [fetch] if it is meant to be so large")
            }
            FetchError::TooLarge { .. } => Some("raise `max_body_bytes` under [fetch] if it is meant to be so large"),
            FetchError::TooManyRedirects(_) => Some("`max_redirects` under [fetch] sets the limit"),
            FetchError::BlockedAddress { .. } => {
                Some("add its block to `allow_addresses` under [fetch] if this is meant")
            }
            FetchError::BlockedPort(_) => Some("add it to `allow_ports` under [fetch] if this is meant"),
            FetchError::Tls { fault, .. } => fault.hint(),
            FetchError::Status { status: 401 | 403, .. } => Some("a firewall may refuse us; ask the portal's operator"),
            _ => None,
        }
    }
}

/// [`FetchError::TooLarge`] of the bytes as sent.
pub const ON_THE_WIRE: &str = "on the wire";
/// [`FetchError::TooLarge`] of the bytes after decompression.
pub const DECOMPRESSED: &str = "after decompression";

/// Statuses that speak of the request itself are permanent; all others (5xx, 403 of a firewall's mood, 429, an unasked 304 or
/// 206, numbers nobody knows) may be over at the next try.
fn status_class(status: u16) -> FailureClass {
    match status {
        403 | 408 | 421 | 423 | 425 | 429 => FailureClass::Transient,
        300 | 305 | 306 | 400..=499 => FailureClass::Permanent,
        _ => FailureClass::Transient,
    }
}

/// An error with all its sources, in one line. A source that its parent already quotes is not said twice.
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

    #[test]
    fn classes_and_hints() {
        let check = |error: FetchError, class: FailureClass, part: &str| {
            let failure = error.failure();
            assert_eq!(failure.class, class, "{error}");
            assert!(failure.message.contains(part), "{}", failure.message);
            assert!(!failure.message.contains('\n'));
        };
        check(FetchError::BlockedPort(8080), FailureClass::Permanent, "allow_ports");
        check(FetchError::TooLarge { what: ON_THE_WIRE, limit: 9 }, FailureClass::TooLarge, "max_wire_bytes");
        check(FetchError::TooLarge { what: DECOMPRESSED, limit: 9 }, FailureClass::TooLarge, "max_body_bytes");
        check(
            FetchError::BlockedAddress { host: "a.example".into(), address: "10.0.0.1".into() },
            FailureClass::Permanent,
            "allow_addresses",
        );
        check(FetchError::Status { status: 403, retry_after: None }, FailureClass::Transient, "firewall");
        check(FetchError::Status { status: 401, retry_after: None }, FailureClass::Permanent, "401");
        check(FetchError::Cut("x".into()), FailureClass::Transient, "cut off");
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
