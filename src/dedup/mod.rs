//! One story, one entry, every copy accounted for: is an article new, a copy of others, or another text of a known one? Pure: where articles
//! are kept is a [`shelf::Shelf`], the store's tables for the service and files for `tintinh dedup`.
//!
//! ```text
//! article → Document → sketch → Shelf: who holds these keys? → align with each → guards → Relation → cluster
//! ```
//!
//! - [`document`]: what of an article is compared: syllables of a folded text ([`crate::text::folded`]), headline, numbers, files.
//! - [`sketch`]: which shingles go into the index. A shared part is sampled alike in both texts, whatever their lengths.
//! - [`search`]: who shares enough of them; what many stories share, on a site or anywhere, does not count.
//! - [`align`]: the two texts side by side, so that what counts is measured on the texts themselves.
//! - [`relate`]: reprint, excerpt, extended, or nothing, with the containment.
//! - [`guard`]: what tells apart articles whose texts are alike: notices, bulletins, decisions.
//! - [`cluster`]: who heads a story, and how clusters become one.
//! - [`decision`]: what becomes of an article by all of that.
//! - [`identity`]: whether two addresses show one article.
//! - [`revision`]: whether another text of one article is a change, or the page's frame, or no article at all.

pub mod align;
pub mod cluster;
pub mod decision;
pub mod document;
pub mod guard;
pub mod identity;
pub mod postings;
pub mod relate;
pub mod revision;
pub mod search;
pub mod shelf;
pub mod sketch;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use crate::model::record::Duplicate;

/// What a record is.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Never seen.
    New,
    /// The newest revision of a known article says the same.
    Unchanged,
    /// A known article with another text.
    Revision {
        /// Its number.
        revision: u32,
    },
    /// Never seen under this address, but a copy of another.
    Duplicate(Duplicate),
    /// Known, and what stands at its address now is no article; the text names the sign.
    NotAnArticle(String),
}
