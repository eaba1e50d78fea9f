//! The process is killed at any moment: what is on disk afterwards, and after the next run.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tintinh::model::record::Record;
use tokio::time::Instant;

use crate::cluster::is_on_postgres;
use crate::doctor::check_healthy;
use crate::world::World;
use crate::world::by_key;
use crate::world::end_of;
use crate::world::files_below;
use crate::world::lines_of;

/// How slow the sample portals answer: a run lasts long enough to be hit in its midst.
const SLOW: Duration = Duration::from_millis(15);
/// Processes killed over each folder.
const KILLS: u64 = 5;

pub(crate) async fn slow_world() -> World {
    World::of(module_path!(), SLOW).await
}

/// The share of a run at which the kill of that number comes: a hash, so that a failure comes again.
fn moment(number: u64, run: Duration) -> Duration {
    let hash = blake3::hash(&number.to_le_bytes());
    let share = u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]);
    // The first half of a whole run, so that what is left to do lasts for some kills.
    run.mul_f64(f64::from(share) / f64::from(u16::MAX) / 2.0)
}

/// Starts a run and kills it at a moment; says whether it was still running.
async fn run_and_kill(world: &World, after: Duration) -> bool {
    let mut child = world.command(&["fetch"]).spawn().unwrap();
    tokio::time::sleep(after).await;
    child.start_kill().unwrap();
    end_of(child).await.code.is_none()
}

fn check_whole_lines(world: &World) {
    for path in world.record_files() {
        let bytes = fs::read(&path).unwrap();
        // One that was made just now is empty.
        assert!(bytes.is_empty() || bytes.ends_with(b"\n"), "{}", path.display());
    }
}

async fn check_nothing_waits(world: &World) {
    let status: Value = serde_json::from_str(&world.run_well(&["status", "--json"]).await).unwrap();
    assert_eq!(status["outbox"], 0, "{status:#}");
    for portal in status["portals"].as_array().unwrap() {
        assert_eq!((&portal["waiting"], &portal["failed"]), (&0.into(), &0.into()), "{status:#}");
        assert_eq!(portal["leased_until"], Value::Null, "{status:#}");
    }
}

/// Kills processes at random moments of their work over so many folders, then lets the work be done.
async fn kill_over(folders: u64) {
    let undisturbed = slow_world().await;
    let begun = Instant::now();
    undisturbed.run_well(&["fetch"]).await;
    let whole_run = begun.elapsed();
    let wanted = by_key(&undisturbed.records());
    let (mut hit, mut recorded) = (0, Vec::new());
    for folder in 0..folders {
        let world = slow_world().await;
        for kill in 0..KILLS {
            hit += u64::from(run_and_kill(&world, moment(folder * KILLS + kill, whole_run)).await);
            check_whole_lines(&world);
            // A process may be killed before it has made the folder.
            if world.path().join("state").exists() {
                check_healthy(&world).await;
            }
            recorded.push(world.records().len());
        }
        world.catch_up().await;
        assert_eq!(by_key(&world.records()), wanted, "folder {folder}");
        check_whole_lines(&world);
        check_healthy(&world).await;
        check_nothing_waits(&world).await;
    }
    let kills = folders * KILLS;
    assert!(hit >= kills * 4 / 5, "only {hit} of {kills} processes were still running");
    let between = recorded.iter().filter(|count| (1..wanted.len()).contains(count)).count();
    assert!(between as u64 >= kills / 5, "few kills came between the first and the last record: {recorded:?}");
    eprintln!(
        "{hit} of {kills} killed while they ran, {between} of them between the first and the last record: nothing lost, nothing twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_fifty_moments_nothing_is_lost_and_nothing_written_twice() {
    kill_over(if is_on_postgres(module_path!()) { 2 } else { 10 }).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/soak/kills.sh runs it"]
async fn killed_at_five_hundred_moments_nothing_is_lost_and_nothing_written_twice() {
    kill_over(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_readable_while_they_are_written() {
    let world = slow_world().await;
    let schema: Value = serde_json::from_str(include_str!("../../schema/record.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let run = tokio::spawn(end_of(world.command(&["fetch"]).spawn().unwrap()));
    let mut seen: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    let mut counts = Vec::new();
    while !run.is_finished() {
        for path in world.record_files() {
            let lines = lines_of(&path);
            let before = seen.insert(path, lines.clone()).unwrap_or_default();
            assert!(lines.starts_with(&before), "what was there stays as it was");
        }
        counts.push(seen.values().map(Vec::len).sum::<usize>());
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    assert_eq!(run.await.unwrap().code, Some(0));
    counts.dedup();
    assert!(counts.len() > 5, "the files grew under the reader's eyes: {counts:?}");
    for path in world.record_files() {
        for line in lines_of(&path) {
            let value: Value = serde_json::from_str(&line).unwrap();
            if let Err(error) = schema.validate(&value) {
                panic!("{error}: {line}");
            }
        }
    }
}

/// Puts a record back into the outbox, as if its process had been killed before it was marked as delivered.
fn undeliver(world: &World, record: &Record) {
    let fetched: jiff::Timestamp = record.date_fetched.parse().unwrap();
    let (sequence, fetched) = (record.sequence.unwrap(), fetched.as_millisecond());
    world.execute(&format!(
        "INSERT INTO outbox (sequence, id, revision, fetched) VALUES ({sequence}, '{}', {}, {fetched})",
        record.id, record.revision
    ));
}

/// The file that ends with a record, and the record.
fn last_record(world: &World) -> (PathBuf, Record) {
    let path = world.record_files().pop().unwrap();
    let line = lines_of(&path).pop().unwrap();
    (path, serde_json::from_str(&line).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_was_torn_is_written_again_whole() {
    let world = World::of(module_path!(), Duration::ZERO).await;
    world.run_well(&["fetch"]).await;
    let wanted = by_key(&world.records());
    let (path, record) = last_record(&world);
    let bytes = fs::read(&path).unwrap();
    for left in [1, 100, 4] {
        undeliver(&world, &record);
        let line = lines_of(&path).pop().unwrap().len() + 1;
        fs::write(&path, &bytes[..bytes.len() - line + left]).unwrap();
        let done = world.run(&["fetch"]).await;
        assert!(done.err.contains("cut off an incomplete last line"), "{done:#?}");
        assert_eq!(by_key(&world.records()), wanted);
        check_whole_lines(&world);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_written_but_not_marked_is_not_written_again() {
    let world = World::of(module_path!(), Duration::ZERO).await;
    world.run_well(&["fetch"]).await;
    let before: Vec<Vec<u8>> = world.record_files().iter().map(|path| fs::read(path).unwrap()).collect();
    for record in world.records() {
        undeliver(&world, &record);
    }
    world.run_well(&["fetch"]).await;
    let after: Vec<Vec<u8>> = world.record_files().iter().map(|path| fs::read(path).unwrap()).collect();
    assert_eq!(after, before);
    check_nothing_waits(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn torn_raw_pages_harm_nobody() {
    let world = World::of(module_path!(), Duration::ZERO).await;
    world.only(&["demo-gialai"]);
    world.run_well(&["fetch"]).await;
    let pages = files_below(&world.path().join("state/pages"));
    OpenOptions::new().append(true).open(&pages[0]).unwrap().write_all(b"\x1f\x8b\x08\0 half a record").unwrap();
    let known = world.records();
    world.sites.advance();
    world.run_well(&["fetch"]).await;
    let records = world.records();
    assert!(records.len() > known.len());
    for record in [&known[0], records.last().unwrap()] {
        let told = world.run_well(&["explain", &record.id]).await;
        assert!(told.contains("kept: "), "{told}");
    }
}
