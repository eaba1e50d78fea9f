//! Publishes lists as feeds: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1, with full articles.

pub(super) mod atom;
mod json;
mod rss;

use jiff::Timestamp;

use crate::model::record::Record;
pub(super) use crate::web::feeds::atom::atom;
pub(super) use crate::web::feeds::json::json;
pub(super) use crate::web::feeds::rss::rss;

/// A list to publish as a feed.
#[derive(Debug, Clone)]
pub(super) struct Feed {
    pub(super) title: String,
    pub(super) language: &'static str,
    /// The addresses of the list's page and of the feed itself.
    pub(super) page: String,
    pub(super) own: String,
    /// The address of the feed's next page.
    pub(super) next: Option<String>,
    pub(super) entries: Vec<Entry>,
}

/// An entry of a feed.
#[derive(Debug, Clone)]
pub(super) enum Entry {
    /// An article. The entries of one article's revisions are told apart by revision.
    Record { record: Box<Record>, is_revision: bool },
    /// Anything else: an alarm.
    Note { id: String, title: String, text: String, page: String, at: Timestamp },
}

impl Feed {
    /// When the newest entry changed. Does not depend on the time of the request.
    pub(super) fn updated(&self) -> Timestamp {
        self.entries.iter().map(Entry::updated).max().unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl Entry {
    /// A unique name for the entry, as a URN (RFC 9562).
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

    /// When the entry last changed.
    fn updated(&self) -> Timestamp {
        match self {
            Entry::Record { record, .. } => record.date_fetched.parse().unwrap_or(Timestamp::UNIX_EPOCH),
            Entry::Note { at, .. } => *at,
        }
    }

    /// When the entry was published, if known.
    fn published(&self) -> Option<Timestamp> {
        match self {
            Entry::Record { record, .. } => record.date_published.as_deref()?.parse().ok(),
            Entry::Note { at, .. } => Some(*at),
        }
    }
}

/// Removes the characters that XML 1.0 does not allow (section 2.2).
fn clean(text: &str) -> String {
    let is_allowed = |c: &char| matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().filter(is_allowed).collect()
}
