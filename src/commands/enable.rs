//! `tintinh enable`: writes portal files for catalogue entries.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::Cli;
use crate::cli::EnableArgs;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::catalogue::covering;
use crate::commands::common;
use crate::commands::output;
use crate::config::Catalogue;
use crate::config::Config;
use crate::config::Draft;
use crate::config::catalogue::Entry;
use crate::config::catalogue::KnownKind;
use crate::files;
use crate::model::portal::PortalId;
use crate::onboard::known;
use crate::text::count::counted;

/// Writes a file for each entry that has a known source and no portal yet.
///
/// # Errors
/// [`CommandError::Config`] if the configuration is or would become invalid, and then nothing is written; [`CommandError::Usage`] for ids and
/// provinces that are not in the catalogue. A named entry without a known source gives exit code 1.
pub fn run(cli: &Cli, args: &EnableArgs) -> Result<ExitCode, CommandError> {
    let dir = common::config_dir(cli);
    let overrides = common::overrides(cli);
    let config = Config::load_with(&dir, &overrides)?;
    let catalogue = Catalogue::load(&dir)?;
    let (mut drafts, mut told, mut without) = (Vec::new(), String::new(), Vec::new());
    // Writing into a string cannot fail.
    for entry in chosen(&catalogue, args)? {
        match plan(entry, &config, &dir) {
            Plan::Written(draft, sources) => {
                let _ = writeln!(told, "{}: {sources}", entry.id);
                drafts.push(draft);
            }
            Plan::Configured(how) => {
                let _ = writeln!(told, "{}: {how}", entry.id);
            }
            Plan::NoSource => without.push(entry),
        }
    }
    Config::load_with_drafts(&dir, &overrides, &drafts)?;
    if args.dry_run {
        for draft in &drafts {
            let _ = writeln!(told, "\n--- {}\n{}", draft.path.display(), draft.text);
        }
    } else {
        write(&drafts, &dir.join("portals"))?;
    }
    let named: BTreeSet<&str> = args.ids.iter().map(String::as_str).collect();
    let is_named = |entry: &&Entry| named.contains(entry.id.as_str());
    for entry in without.iter().copied().filter(is_named) {
        let _ = writeln!(told, "{}: {}", entry.id, advice(entry));
    }
    let others = without.iter().filter(|entry| !is_named(entry)).count();
    if others > 0 {
        let _ =
            writeln!(told, "{} without a known source left out", counted(others, "entry").replace("entrys", "entries"));
    }
    let verb = if args.dry_run { "would be written" } else { "written" };
    let _ = writeln!(told, "{} {verb} in {}", counted(drafts.len(), "file"), dir.join("portals").display());
    output::print(&told)?;
    Ok(if others < without.len() { ExitCode::from(EXIT_FAILED) } else { ExitCode::SUCCESS })
}

/// The entries that the command line selects, without duplicates.
fn chosen<'a>(catalogue: &'a Catalogue, args: &EnableArgs) -> Result<Vec<&'a Entry>, CommandError> {
    let mut chosen: Vec<&Entry> = Vec::new();
    for id in &args.ids {
        let found = PortalId::new(id).ok().and_then(|id| catalogue.get(&id));
        let entry = found.ok_or_else(|| unknown("entry", id, &catalogue.nearest(id)))?;
        if !chosen.contains(&entry) {
            chosen.push(entry);
        }
    }
    if let Some(province) = &args.province {
        let mut keys: Vec<&str> = catalogue.entries().iter().filter_map(|entry| entry.province.as_deref()).collect();
        keys.sort_unstable();
        keys.dedup();
        if !keys.contains(&province.as_str()) {
            let near: Vec<&str> = keys.into_iter().filter(|key| key.contains(province.as_str())).collect();
            return Err(unknown("province", province, &near));
        }
    }
    if args.all || args.province.is_some() || args.kind.is_some() {
        let is_of = |province: &String, entry: &Entry| known::is_of(entry, province, catalogue);
        let is_meant = |entry: &&Entry| {
            args.kind.is_none_or(|kind| kind == entry.kind)
                && args.province.as_ref().is_none_or(|province| is_of(province, entry))
        };
        let others = catalogue
            .entries()
            .iter()
            .filter(is_meant)
            .filter(|entry| !args.ids.iter().any(|id| id == entry.id.as_str()));
        chosen.extend(others);
    }
    Ok(chosen)
}

fn unknown(what: &str, name: &str, near: &[&str]) -> CommandError {
    let hint = if near.is_empty() {
        "see `tintinh catalogue`".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    CommandError::Usage(format!("the catalogue has no {what} `{name}`; {hint}"))
}

/// What happens to an entry.
enum Plan {
    /// Its file is to be written; the text counts its sources by kind.
    Written(Draft, String),
    /// A portal already has its host, or its file exists.
    Configured(String),
    NoSource,
}

fn plan(entry: &Entry, config: &Config, dir: &Path) -> Plan {
    let path = dir.join("portals").join(format!("{}.toml", entry.id));
    if let Some(portal) = covering(entry, config) {
        let id = &portal.outlet.portal;
        return Plan::Configured(if portal.enabled {
            format!("portal {id} covers {} already", entry.home.host())
        } else {
            format!("portal {id} is there and disabled: set enabled = true in its file")
        });
    }
    if path.exists() || config.portal(&entry.id).is_some() {
        return Plan::Configured("a file of this name is there, with other hosts".to_owned());
    }
    let choice = known::choose(entry);
    if choice.taken.is_empty() {
        return Plan::NoSource;
    }
    let draft = known::draft(entry, &choice.taken, &choice.left);
    let of_kind = |kind| choice.taken.iter().filter(|source| source.kind == kind).count();
    let kinds = KnownKind::WORDS.iter().filter(|(_, kind)| of_kind(*kind) > 0);
    let sources: Vec<String> = kinds.map(|(word, kind)| counted(of_kind(*kind), word)).collect();
    Plan::Written(Draft { id: entry.id.clone(), path, text: draft.to_toml() }, sources.join(", "))
}

/// Advice for an entry without a known source.
fn advice(entry: &Entry) -> String {
    match entry.sources.iter().find(|source| source.kind == KnownKind::Directory) {
        Some(directory) => format!("only a page that names feeds is known: tintinh add {}", directory.url),
        None => format!("no source is known: `tintinh add --catalogue {}` looks for one", entry.id),
    }
}

fn write(drafts: &[Draft], folder: &Path) -> Result<(), CommandError> {
    if drafts.is_empty() {
        return Ok(());
    }
    files::make_folders(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for draft in drafts {
        files::create(&draft.path, draft.text.as_bytes()).context("cannot write a portal's file")?;
    }
    Ok(())
}
