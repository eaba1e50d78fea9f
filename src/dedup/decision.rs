//! What becomes of an article that was read: decided by its newest known record and by what was found among all others. Where those come from,
//! and how a decision is written, is the store's.

use crate::dedup::document;
use crate::dedup::revision;
use crate::dedup::revision::Change;
use crate::dedup::search::SearchResult;
use crate::dedup::shelf::Shelf;
use crate::model::record::Record;

/// A page belongs to another article of its portal from this share of common text on.
pub const SAME_PAGE: f64 = 0.95;
/// The same for a page that is not what its link promised.
pub const SAME_TEXT: f64 = 1.0;

/// Why a page that another article of the portal says as well is none.
pub const SAID_ELSEWHERE: &str = "the page has the text of another article";

/// What becomes of an article with a known id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing is written.
    Unchanged,
    /// The page is no article; the text names the sign.
    NotAnArticle(String),
    /// The next revision.
    Revise,
    /// The next revision, unless another article of the portal says the same ([`is_said_by_another`] of [`SAME_PAGE`]).
    ReviseUnlessCopied,
    /// Another article than the known one: its page calls a wrong address its own, so that it takes the address at which it was read.
    TakeOwnAddress,
}

/// Decides about an article by the newest record of its id. `has_own_address`: the id is the one that its link's address gives.
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

/// Whether this share of a text stands in another article of its site: a page that answers at many addresses.
///
/// # Errors
/// Where the shelf fails.
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
