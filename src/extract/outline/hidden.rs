//! Finds hidden elements. They are left out, unless they are parts of the text that a script reveals on request or after payment.

use ego_tree::NodeRef;
use html5ever::local_name;
use scraper::ElementRef;
use scraper::Node;

use crate::extract::outline::vocabulary;
use crate::extract::outline::vocabulary::Words;
use crate::html::tree;
use crate::text::work;

/// Whether an element is hidden and not part of the text.
pub(super) fn is_unread(element: ElementRef<'_>) -> bool {
    is_hidden(element) && !goes_on(element)
}

/// Whether an element is hidden by its own attribute or style. React sends parts of a page as hidden elements `S:<n>` that a script moves to their
/// places.
fn is_hidden(element: ElementRef<'_>) -> bool {
    let own = element.value();
    let streamed = || tree::attribute(own, &local_name!("id")).is_some_and(|id| id.starts_with("S:"));
    (tree::attribute(own, &local_name!("hidden")).is_some() && !streamed())
        || tree::attribute(own, &local_name!("style")).is_some_and(tree::hides)
}

/// Names of pop-ups, and of forms for readers.
const POPS_UP: Words =
    Words::MODAL.or(Words::COMMENT).or(Words::NAV).or(Words::RELATED).or(Words::AD).or(Words::SHARE).or(Words::FOOTER);

/// Minimum number of bytes of a paragraph.
const LEAST_OF_PARAGRAPH: usize = 80;

/// Maximum number of siblings before a hidden element, and of elements inside it, that are searched for a paragraph; maximum depth; maximum number
/// of ancestors that are checked.
const MOST_BESIDE: usize = 6;
const DEPTH: usize = 2;
const MOST_ABOVE: usize = 3;

/// Whether a hidden element continues the text: it has paragraphs and follows others.
pub(super) fn goes_on(element: ElementRef<'_>) -> bool {
    let own = element.value();
    let pops_up = |names| vocabulary::of_names(names).any(POPS_UP);
    let is_part = matches!(own.name(), "div" | "section" | "p" | "template")
        && tree::attribute(own, &local_name!("role")).is_none_or(|role| matches!(role, "tabpanel" | "region"));
    is_part
        && tells(element, DEPTH)
        && (own.name() != "p" || is_of_hidden_end(element))
        && is_behind_prose(element)
        && !tree::attribute(own, &local_name!("class")).is_some_and(pops_up)
        && !tree::attribute(own, &local_name!("id")).is_some_and(pops_up)
}

/// Whether a hidden paragraph is one of several at the end of a text. Words for search engines stand alone, or between visible elements.
fn is_of_hidden_end(element: ElementRef<'_>) -> bool {
    let behind = || element.next_siblings().filter_map(ElementRef::wrap).take(MOST_BESIDE);
    let before = || element.prev_siblings().filter_map(ElementRef::wrap).take(1);
    behind().all(|behind| is_hidden(behind) || !tells(behind, DEPTH))
        && behind().take(1).chain(before()).any(|beside| is_hidden(beside) && tells(beside, DEPTH))
}

/// Whether visible paragraphs precede an element or one of its ancestors.
fn is_behind_prose(element: ElementRef<'_>) -> bool {
    let around = std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap)).take(MOST_ABOVE);
    let told = |one: ElementRef<'_>| {
        let before = one.prev_siblings().filter_map(ElementRef::wrap).take(MOST_BESIDE);
        before.filter(|before| !is_hidden(*before) || before.value().name() == "p").any(|before| tells(before, DEPTH))
    };
    around.take_while(|one| !matches!(one.value().name(), "body" | "html")).any(told)
}

/// Whether an element is a paragraph of prose, or contains one.
fn tells(element: ElementRef<'_>, depth: usize) -> bool {
    work::step(1);
    let name = element.value().name();
    let parts = |node: NodeRef<'_, Node>| {
        node.children().filter_map(ElementRef::wrap).take(MOST_BESIDE).any(|part| tells(part, depth - 1))
    };
    match name {
        "p" => is_prose(element),
        _ if depth == 0 => false,
        "template" => element.first_child().is_some_and(parts),
        "div" | "section" | "article" | "details" => parts(*element),
        _ => false,
    }
}

/// Whether a paragraph has prose that is not only in links.
fn is_prose(element: ElementRef<'_>) -> bool {
    let own_text = |element: ElementRef<'_>| {
        element.children().filter_map(|child| child.value().as_text().map(|text| text.trim().len())).sum::<usize>()
    };
    let inline = || element.child_elements().filter(|below| below.value().name() != "a").map(own_text).sum::<usize>();
    own_text(element) + inline() >= LEAST_OF_PARAGRAPH
}
