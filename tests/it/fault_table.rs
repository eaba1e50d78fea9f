//! `docs/faults.md` names tests that are there.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Faults that the table holds at least.
const LEAST: usize = 40;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The cells of each row.
fn rows() -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| fault") && !line.starts_with("| ---"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// Whether a test of this name stands in a module of the integration tests, with its attribute.
fn is_test(name: &str) -> bool {
    let Some((module, function)) = name.rsplit_once("::") else { return false };
    let file = format!("tests/it/{}.rs", module.replace("::", "/"));
    let Ok(text) = fs::read_to_string(root().join(file)) else { return false };
    let Some((before, _)) = text.split_once(&format!("fn {function}()")) else { return false };
    let before = before.trim_end().trim_end_matches("async").trim_end();
    // Attributes stand between the last blank line and the function.
    before.rsplit("\n\n").next().is_some_and(|head| head.contains("#[test]") || head.contains("#[tokio::test"))
}

fn is_soak(name: &str) -> bool {
    let file = fs::metadata(root().join(name));
    name.starts_with("tests/soak/") && file.is_ok_and(|file| file.permissions().mode() & 0o111 != 0)
}

#[test]
fn every_fault_has_its_test() {
    let rows = rows();
    assert!(rows.len() >= LEAST, "{} rows", rows.len());
    for row in &rows {
        assert_eq!(row.len(), 4, "{row:?}");
        let name = row[3].trim_matches('`');
        assert!(is_test(name) || is_soak(name), "there is no test {name}");
    }
}

#[test]
fn every_soak_is_named() {
    let named: Vec<String> = rows().into_iter().map(|row| row[3].trim_matches('`').to_owned()).collect();
    for entry in fs::read_dir(root().join("tests/soak")).unwrap() {
        let name = format!("tests/soak/{}", entry.unwrap().file_name().to_string_lossy());
        assert!(named.contains(&name), "{name} is not in the table");
    }
}
