//! The month with processes that are killed between two writes.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::check;
use super::folder;
use super::month;

/// A process of the service that may be killed on the way: started by the tests below, with a folder.
#[tokio::test(start_paused = true)]
#[ignore = "a process of the tests below"]
#[expect(clippy::disallowed_methods, reason = "a test tells its process by the environment")]
async fn a_process_of_the_month() {
    if let Ok(folder) = std::env::var("TINTINH_MONTH") {
        month(Path::new(&folder)).await;
    }
}

/// Places and times, by a hash, so that a failure comes again.
fn failpoint(kill: u64) -> String {
    const PLACES: [(&str, u16); 5] = [
        ("notify.commit", 90),
        ("notify.committed", 90),
        ("store.commit", 240),
        ("notify.commit", 40),
        ("notify.committed", 40),
    ];
    let hash = blake3::hash(&kill.to_le_bytes());
    let number = u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]);
    let (place, times) = PLACES[usize::try_from(kill).unwrap() % PLACES.len()];
    format!("{place}=kill@{}", number % times + 1)
}

/// Lets processes of one month be killed, one after the other, and the last one end the month; gives how many were.
async fn kill_over_a_month(folder: &Path, kills: std::ops::Range<u64>) -> u64 {
    let mut killed = 0;
    for failpoint in kills.map(failpoint).chain([String::new()]) {
        let mut process = Command::new(std::env::current_exe().unwrap());
        process
            .args(["--exact", "watch_month::kills::a_process_of_the_month", "--ignored", "--nocapture"])
            .kill_on_drop(true);
        process.env("TINTINH_MONTH", folder).env("TINTINH_FAILPOINTS", &failpoint);
        let ended = process.stdout(Stdio::null()).stderr(Stdio::null()).status().await.unwrap();
        assert!(ended.success() || !failpoint.is_empty(), "{ended}");
        killed += u64::from(ended.code().is_none());
    }
    killed
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_month_with_five_processes_killed_the_same_is_told() {
    let folder = folder();
    let killed = kill_over_a_month(folder.path(), 0..5).await;
    assert!(killed >= 4, "only {killed} of 5 processes were killed");
    check(folder.path());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "tests/soak/watch-kills.sh runs it"]
async fn over_ten_months_with_fifty_processes_killed_the_same_is_told() {
    let mut killed = 0;
    for month in 1..=10 {
        let folder = folder();
        killed += kill_over_a_month(folder.path(), month * 5..month * 5 + 5).await;
        check(folder.path());
    }
    eprintln!("{killed} of 50 processes killed: nothing was told twice, late or not at all");
    assert!(killed >= 40);
}
