//! Records and watches for tests.

use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use crate::model::portal::WatchId;
use crate::model::record::Record;
use crate::text::language::Language;
use crate::watch::Event;
use crate::watch::Field;
use crate::watch::Watch;
use crate::watch::moment::Rhythm;
use crate::watch::phrase::Phrase;

/// A record of a made-up portal with other fields.
pub(crate) fn record(fields: &Value) -> Record {
    let mut value = json!({
        "schema_version": 1, "id": "a", "revision": 1, "portal": "suoi", "province": "suoi-mo", "outlet": "Cổng Suối Mơ",
        "url": "https://suoi.example/a", "final_url": "https://suoi.example/a", "canonical_url": "https://suoi.example/a",
        "title": "", "content_text": "", "content_html": "", "language": "vi", "date_fetched": "2026-11-28T08:00:00+07:00",
        "date_published": "2026-11-28T07:30:00+07:00", "date_precision": "minute", "content_hash": "h",
        "discovery": {"kind": "feed", "url": "https://suoi.example/rss"}, "http": {"status": 200, "charset": "utf-8"},
        "extraction": {"rules": [], "version": "0", "origins": {}},
    });
    for (name, field) in fields.as_object().unwrap() {
        value[name] = field.clone();
    }
    serde_json::from_value(value).unwrap()
}

/// A watch for one of some phrases, in all events.
pub(crate) fn watch(id: &str, any: &[&str]) -> Watch {
    Watch {
        id: WatchId::new(id).unwrap(),
        name: format!("Theo dõi {id}"),
        any: phrases(any),
        all: Vec::new(),
        none: Vec::new(),
        portals: Vec::new(),
        provinces: Vec::new(),
        kinds: Vec::new(),
        fields: Field::DEFAULT.into_iter().collect(),
        events: Event::WORDS.into_iter().map(|(_, event)| event).collect(),
        to: Vec::new(),
        rhythm: Rhythm::Daily(7 * 60),
        language: Language::Vietnamese,
        max_age: Duration::from_hours(7 * 24),
    }
}

pub(crate) fn phrases(texts: &[&str]) -> Vec<Phrase> {
    texts.iter().map(|text| Phrase::read(text).unwrap()).collect()
}
