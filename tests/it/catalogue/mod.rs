//! The catalogue, made of a table of provinces and a table of sources, and the verb that shows it.
//!
//! `config/catalogue` and its list in `src/config/shipped.rs` are written by this test: `UPDATE_CATALOGUE=1 cargo test --test it catalogue`,
//! where the tables are there (`domain/tables` in the folder that `TINTINH_SHARED` names, see `support::shared`). Without that variable the
//! folder is held to the tables.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

mod entry;
mod names;
mod provinces;
mod sources;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tintinh::config::Catalogue;
use tintinh::config::catalogue::Observation;
use tintinh::model::portal::PortalId;
use tintinh::onboard::known::MAX_SOURCES;

use crate::support::shared;
use crate::world::World;
use crate::world::program;

/// The day on which 63 provinces became 34 (resolution 202/2025/QH15).
const MERGER: &str = "2025-07-01";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/catalogue")
}

/// The files of the catalogue by id.
fn generated() -> Option<BTreeMap<String, String>> {
    let (units, rows) = (shared("domain/tables/provinces.json")?, shared("domain/tables/sources.jsonl")?);
    let units = serde_json::from_slice(&fs::read(units).unwrap()).unwrap();
    let mut entries = provinces::entries(&units);
    sources::add(&sources::rows(&fs::read_to_string(rows).unwrap()), &provinces::keys(&units), &mut entries);
    Some(entries.into_iter().map(|(id, entry)| (id, entry.to_toml())).collect())
}

/// Writes the folder, and the list of its files that the binary carries.
fn write(files: &BTreeMap<String, String>) {
    for entry in fs::read_dir(folder()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    for (id, text) in files {
        fs::write(folder().join(format!("{id}.toml")), text).unwrap();
    }
    let path = folder().join("../../src/config/shipped.rs");
    let shipped = fs::read_to_string(&path).unwrap();
    let (head, rest) = shipped.split_once("    \"catalogue\":\n").unwrap();
    let (_, tail) = rest.split_once("};\n").unwrap();
    let lines: String = files.keys().map(|id| format!("    \"{id}\"\n")).collect();
    fs::write(path, format!("{head}    \"catalogue\":\n{lines}}};\n{tail}")).unwrap();
}

#[test]
fn the_catalogue_is_what_the_tables_give() {
    let Some(files) = generated() else { return };
    if std::env::var_os("UPDATE_CATALOGUE").is_some() {
        write(&files);
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
    let portals = catalogue.entries().iter().filter(|entry| !entry.codes.is_empty());
    let heirs = portals.clone().filter(|entry| entry.succeeded_by.is_none()).count();
    assert_eq!((portals.count(), heirs), (63, 34));
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
        let rows = out.lines().filter(|line| [" ", "*", "-"].iter().any(|mark| line.starts_with(&format!("{mark} "))));
        rows.map(|row| row[2..].split_whitespace().next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (text, expect) in [
        ("phú thọ", vec!["baophutho", "phutho"]),
        ("ĐIỆN BIÊN", vec!["baodienbienphu", "dienbien"]),
        ("baria", vec!["baria-vungtau"]),
        ("vhv", vec!["gialai", "hungyen", "laichau", "quangngai", "moet", "moit"]),
        ("26", vec!["vinhphuc"]),
        ("thuathienhue", vec!["hue"]),
        ("baonghean.vn", vec!["baonghean"]),
    ] {
        assert_eq!(shown(world.run_well(&["catalogue", text]).await), expect, "{text}");
    }
    let all = world.run_well(&["catalogue"]).await;
    let known = Catalogue::shipped().entries().len();
    assert!(all.ends_with(&format!("{known} known, 0 verified on the live host\n")), "{all}");
    assert!(all.contains("Bến Tre (now Vĩnh Long)\n"), "{all}");
    assert!(all.lines().all(|line| line.chars().count() <= 80), "{all}");
    let row = |out: &str, id: &str| {
        out.lines().find(|line| line.trim_start_matches(['*', '-', ' ']).starts_with(id)).unwrap().to_owned()
    };
    assert!(row(&all, "dienbien ").starts_with("- dienbien"), "{all}");
    assert!(row(&all, "baocantho ").ends_with("newspaper   2f 13l     linked 2026"), "{all}");
    let wide = world.run_well(&["catalogue", "--wide", "bacninh"]).await;
    let line = row(&wide, "bacninh ");
    assert!(line.contains("Cổng TTĐT Bắc Ninh") && line.ends_with("https://bacninh.gov.vn/"), "{line}");
    let line = world.run_well(&["catalogue", "--json", "hòa bình"]).await;
    let json: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
    assert_eq!(
        (&json["succeeded_by"], &json["codes"][0]["to"], &json["portal"]),
        (&"phutho".into(), &MERGER.into(), &serde_json::Value::Null)
    );
    let line = world.run_well(&["catalogue", "--json", "baocantho"]).await;
    let json: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
    let source = &json["sources"][13];
    let told = [&json["kind"], &source["kind"], &source["seen"], &source["section"]];
    assert_eq!(told, ["newspaper", "feed", "linked", "Thời sự"]);
    assert!(source["year"] == 2026 && source["evidence"].is_string());
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
    assert!(world.run_well(&["catalogue"]).await.contains("known, 1 verified on the live host\n"));
    for (from, to, message) in [
        ("verified", "verifed", "unknown key `verifed`"),
        ("\"phutho\"", "\"phuto\"", "there is no entry `phuto`"),
        ("\"phutho\"", "\"laocai\"", "laocai does not say that it succeeds hoabinh"),
        ("liferay-7", "liferay", "there is no family `liferay`"),
        ("\"17\"", "\"7\"", "`7` is not a province's code"),
        ("to = 2025", "from = 2030-01-01\nto = 2025", "this code ends on 2025-07-01, before it begins"),
        ("[\"hoabinh.gov.vn\"]", "[\"phutho.gov.vn\"]", "`hoabinh.gov.vn` is not one of `hosts`"),
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

/// docs/catalogue.md, held to the program.
#[tokio::test]
async fn the_page_of_the_catalogue_is_true() {
    let page = include_str!("../../../docs/catalogue.md");
    for (word, _) in Observation::WORDS {
        assert!(page.contains(&format!("| `{word}` | ")), "{word}");
    }
    assert!(page.contains(&format!("at most {MAX_SOURCES} for an outlet")));
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let world = World::new().await;
    fs::create_dir(world.config("catalogue")).unwrap();
    fs::write(world.config("catalogue/baoxamau.toml"), example).unwrap();
    world.run_well(&["enable", "baoxamau"]).await;
    world.run_well(&["check"]).await;
    let commands = page.split("```sh\n").skip(1).flat_map(|block| block.split("```").next().unwrap().lines());
    let offline = commands.filter(|command| !command.contains("--live"));
    let mut run = 0;
    for command in offline {
        let words: Vec<String> = command.split(' ').skip(1).map(|word| word.trim_matches('\'').to_owned()).collect();
        // The one text in quotes has a blank in it.
        let text = command.split('\'').nth(1).map(str::to_owned);
        let words = match text {
            Some(text) => vec!["catalogue".to_owned(), "--json".to_owned(), text],
            None => words,
        };
        world.run_well(&words.iter().map(String::as_str).collect::<Vec<_>>()).await;
        run += 1;
    }
    assert!(run >= 6, "{run}");
}
