//! The walk in the crate docs, held to the source: each function that it names is there, in the file that it names.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;

/// Functions that the walk names at least: without them it is no walk.
const LEAST: usize = 15;

#[test]
fn each_function_of_the_walk_is_there() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let map = fs::read_to_string(source.join("lib.rs")).unwrap();
    let walk = map.split("//! # One article").nth(1).unwrap().split("//! # ").next().unwrap();
    let names: Vec<&str> = walk.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
    assert!(names.len() >= LEAST, "{names:?}");
    for name in &names {
        assert!(is_there(&source, name), "`{name}` of the walk is not in the source");
    }
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len(), "each function is named once");
}

/// Whether `module::function` or `module::Type::function` is in the module's file.
fn is_there(source: &Path, name: &str) -> bool {
    let parts: Vec<&str> = name.split("::").collect();
    let (function, modules) = parts.split_last().unwrap();
    let modules: Vec<&str> = modules.iter().copied().take_while(|part| part.starts_with(char::is_lowercase)).collect();
    let file = source.join(modules.join("/"));
    let texts =
        [file.with_extension("rs"), file.join("mod.rs")].map(|path| fs::read_to_string(path).unwrap_or_default());
    texts.iter().any(|text| [" (", "(", "<"].iter().any(|end| text.contains(&format!("fn {function}{end}"))))
}

#[test]
fn a_function_that_is_not_there_is_seen() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert!(is_there(&source, "visit::visit") && is_there(&source, "reading::read"));
    assert!(!is_there(&source, "visit::no_such_function") && !is_there(&source, "no_such_module::read"));
}
