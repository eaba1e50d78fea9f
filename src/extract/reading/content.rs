//! Reads the body: its place, its lines, its parts.

use ego_tree::NodeId;
use foldhash::HashSet;
use scraper::ElementRef;

use crate::extract::blocks;
use crate::extract::body;
use crate::extract::date_lines;
use crate::extract::images;
use crate::extract::lead;
use crate::extract::outline;
use crate::extract::outline::AddressBudget;
use crate::extract::outline::Form;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::vocabulary::Words;
use crate::extract::parts;
use crate::extract::parts::Parts;
use crate::extract::reach;
use crate::extract::reading::BodyLines;
use crate::extract::reading::LEAST_WORDS;
use crate::extract::reading::Page;
use crate::extract::reading::Reading;
use crate::extract::reading::is_below;
use crate::extract::structured;
use crate::extract::structured::Property;
use crate::extract::title;
use crate::extract::unscripted;
use crate::html::tree;
use crate::model::article::Block;
use crate::model::article::Field;
use crate::model::article::Image;
use crate::model::article::ShownLine;
use crate::text::date;
use crate::url::PageUrl;

/// Maximum number of bytes of the URLs of a record's images together; also of its attachments, and of the links in its text. A dossier of a
/// hundred images has some ten thousand.
pub(super) const MAX_ADDRESSES: usize = 512 * 1024;

/// How many times as many words another element may have as the body named by family rules. A notice of three lines is next to a frame with
/// several times its words; a wrongly matched teaser is next to the article.
const LEAST_SHARE: u32 = 10;

/// Maximum number of frame lines that open a body, of lines from one to the headline below it, and of its words.
const FRAME_LINES: usize = 4;
const ABOVE: usize = 2;
const SHORT: u32 = 8;

/// Maximum number of tool lines that close a body, and of lines in one tool.
const TOOL_LINES: usize = 3;

/// The body's element by rule.
pub(super) struct BodyRule<'a> {
    pub(super) element: ElementRef<'a>,
    origin: String,
    of_family: bool,
}

impl Page<'_> {
    /// Returns what is known before the search for the body, and whether more than `<title>` confirms that a line is the headline.
    fn known(&self) -> (body::BodyContext<'_>, bool) {
        let title_line = title::early_line(&self.outline, &self.evidence);
        let title = title_line.and_then(|at| self.outline.lines.get(at));
        let titled = title.is_some_and(|line| self.evidence.vouch(&line.text));
        (body::BodyContext { title_line, said: structured::first(&self.said, Property::Body), memory: &[] }, titled)
    }
}

impl<'a> Reading<'a> {
    pub(super) fn body_by_rule(&mut self, skip: &HashSet<NodeId>) -> Option<BodyRule<'a>> {
        let rules = self.rules.clone();
        for set in rules {
            for place in &set.body {
                let origin = format!("{}: {}", set.name, place.text);
                let elements = place.elements(self.root).into_iter();
                let mut elements = elements.filter(|element| !skip.contains(&element.id()) && has_content(*element));
                let found = elements.next();
                // Family rules expect one element. If they match several side by side, none is the body.
                let is_inner = |found: ElementRef<'a>, other: ElementRef<'a>| is_below(*other, found.id());
                let found = found.filter(|found| !set.of_family || elements.all(|other| is_inner(*found, other)));
                self.note("content_text", &origin, found.map(tree::line).as_deref(), None, found.is_some());
                if let Some(found) = found {
                    return Some(BodyRule { element: found, origin, of_family: set.of_family });
                }
            }
        }
        None
    }

    pub(super) fn body(&mut self, page: &Page<'a>, by_rule: Option<&BodyRule<'a>>) -> BodyLines {
        by_rule.and_then(|rule| self.ruled_body(page, rule)).unwrap_or_else(|| self.generic_body(page))
    }

    /// Returns the lines of the element that a rule names.
    fn ruled_body(&mut self, page: &Page<'a>, rule: &BodyRule<'a>) -> Option<BodyLines> {
        let container = page.outline.index_of(rule.element.id())?;
        let element = page.outline.elements.get(container)?;
        let mut chosen: Vec<usize> = element.lines.clone().collect();
        if rule.of_family {
            let (known, _) = page.known();
            let text = body::within(&page.outline, &known, container);
            let by_itself = body::find(&page.outline, &known).words(&page.outline);
            if text.words(&page.outline) * LEAST_SHARE < by_itself.max(1) {
                return None;
            }
            chosen = reach::with_images(page, &text, known.title_line);
        }
        reach::without_frame(page, &mut chosen);
        let span = reach::span_of(&page.outline, &chosen);
        self.out.body_origin = Some(rule.origin.clone());
        chosen.extend(reach::signed_after(&page.outline, container, &chosen));
        if self.explain {
            self.out.lines = shown_lines(&page.outline, &[], &chosen);
        }
        let whole = !rule.of_family;
        Some(BodyLines { container: Some(container), chosen, span, by_rule: true, whole, titled: false })
    }

    fn generic_body(&mut self, page: &Page<'a>) -> BodyLines {
        let (known, titled) = page.known();
        let found = reach::recall_body(page, body::find(&page.outline, &known), known);
        let mut chosen = reach::with_images(page, &found, known.title_line);
        // If an article has no text, readers' comments below it are not its text.
        if found.container.is_some_and(|at| is_among_comments(&page.outline, at)) {
            chosen.clear();
        }
        let span = reach::span_of(&page.outline, &chosen);
        chosen.extend(found.container.map(|at| reach::signed_after(&page.outline, at, &chosen)).unwrap_or_default());
        let container = found.container.and_then(|at| page.outline.elements.get(at));
        let shown = container.map(|element| format!("{} lines of {}", chosen.len(), name_of(element.node)));
        self.note("content_text", "generic", shown.as_deref(), None, !chosen.is_empty());
        self.out.body_origin = (!chosen.is_empty()).then(|| "generic".to_owned());
        if self.explain {
            self.out.lines = shown_lines(&page.outline, &found.scores, &chosen);
        }
        BodyLines { container: found.container, chosen, span, by_rule: false, whole: false, titled }
    }

    pub(super) fn read_body(&mut self, page: &Page<'a>, body: &BodyLines, title_line: Option<usize>) {
        let by_rule = self.text_by_rules(|rules| &rules.lead, "summary");
        let lead_lines = if by_rule.is_none() { self.lead_lines(page, body, title_line) } else { Vec::new() };
        let placed = (!lead_lines.is_empty()).then(|| placed_lead(&page.outline, &lead_lines));
        let mut lines: Vec<Line<'a>> = Vec::with_capacity(body.chosen.len());
        let mut images: Vec<Image> = Vec::new();
        let mut shown: HashSet<PageUrl> = HashSet::default();
        let mut room = AddressBudget::new(MAX_ADDRESSES);
        let container = body.container.unwrap_or(0);
        let chosen = body
            .chosen
            .iter()
            .filter(|at| body.whole || Some(**at) != title_line)
            .filter(|at| !lead_lines.contains(at));
        for line in chosen.filter_map(|at| page.outline.lines.get(*at)) {
            let Kind::Image(picture) = line.kind else {
                // Only a table inside the article sets a line apart. Many portals lay out the whole page in tables.
                let in_table = line.form.in_table && page.outline.is_in_table(line.element, container);
                lines.push(Line { form: Form { in_table, ..line.form }, ..line.clone() });
                continue;
            };
            let Some(image) = page
                .outline
                .pictures
                .get(picture)
                .and_then(|picture| images::image(picture.node, &page.base, &mut room))
            else {
                continue;
            };
            let is_short = room.is_short;
            let is_new = |url: &PageUrl| !shown.contains(url) && room.take(url);
            if !is_short && image.url.as_ref().is_none_or(is_new) {
                shown.extend(image.url.clone());
                lines.push(Line { kind: Kind::Image(images.len()), ..line.clone() });
                images.push(image);
            }
        }
        let title = self.out.title.as_ref().map(|title| title.value.clone()).unwrap_or_default();
        let lead = by_rule.or(placed);
        let parts = parts::part(lines, &mut images, &title, lead.as_ref().map(|lead| lead.value.clone()));
        if page.outline.truncated {
            let (lines, bytes) = (outline::MAX_LINES, outline::MAX_TEXT);
            self.out.warnings.push(format!("text cut: more than {lines} lines or {bytes} bytes"));
        }
        self.out.images = images;
        self.note_left_out("images", &room);
        self.take_parts(parts, lead, &page.base);
        // Pages that scripts build may have the whole article in machine-readable form.
        if !body.by_rule
            && body.words(&page.outline) < LEAST_WORDS
            && let Some(said) = structured::first(&page.said, Property::Body)
        {
            let (blocks, words) = unscripted::paragraphs(said);
            if words > LEAST_WORDS.max(3 * body.words(&page.outline)) {
                self.out.blocks = blocks;
                self.out.body_origin = Some("json-ld".to_owned());
            }
        }
    }

    pub(super) fn lead_lines(&mut self, page: &Page<'a>, body: &BodyLines, title_line: Option<usize>) -> Vec<usize> {
        let is_text =
            |at: &usize| Some(*at) != title_line && page.outline.lines.get(*at).is_some_and(|line| !line.is_image());
        let text: Vec<usize> = body.chosen.iter().copied().filter(is_text).collect();
        let Some(found) = lead::find(&page.outline, &page.said, title_line, &text) else { return Vec::new() };
        let shown = placed_lead(&page.outline, &found.lines);
        self.note("summary", "placed", Some(&shown.value), Some(found.score), true);
        found.lines
    }

    pub(super) fn take_parts(&mut self, parts: Parts<'a>, by_rule: Option<Field<String>>, base: &PageUrl) {
        let Parts { lead, body, byline, people, credit, dropped } = parts;
        let origin = |field: Option<Field<String>>| {
            field.map_or_else(|| "first bold paragraph".to_owned(), |field| field.origin)
        };
        self.out.lead = lead.map(|value| Field { value, origin: origin(by_rule) });
        let last = |value: String| Field { value, origin: "last lines".to_owned() };
        self.out.byline = byline.map(last);
        self.out.credit = credit.map(|value| Field { value, origin: "last lines".to_owned() });
        self.out.authors = people;
        self.out.dropped = dropped;
        let mut room = AddressBudget::new(MAX_ADDRESSES);
        self.out.blocks = blocks::to_blocks(body, base, &mut room);
        self.note_left_out("links", &room);
        without_empty_images(&mut self.out.images, &mut self.out.blocks);
    }

    pub(super) fn note_left_out(&mut self, what: &str, room: &AddressBudget) {
        if room.is_short {
            self.out.warnings.push(format!("{what} left out: their addresses have more than {MAX_ADDRESSES} bytes"));
        }
    }
}

fn placed_lead(outline: &Outline<'_>, lines: &[usize]) -> Field<String> {
    let lines: Vec<&str> =
        lines.iter().filter_map(|at| outline.lines.get(*at)).map(|line| line.text.as_str()).collect();
    Field { value: lines.join("\n"), origin: "placed".to_owned() }
}

/// Removes images with neither a URL nor a caption.
fn without_empty_images(images: &mut Vec<Image>, blocks: &mut Vec<Block>) {
    let is_empty = |image: &Image| image.url.is_none() && image.caption.is_none() && image.credit.is_none();
    let mut kept = 0;
    let places: Vec<Option<usize>> = images
        .iter()
        .map(|image| {
            (!is_empty(image)).then(|| {
                kept += 1;
                kept - 1
            })
        })
        .collect();
    images.retain(|image| !is_empty(image));
    blocks.retain_mut(|block| match block {
        Block::Image { index } => places.get(*index).copied().flatten().map(|place| *index = place).is_some(),
        _ => true,
    });
}

/// Removes lines at the beginning and end of a body that are not text: a heading above the headline, the headline again, the line of the last
/// change, tools. They are in it if the theme has no element for the text alone.
pub(super) fn leave_out_frame_lines(page: &Page<'_>, body: &mut BodyLines, title_line: Option<usize>) {
    if body.by_rule {
        return;
    }
    let outline = &page.outline;
    let line = |at: usize| outline.lines.get(at);
    let is_text = |at: &usize| line(*at).is_some_and(|line| !line.is_image() && !line.form.caption);
    let headline = title_line.and_then(line).map(|line| title::letters(&line.text)).filter(|key| !key.is_empty());
    let is_frame = |at: usize| {
        let above = |title: usize| (1..=ABOVE).contains(&title.saturating_sub(at));
        let is_above = title_line.is_some_and(above) && line(at).is_some_and(|line| line.words <= SHORT);
        let is_again = |line: &Line<'_>| headline.as_ref().is_some_and(|headline| says_again(&line.text, headline));
        is_above || line(at).is_some_and(is_again)
    };
    let text: Vec<usize> = body.chosen.iter().copied().filter(is_text).filter(|at| Some(*at) != title_line).collect();
    let head = text.iter().take(FRAME_LINES).take_while(|at| is_frame(**at)).count();
    let closes = |at: usize| line(at).is_some_and(|line| date_lines::is_line_of_date(line) || is_tool(outline, line));
    let tail = text.iter().rev().take(TOOL_LINES).take_while(|at| closes(**at)).count();
    if head + tail < text.len() {
        let left_out = [&text[..head], &text[text.len() - tail..]].concat();
        body.chosen.retain(|at| !left_out.contains(at));
        let kept = &text[head..text.len() - tail];
        body.span = body.span.map(|(first, last)| {
            let moves = head > 0 || Some(first) == title_line;
            let first = if moves { kept.first().copied().unwrap_or(first) } else { first };
            (first, if tail > 0 { kept.last().copied().unwrap_or(last) } else { last })
        });
    }
}

/// Whether a text is only the headline (its letters), possibly with a date. Some editors begin the text with it.
fn says_again(text: &str, headline: &str) -> bool {
    text.len() <= MOST_OF_AGAIN && title::letters(&date::beside_labels(text).concat()) == headline
}

/// Maximum number of bytes of a line that repeats the headline.
const MOST_OF_AGAIN: usize = 1000;

/// Whether an element is in the comments.
fn is_among_comments(outline: &Outline<'_>, element: usize) -> bool {
    let mut around = outline.path(element).filter_map(|at| outline.elements.get(at));
    around.any(|around| around.words.any(Words::COMMENT) && around.lines.len() * 2 <= outline.lines.len())
}

/// Whether a line is in a small element named a tool: ratings, a counter.
fn is_tool(outline: &Outline<'_>, line: &Line<'_>) -> bool {
    let mut near = outline.path(line.element).take(2).filter_map(|at| outline.elements.get(at));
    line.words <= SHORT && near.any(|near| near.words.any(Words::TOOLS) && near.lines.len() <= TOOL_LINES)
}

fn has_content(element: ElementRef<'_>) -> bool {
    let text = element.text().any(|text| !text.trim().is_empty());
    text && !tree::line(element).is_empty()
        || element.descendent_elements().any(|below| matches!(below.value().name(), "img" | "iframe"))
}

fn shown_lines(outline: &Outline<'_>, scores: &[f32], chosen: &[usize]) -> Vec<ShownLine> {
    let place = |element: usize| {
        let names = outline
            .path(element)
            .take(6)
            .filter_map(|at| outline.elements.get(at))
            .map(|element| name_of(element.node));
        names.collect::<Vec<_>>().join(" ")
    };
    let lines = outline.lines.iter().zip(outline.are_among(chosen)).enumerate();
    lines
        .map(|(at, (line, chosen))| ShownLine {
            text: line.text.clone(),
            kind: line.kind.name().to_owned(),
            score: scores.get(at).copied().unwrap_or_default(),
            chosen,
            place: place(line.element),
        })
        .collect()
}

fn name_of(element: ElementRef<'_>) -> String {
    let own = element.value();
    let id = own.attr("id").map(|id| format!("#{id}")).unwrap_or_default();
    let classes: String =
        own.attr("class").unwrap_or_default().split_whitespace().take(3).map(|class| format!(".{class}")).collect();
    format!("<{}{id}{classes}>", own.name())
}
