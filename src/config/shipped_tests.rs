//! Checks that the shipped files match the program.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value as Json;

use crate::config::Catalogue;
use crate::config::Config;
use crate::config::ConfigErrors;
use crate::config::catalogue;
use crate::config::catalogue::province_name;
use crate::config::keys::FILES;
use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::config::keys::MAIN;
use crate::config::keys::PORTAL;
use crate::config::platform;
use crate::config::portal;
use crate::config::problem::Problem;
use crate::config::problem::SourceFile;
use crate::config::reader::Reading;
use crate::config::schema::schemas;
use crate::config::settings;
use crate::config::settings::Settings;
use crate::config::shipped::CATALOGUE;
use crate::config::shipped::PLATFORMS;
use crate::config::shipped::PORTALS;
use crate::config::watch;
use crate::discover::Reader;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::model::portal::WatchId;

const SHOWN: &str = include_str!("../../config/tintinh.toml");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the ids of the TOML files in a folder, sorted.
fn ids(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join("config").join(folder)) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let ids: BTreeSet<String> = names.filter_map(|name| Some(name.strip_suffix(".toml")?.to_owned())).collect();
    ids.into_iter().collect()
}

#[test]
fn provinces_have_names() {
    assert_eq!(province_name("gia-lai"), "Gia Lai");
    assert_eq!(province_name("unknown"), "unknown");
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

/// Checks that a catalogue entry agrees with the portal's own file.
#[test]
fn catalogue_and_portals_agree() {
    let catalogue = Catalogue::shipped();
    for portal in &Config::shipped().portals {
        let entry = catalogue.get(&portal.outlet.portal).unwrap();
        assert_eq!((&entry.home, &entry.province), (&portal.outlet.home, &portal.outlet.province));
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
    assert!(SHOWN.starts_with("#:schema ../schema/tintinh.json\n"));
}

#[test]
fn the_portal_the_project_started_from() {
    let config = Config::shipped();
    let portal = config.portal(&PortalId::new("vinhphuc").unwrap()).unwrap();
    assert!(portal.enabled);
    assert_eq!(portal.sources.len(), 4);
    for source in &portal.sources {
        let Reader::Json(rules) = &source.reader else { panic!("{} is not a JSON list", source.id) };
        assert!(rules.content_is_article);
        let crate::model::request::Payload::Form(form) = &rules.request.payload else { panic!("no form") };
        let keys: Vec<&str> = form.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["do", "fieldOrder", "ascending", "UrlList", "start", "length"], "the order of the file");
        let list = &form[3].1;
        assert!(rules.link.starts_with(&format!("https://vinhphuc.gov.vn{list}/View_Detail.aspx?")), "{}", rules.link);
    }
}

/// Returns `tintinh.toml` with every commented-out key enabled.
fn uncommented() -> String {
    let in_force = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || matches!(c, '[' | '"')) => rest.to_owned(),
        _ => line.to_owned(),
    };
    SHOWN.lines().map(in_force).collect::<Vec<_>>().join("\n")
}

fn read_main(text: &str) -> Settings {
    let source = SourceFile { name: "tintinh.toml".into(), text: text.into() };
    let reading = Reading::new(&source, &MAIN);
    let settings = reading.read(|table| Some(settings::read(table, Path::new("/etc/other"))));
    assert_eq!(reading.into_problems(), []);
    settings.unwrap()
}

#[test]
fn the_main_file_shows_the_defaults() {
    assert_eq!(format!("{:?}", read_main(SHOWN)), format!("{:?}", Settings::default()));
    let all = read_main(&uncommented());
    assert_eq!(all.defaults, Settings::default().defaults, "commented-out defaults are the real ones");
    assert_eq!(all.config.state_dir, Path::new("/var/lib/tintinh"));
    let resolved = all.config.fetch.resolve.get("example.vn").map(ToString::to_string);
    assert_eq!(resolved.as_deref(), Some("127.0.0.1:8080"));
}

/// Returns `tintinh.toml` as generated from its rows: each key with its meaning and its default, or with an example if it has none.
fn documented() -> String {
    let mut text = "#:schema ../schema/tintinh.json\n#\n".to_owned();
    comment(MAIN.doc, &mut text);
    for row in MAIN.keys {
        text.push('\n');
        comment(&row.full_doc(), &mut text);
        match row.kind {
            Kind::Table(keys) => {
                let _ = writeln!(text, "[{}]", row.name);
                for (number, row) in keys.iter().enumerate() {
                    text.push_str(if number == 0 { "" } else { "\n" });
                    comment(&row.full_doc(), &mut text);
                    line(row, &mut text);
                }
            }
            Kind::Tables(keys) => tables(row, keys, &mut text),
            _ => line(row, &mut text),
        }
    }
    text
}

/// Writes a list of tables as one that is commented out. It uses the first word of its switch, and keys that do not fit that are remarks.
fn tables(row: &Key, keys: &[Key], text: &mut String) {
    let _ = writeln!(text, "#[[{}]]", row.name);
    let word = keys
        .iter()
        .find_map(|row| if let (true, Kind::Word(words)) = (row.is_switch, row.kind) { words.first() } else { None });
    for (number, row) in keys.iter().enumerate() {
        text.push_str(if number == 0 { "" } else { "\n" });
        comment(&row.full_doc(), text);
        let fits = row.fits.is_empty() || word.is_some_and(|word| row.fits.contains(word));
        let shown = row.default_toml().map_or_else(|| row.assignment(), |default| format!("{} = {default}", row.name));
        let _ = writeln!(text, "{}{shown}", if fits { "#" } else { "# " });
    }
}

fn line(row: &Key, text: &mut String) {
    let _ = match row.default_toml() {
        None => writeln!(text, "#{}", row.assignment()),
        Some(default) => writeln!(text, "{} = {default}", row.name),
    };
}

fn comment(doc: &str, text: &mut String) {
    let mut width = 0;
    for word in doc.split(' ') {
        let letters = word.chars().count() + 1;
        if width == 0 || width + letters > 140 {
            text.push_str(if width == 0 { "#" } else { "\n#" });
            width = 1;
        }
        text.push(' ');
        text.push_str(word);
        width += letters;
    }
    text.push('\n');
}

/// Compares a shipped file with the text generated from the rows; `UPDATE_SHIPPED=1` writes it.
fn check_shipped(path: &Path, text: &str) {
    if std::env::var_os("UPDATE_SHIPPED").is_some() {
        fs::write(path, text).unwrap();
    }
    let shipped = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(shipped, text, "{} is old: run the tests with UPDATE_SHIPPED=1", path.display());
}

#[test]
fn the_main_file_is_made_of_the_rows_of_its_keys() {
    check_shipped(&root().join("config/tintinh.toml"), &documented());
}

/// Makes files with one key each that has a value of each type, in every table, for every value of its switch.
fn odd_files(keys: &[Key], within: &dyn Fn(&str) -> String, files: &mut Vec<String>) {
    let values =
        ["1", "true", "\"x\"", "\"/{page}\"", "2019-01-01", "[]", "[1]", "[\"x\", 5]", "{}", "{ a = 1 }", "[{}]"];
    let switch = keys.iter().find(|row| row.is_switch);
    for row in keys {
        let words: &[&str] = if let (Some(_), Kind::Word(words)) = (switch, switch.map_or(Kind::Flag, |row| row.kind)) {
            words
        } else {
            &[""]
        };
        for word in words.iter().filter(|_| !row.is_switch) {
            let head = switch.map_or_else(String::new, |switch| format!("{} = \"{word}\", ", switch.name));
            files.extend(values.iter().map(|value| within(&format!("{head}{} = {value}", row.name))));
            let (open, close, shapes) = match row.kind {
                Kind::Table(ref keys) => ("{ ", " }", std::slice::from_ref(keys)),
                Kind::Tables(ref keys) => ("[{ ", " }]", std::slice::from_ref(keys)),
                Kind::OneOf(shapes) => ("{ ", " }", shapes),
                _ => continue,
            };
            let below = |body: &str| within(&format!("{head}{} = {open}{body}{close}", row.name));
            for keys in shapes {
                odd_files(keys, &below, files);
            }
        }
    }
}

/// A row and the code that reads its key agree on the kind of the value. Otherwise the reader would reach `unreachable!`.
#[test]
fn no_value_of_any_key_makes_the_reader_panic() {
    let defaults = Settings::default().defaults;
    let around = portal::FileContext {
        platforms: &[],
        platform_ids: &[],
        provinces: &BTreeSet::new(),
        defaults: &defaults,
        dir: Path::new(""),
    };
    let (portal_id, platform_id) = (PortalId::new("a").unwrap(), PlatformId::new("a").unwrap());
    let entry = catalogue::FileContext { ids: &[], families: &[] };
    let of_watch = watch::FileContext { portals: &[], provinces: &BTreeSet::new(), channels: &[] };
    for file in FILES {
        let mut files = Vec::new();
        odd_files(file.keys, &|body| format!("{body}\n"), &mut files);
        assert!(files.len() > 100, "{} files of {}", files.len(), file.name);
        for text in files {
            let source = SourceFile { name: "file.toml".into(), text: text.as_str().into() };
            let reading = Reading::new(&source, file);
            reading.read(|table| {
                match file.name {
                    "tintinh" => drop(settings::read(table, Path::new(""))),
                    "portal" => drop(portal::read(table, &portal_id, around)),
                    "platform" => drop(platform::read(table, platform_id.clone())),
                    "watch" => drop(watch::read(table, &WatchId::new("a").unwrap(), of_watch)),
                    _ => drop(catalogue::read(table, &portal_id, entry)),
                }
                Some(())
            });
            let problems = reading.into_problems();
            assert!(problems.iter().all(|problem| problem.hint.is_some()), "{text}\n{problems:?}");
            let is_unknown = |problem: &Problem| problem.message.contains("unknown key") && !text.contains("{ a = 1 }");
            assert!(!problems.iter().any(is_unknown), "{text}\n{problems:?}");
        }
    }
}

#[test]
fn the_shipped_schemas_are_those_of_the_program() {
    for (name, schema) in schemas() {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        check_shipped(&root().join("schema").join(format!("{name}.json")), &text);
    }
}

/// Tries a shipped file cut off at every position and with every byte of its syntax replaced. The reader must say what is wrong, point into the file,
/// and not panic.
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
        provinces: &BTreeSet::new(),
        defaults: &Settings::default().defaults,
        dir: Path::new(""),
    };
    let mut reported = 0;
    for text in &broken {
        let source = SourceFile { name: "gialai.toml".into(), text: text.as_str().into() };
        let reading = Reading::new(&source, &PORTAL);
        let portal = reading.read(|table| portal::read(table, &id, around));
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

/// Converts TOML as the checkers of editors do: dates become texts.
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

fn schema(name: &str) -> Json {
    schemas().into_iter().find(|(known, _)| *known == name).unwrap().1
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
