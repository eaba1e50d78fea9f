//! Hostile pages, half a megabyte of each: none may end the program, and what is read of them stays within the bounds. What whole ones cost is
//! for `cargo bench --bench hostile`.

use jiff::Timestamp;
use tintinh::extract::Input;
use tintinh::extract::extract;
use tintinh::html::document::Document;
use tintinh::model::article::Block;
use tintinh::model::article::Extracted;
use tintinh::model::article::PageKind;
use tintinh::model::link::Hints;
use tintinh::model::portal::Outlet;
use tintinh::model::portal::PortalId;
use tintinh::model::portal::Zone;
use tintinh::model::record::MAX_BYTES;
use tintinh::model::record::Record;
use tintinh::normalize::normalize;
use tintinh::reading::saved;
use tintinh::url::PageUrl;

#[path = "../hostile/pages.rs"]
mod pages;

/// Bytes of each page that are read here.
const SIZE: usize = 1 << 19;

fn bytes_of(block: &Block) -> usize {
    match block {
        Block::Paragraph { text, html } => text.len() + html.as_ref().map_or(0, String::len),
        Block::Heading { text, .. } | Block::Quote { text } => text.len(),
        Block::List { items, .. } => items.iter().map(String::len).sum(),
        Block::Table { rows } => rows.iter().flatten().map(String::len).sum(),
        Block::Image { .. } => 0,
    }
}

/// Bytes of addresses of one kind in a record at most (`MAX_ADDRESSES`).
const ADDRESSES: usize = 512 * 1024;

/// Bytes of the addresses of images and of attachments.
fn addresses_of(extracted: &Extracted) -> (usize, usize) {
    let images = extracted.images.iter().filter_map(|image| image.url.as_ref()).map(|url| url.as_str().len());
    let attachments = extracted.attachments.iter().map(|attachment| attachment.url.as_str().len());
    (images.sum(), attachments.sum())
}

fn read_body(body: &str) -> Extracted {
    let url = PageUrl::parse("https://example.gov.vn/tin").expect("an address");
    let hints = Hints::default();
    let content_type = Some("text/html; charset=utf-8");
    let document = &Document::new(body.as_bytes(), content_type);
    extract(Input { url: &url, document, hints: &hints, site: "", explain: false, memory: None, learn: false }, &[])
}

/// The record of what was read, where it is one, whatever kind of page it is; its headline is the list's where the page has none.
fn record_of(mut extracted: Extracted) -> Option<Record> {
    let url = PageUrl::parse("https://example.gov.vn/tin").expect("an address");
    let link = saved::link_to(&url);
    let page = saved::page(url.clone(), Vec::new(), Timestamp::UNIX_EPOCH);
    let portal = PortalId::new("example").expect("a name");
    let language = "vi".to_owned();
    let outlet =
        Outlet { portal, name: "Example".to_owned(), province: None, home: url, language, zone: Zone::Vietnam };
    extracted.kind = PageKind::Article;
    normalize(extracted, &link, &page, &outlet, &[]).ok()
}

/// Bytes of a record as it is written.
fn written(record: &Record) -> usize {
    serde_json::to_vec(record).expect("a record can be written").len()
}

/// What inline HTML says: its text, where its tags are rightly nested and none is empty.
fn text_of(html: &str) -> Result<String, String> {
    let (mut text, mut open, mut rest) = (String::new(), Vec::new(), html);
    while let Some((before, behind)) = rest.split_once('<') {
        text.push_str(before);
        let (tag, behind) = behind.split_once('>').ok_or("a tag that does not end")?;
        match tag.strip_prefix('/') {
            Some(name) => {
                let (opened, at): (&str, usize) = open.pop().ok_or("an end without a beginning")?;
                if opened != name || text.len() == at {
                    return Err(format!("<{opened}> is empty or ends as </{name}>: {html}"));
                }
            }
            None => open.push((tag.split(' ').next().unwrap_or_default(), text.len())),
        }
        rest = behind;
    }
    text.push_str(rest);
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
    if open.is_empty() { Ok(text) } else { Err(format!("left open: {html}")) }
}

#[test]
fn marks_nest_as_in_the_page() {
    let prose = "Bà con ba bản vùng cao cùng nhau góp công làm đường, mở lối cho trẻ em đến trường mỗi ngày.";
    let check = |inline: &str, expected: &str| {
        let page = format!("<h1>Làm đường</h1><div class=content><p>{prose}</p><p>{prose} {inline} {prose}</p></div>");
        let blocks = read_body(&page).blocks;
        let html = blocks.iter().find_map(|block| match block {
            Block::Paragraph { html: Some(html), .. } => Some(html.as_str()),
            _ => None,
        });
        assert_eq!(html, Some(format!("{prose} {expected} {prose}").as_str()), "{inline}");
    };
    let link = "<a href=\"https://example.gov.vn/x\">";
    check("<b><i>x</i></b>", "<strong><em>x</em></strong>");
    check("<i><b>x</b></i>", "<em><strong>x</strong></em>");
    check("<a href=/x><b>x</b></a>", &format!("{link}<strong>x</strong></a>"));
    check("<b>x <a href=/x>y</a> z</b>", &format!("<strong>x {link}y</a> z</strong>"));
    check("<b>x</b> <b>y</b>", "<strong>x y</strong>");
    check("<b>x<b>y</b></b><b></b><i> </i>z", "<strong>xy</strong> z");
    check("<b>x <i>y</b> z</i>", "<strong>x <em>y</em></strong> <em>z</em>");
    check("<a href='javascript:x'><b>x</b></a>", "<strong>x</strong>");
    check("<b>e</b>\u{302}\u{301}<i>m</i>", "<strong>ế</strong><em>m</em>");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]
    /// Whatever marks a page has: its HTML is well-formed, says what the text says, and is bounded by the page.
    #[test]
    fn marks_of_every_kind_are_well_formed(tokens in proptest::collection::vec(proptest::sample::select(vec![
        "<b>", "</b>", "<i>", "</i>", "<em>", "</em>", "<strong>", "</strong>", "<a href=/x>", "<a href=y>", "</a>", "<a href='javascript:0'>",
        "<p>", "<br>", "<li>", "<span style='font-weight:bold'>", "</span>", " ", "&nbsp;", "chữ", "a\u{301}", "\u{302}", "\u{323}", "e", "&lt;", "&amp;",
        "\u{1100}", "\u{1161}", "<img src=1.jpg>", "<img>", "xin chào bà con, hôm nay",
    ]), 0..200)) {
        let prose = "<p>Bà con ba bản vùng cao cùng nhau góp công làm đường, mở lối cho trẻ em đến trường mỗi ngày.</p>";
        let page = format!("<h1>Làm đường</h1><div class=content>{prose}{prose}<p>{}{prose}</div>", tokens.concat());
        let extracted = read_body(&page);
        for block in &extracted.blocks {
            if let Block::Paragraph { text, html: Some(html) } = block {
                proptest::prop_assert_eq!(text_of(html), Ok(text.clone()));
            }
        }
        let empty = |image: &tintinh::model::article::Image| image.url.is_none() && image.caption.is_none();
        proptest::prop_assert!(!extracted.images.iter().any(empty));
        let read: usize = extracted.blocks.iter().map(bytes_of).sum();
        proptest::prop_assert!(read <= 16 * page.len(), "{} bytes out of {}", read, page.len());
        proptest::prop_assert!(record_of(extracted).is_some_and(|record| written(&record) <= MAX_BYTES));
    }
}

#[test]
fn hostile_pages_are_read_within_bounds() {
    let url = PageUrl::parse("https://example.gov.vn/tin").expect("an address");
    let hints = Hints::default();
    for page in pages::ALL.iter().filter(|page| page.form == pages::Form::Page) {
        let mut text = (page.make)(page.count);
        text.truncate(text.floor_char_boundary(SIZE));
        let input = Input {
            url: &url,
            document: &Document::new(text.as_bytes(), None),
            hints: &hints,
            site: "",
            explain: true,
            memory: None,
            learn: true,
        };
        let extracted = extract(input, &[]);
        let read: usize = extracted.blocks.iter().map(bytes_of).sum();
        assert!(read <= 6 * SIZE + ADDRESSES, "{}: {read} bytes of text and HTML out of {SIZE}", page.name);
        let (images, attachments) = addresses_of(&extracted);
        assert!(images <= ADDRESSES && attachments <= ADDRESSES, "{}: {images}, {attachments}", page.name);
        let deep = page.name.starts_with("deep-") && !page.name.ends_with("json-ld");
        assert!(!deep || extracted.warnings.iter().any(|warning| warning.contains("cut")), "{}", page.name);
        assert!(extracted.title.as_ref().is_none_or(|title| title.value.len() <= 4096), "{}", page.name);
        let record = record_of(extracted).as_ref().map_or(0, written);
        assert!(record <= MAX_BYTES, "{}: a record of {record} bytes", page.name);
    }
}
