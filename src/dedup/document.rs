//! The parts of an article that are compared.

use std::collections::BTreeSet;

use crate::model::record::Record;
use crate::text::document;
use crate::text::folded::Syllable;
use crate::text::folded::syllables;
use crate::text::vietnamese::fold_ascii;
use crate::url::path_of;
use crate::url::without_www;

/// Number of bytes at the beginning of a text that contain the article's own document number: the head of a notice or decision, or the lead of a
/// report about one.
const NUMBERS_WITHIN: usize = 400;

/// Maximum number of document numbers that are kept of one text. A list of laws has hundreds.
const NUMBERS: usize = 64;

/// Maximum number of bytes of one number, from its first digit on.
const NUMBER_WITHIN: usize = 48;

/// An article to be compared.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts<'a> {
    /// The portal, or the host. It distinguishes a copy on the same site from one elsewhere.
    pub site: &'a str,
    /// The headline.
    pub title: &'a str,
    /// The lead; empty if the text contains it.
    pub lead: &'a str,
    /// The body.
    pub body: &'a str,
    /// Milliseconds since 1970 at which it was published.
    pub published: Option<i64>,
    /// Số, ký hiệu, if the article is a legal document.
    pub number: Option<&'a str>,
    /// The outlet that the article credits, as a site.
    pub credit: Option<&'a str>,
}

/// An article in the form in which it is compared. It has a tenth of the size of its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// A hash of the site; 0 if it is unknown.
    pub site: u32,
    /// Milliseconds since 1970 at which it was published.
    pub published: Option<i64>,
    /// A hash of the site that it credits; 0 if it credits none.
    pub credit: u32,
    /// The headline.
    pub title: Vec<Syllable>,
    /// Lead and body.
    pub text: Vec<Syllable>,
    /// Hashes of the numbers of the legal documents that are the article's subject: its own and those in its headline.
    pub titular: BTreeSet<u32>,
    /// Hashes of the numbers at the beginning of its text.
    pub leading: BTreeSet<u32>,
    /// Hashes of all numbers in headline and text.
    pub numbers: BTreeSet<u32>,
    /// Hashes of the attachments' file names.
    pub attachments: BTreeSet<u32>,
}

impl Document {
    /// Creates the document of an article and the URLs of its attachments.
    pub fn new<'a>(parts: Parts<'a>, attachments: impl IntoIterator<Item = &'a str>) -> Document {
        let mut text = syllables(parts.lead);
        crate::text::folded::append(parts.body, &mut text);
        let titular: BTreeSet<u32> = numbers(parts.title).chain(parts.number.into_iter().flat_map(numbers)).collect();
        let leading = numbers(up_to(parts.lead, NUMBERS_WITHIN)).chain(numbers(up_to(parts.body, NUMBERS_WITHIN)));
        let leading: BTreeSet<u32> = titular.iter().copied().chain(leading).collect();
        let mentioned = numbers(parts.lead).chain(numbers(parts.body)).take(NUMBERS);
        Document {
            site: site(parts.site),
            published: parts.published,
            credit: parts.credit.map_or(0, site),
            title: syllables(parts.title),
            text,
            numbers: leading.iter().copied().chain(mentioned).collect(),
            titular,
            leading,
            attachments: attachments.into_iter().map(file_name).collect(),
        }
    }

    /// Creates the document of a record. `credit` is the portal that its source line names, if it is one of ours.
    pub fn of(record: &Record, credit: Option<&str>) -> Document {
        let published = record.date_published.as_ref().and_then(|date| date.parse::<jiff::Timestamp>().ok());
        let parts = Parts {
            site: &record.portal,
            title: &record.title,
            lead: record.summary.as_deref().unwrap_or_default(),
            body: &record.content_text,
            published: published.map(jiff::Timestamp::as_millisecond),
            number: record.document.as_ref().and_then(|document| document.number.as_deref()),
            credit,
        };
        Document::new(parts, record.attachments.iter().map(|attachment| attachment.url.as_str()))
    }
}

impl Document {
    /// Converts the document to bytes, for a shelf in files.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + 2 * (self.title.len() + self.text.len()));
        bytes.extend(self.site.to_le_bytes());
        bytes.extend(self.credit.to_le_bytes());
        bytes.extend(self.published.unwrap_or(i64::MIN).to_le_bytes());
        for text in [&self.title, &self.text] {
            bytes.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
            for syllable in text {
                bytes.extend_from_slice(&syllable.0.to_le_bytes());
            }
        }
        for set in [&self.titular, &self.leading, &self.numbers, &self.attachments] {
            bytes.extend(u32::try_from(set.len()).unwrap_or(u32::MAX).to_le_bytes());
            for hash in set {
                bytes.extend_from_slice(&hash.to_le_bytes());
            }
        }
        bytes
    }

    /// Reads the result of [`Document::to_bytes`]. None if the bytes are cut.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Document> {
        let bytes = &mut bytes;
        let (site, credit) = (number(bytes)?, number(bytes)?);
        let published = Some(i64::from_le_bytes(take(bytes)?)).filter(|published| *published != i64::MIN);
        let (title, text) = (text_of(bytes)?, text_of(bytes)?);
        let sets = (set_of(bytes)?, set_of(bytes)?, set_of(bytes)?, set_of(bytes)?);
        let (titular, leading, numbers, attachments) = sets;
        Some(Document { site, published, credit, title, text, titular, leading, numbers, attachments })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

fn number(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(u32::from_le_bytes)
}

fn text_of(bytes: &mut &[u8]) -> Option<Vec<Syllable>> {
    let length = usize::try_from(number(bytes)?).ok()?;
    let (text, rest) = bytes.split_at_checked(length.checked_mul(2)?)?;
    *bytes = rest;
    Some(text.as_chunks::<2>().0.iter().map(|pair| Syllable(u16::from_le_bytes(*pair))).collect())
}

fn set_of(bytes: &mut &[u8]) -> Option<BTreeSet<u32>> {
    let length = number(bytes)?;
    (0..length).map(|_| number(bytes)).collect()
}

/// Returns the hash of a site's name.
pub fn site(name: &str) -> u32 {
    if name.is_empty() { 0 } else { hash(without_www(name)).max(1) }
}

/// Returns the document numbers in a text, as hashes that ignore leading zeros.
fn numbers(text: &str) -> impl Iterator<Item = u32> {
    // A number has a slash followed by a capital or a year. Few places have one, so all others are skipped.
    text.match_indices('/').filter_map(|(at, _)| {
        let (before, after) = text.split_at_checked(at)?;
        let next = after.chars().skip(1).find(|c| !c.is_whitespace())?;
        if !next.is_uppercase() && !after.get(1..3).is_some_and(|year| year == "19" || year == "20") {
            return None;
        }
        let word = before.trim_end().rsplit(char::is_whitespace).next()?;
        let start = at - word.len() - (before.len() - before.trim_end().len());
        let place = text.get(start..)?;
        let number = document::read(up_to(place, NUMBER_WITHIN))?;
        Some(hash(number.canonical.trim_start_matches('0')))
    })
}

/// Returns the beginning of a text, cut at a character.
fn up_to(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// Returns the host that a text's last line credits: `Theo vinhphuc.gov.vn`, `Nguồn: https://vinhphuc.gov.vn/…`.
pub fn credited_host(text: &str) -> Option<String> {
    /// Maximum number of words of a source line.
    const SOURCE_LINE: usize = 8;
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    // Most last lines are paragraphs. This avoids folding them.
    if !line.contains('.') || line.split_whitespace().take(SOURCE_LINE + 1).count() > SOURCE_LINE {
        return None;
    }
    let key = fold_ascii(line);
    let is_source = ["theo", "nguon"].iter().any(|word| key.trim_start().starts_with(word));
    is_source.then(|| line.split_whitespace().find_map(host_in))?
}

fn host_in(word: &str) -> Option<String> {
    let bare = word.split_once("://").map_or(word, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host = bare.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let is_label =
        |label: &&str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_host = labels.len() >= 2 && labels.iter().all(is_label);
    let has_domain =
        labels.last().is_some_and(|domain| domain.len() >= 2 && domain.bytes().all(|byte| byte.is_ascii_lowercase()));
    (is_host && has_domain).then(|| without_www(&host).to_owned())
}

/// Returns the hash of the file's name in a URL. Copies are on other hosts and in other folders.
fn file_name(address: &str) -> u32 {
    let path = path_of(address);
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    hash(&unescaped(name).to_lowercase())
}

fn unescaped(name: &str) -> String {
    let bytes: Vec<u8> = url::form_urlencoded::parse(name.replace('+', "%2B").as_bytes())
        .flat_map(|(name, value)| [name.into_owned(), value.into_owned()].concat().into_bytes())
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns a 32-bit FNV-1a hash. That is enough, because small sets are compared, not looked up.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_documents() {
        let count = |text: &str| numbers(text).collect::<BTreeSet<u32>>().len();
        for text in ["12/QĐ-UBND", "số 12/2024/NĐ-CP,", "05-NQ/TU", "(123/TB-VP)", "1802/UBND-KT", "284 /QĐ – TTg"]
        {
            assert_eq!(count(text), 1, "{text}");
        }
        for text in ["12/3/2024", "24/7", "QĐ-UBND", "A/H5N6", "12.500", "5-7", "km/h", "tháng 3/2024"] {
            assert_eq!(count(text), 0, "{text}");
        }
        assert_eq!(count("Nghị định 12/2024/NĐ-CP, Quyết định số 5/QĐ-UBND và 6/QĐ-UBND"), 3);
        let only = |text: &str| numbers(text).next().unwrap();
        assert_eq!(only("05/QĐ-UBND"), only("5/QÐ–UBND."));
        assert_ne!(only("5/QĐ-UBND"), only("6/QĐ-UBND"));
    }

    #[test]
    fn files_are_known_by_their_names() {
        assert_eq!(file_name("http://a.vn/x/tu%E1%BA%A7n%2024.pdf?v=1"), file_name("/img/tuần 24.PDF"));
        assert_ne!(file_name("/img/24.pdf"), file_name("/img/25.pdf"));
    }

    #[test]
    fn a_source_line_names_a_host() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(credited_host(text).as_deref(), expect, "{text}");
        check("Thân bài.\n\nTheo vinhphuc.gov.vn\n", Some("vinhphuc.gov.vn"));
        check("Thân bài.\nNguồn: https://www.hatinh.gov.vn/tin/1.html", Some("hatinh.gov.vn"));
        check("Theo vinhphuc.gov.vn\nThân bài.", None);
        check("Theo Báo Đắk Nông", None);
        check("Theo ông Nam, trang a.gov.vn có tin này từ hôm qua và sẽ giữ lại.", None);
        check("", None);
    }

    #[test]
    fn bytes_are_the_document_and_cut_ones_are_none() {
        let parts = Parts {
            site: "a.vn",
            title: "Về việc nghỉ lễ",
            body: "Số 12/QĐ-UBND. Nghỉ từ 30/4 đến 3/5.",
            published: Some(-5),
            number: Some("12/QĐ-UBND"),
            ..Parts::default()
        };
        let document = Document::new(parts, ["http://a.vn/1.pdf"]);
        let bytes = document.to_bytes();
        assert_eq!(Document::from_bytes(&bytes), Some(document));
        assert!((0..bytes.len()).all(|length| Document::from_bytes(&bytes[..length]).is_none()));
    }

    #[test]
    fn a_www_is_no_other_site() {
        assert_eq!(site("www.a.vn"), site("a.vn"));
        assert_eq!(site(""), 0);
    }
}
