//! The article by its place: what follows the headline.

use std::ops::Range;

use crate::extract::dates;
use crate::extract::lines::frame;
use crate::extract::lines::frame::Frame;
use crate::extract::outline::Element;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;

/// Lines between a headline and its text at most: date, author, buttons, pictures with their captions.
const MOST_BETWEEN: usize = 24;

/// Words that a place tells beside the headline at least. A byline and a rubric have fewer.
const LEAST_TOLD: u32 = 12;

/// Lines and words of a small element: what it is called tells what they are.
const SMALL: usize = 4;
const MOST_OF_SMALL: u32 = 30;

/// Names of what stands between a headline and its text.
const HEAD: Words = Words::DATE
    .or(Words::UPDATED)
    .or(Words::AUTHOR)
    .or(Words::SOURCE)
    .or(Words::META)
    .or(Words::SHARE)
    .or(Words::TOOLS)
    .or(Words::TAGS)
    .or(Words::BREADCRUMB)
    .or(Words::CAPTION)
    .or(Words::HIDDEN)
    .or(Words::KICKER)
    .or(FRAME);

/// Names of what stands behind a text.
const FRAME: Words = Words::NAV
    .or(Words::FOOTER)
    .or(Words::SIDE)
    .or(Words::RELATED)
    .or(Words::COMMENT)
    .or(Words::AD)
    .or(Words::OFFER)
    .or(Words::BIO)
    .or(Words::PAGER);

/// Names of what stands behind a text, and not beside it or between its parts.
const END: Words = Words::FOOTER.or(Words::RELATED).or(Words::COMMENT).or(Words::BIO);

/// The lines that follow the headline in the smallest place that holds it and something told; none where no headline is known. They end where
/// comments or other articles begin, told by the name of their place or by their head.
pub(super) fn lines(outline: &Outline<'_>, title: Option<usize>) -> Range<usize> {
    let Some((title, line)) = title.and_then(|at| Some((at, outline.lines.get(at)?))) else { return 0..0 };
    let mut told = 0;
    let mut first = None;
    let mut next = title + 1;
    for holder in outline.path(line.element) {
        let Some(element) = outline.elements.get(holder) else { break };
        while next < element.lines.end.min(title + MOST_BETWEEN) && told < LEAST_TOLD {
            if let Some(line) = outline.lines.get(next).filter(|line| tells(outline, line, title)) {
                told += line.words;
                first = first.or(Some(next));
            }
            next += 1;
        }
        if told >= LEAST_TOLD {
            return first.map_or(0..0, |first| first..end(outline, holder, first));
        }
    }
    0..0
}

/// Whether a line behind the headline is no part of the article's head.
fn tells(outline: &Outline<'_>, line: &Line<'_>, title: usize) -> bool {
    let is_head = |element: &Element<'_>| element.words.any(HEAD) && is_small(outline, element);
    let mut above = outline.path(line.element).filter_map(|at| outline.elements.get(at));
    let inside = above.by_ref().take_while(|element| !element.lines.contains(&title));
    !line.is_image()
        && line.link_density() < 0.5
        && !line.form.caption
        && !line.form.author
        && !dates::shows_date(line)
        && !inside.take(SMALL).any(is_head)
}

/// Whether an element has few lines and few words.
fn is_small(outline: &Outline<'_>, element: &Element<'_>) -> bool {
    let lines = outline.lines.get(element.lines.start..element.lines.end.min(outline.lines.len())).unwrap_or_default();
    lines.len() <= SMALL && lines.iter().map(|line| line.words).sum::<u32>() <= MOST_OF_SMALL
}

/// Where the last part of a place that is text ends, behind a line: where a part of the frame begins that no paragraph follows.
fn end(outline: &Outline<'_>, holder: usize, first: usize) -> usize {
    let Some(element) = outline.elements.get(holder) else { return first };
    let mut end = element.lines.end;
    let parts = outline.elements.get(holder + 1..element.end).unwrap_or_default().iter().rev();
    for part in parts.filter(|part| part.parent == holder && part.lines.start > first) {
        if part.words.any(END) && !part.words.any(Words::BODY) || part.tag == Tag::Footer {
            end = part.lines.start;
        } else if part.tag == Tag::P {
            break;
        }
    }
    let end = end.min(outline.lines.len());
    let heads = |line: &Line<'_>| {
        line.words <= MOST_OF_HEAD
            && outline.is_heading(line)
            && matches!(frame::read(&line.text), Some(Frame::ListHead | Frame::Comments))
    };
    let head = outline.lines.get(first..end).unwrap_or_default().iter().position(heads);
    head.map_or(end, |head| first + head)
}

/// Words of the head of a list at most.
const MOST_OF_HEAD: u32 = 8;
