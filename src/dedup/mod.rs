//! One story, one entry, every copy accounted for: is an article new, a copy of others, or another text of a known one? Pure: where articles
//! are kept is a [`shelf::Shelf`], the store's tables for the service and files for `tintinh dedup`.
//!
//! ```text
//! article → Document → sketch → Shelf: who holds these keys? → align with each → guards → Relation → cluster
//! ```
//!
//! - [`document`]: what of an article is compared: syllables of a folded text ([`crate::text::syllables`]), headline, numbers, files.
//! - [`sketch`]: which shingles go into the index. A shared part is sampled alike in both texts, whatever their lengths.
//! - [`search`]: who shares enough of them; what many stories share, on a site or anywhere, does not count.
//! - [`align`]: the two texts side by side, so that what counts is measured on the texts themselves.
//! - [`relate`]: reprint, excerpt, extended, or nothing, with the containment.
//! - [`guard`]: what tells apart articles whose texts are alike: notices, bulletins, decisions.
//! - [`cluster`]: who heads a story, and how clusters become one.

pub mod align;
pub mod cluster;
pub mod document;
pub mod guard;
pub mod postings;
pub mod relate;
pub mod search;
pub mod shelf;
pub mod sketch;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use crate::model::record::Duplicate;
use crate::model::record::DuplicateKind;
use crate::model::record::Record;

/// What the store knows that may be the same.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Neighbours {
    /// The newest revision with the same id.
    pub same_id: Option<Known>,
    /// Articles of other ids with the same `content_hash`, earliest first.
    pub same_content: Vec<Known>,
}

/// What the store keeps of an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The article's id.
    pub id: String,
    /// Its newest revision.
    pub revision: u32,
    /// That revision's hash.
    pub content_hash: String,
    /// The head of its cluster where it is a copy itself.
    pub duplicate_of: Option<String>,
}

/// What a record is.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Never seen.
    New,
    /// The newest revision of a known article has this very content.
    Unchanged,
    /// A known article with another text.
    Revision {
        /// Its number.
        revision: u32,
        /// The hash of the one before.
        previous: String,
    },
    /// Never seen under this address, but a copy of another.
    Duplicate(Duplicate),
}

/// Characters of lead and body that a text must have before its equality with another says anything: on one real host 205 pairs of
/// different notices share their whole body ("Xem chi tiết tại đây").
pub const MIN_OWN_TEXT: usize = 200;

/// Decides what a record is. Only exact equality counts yet: the same id, or the same content under another address.
pub fn judge(record: &Record, neighbours: &Neighbours) -> Verdict {
    if let Some(known) = &neighbours.same_id {
        return if known.content_hash == record.content_hash {
            Verdict::Unchanged
        } else {
            Verdict::Revision { revision: known.revision + 1, previous: known.content_hash.clone() }
        };
    }
    let own_text = record.content_text.chars().count() + record.summary.as_ref().map_or(0, |lead| lead.chars().count());
    match neighbours.same_content.first() {
        Some(earliest) if own_text >= MIN_OWN_TEXT => Verdict::Duplicate(Duplicate {
            of: earliest.duplicate_of.clone().unwrap_or_else(|| earliest.id.clone()),
            kind: DuplicateKind::Reprint,
            containment: 1.0,
        }),
        _ => Verdict::New,
    }
}
