//! Parses text into a tree within limits, because html5ever is quadratic in depth and in a tag's attributes (servo/html5ever#788).

use std::borrow::Cow;
use std::cell::Cell;
use std::cell::Ref;
use std::time::Duration;
use std::time::Instant;

use ego_tree::NodeId;
use ego_tree::NodeRef;
use html5ever::Attribute;
use html5ever::LocalName;
use html5ever::QualName;
use html5ever::local_name;
use html5ever::ns;
use html5ever::tendril::StrTendril;
use html5ever::tree_builder::ElementFlags;
use html5ever::tree_builder::NodeOrText;
use html5ever::tree_builder::QuirksMode;
use html5ever::tree_builder::TreeBuilder;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::tree_builder::TreeSink;
use scraper::ElementRef;
use scraper::Html;
use scraper::HtmlTreeSink;
use scraper::Node;
use scraper::node::Element;

use crate::html::tokenizer;
use crate::text::unicode;
use crate::text::work;

/// Maximum number of ancestors of a node. A page nested more deeply is truncated. Browsers stop at 512 (Blink's
/// `kMaximumHTMLParserDOMTreeDepth`). The cost of each paragraph grows with its depth.
pub const MAX_DEPTH: usize = 256;

/// Maximum number of nodes of a page, including texts and comments. Up to four attributes count as one node. A node takes some 300 bytes, including
/// what readers store about it. Portal pages have some thousands; badly nested `<font>` turns 50 KB into millions.
pub const MAX_NODES: usize = 500_000;

/// Bytes per node of an ordinary page.
const BYTES_OF_NODE: usize = 128;

/// Maximum number of attributes that later tags may add to `<html>` and `<body>`.
const MAX_ADDED: usize = 500;

/// Maximum time for one parse. An honest page of 20 MB takes half a second.
pub const MAX_TIME: Duration = Duration::from_secs(2);

/// Number of tokens between two checks of the time limit.
const TOKENS_A_LOOK: u32 = 1024;

/// A parsed page. It is not `Send`: it lives inside one call on one thread.
#[derive(Debug)]
pub struct Tree {
    /// The tree of the whole page, or of the part before a limit was exceeded.
    pub html: Html,
    /// The limit that was exceeded, if any.
    pub truncated: Option<&'static str>,
}

/// Parses a document within the limits. For an ordinary page, the tree is the same as `scraper`'s, except that base64 images are cut.
#[expect(
    clippy::disallowed_methods,
    reason = "a parse cannot be canceled from outside: its deadline is a bound on work, not a time of day"
)]
pub fn parse(text: &str) -> Tree {
    let builder = TreeBuilder::new(BoundedSink::new(text.len()), TreeBuilderOpts::default());
    let started = Instant::now();
    let mut tokens = 0_u32;
    tokenizer::run(text, &builder, || {
        tokens = tokens.wrapping_add(1);
        let sink = &builder.sink;
        if tokens.is_multiple_of(TOKENS_A_LOOK) && sink.hit.get().is_none() && started.elapsed() > MAX_TIME {
            sink.hit.set(Some("parsing took too long"));
        }
        sink.hit.get().is_none()
    });
    builder.sink.finish()
}

/// Returns the text of an element as one clean line. Block boundaries and `<br>` become spaces. Scripts, styles, templates, form controls and hidden
/// descendants are left out.
pub fn line(element: ElementRef<'_>) -> String {
    short_line(element, usize::MAX).unwrap_or_default()
}

/// Like [`line()`], but None if the element has more than `most` bytes of text or more than `most` nodes. Readers of short fields use it, because
/// elements of one name may be nested and may enclose the whole page.
pub fn short_line(element: ElementRef<'_>, most: usize) -> Option<String> {
    let mut text = String::new();
    let mut node: NodeRef<'_, Node> = *element;
    let (mut nodes, mut length) = (0, 0);
    loop {
        work::step(1);
        nodes += 1;
        let is_open = match node.value() {
            Node::Text(part) => {
                length += part.trim().len();
                text.push_str(part);
                false
            }
            Node::Element(own) => {
                text.push_str(if is_block(own.name()) { " " } else { "" });
                node.id() == element.id() || ElementRef::wrap(node).is_some_and(|below| !is_hidden(below))
            }
            _ => false,
        };
        if length > most || nodes > most {
            return None;
        }
        if let Some(child) = node.first_child().filter(|_| is_open) {
            node = child;
            continue;
        }
        // Climb to the next node that was not visited yet.
        loop {
            let is_left = node.value().as_element().is_some_and(|own| is_block(own.name()));
            text.push_str(if is_left { " " } else { "" });
            if node.id() == element.id() {
                return Some(unicode::clean(&text));
            }
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            node = node.parent()?;
        }
    }
}

/// Returns an attribute of an element. `name` is a text or, where the HTML Standard knows the name, its `local_name!`, which costs a comparison of
/// numbers instead of texts. `Element::attr` creates an atom of the name on every call, which costs more than scanning the few attributes.
pub fn attribute<'e>(element: &'e Element, name: &(impl PartialEq<LocalName> + ?Sized)) -> Option<&'e str> {
    element.attrs.iter().find(|(known, _)| *name == known.local && known.ns == ns!()).map(|(_, value)| &**value)
}

/// Whether an element is never displayed: scripts and similar elements, `hidden`, `display: none`.
pub fn is_hidden(element: ElementRef<'_>) -> bool {
    let own = element.value();
    if matches!(
        own.name(),
        "script"
            | "style"
            | "noscript"
            | "template"
            | "head"
            | "rt"
            | "rp"
            | "select"
            | "option"
            | "textarea"
            | "input"
            | "svg"
    ) {
        return true;
    }
    attribute(own, &local_name!("hidden")).is_some() || attribute(own, &local_name!("style")).is_some_and(hides)
}

/// Whether a `style` hides an element: `display: none`, `visibility: hidden`, or out of sight.
pub fn hides(style: &str) -> bool {
    style.split(';').any(|declaration| {
        let (property, value) = declaration.split_once(':').unwrap_or_default();
        let value = value.trim().trim_end_matches("!important").trim_end();
        let property = property.trim();
        (property.eq_ignore_ascii_case("display") && value.eq_ignore_ascii_case("none"))
            || (property.eq_ignore_ascii_case("visibility") && value.eq_ignore_ascii_case("hidden"))
            || is_clipped(property, value)
    })
}

/// Whether a declaration moves an element out of sight, so that only screen readers get it: clipped to nothing or far to the left.
fn is_clipped(property: &str, value: &str) -> bool {
    let dense = || value.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    match property {
        "clip" => matches!(
            dense().as_str(),
            "rect(0000)"
                | "rect(0,0,0,0)"
                | "rect(0px,0px,0px,0px)"
                | "rect(1px,1px,1px,1px)"
                | "rect(1px1px1px1px)"
                | "rect(0px0px0px0px)"
        ),
        "clip-path" => matches!(dense().as_str(), "inset(50%)" | "inset(100%)"),
        "left" | "text-indent" => {
            let far = |pixels: &str| pixels.parse::<f32>().is_ok_and(|pixels| pixels <= FAR_LEFT);
            value.strip_suffix("px").is_some_and(far)
        }
        _ => false,
    }
}

/// Horizontal position in pixels beyond which nothing is visible, since pages do not scroll to the left.
const FAR_LEFT: f32 = -900.0;

/// Whether an element's boundaries separate words and paragraphs. `br` counts as one.
pub fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "br"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "html"
            | "legend"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "option"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// `scraper`'s sink behind limits.
struct BoundedSink {
    inner: HtmlTreeSink,
    nodes: Cell<usize>,
    added: Cell<usize>,
    appended: Cell<u32>,
    hit: Cell<Option<&'static str>>,
}

impl BoundedSink {
    /// Creates a sink with capacity for the nodes of an ordinary page of the given length in bytes. A growing tree would be copied repeatedly.
    fn new(length: usize) -> BoundedSink {
        let mut html = Html::new_document();
        html.tree = ego_tree::Tree::with_capacity(Node::Document, (length / BYTES_OF_NODE).min(MAX_NODES));
        BoundedSink {
            inner: HtmlTreeSink::new(html),
            nodes: Cell::new(0),
            added: Cell::new(0),
            appended: Cell::new(0),
            hit: Cell::new(None),
        }
    }

    fn count(&self, nodes: usize) {
        self.nodes.set(self.nodes.get() + nodes);
        if self.nodes.get() > MAX_NODES {
            self.hit.set(Some("too many nodes"));
        }
    }

    /// Checks the depth when nodes are appended. One append in eight is checked, chosen by a hash of its number: ordinary pages pay little, and
    /// hostile ones cannot avoid the check. A stored depth would become wrong when the adoption agency moves nodes.
    fn check_depth(&self, parent: NodeId) {
        let number = self.appended.get().wrapping_add(1);
        self.appended.set(number);
        if number.wrapping_mul(0x9E37_79B9) >> 29 != 0 {
            return;
        }
        let html = self.inner.0.borrow();
        let deep = html.tree.get(parent).is_some_and(|node| node.ancestors().take(MAX_DEPTH + 1).count() > MAX_DEPTH);
        if deep {
            self.hit.set(Some("nested too deeply"));
        }
    }
}

impl TreeSink for BoundedSink {
    type Output = Tree;
    type Handle = NodeId;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Tree {
        Tree { html: self.inner.finish(), truncated: self.hit.get() }
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.check_depth(*parent);
        self.count(usize::from(matches!(child, NodeOrText::AppendText(_))));
        self.inner.append(parent, child);
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        self.count(1 + attrs.len().div_ceil(4));
        self.inner.create_element(name, attrs, flags)
    }

    // The methods below delegate to the inner sink.
    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        self.inner.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        work::step(1);
        self.inner.elem_name(target)
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.count(1);
        self.inner.create_comment(text)
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.inner.create_pi(target, data)
    }

    fn append_based_on_parent_node(&self, element: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        self.inner.append_based_on_parent_node(element, previous, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public_id: StrTendril, system_id: StrTendril) {
        self.inner.append_doctype_to_document(name, public_id, system_id);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.inner.get_template_contents(target)
    }

    fn same_node(&self, one: &NodeId, other: &NodeId) -> bool {
        self.inner.same_node(one, other)
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.inner.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        self.count(usize::from(matches!(child, NodeOrText::AppendText(_))));
        self.inner.append_before_sibling(sibling, child);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attrs: Vec<Attribute>) {
        self.added.set(self.added.get() + attrs.len());
        if self.added.get() <= MAX_ADDED {
            self.inner.add_attrs_if_missing(target, attrs);
        }
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.inner.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.inner.reparent_children(node, new_parent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the unbounded parser is what ours is held to")]
    fn an_ordinary_page_gives_the_same_tree() {
        let page = "<!doctype html><body><p>Một <b>hai<p>ba</b> <table><tr><td>x</table><br>&ocirc;\u{300}<a href='?a=1&b=2'>y</a>";
        assert_eq!(parse(page).html.html(), Html::parse_document(page).html());
    }

    #[test]
    fn hostile_pages_end_soon() {
        for (name, page) in [
            ("deep", "<div>".repeat(1_000_000)),
            ("lists", "<ul><li>".repeat(200_000)),
            ("fonts", format!("<p>{}</p>{}", "<font color=i>".repeat(2_000), "<p>x</p>".repeat(2_000))),
            ("comments", "<!-->".repeat(1_000_000)),
            ("texts", "x<i></i>".repeat(500_000)),
            ("marks", format!("{}{}", format!("<b {}>", "x=1 y ".repeat(200)).repeat(2_000), "<p>x</p>".repeat(2_000))),
            ("bodies", (0..100_000).map(|n| format!("<body a{n}=1>")).collect()),
            ("attributes", format!("<p {}>x</p>", (0..100_000).map(|n| format!("a{n}=1 ")).collect::<String>())),
        ] {
            let tree = parse(&page);
            assert!(matches!(name, "attributes" | "bodies") || tree.truncated.is_some(), "{name}");
        }
    }

    #[test]
    fn a_line_holds_what_is_shown() {
        let tree =
            parse("<div>Một<p>hai<br>ba</p><script>x</script><span style='DISPLAY: none'>y</span> b<b>ốn</b></div>");
        assert_eq!(line(tree.html.root_element()), "Một hai ba bốn");
    }
}
