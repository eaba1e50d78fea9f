//! Decides whether an article is new, a copy of others, or another text of a known one, so that each story has one entry with all its copies. Pure:
//! articles are kept on a [`shelf::Shelf`], which is the store's tables for the service and files for `tintinh dedup`.
//!
//! ```text
//! article → Document → sketch → Shelf: who holds these keys? → align with each → guards → Relation → cluster
//! ```
//!
//! - [`document`]: the parts of an article that are compared: syllables of a folded text ([`crate::text::folded`]), headline, numbers, files.
//! - [`sketch`]: which shingles go into the index. A shared part is sampled in the same way in both texts, whatever their lengths.
//! - [`search`]: articles that share enough of them. Keys that many stories share, on a site or anywhere, do not count.
//! - [`align`]: the alignment of two texts, so that the decision is measured on the texts themselves.
//! - [`relate`]: reprint, excerpt, extended, or nothing, with the containment.
//! - [`guard`]: distinguishes articles with similar texts: notices, bulletins, decisions.
//! - [`cluster`]: the head of a story, and the merging of clusters.
//! - [`decision`]: the decision about an article by all of this.
//! - [`identity`]: whether two URLs show one article.
//! - [`revision`]: whether another text of an article is a change, a change of the page's frame, or not an article.

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

/// The verdict on a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Never seen.
    New,
    /// The newest revision of a known article has the same content.
    Unchanged,
    /// A known article with another text.
    Revision {
        /// Its number.
        revision: u32,
    },
    /// Never seen at this URL, but a copy of another article.
    Duplicate(Duplicate),
    /// Known, but its URL no longer shows an article; the text names the sign.
    NotAnArticle(String),
}
