//! The headline: what stands on the page where a headline stands, looks like one, and is named as one elsewhere.
//!
//! On many portals `<title>` is the site's name and `<h1>` a portlet's, so no single place is believed. Every line that may be the
//! headline is weighed by its tag, its names, its place before the body, and by who else says the same: JSON-LD, `OpenGraph`, a part of
//! `<title>`, the words of the address, the list that named the page. A text that no line shows is taken only where no line will do.

mod evidence;
#[cfg(test)]
mod tests;
mod text;

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

/// Characters of a headline at most.
const MAX_TITLE: usize = 300;

/// Lines before the body within which a line without any form of a headline may still be one.
const MAX_DISTANCE: usize = 30;

/// What form and evidence say at least for a line that may be the headline before the body is known; and evidence and address for one that
/// has no form of a headline.
const LEAST_OF_EARLY: f32 = 0.31;
const LEAST_OF_UNFORMED: f32 = 0.5;

/// What a line is worth that has the words of the address, and nothing else says so.
const OF_WHOLE_SLUG: f32 = 2.4;

/// The least score of a line that is taken; and of the page's only `<h1>`, which is the headline even far from the text, where no name speaks
/// against it.
const LEAST: f32 = 2.0;
const LEAST_OF_ONLY: f32 = 0.5;

/// The same of an `<h2>` with the words of a headline, on a page whose only content is a file.
const LEAST_WITHOUT_TEXT: f32 = 1.5;

/// What a line is worth that opens the text and has the words of a headline, without its form, and the words it has.
const PLAIN: f32 = 0.9;
const LEAST_PLAIN: u32 = 5;
const MOST_PLAIN: u32 = 30;

/// Lines between the text and the heading right before it at most: a day, an author, tools.
const NEAR_HEAD: usize = 4;

/// What `<title>` is worth, where the name of a site was cut off: less than an `<h1>`, more than a subheading.
/// Where the page says something else for machines, `<title>` is no more than one voice.
const OF_CUT_TITLE: f32 = 3.2;
const OF_ONE_VOICE: f32 = 2.0;

/// What a text that no line shows loses; and what it gains where `<title>` says the same on a page without any `<h1>`.
const OF_NO_LINE: f32 = -0.8;
const OF_AGREEMENT: f32 = 0.7;

/// What a heading is worth that shares all its words with what the page says for machines.
const OF_KINSHIP: f32 = 3.0;

/// What a headline loses at most that stands far above the text.
const FAR: f32 = -1.5;

/// What a headline loses in a teaser or an item of a list.
const OF_TEASER: f32 = -1.5;

/// What an `<h1>` loses that is not the only one.
const ONE_OF_MANY: f32 = 1.4;

/// Words of the head of a list at most.
const MOST_OF_LIST_HEAD: u32 = 8;

/// What a heading of a few words loses where a longer one of a lower rank stands right below it: it names the section.
const OF_SECTION: f32 = -1.5;

/// The origin of a headline for which nothing speaks but its form and place.
pub(super) const SHOWN: &str = "shown";

/// The origin of a headline that stands in `<title>` alone.
pub(super) const PAGE_TITLE: &str = "title";

/// A text that may be the headline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Title {
    pub(super) value: String,
    pub(super) score: f32,
    pub(super) origin: &'static str,
    /// The line that shows it.
    pub(super) line: Option<usize>,
}

/// The line of the headline as far as the evidence and tags tell, before the body is known.
pub(super) fn early_line(outline: &Outline<'_>, evidence: &TitleEvidence<'_>) -> Option<usize> {
    let places = of_places(outline, None);
    let is_heading = |line: &&Line<'_>| line.kind == Kind::Heading(1);
    let is_only = outline.lines.iter().filter(is_heading).nth(1).is_none();
    let of_place = |line: &Line<'_>| {
        let worth = places.get(line.element).copied().unwrap_or_default();
        // The article may stand in a place of any name, and its headline with it.
        if is_only && is_heading(&line) { worth.max(OF_TEASER) } else { worth }
    };
    let lines = outline.lines.iter().enumerate().filter(|(_, line)| may_be(line));
    let lines = lines.filter_map(|(at, line)| {
        let form = of_form(outline, line);
        // A line that nothing speaks for is not worth a look at the address, unless it begins with its words.
        let (support, _) = evidence
            .support(&line.text, LEAST_OF_EARLY - form)
            .or_else(|| evidence.is_slug(&line.text).then_some((OF_WHOLE_SLUG, 0.0)))?;
        Some((form + support + of_place(line) + evidence.of_slug(&line.text), at))
    });
    // Of equals the later: the head of the page may repeat the headline.
    lines.filter(|(score, _)| *score >= 4.0).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, at)| at)
}

/// All candidates, best first. `body` is the first line of the body; `habit`: what the site's memory says for a line.
pub(super) fn candidates(
    outline: &Outline<'_>,
    evidence: &TitleEvidence<'_>,
    body: Option<usize>,
    habit: &dyn Fn(&Line<'_>) -> f32,
) -> Vec<Title> {
    let mut found: Vec<Title> = Vec::new();
    // The name of the section may have been taken for the text's first heading.
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
    // Of those behind the beginning of the text none is the headline.
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
        // What a section is called may be the headline where nothing better is there.
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

/// The last line before the text that has the form of a headline. A page that the menu leads to is called as the menu calls it.
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

/// The words of a line without what else stands in its heading: a kicker, a second title, a date.
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

/// Nodes of a heading of which some may be no part of the headline at most.
const MOST_OF_HEADING: usize = 12;

/// The words of those nodes of a heading, one behind the other, that somebody says to be the headline: before them may stand a kicker, behind
/// them a source, a counter, a button.
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
    // A colon joins what stands before it to the headline.
    runs.map(|run| unicode::clean(&run.concat())).find(|run| !run.starts_with(':') && evidence.names(run))
}

/// Whether the element is named as the kicker: "article-title__kicker" is the title's, and no title.
fn is_kicker(element: ElementRef<'_>) -> bool {
    let names = tree::attribute(element.value(), "class").unwrap_or_default();
    names.split_ascii_whitespace().any(|name| {
        let own = name.rsplit_once("__").map_or(name, |(_, own)| own);
        vocabulary::of_names(own).any(Words::KICKER) && !vocabulary::of_names(own).any(Words::TITLE)
    })
}

/// Whether an element within a heading is no part of the headline.
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
    let named = ["class", "id", "itemprop"].iter().filter_map(|name| tree::attribute(own, name)).any(|names| {
        let words = vocabulary::of_names(names);
        words.any(ASIDE) && !words.any(Words::TITLE)
    });
    let bare = text.trim_matches(['(', ')', '[', ']', ' ']);
    let dated = date_lines::may_date(text) && date::read_value(bare, DateOrder::DayFirst).is_some();
    named || dated || matches!(own.name(), "small" | "time")
}

/// Whether a line without any form of a headline stands where one stands, right before the text, and reads like one.
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

/// Whether a heading names a section, or is a part of the frame: the head of a list of other articles, a counter.
fn names_a_part(outline: &Outline<'_>, at: usize, evidence: &TitleEvidence<'_>) -> bool {
    let is_short = |line: &&Line<'_>| line.words <= MOST_OF_LIST_HEAD;
    let is_frame = |line: &Line<'_>| frame::read(&line.text).is_some();
    outline.lines.get(at).filter(is_short).is_some_and(is_frame) || heads_a_headline(outline, at, evidence)
}

/// Whether a heading of a few words stands right above one of a lower rank that has the words of a headline, and leads to its own page or is
/// called a title.
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

/// What its tag and its names say.
fn of_form(outline: &Outline<'_>, line: &Line<'_>) -> f32 {
    let heading = match line.kind {
        Kind::Heading(1) => 3.0,
        Kind::Heading(2) => 1.6,
        Kind::Heading(3) => 1.0,
        Kind::Heading(_) => 0.4,
        _ => 0.0,
    };
    let near: Vec<Words> = outline
        .path(line.element)
        .take(3)
        .filter_map(|at| outline.elements.get(at))
        .map(|element| element.words)
        .collect();
    let named = near.iter().any(|words| words.any(Words::TITLE));
    let prop = near.first().is_some_and(|words| words.any(Words::ITEMPROP) && words.any(Words::TITLE));
    let kicker = near
        .first()
        .is_some_and(|words| words.any(Words::KICKER | Words::LEAD | Words::SUMMARY | Words::TAGS | Words::BREADCRUMB));
    heading + if named { 1.2 } else { 0.0 } + if prop { 1.5 } else { 0.0 } + if line.form.bold { 0.3 } else { 0.0 }
        - if kicker { 1.0 } else { 0.0 }
}

/// What the places around each element say of a headline there. A card that holds the text as well is the article's own.
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
        // A name such as `title menu-post` is still a title's.
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

/// A headline stands before the body, and near.
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

/// Words of a line at most that its form says to be a headline: those of decrees name what they change.
const MOST_OF_DECREE: u32 = 80;

fn of_length(line: &Line<'_>, form: f32) -> f32 {
    match line.words {
        2..=3 => -0.8,
        4..=40 => 0.0,
        41..=MOST_OF_DECREE if form >= 1.0 => 0.0,
        _ => -2.0,
    }
}

/// Links of a headline that are looked at.
const MAX_LINKS: usize = 4;

/// A headline links nowhere, or to its own page.
fn of_link(line: &Line<'_>, evidence: &TitleEvidence<'_>) -> f32 {
    if line.link_density() < 0.6 {
        return 0.0;
    }
    let own = line.links().take(MAX_LINKS).any(|(_, reference)| evidence.is_own(reference));
    if own { 0.3 } else { -2.0 }
}
