//! The files that the program comes with, held to the program.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::config::Catalogue;
use crate::config::Config;
use crate::config::ConfigErrors;
use crate::config::catalogue;
use crate::config::platform;
use crate::config::portal;
use crate::config::problem::SourceFile;
use crate::config::reader::Reading;
use crate::config::reader::Table;
use crate::config::schema::schemas;
use crate::config::settings;
use crate::config::settings::Settings;
use crate::config::shipped::CATALOGUE;
use crate::config::shipped::PLATFORMS;
use crate::config::shipped::PORTALS;
use crate::discover::Reader;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;

const MAIN: &str = include_str!("../../config/tintinh.toml");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The ids of the TOML files in a folder, sorted.
fn ids(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join("config").join(folder)) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let ids: BTreeSet<String> = names.filter_map(|name| Some(name.strip_suffix(".toml")?.to_owned())).collect();
    ids.into_iter().collect()
}

#[test]
fn the_binary_carries_every_file() {
    let carried = |table: &[(&str, &str)]| table.iter().map(|(id, _)| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(carried(PLATFORMS), ids("platforms"), "add the missing lines to PLATFORMS in src/config/shipped.rs");
    assert_eq!(carried(CATALOGUE), ids("catalogue"), "add the missing lines to CATALOGUE in src/config/shipped.rs");
    assert_eq!(carried(PORTALS), ids("portals"), "add the missing lines to PORTALS in src/config/shipped.rs");
}

#[test]
fn the_shipped_folder_loads_and_is_what_the_binary_carries() {
    let config = Config::load(&root().join("config")).unwrap_or_else(|errors| panic!("{errors}"));
    let shipped = Config::shipped();
    let in_full = |config: &Config| format!("{:#?}\n{:#?}", config.portals, config.platforms);
    let (folder, binary) = (in_full(&config), in_full(&shipped));
    let differing = folder.lines().zip(binary.lines()).find(|(in_folder, in_binary)| in_folder != in_binary);
    assert_eq!(differing, None);
    assert_eq!(folder.len(), binary.len());
    assert_eq!(config.fetch, shipped.fetch);
}

/// An entry of the catalogue says of a portal what the portal's own file does.
#[test]
fn catalogue_and_portals_agree() {
    let catalogue = Catalogue::shipped();
    for portal in &Config::shipped().portals {
        let entry = catalogue.get(&portal.outlet.portal).unwrap();
        assert_eq!((&entry.home, Some(&entry.province)), (&portal.outlet.home, portal.outlet.province.as_ref()));
        assert!(portal.platform.is_none() || portal.platform == entry.family, "{}", entry.id);
    }
}

#[test]
fn every_shipped_file_says_what_it_rests_on_and_names_its_schema() {
    let config = Config::shipped();
    for portal in &config.portals {
        assert!(!portal.verified.is_empty(), "portal {}", portal.outlet.portal);
    }
    for platform in &config.platforms {
        assert!(!platform.verified.is_empty(), "platform {}", platform.id);
    }
    for (kind, table) in [("platform", PLATFORMS), ("portal", PORTALS), ("catalogue", CATALOGUE)] {
        for (id, text) in table {
            assert!(text.starts_with(&format!("#:schema ../../schema/{kind}.json\n")), "{kind} {id}");
        }
    }
    assert!(MAIN.starts_with("#:schema ../schema/tintinh.json\n"));
}

#[test]
fn the_portal_the_project_started_from() {
    let config = Config::shipped();
    let portal = config.portal(&PortalId::new("vinhphuc").unwrap()).unwrap();
    assert!(portal.enabled);
    assert_eq!(portal.sources.len(), 4);
    for source in &portal.sources {
        let Reader::Json(rules) = &source.reader else { panic!("{} is no JSON list", source.id) };
        assert!(rules.content_is_article);
        let crate::model::request::Payload::Form(form) = &rules.request.payload else { panic!("no form") };
        let keys: Vec<&str> = form.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["do", "fieldOrder", "ascending", "UrlList", "start", "length"], "the order of the file");
        let list = &form[3].1;
        assert!(rules.link.starts_with(&format!("https://vinhphuc.gov.vn{list}/View_Detail.aspx?")), "{}", rules.link);
    }
}

/// `tintinh.toml` with every key that is commented out put in force.
fn uncommented() -> String {
    let in_force = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '[' | '"')) => rest.to_owned(),
        _ => line.to_owned(),
    };
    MAIN.lines().map(in_force).collect::<Vec<_>>().join("\n")
}

fn read_main(text: &str) -> Settings {
    let source = SourceFile { name: "tintinh.toml".into(), text: text.into() };
    let reading = Reading::new(&source);
    let settings = reading.read("Main", |table| Some(settings::read(table, Path::new("/etc/other"))));
    assert_eq!(reading.into_problems(), []);
    settings.unwrap()
}

#[test]
fn the_main_file_shows_the_defaults() {
    assert_eq!(read_main(MAIN), Settings::default());
    assert_eq!(read_main(""), Settings::default());
    let all = read_main(&uncommented());
    assert_eq!(all.defaults, Settings::default().defaults, "commented-out defaults are the real ones");
    assert_eq!(all.state_dir, Path::new("/var/lib/tintinh"));
}

#[test]
fn the_main_file_has_every_key_of_the_schema() {
    let table: toml::Table = toml::from_str(&uncommented()).unwrap();
    let schema = schema("tintinh");
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    keys.insert("Main".to_owned(), table.keys().cloned().collect());
    for (name, value) in &table {
        if let (Some(table), Some(shape)) = (value.as_table(), reference(&schema["properties"][name])) {
            keys.insert(shape, table.keys().cloned().collect());
        }
    }
    for (shape, expect) in shapes(&schema, "Main").into_iter().filter(|(shape, _)| shape != "LogFormat") {
        assert_eq!(keys.get(&shape), Some(&expect), "{shape}");
    }
}

/// The name of the definition that a schema refers to.
fn reference(schema: &Json) -> Option<String> {
    let direct = schema.get("$ref").or_else(|| schema.get("allOf")?.get(0)?.get("$ref"));
    Some(direct?.as_str()?.rsplit('/').next()?.to_owned())
}

fn schema(name: &str) -> Json {
    schemas().into_iter().find(|(known, _)| *known == name).unwrap().1
}

/// The keys of each object of a schema, by its name.
fn shapes(schema: &Json, root: &str) -> BTreeMap<String, BTreeSet<String>> {
    let keys = |schema: &Json| Some(schema.get("properties")?.as_object()?.keys().cloned().collect());
    let definitions = schema["definitions"].as_object().unwrap().iter();
    let mut shapes: BTreeMap<String, BTreeSet<String>> =
        definitions.filter_map(|(name, schema)| Some((name.clone(), keys(schema)?))).collect();
    shapes.insert(root.to_owned(), keys(schema).unwrap());
    shapes
}

/// The keys that the reader asks for in each table of a file.
fn asked(shape: &'static str, text: &str, walk: impl FnOnce(Table<'_>)) -> BTreeMap<String, BTreeSet<String>> {
    let source = SourceFile { name: "file.toml".into(), text: text.into() };
    let reading = Reading::new(&source);
    reading.read(shape, |table| {
        walk(table);
        Some(())
    });
    let asked = reading.asked.borrow();
    let owned = |keys: &BTreeSet<&'static str>| keys.iter().map(|key| (*key).to_owned()).collect();
    asked.iter().map(|(shape, keys)| ((*shape).to_owned(), owned(keys))).collect()
}

#[test]
fn the_reader_takes_the_keys_of_the_schemas() {
    let main = asked("Main", &uncommented(), |table| drop(settings::read(table, Path::new(""))));
    assert_eq!(main, shapes(&schema("tintinh"), "Main"));

    let list = "select = {}\npaging = { by = \"query\" }\n";
    let article = "[[article]]\ntitle = { select = \"h1\" }\n[identity]\npath = [{}]\n";
    let text = format!(
        "{article}[[source]]\nkind = \"listing\"\n{list}[[source]]\nkind = \"json\"\npaging = {{}}\nfields = {{}}\n"
    );
    let around = portal::FileContext {
        platforms: &[],
        platform_ids: &[],
        defaults: &Settings::default().defaults,
        dir: Path::new(""),
    };
    let id = PortalId::new("a").unwrap();
    let portal = asked("Portal", &text, |table| drop(portal::read(table, &id, around)));
    assert_eq!(portal, shapes(&schema("portal"), "Portal"));

    let text = format!("{article}[detect]\n[listing]\n{list}");
    let id = PlatformId::new("a").unwrap();
    let platform = asked("Platform", &text, |table| drop(platform::read(table, id)));
    assert_eq!(platform, shapes(&schema("platform"), "Platform"));

    let id = PortalId::new("a").unwrap();
    let around = catalogue::FileContext { ids: &[], families: &[] };
    let entry = asked("Catalogue", "[[code]]\n", |table| drop(catalogue::read(table, &id, around)));
    assert_eq!(entry, shapes(&schema("catalogue"), "Catalogue"));
}

#[test]
fn the_shipped_schemas_are_those_of_the_program() {
    for (name, schema) in schemas() {
        let path = root().join("schema").join(format!("{name}.json"));
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let shipped = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(shipped, text, "{} is old: run the tests with UPDATE_SCHEMA=1", path.display());
    }
}

/// Every shipped file, cut off at every place and with every byte of its syntax replaced: the reader must say what is wrong, point into the
/// file, and not panic.
#[test]
fn broken_files_never_panic_and_problems_point_into_them() {
    let (_, text) = PORTALS.iter().find(|(id, _)| *id == "gialai").unwrap();
    let mut broken: Vec<String> = text.char_indices().map(|(at, _)| text[..at].to_owned()).collect();
    for (at, c) in text.char_indices().filter(|(_, c)| "[]{}=\"#,.".contains(*c)) {
        broken.extend(
            ["", "[", "\"", "=", "5"].map(|other| format!("{}{other}{}", &text[..at], &text[at + c.len_utf8()..])),
        );
    }
    let id = PortalId::new("gialai").unwrap();
    let around = portal::FileContext {
        platforms: &[],
        platform_ids: &[],
        defaults: &Settings::default().defaults,
        dir: Path::new(""),
    };
    let mut reported = 0;
    for text in &broken {
        let source = SourceFile { name: "gialai.toml".into(), text: text.as_str().into() };
        let reading = Reading::new(&source);
        let portal = reading.read("Portal", |table| portal::read(table, &id, around));
        let problems = reading.into_problems();
        assert!(portal.is_some() || !problems.is_empty(), "nothing said of {text}");
        for problem in &problems {
            let at = problem.position.as_ref().unwrap();
            assert_eq!(text.split('\n').nth(at.line - 1), Some(at.text.as_str()), "{problem:?}");
            assert!(at.column <= at.text.chars().count() + 1, "{problem:?}");
        }
        if !problems.is_empty() {
            reported += 1;
            assert!(ConfigErrors::new(problems).to_string().contains("gialai.toml:"));
        }
    }
    assert!(reported * 2 > broken.len(), "{reported} of {}", broken.len());
}

/// TOML as the editors' checkers see it: dates are texts.
fn as_json(value: &toml::Value) -> Json {
    match value {
        toml::Value::Datetime(moment) => Json::String(moment.to_string()),
        toml::Value::Array(values) => values.iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            Json::Object(table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect())
        }
        other => serde_json::to_value(other).unwrap(),
    }
}

fn is_valid(schema: &Json, text: &str) -> Result<(), String> {
    let value = as_json(&toml::Value::Table(toml::from_str(text).unwrap()));
    let validator = jsonschema::validator_for(schema).unwrap();
    validator.validate(&value).map_err(|error| error.to_string())
}

#[test]
fn shipped_files_keep_to_their_schemas() {
    for (name, files) in [("platform", PLATFORMS), ("portal", PORTALS), ("catalogue", CATALOGUE)] {
        for (id, text) in files {
            assert_eq!(is_valid(&schema(name), text), Ok(()), "{name} {id}");
        }
    }
    assert_eq!(is_valid(&schema("tintinh"), &uncommented()), Ok(()));
    for wrong in ["contac = \"x\"", "[engine]\nconcurrency = 0", "[fetch]\ndelay = \"5\"", "[log]\nformat = \"xml\""] {
        assert!(is_valid(&schema("tintinh"), wrong).is_err(), "{wrong}");
    }
    let head = "name = \"x\"\nhome = \"https://x.vn\"\n";
    for good in ["", "[[article]]\nsince = 2019-01-01\ntitle = [\"h1\", { select = \"p\", pattern = \"x\" }]"] {
        assert_eq!(is_valid(&schema("portal"), &format!("{head}{good}")), Ok(()));
    }
    for wrong in
        ["[[source]]\nkind = \"feed\"", "[[article]]\ntitle = 5", "[[source]]\nkind = \"rss\"\nurl = \"https://x.vn\""]
    {
        assert!(is_valid(&schema("portal"), &format!("{head}{wrong}")).is_err(), "{wrong}");
    }
}
