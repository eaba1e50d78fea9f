//! Candidates: where in a tree a value may stand, as written in the config.

use regex::Regex;
use scraper::ElementRef;
use scraper::Selector;
use thiserror::Error;

use crate::html::tree;
use crate::text::unicode;

/// Bytes of a value at most: a lead has some hundred.
const MAX_VALUE: usize = 64 * 1024;

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
    /// Reads `css`, `css @attribute` or `@attribute` (an attribute of the scope itself), with a pattern that cuts the value out.
    ///
    /// # Errors
    /// [`CandidateError`] with the part that is wrong.
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

    /// The elements below an element (or, for `@attribute` and `:scope`, itself) that match, in document order.
    pub fn elements<'a>(&self, scope: ElementRef<'a>) -> Vec<ElementRef<'a>> {
        let is_scope = self.text.starts_with('@') || self.text.starts_with(":scope @") || self.text == ":scope";
        if is_scope { vec![scope] } else { scope.select(&self.selector).collect() }
    }

    /// What an element that matched holds: its attribute or its text, cleaned, cut by the pattern.
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

    /// All values, in document order, cleaned, empty ones left out.
    pub fn values(&self, scope: ElementRef<'_>) -> Vec<String> {
        self.elements(scope).into_iter().filter_map(|element| self.read(element)).collect()
    }

    /// The value where all that match have the same, see [`Candidate::values`].
    pub fn only_value(&self, scope: ElementRef<'_>) -> Option<String> {
        let mut values = self.values(scope);
        values.dedup();
        if values.len() == 1 { values.pop() } else { None }
    }

    /// The first value, see [`Candidate::values`].
    pub fn value(&self, scope: ElementRef<'_>) -> Option<String> {
        self.elements(scope).into_iter().find_map(|element| self.read(element))
    }
}

fn is_attribute_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
}

/// How a CMS family is recognised by its markup: any of these selectors matches.
#[derive(Debug, Clone, Default)]
pub struct Detection {
    /// Selectors, each enough by itself.
    pub any: Vec<Selector>,
}

impl Detection {
    /// Whether a page is of the family.
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
