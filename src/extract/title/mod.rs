//! Finds the headline: a text where headlines are, that looks like one and is named as one elsewhere.
//!
//! On many portals `<title>` is the site's name and `<h1>` a portlet's, so no single place is believed. Every line that may be the
//! headline is weighed by its tag, its names, its place before the body, and by who else says the same: JSON-LD, `OpenGraph`, a part of
//! `<title>`, the words of the address, the list that named the page. A text that no line shows is taken only where no line will do.

mod evidence;
#[cfg(test)]
mod tests;
mod text;

use html5ever::local_name;
use scraper::ElementRef;

use crate::extract::date_lines;
use crate::extract::lines::frame;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary;
use crate::extract::outline::vocabulary::Words;
pub(super) use crate::extract::title::evidence::TitleEvidence;
pub(super) use crate::extract::title::text::letters;
use crate::extract::title::text::without_date;
use crate::extract::title::text::without_signs;
use crate::html::tree;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::unicode;

/// Maximum number of characters of a headline.
const MAX_TITLE: usize = 300;

/// Number of lines before the body within which a line without the form of a headline may be one.
const MAX_DISTANCE: usize = 30;

/// Minimum score of form and evidence for a line that may be the headline before the body is known, and of evidence and URL for a line without the
/// form of a headline.
const LEAST_OF_EARLY: f32 = 0.31;
const LEAST_OF_UNFORMED: f32 = 0.5;

/// Score of a line that only the words of the URL support.
const OF_WHOLE_SLUG: f32 = 2.4;

/// Minimum score of a headline, and of the page's only `<h1>`, which is the headline even far from the text unless its name counts against it.
const LEAST: f32 = 2.0;
const LEAST_OF_ONLY: f32 = 0.5;

/// Minimum score of an `<h2>` with the words of a headline on a page whose only content is a file.
const LEAST_WITHOUT_TEXT: f32 = 1.5;

/// Score of a line that opens the text and reads like a headline without having its form, and its number of words.
const PLAIN: f32 = 0.9;
const LEAST_PLAIN: u32 = 5;
const MOST_PLAIN: u32 = 30;

/// Maximum number of lines between the text and the heading right before it: a day, an author, tools.
const NEAR_HEAD: usize = 4;

/// Score of a `<title>` from which a site's name was removed: less than an `<h1>`, more than a subheading. If the metadata says something else,
/// `<title>` is only one voice.
const OF_CUT_TITLE: f32 = 3.2;
const OF_ONE_VOICE: f32 = 2.0;

/// Penalty for a text that no line shows, and bonus if `<title>` has the same text on a page without an `<h1>`.
const OF_NO_LINE: f32 = -0.8;
const OF_AGREEMENT: f32 = 0.7;

/// Score of a heading that has all its words in common with the metadata.
const OF_KINSHIP: f32 = 3.0;

/// Maximum penalty for a headline far above the text.
const FAR: f32 = -1.5;

/// Penalty for a headline in a teaser or a list item.
const OF_TEASER: f32 = -1.5;

/// Penalty for an `<h1>` that is not the only one.
const ONE_OF_MANY: f32 = 1.4;

/// Maximum number of words of a list's heading.
const MOST_OF_LIST_HEAD: u32 = 8;

/// Penalty for a heading of a few words right above a longer one of a lower rank. It names the section.
const OF_SECTION: f32 = -1.5;

/// The origin of a headline that only its form and place support.
pub(super) const SHOWN: &str = "shown";

/// The origin of a headline that only `<title>` has.
pub(super) const PAGE_TITLE: &str = "title";

/// A candidate for the headline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Title {
    pub(super) value: String,
    pub(super) score: f32,
    pub(super) origin: &'static str,
    /// The line that shows it.
    pub(super) line: Option<usize>,
}

/// Returns the line of the headline by evidence and tags, before the body is known.
pub(super) fn early_line(outline: &Outline<'_>, evidence: &TitleEvidence<'_>) -> Option<usize> {
    let places = of_places(outline, None);
    let is_heading = |line: &&Line<'_>| line.kind == Kind::Heading(1);
    let is_only = outline.lines.iter().filter(is_heading).nth(1).is_none();
    let of_place = |line: &Line<'_>| {
        let worth = places.get(line.element).copied().unwrap_or_default();
        // The article and its headline may be in a place of any name.
        if is_only && is_heading(&line) { worth.max(OF_TEASER) } else { worth }
    };
    let lines = outline.lines.iter().enumerate().filter(|(_, line)| may_be(line));
    let lines = lines.filter_map(|(at, line)| {
        let form = of_form(outline, line);
        // The URL is not compared with a line without other support, unless the line begins with its words.
        let (support, _) = evidence
            .support(&line.text, LEAST_OF_EARLY - form)
            .or_else(|| evidence.is_slug(&line.text).then_some((OF_WHOLE_SLUG, 0.0)))?;
        Some((form + support + of_place(line) + evidence.of_slug(&line.text), at))
    });
    // Among equals, the last one counts, because the head of the page may repeat the headline.
    lines.filter(|(score, _)| *score >= 4.0).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, at)| at)
}

/// Returns all candidates, best first. `body` is the first line of the body. `habit` is the site memory's score for a line.
pub(super) fn candidates(
    outline: &Outline<'_>,
    evidence: &TitleEvidence<'_>,
    body: Option<usize>,
    habit: &dyn Fn(&Line<'_>) -> f32,
) -> Vec<Title> {
    let mut found: Vec<Title> = Vec::new();
    // The name of the section may have been taken for the first heading of the text.
    let is_section = |at: &usize| {
        let line = outline.lines.get(*at).filter(|line| matches!(line.kind, Kind::Heading(_)));
        line.is_some_and(|line| {
            let is_kicker = outline.elements.get(line.element).is_some_and(|own| own.words.any(Words::KICKER));
            is_kicker || evidence.of_names(&line.text) < 0.0
        })
    };
    let body = body.map(|first| if is_section(&first) { first + 1 } else { first });
    let places = of_places(outline, body);
    let headings = outline.lines.iter().filter(|line| line.kind == Kind::Heading(1)).count();
    // None after the beginning of the text is the headline.
    let rivals = body.map_or(headings, |body| {
        outline.lines.iter().take(body + 3).filter(|line| line.kind == Kind::Heading(1)).count()
    });
    for (at, line) in outline.lines.iter().enumerate().filter(|(_, line)| may_be(line)) {
        let form = of_form(outline, line);
        let near = body.is_none_or(|body| at <= body + 2 && at + MAX_DISTANCE >= body);
        let slug = if near || form > 0.3 { evidence.of_slug(&line.text) } else { 0.0 };
        let value = own_words(outline, line, evidence);
        let value = evidence.without_site(&value);
        let plain = if form < 0.4 && opens_the_body(outline, at, body) { PLAIN } else { 0.0 };
        let least = if form < 0.4 && plain == 0.0 { LEAST_OF_UNFORMED - slug } else { f32::NEG_INFINITY };
        let Some((support, names)) = evidence.support(value, least) else { continue };
        let support = support + slug;
        let score = form + plain - if rivals > 1 && line.kind == Kind::Heading(1) { ONE_OF_MANY } else { 0.0 }
            + support
            + places.get(line.element).copied().unwrap_or_default()
            + of_distance(at, body)
            + of_length(line, form)
            + if form >= 1.0 && support <= 0.5 && body.is_none_or(|body| at <= body + 2) {
                OF_KINSHIP * evidence.kinship(value)
            } else {
                0.0
            }
            + of_link(line, evidence)
            + if names_a_part(outline, at, evidence) && !evidence.vouch(value) { OF_SECTION } else { 0.0 }
            + habit(line);
        // The name of a section may be the headline if there is nothing better.
        let least = match line.kind {
            Kind::Heading(1) if headings == 1 => LEAST_OF_ONLY,
            Kind::Heading(2) if body.is_none() && line.words >= LEAST_PLAIN => LEAST_WITHOUT_TEXT,
            _ => LEAST,
        };
        if score - names >= least {
            let origin = if support >= 1.5 { "shown and said" } else { SHOWN };
            let value = evidence.spelled(without_date(without_signs(value), &outline.page_title));
            found.push(Title { value, score, origin, line: Some(at) });
        }
    }
    found.extend(evidence.said().iter().map(|said| {
        let weight = said.weight + if said.agrees && headings == 0 { OF_AGREEMENT } else { OF_NO_LINE };
        said_only(&said.value, weight, said.origin, evidence)
    }));
    let rest = evidence.rest();
    let weight = match (rest.is_good, rest.was_cut) {
        (true, true) if evidence.said().is_empty() || evidence.is_named(&letters(&rest.value)) => OF_CUT_TITLE,
        (true, true) => OF_ONE_VOICE,
        (true, false) => 0.8,
        (false, _) => -2.0,
    };
    found.push(said_only(&rest.value, weight, PAGE_TITLE, evidence));
    found.retain(|title| title.value.chars().count() <= MAX_TITLE && !title.value.is_empty());
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    let best = found.first();
    if best.is_none_or(|best| best.origin == PAGE_TITLE)
        && let Some(at) = body.and_then(|body| last_head(outline, body))
        && let Some(line) = outline.lines.get(at)
        && (best.is_none_or(|best| best.score < LEAST) || evidence.opens_page_title(&line.text))
    {
        let value = without_date(without_signs(&line.text), &outline.page_title);
        let score = best.map_or(0.0, |best| best.score);
        found.insert(0, Title { value, score, origin: SHOWN, line: Some(at) });
    }
    found
}

/// Returns the last line before the text that has the form of a headline. A page in the menu has the menu's name for it.
fn last_head(outline: &Outline<'_>, body: usize) -> Option<usize> {
    let near = body.saturating_sub(NEAR_HEAD)..=body;
    let mut heads = near.rev().filter(|at| {
        outline.lines.get(*at).is_some_and(|line| may_be(line) && line.linked == 0 && of_form(outline, line) >= 1.0)
    });
    heads.next()
}

fn said_only(value: &str, weight: f32, origin: &'static str, evidence: &TitleEvidence<'_>) -> Title {
    let (value, _) = evidence.without_names(value);
    let score = weight + evidence.of_names(value) + evidence.slug_share(value);
    Title { value: value.to_owned(), score, origin, line: None }
}

/// Returns the text of a line without the other parts of its heading: a kicker, a second title, a date.
fn own_words(outline: &Outline<'_>, line: &Line<'_>, evidence: &TitleEvidence<'_>) -> String {
    let heading = outline.path(line.element).take(3).filter_map(|at| outline.elements.get(at)).find(|element| {
        matches!(element.tag, Tag::Heading(_)) || (element.words.any(Words::TITLE) && element.lines.len() == 1)
    });
    let Some(heading) = heading.filter(|heading| heading.lines.len() == 1 && heading.node.has_children()) else {
        return line.text.clone();
    };
    if let Some(end) = evidence.end_of(&line.text) {
        return end.to_owned();
    }
    if evidence.names(&line.text) {
        return line.text.clone();
    }
    if let Some(rest) = named_run(heading.node, evidence) {
        return rest;
    }
    let mut own = String::new();
    let mut has_aside = false;
    for child in heading.node.children() {
        let Some(element) = ElementRef::wrap(child) else {
            own.extend(child.value().as_text().map(|text| &**text));
            continue;
        };
        let text = tree::line(element);
        if evidence.is_named(&letters(&text)) {
            return text;
        }
        if is_aside(element, &text) || (own.trim().is_empty() && is_kicker(element)) {
            has_aside = true;
        } else {
            own.push_str(&text);
        }
    }
    let own = unicode::clean(&own);
    if has_aside && own.split_whitespace().nth(1).is_some() { own } else { line.text.clone() }
}

/// Maximum number of nodes of a heading that are checked for parts outside the headline.
const MOST_OF_HEADING: usize = 12;

/// Returns the text of consecutive nodes of a heading that some evidence names as the headline. A kicker may precede them; a source, a counter or a
/// button may follow.
fn named_run(heading: ElementRef<'_>, evidence: &TitleEvidence<'_>) -> Option<String> {
    if heading.children().nth(MOST_OF_HEADING).is_some() {
        return None;
    }
    let text = |node| match ElementRef::wrap(node) {
        Some(element) => tree::line(element),
        None => node.value().as_text().map(|text| text.to_string()).unwrap_or_default(),
    };
    let texts: Vec<String> = heading.children().map(text).filter(|text| !text.trim().is_empty()).collect();
    let runs = (1..texts.len()).rev().flat_map(|length| texts.windows(length).rev());
    // A colon joins the text before it to the headline.
    runs.map(|run| unicode::clean(&run.concat())).find(|run| !run.starts_with(':') && evidence.names(run))
}

/// Whether an element is named as the kicker. "article-title__kicker" is part of the title's block, not a title.
fn is_kicker(element: ElementRef<'_>) -> bool {
    let names = tree::attribute(element.value(), &local_name!("class")).unwrap_or_default();
    names.split_ascii_whitespace().any(|name| {
        let own = name.rsplit_once("__").map_or(name, |(_, own)| own);
        vocabulary::of_names(own).any(Words::KICKER) && !vocabulary::of_names(own).any(Words::TITLE)
    })
}

/// Whether an element in a heading is not part of the headline.
fn is_aside(element: ElementRef<'_>, text: &str) -> bool {
    const ASIDE: Words = Words::KICKER
        .or(Words::LEAD)
        .or(Words::SUMMARY)
        .or(Words::DATE)
        .or(Words::UPDATED)
        .or(Words::AUTHOR)
        .or(Words::TAGS)
        .or(Words::SHARE)
        .or(Words::TOOLS)
        .or(Words::HIDDEN);
    let own = element.value();
    let named = [local_name!("class"), local_name!("id"), local_name!("itemprop")]
        .iter()
        .filter_map(|name| tree::attribute(own, name))
        .any(|names| {
            let words = vocabulary::of_names(names);
            words.any(ASIDE) && !words.any(Words::TITLE)
        });
    let bare = text.trim_matches(['(', ')', '[', ']', ' ']);
    let dated = date_lines::may_date(text) && date::read_value(bare, DateOrder::DayFirst).is_some();
    named || dated || matches!(own.name(), "small" | "time")
}

/// Whether a line without the form of a headline is right before the text and reads like one.
fn opens_the_body(outline: &Outline<'_>, at: usize, body: Option<usize>) -> bool {
    const OTHER: Words = Words::AUTHOR
        .or(Words::SOURCE)
        .or(Words::DATE)
        .or(Words::UPDATED)
        .or(Words::META)
        .or(Words::TOOLS)
        .or(Words::SHARE)
        .or(Words::CAPTION)
        .or(Words::LEAD)
        .or(Words::SUMMARY)
        .or(Words::KICKER)
        .or(Words::TAGS);
    let is_near = body.is_some_and(|body| (body.saturating_sub(3)..=body).contains(&at));
    let Some(line) = outline.lines.get(at).filter(|line| is_near && line.kind == Kind::Paragraph) else { return false };
    let text = line.text.as_str();
    (LEAST_PLAIN..=MOST_PLAIN).contains(&line.words)
        && line.linked == 0
        && !line.form.caption
        && !line.form.italic
        && !line.form.right
        && !text.ends_with(['.', ':', ';', ',', '…'])
        && text.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || matches!(c, '"' | '“' | '\'' | '‘'))
        && date::find_labelled(text).is_none()
        && !outline
            .path(line.element)
            .take(2)
            .filter_map(|at| outline.elements.get(at))
            .any(|near| near.words.any(OTHER))
}

/// Whether a heading names a section or is part of the frame: the heading of a list of other articles, a counter.
fn names_a_part(outline: &Outline<'_>, at: usize, evidence: &TitleEvidence<'_>) -> bool {
    let is_short = |line: &&Line<'_>| line.words <= MOST_OF_LIST_HEAD;
    let is_frame = |line: &Line<'_>| frame::read(&line.text).is_some();
    outline.lines.get(at).filter(is_short).is_some_and(is_frame) || heads_a_headline(outline, at, evidence)
}

/// Whether a heading of a few words is right above one of a lower rank that reads like a headline, and that links to its own page or is named a
/// title.
fn heads_a_headline(outline: &Outline<'_>, at: usize, evidence: &TitleEvidence<'_>) -> bool {
    let Some(line) = outline.lines.get(at).filter(|line| line.words < LEAST_PLAIN) else { return false };
    let Kind::Heading(rank) = line.kind else { return false };
    outline.lines.iter().skip(at + 1).take(2).any(|below| {
        matches!(below.kind, Kind::Heading(lower) if lower > rank && lower <= 3)
            && (LEAST_PLAIN..=MOST_PLAIN).contains(&below.words)
            && !below.text.ends_with(['.', ':', '…'])
            && (below.links().next().is_some_and(|(_, reference)| evidence.is_own(reference))
                || outline.elements.get(below.element).is_some_and(|element| element.words.any(Words::TITLE)))
            && !outline
                .path(below.element)
                .take(2)
                .filter_map(|at| outline.elements.get(at))
                .any(|near| near.words.any(Words::LEAD | Words::SUMMARY))
    })
}

fn may_be(line: &Line<'_>) -> bool {
    !line.is_image()
        && line.words > 0
        && !matches!(line.kind, Kind::Row { .. })
        && line.text.len() <= MAX_TITLE * 3
        && line.text.chars().count() <= MAX_TITLE
}

/// Returns the score of a line's tag and names.
fn of_form(outline: &Outline<'_>, line: &Line<'_>) -> f32 {
    let heading = match line.kind {
        Kind::Heading(1) => 3.0,
        Kind::Heading(2) => 1.6,
        Kind::Heading(3) => 1.0,
        Kind::Heading(_) => 0.4,
        _ => 0.0,
    };
    let near = outline.path(line.element).take(3).filter_map(|at| outline.elements.get(at));
    let mut near = near.map(|element| element.words);
    let own = near.next().unwrap_or(Words::NONE);
    let named = own.any(Words::TITLE) || near.any(|words| words.any(Words::TITLE));
    let prop = own.any(Words::ITEMPROP) && own.any(Words::TITLE);
    let kicker = own.any(Words::KICKER | Words::LEAD | Words::SUMMARY | Words::TAGS | Words::BREADCRUMB);
    heading + if named { 1.2 } else { 0.0 } + if prop { 1.5 } else { 0.0 } + if line.form.bold { 0.3 } else { 0.0 }
        - if kicker { 1.0 } else { 0.0 }
}

/// Returns the score of a headline in each element by the places around it. A card that contains the text belongs to the article.
fn of_places(outline: &Outline<'_>, body: Option<usize>) -> Vec<f32> {
    const FRAME: Words = Words::NAV
        .or(Words::FOOTER)
        .or(Words::RELATED)
        .or(Words::SIDE)
        .or(Words::COMMENT)
        .or(Words::MODAL)
        .or(Words::OFFER)
        .or(Words::BREADCRUMB)
        .or(Words::SHARE);
    let places = outline.inherited((0.0, false), |(above, in_own): (f32, bool), element| {
        // A name such as `title menu-post` still means a title.
        let frame = element.words.any(FRAME) && !element.words.any(Words::TITLE);
        let is_teaser = element.words.any(Words::TEASER) || matches!(element.tag, Tag::Item);
        let is_own = is_teaser && body.is_some_and(|body| element.lines.contains(&body));
        if element.lines.len() * 2 > outline.lines.len() {
            (0.0, is_own)
        } else if is_own && !frame {
            (if above < OF_TEASER { above } else { 0.0 }, true)
        } else if frame || matches!(element.tag, Tag::Nav | Tag::Aside | Tag::Footer) {
            (above.min(-3.0), in_own)
        } else if is_teaser && !in_own {
            (above.min(OF_TEASER), in_own)
        } else {
            (above, in_own)
        }
    });
    places.into_iter().map(|(worth, _)| worth).collect()
}

/// Returns the score of a line's distance to the body. A headline is before the body and near it.
fn of_distance(at: usize, body: Option<usize>) -> f32 {
    let Some(body) = body else { return 0.0 };
    if at <= body {
        (1.5 - 0.12 * (body - at) as f32).max(FAR)
    } else if at <= body + 2 {
        0.3
    } else {
        -3.0
    }
}

/// Maximum number of words of a line with the form of a headline. Titles of decrees name what they change.
const MOST_OF_DECREE: u32 = 80;

fn of_length(line: &Line<'_>, form: f32) -> f32 {
    match line.words {
        2..=3 => -0.8,
        4..=40 => 0.0,
        41..=MOST_OF_DECREE if form >= 1.0 => 0.0,
        _ => -2.0,
    }
}

/// Maximum number of a headline's links that are checked.
const MAX_LINKS: usize = 4;

/// Returns the score of a line's links. A headline links to nothing or to its own page.
fn of_link(line: &Line<'_>, evidence: &TitleEvidence<'_>) -> f32 {
    if line.link_density() < 0.6 {
        return 0.0;
    }
    let own = line.links().take(MAX_LINKS).any(|(_, reference)| evidence.is_own(reference));
    if own { 0.3 } else { -2.0 }
}
