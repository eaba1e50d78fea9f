//! Articles in the form that apps read.

use std::sync::Arc;

use jiff::Timestamp;
use quick_xml::escape::escape;
use serde_json::Value;
use serde_json::json;

use crate::config::Config;
use crate::model::portal::PortalId;
use crate::model::record::Record;
use crate::text::language::Language;
use crate::web::greader::lists;
use crate::web::reader::WatchTags;
use crate::web::reader::shelf::StreamItem;
use crate::web::words::Word;

/// Facts about an article that its record does not hold.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) config: Arc<Config>,
    pub(super) tags: Arc<WatchTags>,
}

impl Surroundings {
    /// The states and labels of an article.
    pub(super) fn categories(&self, item: &StreamItem, record: &Record) -> Vec<String> {
        let mut all = vec![lists::READING_LIST.to_owned()];
        all.extend(item.is_read.then(|| lists::READ.to_owned()));
        all.extend(item.is_starred.then(|| lists::STARRED.to_owned()));
        all.extend(record.province.as_deref().map(lists::folder));
        let watches = self.config.watches.iter().filter(|watch| self.tags.has(watch.id.as_str(), item.item));
        all.extend(watches.map(|watch| lists::tag(&self.config, watch)));
        all
    }

    /// An article as JSON.
    pub(super) fn json(&self, item: &StreamItem, record: &Record) -> Value {
        let found = item.seen.div_euclid(1000);
        let published = record.date_published.as_deref().and_then(seconds).unwrap_or(found);
        let home = PortalId::new(&record.portal)
            .ok()
            .and_then(|id| self.config.portal(&id).map(|portal| portal.outlet.home.as_str()));
        let mut value = json!({
            "id": item.item.long(), "crawlTimeMsec": item.seen.to_string(), "timestampUsec": (item.seen * 1000).to_string(),
            "published": published, "updated": record.date_modified.as_deref().and_then(seconds).unwrap_or(published),
            "title": record.title, "author": author(record),
            "canonical": [{ "href": record.url }], "alternate": [{ "href": record.url, "type": "text/html" }],
            "categories": self.categories(item, record),
            "origin": { "streamId": lists::feed(&record.portal), "title": record.outlet, "htmlUrl": home.unwrap_or_default() },
            "summary": { "direction": "ltr", "content": whole(record) },
        });
        let files = record.attachments.iter().map(|file| {
            json!({ "href": file.url.as_str(), "type": file.mime_type, "length": file.size_in_bytes.unwrap_or(0) })
        });
        if !record.attachments.is_empty() {
            value["enclosure"] = files.collect();
        }
        value
    }
}

/// The article's text with its lead, which a record keeps apart, and a note if the article was withdrawn.
pub(super) fn whole(record: &Record) -> String {
    let lead = record.summary.as_deref().map(str::trim).filter(|lead| !lead.is_empty());
    // Some portals repeat the lead as the first sentence of the text.
    let lead = lead.filter(|lead| !record.content_text.trim_start().starts_with(lead));
    let lead = lead.map(|lead| format!("<p><strong>{}</strong></p>\n", escape(lead))).unwrap_or_default();
    let word = Language::default().of(Word::Withdrawn);
    let withdrawn = record.withdrawn.as_ref().map(|_| format!("<p><em>({word})</em></p>\n")).unwrap_or_default();
    format!("{withdrawn}{lead}{}", record.content_html)
}

fn author(record: &Record) -> String {
    let names: Vec<&str> = record.authors.iter().map(|author| author.name.as_str()).collect();
    if names.is_empty() { record.outlet.clone() } else { names.join(", ") }
}

fn seconds(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}
