//! A subtree → lines: paragraphs split at block tags and `<br>`, headings, list items, rows of tables, quotes and images, in one walk.

use std::collections::HashSet;

use ego_tree::NodeId;
use ego_tree::NodeRef;
use scraper::ElementRef;
use scraper::Node;

use crate::html::tree;
use crate::model::article::Image;
use crate::text::unicode;
use crate::url::PageUrl;

/// Lines of one article at most; a longer one is cut, with a warning.
pub(super) const MAX_LINES: usize = 20_000;

/// Attributes that hold an image's address, lazy loaders' first: `src` is a placeholder where they stand.
const IMAGE_SOURCES: &[&str] = &["data-original", "data-src", "data-lazy-src", "data-url", "src"];

/// A line of the article with what its form says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) kind: Kind,
    /// Clean, one line; the cells of a row are parted by tabs.
    pub(super) text: String,
    /// Inline HTML: `a`, `strong`, `em` and escaped text.
    pub(super) html: String,
    /// All of it is bold.
    pub(super) bold: bool,
    /// All of it is italic.
    pub(super) italic: bool,
    pub(super) centered: bool,
    pub(super) right: bool,
    /// The markup says that it is a caption.
    pub(super) caption: bool,
    /// Its address, where the line is nothing but a link.
    pub(super) link: Option<String>,
    /// It stands in a table that serves the layout.
    pub(super) in_table: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Paragraph,
    Heading(u8),
    Item { list: usize, ordered: bool },
    Row { table: usize, cells: Vec<String> },
    Quote,
    Image(usize),
}

impl Line {
    pub(super) fn is_image(&self) -> bool {
        matches!(self.kind, Kind::Image(_))
    }
}

/// What a container holds.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) lines: Vec<Line>,
    pub(super) images: Vec<Image>,
    pub(super) truncated: bool,
}

/// Reads a container; elements of `skip` and hidden ones give nothing, those of `captions` are captions.
pub(super) fn read(
    container: ElementRef<'_>,
    base: &PageUrl,
    skip: &HashSet<NodeId>,
    captions: &HashSet<NodeId>,
) -> Content {
    let mut walk = Walk {
        base,
        skip,
        captions,
        out: Content::default(),
        text: String::new(),
        html: String::new(),
        marks: Marks::default(),
        open: Vec::new(),
        count: 0,
    };
    walk.children(*container, &Context::default());
    walk.flush(&Context::default());
    walk.out
}

#[derive(Debug, Clone, Default)]
struct Context {
    heading: Option<u8>,
    item: Option<(usize, bool)>,
    quote: bool,
    bold: bool,
    italic: bool,
    centered: bool,
    right: bool,
    caption: bool,
    link: Option<String>,
    in_table: bool,
}

/// How many letters of the line under way are of which form.
#[derive(Debug, Default)]
struct Marks {
    letters: usize,
    bold: usize,
    italic: usize,
    linked: usize,
    link: Option<String>,
}

struct Walk<'a> {
    base: &'a PageUrl,
    skip: &'a HashSet<NodeId>,
    captions: &'a HashSet<NodeId>,
    out: Content,
    text: String,
    html: String,
    marks: Marks,
    /// Inline tags open at this place, closed and opened again around each line's end.
    open: Vec<String>,
    /// Numbers lists and tables.
    count: usize,
}

impl Walk<'_> {
    fn children(&mut self, node: NodeRef<'_, Node>, context: &Context) {
        for child in node.children() {
            match child.value() {
                Node::Text(text) => self.text(text, context),
                Node::Element(_) => {
                    if let Some(element) = ElementRef::wrap(child) {
                        self.element(element, context);
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str, context: &Context) {
        let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
        self.marks.letters += letters;
        self.marks.bold += if context.bold { letters } else { 0 };
        self.marks.italic += if context.italic { letters } else { 0 };
        if let Some(link) = &context.link {
            self.marks.linked += letters;
            self.marks.link = Some(link.clone());
        }
        self.text.push_str(text);
        escape(text, &mut self.html);
    }

    fn element(&mut self, element: ElementRef<'_>, context: &Context) {
        if self.skip.contains(&element.id()) || tree::is_hidden(element) || self.out.lines.len() >= MAX_LINES {
            self.out.truncated |= self.out.lines.len() >= MAX_LINES;
            return;
        }
        let name = element.value().name();
        match name {
            "img" => return self.image(element, context),
            "iframe" | "object" | "embed" | "video" | "audio" | "button" => return,
            "table" if is_data(element) => return self.table(element, context),
            _ => {}
        }
        let inner = self.inner_context(element, name, context);
        if tree::is_block(name) {
            self.flush(context);
            self.children(*element, &inner);
            self.flush(&inner);
        } else {
            self.inline(element, name, &inner);
        }
    }

    fn inline(&mut self, element: ElementRef<'_>, name: &str, inner: &Context) {
        let tag = match name {
            "a" => inner.link.as_ref().map(|link| format!("a href=\"{}\"", escaped(link))),
            "b" | "strong" => Some("strong".to_owned()),
            "i" | "em" => Some("em".to_owned()),
            _ => None,
        };
        if let Some(tag) = &tag {
            self.html.push_str(&format!("<{tag}>"));
            self.open.push(tag.clone());
        }
        self.children(*element, inner);
        if let Some(tag) = &tag {
            self.open.pop();
            self.html.push_str(&closing(tag));
        }
    }

    fn inner_context(&mut self, element: ElementRef<'_>, name: &str, context: &Context) -> Context {
        let mut inner = context.clone();
        let style = element.attr("style").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
        let align = element.attr("align").unwrap_or_default().to_ascii_lowercase();
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                inner.heading = name.as_bytes().get(1).map(|digit| (digit - b'0').max(2))
            }
            "ul" | "ol" => {
                self.count += 1;
                inner.item = Some((self.count, name == "ol"));
            }
            "blockquote" => inner.quote = true,
            "figcaption" => inner.caption = true,
            "table" => inner.in_table = true,
            "a" => {
                inner.link = element.attr("href").and_then(|href| self.base.join(href).ok()).map(|url| url.to_string())
            }
            _ => {}
        }
        inner.bold |= matches!(name, "b" | "strong" | "th")
            || style.contains("font-weight:bold")
            || style.contains("font-weight:700");
        inner.bold &= !(style.contains("font-weight:normal") || style.contains("font-weight:400"));
        inner.italic |= matches!(name, "i" | "em") || style.contains("font-style:italic");
        inner.italic &= !style.contains("font-style:normal");
        if tree::is_block(name) && (style.contains("text-align:") || !align.is_empty()) {
            inner.centered = style.contains("text-align:center") || align == "center";
            inner.right = style.contains("text-align:right") || align == "right";
        }
        inner.centered |= name == "center";
        inner.caption |= self.captions.contains(&element.id()) || element.value().classes().any(is_caption_class);
        inner
    }

    fn image(&mut self, element: ElementRef<'_>, context: &Context) {
        let candidates =
            IMAGE_SOURCES.iter().filter_map(|name| element.attr(name)).filter(|source| !source.trim().is_empty());
        let Some(url) = candidates.filter_map(|source| self.base.join(source).ok()).next() else { return };
        let tiny = |name: &str| {
            element
                .attr(name)
                .and_then(|size| size.trim_end_matches("px").parse::<u32>().ok())
                .is_some_and(|size| size <= 3)
        };
        if tiny("width") || tiny("height") {
            return;
        }
        self.flush(context);
        let index = self.out.images.len();
        self.out.images.push(Image { url, caption: None, credit: None });
        let alt = unicode::clean(element.attr("alt").unwrap_or_default());
        self.out.lines.push(Line { kind: Kind::Image(index), text: alt, in_table: context.in_table, ..bare() });
    }

    fn table(&mut self, element: ElementRef<'_>, context: &Context) {
        self.flush(context);
        self.count += 1;
        let table = self.count;
        for row in rows_of(element) {
            let cells: Vec<String> = cells_of(row).map(tree::line).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                let text = cells.join("\t");
                self.out.lines.push(Line { kind: Kind::Row { table, cells }, text, ..bare() });
            }
        }
    }

    fn flush(&mut self, context: &Context) {
        let text = unicode::clean(&self.text);
        let mut html = std::mem::take(&mut self.html);
        let marks = std::mem::take(&mut self.marks);
        self.text.clear();
        for tag in self.open.iter().rev() {
            html.push_str(&closing(tag));
        }
        for tag in &self.open {
            self.html.push_str(&format!("<{tag}>"));
        }
        if text.is_empty() {
            return;
        }
        // A heading that holds a sentence or more is a paragraph in disguise.
        let heading = context.heading.filter(|_| text.chars().count() <= MAX_HEADING);
        let kind = match (heading, context.item, context.quote) {
            (_, Some((list, ordered)), _) => Kind::Item { list, ordered },
            (Some(level), None, _) => Kind::Heading(level),
            (None, None, true) => Kind::Quote,
            (None, None, false) => Kind::Paragraph,
        };
        let whole = |part: usize| marks.letters > 0 && part == marks.letters;
        self.out.lines.push(Line {
            kind,
            bold: whole(marks.bold),
            italic: whole(marks.italic),
            link: marks.link.clone().filter(|_| whole(marks.linked)),
            html: unicode::clean(&html),
            text,
            centered: context.centered,
            right: context.right,
            caption: context.caption,
            in_table: context.in_table,
        });
    }
}

/// Characters of a heading at most.
const MAX_HEADING: usize = 150;

fn bare() -> Line {
    Line {
        kind: Kind::Paragraph,
        text: String::new(),
        html: String::new(),
        bold: false,
        italic: false,
        centered: false,
        right: false,
        caption: false,
        link: None,
        in_table: false,
    }
}

fn is_caption_class(class: &str) -> bool {
    let class = class.to_ascii_lowercase();
    ["caption", "img-title", "chu-thich", "chuthich", "photo-desc", "image-desc", "pcaption"]
        .iter()
        .any(|word| class.contains(word))
}

fn rows_of(table: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    table.descendent_elements().filter(|element| element.value().name() == "tr")
}

fn cells_of(row: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    row.child_elements().filter(|element| matches!(element.value().name(), "td" | "th"))
}

/// A table of data: rows of several short cells, nothing else in it. The others serve the layout.
fn is_data(table: ElementRef<'_>) -> bool {
    let nested =
        table.descendent_elements().skip(1).any(|element| matches!(element.value().name(), "table" | "img" | "iframe"));
    let rows: Vec<usize> = rows_of(table).map(|row| cells_of(row).count()).collect();
    !nested && rows.len() >= 2 && rows.iter().filter(|cells| **cells >= 2).count() * 2 > rows.len()
}

fn closing(tag: &str) -> String {
    format!("</{}>", tag.split(' ').next().unwrap_or(tag))
}

pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
}
