//! What one page may cost: the bytes of its record, and the steps of work that it takes, counted and not timed. What whole ones cost in time
//! and memory is for `cargo bench --bench hostile`.

use jiff::Timestamp;

use super::*;
use crate::dedup::document::Document;
use crate::discover;
use crate::discover::Reader;
use crate::discover::Source;
use crate::discover::feed::FeedRules;
use crate::discover::listing::ListingRules;
use crate::model::portal::PortalId;
use crate::model::portal::SourceId;
use crate::model::portal::Zone;
use crate::model::record::MAX_BYTES;
use crate::text::date::DateOrder;
use crate::text::work::steps_of;
use crate::url::PageUrl;

#[path = "../../tests/hostile/pages.rs"]
mod pages;

use pages::Form;

/// Steps for each byte of a page at most. Deep pages take most: each of their lines is asked what it stands in.
const STEPS: usize = 600;

/// Steps that any page may take.
const ANY: usize = 400_000;

/// How much more work a page of four times the size may take.
const GROWTH: usize = 5;

const KEPT: &[PageKind] =
    &[PageKind::List, PageKind::Home, PageKind::Gallery, PageKind::Document, PageKind::Video, PageKind::Error];

fn page_of(body: String) -> Page {
    let mut page = saved::page(PageUrl::parse("https://tinh.example/tin").unwrap(), body, Timestamp::UNIX_EPOCH);
    page.http.content_type = Some("text/html; charset=utf-8".to_owned());
    page
}

/// Reads a document in all ways that there are for one of its form; gives the bytes of its record.
fn read_all(page: &Page, form: Form) -> usize {
    let reader = match form {
        Form::Page => Reader::Listing(Box::new(ListingRules::generic(page.url.clone()))),
        Form::Feed | Form::Json => Reader::Feed(FeedRules {
            url: page.url.clone(),
            date_order: DateOrder::default(),
            distrust_minutes: false,
            content_is_article: false,
        }),
    };
    let source = Source { id: SourceId::new("tin").unwrap(), max_pages: 1, section: None, reader };
    discover::read(&source, &source.first_step(), page);
    if form != Form::Page {
        return 0;
    }
    let outlet = Outlet {
        portal: PortalId::new("tinh").unwrap(),
        name: "Tỉnh".to_owned(),
        province: None,
        home: page.url.clone(),
        language: "vi".to_owned(),
        zone: Zone::Vietnam,
    };
    let rules = PageRules { outlet: &outlet, articles: Vec::new(), identity: None, kept: KEPT };
    let mut link = saved::link_to(&page.url);
    link.hints.title = Some("Một tin".to_owned());
    let mut memory = SiteMemory::default();
    let first = read(Input { learn: true, explain: true, ..Input::new(&link, page) }, &rules);
    for number in 0..2 {
        // Other articles of the site, which say the same.
        let mut other = page.clone();
        other.body = [format!("<h1>Tin số {number} trong ngày</h1>").as_bytes(), &page.body].concat().into();
        other.final_url = page.url.join(&format!("/{number}")).unwrap();
        if let Some(lesson) = without_record(Input { learn: true, ..Input::new(&link, &other) }, &[]).1 {
            memory.learn(&lesson);
        }
    }
    let again = read(Input { memory: Some(&memory), ..Input::new(&link, page) }, &rules);
    let written = |reading: &Reading| match &reading.record {
        Ok(record) => {
            let _ = Document::of(record, None);
            serde_json::to_vec(record).unwrap().len()
        }
        Err(_) => 0,
    };
    written(&first).max(written(&again))
}

#[test]
fn the_work_of_hostile_documents_grows_as_they_do() {
    let mut failed = Vec::new();
    for document in pages::ALL {
        let sample = (document.make)(64);
        let count = 64 * 16 * 1024 / sample.len().max(64);
        let of = |count: usize| {
            let page = page_of((document.make)(count.max(8)));
            let mut bytes = 0;
            let steps = steps_of(|| bytes = read_all(&page, document.form));
            assert!(bytes <= MAX_BYTES, "{}: a record of {bytes} bytes", document.name);
            (page.body.len(), steps)
        };
        let ((small, few), (large, many)) = (of(count), of(4 * count));
        println!("{:<24} {small:>8} {few:>10} {large:>8} {many:>10} {:>6}", document.name, many / large);
        if many > GROWTH * few + ANY || many > STEPS * large + ANY {
            failed.push(document.name);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// Pieces of which pages are made: marks, addresses, images, tables, entities, attributes, what is said for machines.
const PIECES: &[&str] = &[
    "<b id=1>", "</b>", "<i>", "</i>", "<font color=2>", "<a href=/x>", "<a href='?a=1&b=2'>", "</a>", "<p>", "</p>", "<br>", "<div>", "</div>",
    "<div class=content>", "<div class='date'>", "<div itemprop=headline>", "<div class=author>", "<div onclick=\"mo('/1.pdf')\">", "<h1>", "<h2>",
    "<ul><li>", "</ul>", "<blockquote>", "<table><tr><td>", "<td>", "<tr>", "</table>", "<table><tr><td>a<td>b<tr><td>c<td>d", "<figure>",
    "<figcaption>", "<img src=1.jpg>", "<img alt='Ảnh'>", "<img src=2.png srcset='3.png 2x, 4.png 3x'>", "<base href='https://tinh.example/LONG/'>",
    "<a href='/LONG'>", "<a href=1.pdf>", "<a href='LONG.doc'>", "<iframe src='/xem?file=a.pdf'>", "<p id=1 class='tin moi' style='color:red' title=x>",
    "<meta property=og:title content='a | b | c'>", "<title>a - b</title>", "<time>1/2/2021</time>", "<script type='application/ld+json'>",
    "{\"@type\":\"Article\",\"headline\":\"x\",\"author\":[\"A B\",\"C D\"]}", "</script>", "<script>", "<!--", "-->", "<template>", "<noscript>",
    "<select>", "<option>", "<svg>", "<![CDATA[", "&amp;", "&nbsp;", "&lt;p", "&#55357;", "&khong", " ", "\u{a0}", "\u{301}", "\u{323}\u{301}", "ế",
    "chữ ", "Ngày 1/2/2021 ", "Tác giả: Lê Văn An", "Tin mới trong ngày hôm nay, ở xã ta. ", "\u{0}", "<", "\"", "x",
];

/// Numbers that look like chance (Marsaglia's xorshift), the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

/// A page of a few stretches, each of a few pieces that come again and again.
fn generated(seed: u64) -> String {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut page = String::new();
    for _ in 0..=chance.below(4) {
        let few: Vec<&str> = (0..=chance.below(5)).map(|_| PIECES[chance.below(PIECES.len())]).collect();
        let part = few.concat().replace("LONG", &"x".repeat(chance.below(4000)));
        let most = 16_384 / part.len().max(1);
        page.push_str(&part.repeat(1 + chance.below(most.max(1))));
    }
    page
}

#[test]
fn generated_pages_are_bounded_in_bytes_and_steps() {
    for seed in 1..=300 {
        let page = page_of(generated(seed));
        let mut bytes = 0;
        let steps = steps_of(|| bytes = read_all(&page, Form::Page));
        let head: String = String::from_utf8_lossy(&page.body).chars().take(200).collect();
        assert!(bytes <= MAX_BYTES, "{seed}: a record of {bytes} bytes: {head}");
        let size = page.body.len();
        assert!(steps <= STEPS * size + ANY, "{seed}: {steps} steps for {size} bytes: {head}");
    }
}
