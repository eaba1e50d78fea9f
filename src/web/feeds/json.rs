//! JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>). A record is a superset of a feed item, so each item is the whole record.

use serde_json::Value;
use serde_json::json;

use crate::text::date::rfc3339;
use crate::web::feeds::Entry;
use crate::web::feeds::Feed;

/// Writes a feed as JSON.
pub(in crate::web) fn json(feed: &Feed) -> Vec<u8> {
    let mut value = json!({
        "version": "https://jsonfeed.org/version/1.1", "title": feed.title, "language": feed.language, "home_page_url": feed.page,
        "feed_url": feed.own,
    });
    if let Some(next) = &feed.next {
        value["next_url"] = next.as_str().into();
    }
    value["items"] = feed.entries.iter().map(item).collect::<Vec<_>>().into();
    value.to_string().into_bytes()
}

fn item(entry: &Entry) -> Value {
    match entry {
        Entry::Record { record, is_revision } => {
            let mut value = serde_json::to_value(record).unwrap_or_default();
            if *is_revision {
                // Item ids must be unique within a feed.
                value["id"] = format!("{}.{}", record.id, record.revision).into();
            }
            value
        }
        Entry::Note { id, title, text, page, at } => {
            json!({ "id": id, "title": title, "content_text": text, "url": page, "date_published": rfc3339(*at) })
        }
    }
}
