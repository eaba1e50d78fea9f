//! The real network, guarded and without hidden behavior: reqwest with rustls, OpenSSL for older TLS.

use std::sync::Arc;
use std::time::Duration;

use crate::fetch::FetchError;
use crate::fetch::error::EXCHANGE;
use crate::fetch::guard::Guard;
#[cfg(feature = "legacy-tls")]
use crate::fetch::legacy;
use crate::fetch::modern::Modern;
use crate::fetch::resolver::Lookup;
use crate::fetch::resolver::Resolver;
use crate::fetch::resolver::look_up_by_system;
use crate::fetch::tls::chain;
use crate::fetch::tls::chain::Issuers;
use crate::fetch::transport::Exchange;
use crate::fetch::transport::Transport;
use crate::fetch::transport::WireRequest;
use crate::fetch::transport::WireResponse;
use crate::fetch::wire::Limits;
use crate::model::settings::FetchSettings;
use crate::url::PageUrl;

/// Time to fetch an issuer's certificate.
const ISSUER_TIMEOUT: Duration = Duration::from_secs(15);

/// The network.
///
/// Each request has its own connection. A server may close an idle one just as a request goes out, and nobody can tell whether it was read (RFC 9112,
/// section 9.3.1). Apache closes after 5 s, which is our default delay. A kept connection would gain nothing, since delays are longer than servers
/// keep connections.
///
/// The clients send no cookies or `Referer`, and do not follow redirects, use proxies, decompress or repeat requests by themselves. They accept what
/// old servers send (folded and misnamed headers, spaces before colons), but a response without a status line (HTTP/0.9) is an error: otherwise
/// anything that a broken server sends would be a page.
pub struct Network {
    pub(super) modern: Modern,
    #[cfg(feature = "legacy-tls")]
    legacy: legacy::Legacy,
    guard: Arc<Guard>,
    issuers: Arc<Issuers>,
    user_agent: String,
    limits: Limits,
}

impl Network {
    /// Creates the network without connecting to anything. The system resolves names.
    ///
    /// # Errors
    /// [`FetchError::Setup`] if the settings cannot be read or the client cannot be built.
    pub fn new(settings: &FetchSettings) -> Result<Network, FetchError> {
        Network::with_lookup(settings, Arc::new(look_up_by_system))
    }

    /// Like [`Network::new`], with another resolver behind the guard.
    ///
    /// # Errors
    /// As for [`Network::new`].
    pub fn with_lookup(settings: &FetchSettings, lookup: Arc<Lookup>) -> Result<Network, FetchError> {
        let guard = Arc::new(Guard::new(settings)?);
        let resolver = Resolver::new(Arc::clone(&guard), lookup);
        let limits = Limits {
            connect: settings.connect_timeout,
            first_byte: settings.first_byte_timeout,
            idle: settings.idle_timeout,
            total: settings.total_timeout,
            wire_bytes: settings.max_wire_bytes,
        };
        let issuers = Arc::<Issuers>::default();
        Ok(Network {
            #[cfg(feature = "legacy-tls")]
            legacy: legacy::Legacy::new(resolver.clone(), Arc::clone(&issuers), limits),
            modern: Modern::new(resolver, Arc::clone(&guard), Arc::clone(&issuers), limits)?,
            guard,
            issuers,
            user_agent: settings.user_agent.clone(),
            limits,
        })
    }

    async fn exchange_within_deadline(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        self.guard.check_url(&request.url)?;
        let limit = self.limits.total;
        tokio::time::timeout(limit, self.exchange_completing(request))
            .await
            .unwrap_or_else(|_| Err(FetchError::Timeout { what: EXCHANGE.into(), limit }))
    }

    /// Sends a request. If the handshake fails because an issuer is missing, fetches it from the URL in the certificate and tries once more. At that
    /// point no request has been sent.
    async fn exchange_completing(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        match self.send(request).await {
            Err(error) => match self.chain_of(request, &error) {
                Some(chain) if self.fetch_issuers(&chain).await => self.send(request).await,
                _ => Err(error),
            },
            sent => sent,
        }
    }

    /// Sends a request by the TLS mode. Without the feature, rustls does what it can; the check of the configuration warns.
    async fn send(&self, request: &WireRequest) -> Result<WireResponse, FetchError> {
        #[cfg(feature = "legacy-tls")]
        if legacy::is_for(request) {
            return self.legacy.exchange(request).await;
        }
        self.modern.exchange(request).await
    }

    /// Returns the certificates of a server whose chain has no known root.
    fn chain_of(&self, request: &WireRequest, error: &FetchError) -> Option<Vec<Vec<u8>>> {
        if !error.is_unknown_issuer() {
            return None;
        }
        #[cfg(feature = "legacy-tls")]
        if legacy::is_for(request) {
            return self.legacy.chain_of(request);
        }
        self.modern.chain_of(request)
    }

    /// Fetches the issuers that a chain lacks, from the bottom up. Returns whether there is a new one.
    async fn fetch_issuers(&self, chain: &[Vec<u8>]) -> bool {
        let mut found_one = false;
        for _ in 0..chain::MAX_FETCHED {
            let Some(url) = chain::missing_issuer(chain, &self.issuers.all()) else { break };
            if !self.issuers.may_ask(&url) {
                break;
            }
            let Some(certificate) = self.fetch_issuer(&url).await else {
                self.issuers.note_failure(&url);
                break;
            };
            tracing::debug!(%url, "fetched an issuer's certificate to complete a chain");
            self.issuers.add(certificate);
            found_one = true;
        }
        found_one
    }

    async fn fetch_issuer(&self, url: &PageUrl) -> Option<Vec<u8>> {
        self.guard.check_url(url).ok()?;
        let headers = vec![("user-agent".to_owned(), self.user_agent.as_bytes().to_vec())];
        let request = WireRequest { headers, enough: Some(chain::MAX_BYTES), ..WireRequest::get(url.clone()) };
        let answer = tokio::time::timeout(ISSUER_TIMEOUT, self.modern.exchange(&request)).await.ok()?.ok()?;
        (answer.status == 200 && answer.cut.is_none()).then(|| chain::read_certificate(&answer.body)).flatten()
    }
}

impl Transport for Network {
    fn exchange<'a>(&'a self, request: &'a WireRequest) -> Exchange<'a> {
        Box::pin(self.exchange_within_deadline(request))
    }

    fn admit(&self, url: &PageUrl) -> Result<(), FetchError> {
        self.guard.check_url(url)
    }
}
