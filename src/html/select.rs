//! Candidates: the places in a tree where a value may be, as the config writes them.

use regex::Regex;
use scraper::ElementRef;
use scraper::Selector;
use thiserror::Error;

use crate::html::tree;
use crate::text::unicode;

/// Maximum length of a value's text in bytes. A lead has a few hundred.
const MAX_VALUE: usize = 64 * 1024;

/// A place where a value may be: a CSS selector, optionally an attribute, and optionally a pattern that extracts the value.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The candidate as written in the file (`time.post-date @datetime`), for `explain`.
    pub text: String,
    /// The compiled selector.
    pub selector: Selector,
    /// The attribute that holds the value. None means the element's text.
    pub attribute: Option<String>,
    /// A pattern that extracts the value: its first group or, without groups, the whole match.
    pub pattern: Option<Regex>,
}

/// Why a text is not a valid [`Candidate`].
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
    /// Parses `css`, `css @attribute` or `@attribute` (an attribute of the scope itself), with an optional pattern that extracts the value.
    ///
    /// # Errors
    /// Returns a [`CandidateError`] that names the invalid part.
    pub fn parse(text: &str, pattern: Option<&str>) -> Result<Candidate, CandidateError> {
        let trimmed = text.trim();
        let (css, attribute) = match trimmed.rsplit_once('@') {
            Some((css, name)) if is_attribute_name(name) && (css.is_empty() || css.ends_with(' ')) => {
                (css.trim(), Some(name.to_owned()))
            }
            _ => (trimmed, None),
        };
        let css = if css.is_empty() { ":scope" } else { css };
        let selector = Selector::parse(css)
            .map_err(|error| CandidateError::Selector { selector: css.to_owned(), reason: error.to_string() })?;
        let pattern = pattern.map(Regex::new).transpose().map_err(|error| CandidateError::Pattern {
            pattern: pattern.unwrap_or_default().to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Candidate { text: trimmed.to_owned(), selector, attribute, pattern })
    }

    /// Returns the matching descendants of `scope` in document order. For `@attribute` and `:scope`, returns `scope` itself.
    pub fn elements<'a>(&self, scope: ElementRef<'a>) -> Vec<ElementRef<'a>> {
        let is_scope = self.text.starts_with('@') || self.text.starts_with(":scope @") || self.text == ":scope";
        if is_scope { vec![scope] } else { scope.select(&self.selector).collect() }
    }

    /// Returns the value of a matching element: its attribute or text, cleaned and reduced by the pattern.
    pub fn read(&self, element: ElementRef<'_>) -> Option<String> {
        let whole = match &self.attribute {
            Some(name) => unicode::clean(element.attr(name)?),
            None => tree::short_line(element, MAX_VALUE)?,
        };
        let value = match &self.pattern {
            None => whole,
            Some(pattern) => {
                let captures = pattern.captures(&whole)?;
                unicode::clean(captures.get(1).or(captures.get(0))?.as_str())
            }
        };
        (!value.is_empty()).then_some(value)
    }

    /// Returns all values in document order, cleaned, without empty ones.
    pub fn values(&self, scope: ElementRef<'_>) -> Vec<String> {
        self.elements(scope).into_iter().filter_map(|element| self.read(element)).collect()
    }

    /// Returns the value if all matching elements have the same one. See [`Candidate::values`].
    pub fn only_value(&self, scope: ElementRef<'_>) -> Option<String> {
        let mut values = self.values(scope);
        values.dedup();
        if values.len() == 1 { values.pop() } else { None }
    }

    /// Returns the first value. See [`Candidate::values`].
    pub fn value(&self, scope: ElementRef<'_>) -> Option<String> {
        self.elements(scope).into_iter().find_map(|element| self.read(element))
    }
}

fn is_attribute_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
}

/// Recognizes a CMS family by its markup: at least one selector must match.
#[derive(Debug, Clone, Default)]
pub struct Detection {
    /// The selectors. A match of one of them is enough.
    pub any: Vec<Selector>,
}

impl Detection {
    /// Whether a page belongs to the family.
    pub fn matches(&self, root: ElementRef<'_>) -> bool {
        self.any.iter().any(|selector| root.select(selector).next().is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(html: &str, candidate: &str, pattern: Option<&str>) -> Vec<String> {
        let tree = tree::parse(html);
        Candidate::parse(candidate, pattern).unwrap().values(tree.html.root_element())
    }

    #[test]
    fn values_are_cleaned_and_cut() {
        let html =
            "<p class=t> Ngày&nbsp;đăng: 1/2/2021 </p><time datetime='2021-02-01'>x</time><p class=t>&#8203;</p>";
        assert_eq!(values(html, "p.t", None), ["Ngày đăng: 1/2/2021"]);
        assert_eq!(values(html, "p.t", Some(r"đăng: (\S+)")), ["1/2/2021"]);
        assert_eq!(values(html, "time @datetime", None), ["2021-02-01"]);
        assert_eq!(values("<html lang=vi>", "@lang", None), ["vi"]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(matches!(Candidate::parse("div[", None), Err(CandidateError::Selector { .. })));
        assert!(matches!(Candidate::parse("p", Some("(")), Err(CandidateError::Pattern { .. })));
    }
}
