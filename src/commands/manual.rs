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
/// None; clap panics if it cannot write.
pub fn completions(shell: clap_complete::Shell) -> Result<ExitCode, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tintinh", &mut script);
    print(&script)
}

/// Prints the manual page, with a subsection for each command.
///
/// # Errors
/// If standard output is closed.
pub fn man() -> Result<ExitCode, CommandError> {
    print(&page().context("cannot render the manual page")?)
}

fn page() -> std::io::Result<Vec<u8>> {
    let command = Cli::command();
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    // Replaces clap's list, which refers to pages that do not exist.
    page.extend_from_slice(b".SH COMMANDS\n");
    for verb in command.get_subcommands() {
        page.extend(of_verb(verb)?);
    }
    page.extend_from_slice(b".SH EXAMPLES\n");
    let mut examples = Vec::new();
    man.render_extra_section(&mut examples)?;
    page.extend_from_slice(String::from_utf8_lossy(&examples).replace(".SH EXTRA\nExamples:\n", "").as_bytes());
    Ok(page)
}

/// A command's part of the page: its sections, one level down. A second title or name would start a second page.
fn of_verb(verb: &clap::Command) -> std::io::Result<Vec<u8>> {
    let name = format!("tintinh {}", verb.get_name());
    let mut sections = Vec::new();
    let man = clap_mangen::Man::new(verb.clone().display_name(&name).bin_name(&name));
    man.render_description_section(&mut sections)?;
    man.render_synopsis_section(&mut sections)?;
    man.render_options_section(&mut sections)?;
    man.render_extra_section(&mut sections)?;
    let text = String::from_utf8_lossy(&sections).replace(".SH DESCRIPTION", &format!(".SS \"{name}\""));
    let text = text.replace(".SH SYNOPSIS", ".PP").replace(".SH OPTIONS", ".PP").replace(".SH EXTRA", ".PP");
    Ok(text.into_bytes())
}

fn print(bytes: &[u8]) -> Result<ExitCode, CommandError> {
    output::print(&String::from_utf8_lossy(bytes))?;
    Ok(ExitCode::SUCCESS)
}
