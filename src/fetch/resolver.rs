//! Resolves host names behind the guard.

use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use tokio::sync::Semaphore;

use crate::fetch::FetchError;
use crate::fetch::error::LOOK_UP;
use crate::fetch::guard::Guard;

/// The time limit of a lookup; the system's resolver tries longer, on its own thread.
const DNS_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum number of simultaneous lookups. A resolver that hangs blocks one thread for each.
const DNS_LOOKUPS: usize = 8;

/// The system's resolver behind the guard and the operator's `resolve` table.
///
/// The client connects to exactly these IP addresses, so a name that resolves differently the next time gains nothing. Hosts that are IP addresses do
/// not come here; [`Guard::check_url`] checks them. There is no cache, since the system's resolver has one.
#[derive(Clone)]
pub(super) struct Resolver {
    pub(super) guard: Arc<Guard>,
    lookup: Arc<Lookup>,
    at_once: Arc<Semaphore>,
}

/// Resolves a name to IP addresses; it may block.
pub type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

pub(super) fn look_up_by_system(host: &str) -> io::Result<Vec<IpAddr>> {
    Ok((host, 0).to_socket_addrs()?.map(|found| found.ip()).collect())
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl Resolver {
    pub(super) fn new(guard: Arc<Guard>, lookup: Arc<Lookup>) -> Resolver {
        Resolver { guard, lookup, at_once: Arc::new(Semaphore::new(DNS_LOOKUPS)) }
    }

    /// Returns the IP addresses of a host that may be connected to. Port 0 stands for the port of the URL or its scheme.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, FetchError> {
        if let Some(to) = self.guard.override_of(host) {
            return Ok(vec![to]);
        }
        let all = self.look_up(host).await?;
        let (admitted, denied): (Vec<_>, Vec<_>) = all.into_iter().partition(|&found| self.guard.admits(found));
        if !admitted.is_empty() {
            return Ok(admitted.into_iter().map(|found| SocketAddr::new(found, 0)).collect());
        }
        let address = denied.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
        if address.is_empty() {
            return Err(FetchError::Dns { host: host.to_owned(), detail: "no address".into() });
        }
        Err(FetchError::BlockedAddress { host: host.to_owned(), address })
    }

    /// Looks up a host. The permit is held until the lookup is done, even if nobody waits for it any more.
    async fn look_up(&self, host: &str) -> Result<Vec<IpAddr>, FetchError> {
        let failed = |detail: String| FetchError::Dns { host: host.to_owned(), detail };
        let (lookup, name) = (Arc::clone(&self.lookup), host.to_owned());
        let looking = async {
            let permit = Arc::clone(&self.at_once).acquire_owned().await;
            let blocking = move || {
                let found = lookup(&name);
                drop(permit);
                found
            };
            tokio::task::spawn_blocking(blocking).await
        };
        match tokio::time::timeout(DNS_TIMEOUT, looking).await {
            Err(_) => Err(FetchError::Timeout { what: LOOK_UP.into(), limit: DNS_TIMEOUT }),
            Ok(Err(ended)) => Err(failed(ended.to_string())),
            Ok(Ok(found)) => found.map_err(|error| failed(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[tokio::test(start_paused = true)]
    async fn a_look_up_is_bounded_in_time() {
        let guard = Arc::new(Guard::new(&Config::shipped().fetch).unwrap());
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let ended = std::sync::Mutex::new(ended);
        let lookup = move |_: &str| {
            let _ = ended.lock().unwrap().recv();
            Ok(Vec::new())
        };
        let resolver = Resolver::new(guard, Arc::new(lookup));
        let looking = tokio::spawn(async move { resolver.addresses("a.example").await });
        tokio::task::yield_now().await;
        tokio::time::advance(DNS_TIMEOUT).await;
        let expect = FetchError::Timeout { what: LOOK_UP.into(), limit: DNS_TIMEOUT };
        assert_eq!(looking.await.unwrap(), Err(expect));
        drop(end);
    }
}
