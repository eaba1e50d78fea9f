//! Labels all lines of the core together as text or not, with a cost for each change between neighbors (the best path of a hidden Markov model,
//! Viterbi 1967).

use std::ops::Range;

use foldhash::HashMap;

use crate::extract::body::edges;
use crate::extract::body::phrases;
use crate::extract::body::places::LinePlaces;
use crate::extract::lines::frame;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;

/// Cost of a change between two lines with the same parent.
const CHANGE_WITHIN: f32 = 1.2;

/// Cost of a change across a place's border.
const CHANGE_ACROSS: f32 = 0.6;

/// Bound on the score of one line.
const MOST: f32 = 4.0;

/// Returns, for each line of the page, whether it is text.
pub(super) fn label(outline: &Outline<'_>, container: usize, placed: &LinePlaces) -> Vec<bool> {
    let mut chosen = vec![false; outline.lines.len()];
    let Some(place) = outline.elements.get(container) else { return chosen };
    let range = outline.lines_of(place);
    let scores = &placed.scores;
    let text = |at: &usize| {
        outline.lines.get(*at).is_some_and(|line| !line.is_image() && !is_rule(line))
            && placed.barred.get(*at) == Some(&false)
    };
    let lines: Vec<usize> = range.clone().filter(text).collect();
    let prior = prior(outline, &lines, scores);
    let labels = best_path(outline, &lines, scores, prior);
    for (at, label) in lines.into_iter().zip(labels) {
        if let Some(slot) = chosen.get_mut(at) {
            *slot = label;
        }
    }
    add_items(outline, range.clone(), &placed.barred, &mut chosen);
    add_subheadings(outline, range, &placed.barred, &mut chosen);
    edges::trim(outline, &mut chosen);
    chosen
}

/// Chooses the rest of a list most of whose items are text. Some items of a list link to explanations.
fn add_items(outline: &Outline<'_>, range: Range<usize>, barred: &[bool], chosen: &mut [bool]) {
    let list_of = |at: usize| match outline.lines.get(at)?.kind {
        Kind::Item { list, .. } => Some(list),
        _ => None,
    };
    let mut counts: HashMap<usize, (usize, usize)> = HashMap::default();
    for (at, list) in range.clone().filter_map(|at| Some((at, list_of(at)?))) {
        let (items, taken) = counts.entry(list).or_default();
        *items += 1;
        *taken += usize::from(chosen.get(at) == Some(&true));
    }
    for (at, list) in range.filter_map(|at| Some((at, list_of(at)?))) {
        let mostly = counts.get(&list).is_some_and(|(items, taken)| taken * 2 > *items);
        if let Some(slot) = chosen.get_mut(at).filter(|_| mostly && barred.get(at) == Some(&false)) {
            *slot = true;
        }
    }
}

/// Maximum number of words of a subheading, and minimum number of words of the paragraph below it.
const MOST_OF_SUBHEADING: u32 = 20;
const LEAST_BELOW: u32 = 12;

/// Chooses headings right above a paragraph of the text and below another, whatever their places are named. Themes put each section into boxes of
/// its own, and a heading by itself is short. A heading that links elsewhere must be beside its paragraph, or it heads a teaser.
fn add_subheadings(outline: &Outline<'_>, range: Range<usize>, barred: &[bool], chosen: &mut [bool]) {
    let is_chosen = |chosen: &[bool], at: usize| chosen.get(at) == Some(&true);
    let Some(first) = range.clone().find(|at| is_chosen(chosen, *at)) else { return };
    // The line of the text right below, and the rank that a heading must be above to lead it.
    let mut below: Option<(&Line<'_>, u8)> = None;
    for at in (first..range.end).rev() {
        let Some(line) = outline.lines.get(at).filter(|line| !line.is_image()) else { continue };
        let rank = match line.kind {
            Kind::Heading(rank) if rank > 1 && line.words <= MOST_OF_SUBHEADING => Some(rank),
            _ => None,
        };
        let leads = rank.zip(below).is_some_and(|(rank, (led, above))| {
            rank < above && (line.link_density() < 0.5 || are_beside(outline, line, led))
        });
        let is_own = || {
            barred.get(at) == Some(&false)
                && phrases::worth(&line.text, line.words) >= 0.0
                && frame::read(&line.text).is_none()
        };
        if let Some(slot) = chosen.get_mut(at).filter(|_| leads && is_own()) {
            *slot = true;
        }
        let is_prose = || line.words >= LEAST_BELOW && line.link_density() < 0.5;
        below = match rank {
            _ if !is_chosen(chosen, at) => None,
            None => is_prose().then_some((line, u8::MAX)),
            Some(rank) => Some((line, rank)),
        };
    }
}

/// Whether a heading's element and the line below it have the same parent.
fn are_beside(outline: &Outline<'_>, heading: &Line<'_>, line: &Line<'_>) -> bool {
    let parent = |at: usize| outline.elements.get(at).map(|element| element.parent);
    let is_heading = |at: &usize| outline.elements.get(*at).is_some_and(|own| matches!(own.tag, Tag::Heading(_)));
    let around = outline.path(heading.element).find(is_heading).and_then(parent);
    around == Some(line.element) || around == parent(line.element)
}

/// Minimum number of symbols of a drawn rule.
const LEAST_OF_RULE: usize = 3;

/// Whether a line consists of symbols: "___", "* * *".
fn is_rule(line: &Line<'_>) -> bool {
    line.words == 0 && line.text.chars().filter(|c| !c.is_whitespace()).take(LEAST_OF_RULE).count() == LEAST_OF_RULE
}

/// Bounds of the prior.
const PRIOR: (f32, f32) = (0.0, 0.25);

/// Returns the prior of all lines. If most words are prose, a short line is probably text too.
fn prior(outline: &Outline<'_>, lines: &[usize], scores: &[f32]) -> f32 {
    let (mut prose, mut rest) = (1.0_f32, 1.0_f32);
    for at in lines {
        let words = outline.lines.get(*at).map_or(0, |line| line.words) as f32;
        if scores.get(*at).is_some_and(|score| *score > 0.5) { prose += words } else { rest += words }
    }
    (0.5 * (prose / rest).ln()).clamp(PRIOR.0, PRIOR.1)
}

fn best_path(outline: &Outline<'_>, lines: &[usize], scores: &[f32], prior: f32) -> Vec<bool> {
    // Values of the best paths that end in "not text" and "text", and their predecessors.
    let mut value = [0.0_f32, 0.0];
    let mut from: Vec<[bool; 2]> = Vec::with_capacity(lines.len());
    let mut before: Option<&Line<'_>> = None;
    for at in lines {
        let Some(line) = outline.lines.get(*at) else { continue };
        let score = (scores.get(*at).copied().unwrap_or(0.0) + prior).clamp(-MOST, MOST);
        let price = before.map_or(0.0, |before| change(outline, before, line));
        let stay = [value[0] >= value[1] - price, value[1] < value[0] - price];
        // `from[label]`: whether the previous line is text on the best path to this label.
        from.push([!stay[0], !stay[1]]);
        value = [value[0].max(value[1] - price) - score / 2.0, value[1].max(value[0] - price) + score / 2.0];
        before = Some(line);
    }
    let mut labels = vec![false; from.len()];
    let mut label = value[1] > value[0];
    for (slot, from) in labels.iter_mut().zip(&from).rev() {
        *slot = label;
        label = from[usize::from(label)];
    }
    labels
}

fn change(outline: &Outline<'_>, before: &Line<'_>, line: &Line<'_>) -> f32 {
    let parent = |line: &Line<'_>| outline.elements.get(line.element).map(|element| element.parent);
    let same_list = matches!((&before.kind, &line.kind), (Kind::Item { list: one, .. }, Kind::Item { list: other, .. }) if one == other);
    if before.element == line.element || parent(before) == parent(line) || same_list {
        CHANGE_WITHIN
    } else {
        CHANGE_ACROSS
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::sample::MORE;
    use crate::extract::sample::TEXT;
    use crate::extract::sample::text_of;

    #[test]
    fn a_subheading_is_text_in_a_box_of_any_name() {
        for heading in [
            "<div class=\"widget\"><h3 class=\"widget-title\">Ai lái phà</h3></div>",
            "<div class=\"meta box\"><h3>Ai lái phà</h3></div>",
            "<h3 id=\"video-tools\">Ai lái phà</h3>",
            "<h3><a href=\"/doi-lai\">Ai lái phà</a></h3>",
        ] {
            let text = text_of(&format!("<div class=\"c\">{TEXT}{heading}{MORE}</div>"));
            assert!(text.contains("Ai lái phà") && text.contains("luật đường thủy"), "{heading}");
        }
    }

    #[test]
    fn the_heading_of_what_is_left_out_is_left_out() {
        let others: String =
            (0..5).map(|n| format!("<li><a href=\"/b{n}\">Bến sông Vàm họp chợ phiên thứ {n}</a></li>")).collect();
        let list = format!("<div class=\"box\"><h3>Chuyện bên sông</h3><ul>{others}</ul></div>");
        let text = text_of(&format!("<div class=\"c\">{TEXT}{list}{MORE}</div>"));
        assert!(text.contains("luật đường thủy") && !text.contains("Chuyện bên sông"), "{text}");
        let teaser = "<div class=\"t\"><h3><a href=\"/v\">Chuyện bến Vàm</a></h3></div>";
        let text = text_of(&format!("<div class=\"c\">{TEXT}{teaser}{MORE}</div>"));
        assert!(!text.contains("Chuyện bến Vàm"), "not beside its paragraph");
    }

    #[test]
    fn items_that_link_to_explanations_are_text() {
        let item = |n: usize| format!("<li>Lượt thứ {n} dành cho xe thồ và xe đạp của dân hai bờ</li>");
        let items: String = (1..5).map(item).collect();
        let linked = "<li><a href=\"/ve\">Lượt cuối bán vé tháng ở quầy</a></li>";
        assert!(text_of(&format!("<div class=\"c\">{TEXT}<ul>{items}{linked}</ul>{MORE}</div>")).contains("vé tháng"));
    }
}
