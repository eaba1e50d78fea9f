//! Candidates: where in a tree a value may stand, as written in the config.

use regex::Regex;
use scraper::ElementRef;
use scraper::Selector;
use thiserror::Error;

/// A place where a value may stand: a CSS selector, maybe an attribute, maybe a pattern that cuts the value out.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// As written in the file (`time.post-date @datetime`), for `explain`.
    pub text: String,
    /// The compiled selector.
    pub selector: Selector,
    /// The attribute that holds the value; absent: the element's text.
    pub attribute: Option<String>,
    /// The value is this pattern's first group (or its whole match).
    pub pattern: Option<Regex>,
}

/// Why a text is no [`Candidate`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CandidateError {
    /// The selector does not parse.
    #[error("`{selector}` is no CSS selector: {reason}")]
    Selector {
        /// The selector.
        selector: String,
        /// The parser's reason.
        reason: String,
    },
    /// The pattern does not compile.
    #[error("`{pattern}` is no regular expression: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// The compiler's reason.
        reason: String,
    },
}

impl Candidate {
    /// Reads `css` or `css @attribute`.
    ///
    /// # Errors
    /// [`CandidateError`] with the part that is wrong.
    pub fn parse(_text: &str, _pattern: Option<&str>) -> Result<Candidate, CandidateError> {
        todo!()
    }

    /// All values below (not of) an element, in document order, cleaned, empty ones left out.
    pub fn values(&self, _scope: ElementRef<'_>) -> Vec<String> {
        todo!()
    }

    /// The first value, see [`Candidate::values`].
    pub fn value(&self, _scope: ElementRef<'_>) -> Option<String> {
        todo!()
    }
}

/// How a CMS family is recognised by its markup: any of these selectors matches.
#[derive(Debug, Clone, Default)]
pub struct Detection {
    /// Selectors, each enough by itself.
    pub any: Vec<Selector>,
}

impl Detection {
    /// Whether a page is of the family.
    pub fn matches(&self, _root: ElementRef<'_>) -> bool {
        todo!()
    }
}
