//! Scores the places of a page for dates: the article's head and foot, frames, teasers of other articles.

use std::ops::Range;

use crate::extract::attachments::may_be_document;
use crate::extract::date_lines::MAX_DATE;
use crate::extract::date_lines::is_date;
use crate::extract::date_lines::shows_date;
use crate::extract::outline::Element;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;

/// Score of a place in a list or a teaser.
pub(super) const OF_ITEM: f32 = -1.5;

/// Number of lines of an article's head between headline and text, which may include a lead or an author.
pub(super) const HEAD: usize = 8;

/// The article's position, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) title: Option<usize>,
    /// First and last line of the body.
    pub(super) body: Option<(usize, usize)>,
}

/// Names of places where no date is the article's.
const NEVER: Words = Words::NAV.or(Words::RELATED).or(Words::COMMENT).or(Words::CLOCK).or(Words::MODAL);

/// Whether lines are in the article's head, between its headline and its text.
pub(super) fn is_in_head(lines: Range<usize>, place: Place) -> bool {
    let (Some(title), Some((first, last))) = (place.title, place.body) else { return false };
    lines.start > title && lines.end <= first.max(title + HEAD).min(last + 1)
}

/// Whether there are only a few lines, right above the headline.
fn is_above_title(lines: &Range<usize>, place: Place) -> bool {
    lines.len() <= NEAR && place.title.is_some_and(|title| (lines.end..=lines.end + 1).contains(&title))
}

/// Scores the frames around each element for a date. They contain dates of other articles, of today, of licenses.
pub(super) fn of_frames(outline: &Outline<'_>, place: Place) -> Vec<f32> {
    const BAD: Words = Words::NAV
        .or(Words::RELATED)
        .or(Words::SIDE)
        .or(Words::COMMENT)
        .or(Words::CLOCK)
        .or(Words::MODAL)
        .or(Words::LEGAL)
        .or(Words::OFFER)
        .or(Words::AD);
    let (title, body) = (place.title, place.body);
    let holds_title = |lines: &Range<usize>| title.is_some_and(|title| lines.contains(&title));
    let holds_body =
        |lines: &Range<usize>| body.is_some_and(|(first, last)| lines.contains(&first) && lines.contains(&last));
    let is_article = |element: &&Element<'_>| {
        (element.tag == Tag::Article || element.words.any(Words::ARTICLE))
            && holds_title(&element.lines)
            && (body.is_none() || holds_body(&element.lines))
    };
    let end = body.map(|(_, last)| last).or(title);
    let article = outline.elements.iter().rfind(is_article).map_or(0..0, |element| element.lines.clone());
    let frames = outline.inherited((0.0, false), |(above, in_row): (f32, bool), element| {
        if element.lines.len() * 2 > outline.lines.len() {
            return (0.0, false);
        }
        // A place with the headline or the body is the article's own.
        if holds_title(&element.lines) || holds_body(&element.lines) {
            return (0.0, false);
        }
        // An article may have its own footer.
        let is_foot = element.lines.end <= article.end && end.is_some_and(|last| element.lines.start > last);
        let is_footer = !is_foot && (element.tag == Tag::Footer || element.words.any(Words::FOOTER));
        let begins_in_head = || is_in_head(element.lines.start..element.lines.start + 1, place);
        // A row of facts may be right above the headline.
        let is_above = || is_above_title(&element.lines, place);
        let is_row = in_row || (element.words.any(Words::META) && (is_above() || begins_in_head()));
        let in_head = is_in_head(element.lines.clone(), place) || is_row;
        let bars = if in_head { NEVER } else { BAD };
        let is_frame = element.tag == Tag::Nav || (!in_head && (element.tag == Tag::Aside || is_footer));
        let own = if element.words.any(bars) || is_frame {
            -4.0
        } else if in_head {
            // Between headline and text, names of places mean little.
            0.0
        } else if element.words.any(Words::TOOLS) {
            -2.0
        } else if element.tag == Tag::Header && place.title.is_some() {
            // The page's header, not the article's.
            -1.0
        } else if element.words.any(Words::TEASER) || element.tag == Tag::Item {
            OF_ITEM
        } else {
            0.0
        };
        (above.min(own), is_row)
    });
    frames.into_iter().map(|(worth, _)| worth).collect()
}

/// Number of lines around a date that are searched for its headline.
const NEAR: usize = 4;

/// Maximum number of bytes of a line that may contain a headline.
const MAX_BYTES: usize = 2048;

/// Minimum number of words of a linked headline. A section's name has fewer.
const LEAST_OF_HEADLINE: u32 = 6;

/// Whether a date is in a box with the linked headline of another page. Then it is a teaser, whatever the name of its list. A single date next to
/// several headlines belongs to none of them.
pub(super) fn is_of_teaser(outline: &Outline<'_>, element: usize, place: Place) -> bool {
    let Some(own) = outline.elements.get(element).map(|element| element.lines.clone()) else { return false };
    let is_article = |lines: &Range<usize>| {
        place.title.is_some_and(|title| lines.contains(&title))
            || place.body.is_some_and(|(first, last)| lines.contains(&first) || lines.contains(&last))
    };
    let is_head = |lines: &Range<usize>| {
        let unnamed = place.title.is_none()
            && place.body.is_some_and(|(first, _)| (lines.end..=lines.end + HEAD).contains(&first));
        unnamed || is_in_head(lines.clone(), place) || is_above_title(lines, place)
    };
    let boxes = outline.path(element).filter_map(|at| outline.elements.get(at)).map(|element| element.lines.clone());
    let mut looked_at = 0;
    for lines in boxes.take_while(|lines| !is_article(lines) && !is_head(lines)) {
        let near = lines.start.max(own.start.saturating_sub(NEAR))..lines.end.min(own.end + NEAR);
        if near.len() <= looked_at {
            continue;
        }
        looked_at = near.len();
        let near = outline.lines.get(near).unwrap_or_default();
        let mut pages: Vec<&str> = near.iter().filter_map(headline_of).collect();
        pages.dedup();
        let dates = || near.iter().filter(|line| shows_date(line)).count();
        if !pages.is_empty() || lines.len() > own.len() + 2 * NEAR {
            return pages.len() == 1 || (pages.len() > 1 && dates() > 1);
        }
    }
    false
}

/// Returns the URL of the page whose headline is a link in a line.
fn headline_of<'l>(line: &'l Line<'_>) -> Option<&'l str> {
    if line.is_image() || line.linked < LEAST_OF_HEADLINE || line.link_density() <= 0.5 || line.text.len() > MAX_BYTES {
        return None;
    }
    let mut before: Option<(&str, Range<usize>)> = None;
    for (run, reference) in line.links() {
        // A link with a bold part is one link.
        let start = before.filter(|(known, _)| *known == reference).map_or(run.range().start, |(_, range)| range.start);
        let range = start..run.range().end;
        // The name of a file to download is not a headline.
        if line.text.get(range.clone()).is_some_and(is_headline) && !may_be_document(reference) {
            return Some(reference);
        }
        before = Some((reference, range));
    }
    None
}

fn is_headline(text: &str) -> bool {
    // Two dates in one link have only the words for their months.
    let words = text.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count();
    words >= LEAST_OF_HEADLINE as usize && (text.len() > MAX_DATE || !is_date(text))
}
