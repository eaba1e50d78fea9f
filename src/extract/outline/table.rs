//! Tables: which hold data, and which serve the layout.

use scraper::ElementRef;
use scraper::Node;

use crate::text::work;

pub(super) fn rows_of(table: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    table.descendent_elements().filter(|element| element.value().name() == "tr")
}

pub(super) fn cells_of(row: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    row.child_elements().filter(|element| matches!(element.value().name(), "td" | "th"))
}

/// Characters of a cell of data at most.
const MAX_CELL: usize = 300;

/// A table of data: rows of several short cells, nothing else in it. The others serve the layout.
pub(super) fn is_data(table: ElementRef<'_>) -> bool {
    let (mut rows, mut wide, mut cells, mut length) = (0, 0, 0, 0);
    // One walk, which a table within ends: so tables in tables are looked at once and not once for each around them.
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
