//! Apps as Debian ships them, unchanged: they log in, list, read, mark and star, and see it again after a restart and after a rebuild from files.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::path::Path;

use tintinh::config::Config;
use tokio::process::Command;

use crate::reader::Served;
use crate::reader::visited;
use crate::support::present;
use crate::world::World;

/// Runs a script of `tests/apps` over a reader: `first` marks and stars, `again` must find that with a new account.
async fn run(script: &str, served: &Served, folder: &Path, step: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps").join(script);
    let mut command = Command::new("sh");
    command.arg(script).arg(format!("http://{}", served.address)).arg(folder).arg(step);
    let done = command.kill_on_drop(true).output().await.unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{step}: {text}");
    text
}

/// A visited world, an app that marks, a restart, a rebuild.
async fn used_and_seen_again(script: &str) {
    let world = World::new().await;
    let config = visited(&world).await;
    let folder = world.path().join("app");
    std::fs::create_dir_all(&folder).unwrap();
    let served = Served::over(config).await;
    run(script, &served, &folder, "first").await;
    drop(served);
    let config = || Config::load(&world.path().join("config")).unwrap();
    run(script, &Served::over(config()).await, &folder, "again").await;
    for name in ["tintinh.db", "tintinh.db-wal", "tintinh.db-shm"] {
        let _ = std::fs::remove_file(config().state_dir.join(name));
    }
    world.run(&["doctor", "--repair"]).await;
    run(script, &Served::over(config()).await, &folder, "again").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn newsboat_reads_marks_and_stars() {
    if ["newsboat", "script", "python3", "curl"].into_iter().all(present) {
        used_and_seen_again("newsboat.sh").await;
    } else {
        eprintln!("`tests/apps/install.sh` installs it");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a screen of its own for a minute: tests/soak/apps.sh"]
async fn rss_guard_reads_marks_and_stars() {
    used_and_seen_again("rssguard.sh").await;
}
