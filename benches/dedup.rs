//! Deduplication part by part: `cargo bench --bench dedup`. Throughput is in bytes of text.

use divan::Bencher;
use divan::counter::BytesCount;
use tintinh::dedup::align::Seeds;
use tintinh::dedup::align::align;
use tintinh::dedup::document::Document;
use tintinh::dedup::document::Parts;
use tintinh::dedup::sketch;
use tintinh::text::folded::syllables;
use tintinh::text::vietnamese::fold;

mod texts;

fn main() {
    divan::main();
}

/// A hundred articles, and their bytes.
fn sample() -> (Vec<String>, BytesCount) {
    let all: Vec<String> = texts::background().into_iter().take(100).collect();
    let bytes = BytesCount::new(all.iter().map(String::len).sum::<usize>());
    (all, bytes)
}

/// The slow way to keys: what `fold_into_syllables` is to be compared with.
#[divan::bench]
fn fold_to_text(bencher: Bencher<'_, '_>) {
    let (all, bytes) = sample();
    bencher.counter(bytes).bench(|| all.iter().map(|text| fold(text).len()).sum::<usize>());
}

#[divan::bench]
fn fold_into_syllables(bencher: Bencher<'_, '_>) {
    let (all, bytes) = sample();
    bencher.counter(bytes).bench(|| all.iter().map(|text| syllables(text).len()).sum::<usize>());
}

#[divan::bench]
fn documents(bencher: Bencher<'_, '_>) {
    let (all, bytes) = sample();
    let document = |body: &String| Document::new(Parts { body, ..Parts::default() }, []).text.len();
    bencher.counter(bytes).bench(|| all.iter().map(document).sum::<usize>());
}

#[divan::bench]
fn sketches(bencher: Bencher<'_, '_>) {
    let (all, bytes) = sample();
    let all: Vec<_> = all.iter().map(|text| syllables(text)).collect();
    bencher.counter(bytes).bench(|| all.iter().map(|text| sketch::keys(text).len()).sum::<usize>());
}

/// Each article against the next, which is another, and against its own copy.
#[divan::bench(args = [1, 0])]
fn alignments(bencher: Bencher<'_, '_>, step: usize) {
    let (all, bytes) = sample();
    let all: Vec<_> = all.iter().map(|text| syllables(text)).collect();
    bencher.counter(bytes).bench(|| {
        let pairs = all.iter().zip(all.iter().cycle().skip(step));
        pairs.map(|(one, other)| align(one, other, &Seeds::of(other)).stretches.len()).sum::<usize>()
    });
}
