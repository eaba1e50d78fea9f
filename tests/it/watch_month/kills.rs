//! The month with processes that are killed between two writes.

use std::ops::Range;
use std::path::Path;

use super::check;
use super::folder;
use super::month;
use crate::support::kill_one_after_the_other;

/// A process of the service that may be killed on the way: started by the tests below, with a folder.
#[tokio::test(start_paused = true)]
#[ignore = "a process of the tests below"]
#[expect(clippy::disallowed_methods, reason = "a test tells its process by the environment")]
async fn a_process_of_the_month() {
    if let Ok(folder) = std::env::var("TINTINH_MONTH") {
        month(Path::new(&folder)).await;
    }
}

/// Lets processes of one month be killed, one after the other, and the last one end the month; gives how many were.
async fn kill_over_a_month(folder: &Path, kills: Range<u64>) -> u64 {
    const PLACES: [(&str, u16); 5] = [
        ("notify.commit", 90),
        ("notify.committed", 90),
        ("store.commit", 240),
        ("notify.commit", 40),
        ("notify.committed", 40),
    ];
    kill_one_after_the_other("watch_month::kills::a_process_of_the_month", folder, &PLACES, kills).await
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
