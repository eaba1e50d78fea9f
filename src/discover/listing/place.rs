//! Judges the position of a group of links: in the main column or in a side box, and under which heading.

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

/// Maximum number of characters of a box's heading.
const HEADING_LENGTH: usize = 60;

/// Maximum number of elements around an item that are searched for its box's heading.
const HEADING_REACH: usize = 6;

/// Maximum number of preceding siblings, for each of those elements, that may be the heading.
const HEADING_SIBLINGS: usize = 60;

/// Maximum number of nodes of an element that may be a heading.
const HEADING_NODES: usize = 40;

/// Maximum number of an element's classes that are compared.
const MAX_CLASSES: usize = 32;

/// Share of another column's width below which a column is narrow.
const NARROW: f64 = 0.7;

/// Names in classes, IDs and roles of elements that are not lists of articles.
static ASIDE: LazyLock<Regex> = LazyLock::new(|| {
    let names = "menu|nav|foot|sidebar|side-bar|(?:^|[-_ ])side(?:$|[-_ ])|aside|breadcrumb|related|lienquan|lien-quan|tinkhac|tin-khac|\
                 (?:^|site-?|page-?|top-?|main-?)header|banner|widget|complementary|\
                 weblink|lienket|lien-ket|xemnhieu|xem-nhieu|docnhieu|doc-nhieu|popular|most|pag(?:er|ing|ination)|social|share|tags?$";
    Regex::new(&format!("(?i)(?:{names})")).expect("a constant pattern")
});

/// Headings (folded) of boxes with articles of other lists: most read, related, videos, links.
static ASIDE_HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:(?:doc|xem|quan tam|binh luan|tai) nhieu|duoc quan tam|nhieu nguoi doc|lien quan|most (?:read|popular|viewed|commented)|popular|trending|lien ket (?:web|trang)|^lien ket$|^videos?\b|^quang cao|^chu de nong|^tags?$|^links?$)",
    )
    .expect("a constant pattern")
});

/// Headings (folded) under which a list continues with items that have no teaser.
static ON_HEADING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:cac |nhung )?(?:tin|bai)(?: bai| viet| tuc)? (?:khac|cu hon|da dua|truoc do)|^(?:older|more|other) (?:news|posts|articles|stories)")
        .expect("a constant pattern")
});

/// A column's width in the classes of common grids (Bootstrap, Tailwind, 960, Foundation): `col-md-8`, `span4`, `col-span-8`.
static WIDTH: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:col-(?:(?:xs|sm|md|lg|xl|xxl|span)-)?|span-?|grid[-_]|(?:small|medium|large)-|(?:sm|md|lg|xl):col-span-|u-?md-|pure-u-\d+-|w-)(\d{1,2})$";
    Regex::new(pattern).expect("a constant pattern")
});

/// Returns the width that a class gives to a column, in the grid's own unit.
pub(super) fn column_width(class: &str) -> Option<u32> {
    WIDTH.captures(class)?.get(1)?.as_str().parse().ok()
}

/// Weights of the positions of groups. Menus, footers and side boxes have low weights. Only elements around the whole group count, because the parts
/// of an item may have any name. Each element is judged once, no matter how many groups it contains.
#[derive(Default)]
pub(super) struct Weights(HashMap<NodeId, f64>);

impl Weights {
    /// Returns the combined weight of the element around a group and its ancestors.
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

/// Whether an element is part of an article or of the main content. A `<header>` there belongs to an item, not to the page.
fn is_in_content(element: ElementRef<'_>) -> bool {
    let mut around = element.ancestors().filter_map(ElementRef::wrap);
    around.any(|element| matches!(element.value().name(), "main" | "article" | "section" | "li"))
}

/// How a group's position relates to that of the main list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// Inside the element around the main list.
    Within,
    /// In an element next to it with the same tag and classes: a similar block.
    Alike,
    /// Directly next to it, in the same parent.
    Beside,
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
    let is_beside = shared + 1 == own.len();
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
        _ if is_beside => Relation::Beside,
        _ => Relation::Apart,
    }
}

/// Returns the heading of the box that contains an item's block: the nearest short text before it that looks like a heading and contains no item.
pub(super) fn heading(block: ElementRef<'_>, holds_item: &dyn Fn(ElementRef<'_>) -> bool) -> Option<String> {
    let around = std::iter::once(block).chain(block.ancestors().filter_map(ElementRef::wrap));
    for element in around.take(HEADING_REACH) {
        if matches!(element.value().name(), "main" | "body" | "html") {
            return None;
        }
        let before = element.prev_siblings().filter_map(ElementRef::wrap).take(HEADING_SIBLINGS);
        let mut headings = before.filter(|element| !holds_item(*element)).filter_map(heading_text);
        if let Some(found) = headings.next() {
            return Some(found);
        }
    }
    None
}

/// Whether a heading is that of a side box.
pub(super) fn is_aside_heading(heading: &str) -> bool {
    ASIDE_HEADING.is_match(fold_ascii(heading).trim())
}

/// Whether a heading introduces further items of a list.
pub(super) fn is_on_heading(heading: &str) -> bool {
    ON_HEADING.is_match(fold_ascii(heading).trim())
}

/// Returns the text of an element that is a heading or contains little more than one.
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
    // The title bar of a box may also contain links to its parts.
    let inner = element.descendants().filter_map(ElementRef::wrap).find(|below| is_heading(*below));
    let text = heads.then(|| tree::line(inner.unwrap_or(element)))?;
    (!text.is_empty()).then_some(text)
}
