//! Hostile pages, half a megabyte of each: none may end the program, and what is read of them stays within the bounds. What whole ones cost is
//! for `cargo bench --bench hostile`.

use tintinh::extract::Input;
use tintinh::extract::extract;
use tintinh::model::article::Block;
use tintinh::model::link::Hints;
use tintinh::url::PageUrl;

#[path = "../hostile/pages.rs"]
mod pages;

/// Bytes of each page that are read here.
const SIZE: usize = 1 << 19;

fn bytes_of(block: &Block) -> usize {
    match block {
        Block::Paragraph { text, .. } | Block::Heading { text, .. } | Block::Quote { text } => text.len(),
        Block::List { items, .. } => items.iter().map(String::len).sum(),
        Block::Table { rows } => rows.iter().flatten().map(String::len).sum(),
        Block::Image { .. } => 0,
    }
}

#[test]
fn hostile_pages_are_read_within_bounds() {
    let url = PageUrl::parse("https://example.gov.vn/tin").expect("an address");
    let hints = Hints::default();
    for page in pages::ALL {
        let mut text = (page.make)();
        text.truncate(text.floor_char_boundary(SIZE));
        let body = text.as_bytes();
        let input =
            Input { url: &url, content_type: None, body, hints: &hints, explain: true, memory: None, learn: true };
        let extracted = extract(input, &[]);
        let read: usize = extracted.blocks.iter().map(bytes_of).sum();
        assert!(read <= 2 * SIZE, "{}: {read} bytes of text out of {SIZE}", page.name);
        let deep = page.name.starts_with("deep-") && !page.name.ends_with("json-ld");
        assert!(!deep || extracted.warnings.iter().any(|warning| warning.contains("cut")), "{}", page.name);
        assert!(extracted.title.is_none_or(|title| title.value.len() <= 4096), "{}", page.name);
    }
}
