//! The result of extraction from an article's page.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::text::date::Dated;
use crate::url::PageUrl;

/// The origin of a field that comes from the source, not from the page.
pub const HINT: &str = "hint";

/// A value with the rule or place it came from ("platform sharepoint-2010: p.Title", "json-ld", "generic").
#[derive(Debug, Clone, PartialEq)]
pub struct Field<T> {
    /// The value.
    pub value: T,
    /// Where it came from, for `explain` and for the record's `extraction.origins`.
    pub origin: String,
}

/// Everything that was read from a page. An absent field means that the page does not say: nothing is
/// invented.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extracted {
    /// The headline.
    pub title: Option<Field<String>>,
    /// The lead (sapo), including the agency's prefix.
    pub lead: Option<Field<String>>,
    /// The body, without lead, byline, source line and tail.
    pub blocks: Vec<Block>,
    /// Where the body came from.
    pub body_origin: Option<String>,
    /// People named as authors.
    pub authors: Vec<String>,
    /// The byline as printed: "Tin, ảnh: Ngô Tấm – Khánh Hiền".
    pub byline: Option<Field<String>>,
    /// The source line: "Theo Báo Đắk Nông".
    pub credit: Option<Field<Credit>>,
    /// When it was published.
    pub published: Option<Field<Dated>>,
    /// When it was last changed.
    pub modified: Option<Field<Dated>>,
    /// The section.
    pub section: Option<Field<String>>,
    /// Keywords.
    pub tags: Vec<String>,
    /// The language as a BCP 47 tag, if the page is credible.
    pub language: Option<String>,
    /// `rel=canonical`, if it is credible.
    pub canonical: Option<PageUrl>,
    /// Images of the article, in order, with their captions.
    pub images: Vec<Image>,
    /// Documents to download.
    pub attachments: Vec<Attachment>,
    /// The facts of a legal document.
    pub document: Option<Document>,
    /// What the page is.
    pub kind: PageKind,
    /// Lines that were dropped as boilerplate, for `explain`.
    pub dropped: Vec<String>,
    /// Every candidate, for `explain`.
    pub candidates: Vec<Candidate>,
    /// Every line of the page with its score, if requested, for `explain`.
    pub lines: Vec<ShownLine>,
    /// The places of title, date and body, if requested, for `explain`.
    pub selectors: Vec<Suggestion>,
    /// The charset of the page, by its WHATWG name.
    pub charset: String,
    /// Warnings about the page.
    pub warnings: Vec<String>,
}

/// Selectors that would find a field's element again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The rule's name of the field: `title`, `date`, `body`.
    pub field: &'static str,
    /// Each finds this element first; the simplest comes first.
    pub selectors: Vec<String>,
}

/// A candidate for a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The record's name of the field.
    pub field: &'static str,
    /// The rule or place.
    pub origin: String,
    /// Its value; absent if nothing matched.
    pub value: Option<String>,
    /// Its weight, if it was weighed: greater is better, within one field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
    /// Whether it was taken.
    pub chosen: bool,
}

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// An article, a notice, a report.
    #[default]
    Article,
    /// The page of a legal document: number, issuer, dates, files.
    Document,
    /// A list of articles.
    List,
    /// The results of a search.
    Search,
    /// A site's front page.
    Home,
    /// A video with little or no text.
    Video,
    /// Pictures with little or no text.
    Gallery,
    /// An event of a calendar.
    Event,
    /// An error with status 200: not found, under construction.
    Error,
    /// A print view of a page with another URL.
    Print,
}

impl PageKind {
    /// Kinds that a portal's file may keep, by their names there: pages that are read once and have content of their own.
    pub const KEEPABLE: [(&'static str, PageKind); 4] = [
        ("document", PageKind::Document),
        ("video", PageKind::Video),
        ("gallery", PageKind::Gallery),
        ("event", PageKind::Event),
    ];

    /// Kinds that are kept by default.
    pub const KEPT: [PageKind; 1] = [PageKind::Document];
}

impl std::fmt::Display for PageKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            PageKind::Article => "an article",
            PageKind::Document => "a legal document",
            PageKind::List => "a list of articles",
            PageKind::Search => "a page of search results",
            PageKind::Home => "a front page",
            PageKind::Video => "a video",
            PageKind::Gallery => "a gallery",
            PageKind::Event => "an event",
            PageKind::Error => "an error page",
            PageKind::Print => "a view for printing",
        })
    }
}

/// A line of the page as the body's reader saw it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownLine {
    /// Its text.
    pub text: String,
    /// Its kind by its tags: "p", "h2", "li", "row", "quote", "img".
    pub kind: String,
    /// The log-odds that it belongs to the article.
    pub score: f32,
    /// Whether it was taken.
    pub chosen: bool,
    /// The named elements around it, innermost first.
    pub place: String,
}

/// A block of the body, in reading order. Texts are NFC, one line each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A paragraph.
    Paragraph {
        /// Its text.
        text: String,
        /// Its sanitized inline HTML, if that says more than the text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        html: Option<String>,
    },
    /// A subheading.
    Heading {
        /// 2 to 6.
        level: u8,
        /// Its text.
        text: String,
    },
    /// A list.
    List {
        /// Whether it is numbered.
        ordered: bool,
        /// The items' texts.
        items: Vec<String>,
    },
    /// A table of data.
    Table {
        /// Rows of cells.
        rows: Vec<Vec<String>>,
    },
    /// A quotation.
    Quote {
        /// Its text.
        text: String,
    },
    /// The place of an image; an index into the record's `images`.
    Image {
        /// Index into `images`.
        index: usize,
    },
}

/// An image of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Image {
    /// Its absolute URL; absent if the page embeds the image's bytes or has lost it, so that only the caption is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub url: Option<PageUrl>,
    /// The caption as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The photo's credit, as in "Ảnh: TTXVN".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
}

/// A source line and its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credit {
    /// The line as printed: "Theo Báo Đắk Nông".
    pub text: String,
    /// The outlet it names: "Báo Đắk Nông".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<String>,
    /// The original's URL, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub url: Option<PageUrl>,
}

/// A document to download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// Its absolute URL.
    #[schemars(with = "String")]
    pub url: PageUrl,
    /// The link's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The media type, inferred from the file name.
    pub mime_type: String,
    /// Its size, if the page or a download says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_in_bytes: Option<u64>,
    /// The SHA-256 of its bytes in hex, if it was downloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The file with its text, relative to the state folder: UTF-8, pages separated by form feeds. Present if it was downloaded and read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Number of pages, or sheets of a workbook, in its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// Whether a page of its text was read off a picture.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ocr: bool,
    /// The mean confidence of the letters that were read off pictures, 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// Its text, where somebody has loaded it. It is no part of the record.
    #[serde(skip)]
    pub content: Option<String>,
}

impl Attachment {
    /// A file that a page offers, with nothing else known about it.
    pub fn offered(url: PageUrl, title: Option<String>, mime_type: &str) -> Attachment {
        Attachment {
            url,
            title,
            mime_type: mime_type.to_owned(),
            size_in_bytes: None,
            sha256: None,
            text: None,
            pages: None,
            ocr: false,
            confidence: None,
            content: None,
        }
    }
}

/// The facts of a legal document (văn bản).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Số, ký hiệu: "12/QĐ-UBND".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Loại văn bản: "Quyết định".
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Cơ quan ban hành.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Người ký.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// Ngày ban hành, `yyyy-mm-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    /// Ngày hiệu lực, `yyyy-mm-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<String>,
}

impl Document {
    /// Fills missing fields from another reading of the same document.
    #[must_use]
    pub fn completed_by(self, other: &Document) -> Document {
        Document {
            number: self.number.or_else(|| other.number.clone()),
            kind: self.kind.or_else(|| other.kind.clone()),
            issuer: self.issuer.or_else(|| other.issuer.clone()),
            signer: self.signer.or_else(|| other.signer.clone()),
            issued: self.issued.or_else(|| other.issued.clone()),
            effective: self.effective.or_else(|| other.effective.clone()),
        }
    }
}
