//! What several suites need.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tintinh::archive::PageStore;
use tintinh::clock::Clock;
use tintinh::config::Config;
use tintinh::daemon;
use tintinh::delivery::Delivery;
use tintinh::doctor;
use tintinh::engine::Engine;
use tintinh::engine::Job;
use tintinh::engine::Setup;
use tintinh::engine::Shutdown;
use tintinh::engine::Until;
use tintinh::fetch::Fetcher;
use tintinh::fetch::transport::Transport;
use tintinh::sink::jsonl::JsonLines;
use tintinh::store::Store;
use tintinh::visit::VisitContext;
use tokio::process::Command;
use tokio::sync::watch;

/// A file or folder of the shared test data, which is no part of the repository: below `TINTINH_SHARED`, by default
/// `../shared` beside the crate. Where it is absent the test says so and passes, but not under `CI=true`.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the data is")]
pub(crate) fn shared(relative: &str) -> Option<PathBuf> {
    let root = std::env::var("TINTINH_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = root.join(relative);
    if path.exists() {
        return Some(path);
    }
    let absent = format!("skipped: {} is absent", path.display());
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{absent}");
    eprintln!("{absent}");
    None
}

/// Prints how much of a published suite is passed, on a line of its own.
pub(crate) fn conformance(name: &str, passed: usize, total: usize) {
    // The test harness swallows what is printed by tests that pass, but not what is written to the stream itself.
    let line = format!("conformance {name} {passed}/{total}\n");
    std::io::Write::write_all(&mut std::io::stdout().lock(), line.as_bytes()).ok();
}

/// Whether a program of the system is there. Where it is absent the test says so and passes, but not under `CI=true`.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where programs are")]
pub(crate) fn present(program: &str) -> bool {
    let folders = std::env::var("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).any(|folder| folder.join(program).is_file());
    if !found {
        let absent = format!("skipped: {program} is absent");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{absent}");
        eprintln!("{absent}");
    }
    found
}

/// The rows of a table of the shared test data, without its heading; cells are parted by tabs.
pub(crate) fn table(relative: &str) -> Option<Vec<Vec<String>>> {
    let text = std::fs::read_to_string(shared(relative)?).expect("a readable table");
    Some(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect())
}

/// Starts an ignored test of this program as a process, which works in a folder (`TINTINH_MONTH`), and lets it be killed at one of some places, which
/// come with the number of times that each is reached at most; then again, and the last one end. Gives how many were killed. Places and times are
/// chosen by a hash, so that a failure comes again.
pub(crate) async fn kill_one_after_the_other(
    test: &str,
    folder: &Path,
    places: &[(&str, u16)],
    kills: Range<u64>,
) -> u64 {
    let failpoint = |kill: u64| {
        let hash = blake3::hash(&kill.to_le_bytes());
        let number = u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]);
        let (place, times) = places[usize::try_from(kill).unwrap() % places.len()];
        format!("{place}=kill@{}", number % times + 1)
    };
    let mut killed = 0;
    for failpoint in kills.map(failpoint).chain([String::new()]) {
        let mut process = Command::new(std::env::current_exe().unwrap());
        process.args(["--exact", test, "--ignored", "--nocapture"]).kill_on_drop(true);
        process.env("TINTINH_MONTH", folder).env("TINTINH_FAILPOINTS", &failpoint);
        let ended = process.stdout(Stdio::null()).stderr(Stdio::null()).status().await.unwrap();
        assert!(ended.success() || !failpoint.is_empty(), "{ended}");
        killed += u64::from(ended.code().is_none());
    }
    killed
}

/// The parts of a service that starts again over what an earlier process left, with a network of the test.
pub(crate) async fn reopened(config: &Config, clock: &Clock, network: Arc<dyn Transport>) -> VisitContext {
    let store = Store::open(&config.state_dir).await.unwrap();
    doctor::catch_up(&store, &config.records_dir).await.unwrap();
    store.free_leases(clock.now()).await.unwrap();
    store.register(&daemon::registrations(config), clock.now()).await.unwrap();
    let fetcher = Fetcher::with_transport(config.fetch.clone(), clock.clone(), network);
    let pages = PageStore::open(&config.state_dir.join("pages"), config.pages.clone()).unwrap();
    VisitContext { store, fetcher, pages, clock: clock.clone(), reporter: Arc::new(|_| {}) }
}

/// Lets these parts work as the service does, for a time.
pub(crate) async fn live(config: Arc<Config>, context: VisitContext, time: Duration) {
    let job = Job { until: Until::Shutdown, portals: None, backfill: None, by_hand: false };
    work_off(config, context, job, Some(time)).await;
}

/// Lets these parts do a job, to its end or for a time.
pub(crate) async fn work_off(config: Arc<Config>, context: VisitContext, job: Job, time: Option<Duration>) {
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        match time {
            Some(time) => {
                tokio::time::sleep(time).await;
                tell.send_replace(true);
            }
            // Kept for as long as the program runs: nobody stops it.
            None => tell.closed().await,
        }
    });
    let sink = JsonLines::open(&config.records_dir).unwrap();
    let (store, fetcher) = (context.store.clone(), context.fetcher.clone());
    let (_setup, setup) = watch::channel(Setup { config, fetcher });
    let (_hurry, cut) = watch::channel(false);
    Engine::new(context, Delivery::new(store, sink), setup).run(job, Shutdown { told, cut }).await.unwrap();
}
