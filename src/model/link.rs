//! A link to an article, with the hints of its source.

use serde::Deserialize;
use serde::Serialize;

use crate::model::portal::SourceId;
use crate::text::date::Dated;
use crate::url::PageUrl;

/// A link to an article, found in a source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The article's absolute URL, as the source gives it.
    pub url: PageUrl,
    /// Hints of the source about the article.
    pub hints: Hints,
    /// Where the link was found.
    pub discovery: Discovery,
}

/// Hints of a source about an article: weaker evidence than the article's own page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    /// The headline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When the article was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Dated>,
    /// When the article was last changed (`lastmod`, `updated`): a new value is a reason to request it
    /// again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<Dated>,
    /// The lead or a teaser, as plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The article's HTML, if the source contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_html: Option<String>,
    /// Whether the portal's file says that `content_html` is the whole article, so that its page need not be fetched.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub content_is_article: bool,
    /// The authors' names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// The section.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Keywords.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The teaser's image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<PageUrl>,
    /// The article's page in another outlet, if the source says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
}

/// Where a link was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The source of the portal's file.
    pub source: SourceId,
    /// The source's kind.
    pub kind: SourceKind,
    /// The URL of the feed, sitemap, list or API response that named the link.
    pub url: PageUrl,
    /// The entry's own identifier (`guid`, `atom:id`, the JSON row's id).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid: Option<String>,
}

/// The kinds of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// RSS, RDF, Atom or JSON Feed.
    Feed,
    /// A sitemap or an index of them.
    Sitemap,
    /// An HTML list.
    Listing,
    /// A JSON list API.
    Json,
}

impl SourceKind {
    /// Returns its name in portal files.
    pub fn as_str(self) -> &'static str {
        match self {
            SourceKind::Feed => "feed",
            SourceKind::Sitemap => "sitemap",
            SourceKind::Listing => "listing",
            SourceKind::Json => "json",
        }
    }
}
