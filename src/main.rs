//! The binary: parses the arguments, runs the command, prints the error chain and sets the exit code.

use std::backtrace::Backtrace;
use std::backtrace::BacktraceStatus;
use std::process::ExitCode;

use clap::Parser;
use tintinh::cli::Cli;
use tintinh::commands;
use tintinh::commands::CommandError;
use tintinh::commands::output;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // The message may contain what the bug was about, which may come from a site.
        let trace = Backtrace::capture();
        let trace = if trace.status() == BacktraceStatus::Captured { trace.to_string() } else { String::new() };
        let thread = std::thread::current();
        output::warn(&format!("thread '{}' {panic}\n{trace}", thread.name().unwrap_or("<unnamed>")));
    }));
    let cli = Cli::parse();
    match commands::execute(&cli) {
        Ok(code) => code,
        Err(error) => {
            match (&error, error.report(output::is_error_terminal())) {
                (CommandError::Config(_), Some(report)) => output::warn_styled(&report),
                (_, Some(report)) => output::warn(&report),
                (_, None) => {}
            }
            ExitCode::from(error.exit_code())
        }
    }
}
