//! The form that a line inherits from the elements around it.

use ego_tree::NodeId;
use foldhash::HashSet;
use html5ever::local_name;
use scraper::ElementRef;

use crate::extract::outline::line::Form;
use crate::extract::outline::line::Style;
use crate::extract::outline::line::Styles;
use crate::html::tree;

/// The form of everything inside an element.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Context<'a> {
    pub(super) heading: Option<u8>,
    pub(super) item: Option<(usize, bool)>,
    pub(super) quote: bool,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) form: Form,
    pub(super) styles: Styles<'a>,
}

impl<'a> Context<'a> {
    /// Returns the context inside a child element. `groups` numbers lists, `captions` are captions by rule.
    pub(super) fn within(
        &self,
        element: ElementRef<'a>,
        groups: &mut usize,
        captions: &HashSet<NodeId>,
    ) -> Context<'a> {
        let own = element.value();
        let name = own.name();
        let mut inner = *self;
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => inner.heading = name.as_bytes().get(1).map(|digit| digit - b'0'),
            "ul" | "ol" => {
                *groups += 1;
                inner.item = Some((*groups, name == "ol"));
            }
            "blockquote" => inner.quote = true,
            "figcaption" => inner.form.caption = true,
            "table" => inner.form.in_table = true,
            "th" => inner.bold = true,
            "b" | "strong" => {
                inner.bold = true;
                inner.styles = inner.styles.with(Style::Strong);
            }
            "i" | "em" => {
                inner.italic = true;
                inner.styles = inner.styles.with(Style::Emphasis);
            }
            "a" => {
                if let Some(reference) = tree::attribute(own, &local_name!("href")) {
                    inner.styles = inner.styles.with(Style::Link(reference));
                }
            }
            "center" => inner.form.centered = true,
            _ => {}
        }
        if let Some(style) = tree::attribute(own, &local_name!("style")) {
            inner.apply(style, tree::is_block(name));
        }
        if tree::is_block(name)
            && let Some(align) = tree::attribute(own, &local_name!("align"))
        {
            inner.form.centered = align.eq_ignore_ascii_case("center");
            inner.form.right = align.eq_ignore_ascii_case("right");
        }
        inner.form.caption |= captions.contains(&element.id());
        inner
    }

    /// Applies a `style` attribute.
    fn apply(&mut self, style: &str, block: bool) {
        for declaration in style.split(';') {
            let Some((property, value)) = declaration.split_once(':') else { continue };
            let value = value.trim();
            match property.trim() {
                "font-weight" | "FONT-WEIGHT" => {
                    self.bold = matches!(value, "bold" | "bolder" | "600" | "700" | "800" | "900")
                        || (self.bold && value == "inherit");
                }
                "font-style" | "FONT-STYLE" => self.italic = matches!(value, "italic" | "oblique"),
                "text-align" | "TEXT-ALIGN" if block => {
                    self.form.centered = value.starts_with("center");
                    self.form.right = value.starts_with("right");
                }
                _ => {}
            }
        }
    }
}
