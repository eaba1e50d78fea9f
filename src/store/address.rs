//! Reads the address of a server.

use std::time::Duration;

use postgres::Config;

use crate::model::settings::StoreAddress;
use crate::store::StoreError;

/// Time to reach the server.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// Time after which a connection that answers nothing counts as lost.
const SILENCE: Duration = Duration::from_secs(30);

/// The server ends a transaction whose process sleeps or is gone: others wait for its locks.
const BOUNDS: &str = "-c idle_in_transaction_session_timeout=10s";

/// Returns how to reach the server, and its address for messages; none if the store is a file.
pub(super) fn server_of(at: &StoreAddress) -> Result<Option<(Config, String)>, StoreError> {
    let Some(url) = &at.server.url else { return Ok(None) };
    let mut config: Config = url.parse().map_err(|error| {
        let error: postgres::Error = error;
        let reason = format!("it is no address of PostgreSQL: {error}");
        StoreError::Open { path: url.clone(), reason, problem: None }
    })?;
    if let Some(password) = &at.server.password {
        config.password(password.reveal());
    }
    let options = format!("{} {BOUNDS}", config.get_options().unwrap_or_default());
    config.options(options.trim()).connect_timeout(CONNECT_TIME).tcp_user_timeout(SILENCE).keepalives_idle(SILENCE);
    if config.get_application_name().is_none() {
        config.application_name("tintinh");
    }
    Ok(Some((config, url.clone())))
}
