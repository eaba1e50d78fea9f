//! Settings as plain data: `config` reads them, the modules that need them take them as arguments.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// How pages are fetched (`[fetch]`).
#[derive(Debug, Clone, PartialEq)]
pub struct FetchSettings {
    /// The whole `User-Agent`, with the operator's contact.
    pub user_agent: String,
    /// Time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Time from the request to the answer's first byte.
    pub first_byte_timeout: Duration,
    /// Time between two pieces of an answer's body.
    pub idle_timeout: Duration,
    /// Time for one exchange from the request to the last byte.
    pub total_timeout: Duration,
    /// Bytes on the wire at most.
    pub max_wire_bytes: u64,
    /// Bytes after decompression at most.
    pub max_body_bytes: u64,
    /// Redirects at most.
    pub max_redirects: u32,
    /// Least time between two requests to one group, where a portal names no other.
    pub delay: Duration,
    /// Hosts that are resolved here and not by DNS, as curl's `--resolve`; the port is used where the address names none.
    pub resolve: BTreeMap<String, SocketAddr>,
    /// Private addresses that may be connected to, as CIDR blocks ("127.0.0.0/8").
    pub allow_addresses: Vec<String>,
    /// Ports beside 80 and 443 that may be connected to.
    pub allow_ports: Vec<u16>,
}

/// How the page store is bounded (`[pages]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageStoreSettings {
    /// Exchanges older than this are dropped.
    pub keep: Duration,
    /// The store's bytes on disk at most; the oldest files go first.
    pub max_bytes: u64,
}

/// How work is bounded (`[engine]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSettings {
    /// Portals visited at the same time at most.
    pub concurrency: usize,
    /// A visit's time; a lease lasts a little longer.
    pub visit_time: Duration,
    /// Articles fetched in one visit at most.
    pub visit_articles: u32,
    /// Time to end visits after a signal.
    pub shutdown_grace: Duration,
}

/// How log lines are written (`[log] format`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// The journal where stderr is connected to it, else text.
    #[default]
    Auto,
    /// One line of text each.
    Text,
    /// One line of JSON each.
    Json,
    /// The systemd journal, with fields.
    Journal,
}
