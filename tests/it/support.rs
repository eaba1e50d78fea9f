//! What several suites need.
use std::path::Path;
use std::path::PathBuf;

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
