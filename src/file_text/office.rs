//! The text of docx and xlsx: ZIP archives of XML (ECMA-376).
//!
//! # Bounds
//! An archive may promise anything. At most `MAX_ENTRIES` entries are looked at, and of each part that is read at most `MAX_PART` bytes after
//! decompression, by a reader with a stack of its own: no nesting makes it recurse, and no entity is ever expanded.

use std::io::Cursor;
use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;
use zip::ZipArchive;

use crate::file_text::MAX_TEXT;
use crate::file_text::PageText;
use crate::file_text::clean_page;
use crate::model::file_kind::FileKind;
use crate::text::unicode::decode_entities;

/// Maximum number of entries of an archive.
const MAX_ENTRIES: usize = 4096;

/// Maximum size of a part after decompression. The text of a report of 300 pages takes some 5 MB as XML.
const MAX_PART: u64 = 64 << 20;

/// Maximum number of sheets of a workbook that are read.
const MAX_SHEETS: usize = 200;

/// Maximum number of cells of a sheet that are kept in a row.
const MAX_COLUMNS: usize = 256;

/// The text of the document, and what was left out.
pub type Office = (Vec<PageText>, Vec<String>);

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// Returns the kind of a ZIP archive.
pub(super) fn kind_of(bytes: &[u8]) -> Result<FileKind, &'static str> {
    let archive = open(bytes)?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    match () {
        () if has("word/document.xml") => Ok(FileKind::Docx),
        () if has("xl/workbook.xml") => Ok(FileKind::Xlsx),
        () => Err("a ZIP archive that holds neither a text nor a table"),
    }
}

fn open(bytes: &[u8]) -> Result<Archive<'_>, &'static str> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| "a ZIP archive that cannot be read")?;
    if archive.len() > MAX_ENTRIES {
        return Err("a ZIP archive of too many entries");
    }
    Ok(archive)
}

/// Reads a docx. Its pages are as the author's program broke them the last time it was saved.
///
/// # Errors
/// What is wrong, as part of a sentence.
pub fn read_docx(bytes: &[u8]) -> Result<Office, &'static str> {
    let mut archive = open(bytes)?;
    let (xml, is_cut) = part(&mut archive, "word/document.xml").ok_or("a docx without its text")?;
    let mut text = DocxText::default();
    walk(&xml, |event, name, element| text.take(event, name, element));
    let pages = text.out.split('\u{c}').map(page).collect();
    Ok((pages, warning(is_cut || text.is_full)))
}

/// Reads an xlsx. Each sheet is a page.
///
/// # Errors
/// What is wrong, as part of a sentence.
pub fn read_xlsx(bytes: &[u8]) -> Result<Office, &'static str> {
    let mut archive = open(bytes)?;
    let (shared, mut is_cut) = match part(&mut archive, "xl/sharedStrings.xml") {
        Some((xml, is_cut)) => (shared_strings(&xml), is_cut),
        None => (Vec::new(), false),
    };
    let mut numbers: Vec<u32> = archive.file_names().filter_map(|name| sheet_number(&name.ok()?)).collect();
    numbers.sort_unstable();
    is_cut |= numbers.len() > MAX_SHEETS;
    let (mut pages, mut left) = (Vec::new(), MAX_TEXT);
    for number in numbers.into_iter().take(MAX_SHEETS) {
        let Some((xml, cut)) = part(&mut archive, &format!("xl/worksheets/sheet{number}.xml")) else { continue };
        let mut sheet = SheetText { shared: &shared, left, ..SheetText::default() };
        walk(&xml, |event, name, element| sheet.take(event, name, element));
        is_cut |= cut || sheet.left == 0;
        left = sheet.left;
        pages.push(page(&sheet.out));
    }
    Ok((pages, warning(is_cut)))
}

fn warning(is_cut: bool) -> Vec<String> {
    if is_cut { vec!["it is larger than this program reads; its beginning was read".to_owned()] } else { Vec::new() }
}

fn page(text: &str) -> PageText {
    PageText { text: clean_page(text), confidence: None }
}

fn sheet_number(name: &str) -> Option<u32> {
    name.strip_prefix("xl/worksheets/sheet")?.strip_suffix(".xml")?.parse().ok()
}

/// Reads the beginning of a part, and whether there was more.
fn part(archive: &mut Archive<'_>, name: &str) -> Option<(Vec<u8>, bool)> {
    let file = archive.by_name(name).ok()?;
    let mut bytes = Vec::new();
    // What could be decompressed before an error counts.
    let _ = file.take(MAX_PART + 1).read_to_end(&mut bytes);
    let is_cut = bytes.len() as u64 > MAX_PART;
    Some((bytes, is_cut))
}

/// What is told of an XML document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Start,
    End,
    Text,
}

/// Reads XML as far as it can be read. Tells of starts and ends of elements by their local names, and of texts. Stops when told `false`.
fn walk(xml: &[u8], mut tell: impl FnMut(Told, &str, Option<&BytesStart<'_>>) -> bool) {
    let text = String::from_utf8_lossy(xml);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut goes_on = true;
    while goes_on && let Ok(event) = reader.read_event() {
        goes_on = match event {
            Event::Start(element) => tell(Told::Start, element.local_name().as_ref(), Some(&element)),
            Event::Empty(element) => {
                let name = element.local_name();
                tell(Told::Start, name.as_ref(), Some(&element)) && tell(Told::End, name.as_ref(), None)
            }
            Event::End(element) => tell(Told::End, element.local_name().as_ref(), None),
            Event::Text(text) => tell(Told::Text, &text, None),
            Event::CData(text) => tell(Told::Text, &text, None),
            Event::GeneralRef(name) => tell(Told::Text, &decode_entities(&format!("&{};", &*name)), None),
            Event::Eof => false,
            _ => true,
        };
    }
}

fn attribute(element: Option<&BytesStart<'_>>, name: &str) -> Option<String> {
    let found = element?.attributes().flatten().find(|one| one.key.local_name().as_ref() == name)?;
    Some(found.value.into_owned())
}

/// The text of a docx in the making.
#[derive(Default)]
struct DocxText {
    out: String,
    /// Nesting of tables: paragraphs within a cell do not end a line.
    tables: u32,
    is_in_text: bool,
    is_full: bool,
}

impl DocxText {
    fn take(&mut self, told: Told, name: &str, element: Option<&BytesStart<'_>>) -> bool {
        match (told, name) {
            (Told::Text, text) if self.is_in_text => self.out.push_str(text),
            (Told::Start, "t") => self.is_in_text = true,
            (Told::End, "t") => self.is_in_text = false,
            (Told::Start, "tab") => self.out.push(' '),
            (Told::Start, "br") if attribute(element, "type").as_deref() == Some("page") => self.out.push('\u{c}'),
            (Told::Start, "br" | "cr") => self.out.push(if self.tables > 0 { ' ' } else { '\n' }),
            (Told::Start, "lastRenderedPageBreak") if self.tables == 0 && !self.out.ends_with('\u{c}') => {
                self.out.push('\u{c}');
            }
            (Told::Start, "tbl") => self.tables += 1,
            (Told::End, "tbl") => self.tables = self.tables.saturating_sub(1),
            (Told::End, "tc") => self.out.push('\t'),
            (Told::End, "tr") => self.out.push('\n'),
            (Told::End, "p") => self.out.push_str(if self.tables > 0 { " " } else { "\n" }),
            _ => {}
        }
        self.is_full = self.out.len() > MAX_TEXT;
        !self.is_full
    }
}

/// The texts that cells name by their numbers.
fn shared_strings(xml: &[u8]) -> Vec<String> {
    let (mut all, mut current, mut is_in_text, mut is_phonetic, mut left) =
        (Vec::new(), String::new(), false, false, MAX_TEXT);
    walk(xml, |told, name, _| {
        match (told, name) {
            (Told::Start, "t") => is_in_text = !is_phonetic,
            (Told::End, "t") => is_in_text = false,
            (Told::Start, "rPh") => is_phonetic = true,
            (Told::End, "rPh") => is_phonetic = false,
            (Told::Text, text) if is_in_text => current.push_str(text),
            (Told::End, "si") => {
                left = left.saturating_sub(current.len() + 1);
                all.push(std::mem::take(&mut current));
            }
            _ => {}
        }
        left > 0
    });
    all
}

/// The text of a sheet in the making.
#[derive(Default)]
struct SheetText<'a> {
    shared: &'a [String],
    out: String,
    left: usize,
    cells: usize,
    is_shared: bool,
    is_in_value: bool,
    value: String,
}

impl SheetText<'_> {
    fn take(&mut self, told: Told, name: &str, element: Option<&BytesStart<'_>>) -> bool {
        match (told, name) {
            (Told::Start, "row") => self.cells = 0,
            (Told::End, "row") => self.push("\n"),
            (Told::Start, "c") => {
                self.is_shared = attribute(element, "t").as_deref() == Some("s");
                self.value.clear();
            }
            (Told::Start, "v" | "t") => self.is_in_value = true,
            (Told::End, "v" | "t") => self.is_in_value = false,
            (Told::Text, text) if self.is_in_value => self.value.push_str(text),
            (Told::End, "c") => self.end_cell(),
            _ => {}
        }
        self.left > 0
    }

    fn end_cell(&mut self) {
        let value = std::mem::take(&mut self.value);
        let shared: &[String] = self.shared;
        let known = value.parse::<usize>().ok().filter(|_| self.is_shared).and_then(|number| shared.get(number));
        let text = known.unwrap_or(&value).trim().replace(['\n', '\t'], " ");
        if !text.is_empty() && self.cells < MAX_COLUMNS {
            if self.cells > 0 {
                self.push("\t");
            }
            self.push(&text);
            self.cells += 1;
        }
    }

    /// Adds a text as far as there is room: cells may name one long text a million times.
    fn push(&mut self, text: &str) {
        match self.left.checked_sub(text.len()) {
            Some(left) => {
                self.left = left;
                self.out.push_str(text);
            }
            None => self.left = 0,
        }
    }
}
