//! Finds the publication date from the page alone: its machine-readable data, then what it prints near the headline and the body, then its URL.
//! `None` is a valid answer.

use html5ever::local_name;
use jiff::civil::Date;

use crate::extract::date_lines::MAX_DATE;
use crate::extract::date_lines::day_of;
use crate::extract::date_lines::is_alone;
use crate::extract::date_lines::is_linked;
use crate::extract::date_lines::may_date;
use crate::extract::date_lines::may_date_twice;
use crate::extract::date_lines::tells_today;
use crate::extract::date_lines::with_clock;
use crate::extract::date_places::HEAD;
use crate::extract::date_places::OF_ITEM;
pub(super) use crate::extract::date_places::Place;
use crate::extract::date_places::is_of_teaser;
use crate::extract::date_places::of_frames;
use crate::extract::outline::Element;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Tag;
use crate::extract::outline::vocabulary::Words;
use crate::extract::structured;
use crate::extract::structured::Property;
use crate::extract::structured::StructuredValue;
use crate::html::tree;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::date::Precision;
use crate::text::date::Role;
use crate::url::PageUrl;

/// Maximum number of bytes of an element that shows a date.
const MAX_BYTES: usize = 2048;

/// Minimum score of an accepted date.
const LEAST: f32 = 2.0;

/// Scores of a machine-readable date and of one named only "date", and minimum score of a printed date that is certain.
const OF_MACHINES: f32 = 10.0;
const OF_VAGUE: f32 = 5.0;
const SURE: f32 = 3.5;

/// Minimum score of a printed moment that is certainly the article's.
const SURE_MOMENT: f32 = 3.3;

/// Seconds in an hour, and the offset from UTC in seconds that applies to dates without a zone.
const HOUR: i64 = 3600;
const HOUSE: i64 = 7 * HOUR;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    pub(super) dated: Dated,
    pub(super) score: f32,
    pub(super) origin: String,
    /// The element that shows it.
    pub(super) element: Option<usize>,
}

/// Decides which number of `05/03/2021` is the day if no rule says. Only the United States puts the month first. Vietnamese portals declare their
/// language as English, so their hosts take precedence.
pub(super) fn order_of(outline: &Outline<'_>, url: &PageUrl) -> DateOrder {
    let language = language_of(outline);
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

/// Whether a page is Vietnamese, by its language or its host.
pub(super) fn is_home(outline: &Outline<'_>, url: &PageUrl) -> bool {
    language_of(outline).starts_with("vi") || url.host().rsplit('.').next() == Some("vn")
}

fn language_of(outline: &Outline<'_>) -> String {
    let root = outline.elements.first();
    let language = root.and_then(|root| {
        tree::attribute(root.node.value(), &local_name!("lang"))
            .or(tree::attribute(root.node.value(), &local_name!("xml:lang")))
    });
    language.unwrap_or_default().to_ascii_lowercase()
}

/// Returns the machine-readable date for one role: the first readable value, from specific names before vague ones. If specific names give several
/// days, the one that the page shows wins.
pub(super) fn said(
    said: &[StructuredValue],
    about: Property,
    order: DateOrder,
    shown: Option<&Candidate>,
) -> Option<Candidate> {
    let read = |said: &StructuredValue| {
        let dated = date::read(&said.value, order)?;
        let score = if said.origin == structured::VAGUE { OF_VAGUE } else { OF_MACHINES };
        Some(Candidate { dated, score, origin: said.origin.to_owned(), element: None })
    };
    // Microdata may belong to other articles, so it counts only if the page's head has no date.
    let heads = || structured::all(said, about).filter(|said| said.origin != structured::VAGUE);
    let in_head = heads().any(|said| said.origin != structured::MICRODATA && read(said).is_some());
    let exact = || heads().filter(|said| !in_head || said.origin != structured::MICRODATA).filter_map(read);
    let is_shown = |said: &Candidate| shown.is_some_and(|shown| day_of(&shown.dated) == day_of(&said.dated));
    exact().find(is_shown).or_else(|| exact().next()).or_else(|| structured::all(said, about).find_map(read))
}

/// Whether a machine-readable date is the time of the visit: the page's header shows it as today, and the article shows an earlier day.
pub(super) fn is_of_visit(said: &Candidate, printed: &[Candidate], outline: &Outline<'_>, place: Place) -> bool {
    let Some(best) = best(printed).filter(|best| best.score >= SURE) else { return false };
    let is_above = |shown: &Candidate| {
        let element = shown.element.and_then(|at| outline.elements.get(at));
        element.is_some_and(|element| place.title.is_some_and(|title| element.lines.end <= title))
    };
    let day = day_of(&said.dated);
    let shows = |other: &Candidate| other.score < best.score && day_of(&other.dated) == day && is_above(other);
    day_of(&best.dated) < day && !is_above(best) && printed.iter().any(shows)
}

/// Chooses between the machine-readable and the printed date.
///
/// The machine-readable date wins, unless it is just "a date", has the month before the day, or is an instant of UTC on another day than the local
/// one. If the days agree, the one with a time of day wins. `is_home`: the page is Vietnamese, so an instant of UTC has its day in Vietnam.
pub(super) fn of_both(mut said: Candidate, printed: Option<&Candidate>, is_home: bool) -> Candidate {
    let Some(printed) = printed.filter(|printed| printed.score >= LEAST) else { return said };
    let page = day_of(&printed.dated);
    let at_home = Dated { offset: None, ..said.dated.clone() };
    if is_home && said.dated.offset == Some(0) && day_of(&said.dated) != page && day_of(&at_home) == page {
        said.dated = at_home;
    }
    let machine = day_of(&said.dated);
    if machine == page {
        let finer = said.dated.precision == Precision::Day && printed.dated.precision > Precision::Day;
        return if finer { printed.clone() } else { said };
    }
    if let Some(offset) = zone_of(&said.dated, &printed.dated) {
        said.dated.offset = Some(offset);
        return said;
    }
    let vague = said.score <= OF_VAGUE && printed.score >= SURE;
    // An article cannot be published after the moment that its own head prints. The machine-readable date says when the page was generated.
    let is_remade =
        printed.score >= SURE_MOMENT && printed.dated.precision > Precision::Day && is_days_before(page, machine);
    // Machine-readable dates that begin with the year have the month next.
    let year_first = said.dated.raw.bytes().take_while(u8::is_ascii_digit).count() == 4;
    let swapped = !year_first
        && match (machine, page) {
            (Some(machine), Some(page)) => {
                machine.year() == page.year() && machine.month() == page.day() && machine.day() == page.month()
            }
            _ => false,
        };
    if vague || swapped || is_remade || is_here(&said.dated, &printed.dated) { printed.clone() } else { said }
}

/// Whether a day is more than one before another. No time zone explains that.
fn is_days_before(one: Option<Date>, other: Option<Date>) -> bool {
    one.and_then(|one| one.tomorrow().ok()).zip(other).is_some_and(|(next, other)| next < other)
}

/// Whether an instant in UTC can be within the printed day somewhere on Earth.
fn is_here(instant: &Dated, day: &Dated) -> bool {
    // Somewhere on Earth, it is the printed day from 14 hours before its beginning in UTC to 12 hours after its end.
    let begin = day.at.as_second() + HOUSE;
    let span = begin - 14 * HOUR..begin + 36 * HOUR;
    instant.offset == Some(0)
        && instant.precision > Precision::Day
        && day.precision == Precision::Day
        && span.contains(&instant.at.as_second())
}

/// Returns the offset of the page's clock from an instant in UTC, in seconds, if the page prints the same minute in its own zone.
fn zone_of(instant: &Dated, shown: &Dated) -> Option<i32> {
    const QUARTER: i64 = 15 * 60;
    let minutes = |dated: &Dated| dated.at.as_second().div_euclid(60) * 60;
    let told = instant.offset == Some(0) && instant.precision > Precision::Day;
    let ahead = minutes(shown) + HOUSE - minutes(instant);
    let is_zone = told && shown.offset.is_none() && shown.precision > Precision::Day && ahead % QUARTER == 0;
    i32::try_from(ahead).ok().filter(|ahead| is_zone && (-12 * HOUR..=14 * HOUR).contains(&i64::from(*ahead)))
}

/// Returns the date of the last change, as printed near the publication date.
pub(super) fn changed(outline: &Outline<'_>, place: Place, order: DateOrder, published: &Dated) -> Option<Candidate> {
    let from = place.title.or(place.body.map(|(first, _)| first.saturating_sub(HEAD)))?;
    let to = place.body.map_or(from, |(first, _)| first.max(from)) + HEAD;
    let read = |line: &Line<'_>| {
        let roles = if (line.text.len() <= MAX_DATE * 2) && !line.is_image() {
            date::read_roles(&line.text, order)
        } else {
            Vec::new()
        };
        let later = |(role, dated): &(Role, Dated)| *role == Role::Modified && dated.at > published.at;
        let dated = roles.into_iter().find(later)?.1;
        Some(Candidate { dated, score: LEAST, origin: "printed".to_owned(), element: Some(line.element) })
    };
    let told = |element: &Element<'_>| {
        let is_change = element.words.any(Words::UPDATED) && (from..to).contains(&element.lines.start);
        if !is_change {
            return None;
        }
        let dated = date::read(instant_of(element)?, order)?;
        Some(Candidate { dated, score: LEAST, origin: "printed".to_owned(), element: None })
    };
    let later = |candidate: &Candidate| candidate.dated.at > published.at;
    let printed = outline.lines.get(from..to.min(outline.lines.len()))?.iter().find_map(read);
    printed.or_else(|| outline.elements.iter().filter_map(told).find(later))
}

/// Returns the dates printed on the page, best first. `habit` is the site memory's score for an element.
pub(super) fn printed(
    outline: &Outline<'_>,
    place: Place,
    order: DateOrder,
    habit: &dyn Fn(usize) -> f32,
) -> Vec<Candidate> {
    let (mut found, mut changes) = (Vec::new(), Vec::new());
    let frames = of_frames(outline, place);
    let of_frame = |element: usize| {
        let worth = frames.get(element).copied().unwrap_or_default();
        if is_of_teaser(outline, element, place) { worth.min(-4.0) } else { worth }
    };
    for (at, element) in outline.elements.iter().enumerate() {
        let named = element.words.any(Words::DATE | Words::UPDATED);
        if element.tag != Tag::Time && !named {
            continue;
        }
        let attribute = instant_of(element);
        let shown = || tree::short_line(element.node, MAX_BYTES).unwrap_or_default();
        let text = attribute.map_or_else(shown, str::to_owned);
        if text.is_empty() || text.chars().nth(MAX_DATE).is_some() || tells_today(&text) {
            continue;
        }
        let Some((role, dated)) = read(&text, order) else { continue };
        let dated = with_clock(outline, element.lines.start, dated, order);
        let form = 1.0
            + if element.tag == Tag::Time { 0.8 } else { 0.0 }
            + if element.words.any(Words::DATE) { 0.8 } else { 0.0 };
        let updated = element.words.any(Words::UPDATED) && !element.words.any(Words::DATE);
        let score = form
            + of_role(role, updated)
            + of_precision(&dated)
            + of_frame(at)
            + of_distance(outline, element.lines.start, place)
            + habit(at);
        found.push(Candidate { dated, score, origin: "printed".to_owned(), element: Some(at) });
    }
    for (at, line) in outline.lines.iter().enumerate() {
        if line.is_image() || line.text.len() > MAX_DATE * 2 || !may_date(&line.text) || tells_today(&line.text) {
            continue;
        }
        let two = may_date_twice(&line.text);
        let roles = date::read_roles(&line.text, order);
        let unlabelled = if two { unlabelled_before(&roles, &line.text, order) } else { None };
        let of_change = || !roles.is_empty() && roles.iter().all(|(role, _)| *role == Role::Modified);
        let published = |(role, dated): &(Role, Dated)| (*role == Role::Published).then(|| dated.clone());
        let short = || roles.iter().find_map(published).filter(|_| line.words <= MOST_OF_FACT && is_alone(&line.text));
        let labelled = unlabelled.or_else(|| date::find_labelled(&line.text)).or_else(short);
        // A day of coming into force or of signing says nothing about when the article was written.
        if labelled.is_none() && !roles.is_empty() && roles.iter().all(|(role, _)| is_of_document(*role)) {
            continue;
        }
        let alone = || {
            if line.words <= 9 { date::read(&line.text, order).filter(|_| is_alone(&line.text)) } else { None }
        };
        let (form, dated) = match labelled {
            Some(dated) if of_change() => (1.4, dated),
            Some(dated) => (2.2, dated),
            None => match alone().or_else(|| beside_text(line, at, place, order)) {
                Some(dated) => (1.0, dated),
                None => continue,
            },
        };
        let dated = with_clock(outline, at, dated, order);
        let linked = if is_linked(line, &dated) { -1.5 } else { 0.0 };
        // A list of the article's facts labels each of them.
        let (frame, distance) = (of_frame(line.element), of_distance(outline, at, place));
        let is_fact = form > 2.0 && distance > 0.0 && frame >= OF_ITEM;
        let score =
            form + linked + of_precision(&dated) + if is_fact { 0.0 } else { frame } + distance + habit(line.element);
        let kind = if of_change() { &mut changes } else { &mut found };
        kind.push(Candidate { dated, score, origin: "printed".to_owned(), element: Some(line.element) });
    }
    // The day of a change is the article's date if there is no other.
    let is_below_title = |other: &Candidate| {
        let element = other.element.and_then(|at| outline.elements.get(at));
        place.title.is_none_or(|title| element.is_some_and(|element| element.lines.end > title))
    };
    let lower = if found.iter().any(|other| other.score >= LEAST && is_below_title(other)) { 1.0 } else { 0.0 };
    found.extend(changes.into_iter().map(|change| Candidate { score: change.score - lower, ..change }));
    found.sort_by(|one, other| other.score.total_cmp(&one.score));
    found
}

/// Maximum number of words of a line with the article's labeled date.
const MOST_OF_FACT: u32 = 16;

fn is_of_document(role: Role) -> bool {
    matches!(role, Role::Issued | Role::Effective)
}

/// Returns an element's machine-readable moment. Microformats put it into the `title` of an `abbr`.
fn instant_of<'e>(element: &Element<'e>) -> Option<&'e str> {
    let own = element.node.value();
    let title = || tree::attribute(own, &local_name!("title")).filter(|_| own.name() == "abbr");
    tree::attribute(own, &local_name!("datetime")).or(tree::attribute(own, &local_name!("content"))).or_else(title)
}

/// Returns a date next to other words: an instant in the headline's line, a day in brackets before the text ("Hà Tĩnh (12/05/2026) - …").
fn beside_text(line: &Line<'_>, at: usize, place: Place, order: DateOrder) -> Option<Dated> {
    const BEFORE: usize = 40;
    if place.title == Some(at) {
        let mut words =
            line.text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
        let instant = words.find_map(|word| date::read(word, order).filter(|dated| dated.precision > Precision::Day));
        let (_, inside) =
            line.text.trim_end().strip_suffix(')').and_then(|text| text.rsplit_once('(')).unwrap_or_default();
        let moment = || date::read(inside, order).filter(|dated| dated.precision > Precision::Day && is_alone(inside));
        return instant.or_else(moment);
    }
    let is_first = place.body.is_some_and(|(first, _)| at == first) || place.title.is_some_and(|title| at == title + 1);
    let (before, rest) = line.text.split_once('(').filter(|(before, _)| is_first && before.len() <= BEFORE)?;
    let (inside, _) = rest.split_once(')').filter(|(inside, _)| inside.len() <= BEFORE && !before.contains(')'))?;
    date::read(inside, order).filter(|_| is_alone(inside))
}

/// Returns the best candidate, if its score is high enough. A good one of the same day that has a time is preferred: themes print the day and
/// put the moment into `datetime`.
pub(super) fn best(candidates: &[Candidate]) -> Option<&Candidate> {
    let mut good = candidates.iter().take_while(|candidate| candidate.score >= LEAST);
    let best = good.next()?;
    let is_finer = |other: &&Candidate| {
        other.dated.precision > best.dated.precision.max(Precision::Day) && day_of(&other.dated) == day_of(&best.dated)
    };
    let finer = if best.dated.precision == Precision::Day { good.find(is_finer) } else { None };
    Some(finer.unwrap_or(best))
}

fn read(text: &str, order: DateOrder) -> Option<(Option<Role>, Dated)> {
    let roles = date::read_roles(text, order);
    if let Some(dated) = unlabelled_before(&roles, text, order) {
        return Some((None, dated));
    }
    let published = roles.iter().find(|(role, _)| *role == Role::Published);
    if let Some((role, dated)) = published.or(roles.iter().find(|(role, _)| *role == Role::Modified)) {
        return Some((Some(*role), dated.clone()));
    }
    // A date with an irrelevant label (an event, a license) does not count.
    if roles.is_empty() { date::read(text, order).map(|dated| (None, dated)) } else { None }
}

/// Returns the unlabeled date before those of changes: "12/05/2026 09:15 (Cập nhật: 20/05/2026 10:00)".
fn unlabelled_before(roles: &[(Role, Dated)], text: &str, order: DateOrder) -> Option<Dated> {
    if roles.is_empty() || roles.iter().any(|(role, _)| *role != Role::Modified) {
        return None;
    }
    date::read(text, order).filter(|first| roles.iter().all(|(_, changed)| changed.at != first.at))
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

/// Scores the distance. An article's date is between headline and body, right before the headline or right after the body.
fn of_distance(outline: &Outline<'_>, at: usize, place: Place) -> f32 {
    let before = |line: usize| line.checked_sub(at).map(|distance| distance as f32);
    match (place.title, place.body) {
        (Some(title), Some((first, _))) if at >= title && at <= first.max(title + 3) => 2.0,
        (Some(title), Some((_, last))) if at >= title && at <= (title + HEAD).min(last) => 1.2,
        // A page of files has no text.
        (Some(title), None) if at >= title && at <= title + HEAD => {
            if at <= title + 3 {
                2.0
            } else {
                1.2
            }
        }
        (Some(title), _) if before(title).is_some_and(|distance| distance <= HEAD as f32) => 1.2,
        (_, Some((first, _))) if before(first).is_some_and(|distance| distance <= HEAD as f32) => 1.2,
        (_, Some((_, last))) if at >= last && is_soon_after(outline, last, at) => 0.6,
        (None, None) => 0.5,
        _ => -1.5,
    }
}

/// Maximum number of text lines, and of lines in total, between a body and the date after it. Lists of links may stand between.
const TEXT_AFTER: usize = 4;
const MOST_AFTER: usize = 40;

fn is_soon_after(outline: &Outline<'_>, last: usize, at: usize) -> bool {
    let between = outline.lines.get(last + 1..at).unwrap_or_default();
    let is_text = |line: &&Line<'_>| !line.is_image() && line.link_density() < 0.5;
    between.len() <= MOST_AFTER && between.iter().filter(is_text).count() <= TEXT_AFTER
}
