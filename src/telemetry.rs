//! Logs: for people on a terminal, journald fields under systemd, JSON where asked for.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::model::settings::LogFormat;

/// Starts logging. `filter` is in the syntax of tracing's `EnvFilter` (`info`, `tintinh=debug,warn`); one that cannot be read counts as `info`.
pub fn start(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let under_journald = format == LogFormat::Journal || (format == LogFormat::Auto && stderr_is_the_journal());
    // A second start (as in tests) keeps the first: nothing is lost by it.
    let _ = match (format, tracing_journald::layer()) {
        (_, Ok(journald)) if under_journald => registry.with(journald).try_init(),
        (LogFormat::Json, _) => {
            registry.with(tracing_subscriber::fmt::layer().json().with_writer(std::io::stderr)).try_init()
        }
        _ => {
            let colors = std::io::stderr().is_terminal();
            registry
                .with(
                    tracing_subscriber::fmt::layer().with_ansi(colors).with_target(false).with_writer(std::io::stderr),
                )
                .try_init()
        }
    };
}

/// Whether standard error goes to the journal: `JOURNAL_STREAM` names its device and inode (systemd.exec(5)).
#[expect(clippy::disallowed_methods, reason = "JOURNAL_STREAM is systemd's word to this process, no setting")]
fn stderr_is_the_journal() -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(named) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(metadata) = std::fs::metadata("/proc/self/fd/2") else { return false };
    named == format!("{}:{}", metadata.dev(), metadata.ino())
}
