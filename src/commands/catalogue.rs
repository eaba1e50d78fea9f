//! `tintinh catalogue`: the known portals, and which of them are configured.

use std::process::ExitCode;

use comfy_table::Table;
use serde_json::Value;
use serde_json::json;

use crate::cli::CatalogueArgs;
use crate::cli::Cli;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::config::Catalogue;
use crate::config::Config;
use crate::config::Portal;
use crate::config::catalogue::Entry;
use crate::text::vietnamese::fold_ascii;

/// Prints the entries that contain a text, or all.
///
/// # Errors
/// [`CommandError::Config`] if the configuration or its catalogue is wrong, [`CommandError::Usage`] if no entry contains the text.
pub fn run(cli: &Cli, args: &CatalogueArgs) -> Result<ExitCode, CommandError> {
    let config = common::config_or_shipped(cli)?;
    let catalogue = Catalogue::load(&common::config_dir(cli))?;
    let wanted = args.text.as_deref().map(fold_ascii);
    let holds = |entry: &&Entry| wanted.as_ref().is_none_or(|text| is_named(entry, text));
    let found: Vec<&Entry> = catalogue.entries().iter().filter(holds).collect();
    if let (true, Some(text)) = (found.is_empty(), &args.text) {
        let message = format!("no portal in the catalogue has `{text}` in its id, name, province, host or family");
        return Err(CommandError::Usage(message));
    }
    output::json_or_words(args.json, &if args.json { json_lines } else { table }(&found, &config))?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the names of an entry contain a folded text.
fn is_named(entry: &Entry, text: &str) -> bool {
    let codes = entry.codes.iter().flat_map(|code| [code.name.clone(), code.code.clone()]);
    let family = entry.family.iter().map(ToString::to_string);
    let named = [entry.id.to_string(), entry.name.clone(), entry.province.clone()];
    let mut all = named.into_iter().chain(codes).chain(family).chain(entry.hosts.iter().cloned());
    all.any(|name| fold_ascii(&name).contains(text))
}

/// The portal of the configuration that has one of the entry's hosts.
fn covering<'a>(entry: &Entry, config: &'a Config) -> Option<&'a Portal> {
    let names = |portal: &&Portal| entry.hosts.iter().any(|host| portal.scope.hosts.contains(host));
    config.portals.iter().filter(names).min_by_key(|portal| !portal.enabled)
}

fn table(entries: &[&Entry], config: &Config) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["id", "province", "home", "family", "portal"]);
    for entry in entries {
        let name = match &entry.succeeded_by {
            Some(heir) => format!("{} (now {heir})", entry.name),
            None => entry.name.clone(),
        };
        let portal = covering(entry, config).map_or_else(
            || "-".to_owned(),
            |portal| format!("{}{}", portal.outlet.portal, if portal.enabled { "" } else { " (disabled)" }),
        );
        let family = entry.family.as_ref().map_or("-", |family| family.as_str());
        table.add_row([entry.id.as_str(), &name, entry.home.as_str(), family, &portal]);
    }
    let lines: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let verified = entries.iter().filter(|entry| entry.verified).count();
    format!("{lines}{} known, {verified} verified on the live host\n", entries.len())
}

/// One JSON object per line for each entry.
fn json_lines(entries: &[&Entry], config: &Config) -> String {
    entries.iter().map(|entry| format!("{}\n", as_json(entry, covering(entry, config)))).collect()
}

fn as_json(entry: &Entry, portal: Option<&Portal>) -> Value {
    let codes: Vec<Value> = entry
        .codes
        .iter()
        .map(|code| json!({ "code": code.code, "name": code.name, "from": code.from, "to": code.to }))
        .collect();
    json!({
        "id": entry.id,
        "name": entry.name,
        "province": entry.province,
        "home": entry.home,
        "hosts": entry.hosts,
        "family": entry.family,
        "codes": codes,
        "succeeds": entry.succeeds,
        "succeeded_by": entry.succeeded_by,
        "verified": entry.verified,
        "evidence": entry.evidence,
        "note": entry.note,
        "portal": portal.map(|portal| &portal.outlet.portal),
        "enabled": portal.is_some_and(|portal| portal.enabled),
    })
}
