//! Suggests selectors that would find an element again, for rules.
//!
//! Only names that a person would use are taken. Generated ones (`ctl00_x`, `id-48213`) change from page to page or from build to build. A
//! selector is suggested if its first match in the page is the element itself.

use scraper::ElementRef;
use scraper::Selector;

use crate::text::work;

/// Maximum number of selectors of one element.
const MOST: usize = 24;

/// Maximum number of ancestors whose names are tried.
const REACH: usize = 6;

/// Maximum total number of elements that are tested against selectors. A page may have hundreds of thousands.
const LOOKED_AT: usize = 3_000_000;

/// Maximum number of characters of a name.
const LONGEST_NAME: usize = 60;

/// Returns selectors whose first match is this element, simplest first.
pub(super) fn of(root: ElementRef<'_>, element: ElementRef<'_>) -> Vec<String> {
    let own = names(element);
    let tag = element.value().name().to_owned();
    let mut all = own.clone();
    for above in element.ancestors().filter_map(ElementRef::wrap).take(REACH) {
        for name in names(above) {
            all.extend(own.iter().map(|own| format!("{name} {own}")));
            all.push(format!("{name} {tag}"));
        }
    }
    all.push(tag);
    let mut found: Vec<String> = Vec::new();
    let mut looked_at = 0;
    for text in all {
        if found.len() >= MOST || looked_at >= LOOKED_AT {
            break;
        }
        let Some(selector) = Selector::parse(&text).ok().filter(|_| !found.contains(&text)) else { continue };
        let mut elements = root.descendent_elements().inspect(|_| looked_at += 1);
        if elements.find(|other| selector.matches(other)).is_some_and(|first| first.id() == element.id()) {
            found.push(text);
        }
    }
    work::step(looked_at);
    found
}

/// Returns an element's names, most reliable first.
fn names(element: ElementRef<'_>) -> Vec<String> {
    let tag = element.value().name();
    let mut found = Vec::new();
    if matches!(tag, "body" | "html") {
        return found;
    }
    if let Some(id) = element.attr("id").filter(|id| is_name(id)) {
        found.push(format!("#{id}"));
    }
    if let Some(property) = element.attr("itemprop").filter(|property| is_name(property)) {
        found.push(format!("{tag}[itemprop={property}]"));
    }
    let classes: Vec<&str> = element.value().classes().filter(|class| is_name(class)).take(4).collect();
    found.extend(classes.iter().map(|class| format!("{tag}.{class}")));
    if let [first, second, ..] = classes.as_slice() {
        found.push(format!("{tag}.{first}.{second}"));
    }
    found
}

/// Whether a person chose a name: it has no three-digit number and no framework's counter.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let digits = text.as_bytes().windows(3).any(|three| three.iter().all(u8::is_ascii_digit));
    let generated = ["ctl0", "yui_", "ext-gen", "aui_", "WebPart", "MSOZone"];
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= LONGEST_NAME
        && text.chars().all(plain)
        && !digits
        && !generated.iter().any(|mark| text.contains(mark))
        && !text.contains("INSTANCE")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::tree;

    fn found(html: &str, target: &str) -> Vec<String> {
        let tree = tree::parse(html);
        let root = tree.html.root_element();
        let element = root.select(&Selector::parse(target).unwrap()).next().unwrap();
        of(root, element)
    }

    #[test]
    fn the_plainest_name_comes_first_and_numbers_are_no_names() {
        let html =
            "<div id='menu'><h1>A</h1></div><div class='tin chi-tiet x48213'><h1 id='t-48213' data-t>B</h1></div>";
        let all = found(html, "[data-t]");
        assert_eq!(all.first().map(String::as_str), Some("div.chi-tiet h1"), "{all:?}");
        assert!(!all.iter().any(|one| one == "h1"), "the first h1 is another: {all:?}");
        assert!(all.iter().all(|one| !one.contains("48213")), "{all:?}");
        assert_eq!(
            found("<p id=lead itemprop=description class='a b'>x</p>", "p")[..3],
            ["#lead", "p[itemprop=description]", "p.a"]
        );
    }

    #[test]
    fn an_element_without_a_name_may_have_none() {
        assert_eq!(found("<p>a</p><p data-t>b</p>", "[data-t]"), Vec::<String>::new());
    }
}
