//! Extraction, and what it is made of, beside a bare parse of the same pages: `cargo bench --bench extract`. The pages are those of the
//! folder in `TINTINH_BENCH_PAGES` (HTML, also .gz), by default the recorded pages of the tests; times are for all of them together.

use std::fs;
use std::io::Read;
use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use tintinh::extract::Input;
use tintinh::extract::extract;
use tintinh::html::document::Document;
use tintinh::html::tree;
use tintinh::model::link::Hints;
use tintinh::url::PageUrl;

fn main() {
    divan::main();
}

#[expect(clippy::disallowed_methods, reason = "benches are told by the environment where the pages are")]
fn pages() -> Vec<Vec<u8>> {
    let recorded = || format!("{}/tests/portals", env!("CARGO_MANIFEST_DIR"));
    let folder = std::env::var("TINTINH_BENCH_PAGES").unwrap_or_else(|_| recorded());
    let mut pages = Vec::new();
    collect(Path::new(&folder), &mut pages);
    assert!(!pages.is_empty(), "no page of HTML in {folder}");
    pages
}

fn collect(folder: &Path, pages: &mut Vec<Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            collect(&path, pages);
        } else if name.ends_with(".html.gz") {
            let mut page = Vec::new();
            let file = fs::File::open(&path).expect("a readable file");
            flate2::read::MultiGzDecoder::new(file).read_to_end(&mut page).expect("a gzip file");
            pages.push(page);
        } else if name.ends_with(".html") {
            pages.push(fs::read(&path).expect("a readable file"));
        }
    }
}

/// What everybody pays who reads HTML with `scraper`.
#[divan::bench(sample_count = 10)]
#[expect(clippy::disallowed_methods, reason = "the unbounded parser is what ours is compared with")]
fn bare_parse(bencher: Bencher<'_, '_>) {
    let pages = pages();
    let nodes = |page: &Vec<u8>| scraper::Html::parse_document(&String::from_utf8_lossy(page)).tree.nodes().count();
    bencher.counter(ItemsCount::new(pages.len())).bench(|| pages.iter().map(nodes).sum::<usize>());
}

/// Our parse, bounded.
#[divan::bench(sample_count = 10)]
fn bounded_parse(bencher: Bencher<'_, '_>) {
    let pages = pages();
    let nodes = |page: &Vec<u8>| tree::parse(&String::from_utf8_lossy(page)).html.tree.nodes().count();
    bencher.counter(ItemsCount::new(pages.len())).bench(|| pages.iter().map(nodes).sum::<usize>());
}

/// All fields without rules, the parse counted in.
#[divan::bench(sample_count = 10)]
fn extract_generic(bencher: Bencher<'_, '_>) {
    let pages = pages();
    let url = PageUrl::parse("https://example.gov.vn/tin").expect("an address");
    let hints = Hints::default();
    let read = |page: &Vec<u8>| {
        let input = Input {
            url: &url,
            document: &Document::new(page, None),
            hints: &hints,
            site: "",
            explain: false,
            memory: None,
            learn: false,
        };
        extract(input, &[]).blocks.len()
    };
    bencher.counter(ItemsCount::new(pages.len())).bench(|| pages.iter().map(read).sum::<usize>());
}
