//! Distinguishes data tables from layout tables.

use scraper::ElementRef;
use scraper::Node;

use crate::text::work;

pub(super) fn rows_of(table: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    table.descendent_elements().filter(|element| element.value().name() == "tr")
}

pub(super) fn cells_of(row: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    row.child_elements().filter(|element| matches!(element.value().name(), "td" | "th"))
}

/// Maximum number of characters of a data cell.
const MAX_CELL: usize = 300;

/// Whether a table holds data: rows of several short cells and nothing else. All others are layout tables.
pub(super) fn is_data(table: ElementRef<'_>) -> bool {
    let (mut rows, mut wide, mut cells, mut length) = (0, 0, 0, 0);
    // The walk ends at a nested table. So nested tables are visited once, not once for each table around them.
    for node in table.descendants().skip(1) {
        work::step(1);
        match node.value() {
            Node::Text(text) => {
                length += text.trim().len();
                if cells > 0 && length > MAX_CELL * 2 {
                    return false;
                }
            }
            Node::Element(element) => match element.name() {
                "table" | "img" | "iframe" | "form" | "article" | "h1" | "figure" | "ul" | "ol" => return false,
                "tr" => (rows, cells) = (rows + 1, 0),
                "td" | "th" => {
                    (cells, length) = (cells + 1, 0);
                    wide += usize::from(cells == 2);
                }
                _ => {}
            },
            _ => {}
        }
    }
    rows >= 2 && wide * 2 >= rows
}
