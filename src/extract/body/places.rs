//! Scores lines by the places that contain them.

use std::ops::Range;

use foldhash::HashMap;
use html5ever::local_name;

use crate::extract::body::BodyContext;
use crate::extract::body::evidence::Evidence;
use crate::extract::body::probability;
use crate::extract::outline::Element;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::html::tree;

/// A place that contains the headline and more than this share of the page's prose is not part of the frame.
const TOO_MUCH_FOR_A_FRAME: f32 = 0.5;

/// A form with less than this share of the page's prose is one to fill in.
const SMALL_FORM: f32 = 0.2;

/// Score of an article body's name.
const BODY: f32 = 1.5;

/// Words for places that are never the article. Several count as the worst one, not as their sum, because they have the same meaning.
const FRAME: &[(Words, f32)] = &[
    (Words::COMMENT, -4.5),
    (Words::NAV, -3.5),
    (Words::FOOTER, -3.5),
    (Words::RELATED, -3.5),
    (Words::MODAL, -3.5),
    (Words::BREADCRUMB, -3.0),
    (Words::SHARE, -3.0),
    (Words::OFFER, -3.5),
    (Words::CAPTION, -3.0),
    (Words::SIDE, -2.5),
    (Words::BIO, -4.0),
    (Words::AUTHOR, -3.2),
    (Words::AD, -2.5),
    (Words::PAGER, -2.0),
    (Words::LEGAL, -2.0),
    (Words::TOC, -2.0),
    (Words::CLOCK, -2.0),
    (Words::HIDDEN, -3.5),
];

/// Words for places in an article's margin, or in a list of articles.
const MARGIN: &[(Words, f32)] = &[
    (Words::TOOLS, -1.8),
    (Words::TAGS, -1.5),
    (Words::DATE, -1.5),
    (Words::BOX, -1.5),
    (Words::TEASER, -1.2),
    (Words::META, -1.2),
    (Words::MEDIA, -1.6),
    (Words::HEADER, -0.8),
    (Words::FILES, -0.8),
    (Words::WIDGET, -0.6),
    (Words::KICKER, -0.4),
];

/// Frame scores of this or less are kept on the second pass.
const HARD: f32 = -3.2;

/// Weight of all other scores on the second pass.
const SECOND_LOOK: f32 = 0.35;

/// Adds the scores of places to the log-odds of each line. On the second pass, only hard words keep their weight.
pub(super) fn judge(
    outline: &Outline<'_>,
    own: &[Evidence],
    known: &BodyContext<'_>,
    follows: &Range<usize>,
    again: bool,
) -> LinePlaces {
    let prose = Prose::of(outline, own);
    // If prose follows the headline, no other place is the article because of its size. There may be more comments than text.
    let told = prose.before_line(follows.end) > prose.before_line(follows.start);
    let rows = if told { prose.rows(outline, follows.start) } else { HashMap::default() };
    let cards = cards(outline, own, &prose);
    let mut worth: Vec<PlaceWorth> = Vec::with_capacity(outline.elements.len());
    for (at, element) in outline.elements.iter().enumerate() {
        let above = if at == element.parent {
            PlaceWorth::default()
        } else {
            worth.get(element.parent).copied().unwrap_or_default()
        };
        let holds_title = known.title_line.is_some_and(|title| element.lines.contains(&title));
        let never = element.words.any(NEVER) && !matches!(element.tag, Tag::Html | Tag::Body | Tag::Main)
            || matches!(element.tag, Tag::Footer | Tag::Nav);
        // Themes put `has-sidebar` on `<body>`. A place with most of the prose is not part of the frame, whatever its name.
        let row = rows.get(&at).copied();
        let never = never || (told && element.words.any(ELSE));
        let whole = (holds_title || row.is_some() || !never)
            && row.unwrap_or_else(|| prose.share(element)) > TOO_MUCH_FOR_A_FRAME;
        worth.push(above.with(element, prose.share(element), whole, cards.get(at) == Some(&true)));
    }
    let rich = rich(outline, own);
    let mut placed = LinePlaces::default();
    for (at, (line, own)) in outline.lines.iter().zip(own).enumerate() {
        let mut worth = worth.get(line.element).copied().unwrap_or_default();
        if follows.contains(&at) && worth.frame > BARRED && own.links > POINTER {
            worth.body = BODY;
        }
        if is_pointer(outline, at) {
            worth.body = 0.0;
        }
        let place = if again { worth.softened() } else { worth.sum() };
        let caption = if line.form.caption { -2.0 } else { 0.0 };
        let before = match known.title_line {
            Some(title) if at < title && told => BEFORE_TOLD,
            Some(title) if at <= title => BEFORE,
            _ => 0.0,
        };
        let among = worth.frame > BARRED && line.link_density() < 0.6 && in_rich(outline, line.element, &rich);
        let mut form = if among { own.form.max(own.form * SHORT_IN_RICH) + RICH } else { own.form };
        if worth.body > 0.0 && line.linked == 0 && matches!(line.kind, Kind::Item { .. }) {
            form = form.max(LEAST_OF_ITEM);
        }
        let score =
            form + own.links + own.said + place + caption + before + known.memory.get(at).copied().unwrap_or(0.0);
        placed.barred.push(worth.never || (score < SURE && worth.frame + caption <= BARRED));
        placed.remarks.push(worth.remark);
        placed.scores.push(score);
    }
    placed
}

/// Whether a line is a paragraph that links to another page, between paragraphs that do not. Editors put such pointers into texts. Several in a row
/// may be the text's own list.
fn is_pointer(outline: &Outline<'_>, at: usize) -> bool {
    let is_linked = |at: usize| outline.lines.get(at).is_some_and(Line::is_linked_headline);
    let is_paragraph = outline.lines.get(at).is_some_and(|line| line.kind == Kind::Paragraph);
    is_paragraph && is_linked(at) && !is_linked(at + 1) && !at.checked_sub(1).is_some_and(is_linked)
}

/// Penalty for a line above the headline, and for one above a headline that prose follows.
const BEFORE: f32 = -1.5;
const BEFORE_TOLD: f32 = -4.5;

/// Names of content beside an article, whatever its size.
const ELSE: Words = Words::COMMENT.or(Words::RELATED);

/// Maximum link score of a line that points elsewhere. A link with a one-word label has a higher one.
const POINTER: f32 = -2.2;

/// Bonus for a line among paragraphs in the same container.
const RICH: f32 = 1.5;

/// Weight of a line's shortness there. Lists and subheadings are short by nature.
const SHORT_IN_RICH: f32 = 0.4;

/// Minimum score of a list item in the article's own place. Lists of names are short by nature.
const LEAST_OF_ITEM: f32 = -0.6;

/// Number of prose paragraphs that make their container one of running text.
const LEAST_PARAGRAPHS: u32 = 3;

/// Finds containers of running text: several of their own children are paragraphs of prose. Lists, subheadings and tables next to those paragraphs
/// were written with them.
fn rich(outline: &Outline<'_>, own: &[Evidence]) -> Vec<bool> {
    let mut paragraphs = vec![0_u32; outline.elements.len()];
    for (line, own) in outline.lines.iter().zip(own) {
        let block = outline.path(line.element).find(|at| {
            outline
                .elements
                .get(*at)
                .is_some_and(|element| !matches!(element.tag, Tag::Inline | Tag::Link | Tag::Other))
        });
        let Some(element) = block.and_then(|at| outline.elements.get(at)) else { continue };
        let holder = if matches!(element.tag, Tag::P | Tag::Quote | Tag::Pre) { Some(element.parent) } else { block };
        if let Some(count) = holder
            .and_then(|at| paragraphs.get_mut(at))
            .filter(|_| own.sum() > 1.5 && !matches!(element.tag, Tag::Item | Tag::Heading(_)))
        {
            *count += 1;
        }
    }
    paragraphs.into_iter().map(|count| count >= LEAST_PARAGRAPHS).collect()
}

/// Whether an element is in such a container, with only tags of running text between.
fn in_rich(outline: &Outline<'_>, element: usize, rich: &[bool]) -> bool {
    for at in outline.path(element) {
        if rich.get(at) == Some(&true) {
            return true;
        }
        let text = outline.elements.get(at).is_some_and(|element| {
            matches!(
                element.tag,
                Tag::P
                    | Tag::Pre
                    | Tag::Quote
                    | Tag::List
                    | Tag::Item
                    | Tag::Heading(_)
                    | Tag::Table
                    | Tag::Row
                    | Tag::Cell
                    | Tag::Inline
                    | Tag::Link
                    | Tag::Figure
            )
        });
        if !text {
            return false;
        }
    }
    false
}

/// Names of places that are never an article's text. Menus and comments are not among them, because too much else has such names.
const NEVER: Words = Words::FOOTER.or(Words::MODAL);

/// A line in a frame with this score or less is not text, whatever is around it.
const BARRED: f32 = -2.4;

/// A line with at least this score is text even there.
const SURE: f32 = 1.6;

/// The lines with the scores of their places.
#[derive(Debug, Default)]
pub(super) struct LinePlaces {
    /// Log-odds.
    pub(super) scores: Vec<f32>,
    /// Whether the line cannot be text because of its places.
    pub(super) barred: Vec<bool>,
    /// Whether it is among readers' comments.
    pub(super) remarks: Vec<bool>,
}

/// The scores of the places around a line: the worst of each kind.
#[derive(Debug, Clone, Copy, Default)]
struct PlaceWorth {
    /// In a footer, a `<nav>` or a dialog. Never text, however it reads.
    never: bool,
    /// Among readers' comments.
    remark: bool,
    frame: f32,
    margin: f32,
    card: f32,
    body: f32,
}

impl PlaceWorth {
    fn with(self, element: &Element<'_>, share: f32, whole: bool, card: bool) -> PlaceWorth {
        // On the whole page, such a name describes its type.
        let named = element.words.any(Words::BODY) && !matches!(element.tag, Tag::Html | Tag::Body);
        if whole {
            let body = if named { BODY } else { self.body };
            return PlaceWorth { body, ..self };
        }
        let never = element.words.any(NEVER) && !named || matches!(element.tag, Tag::Footer | Tag::Nav);
        let worst = |of: &[(Words, f32)]| {
            of.iter().filter(|(word, _)| element.words.any(*word)).map(|(_, worth)| *worth).fold(0.0, f32::min)
        };
        let (tag_frame, tag_margin) = of_tag(element.tag);
        // Web forms of old portals contain the whole page. A small form is one to fill in.
        let form = if element.tag == Tag::Form && share < SMALL_FORM { -2.5 } else { 0.0 };
        // A name with both meanings is one of many words in a long class list.
        let doubt = if element.words.any(Words::BODY) { 0.5 } else { 1.0 };
        PlaceWorth {
            never: self.never || never,
            remark: self.remark || element.words.any(Words::COMMENT),
            frame: self.frame.min(worst(FRAME) * doubt).min(tag_frame).min(form),
            margin: self.margin.min(worst(MARGIN) * doubt).min(tag_margin),
            card: if card { -3.0 } else { self.card },
            body: if named && share > 0.1 { BODY } else { self.body },
        }
    }

    /// In an article's named body, a list of linked items is more likely part of it.
    fn cards(&self) -> f32 {
        if self.body > 0.0 { self.card * 0.4 } else { self.card }
    }

    fn softened(&self) -> f32 {
        let frame = if self.frame <= HARD { self.frame } else { self.frame * SECOND_LOOK };
        frame + (self.margin + self.cards()) * SECOND_LOOK + self.body
    }

    fn sum(&self) -> f32 {
        self.frame + self.margin + self.cards() + self.body
    }
}

fn of_tag(tag: Tag) -> (f32, f32) {
    match tag {
        Tag::Nav => (-3.5, 0.0),
        Tag::Footer | Tag::Caption => (-3.0, 0.0),
        Tag::Aside => (-2.5, 0.0),
        Tag::Time => (0.0, -2.0),
        Tag::Address => (0.0, -1.0),
        Tag::Header => (0.0, -0.8),
        _ => (0.0, 0.0),
    }
}

/// The distribution of the page's prose over its lines.
struct Prose {
    /// Number of prose words before each line.
    before: Vec<f32>,
}

impl Prose {
    fn of(outline: &Outline<'_>, own: &[Evidence]) -> Prose {
        let mut before = Vec::with_capacity(own.len() + 1);
        let mut sum = 0.0;
        before.push(sum);
        for (line, own) in outline.lines.iter().zip(own) {
            let own = own.sum();
            sum += if own > 0.5 { line.words as f32 * probability(own) } else { 0.0 };
            before.push(sum);
        }
        Prose { before }
    }

    /// Returns the number of prose words before a line.
    fn before_line(&self, line: usize) -> f32 {
        self.before.get(line.min(self.before.len() - 1)).copied().unwrap_or(0.0)
    }

    /// Returns the number of prose words in an element.
    fn words(&self, element: &Element<'_>) -> f32 {
        self.before_line(element.lines.end) - self.before_line(element.lines.start)
    }

    /// Returns the elements that begin with a line and the siblings after each with the same tag and class, with their joint share of the page's
    /// prose. Some systems put each section of a text into an element.
    fn rows(&self, outline: &Outline<'_>, first: usize) -> HashMap<usize, f32> {
        let is_named = |one: &Element<'_>, other: &Element<'_>| {
            one.tag == other.tag
                && tree::attribute(one.node.value(), &local_name!("class"))
                    == tree::attribute(other.node.value(), &local_name!("class"))
        };
        let mut rows = HashMap::default();
        let around = outline.lines.get(first).map(|line| outline.path(line.element)).into_iter().flatten();
        for (at, element) in around.filter_map(|at| Some((at, outline.elements.get(at)?))) {
            let end = outline.elements.get(element.parent).map_or(at, |parent| parent.end);
            let next = |at: &usize| outline.elements.get(*at).map(|element| element.end.max(at + 1));
            let beside = std::iter::successors(Some(at), next).take_while(|at| *at < end);
            let is_like = |at: &usize| outline.elements.get(*at).is_some_and(|other| is_named(other, element));
            let row: Vec<usize> = beside.filter(is_like).collect();
            let share = row.iter().filter_map(|at| outline.elements.get(*at)).map(|element| self.share(element)).sum();
            rows.extend(row.into_iter().map(|at| (at, share)));
        }
        rows
    }

    /// Returns an element's share of the page's prose.
    fn share(&self, element: &Element<'_>) -> f32 {
        let all = self.before.last().copied().unwrap_or(0.0);
        if all <= 0.0 { 0.0 } else { self.words(element) / all }
    }
}

/// Minimum number of words of a line of content before a link.
const LEAST_TOLD: u32 = 12;

/// Maximum number of prose words of a teaser. A longer one is a section of the article.
const MOST_IN_A_CARD: f32 = 60.0;

/// Finds siblings of one form that are teasers of other pages: three or more, each with a line that is a link, and with little prose.
fn cards(outline: &Outline<'_>, own: &[Evidence], prose: &Prose) -> Vec<bool> {
    // For each line, the next line that is a link, and the next line of content.
    let count = outline.lines.len();
    let (mut next_link, mut next_told) = (vec![count; count + 1], vec![count; count + 1]);
    for (at, (line, own)) in outline.lines.iter().zip(own).enumerate().rev() {
        let is_link = line.words >= 3 && line.link_density() > 0.6 && own.links < 0.0;
        let tells = line.words >= LEAST_TOLD && line.link_density() < 0.5;
        for (next, is_one) in [(&mut next_link, is_link), (&mut next_told, tells)] {
            let later = next.get(at + 1).copied().unwrap_or(count);
            if let Some(slot) = next.get_mut(at) {
                *slot = if is_one { at } else { later };
            }
        }
    }
    let has_link = |element: &Element<'_>| {
        let first = |next: &[usize]| next.get(element.lines.start.min(count)).copied().unwrap_or(count);
        let (link, told) = (first(&next_link), first(&next_told));
        // A teaser begins with its headline. An item of a text has content first and then says where to read on.
        link < element.lines.end && !(element.tag == Tag::Item && told < link)
    };
    let mut groups: HashMap<(usize, &str, &str), Vec<usize>> = HashMap::default();
    for (at, element) in outline.elements.iter().enumerate() {
        if matches!(element.tag, Tag::Div | Tag::Section | Tag::Article | Tag::Item | Tag::Link | Tag::Cell | Tag::Row)
            && has_link(element)
        {
            let key = (
                element.parent,
                element.node.value().name(),
                tree::attribute(element.node.value(), &local_name!("class")).unwrap_or_default(),
            );
            groups.entry(key).or_default().push(at);
        }
    }
    let mut cards = vec![false; outline.elements.len()];
    let small = |at: &&usize| outline.elements.get(**at).is_some_and(|element| prose.words(element) <= MOST_IN_A_CARD);
    for group in
        groups.values().filter(|group| group.len() >= 3 && group.iter().filter(small).count() * 4 >= group.len() * 3)
    {
        // A sibling with more content than a teaser is the article next to its teasers.
        for at in group.iter().filter(small) {
            if let Some(card) = cards.get_mut(*at) {
                *card = true;
            }
        }
    }
    cards
}
