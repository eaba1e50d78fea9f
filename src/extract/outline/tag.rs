//! The tags of a page that matter to extraction.

use scraper::ElementRef;

use crate::html::tree;

/// The tags that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::extract) enum Tag {
    Html,
    Body,
    Main,
    Article,
    Section,
    Div,
    P,
    Pre,
    Quote,
    List,
    Item,
    Heading(u8),
    Table,
    Row,
    Cell,
    Figure,
    Caption,
    Nav,
    Aside,
    Header,
    Footer,
    Form,
    Link,
    Time,
    Address,
    Inline,
    Media,
    Other,
}

impl Tag {
    /// Returns the tag with this name.
    pub(super) fn of(name: &str) -> Tag {
        match name {
            "html" => Tag::Html,
            "body" => Tag::Body,
            "main" => Tag::Main,
            "article" => Tag::Article,
            "section" => Tag::Section,
            "div" | "center" | "fieldset" | "details" => Tag::Div,
            "p" => Tag::P,
            "pre" => Tag::Pre,
            "blockquote" => Tag::Quote,
            "ul" | "ol" | "dl" | "menu" => Tag::List,
            "li" | "dd" | "dt" => Tag::Item,
            "h1" => Tag::Heading(1),
            "h2" => Tag::Heading(2),
            "h3" => Tag::Heading(3),
            "h4" => Tag::Heading(4),
            "h5" => Tag::Heading(5),
            "h6" => Tag::Heading(6),
            "table" | "tbody" | "thead" | "tfoot" => Tag::Table,
            "tr" => Tag::Row,
            "td" | "th" => Tag::Cell,
            "figure" => Tag::Figure,
            "figcaption" | "caption" => Tag::Caption,
            "nav" => Tag::Nav,
            "aside" => Tag::Aside,
            "header" => Tag::Header,
            "footer" => Tag::Footer,
            "form" => Tag::Form,
            "a" => Tag::Link,
            "time" => Tag::Time,
            "address" => Tag::Address,
            "iframe" | "object" | "embed" | "video" | "audio" | "picture" => Tag::Media,
            "span" | "b" | "strong" | "i" | "em" | "font" | "u" | "small" | "big" | "sup" | "sub" | "label"
            | "abbr" | "cite" | "q" | "code" | "mark" | "s" | "del" | "ins" => Tag::Inline,
            _ => Tag::Other,
        }
    }
}

/// Whether an element separates words and paragraphs. Custom elements ("mat-card-title") do, unless they are among phrases.
pub(super) fn is_block(element: ElementRef<'_>) -> bool {
    let name = element.value().name();
    let is_phrase = |above: &str| !tree::is_block(above) && !above.contains('-') || holds_phrases(above);
    tree::is_block(name)
        || name.contains('-')
            && element.parent().and_then(ElementRef::wrap).is_some_and(|above| !is_phrase(above.value().name()))
}

/// Whether an element contains phrases and no blocks.
fn holds_phrases(name: &str) -> bool {
    matches!(
        name,
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "li" | "td" | "th" | "dd" | "dt" | "figcaption" | "pre"
    )
}
