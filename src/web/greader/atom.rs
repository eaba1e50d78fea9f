//! Streams as Atom, with article states as categories. Newsboat reads this form.

use std::io;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::escape::escape;

use crate::model::record::Record;
use crate::text::date::rfc3339;
use crate::web::feeds::atom;
use crate::web::feeds::atom::Xml;
use crate::web::reader::shelf::StreamItem;

/// The scheme of states and labels.
const SCHEME: &str = "http://www.google.com/reader/";

/// The part before the entries.
pub(super) fn head(id: &str, title: &str, updated: Timestamp, continuation: Option<&str>) -> String {
    let next =
        continuation.map(|next| format!("<gr:continuation>{}</gr:continuation>", escape(next))).unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" \
         xmlns:gr=\"http://www.google.com/schemas/reader/atom/\"><generator>tintinh</generator>\
         <id>tag:google.com,2005:reader/{}</id><title>{}</title><updated>{}</updated>{next}",
        escape(id),
        escape(title),
        rfc3339(updated),
    )
}

/// The part after the entries.
pub(super) const TAIL: &str = "</feed>";

/// Writes an entry.
///
/// # Errors
/// Never in practice: it writes to memory.
pub(super) fn entry(item: &StreamItem, record: &Record, categories: &[String]) -> io::Result<Vec<u8>> {
    let found = Timestamp::from_millisecond(item.seen).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut xml: Xml = Writer::new(Vec::new());
    xml.create_element("entry").write_inner_content(|xml| {
        atom::text(xml, "id", &item.item.long())?;
        atom::text(xml, "published", record.date_published.as_deref().unwrap_or(&rfc3339(found)))?;
        atom::text(xml, "updated", &rfc3339(found))?;
        for category in categories {
            let label = category.rsplit('/').next().unwrap_or(category);
            let own = [("term", category.as_str()), ("scheme", SCHEME), ("label", label)];
            xml.create_element("category").with_attributes(own).write_empty()?;
        }
        atom::write_record(xml, record)
    })?;
    Ok(xml.into_inner())
}
