//! Sends webhooks and messages by HTTP to an address in the operator's configuration.
//!
//! The operator names the address, but controls neither what its name resolves to nor what listens there. Connections therefore pass the same
//! [`Guard`] as those to portals. Redirects are not followed, since what is signed for one address is not meant for another. Only an answer's status
//! and `Retry-After` count, so its body is not read.
//!
//! [`Guard`]: crate::fetch::guard::Guard

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

use crate::clock::Clock;
use crate::fetch::FetchError;
use crate::fetch::headers;
use crate::fetch::network::Network;
use crate::fetch::transport::Transport;
use crate::fetch::transport::WireRequest;
use crate::model::settings::Destination;
use crate::model::settings::FetchSettings;
use crate::schedule;

/// Time limit to connect, including TLS. If nobody listens, this shows sooner than a slow answer does.
const CONNECT: Duration = Duration::from_secs(10);

/// Why a receiver did not accept what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PostError {
    /// 410: the receiver wants nothing more.
    #[error("HTTP status 410: the receiver wants no more")]
    Gone,
    /// 429 or 503: the receiver wants it later and may say when. At most [`schedule::LONGEST_RETRY_AFTER`].
    #[error("HTTP status {status}")]
    Later {
        /// The status.
        status: u16,
        /// `Retry-After`, from now.
        wait: Option<Duration>,
    },
    /// Any other status, including redirects.
    #[error("HTTP status {0}")]
    Refused(u16),
    /// There was no answer. Contains a message with the host and what helps.
    #[error("{0}")]
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
    /// Creates a sender; connects to nothing yet. `user_agent` identifies the sender.
    ///
    /// # Errors
    /// [`FetchError::Setup`] if a block of addresses or the TLS roots cannot be read.
    pub fn new(destination: Destination, user_agent: &str, clock: Clock) -> Result<Sender, FetchError> {
        let network = Network::new(&settings(&destination, user_agent))?;
        Ok(Sender { destination, network, user_agent: user_agent.to_owned(), clock })
    }

    /// Sends a body by `POST`, once, within the destination's `timeout`. A status of 2xx means that the receiver has it.
    ///
    /// # Errors
    /// [`PostError`].
    pub async fn post(&self, headers: &[(&str, String)], body: Bytes) -> Result<(), PostError> {
        let own = [("user-agent", self.user_agent.as_str()), ("accept", "*/*")].into_iter();
        let sent = own.chain(headers.iter().map(|(name, value)| (*name, value.as_str())));
        let request = WireRequest {
            method: "POST",
            headers: sent.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect(),
            body: Some(body),
            enough: Some(0),
            ..WireRequest::get(self.destination.url.clone())
        };
        let response = self.network.exchange(&request).await;
        let response = response.map_err(|error| PostError::Unreachable(self.in_words(&error)))?;
        match response.status {
            200..=299 => Ok(()),
            410 => Err(PostError::Gone),
            status @ (429 | 503) => {
                let wait = headers::retry_after(&response, self.clock.now());
                Err(PostError::Later { status, wait: wait.map(|wait| wait.min(schedule::LONGEST_RETRY_AFTER)) })
            }
            status => Err(PostError::Refused(status)),
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

/// The network settings for one address. Its port is allowed, since the operator named it.
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
