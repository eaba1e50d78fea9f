//! Messages to systemd (`sd_notify(3)`); without `NOTIFY_SOCKET` they go nowhere.

use std::sync::LazyLock;
use std::sync::mpsc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use sd_notify::NotifyState;

/// Messages that wait for systemd to read at most; what comes after them is old news by then.
const MOST_WAITING: usize = 64;

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

/// Hands a message over to the thread that sends it. systemd's socket blocks while systemd does not read, and the service must go on meanwhile.
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
