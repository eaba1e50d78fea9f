//! The binary: parse, run, print the error chain, exit code.

use std::process::ExitCode;

use clap::Parser;
use tintinh::cli::Cli;
use tintinh::commands;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::execute(&cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
