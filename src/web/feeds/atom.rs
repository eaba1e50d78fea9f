//! Atom (RFC 4287).

use std::io;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::model::record::Record;
use crate::text::date::rfc3339;
use crate::web::feeds::Entry;
use crate::web::feeds::Feed;
use crate::web::feeds::clean;

pub(in crate::web) type Xml = Writer<Vec<u8>>;

/// Writes a feed as Atom.
///
/// # Errors
/// Never in practice: it writes to memory.
pub(in crate::web) fn atom(feed: &Feed) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".to_vec());
    xml.create_element("feed")
        .with_attributes([("xmlns", "http://www.w3.org/2005/Atom"), ("xml:lang", feed.language)])
        .write_inner_content(|xml| {
            text(xml, "title", &feed.title)?;
            text(xml, "id", &feed.page)?;
            text(xml, "updated", &rfc3339(feed.updated()))?;
            link(xml, "self", "application/atom+xml", &feed.own)?;
            link(xml, "alternate", "text/html", &feed.page)?;
            if let Some(next) = &feed.next {
                link(xml, "next", "application/atom+xml", next)?;
            }
            text(xml, "generator", "tintinh")?;
            feed.entries.iter().try_for_each(|entry| write_entry(xml, entry))
        })?;
    Ok(xml.into_inner())
}

fn write_entry(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    xml.create_element("entry").write_inner_content(|xml| {
        text(xml, "id", &entry.urn())?;
        text(xml, "updated", &rfc3339(entry.updated()))?;
        if let Some(published) = entry.published() {
            text(xml, "published", &rfc3339(published))?;
        }
        match entry {
            Entry::Record { record, .. } => write_record(xml, record),
            Entry::Note { title, text: words, page, .. } => {
                text(xml, "title", title)?;
                link(xml, "alternate", "text/html", page)?;
                author(xml, "tintinh")?;
                text(xml, "content", words)
            }
        }
    })?;
    Ok(())
}

/// Writes the fields of a record. The caller writes its id and dates.
pub(in crate::web) fn write_record(xml: &mut Xml, record: &Record) -> io::Result<()> {
    text(xml, "title", &record.title)?;
    link(xml, "alternate", "text/html", &record.url)?;
    if record.authors.is_empty() {
        author(xml, &record.outlet)?;
    }
    for one in &record.authors {
        author(xml, &one.name)?;
    }
    for term in record.section.iter().chain(&record.tags) {
        xml.create_element("category").with_attribute(("term", clean(term).as_str())).write_empty()?;
    }
    if let Some(lead) = &record.summary {
        text(xml, "summary", lead)?;
    }
    for file in &record.attachments {
        let length = file.size_in_bytes.map(|bytes| bytes.to_string());
        let mut element = xml.create_element("link").with_attributes([
            ("rel", "enclosure"),
            ("type", file.mime_type.as_str()),
            ("href", file.url.as_str()),
        ]);
        if let Some(length) = &length {
            element = element.with_attribute(("length", length.as_str()));
        }
        element.write_empty()?;
    }
    xml.create_element("content")
        .with_attributes([("type", "html"), ("xml:lang", record.language.as_str())])
        .write_text_content(BytesText::new(&clean(&record.content_html)))?;
    Ok(())
}

fn author(xml: &mut Xml, name: &str) -> io::Result<()> {
    xml.create_element("author").write_inner_content(|xml| text(xml, "name", name))?;
    Ok(())
}

/// Writes a text element.
pub(in crate::web) fn text(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&clean(value)))?;
    Ok(())
}

/// Writes a link.
pub(in crate::web) fn link(xml: &mut Xml, rel: &str, kind: &str, href: &str) -> io::Result<()> {
    xml.create_element("link").with_attributes([("rel", rel), ("type", kind), ("href", href)]).write_empty()?;
    Ok(())
}
