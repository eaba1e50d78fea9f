//! Tables that fit a terminal: the least important columns are dropped first.

use crate::text::columns;

/// Spaces between two columns.
const GAP: usize = 2;

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub head: &'static str,
    /// The order in which columns are dropped: the highest first; 0 is always shown.
    pub rank: u8,
}

/// A row: a cell for each column, and a remark that may be long.
#[derive(Debug, Clone)]
pub struct Row {
    /// In column order.
    pub cells: Vec<String>,
    /// Empty for most rows.
    pub remark: String,
}

/// Draws a table. `width` is the terminal's, if there is one: remarks then go below their rows, and columns that do not fit are dropped, those with
/// only zeros first. Without it, each row is one line. Also returns the headings of the dropped columns.
pub fn draw(all: &[Column], rows: &[Row], width: Option<usize>) -> (String, Vec<&'static str>) {
    let Some(width) = width else {
        let every: Vec<usize> = (0..all.len()).collect();
        let line = |line: &str, remark: &str| format!("{line}  {remark}").trim_end().to_owned() + "\n";
        return (lines(all, rows, &every, line), Vec::new());
    };
    let kept = fitting(all, rows, width);
    let text = lines(all, rows, &kept, |line, remark| {
        let remark = if remark.is_empty() { String::new() } else { format!("  {remark}\n") };
        format!("{}\n{remark}", columns::cut(line.trim_end(), width))
    });
    let left_out = (0..all.len()).filter(|at| !kept.contains(at)).map(|at| head(all, at)).collect();
    (columns::fitted(&text, width), left_out)
}

/// The columns that fit into a width.
fn fitting(all: &[Column], rows: &[Row], width: usize) -> Vec<usize> {
    let mut kept: Vec<usize> = (0..all.len()).collect();
    let needs = |kept: &[usize]| kept.iter().map(|at| needed(all, rows, *at) + GAP).sum::<usize>();
    while needs(&kept) > width + GAP {
        let says_nothing = |at: usize| rows.iter().all(|row| matches!(cell(row, at), "" | "0" | "-"));
        let droppable = |at: &&usize| all.get(**at).is_some_and(|column| column.rank > 0);
        let least =
            kept.iter().filter(droppable).max_by_key(|at| (says_nothing(**at), all.get(**at).map(|one| one.rank)));
        let Some(least) = least.copied() else { break };
        kept.retain(|at| *at != least);
    }
    kept
}

fn lines(all: &[Column], rows: &[Row], kept: &[usize], line: impl Fn(&str, &str) -> String) -> String {
    let widths: Vec<usize> = kept.iter().map(|at| needed(all, rows, *at)).collect();
    let drawn = |cells: &dyn Fn(usize) -> String| -> String {
        let padded = kept.iter().zip(&widths).map(|(at, width)| columns::padded(&cells(*at), *width));
        padded.collect::<Vec<_>>().join(&" ".repeat(GAP))
    };
    let top = line(&drawn(&|at| head(all, at).to_owned()), "");
    let below = rows.iter().map(|row| line(&drawn(&|at| cell(row, at).to_owned()), &row.remark));
    std::iter::once(top).chain(below).collect()
}

/// The width in columns that a column needs.
fn needed(all: &[Column], rows: &[Row], at: usize) -> usize {
    let cells = rows.iter().map(|row| columns::width(cell(row, at))).max();
    cells.unwrap_or_default().max(columns::width(head(all, at)))
}

fn head(all: &[Column], at: usize) -> &'static str {
    all.get(at).map_or("", |column| column.head)
}

fn cell(row: &Row, at: usize) -> &str {
    row.cells.get(at).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        Column { head: "name", rank: 0 },
        Column { head: "new", rank: 1 },
        Column { head: "failed", rank: 3 },
        Column { head: "reprints", rank: 2 },
    ];

    fn rows() -> Vec<Row> {
        let row =
            |cells: [&str; 4], remark: &str| Row { cells: cells.map(str::to_owned).into(), remark: remark.to_owned() };
        vec![
            row(["Bắc Ninh", "12", "3", "0"], ""),
            row(["Phu\u{301} Thọ", "4", "0", "0"], "a.example: HTTP status 500"),
        ]
    }

    #[test]
    fn without_a_terminal_a_row_is_a_line() {
        let expected = "name      new  failed  reprints\nBắc Ninh  12   3       0\n\
                        Phu\u{301} Thọ   4    0       0         a.example: HTTP status 500\n";
        assert_eq!(draw(&COLUMNS, &rows(), None), (expected.to_owned(), Vec::new()));
    }

    #[test]
    fn what_says_nothing_goes_first_then_what_matters_least() {
        let expected =
            "name      new  failed\nBắc Ninh  12   3\nPhu\u{301} Thọ   4    0\n  a.example: HTTP status\n    500\n";
        assert_eq!(draw(&COLUMNS, &rows(), Some(24)), (expected.to_owned(), vec!["reprints"]));
        let (shown, left_out) = draw(&COLUMNS, &rows(), Some(14));
        assert!(shown.starts_with("name      new\nBắc Ninh  12\n"), "{shown}");
        assert_eq!(left_out, ["failed", "reprints"]);
        for width in 6..40 {
            let (shown, _) = draw(&COLUMNS, &rows(), Some(width));
            assert!(shown.lines().all(|line| columns::width(line) <= width), "{width}: {shown}");
        }
    }
}
