//! Request → [`Fetched`]: polite, bounded, guarded. The only module that knows HTTP requests.

pub mod transport;

use std::sync::Arc;

use jiff::Timestamp;
use thiserror::Error;

use crate::clock::Clock;
use crate::fetch::transport::Transport;
use crate::model::failure::Failure;
use crate::model::page::Page;
use crate::model::page::Validators;
use crate::model::portal::Scope;
use crate::model::request::Request;
use crate::model::settings::FetchSettings;

/// An answer, where the exchange as such went well.
#[derive(Debug, Clone, PartialEq)]
pub enum Fetched {
    /// 200 with its whole body.
    Page(Box<Page>),
    /// 304: the page is as it was; validators as refreshed by the 304.
    Unchanged(Validators),
    /// 404 or 410.
    Gone(u16),
    /// robots.txt disallows the address (or a hop's); the text is the line that says so.
    Disallowed(String),
    /// A redirect led to a host or path outside the scope.
    OutOfScope(String),
}

/// Why there is no answer. `failure()` says what it means for the next try.
#[derive(Debug, Error)]
pub enum FetchError {
    // the fetch helper fills this in: Timeout, Dns, Connect, Tls, Reset/CutBody, Status(u16, retry_after), TooLarge, TooManyRedirects, Loop, Blocked(address), BadUrl…
    #[error("to be written")]
    ToBeWritten,
}

impl FetchError {
    /// What it means for the next try, with its message (the whole source chain in one line, with a hint where a config key helps).
    pub fn failure(&self) -> Failure {
        todo!()
    }
}

/// Fetches; shared by all visits. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    _transport: Arc<dyn Transport>,
    _settings: Arc<FetchSettings>,
    _clock: Clock,
}

impl Fetcher {
    /// Over the real network, with reqwest and rustls.
    ///
    /// # Errors
    /// Where the TLS roots or the settings (CIDR blocks) cannot be read.
    pub fn new(_settings: FetchSettings, _clock: Clock) -> Result<Fetcher, FetchError> {
        todo!()
    }
    /// Over a web made of values.
    pub fn with_transport(_settings: FetchSettings, _clock: Clock, _transport: Arc<dyn Transport>) -> Fetcher {
        todo!()
    }
    /// Begins a visit: one request at a time, `delay` between the end of one and the start of the next; none before `not_before`.
    pub fn session(&self, _scope: Scope, _delay: std::time::Duration, _last_request: Option<Timestamp>) -> Session {
        todo!()
    }
}

/// One visit's requests. Holds the politeness: sequential by `&mut`.
pub struct Session {}

impl Session {
    /// Fetches, following redirects hop by hop: each hop is checked against scope, guard, robots.txt and delay.
    /// Validators are sent only with a GET and only if given.
    ///
    /// # Errors
    /// [`FetchError`] where there is no complete answer.
    pub async fn fetch(&mut self, _request: &Request, _validators: Option<&Validators>) -> Result<Fetched, FetchError> {
        todo!()
    }
    /// When the last request ended, for the lease's next holder.
    pub fn last_request(&self) -> Option<Timestamp> {
        todo!()
    }
    /// Requests sent so far, robots.txt and hops included.
    pub fn requests_sent(&self) -> u64 {
        todo!()
    }
}
