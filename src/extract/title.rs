//! The headline: what stands on the page where a headline stands, looks like one, and is named as one elsewhere.
//!
//! On many portals `<title>` is the site's name and `<h1>` a portlet's, so no single place is believed. Every line that may be the
//! headline is weighed by its tag, its names, its place before the body, and by who else says the same: JSON-LD, `OpenGraph`, a part of
//! `<title>`, the words of the address, the list that named the page. A text that no line shows is taken only where no line will do.

use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::About;
use crate::extract::structured::Said;
use crate::text::vietnamese::fold_ascii;
use crate::text::work;
use crate::url::PageUrl;

/// Characters of a headline at most.
const MAX_TITLE: usize = 300;

/// Lines before the body within which a line without any form of a headline may still be one.
const MAX_DISTANCE: usize = 30;

/// The least score of a line that is taken.
const LEAST: f32 = 2.0;

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

/// What a headline is compared with.
pub(super) struct Witnesses<'w> {
    said: Vec<(String, f32, &'w str, &'static str)>,
    segments: Vec<String>,
    page_title: String,
    slug: Vec<String>,
    sites: Vec<String>,
    hint: Option<String>,
    url: &'w PageUrl,
}

impl<'w> Witnesses<'w> {
    pub(super) fn of(
        outline: &'w Outline<'_>,
        said: &'w [Said],
        hint: Option<&str>,
        url: &'w PageUrl,
    ) -> Witnesses<'w> {
        let weight = |origin| match origin {
            "json-ld" => 3.0,
            "microdata" | "og" => 2.5,
            _ => 1.5,
        };
        let titles = structured::all(said, About::Title);
        let sites = structured::all(said, About::Site).chain(structured::all(said, About::Publisher));
        Witnesses {
            said: titles
                .map(|said| (letters(&said.value), weight(said.origin), said.value.as_str(), said.origin))
                .collect(),
            segments: segments(&outline.page_title).iter().map(|segment| letters(segment)).collect(),
            page_title: letters(&outline.page_title),
            slug: slug(url),
            sites: sites.map(|said| letters(&said.value)).chain(host_names(url)).collect(),
            hint: hint.map(letters).filter(|hint| !hint.is_empty()),
            url,
        }
    }

    /// What the witnesses say for a text.
    fn support(&self, text: &str) -> f32 {
        let key = letters(text);
        if key.is_empty() {
            return -5.0;
        }
        let said =
            self.said.iter().filter(|(said, ..)| *said == key).map(|(_, weight, ..)| *weight).fold(0.0, f32::max);
        let segment = if self.segments.contains(&key) {
            2.0
        } else if key.chars().count() > 15 && self.page_title.contains(&key) {
            1.0
        } else {
            0.0
        };
        let hint = if self.hint.as_deref() == Some(&key) { 4.0 } else { 0.0 };
        let site = if self.sites.contains(&key) { -5.0 } else { 0.0 };
        said + segment + hint + site
    }

    /// Whether more than the page's `<title>` names a text: on many portals that is the site's name.
    pub(super) fn vouch(&self, text: &str) -> bool {
        let key = letters(text);
        self.said.iter().any(|(said, ..)| *said == key)
            || self.hint.as_deref() == Some(&key)
            || self.slug_share(text) >= 0.5
    }

    /// What the address says for a text.
    fn of_slug(&self, text: &str) -> f32 {
        2.0 * self.slug_share(text)
    }

    /// How many words of the address's last part the text has, of all that either has.
    fn slug_share(&self, text: &str) -> f32 {
        if self.slug.len() < 3 {
            return 0.0;
        }
        let folded = fold_ascii(text);
        let words: Vec<&str> =
            folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let shared = self.slug.iter().filter(|word| words.contains(&word.as_str())).count();
        shared as f32 / self.slug.len().max(words.len()).max(1) as f32
    }
}

/// The line of the headline as far as the witnesses and tags tell, before the body is known.
pub(super) fn early_line(outline: &Outline<'_>, witnesses: &Witnesses<'_>) -> Option<usize> {
    let lines = outline.lines.iter().enumerate().filter(|(_, line)| may_be(line));
    let lines = lines.filter_map(|(at, line)| {
        let score = of_form(outline, line) + witnesses.support(&line.text);
        // A line that nothing speaks for is not worth a look at the address.
        (score > 0.3).then(|| (score + of_place(outline, line) + witnesses.of_slug(&line.text), at))
    });
    // Of equals the later: the head of the page may repeat the headline.
    lines.filter(|(score, _)| *score >= 4.0).max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, at)| at)
}

/// All candidates, best first. `body` is the first line of the body; `habit`: what the site's memory says for a line.
pub(super) fn candidates(
    outline: &Outline<'_>,
    witnesses: &Witnesses<'_>,
    body: Option<usize>,
    habit: &dyn Fn(&Line<'_>) -> f32,
) -> Vec<Title> {
    let mut found: Vec<Title> = Vec::new();
    for (at, line) in outline.lines.iter().enumerate().filter(|(_, line)| may_be(line)) {
        let form = of_form(outline, line);
        let near = body.is_none_or(|body| at <= body + 2 && at + MAX_DISTANCE >= body);
        let slug = if near || form > 0.3 { witnesses.of_slug(&line.text) } else { 0.0 };
        let support = witnesses.support(&line.text) + slug;
        if support < 0.5 && form < 0.4 {
            continue;
        }
        let score = form
            + support
            + of_place(outline, line)
            + of_distance(at, body)
            + of_length(line)
            + of_link(line, witnesses)
            + habit(line);
        if score >= LEAST {
            let origin = if support >= 1.5 { "shown and said" } else { SHOWN };
            found.push(Title { value: without_date(&line.text), score, origin, line: Some(at) });
        }
    }
    found.extend(
        witnesses.said.iter().map(|(_, weight, value, origin)| said_only(value, *weight - 0.8, origin, witnesses)),
    );
    let whole = outline.page_title.as_str();
    found.extend(segments(whole).first().map(|segment| said_only(segment, 0.8, PAGE_TITLE, witnesses)));
    found.retain(|title| title.value.chars().count() <= MAX_TITLE && !title.value.is_empty());
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    found
}

fn said_only(value: &str, weight: f32, origin: &'static str, witnesses: &Witnesses<'_>) -> Title {
    let site = if witnesses.sites.contains(&letters(value)) { -5.0 } else { 0.0 };
    let score = weight + site + witnesses.slug_share(value);
    Title { value: without_site(value, witnesses), score, origin, line: None }
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

/// What the places around it say.
fn of_place(outline: &Outline<'_>, line: &Line<'_>) -> f32 {
    let frame = Words::NAV
        | Words::FOOTER
        | Words::RELATED
        | Words::SIDE
        | Words::COMMENT
        | Words::MODAL
        | Words::OFFER
        | Words::BREADCRUMB
        | Words::SHARE
        | Words::AD;
    let mut worth = 0.0_f32;
    for at in outline.path(line.element) {
        let Some(element) = outline.elements.get(at) else { break };
        let large = element.lines.len() * 2 > outline.lines.len();
        if large {
            break;
        }
        // A name such as `title menu-post` is still a title's.
        let frame = element.words.any(frame) && !element.words.any(Words::TITLE);
        if frame || matches!(element.tag, Tag::Nav | Tag::Aside | Tag::Footer) {
            worth = worth.min(-3.0);
        } else if element.words.any(Words::TEASER) || matches!(element.tag, Tag::Item) {
            worth = worth.min(-1.5);
        }
    }
    worth
}

/// A headline stands before the body, and near.
fn of_distance(at: usize, body: Option<usize>) -> f32 {
    let Some(body) = body else { return 0.0 };
    if at <= body {
        (1.5 - 0.12 * (body - at) as f32).max(-1.5)
    } else if at <= body + 2 {
        0.3
    } else {
        -3.0
    }
}

fn of_length(line: &Line<'_>) -> f32 {
    match line.words {
        2..=3 => -0.8,
        4..=40 => 0.0,
        _ => -2.0,
    }
}

/// Links of a headline that are looked at.
const MAX_LINKS: usize = 4;

/// A headline links nowhere, or to its own page.
fn of_link(line: &Line<'_>, witnesses: &Witnesses<'_>) -> f32 {
    if line.link_density() < 0.6 {
        return 0.0;
    }
    let is_own = |reference: &str| {
        witnesses.url.join(reference).is_ok_and(|url| url.as_url().path() == witnesses.url.as_url().path())
    };
    let own = line.links().take(MAX_LINKS).any(|(_, reference)| is_own(reference));
    if own { 0.3 } else { -2.0 }
}

/// The letters and digits alone, in lower case: what two printings of one headline share.
pub(super) fn letters(text: &str) -> String {
    work::step(text.len());
    let mut key = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        } else if !c.is_ascii() && c.is_alphanumeric() {
            key.extend(c.to_lowercase());
        }
    }
    key
}

/// Separators of a page's title that are looked at.
const MAX_CUTS: usize = 16;

/// The parts of a page's title that may be the headline: all beginnings and the single parts.
fn segments(title: &str) -> Vec<String> {
    const SEPARATORS: &[&str] = &[" | ", " - ", " – ", " — ", " · ", " » ", " « ", " :: ", " • ", " / ", "|"];
    let mut cuts: Vec<(usize, usize)> = SEPARATORS
        .iter()
        .flat_map(|separator| title.match_indices(separator).map(|(at, separator)| (at, at + separator.len())))
        .collect();
    cuts.sort_unstable();
    cuts.dedup_by(|next, kept| next.0 < kept.1);
    cuts.truncate(MAX_CUTS);
    let mut parts: Vec<String> = vec![title.to_owned()];
    parts.extend(cuts.iter().rev().filter_map(|(start, _)| title.get(..*start)).map(str::to_owned));
    parts.extend(cuts.iter().filter_map(|(_, end)| title.get(*end..)).map(str::to_owned));
    parts.extend(cuts.windows(2).filter_map(|pair| title.get(pair.first()?.1..pair.get(1)?.0)).map(str::to_owned));
    parts
}

/// A title without the site's name at its end.
fn without_site(value: &str, witnesses: &Witnesses<'_>) -> String {
    let parts = segments(value);
    let fits = |part: &&String| {
        let rest = value.get(part.len()..).map(letters).unwrap_or_default();
        value.starts_with(part.as_str())
            && !rest.is_empty()
            && witnesses.sites.iter().any(|site| *site == rest || (site.len() > 3 && rest.contains(site.as_str())))
    };
    parts.iter().skip(1).find(fits).cloned().unwrap_or_else(|| value.to_owned())
}

/// A headline without the brackets at its end that hold a date, or are empty where one is missing: "Tin vui (12/3/2021 08:00)", "Tin vui ( )".
fn without_date(title: &str) -> String {
    let trimmed = title.trim_end();
    let Some(open) = trimmed.strip_suffix(')').and_then(|inner| inner.rfind('(')) else { return title.to_owned() };
    let inside = trimmed.get(open + 1..trimmed.len() - 1).unwrap_or_default();
    let digits = inside.chars().filter(char::is_ascii_digit).count();
    // Two years are a span of time that the headline itself tells.
    let years = inside.split(|c: char| !c.is_ascii_digit()).filter(|number| number.len() == 4).count();
    let date = years <= 1
        && inside.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '/' | '-' | '.' | ':' | ',' | '|'))
        && (digits == 0 || digits >= 6);
    let before = trimmed.get(..open).unwrap_or_default().trim_end();
    if date && !before.is_empty() { before.to_owned() } else { title.to_owned() }
}

/// Words of an address that are compared with a headline's.
const MAX_SLUG: usize = 64;

/// The words of the address's last part with more than two words.
fn slug(url: &PageUrl) -> Vec<String> {
    let part = url
        .as_url()
        .path_segments()
        .into_iter()
        .flatten()
        .rev()
        .find(|part| part.matches(['-', '_', '+']).count() >= 2)
        .unwrap_or_default();
    let part = part.split('.').next().unwrap_or(part);
    let decoded = url::form_urlencoded::parse(format!("x={part}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    let folded = fold_ascii(&decoded);
    folded
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .take(MAX_SLUG)
        .map(str::to_owned)
        .collect()
}

/// `www.vnexpress.net` → `vnexpressnet`, `vnexpress`.
fn host_names(url: &PageUrl) -> Vec<String> {
    let host = url.host().trim_start_matches("www.");
    let first = host.split('.').next().unwrap_or(host);
    vec![letters(host), letters(first)]
}
