//! Articles and notices as each family of CMS writes them, read by the generic rules alone: no portal, no platform, no memory of the site, and
//! addresses without words. `tests/families` has a template for each family and the texts that fill it, in our own words.
//!
//! A page counts where every field is right. The table goes to standard output: `cargo test --test it families -- --nocapture`.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

pub(crate) mod template;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::tz;
use serde_json::Value;
use serde_json::json;
use tintinh::commands::extract;
use tintinh::config::Config;
use tintinh::model::record::Record;
use tintinh::reading::Input;
use tintinh::reading::saved;
use tintinh::text::date::Precision;
use tintinh::url::PageUrl;

use self::template::Template;

/// Pages of which every field is right, of a hundred, at least.
const LEAST: usize = 95;

const FIELDS: [&str; 11] =
    ["title", "day", "minute", "authors", "byline", "source", "lead", "captions", "body", "files", "kind"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/families")
}

/// A page and what it says.
struct Sample {
    name: String,
    url: PageUrl,
    html: String,
    truth: BTreeMap<&'static str, Value>,
}

fn templates() -> Vec<Template> {
    let paths = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "html")).collect();
    paths.sort();
    paths.iter().map(|path| Template::read(path)).collect()
}

pub(crate) fn texts() -> [Vec<Value>; 2] {
    let file: toml::Table = toml::from_str(&fs::read_to_string(folder().join("texts.toml")).unwrap()).unwrap();
    let file = serde_json::to_value(file).unwrap();
    ["article", "notice"].map(|kind| file[kind].as_array().unwrap().clone())
}

/// Two pages of each family: an article and a notice.
fn samples() -> Vec<Sample> {
    let texts = texts();
    let of_family = |(place, template): (usize, Template)| {
        let texts = &texts;
        [0, 1].map(move |kind| {
            let own = place % texts[kind].len();
            sample(&template, &context(&template, texts, kind, own))
        })
    };
    templates().into_iter().enumerate().flat_map(of_family).collect()
}

/// What the template is filled with: the text, and the pages beside it.
pub(crate) fn context(template: &Template, texts: &[Vec<Value>; 2], kind: usize, own: usize) -> Value {
    let numbered = |kind: usize, place: usize| {
        let mut text = texts[kind][place].clone();
        text["id"] = json!(7100 + 40 * kind + place);
        text
    };
    let all = (0..2).flat_map(|of| (0..texts[of].len()).map(move |place| (of, place)));
    let beside: Vec<Value> =
        all.filter(|at| *at != (kind, own)).map(|(of, place)| numbered(of, place)).map(|text| brief(&text)).collect();
    let mut text = numbered(kind, own);
    let pictures: Vec<Value> = list(&text["pictures"]).iter().map(|p| json!({"src": p[0], "caption": p[1]})).collect();
    let in_slot = usize::from(template.shows("#top") && !pictures.is_empty());
    let mut body = Vec::new();
    for (place, paragraph) in list(&text["body"]).iter().enumerate() {
        body.push(json!({"text": paragraph}));
        // The first picture follows the first paragraph, the second one the third.
        let picture = (place % 2 == 0).then(|| pictures.get(place / 2 + in_slot)).flatten();
        body.extend(picture.map(|picture| json!({"picture": picture})));
    }
    let files: Vec<Value> = list(&text["files"]).iter().map(|f| json!({"name": f[0], "href": f[1]})).collect();
    let menu = ["Giới thiệu", "Tin tức - Sự kiện", "Kinh tế", "Xã hội", "Văn bản", "Thông báo", "Liên hệ"];
    let menu: Vec<Value> = menu.iter().enumerate().map(|(n, name)| json!({"name": name, "n": n + 1})).collect();
    text["paragraphs"] = text["body"].clone();
    text["top"] = if in_slot == 1 { pictures[0].clone() } else { Value::Null };
    text["captions"] = pictures.iter().map(|picture| picture["caption"].clone()).collect();
    text["body"] = body.into();
    text["has_files"] = if files.is_empty() { Value::Null } else { json!({}) };
    text["files"] = files.into();
    text["menu"] = menu.into();
    text["others"] = beside[..5].into();
    text["latest"] = beside[6..10].into();
    text
}

/// Another page as lists show it.
fn brief(text: &Value) -> Value {
    json!({"title": text["title"], "id": text["id"], "published": text["published"]})
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn sample(template: &Template, text: &Value) -> Sample {
    let path = template.told("url", text).unwrap();
    let url = PageUrl::parse(&format!("https://{}.example{path}", template.family)).unwrap();
    let shown = |mark: &str, value: &Value| if template.shows(mark) { value.clone() } else { Value::Null };
    let byline = text["author"].as_str().and_then(|_| template.told("byline", text));
    let source = text["source"].as_str().and_then(|_| template.told("source", text));
    let authors = if byline.is_some() { json!([text["author"]]) } else { json!([]) };
    let published = text["published"].as_str().unwrap();
    let html = template.fill(text);
    let minute = if template.says_the_minute() { json!(published[11..]) } else { Value::Null };
    let truth = BTreeMap::from([
        ("title", text["title"].clone()),
        ("day", json!(published[..10])),
        ("minute", minute),
        ("authors", authors),
        ("byline", json!(byline)),
        ("source", json!(source)),
        ("lead", shown("lead", &text["lead"])),
        (
            "captions",
            list(&text["captions"]).into_iter().filter(|caption| html.contains(caption.as_str().unwrap())).collect(),
        ),
        ("body", json!(list(&text["paragraphs"]).iter().map(|p| p.as_str().unwrap()).collect::<Vec<_>>().join(" "))),
        ("files", list(&text["files"]).iter().map(|file| file["name"].clone()).collect()),
        ("kind", json!("article")),
    ]);
    let kind = if text["author"].is_null() { "notice" } else { "article" };
    Sample { name: format!("{} {kind}", template.family), url, html, truth }
}

fn folded(text: &str) -> String {
    text.replace('\u{200b}', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without the lines that name its files: whether they are text is a matter of taste.
fn without_files(text: &str, sample: &Sample, names: &[String]) -> String {
    let has_files = !list(&sample.truth["files"]).is_empty();
    let names_a_file = |line: &str| names.iter().any(|name| line.contains(name.as_str())) || line.ends_with(':');
    folded(&text.lines().filter(|line| !(has_files && names_a_file(line.trim()))).collect::<Vec<_>>().join(" "))
}

fn found(record: &Record, sample: &Sample) -> BTreeMap<&'static str, Value> {
    let instant = record.date_published.as_ref().map(|date| date.parse::<jiff::Timestamp>().unwrap());
    let date = instant.map(|at| tz::offset(7).to_datetime(at).to_string()).unwrap_or_default();
    let is_exact = record.date_precision.is_some_and(|precision| precision >= Precision::Minute);
    let names: Vec<String> = record.attachments.iter().filter_map(|file| file.title.clone()).collect();
    // Some makes print a word or a sign before the name.
    let own = |title: &String| title.trim_start_matches("Tải về: ").trim_start_matches('-').to_owned();
    let files: Vec<String> = names.iter().map(own).collect();
    let opt = |text: Option<&str>| text.map_or(Value::Null, |text| json!(folded(text)));
    BTreeMap::from([
        ("title", json!(record.title)),
        ("day", json!(date.get(..10))),
        ("minute", json!(date.get(11..16).filter(|_| is_exact))),
        ("authors", record.authors.iter().map(|author| author.name.clone()).collect()),
        ("byline", opt(record.byline.as_deref())),
        ("source", opt(record.credit.as_ref().map(|credit| credit.text.as_str()))),
        ("lead", opt(record.summary.as_deref())),
        ("captions", record.images.iter().filter_map(|image| image.caption.clone()).collect()),
        ("body", json!(without_files(&record.content_text, sample, &names))),
        ("files", json!(files)),
        ("kind", json!(record.kind)),
    ])
}

/// The fields that are wrong, with what was found.
fn wrong(config: &Config, generic: bool, sample: &Sample) -> Vec<(&'static str, String)> {
    let link = saved::link_to(&sample.url);
    let page = saved::page(sample.url.clone(), sample.html.clone(), "2026-11-28T02:12:00Z".parse().unwrap());
    let record = match extract::read_saved(config, None, generic, Input::new(&link, &page)).unwrap().record {
        Ok(record) => record,
        Err(reason) => return FIELDS.iter().map(|field| (*field, reason.to_string())).collect(),
    };
    let found = found(&record, sample);
    let is_wrong = |field: &&&str| found[**field] != sample.truth[**field];
    FIELDS
        .iter()
        .filter(is_wrong)
        .map(|field| (*field, format!("{}\n      wanted {}", found[field], sample.truth[field])))
        .collect()
}

#[test]
fn families_are_read_without_rules() {
    let config = Config::shipped();
    let samples = samples();
    let read: Vec<_> = samples.iter().map(|sample| wrong(&config, true, sample)).collect();
    println!("{:28}{}", "", FIELDS.map(|field| format!("{field:9}")).concat());
    for (sample, wrong) in samples.iter().zip(&read) {
        let mark = |field: &str| if wrong.iter().any(|(of, _)| *of == field) { "  -" } else { "  x" };
        println!("{:28}{}", sample.name, FIELDS.map(|field| format!("{:9}", mark(field))).concat());
    }
    for (sample, wrong) in samples.iter().zip(&read).filter(|(_, wrong)| !wrong.is_empty()) {
        println!("{}", sample.name);
        for (field, found) in wrong {
            println!("  {field}: {found}");
        }
    }
    let right = read.iter().filter(|wrong| wrong.is_empty()).count();
    println!("all fields right: {right} of {}", samples.len());
    assert!(right * 100 >= LEAST * samples.len(), "{right} of {}", samples.len());
}

/// Families that `config/platforms` has rules for, by the names of their templates.
const WITH_RULES: [(&str, &str); 18] = [
    ("dnn-easynews", "dotnetnuke"),
    ("drupal-9", "drupal"),
    ("hatinh-cms", "hatinh-cms"),
    ("joomla-4", "joomla"),
    ("liferay-7", "liferay-7"),
    ("news-a", "news-a"),
    ("news-b", "news-b"),
    ("news-c", "news-c"),
    ("news-d", "news-d"),
    ("news-e", "news-e"),
    ("news-f", "news-f"),
    ("nukeviet-4", "nukeviet"),
    ("sharepoint-2010", "sharepoint-2010"),
    ("sharepoint-ministry", "sharepoint-ministry"),
    ("vccorp", "vccorp"),
    ("vhv", "vhv"),
    ("vnpt-portal", "vnpt-portal"),
    ("wp-classic", "wordpress"),
];

/// A page is told by its marks, and the rules of its family find no less than reading without rules does.
#[test]
fn a_familys_rules_are_not_worse_than_none() {
    let config = Config::shipped();
    let mut worse = Vec::new();
    for sample in samples() {
        let family = sample.name.split(' ').next().unwrap();
        let detected = config.detect(tintinh::html::tree::parse(&sample.html).html.root_element());
        let detected = detected.map_or("", |platform| platform.id.as_str());
        if let Some((_, platform)) = WITH_RULES.iter().find(|(template, _)| *template == family) {
            assert_eq!(detected, *platform, "{}", sample.name);
        }
        let without: Vec<&str> = wrong(&config, true, &sample).into_iter().map(|(field, _)| field).collect();
        let with = wrong(&config, false, &sample);
        let lost = with.into_iter().filter(|(field, _)| !without.contains(field));
        worse.extend(lost.map(|(field, found)| format!("{} as {detected}: {field}: {found}", sample.name)));
    }
    assert!(worse.is_empty(), "{}", worse.join("\n"));
}
