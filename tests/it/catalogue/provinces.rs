//! The table of provinces → entries of their portals.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::entry::CodeRow;
use super::entry::EntryFile;

/// Families, by the selectors that public scrapers use for these hosts; nothing was fetched.
const FAMILIES: [(&str, &str); 14] = [
    ("bacgiang", "liferay-6"),
    ("bacninh", "bacninh-portlet"),
    ("cantho", "vnpt-portal"),
    ("caobang", "vnpt-portal"),
    ("danang", "liferay-6"),
    ("dienbien", "tandan"),
    ("gialai", "vhv"),
    ("hatinh", "hatinh-cms"),
    ("hoabinh", "liferay-7"),
    ("hungyen", "vhv"),
    ("khanhhoa", "webforms-khanhhoa"),
    ("ninhbinh", "vnpt-portal"),
    ("sonla", "vnpt-portal"),
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
pub(super) struct Provinces {
    units: Vec<Unit>,
}

#[derive(Deserialize)]
struct Unit {
    id: String,
    code: String,
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

/// The entries of the portals of the 63 by id, of which 34 go on.
pub(super) fn entries(provinces: &Provinces) -> BTreeMap<String, EntryFile> {
    let old = provinces.units.iter().filter(|unit| unit.successor.is_some());
    old.map(|unit| (unit.slug.clone(), entry_of(unit, provinces))).collect()
}

/// The keys of provinces, by the ids of their units.
pub(super) fn keys(provinces: &Provinces) -> BTreeMap<String, String> {
    provinces.units.iter().map(|unit| (unit.id.clone(), key_of(unit))).collect()
}

fn key_of(unit: &Unit) -> String {
    unit.name_ascii.to_lowercase().replace(" - ", "-").replace(' ', "-")
}

fn entry_of(old: &Unit, provinces: &Provinces) -> EntryFile {
    let heir = provinces.units.iter().find(|unit| Some(&unit.id) == old.successor.as_ref()).unwrap();
    let new = Some(heir).filter(|heir| heir.slug == old.slug);
    let family = FAMILIES.iter().find(|(slug, _)| *slug == old.slug).map(|(_, family)| (*family).to_owned());
    let succeeds = new.map_or_else(Vec::new, |new| {
        let units = provinces.units.iter().filter(|unit| new.predecessors.contains(&unit.id) && unit.slug != old.slug);
        units.map(|unit| unit.slug.clone()).collect()
    });
    let codes: Vec<CodeRow> = codes(old, new);
    let full = &codes.last().unwrap().name;
    let full = full.replacen("Tỉnh", "tỉnh", 1).replacen("Thành phố", "thành phố", 1);
    EntryFile {
        name: format!("Cổng Thông tin điện tử {full}"),
        province: Some(key_of(old)),
        hosts: hosts_of(old, new),
        evidence: evidence(old, family.is_some()),
        family,
        succeeds,
        succeeded_by: new.is_none().then(|| heir.slug.clone()),
        note: note(old),
        codes,
        ..EntryFile::default()
    }
}

/// The newest name first: the one that the province of today calls its own.
fn hosts_of(old: &Unit, new: Option<&Unit>) -> Vec<String> {
    let own = |host: &&Host| host.role.as_deref() == Some("own");
    let mut hosts: Vec<String> =
        new.iter().flat_map(|new| &new.hosts).filter(own).map(|host| host.name.clone()).collect();
    for host in &old.hosts {
        if !hosts.contains(&host.name) {
            hosts.push(host.name.clone());
        }
    }
    hosts
}

/// Codes with their days; a province that the merger did not touch keeps its row.
fn codes(old: &Unit, new: Option<&Unit>) -> Vec<CodeRow> {
    let former = |former: &Former| CodeRow {
        code: former.code.clone(),
        name: former.full_name.clone(),
        from: None,
        to: Some(former.valid_to.clone()),
    };
    let of_unit = |unit: &Unit, to: Option<String>| CodeRow {
        code: unit.code.clone(),
        name: unit.full_name.clone(),
        from: unit.valid_from.clone(),
        to,
    };
    let mut rows: Vec<CodeRow> = old.former_names.iter().map(former).collect();
    let goes_on = new.is_some_and(|new| new.unchanged);
    rows.push(of_unit(old, old.valid_to.clone().filter(|_| !goes_on)));
    rows.extend(new.filter(|_| !goes_on).map(|new| of_unit(new, new.valid_to.clone())));
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
