//! Text → tree, with bounds: html5ever is quadratic in depth and in the attributes of a tag (servo/html5ever#788).

use std::borrow::Cow;
use std::cell::Cell;
use std::cell::Ref;
use std::time::Duration;
use std::time::Instant;

use ego_tree::NodeId;
use ego_tree::NodeRef;
use html5ever::Attribute;
use html5ever::QualName;
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

use crate::html::tokenizer;
use crate::text::unicode;

/// Ancestors of a node at most; browsers stop there as well (Blink's `kMaximumHTMLParserDOMTreeDepth`).
pub const MAX_DEPTH: usize = 512;

/// Nodes of a page at most. Pages of portals have some thousands, a list page of 20 MB has about 400,000; badly nested `<font>` makes
/// millions out of 50 KB.
pub const MAX_NODES: usize = 500_000;

/// Time for one parse. An honest page of 20 MB takes half a second.
pub const MAX_TIME: Duration = Duration::from_secs(2);

/// Tokens between two looks at the clock.
const TOKENS_A_LOOK: u32 = 1024;

/// A parsed page. Not `Send`: it lives inside one call on one thread.
#[derive(Debug)]
pub struct Tree {
    /// The tree, of all the page or of what stood before a bound was hit.
    pub html: Html,
    /// The bound that was hit.
    pub truncated: Option<&'static str>,
}

/// Parses a document within the bounds. The tree of an ordinary page is the one that `scraper` itself would give, less the bytes of
/// base64 images.
#[expect(
    clippy::disallowed_methods,
    reason = "a parse cannot be canceled from outside: its deadline is a bound on work, not a time of day"
)]
pub fn parse(text: &str) -> Tree {
    let builder = TreeBuilder::new(Bounded::new(), TreeBuilderOpts::default());
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

/// The text of an element as one clean line: block boundaries and `<br>` are blanks; scripts, styles, templates, form controls and
/// hidden elements below it give none.
pub fn line(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    let mut walk: Vec<(NodeRef<'_, Node>, bool)> = vec![(*element, false)];
    while let Some((node, leaving)) = walk.pop() {
        match node.value() {
            Node::Text(part) => text.push_str(part),
            Node::Element(own) => {
                if is_block(own.name()) {
                    text.push(' ');
                }
                if !leaving
                    && (node.id() == element.id() || ElementRef::wrap(node).is_some_and(|below| !is_hidden(below)))
                {
                    walk.push((node, true));
                    walk.extend(node.children().rev().map(|child| (child, false)));
                }
            }
            _ => {}
        }
    }
    unicode::clean(&text)
}

/// Whether an element is never shown: scripts and the like, `hidden`, `display:none`.
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
    own.attr("hidden").is_some() || own.attr("style").is_some_and(hides)
}

/// Whether a `style` says that nothing is shown: `display: none` or `visibility: hidden`.
pub fn hides(style: &str) -> bool {
    style.split(';').any(|declaration| {
        let (property, value) = declaration.split_once(':').unwrap_or_default();
        let value = value.trim().trim_end_matches("!important").trim_end();
        let property = property.trim();
        (property.eq_ignore_ascii_case("display") && value.eq_ignore_ascii_case("none"))
            || (property.eq_ignore_ascii_case("visibility") && value.eq_ignore_ascii_case("hidden"))
    })
}

/// Whether an element's borders part words and paragraphs; `br` counts as one.
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

/// `scraper`'s sink with the bounds in front.
struct Bounded {
    inner: HtmlTreeSink,
    nodes: Cell<usize>,
    appended: Cell<u32>,
    hit: Cell<Option<&'static str>>,
}

impl Bounded {
    fn new() -> Bounded {
        Bounded {
            inner: HtmlTreeSink::new(Html::new_document()),
            nodes: Cell::new(0),
            appended: Cell::new(0),
            hit: Cell::new(None),
        }
    }

    fn count(&self) {
        self.nodes.set(self.nodes.get() + 1);
        if self.nodes.get() > MAX_NODES {
            self.hit.set(Some("too many nodes"));
        }
    }

    /// Looked at when nodes are appended, one in eight by a hash of their number, so that a page pays little and cannot step round
    /// it. The adoption agency moves nodes about, so a depth kept beside them would lie.
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

impl TreeSink for Bounded {
    type Output = Tree;
    type Handle = NodeId;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Tree {
        Tree { html: self.inner.finish(), truncated: self.hit.get() }
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.check_depth(*parent);
        self.inner.append(parent, child);
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        self.count();
        self.inner.create_element(name, attrs, flags)
    }

    // Everything below hands on.
    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        self.inner.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        self.inner.elem_name(target)
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
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
        self.inner.append_before_sibling(sibling, child);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attrs: Vec<Attribute>) {
        self.inner.add_attrs_if_missing(target, attrs);
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
            ("attributes", format!("<p {}>x</p>", (0..100_000).map(|n| format!("a{n}=1 ")).collect::<String>())),
        ] {
            let tree = parse(&page);
            assert!(name == "attributes" || tree.truncated.is_some(), "{name}");
        }
    }

    #[test]
    fn a_line_holds_what_is_shown() {
        let tree =
            parse("<div>Một<p>hai<br>ba</p><script>x</script><span style='DISPLAY: none'>y</span> b<b>ốn</b></div>");
        assert_eq!(line(tree.html.root_element()), "Một hai ba bốn");
    }
}
