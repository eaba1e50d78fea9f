//! The decision of a visit about a link.

use crate::model::outcome::Outcome;
use crate::model::record::RawRef;
use crate::store::Article;
use crate::store::ResponseNote;

/// The decision about a link, not yet stored.
pub(crate) struct Decision {
    pub(crate) outcome: Outcome,
    pub(crate) article: Option<Article>,
    pub(crate) answered: Option<ResponseNote>,
    pub(crate) raw: Option<RawRef>,
}

impl Decision {
    /// An article to record.
    pub(crate) fn recorded(article: Article) -> Decision {
        Decision { article: Some(article), ..Decision::bare(Outcome::Recorded) }
    }

    /// A hash of the text to record.
    pub(crate) fn text(&self) -> Option<&String> {
        self.article.as_ref().map(|article| &article.record.content_hash)
    }

    pub(crate) fn bare(outcome: Outcome) -> Decision {
        Decision { outcome, article: None, answered: None, raw: None }
    }
}
