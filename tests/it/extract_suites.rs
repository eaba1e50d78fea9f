//! Real pages with their truth: what the generic reader makes of them, each page alone and with its site's memory. The figures are those
//! of the scorers beside the data (token F1 of portals, F1 of shingles of four words of the others), written again here so that a change
//! that makes the reader worse fails.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fs;
use std::hash::Hash;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use tintinh::extract::Input;
use tintinh::extract::read;
use tintinh::extract::template::SiteMemory;
use tintinh::html::document::Document;
use tintinh::model::article::Block;
use tintinh::model::article::Extracted;
use tintinh::model::article::PageKind;
use tintinh::model::link::Hints;
use tintinh::text::date::rfc3339;
use tintinh::text::date::rfc3339_as_published;
use tintinh::text::unicode;
use tintinh::url::PageUrl;

use crate::support::conformance;
use crate::support::shared;

fn page(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let plain = fs::read(path.with_extension(""));
    match plain {
        Ok(plain) => bytes = plain,
        Err(_) => {
            flate2::read::MultiGzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
        }
    }
    bytes
}

fn rows(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'v>(row: &'v Value, key: &str) -> &'v str {
    row[key].as_str().unwrap_or_default()
}

/// Reads a page without rules.
fn extracted(url: &str, body: &[u8], memory: Option<&SiteMemory>) -> Extracted {
    let (url, hints) = (PageUrl::parse(url).unwrap(), Hints::default());
    let document = &Document::new(body, None);
    read(Input { url: &url, document, hints: &hints, site: "", explain: false, memory, learn: false }, &[]).0
}

fn teach(memory: &mut SiteMemory, url: &str, body: &[u8]) {
    let (url, hints) = (PageUrl::parse(url).unwrap(), Hints::default());
    let input = Input {
        url: &url,
        document: &Document::new(body, None),
        hints: &hints,
        site: "",
        explain: false,
        memory: None,
        learn: true,
    };
    memory.learn(&read(input, &[]).1.unwrap());
}

/// Lead and body as one text.
fn whole_text(extracted: &Extracted) -> String {
    let blocks = extracted.blocks.iter().filter_map(|block| match block {
        Block::Paragraph { text, .. } | Block::Heading { text, .. } | Block::Quote { text } => Some(text.clone()),
        Block::List { items, .. } => Some(items.join("\n")),
        Block::Table { rows } => Some(rows.iter().map(|cells| cells.join("\t")).collect::<Vec<_>>().join("\n")),
        Block::Image { .. } => None,
    });
    let body = blocks.collect::<Vec<_>>().join("\n\n");
    match &extracted.lead {
        Some(lead) if !body.contains(&lead.value) => format!("{}\n\n{body}", lead.value),
        _ => body,
    }
}

fn f1<T: Hash + Eq>(found: Vec<T>, wanted: Vec<T>) -> f64 {
    let (all_found, all_wanted) = (found.len(), wanted.len());
    let mut counts: HashMap<T, usize> = HashMap::new();
    for token in wanted {
        *counts.entry(token).or_default() += 1;
    }
    let mut shared = 0;
    for token in found {
        if let Some(left) = counts.get_mut(&token).filter(|left| **left > 0) {
            *left -= 1;
            shared += 1;
        }
    }
    if shared == 0 { 0.0 } else { 2.0 * f64::from(shared) / (all_found + all_wanted) as f64 }
}

fn tokens(text: &str) -> Vec<String> {
    unicode::clean(text).split_whitespace().map(str::to_owned).collect()
}

fn shingles(text: &str) -> Vec<Vec<String>> {
    let words: Vec<String> = unicode::nfc(text)
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.len() < 4 { vec![words] } else { words.windows(4).map(<[String]>::to_vec).collect() }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Prints a mean as thousandths.
fn figure(name: &str, value: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    conformance(name, (value * 1000.0).round() as usize, 1000);
    value
}

/// Lines of a portal's frame that no article's text holds.
const TAILS: &[&str] = &[
    "tin đã đưa",
    "số lượt người xem",
    "bản in",
    "xem tiếp",
    "các tin khác",
    "tin đang được cập nhật",
    "quay lại",
    "lượt truy cập",
];

/// What one set of portal pages must reach at least: F1 of the body alone and with the site's memory, titles, days.
struct Aims {
    corpus: &'static str,
    alone: f64,
    with_memory: f64,
    titles: f64,
    days: f64,
}

#[test]
fn portals_are_read_without_rules() {
    portals(&Aims { corpus: "vn-dev", alone: 0.99, with_memory: 0.99, titles: 0.98, days: 0.99 });
}

#[test]
fn frames_of_systems_are_read_without_rules() {
    portals(&Aims { corpus: "frames", alone: 0.98, with_memory: 0.985, titles: 0.94, days: 0.98 });
    portals(&Aims { corpus: "frames-news", alone: 0.99, with_memory: 0.99, titles: 0.99, days: 0.98 });
}

fn portals(aims: &Aims) {
    let Some(folder) = shared(&format!("corpus/{}", aims.corpus)) else { return };
    let truth = rows(&folder.join("truth.jsonl"));
    let pages: Vec<Vec<u8>> =
        truth.iter().map(|row| page(&folder.join("pages").join(format!("{}.html.gz", text(row, "id"))))).collect();
    let mut memories: BTreeMap<&str, SiteMemory> = BTreeMap::new();
    for (row, page) in truth.iter().zip(&pages) {
        let memory = memories.entry(text(row, "host")).or_default();
        if memory.articles() < 24 {
            teach(memory, text(row, "url"), page);
        }
    }
    let (mut alone, mut with_memory, mut titles, mut days, mut undated, mut tails) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (row, page) in truth.iter().zip(&pages) {
        let body: Vec<&str> = row["body"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let wanted = format!("{} {}", text(row, "lead"), body.join(" "));
        let read = extracted(text(row, "url"), page, None);
        let found = whole_text(&read);
        alone.push(f1(tokens(&found), tokens(&wanted)));
        let remembered = extracted(text(row, "url"), page, memories.get(text(row, "host")));
        with_memory.push(f1(tokens(&whole_text(&remembered)), tokens(&wanted)));
        let title = read.title.as_ref().map_or("", |title| title.value.as_str());
        titles.push(f64::from(u8::from(unicode::clean(title) == unicode::clean(text(row, "title")))));
        let day = read.published.as_ref().map(|field| rfc3339(field.value.at)[..10].to_owned());
        match row["published"].as_str() {
            Some(wanted) => days.push(f64::from(u8::from(day.as_deref() == wanted.get(..10)))),
            None => undated.push(f64::from(u8::from(day.is_none()))),
        }
        let (found, wanted) = (found.to_lowercase(), wanted.to_lowercase());
        tails.push(f64::from(u8::from(TAILS.iter().any(|tail| found.contains(tail) && !wanted.contains(tail)))));
        assert!(
            matches!(read.kind, PageKind::Article | PageKind::Document),
            "{} is taken for {}",
            text(row, "id"),
            read.kind
        );
    }
    let figure = |name: &str, value: f64| figure(&format!("{}-{name}", aims.corpus), value);
    assert!(figure("body-f1-alone", mean(&alone)) >= aims.alone);
    assert!(figure("body-f1-site-memory", mean(&with_memory)) >= aims.with_memory);
    assert!(figure("titles", mean(&titles)) >= aims.titles);
    assert!(figure("days", mean(&days)) >= aims.days);
    assert!(figure("undated", mean(&undated)) >= 1.0);
    assert!(figure("tails", mean(&tails)) <= 0.0);
}

#[test]
fn lists_are_no_articles_and_notices_are() {
    let Some(folder) = shared("corpus/vn-dev") else { return };
    let lists = rows(&folder.join("listings.jsonl"));
    let told = lists.iter().filter(|row| {
        let read = extracted(text(row, "url"), &page(&folder.join(text(row, "file"))), None);
        // What shows neither text nor file is stored no more than a list is.
        read.kind == PageKind::List || (read.blocks.is_empty() && read.attachments.is_empty() && read.lead.is_none())
    });
    let told = told.count();
    conformance("lists", told, lists.len());
    assert_eq!(told, lists.len());
    let notices = rows(&folder.join("notices.jsonl"));
    let mut files = (0, 0);
    for row in &notices {
        let body = page(&folder.join("pages").join(format!("{}.html.gz", text(row, "id"))));
        let read = extracted(text(row, "url"), &body, None);
        assert!(matches!(read.kind, PageKind::Article | PageKind::Document), "{}: {}", text(row, "id"), read.kind);
        files.1 += row["attachments"].as_array().unwrap().len();
        files.0 += read.attachments.len();
    }
    conformance("notices-files", files.0, files.1);
    assert_eq!(files.0, files.1);
}

/// What was found, of how much that was given and how much that was wanted.
#[derive(Default, Clone, Copy)]
struct Hits {
    right: usize,
    given: usize,
    wanted: usize,
}

impl Hits {
    fn add<T: Ord>(&mut self, given: &BTreeSet<T>, wanted: &BTreeSet<T>) {
        self.right += given.intersection(wanted).count();
        self.given += given.len();
        self.wanted += wanted.len();
    }

    fn precision(self) -> f64 {
        self.right as f64 / self.given.max(1) as f64
    }

    fn recall(self) -> f64 {
        self.right as f64 / self.wanted.max(1) as f64
    }

    fn f1(self) -> f64 {
        2.0 * self.right as f64 / (self.given + self.wanted).max(1) as f64
    }
}

/// Letters and digits in lower case.
fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The file of a picture without its size.
fn file_of(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let file = path.rsplit('/').next().unwrap_or_default().to_lowercase();
    let is_size =
        |part: &&str| part.split_once('x').is_some_and(|(w, h)| w.parse::<u16>().is_ok() && h.parse::<u16>().is_ok());
    let (stem, ending) = file.rsplit_once('.').unwrap_or((&file, ""));
    let parts: Vec<&str> = stem.split(['-', '_']).filter(|part| !is_size(part)).collect();
    format!("{}.{ending}", parts.join("-"))
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn pages_of_the_world_are_read_without_rules() {
    let mut bodies: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut days: BTreeMap<String, Hits> = BTreeMap::new();
    let (mut titles, mut leads, mut authors, mut images) = (Vec::new(), Vec::new(), Hits::default(), Hits::default());
    for corpus in ["corpus/articles-dev", "corpus/articles-dev2"] {
        let Some(folder) = shared(corpus) else { return };
        let truth = rows(&folder.join("truth.jsonl"));
        for row in truth.iter().filter(|row| !matches!(text(row, "dataset"), "mozilla" | "wcxb-listing")) {
            let set = text(row, "dataset").to_owned();
            let body = page(&folder.join("pages").join(format!("{}.html.gz", text(row, "id"))));
            let url = row["url"].as_str().filter(|url| url.starts_with("http")).unwrap_or("https://unknown.example/");
            let read = extracted(url, &body, None);
            if row["text"].is_string() {
                let found = if set == "aeb" { body_alone(&read) } else { whole_text(&read) };
                bodies.entry(set.clone()).or_default().push(f1(shingles(&found), shingles(text(row, "text"))));
            }
            if let Some(title) = row["title"].as_str() {
                let found = read.title.as_ref().is_some_and(|found| key(&found.value) == key(title));
                titles.push(f64::from(u8::from(found)));
            }
            if let Some(lead) = row["lead"].as_str().filter(|lead| !lead.is_empty()) {
                let found = read.lead.as_ref().map(|lead| lead.value.to_lowercase()).unwrap_or_default();
                leads.push(f1(tokens(&found), tokens(&lead.to_lowercase())));
            }
            if row.get("date").is_some() {
                let found = read.published.as_ref().map(|field| rfc3339_as_published(&field.value)[..10].to_owned());
                let wanted = row["date"].as_str().and_then(|date| date.get(..10)).map(str::to_owned);
                days.entry(set).or_default().add(&found.into_iter().collect(), &wanted.into_iter().collect());
            }
            if row.get("authors").is_some() {
                let wanted = strings(&row["authors"]).into_iter().map(key).collect();
                authors.add(&read.authors.iter().map(|author| key(author)).collect(), &wanted);
            }
            if row.get("images").is_some() {
                let found = read.images.iter().filter_map(|image| image.url.as_ref()).map(|url| file_of(url.as_str()));
                images.add(&found.collect(), &strings(&row["images"]).into_iter().map(file_of).collect());
            }
        }
    }
    let least = [("aeb", 0.965), ("fundus", 0.965), ("fundus-eval", 0.98), ("wcxb-dev-art", 0.955)];
    for (set, least) in least {
        let found = figure(&format!("{set}-shingle-f1"), mean(&bodies[set]));
        assert!(found >= least, "{set}: {found} is below {least}");
    }
    let all: Vec<f64> = bodies.values().flatten().copied().collect();
    let lost = all.iter().filter(|value| **value < 0.5).count();
    conformance("pages-not-lost", all.len() - lost, all.len());
    let figures = [
        ("world-shingle-f1", mean(&all), 0.963),
        ("world-titles", mean(&titles), 0.87),
        ("world-leads", mean(&leads), 0.81),
        ("world-authors-precision", authors.precision(), 0.82),
        ("world-authors-recall", authors.recall(), 0.68),
        ("htmldate-days", days["htmldate"].f1(), 0.92),
        ("fundus-days", days["fundus"].f1(), 0.99),
        ("world-images-precision", images.precision(), 0.75),
        ("world-images-recall", images.recall(), 0.76),
    ];
    let low = figures.into_iter().filter(|(name, found, least)| figure(name, *found) < *least);
    let low: Vec<String> = low.map(|(name, found, least)| format!("{name}: {found:.3} is below {least}")).collect();
    assert!(low.is_empty(), "{low:?}");
}

/// The references of one set leave the lead out.
fn body_alone(read: &Extracted) -> String {
    whole_text(&Extracted { lead: None, ..read.clone() })
}
