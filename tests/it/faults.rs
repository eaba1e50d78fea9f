//! What goes wrong at one portal is its own affair: the others go on, nothing is recorded that is no article, and the next run catches up.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use crate::sites::Fault;
use crate::sites::FaultKind;
use serde_json::Value;
use tintinh::model::record::Record;
use tokio::process::Child;

use crate::world::Done;
use crate::world::World;
use crate::world::by_key;
use crate::world::end_of;

/// Memory that a run over hostile portals may take: 16 MiB on the wire and 32 MiB unpacked for each of four, and the program itself.
const MOST_MEMORY_KB: u64 = 400_000;

/// Waits for a process, and tells the most memory that it had (`VmHWM`, proc(5)).
async fn end_and_memory(child: Child) -> (Done, u64) {
    let status = format!("/proc/{}/status", child.id().unwrap());
    let run = tokio::spawn(end_of(child));
    let mut most = 0;
    while !run.is_finished() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(kilobytes.unwrap_or(0));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    (run.await.unwrap(), most)
}

/// What an undisturbed run writes, by portal.
async fn undisturbed() -> BTreeMap<String, Vec<Record>> {
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    by_portal(world.records())
}

fn by_portal(records: Vec<Record>) -> BTreeMap<String, Vec<Record>> {
    let mut all: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for record in records {
        all.entry(record.portal.clone()).or_default().push(record);
    }
    all
}

/// Runs with faults at some sites, then without: in the first run the others' records are whole, after the second all are.
async fn check(faults: &[(&str, FaultKind, &str)]) {
    let wanted = undisturbed().await;
    let world = World::new().await;
    world.set("total_timeout = \"20s\"", "total_timeout = \"2s\"");
    for (key, kind, _) in faults {
        world.sites.set_fault(&format!("{key}.tintinh.test"), Some(Fault::everywhere(*kind)));
    }
    let (run, memory) = end_and_memory(world.command(&["fetch"]).spawn().unwrap()).await;
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(memory > 0 && memory < MOST_MEMORY_KB, "{memory} kB");
    let found = by_portal(world.records());
    for (portal, records) in &wanted {
        match faults.iter().find(|(key, _, _)| portal == &format!("demo-{key}")) {
            None => assert_eq!(by_key(&found[portal]), by_key(records), "{portal}"),
            Some((_, kind, reason)) => {
                assert_eq!(found.get(portal), None, "{kind:?}: {portal} recorded something");
                let row = run.out.lines().find(|line| line.trim_start().starts_with(portal.as_str())).unwrap();
                assert!(row.contains(reason), "{kind:?}: {row}");
            }
        }
    }
    for (key, _, _) in faults {
        world.sites.set_fault(&format!("{key}.tintinh.test"), None);
    }
    world.run_well(&["fetch"]).await;
    let all: Vec<Record> = wanted.into_values().flatten().collect();
    assert_eq!(by_key(&world.records()), by_key(&all), "the next run catches up");
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_errors_silence_and_a_gigabyte_stay_where_they_are() {
    check(&[
        ("vinhphuc", FaultKind::Garbage, "malformed"),
        ("hoabinh", FaultKind::Status(500), "HTTP status 500"),
        ("gialai", FaultKind::Hang, "took longer than 2 s"),
        ("daknong", FaultKind::Endless, "max_wire_bytes"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_cuts_loops_stubs_and_noise_stay_where_they_are() {
    check(&[
        ("gialai", FaultKind::Bomb, "the answer"),
        ("daknong", FaultKind::Cut, "cut off"),
        ("hoabinh", FaultKind::Redirects, "loop"),
        ("ninhmau", FaultKind::Stub, "stub of 48 bytes"),
        ("khanhmau", FaultKind::GarbageBody, "no links"),
    ])
    .await;
}

/// Faults of article pages alone: the lists are read, the articles wait.
#[tokio::test(flavor = "multi_thread")]
async fn articles_that_fail_wait_for_their_next_try() {
    let world = World::new().await;
    world.only(&["demo-gialai"]);
    world.sites.set_fault("gialai.tintinh.test", Some(Fault::below("/tin-tuc/", FaultKind::Status(503))));
    let done = world.run(&["fetch"]).await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    assert_eq!(world.records(), []);
    let status: Value = serde_json::from_str(&world.run_well(&["status", "--json"]).await).unwrap();
    let portal = &status["portals"][0];
    assert_eq!(portal["failed"], 3, "after three in a row the server gets a rest: {portal:#}");
    assert!(portal["last_error"].as_str().unwrap().contains("503"), "{portal:#}");
    assert!(portal["waiting"].as_u64().unwrap() > 5, "{portal:#}");
}
