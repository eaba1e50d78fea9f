//! The newest stories, by day, province, portal, section and kind.

use jiff::Timestamp;
use jiff::civil::Date;
use maud::Markup;
use maud::html;
use serde::Deserialize;

use crate::config::catalogue::province_name;
use crate::marks::Mark;
use crate::model::article::PageKind;
use crate::model::record::Withdrawal;
use crate::query::article::day;
use crate::query::article::kind_word;
use crate::text::date::Precision;
use crate::text::language::local;
use crate::web::dates;
use crate::web::reader::Failure;
use crate::web::reader::Reader;
use crate::web::reader::frame;
use crate::web::reader::frame::Frame;
use crate::web::reader::frame::Tab;
use crate::web::reader::marks;
use crate::web::reader::marks::MarkStates;
use crate::web::reader::shelf::Facet;
use crate::web::reader::shelf::Filter;
use crate::web::reader::shelf::Listed;
use crate::web::reader::shelf::Listing;
use crate::web::reader::shelf::Place;
use crate::web::reader::shelf::Shelf;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// Stories on a page.
pub(super) const PAGE: usize = 30;

/// Values of a dimension shown at once; the others are one click away.
const SHOWN_VALUES: usize = 8;

/// Maximum values of a dimension.
const MOST_VALUES: usize = 100;

/// Number of days offered as filters.
const SHOWN_DAYS: usize = 7;

/// Maximum characters of a lead.
const MOST_LEAD: usize = 300;

/// The fields of a record that a list shows; the others are not parsed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Brief {
    pub(super) id: String,
    pub(super) revision: u32,
    pub(super) portal: String,
    pub(super) province: Option<String>,
    pub(super) outlet: String,
    #[serde(default)]
    pub(super) kind: PageKind,
    pub(super) title: String,
    pub(super) summary: Option<String>,
    pub(super) content_text: String,
    pub(super) date_published: Option<String>,
    pub(super) date_precision: Option<Precision>,
    pub(super) withdrawn: Option<Withdrawal>,
}

/// Reads the filters from an address.
///
/// # Errors
/// [`Failure::BadRequest`] if a value is invalid.
pub(super) fn filter(view: &View) -> Result<Filter, Failure> {
    let mut filter = Filter::default();
    if let Some(text) = view.asked("day") {
        let date: Date = text.parse().map_err(|_| Failure::BadRequest)?;
        filter.day = Some(dates::number_of(date));
    }
    for facet in Facet::ALL {
        filter.set(facet, view.asked(facet.key()).map(str::to_owned));
    }
    filter.only = match view.asked("only") {
        None => None,
        Some("unread") => Some((Mark::Read, false)),
        Some("starred") => Some((Mark::Starred, true)),
        Some(_) => return Err(Failure::BadRequest),
    };
    Ok(filter)
}

/// The place after which the list continues.
///
/// # Errors
/// [`Failure::BadRequest`] if it is invalid.
pub(super) fn place(view: &View) -> Result<Option<Place>, Failure> {
    view.asked("after").map(|text| Place::parse(text).ok_or(Failure::BadRequest)).transpose()
}

/// The address of the next page, if there is one.
pub(super) fn next(view: &View, listing: &Listing) -> Option<String> {
    let last = listing.stories.last().filter(|_| listing.has_more)?.place;
    Some(view.with(&[("after", &last.to_string())]))
}

/// The page.
///
/// # Errors
/// [`Failure`].
pub(super) async fn page(reader: &Reader, view: &View) -> Result<Markup, Failure> {
    let (filter, behind) = (filter(view)?, place(view)?);
    let shelf = reader.shelf();
    let listing = reader.list(&shelf, &filter, behind, PAGE).await;
    let numbers: Vec<i64> = listing.stories.iter().map(|story| story.place.number).collect();
    let briefs = reader.pool.take().await?.by_number::<Brief>(numbers).await?;
    let states = MarkStates::of(reader, view, briefs.iter().map(|(_, brief, _)| brief.id.as_str())).await;
    let unread = reader.coverage().await?.unread();
    let today = day(view.now);
    let heading = heading(view, &filter);
    let of_today = listing.days.iter().find(|(number, _)| *number == today).map_or(0, |(_, count)| *count);
    let summary = match filter.day {
        None => format!("{} · {}", view.word(Word::Today).to_lowercase(), view.language.stories(of_today)),
        Some(_) => view.language.stories(listing.total),
    };
    let body = html! {
        div.head {
            h1 { (heading) }
            p.n { (summary) @if unread > 0 { " · " a.warn href="/coverage" { (view.language.unread(unread)) } } }
            a.to-filters href="#filters" { (view.word(Word::Filters)) }
        }
        (chips(view, &filter))
        div.columns {
            div.list {
                (list(view, reader, &listing, &briefs, &shelf, &states))
                div.more {
                    @if let Some(next) = next(view, &listing) { a rel="next" href=(next) { (view.word(Word::Older)) " →" } }
                    (marks::all_read(view, &states))
                }
            }
            (filters(view, reader, &filter, &listing))
            (marks::form(view, &states))
        }
    };
    Ok(frame::page(view, &Frame { title: &heading, tab: Tab::Newest, has_feeds: true }, &body))
}

/// The heading of a list.
pub(super) fn heading(view: &View, filter: &Filter) -> String {
    match filter.day {
        Some(number) => dates::day_heading(view.language, dates::date_of(number), local(view.now).date()),
        None => view.word(Word::Newest).to_owned(),
    }
}

fn list(
    view: &View,
    reader: &Reader,
    listing: &Listing,
    briefs: &[(i64, Brief, Option<crate::model::record::Duplicate>)],
    shelf: &Shelf,
    states: &MarkStates,
) -> Markup {
    if listing.stories.is_empty() {
        let is_all = view.query.is_empty();
        return html! {
            @if shelf.is_loading { p.quiet { (view.word(Word::Loading)) } }
            @else if is_all { (frame::empty(view, Word::NothingYet, Word::NothingYetWhy)) }
            @else {
                (frame::empty(view, Word::NothingMatches, Word::NothingMatchesWhy))
                p { a href="/" { (view.word(Word::Newest)) } }
            }
        };
    }
    let today = local(view.now).date();
    let mut last_day = None;
    html! {
        @for story in &listing.stories {
            @if last_day.replace(story.day) != Some(story.day) {
                h2.day {
                    span { (dates::day_heading(view.language, dates::date_of(story.day), today)) }
                    @if let Some((_, count)) = listing.days.iter().find(|(day, _)| *day == story.day) {
                        span.n { (view.language.stories(*count)) }
                    }
                }
            }
            @if let Some((_, brief, _)) = briefs.iter().find(|(number, ..)| *number == story.place.number) {
                (item(view, reader, brief, Some(story), states))
            }
        }
        @if shelf.is_loading { p.quiet { (view.word(Word::Loading)) } }
        @else if !listing.has_more && reader.is_full() { p.quiet { (view.word(Word::EndOfList)) } }
    }
}

/// A story in a list.
pub(super) fn item(view: &View, reader: &Reader, brief: &Brief, story: Option<&Listed>, states: &MarkStates) -> Markup {
    let lead = brief.summary.as_deref().unwrap_or(&brief.content_text);
    let lead: String = lead.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(MOST_LEAD).collect();
    let copies = story.map_or(0, |story| story.copies);
    html! {
        article class=(states.class(&brief.id)) id={ "a-" (brief.id) } {
            h3 { a href={ "/article/" (brief.id) } { (brief.title) } }
            (meta(view, reader, brief, story))
            @if !lead.is_empty() { p.lead { (lead) } }
            (marks::line(view, states, &brief.id, copies))
        }
    }
}

/// Place and time, always in the same order, and any later changes.
fn meta(view: &View, reader: &Reader, brief: &Brief, story: Option<&Listed>) -> Markup {
    // An article without a date is sorted by the time it was found.
    let found = story.filter(|_| brief.date_published.is_none());
    let found = found.and_then(|story| Timestamp::from_millisecond(story.place.at).ok());
    let province = brief.province.as_deref().map(province_name);
    html! {
        p.meta {
            span { (brief.outlet) }
            @if let Some(province) = province.filter(|name| !brief.outlet.contains(*name)) { span { (province) } }
            (when(view, brief.date_published.as_deref(), brief.date_precision))
            @if let Some(found) = found {
                span { (view.word(Word::Found)) " " (dates::published(view.language, found, None, view.now).text) }
            }
            @if brief.kind != PageKind::Article { span { (view.language.kind(kind_word(brief.kind))) } }
            @if brief.withdrawn.is_some() { span.warn { (view.word(Word::Withdrawn)) } }
            @else if brief.revision > 1 {
                a href={ "/article/" (brief.id) "?changes=1" } { (view.language.revision(brief.revision)) }
            }
            @if !reader.is_enabled(&brief.portal) { span { (view.word(Word::NotVisited)) } }
        }
    }
}

/// The publication time.
pub(super) fn when(view: &View, published: Option<&str>, precision: Option<Precision>) -> Markup {
    html! {
        @match dates::of_record(view.language, published, precision, view.now) {
            Some(shown) => { time datetime=(shown.machine) title=(shown.title) { (shown.text) } }
            None => { span { (view.word(Word::DateUnknown)) } }
        }
    }
}

/// The active filters, each with a link that removes it.
fn chips(view: &View, filter: &Filter) -> Markup {
    let names = Facet::ALL.into_iter().filter_map(|facet| Some((facet, filter.of(facet)?)));
    let names: Vec<(Facet, &str)> = names.collect();
    html! {
        @if !names.is_empty() || filter.day.is_some() || filter.only.is_some() {
            ul.chips {
                @if let Some((mark, _)) = filter.only {
                    @let word = if mark == Mark::Read { Word::Unread } else { Word::Starred };
                    li { a href=(view.with(&[("only", "")])) title=(view.word(Word::Remove)) { (view.word(word)) " ×" } }
                }
                @if filter.day.is_some() {
                    li { a href=(view.with(&[("day", "")])) title=(view.word(Word::Remove)) { (heading(view, filter)) " ×" } }
                }
                @for (facet, name) in names {
                    li { a href=(view.with(&[(facet.key(), "")])) title=(view.word(Word::Remove)) {
                        (label(view, None, facet, name)) " ×"
                    } }
                }
            }
        }
    }
}

/// The display name of a value of a dimension.
fn label(view: &View, reader: Option<&Reader>, facet: Facet, name: &str) -> String {
    match facet {
        Facet::Province => province_name(name).to_owned(),
        Facet::Kind => view.language.kind(name).to_owned(),
        Facet::Portal => reader.and_then(|reader| reader.outlet(name)).unwrap_or_else(|| name.to_owned()),
        Facet::Section => name.to_owned(),
    }
}

fn filters(view: &View, reader: &Reader, filter: &Filter, listing: &Listing) -> Markup {
    let words = [
        (Facet::Province, Word::Province),
        (Facet::Portal, Word::Portal),
        (Facet::Section, Word::Section),
        (Facet::Kind, Word::Kind),
    ];
    html! {
        aside.filters #filters aria-label=(view.word(Word::Filters)) {
            @if view.form.is_some() { (only(view, filter, listing)) }
            (days(view, filter, listing))
            @for ((facet, word), counts) in words.into_iter().zip(&listing.counts) {
                @if !counts.is_empty() {
                    h2 { (view.word(word)) " (" (counts.len()) ")" }
                    (values(view, reader, facet, filter, counts))
                }
            }
        }
    }
}

fn values(
    view: &View,
    reader: &Reader,
    facet: Facet,
    filter: &Filter,
    counts: &[(std::sync::Arc<str>, u64)],
) -> Markup {
    let (first, rest) = counts.split_at(counts.len().min(SHOWN_VALUES));
    let value = |(name, count): &(std::sync::Arc<str>, u64)| {
        let is_held = filter.of(facet) == Some(name);
        let href = view.with(&[(facet.key(), if is_held { "" } else { name })]);
        html! {
            li { a href=(href) aria-current=[is_held.then_some("true")] {
                span { (label(view, Some(reader), facet, name)) } span.n { (view.language.number(*count)) }
            } }
        }
    };
    html! {
        ul { @for one in first { (value(one)) } }
        @if !rest.is_empty() {
            details {
                summary { (view.word(Word::All)) " (" (counts.len()) ")" }
                ul { @for one in rest.iter().take(MOST_VALUES) { (value(one)) } }
            }
        }
    }
}

/// The links to unread and to starred stories.
fn only(view: &View, filter: &Filter, listing: &Listing) -> Markup {
    let choices = [
        ("unread", Word::Unread, (Mark::Read, false), listing.unread),
        ("starred", Word::Starred, (Mark::Starred, true), listing.starred),
    ];
    html! {
        h2 { (view.word(Word::Marks)) }
        ul { @for (key, word, choice, count) in choices {
            @let is_held = filter.only == Some(choice);
            li { a href=(view.with(&[("only", if is_held { "" } else { key })])) aria-current=[is_held.then_some("true")] {
                span { (view.word(word)) } span.n { (view.language.number(count)) }
            } }
        } }
    }
}

fn days(view: &View, filter: &Filter, listing: &Listing) -> Markup {
    let today = local(view.now).date();
    html! {
        h2 { (view.word(Word::Day)) }
        ul {
            @for (number, count) in listing.days.iter().take(SHOWN_DAYS) {
                @let date = dates::date_of(*number);
                @let is_held = filter.day == Some(*number);
                li { a href=(view.with(&[("day", if is_held { String::new() } else { date.to_string() }.as_str())]))
                    aria-current=[is_held.then_some("true")] {
                    span { (dates::day_heading(view.language, date, today)) } span.n { (view.language.number(*count)) }
                } }
            }
        }
        form action="/newest" {
            @for (key, value) in view.query.iter().filter(|(key, _)| !["day", "after", "key"].contains(&key.as_str())) {
                input type="hidden" name=(key) value=(value);
            }
            input type="date" name="day" required aria-label=(view.word(Word::OtherDay))
                value=[filter.day.map(|number| dates::date_of(number).to_string())];
            button { (view.word(Word::Show)) }
        }
    }
}
