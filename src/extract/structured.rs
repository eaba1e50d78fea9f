//! What a page says of itself for machines: JSON-LD, meta, microdata. Candidates only: on portals `og:title` and `<title>` are often the
//! site's name.

use scraper::ElementRef;
use scraper::Selector;
use serde_json::Value;

use crate::text::unicode;

/// A value with the place it came from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) field: &'static str,
    pub(super) origin: &'static str,
    pub(super) value: String,
}

/// JSON-LD types that are articles.
const ARTICLE_TYPES: &[&str] =
    &["Article", "NewsArticle", "BlogPosting", "Report", "ReportageNewsArticle", "LegislationObject"];

/// Selector, attribute (empty: the text), field, origin.
const PLACES: &[(&str, &str, &str, &str)] = &[
    ("meta[property='article:published_time']", "content", "date_published", "meta"),
    ("meta[itemprop='datePublished']", "content", "date_published", "microdata"),
    ("[itemprop='datePublished'][datetime]", "datetime", "date_published", "microdata"),
    (
        "meta[name='pubdate'], meta[name='publishdate'], meta[name='publish-date'], meta[name='DC.date.issued'], meta[name='DC.date']",
        "content",
        "date_published",
        "meta",
    ),
    ("meta[property='article:modified_time'], meta[itemprop='dateModified']", "content", "date_modified", "meta"),
    ("[itemtype*='Article'] [itemprop='headline']", "", "title", "microdata"),
    ("meta[property='og:title']", "content", "title", "og"),
    ("meta[property='article:section']", "content", "section", "meta"),
    ("meta[name='author']", "content", "author", "meta"),
    ("meta[property='og:image']", "content", "image", "og"),
];

/// All that is said, best first within a field.
pub(super) fn read(root: ElementRef<'_>) -> Vec<Said> {
    let mut said = json_ld(root);
    for (css, attribute, field, origin) in PLACES {
        let Ok(selector) = Selector::parse(css) else { continue };
        for element in root.select(&selector) {
            let value = if attribute.is_empty() {
                crate::html::tree::line(element)
            } else {
                unicode::clean(element.attr(attribute).unwrap_or_default())
            };
            if !value.is_empty() {
                said.push(Said { field, origin, value: unicode::clean(&unicode::decode_entities(&value)) });
            }
        }
    }
    said
}

fn json_ld(root: ElementRef<'_>) -> Vec<Said> {
    let Ok(selector) = Selector::parse("script[type='application/ld+json']") else { return Vec::new() };
    let mut said = Vec::new();
    for script in root.select(&selector) {
        let text: String = script.text().collect();
        if let Some(value) = lax(&text) {
            articles(&value, 0, &mut said);
        }
    }
    said
}

/// JSON as it stands, else without raw control characters and trailing commas.
fn lax(text: &str) -> Option<Value> {
    serde_json::from_str(text.trim()).ok().or_else(|| {
        let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut mended = String::with_capacity(one_line.len());
        for (at, c) in one_line.char_indices() {
            let next = one_line.get(at + 1..).unwrap_or_default().trim_start().chars().next();
            if !(c == ',' && matches!(next, Some('}' | ']'))) {
                mended.push(c);
            }
        }
        serde_json::from_str(mended.trim()).ok()
    })
}

/// Levels of JSON-LD that are looked into.
const MAX_LEVELS: u32 = 6;

fn articles(value: &Value, level: u32, said: &mut Vec<Said>) {
    if level > MAX_LEVELS {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| articles(item, level + 1, said)),
        Value::Object(fields) => {
            let is_article = match fields.get("@type") {
                Some(Value::String(kind)) => ARTICLE_TYPES.contains(&kind.as_str()),
                Some(Value::Array(kinds)) => {
                    kinds.iter().any(|kind| kind.as_str().is_some_and(|kind| ARTICLE_TYPES.contains(&kind)))
                }
                _ => false,
            };
            if is_article {
                for (name, field) in [
                    ("headline", "title"),
                    ("datePublished", "date_published"),
                    ("dateModified", "date_modified"),
                    ("articleSection", "section"),
                ] {
                    if let Some(text) = fields.get(name).and_then(Value::as_str) {
                        let value = unicode::clean(&unicode::decode_entities(&unicode::decode_entities(text)));
                        said.push(Said { field, origin: "json-ld", value });
                    }
                }
            }
            if let Some(graph) = fields.get("@graph") {
                articles(graph, level + 1, said);
            }
        }
        _ => {}
    }
}
