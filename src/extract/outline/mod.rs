//! A page as one flat outline: its elements with what their names say, its lines of text with their form, its images; made in one walk.
//!
//! Everything after the parse works on this outline and not on the tree: the reader of bodies scores lines, the readers of titles and dates
//! look at elements, the parts of an article are told apart line by line, and the HTML of the record is written from lines and marks.

mod context;
mod hidden;
mod line;
mod line_builder;
pub(super) mod picture;
mod table;
mod tag;
pub(super) mod vocabulary;
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

/// Lines of one page at most; a longer one is cut, with a warning.
pub(super) const MAX_LINES: usize = 20_000;

/// Bytes of the text of one page at most, likewise: "War and Peace" has three million.
pub(super) const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Bytes of one line at most; what is longer goes on in another.
const MAX_LINE: usize = 64 * 1024;

/// Cells of a row of data at most.
const MAX_CELLS: usize = 1000;

/// Bytes of `<title>`, and of all JSON-LD, that are read at most.
const MAX_TITLE: usize = 2048;
const MAX_JSON_LD: usize = 1024 * 1024;

/// `<meta>` and `<link>` elements that are read at most.
const MAX_HEAD: usize = 2000;

/// A page.
#[derive(Debug, Default)]
pub(super) struct Outline<'a> {
    /// In document order; formatting without a name (`<b>`, bare `<span>`) is left out.
    pub(super) elements: Vec<Element<'a>>,
    /// In reading order.
    pub(super) lines: Vec<Line<'a>>,
    /// In reading order; lines of the kind [`Kind::Image`] point here.
    pub(super) pictures: Vec<Picture<'a>>,
    /// `<meta>`, `<link>`, `<base>`, in order.
    pub(super) head: Vec<ElementRef<'a>>,
    /// The text of `<title>`.
    pub(super) page_title: String,
    /// The texts of JSON-LD scripts.
    pub(super) json_ld: Vec<String>,
    /// The head of the page's text as it came, not cleaned.
    pub(super) sample: String,
    /// Whether lines were left out.
    pub(super) truncated: bool,
}

/// An element of the page.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) node: ElementRef<'a>,
    pub(super) tag: Tag,
    /// What class, id, `itemprop`, `role` and the like say.
    pub(super) words: Words,
    /// The same, and what those of all elements above it say.
    pub(super) above: Words,
    /// Index of the nearest recorded ancestor; the root's is its own.
    pub(super) parent: usize,
    /// One past the last element below it.
    pub(super) end: usize,
    /// The lines below it. Those of an inline element include the line it stands in.
    pub(super) lines: Range<usize>,
}

/// An image as the page has it: an `<img>`, or a `<noscript>` that alone shows one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture<'a> {
    pub(super) node: ElementRef<'a>,
}

/// Reads a page; `scope` says what to leave out and what is a caption by rule.
pub(super) fn read<'a>(root: ElementRef<'a>, scope: &Scope) -> Outline<'a> {
    walk::read(root, scope)
}

impl Element<'_> {
    /// Whether all from one line to another stands below it.
    pub(super) fn holds(&self, first: usize, last: usize) -> bool {
        self.lines.contains(&first) && self.lines.contains(&last)
    }
}

impl Outline<'_> {
    /// The index of an element of the tree.
    pub(super) fn index_of(&self, node: NodeId) -> Option<usize> {
        self.elements.iter().position(|element| element.node.id() == node)
    }

    /// The element and all above it, nearest first.
    pub(super) fn path(&self, element: usize) -> impl Iterator<Item = usize> + '_ {
        let parent = |at: &usize| {
            work::step(1);
            self.elements.get(*at).map(|element| element.parent).filter(|parent| parent != at)
        };
        std::iter::successors(Some(element), parent)
    }

    /// A value for each element, made of its parent's: what a walk up from each line would find, in one pass. `root` is above all.
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

    /// Whether one element is the other or stands below it.
    pub(super) fn is_within(&self, element: usize, above: usize) -> bool {
        self.elements.get(above).is_some_and(|outer| (above..outer.end).contains(&element))
    }

    /// One past the last line of the smallest element that holds all from one line to another.
    pub(super) fn end_around(&self, first: usize, last: usize) -> usize {
        let element = self.lines.get(first).map_or(0, |line| line.element);
        let mut around = self.path(element).filter_map(|at| self.elements.get(at));
        around.find(|around| around.holds(first, last)).map_or(last + 1, |around| around.lines.end)
    }

    /// Whether a table stands between an element and the container above it.
    pub(super) fn is_in_table(&self, element: usize, container: usize) -> bool {
        let inside = self.path(element).take_while(|at| *at != container);
        inside.filter_map(|at| self.elements.get(at)).any(|element| element.tag == Tag::Table)
    }
}
