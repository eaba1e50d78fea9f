//! Tables with rules in the picture of a page. Their cells are cut out, to be recognized one by one: without its rules, recognition takes a column of
//! short numbers for a picture, and with them, it takes the rules for letters.

use crate::file_text::raster::Area;
use crate::file_text::raster::Gray;
use crate::file_text::raster::dark_below;

/// A table of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Where it is.
    pub area: Area,
    /// Its cells by rows.
    pub cells: Vec<Cell>,
}

/// A cell of a table. Cells that no rule separates are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The row in which it begins.
    pub row: usize,
    /// The column in which it begins.
    pub column: usize,
    /// What is between its rules.
    pub area: Area,
}

/// Maximum number of cells of all tables of a page. A table that would bring more is a pattern, and is read with the rest of the page.
const MOST_CELLS: usize = 1000;

/// A straight run of dark pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    at: usize,
    start: usize,
    end: usize,
}

/// Light pixels that do not interrupt a rule.
const GAP: usize = 2;

/// Pixels around a rule that are taken out with it, because its edges are blurred.
const EDGE: usize = 3;

/// Rules that are closer than this are one.
const SAME_RULE: usize = 16;

impl Gray {
    /// Takes out long straight lines, and finds the tables that they make. `dpi` is the picture's resolution: what is longer than a third of an inch
    /// is no stroke of a letter.
    pub fn without_rules(&self, dpi: usize) -> (Gray, Vec<Table>) {
        let (paper, least) = (self.paper(), (dpi / 3).max(8));
        let threshold = dark_below(paper);
        let level = self.rules(threshold, least);
        let upright = self.transposed().rules(threshold, least);
        let mut cleaned = self.clone();
        for Rule { at, start, end } in &level {
            let (top, bottom) = (at.saturating_sub(EDGE), at + EDGE + 1);
            cleaned.fill(Area { left: *start, top, right: *end, bottom }, paper);
        }
        for Rule { at, start, end } in &upright {
            let (left, right) = (at.saturating_sub(EDGE), at + EDGE + 1);
            cleaned.fill(Area { left, top: *start, right, bottom: *end }, paper);
        }
        (cleaned, tables(&level, &upright))
    }

    /// The picture without its tables. `paper` is its [`Gray::paper`].
    #[must_use]
    pub fn without_tables(mut self, tables: &[Table], paper: u8) -> Gray {
        for table in tables {
            self.fill(table.area, paper);
        }
        self
    }

    /// The level rules.
    fn rules(&self, threshold: u8, least: usize) -> Vec<Rule> {
        let mut found = Vec::new();
        for (at, row) in self.pixels.chunks(self.width).enumerate() {
            let (mut start, mut end) = (0, 0);
            for (x, pixel) in row.iter().enumerate() {
                if *pixel >= threshold {
                    continue;
                }
                if x > end + GAP {
                    if end - start >= least {
                        found.push(Rule { at, start, end });
                    }
                    start = x;
                }
                end = x + 1;
            }
            if end - start >= least {
                found.push(Rule { at, start, end });
            }
        }
        found
    }
}

/// The tables that rules make: upright rules that begin and end at about the same height, and the level rules between them.
fn tables(level: &[Rule], upright: &[Rule]) -> Vec<Table> {
    // Rules beside each other in the picture that cover common heights belong to one table.
    let mut bands: Vec<(usize, usize, Vec<usize>)> = Vec::new();
    let mut by_start: Vec<&Rule> = upright.iter().collect();
    by_start.sort_by_key(|rule| rule.start);
    for rule in by_start {
        match bands.last_mut().filter(|(_, end, _)| rule.start < *end + SAME_RULE) {
            Some((_, end, columns)) => {
                *end = rule.end.max(*end);
                columns.push(rule.at);
            }
            None => bands.push((rule.start, rule.end, vec![rule.at])),
        }
    }
    let mut left_over = MOST_CELLS;
    let of_band = |(top, bottom, columns): (usize, usize, Vec<usize>)| {
        let columns = merged(columns);
        let (left, right) = (*columns.first()?, *columns.last()?);
        let crosses = |rule: &&Rule| {
            rule.at + SAME_RULE > top && rule.at < bottom + SAME_RULE && rule.start < right && rule.end > left
        };
        let rows = merged(level.iter().filter(crosses).map(|rule| rule.at).collect());
        let is_table = columns.len() > 2 && rows.len() > 2 && columns.len() * rows.len() <= left_over;
        let area = Area { left, top: *rows.first()?, right, bottom: *rows.last()? };
        is_table.then(|| {
            let cells = cells(&rows, &columns, level, upright);
            left_over -= cells.len();
            Table { area, cells }
        })
    };
    bands.into_iter().filter_map(of_band).collect()
}

/// The cells between rules. Each begins with one field, and grows to the right and downwards as long as no rule separates it from the next.
fn cells(rows: &[usize], columns: &[usize], level: &[Rule], upright: &[Rule]) -> Vec<Cell> {
    let (heights, widths): (Vec<_>, Vec<_>) = (spans(rows), spans(columns));
    let mut taken = vec![false; heights.len() * widths.len()];
    let mut found = Vec::new();
    for (row, &(top, end)) in heights.iter().enumerate() {
        for (column, &(left, mut right)) in widths.iter().enumerate() {
            let place = row * widths.len() + column;
            if taken.get(place).copied() != Some(false) {
                continue;
            }
            let mut wide = 1;
            while let Some((_, further)) = widths.get(column + wide)
                && taken.get(place + wide) == Some(&false)
                && !is_ruled(upright, right, (top, end))
            {
                (right, wide) = (*further, wide + 1);
            }
            let (mut bottom, mut high) = (end, 1);
            while let Some((_, further)) = heights.get(row + high)
                && !is_ruled(level, bottom, (left, right))
            {
                (bottom, high) = (*further, high + 1);
            }
            for down in 0..high {
                let begin = place + down * widths.len();
                taken.iter_mut().skip(begin).take(wide).for_each(|taken| *taken = true);
            }
            let inner = |from: usize, to: usize| (from + EDGE + 1, to.saturating_sub(EDGE));
            let ((left, right), (top, bottom)) = (inner(left, right), inner(top, bottom));
            found.push(Cell { row, column, area: Area { left, top, right, bottom } });
        }
    }
    found
}

/// Pairs of neighbors.
fn spans(places: &[usize]) -> Vec<(usize, usize)> {
    places.iter().copied().zip(places.iter().skip(1).copied()).collect()
}

/// Whether a rule runs at a place along most of a span.
fn is_ruled(rules: &[Rule], at: usize, (start, end): (usize, usize)) -> bool {
    let own = || rules.iter().filter(|rule| rule.at.abs_diff(at) <= SAME_RULE);
    let points = (1..6).map(|sixth| start + (end - start) * sixth / 6);
    points.filter(|point| own().any(|rule| (rule.start..rule.end).contains(point))).count() > 2
}

/// Places in ascending order, of which those that are close are one.
fn merged(mut places: Vec<usize>) -> Vec<usize> {
    places.sort_unstable();
    let mut kept: Vec<usize> = Vec::new();
    for place in places {
        if kept.last().is_none_or(|last| place > last + SAME_RULE) {
            kept.push(place);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with level and upright rules: place, start and end of each.
    fn ruled(level: &[(usize, usize, usize)], upright: &[(usize, usize, usize)]) -> Gray {
        let (width, height) = (400, 300);
        let mut page = Gray { width, height, pixels: vec![245; width * height] };
        for &(at, left, right) in level {
            page.fill(Area { left, top: at, right, bottom: at + 3 }, 20);
        }
        for &(at, top, bottom) in upright {
            page.fill(Area { left: at, top, right: at + 3, bottom }, 20);
        }
        page
    }

    fn places(table: &Table) -> Vec<(usize, usize)> {
        table.cells.iter().map(|cell| (cell.row, cell.column)).collect()
    }

    #[test]
    fn rules_are_taken_out_and_make_a_table() {
        let level = [50, 130, 210].map(|at| (at, 40, 343));
        let mut page = ruled(&level, &[40, 140, 340].map(|at| (at, 50, 213)));
        page.fill(Area { left: 80, top: 80, right: 95, bottom: 100 }, 20);
        let (cleaned, tables) = page.without_rules(150);
        assert_eq!(tables.len(), 1);
        assert_eq!(tables[0].area, Area { left: 40, top: 50, right: 340, bottom: 210 });
        assert_eq!(places(&tables[0]), [(0, 0), (0, 1), (1, 0), (1, 1)]);
        let dark = |page: &Gray| page.pixels.iter().filter(|pixel| **pixel < 100).count();
        assert_eq!(dark(&cleaned), 15 * 20, "only the letter is left");
        let inked: Vec<bool> = tables[0].cells.iter().map(|cell| cleaned.ink_of(cell.area, 245).is_some()).collect();
        assert_eq!(inked, [true, false, false, false]);
        assert_eq!(dark(&cleaned.without_tables(&tables, 245)), 0);
    }

    #[test]
    fn cells_that_no_rule_separates_are_one() {
        // The head of the second and third column is one cell, and the first column has one below it.
        let level = [(50, 40, 343), (130, 140, 343), (210, 40, 343)];
        let upright = [(40, 50, 213), (140, 50, 213), (240, 130, 213), (340, 50, 213)];
        let (_, tables) = ruled(&level, &upright).without_rules(150);
        assert_eq!(places(&tables[0]), [(0, 0), (0, 1), (1, 1), (1, 2)]);
        let [first, head, ..] = tables[0].cells.as_slice() else { panic!("{tables:?}") };
        assert!(first.area.bottom > 200 && head.area.right > 330 && head.area.bottom < 140, "{tables:?}");
    }
}
