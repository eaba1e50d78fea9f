//! `tintinh check`: checks the configuration.

use std::fmt::Write;
use std::process::ExitCode;

use crate::cli::CheckArgs;
use crate::cli::Cli;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::live;
use crate::commands::output;
use crate::config::Catalogue;
use crate::config::Config;
use crate::daemon;
use crate::model::sink::SinkTarget;
use crate::text::count::counted;

/// Prints a summary of the configuration.
///
/// # Errors
/// [`CommandError::Config`] with all its errors.
pub fn run(cli: &Cli, args: &CheckArgs) -> Result<ExitCode, CommandError> {
    let dir = common::config_dir(cli);
    let (config, catalogue) = match (Config::load_with(&dir, &common::overrides(cli)), Catalogue::load(&dir)) {
        (Ok(config), Ok(catalogue)) => (config, catalogue),
        (Err(errors), Err(others)) => return Err(errors.and(others).into()),
        (Err(errors), _) | (_, Err(errors)) => return Err(errors.into()),
    };
    if args.live {
        return live::run(&config, &catalogue, args);
    }
    output::print_fitted(&summary(&config, &dir.display().to_string()))?;
    Ok(ExitCode::SUCCESS)
}

fn summary(config: &Config, dir: &str) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    for warning in &config.warnings {
        let _ = writeln!(text, "{}\n", warning.warning(false));
    }
    for portal in &config.portals {
        let state = if portal.enabled { "" } else { " (disabled)" };
        let sources: Vec<&str> = portal.sources.iter().map(|source| source.id.as_str()).collect();
        let evidence = if portal.verified.is_empty() { "none given" } else { &portal.verified };
        let _ = writeln!(text, "{}{state}: {}; evidence: {evidence}", portal.outlet.portal, sources.join(", "));
    }
    if let Some(absent) = daemon::attachments::absent(config) {
        let _ = writeln!(text, "warning: {absent}\n");
    }
    let enabled = config.portals.iter().filter(|portal| portal.enabled).count();
    let (portals, platforms) = (counted(config.portals.len(), "portal"), counted(config.platforms.len(), "platform"));
    let watches = match config.watches.len() {
        0 => String::new(),
        count => format!(", {count} {}", if count == 1 { "watch" } else { "watches" }),
    };
    let _ = writeln!(text, "{dir} is right: {portals} ({enabled} enabled), {platforms}{watches}");
    for sink in &config.sinks {
        let to = match &sink.target {
            SinkTarget::Webhook { destination, keys } => {
                format!("{}, signed by {}", destination.url, counted(keys.len(), "secret"))
            }
            SinkTarget::Command { command, .. } => command.join(" "),
        };
        let _ = writeln!(text, "sink {}: {} {to}", sink.id, sink.target.kind());
    }
    let _ = writeln!(text, "state in {}, records in {}", config.state_dir.display(), config.records_dir.display());
    text
}
