//! A page of an article → [`Extracted`]. Pure, and total: any bytes give an `Extracted`.
//!
//! The page is parsed within bounds and made into one outline. For each field the rules come first (the portal's, then its platform's,
//! each a list of candidates), then the generic reader, which weighs what the page says of itself for machines (`structured`) against
//! what it shows, then the hints of the source that named the page. What nobody says stays absent.

mod address;
mod attachments;
mod authors;
mod blocks;
mod body;
mod captions;
mod date_lines;
mod date_places;
mod dates;
mod document;
mod images;
mod kind;
mod lead;
pub mod lines;
mod outline;
mod parts;
mod reach;
mod reading;
pub mod rules;
mod selectors;
mod structured;
pub mod template;
mod title;
mod unscripted;

#[cfg(test)]
mod dates_tests;
#[cfg(test)]
mod images_tests;
#[cfg(test)]
mod lead_tests;
#[cfg(test)]
mod parts_tests;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::extract::outline::Scope;
use crate::extract::reading::LEAST_WORDS;
use crate::extract::reading::Reading;
use crate::extract::rules::ArticleRules;
use crate::extract::template::Lesson;
use crate::extract::template::SiteMemory;
use crate::html::charset;
use crate::html::charset::Markup;
use crate::html::tree;
use crate::model::article::Extracted;
use crate::model::link::Hints;
use crate::model::page::Page;
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
    /// What the outlet is called, where that is known: a headline is not.
    pub site: &'a str,
    /// Whether `Extracted::lines` is wanted.
    pub explain: bool,
    /// What is known of the site.
    pub memory: Option<&'a SiteMemory>,
    /// Whether the lesson of the page is wanted.
    pub learn: bool,
}

/// Reads an article's page by the rules given, most specific first, then by the generic reader.
pub fn extract(input: Input<'_>, rules: &[&ArticleRules]) -> Extracted {
    read(input, rules).0
}

/// Likewise, and with what the page teaches about its site where that is wanted.
pub fn read(input: Input<'_>, rules: &[&ArticleRules]) -> (Extracted, Option<Lesson>) {
    let decoded = charset::decode(input.body, input.content_type, Markup::Html);
    let mut out = read_text(&decoded.text, input, rules);
    if out.words < LEAST_WORDS
        && let Some(opened) = unscripted::opened(&decoded.text)
    {
        let shown = read_text(&opened, input, rules);
        if shown.words > LEAST_WORDS.max(3 * out.words) && shown.extracted.title.is_some() {
            out = shown;
        }
    }
    let mut extracted = out.extracted;
    extracted.charset = decoded.charset;
    extracted.warnings.splice(0..0, decoded.warnings);
    (extracted, out.lesson)
}

/// The tree of a page, in the charset that it is read in: for those who look at markup alone.
pub fn tree_of(page: &Page) -> tree::Tree {
    tree::parse(&charset::decode(&page.body, page.http.content_type.as_deref(), Markup::Html).text)
}

/// The address that a page names as its own, where it was saved and nobody knows from where. `page.url` is one that cannot exist.
pub fn address_named(page: &Page) -> Option<PageUrl> {
    let tree = tree_of(page);
    let root = tree.html.root_element();
    address::named(root, &outline::read(root, &Scope::default()), &page.url)
}

/// What was read off a text, and how many words of a body it showed.
struct Out {
    extracted: Extracted,
    words: u32,
    lesson: Option<Lesson>,
}

fn read_text(text: &str, input: Input<'_>, rules: &[&ArticleRules]) -> Out {
    let parsed = tree::parse(text);
    let mut out = Extracted::default();
    out.warnings.extend(parsed.truncated.map(|bound| format!("page cut: {bound}")));
    let root = parsed.html.root_element();
    let mut reading = Reading {
        root,
        rules: rules.to_vec(),
        hints: input.hints,
        site: input.site,
        url: input.url,
        explain: input.explain,
        memory: input.memory,
        learn: input.learn,
        dropped: HashSet::new(),
        date_element: None,
        lesson: None,
        out,
    };
    let words = reading.read();
    Out { extracted: reading.out, words, lesson: reading.lesson }
}
