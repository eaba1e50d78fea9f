//! Images outside plain `<img>`: those in a `<noscript>`, and those that a button enlarges.

use scraper::ElementRef;

use crate::html::tree;
use crate::text::work;

/// Maximum number of bytes of a `<noscript>` that is parsed, and of siblings of an image that are searched for it.
const MAX_NOSCRIPT: usize = 4096;
const SIBLINGS: usize = 3;

/// Maximum number of elements of a button that are checked.
const MOST_OF_BUTTON: usize = 8;

/// Calls a function with the image that a `<noscript>` shows to readers without scripts. It is the `<noscript>`'s text or its element.
pub(in crate::extract) fn of_noscript<T>(
    noscript: ElementRef<'_>,
    read: impl FnOnce(ElementRef<'_>) -> T,
) -> Option<T> {
    let text: String = noscript.text().collect();
    work::step(text.len());
    let parsed = (text.contains("<img") && text.len() <= MAX_NOSCRIPT).then(|| tree::parse(&text));
    let root = parsed.as_ref().map_or(noscript, |tree| tree.html.root_element());
    root.descendent_elements().find(|element| is_image(*element)).map(read)
}

/// Returns the `<noscript>` right after an image that shows it without scripts.
pub(in crate::extract) fn noscript_of(image: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let mut behind = image.next_siblings().filter_map(ElementRef::wrap).take(SIBLINGS);
    behind.find(|sibling| sibling.value().name() == "noscript")
}

/// Whether a `<noscript>` shows a picture that no image next to it replaces.
pub(super) fn is_only_in(noscript: ElementRef<'_>) -> bool {
    let before = noscript.prev_siblings().filter_map(ElementRef::wrap).take(SIBLINGS);
    let behind = noscript.next_siblings().filter_map(ElementRef::wrap).take(SIBLINGS);
    let stands_in = |sibling: ElementRef<'_>| {
        is_image(sibling)
            || sibling.value().name() == "picture"
            || sibling.child_elements().take(SIBLINGS).any(is_image)
    };
    !before.chain(behind).any(stands_in) && of_noscript(noscript, |_| ()).is_some()
}

/// Returns the picture of a figure, if a button around the picture enlarges it.
pub(super) fn enlarged_by(button: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let in_figure = button.ancestors().take(MOST_OF_BUTTON).filter_map(ElementRef::wrap);
    let mut of_button = button.descendent_elements().take(MOST_OF_BUTTON);
    of_button
        .find(|element| is_image(*element))
        .filter(|_| in_figure.map(|above| above.value().name()).any(|name| name == "figure"))
}

/// Maximum number of elements of a figure that are checked.
const MOST_OF_FIGURE: usize = 80;

/// Whether a `<figure>` shows pictures or a film and nothing else. Its text is their caption, whatever the elements around it.
pub(super) fn fills(figure: ElementRef<'_>) -> bool {
    let mut shows = false;
    for (count, element) in figure.descendent_elements().enumerate() {
        match element.value().name() {
            "table" | "pre" | "code" | "blockquote" | "ul" | "ol" | "dl" => return false,
            "img" | "amp-img" | "picture" | "video" | "iframe" => shows = true,
            _ => {}
        }
        if count == MOST_OF_FIGURE {
            return false;
        }
    }
    shows
}

fn is_image(element: ElementRef<'_>) -> bool {
    matches!(element.value().name(), "img" | "amp-img")
}
