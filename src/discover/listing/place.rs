//! Where a group of links stands: in the main column or aside, and under which heading.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::LazyLock;

use ego_tree::NodeId;
use regex::Regex;
use scraper::ElementRef;

use crate::discover::listing::is_heading;
use crate::html::tree;
use crate::text::vietnamese::fold_ascii;
use crate::text::work;

/// Characters of a box's heading at most.
const HEADING_LENGTH: usize = 60;

/// Elements around an item that are looked through for its box's heading.
const HEADING_REACH: usize = 6;

/// Elements before an item, in each of those, that may be the heading.
const HEADING_SIBLINGS: usize = 60;

/// Nodes of an element that may be a heading's.
const HEADING_NODES: usize = 40;

/// Classes of an element that are compared at most.
const MAX_CLASSES: usize = 32;

/// A column is narrow where it has less than this share of another's width.
const NARROW: f64 = 0.7;

/// Names of what is no list of articles, in classes, ids and roles.
static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    let names = "menu|nav|foot|sidebar|side-bar|(?:^|[-_ ])side(?:$|[-_ ])|aside|breadcrumb|related|lienquan|lien-quan|tinkhac|tin-khac|\
                 (?:^|site-?|page-?|top-?|main-?)header|banner|widget|complementary|\
                 weblink|lienket|lien-ket|xemnhieu|xem-nhieu|docnhieu|doc-nhieu|popular|most|pag(?:er|ing|ination)|social|share|tags?$";
    Regex::new(&format!("(?i)(?:{names})")).expect("a constant pattern")
});

/// Headings, folded, of boxes that show articles of other lists: what is read most, what is like this, films, links.
static ASIDE_HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:(?:doc|xem|quan tam|binh luan|tai) nhieu|duoc quan tam|nhieu nguoi doc|lien quan|most (?:read|popular|viewed|commented)|popular|trending|lien ket (?:web|trang)|^lien ket$|^videos?\b|^quang cao|^chu de nong|^tags?$|^links?$)",
    )
    .expect("a constant pattern")
});

/// A column's width in the classes of common grids (Bootstrap, Tailwind, 960, Foundation): `col-md-8`, `span4`, `col-span-8`.
static WIDTH: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:col-(?:(?:xs|sm|md|lg|xl|xxl|span)-)?|span-?|grid[-_]|(?:small|medium|large)-|(?:sm|md|lg|xl):col-span-|u-?md-|pure-u-\d+-|w-)(\d{1,2})$";
    Regex::new(pattern).expect("a constant pattern")
});

/// The width that a class gives to a column, in the grid's own unit.
pub(super) fn column_width(class: &str) -> Option<u32> {
    WIDTH.captures(class)?.get(1)?.as_str().parse().ok()
}

/// What the places of groups say: little for what stands in menus, footers and boxes aside. Only elements around the whole group count: an
/// item's own parts may be called anything. Each element is looked at once, however many groups stand in it.
#[derive(Default)]
pub(super) struct Weights(HashMap<NodeId, f64>);

impl Weights {
    /// What the element around a group says, and all around it.
    pub(super) fn of(&mut self, container: ElementRef<'_>) -> f64 {
        let (mut weight, mut path) = (1.0, Vec::new());
        for element in std::iter::once(container).chain(container.ancestors().filter_map(ElementRef::wrap)) {
            work::step(1);
            if matches!(element.value().name(), "body" | "html") {
                break;
            }
            if let Some(known) = self.0.get(&element.id()) {
                weight = *known;
                break;
            }
            path.push(element);
        }
        for element in path.into_iter().rev() {
            weight *= own_weight(element);
            self.0.insert(element.id(), weight);
        }
        weight
    }
}

fn own_weight(element: ElementRef<'_>) -> f64 {
    let name = element.value().name();
    let names = [element.attr("class"), element.attr("id"), element.attr("role")];
    if name == "main" || element.attr("role") == Some("main") {
        1.5
    } else if matches!(name, "nav" | "footer" | "aside") || name == "header" && !is_in_content(element) {
        0.1
    } else if names.into_iter().flatten().any(|name| ASIDE.is_match(name)) {
        0.4
    } else {
        1.0
    }
}

/// Whether an element is a part of an article or of the main content: a `<header>` there heads an item, not the page.
fn is_in_content(element: ElementRef<'_>) -> bool {
    let mut around = element.ancestors().filter_map(ElementRef::wrap);
    around.any(|element| matches!(element.value().name(), "main" | "article" | "section" | "li"))
}

/// How a group's place relates to that of the main list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// Within the element around the main list.
    Within,
    /// In an element beside it that has the same tag and classes: a block like it.
    Alike,
    /// Elsewhere.
    Apart,
    /// In a narrower column.
    Narrow,
}

/// Relates the element around a group to the one around the main list.
pub(super) fn relation(main: ElementRef<'_>, other: ElementRef<'_>) -> Relation {
    let path = |element: ElementRef<'_>| -> Vec<NodeId> {
        let mut path: Vec<NodeId> = element.ancestors().map(|around| around.id()).collect();
        path.insert(0, element.id());
        path.reverse();
        path
    };
    let (own, others) = (path(main), path(other));
    let shared = own.iter().zip(&others).take_while(|(one, other)| one == other).count();
    if shared == own.len() {
        return Relation::Within;
    }
    let below = |element: ElementRef<'_>, path: &[NodeId]| -> Vec<(String, Vec<String>)> {
        let kept: HashSet<&NodeId> = path.iter().skip(shared).collect();
        let around = element.ancestors().filter_map(ElementRef::wrap);
        let mut parts: Vec<(String, Vec<String>)> = std::iter::once(element)
            .chain(around)
            .take_while(|around| kept.contains(&around.id()))
            .map(|around| {
                let mut classes: Vec<String> = around.value().classes().take(MAX_CLASSES).map(str::to_owned).collect();
                classes.sort_unstable();
                (around.value().name().to_owned(), classes)
            })
            .collect();
        parts.reverse();
        parts
    };
    let (own, others) = (below(main, &own), below(other, &others));
    let width = |parts: &[(String, Vec<String>)]| {
        parts.iter().find_map(|(_, classes)| classes.iter().rev().find_map(|class| column_width(class)))
    };
    if let (Some(own), Some(other)) = (width(&own), width(&others))
        && f64::from(other) < f64::from(own) * NARROW
    {
        return Relation::Narrow;
    }
    match (own.first(), others.first()) {
        (Some(own), Some(other)) if own == other && !own.1.is_empty() => Relation::Alike,
        _ => Relation::Apart,
    }
}

/// The heading of the box in which an item's block stands: the nearest short text before it that heads something and
/// holds no item. `items` are all elements around items.
pub(super) fn heading(block: ElementRef<'_>, items: &HashSet<NodeId>) -> Option<String> {
    let around = std::iter::once(block).chain(block.ancestors().filter_map(ElementRef::wrap));
    for element in around.take(HEADING_REACH) {
        if matches!(element.value().name(), "main" | "body" | "html") {
            return None;
        }
        let before = element.prev_siblings().filter_map(ElementRef::wrap).take(HEADING_SIBLINGS);
        let mut headings = before.filter(|element| !items.contains(&element.id())).filter_map(heading_text);
        if let Some(found) = headings.next() {
            return Some(found);
        }
    }
    None
}

/// Whether a heading is that of a box aside.
pub(super) fn is_aside_heading(heading: &str) -> bool {
    ASIDE_HEADING.is_match(fold_ascii(heading).trim())
}

/// The text of an element that is a heading, or holds one and little more.
fn heading_text(element: ElementRef<'_>) -> Option<String> {
    let mut length = 0;
    for (at, node) in element.descendants().enumerate() {
        length += node.value().as_text().map_or(0, |text| text.trim().chars().count());
        if at >= HEADING_NODES || length > HEADING_LENGTH {
            return None;
        }
    }
    let named = |element: ElementRef<'_>| {
        let class = element.attr("class").unwrap_or_default().to_ascii_lowercase();
        ["title", "heading", "head", "caption", "tieude", "tieu-de"].iter().any(|name| class.contains(name))
    };
    let heads = is_heading(element)
        || matches!(element.value().name(), "caption" | "legend" | "strong" | "b" | "header")
        || named(element)
        || element.descendants().filter_map(ElementRef::wrap).any(|below| is_heading(below) || named(below));
    let text = heads.then(|| tree::line(element))?;
    (!text.is_empty()).then_some(text)
}
