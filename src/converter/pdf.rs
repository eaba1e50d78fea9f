//! PDF: the text layer of each page, and what can be read off the picture of a page that has none.

use crate::converter::ConvertError;
use crate::converter::ONE_PAGE;
use crate::converter::WHOLE_FILE;
use crate::converter::Workplace;
use crate::converter::blocking;
use crate::file_text::FileText;
use crate::file_text::PageText;
use crate::file_text::clean_page;
use crate::file_text::letters;
use crate::file_text::ocr;
use crate::file_text::ocr::CellText;
use crate::file_text::ocr::TableText;
use crate::file_text::pdf;
use crate::file_text::pdf::PdfInfo;
use crate::file_text::raster::Gray;
use crate::model::file_kind::FileKind;

/// The file in the folder.
const FILE: &str = "file.pdf";

/// Letters below which a page has no text layer: a page's number or a mark of its scanner may be there.
const NO_LAYER: usize = 16;

/// Letters below which the text layer of a page that is one picture is only a signature or a stamp: "Ký bởi: …, ngày ký: …".
const SIGNATURE: usize = 400;

/// The resolution in which pages are drawn. Less loses accents of small letters, and more helps nothing.
const DPI: f64 = 300.0;

/// Maximum number of pixels of a picture. A page of A4 has 8.7 million, one of A3 is drawn with 250 dpi.
const MOST_PIXELS: f64 = 12e6;

/// Confidence below which a page may be turned. Straight pages have 85 to 97, turned ones 20 to 60.
const DOUBTFUL: f64 = 75.0;

/// The models of languages. Debian's recognizer comes with the English one.
const VIETNAMESE: &str = "vie";
const ENGLISH: &str = "eng";

/// Number of pages on which recognition may fail before the file is given up.
const MOST_FAILED: u32 = 2;

/// Reads the pages of a PDF, at most so many.
pub(super) async fn read(workplace: &Workplace<'_>, bytes: &[u8], max_pages: u32) -> Result<FileText, ConvertError> {
    workplace.write(FILE, bytes)?;
    let last = max_pages.to_string();
    let range = ["-f", "1", "-l", &last];
    let info = info(workplace, &range).await?;
    let mut warnings = Vec::new();
    if info.pages > max_pages {
        warnings.push(format!("only {max_pages} of {} pages", info.pages));
    }
    let arguments = [&range[..], &["-raw", "-enc", "UTF-8", FILE, "-"]].concat();
    let layer = workplace.output_of("pdftotext", &arguments, WHOLE_FILE).await?;
    let mut pages: Vec<PageText> = pdf::split_pages(&layer)
        .into_iter()
        .map(|text| PageText { text: clean_page(text), confidence: None })
        .collect();
    pages.resize(info.pages.min(max_pages) as usize, PageText::default());
    let pictures = pictures(workplace, &pages, &range, &info).await?;
    let mut failed = 0_u32;
    for (number, page) in pages.iter_mut().enumerate() {
        let count = letters(&page.text);
        let is_wanted = count < NO_LAYER || (count < SIGNATURE && pictures.get(number).is_some_and(|has| *has));
        if !is_wanted {
            continue;
        }
        match recognize(workplace, number + 1, dpi(info.size(number))).await {
            Ok(read) if letters(&read.text) > count => *page = read,
            Ok(_) => {}
            Err(error @ (ConvertError::Absent(_) | ConvertError::Folder(_) | ConvertError::Bug(_))) => {
                return Err(error);
            }
            Err(error) => {
                failed += 1;
                // A file made to harm must not cost the bound of one page for each of its pages.
                if failed > MOST_FAILED {
                    return Err(error);
                }
                warnings.push(format!("page {}: {error}", number + 1));
            }
        }
    }
    Ok(FileText::new(FileKind::Pdf, pages, warnings))
}

/// Asks for the number of pages and their sizes.
async fn info(workplace: &Workplace<'_>, range: &[&str]) -> Result<PdfInfo, ConvertError> {
    let arguments = [range, &[FILE]].concat();
    let ended = workplace.run("pdfinfo", &arguments, WHOLE_FILE).await?;
    if ended.said.contains("Incorrect password") {
        return Err(ConvertError::NotReadable("encrypted with a password".to_owned()));
    }
    let info = PdfInfo::read(&String::from_utf8_lossy(&ended.output));
    match info.pages {
        // A program that was killed says nothing about the file.
        0 if ended.status.code().is_none() => Err(super::failed("pdfinfo", &ended)),
        0 => Err(ConvertError::NotReadable("a damaged PDF without pages".to_owned())),
        _ => Ok(info),
    }
}

/// Whether each page is covered by one picture. Nothing is asked if all pages have text enough.
async fn pictures(
    workplace: &Workplace<'_>,
    pages: &[PageText],
    range: &[&str],
    info: &PdfInfo,
) -> Result<Vec<bool>, ConvertError> {
    let is_doubtful = |page: &PageText| (NO_LAYER..SIGNATURE).contains(&letters(&page.text));
    if !pages.iter().any(is_doubtful) {
        return Ok(Vec::new());
    }
    let arguments = [range, &["-list", FILE]].concat();
    let list = workplace.output_of("pdfimages", &arguments, WHOLE_FILE).await?;
    Ok(pdf::covered_pages(&list, info, pages.len()))
}

/// The resolution in which a page of this size in points is drawn.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 300")]
fn dpi((width, height): (f64, f64)) -> u32 {
    let inches = (width / 72.0) * (height / 72.0);
    (MOST_PIXELS / inches).sqrt().clamp(1.0, DPI) as u32
}

/// Reads a page off its picture. If little can be read, the page may be turned.
async fn recognize(workplace: &Workplace<'_>, number: usize, dpi: u32) -> Result<PageText, ConvertError> {
    let (number, resolution) = (number.to_string(), dpi.to_string());
    let arguments = ["-r", &resolution, "-f", &number, "-l", &number, "-singlefile", FILE, "page"];
    workplace.output_of("pdftoppm", &arguments, ONE_PAGE).await?;
    let bytes = workplace.read("page.ppm")?;
    let picture = blocking(move || Gray::read(&bytes)).await?;
    let Some(picture) = picture else {
        return Err(ConvertError::Failed { program: "pdftoppm", reason: "it drew no picture".to_owned() });
    };
    let read = words(workplace, picture.clone(), dpi).await?;
    if read.confidence.unwrap_or_default() >= DOUBTFUL && letters(&read.text) >= NO_LAYER {
        return Ok(read);
    }
    workplace.write("turn.pgm", &picture.to_pgm())?;
    // It fails on a page with few letters, which is then not turned.
    let told = workplace.run("tesseract", &["turn.pgm", "stdout", "--psm", "0", "-l", "osd"], ONE_PAGE).await?;
    let quarters = ocr::quarters(&String::from_utf8_lossy(&told.output));
    if quarters == 0 {
        return Ok(read);
    }
    let turned = blocking(move || picture.turned(quarters)).await?;
    let again = words(workplace, turned, dpi).await?;
    Ok(if again.confidence > read.confidence { again } else { read })
}

/// Recognizes the words of a picture. Its tables are read cell by cell.
async fn words(workplace: &Workplace<'_>, picture: Gray, dpi: u32) -> Result<PageText, ConvertError> {
    let ready = move || {
        let (picture, tables) = picture.straightened().without_rules(dpi as usize);
        let paper = picture.paper();
        // The cells of all tables are recognized together: each start of the program takes a third of a second.
        let all = tables.iter().enumerate().flat_map(|(table, it)| it.cells.iter().map(move |cell| (table, cell)));
        let cut = all.filter_map(|(table, cell)| Some(((table, cell.row), picture.ink_of(cell.area, paper)?)));
        let cells: (Vec<_>, Vec<_>) = cut.unzip();
        let tops: Vec<usize> = tables.iter().map(|table| table.area.top).collect();
        (picture.without_tables(&tables, paper).to_pgm(), tops, cells)
    };
    let (picture, tops, (places, cells)) = blocking(ready).await?;
    workplace.write("page.pgm", &picture)?;
    let recognizer = Recognizer { workplace, dpi: dpi.to_string() };
    let words = recognizer.table("page.pgm", VIETNAMESE, "3").await?;
    let mut tables: Vec<TableText> = tops.into_iter().map(|top| TableText { top, cells: Vec::new() }).collect();
    for ((table, row), cell) in places.into_iter().zip(recognizer.cells(cells).await?) {
        if let Some(table) = tables.get_mut(table) {
            table.cells.push((row, cell));
        }
    }
    Ok(ocr::read_page(&words, &tables))
}

/// Recognizes letters in pictures of one resolution.
struct Recognizer<'a> {
    workplace: &'a Workplace<'a>,
    dpi: String,
}

impl Recognizer<'_> {
    /// Runs the program on a picture, or on those that a list names. Returns its table of words.
    async fn table(&self, file: &str, language: &str, segmentation: &str) -> Result<String, ConvertError> {
        let arguments = [file, "stdout", "-l", language, "--psm", segmentation, "--dpi", &self.dpi, "tsv"];
        self.workplace.output_of("tesseract", &arguments, ONE_PAGE).await
    }

    /// Reads cells of tables. What is doubtful is read again in a smaller size, also in English, whose model knows digits better. Of its readings,
    /// only numbers count.
    async fn cells(&self, pictures: Vec<Gray>) -> Result<Vec<CellText>, ConvertError> {
        let mut read = self.pictures(&pictures, VIETNAMESE).await?;
        let is_doubtful = |(cell, picture): (&CellText, Gray)| cell.is_doubtful().then(|| picture.reduced());
        let reduced: Vec<Gray> = read.iter().zip(pictures).filter_map(is_doubtful).collect();
        let (again, english) = (self.pictures(&reduced, VIETNAMESE).await?, self.pictures(&reduced, ENGLISH).await?);
        let doubtful = read.iter_mut().filter(|cell| cell.is_doubtful());
        for (cell, (again, english)) in doubtful.zip(again.into_iter().zip(english)) {
            cell.improve(again);
            if english.is_number() {
                cell.improve(english);
            }
        }
        Ok(read)
    }

    /// Reads pictures of cells in one run.
    async fn pictures(&self, pictures: &[Gray], language: &str) -> Result<Vec<CellText>, ConvertError> {
        if pictures.is_empty() {
            return Ok(Vec::new());
        }
        let mut list = String::new();
        for (number, picture) in pictures.iter().enumerate() {
            let file = format!("cell{number}.pgm");
            self.workplace.write(&file, &picture.to_pgm())?;
            list.push_str(&file);
            list.push('\n');
        }
        self.workplace.write("cells.txt", list.as_bytes())?;
        Ok(ocr::read_cells(&self.table("cells.txt", language, "6").await?, pictures.len()))
    }
}
