//! feed-rs, behind the depth that it can bear.

use std::sync::Arc;
use std::sync::Mutex;

use chrono::DateTime;
use chrono::Utc;
use feed_rs::model;
use feed_rs::parser::Builder;

use crate::discover::feed::Entry;
use crate::discover::xml;
use crate::discover::xml::WellFormedXml;
use crate::url::PageUrl;

/// Entries of a repaired document, in its order.
///
/// # Errors
/// A reason in one line, where feed-rs refuses the document or it is too deep to be handed over.
pub(super) fn read(sound: &WellFormedXml, base: &PageUrl) -> Result<Vec<Entry>, String> {
    if sound.depth > xml::MAX_DEPTH {
        return Err(format!("{} levels deep, {} at most", sound.depth, xml::MAX_DEPTH));
    }
    parse(&sound.text, Some(base.as_str()))
}

/// Entries of a JSON Feed whose types were put right.
///
/// # Errors
/// feed-rs's reason.
pub(super) fn read_json(text: &str) -> Result<Vec<Entry>, String> {
    parse(text, None)
}

fn parse(text: &str, base: Option<&str>) -> Result<Vec<Entry>, String> {
    let dates = RawDates::default();
    let hook = dates.clone();
    let parser = Builder::new()
        .base_uri(base)
        .sanitize_content(false)
        // Without a generator of ours feed-rs makes up random ids.
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(move |raw| hook.keep(raw))
        .build();
    let feed = parser.parse(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(feed.entries.into_iter().map(|entry| convert(entry, &dates)).collect())
}

/// The dates as printed. feed-rs keeps only moments, so each text is kept here and feed-rs gets its number as a moment.
#[derive(Clone, Default)]
struct RawDates(Arc<Mutex<Vec<String>>>);

impl RawDates {
    fn keep(&self, raw: &str) -> Option<DateTime<Utc>> {
        let mut texts = self.0.lock().ok()?;
        let number = i64::try_from(texts.len()).ok()?;
        texts.push(raw.to_owned());
        DateTime::from_timestamp(number, 0)
    }

    fn text(&self, moment: DateTime<Utc>) -> Option<String> {
        let number = usize::try_from(moment.timestamp()).ok()?;
        self.0.lock().ok()?.get(number).cloned()
    }
}

fn convert(entry: model::Entry, dates: &RawDates) -> Entry {
    let published = entry.published.and_then(|moment| dates.text(moment));
    // feed-rs repeats the date of publication as the date of change.
    let modified =
        entry.updated.filter(|moment| Some(*moment) != entry.published).and_then(|moment| dates.text(moment));
    let image =
        entry.media.iter().flat_map(|media| &media.thumbnails).map(|thumbnail| thumbnail.image.uri.clone()).next();
    Entry {
        title: entry.title.map(|text| text.content),
        links: entry.links.into_iter().filter(is_article).map(|link| link.href).collect(),
        guid: Some(entry.id).filter(|id| !id.is_empty()),
        published,
        modified,
        summary: entry.summary.map(|text| text.content),
        content: entry.content.and_then(|content| content.body),
        authors: entry.authors.into_iter().filter_map(|person| person.name).collect(),
        categories: entry.categories.into_iter().map(|category| category.label.unwrap_or(category.term)).collect(),
        image,
        ..Entry::default()
    }
}

fn is_article(link: &model::Link) -> bool {
    link.target.is_none()
        && link.rel.as_deref().is_none_or(|rel| rel == "alternate")
        && link.media_type.as_deref().is_none_or(|kind| kind.contains("html"))
}
