//! The shipped configuration, held to the tables of provinces, and the report that an operator sees.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tintinh::config::Config;
use tintinh::model::portal::PortalId;
use tintinh::url::PageUrl;

use crate::support::shared;

fn shipped_folder() -> Config {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    Config::load(&folder).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Old and new provinces by the key that the config gives them: the name in ASCII, blanks as `-`.
fn hosts_by_province(tables: &Value) -> BTreeMap<String, Vec<String>> {
    let mut hosts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut left = vec![tables];
    while let Some(value) = left.pop() {
        if let (Some(name), Some(list)) = (value["name_ascii"].as_str(), value["hosts"].as_array()) {
            let of_this = list.iter().filter_map(|host| host["host"].as_str()).map(str::to_owned);
            hosts.entry(name.to_lowercase().replace(' ', "-")).or_default().extend(of_this);
        } else if let Some(values) = value.as_array() {
            left.extend(values);
        } else if let Some(fields) = value.as_object() {
            left.extend(fields.values());
        }
    }
    hosts
}

#[test]
fn shipped_portals_are_of_the_province_that_they_name() {
    let Some(path) = shared("domain/tables/provinces.json") else { return };
    let hosts = hosts_by_province(&serde_json::from_slice(&fs::read(path).unwrap()).unwrap());
    assert!(hosts.len() >= 63, "{} provinces read", hosts.len());
    for portal in &shipped_folder().portals {
        let Some(province) = &portal.outlet.province else { continue };
        let known = hosts.get(province).unwrap_or_else(|| panic!("there is no province {province}"));
        let host = portal.outlet.home.host();
        assert!(known.iter().any(|known| known == host), "{host} is none of {known:?}");
    }
}

#[test]
fn portals_are_found_by_address() {
    let config = shipped_folder();
    let found =
        |url: &str| config.portal_of(&PageUrl::parse(url).unwrap()).map(|portal| portal.outlet.portal.to_string());
    assert_eq!(found("https://vinhphuc.gov.vn/ct/cms/x?ItemID=1").as_deref(), Some("vinhphuc"));
    assert_eq!(found("http://www.gialai.gov.vn/").as_deref(), Some("gialai"));
    assert_eq!(found("https://example.org/"), None);
    assert!(config.portal(&PortalId::new("vinhphuc").unwrap()).is_some());
}

#[test]
fn a_report_names_every_file_and_counts() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("portals")).unwrap();
    fs::write(dir.path().join("tintinh.toml"), "[fetch]\ntotal_timeot = \"1m\"\n").unwrap();
    fs::write(dir.path().join("portals/x.toml"), "name = \"X\"\nhome = \"ftp://x.vn/\"\nenabled = false\n").unwrap();
    let report = Config::load(dir.path()).unwrap_err().to_string();
    let folder = dir.path().display();
    let expect = format!(
        "error: unknown key `total_timeot`
 --> {folder}/tintinh.toml:2:1
  |
2 | total_timeot = \"1m\"
  | ^^^^^^^^^^^^
  |
  = help: did you mean `total_timeout`?

error: `ftp://x.vn/` is not the URL of a page: the scheme is `ftp`, only http and https are pages
 --> {folder}/portals/x.toml:2:8
  |
2 | home = \"ftp://x.vn/\"
  |        ^^^^^^^^^^^^^
  |
  = help: write it as in home = \"https://example.vn/\"

2 errors in 2 files"
    );
    assert_eq!(report, expect);
}

#[test]
fn the_sample_portals_have_a_configuration_that_loads() {
    let dir = tempfile::tempdir().unwrap();
    tintinh::demo::write_config(dir.path(), &BTreeMap::new()).unwrap();
    let folder = dir.path().join("config");
    stand_in_for_platforms(&folder);
    let config = Config::load(&folder).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(config.portals.len() >= 5, "{} portals", config.portals.len());
}

/// Writes an empty platform for each one that a portal names and the program does not ship yet.
fn stand_in_for_platforms(folder: &Path) {
    let shipped = Config::shipped().platforms;
    fs::create_dir_all(folder.join("platforms")).expect("a temporary folder");
    for file in fs::read_dir(folder.join("portals")).expect("a temporary folder") {
        let text = fs::read_to_string(file.expect("an entry").path()).expect("a file");
        let Some(id) = text.lines().find_map(|line| line.strip_prefix("platform = \"")?.strip_suffix('"')) else {
            continue;
        };
        if !shipped.iter().any(|platform| platform.id.as_str() == id) {
            fs::write(folder.join("platforms").join(format!("{id}.toml")), "name = \"stand-in\"\n")
                .expect("a temporary folder");
        }
    }
}
