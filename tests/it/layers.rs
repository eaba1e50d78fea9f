//! The layers of the crate docs, held to the source: no module uses a higher layer, and dangerous crates keep to their homes.
//!
//! The source is read as tokens (as the compiler's, so comments and texts do not count, and what stands inside of macros does). Code
//! under `#[cfg(test)]` is left out: tests may use what they like.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proc_macro2::Delimiter;
use proc_macro2::TokenStream;
use proc_macro2::TokenTree;

/// Layers up to this one are pure.
const LAST_PURE: u32 = 2;

/// The layer of the modules that do IO, which do not know each other.
const IO_LAYER: u32 = 3;

/// What every module of the IO layer may ask.
const SHARED_IO: &[&str] = &["clock", "failpoint", "files", "process"];

/// Crates that have their homes.
const HOMES: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["config"]),
    ("axum", &["demo", "web"]),
    ("clap", &["cli", "commands"]),
    ("clap_complete", &["cli", "commands"]),
    ("clap_mangen", &["commands"]),
    ("comfy_table", &["commands"]),
    ("csv", &["commands"]),
    ("hyper", &["fetch"]),
    ("indicatif", &["commands", "telemetry"]),
    ("lettre", &["mail"]),
    ("maud", &["web"]),
    ("openssl", &["fetch"]),
    ("parquet", &["commands"]),
    ("postgres", &["store"]),
    ("prometheus_client", &["web"]),
    ("reqwest", &["fetch"]),
    ("ring", &["archive", "attachment", "fetch", "sink", "web"]),
    ("rusqlite", &["marks", "notify", "search", "store"]),
    ("rustls", &["fetch"]),
    ("rustls_native_certs", &["fetch"]),
    ("rustls_pki_types", &["config"]),
    ("schemars", &["config", "model", "text"]),
    ("sd_notify", &["systemd"]),
    // What a site sent is made visible there before a terminal gets it.
    ("std::io::stderr", &["commands::output", "telemetry"]),
    ("std::io::stdout", &["commands::output"]),
    ("tokio_openssl", &["fetch"]),
    ("toml", &["config"]),
    ("tracing_journald", &["telemetry"]),
    ("tracing_subscriber", &["config", "telemetry"]),
    ("similar", &["commands", "text"]),
    ("webpki_root_certs", &["fetch"]),
    ("x509_cert", &["config", "fetch"]),
    ("zip", &["file_text"]),
    ("zstd", &["archive", "coding", "file_dedup", "store"]),
];

/// What pure modules do not name: IO, clocks, tasks, and logs, which are IO as well.
const IMPURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::os",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "tracing",
];

/// Macros that print.
const PRINTING: &[&str] = &["dbg", "eprint", "eprintln", "print", "println"];

/// What may stand where it otherwise may not, with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[("html::tree", "std::time::Instant")]; // a deadline against pages that would keep the parser busy for hours

/// The one pair of one layer that knows each other: addresses are text, and dates stand in addresses.
const TWINS: &[&str] = &["text", "url"];

/// The module that makes a page into a record: it alone joins others of its layer, and calls their stages.
const JOINS: &str = "reading";

/// The stages that [`JOINS`] alone calls, so that there is one way from a page to a record.
const STAGES: &[&str] = &["extract::read", "extract::extract", "normalize::normalize"];

/// A source file: its module's path (`fetch::robots`) and its text.
type File<'a> = (&'a str, &'a str);

#[test]
fn no_module_uses_a_higher_layer() {
    let map = fs::read_to_string(source().join("lib.rs")).unwrap();
    let layers = layers(&map);
    let files = source_files();
    let files: Vec<File<'_>> = files.iter().map(|(module, text)| (module.as_str(), text.as_str())).collect();
    let known: BTreeSet<&str> = layers.keys().map(String::as_str).collect();
    let found: BTreeSet<&str> = files.iter().map(|(module, _)| top(module)).collect();
    assert_eq!(known, found, "the map in lib.rs names every module");
    let wrong = violations(&layers, &files);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn source() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn top(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let files = source_files();
    let files: Vec<File<'_>> = files.iter().map(|(module, text)| (module.as_str(), text.as_str())).collect();
    let left = circles(&files);
    assert!(left.is_empty(), "each of these imports another of them: {left:?}");
}

#[test]
fn circles_are_found_and_a_module_may_know_its_own_children() {
    let circle = [("a", "use crate::b::x::B;"), ("b", "mod x; use crate::b::x::B;"), ("b::x", "use crate::a::A;")];
    assert_eq!(circles(&circle), ["a", "b::x"]);
    assert!(
        circles(&[("b", "use crate::b::x::B;"), ("b::x", "use crate::b::A;"), ("c", "use crate::b::A;")]).is_empty()
    );
}

/// The files that import each other in a circle, and those between circles. A module and what is below it count as one family.
fn circles<'a>(files: &[File<'a>]) -> Vec<&'a str> {
    let modules: BTreeSet<&str> = files.iter().map(|(module, _)| *module).collect();
    let is_family = |one: &str, other: &str| format!("{one}::").starts_with(&format!("{other}::"));
    let file_of = |path: &str| {
        let mut path = path.strip_prefix("crate::")?;
        while !modules.contains(path) {
            path = path.rsplit_once("::")?.0;
        }
        modules.get(path).copied()
    };
    let imports = |module: &'a str, text: &str| {
        let named = names(module, text);
        let others = named.iter().filter_map(|named| file_of(&named.path));
        let others: BTreeSet<&str> =
            others.filter(|other| !is_family(module, other) && !is_family(other, module)).collect();
        (module, others)
    };
    let mut left: BTreeMap<&str, BTreeSet<&str>> = files.iter().map(|(module, text)| imports(module, text)).collect();
    loop {
        let known: BTreeSet<&str> = left.keys().copied().collect();
        let before = left.len();
        left.retain(|_, others| others.iter().any(|other| known.contains(other)));
        let imported: BTreeSet<&str> = left.values().flatten().copied().collect();
        left.retain(|module, _| imported.contains(module));
        if left.len() == before {
            return left.into_keys().collect();
        }
    }
}

/// The layers of the table in the crate docs: `//! | 3 | [`config`], [`clock`] |`.
fn layers(map: &str) -> BTreeMap<String, u32> {
    let rows = map.lines().filter_map(|line| line.strip_prefix("//! | "));
    let rows = rows.filter_map(|row| {
        let (number, modules) = row.split_once(" | ")?;
        Some((number.parse::<u32>().ok()?, modules))
    });
    let names = |(number, modules): (u32, &str)| {
        modules.split("[`").skip(1).map(|name| (name.split('`').next().unwrap().to_owned(), number)).collect::<Vec<_>>()
    };
    rows.flat_map(names).collect()
}

/// All files of the library but `lib.rs` and `main.rs`, by module. Files that only tests compile are left out.
fn source_files() -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(&source(), "", &mut files);
    let test_only: BTreeSet<String> = files.iter().flat_map(|(module, text)| test_modules(module, text)).collect();
    files.retain(|(module, _)| !module.is_empty() && module != "main" && !test_only.contains(module));
    files
}

fn collect(folder: &Path, module: &str, files: &mut Vec<(String, String)>) {
    let join = |name: &str| if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            collect(&path, &join(stem), files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = if matches!(stem, "mod" | "lib") { module.to_owned() } else { join(stem) };
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The modules that a file declares as `#[cfg(test)] mod name;`.
fn test_modules(module: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]");
    declared
        .filter_map(|pair| {
            let line = pair[1].strip_prefix("pub(crate) ").unwrap_or(pair[1]);
            let name = line.strip_prefix("mod ")?.strip_suffix(';')?;
            Some(format!("{module}::{name}"))
        })
        .collect()
}

/// Everything that is wrong, as `module:line uses …: why`.
fn violations(layers: &BTreeMap<String, u32>, files: &[File<'_>]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (module, text) in files {
        let own = top(module);
        let layer = layers[own];
        for Named { path, line } in names(module, text) {
            let why = match path.strip_prefix("crate::") {
                Some(inner) => {
                    let other = top(inner);
                    why_not_ours(own, layer, other, layers.get(other).copied()).or_else(|| why_not_stage(own, inner))
                }
                None => why_not_foreign(module, layer, &path).or_else(|| why_not_stage(own, &path)),
            };
            wrong.extend(why.map(|why| format!("{module}:{line} uses {path}: {why}")));
        }
    }
    wrong
}

fn why_not_ours(own: &str, layer: u32, other: &str, level: Option<u32>) -> Option<String> {
    let twins = TWINS.contains(&own) && TWINS.contains(&other);
    let shared = layer == IO_LAYER && SHARED_IO.contains(&other);
    let joins = own == JOINS;
    match level {
        None => Some("it is no module of the map".to_owned()),
        Some(level) if level > layer => Some(format!("it is of layer {level}, above {layer}")),
        Some(level) if level < layer || own == other || twins || shared || joins => None,
        Some(IO_LAYER) => Some("IO modules do not know each other".to_owned()),
        Some(level) => Some(format!("it is of layer {level}, too")),
    }
}

fn why_not_stage(own: &str, path: &str) -> Option<String> {
    let is_stage = STAGES.contains(&path) && own != JOINS && own != top(path);
    is_stage.then(|| format!("pages are made into records by {JOINS} alone"))
}

fn why_not_foreign(module: &str, layer: u32, path: &str) -> Option<String> {
    let begins = |with: &str| path == with || path.starts_with(&format!("{with}::"));
    if EXCEPTIONS.iter().any(|(home, name)| *home == module && begins(name)) {
        return None;
    }
    if layer <= LAST_PURE && IMPURE.iter().any(|name| begins(name)) {
        return Some(format!("layer {layer} is pure"));
    }
    let (name, homes) = HOMES.iter().find(|(name, _)| begins(name))?;
    (!homes.contains(&top(module)) && !homes.contains(&module))
        .then(|| format!("{name} is for {} alone", homes.join(" and ")))
}

/// A path that the source names, absolute: `crate::store::Store`, `std::fs::read`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    path: String,
    line: usize,
}

/// All paths that a file names, `use` groups taken apart, `self` and `super` resolved. Macros that print come as `std::macro`.
fn names(module: &str, text: &str) -> Vec<Named> {
    let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{module}: {error}"));
    let mut found = Vec::new();
    let here: Vec<String> = module.split("::").map(str::to_owned).collect();
    walk(&tokens.into_iter().collect::<Vec<_>>(), &here, &mut found);
    found
}

fn walk(tokens: &[TokenTree], here: &[String], found: &mut Vec<Named>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(end) = test_item(tokens, at) {
            at = end;
        } else if let (Some("mod"), Some(name), Some(body)) =
            (ident(tokens.get(at)).as_deref(), ident(tokens.get(at + 1)), braces(tokens.get(at + 2)))
        {
            walk(&body, &[here, &[name]].concat(), found);
            at += 3;
        } else if let Some(end) = path(tokens, at, here, found) {
            at = end;
        } else {
            if let TokenTree::Group(group) = token {
                walk(&group.stream().into_iter().collect::<Vec<_>>(), here, found);
            }
            at += 1;
        }
    }
}

/// Where an item under `#[cfg(test)]` ends that begins here.
fn test_item(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let TokenTree::Group(attribute) = tokens.get(at + 1)? else { return None };
    if punct(tokens.get(at)) != Some('#') || attribute.stream().to_string().replace(' ', "") != "cfg(test)" {
        return None;
    }
    let ends = |token: &TokenTree| braces(Some(token)).is_some() || matches!(punct(Some(token)), Some(';' | ','));
    Some(at + 2 + tokens.get(at + 2..)?.iter().position(ends).map_or(tokens.len(), |end| end + 1))
}

/// Reads a path that begins here; says where it ends. A lone name without `::` is none, but for a macro that prints.
fn path(tokens: &[TokenTree], at: usize, here: &[String], found: &mut Vec<Named>) -> Option<usize> {
    let first = ident(tokens.get(at))?;
    let line = tokens.get(at)?.span().start().line;
    if PRINTING.contains(&first.as_str()) && punct(tokens.get(at + 1)) == Some('!') {
        found.push(Named { path: format!("std::io::stdout::{first}!"), line });
        return Some(at + 1);
    }
    // `.name::<T>()` is a method, and `'name` a lifetime.
    let after_dot = at > 0 && matches!(punct(tokens.get(at - 1)), Some('.' | '\''));
    let is_use = at > 0 && ident(tokens.get(at - 1)).as_deref() == Some("use");
    if after_dot || !(is_use || colons(tokens, at + 1)) {
        return None;
    }
    let base = match first.as_str() {
        "crate" => vec!["crate".to_owned()],
        "self" => [&["crate".to_owned()], here].concat(),
        "super" => [&["crate".to_owned()], here.get(..here.len().saturating_sub(1)).unwrap_or_default()].concat(),
        _ => vec![first],
    };
    Some(rest(tokens, at + 1, base, line, found))
}

/// The rest of a path behind its first names: more names, or a group of them.
fn rest(tokens: &[TokenTree], mut at: usize, mut base: Vec<String>, line: usize, found: &mut Vec<Named>) -> usize {
    while colons(tokens, at) {
        match (ident(tokens.get(at + 2)), braces(tokens.get(at + 2))) {
            (Some(name), _) if name == "super" => {
                base.pop();
            }
            (Some(name), _) if name == "self" => {}
            (Some(name), _) => base.push(name),
            (None, Some(group)) => {
                for part in group.split(|token| punct(Some(token)) == Some(',')).filter(|part| !part.is_empty()) {
                    let mut own = base.clone();
                    own.extend(ident(part.first()).filter(|name| name != "self"));
                    rest(part, 1, own, line, found);
                }
                return at + 3;
            }
            // `::<T>` and `::*`
            (None, None) => break,
        }
        at += 3;
    }
    found.push(Named { path: base.join("::"), line });
    at
}

fn ident(token: Option<&TokenTree>) -> Option<String> {
    match token? {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

fn punct(token: Option<&TokenTree>) -> Option<char> {
    match token? {
        TokenTree::Punct(punct) => Some(punct.as_char()),
        _ => None,
    }
}

fn colons(tokens: &[TokenTree], at: usize) -> bool {
    punct(tokens.get(at)) == Some(':') && punct(tokens.get(at + 1)) == Some(':')
}

fn braces(token: Option<&TokenTree>) -> Option<Vec<TokenTree>> {
    match token? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream().into_iter().collect()),
        _ => None,
    }
}

/// What is found in one file of the module `discover::feed`, with the layers of a small map.
fn found_in(module: &str, text: &str) -> String {
    let map = "//! | 3 | [`clock`], [`fetch`], [`store`] |\n//! | 2 | [`discover`], [`dedup`], [`extract`], [`reading`] |\n//! | 1 | [`model`] |\n//! | 4 | [`visit`] |\n//! | 7 | [`commands`] |";
    violations(&layers(map), &[(module, text)]).join("\n")
}

#[test]
fn every_way_to_name_a_higher_layer_is_seen() {
    for text in [
        "use crate::store::Store;",
        "use crate::{model::Link, store::{Store, Lease}};",
        "use crate::{model::{self, Link}, store};",
        "use crate::store as s;",
        "pub use crate::store::*;",
        "fn f() { crate::store::open(); }",
        "fn f() { let x: Vec<crate::store::Lease> = Vec::<crate::model::Link>::new(); }",
        "fn f() { format!(\"{}\", crate::store::NAME) }",
        "use super::super::store::Store;",
        "mod inner { use super::super::super::store::Store; }",
        "mod inner { fn f() { super::super::super::store::open() } }",
        "#[cfg(not(test))] use crate::store::Store;",
        "fn f() -> self::super::super::store::Lease { todo!() }",
    ] {
        let found = found_in("discover::feed", text);
        assert!(found.contains("uses crate::store"), "{text}: {found:?}");
        assert!(found.contains("layer 3, above 2"), "{text}: {found:?}");
        assert_eq!(found.lines().filter(|line| line.contains("model")).count(), 0, "{text}: {found}");
    }
}

#[test]
fn what_is_allowed_is_not_reported() {
    for text in [
        "use crate::{model::{Link, page::Page}, discover::xml};",
        "//! crate::store::Store\n/// [`crate::store`]\nfn f() { let text = \"crate::store::Store\"; }",
        "use super::xml; use self::strict::read; mod strict { use super::super::listing; }",
        "#[cfg(test)] mod tests { use crate::store::Store; use std::fs; fn f() { println!(\"\") } }",
        "#[cfg(test)] use crate::store::Store;\nfn f() {}",
        "use std::io::Read; use std::net::SocketAddr; use std::time::Duration;",
        "fn store() { store::<u8>(); x.store::<u8>() }",
    ] {
        assert_eq!(found_in("discover::feed", text), "", "{text}");
    }
    assert_eq!(found_in("fetch::session", "use crate::clock::Clock; use crate::fetch::robots;"), "");
    assert_eq!(found_in("visit", "use crate::{store::Store, fetch::Fetcher};"), "");
}

#[test]
fn io_modules_and_pure_ones_are_held_apart() {
    let found = found_in("fetch::session", "use crate::{clock::Clock, store::Store};");
    assert_eq!(found, "fetch::session:1 uses crate::store::Store: IO modules do not know each other");
    for (text, name) in [
        ("use std::{collections::BTreeMap, fs};", "std::fs"),
        ("fn f() { std::fs::read(\"x\"); }", "std::fs::read"),
        ("use std::time::{Duration, SystemTime};", "std::time::SystemTime"),
        ("fn f() { std::process::exit(1) }", "std::process::exit"),
        ("use std::net::TcpStream;", "std::net::TcpStream"),
        ("async fn f() { tokio::time::sleep(d).await }", "tokio::time::sleep"),
        ("fn f() { tracing::warn!(\"x\") }", "tracing::warn"),
        ("fn f() { println!(\"x\") }", "std::io::stdout::println!"),
    ] {
        let found = found_in("discover::feed", text);
        assert_eq!(found, format!("discover::feed:1 uses {name}: layer 2 is pure"), "{text}");
    }
    let found = found_in("visit", "use rusqlite::Connection;");
    assert_eq!(found, "visit:1 uses rusqlite::Connection: rusqlite is for marks and notify and search and store alone");
    assert_eq!(found_in("store::sqlite", "use rusqlite::Connection;"), "");
    let found = found_in("commands::links", "fn f() { eprintln!(\"x\") }");
    assert_eq!(
        found,
        "commands::links:1 uses std::io::stdout::eprintln!: std::io::stdout is for commands::output alone"
    );
    assert_eq!(found_in("commands::output", "fn f() { println!(\"x\") }"), "");
    assert!(found_in("visit", "use crate::nowhere::X;").contains("no module of the map"));
}

#[test]
fn modules_of_one_layer_are_held_apart() {
    let found = found_in("discover", "use crate::dedup::Verdict;");
    assert_eq!(found, "discover:1 uses crate::dedup::Verdict: it is of layer 2, too");
    assert_eq!(found_in("discover", "use crate::discover::Found;"), "");
    assert_eq!(found_in("reading", "use crate::dedup::Verdict;"), "", "it joins them");
    assert!(found_in("reading", "use crate::store::Store;").contains("above 2"));
}

#[test]
fn pages_are_made_into_records_in_one_place() {
    for (text, name) in [
        ("use crate::extract::read;", "crate::extract::read"),
        ("use crate::extract; fn f() { extract::extract(input, &[]); }", "extract::extract"),
    ] {
        let found = found_in("visit::articles", text);
        assert_eq!(found, format!("visit::articles:1 uses {name}: pages are made into records by reading alone"));
        assert_eq!(found_in("reading", text), "");
        assert_eq!(found_in("extract::tests", text), "");
    }
    assert_eq!(found_in("visit", "use crate::extract::read_text; use crate::extract::template::SiteMemory;"), "");
}
