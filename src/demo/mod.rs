//! Sample portals on loopback, for `tintinh demo` and for the end-to-end tests.
//!
//! Each site imitates a family of real provincial portals: its URLs, its markup, its noise and its oddities. The articles and the people in them are
//! invented. The sites have host names under the reserved `.test`. [`Sites::resolve`] returns where they listen, so URLs (and the ids derived from
//! them) are the same on every run.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use tintinh::demo::Sites;
//!
//! let sites = Sites::start().await?;
//! tintinh::demo::write_config(std::path::Path::new("demo"), &sites.resolve())?;
//! // … visit the portals; then let the sites publish more and visit again:
//! sites.advance();
//! sites.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod config;
mod expected;
mod server;
mod site;
mod story;
mod writing;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use crate::demo::config::write_config;
pub use crate::demo::expected::Expected;
pub use crate::demo::expected::ExpectedFile;
pub use crate::demo::expected::expected;
pub use crate::demo::expected::expected_later;
use crate::demo::server::Server;
use crate::demo::server::ServerState;
use crate::demo::site::SITES;

/// The running sample portals. They stop when this is dropped.
#[derive(Debug)]
pub struct Sites {
    shared: Arc<ServerState>,
    addresses: BTreeMap<String, SocketAddr>,
    tasks: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

impl Sites {
    /// Starts all sites. Each listens on its own port on 127.0.0.1.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start() -> io::Result<Sites> {
        Sites::with_delay(Duration::ZERO).await
    }

    /// Starts all sites, which wait for `delay` before each response.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn with_delay(delay: Duration) -> io::Result<Sites> {
        let shared = Arc::new(ServerState::new(delay));
        let (stop, stopped) = watch::channel(false);
        let mut addresses = BTreeMap::new();
        let mut tasks = Vec::new();
        for site in SITES {
            let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
            addresses.insert(site.host.to_owned(), listener.local_addr()?);
            let server = Arc::new(Server::new(site, Arc::clone(&shared)));
            tasks.push(tokio::spawn(server::serve(server, listener, stopped.clone())));
        }
        Ok(Sites { shared, addresses, tasks, stop })
    }

    /// Returns where each host listens, for `FetchSettings::resolve`.
    pub fn resolve(&self) -> BTreeMap<String, SocketAddr> {
        self.addresses.clone()
    }

    /// Switches to the later state: on each site, new articles are published and one is edited.
    pub fn advance(&self) {
        self.shared.advance();
    }

    /// Stops listening and waits until the listeners are closed.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for task in self.tasks.drain(..) {
            // A listener that panicked is closed as well, and its panic was already reported.
            let _ = task.await;
        }
    }
}

impl Drop for Sites {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
