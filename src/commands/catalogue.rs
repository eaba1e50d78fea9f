//! `tintinh catalogue`: the known outlets, their sources, and which of them are configured.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::ExitCode;

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
use crate::config::catalogue::KnownKind;
use crate::model::portal::PlatformId;
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
        let message = format!("nothing in the catalogue has `{text}` in its id, name, kind, province, host or family");
        return Err(CommandError::Usage(message));
    }
    let text = if args.json { json_lines(&found, &config) } else { table(&found, &catalogue, &config, args.wide) };
    output::json_or_words(args.json, &text)?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the names of an entry contain a folded text.
fn is_named(entry: &Entry, text: &str) -> bool {
    let codes = entry.codes.iter().flat_map(|code| [code.name.as_str(), code.code.as_str()]);
    let named = [entry.id.as_str(), entry.name.as_str(), entry.kind.as_str()].into_iter();
    let family = entry.family.iter().map(PlatformId::as_str);
    let others = entry.province.iter().chain(&entry.hosts).map(String::as_str);
    named.chain(codes).chain(family).chain(others).any(|name| fold_ascii(name).contains(text))
}

/// The portal of the configuration that has one of the entry's hosts.
pub(super) fn covering<'a>(entry: &Entry, config: &'a Config) -> Option<&'a Portal> {
    let names = |portal: &&Portal| entry.hosts.iter().any(|host| portal.scope.hosts.contains(host));
    config.portals.iter().filter(names).min_by_key(|portal| !portal.enabled)
}

/// Entries by province; nationwide ones come last.
fn table(entries: &[&Entry], catalogue: &Catalogue, config: &Config, wide: bool) -> String {
    let mut groups: BTreeMap<(bool, String), Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        let heading = entry.province.as_deref().map(|province| heading(province, catalogue));
        let place = heading.unwrap_or_else(|| "The whole country".to_owned());
        groups.entry((entry.province.is_none(), place)).or_default().push(entry);
    }
    let mut text = String::new();
    // Writing into a string cannot fail.
    for ((_, place), entries) in groups {
        let _ = writeln!(text, "{place}");
        for entry in entries {
            text.push_str(&line(entry, covering(entry, config), wide));
        }
    }
    let verified = entries.iter().filter(|entry| entry.verified).count();
    let _ = writeln!(text, "\nf feed, s sitemap, l list, d directory of feeds; * visited, - disabled");
    let _ = writeln!(text, "{} known, {verified} verified on the live host", entries.len());
    text
}

/// A province's name, and the province it is part of today.
fn heading(province: &str, catalogue: &Catalogue) -> String {
    let (name, today) = (catalogue.province_name(province), catalogue.province_today(province));
    if today == province { name.to_owned() } else { format!("{name} (now {})", catalogue.province_name(today)) }
}

/// Column widths in characters, without the spaces between them. Together they make a line of 80.
const ID: usize = 20;
const NAME: usize = 19;
const KIND: usize = 11;
const SOURCES: usize = 10;

/// An entry's line. Long names are cut to fit a terminal unless `wide` is set.
fn line(entry: &Entry, portal: Option<&Portal>, wide: bool) -> String {
    let mark = portal.map_or(" ", |portal| if portal.enabled { "*" } else { "-" });
    let id = entry.id.as_str();
    let name = short(&entry.name);
    // A long id takes space from the name, because other commands take the id.
    let room = (ID + NAME).saturating_sub(id.chars().count().max(ID));
    let name = if wide { name } else { cut(&name, room) };
    let room = if wide { NAME + 24 } else { room };
    let (counts, seen) = (counts(entry), best(entry));
    let mut line = format!("{mark} {id:<ID$} {name:<room$} {:<KIND$} {counts:<SOURCES$} {seen}", entry.kind.as_str());
    if wide {
        let family = entry.family.as_ref().map_or("-", PlatformId::as_str);
        let portal = portal.map_or("-", |portal| portal.outlet.portal.as_str());
        line = format!("{line:<116} {family:<16} {portal:<20} {}", entry.home);
    }
    format!("{}\n", line.trim_end())
}

/// A portal's name shortened to its column. The province is in the heading above.
fn short(name: &str) -> String {
    let shortened = |long: &str| Some(format!("Cổng TTĐT {}", name.strip_prefix(long)?));
    let long = ["Cổng Thông tin điện tử tỉnh ", "Cổng Thông tin điện tử thành phố ", "Cổng Thông tin điện tử "];
    long.into_iter().find_map(shortened).unwrap_or_else(|| name.to_owned())
}

fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The number of sources of each kind: `3f 12l`.
fn counts(entry: &Entry) -> String {
    let of_kind = |kind| entry.sources.iter().filter(|source| source.kind == kind).count();
    let counts = KnownKind::WORDS.iter().map(|(word, kind)| (word.get(..1).unwrap_or_default(), of_kind(*kind)));
    let shown: Vec<String> =
        counts.filter(|(_, number)| *number > 0).map(|(letter, number)| format!("{number}{letter}")).collect();
    if shown.is_empty() { "-".to_owned() } else { shown.join(" ") }
}

/// The best evidence for a source, and the newest year: `code 2026`.
fn best(entry: &Entry) -> String {
    let seen = entry.sources.iter().map(|source| source.seen).min();
    let year = entry.sources.iter().filter_map(|source| source.year).max();
    let words = [seen.map(|seen| seen.as_str().to_owned()), year.map(|year| year.to_string())];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// One JSON object per line, one for each entry.
fn json_lines(entries: &[&Entry], config: &Config) -> String {
    entries.iter().map(|entry| format!("{}\n", as_json(entry, covering(entry, config)))).collect()
}

fn as_json(entry: &Entry, portal: Option<&Portal>) -> Value {
    let codes: Vec<Value> = entry
        .codes
        .iter()
        .map(|code| json!({ "code": code.code, "name": code.name, "from": code.from, "to": code.to }))
        .collect();
    let sources: Vec<Value> = entry
        .sources
        .iter()
        .map(|source| {
            json!({
                "kind": source.kind.as_str(),
                "url": source.url,
                "section": source.section,
                "seen": source.seen.as_str(),
                "year": source.year,
                "evidence": source.evidence,
            })
        })
        .collect();
    json!({
        "id": entry.id,
        "name": entry.name,
        "kind": entry.kind.as_str(),
        "province": entry.province,
        "home": entry.home,
        "hosts": entry.hosts,
        "family": entry.family,
        "tls": entry.tls,
        "codes": codes,
        "succeeds": entry.succeeds,
        "succeeded_by": entry.succeeded_by,
        "verified": entry.verified,
        "evidence": entry.evidence,
        "note": entry.note,
        "sources": sources,
        "portal": portal.map(|portal| &portal.outlet.portal),
        "enabled": portal.is_some_and(|portal| portal.enabled),
    })
}
