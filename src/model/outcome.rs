//! Outcomes of links and sources. Expected results have names; they are not errors.

use serde::Deserialize;
use serde::Serialize;

use crate::model::article::PageKind;
use crate::model::failure::Failure;
use crate::model::obstacle::Obstacle;
use crate::model::obstacle::Sighting;
use crate::model::record::WithdrawalReason;

/// How a link ended, as settled in the store.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A record was written: a new article or a new revision.
    Recorded,
    /// The article did not change.
    Unchanged,
    /// Its server or its source says that it does not exist.
    Gone(WithdrawalReason),
    /// robots.txt disallows it.
    Disallowed,
    /// The page is not an article to keep.
    Rejected(Rejection),
    /// Something covers the site: the page is requested again later.
    Blocked(Sighting),
    /// It could not be fetched or read.
    Failed(Failure),
}

impl Outcome {
    /// Whether another request for the same URL may end differently. A page may be listed before it exists, and a challenge or a setup page replaces
    /// an article for a while.
    pub fn may_change(&self) -> bool {
        !matches!(self, Outcome::Rejected(rejection) if !rejection.may_change())
    }
}

/// Why a page has no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// No headline.
    NoTitle,
    /// No text, no attachment and no image.
    NoContent,
    /// An error page with status 200, or a stub; the text names the sign.
    NotAnArticle(String),
    /// A list, a front page, a video … that the portal's file does not keep.
    Kind(PageKind),
    /// Not HTML.
    WrongType(String),
    /// Redirected to a host outside the portal.
    ForeignHost,
    /// Its path is excluded by the portal's file.
    Excluded,
}

impl Rejection {
    fn may_change(&self) -> bool {
        !matches!(self, Rejection::Excluded | Rejection::WrongType(_))
    }

    /// Whether another request may end differently after a rejection that is stored as text. Returns true for unknown texts.
    pub fn may_change_in_words(words: &str) -> bool {
        let lasting = [Rejection::Excluded, Rejection::WrongType(String::new())];
        !lasting.iter().any(|rejection| words.starts_with(&rejection.to_string()))
    }
}

impl From<Sighting> for Rejection {
    fn from(sighting: Sighting) -> Rejection {
        match sighting.kind {
            Obstacle::Binary => Rejection::WrongType(sighting.sign),
            _ => Rejection::NotAnArticle(sighting.to_string()),
        }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Rejection::NoTitle => formatter.write_str("no title"),
            Rejection::NoContent => formatter.write_str("no content"),
            Rejection::NotAnArticle(sign) => write!(formatter, "not an article: {sign}"),
            Rejection::Kind(kind) => write!(formatter, "not an article but {kind}"),
            Rejection::WrongType(kind) => write!(formatter, "not HTML but {kind}"),
            Rejection::ForeignHost => formatter.write_str("redirected to a host that is none of the portal's"),
            Rejection::Excluded => formatter.write_str("excluded by the portal's file"),
        }
    }
}
