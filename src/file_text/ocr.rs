//! What `tesseract` prints: words with their places and confidence (TSV), and the orientation of a page.

use crate::file_text::PageText;
use crate::file_text::clean_page;
use crate::file_text::raster::Grid;

/// The level of words in the first column of the table.
const WORD: &str = "5";

/// A recognized word.
#[derive(Debug, Clone, PartialEq)]
struct Word<'a> {
    text: &'a str,
    confidence: f64,
    /// Block, paragraph and line.
    line: (u32, u32, u32),
    /// The middle of its box.
    x: usize,
    y: usize,
}

/// Reads the table of words. Words within a table of the page are put in the order of its cells, which the program does not know.
pub fn read_words(tsv: &str, grids: &[Grid]) -> PageText {
    let words: Vec<Word<'_>> = tsv.lines().filter_map(word).collect();
    let mut letters = 0.0;
    let mut sum = 0.0;
    for word in &words {
        let count = word.text.chars().count() as f64;
        letters += count;
        sum += count * word.confidence;
    }
    let confidence = if letters > 0.0 { (sum / letters * 10.0).round() / 10.0 } else { 0.0 };
    PageText { text: clean_page(&joined(&words, grids)), confidence: Some(confidence) }
}

fn joined(words: &[Word<'_>], grids: &[Grid]) -> String {
    let mut out = String::new();
    let mut left: Vec<&Grid> = grids.iter().collect();
    let mut last: Option<(u32, u32, u32)> = None;
    for word in words.iter().filter(|word| grids.iter().all(|grid| cell_of(grid, word).is_none())) {
        // A table stands before the first word below its top. The program may have read it before its heading.
        left.retain(|grid| {
            let is_above = grid.rows.first().is_some_and(|top| *top < word.y);
            if is_above {
                push_table(&mut out, words, grid);
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
    for grid in left {
        push_table(&mut out, words, grid);
    }
    out
}

fn push_table(out: &mut String, words: &[Word<'_>], grid: &Grid) {
    out.push_str("\n\n");
    out.push_str(&table(words, grid));
    out.push_str("\n\n");
}

/// The rows of a table, their cells separated by tabs.
fn table(words: &[Word<'_>], grid: &Grid) -> String {
    let mut cells: Vec<((usize, usize), &str)> =
        words.iter().filter_map(|word| Some((cell_of(grid, word)?, word.text))).collect();
    // The sort is stable: words of a cell stay in their order.
    cells.sort_by_key(|(cell, _)| *cell);
    let mut out = String::new();
    let mut last: Option<(usize, usize)> = None;
    for (cell, text) in cells {
        match last {
            None => {}
            Some(last) if last == cell => out.push(' '),
            Some((row, _)) if row == cell.0 => out.push('\t'),
            Some(_) => out.push('\n'),
        }
        out.push_str(text);
        last = Some(cell);
    }
    out
}

/// Row and column of a word within a table.
fn cell_of(grid: &Grid, word: &Word<'_>) -> Option<(usize, usize)> {
    let within = |places: &[usize], at: usize| {
        let before = places.iter().take_while(|place| **place <= at).count();
        (before > 0 && before < places.len()).then_some(before)
    };
    within(&grid.rows, word.y).zip(within(&grid.columns, word.x))
}

/// Reads a row: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
fn word(row: &str) -> Option<Word<'_>> {
    let columns: Vec<&str> = row.split('\t').collect();
    let [WORD, _, block, paragraph, line, _, left, top, width, height, confidence, text] = columns.as_slice() else {
        return None;
    };
    if text.trim().is_empty() {
        return None;
    }
    let number = |text: &str| text.parse::<usize>().ok();
    Some(Word {
        text: text.trim(),
        confidence: confidence.parse().unwrap_or_default(),
        line: (block.parse().ok()?, paragraph.parse().ok()?, line.parse().ok()?),
        x: number(left)? + number(width)? / 2,
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
        let page = read_words(&tsv.concat(), &[]);
        assert_eq!((page.text.as_str(), page.confidence), ("Số: 12\nHà", Some(90.0)));
        assert_eq!(read_words("", &[]), PageText { text: String::new(), confidence: Some(0.0) });
    }

    #[test]
    fn a_table_is_read_by_its_rows() {
        let grid = Grid { rows: vec![90, 150, 210], columns: vec![0, 100, 200] };
        let tsv = [
            row(1, 10, 10, 90.0, "Bảng"),
            // As the program reads it: column by column.
            row(2, 10, 100, 90.0, "Nội"),
            row(3, 10, 120, 90.0, "dung"),
            row(4, 10, 160, 90.0, "Y"),
            row(5, 110, 100, 90.0, "2025"),
            row(6, 110, 160, 90.0, "7"),
            row(7, 10, 300, 90.0, "Hết"),
        ];
        let page = read_words(&tsv.concat(), &[grid]);
        assert_eq!(page.text, "Bảng\n\nNội dung\t2025\nY\t7\n\nHết");
    }

    #[test]
    fn the_orientation_is_read() {
        let output = "Page number: 0\nOrientation in degrees: 270\nRotate: 90\nOrientation confidence: 27.35\n";
        assert_eq!((quarters(output), quarters("Rotate: 0\n"), quarters("Too few characters")), (1, 0, 0));
    }
}
