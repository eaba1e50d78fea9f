//! Messages to systemd (`sd_notify(3)`). Without `NOTIFY_SOCKET`, they are not sent.

use std::sync::LazyLock;
use std::sync::mpsc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use sd_notify::NotifyState;

/// Maximum number of messages that wait for systemd to read them. Further ones are dropped, because they would be outdated when read.
const MOST_WAITING: usize = 64;

/// Notifies systemd that the service is ready.
pub fn ready(status: &str) {
    send(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Sets the text that `systemctl status` shows.
pub fn status(text: &str) {
    send(&[NotifyState::Status(text)]);
}

/// Notifies systemd that the configuration is being reloaded, until [`ready`] is called.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => send(&[NotifyState::Reloading, now]),
        Err(_) => send(&[NotifyState::Reloading]),
    }
}

/// Notifies systemd that the service is stopping.
pub fn stopping() {
    send(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
}

/// Notifies systemd's watchdog that the service is alive.
pub fn watchdog() {
    send(&[NotifyState::Watchdog]);
}

/// Returns the watchdog's interval (`WATCHDOG_USEC`). A service notifies it twice as often.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

/// Passes a message to the thread that sends it. systemd's socket blocks while systemd does not read, and the service must continue meanwhile.
fn send(messages: &[NotifyState<'_>]) {
    static SENDER: LazyLock<SyncSender<Vec<String>>> = LazyLock::new(|| {
        let (sender, messages) = mpsc::sync_channel(MOST_WAITING);
        std::thread::spawn(move || messages.iter().for_each(|lines: Vec<String>| deliver(&lines)));
        sender
    });
    if SENDER.try_send(messages.iter().map(ToString::to_string).collect()).is_err() {
        tracing::debug!("systemd does not read notifications");
    }
}

fn deliver(lines: &[String]) {
    let messages: Vec<NotifyState<'_>> = lines.iter().map(|line| NotifyState::Custom(line)).collect();
    if let Err(error) = sd_notify::notify(&messages) {
        tracing::debug!("systemd was not notified: {error}");
    }
}
