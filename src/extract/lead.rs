//! Finds the lead (sapo, standfirst): a sentence or two between headline and body, wherever the theme puts it.

use std::ops::Range;

use html5ever::local_name;

use crate::extract::outline::Element;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::Property;
use crate::extract::structured::StructuredValue;
use crate::extract::title::letters;
use crate::html::tree;

/// Minimum and maximum number of words of a lead. Fewer suffice if the page names it the lead.
const WORDS: std::ops::RangeInclusive<u32> = 7..=150;
const LEAST_NAMED: u32 = 4;

/// Maximum number of lines of a lead, and of an element named a lead.
const MAX_LINES: usize = 6;

/// Maximum number of lines before the text that are searched for the lead. Menus and players may stand between.
const MOST_BEFORE: usize = 80;

/// Number of lines of the text that may contain a lead, after a caption or an author.
const FIRST_LINES: usize = 6;

/// Minimum length in bytes of the letters that a line and the page's description must share to be one text.
const SHARED: usize = 30;

/// Minimum score of an accepted lead.
const LEAST: f32 = 2.0;

/// Penalty for each line of the text before a lead. Of two, the first is the lead.
const OF_PLACE: f32 = 0.05;

/// Minimum number of lines of the body besides a lead in its own field.
const LEAST_OF_BODY: usize = 3;

/// Minimum number of words of a sentence. A label has fewer.
const SENTENCE: u32 = 12;

/// The lines of the lead, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lead {
    pub(super) lines: Vec<usize>,
    pub(super) score: f32,
}

/// Returns the lead, if it is outside the running text or set apart within it. `title` is the headline's line, `text` the lines of the body.
pub(super) fn find(
    outline: &Outline<'_>,
    said: &[StructuredValue],
    title: Option<usize>,
    text: &[usize],
) -> Option<Lead> {
    let first = *text.first()?;
    let from = title.map_or(first.saturating_sub(8), |title| title.saturating_sub(3)).min(first);
    let from = from.max(first.saturating_sub(MOST_BEFORE));
    let until = text.get(FIRST_LINES.min(text.len()) - 1).copied().unwrap_or(first);
    let descriptions = structured::all(said, Property::Lead)
        .map(|said| letters(&said.value))
        .filter(|text| text.len() >= SHARED)
        .collect();
    let headline = title.and_then(|title| outline.lines.get(title)).map(|line| letters(&line.text)).unwrap_or_default();
    let search = Search { outline, title, headline, text, descriptions };
    let scored = (from..=until).filter_map(|at| Some((at, search.score(at)?)));
    let (best, score) =
        scored.filter(|(_, score)| *score >= LEAST).max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let lines = search.with_neighbors(best, from..until + 1);
    // A lead that leaves no text is the text.
    let mut left = text.iter().filter(|at| !lines.contains(at)).filter_map(|at| outline.lines.get(*at));
    left.any(|line| line.words >= LEAST_NAMED).then_some(Lead { lines, score })
}

/// How far a line and the page's description are the same text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DescriptionMatch {
    /// The description has all or nearly all of the line.
    Whole,
    /// The description is only the beginning of the line.
    Cut,
    No,
}

struct Search<'a, 'p> {
    outline: &'a Outline<'p>,
    title: Option<usize>,
    /// The letters of the headline.
    headline: String,
    text: &'a [usize],
    descriptions: Vec<String>,
}

impl Search<'_, '_> {
    fn score(&self, at: usize) -> Option<f32> {
        let line = self.outline.lines.get(at).filter(|_| Some(at) != self.title)?;
        if !may_be_lead(line) || self.repeats_title(line) || self.is_below_picture(at) {
            return None;
        }
        let words = self.names(line);
        let described = self.described(line);
        let known = words.any(Words::LEAD) || described == DescriptionMatch::Whole;
        if (line.words < *WORDS.start() && !(known && line.words >= LEAST_NAMED)) || self.is_in_frame(line, described) {
            return None;
        }
        let sentence =
            if ends_sentence(&line.text) { 0.8 } else { 0.0 } + if line.words >= SENTENCE { 0.4 } else { 0.0 };
        if let Ok(place) = self.text.binary_search(&at) {
            return Some(self.score_in_text(line, place, words, described) - OF_PLACE * place as f32);
        }
        let named = if words.any(Words::LEAD | Words::SUMMARY) { 2.2 } else { 0.0 };
        let said = match described {
            DescriptionMatch::Whole => 2.5,
            DescriptionMatch::Cut => 2.0,
            DescriptionMatch::No => 0.0,
        };
        let is_before = described == DescriptionMatch::Whole || self.text.first().is_some_and(|first| at < *first);
        let is_between = is_before && self.title.is_some_and(|title| at > title);
        let place = if is_between { 1.0 } else { -1.0 };
        let heading = if matches!(line.kind, Kind::Heading(_)) && line.words >= SENTENCE { 0.6 } else { 0.0 };
        Some(named + said + place + heading + sentence)
    }

    /// The first paragraph is often the description too. It is the lead if the theme sets it apart or its name says so.
    fn score_in_text(&self, line: &Line<'_>, place: usize, words: Words, described: DescriptionMatch) -> f32 {
        let is_sentence = line.words >= SENTENCE && ends_sentence(&line.text);
        let is_heading = matches!(line.kind, Kind::Heading(_));
        let is_like = |other: &Line<'_>| !std::ptr::eq(other, line) && self.look(other) == self.look(line);
        if is_heading && self.lines_of_text(0..self.text.len()).any(is_like) {
            // It is a subheading.
            return 0.0;
        }
        if self.begins_description(line, place) {
            return 0.0;
        }
        if words.any(Words::LEAD) {
            return 3.2;
        }
        let image_before = self.text.get(place).and_then(|at| self.outline.lines.get(at.checked_sub(1)?));
        if (described == DescriptionMatch::No && image_before.is_some_and(Line::is_image))
            || (is_heading && line.words < SENTENCE)
        {
            return 0.0;
        }
        let is_first = self.lines_of_text(0..place).all(|line| line.words < *WORDS.start());
        let field = self.field(line).map_or(0, |field| field.end);
        let behind = self.text.partition_point(|at| *at < field).max(place + 1);
        let goes_on =
            || self.lines_of_text(behind..self.text.len()).take(2).any(|next| self.names(next).any(Words::SUMMARY));
        match described {
            DescriptionMatch::Whole if self.looks_apart(line, place) || self.has_own_field(line, place) => 3.0,
            _ if words.any(Words::SUMMARY) && !goes_on() => 2.4,
            _ if is_first && is_sentence && !is_heading && self.has_own_field(line, place) => 2.0,
            _ => 0.0,
        }
    }

    /// Whether a description contains a line and the beginning of the next one: it is the beginning of the text, which the system cut.
    fn begins_description(&self, line: &Line<'_>, place: usize) -> bool {
        let (line, next) = (letters(&line.text), self.lines_of_text(place + 1..place + 2).next());
        let Some(next) = next.map(|next| letters(&next.text)).filter(|_| line.len() >= SHARED) else { return false };
        let begins = |rest: &str| rest.len() >= SHARED && (next.starts_with(rest) || rest.starts_with(&next));
        self.descriptions.iter().any(|description| description.strip_prefix(&line).is_some_and(begins))
    }

    fn lines_of_text(&self, places: Range<usize>) -> impl Iterator<Item = &Line<'_>> {
        self.text.get(places).unwrap_or_default().iter().filter_map(|at| self.outline.lines.get(*at))
    }

    /// Returns the line with those around it that belong to the same lead: in an element named a lead, or in the page's description.
    fn with_neighbors(&self, best: usize, range: Range<usize>) -> Vec<usize> {
        let mut lines = vec![best];
        let mut words = self.outline.lines.get(best).map_or(0, |line| line.words);
        let Some(line) = self.outline.lines.get(best) else { return lines };
        let (field, in_text) = (self.field(line), self.text.binary_search(&best).is_ok());
        let is_item = |next: &Line<'_>| matches!((&line.kind, &next.kind), (Kind::Item { .. }, Kind::Item { .. }));
        let mut take = |at: usize| {
            let Some(next) = self.outline.lines.get(at).filter(|next| may_be_lead(next)) else { return false };
            let is_like = field.as_ref().is_some_and(|field| field.contains(&at)) || self.is_told(next);
            words += next.words;
            let taken = is_like
                && next.words >= LEAST_NAMED
                && words <= *WORDS.end()
                && lines.len() < MAX_LINES
                && Some(at) != self.title
                && (is_item(next) || self.text.binary_search(&at).is_ok() == in_text)
                && !self.is_in_frame(next, DescriptionMatch::No)
                && !self.is_below_picture(at);
            if taken {
                lines.push(at);
            }
            taken
        };
        let _ = (best + 1..range.end).all(&mut take);
        let _ = (range.start..best).rev().all(&mut take);
        lines.sort_unstable();
        lines
    }

    /// Returns the lines of the element named a lead.
    fn field(&self, line: &Line<'_>) -> Option<Range<usize>> {
        let near = self.outline.path(line.element).take(3).filter_map(|at| self.outline.elements.get(at));
        near.filter(|element| self.may_hold_lead(element) && element.words.any(Words::LEAD | Words::SUMMARY))
            .map(|element| element.lines.clone())
            .max_by_key(ExactSizeIterator::len)
    }

    fn names(&self, line: &Line<'_>) -> Words {
        let near = self.outline.path(line.element).take(3).filter_map(|at| self.outline.elements.get(at));
        near.filter(|element| self.may_hold_lead(element)).fold(Words::NONE, |words, element| words | element.words)
    }

    /// Whether an element's names can mark a lead. Those of the whole text cannot: Drupal's `field--type-text-with-summary`.
    fn may_hold_lead(&self, element: &Element<'_>) -> bool {
        let is_text = |at: &usize| element.lines.contains(at);
        let whole = self.text.len() > 1 && self.text.last().is_some_and(is_text);
        element.lines.len() <= MAX_LINES && !whole
    }

    /// Whether a line and the picture before it have an element of their own.
    fn is_below_picture(&self, at: usize) -> bool {
        let before = at.checked_sub(1).filter(|at| self.outline.lines.get(*at).is_some_and(Line::is_image));
        let element = self.outline.lines.get(at).map_or(0, |line| line.element);
        let mut near = self.outline.path(element).take(3).filter_map(|at| self.outline.elements.get(at));
        before.is_some_and(|before| near.any(|around| around.lines == (before..at + 1)))
    }

    fn described(&self, line: &Line<'_>) -> DescriptionMatch {
        let line = letters(&line.text);
        if line.len() < SHARED {
            return DescriptionMatch::No;
        }
        let mut described = DescriptionMatch::No;
        for description in &self.descriptions {
            // The line may begin with a place or an agency before the description.
            let ends = description.len() * 5 >= line.len() * 4 && line.ends_with(description.as_str());
            if ends || description.starts_with(&line) {
                return DescriptionMatch::Whole;
            }
            if line.starts_with(description.as_str()) {
                described = DescriptionMatch::Cut;
            }
        }
        described
    }

    /// Whether a line repeats the headline, with or without a kicker.
    fn repeats_title(&self, line: &Line<'_>) -> bool {
        let line = letters(&line.text);
        let is_same = |title: &str| title.contains(&line) || line.contains(title) && line.len() < 2 * title.len();
        !self.headline.is_empty() && is_same(&self.headline)
    }

    /// Whether the description contains a line.
    fn is_told(&self, line: &Line<'_>) -> bool {
        let line = letters(&line.text);
        line.len() >= SHARED && self.descriptions.iter().any(|description| description.contains(&line))
    }

    /// Whether a line of the text stands alone next to an element with the rest.
    fn has_own_field(&self, line: &Line<'_>, place: usize) -> bool {
        let rest = self.text.get(place + 1..).unwrap_or_default();
        let is_text = |at: &&usize| self.outline.lines.get(**at).is_some_and(|line| line.words >= SENTENCE);
        let (Some(own), Some(next)) = (self.text.get(place), rest.iter().find(is_text)) else { return false };
        let Some(next_line) = self.outline.lines.get(*next) else { return false };
        let branch = |element: usize, without: usize| {
            let path = self.outline.path(element).filter_map(|at| self.outline.elements.get(at));
            path.map(|element| &element.lines).take_while(|lines| !lines.contains(&without)).last().cloned()
        };
        let Some(body) = branch(next_line.element, *own) else { return false };
        let held = rest.iter().filter(|at| body.contains(at)).count();
        let alone = branch(line.element, *next)
            .is_some_and(|field| self.text.iter().skip(place + 1).take_while(|at| **at < field.end).count() == 0);
        alone && held >= LEAST_OF_BODY && held * 5 >= rest.len() * 3
    }

    /// Whether a line looks different from the paragraphs after it, which look alike. The line's own look or that of its place counts.
    fn looks_apart(&self, line: &Line<'_>, place: usize) -> bool {
        let behind = || {
            let lines = self.lines_of_text(place + 1..self.text.len());
            lines.filter(|line| line.words >= SENTENCE && !matches!(line.kind, Kind::Heading(_))).take(LEAST_OF_BODY)
        };
        let differs = |with_place: bool| {
            let look = |line: &Line<'_>| (self.look(line), self.look_above(line).filter(|_| with_place));
            let Some(first) = behind().next() else { return false };
            look(first) != look(line) && behind().all(|other| look(other) == look(first))
        };
        differs(false) || differs(true)
    }

    fn look(&self, line: &Line<'_>) -> Option<(Tag, Option<&str>)> {
        self.outline
            .elements
            .get(line.element)
            .map(|element| (element.tag, tree::attribute(element.node.value(), &local_name!("class"))))
    }

    /// Returns the class of the parent of a line's element.
    fn look_above(&self, line: &Line<'_>) -> Option<&str> {
        let element = self.outline.elements.get(line.element)?;
        tree::attribute(self.outline.elements.get(element.parent)?.node.value(), &local_name!("class"))
    }

    /// Whether a line is in a place for something else. A place with the headline or the end of the text is the article's own.
    fn is_in_frame(&self, line: &Line<'_>, described: DescriptionMatch) -> bool {
        let bars = if described == DescriptionMatch::Whole { NEVER } else { FRAME };
        let is_own = |lines: &Range<usize>| {
            self.title.is_some_and(|title| lines.contains(&title))
                || self.text.last().is_some_and(|last| lines.contains(last))
        };
        let path = self.outline.path(line.element).filter_map(|at| self.outline.elements.get(at));
        path.take_while(|element| !is_own(&element.lines)).any(|element| {
            (element.words.any(bars) && !element.words.any(Words::LEAD | Words::SUMMARY))
                || matches!(
                    element.tag,
                    Tag::Nav | Tag::Aside | Tag::Footer | Tag::Caption | Tag::Figure | Tag::Address
                )
        })
    }
}

fn may_be_lead(line: &Line<'_>) -> bool {
    line.words <= *WORDS.end()
        && !line.is_image()
        && !line.is_link()
        && !line.form.caption
        && !matches!(line.kind, Kind::Row { .. } | Kind::Heading(1))
}

fn ends_sentence(text: &str) -> bool {
    text.ends_with(['.', '!', '?', '…', '"', '”', '»', '。'])
}

/// Names of places that never contain a lead.
const NEVER: Words = Words::NAV
    .or(Words::RELATED)
    .or(Words::COMMENT)
    .or(Words::MODAL)
    .or(Words::CAPTION)
    .or(Words::HIDDEN)
    .or(Words::BREADCRUMB);

/// Names of places where a line is the lead only if the page's description confirms it.
const FRAME: Words = NEVER
    .or(Words::FOOTER)
    .or(Words::SIDE)
    .or(Words::SHARE)
    .or(Words::AD)
    .or(Words::OFFER)
    .or(Words::BIO)
    .or(Words::TOC)
    .or(Words::DATE)
    .or(Words::AUTHOR)
    .or(Words::MEDIA)
    .or(Words::TEASER);
