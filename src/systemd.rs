//! Messages to systemd (`sd_notify(3)`); without `NOTIFY_SOCKET` they go nowhere.

use std::time::Duration;

use sd_notify::NotifyState;

/// The service is up.
pub fn ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// What `systemctl status` shows.
pub fn status(text: &str) {
    send(&[NotifyState::Status(text)]);
}

/// The configuration is read again; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => send(&[NotifyState::Reloading, now]),
        Err(_) => send(&[NotifyState::Reloading]),
    }
}

/// The service goes down.
pub fn stopping() {
    send(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// A sign of life.
pub fn watchdog() {
    send(&[NotifyState::Watchdog]);
}

/// How often systemd wants a sign of life (`WATCHDOG_USEC`); a service sends it twice as often.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

fn send(messages: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(messages) {
        tracing::debug!("systemd was not told: {error}");
    }
}
