//! Stored pages read again: nothing changes by the same rules, and others write revisions once, in order, over interruptions.

#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tintinh::model::record::Record;
use tintinh::model::record::RevisionReason;

use crate::world::World;
use crate::world::end_of;

/// The portal whose rules are changed.
const PORTAL: &str = "demo-dongmau";

/// A world of that portal, fetched.
async fn fetched() -> World {
    let world = World::new().await;
    world.only(&[PORTAL]);
    world.run_well(&["fetch"]).await;
    world
}

/// Rules of the portal by which the headline of each article is another: that of the window.
fn change_rules(world: &World) {
    let path = world.config(&format!("portals/{PORTAL}.toml"));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}\n[[article]]\ntitle = [\"head > title\"]\n")).unwrap();
}

fn contents(world: &World) -> BTreeMap<PathBuf, Vec<u8>> {
    world.record_files().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// The records that came of reading again.
fn reread(records: &[Record]) -> Vec<&Record> {
    records.iter().filter(|record| record.reason == Some(RevisionReason::Reread)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_rules_read_the_same() {
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    let before = contents(&world);
    for arguments in [&["reread", "--dry-run"][..], &["reread"], &["reread", PORTAL, "--since", "2020-01-01"]] {
        let said = world.run_well(arguments).await;
        assert!(said.contains(" the same as before, 0 otherwise"), "{said}");
    }
    assert_eq!(contents(&world), before);
    let said = world.run_well(&["reread", "--since", "2099-01-01"]).await;
    assert!(said.starts_with("0 pages read the same"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_rules_write_each_revision_once() {
    let world = fetched().await;
    let before = contents(&world);
    let first = world.records();
    change_rules(&world);
    let said = world.run_well(&["reread", "--dry-run"]).await;
    assert!(said.contains("changed fields: ") && said.contains("nothing was written"), "{said}");
    assert!(said.contains("{+"), "samples are drawn: {said}");
    assert_eq!(contents(&world), before, "a dry run writes nothing");
    let said = world.run_well(&["reread", PORTAL]).await;
    let records = world.records();
    let new = reread(&records);
    assert!(!new.is_empty() && said.contains(&format!("{} revisions written", new.len())), "{said}");
    for record in &new {
        let old = first.iter().find(|old| old.id == record.id).unwrap();
        assert_eq!((record.revision, record.previous.as_ref()), (2, Some(&old.content_hash)));
        assert_eq!((&record.date_fetched, &record.url, &record.raw), (&old.date_fetched, &old.url, &old.raw));
        assert_ne!(record.title, old.title);
    }
    let said = world.run_well(&["reread"]).await;
    assert!(said.contains("0 revisions written"), "{said}");
    // A visit sees no change in what was read again.
    world.run_well(&["fetch"]).await;
    assert_eq!(world.records().len(), records.len());
    assert_eq!(world.run_well(&["doctor"]).await.lines().filter(|line| line.contains("error")).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_killed_goes_on() {
    let whole = fetched().await;
    change_rules(&whole);
    whole.run_well(&["reread"]).await;
    let count = reread(&whole.records()).len();
    for place in ["store.commit=kill@1", "store.committed=kill@1", "sink.created=kill@1"] {
        let world = fetched().await;
        change_rules(&world);
        let mut command = world.command(&["reread"]);
        command.env("TINTINH_FAILPOINTS", place);
        let done = end_of(command.spawn().unwrap()).await;
        assert_ne!(done.code, Some(0), "{place}: {done:#?}");
        world.run_well(&["reread"]).await;
        world.run_well(&["fetch"]).await;
        let records = world.records();
        assert_eq!(reread(&records).len(), count, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_without_its_page_is_counted_and_stays() {
    let world = fetched().await;
    change_rules(&world);
    for entry in fs::read_dir(world.path().join("state/pages")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }
    let before = world.records().len();
    let said = world.run_well(&["reread"]).await;
    assert!(said.contains(" without a stored page") && said.contains("0 revisions written"), "{said}");
    assert_eq!(world.records().len(), before);
}
