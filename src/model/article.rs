//! What extraction reads off an article's page.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::text::date::Dated;
use crate::url::PageUrl;

/// The origin of a field that the source told and not the page.
pub const HINT: &str = "hint";

/// A value with the rule or place it came from ("platform sharepoint-2010: p.Title", "json-ld", "generic").
#[derive(Debug, Clone, PartialEq)]
pub struct Field<T> {
    /// The value.
    pub value: T,
    /// Where it came from, for `explain` and for the record's `extraction.origins`.
    pub origin: String,
}

/// All that was read off a page. Absent means that the page does not say: nothing is invented.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Extracted {
    /// The headline.
    pub title: Option<Field<String>>,
    /// The lead (sapo), without the agency's prefix taken away.
    pub lead: Option<Field<String>>,
    /// The body, without lead, captions' images aside, byline, source line and tail.
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
    /// The rubric.
    pub section: Option<Field<String>>,
    /// Keywords.
    pub tags: Vec<String>,
    /// BCP 47 tag, where the page can be believed.
    pub language: Option<String>,
    /// `rel=canonical`, where it is believable.
    pub canonical: Option<PageUrl>,
    /// Images of the article, in order, with their captions.
    pub images: Vec<Image>,
    /// Documents to download.
    pub attachments: Vec<Attachment>,
    /// What a legal document says of itself.
    pub document: Option<Document>,
    /// What the page is.
    pub kind: PageKind,
    /// Lines that were cut off as boilerplate, for `explain`.
    pub dropped: Vec<String>,
    /// Every candidate that was looked at, for `explain`.
    pub candidates: Vec<Candidate>,
    /// Every line of the page with its score, where it was asked for, for `explain`.
    pub lines: Vec<ShownLine>,
    /// Where title, date and body stand, where it was asked for, for `explain`.
    pub selectors: Vec<Suggestion>,
    /// The charset that the page was read in, by its WHATWG name.
    pub charset: String,
    /// What was odd about the page.
    pub warnings: Vec<String>,
}

/// Selectors that would find a field's element again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The rule's name of the field: `title`, `date`, `body`.
    pub field: &'static str,
    /// Each finds this element first; the plainest stands first.
    pub selectors: Vec<String>,
}

/// A candidate for a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The record's name of the field.
    pub field: &'static str,
    /// The rule or place.
    pub origin: String,
    /// What it gave; absent where nothing matched.
    pub value: Option<String>,
    /// How it was weighed, where it was: greater is better, within one field.
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
    /// A view for printing of a page that has another address.
    Print,
}

impl PageKind {
    /// Kinds that a portal's file may keep, by their names there: pages that are read once and say something of their own.
    pub const KEEPABLE: [(&'static str, PageKind); 4] = [
        ("document", PageKind::Document),
        ("video", PageKind::Video),
        ("gallery", PageKind::Gallery),
        ("event", PageKind::Event),
    ];

    /// Kinds that are kept where the portal's file does not say.
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

/// A line of the page as the reader of bodies saw it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownLine {
    /// Its text.
    pub text: String,
    /// What it is by its tags: "p", "h2", "li", "row", "quote", "img".
    pub kind: String,
    /// The log-odds that it is text of the article.
    pub score: f32,
    /// Whether it was taken.
    pub chosen: bool,
    /// The elements around it, innermost first, as far as they have names.
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
        /// Its sanitized inline HTML where that says more than the text.
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
    /// Its address, absolute; absent where the page embeds the image's bytes or has lost it, and only the caption is left.
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

/// A source line and what it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credit {
    /// The line as printed: "Theo Báo Đắk Nông".
    pub text: String,
    /// The outlet it names: "Báo Đắk Nông".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlet: Option<String>,
    /// The original's address, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub url: Option<PageUrl>,
}

/// A document to download.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// Its address, absolute.
    #[schemars(with = "String")]
    pub url: PageUrl,
    /// The link's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The media type its name tells.
    pub mime_type: String,
    /// Its size, where the page or a download told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_in_bytes: Option<u64>,
    /// The SHA-256 of its bytes in hex, where it was downloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What a legal document (văn bản) says of itself.
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
