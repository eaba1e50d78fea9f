//! A page of an article → [`Extracted`]. Pure, and total: any bytes give an `Extracted`.

pub mod rules;

use crate::model::article::Extracted;
use crate::model::link::Hints;
use crate::url::PageUrl;

/// What extraction is given.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The address that answered; links are resolved against it.
    pub url: &'a PageUrl,
    /// `Content-Type` as sent.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// What the source said of the article.
    pub hints: &'a Hints,
}

/// Reads an article's page by the rules given, most specific first, then by the generic reader.
pub fn extract(_input: Input<'_>, _rules: &[&rules::ArticleRules]) -> Extracted {
    todo!()
}
