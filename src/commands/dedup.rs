//! `tintinh dedup`: finds revisions and copies in a file of articles. Needs no network and no store.

use crate::cli::Cli;
use crate::cli::DedupArgs;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::output;
use crate::file_dedup::FileJob;
use crate::file_dedup::input;
use crate::file_dedup::input::MAX_LINE;
use crate::file_dedup::input::Next;
use crate::text::count::counted;
use anyhow::Context;
use std::io;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

/// Prints a verdict for each line.
///
/// # Errors
/// [`CommandError`] if the file cannot be read. A line that is not an article gets the verdict `invalid` and exit code 1.
pub fn run(cli: &Cli, args: &DedupArgs) -> Result<ExitCode, CommandError> {
    let config = common::config_or_shipped(cli)?;
    let folder = args.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
    let mut job = FileJob::new(&config, &folder, args.memory << 20)
        .with_context(|| format!("cannot write into {} (see --temp-dir)", folder.display()))?;
    let mut reader = input::open(&args.file).map_err(|error| unreadable(&args.file, &error))?;
    let mut line = Vec::new();
    loop {
        match input::next_line(&mut *reader, &mut line).map_err(|error| unreadable(&args.file, &error))? {
            Next::Line => job.take(&line).context("cannot write temporary files")?,
            Next::TooLong => {
                let reason = format!("a line of more than {} MiB", MAX_LINE >> 20);
                output::warn(&format!("warning: {}, line {}: {reason}", args.file.display(), job.lines() + 1));
                job.refuse(reason);
            }
            Next::End => break,
        }
    }
    let mut out = output::json_stream();
    output::written(job.print(&mut out).and_then(|()| out.flush()))?;
    let invalid = job.invalid();
    if invalid > 0 {
        let file = args.file.display();
        output::warn(&format!(
            "{} of {file} {}; see the verdict \"invalid\"",
            counted(invalid, "line"),
            if invalid == 1 { "is not an article" } else { "are not articles" }
        ));
        return Ok(ExitCode::from(EXIT_FAILED));
    }
    Ok(ExitCode::SUCCESS)
}

fn unreadable(path: &Path, error: &io::Error) -> CommandError {
    CommandError::Usage(format!("cannot read {}: {error}", path.display()))
}
