//! What belongs to one item of a list, and the date in it.

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

/// How many elements around a lone link are its block.
pub(super) const LONE_REACH: usize = 2;

/// Characters of a text that is a date and no sentence.
const DATE_LENGTH: usize = 48;

/// Letters beside a date at most: "Chủ nhật, ", "Ngày đăng: ", "Cập nhật lúc: ".
const DATE_LETTERS: usize = 24;

/// Elements of one item that are looked at for a date.
const MAX_ITEM_ELEMENTS: usize = 300;

/// Nodes of an element that may be a date's.
const DATE_NODES: usize = 24;

/// The blocks of a page's items.
pub(super) struct Blocks {
    /// Elements around links.
    around: HashSet<NodeId>,
    /// Elements around links of more than one address.
    shared: HashSet<NodeId>,
}

impl Blocks {
    /// Of links with their addresses.
    pub(super) fn new<'a>(links: impl Iterator<Item = (ElementRef<'a>, &'a PageUrl)>) -> Blocks {
        let mut first: HashMap<NodeId, &PageUrl> = HashMap::new();
        let mut shared = HashSet::new();
        for (link, url) in links {
            for ancestor in link.ancestors() {
                let other = *first.entry(ancestor.id()).or_insert(url) != url;
                if other && !shared.insert(ancestor.id()) {
                    // All further out were marked with it.
                    break;
                }
            }
        }
        Blocks { around: first.into_keys().collect(), shared }
    }

    /// Whether an element holds links of one address, and of no other.
    pub(super) fn is_row(&self, element: ElementRef<'_>) -> bool {
        self.around.contains(&element.id()) && !self.holds_many(element)
    }

    /// Whether an element holds links of more than one address.
    pub(super) fn holds_many(&self, element: ElementRef<'_>) -> bool {
        self.shared.contains(&element.id())
    }

    /// The smallest element around all the links, or a lone link's parent.
    pub(super) fn container<'a>(&self, link: ElementRef<'a>) -> Option<ElementRef<'a>> {
        let mut around = link.ancestors().filter_map(ElementRef::wrap);
        if self.shared.is_empty() {
            return around.next();
        }
        around.find(|element| self.shared.contains(&element.id()))
    }

    /// The largest element around a link that holds no other item; a lone link's is its nearest block.
    pub(super) fn around<'a>(&self, link: ElementRef<'a>) -> ElementRef<'a> {
        let around = link.ancestors().filter_map(ElementRef::wrap);
        let own = around.take_while(|element| {
            !self.shared.contains(&element.id()) && !matches!(element.value().name(), "body" | "html")
        });
        let reach = if self.shared.is_empty() { LONE_REACH } else { usize::MAX };
        own.take(reach).last().unwrap_or(link)
    }
}

/// The date of an item: of a `<time>`, else the first short text that is one; inside the link itself before around it.
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

/// A text that is a date and hardly anything else.
fn date_only(text: &str, order: DateOrder) -> Option<Dated> {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let short = text.chars().count() <= DATE_LENGTH;
    (short && (6..=16).contains(&digits) && letters <= DATE_LETTERS).then(|| date::read(text, order)).flatten()
}

/// Whether an element may hold a date only.
fn is_short(element: ElementRef<'_>) -> bool {
    let mut length = 0;
    element.descendants().take(DATE_NODES + 1).enumerate().all(|(at, node)| {
        length += node.value().as_text().map_or(0, |text| text.len());
        at < DATE_NODES && length <= 4 * DATE_LENGTH
    })
}
