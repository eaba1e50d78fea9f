//! A record and what is known of its neighbours → a verdict. Pure.

use crate::model::record::Duplicate;
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

/// Decides what a record is.
pub fn judge(_record: &Record, _neighbours: &Neighbours) -> Verdict {
    todo!()
}
