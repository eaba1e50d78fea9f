//! Lines of text with their form, and their inline HTML.

use crate::url::PageUrl;

/// A line of the page: what stands between two borders of blocks.
#[derive(Debug, Clone)]
pub(in crate::extract) struct Line<'a> {
    pub(in crate::extract) kind: Kind,
    /// Clean, NFC, one line; the cells of a row are parted by tabs. An image's is its `alt`.
    pub(in crate::extract) text: String,
    /// Inline form, in order of their ends.
    pub(in crate::extract) marks: Vec<Mark<'a>>,
    /// The nearest element around it.
    pub(in crate::extract) element: usize,
    /// Words: what blanks part, and each character of scripts without blanks.
    pub(in crate::extract) words: u32,
    /// Words in links.
    pub(in crate::extract) linked: u32,
    pub(in crate::extract) form: Form,
    /// An empty paragraph stands before it.
    pub(in crate::extract) after_gap: bool,
}

/// How a line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::extract) struct Form {
    /// All of it is bold.
    pub(in crate::extract) bold: bool,
    /// All of it is italic.
    pub(in crate::extract) italic: bool,
    pub(in crate::extract) centered: bool,
    pub(in crate::extract) right: bool,
    /// The markup says that it is a caption.
    pub(in crate::extract) caption: bool,
    /// It stands in a table that serves the layout.
    pub(in crate::extract) in_table: bool,
}

/// What a line is by its tags.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::extract) enum Kind {
    Paragraph,
    Heading(u8),
    Item { list: usize, ordered: bool },
    Row { table: usize, cells: Vec<String> },
    Quote,
    Image(usize),
}

/// A stretch of a line with a form of its own.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::extract) struct Mark<'a> {
    /// Bytes of the line's text.
    pub(in crate::extract) start: usize,
    pub(in crate::extract) end: usize,
    pub(in crate::extract) style: Style<'a>,
}

/// The form of a [`Mark`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::extract) enum Style<'a> {
    Strong,
    Emphasis,
    /// With its address as in the page.
    Link(&'a str),
}

impl Kind {
    /// Its name, for people.
    pub(in crate::extract) fn name(&self) -> &'static str {
        match self {
            Kind::Paragraph => "p",
            Kind::Heading(1) => "h1",
            Kind::Heading(2) => "h2",
            Kind::Heading(_) => "h3-h6",
            Kind::Item { .. } => "li",
            Kind::Row { .. } => "row",
            Kind::Quote => "quote",
            Kind::Image(_) => "img",
        }
    }
}

impl Line<'_> {
    pub(in crate::extract) fn is_image(&self) -> bool {
        matches!(self.kind, Kind::Image(_))
    }

    /// Share of the words that stand in links.
    pub(in crate::extract) fn link_density(&self) -> f32 {
        if self.words == 0 { 0.0 } else { self.linked as f32 / self.words as f32 }
    }

    /// Whether the line is nothing but a link or links.
    pub(in crate::extract) fn is_link(&self) -> bool {
        self.words > 0 && self.linked >= self.words
    }

    /// The inline HTML: `a`, `strong`, `em` and escaped text. Nothing else comes through, and only `http` and `https` addresses.
    pub(in crate::extract) fn html(&self, base: &PageUrl) -> String {
        let mut edges: Vec<(usize, bool, usize)> = Vec::with_capacity(self.marks.len() * 2);
        for (number, mark) in self.marks.iter().enumerate().filter(|(_, mark)| mark.end > mark.start) {
            edges.push((mark.start, true, number));
            edges.push((mark.end, false, number));
        }
        // At one place what ends comes before what begins; the longer begins first.
        let length = |number: usize| self.marks.get(number).map_or(0, |mark| mark.end - mark.start);
        edges.sort_by_key(|&(at, begins, number)| {
            (at, begins, if begins { usize::MAX - length(number) } else { length(number) })
        });
        let mut html = String::with_capacity(self.text.len() + 32);
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        for (place, begins, number) in edges {
            escape(self.text.get(at..place).unwrap_or_default(), &mut html);
            at = at.max(place);
            if begins {
                self.open(number, base, &mut html);
                open.push(number);
            } else if let Some(depth) = open.iter().position(|known| *known == number) {
                // What was opened inside and goes on is closed and opened again.
                let inside = open.split_off(depth);
                inside.iter().rev().for_each(|inner| self.close(*inner, base, &mut html));
                for inner in inside.into_iter().filter(|inner| *inner != number) {
                    self.open(inner, base, &mut html);
                    open.push(inner);
                }
            }
        }
        escape(self.text.get(at..).unwrap_or_default(), &mut html);
        html
    }

    fn tag(&self, number: usize, base: &PageUrl) -> Option<(&'static str, Option<PageUrl>)> {
        match self.marks.get(number)?.style {
            Style::Strong => Some(("strong", None)),
            Style::Emphasis => Some(("em", None)),
            Style::Link(reference) => Some(("a", Some(base.join(reference).ok()?))),
        }
    }

    fn open(&self, number: usize, base: &PageUrl, html: &mut String) {
        match self.tag(number, base) {
            Some((name, Some(url))) => {
                html.push('<');
                html.push_str(name);
                html.push_str(" href=\"");
                escape(url.as_str(), html);
                html.push_str("\">");
            }
            Some((name, None)) => {
                html.push('<');
                html.push_str(name);
                html.push('>');
            }
            None => {}
        }
    }

    fn close(&self, number: usize, base: &PageUrl, html: &mut String) {
        if let Some((name, _)) = self.tag(number, base) {
            html.push_str("</");
            html.push_str(name);
            html.push('>');
        }
    }
}

/// Appends a text with what means something in HTML escaped.
pub(in crate::extract) fn escape(text: &str, html: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"']) {
        let (before, after) = rest.split_at(at);
        html.push_str(before);
        html.push_str(match after.as_bytes().first() {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(b'>') => "&gt;",
            _ => "&quot;",
        });
        rest = after.get(1..).unwrap_or_default();
    }
    html.push_str(rest);
}
