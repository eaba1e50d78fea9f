//! Finds the lines of a page that are the article's body.
//!
//! 1. Each line is judged by itself ([`evidence`]): length, sentences, links, tag. The result is its log-odds of being article text.
//! 2. The places around it are judged ([`places`]): their names, whether they are lists of teasers, whether the page's own machine-readable
//!    body contains the line. Lines after the headline ([`own`]) count like a place named the article's body, and no name bars them.
//! 3. The place with the most prose and the least of anything else is the article's ([`core`]).
//! 4. The lines inside it are labeled together ([`label`]). So a subheading or a list between paragraphs is text, and the same words between
//!    links are not. Lines at the edges that are not text are removed ([`edges`]).
//! 5. If the result has lines from the site's own boxes after the article, or from articles appended to it ([`ended`]), the search runs again
//!    without them.
//!
//! All weights are log-odds, set by hand and rounded. Only the order of their sizes matters.

mod core;
mod edges;
mod ended;
mod evidence;
mod label;
mod own;
mod phrases;
mod places;

use std::ops::Range;

use crate::extract::body::evidence::Evidence;
use crate::extract::outline::Element;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;

/// What is known of the page before the search for its body.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BodyContext<'k> {
    /// The line of the headline.
    pub(super) title_line: Option<usize>,
    /// The body from the page's metadata.
    pub(super) said: Option<&'k str>,
    /// Log-odds that the site's memory adds to each line. Empty without a memory.
    pub(super) memory: &'k [f32],
}

/// The body.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// The element that contains it.
    pub(super) container: Option<usize>,
    /// For each line of the page, whether it is article text. Images are decided later, by their neighbors.
    pub(super) chosen: Vec<bool>,
    /// The log-odds of each line, for `explain`.
    pub(super) scores: Vec<f32>,
}

/// Minimum share of the page's prose that makes the first pass sufficient.
const ENOUGH: f32 = 0.3;

/// Finds the body. If the names on the page leave little of its prose, a second pass trusts them less. If no line reads like text, an element
/// named an article's body is the body: a notice of three short lines.
pub(super) fn find(outline: &Outline<'_>, known: &BodyContext<'_>) -> Body {
    let found = find_by_text(outline, known);
    let without_boxes = ended::odds(outline, known, &found);
    let found = without_boxes.map_or(found, |memory| find_by_text(outline, &BodyContext { memory: &memory, ..*known }));
    if found.chosen.contains(&true) { found } else { named(outline, found.scores) }
}

/// Returns the lines of text in an element that is known to contain the body.
pub(super) fn within(outline: &Outline<'_>, known: &BodyContext<'_>, container: usize) -> Body {
    let follows = own::lines(outline, known.title_line);
    let own = evidence::of_lines(outline, known, &follows);
    let placed = places::judge(outline, &own, known, &follows, true);
    let chosen = label::label(outline, container, &placed);
    Body { container: Some(container), chosen, scores: placed.scores }
}

/// Minimum score of a line in a body that only its name identifies.
const LEAST_OF_NAMED: f32 = -4.5;

fn named(outline: &Outline<'_>, scores: Vec<f32>) -> Body {
    let is_named = |element: &(usize, &Element<'_>)| {
        element.1.words.any(Words::BODY) && !matches!(element.1.tag, Tag::Html | Tag::Body)
    };
    let places = outline.elements.iter().enumerate();
    let container =
        places.filter(|place| is_named(place)).max_by_key(|(_, element)| element.lines.len()).map(|(at, _)| at);
    let mut chosen = vec![false; outline.lines.len()];
    let lines =
        container.and_then(|at| outline.elements.get(at)).map(|element| element.lines.clone()).unwrap_or_default();
    for at in lines {
        let fits = scores.get(at).is_some_and(|score| *score >= LEAST_OF_NAMED);
        let own = outline.lines.get(at).is_some_and(|line| !line.is_image() && line.link_density() < 0.5);
        if let Some(slot) = chosen.get_mut(at) {
            *slot = fits && own;
        }
    }
    Body { container, chosen, scores }
}

fn find_by_text(outline: &Outline<'_>, known: &BodyContext<'_>) -> Body {
    let follows = own::lines(outline, known.title_line);
    let own = evidence::of_lines(outline, known, &follows);
    let first = look(outline, &own, known, &follows, false);
    let prose: u32 =
        outline.lines.iter().zip(&own).filter(|(_, own)| own.sum() > 1.0).map(|(line, _)| line.words).sum();
    let taken = first.words(outline);
    if taken as f32 >= prose as f32 * ENOUGH {
        return first;
    }
    let second = look(outline, &own, known, &follows, true);
    if second.words(outline) > taken * 2 { second } else { first }
}

fn look(outline: &Outline<'_>, own: &[Evidence], known: &BodyContext<'_>, follows: &Range<usize>, again: bool) -> Body {
    let placed = places::judge(outline, own, known, follows, again);
    let Some(container) = core::find(outline, &placed, known.title_line) else {
        return Body { container: None, chosen: vec![false; outline.lines.len()], scores: placed.scores };
    };
    let chosen = label::label(outline, container, &placed);
    Body { container: Some(container), chosen, scores: placed.scores }
}

impl Body {
    /// Returns the number of words of the text.
    pub(super) fn words(&self, outline: &Outline<'_>) -> u32 {
        outline.lines.iter().zip(&self.chosen).filter(|(_, chosen)| **chosen).map(|(line, _)| line.words).sum()
    }
}

/// Converts log-odds to a probability.
fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}
