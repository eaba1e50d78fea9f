//! The search page, with filters as links, and dates.

use std::collections::BTreeMap;

use maud::Markup;
use maud::html;

use crate::config::catalogue::province_name;
use crate::query::Query;
use crate::query::article::kind_word;
use crate::query::excerpt::Excerpt;
use crate::query::excerpt::Marker;
use crate::search::Hit;
use crate::search::Order;
use crate::search::Wish;
use crate::web::reader::Failure;
use crate::web::reader::Reader;
use crate::web::reader::frame;
use crate::web::reader::frame::Frame;
use crate::web::reader::frame::Tab;
use crate::web::reader::marks;
use crate::web::reader::marks::MarkStates;
use crate::web::reader::newest;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// Maximum stories found: a few pages, which the filter counts are based on.
const MOST_FOUND: usize = 90;

/// Maximum characters of a title and of an excerpt.
const TITLE: usize = 200;
const EXCERPT: usize = 260;

/// Values of a dimension shown.
const SHOWN_VALUES: usize = 10;

/// Maximum characters of a query.
const MOST_WORDS: usize = 400;

/// The results of a query.
pub(super) struct Found {
    /// In order; at most [`MOST_FOUND`].
    pub(super) hits: Vec<Hit>,
    marker: Marker,
    is_behind: bool,
}

/// The outcome of a query.
pub(super) enum Outcome {
    /// The query is empty.
    NoQuery,
    /// The query is invalid.
    Bad(String),
    /// There is no index.
    NoIndex,
    Found(Found),
}

/// The dimensions by their keys, which are the same in addresses and in queries.
const FACETS: [(&str, Word); 3] = [("province", Word::Province), ("portal", Word::Portal), ("kind", Word::Kind)];

/// Searches as the address asks.
///
/// # Errors
/// [`Failure`].
pub(super) async fn find(reader: &Reader, view: &View) -> Result<Outcome, Failure> {
    let words: String = view.asked("q").unwrap_or_default().chars().take(MOST_WORDS).collect();
    let keys = FACETS.iter().map(|(key, _)| *key).chain(["from", "to"]);
    let filters = keys.filter_map(|key| Some((key, view.asked(key).filter(|value| is_plain(value))?)));
    let filters: Vec<String> = filters.map(|(key, value)| format!("{key}:{value}")).collect();
    if words.trim().is_empty() && filters.is_empty() {
        return Ok(Outcome::NoQuery);
    }
    let text = [words, filters.join(" ")].join(" ");
    let query = match Query::parse(text.trim()) {
        Ok(query) => query,
        Err(problem) => return Ok(Outcome::Bad(problem.show(text.trim()))),
    };
    let order = if by_date(view) { Order::Date } else { Order::Rank };
    let store = reader.pool.take().await?;
    let Some((index, is_behind)) = reader.search.opened(&store).await? else { return Ok(Outcome::NoIndex) };
    let hits = index.find(&store, &query, Wish { limit: MOST_FOUND, order }).await?;
    Ok(Outcome::Found(Found { hits, marker: Marker::new(&query), is_behind }))
}

/// Whether a filter value has the form that this page writes into addresses.
fn is_plain(value: &str) -> bool {
    value.len() <= 64 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn by_date(view: &View) -> bool {
    view.asked("by") == Some("date")
}

/// The number of the first story on the page.
fn start(view: &View) -> usize {
    view.asked("start").and_then(|text| text.parse().ok()).filter(|start| *start < MOST_FOUND).unwrap_or(0)
}

/// The stories on the page, and the address of the next page.
pub(super) fn section<'a>(view: &View, found: &'a Found) -> (&'a [Hit], Option<String>) {
    let from = start(view).min(found.hits.len());
    let to = (from + newest::PAGE).min(found.hits.len());
    let next = (to < found.hits.len()).then(|| view.with(&[("start", &to.to_string())]));
    (found.hits.get(from..to).unwrap_or_default(), next)
}

/// The page.
///
/// # Errors
/// [`Failure`].
pub(super) async fn page(reader: &Reader, view: &View) -> Result<Markup, Failure> {
    let outcome = find(reader, view).await?;
    let has_query = !matches!(outcome, Outcome::NoQuery | Outcome::Bad(_));
    let shown: Vec<&str> = match &outcome {
        Outcome::Found(found) => section(view, found).0.iter().map(|hit| hit.article.id.as_str()).collect(),
        _ => Vec::new(),
    };
    let states = MarkStates::of(reader, view, shown).await;
    let asked = view.asked("q").unwrap_or_default();
    let title = if asked.is_empty() {
        view.word(Word::Search).to_owned()
    } else {
        format!("{asked} · {}", view.word(Word::Search))
    };
    let body = html! {
        h1 { (view.word(Word::Search)) }
        (form(view))
        @match &outcome {
            Outcome::NoQuery => { p { (view.word(Word::SearchEmpty)) } p.quiet { (view.word(Word::SearchHelp)) } }
            Outcome::Bad(problem) => {
                div.notice { p { (view.word(Word::SearchBad)) } pre.scroll lang="en" { (problem) } }
                p.quiet { (view.word(Word::SearchHelp)) }
            }
            Outcome::NoIndex => { div.notice { p { (view.word(Word::SearchOff)) } } }
            Outcome::Found(found) => { (results(view, reader, found, &states)) }
        }
    };
    Ok(frame::page(view, &Frame { title: &title, tab: Tab::Search, has_feeds: has_query }, &body))
}

fn form(view: &View) -> Markup {
    html! {
        form.search action="/search" {
            label.wide { (view.word(Word::SearchWhat)) input type="search" name="q" value=[view.asked("q")] autocomplete="off"; }
            label { (view.word(Word::From)) input type="date" name="from" value=[view.asked("from")]; }
            label { (view.word(Word::To)) input type="date" name="to" value=[view.asked("to")]; }
            label { (view.word(Word::Order)) select name="by" {
                option value="" { (view.word(Word::ByRank)) }
                option value="date" selected[by_date(view)] { (view.word(Word::ByDate)) }
            } }
            @for (key, _) in FACETS { @if let Some(value) = view.asked(key) { input type="hidden" name=(key) value=(value); } }
            button { (view.word(Word::Search)) }
        }
    }
}

fn results(view: &View, reader: &Reader, found: &Found, states: &MarkStates) -> Markup {
    let (hits, next) = section(view, found);
    let more = if found.hits.len() >= MOST_FOUND { "≥ " } else { "" };
    html! {
        @if found.is_behind { p.quiet { (view.word(Word::SearchBehind)) } }
        (chips(view, reader))
        @if found.hits.is_empty() {
            (frame::empty(view, Word::NoResults, Word::NoResultsWhy))
            p.quiet { (view.word(Word::SearchHelp)) }
        } @else {
            div.head {
                p.n { (more) (view.language.stories(found.hits.len() as u64)) }
                a.to-filters href="#filters" { (view.word(Word::Filters)) }
            }
            div.columns {
                div.list {
                    @for hit in hits { (item(view, &found.marker, hit, states)) }
                    div.more { @if let Some(next) = next { a rel="next" href=(next) { (view.word(Word::Older)) " →" } } }
                }
                (facets(view, reader, found))
                (marks::form(view, states))
            }
        }
    }
}

fn item(view: &View, marker: &Marker, hit: &Hit, states: &MarkStates) -> Markup {
    let article = &hit.article;
    let copies = hit.articles.saturating_sub(1);
    html! {
        article class=(states.class(&article.id)) id={ "a-" (article.id) } {
            h3 { a href={ "/article/" (article.id) } { (marked(&marker.title(article, TITLE))) } }
            p.meta {
                span { (article.outlet) }
                @if let Some(province) = article.province.as_deref().map(province_name) {
                    @if !article.outlet.contains(province) { span { (province) } }
                }
                (newest::when(view, article.date_published.as_deref(), None))
                @if kind_word(article.kind) != "article" { span { (view.language.kind(kind_word(article.kind))) } }
            }
            p.lead { (marked(&marker.excerpt(article, EXCERPT))) }
            (marks::line(view, states, &article.id, copies))
        }
    }
}

fn marked(line: &Excerpt) -> Markup {
    let mut at = 0;
    html! {
        @for mark in &line.marks {
            (line.text.get(at..mark.start).unwrap_or_default())
            mark { (line.text.get(mark.clone()).unwrap_or_default()) }
            ({ at = mark.end; "" })
        }
        (line.text.get(at..).unwrap_or_default())
    }
}

fn label(view: &View, reader: &Reader, key: &str, value: &str) -> String {
    match key {
        "province" => province_name(value).to_owned(),
        "kind" => view.language.kind(value).to_owned(),
        _ => reader.outlet(value).unwrap_or_else(|| value.to_owned()),
    }
}

fn chips(view: &View, reader: &Reader) -> Markup {
    let held: Vec<(&str, &str)> = FACETS.iter().filter_map(|(key, _)| Some((*key, view.asked(key)?))).collect();
    html! {
        @if !held.is_empty() {
            ul.chips { @for (key, value) in held {
                li { a href=(view.with(&[(key, ""), ("start", "")])) title=(view.word(Word::Remove)) {
                    (label(view, reader, key, value)) " ×"
                } }
            } }
        }
    }
}

/// The values of each dimension with the number of results that have them.
fn facets(view: &View, reader: &Reader, found: &Found) -> Markup {
    let value_of = |hit: &Hit, key: &str| match key {
        "province" => hit.article.province.clone(),
        "kind" => Some(kind_word(hit.article.kind).to_owned()),
        _ => Some(hit.article.portal.clone()),
    };
    html! {
        aside.filters #filters aria-label=(view.word(Word::Filters)) {
            @for (key, word) in FACETS {
                @let counts = counted(found.hits.iter().filter_map(|hit| value_of(hit, key)));
                @if !counts.is_empty() {
                    h2 { (view.word(word)) }
                    ul { @for (value, count) in counts.iter().take(SHOWN_VALUES) {
                        @let is_held = view.asked(key) == Some(value);
                        li { a href=(view.with(&[(key, if is_held { "" } else { value }), ("start", "")]))
                            aria-current=[is_held.then_some("true")] {
                            span { (label(view, reader, key, value)) } span.n { (view.language.number(*count)) }
                        } }
                    } }
                }
            }
            p.quiet { "(" (view.word(Word::AmongBest)) ")" }
        }
    }
}

fn counted(values: impl Iterator<Item = String>) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}
