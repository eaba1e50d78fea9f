//! JSON Feed 1 and 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use serde_json::Map;
use serde_json::Value;

use crate::discover::feed::Entry;
use crate::discover::feed::Feed;
use crate::discover::plain;
use crate::discover::xml;
use crate::text::json;
use crate::text::json::Json;

/// Returns the JSON of a response: the whole text, or the part after notices that a program printed before it. None if there is none.
pub(super) fn within(text: &str) -> Option<&str> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('{') {
        return Some(text);
    }
    if xml::root_of(text).is_some() {
        return None;
    }
    let json = text.get(text.find("{\"")?..)?;
    json.contains("jsonfeed.org").then_some(json)
}

/// Reads a JSON Feed.
///
/// # Errors
/// The reason in one line, if the text is not JSON or not a JSON Feed.
pub(super) fn read(text: &str, warnings: &mut Vec<String>) -> Result<Feed, String> {
    let Json { value, fault } = json::read(text)?;
    warnings.extend(fault);
    let Some(items) = value.get("items").and_then(Value::as_array) else {
        return Err("JSON without `items` instead of a feed".to_owned());
    };
    let entries: Vec<Entry> = items.iter().filter_map(Value::as_object).map(entry).collect();
    let next = value.get("next_url").and_then(Value::as_str).map(str::to_owned);
    Ok(Feed { entries, next, ..Feed::default() })
}

fn entry(item: &Map<String, Value>) -> Entry {
    let text = |name: &str| item.get(name).and_then(scalar);
    let content = text("content_html");
    let summary = text("summary").or_else(|| text("content_text"));
    let authors = item.get("authors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names = authors.iter().chain(item.get("author")).filter_map(|author| author.get("name").and_then(scalar));
    let tags = item.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Entry {
        title: text("title"),
        links: text("url").into_iter().chain(text("external_url")).collect(),
        guid: text("id"),
        published: text("date_published"),
        modified: text("date_modified"),
        summary: summary.map(|summary| plain::head(&summary, 20_000).to_owned()),
        content,
        authors: names.collect(),
        categories: tags.iter().filter_map(scalar).collect(),
        image: text("image").or_else(|| text("banner_image")),
        ..Entry::default()
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
