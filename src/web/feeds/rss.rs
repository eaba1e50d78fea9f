//! RSS 2.0 (<https://www.rssboard.org/rss-specification>), with full articles (`content:encoded`).

use std::io;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::BytesText;

use crate::model::record::Record;
use crate::web::feeds::Entry;
use crate::web::feeds::Feed;
use crate::web::feeds::clean;

type Xml = Writer<Vec<u8>>;

/// Writes a feed as RSS.
///
/// # Errors
/// Never in practice: it writes to memory.
pub(in crate::web) fn rss(feed: &Feed) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".to_vec());
    let names = [
        ("version", "2.0"),
        ("xmlns:atom", "http://www.w3.org/2005/Atom"),
        ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ];
    xml.create_element("rss").with_attributes(names).write_inner_content(|xml| {
        xml.create_element("channel").write_inner_content(|xml| {
            text(xml, "title", &feed.title)?;
            text(xml, "link", &feed.page)?;
            text(xml, "description", &feed.title)?;
            text(xml, "language", feed.language)?;
            text(xml, "generator", "tintinh")?;
            text(xml, "lastBuildDate", &date(feed.updated()))?;
            let own = [("rel", "self"), ("type", "application/rss+xml"), ("href", feed.own.as_str())];
            xml.create_element("atom:link").with_attributes(own).write_empty()?;
            if let Some(next) = &feed.next {
                let next = [("rel", "next"), ("type", "application/rss+xml"), ("href", next.as_str())];
                xml.create_element("atom:link").with_attributes(next).write_empty()?;
            }
            feed.entries.iter().try_for_each(|entry| write_item(xml, entry))
        })?;
        Ok(())
    })?;
    Ok(xml.into_inner())
}

fn write_item(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    xml.create_element("item").write_inner_content(|xml| {
        xml.create_element("guid")
            .with_attribute(("isPermaLink", "false"))
            .write_text_content(BytesText::new(&entry.urn()))?;
        if let Some(published) = entry.published() {
            text(xml, "pubDate", &date(published))?;
        }
        match entry {
            Entry::Record { record, .. } => write_record(xml, record),
            Entry::Note { title, text: words, page, .. } => {
                text(xml, "title", title)?;
                text(xml, "link", page)?;
                text(xml, "description", words)
            }
        }
    })?;
    Ok(())
}

fn write_record(xml: &mut Xml, record: &Record) -> io::Result<()> {
    text(xml, "title", &record.title)?;
    text(xml, "link", &record.url)?;
    for author in &record.authors {
        text(xml, "dc:creator", &author.name)?;
    }
    for term in record.section.iter().chain(&record.tags) {
        text(xml, "category", term)?;
    }
    if let Some(lead) = &record.summary {
        text(xml, "description", lead)?;
    }
    // The specification allows one enclosure and requires its length. Readers expect 0 for an unknown length.
    if let Some(file) = record.attachments.first() {
        let length = file.size_in_bytes.unwrap_or(0).to_string();
        xml.create_element("enclosure")
            .with_attributes([
                ("url", file.url.as_str()),
                ("length", length.as_str()),
                ("type", file.mime_type.as_str()),
            ])
            .write_empty()?;
    }
    text(xml, "content:encoded", &record.content_html)
}

/// Formats a moment as RFC 822 does, in GMT.
fn date(at: Timestamp) -> String {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

fn text(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&clean(value)))?;
    Ok(())
}
