//! docs/rules.md, run: every file in it is read from the page, and must give the links and the records that stand behind it.
//!
//! A fenced block is a file where its info string names one: `html nukeviet/article.html https://…`. `portal.toml` is the folder's portal,
//! `list.*` the first page of its first source and `links.jsonl` what it gives; any other `x.html` gives `x.json`. A block of TOML without
//! a name is a part of a portal's file.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use serde_json::Value;
use tintinh::commands::extract;
use tintinh::commands::link_lines::json_lines;
use tintinh::commands::links::How;
use tintinh::commands::links::links_of;
use tintinh::config::Config;
use tintinh::config::Portal;
use tintinh::discover::Reader;
use tintinh::discover::Source;
use tintinh::discover::listing::ListingRules;
use tintinh::html::charset;
use tintinh::html::charset::Markup;
use tintinh::html::tree;
use tintinh::model::portal::PlatformId;
use tintinh::model::portal::ScopeDecision;
use tintinh::model::record::Record;
use tintinh::reading;
use tintinh::reading::Input;
use tintinh::reading::saved;
use tintinh::url::PageUrl;

use crate::world::end_of;
use crate::world::program;

const PAGE: &str = include_str!("../../docs/rules.md");

/// A file of the page.
struct Block {
    url: Option<PageUrl>,
    text: String,
}

/// The files by folder and name, and the parts of portals' files that have no name.
fn files() -> (BTreeMap<String, BTreeMap<String, Block>>, Vec<String>) {
    let (mut folders, mut parts) = (BTreeMap::<String, BTreeMap<String, Block>>::new(), Vec::new());
    for part in PAGE.split("\n```").skip(1).step_by(2) {
        let (info, text) = part.split_once('\n').unwrap();
        let words: Vec<&str> = info.split(' ').collect();
        match words.get(1).and_then(|name| name.split_once('/')) {
            Some((folder, name)) => {
                let url = words.get(2).map(|url| PageUrl::parse(url).unwrap());
                let block = Block { url, text: text.to_owned() };
                let earlier = folders.entry(folder.to_owned()).or_default().insert(name.to_owned(), block);
                assert!(earlier.is_none(), "two blocks are {folder}/{name}");
            }
            None if words == ["toml"] => parts.push(text.to_owned()),
            None => panic!("what is this block? {info}"),
        }
    }
    (folders, parts)
}

/// The shipped platforms, and a portal with this file.
fn configured(id: &str, text: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("portals")).unwrap();
    fs::write(folder.path().join("tintinh.toml"), "").unwrap();
    fs::write(folder.path().join(format!("portals/{id}.toml")), text).unwrap();
    Config::load(folder.path()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The links of a list within the portal's scope, as `tintinh links` prints them.
fn links(config: &Config, portal: &Portal, source: &Source, list: &Block) -> Vec<Value> {
    let url = list.url.as_ref().unwrap();
    let body = Bytes::from(list.text.clone());
    let mut found = links_of(&body, None, url, How::Source(source), &config.platforms);
    found.links.retain(|link| portal.scope.admits(&link.url) == ScopeDecision::Admitted);
    lines(&json_lines(&found.links))
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn record(config: &Config, page: &Block) -> Record {
    let portal = &config.portals[0];
    let url = page.url.clone().unwrap();
    let saved = saved::page(url.clone(), page.text.clone().into_bytes(), "2026-01-01T00:00:00Z".parse().unwrap());
    let read = reading::read(Input::new(&saved::link_to(&url), &saved), &config.page_rules(portal));
    read.record.unwrap_or_else(|rejection| panic!("{url}: {rejection}"))
}

/// What is shown of a record is true; `null` says that the field stays away.
#[track_caller]
fn check_record(record: &Record, shown: &Block, what: &str) {
    let found = serde_json::to_value(record).unwrap();
    let shown: Value = serde_json::from_str(&shown.text).unwrap();
    for (field, value) in shown.as_object().unwrap() {
        assert_eq!(found.get(field).unwrap_or(&Value::Null), value, "{what}: {field}");
    }
}

#[test]
fn every_example_gives_what_stands_behind_it() {
    let (folders, _) = files();
    let mut records = 0;
    for (id, files) in &folders {
        let config = configured(id, &files["portal.toml"].text);
        let portal = &config.portals[0];
        if let Some(list) = files.get("list.html").or(files.get("list.json")) {
            let source = &portal.sources[0];
            assert_eq!(Some(&source.first_step().request.url), list.url.as_ref(), "{id}");
            assert_eq!(links(&config, portal, source, list), lines(&files["links.jsonl"].text), "{id}");
        }
        for (name, page) in files
            .iter()
            .filter(|(name, _)| name.split_once('.').is_some_and(|(_, end)| end == "html") && *name != "list.html")
        {
            let shown = &files[&name.replace(".html", ".json")];
            let record = record(&config, page);
            check_record(&record, shown, &format!("{id}/{name}"));
            let by_rule = |field: &str| record.extraction.origins.get(field).cloned().unwrap_or_default();
            for field in ["title", "content_text"] {
                assert!(
                    by_rule(field).contains(&format!("portal {id}")),
                    "{id}/{name} {field}: {:?}",
                    record.extraction
                );
            }
            records += 1;
        }
    }
    assert_eq!(records, folders.len() + 1, "one example has two pages");
}

/// The rules that are shipped do the same as those that the page writes out, and the family is recognized.
#[test]
fn the_family_alone_gives_the_same() {
    let (folders, _) = files();
    let shipped = Config::shipped();
    let families: BTreeSet<String> = shipped.platforms.iter().map(|platform| platform.id.to_string()).collect();
    let shown: BTreeSet<String> = folders.keys().filter(|id| *id != "redesign").cloned().collect();
    assert_eq!(shown, families, "an example for each family");
    for id in &families {
        let files = &folders[id];
        let platform = shipped.platform(&PlatformId::new(id).unwrap()).unwrap();
        let page = &files["article.html"];
        let decoded = charset::decode(page.text.as_bytes(), None, Markup::Html);
        let tree = tree::parse(&decoded.text);
        assert_eq!(shipped.detect(tree.html.root_element()).map(|found| &found.id), Some(&platform.id));

        let mut config = configured(id, &files["portal.toml"].text);
        assert_eq!(config.portals[0].platform.as_ref(), Some(&platform.id));
        config.portals[0].rules.clear();
        check_record(&record(&config, page), &files["article.json"], &format!("platform {id}"));
        let Some(list) = files.get("list.html").filter(|_| selects(platform.listing.as_ref())) else { continue };
        let rules = platform.listing_at(list.url.as_ref().unwrap()).unwrap();
        let source = Source { reader: Reader::Listing(Box::new(rules)), ..config.portals[0].sources[0].clone() };
        assert_eq!(links(&config, &config.portals[0], &source, list), lines(&files["links.jsonl"].text), "{id}");
    }
}

/// A visit and `tintinh extract` give a page one id: where the portal has a file, and where only its family is told by the markup.
#[test]
fn a_page_has_one_id_whichever_verb_reads_it() {
    let (folders, _) = files();
    let shipped = Config::shipped();
    let mut pages = 0;
    for (id, files) in &folders {
        let mut config = configured(id, &files["portal.toml"].text);
        let of_article =
            |name: &str| Path::new(name).extension().is_some_and(|end| end == "html") && name != "list.html";
        for (name, page) in files.iter().filter(|(name, _)| of_article(name)) {
            let url = page.url.clone().unwrap();
            let saved =
                saved::page(url.clone(), page.text.clone().into_bytes(), "2026-01-01T00:00:00Z".parse().unwrap());
            let link = saved::link_to(&url);
            let extracted = |config: &Config| {
                let read = extract::read_saved(config, None, false, Input::new(&link, &saved)).unwrap();
                read.record.unwrap_or_else(|rejection| panic!("{id}/{name}: {rejection}")).id
            };
            assert_eq!(extracted(&config), record(&config, page).id, "{id}/{name}");
            config.portals[0].identity = None;
            assert_eq!(extracted(&shipped), record(&config, page).id, "{id}/{name}, without a portal's file");
            pages += 1;
        }
    }
    assert!(pages > folders.len(), "{pages}");
}

/// Whether a family's list rules say where the items are; others only say how a list goes on.
fn selects(rules: Option<&ListingRules>) -> bool {
    rules.is_some_and(|rules| !rules.item.is_empty() || !rules.link.is_empty())
}

#[test]
fn every_part_of_a_file_is_right() {
    let (_, parts) = files();
    assert!(parts.len() >= 5, "{parts:#?}");
    for part in parts {
        let enabled = part.contains("[[source]]");
        let head = format!("name = \"Tỉnh Mẫu\"\nhome = \"https://tinh.example/\"\nenabled = {enabled}\n");
        configured("tinh", &format!("{head}{part}"));
    }
}

/// The commands of the table, with an example in the place of their capitals; the one that asks a live portal is left aside.
#[tokio::test]
async fn the_commands_for_trying_work() {
    let (folders, _) = files();
    let files = &folders["nukeviet"];
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    fs::create_dir_all(config.join("portals")).unwrap();
    fs::write(config.join("tintinh.toml"), "").unwrap();
    fs::write(config.join("portals/nukeviet.toml"), &files["portal.toml"].text).unwrap();
    for name in ["list.html", "article.html"] {
        fs::write(folder.path().join(name), &files[name].text).unwrap();
    }
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `tintinh ")?.split('`').next());
    let commands: Vec<&str> = rows.filter(|command| !command.starts_with("fetch ")).collect();
    assert!(commands.len() >= 7, "{commands:?}");
    for command in commands {
        let page = if command.contains("list.html") { "list.html" } else { "article.html" };
        let url = files[page].url.as_ref().unwrap().to_string();
        let word = |word: &str| match word {
            "ID" => "nukeviet".to_owned(),
            "URL" => url.clone(),
            "OUT.html" => "out.html".to_owned(),
            other => other.to_owned(),
        };
        let words: Vec<String> = command.split(' ').map(word).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let done = end_of(program(&words).current_dir(folder.path()).spawn().unwrap()).await;
        assert_eq!(done.code, Some(0), "{command}: {done:#?}");
        assert!(!done.out.is_empty(), "{command} tells nothing");
    }
    assert!(folder.path().join("out.html").exists());
}

/// Keys that the page does not name are not known to its readers.
#[test]
fn the_page_names_every_key_of_a_portal() {
    let schema: Value = serde_json::from_str(include_str!("../../schema/portal.json")).unwrap();
    let top = &schema["properties"];
    let source = &top["source"]["items"]["properties"];
    let article = &top["article"]["items"]["properties"];
    let tables = [top, source, article, &top["identity"]["properties"], &source["select"]["properties"]];
    let keys: Vec<&String> = tables.iter().flat_map(|table| table.as_object().unwrap().keys()).collect();
    let unnamed: Vec<&&String> = keys
        .iter()
        .filter(|key| {
            !PAGE.contains(&format!("`{key}`"))
                && !PAGE.contains(&format!("{key} = "))
                && !PAGE.contains(&format!("[{key}]"))
        })
        .collect();
    assert!(keys.len() > 30 && unnamed.is_empty(), "{unnamed:?}");
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/extraction.md").exists(), "the page links to it");
}
