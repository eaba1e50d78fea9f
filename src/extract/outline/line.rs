//! Lines of text with their form and inline HTML.

use std::ops::Range;

use crate::text::unicode;
use crate::text::work;
use crate::url::PageUrl;

/// A line of the page: the text between two block borders.
#[derive(Debug, Clone)]
pub(in crate::extract) struct Line<'a> {
    pub(in crate::extract) kind: Kind,
    /// Clean, NFC, one line. Tabs separate the cells of a row. For an image, its `alt`.
    pub(in crate::extract) text: String,
    /// The styled stretches, in order, without overlap.
    pub(in crate::extract) runs: Vec<StyledRun<'a>>,
    /// The nearest element around the line.
    pub(in crate::extract) element: usize,
    /// Number of words, separated by spaces. In scripts without spaces, each character counts.
    pub(in crate::extract) words: u32,
    /// Number of words in links.
    pub(in crate::extract) linked: u32,
    pub(in crate::extract) form: Form,
    /// Whether an empty paragraph precedes it.
    pub(in crate::extract) after_gap: bool,
}

/// Minimum number of words of a headline that only its link identifies.
const LEAST_OF_HEADLINE: u32 = 5;

/// How a line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in crate::extract) struct Form {
    /// The whole line is bold.
    pub(in crate::extract) bold: bool,
    /// The whole line is italic.
    pub(in crate::extract) italic: bool,
    pub(in crate::extract) centered: bool,
    pub(in crate::extract) right: bool,
    /// The markup marks it as a caption.
    pub(in crate::extract) caption: bool,
    /// The markup marks it as the author.
    pub(in crate::extract) author: bool,
    /// The markup marks it as the source.
    pub(in crate::extract) source: bool,
    /// It is in a layout table.
    pub(in crate::extract) in_table: bool,
}

/// The kind of a line by its tags.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::extract) enum Kind {
    Paragraph,
    Heading(u8),
    Item { list: usize, ordered: bool },
    Row { table: usize, cells: Vec<String> },
    Quote,
    Image(usize),
}

/// A styled stretch of a line. Pages of inline markup have hundreds of thousands, so it is kept small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::extract) struct StyledRun<'a> {
    /// Start and end in bytes of the line's text.
    start: u32,
    end: u32,
    pub(in crate::extract) styles: Styles<'a>,
}

impl<'a> StyledRun<'a> {
    pub(super) fn new(range: Range<usize>, styles: Styles<'a>) -> StyledRun<'a> {
        StyledRun { start: place(range.start), end: place(range.end), styles }
    }

    /// Returns its range in bytes of the line's text.
    pub(in crate::extract) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub(super) fn set_range(&mut self, range: Range<usize>) {
        (self.start, self.end) = (place(range.start), place(range.end));
    }
}

/// Cannot overflow: a line has far fewer bytes than 2^32.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The styles of a [`StyledRun`], each kind once, outer before inner. However often a page opens the same tag, it is one style.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::extract) struct Styles<'a> {
    kinds: [Option<StyleKind>; 3],
    /// The URL of its link, as in the page.
    link: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum StyleKind {
    Strong,
    Emphasis,
    Link,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::extract) enum Style<'a> {
    Strong,
    Emphasis,
    /// With its URL as in the page.
    Link(&'a str),
}

impl<'a> Styles<'a> {
    /// Adds an inner style, unless one of its kind is present.
    pub(in crate::extract) fn with(mut self, style: Style<'a>) -> Styles<'a> {
        let (kind, link) = match style {
            Style::Strong => (StyleKind::Strong, None),
            Style::Emphasis => (StyleKind::Emphasis, None),
            Style::Link(reference) => (StyleKind::Link, Some(reference)),
        };
        if !self.kinds.contains(&Some(kind))
            && let Some(free) = self.kinds.iter_mut().find(|place| place.is_none())
        {
            *free = Some(kind);
            self.link = self.link.or(link);
        }
        self
    }

    /// Returns the URL of its link, as in the page.
    pub(in crate::extract) fn link(self) -> Option<&'a str> {
        self.link
    }

    /// Returns the outer styles that both share.
    pub(in crate::extract) fn common(self, other: Styles<'a>) -> Styles<'a> {
        let shared = self.iter().zip(other.iter()).take_while(|(one, other)| one == other);
        shared.fold(Styles::default(), |styles, (style, _)| styles.with(style))
    }

    /// Returns the styles, outer before inner.
    fn iter(self) -> impl Iterator<Item = Style<'a>> {
        self.kinds.into_iter().flatten().map(move |kind| match kind {
            StyleKind::Strong => Style::Strong,
            StyleKind::Emphasis => Style::Emphasis,
            StyleKind::Link => Style::Link(self.link.unwrap_or_default()),
        })
    }
}

impl Kind {
    /// Returns a readable name.
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

    /// Returns the share of words in links.
    pub(in crate::extract) fn link_density(&self) -> f32 {
        if self.words == 0 { 0.0 } else { self.linked as f32 / self.words as f32 }
    }

    /// Whether the line is mostly a link that reads like the headline of another page.
    pub(in crate::extract) fn is_linked_headline(&self) -> bool {
        self.words >= LEAST_OF_HEADLINE && self.link_density() > 0.7 && !self.stays_here() && self.has_long_link()
    }

    /// Whether all links lead to positions on the page itself, as in a table of contents.
    fn stays_here(&self) -> bool {
        let mut links = self.links().peekable();
        links.peek().is_some() && links.all(|(_, reference)| reference.starts_with('#'))
    }

    /// Whether a link is as long as a headline, if there are several. A row of facts links to its section and its comments.
    fn has_long_link(&self) -> bool {
        let mut links = self.links().peekable();
        let first = links.peek().map(|(_, reference)| *reference);
        let (mut last, mut words, mut longest) = (first, 0, 0);
        let mut several = false;
        for (run, reference) in links {
            several |= Some(reference) != first;
            words = if last == Some(reference) { words } else { 0 };
            let own = self.text.get(run.range()).unwrap_or_default().split_whitespace();
            words += own.filter(|word| word.contains(unicode::is_alphanumeric)).count();
            (last, longest) = (Some(reference), longest.max(words));
        }
        !several || longest >= LEAST_OF_HEADLINE as usize
    }

    /// Whether the line consists only of links.
    pub(in crate::extract) fn is_link(&self) -> bool {
        self.words > 0 && self.linked >= self.words
    }

    /// Returns each link's range of the text and its URL.
    pub(in crate::extract) fn links(&self) -> impl Iterator<Item = (&StyledRun<'_>, &str)> {
        self.runs.iter().filter_map(|run| Some((run, run.styles.link()?)))
    }

    /// Returns the inline HTML: `a`, `strong`, `em` and escaped text. Nothing else passes, and only `http` and `https` URLs for which there is
    /// `room`.
    pub(in crate::extract) fn html(&self, base: &PageUrl, room: &mut AddressBudget) -> String {
        let mut writer = Writer { html: String::with_capacity(self.text.len() + 32), open: Vec::new(), base, room };
        let mut at = 0;
        for run in &self.runs {
            let range = run.range();
            if range.start > at {
                writer.change_to(Styles::default());
            }
            escape(self.text.get(at..range.start).unwrap_or_default(), &mut writer.html);
            writer.change_to(run.styles);
            at = range.end;
            escape(self.text.get(range).unwrap_or_default(), &mut writer.html);
        }
        writer.change_to(Styles::default());
        escape(self.text.get(at..).unwrap_or_default(), &mut writer.html);
        writer.html
    }
}

/// Resolving references may use this many times the bytes that are kept: one image may occur a hundred times on a page.
const JOINED: usize = 8;

/// Number of bytes of URLs that a record may still take. The size of the page does not bound them: a short reference may resolve to a long URL,
/// and a link may span many lines.
#[derive(Debug)]
pub(in crate::extract) struct AddressBudget {
    left: usize,
    /// Number of bytes of URLs that may still be resolved, whether or not they are kept.
    joined: usize,
    /// Whether anything was left out for lack of room.
    pub(in crate::extract) is_short: bool,
}

impl AddressBudget {
    pub(in crate::extract) fn new(bytes: usize) -> AddressBudget {
        AddressBudget { left: bytes, joined: bytes * JOINED, is_short: false }
    }

    /// Resolves a reference, unless there is no room for it.
    pub(in crate::extract) fn join(&mut self, base: &PageUrl, reference: &str) -> Option<PageUrl> {
        match self.joined.checked_sub(base.as_str().len() + reference.len()) {
            Some(left) => self.joined = left,
            None => self.is_short = true,
        }
        if self.is_short { None } else { base.join(reference).ok() }
    }

    /// Takes room for a URL. Returns whether there was enough.
    pub(in crate::extract) fn take(&mut self, url: &PageUrl) -> bool {
        match self.left.checked_sub(url.as_str().len()) {
            Some(left) => self.left = left,
            None => self.is_short = true,
        }
        !self.is_short
    }
}

/// Writes the HTML of a line.
struct Writer<'l, 'r> {
    html: String,
    /// The open styles, outer first, and whether each has a tag.
    open: Vec<(Style<'l>, bool)>,
    base: &'r PageUrl,
    room: &'r mut AddressBudget,
}

impl<'l> Writer<'l, '_> {
    /// Closes the styles that end and opens those that begin.
    fn change_to(&mut self, styles: Styles<'l>) {
        work::step(1);
        let same = self.open.iter().zip(styles.iter()).take_while(|((open, _), next)| open == next).count();
        for (style, has_tag) in self.open.drain(same..).rev() {
            if has_tag {
                self.html.push_str(match style {
                    Style::Strong => "</strong>",
                    Style::Emphasis => "</em>",
                    Style::Link(_) => "</a>",
                });
            }
        }
        for style in styles.iter().skip(same) {
            work::step(1);
            let has_tag = self.begin(style);
            self.open.push((style, has_tag));
        }
    }

    fn begin(&mut self, style: Style<'_>) -> bool {
        match style {
            Style::Strong => self.html.push_str("<strong>"),
            Style::Emphasis => self.html.push_str("<em>"),
            Style::Link(reference) => {
                let url = self.room.join(self.base, reference).filter(|url| self.room.take(url));
                let Some(url) = url else { return false };
                self.html.push_str("<a href=\"");
                escape(url.as_str(), &mut self.html);
                self.html.push_str("\">");
            }
        }
        true
    }
}

/// Appends a text with HTML's special characters escaped.
pub(in crate::extract) fn escape(text: &str, html: &mut String) {
    work::step(text.len());
    html.push_str(&htmlize::escape_attribute(text));
}
