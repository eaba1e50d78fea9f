//! `tintinh check`: is the configuration right?

use std::io::IsTerminal;
use std::process::ExitCode;

use crate::cli::Cli;
use crate::commands::CommandError;
use crate::commands::EXIT_CONFIG;
use crate::commands::workshop;
use crate::config::Config;

/// Prints what the configuration holds, or all its errors.
///
/// # Errors
/// None of its own: a wrong configuration is printed, with exit code 2.
pub fn run(cli: &Cli) -> Result<ExitCode, CommandError> {
    let dir = workshop::config_dir(cli);
    match Config::load_with(&dir, &workshop::overrides(cli)) {
        Err(errors) => {
            eprint!("{}", errors.render(std::io::stderr().is_terminal()));
            Ok(ExitCode::from(EXIT_CONFIG))
        }
        Ok(config) => {
            for warning in &config.warnings {
                println!("warning: {warning}");
            }
            for portal in &config.portals {
                let state = if portal.enabled { "" } else { " (disabled)" };
                let sources: Vec<&str> = portal.sources.iter().map(|source| source.id.as_str()).collect();
                println!("{}{state}: {}; evidence: {}", portal.outlet.portal, sources.join(", "), portal.verified);
            }
            let enabled = config.portals.iter().filter(|portal| portal.enabled).count();
            println!(
                "{} is right: {} portals ({enabled} enabled), {} platforms",
                dir.display(),
                config.portals.len(),
                config.platforms.len()
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}
