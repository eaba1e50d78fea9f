//! Turns an article's page into [`Extracted`]. Pure and total: any bytes give an `Extracted`.
//!
//! The page is parsed within bounds into one outline. For each field, rules come first: the portal's, then its platform's, each a list of
//! candidates. Then the generic reader weighs the page's machine-readable data (`structured`) against what it shows. The hints of the source
//! that linked to the page come last. A field that nothing supports stays absent.

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
mod doubled;
pub mod first_page;
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

use foldhash::HashSet;

use crate::extract::reading::LEAST_WORDS;
use crate::extract::reading::Reading;
use crate::extract::rules::ArticleRules;
use crate::extract::template::Lesson;
use crate::extract::template::SiteMemory;
use crate::html::document::Document;
use crate::html::tree;
use crate::html::tree::Tree;
use crate::model::article::Extracted;
use crate::model::link::Hints;
use crate::model::page::Page;
use crate::url::PageUrl;

/// The input of extraction.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The URL that answered. Links are resolved against it.
    pub url: &'a PageUrl,
    /// The response.
    pub document: &'a Document<'a>,
    /// What the source says about the article.
    pub hints: &'a Hints,
    /// The outlet's name, if known. It is never a headline.
    pub site: &'a str,
    /// Whether to fill `Extracted::lines`.
    pub explain: bool,
    /// What is known about the site.
    pub memory: Option<&'a SiteMemory>,
    /// Whether to return the page's lesson.
    pub learn: bool,
}

/// Reads an article's page by the given rules, most specific first, then by the generic reader.
///
/// ```
/// use tintinh::extract::Input;
/// use tintinh::extract::extract;
/// use tintinh::html::document::Document;
/// use tintinh::model::link::Hints;
/// use tintinh::url::PageUrl;
///
/// let page = "<title>Thông cầu mới</title><h1>Thông cầu mới</h1>\
///     <p>Sáng nay xã thông cầu mới qua suối, bà con hai bản không còn phải đi vòng ba cây số để ra chợ và đến trường.</p>";
/// let url = PageUrl::parse("https://tinh.example/tin/thong-cau-moi.html").unwrap();
/// let document = Document::new(page.as_bytes(), Some("text/html; charset=utf-8"));
/// let hints = Hints::default();
/// let input = Input { url: &url, document: &document, hints: &hints, site: "", explain: false, memory: None, learn: false };
/// let article = extract(input, &[]);
/// assert_eq!(article.title.unwrap().value, "Thông cầu mới");
/// assert_eq!(article.blocks.len(), 1);
/// ```
pub fn extract(input: Input<'_>, rules: &[&ArticleRules]) -> Extracted {
    read(input, rules).0
}

/// Like [`extract()`], but also returns what the page teaches about its site, if `learn` is set.
pub fn read(input: Input<'_>, rules: &[&ArticleRules]) -> (Extracted, Option<Lesson>) {
    let decoded = input.document.decoded();
    let mut out = read_tree(input.document.tree(), input, rules);
    if out.words < LEAST_WORDS
        && let Some(opened) = unscripted::opened(&decoded.text)
    {
        let shown = read_tree(&tree::parse(&opened), input, rules);
        if shown.words > LEAST_WORDS.max(3 * out.words) && shown.extracted.title.is_some() {
            out = shown;
        }
    }
    let mut extracted = out.extracted;
    extracted.charset.clone_from(&decoded.charset);
    extracted.warnings.splice(0..0, decoded.warnings.iter().cloned());
    (extracted, out.lesson)
}

/// Returns a page as the readers of its markup see it.
pub fn document_of(page: &Page) -> Document<'_> {
    Document::new(&page.body, page.http.content_type.as_deref())
}

/// Returns the URL that a saved page of unknown origin names as its own. `nowhere` is a URL that cannot exist.
pub fn address_named(document: &Document<'_>, nowhere: &PageUrl) -> Option<PageUrl> {
    address::named(document.root(), nowhere)
}

/// The result of reading a tree, and the number of words of the body it showed.
struct TextReading {
    extracted: Extracted,
    words: u32,
    lesson: Option<Lesson>,
}

fn read_tree(parsed: &Tree, input: Input<'_>, rules: &[&ArticleRules]) -> TextReading {
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
        dropped: HashSet::default(),
        date_element: None,
        lesson: None,
        out,
    };
    let words = reading.read();
    TextReading { extracted: reading.out, words, lesson: reading.lesson }
}
