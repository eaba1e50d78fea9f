//! Makes a [`Record`] of `Extracted`, link and outlet, or gives the reason why there is none. Pure.

mod budget;

use std::borrow::Cow;
use std::collections::BTreeMap;

use htmlize::escape_attribute;

use crate::model::article::Block;
use crate::model::article::Extracted;
use crate::model::article::Field;
use crate::model::article::HINT;
use crate::model::article::Image;
use crate::model::article::PageKind;
use crate::model::link::Link;
use crate::model::outcome::Rejection;
use crate::model::page::Page;
use crate::model::portal::Outlet;
use crate::model::portal::Zone;
use crate::model::record::Author;
use crate::model::record::DiscoveryNote;
use crate::model::record::ExtractionNote;
use crate::model::record::HttpNote;
use crate::model::record::Record;
use crate::model::record::SCHEMA_VERSION;
use crate::normalize::budget::Content;
use crate::text::date;
use crate::text::date::Dated;
use crate::text::fingerprint;

/// Makes the record of revision 1 of an article. `dedup` decides on `revision`, `previous` and `duplicate`; the visit knows `raw`.
///
/// # Errors
/// [`Rejection`] if the page is not an article, and not of a kind that is `kept`.
pub fn normalize(
    extracted: Extracted,
    link: &Link,
    page: &Page,
    outlet: &Outlet,
    kept: &[PageKind],
) -> Result<Record, Rejection> {
    let kind = extracted.kind;
    if kind != PageKind::Article && !kept.contains(&kind) {
        return Err(Rejection::Kind(kind));
    }
    let mut origins = origins(&extracted);
    let Some(title) = extracted.title.filter(|title| !title.value.is_empty()) else { return Err(Rejection::NoTitle) };
    let content = Content { attachments: extracted.attachments, images: extracted.images, blocks: extracted.blocks };
    let lead = extracted.lead.map(|lead| lead.value);
    let first_text = content.blocks.iter().map(text_of_block).find(|text| !text.is_empty());
    if first_text.is_none() && lead.is_none() && content.attachments.is_empty() && content.images.is_empty() {
        return Err(Rejection::NoContent);
    }
    let told = link.hints.summary.as_ref().filter(|summary| says_more(summary, &title.value, &content.blocks));
    if lead.is_none() && told.is_some() {
        origins.insert("summary".to_owned(), HINT.to_owned());
    }
    let summary = lead.or_else(|| told.cloned());
    let canonical = extracted.canonical.unwrap_or_else(|| page.final_url.clone()).canonical();
    let published = extracted.published.as_ref().map(|field| &field.value);
    let mut record = Record {
        schema_version: SCHEMA_VERSION,
        id: fingerprint::article_id(&canonical),
        revision: 1,
        sequence: None,
        previous: None,
        moved_from: None,
        reason: None,
        portal: outlet.portal.to_string(),
        province: outlet.province.clone(),
        outlet: outlet.name.clone(),
        url: link.url.to_string(),
        final_url: page.final_url.to_string(),
        canonical_url: canonical.to_string(),
        content_html: String::new(),
        content_text: String::new(),
        kind,
        title: title.value,
        summary,
        authors: extracted.authors.into_iter().map(|name| Author { name }).collect(),
        byline: extracted.byline.map(|byline| byline.value),
        credit: extracted.credit.map(|credit| credit.value),
        section: extracted.section.map(|section| section.value),
        tags: extracted.tags,
        language: extracted.language.unwrap_or_else(|| outlet.language.clone()),
        image: content
            .images
            .iter()
            .find_map(|image| image.url.clone())
            .or_else(|| link.hints.image.clone())
            .map(String::from),
        date_published: published.map(|dated| written(dated, outlet.zone)),
        date_precision: published.map(|dated| dated.precision),
        date_raw: published.map(|dated| dated.raw.clone()),
        date_source: extracted.published.as_ref().map(|field| field.origin.clone()),
        date_modified: extracted.modified.map(|field| written(&field.value, outlet.zone)),
        date_fetched: date::rfc3339(page.fetched),
        content_hash: String::new(),
        withdrawn: None,
        duplicate: None,
        discovery: DiscoveryNote {
            kind: link.discovery.kind,
            url: link.discovery.url.to_string(),
            guid: link.discovery.guid.clone(),
        },
        http: http_note(page, extracted.charset),
        extraction: ExtractionNote {
            rules: rules_of(&origins),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            origins,
            warnings: extracted.warnings.into_iter().chain(page.http.doubt.clone()).collect(),
        },
        blocks: Vec::new(),
        images: Vec::new(),
        attachments: Vec::new(),
        document: extracted.document,
        raw: None,
    };
    budget::fill(&mut record, content);
    record.content_text = text_of(&record.blocks);
    record.content_html = html_of(&record.blocks, &record.images);
    record.content_hash = hash_of(&record);
    Ok(record)
}

fn http_note(page: &Page, charset: String) -> HttpNote {
    let lossy = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    HttpNote {
        status: page.http.status,
        etag: lossy(&page.http.validators.etag),
        last_modified: lossy(&page.http.validators.last_modified),
        charset,
        tls: page.http.tls.clone(),
    }
}

/// Number of letters by which a source's summary is recognized in the text. The rest may be cut off, or be an advertisement for the page.
const MARK_OF_SUMMARY: usize = 60;

/// Whether a source's summary contains something that the page does not. Many are the beginning of the text, or repeat the headline.
fn says_more(summary: &str, title: &str, blocks: &[Block]) -> bool {
    let letters =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let mark: String = letters(summary).chars().take(MARK_OF_SUMMARY).collect();
    !mark.is_empty() && !letters(title).contains(&mark) && !letters(&text_of(blocks)).contains(&mark)
}

fn hash_of(record: &Record) -> String {
    let texts = [record.title.as_str(), record.summary.as_deref().unwrap_or_default(), &record.content_text];
    let files = record.attachments.iter().map(|attachment| attachment.url.as_str());
    fingerprint::hash_parts(texts.into_iter().chain(files))
}

fn written(dated: &Dated, zone: Zone) -> String {
    match zone {
        Zone::Vietnam => date::rfc3339(dated.at),
        Zone::AsPublished => date::rfc3339_as_published(dated),
    }
}

fn origins(extracted: &Extracted) -> BTreeMap<String, String> {
    fn of<T>(field: Option<&Field<T>>) -> Option<String> {
        field.map(|field| field.origin.clone())
    }
    let fields = [
        ("title", of(extracted.title.as_ref())),
        ("summary", of(extracted.lead.as_ref())),
        ("content_text", extracted.body_origin.clone()),
        ("date_published", of(extracted.published.as_ref())),
        ("date_modified", of(extracted.modified.as_ref())),
        ("byline", of(extracted.byline.as_ref())),
        ("credit", of(extracted.credit.as_ref())),
        ("section", of(extracted.section.as_ref())),
    ];
    fields.into_iter().filter_map(|(name, origin)| Some((name.to_owned(), origin?))).collect()
}

/// Returns the sets of rules that found something: the parts of the origins before the colon.
fn rules_of(origins: &BTreeMap<String, String>) -> Vec<String> {
    let mut rules: Vec<String> =
        origins.values().map(|origin| origin.split(": ").next().unwrap_or(origin).to_owned()).collect();
    rules.sort();
    rules.dedup();
    rules
}

/// Returns the text of blocks: paragraphs separated by an empty line, items and rows by a line end, cells by a tab.
pub fn text_of(blocks: &[Block]) -> String {
    let texts = blocks.iter().filter(|block| !matches!(block, Block::Image { .. })).map(text_of_block);
    texts.collect::<Vec<_>>().join("\n\n")
}

fn text_of_block(block: &Block) -> String {
    match block {
        Block::Paragraph { text, .. } | Block::Heading { text, .. } | Block::Quote { text } => text.clone(),
        Block::List { items, .. } => items.join("\n"),
        Block::Table { rows } => rows.iter().map(|cells| cells.join("\t")).collect::<Vec<_>>().join("\n"),
        Block::Image { .. } => String::new(),
    }
}

fn html_of(blocks: &[Block], images: &[Image]) -> String {
    let texts = blocks.iter().filter_map(|block| {
        Some(match block {
            Block::Paragraph { text, html } => {
                format!("<p>{}</p>", html.as_deref().map_or_else(|| escape_attribute(text), Cow::Borrowed))
            }
            Block::Heading { level, text } => format!("<h{level}>{}</h{level}>", escape_attribute(text)),
            Block::Quote { text } => format!("<blockquote>{}</blockquote>", escape_attribute(text)),
            Block::List { ordered, items } => {
                let tag = if *ordered { "ol" } else { "ul" };
                let items: String = items.iter().map(|item| format!("<li>{}</li>", escape_attribute(item))).collect();
                format!("<{tag}>{items}</{tag}>")
            }
            Block::Table { rows } => {
                let row = |cells: &Vec<String>| {
                    format!(
                        "<tr>{}</tr>",
                        cells.iter().map(|cell| format!("<td>{}</td>", escape_attribute(cell))).collect::<String>()
                    )
                };
                format!("<table>{}</table>", rows.iter().map(row).collect::<String>())
            }
            Block::Image { index } => figure(images.get(*index)?),
        })
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn figure(image: &Image) -> String {
    let caption = image
        .caption
        .as_ref()
        .map(|caption| format!("<figcaption>{}</figcaption>", escape_attribute(caption)))
        .unwrap_or_default();
    let shown =
        image.url.as_ref().map(|url| format!("<img src=\"{}\">", escape_attribute(url.as_str()))).unwrap_or_default();
    format!("<figure>{shown}{caption}</figure>")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::link::Discovery;
    use crate::model::link::Hints;
    use crate::model::link::SourceKind;
    use crate::model::page::HttpFacts;
    use crate::model::portal::PortalId;
    use crate::model::portal::SourceId;
    use crate::url::PageUrl;

    /// Returns the record of a page with this content.
    pub(super) fn record_of(content: Content) -> Record {
        let url = PageUrl::parse("https://tinh.example/tin").unwrap();
        let source = SourceId::new("feed").unwrap();
        let discovery = Discovery { source, kind: SourceKind::Feed, url: url.clone(), guid: None };
        let link = Link { url: url.clone(), hints: Hints::default(), discovery };
        let page = Page {
            url: url.clone(),
            final_url: url.clone(),
            fetched: Timestamp::UNIX_EPOCH,
            http: HttpFacts::default(),
            body: Vec::new().into(),
            exchanges: Vec::new(),
        };
        let outlet = Outlet {
            portal: PortalId::new("tinh").unwrap(),
            name: "Tỉnh".to_owned(),
            province: None,
            home: url,
            language: "vi".to_owned(),
            zone: Zone::Vietnam,
        };
        let title = Some(Field { value: "Tin".to_owned(), origin: "shown".to_owned() });
        let lead = Some(Field { value: "Xã làm đường.".to_owned(), origin: "placed".to_owned() });
        let Content { attachments, images, blocks } = content;
        let extracted = Extracted { title, lead, blocks, images, attachments, ..Extracted::default() };
        normalize(extracted, &link, &page, &outlet, &[]).unwrap()
    }

    #[test]
    fn a_sources_summary_is_taken_where_it_says_more_than_the_page() {
        let paragraph = "Ba mươi hộ ở bản Nà Hin góp công kéo đường ống dài hai cây số từ khe núi về bể chung.";
        let blocks = [Block::Paragraph { text: paragraph.to_owned(), html: None }];
        let more = |summary: &str| says_more(summary, "Bản Nà Hin có nước sạch", &blocks);
        assert!(more("Mùa khô năm nay, bà con không phải gùi nước nữa."));
        assert!(!more("Bản Nà Hin có nước sạch"), "the headline");
        assert!(!more("Ba mươi hộ ở bản Nà Hin góp công kéo […]"), "the text, cut");
        assert!(!more(&format!("{paragraph} Bài này đăng đầu tiên trên Trang bản.")), "the text and more");
        assert!(!more("…"));
    }
}
