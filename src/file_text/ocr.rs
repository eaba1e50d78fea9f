//! What `tesseract` prints: words with their places and confidence (TSV), and the orientation of a page.

use crate::file_text::PageText;
use crate::file_text::clean_page;

/// The level of words in the first column of the table.
const WORD: &str = "5";

/// Confidence of a word below which a cell is read again in another way.
const DOUBTFUL: f64 = 90.0;

/// A recognized word.
#[derive(Debug, Clone, PartialEq)]
struct Word<'a> {
    text: &'a str,
    confidence: f64,
    /// The number of its picture, from 1.
    picture: usize,
    /// Block, paragraph and line.
    line: (u32, u32, u32),
    /// The middle of its box.
    y: usize,
}

/// What was recognized in a cell of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CellText {
    text: String,
    /// The confidence of its least certain word.
    least: f64,
    weight: Weight,
}

/// A recognized table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableText {
    /// Where it begins from the top of the page.
    pub top: usize,
    /// Its cells, each with its row.
    pub cells: Vec<(usize, CellText)>,
}

/// Letters, and the sum of their confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Weight {
    letters: f64,
    sum: f64,
}

impl Weight {
    fn add(&mut self, word: &Word<'_>) {
        let letters = word.text.chars().count() as f64;
        self.letters += letters;
        self.sum += letters * word.confidence;
    }
}

impl CellText {
    /// Whether nothing or something uncertain was recognized.
    pub fn is_doubtful(&self) -> bool {
        self.least < DOUBTFUL
    }

    /// Whether it is a number: it has a digit and no letter.
    pub fn is_number(&self) -> bool {
        self.text.contains(|c: char| c.is_ascii_digit()) && !self.text.contains(char::is_alphabetic)
    }

    /// Takes another reading of the same cell if it is more certain.
    pub fn improve(&mut self, other: CellText) {
        if other.least > self.least {
            *self = other;
        }
    }
}

/// Reads the words of so many pictures of cells.
pub fn read_cells(tsv: &str, count: usize) -> Vec<CellText> {
    let mut cells = vec![CellText::default(); count];
    for word in tsv.lines().filter_map(word) {
        let Some(cell) = word.picture.checked_sub(1).and_then(|number| cells.get_mut(number)) else { continue };
        if cell.text.is_empty() {
            cell.least = word.confidence;
        } else {
            cell.text.push(' ');
            cell.least = cell.least.min(word.confidence);
        }
        cell.text.push_str(word.text);
        cell.weight.add(&word);
    }
    cells
}

/// Reads the words of a page from which its tables were taken, and puts these into their places.
pub fn read_page(tsv: &str, tables: &[TableText]) -> PageText {
    let words: Vec<Word<'_>> = tsv.lines().filter_map(word).collect();
    let mut weight = Weight::default();
    for word in &words {
        weight.add(word);
    }
    for (_, cell) in tables.iter().flat_map(|table| &table.cells) {
        weight.letters += cell.weight.letters;
        weight.sum += cell.weight.sum;
    }
    let confidence = if weight.letters > 0.0 { (weight.sum / weight.letters * 10.0).round() / 10.0 } else { 0.0 };
    PageText { text: clean_page(&joined(&words, tables)), confidence: Some(confidence) }
}

fn joined(words: &[Word<'_>], tables: &[TableText]) -> String {
    let mut out = String::new();
    let mut left: Vec<&TableText> = tables.iter().collect();
    let mut last: Option<(u32, u32, u32)> = None;
    for word in words {
        // A table stands before the first word below its top. The program may have read it before its heading.
        left.retain(|table| {
            let is_above = table.top < word.y;
            if is_above {
                push_table(&mut out, table);
                last = None;
            }
            !is_above
        });
        match last {
            None => {}
            Some(last) if last == word.line => out.push(' '),
            Some((block, paragraph, _)) if (block, paragraph) == (word.line.0, word.line.1) => out.push('\n'),
            Some(_) => out.push_str("\n\n"),
        }
        out.push_str(word.text);
        last = Some(word.line);
    }
    for table in left {
        push_table(&mut out, table);
    }
    out
}

/// The rows of a table, their cells separated by tabs.
fn push_table(out: &mut String, table: &TableText) {
    out.push_str("\n\n");
    let mut last = None;
    for (row, cell) in table.cells.iter().filter(|(_, cell)| !cell.text.is_empty()) {
        if let Some(last) = last.replace(*row) {
            out.push(if last == *row { '\t' } else { '\n' });
        }
        out.push_str(&cell.text);
    }
    out.push_str("\n\n");
}

/// Reads a row: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
fn word(row: &str) -> Option<Word<'_>> {
    let columns: Vec<&str> = row.split('\t').collect();
    let [WORD, picture, block, paragraph, line, _, _, top, _, height, confidence, text] = columns.as_slice() else {
        return None;
    };
    if text.trim().is_empty() {
        return None;
    }
    let number = |text: &str| text.parse::<usize>().ok();
    Some(Word {
        text: text.trim(),
        confidence: confidence.parse().unwrap_or_default(),
        picture: number(picture)?,
        line: (block.parse().ok()?, paragraph.parse().ok()?, line.parse().ok()?),
        y: number(top)? + number(height)? / 2,
    })
}

/// Reads by how many quarters a page must be turned clockwise, from the output of `tesseract --psm 0`.
pub fn quarters(output: &str) -> u8 {
    let degrees = output.lines().find_map(|line| line.strip_prefix("Rotate:")?.trim().parse::<u16>().ok());
    match degrees {
        Some(90) => 1,
        Some(180) => 2,
        Some(270) => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: u32, left: usize, top: usize, confidence: f64, text: &str) -> String {
        format!("5\t1\t1\t1\t{line}\t1\t{left}\t{top}\t20\t10\t{confidence}\t{text}\n")
    }

    #[test]
    fn words_make_lines_and_a_mean() {
        let tsv = [
            "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
                .to_owned(),
            "1\t1\t0\t0\t0\t0\t0\t0\t800\t600\t-1\t\n".to_owned(),
            row(1, 0, 0, 90.0, "Số:"),
            row(1, 30, 0, 80.0, "12"),
            row(2, 0, 20, 100.0, "Hà"),
            row(2, 30, 20, 96.5, " "),
        ];
        let page = read_page(&tsv.concat(), &[]);
        assert_eq!((page.text.as_str(), page.confidence), ("Số: 12\nHà", Some(90.0)));
        assert_eq!(read_page("", &[]), PageText { text: String::new(), confidence: Some(0.0) });
    }

    #[test]
    fn cells_are_read_by_their_pictures_and_put_into_their_place() {
        let cell = |picture: u32, confidence: f64, text: &str| {
            row(1, 0, 0, confidence, text).replacen("5\t1", &format!("5\t{picture}"), 1)
        };
        let tsv = [
            cell(1, 96.0, "Nội"),
            cell(1, 94.0, "dung"),
            cell(2, 95.0, "2025"),
            cell(3, 97.0, "Y"),
            cell(4, 20.0, "⁄)"),
        ];
        let mut cells = read_cells(&tsv.concat(), 5);
        let doubtful: Vec<bool> = cells.iter().map(CellText::is_doubtful).collect();
        assert_eq!(doubtful, [false, false, false, true, true]);
        assert_eq!(cells.iter().map(CellText::is_number).collect::<Vec<_>>(), [false, true, false, false, false]);
        let again = read_cells(&cell(1, 96.0, "7,5%"), 1).remove(0);
        cells[3].improve(again);
        cells[2].improve(read_cells(&cell(1, 60.0, "V"), 1).remove(0));
        let cells = [0, 0, 1, 1, 1].into_iter().zip(cells).collect();
        let page = [row(1, 10, 10, 90.0, "Bảng"), row(2, 10, 300, 90.0, "Hết")].concat();
        let read = read_page(&page, &[TableText { top: 90, cells }]);
        assert_eq!(read.text, "Bảng\n\nNội dung\t2025\nY\t7,5%\n\nHết");
    }

    #[test]
    fn the_orientation_is_read() {
        let output = "Page number: 0\nOrientation in degrees: 270\nRotate: 90\nOrientation confidence: 27.35\n";
        assert_eq!((quarters(output), quarters("Rotate: 0\n"), quarters("Too few characters")), (1, 0, 0));
    }
}
