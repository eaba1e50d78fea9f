//! Writes the feeds of the configuration as OPML 2.0 (<http://opml.org/spec2.opml>).

use std::time::Duration;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use quick_xml::Writer;
use quick_xml::events::BytesDecl;
use quick_xml::events::BytesEnd;
use quick_xml::events::BytesStart;
use quick_xml::events::BytesText;
use quick_xml::events::Event;

use crate::config::Config;
use crate::config::Portal;
use crate::discover::Reader;
use crate::discover::Source;

/// Returns a document with a folder for each portal that has feeds, and an outline for each feed in it. Disabled portals are commented out.
///
/// # Errors
/// None in practice: it writes to memory.
pub(crate) fn document(config: &Config, now: Timestamp) -> std::io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.write_event(Event::Start(BytesStart::new("opml").with_attributes([("version", "2.0")])))?;
    // The date format of HTTP is one of those that RFC 822 and 2822 allow, which OPML requires.
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_second()).unwrap_or(0)));
    writer.create_element("head").write_inner_content(|writer| {
        for (name, text) in
            [("title", "Feeds of tintinh"), ("dateCreated", &date), ("docs", "http://opml.org/spec2.opml")]
        {
            writer.create_element(name).write_text_content(BytesText::new(text))?;
        }
        Ok(())
    })?;
    writer.write_event(Event::Start(BytesStart::new("body")))?;
    for portal in &config.portals {
        folder(&mut writer, portal)?;
    }
    for name in ["body", "opml"] {
        writer.write_event(Event::End(BytesEnd::new(name)))?;
    }
    Ok(format!("{}\n", String::from_utf8_lossy(&writer.into_inner())))
}

fn folder(writer: &mut Writer<Vec<u8>>, portal: &Portal) -> std::io::Result<()> {
    let feeds: Vec<&Source> = portal.sources.iter().filter(|source| matches!(source.reader, Reader::Feed(_))).collect();
    if feeds.is_empty() {
        return Ok(());
    }
    let name = &portal.outlet.name;
    let mut outline = writer.create_element("outline").with_attributes([("text", name.as_str()), ("title", name)]);
    if !portal.enabled {
        outline = outline.with_attribute(("isComment", "true"));
    }
    outline.write_inner_content(|writer| feeds.iter().try_for_each(|source| feed(writer, portal, source)))?;
    Ok(())
}

fn feed(writer: &mut Writer<Vec<u8>>, portal: &Portal, source: &Source) -> std::io::Result<()> {
    let rubric = source.section.as_deref().unwrap_or(source.id.as_str());
    let text = format!("{} - {rubric}", portal.outlet.name);
    let step = source.first_step();
    let attributes = [
        ("type", "rss"),
        ("text", &text),
        ("title", &text),
        ("xmlUrl", step.request.url.as_str()),
        ("htmlUrl", portal.outlet.home.as_str()),
        ("language", &portal.outlet.language),
    ];
    writer.create_element("outline").with_attributes(attributes).write_empty()?;
    Ok(())
}
