//! What is settled is on disk: the disk refuses, the process dies between any two writes, the state is taken away. Nothing is lost, nothing is
//! written twice, and the service goes on by itself where that is possible.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use rusqlite::Connection;
use rustix::process::Signal;
use tempfile::TempDir;
use tintinh::demo::expected;
use tintinh::failpoint;

use crate::crash::slow_world;
use crate::doctor::check_healthy;
use crate::doctor::database;
use crate::service::Service;
use crate::service::count;
use crate::support::present;
use crate::world::World;
use crate::world::by_key;
use crate::world::end_of;
use crate::world::until;

/// A service under a file of failpoints, which may be changed while it runs.
struct Tried {
    world: World,
    service: Service,
    points: PathBuf,
}

impl Tried {
    /// Starts a service over slow sites and waits until it is in the midst of its work.
    async fn start(world: World) -> Tried {
        let points = world.path().join("failpoints");
        fs::write(&points, "").unwrap();
        let service = Service::start_with(&world, &[("TINTINH_FAILPOINTS", points.to_str().unwrap())]);
        until("some records", || count(&world) > 3).await;
        Tried { world, service, points }
    }

    fn fail(&self, list: &str) {
        // A reader must not see half a list.
        let new = self.points.with_extension("new");
        fs::write(&new, list).unwrap();
        fs::rename(new, &self.points).unwrap();
    }

    /// Waits until the service says that it is paused, and why.
    async fn paused(&mut self, why: &str) {
        let says = |message: &String| message.starts_with("STATUS=paused: ") && message.contains(why);
        until(&format!("the pause ({why})"), || {
            self.service.count("");
            self.service.messages.iter().any(says)
        })
        .await;
        assert!(count(&self.world) < expected().len(), "it was in the midst of its work");
        assert!(self.service.child.try_wait().unwrap().is_none(), "it stays up");
    }

    /// Waits until the service has caught up, ends it and looks at what it left.
    async fn check_recovery(mut self) {
        let (world, service) = (&self.world, &mut self.service);
        until("all records", || count(world) == expected().len()).await;
        assert!(service.said("STATUS=running, 7 portals"), "{:#?}", service.messages);
        let beats = service.count("WATCHDOG=1");
        until("the watchdog's sign of life", || service.count("WATCHDOG=1") > beats).await;
        service.signal(Signal::TERM);
        let (done, _) = self.service.end().await;
        assert_eq!(done.code, Some(0), "{done:#?}");
        let told = done.err.matches("paused; nothing is lost").count();
        assert!((1..=2).contains(&told), "one line for each change of state: {}", done.err);
        assert_eq!(by_key(&self.world.records()).len(), expected().len(), "and each once");
        check_healthy(&self.world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_refuses_pauses_the_service_which_goes_on_by_itself() {
    for (error, why) in
        [("ENOSPC", "the disk is full"), ("EIO", "the disk fails"), ("EROFS", "read-only"), ("EMFILE", "LimitNOFILE")]
    {
        let mut tried = Tried::start(slow_world().await).await;
        tried.fail(&format!("store.commit={error}"));
        tried.paused(why).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let asked = tried.world.sites.log().len();
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(tried.world.sites.log().len(), asked, "{error}: nothing is asked for meanwhile");
        tried.fail("");
        tried.check_recovery().await;
    }
}

/// A commit that is told as failed and yet is on disk: the settle is done, and must not be done again.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_of_which_nobody_knows_is_no_second_record() {
    let mut tried = Tried::start(slow_world().await).await;
    tried.fail("store.committed=EIO");
    tried.paused("the disk fails").await;
    tried.fail("");
    tried.check_recovery().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_written_keep_their_records_waiting() {
    for (point, error) in
        [("sink.write", "ENOSPC"), ("sink.sync", "EIO"), ("sink.created", "EMFILE"), ("sink.folder", "EROFS")]
    {
        let world = slow_world().await;
        let points = format!("{point}={error}@2..6");
        let mut service = Service::start_with(&world, &[("TINTINH_FAILPOINTS", &points)]);
        until("all records", || count(&world) == expected().len()).await;
        // The lines stand in their files a moment before the service knows that they do.
        tokio::time::sleep(Duration::from_secs(1)).await;
        service.signal(Signal::TERM);
        until("the end", || service.child.try_wait().unwrap().is_some()).await;
        let (done, _) = service.end().await;
        assert!(done.err.contains("records cannot be written and wait in the store"), "{point}: {}", done.err);
        assert!(done.err.contains("records can be written again"), "{point}: {}", done.err);
        assert_eq!(by_key(&world.records()).len(), expected().len(), "{point}");
        check_healthy(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_ends_the_service_with_a_word_about_the_doctor() {
    let world = slow_world().await;
    let service = Service::start_with(&world, &[("TINTINH_FAILPOINTS", "store.commit=CORRUPT@40..")]);
    let (done, _) = service.end().await;
    assert_eq!(done.code, Some(4), "{done:#?}");
    assert!(
        done.err.contains("help: the database is damaged: stop the program and run `tintinh doctor --repair`"),
        "{}",
        done.err
    );
    world.catch_up().await;
    assert_eq!(by_key(&world.records()).len(), expected().len());
    check_healthy(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_folder_that_vanishes_is_waited_for() {
    let mut tried = Tried::start(slow_world().await).await;
    let (state, away) = (tried.world.path().join("state"), tried.world.path().join("away"));
    fs::rename(&state, &away).unwrap();
    tried.paused("restore it").await;
    assert!(!state.exists(), "nothing is begun anew in its place");
    fs::rename(&away, &state).unwrap();
    tried.check_recovery().await;
}

/// Longer than a statement waits for a lock.
#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the test is the other process")]
async fn a_database_that_another_process_holds_is_waited_for() {
    let mut tried = Tried::start(slow_world().await).await;
    let holder = Connection::open(database(&tried.world)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    tried.paused("another process has locked the database").await;
    holder.execute_batch("ROLLBACK").unwrap();
    drop(holder);
    tried.check_recovery().await;
}

/// The system's own word, in the midst of SQLite and of the sink: a sync of each thread fails.
#[tokio::test(flavor = "multi_thread")]
async fn syncs_that_fail_acknowledge_nothing() {
    let injects = |program: &str| Command::new("strace").args(["-D", "-qq", "-e", "trace=none", program]).output();
    if !present("strace") || !injects("true").is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user may not trace processes");
        return;
    }
    let world = slow_world().await;
    let failing = "inject=fsync,fdatasync:error=EIO:when=30";
    let prefix = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", failing];
    let mut service = Service::start_under(&world, &prefix, &[]);
    until("all records", || {
        service.count("");
        count(&world) == expected().len()
    })
    .await;
    service.signal(Signal::TERM);
    let (done, _) = service.end().await;
    assert!(done.err.contains("Input/output error") || done.err.contains("the disk fails"), "{}", done.err);
    world.run_well(&["fetch"]).await;
    assert_eq!(by_key(&world.records()).len(), expected().len());
    check_healthy(&world).await;
}

/// A disk of its own, where the machine lets us mount one.
struct Disk {
    folder: TempDir,
}

impl Disk {
    fn mount(options: &str) -> Option<Disk> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Disk { folder });
        }
        eprintln!("skipped: this user may not mount a disk");
        None
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn remount(&self, options: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(self.path()).status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// A slow world whose state, or whose records, lie on a disk of their own.
async fn on_disk(disk: &Disk, what: &str) -> World {
    let world = slow_world().await;
    let key = format!("{what}_dir");
    world.set(&format!("{key} = \"../{what}\""), &format!("{key} = \"{}/{what}\"", disk.path().display()));
    std::os::unix::fs::symlink(disk.path().join(what), world.path().join(what)).unwrap();
    world
}

/// Fills a disk to the last byte; says with which file.
fn fill(disk: &Disk) -> PathBuf {
    let path = disk.path().join("ballast");
    let _ = Command::new("dd").args(["if=/dev/zero", "bs=4k"]).arg(format!("of={}", path.display())).output().unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_the_state_is_waited_for() {
    let Some(disk) = Disk::mount("size=16m") else { return };
    let world = on_disk(&disk, "state").await;
    let mut tried = Tried::start(world).await;
    let ballast = fill(&disk);
    tried.paused("the disk is full").await;
    fs::remove_file(ballast).unwrap();
    tried.check_recovery().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_nearly_full_is_met_before_it_is_full() {
    let Some(disk) = Disk::mount("size=24m") else { return };
    let world = on_disk(&disk, "state").await;
    world.set("min_free = \"0 B\"", "min_free = \"8 MiB\"");
    let mut tried = Tried::start(world).await;
    let ballast = disk.path().join("ballast");
    fs::write(&ballast, vec![0; 15 << 20]).unwrap();
    tried.paused("`min_free` of [engine] is 8 MiB").await;
    fs::remove_file(ballast).unwrap();
    tried.check_recovery().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_disk_is_told_at_the_start_and_can_be_looked_at() {
    let Some(disk) = Disk::mount("size=16m") else { return };
    let world = on_disk(&disk, "state").await;
    world.run_well(&["fetch"]).await;
    disk.remount("ro");
    for verb in ["fetch", "run"] {
        let done = world.run(&[verb]).await;
        assert_eq!(done.code, Some(3), "{done:#?}");
        assert!(done.err.contains("Read-only file system") && done.err.contains("--state-dir"), "{done:#?}");
    }
    assert!(world.run_well(&["status"]).await.contains("demo-gialai"));
    check_healthy(&world).await;
    disk.remount("rw");
    world.run_well(&["fetch"]).await;
    check_healthy(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_the_records_tears_no_line() {
    let Some(disk) = Disk::mount("size=4m") else { return };
    let world = on_disk(&disk, "records").await;
    let mut service = Service::start(&world);
    until("some records", || count(&world) > 3).await;
    let ballast = fill(&disk);
    until("the log", || fs::metadata(&ballast).is_ok()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let held = count(&world);
    assert!(held < expected().len());
    for path in world.record_files() {
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.is_empty() || bytes.ends_with(b"\n"), "{}", path.display());
    }
    fs::remove_file(ballast).unwrap();
    until("all records", || count(&world) == expected().len()).await;
    service.signal(Signal::TERM);
    until("the end", || service.child.try_wait().unwrap().is_some()).await;
    let (done, _) = service.end().await;
    assert!(done.err.contains("No space left on device"), "{}", done.err);
    check_healthy(&world).await;
}

/// Descriptors run out under the service, as under a limit that is too low, and come back.
#[tokio::test(flavor = "multi_thread")]
async fn missing_descriptors_are_waited_for() {
    if !present("prlimit") {
        return;
    }
    let world = slow_world().await;
    let mut service = Service::start(&world);
    until("some records", || count(&world) > 3).await;
    let pid = service.child.id().unwrap().to_string();
    let limit = |descriptors: &str| {
        let done = Command::new("prlimit").args(["--pid", &pid, &format!("--nofile={descriptors}:4096")]).status();
        assert!(done.unwrap().success());
    };
    limit("8");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(service.child.try_wait().unwrap().is_none(), "it stays up");
    limit("4096");
    service.signal(Signal::TERM);
    let (done, _) = service.end().await;
    assert!(done.err.contains("os error 24") || done.err.contains("unable to open database file"), "{}", done.err);
    check_healthy(&world).await;
}

/// The process is killed at each place between two writes, at its first time and, in later runs over what is left, at later ones.
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_writes_nothing_is_lost_and_nothing_written_twice() {
    // These are reached only by a repair, below, by sinks (`sink_kills`), by `attachments` and by watches (`watch_month`).
    let elsewhere = [
        "doctor.rewrite",
        "doctor.rename",
        "store.backup",
        "sink.torn",
        "forward.given",
        "attachment.read",
        "attachment.text",
        "notify.commit",
        "notify.committed",
    ];
    for place in failpoint::PLACES.iter().filter(|place| !elsewhere.contains(place)) {
        let world = World::new().await;
        // Otherwise pages are not synced while the program runs.
        world.add("[pages]\ndurable = true\n");
        let mut killed = 0;
        for time in [1, 2, 7] {
            let mut command = world.command(&["fetch"]);
            command.env("TINTINH_FAILPOINTS", format!("{place}=kill@{time}"));
            killed += u32::from(end_of(command.spawn().unwrap()).await.code.is_none());
        }
        assert!(killed > 0, "{place} was not reached");
        world.catch_up().await;
        assert_eq!(by_key(&world.records()).len(), expected().len(), "{place}");
        check_healthy(&world).await;
    }
}

/// So are a repair and the cut of a torn line.
#[tokio::test(flavor = "multi_thread")]
async fn a_repair_that_is_killed_is_repeated() {
    for place in ["doctor.rewrite", "doctor.rename", "store.backup", "sink.torn", "store.commit", "sink.sync"] {
        let world = World::new().await;
        world.run_well(&["fetch"]).await;
        let wanted = by_key(&world.records());
        let path = world.record_files().pop().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.remove(0);
        lines.push("no record");
        fs::write(&path, format!("{}\n{{\"id\":\"half", lines.join("\n"))).unwrap();
        let mut command = world.command(&["doctor", "--repair"]);
        command.env("TINTINH_FAILPOINTS", format!("{place}=kill@1"));
        let killed = end_of(command.spawn().unwrap()).await;
        assert!(killed.code.is_none() || place == "sink.torn", "{place}: {killed:#?}");
        world.run_well(&["doctor", "--repair"]).await;
        check_healthy(&world).await;
        assert_eq!(by_key(&world.records()), wanted, "{place}");
    }
}
