//! Where the article has ended: boxes of the site's own behind a list of other articles.

use crate::extract::body::Body;
use crate::extract::body::Known;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::vocabulary::Words;

/// Linked headlines of other pages between an article and a box of the site's own, at least.
const LEAST_OTHERS: usize = 3;

/// Words of a linked headline at least.
const LEAST_OF_HEADLINE: u32 = 5;

/// Words of the site's own boxes at most. What tells more is the article, whatever stands around it.
const MOST_OF_BOXES: u32 = 250;

/// What a line of such a box is worth: more than any prose.
const FRAME: f32 = -9.0;

/// The log-odds of the lines, with those of the site's own boxes against being text; `None` where no line was taken from one.
///
/// A site tells of itself in boxes below the article ("About us", a poll). They read like prose, and are longer than a notice of two lines.
/// Their mark is that a list of other articles stands between the headline or its text and them, and that they have a heading of their own.
pub(super) fn odds(outline: &Outline<'_>, known: &Known<'_>, found: &Body) -> Option<Vec<f32>> {
    let title = known.title_line?;
    let chosen = || (title + 1..outline.lines.len()).filter(|at| found.chosen.get(*at) == Some(&true));
    // Headlines of others before each line.
    let mut others = vec![0_usize];
    for line in &outline.lines {
        others.push(others.last().copied().unwrap_or(0) + usize::from(is_other(line)));
    }
    let count = |at: usize| others.get(at).copied().unwrap_or(0);
    let mut last = title;
    let mut boxed = Vec::new();
    for at in chosen() {
        if count(at).saturating_sub(count(last + 1)) >= LEAST_OTHERS && is_in_headed_box(outline, at, last) {
            boxed.push(at);
        } else {
            last = at;
        }
    }
    let words: u32 = boxed.iter().filter_map(|at| outline.lines.get(*at)).map(|line| line.words).sum();
    if boxed.is_empty() || words > MOST_OF_BOXES {
        return None;
    }
    let mut odds = known.memory.to_vec();
    odds.resize(outline.lines.len(), 0.0);
    for at in boxed {
        if let Some(slot) = odds.get_mut(at) {
            *slot = FRAME;
        }
    }
    Some(odds)
}

/// Whether a line is nothing but a link that reads like a headline.
fn is_other(line: &Line<'_>) -> bool {
    !line.is_image() && line.words >= LEAST_OF_HEADLINE && line.link_density() > 0.7
}

/// Whether the outermost box that holds a line and not the article has a heading before it.
fn is_in_headed_box(outline: &Outline<'_>, at: usize, article: usize) -> bool {
    let Some(line) = outline.lines.get(at) else { return false };
    let boxes = outline.path(line.element).filter_map(|above| outline.elements.get(above));
    let Some(outermost) = boxes.take_while(|element| element.lines.start > article).last() else { return false };
    let heads = outline.lines.get(outermost.lines.start..=at).unwrap_or_default();
    heads.iter().any(|line| {
        let named = outline.elements.get(line.element).is_some_and(|element| element.words.any(Words::TITLE));
        named || matches!(line.kind, Kind::Heading(_))
    })
}
