//! Stores that are copied from one engine to the other and back.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tintinh::store::COPIED_TABLES;

use crate::cluster;
use crate::cluster::Home;
use crate::world::World;

/// What stands in one engine's tables alone: leases, and what workers share.
const OWN: &[&str] = &[
    "groups.lease_until",
    "portals.lease_until",
    "portals.worker",
    "portals.leased_at",
    "origins.changed",
    "roles",
    "sink_places",
    "format",
    "facts",
];

/// The columns of a schema as `table.column`, but those that are not copied.
fn columns_of(home: &Home, query: &str) -> BTreeSet<String> {
    let is_copied = |name: &String| !OWN.iter().any(|own| own == name || name.starts_with(&format!("{own}.")));
    home.texts(query).into_iter().filter(is_copied).collect()
}

#[tokio::test]
async fn every_column_is_copied() {
    let copied: BTreeSet<String> = COPIED_TABLES
        .iter()
        .flat_map(|table| table.key.iter().chain(table.others).map(|column| format!("{}.{column}", table.name)))
        .collect();
    let sqlite = Home::new("");
    drop(tintinh::store::Store::open(&sqlite.address).await.unwrap());
    let query = "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c
                 WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
    assert_eq!(columns_of(&sqlite, query), copied);
    let postgres = Home::new("_on_postgres");
    if postgres.is_shared() {
        drop(tintinh::store::Store::open(&postgres.address).await.unwrap());
        let query = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema()";
        assert_eq!(columns_of(&postgres, query), copied);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_the_same_after_a_copy_and_after_one_back() {
    let Some(server) = cluster::schema() else { return };
    let url = server.url.unwrap();
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    let state = world.path().join("state").display().to_string();
    let exported = world.run_well(&["export"]).await;
    let copy = |from: &str, to: &str| ["store", "copy", "--from", from, "--to", to].map(str::to_owned);
    let run = async |arguments: [String; 6]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        world.run_well(&arguments).await
    };
    let told = run(copy(&state, &url)).await;
    assert!(told.contains("both are the same"), "{told}");
    // Again, as after an interruption: nothing is left to do, but the copy is complete and the target a store of its own right.
    let again = world.run(&["store", "copy", "--from", &state, "--to", &url]).await;
    assert_eq!(again.code, Some(3), "{again:?}");
    assert!(again.err.contains("not empty"), "{again:?}");
    let back = world.path().join("back").display().to_string();
    run(copy(&url, &back)).await;

    // The records are in the files; a service over the copy has nothing to do but to go on.
    for state in [format!("[store]\nurl = \"{url}\""), String::new()] {
        let world = &world;
        if state.is_empty() {
            fs::remove_dir_all(world.path().join("state")).unwrap();
            fs::rename(&back, world.path().join("state")).unwrap();
            world.set(&format!("[store]\nurl = \"{url}\""), "");
        } else {
            world.add(&state);
        }
        assert_eq!(world.run_well(&["export"]).await, exported);
        assert!(world.run_well(&["doctor"]).await.contains("all is well"));
        let status: Value = serde_json::from_str(&world.run_well(&["status", "--json"]).await).unwrap();
        assert_eq!(status["outbox"], 0);
    }
    world.sites.advance();
    world.run_well(&["fetch"]).await;
    assert!(world.run_well(&["export"]).await.len() > exported.len(), "it goes on");
}
