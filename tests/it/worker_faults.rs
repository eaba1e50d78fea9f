//! Workers as processes of their own on one database: killed at any moment, or asleep past their leases.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use serde_json::Value;
use tintinh::model::record::Record;
use tintinh::model::settings::StoreSettings;
use tokio::process::Child;
use tokio::process::Command;
use tokio::time::Instant;

use crate::cluster;
use crate::cluster::number_at;
use crate::cluster::run_at;
use crate::world::World;
use crate::world::by_key;
use crate::world::end_of;
use crate::world::lasting;
use crate::world::records_below;
use crate::world::until;

/// How slow the sample portals answer: a run lasts long enough to be hit in its midst.
const SLOW: Duration = Duration::from_millis(15);

/// Workers that run at once.
const WORKERS: u64 = 3;

/// Sample portals, and workers over one database.
struct Crew {
    world: World,
    server: StoreSettings,
}

impl Crew {
    async fn new() -> Option<Crew> {
        let server = cluster::schema()?;
        let world = World::with_delay(SLOW).await;
        world.add(&format!("[store]\nurl = \"{}\"\n", server.url.as_ref().unwrap()));
        Some(Crew { world, server })
    }

    fn folder(&self, worker: u64) -> PathBuf {
        self.world.path().join(format!("worker-{worker}"))
    }

    /// A worker that visits once what is due.
    fn worker(&self, worker: u64) -> Command {
        self.command(worker, "fetch")
    }

    fn command(&self, worker: u64, verb: &str) -> Command {
        let mut command = self.world.command(&[verb]);
        let folder = self.folder(worker);
        command.arg("--state-dir").arg(&folder).arg("--records-dir").arg(folder.join("records"));
        command
    }

    async fn run_well(&self, worker: u64) {
        let done = end_of(self.worker(worker).spawn().unwrap()).await;
        assert_eq!(done.code, Some(0), "{done:#?}");
    }

    /// What was delivered by all workers. A leader that is killed before it notes what it wrote leaves it to the next one: then a record is there
    /// twice, as it is.
    fn records(&self) -> BTreeMap<(String, u32), Value> {
        let all: Vec<Record> = (0..WORKERS).flat_map(|worker| records_below(&self.folder(worker))).collect();
        let mut kept = BTreeMap::new();
        for record in &all {
            let known = kept.insert((record.id.clone(), record.revision), lasting(record));
            assert!(known.is_none_or(|known| known == lasting(record)), "two records of {}", record.id);
        }
        kept
    }

    fn count(&self, sql: &str) -> i64 {
        number_at(&self.server, sql)
    }
}

/// Kills workers, one after the other, while others work; then lets the work be done. Gives how many were running.
async fn kill(crew: &Crew, kills: u64, run: Duration) -> u64 {
    let mut hit = 0;
    for kill in 0..kills {
        let mut workers: Vec<Child> = (0..WORKERS).map(|worker| crew.worker(worker).spawn().unwrap()).collect();
        let share = blake3::hash(&kill.to_le_bytes()).as_bytes()[0];
        tokio::time::sleep(run.mul_f64(f64::from(share) / 512.0)).await;
        for worker in &mut workers {
            worker.start_kill().unwrap();
        }
        for worker in workers {
            hit += u64::from(end_of(worker).await.code.is_none());
        }
    }
    hit
}

async fn killed_over_and_over(kills: u64) {
    let undisturbed = World::with_delay(SLOW).await;
    let begun = Instant::now();
    undisturbed.run_well(&["fetch"]).await;
    let run = begun.elapsed();
    let Some(crew) = Crew::new().await else { return };
    let hit = kill(&crew, kills, run).await;
    eprintln!("{hit} of {} processes were killed while they ran", kills * WORKERS);
    for worker in (0..WORKERS).chain(0..WORKERS) {
        crew.run_well(worker).await;
    }
    assert_eq!(crew.records(), by_key(&undisturbed.records()));
    assert_eq!(crew.count("SELECT count(*) FROM outbox"), 0);
    assert_eq!(crew.count("SELECT count(*) FROM portals WHERE lease_until > 0"), 0);
    assert_eq!(crew.count("SELECT count(*) - count(DISTINCT sequence) FROM records"), 0);
    let doctor = end_of(crew.command(0, "doctor").spawn().unwrap()).await;
    assert!(doctor.out.contains("all is well"), "{doctor:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_killed_at_five_moments_lose_nothing_and_double_nothing() {
    killed_over_and_over(5).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/soak/workers.sh runs it"]
async fn workers_killed_at_fifty_moments_lose_nothing_and_double_nothing() {
    killed_over_and_over(50).await;
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

/// A worker sleeps in the midst of a visit for longer than its lease; another one takes the portal over.
#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_slept_past_its_lease_writes_nothing_more() {
    let Some(crew) = Crew::new().await else { return };
    crew.world.only(&["demo-gialai"]);
    let sleeper = crew.worker(0).spawn().unwrap();
    let settled = "SELECT CASE WHEN to_regclass('records') IS NULL THEN 0 ELSE 1 END::BIGINT";
    until("the tables", || crew.count(settled) > 0).await;
    until("the first record", || crew.count("SELECT count(*) FROM records") > 0).await;
    signal(&sleeper, Signal::STOP);
    // As if the lease's time had passed. The leader's too.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let expire = "UPDATE portals SET lease_until = 1 WHERE lease_until > 0; UPDATE groups SET lease_until = 1 WHERE lease_until > 0; \
                  UPDATE roles SET lease_until = 1";
    run_at(&crew.server, expire);
    crew.run_well(1).await;
    let requests = crew.world.sites.log().len();
    let records = crew.count("SELECT count(*) FROM records");
    let fence = crew.count("SELECT max(fence) FROM portals");
    signal(&sleeper, Signal::CONT);
    let done = end_of(sleeper).await;
    // Its lease is lost, or the server has ended the transaction in which it fell asleep.
    assert!(done.err.contains("lease") || done.err.contains("connection"), "{done:#?}");
    assert!(crew.world.sites.log().len() <= requests + 1, "at most the one request that it was about to send");
    assert_eq!(crew.count("SELECT count(*) FROM records"), records);
    assert!(fence >= 2, "{fence}");
    let undisturbed = World::new().await;
    undisturbed.only(&["demo-gialai"]);
    undisturbed.run_well(&["fetch"]).await;
    assert_eq!(crew.records(), by_key(&undisturbed.records()));
}

/// The states of workers, as operators see them.
#[tokio::test(flavor = "multi_thread")]
async fn the_status_tells_who_holds_what() {
    let Some(crew) = Crew::new().await else { return };
    let worker = crew.worker(0).spawn().unwrap();
    until("the tables", || crew.count("SELECT (to_regclass('roles') IS NOT NULL)::INTEGER::BIGINT") > 0).await;
    until("a lease", || crew.count("SELECT count(*) FROM portals WHERE lease_until > 0") > 0).await;
    let told: Value = serde_json::from_str(&crew.world.run_well(&["status", "--workers", "--json"]).await).unwrap();
    let leases = told["leases"].as_array().unwrap();
    let name = std::fs::read_to_string(crew.folder(0).join("worker")).unwrap();
    assert!(!leases.is_empty(), "{told:#}");
    assert!(leases.iter().all(|lease| lease["worker"] == name.trim()), "{told:#}");
    let words = crew.world.run_well(&["status", "--workers"]).await;
    assert!(words.contains("worker") && words.contains(name.trim()), "{words}");
    assert_eq!(end_of(worker).await.code, Some(0));
    let words = crew.world.run_well(&["status", "--workers"]).await;
    assert_eq!(words, "no worker holds anything\n");
}
