//! The only place that writes to the standard streams, apart from the log. It makes control characters visible, whatever their source. The reader of
//! standard output may close it: `tintinh status | head -1` is not an error.

use std::io::BufWriter;
use std::io::ErrorKind;
use std::io::IsTerminal;
use std::io::Stdout;
use std::io::Write;

use anyhow::Context;
use rustix::event::PollFd;
use rustix::event::PollFlags;

use crate::commands::CommandError;
use crate::machine;
use crate::text::columns;
use crate::text::visible;

/// Clears a terminal's screen and moves to its top (ECMA-48: CUP, ED).
const CLEAR: &str = "\x1b[H\x1b[2J";

/// Prints a text for people.
///
/// # Errors
/// [`CommandError::ReaderGone`] if the reader has closed the output; other errors, such as a full disk, are passed on.
pub fn print(text: &str) -> Result<(), CommandError> {
    put(&visible::text(text))
}

/// Prints JSON unchanged, on one line or many.
///
/// # Errors
/// As [`print()`].
pub fn json(text: &str) -> Result<(), CommandError> {
    put(&visible::json(text))
}

/// Prints JSON for machines, or text for people.
///
/// # Errors
/// As [`print()`].
pub fn json_or_words(is_json: bool, text: &str) -> Result<(), CommandError> {
    if is_json { json(text) } else { print(text) }
}

/// Clears the screen if standard output is a terminal.
///
/// # Errors
/// As [`print()`].
pub fn clear() -> Result<(), CommandError> {
    if is_terminal() { put(CLEAR) } else { Ok(()) }
}

/// Prints a line of text to standard error.
pub fn warn(text: &str) {
    complain(&format!("{}\n", visible::text(text.trim_end_matches('\n'))));
}

/// Prints a report with our own colors to standard error.
pub fn warn_styled(text: &str) {
    complain(&format!("{}\n", visible::styled(text)));
}

/// Prints a question to standard error.
pub fn ask(text: &str) {
    complain(&visible::line(text));
}

/// Writes to standard error. If its reader has closed it, the error is ignored and the work goes on.
fn complain(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Width assumed for a terminal that does not report one.
const USUAL_COLUMNS: usize = 80;

/// The width of standard output in columns: the terminal's, or `COLUMNS` if the caller sets it, as watch(1) does. A file or a pipe has no limit.
#[expect(clippy::disallowed_methods, reason = "COLUMNS is the caller's word about its terminal, no setting")]
pub fn columns() -> Option<usize> {
    let named = || std::env::var("COLUMNS").ok()?.parse::<usize>().ok().filter(|columns| *columns > 0);
    let known = machine::terminal_columns(std::io::stdout()).or_else(named);
    known.or_else(|| is_terminal().then_some(USUAL_COLUMNS))
}

/// Prints a text for people, with lines cut to the width of standard output.
///
/// # Errors
/// As [`print()`].
pub fn print_fitted(text: &str) -> Result<(), CommandError> {
    match columns() {
        // Make control characters visible before measuring: an escape takes more columns than the character it stands for.
        Some(columns) => put(&columns::fitted(&visible::text(text), columns)),
        None => print(text),
    }
}

/// Whether standard output is a terminal.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether standard error is a terminal.
pub fn is_error_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether the reader of standard output has gone. Does not write to it (poll(2)).
pub fn is_closed() -> bool {
    let out = std::io::stdout();
    let mut polled = [PollFd::new(&out, PollFlags::empty())];
    let now = rustix::time::Timespec::default();
    rustix::event::poll(&mut polled, Some(&now)).is_ok_and(|ready| ready > 0)
}

/// Standard output for long outputs. The caller makes control characters visible.
pub fn stream() -> BufWriter<Stdout> {
    BufWriter::new(std::io::stdout())
}

/// Standard output for JSON in pieces.
pub fn json_stream() -> Json<BufWriter<Stdout>> {
    Json(stream())
}

/// Writes JSON. Each piece must consist of whole characters, as those of `serde_json` and `write!` do.
#[derive(Debug)]
pub struct Json<W>(pub W);

impl<W: Write> Write for Json<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = str::from_utf8(bytes).map_err(|error| std::io::Error::new(ErrorKind::InvalidData, error))?;
        self.0.write_all(visible::json(text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

fn put(text: &str) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// The result of writing to standard output.
///
/// # Errors
/// As [`print()`].
pub fn written(outcome: std::io::Result<()>) -> Result<(), CommandError> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(CommandError::ReaderGone),
        outcome => Ok(outcome.context("cannot write to standard output")?),
    }
}
