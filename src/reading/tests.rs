//! Limits of the cost of one page: the bytes of its record, and its steps of work, which are counted and not timed. `cargo bench --bench hostile`
//! measures time and memory of whole pages.

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

/// Maximum number of steps for each byte of a page. Deep pages need most, because the ancestors of each of their lines are examined.
const STEPS: usize = 600;

/// Additional steps. A few bytes make an element, and its ancestors are examined, up to 512. So the steps of small pages grow with the square of
/// their size, up to this number.
const DEEP: usize = 6_000_000;

/// How much larger the larger of two pages is, and how much more work it may take: a page that shows more may be read once more. Quadratic work takes
/// 64 times as much.
const LARGER: usize = 8;
const GROWTH: usize = 20;

const KEPT: &[PageKind] =
    &[PageKind::List, PageKind::Home, PageKind::Gallery, PageKind::Document, PageKind::Video, PageKind::Error];

fn page_of(body: String) -> Page {
    let mut page = saved::page(PageUrl::parse("https://tinh.example/tin").unwrap(), body, Timestamp::UNIX_EPOCH);
    page.http.content_type = Some("text/html; charset=utf-8".to_owned());
    page
}

/// Reads a document in all ways that exist for its form. Returns the bytes of its record.
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
    // These are other articles of the site.
    for title in ["Làm đường", "Mở chợ"] {
        let body =
            format!("<h1>{title}</h1><div class=content><p>{title}: {}</p></div>", "bà con cùng góp công, ".repeat(20));
        let mut other = page_of(body);
        other.final_url = page.url.join(&format!("/{}", title.len())).unwrap();
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

/// Reads two documents of different sizes. Returns what is wrong with the cost, if anything.
fn check(name: &str, form: Form, make: impl Fn(usize) -> String) -> Option<String> {
    let of = |scale: usize| {
        let page = page_of(make(scale));
        let mut bytes = 0;
        let steps = steps_of(|| bytes = read_all(&page, form));
        (page.body.len(), steps, bytes)
    };
    let ((small, few, _), (large, many, bytes)) = (of(1), of(LARGER));
    let is_fine = bytes <= MAX_BYTES && many <= GROWTH * few + DEEP && many <= STEPS * large + DEEP;
    let told = format!("{name}: {few} steps for {small} bytes, {many} for {large}, a record of {bytes}");
    (!is_fine).then_some(told)
}

#[test]
fn the_work_of_hostile_documents_grows_as_they_do() {
    let wrong = pages::ALL.iter().filter_map(|document| {
        let part = (document.make)(64).len() / 64;
        let count = (SMALL / part.max(1)).max(4);
        check(document.name, document.form, |scale| (document.make)(count * scale))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Size in bytes of the smaller page.
const SMALL: usize = 8 * 1024;

/// Pieces of pages: tags, URLs, images, tables, entities, attributes, structured data.
const PIECES: &[&str] = &[
    "<b id=1>",
    "</b>",
    "<i>",
    "</i>",
    "<font color=2>",
    "<a href=/x>",
    "<a href='?a=1&b=2'>",
    "</a>",
    "<p>",
    "</p>",
    "<br>",
    "<div>",
    "</div>",
    "<div class=content>",
    "<div class='date'>",
    "<div itemprop=headline>",
    "<div class=author>",
    "<div onclick=\"mo('/1.pdf')\">",
    "<h1>",
    "<h2>",
    "<ul><li>",
    "</ul>",
    "<blockquote>",
    "<table><tr><td>",
    "<td>",
    "<tr>",
    "</table>",
    "<table><tr><td>a<td>b<tr><td>c<td>d",
    "<figure>",
    "<figcaption>",
    "<img src=1.jpg>",
    "<img alt='Ảnh'>",
    "<img src=2.png srcset='3.png 2x, 4.png 3x'>",
    "<base href='https://tinh.example/LONG/'>",
    "<a href='/LONG'>",
    "<a href=1.pdf>",
    "<a href='LONG.doc'>",
    "<iframe src='/xem?file=a.pdf'>",
    "<p id=1 class='tin moi' style='color:red' title=x>",
    "<meta property=og:title content='a | b | c'>",
    "<title>a - b</title>",
    "<time>1/2/2021</time>",
    "<script type='application/ld+json'>",
    "{\"@type\":\"Article\",\"headline\":\"x\",\"author\":[\"A B\",\"C D\"]}",
    "</script>",
    "<script>",
    "<!--",
    "-->",
    "<template>",
    "<noscript>",
    "<select>",
    "<option>",
    "<svg>",
    "<![CDATA[",
    "&amp;",
    "&nbsp;",
    "&lt;p",
    "&#55357;",
    "&khong",
    " ",
    "\u{a0}",
    "\u{301}",
    "\u{323}\u{301}",
    "ế",
    "chữ ",
    "Ngày 1/2/2021 ",
    "Tác giả: Lê Văn An",
    "Tin mới trong ngày hôm nay, ở xã ta. ",
    "\u{0}",
    "<",
    "\"",
    "x",
];

/// Pseudo-random numbers (Marsaglia's xorshift), the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

/// Returns a page of a few stretches, each made of a few repeated pieces.
fn generated(seed: u64, scale: usize) -> String {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut page = String::new();
    for _ in 0..=chance.below(4) {
        let few: Vec<&str> = (0..=chance.below(5)).map(|_| PIECES[chance.below(PIECES.len())]).collect();
        let part = few.concat().replace("LONG", &"x".repeat(chance.below(4000)));
        let most = (SMALL / 2 / part.len().max(1)).max(1);
        page.push_str(&part.repeat(scale * (1 + chance.below(most))));
    }
    page
}

#[test]
fn generated_pages_are_bounded_in_bytes_and_steps() {
    let wrong = (1..=200).filter_map(|seed| {
        let head: String = generated(seed, 1).chars().take(200).collect();
        check(&format!("{seed} ({head})"), Form::Page, |scale| generated(seed, scale))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
