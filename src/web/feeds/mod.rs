//! Lists as feeds: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1, with whole articles.

pub(super) mod atom;
mod json;
mod rss;

use jiff::Timestamp;

use crate::model::record::Record;
pub(super) use crate::web::feeds::atom::atom;
pub(super) use crate::web::feeds::json::json;
pub(super) use crate::web::feeds::rss::rss;

/// A list to be published.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    pub(super) title: String,
    pub(super) language: &'static str,
    /// The address of the list as a page, and of the feed itself.
    pub(super) page: String,
    pub(super) own: String,
    /// The address of the feed's next part.
    pub(super) next: Option<String>,
    pub(super) entries: Vec<Entry>,
}

/// An entry of a feed.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// An article. Entries of one article's revisions differ by their revision.
    Record { record: Box<Record>, is_revision: bool },
    /// Something else: an alarm.
    Note { id: String, title: String, text: String, page: String, at: Timestamp },
}

impl Feed {
    /// When its newest entry was changed; it does not depend on who asks when.
    pub(super) fn updated(&self) -> Timestamp {
        self.entries.iter().map(Entry::updated).max().unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl Entry {
    /// A name that no other entry has, as an URN (RFC 9562).
    fn urn(&self) -> String {
        let of = |hash: &str| {
            let part = |from, to| hash.get(from..to).unwrap_or_default();
            format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
        };
        match self {
            Entry::Record { record, is_revision: false } => of(&record.id),
            Entry::Record { record, .. } => {
                of(&crate::text::fingerprint::hash_parts([record.id.as_str(), &record.revision.to_string()]))
            }
            Entry::Note { id, .. } => of(&crate::text::fingerprint::hash_parts(["note", id])),
        }
    }

    /// When it was last changed.
    fn updated(&self) -> Timestamp {
        match self {
            Entry::Record { record, .. } => record.date_fetched.parse().unwrap_or(Timestamp::UNIX_EPOCH),
            Entry::Note { at, .. } => *at,
        }
    }

    /// When it was published, where that is known.
    fn published(&self) -> Option<Timestamp> {
        match self {
            Entry::Record { record, .. } => record.date_published.as_deref()?.parse().ok(),
            Entry::Note { at, .. } => Some(*at),
        }
    }
}

/// A text without what XML 1.0 has no place for (section 2.2).
fn clean(text: &str) -> String {
    let is_allowed = |c: &char| matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().filter(is_allowed).collect()
}
