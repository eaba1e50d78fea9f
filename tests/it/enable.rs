//! `tintinh enable`: from entries of the catalogue to portals that are visited.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;

use tintinh::config::Catalogue;
use tintinh::config::Config;

use crate::world::World;

fn portals(world: &World) -> Vec<String> {
    let entries = fs::read_dir(world.config("portals")).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn all_entries_together_are_a_right_configuration() {
    let world = World::new().await;
    world.only(&[]);
    fs::write(world.config("tintinh.toml"), "contact = \"mailto:a@b.example\"\n").unwrap();
    let out = world.run_well(&["enable", "--all"]).await;
    let has_source = |entry: &&tintinh::config::catalogue::Entry| {
        entry.sources.iter().any(|source| source.kind.as_source().is_some())
    };
    let expected = Catalogue::shipped().entries().iter().filter(has_source).count();
    assert!(expected > 120, "{expected}");
    assert_eq!(portals(&world).len(), expected, "{out}");
    let checked = world.run_well(&["check"]).await;
    assert!(checked.contains(&format!("{expected} portals ({expected} enabled)")), "{checked}");
    let config = Config::load(&world.config("")).unwrap();
    assert_eq!(config.warnings, []);
    // A second time there is nothing to do.
    assert!(world.run_well(&["enable", "--all"]).await.contains("0 files written"));
}

#[tokio::test]
async fn what_is_named_is_written_with_its_evidence_and_nothing_else() {
    let world = World::new().await;
    world.only(&[]);
    let dry = world.run_well(&["enable", "baonghean", "--dry-run"]).await;
    assert!(dry.contains("1 file would be written") && dry.contains("[[source]]"), "{dry}");
    assert_eq!(portals(&world), [""; 0]);
    world.run_well(&["enable", "baonghean", "baocantho", "baonghean"]).await;
    assert_eq!(portals(&world), ["baocantho.toml", "baonghean.toml"]);
    let text = fs::read_to_string(world.config("portals/baocantho.toml")).unwrap();
    assert!(text.contains("# a page of the site links to it: "), "{text}");
    assert!(text.contains("nothing was fetched"), "{text}");
    let config = Config::load(&world.config("")).unwrap();
    let portal = &config.portals[0];
    assert_eq!((portal.outlet.name.as_str(), portal.outlet.province.as_deref()), ("Báo Cần Thơ", Some("can-tho")));
    assert_eq!(portal.platform.as_ref().map(AsRef::as_ref), Some("news-d"));
    assert!(portal.enabled && portal.sources.len() > 1);
}

#[tokio::test]
async fn no_file_is_overwritten_and_no_host_is_visited_twice() {
    let world = World::new().await;
    world.only(&[]);
    world.run_well(&["enable", "baonghean"]).await;
    let path = world.config("portals/baonghean.toml");
    let own = fs::read_to_string(&path).unwrap().replace("# Written", "# Mine, written");
    fs::write(&path, &own).unwrap();
    let again = world.run_well(&["enable", "baonghean"]).await;
    assert!(again.contains("baonghean: portal baonghean covers baonghean.vn already"), "{again}");
    assert_eq!(fs::read_to_string(&path).unwrap(), own);
    // Under another name, and disabled.
    fs::rename(&path, world.config("portals/bao.toml")).unwrap();
    let own = own.replace("\nplatform", "\nenabled = false\nplatform");
    fs::write(world.config("portals/bao.toml"), own).unwrap();
    let again = world.run_well(&["enable", "baonghean"]).await;
    assert!(again.contains("portal bao is there and disabled: set enabled = true"), "{again}");
    // A file of that name for another site.
    let other =
        "name = \"x\"\nhome = \"https://x.example/\"\n[[source]]\nkind = \"feed\"\nurl = \"https://x.example/\"\n";
    fs::write(world.config("portals/sggp.toml"), other).unwrap();
    let again = world.run_well(&["enable", "sggp"]).await;
    assert!(again.contains("sggp: a file of this name is there") && again.contains("0 files"), "{again}");
    assert_eq!(fs::read_to_string(world.config("portals/sggp.toml")).unwrap(), other);
}

#[tokio::test]
async fn provinces_and_kinds_narrow_what_is_enabled() {
    let world = World::new().await;
    world.only(&[]);
    world.run_well(&["enable", "--province", "vinh-long", "--kind", "newspaper"]).await;
    // Bến Tre and Trà Vinh are parts of Vĩnh Long today.
    let three = ["baovinhlong.toml", "dongkhoi.baovinhlong.toml", "travinh.baovinhlong.toml"];
    assert_eq!(portals(&world), three);
    world.run_well(&["enable", "--province", "ben-tre", "baonghean"]).await;
    assert_eq!(portals(&world).len(), 4, "an entry named beside a province is added to it");
}

#[tokio::test]
async fn mistakes_are_met_with_what_was_meant() {
    let world = World::new().await;
    world.only(&[]);
    for (arguments, code, told) in [
        (vec!["enable", "baonghena"], 2, "the catalogue has no entry `baonghena`; did you mean baonghean?"),
        (vec!["enable", "nghean", "lamdog"], 2, "did you mean lamdong?"),
        (vec!["enable", "--province", "nghe"], 2, "did you mean nghe-an?"),
        (vec!["enable", "--kind", "paper"], 2, "one of portal, newspaper, broadcaster, party, ministry, national"),
        (vec!["enable"], 2, "required"),
        (vec!["enable", "hanam"], 1, "hanam: no source is known: `tintinh add --catalogue hanam` looks for one"),
        (vec!["enable", "krongno.daknong"], 1, "only a page that names feeds is known: tintinh add http://krongno"),
    ] {
        let done = world.run(&arguments).await;
        assert_eq!(done.code, Some(code), "{arguments:?}: {done:#?}");
        assert!(format!("{}{}", done.out, done.err).contains(told), "{told}: {done:#?}");
        assert_eq!(portals(&world), [""; 0], "{arguments:?}");
    }
    // A configuration that is wrong is not added to.
    fs::write(world.config("portals/x.toml"), "name = 5\n").unwrap();
    assert_eq!(world.run(&["enable", "baonghean"]).await.code, Some(2));
    assert_eq!(portals(&world), ["x.toml"]);
}
