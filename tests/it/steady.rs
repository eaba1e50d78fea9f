//! The service under faults that come and go: what it holds of memory, descriptors and threads does not grow. `tests/soak/steady.sh` runs it for longer.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::VecDeque;
use std::fs;
use std::time::Duration;

use crate::sites::Fault;
use crate::sites::FaultKind;
use rustix::process::Signal;
use tintinh::demo::expected;
use tintinh::demo::expected_later;
use tokio::io::AsyncBufReadExt;
use tokio::io::BufReader;
use tokio::time::Instant;

use crate::doctor::check_healthy;
use crate::service::Service;
use crate::world::World;
use crate::world::by_key;
use crate::world::until;

const KINDS: [FaultKind; 8] = [
    FaultKind::Status(500),
    FaultKind::Status(429),
    FaultKind::Hang,
    FaultKind::Garbage,
    FaultKind::Bomb,
    FaultKind::Cut,
    FaultKind::Redirects,
    FaultKind::Stub,
];

/// What the disk does now and then; none the most of the time.
const DISK: [&str; 8] =
    ["", "", "", "", "store.commit=ENOSPC", "sink.write=ENOSPC", "store.commit=EIO", "extract=panic@1"];

/// What a process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    kibibytes: u64,
    descriptors: u64,
    threads: u64,
}

fn held(pid: u32) -> Held {
    let count = |folder: &str| fs::read_dir(format!("/proc/{pid}/{folder}")).unwrap().count() as u64;
    let statm = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    Held { kibibytes: pages * 4, descriptors: count("fd"), threads: count("task") }
}

/// The highest of each: what is held for a moment only, as a connection, comes and goes.
fn highest(all: &[Held]) -> Held {
    let most = |of: fn(&Held) -> u64| all.iter().map(of).max().unwrap();
    Held {
        kibibytes: most(|held| held.kibibytes),
        descriptors: most(|held| held.descriptors),
        threads: most(|held| held.threads),
    }
}

/// A number that looks random, and is the same on every run.
fn dice(throw: u64, sides: usize) -> usize {
    let hash = blake3::hash(&throw.to_le_bytes());
    usize::from(u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]])) % sides
}

/// Takes the messages, as systemd does, and keeps the last status.
fn take_status(service: &mut Service, status: &mut String) {
    service.count("");
    let said = service
        .messages
        .drain(..)
        .filter_map(|message| message.lines().find_map(|line| line.strip_prefix("STATUS=").map(str::to_owned)));
    status.clone_from(&said.fold(status.clone(), |_, last| last));
}

/// Lets faults come and go for a while; gives what the service held in the second quarter and in the last one.
async fn under_faults(time: Duration, step: Duration) -> (Held, Held) {
    let world = World::new().await;
    world.set("every = \"1m\"", "every = \"2s\"\nevery_max = \"2s\"");
    world.set("total_timeout = \"20s\"", "total_timeout = \"2s\"");
    world.set("connect_timeout = \"5s\"", "connect_timeout = \"1s\"");
    world.set("[engine]", "[engine]\nvisit_time = \"1m\"");
    let points = world.path().join("failpoints");
    fs::write(&points, "").unwrap();
    let mut service = Service::start_with(&world, &[("TINTINH_FAILPOINTS", points.to_str().unwrap())]);
    // A disk that refuses a start ends it, with a word; that is another test's.
    until("READY=1", || service.said("READY=1")).await;
    let pid = service.child.id().unwrap();
    // A log that nobody reads would hold the service up.
    let mut log = BufReader::new(service.child.stderr.take().unwrap()).lines();
    let log = tokio::spawn(async move {
        let mut last = VecDeque::new();
        while let Ok(Some(line)) = log.next_line().await {
            last.push_back(line);
            last.drain(..last.len().saturating_sub(20));
        }
        last
    });
    let hosts: Vec<String> = world.sites.resolve().into_keys().collect();
    let mut status = String::new();
    let (begun, mut all, mut throw) = (Instant::now(), Vec::new(), 0);
    while begun.elapsed() < time {
        throw += 3;
        let host = &hosts[dice(throw, hosts.len())];
        // Each third time the host is well again.
        let kind = (dice(throw + 1, 3) > 0).then(|| Fault::everywhere(KINDS[dice(throw + 1, KINDS.len())]));
        world.sites.set_fault(host, kind);
        let new = points.with_extension("new");
        fs::write(&new, DISK[dice(throw + 2, DISK.len())]).unwrap();
        fs::rename(new, &points).unwrap();
        if begun.elapsed() > time / 3 {
            world.sites.advance();
        }
        tokio::time::sleep(step).await;
        take_status(&mut service, &mut status);
        all.push(held(pid));
    }
    fs::write(&points, "").unwrap();
    for host in &hosts {
        world.sites.set_fault(host, None);
    }
    until("the end of a pause", || {
        take_status(&mut service, &mut status);
        !status.contains("paused")
    })
    .await;
    service.signal(Signal::TERM);
    until("the end", || service.child.try_wait().unwrap().is_some()).await;
    assert_eq!(service.end().await.0.code, Some(0), "{:#?}", log.await);
    world.sites.advance();
    world.run_well(&["retry"]).await;
    // Sources and origins that were put off have their rest still, so that not all need be there yet; what is there is there once.
    world.run(&["fetch"]).await;
    check_healthy(&world).await;
    let found = by_key(&world.records()).len();
    let most = expected().len() + expected_later().len();
    assert!((1..=most).contains(&found), "{found} records");
    let quarter = all.len() / 4;
    (highest(&all[quarter..2 * quarter]), highest(&all[3 * quarter..]))
}

fn check(before: Held, after: Held) {
    eprintln!("held at first and at last: {before:?} {after:?}");
    assert!(after.kibibytes <= before.kibibytes * 11 / 10, "memory grew: {before:?} {after:?}");
    assert!(after.descriptors <= before.descriptors + 4, "descriptors grew: {before:?} {after:?}");
    assert!(after.threads <= before.threads + 4, "threads grew: {before:?} {after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn seconds_of_faults_at_random_do_no_harm() {
    under_faults(Duration::from_secs(20), Duration::from_millis(250)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/soak/steady.sh runs it"]
#[expect(clippy::disallowed_methods, reason = "the script says for how long")]
async fn minutes_of_faults_at_random() {
    let minutes = std::env::var("TINTINH_STEADY_MINUTES").ok().and_then(|minutes| minutes.parse().ok()).unwrap_or(30);
    let (before, after) = under_faults(Duration::from_mins(minutes), Duration::from_secs(1)).await;
    check(before, after);
}
