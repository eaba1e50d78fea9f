//! Request → [`Fetched`]: polite, bounded, guarded. The only module that knows HTTP requests.
//!
//! All visits share a [`Fetcher`]. A [`Session`] belongs to one visit and sends one request at a time. It follows redirects
//! itself, not the client, so that each hop is checked: its scope, its address, and robots.txt.

pub mod error;
mod evidence;
pub mod guard;
mod headers;
mod hop;
#[cfg(feature = "legacy-tls")]
mod legacy;
mod modern;
pub mod network;
mod origins;
pub mod resolver;
pub mod robots;
pub mod sender;
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

/// Our product token in robots.txt (RFC 9309, section 2.2.1). Our `User-Agent` begins with it.
pub const PRODUCT_TOKEN: &str = "tintinh";

/// The result of a successful request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fetched {
    /// 200 (or 203) with its whole body.
    Page(Box<Page>),
    /// 304: the page has not changed.
    Unchanged(Box<Unchanged>),
    /// 404 or 410.
    Gone(u16),
    /// robots.txt disallows the URL or a hop; contains the line that does.
    Disallowed(String),
    /// A redirect led outside the scope: the target, and why it is outside.
    OutOfScope(String),
}

/// Fetches pages. All visits share it. Cloning is cheap.
#[derive(Clone)]
pub struct Fetcher {
    transport: Arc<dyn Transport>,
    settings: Arc<FetchSettings>,
    origins: Arc<Origins>,
    clock: Clock,
}

impl Fetcher {
    /// Creates a fetcher over the real network.
    ///
    /// # Errors
    /// [`FetchError::Setup`] if the TLS roots or the settings (CIDR blocks) cannot be read.
    pub fn new(settings: FetchSettings, clock: Clock) -> Result<Fetcher, FetchError> {
        let network = Network::new(&settings)?;
        Ok(Fetcher::with_transport(settings, clock, Arc::new(network)))
    }

    /// Creates a fetcher over a fake web, for tests.
    pub fn with_transport(settings: FetchSettings, clock: Clock, transport: Arc<dyn Transport>) -> Fetcher {
        Fetcher { transport, settings: Arc::new(settings), origins: Arc::default(), clock }
    }

    /// Creates a fetcher with other settings and the same knowledge of origins.
    ///
    /// # Errors
    /// As for [`Fetcher::new`].
    pub fn renewed(&self, settings: FetchSettings) -> Result<Fetcher, FetchError> {
        let fetcher = Fetcher::new(settings, self.clock.clone())?;
        Ok(Fetcher { origins: Arc::clone(&self.origins), ..fetcher })
    }

    /// Begins a visit. It sends one request at a time, with `delay` between the end of one and the start of the next. `last_request` is the end of
    /// the last request of an earlier visit.
    pub fn session(&self, scope: Scope, delay: Duration, last_request: Option<Timestamp>) -> Session {
        Session::new(self.clone(), scope, delay, last_request)
    }

    /// Loads what the store remembers about origins: their robots.txt, and until when not to send requests.
    pub fn recall(&self, remembered: Vec<OriginMemory>) {
        self.origins.recall(remembered);
    }

    /// Returns what was learned about origins since the last call, to be stored.
    pub fn take_new(&self) -> Vec<OriginMemory> {
        self.origins.take_new()
    }
}
