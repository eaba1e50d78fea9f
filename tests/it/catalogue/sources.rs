//! The table of sources → entries of newspapers, ministries and others, and sources of the portals of provinces.
//!
//! A row says that somebody used an address at some time. Rows that others contradict, that look made by a machine, or that name no source
//! are left out, and so are JSON lists: those of the table take two requests, or values that only a section's page knows.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use tintinh::model::portal::PortalId;
use tintinh::url::PageUrl;
use tintinh::url::without_www;

use super::entry::EntryFile;
use super::entry::SourceRow;
use super::names::section;

/// Statuses of rows that become sources, with the catalogue's word.
const STATUSES: [(&str, &str); 7] = [
    ("measured-ok", "measured"),
    ("linked-from-real-page", "linked"),
    ("directory-copied", "directory"),
    ("directory-seen", "linked"),
    ("in-robots.txt", "robots"),
    ("used-in-code", "code"),
    ("family-by-address", "address"),
];

/// Statuses of rows that are left out. A word in neither table is an error: somebody must decide.
const LEFT_OUT: [&str; 6] =
    ["pattern-suspect", "contradicted", "superseded", "measured-bad", "host-only", "article-address-only"];

const KINDS: [(&str, &str); 4] =
    [("feed", "feed"), ("sitemap", "sitemap"), ("listing", "listing"), ("feed-directory", "directory")];

/// Platforms by what the table's families begin with; the first that fits.
const FAMILIES: [(&str, &str); 21] = [
    ("VNPT Portal", "vnpt-portal"),
    ("VHV", "vhv"),
    ("VCCorp", "vccorp"),
    ("b-maincontent", "news-a"),
    ("zce (hemera)", "news-b"),
    ("yyyymm-hex (files", ""),
    ("yyyymm-hex?", ""),
    ("yyyymm-hex", "news-c"),
    ("newscontents (rss/cate); 2026 maybe", ""),
    ("newscontents", "news-d"),
    ("content-article", "news-e"),
    ("htm (baothanhhoa kind)", "news-f"),
    ("Liferay 6.2", "liferay-6"),
    ("Liferay 7", "liferay-7"),
    ("Liferay with the bacninh portlet", "bacninh-portlet"),
    ("SharePoint 2010", "sharepoint-2010"),
    ("WordPress", "wordpress"),
    ("Drupal", "drupal"),
    ("NukeViet", "nukeviet"),
    ("DNN", "dotnetnuke"),
    ("IBM WebSphere before", ""),
];

/// Hosts that spoke weak TLS when somebody asked them.
const WEAK_TLS: [&str; 5] = ["hungyen.gov.vn", "bacninh.gov.vn", "ninhbinh.gov.vn", "sonla.gov.vn", "moh.gov.vn"];

/// Hosts that moved, old to new: what is found of the old one leads to the entry of the new one.
const MOVED: [(&str, &str); 7] = [
    ("baobacgiang.vn", "baobacninhtv.vn"),
    ("baohaiphong.com.vn", "baohaiphong.vn"),
    ("baodongkhoi.com.vn", "dongkhoi.baovinhlong.vn"),
    ("baotravinh.vn", "travinh.baovinhlong.vn"),
    ("baobackan.com.vn", "bbk.baothainguyen.vn"),
    ("baosonla.org.vn", "baosonla.vn"),
    ("baodienbienphu.com.vn", "baodienbienphu.vn"),
];

#[derive(Deserialize)]
pub(super) struct Row {
    host: String,
    province_id: Option<String>,
    outlet: String,
    kind: String,
    source_kind: String,
    url: String,
    section: Option<String>,
    family: Option<String>,
    evidence: Vec<Evidence>,
    year_of_evidence: Option<i32>,
    status: String,
}

#[derive(Deserialize)]
struct Evidence {
    repo: String,
}

/// The rows of the table.
pub(super) fn rows(text: &str) -> Vec<Row> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Adds what the table of sources tells to the entries of provinces' portals. `provinces` has the keys of provinces by their units.
pub(super) fn add(rows: &[Row], provinces: &BTreeMap<String, String>, entries: &mut BTreeMap<String, EntryFile>) {
    let mut by_host: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows.iter().filter(|row| seen(row).is_some() && row.source_kind != "json") {
        by_host.entry(&row.host).or_default().push(row);
    }
    for (host, rows) in by_host {
        let bare = without_www(host);
        let is_own = |entry: &EntryFile| entry.hosts.iter().any(|own| without_www(own) == bare);
        let known = entries.iter().find(|(_, entry)| is_own(entry)).map(|(id, _)| id.clone());
        let id = known
            .unwrap_or_else(|| PortalId::of_site(&PageUrl::parse(&format!("https://{host}/")).unwrap()).to_string());
        let entry = entries.entry(id).or_insert_with(|| outlet(host, &rows, provinces));
        assert!(is_own(entry), "{host} would have the id of another outlet");
        fill(entry, bare, &rows);
    }
}

/// The catalogue's word for what a row rests on; none where it is left out.
fn seen(row: &Row) -> Option<&'static str> {
    let known = STATUSES.iter().find(|(status, _)| *status == row.status).map(|(_, word)| *word);
    assert!(known.is_some() || LEFT_OUT.contains(&row.status.as_str()), "decide what is made of `{}`", row.status);
    known
}

/// The entry of an outlet that is no province's portal.
fn outlet(host: &str, rows: &[&Row], provinces: &BTreeMap<String, String>) -> EntryFile {
    let first = rows[0];
    let moved = MOVED.iter().filter(|(_, new)| *new == host).map(|(old, _)| (*old).to_owned());
    let repos: BTreeSet<&str> = rows.iter().flat_map(|row| &row.evidence).map(|one| one.repo.as_str()).collect();
    let named = repos.iter().filter(|repo| is_named(repo)).count();
    let unnamed = if named < repos.len() { " and others" } else { "" };
    let repos = match named {
        0 => "public repositories".to_owned(),
        1 => format!("1 named public repository{unnamed}"),
        many => format!("{many} named public repositories{unnamed}"),
    };
    let scheme = if rows.iter().all(|row| row.url.starts_with("http:")) { "http" } else { "https" };
    EntryFile {
        name: first.outlet.replace("Cổng TTĐT", "Cổng Thông tin điện tử"),
        kind: Some(first.kind.clone()).filter(|kind| kind != "portal"),
        province: first.province_id.as_ref().map(|id| provinces[id].clone()),
        hosts: std::iter::once(host.to_owned()).chain(moved).collect(),
        home: Some(format!("{scheme}://{host}/")),
        evidence: format!("sources by {repos}; nothing was fetched"),
        ..EntryFile::default()
    }
}

fn fill(entry: &mut EntryFile, bare: &str, rows: &[&Row]) {
    for row in rows {
        let of_address = PageUrl::parse(&row.url).unwrap().host().to_owned();
        for host in [row.host.clone(), of_address] {
            if !entry.hosts.contains(&host) {
                entry.hosts.push(host);
            }
        }
    }
    if let Some(family) = family(rows) {
        entry.family = Some(family.to_owned());
    }
    if WEAK_TLS.contains(&bare) {
        entry.tls = Some("legacy");
    }
    let mut taken = BTreeSet::new();
    let known = rows.iter().filter(|row| taken.insert(row.url.as_str()));
    entry.sources.extend(known.map(|row| source(row)));
}

/// The family that most rows name; the newest evidence is that of the most rows here.
fn family(rows: &[&Row]) -> Option<&'static str> {
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for name in rows.iter().filter_map(|row| row.family.as_deref()) {
        let known = FAMILIES.iter().find(|(start, _)| name.starts_with(start));
        *counts.entry(known.map_or("", |(_, platform)| platform)).or_default() += 1;
    }
    counts
        .into_iter()
        .filter(|(platform, _)| !platform.is_empty())
        .max_by_key(|(_, count)| *count)
        .map(|(name, _)| name)
}

fn source(row: &Row) -> SourceRow {
    SourceRow {
        kind: KINDS.iter().find(|(kind, _)| *kind == row.source_kind).unwrap().1,
        url: row.url.clone(),
        section: row.section.as_deref().and_then(section),
        seen: seen(row).unwrap(),
        year: row.year_of_evidence,
        evidence: witnesses(row),
    }
}

/// Who says so: the repositories that have a name, and how many others.
fn witnesses(row: &Row) -> String {
    let named: BTreeSet<&str> =
        row.evidence.iter().map(|one| one.repo.as_str()).filter(|repo| is_named(repo)).collect();
    let others = row.evidence.iter().filter(|one| !is_named(&one.repo)).count();
    let others = match (others, named.is_empty()) {
        (0, _) => None,
        (1, true) => Some("a public repository".to_owned()),
        (many, true) => Some(format!("{many} public repositories")),
        (1, false) => Some("another".to_owned()),
        (many, false) => Some(format!("{many} others")),
    };
    let all: Vec<String> = named.into_iter().map(str::to_owned).chain(others).collect();
    all.join(", ")
}

fn is_named(repo: &str) -> bool {
    repo.contains('/')
}
