//! Time and memory that hostile pages cost, each in a process of its own: `cargo bench --bench hostile [NAME…]`. The aim is at most one
//! second and 200 MB each, the page itself and the program counted in. Memory is told on Linux alone.

use std::process::Command;
use std::process::ExitCode;
use std::time::Instant;

use tintinh::extract::Input;
use tintinh::extract::extract;
use tintinh::model::link::Hints;
use tintinh::url::PageUrl;

#[path = "../tests/hostile/pages.rs"]
mod pages;

/// Tells a process that it is the one that reads a page.
const CHILD: &str = "--read";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [CHILD, name] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        read(name);
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    println!("{:<24} {:>9} {:>9} {:>8}", "page", "MB", "seconds", "peak MB");
    for page in pages::ALL.iter().filter(|page| arguments.is_empty() || arguments.iter().any(|name| name == page.name))
    {
        let program = std::env::current_exe().expect("a program knows its path");
        let done = Command::new(program).args([CHILD, page.name]).status().expect("a process can be started");
        if !done.success() {
            println!("{:<24} ended with {done}", page.name);
        }
        failed |= !done.success();
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn read(name: &str) {
    let page = pages::ALL.iter().find(|page| page.name == name).expect("a page of that name");
    let body = (page.make)();
    let url = PageUrl::parse("https://example.gov.vn/tin").expect("an address");
    let hints = Hints::default();
    let began = Instant::now();
    let input = Input {
        url: &url,
        content_type: Some("text/html; charset=utf-8"),
        body: body.as_bytes(),
        hints: &hints,
        site: "",
        explain: false,
        memory: None,
        learn: false,
    };
    let extracted = extract(input, &[]);
    let seconds = began.elapsed().as_secs_f64();
    let warned = if extracted.warnings.is_empty() { "" } else { " (cut)" };
    println!("{name:<24} {:>9.1} {seconds:>9.3} {:>8}{warned}", body.len() as f64 / 1e6, peak_megabytes());
}

/// The most memory that the process held.
fn peak_megabytes() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: Option<f64> = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kilobytes.map_or_else(|| "-".to_owned(), |kilobytes| format!("{:.0}", kilobytes / 1000.0))
}
