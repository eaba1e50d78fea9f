//! What the places say that lines stand in.

use std::collections::HashMap;

use crate::extract::body::Known;
use crate::extract::body::probability;
use crate::extract::outline::Element;
use crate::extract::outline::Kind;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;

/// A place with more of the page's prose than this is no frame, whatever it is called: themes put `has-sidebar` on `<body>`.
const TOO_MUCH_FOR_A_FRAME: f32 = 0.5;

/// Strong words for the frame, and what each is worth.
const FRAME: &[(Words, f32)] = &[
    (Words::NAV, -3.0),
    (Words::FOOTER, -3.0),
    (Words::COMMENT, -3.5),
    (Words::RELATED, -3.0),
    (Words::SHARE, -2.5),
    (Words::AD, -2.0),
    (Words::OFFER, -2.5),
    (Words::MODAL, -3.0),
    (Words::SIDE, -2.2),
    (Words::BREADCRUMB, -3.0),
    (Words::PAGER, -2.0),
    (Words::TAGS, -1.5),
    (Words::TOOLS, -1.8),
    (Words::LEGAL, -2.0),
    (Words::BIO, -2.5),
    (Words::TOC, -2.0),
    (Words::TEASER, -1.2),
    (Words::META, -1.2),
    (Words::DATE, -1.5),
    (Words::AUTHOR, -1.5),
    (Words::CAPTION, -3.0),
    (Words::MEDIA, -1.0),
    (Words::HEADER, -0.8),
    (Words::HIDDEN, -1.5),
    (Words::CLOCK, -2.0),
    (Words::KICKER, -0.4),
    (Words::FILES, -0.8),
];

/// Log-odds of each line, with what its places say.
pub(super) fn judge(outline: &Outline<'_>, own: &[f32], known: &Known<'_>) -> Vec<f32> {
    let prose = Prose::of(outline, own);
    let cards = cards(outline);
    let mut worth: Vec<f32> = Vec::with_capacity(outline.elements.len());
    for (at, element) in outline.elements.iter().enumerate() {
        let above = if at == element.parent { 0.0 } else { worth.get(element.parent).copied().unwrap_or(0.0) };
        let card = if cards.get(at) == Some(&true) { -1.5 } else { 0.0 };
        // Below a bad place nothing is better for a good name.
        worth.push((above + of_element(element, prose.share(element)) + card).clamp(-5.0, 1.5));
    }
    let lines = outline.lines.iter().zip(own).enumerate();
    lines
        .map(|(at, (line, own))| {
            let place = worth.get(line.element).copied().unwrap_or(0.0);
            let caption = if line.form.caption { -3.0 } else { 0.0 };
            let before_title = known.title_line.is_some_and(|title| at <= title);
            let before = if before_title { -1.5 } else { 0.0 };
            own + place + caption + before + known.memory.get(at).copied().unwrap_or(0.0)
        })
        .collect()
}

fn of_element(element: &Element<'_>, share: f32) -> f32 {
    let tag = match element.tag {
        Tag::Nav => -3.0,
        Tag::Aside => -2.0,
        Tag::Footer => -2.5,
        Tag::Header => -0.8,
        Tag::Address => -1.0,
        Tag::Time => -2.0,
        Tag::Caption => -3.0,
        Tag::Article | Tag::Main => 0.3,
        _ => 0.0,
    };
    let words = element.words;
    let frame = FRAME.iter().filter(|(word, _)| words.any(*word)).map(|(_, worth)| *worth).fold(0.0, f32::min);
    let penalty = frame.min(tag);
    let penalty = if share > TOO_MUCH_FOR_A_FRAME { penalty.max(0.0) } else if words.any(Words::BODY) { penalty * 0.5 } else { penalty };
    let bonus = if words.any(Words::BODY) && share > 0.1 { 1.0 } else { 0.0 };
    let lead = if words.any(Words::LEAD) { 0.5 } else { 0.0 };
    penalty + bonus + lead
}

/// How the page's prose lies over its lines.
struct Prose {
    /// Words of prose before each line.
    before: Vec<f32>,
}

impl Prose {
    fn of(outline: &Outline<'_>, own: &[f32]) -> Prose {
        let mut before = Vec::with_capacity(own.len() + 1);
        let mut sum = 0.0;
        before.push(sum);
        for (line, own) in outline.lines.iter().zip(own) {
            sum += if *own > 0.5 { line.words as f32 * probability(*own) } else { 0.0 };
            before.push(sum);
        }
        Prose { before }
    }

    /// The share of the page's prose that an element holds.
    fn share(&self, element: &Element<'_>) -> f32 {
        let at = |line: usize| self.before.get(line.min(self.before.len() - 1)).copied().unwrap_or(0.0);
        let all = self.before.last().copied().unwrap_or(0.0);
        if all <= 0.0 { 0.0 } else { (at(element.lines.end) - at(element.lines.start)) / all }
    }
}

/// Siblings of one form that are teasers of other pages: three or more, each with a line that is a link.
fn cards(outline: &Outline<'_>) -> Vec<bool> {
    let mut links_before = vec![0_u32];
    let mut links = 0;
    for line in &outline.lines {
        links += u32::from(line.words >= 3 && line.link_density() > 0.6 || matches!(line.kind, Kind::Image(_)) && false);
        links_before.push(links);
    }
    let has_link = |element: &Element<'_>| {
        let at = |line: usize| links_before.get(line.min(links_before.len() - 1)).copied().unwrap_or(0);
        at(element.lines.end) > at(element.lines.start)
    };
    let mut groups: HashMap<(usize, &str, &str), Vec<usize>> = HashMap::new();
    for (at, element) in outline.elements.iter().enumerate() {
        if matches!(element.tag, Tag::Div | Tag::Section | Tag::Article | Tag::Item | Tag::Link | Tag::Cell | Tag::Row) && has_link(element) {
            let key = (element.parent, element.node.value().name(), element.node.attr("class").unwrap_or_default());
            groups.entry(key).or_default().push(at);
        }
    }
    let mut cards = vec![false; outline.elements.len()];
    for group in groups.values().filter(|group| group.len() >= 3) {
        for at in group {
            if let Some(card) = cards.get_mut(*at) {
                *card = true;
            }
        }
    }
    cards
}
