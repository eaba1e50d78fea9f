//! Every portal that is shipped has recorded pages, written by us with the markup of its family, and what must be read off them:
//! `article.html` at `article.url` gives `record.json`, the first source's `list.*` gives `links.jsonl`, and where that list carries whole
//! articles, its first link gives `list-record.json`.
//!
//! A record must have all that its golden one has; what a golden record leaves out is not compared.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use bytes::Bytes;
use serde_json::Value;
use tintinh::commands::extract;
use tintinh::commands::link_lines::json_lines;
use tintinh::commands::links::How;
use tintinh::commands::links::links_of;
use tintinh::config::Config;
use tintinh::config::Portal;
use tintinh::model::link::Link;
use tintinh::model::portal::ScopeDecision;
use tintinh::model::record::Record;
use tintinh::reading;
use tintinh::reading::Input;
use tintinh::reading::saved;
use tintinh::url::PageUrl;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn folder_of(portal: &Portal) -> PathBuf {
    root().join("tests/portals").join(portal.outlet.portal.as_str())
}

fn shipped() -> Config {
    Config::load(&root().join("config")).unwrap_or_else(|errors| panic!("{errors}"))
}

fn read(config: &Config, portal: &Portal, link: &Link, body: Vec<u8>) -> Record {
    let page = saved::page(link.url.clone(), body, "2025-12-01T00:00:00Z".parse().unwrap());
    reading::read(Input::new(link, &page), &config.page_rules(portal))
        .record
        .unwrap_or_else(|rejection| panic!("{}: {rejection}", link.url))
}

/// Where a record differs from the golden one.
fn differences(record: &Record, golden: &Path) -> Vec<String> {
    let wanted: Value = serde_json::from_slice(&fs::read(golden).unwrap()).unwrap();
    let found = serde_json::to_value(record).unwrap();
    let fields = wanted.as_object().unwrap();
    assert!(fields.len() > 10, "{} says too little", golden.display());
    let differing = fields
        .iter()
        .filter(|(name, value)| found.get(name) != Some(value) && !(value.is_null() && found.get(name).is_none()));
    differing
        .map(|(name, value)| {
            let found = found.get(name).unwrap_or(&Value::Null);
            format!("{} {name}:\n  found  {found}\n  wanted {value}", golden.display())
        })
        .collect()
}

#[test]
fn every_portal_has_a_recorded_article_that_is_read_as_written() {
    let config = shipped();
    let mut wrong = Vec::new();
    for portal in &config.portals {
        let folder = folder_of(portal);
        let url = fs::read_to_string(folder.join("article.url"))
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let url = PageUrl::parse(url.trim()).unwrap();
        assert_eq!(portal.scope.admits(&url), ScopeDecision::Admitted, "{url}");
        let record = read(&config, portal, &saved::link_to(&url), fs::read(folder.join("article.html")).unwrap());
        wrong.extend(differences(&record, &folder.join("record.json")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A visit reads a page by its portal's rules; `tintinh extract` finds the portal by its name or by the page's address.
#[test]
fn a_page_has_one_id_whichever_verb_reads_it() {
    let config = shipped();
    for portal in &config.portals {
        let folder = folder_of(portal);
        let url = PageUrl::parse(fs::read_to_string(folder.join("article.url")).unwrap().trim()).unwrap();
        let (link, body) = (saved::link_to(&url), fs::read(folder.join("article.html")).unwrap());
        let visited = read(&config, portal, &link, body.clone()).id;
        let page = saved::page(url, body, "2025-12-01T00:00:00Z".parse().unwrap());
        for (named, generic) in [(Some(portal), false), (None, false), (None, true)] {
            let read = extract::read_saved(&config, named, generic, Input::new(&link, &page)).unwrap();
            assert_eq!(read.record.unwrap().id, visited, "{} {generic}", page.url);
        }
    }
}

#[test]
fn every_portal_has_a_recorded_list_whose_links_are_found() {
    let config = shipped();
    for portal in &config.portals {
        let folder = folder_of(portal);
        let source = &portal.sources[0];
        let name = if folder.join("list.json").exists() { "list.json" } else { "list.html" };
        let body = Bytes::from(fs::read(folder.join(name)).unwrap());
        let step = source.first_step();
        let mut found = links_of(&body, None, &step.request.url, How::Source(source), &config.platforms);
        found.links.retain(|link| portal.scope.admits(&link.url) == ScopeDecision::Admitted);
        let wanted = fs::read_to_string(folder.join("links.jsonl")).unwrap();
        assert_eq!(json_lines(&found.links), wanted, "{}", folder.display());
        if let Some(html) =
            found.links[0].hints.content_html.clone().filter(|_| found.links[0].hints.content_is_article)
        {
            let record = read(&config, portal, &found.links[0], html.into_bytes());
            let wrong = differences(&record, &folder.join("list-record.json"));
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        }
    }
}

#[test]
fn no_recording_is_left_of_a_portal_that_is_gone() {
    let known: Vec<String> = shipped().portals.iter().map(|portal| portal.outlet.portal.to_string()).collect();
    for entry in fs::read_dir(root().join("tests/portals")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "tests/portals/{name} has no portal in config/portals");
    }
}
