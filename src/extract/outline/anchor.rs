//! Tells ids that repeat a heading's words from names of places. Editors and tables of contents make such anchors: "Latest updates on the dam" gets
//! the id `latest-updates-on-the-dam`, which names no list of other articles.

use foldhash::HashSet;
use scraper::ElementRef;

use crate::extract::outline::Tag;
use crate::text::unicode;
use crate::text::vietnamese::fold_ascii;
use crate::text::work;

/// Minimum number of words of an anchor on an element that is no heading itself. A place of one or two words may be named by both its id and its
/// heading: `comments`.
const LEAST_ELSEWHERE: usize = 3;

/// Minimum number of letters of a word that is compared.
const LEAST_LETTERS: usize = 2;

/// Maximum number of an element's nodes whose text is compared, and of bytes of one.
const MOST_NODES: usize = 40;
const MOST_BYTES: usize = 200;

/// Whether an id consists of the first words of its element's text, possibly without some and with a prefix.
pub(super) fn says_text(element: ElementRef<'_>, id: &str) -> bool {
    let is_heading = matches!(Tag::of(element.value().name()), Tag::Heading(_));
    let least = if is_heading { 1 } else { LEAST_ELSEWHERE };
    let id = fold_ascii(id);
    let words = || id.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= LEAST_LETTERS);
    if words().count() < least {
        return false;
    }
    let mut text = String::new();
    for part in element.descendants().take(MOST_NODES).filter_map(|node| node.value().as_text()) {
        work::step(1);
        text.push_str(part.get(..part.floor_char_boundary(MOST_BYTES)).unwrap_or_default());
        text.push(' ');
    }
    let text = fold_ascii(&text);
    let told: HashSet<&str> = text.split(|c: char| !unicode::is_alphanumeric(c)).collect();
    words().filter(|word| told.contains(word)).count() * 3 >= words().count() * 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::tree;

    fn says(html: &str, id: &str) -> bool {
        let page = tree::parse(html);
        let found = page.html.root_element().descendent_elements().find(|element| element.attr("id") == Some(id));
        says_text(found.unwrap(), id)
    }

    #[test]
    fn an_anchor_repeats_its_text_and_a_name_does_not() {
        assert!(says("<h2 id=\"tin-moi-nhat-ve-de\">Tin mới nhất về đê</h2>", "tin-moi-nhat-ve-de"));
        assert!(says(
            "<h3 id=\"heading-6-latest-updates-installed\">6. Latest updates are installed.</h3>",
            "heading-6-latest-updates-installed"
        ));
        assert!(says(
            "<section id=\"video-on-the-dam\"><h2>Video on the dam</h2><p>It is long.</p></section>",
            "video-on-the-dam"
        ));
        assert!(!says("<h3 id=\"reply-title\">Leave a reply</h3>", "reply-title"));
        assert!(!says("<div id=\"comments\"><h3>Comments</h3></div>", "comments"));
        assert!(!says("<h2 id=\"post-title\">Cầu treo thôn Đá Bạc</h2>", "post-title"));
    }
}
