//! Walks the page and builds the outline.

use ego_tree::NodeId;
use ego_tree::NodeRef;
use foldhash::HashMap;
use foldhash::HashSet;
use html5ever::local_name;
use scraper::ElementRef;
use scraper::Node;

use crate::extract::outline::Element;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::MAX_CELLS;
use crate::extract::outline::MAX_HEAD;
use crate::extract::outline::MAX_JSON_LD;
use crate::extract::outline::MAX_LINE;
use crate::extract::outline::MAX_LINES;
use crate::extract::outline::MAX_TEXT;
use crate::extract::outline::MAX_TITLE;
use crate::extract::outline::Outline;
use crate::extract::outline::Picture;
use crate::extract::outline::Tag;
use crate::extract::outline::anchor;
use crate::extract::outline::context::Context;
use crate::extract::outline::hidden;
use crate::extract::outline::line::Form;
use crate::extract::outline::line_builder::LineBuilder;
use crate::extract::outline::picture;
use crate::extract::outline::table;
use crate::extract::outline::tag::is_block;
use crate::extract::outline::vocabulary;
use crate::extract::outline::vocabulary::Words;
use crate::html::tree;
use crate::text::legacy::Reading;
use crate::text::unicode;
use crate::text::work;

/// Maximum number of characters of a heading. A longer one is really a paragraph.
const MAX_HEADING: usize = 200;

/// Number of bytes of the page's text that are kept unchanged.
const SAMPLE: usize = 16 * 1024;

/// The end of an element that is not closed yet: the current one or an ancestor of it.
const OPEN: usize = 0;

/// Maximum number of lines of a caption, a byline or a source line.
const MAX_NAMED_LINES: usize = 4;

/// What the walk leaves out, and what it knows in advance.
#[derive(Debug, Default)]
pub(in crate::extract) struct Scope {
    /// Elements to leave out.
    pub(in crate::extract) skip: HashSet<NodeId>,
    /// Elements that are captions.
    pub(in crate::extract) captions: HashSet<NodeId>,
    /// Whether to read elements that their style hides.
    pub(in crate::extract) hidden: bool,
    /// How the page's text was decoded wrongly.
    pub(in crate::extract) misread: Option<Reading>,
}

/// Reads a page.
pub(super) fn read<'a>(root: ElementRef<'a>, scope: &Scope) -> Outline<'a> {
    let mut walk = Walk {
        scope,
        out: Outline::default(),
        line_builder: LineBuilder::default(),
        groups: 0,
        known: HashMap::default(),
        gap: false,
        current: 0,
        read: 0,
        json_ld: 0,
    };
    walk.element(root, &Context::default());
    walk.flush(&Context::default());
    walk.out
}

struct Walk<'a, 's> {
    scope: &'s Scope,
    out: Outline<'a>,
    line_builder: LineBuilder<'a>,
    /// Number of lists and tables so far.
    groups: usize,
    /// Names seen before, single ones and whole attributes. Themes repeat them.
    known: HashMap<&'a str, Words>,
    /// Whether there was an empty paragraph since the last line.
    gap: bool,
    /// The recorded element that is being read.
    current: usize,
    /// Number of bytes of text, and of JSON-LD, read so far.
    read: usize,
    json_ld: usize,
}

impl<'a> Walk<'a, '_> {
    fn children(&mut self, node: NodeRef<'a, Node>, context: &Context<'a>) {
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

    fn element(&mut self, element: ElementRef<'a>, context: &Context<'a>) {
        work::step(1);
        let name = element.value().name();
        match name {
            "script" => return self.script(element),
            "title" if context.heading.is_none() && self.out.page_title.is_empty() => {
                let mut title: String = element.text().collect();
                title.truncate(title.floor_char_boundary(MAX_TITLE));
                self.out.page_title = self.attribute(&title);
                return;
            }
            "meta" | "link" | "base" => {
                if self.out.head.len() < MAX_HEAD {
                    self.out.head.push(element);
                }
                return;
            }
            // Annotations of characters (`ruby`) are skipped.
            "template" => return self.template(element, context),
            "rt" | "rp" | "style" | "select" | "option" | "textarea" | "input" | "title" | "datalist" | "canvas"
            | "map" | "wbr" => return,
            "noscript" if !self.line_builder.text.is_empty() || !picture::is_only_in(element) => return,
            "button" => return picture::enlarged_by(element).into_iter().for_each(|image| self.image(image, context)),
            "svg" => return self.line_builder.icon(),
            "i" if element.first_child().is_none() => return self.line_builder.icon(),
            _ => {}
        }
        if self.scope.skip.contains(&element.id()) || (!self.scope.hidden && hidden::is_unread(element)) {
            return;
        }
        if self.out.lines.len() >= MAX_LINES || self.read >= MAX_TEXT {
            self.out.truncated = true;
            return;
        }
        match name {
            "img" | "amp-img" | "noscript" => return self.image(element, context),
            "br" if context.heading.is_some() && joins(element) => return self.line_builder.blank(),
            "br" | "hr" => {
                self.gap |= self.line_builder.text.is_empty();
                return self.flush(context);
            }
            _ => {}
        }
        if is_block(element) {
            // The current line ends before the block and is not part of it.
            self.flush(context);
        }
        let before = self.current;
        let opens_line = self.line_builder.text.is_empty();
        let recorded = self.record(element, name);
        // Words for screen readers within a line ("opens in a new window") are not part of its text. Icons separate the words around them.
        let has_words = || element.text().any(|text| text.contains(unicode::is_alphanumeric));
        if !self.line_builder.text.is_empty() && recorded.is_some_and(|at| self.is_unseen(at)) && has_words() {
            self.current = before;
            self.out.elements.pop();
            return;
        }
        self.inside(element, name, context);
        if let Some(index) = recorded {
            self.close(index, before);
            if opens_line && !is_block(element) {
                self.name_line(index);
            }
        }
    }

    /// Reads a template that contains the rest of a text for a script to show.
    fn template(&mut self, element: ElementRef<'a>, context: &Context<'a>) {
        if let Some(contents) = element.first_child().filter(|_| hidden::goes_on(element)) {
            self.flush(context);
            self.children(contents, context);
            self.flush(context);
        }
    }

    fn is_unseen(&self, at: usize) -> bool {
        self.out.elements.get(at).is_some_and(|element| element.tag == Tag::Inline && element.words.any(Words::HIDDEN))
    }

    fn inside(&mut self, element: ElementRef<'a>, name: &str, context: &Context<'a>) {
        // A player's content is for browsers that cannot play it.
        if matches!(name, "audio" | "video") {
            return;
        }
        if name == "table" && table::is_data(element) {
            return self.table(element, context);
        }
        let inner = context.within(element, &mut self.groups, &self.scope.captions);
        if is_block(element) {
            self.flush(context);
            let before = self.out.lines.len();
            self.children(*element, &inner);
            self.flush(&inner);
            self.gap |= before == self.out.lines.len() && matches!(name, "p" | "div");
        } else {
            self.children(*element, &inner);
        }
    }

    fn record(&mut self, element: ElementRef<'a>, name: &str) -> Option<usize> {
        let tag = Tag::of(name);
        let own = element.value();
        if tag == Tag::Inline && own.attrs.is_empty() {
            return None;
        }
        // Themes put switches on the body that do not describe a place: "lightbox", "nav-dropdown-has-arrow".
        let words = match name {
            "html" | "body" => Words::NONE,
            "figure" if picture::fills(element) => self.words_of(element) | Words::CAPTION,
            _ => self.words_of(element),
        };
        let index = self.out.elements.len();
        let lines = self.out.lines.len();
        self.out.elements.push(Element {
            node: element,
            tag,
            words,
            above: words | self.out.elements.get(self.current).map_or(Words::NONE, |parent| parent.above),
            parent: self.current,
            end: OPEN,
            lines: lines..lines,
        });
        self.current = index;
        Some(index)
    }

    fn close(&mut self, index: usize, before: usize) {
        let end = self.out.elements.len();
        // The line around an inline element is not written yet.
        let pending = usize::from(!self.line_builder.text.is_empty());
        let lines = self.out.lines.len() + pending;
        if let Some(element) = self.out.elements.get_mut(index) {
            element.end = end;
            element.lines.end = lines;
        }
        self.current = before;
        self.close_named(index);
    }

    /// Records the names of the inline element that the current line began with. They count if the line ends with the element.
    fn name_line(&mut self, index: usize) {
        const NAMES: Words = Words::CAPTION.or(Words::AUTHOR).or(Words::SOURCE);
        let words = self.out.elements.get(index).map_or(Words::NONE, |element| element.words);
        if words.any(NAMES) && !self.line_builder.text.is_empty() {
            let (so_far, end) = self.line_builder.named;
            let known = if end == self.line_builder.text.len() { so_far } else { Words::NONE };
            self.line_builder.named = (known | words, self.line_builder.text.len());
        }
    }

    /// Applies the names of a small element to its lines. Themes give such names to whole columns too, so large ones do not count.
    fn close_named(&mut self, index: usize) {
        let Some(element) = self.out.elements.get(index) else { return };
        if element.lines.len() > MAX_NAMED_LINES {
            return;
        }
        let says = |words: Words| element.words.any(words);
        let (caption, author, source) = (says(Words::CAPTION), says(Words::AUTHOR), says(Words::SOURCE));
        if !(caption || author || source) {
            return;
        }
        let range = element.lines.start..element.lines.end.min(self.out.lines.len());
        for line in self.out.lines.get_mut(range).into_iter().flatten() {
            line.form.caption |= caption;
            // Some themes mark captions as quotations.
            if caption && line.kind == Kind::Quote {
                line.kind = Kind::Paragraph;
            }
            line.form.author |= author;
            line.form.source |= source;
        }
    }

    fn words_of(&mut self, element: ElementRef<'a>) -> Words {
        const NAMES: &[&str] = &["class", "id", "data-testid", "data-component", "data-qa", "data-type"];
        let mut words = Words::NONE;
        for (name, value) in element.value().attrs() {
            words = words
                | match name {
                    "itemprop" => vocabulary::of_itemprop(value),
                    "role" => vocabulary::of_role(value),
                    _ if NAMES.contains(&name) => {
                        let named = self.meanings_of(value);
                        let is_anchor = named != Words::NONE && name == "id" && anchor::says_text(element, value);
                        if is_anchor { Words::NONE } else { named }
                    }
                    _ => Words::NONE,
                };
        }
        words
    }

    fn meanings_of(&mut self, names: &'a str) -> Words {
        if let Some(words) = self.known.get(names) {
            return *words;
        }
        let of_name = |name| *self.known.entry(name).or_insert_with(|| vocabulary::of_name(name));
        let words = vocabulary::of_names_by(names, of_name);
        self.known.insert(names, words);
        words
    }

    fn script(&mut self, element: ElementRef<'a>) {
        if tree::attribute(element.value(), &local_name!("type"))
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"))
        {
            let json: String = element.text().collect();
            self.json_ld += json.len();
            if self.json_ld <= MAX_JSON_LD {
                self.out.json_ld.push(json);
            }
        }
    }

    fn image(&mut self, element: ElementRef<'a>, context: &Context<'a>) {
        self.flush(context);
        let index = self.out.pictures.len();
        self.out.pictures.push(Picture { node: element });
        let alt = self.attribute(tree::attribute(element.value(), &local_name!("alt")).unwrap_or_default());
        let line = self.line(Kind::Image(index), alt, context);
        self.out.lines.push(line);
    }

    fn table(&mut self, element: ElementRef<'a>, context: &Context<'a>) {
        self.flush(context);
        self.groups += 1;
        let table = self.groups;
        for row in table::rows_of(element) {
            if self.out.lines.len() >= MAX_LINES || self.read >= MAX_TEXT {
                self.out.truncated = true;
                return;
            }
            let cells: Vec<String> = table::cells_of(row).take(MAX_CELLS).map(|cell| self.cell(cell)).collect();
            self.out.truncated |= cells.len() == MAX_CELLS;
            self.read += cells.iter().map(String::len).sum::<usize>();
            if cells.iter().any(|cell| !cell.is_empty()) {
                let text = cells.join("\t");
                let words = u32::try_from(text.split_whitespace().count()).unwrap_or(u32::MAX);
                let linked =
                    if row.descendent_elements().any(|below| below.value().name() == "a") { words / 2 } else { 0 };
                let line = self.line(Kind::Row { table, cells }, text, context);
                self.out.lines.push(Line { words, linked, ..line });
            }
        }
    }

    /// Returns a value clean and correctly decoded.
    fn attribute(&self, value: &str) -> String {
        match self.scope.misread {
            Some(misread) => unicode::clean(&misread.undo(value)),
            None => unicode::clean(value),
        }
    }

    fn cell(&mut self, cell: ElementRef<'a>) -> String {
        let raw: String = cell.text().collect::<Vec<_>>().join(" ");
        self.sample(&raw);
        match self.scope.misread {
            Some(_) => self.attribute(&raw),
            None => tree::line(cell),
        }
    }

    fn line(&mut self, kind: Kind, text: String, context: &Context<'a>) -> Line<'a> {
        let after_gap = std::mem::take(&mut self.gap);
        Line { kind, text, runs: Vec::new(), element: self.current, words: 0, linked: 0, form: context.form, after_gap }
    }

    /// Adds text. The rest of a line that is too long continues in another.
    fn text(&mut self, text: &str, context: &Context<'a>) {
        let mut rest = text;
        while self.read < MAX_TEXT && !rest.is_empty() {
            if self.line_builder.text.len() >= MAX_LINE {
                self.flush(context);
            }
            let (piece, after) = rest.split_at(cut(rest, MAX_LINE.saturating_sub(self.line_builder.text.len())));
            self.read += piece.len();
            self.piece(piece, context);
            rest = after;
            if !rest.is_empty() {
                self.flush(context);
            }
        }
        self.out.truncated |= !rest.is_empty();
    }

    fn piece(&mut self, text: &str, context: &Context<'a>) {
        work::step(text.len());
        self.widen();
        self.sample(text);
        let undone = self.scope.misread.map(|misread| misread.undo(text));
        let text = undone.as_deref().unwrap_or(text);
        // Word's empty tags, escaped by the editor they were pasted into.
        let without_tags = text.contains("o:p>").then(|| text.replace("<o:p>", "").replace("</o:p>", ""));
        let text = without_tags.as_deref().unwrap_or(text);
        let before = (self.line_builder.words, self.line_builder.letters);
        self.line_builder.push(text, context.styles);
        let words = self.line_builder.words - before.0;
        let letters = self.line_builder.letters - before.1;
        // A heading that links to its own position on the page, as in documentation, leads nowhere.
        let leads = |reference: &str| context.heading.is_none() || !reference.starts_with('#');
        self.line_builder.linked += if context.styles.link().is_some_and(leads) { words } else { 0 };
        self.line_builder.bold += if context.bold { letters } else { 0 };
        self.line_builder.italic += if context.italic { letters } else { 0 };
    }

    /// Keeps the beginning of the page's text unchanged, to check whether it was decoded correctly.
    fn sample(&mut self, text: &str) {
        if self.out.sample.len() < SAMPLE && !text.trim_start().is_empty() {
            self.out.sample.push_str(text);
            self.out.sample.push(' ');
        }
    }

    /// Widens the line's element to contain all of its text.
    fn widen(&mut self) {
        if self.line_builder.text.is_empty() {
            self.line_builder.element = self.current;
            return;
        }
        while let Some(element) = self.out.elements.get(self.line_builder.element)
            && element.end != OPEN
        {
            work::step(1);
            self.line_builder.element = element.parent;
        }
    }

    /// Ends the current line.
    fn flush(&mut self, context: &Context<'a>) {
        if self.line_builder.text.is_empty() {
            self.line_builder.blank_due = false;
            return;
        }
        let mut done = std::mem::take(&mut self.line_builder);
        let (names, end) = done.named;
        let names = if end == done.text.len() { names } else { Words::NONE };
        done.compose();
        let heading = context.heading.filter(|_| done.text.chars().nth(MAX_HEADING).is_none());
        let kind = match (heading, context.item, context.quote) {
            (Some(level), _, _) => Kind::Heading(level),
            (None, Some((list, ordered)), _) => Kind::Item { list, ordered },
            (None, None, true) => Kind::Quote,
            (None, None, false) => Kind::Paragraph,
        };
        let whole = |part: u32| done.letters > 0 && part == done.letters;
        let form = Form {
            bold: whole(done.bold),
            italic: whole(done.italic),
            caption: context.form.caption || names.any(Words::CAPTION),
            author: context.form.author || names.any(Words::AUTHOR),
            source: context.form.source || names.any(Words::SOURCE),
            ..context.form
        };
        let line = Line { element: done.element, ..self.line(kind, done.text, context) };
        self.out.lines.push(Line { runs: done.runs, words: done.words, linked: done.linked, form, ..line });
    }
}

/// Maximum number of lines of a headline that its editor broke.
const MOST_OF_BROKEN: usize = 3;

/// Whether a break is inside a headline: between two of its few lines of plain text. A kicker has its own element, and verse has more lines.
fn joins(element: ElementRef<'_>) -> bool {
    let Some(heading) = element.parent().and_then(ElementRef::wrap) else { return false };
    let is_break = |node: &NodeRef<'_, Node>| node.value().as_element().is_some_and(|own| own.name() == "br");
    let is_text = |node: Option<NodeRef<'_, Node>>| {
        node.is_some_and(|node| node.value().as_text().is_some_and(|text| !text.trim().is_empty()))
    };
    is_text(element.prev_sibling())
        && is_text(element.next_sibling())
        && heading.children().filter(is_break).nth(MOST_OF_BROKEN - 1).is_none()
        && heading.children().nth(2 * MOST_OF_BROKEN).is_none()
}

/// Returns where to cut a text to fit into `room` bytes: at the last space before the limit, else at the limit.
fn cut(text: &str, room: usize) -> usize {
    if text.len() <= room {
        return text.len();
    }
    let end = text.ceil_char_boundary(room.max(1));
    text.get(..end).and_then(|head| head.rfind(char::is_whitespace)).filter(|blank| *blank > 0).unwrap_or(end)
}
