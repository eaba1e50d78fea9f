//! Standard output, whose reader may go away: `tintinh status | head -1` is no error.

use std::io::ErrorKind;
use std::io::Write;

use anyhow::Context;

use crate::commands::CommandError;

/// Prints a text.
///
/// # Errors
/// [`CommandError::ReaderGone`] where nobody reads any more; anything else (a full disk) is an error like others.
pub fn print(text: &str) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// What came of writing to standard output.
///
/// # Errors
/// As [`print()`].
pub fn written(outcome: std::io::Result<()>) -> Result<(), CommandError> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(CommandError::ReaderGone),
        outcome => Ok(outcome.context("cannot write to standard output")?),
    }
}
