//! Request → [`Fetched`]: polite, bounded, guarded. The only module that knows HTTP requests.
//!
//! A [`Fetcher`] is shared by all visits; a [`Session`] is one visit's, and sends one request at a time. Redirects are followed
//! here and not by the client, so that each hop is looked at: is it in scope, at a public address, allowed by robots.txt?

pub mod decode;
pub mod error;
pub mod guard;
mod headers;
#[cfg(feature = "legacy-tls")]
mod legacy;
mod modern;
pub mod network;
mod origins;
pub mod resolver;
pub mod robots;
mod session;
pub mod tls;
pub mod transport;
mod whole;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::Clock;
pub use crate::fetch::error::FetchError;
use crate::fetch::network::Network;
use crate::fetch::origins::Origins;
pub use crate::fetch::origins::ROBOTS_KEPT;
pub use crate::fetch::session::MAX_CRAWL_DELAY;
pub use crate::fetch::session::Session;
use crate::fetch::transport::Transport;
use crate::model::origin::OriginMemory;
use crate::model::page::Page;
use crate::model::page::Unchanged;
use crate::model::portal::Scope;
use crate::model::settings::FetchSettings;

/// The product token that groups of robots.txt call us by (RFC 9309, section 2.2.1); it begins our `User-Agent`.
pub const PRODUCT_TOKEN: &str = "tintinh";

/// An answer, where the exchange as such went well.
#[derive(Debug, Clone, PartialEq)]
pub enum Fetched {
    /// 200 (or 203) with its whole body.
    Page(Box<Page>),
    /// 304: the page is as it was.
    Unchanged(Box<Unchanged>),
    /// 404 or 410.
    Gone(u16),
    /// robots.txt disallows the address (or a hop's); the text is the line that says so.
    Disallowed(String),
    /// A redirect led to a host or path outside the scope: where, and in which way it is outside.
    OutOfScope(String),
}

/// Fetches; shared by all visits. Cheap to clone.
#[derive(Clone)]
pub struct Fetcher {
    transport: Arc<dyn Transport>,
    settings: Arc<FetchSettings>,
    origins: Arc<Origins>,
    clock: Clock,
}

impl Fetcher {
    /// Over the real network.
    ///
    /// # Errors
    /// [`FetchError::Setup`] where the TLS roots or the settings (CIDR blocks) cannot be read.
    pub fn new(settings: FetchSettings, clock: Clock) -> Result<Fetcher, FetchError> {
        let network = Network::new(&settings)?;
        Ok(Fetcher::with_transport(settings, clock, Arc::new(network)))
    }

    /// Over a web made of values.
    pub fn with_transport(settings: FetchSettings, clock: Clock, transport: Arc<dyn Transport>) -> Fetcher {
        Fetcher { transport, settings: Arc::new(settings), origins: Arc::default(), clock }
    }

    /// With other settings, knowing all that this one knows of origins.
    ///
    /// # Errors
    /// As for [`Fetcher::new`].
    pub fn renewed(&self, settings: FetchSettings) -> Result<Fetcher, FetchError> {
        let fetcher = Fetcher::new(settings, self.clock.clone())?;
        Ok(Fetcher { origins: Arc::clone(&self.origins), ..fetcher })
    }

    /// Begins a visit: one request at a time, `delay` between the end of one and the start of the next, `last_request` being
    /// the end of the last one of an earlier visit.
    pub fn session(&self, scope: Scope, delay: Duration, last_request: Option<Timestamp>) -> Session {
        Session::new(self.clone(), scope, delay, last_request)
    }

    /// Takes up what was remembered of origins: their robots.txt, and until when they want to be left alone.
    pub fn recall(&self, remembered: Vec<OriginMemory>) {
        self.origins.recall(remembered);
    }

    /// What was learned of origins since the last call, to be remembered beyond this process.
    pub fn take_new(&self) -> Vec<OriginMemory> {
        self.origins.take_new()
    }
}
