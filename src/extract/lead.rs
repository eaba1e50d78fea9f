//! The lead (sapo, standfirst): a sentence or two between headline and body, wherever the theme puts it.

use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::About;
use crate::extract::structured::Said;
use crate::extract::title::letters;

/// Words of a lead at least and at most.
const WORDS: std::ops::RangeInclusive<u32> = 7..=150;

/// Lines of an element that is called a lead at most.
const MAX_LINES: usize = 4;

/// Letters that a line and the page's description must share to be one text.
const SHARED: usize = 30;

/// The least score that is taken.
const LEAST: f32 = 2.0;

/// A line that may be the lead.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) line: usize,
    pub(super) score: f32,
}

/// The line of the lead, where one stands outside the running text or is named a lead within it. `title` is the headline's line, `text` the
/// lines of the body.
pub(super) fn find(outline: &Outline<'_>, said: &[Said], title: Option<usize>, text: &[usize]) -> Option<Candidate> {
    let first = *text.first()?;
    let from = title.map_or(first.saturating_sub(8), |title| title.saturating_sub(3)).min(first);
    let until = text.get(2).copied().unwrap_or(first).max(first);
    let descriptions: Vec<String> = structured::all(said, About::Lead)
        .map(|said| letters(&said.value))
        .filter(|text| text.len() >= SHARED)
        .collect();
    let candidates = (from..=until).filter(|at| Some(*at) != title).filter_map(|at| {
        let line = outline.lines.get(at)?;
        let score = score(
            outline,
            line,
            &descriptions,
            text.binary_search(&at).is_ok(),
            title.is_some_and(|title| at > title),
        )?;
        Some(Candidate { line: at, score })
    });
    candidates.filter(|candidate| candidate.score >= LEAST).max_by(|one, other| one.score.total_cmp(&other.score))
}

fn score(
    outline: &Outline<'_>,
    line: &Line<'_>,
    descriptions: &[String],
    in_text: bool,
    after_title: bool,
) -> Option<f32> {
    let fits = WORDS.contains(&line.words) && !line.is_image() && !line.is_link() && !line.form.caption;
    if !fits || matches!(line.kind, Kind::Row { .. } | Kind::Heading(1)) || in_frame(outline, line) {
        return None;
    }
    let near = outline.path(line.element).take(3).filter_map(|at| outline.elements.get(at));
    let words = near
        .filter(|element| element.lines.len() <= MAX_LINES)
        .fold(Words::NONE, |words, element| words | element.words);
    let key = letters(&line.text);
    let described = descriptions.iter().any(|description| same(description, &key));
    if in_text {
        // The first paragraph often serves as the description as well; it stays where it is.
        return Some(if words.any(Words::LEAD) { 2.2 } else { 0.0 });
    }
    let named = if words.any(Words::LEAD | Words::SUMMARY) { 2.2 } else { 0.0 };
    let sentence = line.text.ends_with(['.', '!', '?', '…', '"', '”']);
    let form = if after_title { 1.0 } else { -1.0 }
        + if sentence { 0.8 } else { 0.0 }
        + if line.words >= 12 { 0.4 } else { 0.0 };
    Some(named + if described { 2.5 } else { 0.0 } + form)
}

/// Whether a description and a line are one text, either cut short.
fn same(description: &str, line: &str) -> bool {
    let shorter = description.len().min(line.len());
    shorter >= SHARED
        && (description.starts_with(line.get(..shorter).unwrap_or(line))
            || line.starts_with(description.get(..shorter).unwrap_or(description)))
}

fn in_frame(outline: &Outline<'_>, line: &Line<'_>) -> bool {
    let frame = Words::NAV
        | Words::FOOTER
        | Words::RELATED
        | Words::SIDE
        | Words::COMMENT
        | Words::SHARE
        | Words::AD
        | Words::OFFER
        | Words::MODAL
        | Words::BREADCRUMB
        | Words::CAPTION
        | Words::BIO
        | Words::TOC
        | Words::HIDDEN
        | Words::DATE
        | Words::AUTHOR
        | Words::MEDIA
        | Words::TEASER;
    let all = outline.lines.len();
    outline
        .path(line.element)
        .filter_map(|at| outline.elements.get(at))
        .take_while(|element| element.lines.len() * 2 <= all)
        .any(|element| {
            (element.words.any(frame) && !element.words.any(Words::LEAD | Words::SUMMARY))
                || matches!(
                    element.tag,
                    Tag::Nav | Tag::Aside | Tag::Footer | Tag::Caption | Tag::Figure | Tag::Address
                )
        })
}
