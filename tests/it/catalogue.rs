//! The catalogue of portals, made of the table of provinces, and the verb that shows it.
//!
//! `config/catalogue` is written by this test: `UPDATE_CATALOGUE=1 cargo test --test it catalogue`, where the table of provinces is there
//! (see `support::shared`). Without that variable the folder is held to the table.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use tintinh::config::Catalogue;
use tintinh::model::portal::PortalId;

use crate::support::shared;
use crate::world::World;
use crate::world::program;

/// The day on which 63 provinces became 34 (resolution 202/2025/QH15).
const MERGER: &str = "2025-07-01";

/// Families, by the selectors that public scrapers use for these hosts; nothing was fetched.
const FAMILIES: [(&str, &str); 14] = [
    ("bacgiang", "liferay-6"),
    ("bacninh", "bacninh-portlet"),
    ("cantho", "uiarticleinmenu"),
    ("caobang", "uiarticleinmenu"),
    ("danang", "liferay-6"),
    ("dienbien", "tandan"),
    ("gialai", "vhv"),
    ("hatinh", "hatinh-cms"),
    ("hoabinh", "liferay-7"),
    ("hungyen", "vhv"),
    ("khanhhoa", "webforms-khanhhoa"),
    ("ninhbinh", "uiarticleinmenu"),
    ("sonla", "uiarticleinmenu"),
    ("thainguyen", "liferay-6"),
];

/// What the table calls its witnesses by, and what a reader can make of it.
const WITNESSES: [(&str, &str); 11] = [
    ("SubdivisionsVietnam.swift", "a table of the 63 government sites (2022)"),
    ("JavaScript table old province", "a table of old and new provinces (2025)"),
    ("link list of quangninh", "the links of Quảng Ninh's portal"),
    ("hard-coded list", "a list in a collector of domains"),
    ("seed portal", "a public scraper"),
    ("family table", "public scrapers"),
    ("helper.py", "the date functions of a public scraper"),
    ("\"https://hue.gov.vn\"", "deep links into the portal with https (2022 to 2026)"),
    ("\"https://tphcm.gov.vn\"", "lists of links with https (2026)"),
    ("diepxuan", "a link of a public page"),
    ("stored pages", "stored pages of its districts (2019)"),
];

#[derive(Deserialize)]
struct Provinces {
    units: Vec<Unit>,
}

#[derive(Deserialize)]
struct Unit {
    id: String,
    code: String,
    name: String,
    name_ascii: String,
    full_name: String,
    slug: String,
    valid_from: Option<String>,
    valid_to: Option<String>,
    successor: Option<String>,
    #[serde(default)]
    predecessors: Vec<String>,
    #[serde(default)]
    unchanged: bool,
    #[serde(default)]
    former_names: Vec<Former>,
    hosts: Vec<Host>,
}

#[derive(Deserialize)]
struct Former {
    code: String,
    full_name: String,
    valid_to: String,
}

#[derive(Deserialize)]
struct Host {
    #[serde(rename = "host")]
    name: String,
    role: Option<String>,
    #[serde(default, rename = "host_evidence")]
    evidence: Vec<String>,
    note: Option<String>,
}

/// The files of the catalogue by id: one for the portal of each of the 63, of which 34 go on.
fn generated(provinces: &Provinces) -> BTreeMap<String, String> {
    let old = provinces.units.iter().filter(|unit| unit.successor.is_some());
    old.map(|unit| (unit.slug.clone(), file_of(unit, provinces))).collect()
}

fn file_of(old: &Unit, provinces: &Provinces) -> String {
    let heir = provinces.units.iter().find(|unit| Some(&unit.id) == old.successor.as_ref()).unwrap();
    let new = Some(heir).filter(|heir| heir.slug == old.slug);
    let mut text = "#:schema ../../schema/catalogue.json\n#\n# Made of a table of provinces by tests/it/catalogue.rs. Nothing was fetched; that \
                    the address begins with https is taken for granted.\n"
        .to_owned();
    let mut key = |key: &str, value: String| writeln!(text, "{key} = {value}").unwrap();
    key("name", quoted(&old.name));
    key("province", quoted(&old.name_ascii.to_lowercase().replace(" - ", "-").replace(' ', "-")));
    let hosts = hosts_of(old, new);
    key("home", quoted(&format!("https://{}/", hosts[0])));
    key("hosts", list(&hosts));
    let family = FAMILIES.iter().find(|(slug, _)| *slug == old.slug).map(|(_, family)| *family);
    if let Some(family) = family {
        key("family", quoted(family));
    }
    let succeeds: Vec<&str> = new.map_or_else(Vec::new, |new| {
        let units = provinces.units.iter().filter(|unit| new.predecessors.contains(&unit.id) && unit.slug != old.slug);
        units.map(|unit| unit.slug.as_str()).collect()
    });
    if !succeeds.is_empty() {
        key("succeeds", list(&succeeds));
    }
    if new.is_none() {
        key("succeeded_by", quoted(&heir.slug));
    }
    key("verified", "false".to_owned());
    key("evidence", quoted(&evidence(old, family.is_some())));
    if let Some(note) = note(old) {
        key("note", quoted(&note));
    }
    for (code, name, from, to) in codes(old, new) {
        write!(text, "\n[[code]]\ncode = {}\nname = {}\n", quoted(code), quoted(name)).unwrap();
        for (key, day) in [("from", from), ("to", to)] {
            if let Some(day) = day {
                writeln!(text, "{key} = {day}").unwrap();
            }
        }
    }
    text
}

/// The newest name first: the one that the province of today calls its own.
fn hosts_of<'a>(old: &'a Unit, new: Option<&'a Unit>) -> Vec<&'a str> {
    let own = |host: &&Host| host.role.as_deref() == Some("own");
    let mut hosts: Vec<&str> =
        new.iter().flat_map(|new| &new.hosts).filter(own).map(|host| host.name.as_str()).collect();
    hosts.extend(
        old.hosts.iter().map(|host| host.name.as_str()).filter(|host| !hosts.contains(host)).collect::<Vec<_>>(),
    );
    hosts
}

type Row<'a> = (&'a str, &'a str, Option<&'a str>, Option<&'a str>);

/// Codes with their days; a province that the merger did not touch keeps its row.
fn codes<'a>(old: &'a Unit, new: Option<&'a Unit>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'_>> = old
        .former_names
        .iter()
        .map(|former| (former.code.as_str(), former.full_name.as_str(), None, Some(former.valid_to.as_str())))
        .collect();
    let goes_on = new.is_some_and(|new| new.unchanged);
    let to = old.valid_to.as_deref().filter(|_| !goes_on);
    rows.push((&old.code, &old.full_name, old.valid_from.as_deref(), to));
    if let Some(new) = new.filter(|_| !goes_on) {
        rows.push((&new.code, &new.full_name, new.valid_from.as_deref(), new.valid_to.as_deref()));
    }
    rows
}

fn evidence(old: &Unit, family: bool) -> String {
    let mut said: Vec<String> = Vec::new();
    for host in &old.hosts {
        let witness = |evidence: &String| {
            let found = WITNESSES.iter().find(|(known, _)| evidence.contains(known));
            found.unwrap_or_else(|| panic!("say in WITNESSES what this is: {evidence}")).1
        };
        let witnesses: Vec<&str> = host.evidence.iter().map(witness).collect();
        said.push(format!("{} by {}", host.name, witnesses.join(", ")));
    }
    if family {
        said.push("the family by selectors of public scrapers".to_owned());
    }
    format!("{}; nothing was fetched", said.join("; "))
}

/// Numbers of a search are of no use to a reader.
fn note(old: &Unit) -> Option<String> {
    let of_host = |host: &Host| {
        let note = host.note.as_ref()?.split("; id ").next()?;
        Some(format!("{}: {note}", host.name))
    };
    let notes: Vec<String> = old.hosts.iter().filter_map(of_host).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(texts: &[&str]) -> String {
    toml::Value::from(texts.to_vec()).to_string()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/catalogue")
}

#[test]
fn the_catalogue_is_what_the_table_of_provinces_gives() {
    let Some(path) = shared("domain/tables/provinces.json") else { return };
    let files = generated(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap());
    if std::env::var_os("UPDATE_CATALOGUE").is_some() {
        fs::create_dir_all(folder()).unwrap();
        for (id, text) in &files {
            fs::write(folder().join(format!("{id}.toml")), text).unwrap();
        }
    }
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let there: BTreeMap<String, String> = entries
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    assert_eq!(there, files, "run the tests with UPDATE_CATALOGUE=1");
}

/// What holds of the country, whatever the table says.
#[test]
fn thirty_four_provinces_succeed_sixty_three() {
    let catalogue = Catalogue::shipped();
    let (day_before, day) = ("2025-06-30".parse().unwrap(), MERGER.parse().unwrap());
    let on = |day| {
        let codes = catalogue.entries().iter().flat_map(|entry| &entry.codes).filter(|code| code.holds(day));
        let mut codes: Vec<&str> = codes.map(|code| code.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes.len()
    };
    assert_eq!((on(day_before), on(day)), (63, 34));
    let heirs = catalogue.entries().iter().filter(|entry| entry.succeeded_by.is_none()).count();
    assert_eq!((catalogue.entries().len(), heirs), (63, 34));
    let entry = |id: &str| catalogue.get(&PortalId::new(id).unwrap()).unwrap();
    assert_eq!(entry("vinhphuc").succeeded_by, Some(PortalId::new("phutho").unwrap()));
    assert_eq!(entry("phutho").succeeds.len(), 2);
    let code = |id: &str, day| entry(id).codes.iter().find(|code| code.holds(day)).map(|code| code.code.as_str());
    assert_eq!((code("yenbai", day_before), code("yenbai", day), code("laocai", day)), (Some("15"), None, Some("15")));
    assert!(catalogue.entries().iter().all(|entry| !entry.verified && !entry.evidence.is_empty()));
}

#[tokio::test]
async fn entries_are_found_by_any_of_their_names() {
    let world = World::new().await;
    world.only(&["demo-vinhphuc"]);
    fs::copy(folder().join("../portals/dienbien.toml"), world.config("portals/dienbien.toml")).unwrap();
    let shown = |out: String| {
        let rows = out.lines().skip(1).filter_map(|line| line.split_whitespace().next().map(str::to_owned));
        rows.filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-')).collect::<Vec<_>>()
    };
    for (text, expect) in [
        ("phú thọ", vec!["phutho"]),
        ("ĐIỆN BIÊN", vec!["dienbien"]),
        ("baria", vec!["baria-vungtau"]),
        ("vhv", vec!["gialai", "hungyen"]),
        ("26", vec!["vinhphuc"]),
        ("thuathienhue", vec!["hue"]),
    ] {
        assert_eq!(shown(world.run_well(&["catalogue", text]).await), expect, "{text}");
    }
    let all = world.run_well(&["catalogue"]).await;
    assert!(all.ends_with("63 known, 0 verified on the live host\n"), "{all}");
    let row = all.lines().find(|line| line.trim_start().starts_with("dienbien")).unwrap();
    assert!(row.contains("https://dienbien.gov.vn/") && row.ends_with("dienbien (disabled)"), "{row}");
    let line = world.run_well(&["catalogue", "--json", "hòa bình"]).await;
    let json: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
    assert_eq!(
        (&json["succeeded_by"], &json["codes"][0]["to"], &json["portal"]),
        (&"phutho".into(), &MERGER.into(), &serde_json::Value::Null)
    );
    assert_eq!(world.run(&["catalogue", "atlantis"]).await.code, Some(2));
}

/// A catalogue beside the configuration is checked with it, and takes the place of what is shipped.
#[tokio::test]
async fn a_catalogue_of_ones_own_is_checked() {
    let world = World::new().await;
    fs::create_dir(world.config("catalogue")).unwrap();
    let path = world.config("catalogue/hoabinh.toml");
    let good =
        fs::read_to_string(folder().join("hoabinh.toml")).unwrap().replace("verified = false", "verified = true");
    fs::write(&path, &good).unwrap();
    world.run_well(&["check"]).await;
    assert!(world.run_well(&["catalogue"]).await.ends_with("63 known, 1 verified on the live host\n"));
    for (from, to, message) in [
        ("verified", "verifed", "unknown key `verifed`"),
        ("\"phutho\"", "\"phuto\"", "there is no entry `phuto`"),
        ("\"phutho\"", "\"laocai\"", "laocai does not say that it succeeds hoabinh"),
        ("liferay-7", "liferay", "there is no family `liferay`"),
        ("\"17\"", "\"7\"", "`7` is no province's code"),
        ("to = 2025", "from = 2030-01-01\nto = 2025", "this code ends on 2025-07-01, before it begins"),
        ("[\"hoabinh.gov.vn\"]", "[\"phutho.gov.vn\"]", "`hoabinh.gov.vn` is none of `hosts`"),
        ("hosts = [", "hosts = [\"phutho.gov.vn\", ", "`phutho.gov.vn` is a host of"),
    ] {
        assert!(good.contains(from), "{from}");
        fs::write(&path, good.replacen(from, to, 1)).unwrap();
        let done = world.run(&["check"]).await;
        assert_eq!(done.code, Some(2), "{message}: {done:#?}");
        assert!(done.err.contains(message) && done.err.contains("help:"), "{message}\n{}", done.err);
    }
    assert!(program(&["catalogue", "hue"]).output().await.unwrap().status.success(), "no configuration is needed");
}
