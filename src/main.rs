//! The binary: parse, run, print the error chain, exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tintinh::cli::Cli;
use tintinh::commands;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::execute(&cli) {
        Ok(code) => code,
        Err(error) => {
            if let Some(report) = error.report(std::io::stderr().is_terminal()) {
                eprintln!("{report}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}
