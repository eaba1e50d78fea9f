//! When the article was published, by the page alone: what it says for machines, what it prints near the headline and the body, and at
//! last what its address says. `None` is a real answer.

use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::About;
use crate::extract::structured::Said;
use crate::html::tree;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::date::Precision;
use crate::text::date::Role;
use crate::url::PageUrl;

/// Characters of a printed date with its label at most.
const MAX_DATE: usize = 160;

/// Bytes of an element that shows a date at most.
const MAX_BYTES: usize = 2048;

/// Digits of a date at least: "1 May 2021".
const LEAST_DIGITS: usize = 5;

/// The least score that is taken.
const LEAST: f32 = 2.0;

/// A date that may be the article's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) dated: Dated,
    pub(super) score: f32,
    pub(super) origin: String,
    /// The element that shows it.
    pub(super) element: Option<usize>,
}

/// Where the article stands, as far as known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) title: Option<usize>,
    /// First and last line of the body.
    pub(super) body: Option<(usize, usize)>,
}

/// Which number of `05/03/2021` is the day, where no rule says: the month comes first in the United States alone. Vietnamese portals
/// call their language English, so their hosts come before it.
pub(super) fn order_of(outline: &Outline<'_>, url: &PageUrl) -> DateOrder {
    let language = outline
        .elements
        .first()
        .and_then(|root| root.node.attr("lang").or(root.node.attr("xml:lang")))
        .unwrap_or_default()
        .to_ascii_lowercase();
    let american = match language.split_once(['-', '_']) {
        Some(("en", region)) => region == "us",
        None => matches!(language.as_str(), "en" | ""),
        Some(_) => false,
    };
    let top = url.host().rsplit('.').next().unwrap_or_default();
    let home = matches!(top, "com" | "org" | "net" | "us" | "gov" | "edu" | "info" | "io" | "co" | "ai");
    if american && home && !language.is_empty() || (home && language == "en-us") {
        DateOrder::MonthFirst
    } else {
        DateOrder::DayFirst
    }
}

/// What the page says for machines about one role, first readable value first.
pub(super) fn said(said: &[Said], about: About, order: DateOrder) -> Option<Candidate> {
    structured::all(said, about).find_map(|said| {
        let dated = date::read(&said.value, order)?;
        Some(Candidate { dated, score: 10.0, origin: said.origin.to_owned(), element: None })
    })
}

/// Dates as printed on the page, best first. `habit`: what the site's memory says for an element.
pub(super) fn printed(
    outline: &Outline<'_>,
    place: Place,
    order: DateOrder,
    habit: &dyn Fn(usize) -> f32,
) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (at, element) in outline.elements.iter().enumerate() {
        let named = element.words.any(Words::DATE | Words::UPDATED);
        if element.tag != Tag::Time && !named {
            continue;
        }
        let attribute = element.node.attr("datetime").or(element.node.attr("content"));
        let shown = || tree::short_line(element.node, MAX_BYTES).unwrap_or_default();
        let text = attribute.map_or_else(shown, str::to_owned);
        if text.is_empty() || text.chars().nth(MAX_DATE).is_some() {
            continue;
        }
        let Some((role, dated)) = read(&text, order) else { continue };
        let form = 1.0 + if element.tag == Tag::Time { 0.8 } else { 0.0 } + if named { 0.8 } else { 0.0 };
        let updated = element.words.any(Words::UPDATED) && !element.words.any(Words::DATE);
        let score = form
            + of_role(role, updated)
            + of_precision(&dated)
            + of_frame(outline, at, place)
            + of_distance(element.lines.start, place)
            + habit(at);
        found.push(Candidate { dated, score, origin: "printed".to_owned(), element: Some(at) });
    }
    for (at, line) in outline.lines.iter().enumerate() {
        if line.is_image()
            || line.text.len() > MAX_DATE * 2
            || line.text.bytes().filter(u8::is_ascii_digit).count() < LEAST_DIGITS
        {
            continue;
        }
        let labelled = date::find_labelled(&line.text);
        let alone = || {
            if line.words <= 9 {
                date::read(&line.text, order).filter(|dated| is_alone(&line.text, dated))
            } else {
                None
            }
        };
        let (form, dated) = match labelled {
            Some(dated) => (2.2, dated),
            None => match alone() {
                Some(dated) => (1.0, dated),
                None => continue,
            },
        };
        let linked = if line.link_density() > 0.5 { -1.5 } else { 0.0 };
        let score = form
            + linked
            + of_precision(&dated)
            + of_frame(outline, line.element, place)
            + of_distance(at, place)
            + habit(line.element);
        found.push(Candidate { dated, score, origin: "printed".to_owned(), element: Some(line.element) });
    }
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    found
}

/// The best of them, where it is good enough.
pub(super) fn best(candidates: &[Candidate]) -> Option<&Candidate> {
    candidates.first().filter(|best| best.score >= LEAST)
}

fn read(text: &str, order: DateOrder) -> Option<(Option<Role>, Dated)> {
    let roles = date::read_roles(text, order);
    let published = roles.iter().find(|(role, _)| *role == Role::Published);
    if let Some((role, dated)) = published.or(roles.iter().find(|(role, _)| *role == Role::Modified)) {
        return Some((Some(*role), dated.clone()));
    }
    // A label that is of no interest (an event, a licence) leaves no date.
    if roles.is_empty() { date::read(text, order).map(|dated| (None, dated)) } else { None }
}

fn of_role(role: Option<Role>, updated: bool) -> f32 {
    match role {
        Some(Role::Published) => 1.0,
        Some(Role::Modified) => -0.2,
        Some(_) => -2.0,
        None if updated => -0.5,
        None => 0.0,
    }
}

fn of_precision(dated: &Dated) -> f32 {
    if dated.precision == Precision::Day { 0.0 } else { 0.4 }
}

/// Dates of other articles, of today, of licences stand in frames.
fn of_frame(outline: &Outline<'_>, element: usize, place: Place) -> f32 {
    let bad = Words::NAV
        | Words::FOOTER
        | Words::RELATED
        | Words::SIDE
        | Words::COMMENT
        | Words::CLOCK
        | Words::MODAL
        | Words::LEGAL
        | Words::OFFER
        | Words::AD;
    let mut worth = 0.0_f32;
    for at in outline.path(element) {
        let Some(element) = outline.elements.get(at) else { break };
        if element.lines.len() * 2 > outline.lines.len() {
            break;
        }
        if element.words.any(bad) || matches!(element.tag, Tag::Nav | Tag::Aside | Tag::Footer) {
            worth = worth.min(-4.0);
        } else if element.words.any(Words::TOOLS) {
            worth = worth.min(-2.0);
        } else if element.tag == Tag::Header && place.title.is_some_and(|title| !element.lines.contains(&title)) {
            // The page's head, not the article's.
            worth = worth.min(-1.0);
        } else if element.words.any(Words::TEASER) || element.tag == Tag::Item {
            worth = worth.min(-1.5);
        }
    }
    worth
}

/// An article's date stands between headline and body, or right before the one or after the other.
fn of_distance(at: usize, place: Place) -> f32 {
    let before = |line: usize| line.checked_sub(at).map(|distance| distance as f32);
    match (place.title, place.body) {
        (Some(title), Some((first, _))) if at >= title && at <= first.max(title + 3) => 2.0,
        (Some(title), _) if before(title).is_some_and(|distance| distance <= 6.0) => 1.2,
        (_, Some((first, _))) if before(first).is_some_and(|distance| distance <= 8.0) => 1.2,
        (_, Some((_, last))) if at >= last && at <= last + 4 => 0.6,
        (None, None) => 0.5,
        _ => -1.5,
    }
}

/// Whether a line says nothing but the date: its digits, the names of days and months, a label.
fn is_alone(text: &str, dated: &Dated) -> bool {
    let rest = text.replace(dated.raw.as_str(), "");
    let letters = if rest.len() == text.len() { text } else { rest.as_str() };
    letters.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() > 2).count() <= 4
}
