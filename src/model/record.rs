//! The record: the one public format. A superset of an item of JSON Feed 1.1.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::model::article::Attachment;
use crate::model::article::Block;
use crate::model::article::Credit;
use crate::model::article::Document;
use crate::model::article::Image;
use crate::model::article::PageKind;
use crate::model::link::SourceKind;
use crate::text::date::Precision;

/// The version of the format that [`Record`] writes. It increases when a field changes its meaning or is removed.
pub const SCHEMA_VERSION: u32 = 1;

/// Maximum size in bytes of a record as one line of JSON. The largest of some thousand real pages, an encyclopedia's, has 0.6 MB. What does not fit
/// is left out when the record is made, with a warning in `extraction.warnings`.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// One revision of one article, as written to disk: at most 8 MiB. Unknown fields are absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Record {
    /// The format's version, [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// 32 hex digits: a hash of the canonical URL at which the article was first found, or of the part that identifies it by the platform's rules. It
    /// is the same for all revisions, even if the article moves.
    pub id: String,
    /// 1 for the first text, increased by one for each later text.
    pub revision: u32,
    /// Its position in the store's stream, which contains all records of all portals in the order in which they were written. It increases with each
    /// record and is never used twice. Absent from records that were not written by a store, and from old files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// `content_hash` of the previous revision, from revision 2 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// Why the revision was written, if the reason is not a change of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RevisionReason>,
    /// The portal's id.
    pub portal: String,
    /// The province's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub province: Option<String>,
    /// The outlet's name, for attribution.
    pub outlet: String,
    /// The URL in the source.
    pub url: String,
    /// The URL that responded.
    pub final_url: String,
    /// The canonical URL of the article.
    pub canonical_url: String,
    /// `canonical_url` of the previous revision, if the article was found at another URL with this revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// What the page is.
    #[serde(default)]
    pub kind: PageKind,
    /// The headline.
    pub title: String,
    /// The lead (sapo), one or more lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The body's text, paragraphs separated by an empty line; the lead is not repeated.
    pub content_text: String,
    /// The body as sanitized HTML.
    pub content_html: String,
    /// The body's blocks in reading order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
    /// The authors, as in JSON Feed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Author>,
    /// The byline as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byline: Option<String>,
    /// The source line of a reprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
    /// The section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Keywords.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The language, as a BCP 47 tag.
    pub language: String,
    /// The URL of the leading image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// All images with captions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Documents to download.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The facts of a legal document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// When it was published: RFC 3339 with +07:00; absent if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_published: Option<String>,
    /// When it was last changed, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_modified: Option<String>,
    /// The precision of `date_published`; finer digits are zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_precision: Option<Precision>,
    /// Where `date_published` came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_source: Option<String>,
    /// `date_published` as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_raw: Option<String>,
    /// When the page was fetched: RFC 3339 with +07:00.
    pub date_fetched: String,
    /// 32 hex digits: a hash of title, lead, body and attachments, with whitespace normalized.
    pub content_hash: String,
    /// The article is withdrawn: its URL returns nothing, or its list no longer contains it. All other content is that of the previous revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawal>,
    /// The article that this one repeats, as known when the record was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<Duplicate>,
    /// Where the link was found.
    pub discovery: DiscoveryNote,
    /// The HTTP metadata.
    pub http: HttpNote,
    /// How the article was read.
    pub extraction: ExtractionNote,
    /// The place of the raw exchange in the page store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawRef>,
}

/// The origin of a document's facts that were read from the first page of an attachment.
pub const OF_ATTACHMENT: &str = "attachment";

impl Record {
    /// Keeps what the previous revision knows about files that both revisions offer: the page does not say what was read in them.
    pub fn keep_attachments_of(&mut self, known: &Record) {
        let mut is_any_kept = false;
        for file in self.attachments.iter_mut().filter(|file| file.sha256.is_none()) {
            if let Some(old) = known.attachments.iter().find(|old| old.url == file.url && old.sha256.is_some()) {
                *file = Attachment { title: file.title.take(), ..old.clone() };
                is_any_kept = true;
            }
        }
        let read = known.document.as_ref().filter(|_| {
            is_any_kept && known.extraction.origins.get("document").is_some_and(|origin| origin == OF_ATTACHMENT)
        });
        if let Some(read) = read {
            self.complete_document(read);
        }
    }

    /// Fills in facts about the document that the article does not state. Does nothing if they belong to another document.
    pub fn complete_document(&mut self, read: &Document) {
        let own = self.document.clone().unwrap_or_default();
        let is_other = own.number.as_ref().zip(read.number.as_ref()).is_some_and(|(own, read)| own != read);
        let completed = own.clone().completed_by(read);
        if !is_other && completed != own {
            self.document = Some(completed);
            self.extraction.origins.insert("document".to_owned(), OF_ATTACHMENT.to_owned());
        }
    }
}

/// The withdrawal of an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Withdrawal {
    /// When it was found missing for the second time, a day after the first: RFC 3339 with +07:00.
    pub at: String,
    /// How it was found missing.
    pub reason: WithdrawalReason,
}

/// How an article was found missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalReason {
    /// Its URL returns 404.
    NotFound,
    /// Its URL returns 410.
    Gone,
    /// Its source contains whole articles. It still lists those of the days around, but no longer this one.
    Unlisted,
}

impl std::fmt::Display for WithdrawalReason {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            WithdrawalReason::NotFound => "its address answers 404",
            WithdrawalReason::Gone => "its address answers 410",
            WithdrawalReason::Unlisted => "its source no longer lists it",
        })
    }
}

/// Why a revision was written, if the reason is not a change of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RevisionReason {
    /// Newer rules or a newer program read the stored page differently.
    Reread,
    /// A file that the page offers was read, or has changed.
    Attachment,
}

/// An author, as in JSON Feed 1.1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Author {
    /// The name.
    pub name: String,
}

/// A repetition of an earlier article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Duplicate {
    /// The `id` of the head of its story, as known when the record was written: usually the earliest copy.
    pub of: String,
    /// How it repeats the other.
    pub kind: DuplicateKind,
    /// The share of this text that the other contains, 0 to 1.
    pub containment: f64,
}

/// How an article repeats another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateKind {
    /// The same text.
    Reprint,
    /// A part of the other.
    Excerpt,
    /// The other and more.
    Extended,
}

impl std::fmt::Display for DuplicateKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            DuplicateKind::Reprint => "reprint",
            DuplicateKind::Excerpt => "excerpt",
            DuplicateKind::Extended => "extended",
        })
    }
}

/// Where a link was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiscoveryNote {
    /// The source's kind.
    pub kind: SourceKind,
    /// The URL of the feed, sitemap, list or API.
    pub url: String,
    /// The entry's identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guid: Option<String>,
}

/// The HTTP metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpNote {
    /// The status.
    pub status: u16,
    /// `ETag` as sent (lossy if it is not UTF-8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified` as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// The charset of the page.
    pub charset: String,
    /// The TLS version and profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
}

/// How an article was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExtractionNote {
    /// The rules used, most specific first: `portal vinhphuc`, `platform sharepoint-2010`, `generic`.
    pub rules: Vec<String>,
    /// The program's version.
    pub version: String,
    /// For each field, the rule or place that gave it.
    pub origins: BTreeMap<String, String>,
    /// Warnings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A place in the page store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RawRef {
    /// The file, relative to the page store.
    pub file: String,
    /// The offset in bytes at which the exchange begins.
    pub offset: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(number: Option<&str>) -> Record {
        let record = json!({
            "schema_version": 1, "id": "x", "revision": 1, "portal": "a", "outlet": "A", "url": "http://a.example/1",
            "final_url": "http://a.example/1", "canonical_url": "http://a.example/1", "title": "Tin", "content_text": "Bài.",
            "content_html": "", "language": "vi", "date_fetched": "2025-07-01T08:00:00+07:00", "content_hash": "",
            "discovery": {"kind": "listing", "url": "http://a.example/tin"}, "http": {"status": 200, "charset": "utf-8"},
            "extraction": {"rules": [], "version": "0", "origins": {}}, "document": {"number": number, "type": "Kế hoạch"},
            "attachments": [{"url": "http://a.example/1.pdf", "title": "Một", "mime_type": "application/pdf"}]
        });
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn a_later_revision_keeps_what_was_read_of_its_files() {
        let mut read = record(None);
        read.attachments[0].sha256 = Some("ab".to_owned());
        read.attachments[0].pages = Some(3);
        let facts = Document {
            number: Some("7/KH-UBND".to_owned()),
            kind: Some("Thông báo".to_owned()),
            ..Document::default()
        };
        read.complete_document(&facts);
        assert_eq!(read.document.as_ref().unwrap().kind.as_deref(), Some("Kế hoạch"), "what the article says stays");
        let mut later = record(None);
        later.attachments[0].title = Some("Hai".to_owned());
        later.keep_attachments_of(&read);
        assert_eq!((later.attachments[0].pages, later.attachments[0].title.as_deref()), (Some(3), Some("Hai")));
        assert_eq!(later.document, read.document);
        let mut other = record(Some("9/KH-UBND"));
        other.complete_document(&facts);
        assert_eq!(other.document, record(Some("9/KH-UBND")).document, "another document fills nothing");
    }
}
