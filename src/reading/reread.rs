//! Compares a stored page, read by today's rules and program, with its record.
//!
//! Three things may differ between the visit and today: the rules and the program, the knowledge about the site, and the source's hints for the link.
//! Only the first is a reason for a revision. So a page is read with and without today's memory of its site, because the visit's knowledge was
//! between the two. And the source's hints are kept as they were recorded.

use std::collections::BTreeSet;

use crate::model::article::HINT;
use crate::model::link::Hints;
use crate::model::record::Record;
use crate::model::record::RevisionReason;
use crate::url::PageUrl;

/// Returns the record of a stored page according to today's rules and program: what they read, and everything else as it was recorded. `hints` are
/// the source's hints for the link.
pub fn renewed(stored: &Record, fresh: Record, hints: &Hints) -> Record {
    let mut fresh = with_recorded_hints(stored, fresh, hints);
    fresh.keep_attachments_of(stored);
    Record {
        schema_version: fresh.schema_version,
        kind: fresh.kind,
        title: fresh.title,
        summary: fresh.summary,
        content_text: fresh.content_text,
        content_html: fresh.content_html,
        blocks: fresh.blocks,
        authors: fresh.authors,
        byline: fresh.byline,
        credit: fresh.credit,
        section: fresh.section,
        tags: fresh.tags,
        image: fresh.image,
        images: fresh.images,
        attachments: fresh.attachments,
        document: fresh.document,
        date_published: fresh.date_published,
        date_modified: fresh.date_modified,
        date_precision: fresh.date_precision,
        date_source: fresh.date_source,
        date_raw: fresh.date_raw,
        content_hash: fresh.content_hash,
        extraction: fresh.extraction,
        moved_from: None,
        reason: Some(RevisionReason::Reread),
        ..stored.clone()
    }
}

/// Restores the recorded hints. A later sighting fills gaps in a source's hints, which is not a change of the page.
fn with_recorded_hints(stored: &Record, mut fresh: Record, hints: &Hints) -> Record {
    let is_hint =
        |record: &Record, field: &str| record.extraction.origins.get(field).is_some_and(|origin| origin == HINT);
    if is_hint(&fresh, "summary") {
        fresh.summary.clone_from(&stored.summary);
    }
    if is_hint(&fresh, "date_published") {
        fresh.date_published.clone_from(&stored.date_published);
        fresh.date_precision = stored.date_precision;
        fresh.date_source.clone_from(&stored.date_source);
        fresh.date_raw.clone_from(&stored.date_raw);
    }
    if is_hint(&fresh, "date_modified") {
        fresh.date_modified.clone_from(&stored.date_modified);
    }
    if is_hint(&fresh, "section") {
        fresh.section.clone_from(&stored.section);
    }
    let authors = fresh.authors.iter().map(|author| &author.name);
    if !hints.authors.is_empty() && authors.eq(&hints.authors) {
        fresh.authors.clone_from(&stored.authors);
    }
    if !hints.tags.is_empty() && fresh.tags == hints.tags {
        fresh.tags.clone_from(&stored.tags);
    }
    if hints.image.as_ref().map(PageUrl::as_str) == fresh.image.as_deref() {
        fresh.image.clone_from(&stored.image);
    }
    fresh
}

/// Returns the fields in which two records of one page differ.
pub fn differences(stored: &Record, new: &Record) -> Vec<&'static str> {
    let fields = [
        ("kind", stored.kind == new.kind),
        ("title", stored.title == new.title),
        ("summary", stored.summary == new.summary),
        ("content_text", stored.content_text == new.content_text),
        ("content_html", stored.content_html == new.content_html),
        ("blocks", stored.blocks == new.blocks),
        ("authors", stored.authors == new.authors),
        ("byline", stored.byline == new.byline),
        ("credit", stored.credit == new.credit),
        ("section", stored.section == new.section),
        ("tags", stored.tags == new.tags),
        ("image", stored.image == new.image),
        ("images", stored.images == new.images),
        ("attachments", stored.attachments == new.attachments),
        ("document", stored.document == new.document),
        ("date_published", stored.date_published == new.date_published),
        ("date_modified", stored.date_modified == new.date_modified),
        ("date_precision", stored.date_precision == new.date_precision),
        ("date_raw", stored.date_raw == new.date_raw),
    ];
    fields.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect()
}

/// Fields that depend on the text: removed lines take their blocks and images with them.
const FOLLOW_THE_TEXT: &[&str] = &["content_text", "content_html", "blocks", "image", "images", "attachments"];

/// Whether all differences of a record come from the knowledge about its site. Then each field equals one of the two readings, and the text has no
/// line that neither has, and all lines that both have.
pub fn lies_between(stored: &Record, with_memory: &Record, without: &Record) -> bool {
    let others = differences(stored, without);
    let fields = differences(stored, with_memory).into_iter().filter(|field| others.contains(field));
    let mut fields = fields.peekable();
    if fields.peek().is_none() {
        return true;
    }
    let (own, one, other) = (lines(stored), lines(with_memory), lines(without));
    one != other
        && fields.all(|field| FOLLOW_THE_TEXT.contains(&field))
        && own.iter().all(|line| one.contains(line) || other.contains(line))
        && one.intersection(&other).all(|line| own.contains(line))
}

fn lines(record: &Record) -> BTreeSet<&str> {
    record.content_text.lines().filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(title: &str, text: &str) -> Record {
        let record = json!({
            "schema_version": 1, "id": "x", "revision": 3, "portal": "a", "outlet": "A", "url": "http://a.example/1",
            "final_url": "http://a.example/1", "canonical_url": "http://a.example/1", "title": title, "content_text": text,
            "content_html": "", "language": "vi", "date_fetched": "2025-07-01T08:00:00+07:00", "content_hash": text,
            "discovery": {"kind": "listing", "url": "http://a.example/tin"}, "http": {"status": 200, "charset": "utf-8"},
            "extraction": {"rules": [], "version": "0", "origins": {}}
        });
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn what_a_source_says_later_is_no_change_of_the_page() {
        let stored = record("Tin", "Bài.");
        let mut fresh = Record { tags: vec!["lúa".to_owned()], revision: 1, ..record("Tin", "Bài.") };
        fresh.summary = Some("Lời dẫn của nguồn.".to_owned());
        fresh.extraction.origins.insert("summary".to_owned(), HINT.to_owned());
        let hints = Hints { tags: fresh.tags.clone(), ..Hints::default() };
        let new = renewed(&stored, fresh.clone(), &hints);
        assert_eq!(differences(&stored, &new), Vec::<&str>::new());
        assert_eq!((new.revision, new.reason), (3, Some(RevisionReason::Reread)));
        fresh.extraction.origins.clear();
        assert_eq!(differences(&stored, &renewed(&stored, fresh, &Hints::default())), ["summary", "tags"]);
    }

    #[test]
    fn what_the_site_was_known_for_is_no_change_of_the_rules() {
        let (all, none) = (record("Tin", "Bài.\n\nMời xem.\n\nLiên hệ."), record("Tin", "Bài."));
        let then = record("Tin", "Bài.\n\nLiên hệ.");
        assert!(lies_between(&then, &none, &all));
        assert!(lies_between(&all, &none, &all));
        assert!(!lies_between(&record("Tin", "Bài.\n\nMới."), &none, &all), "a line that neither has");
        assert!(!lies_between(&record("Tin", "Liên hệ."), &none, &all), "without a line that both have");
        assert!(!lies_between(&record("Tin khác", "Bài."), &none, &all), "another headline");
        assert!(!lies_between(&then, &all, &all), "the memory changes nothing");
    }
}
