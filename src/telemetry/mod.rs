//! Logs: for people on a terminal, journald fields under systemd, JSON where asked for.

mod limit;

use std::io;
use std::io::IsTerminal;
use std::io::Write;

use indicatif::MultiProgress;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::model::settings::LogFormat;
pub use crate::telemetry::limit::Limit;
pub use crate::telemetry::limit::WINDOW;

/// Standard error, shared by log lines and progress bars so that neither tears the other. Clones are the same console.
#[derive(Debug, Clone, Default)]
pub struct Console {
    bars: MultiProgress,
    limit: Limit,
}

impl Console {
    /// How many lines of each portal pass.
    pub fn limit(&self) -> &Limit {
        &self.limit
    }

    /// Where bars are added.
    pub fn bars(&self) -> &MultiProgress {
        &self.bars
    }
}

impl Write for Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bars.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Starts logging. `filter` is in the syntax of tracing's `EnvFilter` (`info`, `tintinh=debug,warn`); one that cannot be read counts as `info`.
/// `lines` of one portal pass in a minute.
pub fn start(format: LogFormat, filter: &str, lines: u32) -> Console {
    let console = Console { limit: Limit::new(lines), ..Console::default() };
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter).with(console.limit.clone());
    let under_journald = format == LogFormat::Journal || (format == LogFormat::Auto && stderr_is_the_journal());
    let writer = console.clone();
    let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone());
    // A second start (as in tests) keeps the first: nothing is lost by it.
    let _ = match (format, tracing_journald::layer()) {
        (_, Ok(journald)) if under_journald => registry.with(journald).try_init(),
        (LogFormat::Json, _) => registry.with(lines.json()).try_init(),
        _ => registry.with(lines.with_ansi(io::stderr().is_terminal()).with_target(false)).try_init(),
    };
    console
}

/// Whether standard error goes to the journal: `JOURNAL_STREAM` names its device and inode (systemd.exec(5)).
#[expect(clippy::disallowed_methods, reason = "JOURNAL_STREAM is systemd's word to this process, no setting")]
fn stderr_is_the_journal() -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(named) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(metadata) = std::fs::metadata("/proc/self/fd/2") else { return false };
    named == format!("{}:{}", metadata.dev(), metadata.ino())
}
