//! Limits the size of a record.
//!
//! A page determines how large its record is: a text is in a record three times, a quotation mark is six bytes of HTML, and a short reference
//! resolves to a long URL. So all fields share one budget, [`MAX_BYTES`], and each part pays for every place that it is written to.

use serde::Serialize;

use crate::model::article::Attachment;
use crate::model::article::Block;
use crate::model::article::Image;
use crate::model::record::MAX_BYTES;
use crate::model::record::Record;

/// Number of bytes that are kept free for later additions to a record: revision, duplicate, place in the page store, the file it was read from.
const RESERVE: usize = 16 * 1024;

/// Maximum number of bytes of a lead. A lead has a sentence or two.
const MAX_SUMMARY: usize = 64 * 1024;

/// Maximum number of bytes of another short field: a headline, a byline, an author, a keyword.
const MAX_FIELD: usize = 4 * 1024;

/// Maximum number of authors, of keywords and of warnings of a record.
const MAX_ITEMS: usize = 100;

/// Maximum number of bytes of keys, tags and separators around a block, summed over all its places, and around an item, a row or a cell.
const AROUND_BLOCK: usize = 128;
const AROUND_ITEM: usize = 16;

/// What a page adds to its record besides the short fields.
pub(super) struct Content {
    pub(super) attachments: Vec<Attachment>,
    pub(super) images: Vec<Image>,
    pub(super) blocks: Vec<Block>,
}

/// Fills a record with the content that fits. First its short fields are cut, each to its own limit. Then attachments, images and blocks are added in
/// their order as long as they fit. A list is cut between two items and a table between two rows; any other block is added whole. The record says
/// what was left out. Its text and HTML are made of its blocks and images, and paid for here.
pub(super) fn fill(record: &mut Record, content: Content) {
    if cut_fields(record) {
        record.extraction.warnings.push(format!("fields cut: more than {MAX_FIELD} bytes or {MAX_ITEMS} items"));
    }
    let mut budget = Budget { left: MAX_BYTES.saturating_sub(RESERVE + bytes_of(record)), is_short: false };
    record.attachments = budget.fitting(content.attachments, |attachment| bytes_of(attachment) + AROUND_ITEM);
    record.images = budget.fitting(content.images, |image| bytes_of(image) + AROUND_ITEM);
    for block in content.blocks {
        if budget.is_short {
            break;
        }
        record.blocks.extend(budget.block(block, &record.images));
    }
    if budget.is_short {
        record.extraction.warnings.push(format!("record cut: more than {MAX_BYTES} bytes"));
    }
}

/// Number of bytes that are still available.
struct Budget {
    left: usize,
    /// Whether something did not fit. Nothing is added after it.
    is_short: bool,
}

impl Budget {
    fn take(&mut self, bytes: usize) -> bool {
        self.is_short |= bytes > self.left;
        self.left -= if self.is_short { 0 } else { bytes };
        !self.is_short
    }

    /// Returns the beginning of a list that fits.
    fn fitting<T>(&mut self, mut items: Vec<T>, cost: impl Fn(&T) -> usize) -> Vec<T> {
        let fits = items.iter().take_while(|item| self.take(cost(item))).count();
        items.truncate(fits);
        items
    }

    /// Returns the part of a block that fits.
    fn block(&mut self, block: Block, images: &[Image]) -> Option<Block> {
        let written = match &block {
            Block::Paragraph { text, html: Some(html) } => 2 * quoted(text) + 2 * quoted(html),
            Block::Paragraph { text, html: None } | Block::Heading { text, .. } | Block::Quote { text } => thrice(text),
            Block::List { .. } | Block::Table { .. } => 0,
            Block::Image { index } => {
                let image = images.get(*index)?;
                let url = image.url.as_ref().map_or("", |url| url.as_str());
                escaped(url) + image.caption.as_deref().map_or(0, escaped)
            }
        };
        if !self.take(AROUND_BLOCK + written) {
            return None;
        }
        match block {
            Block::List { ordered, items } => {
                let items = self.fitting(items, |item| thrice(item));
                (!items.is_empty()).then_some(Block::List { ordered, items })
            }
            Block::Table { rows } => {
                let of_row = |cells: &Vec<String>| AROUND_ITEM + cells.iter().map(|cell| thrice(cell)).sum::<usize>();
                let rows = self.fitting(rows, of_row);
                (!rows.is_empty()).then_some(Block::Table { rows })
            }
            other => Some(other),
        }
    }
}

/// Returns the bytes of a text as a block, in the record's text and in its HTML, including those around an item.
fn thrice(text: &str) -> usize {
    2 * quoted(text) + escaped(text) + AROUND_ITEM
}

/// Returns the bytes of a text within a JSON string.
fn quoted(text: &str) -> usize {
    text.bytes().map(of_byte).sum()
}

/// Returns the bytes of a text as HTML within a JSON string.
fn escaped(text: &str) -> usize {
    let of_sign = |byte| match byte {
        b'"' => "&quot;".len(),
        b'&' => "&amp;".len(),
        b'<' | b'>' => "&lt;".len(),
        other => of_byte(other),
    };
    text.bytes().map(of_sign).sum()
}

fn of_byte(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' => 2,
        ..=0x1f => "\\u0000".len(),
        _ => 1,
    }
}

fn bytes_of<T: Serialize>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(MAX_BYTES, |json| json.len())
}

/// Cuts the short fields, and leaves out names that are too long to be kept whole. Returns whether anything was cut.
fn cut_fields(record: &mut Record) -> bool {
    let mut is_cut = false;
    let mut cut = |text: &mut String, most: usize| {
        is_cut |= text.len() > most;
        text.truncate(text.floor_char_boundary(most));
    };
    record.summary.iter_mut().for_each(|summary| cut(summary, MAX_SUMMARY));
    let texts = [&mut record.title, &mut record.language, &mut record.http.charset].into_iter();
    let credit = record.credit.as_mut().map(|credit| [Some(&mut credit.text), credit.outlet.as_mut()]);
    let maybe = [&mut record.byline, &mut record.section, &mut record.date_raw, &mut record.http.tls];
    let texts = texts.chain(maybe.into_iter().flatten()).chain(credit.into_iter().flatten().flatten());
    let lists = record.authors.iter_mut().map(|author| &mut author.name).chain(&mut record.tags);
    for text in texts.chain(lists).chain(&mut record.extraction.warnings) {
        cut(text, MAX_FIELD);
    }
    let many = [record.authors.len(), record.tags.len(), record.extraction.warnings.len()];
    is_cut |= many.into_iter().any(|count| count > MAX_ITEMS);
    record.authors.truncate(MAX_ITEMS);
    record.tags.truncate(MAX_ITEMS);
    record.extraction.warnings.truncate(MAX_ITEMS);
    for name in [&mut record.discovery.guid, &mut record.http.etag, &mut record.http.last_modified] {
        is_cut |= name.take_if(|name| name.len() > MAX_FIELD).is_some();
    }
    is_cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::Credit;
    use crate::model::record::Author;
    use crate::normalize::tests::record_of;
    use crate::url::PageUrl;

    fn check(content: Content) -> Record {
        let record = record_of(content);
        let written = serde_json::to_vec(&record).unwrap().len();
        assert!(written <= MAX_BYTES - RESERVE + 200, "{written} bytes");
        record
    }

    fn of_blocks(blocks: Vec<Block>) -> Content {
        Content { attachments: Vec::new(), images: Vec::new(), blocks }
    }

    fn is_cut(record: &Record) -> bool {
        record.extraction.warnings.iter().any(|warning| warning.starts_with("record cut"))
    }

    #[test]
    fn a_record_that_fits_is_whole() {
        let paragraph = Block::Paragraph { text: "Xã làm đường.".to_owned(), html: None };
        let record = check(of_blocks(vec![paragraph; 3]));
        assert_eq!((record.blocks.len(), is_cut(&record)), (3, false));
        assert_eq!(record.content_text.matches("đường").count(), 3);
    }

    #[test]
    fn a_body_is_cut_between_blocks_items_and_rows_whatever_it_holds() {
        for sign in ["a", "\"", "&", "\u{1}", "ế"] {
            let text = sign.repeat(3000 / sign.len());
            let html = Some(format!("<strong>{}</strong>", htmlize::escape_attribute(&text)));
            let rows = vec![vec![text.clone(); 4]; 1500];
            let bodies = [
                vec![Block::Paragraph { text: text.clone(), html }; 6000],
                vec![Block::Paragraph { text: text.clone(), html: None }; 6000],
                vec![Block::List { ordered: true, items: vec![text.clone(); 6000] }],
                vec![Block::Table { rows }],
                vec![Block::Quote { text: String::new() }; 400_000],
                vec![Block::Table { rows: vec![vec![String::new(); 4]; 400_000] }],
            ];
            for blocks in bodies {
                let record = check(of_blocks(blocks));
                assert!(is_cut(&record) && !record.blocks.is_empty(), "{sign}");
            }
        }
    }

    #[test]
    fn images_and_attachments_spend_of_the_same_budget() {
        let url = PageUrl::parse(&format!("https://a.example/{}", "&".repeat(8000))).unwrap();
        let image = Image { url: Some(url.clone()), caption: Some("\"".repeat(2000)), credit: None };
        let attachment = Attachment::offered(url, None, "x");
        let record = check(Content {
            attachments: vec![attachment; 100],
            images: vec![image; 1000],
            blocks: (0..1000).map(|index| Block::Image { index }).collect(),
        });
        assert!(is_cut(&record) && record.attachments.len() == 100 && record.images.len() < 1000);
    }

    #[test]
    fn short_fields_are_cut_and_names_that_are_too_long_left_out() {
        let long = || "\u{1}".repeat(MAX_BYTES);
        let mut record = record_of(of_blocks(Vec::new()));
        record.title = long();
        record.summary = Some(long());
        record.byline = Some(long());
        record.credit = Some(Credit { text: long(), outlet: Some(long()), url: None });
        record.tags = vec!["x".repeat(2 * MAX_FIELD); 1000];
        record.authors = vec![Author { name: "x".repeat(2 * MAX_FIELD) }; 1000];
        record.discovery.guid = Some(long());
        record.http.etag = Some(long());
        fill(&mut record, of_blocks(vec![Block::Quote { text: "Còn chỗ cho bài.".to_owned() }]));
        assert_eq!((record.title.len(), record.tags.len(), record.authors.len()), (MAX_FIELD, MAX_ITEMS, MAX_ITEMS));
        assert_eq!((&record.discovery.guid, &record.http.etag, record.blocks.len()), (&None, &None, 1));
        assert_eq!(record.extraction.warnings.len(), 1, "{:?}", record.extraction.warnings);
        assert!(serde_json::to_vec(&record).unwrap().len() < MAX_BYTES / 2);
    }
}
