//! Groups the links of a page by the path of elements that leads to them. The rows of a list share such a path.

use std::collections::HashMap;

use ego_tree::NodeId;
use scraper::ElementRef;

use crate::discover::listing::block::Blocks;
use crate::discover::listing::place::column_width;
use crate::url::PageUrl;

/// Minimum number of sibling rows, including the row itself, before their classes are compared.
const ROWS: usize = 3;

/// Maximum number of children of an element that are compared.
const MAX_CHILDREN: usize = 2_000;

/// Class names for a row's position.
const ROW_WORDS: [&str; 6] = ["odd", "even", "first", "last", "active", "alt"];

/// How often each class occurs among the children of an element, how many children have each tag, and how many of these are rows.
#[derive(Default)]
struct Children<'a> {
    of_tag: HashMap<&'a str, usize>,
    rows: HashMap<&'a str, usize>,
    of_class: HashMap<(&'a str, &'a str), usize>,
}

/// A link that may belong to an item, and its URL.
pub(super) type Anchor<'a> = (ElementRef<'a>, PageUrl);

/// Groups links by the path of elements that leads to them.
pub(super) struct Ways<'a, 'b> {
    /// Blocks of the links that look like headlines.
    rows: &'b Blocks,
    children: HashMap<NodeId, Children<'a>>,
    /// The number of the path to an element. Equal paths have equal numbers.
    numbers: HashMap<NodeId, usize>,
    names: HashMap<(usize, String), usize>,
}

impl<'a, 'b> Ways<'a, 'b> {
    pub(super) fn new(rows: &'b Blocks) -> Ways<'a, 'b> {
        Ways { rows, children: HashMap::new(), numbers: HashMap::new(), names: HashMap::new() }
    }

    /// Returns the groups as indexes into `links`, in the page's order.
    pub(super) fn groups(mut self, links: &[Anchor<'a>]) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut by_way: HashMap<usize, usize> = HashMap::new();
        for (place, (link, _)) in links.iter().enumerate() {
            let at = *by_way.entry(self.way(*link)).or_insert(groups.len());
            match groups.get_mut(at) {
                Some(group) => group.push(place),
                None => groups.push(vec![place]),
            }
        }
        groups
    }

    /// Returns the number of the path from the body to an element.
    fn way(&mut self, element: ElementRef<'a>) -> usize {
        let mut unknown = Vec::new();
        let mut number = 0;
        for around in std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap)) {
            if around.value().name() == "body" {
                break;
            }
            if let Some(known) = self.numbers.get(&around.id()) {
                number = *known;
                break;
            }
            unknown.push(around);
        }
        for around in unknown.into_iter().rev() {
            let name = self.name(around);
            let next = self.names.len() + 1;
            number = *self.names.entry((number, name)).or_insert(next);
            self.numbers.insert(around.id(), number);
        }
        number
    }

    /// Returns an element's tag and classes. Digits are ignored, unless they are a column's width. Among rows, only those classes count that most
    /// rows have, because CMSs add a row's topics, tags and number as classes.
    fn name(&mut self, element: ElementRef<'a>) -> String {
        let tag = element.value().name();
        let mut classes: Vec<&str> = element.value().classes().filter(|class| !ROW_WORDS.contains(class)).collect();
        if let Some(parent) = element.parent().and_then(ElementRef::wrap).filter(|parent| self.rows.holds_many(*parent))
        {
            let children = self.children.entry(parent.id()).or_insert_with(|| children_of(parent, self.rows));
            let count = |of: &HashMap<&str, usize>| of.get(tag).copied().unwrap_or_default();
            let (all, rows) = (count(&children.of_tag), count(&children.rows));
            if all >= ROWS && rows * 2 > all {
                classes.retain(|class| children.of_class.get(&(tag, *class)).is_some_and(|count| count * 2 > all));
            }
        }
        classes.sort_unstable();
        let mut name = tag.to_owned();
        for class in classes {
            name.push('.');
            let is_width = column_width(class).is_some();
            name.extend(class.chars().filter(|c| is_width || !c.is_ascii_digit()));
        }
        name
    }
}

fn children_of<'a>(parent: ElementRef<'a>, rows: &Blocks) -> Children<'a> {
    let mut children = Children::default();
    for child in parent.children().filter_map(ElementRef::wrap).take(MAX_CHILDREN) {
        let tag = child.value().name();
        *children.of_tag.entry(tag).or_default() += 1;
        *children.rows.entry(tag).or_default() += usize::from(rows.is_row(child));
        for class in child.value().classes() {
            *children.of_class.entry((tag, class)).or_default() += 1;
        }
    }
    children
}
