//! Sends what goes out by HTTP, as webhooks and messages, to an address of the operator's configuration.
//!
//! The operator names the address, but not what its name resolves to, nor what listens there: connections are held to the same [`Guard`] as
//! those to portals. Redirects are not followed, since what is signed for one address is not for another. Nothing of an answer counts but its
//! status and `Retry-After`, so its body is not read.
//!
//! [`Guard`]: crate::fetch::guard::Guard

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Clock;
use crate::fetch::FetchError;
use crate::fetch::headers;
use crate::fetch::network::Network;
use crate::fetch::transport::Transport;
use crate::fetch::transport::WireRequest;
use crate::model::settings::Destination;
use crate::model::settings::FetchSettings;
use crate::schedule;

/// Time to connect at most, TLS included: where nobody listens, that shows sooner than a slow answer.
const CONNECT: Duration = Duration::from_secs(10);

/// What became of something that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivered {
    /// 2xx: the receiver has it.
    Taken,
    /// 410: the receiver wants no more, ever.
    Gone,
    /// 429 or 503: the receiver wants it later, and maybe says when. No longer than [`schedule::LONGEST_RETRY_AFTER`].
    Later {
        /// The status.
        status: u16,
        /// `Retry-After`, from now.
        wait: Option<Duration>,
    },
    /// Any other status, redirects included.
    Refused(u16),
    /// There was no answer: in words, with the host and what helps.
    Unreachable(String),
}

/// Sends to one address.
pub struct Sender {
    destination: Destination,
    network: Network,
    user_agent: String,
    clock: Clock,
}

impl Sender {
    /// Connects to nothing yet. `user_agent` says who sends.
    ///
    /// # Errors
    /// [`FetchError::Setup`] where a block of addresses cannot be read, or the TLS roots.
    pub fn new(destination: Destination, user_agent: &str, clock: Clock) -> Result<Sender, FetchError> {
        let network = Network::new(&settings(&destination, user_agent))?;
        Ok(Sender { destination, network, user_agent: user_agent.to_owned(), clock })
    }

    /// Sends a body by `POST`, once. It takes no longer than the destination's `timeout`.
    pub async fn post(&self, headers: &[(&str, String)], body: Bytes) -> Delivered {
        let own = [("user-agent", self.user_agent.as_str()), ("accept", "*/*")].into_iter();
        let sent = own.chain(headers.iter().map(|(name, value)| (*name, value.as_str())));
        let request = WireRequest {
            method: "POST",
            headers: sent.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect(),
            body: Some(body),
            enough: Some(0),
            ..WireRequest::get(self.destination.url.clone())
        };
        let response = match self.network.exchange(&request).await {
            Ok(response) => response,
            Err(error) => return Delivered::Unreachable(self.in_words(&error)),
        };
        match response.status {
            200..=299 => Delivered::Taken,
            410 => Delivered::Gone,
            status @ (429 | 503) => {
                let wait = headers::retry_after(&response, self.clock.now());
                Delivered::Later { status, wait: wait.map(|wait| wait.min(schedule::LONGEST_RETRY_AFTER)) }
            }
            status => Delivered::Refused(status),
        }
    }

    fn in_words(&self, error: &FetchError) -> String {
        let hint = match error {
            FetchError::BlockedAddress { .. } => " (its `allow_addresses` can allow it)",
            FetchError::Timeout { .. } => " (its `timeout` sets the limit)",
            _ => "",
        };
        format!("{}: {error}{hint}", self.destination.url.host())
    }
}

/// The network of one address: its port is allowed, since the operator named it.
fn settings(destination: &Destination, user_agent: &str) -> FetchSettings {
    let Destination { url, timeout, allow_addresses } = destination;
    FetchSettings {
        user_agent: user_agent.to_owned(),
        connect_timeout: CONNECT.min(*timeout),
        first_byte_timeout: *timeout,
        idle_timeout: *timeout,
        total_timeout: *timeout,
        max_wire_bytes: 0,
        max_body_bytes: 0,
        max_redirects: 0,
        delay: Duration::ZERO,
        resolve: BTreeMap::new(),
        allow_addresses: allow_addresses.clone(),
        allow_ports: url.as_url().port().into_iter().collect(),
    }
}
