//! Finds what belongs to a body in its neighborhood: images with their captions, the byline, the source line.

use crate::extract::authors::end_of_text;
use crate::extract::authors::is_beside_date;
use crate::extract::authors::name_behind_date;
use crate::extract::body;
use crate::extract::images::Pictures;
use crate::extract::lines::caption;
use crate::extract::lines::last;
use crate::extract::outline::Element;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::parts;
use crate::extract::reading::Page;
use crate::extract::template;
use crate::extract::title::letters;
use crate::html::tree;

/// Names of the frame around an article.
const FRAME: Words = FRAME_ABOVE.or(Words::FOOTER).or(Words::SIDE);

/// Names of the frame above the article's text.
const FRAME_ABOVE: Words = Words::NAV
    .or(Words::RELATED)
    .or(Words::COMMENT)
    .or(Words::SHARE)
    .or(Words::AD)
    .or(Words::OFFER)
    .or(Words::BIO)
    .or(Words::TEASER);

/// Names of places whose pictures do not belong to the article.
const NO_PLACE: Words = Words::NAV
    .or(Words::FOOTER)
    .or(Words::RELATED)
    .or(Words::COMMENT)
    .or(Words::SHARE)
    .or(Words::AD)
    .or(Words::OFFER)
    .or(Words::BIO)
    .or(Words::AUTHOR);

/// Whether an element has a name of the frame, or is inside an element that has one and does not contain the line. If a card contains the line, its
/// head is not a teaser.
fn is_framed(outline: &Outline<'_>, element: usize, line: usize, frame: Words) -> bool {
    let mut words = Words::NONE;
    for around in outline.path(element).filter_map(|at| outline.elements.get(at)) {
        if around.lines.contains(&line) {
            let own = if around.words.any(Words::TEASER) { Words::TEASER } else { Words::NONE };
            return words.without(own).any(frame);
        }
        words = words | around.words;
    }
    words.any(frame)
}

/// Returns the chosen lines together with the article's images among and before them and their captions. `title` is the line of the headline.
pub(super) fn with_images(page: &Page<'_>, body: &body::Body, title: Option<usize>) -> Vec<usize> {
    let outline = &page.outline;
    let text = |at: &usize| body.chosen.get(*at) == Some(&true);
    let all = 0..outline.lines.len();
    let (Some(first), Some(last)) = (all.clone().find(text), all.clone().rev().find(text)) else { return Vec::new() };
    let is_own = |reference: &str| page.evidence.is_own(reference);
    let pictures = Pictures::of(outline, &page.base, &page.said, &is_own);
    let frame = FRAME.or(Words::AUTHOR);
    let in_menu = |element: usize| {
        let around = outline.path(element).filter_map(|at| outline.elements.get(at));
        around
            .take_while(|element| !element.lines.contains(&first))
            .any(|around| matches!(around.tag, Tag::Nav | Tag::Aside | Tag::Footer))
    };
    // An element that is named a teaser or a column but contains only a picture is that picture's place.
    let is_place = |element: &Element<'_>| {
        let whole = !element.words.any(Words::SIDE) || pictures.has_caption(element);
        !element.words.any(NO_PLACE) && whole && pictures.is_all(element)
    };
    let bars = |element: &Element<'_>| element.words.any(frame) && !is_place(element);
    let is_barred = |element: usize| {
        let around = outline.path(element).filter_map(|at| outline.elements.get(at));
        around.take_while(|element| !element.lines.contains(&first)).any(bars)
    };
    let cover = pictures.cover(first, &|element| is_barred(element) || in_menu(element));
    let headed = title.filter(|title| *title < first).map(|title| title.max(first.saturating_sub(FIGURE_BEFORE)));
    let from = [first.saturating_sub(LINES_BEFORE)].into_iter().chain(cover).chain(headed).min().unwrap_or(first);
    let container = body.container.unwrap_or(0);
    let in_frame = |element: usize| {
        outline
            .path(element)
            .take_while(|at| *at > container)
            .filter_map(|at| outline.elements.get(at))
            // Some editors name every figure of a text a card.
            .filter(|element| element.tag != Tag::Figure)
            .any(bars)
    };
    // Themes have a place for a picture before the text. There, a caption or a `figure` shows that the picture is the article's.
    let credits =
        |at: usize, line: &Line<'_>| at < first && caption::read(&line.text).is_some_and(|read| read.of_picture);
    let is_caption = |at: usize, line: &Line<'_>| !line.is_image() && (line.form.caption || credits(at, line));
    let caption_of = |at: usize| outline.lines.get(at + 1).filter(|line| is_caption(at + 1, line));
    let is_captioned = |at: usize| caption_of(at).is_some();
    let is_headed = |at: usize| title.is_some_and(|title| title < at);
    let heads = |at: usize, line: &Line<'_>| {
        at < first
            && (is_headed(at) && (pictures.is_figure(line) || pictures.is_photo(line))
                || is_captioned(at) && at + LINES_BEFORE >= first)
            && !is_barred(line.element)
    };
    let is_shown = |at: usize, line: &Line<'_>| {
        let within =
            at + LINES_BEFORE >= first && outline.is_within(line.element, container) && !in_frame(line.element);
        (within || heads(at, line))
            && !pictures.is_sign(line)
            && !pictures.leads_elsewhere(line, caption_of(at))
            && !pictures.is_beside_link(line, caption_of(at), &body.chosen)
    };
    let mut chosen = Vec::new();
    let mut after_image = false;
    let vietnamese = is_vietnamese(outline, all.filter(text));
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
    let mut end = last;
    for (at, line) in outline.lines.iter().enumerate().skip(from) {
        if at > end + LINES_AFTER {
            break;
        }
        let signs = at > first && !text(&at) && at <= last && may_sign(line);
        let image = line.is_image() && (cover == Some(at) || is_shown(at, line));
        let caption = after_image && is_caption(at, line);
        if text(&at) || image || caption || signs {
            chosen.push(at);
        }
        // A gallery continues.
        end = if image || caption { end.max(at) } else { end };
        after_image = image || (caption && after_image);
    }
    chosen
}

/// Number of lines before the body that are searched for its leading image.
const LINES_BEFORE: usize = 6;

/// Number of lines before the body, below the headline, that are searched for a figure.
const FIGURE_BEFORE: usize = 40;

/// Number of lines after the body, or after a gallery behind it, that are searched for another image.
const LINES_AFTER: usize = 3;

fn is_vietnamese(outline: &Outline<'_>, lines: impl Iterator<Item = usize>) -> bool {
    parts::is_vietnamese(lines.filter_map(|at| outline.lines.get(at)).map(|line| line.text.as_str()))
}

/// Returns the byline and the source line below the body's element that say what they are.
pub(super) fn signed_after(outline: &Outline<'_>, container: usize, chosen: &[usize]) -> Vec<usize> {
    if !is_vietnamese(outline, chosen.iter().copied()) {
        return Vec::new();
    }
    let end = outline.elements.get(container).map_or(0, |element| element.lines.end);
    let end = chosen.last().map_or(end, |last| end.max(last + 1));
    let mut signed = Vec::new();
    let mut known = Vec::new();
    for at in end..(end + LINES_BELOW).min(outline.lines.len()) {
        let Some(line) = outline.lines.get(at) else { break };
        if let Some(signature) = parts::signs(line)
            && !known.contains(&signature.is_source)
            && !is_framed(outline, line.element, end.saturating_sub(1), FRAME)
        {
            known.push(signature.is_source);
            signed.push(at);
        }
    }
    signed
}

/// Returns the byline of an element near the text, if it names one of the authors. `first` and `last` are the lines of the text.
pub(super) fn byline_near(outline: &Outline<'_>, (first, last): (usize, usize), authors: &[String]) -> Option<String> {
    if authors.is_empty() {
        return None;
    }
    let authors: Vec<String> = authors.iter().map(|author| letters(author)).collect();
    // The caption of a picture above the headline is not the beginning of the text.
    let is_text = |at: &usize| outline.lines.get(*at).is_some_and(|line| !line.is_image() && !line.form.caption);
    let first = (first..=last).find(is_text).unwrap_or(first);
    let title = outline.lines.get(first..=last).unwrap_or_default().iter().take(LINES_BELOW);
    let first = first + title.take_while(|line| matches!(line.kind, Kind::Heading(1 | 2))).count();
    let end = end_of_text(outline, first, last);
    let is_near = |at: usize| at + BYLINE_BEFORE >= first && at <= end + LINES_BELOW && (at <= first || at > last);
    let byline = |text: &str| {
        let text = last::without_preposition(text);
        let key = letters(text);
        let people = || last::read_named(text, false).is_some_and(|read| !read.is_source && !read.people.is_empty());
        (authors.iter().any(|author| key.contains(author.as_str())) && people()).then(|| text.to_owned())
    };
    let mut named = outline.elements.iter().enumerate().filter(|(at, element)| {
        element.lines.len() <= BYLINE_LINES
            && is_near(element.lines.start)
            && (element.words.any(Words::AUTHOR) || (element.lines.start <= first && is_beside_date(element.node)))
            // A column beside the article's head belongs to the article, and so does what its theme names a footer there.
            && !is_framed(outline, *at, first, if element.lines.start <= first { FRAME_ABOVE } else { FRAME })
    });
    let below = outline.lines.iter().skip(last + 1).take(LINES_BELOW);
    let below = below.filter(|line| !is_framed(outline, line.element, last, FRAME));
    let above = outline.lines.get(first.saturating_sub(BYLINE_BEFORE)..first).unwrap_or_default();
    let mut begun = above.iter().filter(|line| last::without_preposition(&line.text) != line.text.as_str());
    let named = named.find_map(|(_, element)| byline(&tree::line(element.node)));
    let behind_date = || above.iter().find_map(|line| byline(name_behind_date(&line.text)?));
    named.or_else(|| begun.find_map(|line| byline(&line.text))).or_else(behind_date).or_else(|| {
        let mut alone = below.filter(|line| authors.contains(&letters(&line.text)));
        alone.find_map(|line| byline(&line.text))
    })
}

/// Maximum number of lines of a byline's element: "Bởi", the name, a dash.
const BYLINE_LINES: usize = 3;

/// Number of lines before the text that are searched for its byline.
const BYLINE_BEFORE: usize = 15;

/// Number of lines below the body's element that are searched for its byline and its source line.
const LINES_BELOW: usize = 5;

/// Returns the first and the last line of text.
pub(super) fn span_of(outline: &Outline<'_>, chosen: &[usize]) -> Option<(usize, usize)> {
    let text = |at: &&usize| outline.lines.get(**at).is_some_and(|line| !line.is_image());
    Some((*chosen.iter().find(text)?, *chosen.iter().rev().find(text)?))
}

/// Removes lines that the site's memory knows as frame from a body that a rule found. If that would remove more than a quarter of the words, the body
/// is kept as it is.
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

/// Finds the body again with the site's memory, if the memory could change anything. A memory that would drop most of the text that the page alone
/// gives has learned that text as frame, and is ignored.
pub(super) fn recall_body(page: &Page<'_>, alone: body::Body, known: body::BodyContext<'_>) -> body::Body {
    let Some(recalled) = page.recalled else { return alone };
    let memory = recalled.of_lines(&page.outline, &page.places);
    let doubts = memory.iter().zip(&alone.chosen).any(|(odds, text)| template::doubts(*odds, *text));
    if !doubts {
        return alone;
    }
    let with = body::find(&page.outline, &body::BodyContext { memory: &memory, ..known });
    if with.words(&page.outline) * 2 < alone.words(&page.outline) { alone } else { with }
}
