//! The text of files that articles offer for download, as far as it needs no other program: kinds by content, docx and xlsx, pictures of pages made
//! ready for character recognition, and what the programs that [`converter`](crate::converter) runs print. Pure.

pub mod kind;
pub mod ocr;
pub mod office;
pub mod pdf;
pub mod raster;
pub mod tables;
mod tilt;

use serde::Serialize;

pub use crate::file_text::kind::kind_of;
use crate::model::file_kind::FileKind;
use crate::text::legacy;
use crate::text::unicode;

/// Maximum number of bytes of the text of one file. A report of 300 pages has some 600 KB.
pub const MAX_TEXT: usize = 4 << 20;

/// The text of a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileText {
    /// What the file is, by its content.
    pub kind: FileKind,
    /// Its pages, or the sheets of a workbook. A document without pages of its own is one page.
    pub pages: Vec<PageText>,
    /// Why it is not the whole text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The text of a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PageText {
    /// Its lines. Cells of a table are separated by tabs.
    pub text: String,
    /// The mean confidence of the recognized letters, 0 to 100, if it was read off a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

impl FileText {
    /// Joins pages. What exceeds [`MAX_TEXT`] is left out, with a warning.
    pub fn new(kind: FileKind, pages: Vec<PageText>, mut warnings: Vec<String>) -> FileText {
        let (mut left, count) = (MAX_TEXT, pages.len());
        let mut kept = Vec::with_capacity(count);
        for page in pages {
            let Some(rest) = left.checked_sub(page.text.len()) else { break };
            left = rest;
            kept.push(page);
        }
        if kept.len() < count {
            warnings.push(format!(
                "only {} of {count} pages: the text is longer than {} MiB",
                kept.len(),
                MAX_TEXT >> 20
            ));
        }
        FileText { kind, pages: kept, warnings }
    }

    /// Whether a page was read off a picture.
    pub fn is_recognized(&self) -> bool {
        self.pages.iter().any(|page| page.confidence.is_some())
    }

    /// Returns the mean confidence of the letters that were read off pictures, 0 to 100.
    pub fn confidence(&self) -> Option<f64> {
        let read = self.pages.iter().filter_map(|page| Some((page.confidence?, page.text.chars().count() as f64)));
        let (sum, letters) = read.fold((0.0, 0.0), |(sum, all), (mean, letters)| (sum + mean * letters, all + letters));
        (letters > 0.0).then(|| (sum / letters * 10.0).round() / 10.0)
    }

    /// Returns the text as it is stored: pages separated by form feeds.
    pub fn joined(&self) -> String {
        self.pages.iter().map(|page| page.text.as_str()).collect::<Vec<_>>().join("\u{c}")
    }
}

/// Returns the pages of a stored text.
pub fn pages_of(stored: &str) -> impl Iterator<Item = &str> {
    stored.split('\u{c}')
}

/// Cleans the text of a page: NFC, old Vietnamese fonts, no invisible characters, one space between words; tabs and single empty lines are kept.
pub fn clean_page(text: &str) -> String {
    let repaired = legacy::repair(text).map(|repaired| repaired.text);
    let text = repaired.as_deref().unwrap_or(text);
    let mut out = String::with_capacity(text.len());
    let mut blank_due = false;
    for line in text.lines() {
        let cells: Vec<String> = line.split('\t').map(unicode::clean).collect();
        let line = cells.join("\t");
        let line = line.trim();
        if line.is_empty() {
            blank_due = !out.is_empty();
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank_due { "\n\n" } else { "\n" });
        }
        blank_due = false;
        out.push_str(line);
    }
    out
}

/// Returns the number of letters and digits of a text.
pub fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_cleaned_joined_and_split_again() {
        assert_eq!(clean_page(" Sô\u{301} \u{a0} 12 \n\n\n\tMột \t hai\u{200b} \n"), "Số 12\n\nMột\thai");
        assert_eq!(clean_page("QuyÕt ®Þnh cña ñy ban nh©n d©n"), "Quyết định của ủy ban nhân dân");
        let page = |text: &str, confidence| PageText { text: text.to_owned(), confidence };
        let text = FileText::new(
            FileKind::Pdf,
            vec![page("một", None), page("hai", Some(90.0)), page("ba", Some(80.0))],
            vec![],
        );
        assert_eq!((text.is_recognized(), text.confidence()), (true, Some(86.0)));
        assert_eq!(pages_of(&text.joined()).collect::<Vec<_>>(), ["một", "hai", "ba"]);
    }

    #[test]
    fn a_text_is_bounded() {
        let page = PageText { text: "x".repeat(MAX_TEXT / 4 + 1), confidence: None };
        let text = FileText::new(FileKind::Pdf, vec![page; 9], Vec::new());
        assert_eq!((text.pages.len(), text.warnings.len()), (3, 1));
    }
}
