//! A page as one flat outline, made in one walk: its elements with the meaning of their names, its lines of text with their form, its images.
//!
//! Everything after the parse works on this outline, not on the tree. The body reader scores lines, the title and date readers look at
//! elements, `parts` separates the parts of an article line by line, and the record's HTML is written from lines and runs.

mod anchor;
mod context;
mod hidden;
mod line;
mod line_builder;
pub(super) mod picture;
mod table;
mod tag;
pub(super) mod vocabulary;
#[cfg(test)]
mod vocabulary_tests;
mod walk;

use std::ops::Range;

use ego_tree::NodeId;
use scraper::ElementRef;

pub(super) use crate::extract::outline::line::AddressBudget;
pub(super) use crate::extract::outline::line::Form;
pub(super) use crate::extract::outline::line::Kind;
pub(super) use crate::extract::outline::line::Line;
pub(super) use crate::extract::outline::tag::Tag;
use crate::extract::outline::vocabulary::Words;
pub(super) use crate::extract::outline::walk::Scope;
use crate::text::work;

/// Maximum number of lines of a page. A longer page is cut, with a warning.
pub(super) const MAX_LINES: usize = 20_000;

/// Maximum number of bytes of a page's text. Longer text is cut too. "War and Peace" has three million.
pub(super) const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Maximum number of bytes of a line. The rest continues in another line.
const MAX_LINE: usize = 64 * 1024;

/// Maximum number of cells in a row of data.
const MAX_CELLS: usize = 1000;

/// Maximum number of bytes that are read of `<title>`, and of all JSON-LD.
const MAX_TITLE: usize = 2048;
const MAX_JSON_LD: usize = 1024 * 1024;

/// Maximum number of `<meta>` and `<link>` elements that are read.
const MAX_HEAD: usize = 2000;

#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    /// In document order. Formatting without a name (`<b>`, bare `<span>`) is left out.
    pub(super) elements: Vec<Element<'a>>,
    /// In reading order.
    pub(super) lines: Vec<Line<'a>>,
    /// In reading order. Lines of the kind [`Kind::Image`] point here.
    pub(super) pictures: Vec<Picture<'a>>,
    /// `<meta>`, `<link>` and `<base>`, in document order.
    pub(super) head: Vec<ElementRef<'a>>,
    /// The text of `<title>`.
    pub(super) page_title: String,
    /// The texts of JSON-LD scripts.
    pub(super) json_ld: Vec<String>,
    /// The beginning of the page's text, not cleaned.
    pub(super) sample: String,
    /// Whether lines were left out.
    pub(super) truncated: bool,
}

/// An element of the page.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) node: ElementRef<'a>,
    pub(super) tag: Tag,
    /// The meaning of class, id, `itemprop`, `role` and the like.
    pub(super) words: Words,
    /// The same, together with that of all ancestors.
    pub(super) above: Words,
    /// Index of the nearest recorded ancestor. The root is its own parent.
    pub(super) parent: usize,
    /// One past its last descendant.
    pub(super) end: usize,
    /// The lines inside it. An inline element includes the line around it.
    pub(super) lines: Range<usize>,
}

/// An image of the page: an `<img>`, or a `<noscript>` with the only version of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture<'a> {
    pub(super) node: ElementRef<'a>,
}

/// Reads a page. `scope` says what to leave out and which elements are captions by rule.
pub(super) fn read<'a>(root: ElementRef<'a>, scope: &Scope) -> Outline<'a> {
    walk::read(root, scope)
}

impl Element<'_> {
    /// Whether it contains all lines from `first` to `last`.
    pub(super) fn holds(&self, first: usize, last: usize) -> bool {
        self.lines.contains(&first) && self.lines.contains(&last)
    }
}

impl Outline<'_> {
    /// Returns the index of an element of the tree.
    pub(super) fn index_of(&self, node: NodeId) -> Option<usize> {
        self.elements.iter().position(|element| element.node.id() == node)
    }

    /// Returns the element and its ancestors, nearest first.
    pub(super) fn path(&self, element: usize) -> impl Iterator<Item = usize> + '_ {
        let parent = |at: &usize| {
            work::step(1);
            self.elements.get(*at).map(|element| element.parent).filter(|parent| parent != at)
        };
        std::iter::successors(Some(element), parent)
    }

    /// Computes a value for each element from its parent's in one pass, instead of a walk up from each line. `root` is the value above the
    /// root.
    pub(super) fn inherited<T: Copy>(&self, root: T, own: impl Fn(T, &Element<'_>) -> T) -> Vec<T> {
        let mut values: Vec<T> = Vec::with_capacity(self.elements.len());
        for (at, element) in self.elements.iter().enumerate() {
            let above = if element.parent == at { None } else { values.get(element.parent) };
            values.push(own(above.copied().unwrap_or(root), element));
        }
        work::step(self.elements.len());
        values
    }

    /// Whether a line is a heading, by its tag or by the name of its place.
    pub(super) fn is_heading(&self, line: &Line<'_>) -> bool {
        let named = self.elements.get(line.element).is_some_and(|element| element.words.any(Words::TITLE));
        named || matches!(line.kind, Kind::Heading(_))
    }

    /// Returns the lines of an element. An inline element at the end of a page may claim a line that was never written.
    pub(super) fn lines_of(&self, element: &Element<'_>) -> Range<usize> {
        element.lines.start..element.lines.end.min(self.lines.len())
    }

    /// Whether one element is the other or inside it.
    pub(super) fn is_within(&self, element: usize, above: usize) -> bool {
        self.elements.get(above).is_some_and(|outer| (above..outer.end).contains(&element))
    }

    /// Returns, for each line, whether it is among some lines.
    pub(super) fn are_among(&self, lines: &[usize]) -> Vec<bool> {
        let mut are_among = vec![false; self.lines.len()];
        for at in lines {
            if let Some(slot) = are_among.get_mut(*at) {
                *slot = true;
            }
        }
        are_among
    }

    /// Returns one past the last line of the smallest element that contains all lines from `first` to `last`.
    pub(super) fn end_around(&self, first: usize, last: usize) -> usize {
        let element = self.lines.get(first).map_or(0, |line| line.element);
        let mut around = self.path(element).filter_map(|at| self.elements.get(at));
        around.find(|around| around.holds(first, last)).map_or(last + 1, |around| around.lines.end)
    }

    /// Whether there is a table between an element and its container.
    pub(super) fn is_in_table(&self, element: usize, container: usize) -> bool {
        let inside = self.path(element).take_while(|at| *at != container);
        inside.filter_map(|at| self.elements.get(at)).any(|element| element.tag == Tag::Table)
    }
}
