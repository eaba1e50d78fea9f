//! Decides what happens with an article that was read, by its newest known record and the copies that were found. The store provides these and writes
//! the decision.

use crate::dedup::document;
use crate::dedup::revision;
use crate::dedup::revision::Change;
use crate::dedup::search::SearchResult;
use crate::dedup::shelf::Shelf;
use crate::model::record::Record;

/// Minimum share of common text with which a page belongs to another article of its portal.
pub const SAME_PAGE: f64 = 0.95;
/// The same share for a page that is not what its link promised.
pub const SAME_TEXT: f64 = 1.0;

/// The reason for rejecting a page if another article of the portal has the same text.
pub const SAID_ELSEWHERE: &str = "the page has the text of another article";

/// The decision about an article with a known id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is written.
    Unchanged,
    /// The page is not an article; the text names the sign.
    NotAnArticle(String),
    /// Write the next revision.
    Revise,
    /// Write the next revision, unless another article of the portal has the same text ([`is_said_by_another`] with [`SAME_PAGE`]).
    ReviseUnlessCopied,
    /// It is not the known article: its page names a wrong canonical URL, so it gets the URL at which it was read.
    TakeOwnAddress,
}

/// Decides about an article by the newest record of its id. `has_own_address` is true if the id is that of its link's URL.
pub fn decide(known: &Record, record: &Record, has_own_address: bool) -> Decision {
    if known.content_hash == record.content_hash {
        return Decision::Unchanged;
    }
    match revision::change(known, record) {
        Change::Nothing => Decision::Unchanged,
        Change::NotAnArticle(sign) => Decision::NotAnArticle(sign),
        Change::AnotherArticle if !has_own_address => Decision::TakeOwnAddress,
        Change::Replaced => Decision::ReviseUnlessCopied,
        Change::Revision | Change::AnotherArticle => Decision::Revise,
    }
}

/// Whether this share of a text is in another article of its site: a page that is available at many URLs.
///
/// # Errors
/// If the shelf fails.
pub fn is_said_by_another<S: Shelf>(
    shelf: &mut S,
    found: &SearchResult,
    site: &str,
    share: f64,
) -> Result<bool, S::Error> {
    let nearest = found.clusters.first().filter(|(_, relation)| relation.containment >= share);
    let Some((head, _)) = nearest else { return Ok(false) };
    Ok(shelf.document(*head)?.is_some_and(|head| head.site == document::site(site)))
}
