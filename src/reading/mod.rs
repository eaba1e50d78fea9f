//! Turns an article's page into its record, in the same way for all verbs: obstacle, charset, rules, extraction, normalization, identity. Pure.
//!
//! Everything that reads pages uses it: a visit, `extract`, `explain`, `add`, `relearn`, `check --live`. So one page of one portal gives one record
//! with one id, whichever verb reads it.

pub mod reread;
pub mod saved;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use jiff::Timestamp;

use crate::extract;
use crate::extract::rules::ArticleRules;
use crate::extract::template::Lesson;
use crate::extract::template::SiteMemory;
use crate::html::document::Document;
use crate::model::article::Extracted;
use crate::model::article::PageKind;
use crate::model::link::Link;
use crate::model::obstacle::Sighting;
use crate::model::outcome::Rejection;
use crate::model::page::Page;
use crate::model::portal::Outlet;
use crate::model::record::Record;
use crate::normalize;
use crate::obstacle;
use crate::text::fingerprint::article_id;
use crate::url::Identity;

/// The input for reading a page.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// How the page was found.
    pub link: &'a Link,
    /// The page.
    pub page: &'a Page,
    /// What is known about its site.
    pub memory: Option<&'a SiteMemory>,
    /// Whether to return what the page shows about its site.
    pub learn: bool,
    /// Whether to return everything that was considered.
    pub explain: bool,
    /// The parsed page, if it was parsed before.
    pub document: Option<&'a Document<'a>>,
}

impl<'a> Input<'a> {
    /// Creates the input for a page alone, without knowledge about its site and without learning about it.
    pub fn new(link: &'a Link, page: &'a Page) -> Input<'a> {
        Input { link, page, memory: None, learn: false, explain: false, document: None }
    }

    fn to_extract(self, document: &'a Document<'a>, site: &'a str) -> extract::Input<'a> {
        extract::Input {
            url: &self.page.final_url,
            document,
            hints: &self.link.hints,
            site,
            explain: self.explain,
            memory: self.memory,
            learn: self.learn,
        }
    }
}

/// How the pages of an outlet are read, according to its configuration, as plain values.
#[derive(Debug, Clone)]
pub struct PageRules<'a> {
    /// The outlet.
    pub outlet: &'a Outlet,
    /// Rules for its article pages, most specific first.
    pub articles: Vec<&'a ArticleRules>,
    /// How its URLs identify an article.
    pub identity: Option<&'a Identity>,
    /// Kinds of pages that are kept in addition to articles.
    pub kept: &'a [PageKind],
}

/// The result of reading a page.
#[derive(Debug)]
pub struct Reading {
    /// Its record, or why there is none.
    pub record: Result<Record, NoRecord>,
    /// What it shows about its site, if this was requested and it is an article.
    pub lesson: Option<Lesson>,
    /// Everything that was considered, if this was requested.
    pub extracted: Option<Extracted>,
}

/// Why a page gives no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRecord {
    /// Something covers the site. The page may be available later.
    Blocked(Sighting),
    /// The page is not an article to keep.
    Rejected(Rejection),
}

impl From<Sighting> for NoRecord {
    fn from(sighting: Sighting) -> NoRecord {
        if sighting.kind.stands_before_the_site() {
            NoRecord::Blocked(sighting)
        } else {
            NoRecord::Rejected(sighting.into())
        }
    }
}

impl From<NoRecord> for Rejection {
    fn from(reason: NoRecord) -> Rejection {
        match reason {
            NoRecord::Blocked(sighting) => sighting.into(),
            NoRecord::Rejected(rejection) => rejection,
        }
    }
}

impl std::fmt::Display for NoRecord {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Rejection::from(self.clone()).fmt(formatter)
    }
}

/// Reads a page.
pub fn read(input: Input<'_>, rules: &PageRules<'_>) -> Reading {
    let own = extract::document_of(input.page);
    let document = input.document.unwrap_or(&own);
    let extracted = || extract::read(input.to_extract(document, &rules.outlet.name), &rules.articles);
    if let Some(sighting) = obstacle::find_in(document, input.page) {
        let extracted = input.explain.then(|| extracted().0);
        return Reading { record: Err(sighting.into()), lesson: None, extracted };
    }
    let (extracted, lesson) = extracted();
    let explained = input.explain.then(|| extracted.clone());
    let record = normalize::normalize(extracted, input.link, input.page, rules.outlet, rules.kept);
    let record = record.map(|record| named(record, input.page, rules.identity)).map_err(NoRecord::Rejected);
    let lesson = lesson.filter(|_| record.is_ok());
    Reading { record, lesson, extracted: explained }
}

/// Reads a page by some rules without making a record, for comparisons of rules.
pub fn without_record(input: Input<'_>, rules: &[&ArticleRules]) -> (Extracted, Option<Lesson>) {
    let own = extract::document_of(input.page);
    extract::read(input.to_extract(input.document.unwrap_or(&own), ""), rules)
}

/// Sets the identity of a record. It comes from the URL if the portal's configuration says how, else from the page's canonical URL.
fn named(mut record: Record, page: &Page, identity: Option<&Identity>) -> Record {
    if let Some(name) = identity.and_then(|identity| identity.of(&page.final_url)) {
        record.id = article_id(&name);
    }
    record
}

/// Returns the article's page as contained in its source, if the portal's file says that it is complete. `now` is when the source was read.
pub fn page_in_source(link: &Link, now: Timestamp) -> Option<Page> {
    let html = link.hints.content_html.as_ref().filter(|_| link.hints.content_is_article)?;
    let mut page = saved::page(link.url.clone(), Bytes::copy_from_slice(html.as_bytes()), now);
    page.http.content_type = Some("text/html; charset=utf-8".to_owned());
    Some(page)
}
