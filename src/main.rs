//! The binary: parse, run, print the error chain, exit code.

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
        // What a bug stumbled over stands in its message, and may be a site's.
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
