//! `tintinh completions` and `tintinh man`.

use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;

use crate::cli::Cli;
use crate::commands::CommandError;
use crate::commands::output;

/// Prints a completion script.
///
/// # Errors
/// None: what clap cannot print it panics on.
pub fn completions(shell: clap_complete::Shell) -> Result<ExitCode, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tintinh", &mut script);
    print(&script)
}

/// Prints the manual page, with a section for each verb.
///
/// # Errors
/// Where standard output is closed.
pub fn man() -> Result<ExitCode, CommandError> {
    let mut page = Vec::new();
    let command = Cli::command();
    clap_mangen::Man::new(command.clone()).render(&mut page).context("cannot render the manual page")?;
    for verb in command.get_subcommands() {
        let verb = verb.clone().display_name(format!("tintinh {}", verb.get_name()));
        clap_mangen::Man::new(verb).render(&mut page).context("cannot render the manual page")?;
    }
    print(&page)
}

fn print(bytes: &[u8]) -> Result<ExitCode, CommandError> {
    output::print(&String::from_utf8_lossy(bytes))?;
    Ok(ExitCode::SUCCESS)
}
