//! Finds the elements that belong to one item of a list, and the date in them.

use std::collections::HashMap;
use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::ElementRef;

use crate::discover::listing::short;
use crate::html::tree;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::url::PageUrl;

/// Number of ancestors that form the block of a lone link.
pub(super) const LONE_REACH: usize = 2;

/// Maximum number of characters of a text that is a date and not a sentence.
const DATE_LENGTH: usize = 48;

/// Maximum number of letters besides a date: "Chủ nhật, ", "Ngày đăng: ", "Cập nhật lúc: ".
const DATE_LETTERS: usize = 24;

/// Maximum number of elements of an item that are searched for a date.
const MAX_ITEM_ELEMENTS: usize = 300;

/// Maximum number of nodes of an element that holds only a date.
const DATE_NODES: usize = 24;

/// The blocks of a page's items.
pub(super) struct Blocks {
    /// Ancestors of links.
    around: HashSet<NodeId>,
    /// Ancestors of links to more than one URL.
    shared: HashSet<NodeId>,
}

impl Blocks {
    /// Builds the blocks for links and their URLs.
    pub(super) fn new<'a>(links: impl Iterator<Item = (ElementRef<'a>, &'a PageUrl)>) -> Blocks {
        let mut first: HashMap<NodeId, &PageUrl> = HashMap::new();
        let mut shared = HashSet::new();
        for (link, url) in links {
            for ancestor in link.ancestors() {
                let other = *first.entry(ancestor.id()).or_insert(url) != url;
                if other && !shared.insert(ancestor.id()) {
                    // All further ancestors were marked together with this one.
                    break;
                }
            }
        }
        Blocks { around: first.into_keys().collect(), shared }
    }

    /// Whether an element contains links to exactly one URL.
    pub(super) fn is_row(&self, element: ElementRef<'_>) -> bool {
        self.holds_any(element) && !self.holds_many(element)
    }

    /// Whether an element contains links.
    pub(super) fn holds_any(&self, element: ElementRef<'_>) -> bool {
        self.around.contains(&element.id())
    }

    /// Whether an element contains links to more than one URL.
    pub(super) fn holds_many(&self, element: ElementRef<'_>) -> bool {
        self.shared.contains(&element.id())
    }

    /// Returns the smallest element around all the links, or a lone link's parent.
    pub(super) fn container<'a>(&self, link: ElementRef<'a>) -> Option<ElementRef<'a>> {
        let mut around = link.ancestors().filter_map(ElementRef::wrap);
        if self.shared.is_empty() {
            return around.next();
        }
        around.find(|element| self.shared.contains(&element.id()))
    }

    /// Returns the largest element around a link that contains no other item. For a lone link, this is its nearest block.
    pub(super) fn around<'a>(&self, link: ElementRef<'a>) -> ElementRef<'a> {
        let around = link.ancestors().filter_map(ElementRef::wrap);
        let own = around.take_while(|element| {
            !self.shared.contains(&element.id()) && !matches!(element.value().name(), "body" | "html")
        });
        let reach = if self.shared.is_empty() { LONE_REACH } else { usize::MAX };
        own.take(reach).last().unwrap_or(link)
    }
}

/// Returns the date of an item: of a `<time>`, or else of the first short text that is a date. The link itself is searched before the block around
/// it.
pub(super) fn date_near(
    block: ElementRef<'_>,
    link: ElementRef<'_>,
    order: DateOrder,
) -> (Option<String>, Option<Dated>) {
    for scope in [link, block] {
        let below = || scope.descendants().take(MAX_ITEM_ELEMENTS);
        let times = below().filter_map(ElementRef::wrap).filter(|element| element.value().name() == "time");
        for time in times {
            let text = short(time);
            let printed =
                time.attr("datetime").into_iter().chain([text.as_str()]).find_map(|raw| date::read(raw, order));
            if printed.is_some() {
                return (Some(text), printed);
            }
        }
        let elements =
            below().filter_map(ElementRef::wrap).filter(|element| element.id() != link.id() && is_short(*element));
        let nodes = below().filter_map(|node| node.value().as_text().filter(|text| text.len() <= 2 * DATE_LENGTH));
        for text in elements.map(tree::line).chain(nodes.map(|text| text.to_string())) {
            if let Some(dated) = date_only(&text, order) {
                return (Some(text), Some(dated));
            }
        }
    }
    (None, None)
}

/// Reads a text that is little more than a date.
fn date_only(text: &str, order: DateOrder) -> Option<Dated> {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let short = text.chars().count() <= DATE_LENGTH;
    (short && (6..=16).contains(&digits) && letters <= DATE_LETTERS).then(|| date::read(text, order)).flatten()
}

/// Whether an element is short enough to hold only a date.
fn is_short(element: ElementRef<'_>) -> bool {
    let mut length = 0;
    element.descendants().take(DATE_NODES + 1).enumerate().all(|(at, node)| {
        length += node.value().as_text().map_or(0, |text| text.len());
        at < DATE_NODES && length <= 4 * DATE_LENGTH
    })
}
