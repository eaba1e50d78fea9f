//! The fuzz targets in every test run: seeds, and what some thousand changes make of them, in the same order on every run, and in CI for a minute
//! each. `tests/soak/fuzz.sh` looks for more.
//! And pages that are as large, as deep or as wide as a site could send: bounded time, bounded stack.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

#[path = "../../fuzz/entry.rs"]
#[expect(clippy::expect_used, reason = "it is written for cargo-fuzz, where nobody is there to handle an error")]
mod entry;

/// Inputs for each target, seeds included. More are asked for by `TINTINH_FUZZ_INPUTS`.
const INPUTS: u64 = 400;

/// Bytes of an input at most: what is longer is slow and finds little.
const MOST_BYTES: usize = 20_000;

/// The stack of a thread on which pages are read: Tokio's default.
const STACK: usize = 2 << 20;

/// What a page may take at most in a debug build beside other tests: a tenth of it is usual.
const LONGEST: Duration = Duration::from_mins(1);

/// Numbers that look random and are the same on every run (Steele, Lea and Flood 2014: `SplitMix64`).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

/// Pieces that mean something to one reader or another.
const PIECES: &[&[u8]] = &[
    b"<",
    b">",
    b"</",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"]]>",
    b"&#x0;",
    b"&#1114112;",
    b"&amp;",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe1\xba",
    b"<table>",
    b"</table>",
    b"<b>",
    b"<a href=",
    b"<svg>",
    b"<math>",
    b"<template>",
    b"<frameset>",
    b"<plaintext>",
    b"\"",
    b"'",
    b"=",
    b"%00",
    b"%E1%BA",
    b"31/02/2025",
    b"29/2/2025",
    b"2025-13-45T25:61:61Z",
    b"99999999999999999999",
    b"-1",
    b"1e999",
    b"\\ud800",
    b"[",
    b"{",
    b"]",
    b"}",
    b"..",
    b"//",
    b"*",
    b"$",
    b"Allow:",
    b"\r",
    b"\n",
    b"\t",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    "Đ".as_bytes(),
    "ờ́".as_bytes(),
    b"/Date(",
    b")/",
];

/// A seed with some changes: bits turned, pieces put in, ranges doubled, dropped or taken from another seed.
fn changed(seeds: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    for _ in 0..=chance.below(6) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(64)).min(bytes.len());
        match chance.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 => drop(bytes.splice(at..at, PIECES[chance.below(PIECES.len())].iter().copied())),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].repeat(1 + chance.below(50));
                bytes.splice(at..at, piece);
            }
            4 => bytes.truncate(at),
            _ => {
                let other = &seeds[chance.below(seeds.len())];
                let from = chance.below(other.len());
                bytes.splice(at..end, other[from..].iter().take(200).copied());
            }
        }
    }
    bytes.truncate(MOST_BYTES);
    bytes
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// How long CI tries each target at least, by the clock, all of them at once.
const IN_CI: Duration = Duration::from_mins(1);

#[expect(clippy::disallowed_methods, reason = "a person or CI asks for more by the environment")]
fn how_much() -> (u64, Duration) {
    let inputs = std::env::var("TINTINH_FUZZ_INPUTS").ok().and_then(|number| number.parse().ok());
    let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    (inputs.unwrap_or(INPUTS), if is_ci { IN_CI } else { Duration::ZERO })
}

/// What this thread took of a processor: beside other tests it may wait for one.
fn spent() -> Duration {
    Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime)).unwrap()
}

fn check_target(target: &str, run: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(seeds.len() >= 2, "{target} has seeds");
    let mut chance = Chance(0);
    let (inputs, time) = how_much();
    let begun = Instant::now();
    for number in 0.. {
        if number >= inputs && begun.elapsed() >= time {
            break;
        }
        if number == inputs {
            // What comes on top takes nothing from other tests; the priority is the thread's.
            rustix::process::setpriority_process(None, 19).unwrap();
        }
        let index = usize::try_from(number).unwrap();
        let input = seeds.get(index).cloned().unwrap_or_else(|| changed(&seeds, &mut chance));
        let before = spent();
        if let Err(panic) = std::panic::catch_unwind(AssertUnwindSafe(|| run(&input))) {
            let path = std::env::temp_dir().join(format!("tintinh-fuzz-{target}-{number}"));
            fs::write(&path, &input).unwrap();
            eprintln!("{target} fails on {}", path.display());
            std::panic::resume_unwind(panic);
        }
        let took = spent().saturating_sub(before);
        assert!(took < LONGEST, "{target} takes {took:?} for input {number}");
    }
}

#[test]
fn no_input_breaks_a_reader() {
    std::thread::scope(|scope| {
        let all: Vec<_> =
            entry::ALL.iter().map(|(target, run)| (target, scope.spawn(|| check_target(target, *run)))).collect();
        for (target, thread) in all {
            assert!(thread.join().is_ok(), "{target}");
        }
    });
}

/// Each target has its file for cargo-fuzz, which the soak asks for their names.
#[test]
fn every_target_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
    for (target, _) in entry::ALL {
        let text = fs::read_to_string(root.join(format!("fuzz/fuzz_targets/{target}.rs"))).unwrap();
        assert!(text.contains(&format!("entry::{target}(data)")), "{target}");
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
    }
}

/// Reads a page on a thread with no more stack than the program gives it; says how long it took.
fn read(name: &str, body: String) -> Duration {
    let bytes = [vec![0], body.into_bytes()].concat();
    let work = move || {
        let begun = Instant::now();
        entry::article(&bytes);
        begun.elapsed()
    };
    let took = std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join();
    took.unwrap_or_else(|_| panic!("{name}"))
}

#[test]
fn monsters_are_read_in_bounded_time_and_stack() {
    let around = |inner: &str| {
        format!("<html><head><title>Bài</title></head><body><h1>Bài</h1><div>{inner}</div></body></html>")
    };
    let paragraph = "<p>Một đoạn văn của bài viết, dài vừa đủ để được coi là một đoạn văn.</p>\n";
    let attributes: String = (0..100_000).map(|number| format!(" a{number}=x")).collect();
    for (name, body) in [
        ("1,000,000 nested tags", "<div>".repeat(1_000_000)),
        ("1,000,000 nested inline tags", around(&"<b><i>".repeat(500_000))),
        ("200,000 nested tables", around(&"<table><tr><td>".repeat(200_000))),
        ("a page of 20 MB", around(&paragraph.repeat(20_000_000 / paragraph.len()))),
        ("a paragraph of 3 MB", around(&format!("<p>{}</p>", "chữ ".repeat(600_000)))),
        (
            "an image of 3 MB in base64",
            around(&format!("<img src='data:image/png;base64,{}'>{paragraph}", "QUJD".repeat(750_000))),
        ),
        ("a tag with 100,000 attributes", around(&format!("<p{attributes}>x</p>{paragraph}"))),
        ("5 MB of ends without beginnings", around(&"</p></div></a>".repeat(350_000))),
        ("5 MB of one comment that does not end", around(&format!("<!--{}", "-".repeat(5_000_000)))),
        ("5 MB of entities", around(&"&nbsp;&amp;&#x1F600;".repeat(250_000))),
        ("a script of 10 MB", around(&format!("<script>{}</script>{paragraph}", "var a=1;".repeat(1_250_000)))),
        ("100,000 links", around(&"<a href='/x'>y</a> ".repeat(100_000))),
    ] {
        let took = read(name, body);
        assert!(took < LONGEST, "{name}: {took:?}");
    }
}
