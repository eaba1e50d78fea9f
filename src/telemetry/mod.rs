//! Logs: text for people on a terminal, journald fields under systemd, JSON on request.

mod limit;

use std::fmt;
use std::fmt::Debug;
use std::io;
use std::io::IsTerminal;
use std::io::Write;

use indicatif::MultiProgress;
use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::clock::Clock;
use crate::model::settings::LogFormat;
pub use crate::telemetry::limit::Limit;
pub use crate::telemetry::limit::WINDOW;
use crate::text::date;
use crate::text::visible;

/// Standard error, shared by log lines and progress bars so that they do not disturb each other. Clones are the same console.
#[derive(Debug, Clone, Default)]
pub struct Console {
    bars: MultiProgress,
    limit: Limit,
}

impl Console {
    /// Returns the limit of the lines of each portal.
    pub fn limit(&self) -> &Limit {
        &self.limit
    }

    /// Returns where bars are added.
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

/// Starts logging. `filter` is in the syntax of tracing's `EnvFilter` (`info`, `tintinh=debug,warn`); an invalid one counts as `info`. At most
/// `lines` lines of one portal pass per minute.
pub fn start(format: LogFormat, filter: &str, lines: u32) -> Console {
    let console = Console { limit: Limit::new(lines), ..Console::default() };
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter).with(console.limit.clone());
    let under_journald = format == LogFormat::Journal || (format == LogFormat::Auto && stderr_is_the_journal());
    let (writer, as_json) = (console.clone(), format == LogFormat::Json);
    let lines = tracing_subscriber::fmt::layer().with_timer(HouseTime);
    let lines = lines.with_writer(move || Lines { console: writer.clone(), as_json });
    // A second start (as in tests) keeps the first one. Nothing is lost by that.
    let _ = match (format, tracing_journald::layer()) {
        (_, Ok(journald)) if under_journald => registry.with(journald).try_init(),
        (LogFormat::Json, _) => registry.with(lines.json()).try_init(),
        _ => {
            let lines = lines.with_ansi(io::stderr().is_terminal()).with_target(false);
            registry.with(lines.fmt_fields(format::debug_fn(field).delimited(" "))).try_init()
        }
    };
    console
}

/// Writes a field of a log line for people. It stays on that line, whatever a site put into it, and contains no terminal control character.
fn field(out: &mut format::Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    let value = format!("{value:?}");
    let value = visible::line(&value);
    match (field.name(), out.has_ansi_escapes()) {
        ("message", _) => write!(out, "{value}"),
        (name, false) => write!(out, "{name}={value}"),
        // The name in italics, the equals sign dimmed (ECMA-48: SGR).
        (name, true) => write!(out, "\x1b[3m{name}\x1b[0m\x1b[2m=\x1b[0m{value}"),
    }
}

/// The time of a log line, in the same zone as everywhere in the program.
struct HouseTime;

impl FormatTime for HouseTime {
    fn format_time(&self, out: &mut format::Writer<'_>) -> fmt::Result {
        out.write_str(&date::rfc3339_millis(Clock::System.now()))
    }
}

/// Whole lines of the log on their way to the console.
struct Lines {
    console: Console,
    as_json: bool,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match str::from_utf8(bytes) {
            Ok(text) if self.as_json => self.console.write_all(visible::json(text).as_bytes())?,
            _ => self.console.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.console.flush()
    }
}

/// Whether standard error goes to the journal: `JOURNAL_STREAM` names its device and inode (systemd.exec(5)).
#[expect(clippy::disallowed_methods, reason = "JOURNAL_STREAM is systemd's word to this process, no setting")]
fn stderr_is_the_journal() -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(named) = std::env::var("JOURNAL_STREAM") else { return false };
    let Ok(metadata) = std::fs::metadata("/proc/self/fd/2") else { return false };
    named == format!("{}:{}", metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Texts of a site appear in messages, in fields and in spans. None of them controls a terminal or begins a new line.
    #[test]
    fn nothing_in_a_log_line_steers_a_terminal() {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
        let lines = lines.fmt_fields(format::debug_fn(field).delimited(" "));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            let bad = "a\u{9b}31m\x1b[31m\u{202e}\nERROR b";
            let error = io::Error::other(bad);
            let _entered = tracing::info_span!("visit", portal = %bad).entered();
            tracing::warn!(text = bad, display = %bad, debug = ?bad, error = &error as &dyn std::error::Error, "{bad}");
        });
        let written = String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap();
        assert!(!written.trim_end().contains(visible::is_steering), "{written:?}");
        assert_eq!(written.matches("31m").count(), 12, "{written}");
    }
}
