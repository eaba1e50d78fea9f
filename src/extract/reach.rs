//! What of the neighborhood belongs to a body: its images with their captions, its byline, its source line.

use crate::extract::body;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::vocabulary::Words;
use crate::extract::parts;
use crate::extract::reading::Page;
use crate::extract::template;

/// The chosen lines with the article's images among and right before them, and the captions of those.
pub(super) fn with_images(outline: &Outline<'_>, body: &body::Body) -> Vec<usize> {
    let text = |at: &usize| body.chosen.get(*at) == Some(&true);
    let all = 0..outline.lines.len();
    let (Some(first), Some(last)) = (all.clone().find(text), all.clone().rev().find(text)) else { return Vec::new() };
    let from = first.saturating_sub(LINES_BEFORE);
    let frame = Words::NAV
        | Words::FOOTER
        | Words::RELATED
        | Words::SIDE
        | Words::COMMENT
        | Words::SHARE
        | Words::AD
        | Words::OFFER
        | Words::AUTHOR
        | Words::BIO
        | Words::TEASER;
    let container = body.container.unwrap_or(0);
    let in_frame = |element: usize| {
        outline
            .path(element)
            .take_while(|at| *at > container)
            .filter_map(|at| outline.elements.get(at))
            .any(|element| element.words.any(frame))
    };
    let mut chosen = Vec::new();
    let mut after_image = false;
    let vietnamese =
        parts::is_vietnamese(all.filter(text).filter_map(|at| outline.lines.get(at)).map(|line| line.text.as_str()));
    let may_sign = |line: &Line<'_>| vietnamese && parts::may_sign(line);
    let signed = |at: usize| {
        (at + 1..=at + LINES_AFTER)
            .take_while(|next| {
                outline
                    .lines
                    .get(*next)
                    .is_some_and(|line| outline.is_within(line.element, container) && may_sign(line))
            })
            .last()
    };
    let last = signed(last).unwrap_or(last);
    for at in from..(last + 1 + LINES_AFTER).min(outline.lines.len()) {
        let Some(line) = outline.lines.get(at) else { break };
        let signs = at > first && !text(&at) && at <= last && may_sign(line);
        let image = line.is_image() && outline.is_within(line.element, container) && !in_frame(line.element);
        let caption = after_image && line.form.caption;
        if text(&at) || image || caption || signs {
            chosen.push(at);
        }
        after_image = image || (caption && after_image);
    }
    chosen
}

/// Lines before the first of the body among which its leading image is looked for.
const LINES_BEFORE: usize = 6;

/// Lines after the last of the body among which its last image is looked for.
const LINES_AFTER: usize = 3;

/// Bylines and source lines that stand below the body's element and say what they are.
pub(super) fn signed_after(outline: &Outline<'_>, end: usize) -> Vec<usize> {
    let near = end..(end + LINES_BELOW).min(outline.lines.len());
    let says = |at: &usize| outline.lines.get(*at).is_some_and(|line| !line.is_link() && parts::says_who(&line.text));
    near.filter(says).collect()
}

/// Lines below the body's element among which its byline and its source line are looked for.
const LINES_BELOW: usize = 5;

/// The first and the last line of text.
pub(super) fn span_of(outline: &Outline<'_>, chosen: &[usize]) -> Option<(usize, usize)> {
    let text = |at: &&usize| outline.lines.get(**at).is_some_and(|line| !line.is_image());
    Some((*chosen.iter().find(text)?, *chosen.iter().rev().find(text)?))
}

/// Takes what the site's memory surely knows for its frame out of a body that a rule found; of most of a body it knows nothing.
pub(super) fn without_frame(page: &Page<'_>, chosen: &mut Vec<usize>) {
    let Some(recalled) = page.recalled else { return };
    let odds = recalled.of_lines(&page.outline, &page.places);
    let line = |at: usize| page.outline.lines.get(at);
    let is_frame = |at: usize| {
        odds.get(at).is_some_and(|odds| *odds <= template::SURE) && line(at).is_some_and(|line| !parts::may_sign(line))
    };
    let words = |at: usize| line(at).map_or(0, |line| line.words);
    let frame: u32 = chosen.iter().filter(|at| is_frame(**at)).map(|at| words(*at)).sum();
    let all: u32 = chosen.iter().map(|at| words(*at)).sum();
    if frame * 4 <= all {
        chosen.retain(|at| !is_frame(*at));
    }
}

/// The body once more with what the site's memory says, where that could change anything. A memory that would drop most of what the page
/// by itself takes for its text has learned the text.
pub(super) fn recall_body(page: &Page<'_>, alone: body::Body, known: body::Known<'_>) -> body::Body {
    let Some(recalled) = page.recalled else { return alone };
    let memory = recalled.of_lines(&page.outline, &page.places);
    let doubts = memory.iter().zip(&alone.chosen).any(|(odds, text)| template::doubts(*odds, *text));
    if !doubts {
        return alone;
    }
    let with = body::find(&page.outline, &body::Known { memory: &memory, ..known });
    if with.words(&page.outline) * 2 < alone.words(&page.outline) { alone } else { with }
}
