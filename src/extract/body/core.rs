//! Finds the element that contains the article.

use crate::extract::body::places::LinePlaces;
use crate::extract::body::probability;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;

/// Score at which a line is as likely text as not. The words of a line below it count against its place.
const NEUTRAL: f32 = 0.4;

/// Minimum score of a line of prose.
const PROSE: f32 = 1.0;

/// Maximum number of words of a line that count, so that one long line does not outweigh an article.
const MOST_WORDS: u32 = 120;

/// Finds the element with the greatest sum of its lines' words, each weighted by its line's distance from neutral. If no line of the text is prose
/// (verse, a list), the headline does not count against the place that contains both.
pub(super) fn find(outline: &Outline<'_>, placed: &LinePlaces, title: Option<usize>) -> Option<usize> {
    let mut before = vec![0.0_f32];
    let mut sum = 0.0;
    let has_prose = placed.scores.iter().any(|score| *score > PROSE);
    let title = title.filter(|_| !has_prose);
    let lines = outline.lines.iter().zip(&placed.scores).zip(placed.barred.iter().zip(&placed.remarks));
    for (at, ((line, score), (barred, remark))) in lines.enumerate() {
        let likely = if *barred { 0.0 } else { probability(*score) };
        // Fifty comments do not count against the place that contains them and the article.
        let is_neutral = (*barred && *remark) || title == Some(at);
        let worth = if is_neutral { 0.0 } else { likely - NEUTRAL };
        sum += line.words.min(MOST_WORDS) as f32 * worth;
        before.push(sum);
    }
    let at = |line: usize| before.get(line.min(before.len() - 1)).copied().unwrap_or(0.0);
    let mut best: Option<(f32, usize)> = None;
    for (index, element) in outline.elements.iter().enumerate() {
        if matches!(element.tag, Tag::Inline | Tag::Link | Tag::Time | Tag::Caption) {
            continue;
        }
        let value = at(element.lines.end) - at(element.lines.start);
        // Among equals, the innermost wins. It comes last.
        if value > 0.0 && best.is_none_or(|(known, _)| value >= known * 0.999) {
            best = Some((value.max(best.map_or(0.0, |(known, _)| known)), index));
        }
    }
    best.map(|(_, index)| index)
}
