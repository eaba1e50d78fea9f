//! What a visit decides about a link.

use crate::model::outcome::Outcome;
use crate::model::record::RawRef;
use crate::store::Article;
use crate::store::ResponseNote;

/// The decision about a link, not yet stored.
pub(super) struct Decision {
    pub(super) outcome: Outcome,
    pub(super) article: Option<Article>,
    pub(super) answered: Option<ResponseNote>,
    pub(super) raw: Option<RawRef>,
}

impl Decision {
    /// An article to record.
    pub(super) fn recorded(article: Article, raw: Option<RawRef>) -> Decision {
        Decision { article: Some(article), raw, ..Decision::bare(Outcome::Recorded) }
    }

    /// A hash of the text to record.
    pub(super) fn text(&self) -> Option<&String> {
        self.article.as_ref().map(|article| &article.record.content_hash)
    }

    pub(super) fn bare(outcome: Outcome) -> Decision {
        Decision { outcome, article: None, answered: None, raw: None }
    }
}
