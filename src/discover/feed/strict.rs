//! Runs feed-rs on documents that are not too deep for it.

use feed_rs::model;
use feed_rs::parser::Builder;

use crate::discover::feed::Entry;
use crate::discover::xml;
use crate::discover::xml::WellFormedXml;
use crate::url::PageUrl;

/// Returns the entries of a repaired document, in its order. Their dates are left out, because feed-rs keeps moments and not the printed text.
///
/// # Errors
/// The reason in one line, if feed-rs rejects the document or the document is too deep for it.
pub(super) fn read(sound: &WellFormedXml, base: &PageUrl) -> Result<Vec<Entry>, String> {
    if sound.depth > xml::MAX_DEPTH {
        return Err(format!("{} levels deep, {} at most", sound.depth, xml::MAX_DEPTH));
    }
    let parser = Builder::new()
        .base_uri(Some(base.as_str()))
        .sanitize_content(false)
        // Without this generator, feed-rs would create random IDs.
        .id_generator(|_, _, _| String::new())
        .build();
    let feed = parser.parse(sound.text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(feed.entries.into_iter().map(convert).collect())
}

fn convert(entry: model::Entry) -> Entry {
    let image =
        entry.media.iter().flat_map(|media| &media.thumbnails).map(|thumbnail| thumbnail.image.uri.clone()).next();
    Entry {
        title: entry.title.map(|text| text.content),
        links: entry.links.into_iter().filter(is_article).map(|link| link.href).collect(),
        guid: Some(entry.id).filter(|id| !id.is_empty()),
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
