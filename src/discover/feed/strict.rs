//! feed-rs, behind the depth that it can bear.

use feed_rs::model;
use feed_rs::parser::Builder;

use crate::discover::feed::Entry;
use crate::discover::xml;
use crate::discover::xml::WellFormedXml;
use crate::url::PageUrl;

/// Entries of a repaired document, in its order. Their dates are not taken: feed-rs keeps moments, and not what was printed.
///
/// # Errors
/// A reason in one line, where feed-rs refuses the document or it is too deep to be handed over.
pub(super) fn read(sound: &WellFormedXml, base: &PageUrl) -> Result<Vec<Entry>, String> {
    if sound.depth > xml::MAX_DEPTH {
        return Err(format!("{} levels deep, {} at most", sound.depth, xml::MAX_DEPTH));
    }
    let parser = Builder::new()
        .base_uri(Some(base.as_str()))
        .sanitize_content(false)
        // Without a generator of ours feed-rs makes up random ids.
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
