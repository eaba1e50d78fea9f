//! `tintinh doctor`: each way in which database, record files and outbox can disagree is found, and put right with a copy of what was touched.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::PathBuf;

use jiff::SignedDuration;
use rusqlite::Connection;
use serde_json::Value;
use tintinh::clock::Clock;
use tintinh::model::record::Record;
use tintinh::store::Store;
use tintinh::text::count::counted;

use crate::service::Service;
use crate::world::World;
use crate::world::by_key;
use crate::world::files_below;
use crate::world::lines_of;
use crate::world::until;

/// A world after an undisturbed run.
async fn ingested() -> World {
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    world
}

pub(crate) fn database(world: &World) -> PathBuf {
    world.path().join("state/tintinh.db")
}

#[expect(clippy::disallowed_methods, reason = "the test looks at and makes what no verb of the store does")]
pub(crate) fn connection(world: &World) -> Connection {
    Connection::open(database(world)).unwrap()
}

pub(crate) fn sql(world: &World, statements: &str) {
    connection(world).execute_batch(&format!("PRAGMA foreign_keys = OFF; {statements}")).unwrap();
}

/// What the doctor finds, by kind, with its exit code.
async fn kinds(world: &World) -> (Option<i32>, Vec<String>) {
    let done = world.run(&["doctor", "--json"]).await;
    let value: Value = serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:#?}"));
    let kinds = value["findings"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned());
    (done.code, kinds.collect())
}

/// The doctor finds nothing.
pub(crate) async fn check_healthy(world: &World) {
    let done = world.run(&["doctor"]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.out.starts_with("all is well"), "{done:#?}");
}

/// The doctor finds these kinds, and puts them right; afterwards every record is there once, and a further run writes nothing.
async fn check_repair(world: &World, expect: &[&str], wanted: &[Record]) {
    let (code, found) = kinds(world).await;
    assert_eq!(
        (code, found.as_slice()),
        (Some(1), expect.iter().map(|&kind| kind.to_owned()).collect::<Vec<_>>().as_slice())
    );
    let done = world.run(&["doctor", "--repair"]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.out.contains("all is well now"), "{done:#?}");
    assert_eq!(by_key(&world.records()), by_key(wanted));
    check_healthy(world).await;
    let written = world.records();
    world.run_well(&["fetch"]).await;
    assert_eq!(world.records(), written, "what is known is not written again");
}

/// The newest file of a portal.
fn a_file(world: &World) -> PathBuf {
    world.record_files().into_iter().rfind(|path| lines_of(path).len() > 3).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_state_is_healthy_beside_a_running_service_too() {
    let world = World::new().await;
    let mut service = Service::start(&world);
    until("READY=1", || service.said("READY=1")).await;
    while service.child.try_wait().unwrap().is_none() && crate::service::count(&world) < tintinh::demo::expected().len()
    {
        check_healthy(&world).await;
    }
    let refused = world.run(&["doctor", "--repair"]).await;
    assert_eq!(refused.code, Some(3), "{refused:#?}");
    assert!(refused.err.contains("another tintinh uses"), "{refused:#?}");
    service.signal(rustix::process::Signal::TERM);
    assert_eq!(service.end().await.0.code, Some(0));
    check_healthy(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_stands_in_no_file_is_written_again() {
    let world = ingested().await;
    let wanted = world.records();
    let path = a_file(&world);
    let lines = lines_of(&path);
    fs::write(&path, format!("{}\n", lines[1..].join("\n"))).unwrap();
    check_repair(&world, &["not-in-files"], &wanted).await;
    fs::remove_file(&path).unwrap();
    check_repair(&world, &vec!["not-in-files"; lines.len()], &wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_database_does_not_know_is_taken_in() {
    let world = ingested().await;
    let wanted = world.records();
    let id = &wanted[0].id;
    sql(&world, &format!("DELETE FROM records WHERE id = '{id}'; DELETE FROM articles WHERE id = '{id}';
         DELETE FROM shingles WHERE article = (SELECT number FROM copies WHERE id = '{id}'); DELETE FROM copies WHERE id = '{id}';"));
    // Its link shows what is not there.
    check_repair(&world, &["database", "not-in-database"], &wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_no_records_repeat_others_or_are_torn_are_taken_out() {
    let world = ingested().await;
    let wanted = world.records();
    let path = a_file(&world);
    let mut lines = lines_of(&path);
    lines.insert(1, "this is no record".to_owned());
    lines.push(lines[0].clone());
    let spoilt = format!("{}\n{{\"id\":\"half", lines.join("\n"));
    fs::write(&path, &spoilt).unwrap();
    check_repair(&world, &["no-record", "torn", "twice"], &wanted).await;
    let copies = files_below(&world.path().join("state"));
    let copy =
        copies.iter().find(|copy| copy.ends_with(path.strip_prefix(world.path().join("records")).unwrap())).unwrap();
    assert_eq!(fs::read_to_string(copy).unwrap(), spoilt, "the file as it was is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_was_changed_by_hand_is_told_and_left_alone() {
    let world = ingested().await;
    let path = a_file(&world);
    let changed = fs::read_to_string(&path).unwrap().replacen("\"language\":\"vi\"", "\"language\":\"xx\"", 1);
    fs::write(&path, &changed).unwrap();
    assert_eq!(kinds(&world).await, (Some(1), vec!["differs".to_owned()]));
    let done = world.run(&["doctor", "--repair"]).await;
    assert_eq!(done.code, Some(1), "{done:#?}");
    let name = path.strip_prefix(world.path().join("records")).unwrap().display();
    assert!(done.out.contains(&format!("{name}:1: record ")), "{done:#?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), changed);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_disagree_are_reconciled() {
    let world = ingested().await;
    let wanted = world.records();
    sql(
        &world,
        &format!(
            "PRAGMA foreign_keys = OFF; UPDATE articles SET revision = 9 WHERE id = '{}'; DELETE FROM articles WHERE id = '{}';
             INSERT INTO outbox (id, revision, fetched) VALUES ('none', 1, 0);",
            wanted[0].id, wanted[1].id
        ),
    );
    // The last one is of the link whose article is not there.
    check_repair(&world, &["database"; 4], &wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_forgotten_by_age_is_not_missed_and_not_taken_in_again() {
    let world = ingested().await;
    let written = world.records();
    sql(&world, "UPDATE links SET state = 'done'");
    let later = Clock::System.now() + SignedDuration::from_hours(1);
    let store = Store::open(&world.path().join("state")).await.unwrap();
    while store.forget_articles(later, 100, |_| {}).await.unwrap() > 0 {}
    drop(store);
    check_healthy(&world).await;
    world.run_well(&["doctor", "--repair"]).await;
    assert_eq!(world.run_well(&["export"]).await, "");
    assert_eq!(world.records(), written, "the files stay");
}

/// The database is gone, as with a disk that only had the state on it: nothing is written a second time, without anybody's hand.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_database_is_made_anew_from_the_files_at_the_next_start() {
    let world = ingested().await;
    let wanted = world.records();
    fs::remove_dir_all(world.path().join("state")).unwrap();
    let done = world.run(&["fetch"]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.err.contains("from the record files that the database did not know"), "{done:#?}");
    assert_eq!(by_key(&world.records()), by_key(&wanted));
    assert_eq!(world.records().len(), wanted.len());
    check_healthy(&world).await;
}

/// The write-ahead log is lost, or an older copy of the database was put back: the files hold more than it knows.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_catches_up_with_the_files_at_the_next_start() {
    let world = World::new().await;
    world.only(&["demo-gialai", "demo-daknong"]);
    world.run_well(&["fetch"]).await;
    fs::copy(database(&world), world.path().join("older.db")).unwrap();
    world.sites.advance();
    world.run_well(&["fetch"]).await;
    let wanted = world.records();
    fs::rename(world.path().join("older.db"), database(&world)).unwrap();
    let (code, found) = kinds(&world).await;
    assert!(code == Some(1) && !found.is_empty() && found.iter().all(|kind| kind == "not-in-database"), "{found:?}");
    let done = world.run(&["fetch"]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.err.contains(&format!("added {} from the record files", counted(found.len(), "record"))), "{done:#?}");
    assert_eq!(world.records(), wanted);
    check_healthy(&world).await;
}

/// Damage at several places of the file: each time the database is refused with a word about the doctor, and made anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_refused_and_made_anew() {
    for (name, from, length) in
        [("header", 0, 100), ("schema", 100, 2000), ("middle", 60_000, 40_000), ("end", u64::MAX, 30_000)]
    {
        let world = ingested().await;
        let wanted = world.records();
        let path = database(&world);
        let mut bytes = fs::read(&path).unwrap();
        let from = usize::try_from(from).unwrap().min(bytes.len() - length);
        bytes[from..from + length].fill(0x5a);
        fs::write(&path, &bytes).unwrap();
        let (code, found) = kinds(&world).await;
        assert!(code == Some(1) && !found.is_empty(), "{name}: {found:?}");
        let run = world.run(&["fetch"]).await;
        if name == "header" || name == "schema" {
            assert_eq!(run.code, Some(4), "{name}: {run:#?}");
            assert!(run.err.contains("tintinh doctor --repair"), "{name}: {run:#?}");
        }
        let done = world.run(&["doctor", "--repair"]).await;
        assert_eq!(done.code, Some(0), "{name}: {done:#?}");
        assert_eq!(by_key(&world.records()), by_key(&wanted), "{name}");
        world.run_well(&["fetch"]).await;
        assert_eq!(world.records().len(), wanted.len(), "{name}: nothing is written twice");
        check_healthy(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_at_is_told() {
    let world = World::new().await;
    let done = world.run(&["doctor"]).await;
    assert_eq!(done.code, Some(3), "{done:#?}");
    assert!(done.err.contains("there is no state folder"), "{done:#?}");
    fs::create_dir(world.path().join("state")).unwrap();
    check_healthy(&world).await;
}
