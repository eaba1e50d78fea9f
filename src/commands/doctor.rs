//! `tintinh doctor`: compares database, record files and outbox, and repairs them.

use std::fmt::Write;
use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use crate::cli::Cli;
use crate::cli::DoctorArgs;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::output;
use crate::config::Config;
use crate::doctor;
use crate::doctor::Finding;
use crate::doctor::Repaired;
use crate::text::count::counted;

/// Findings that are printed one by one; the others are counted.
const MOST_SHOWN: usize = 50;

/// Checks, and repairs if requested.
///
/// # Errors
/// [`CommandError::Store`] if the state is locked or cannot be read; exit code 1 if findings are left.
pub fn run(cli: &Cli, args: &DoctorArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    common::block_on(async {
        let (found, repaired) = examine(&config, args.repair).await.map_err(CommandError::Store)?;
        let left = match &repaired {
            Some((_, left)) => left,
            None => &found,
        };
        let text = if args.json { in_json } else { in_words }(&found, repaired.as_ref());
        output::json_or_words(args.json, &text)?;
        Ok(if left.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) })
    })
}

type RepairResult = (Repaired, Vec<Finding>);

/// The findings, and, after a repair, its result and the remaining findings.
async fn examine(config: &Config, repair: bool) -> anyhow::Result<(Vec<Finding>, Option<RepairResult>)> {
    let (state, records) = (&config.state_dir, &config.records_dir);
    if !state.exists() {
        anyhow::bail!("there is no state folder {} (see --state-dir)", state.display());
    }
    // Without the lock, a service may be running, so change nothing.
    let lock = common::lock(state);
    let is_alone = lock.is_ok();
    if repair {
        lock.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?;
    }
    let found = doctor::check(config.store_address(), records, is_alone).await?;
    if !repair || !found.iter().any(Finding::can_be_repaired) {
        return Ok((found, None));
    }
    let done = doctor::repair(config.store_address(), records, &found, Clock::System.now()).await?;
    let left = doctor::check(config.store_address(), records, true).await?;
    Ok((found, Some((done, left))))
}

fn in_words(found: &[Finding], repaired: Option<&RepairResult>) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    for finding in found.iter().take(MOST_SHOWN) {
        let _ = writeln!(text, "{finding}");
    }
    if found.len() > MOST_SHOWN {
        let _ = writeln!(text, "… and {} more; --json shows all", found.len() - MOST_SHOWN);
    }
    let Some((done, left)) = repaired else {
        let hint = if found.iter().any(Finding::can_be_repaired) {
            "\n`tintinh doctor --repair` repairs what it can, after a backup of everything that it changes"
        } else {
            ""
        };
        let _ = match found.len() {
            0 => writeln!(text, "all is well: database, record files and outbox agree"),

            many => writeln!(text, "{}{hint}", counted(many, "finding")),
        };
        return text;
    };
    let rows: u64 = done.salvaged.iter().map(|(_, rows)| rows).sum();
    if rows > 0 {
        let _ = writeln!(text, "made a new database with {} from the damaged one", counted(rows, "row"));
    }
    let _ = writeln!(
        text,
        "repaired: {} added from files, {} written again, {} removed\nbackups: {}",
        counted(done.adopted, "record"),
        done.rewritten,
        counted(done.lines_removed, "line"),
        done.backup.display()
    );
    for finding in left.iter().take(MOST_SHOWN) {
        let _ = writeln!(text, "left: {finding}");
    }
    let _ = match left.len() {
        0 => writeln!(text, "all is well now"),
        many => writeln!(text, "{} left", counted(many, "finding")),
    };
    text
}

fn in_json(found: &[Finding], repaired: Option<&RepairResult>) -> String {
    let all = |findings: &[Finding]| findings.iter().map(finding).collect::<Vec<Value>>();
    let mut value = json!({ "findings": all(found) });
    if let Some((done, left)) = repaired {
        value["repaired"] = json!({
            "backup": done.backup, "rows_salvaged": done.salvaged.iter().map(|(_, rows)| rows).sum::<u64>(),
            "records_adopted": done.adopted, "records_rewritten": done.rewritten, "lines_removed": done.lines_removed,
        });
        value["left"] = all(left).into();
    }
    format!("{value}\n")
}

fn finding(finding: &Finding) -> Value {
    let mut value = json!({ "kind": finding.name(), "message": finding.to_string() });
    if let Finding::NotInFiles(place)
    | Finding::NotInDatabase(place)
    | Finding::Twice(place)
    | Finding::NoRecord(place)
    | Finding::Torn(place)
    | Finding::Differs(place) = finding
    {
        if place.line > 0 {
            value["file"] = json!(place.path);
            value["line"] = json!(place.line);
        }
        if let Some((id, revision)) = &place.key {
            value["id"] = json!(id);
            value["revision"] = json!(revision);
        }
    }
    value
}
