//! Learns rules from a few articles: selectors that find the same fields on all of them. Pure.

use std::collections::HashMap;
use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::ElementRef;

use crate::config::Config;
use crate::config::Portal;
use crate::extract;
use crate::extract::rules::ArticleRules;
use crate::extract::template::SiteMemory;
use crate::html::select::Candidate as Place;
use crate::html::tree;
use crate::model::article::Extracted;
use crate::model::article::Field;
use crate::model::article::HINT;
use crate::model::link::Link;
use crate::model::page::Page;
use crate::model::record::Record;
use crate::reading;
use crate::reading::Input;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;

/// Minimum number of pages that must agree on a rule.
const LEAST_PAGES: usize = 2;

/// A rule must find its field on [`LEAST_OF_FIVE`] of every five pages that have the field.
const FIVE: usize = 5;
const LEAST_OF_FIVE: usize = 3;

/// Fields that rules are learned for.
const FIELDS: [&str; 3] = [TITLE, DATE, BODY];
const TITLE: &str = "title";
const DATE: &str = "date";
const BODY: &str = "body";

/// Maximum number of selectors that are tried per field, and maximum number of body selectors with which all pages are read again.
const TRIES: usize = 12;
const READINGS: usize = 3;

/// Minimum share of common words for two readings of a body to count as the same.
const SAME_BODY: f64 = 0.95;

/// An article from which rules are learned.
#[derive(Debug, Clone)]
pub struct Sample {
    /// How it was found.
    pub link: Link,
    /// Its page.
    pub page: Page,
    /// The result of reading it without rules.
    pub extracted: Extracted,
}

/// Reads pages without rules. Also returns the memory of what they have in common.
pub fn read_without_rules(pages: Vec<(Link, Page)>) -> (Vec<Sample>, SiteMemory) {
    let mut memory = SiteMemory::default();
    for (link, page) in &pages {
        if let (_, Some(lesson)) = reading::without_record(Input { learn: true, ..Input::new(link, page) }, &[]) {
            memory.learn(&lesson);
        }
    }
    let samples = pages.into_iter().map(|(link, page)| {
        let wanted = Input { explain: true, memory: Some(&memory), ..Input::new(&link, &page) };
        let (extracted, _) = reading::without_record(wanted, &[]);
        Sample { link, page, extracted }
    });
    (samples.collect(), memory)
}

/// A selector that may become a rule, and the first element that it finds on each sample.
struct Choice {
    place: Place,
    found: Vec<(usize, NodeId)>,
}

/// Learns rules: the selectors of each field, best first. `others` are pages that are not articles; a body selector that matches one of them is
/// rejected.
pub fn learn(samples: &[Sample], others: &[&Page]) -> Vec<(String, Vec<String>)> {
    let mut choices = FIELDS.map(|field| {
        let places = best(samples, field).into_iter().filter_map(|text| Place::parse(&text, None).ok());
        (field, places.map(|place| Choice { place, found: Vec::new() }).collect::<Vec<Choice>>())
    });
    // Each page is parsed once for all selectors, and only one tree is in memory at a time.
    for (number, sample) in samples.iter().enumerate() {
        let document = extract::document_of(&sample.page);
        for (field, choices) in &mut choices {
            choices.retain_mut(|choice| {
                let found = choice.place.elements(document.root());
                choice.found.extend(found.first().map(|element| (number, element.id())));
                agrees(field, &choice.place, &found, sample)
            });
        }
    }
    for page in others {
        let document = extract::document_of(page);
        for (_, choices) in choices.iter_mut().filter(|(field, _)| *field == BODY) {
            choices.retain(|choice| choice.place.elements(document.root()).is_empty());
        }
    }
    let rules = choices.into_iter().filter_map(|(field, mut choices)| {
        // Selectors that find the same elements count as one.
        let mut known = HashSet::new();
        choices.retain(|choice| known.insert(choice.found.clone()));
        let mut tried = choices.into_iter().take(READINGS);
        let choice = tried.find(|choice| field != BODY || gives_the_same_body(samples, choice))?;
        Some((field.to_owned(), vec![choice.place.text]))
    });
    rules.collect()
}

/// Returns the selectors on which most pages agree. Among equal ones, those that rank higher on the pages come first.
fn best(samples: &[Sample], field: &str) -> Vec<String> {
    let mut support: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut pages = 0;
    for sample in samples {
        let Some(suggestion) = sample.extracted.selectors.iter().find(|one| one.field == field) else { continue };
        pages += 1;
        for (place, selector) in suggestion.selectors.iter().enumerate() {
            let entry = support.entry(selector).or_default();
            entry.0 += 1;
            entry.1 += place;
        }
    }
    let least = LEAST_PAGES.max((pages * LEAST_OF_FIVE).div_ceil(FIVE));
    let mut found: Vec<(&str, usize, usize)> =
        support.into_iter().map(|(selector, (count, place))| (selector, count, place)).collect();
    found.retain(|(_, count, _)| *count >= least);
    found.sort_by(|one, other| other.1.cmp(&one.1).then(one.2.cmp(&other.2)).then(one.0.cmp(other.0)));
    found.into_iter().take(TRIES).map(|(selector, ..)| selector.to_owned()).collect()
}

/// Converts a count. Counts are far below 2^32 here.
fn share(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Whether the value that a selector finds on a page equals the value read without it. For a body, it must not contain less. The selector may also
/// find nothing.
fn agrees(field: &str, place: &Place, found: &[ElementRef<'_>], sample: &Sample) -> bool {
    let without = &sample.extracted;
    let mut values = found.iter().filter_map(|element| place.read(*element));
    match field {
        TITLE => {
            let is_told = |found: String| without.title.as_ref().is_some_and(|title| title.value == found);
            values.next().is_none_or(is_told)
        }
        DATE => {
            let found = values.find_map(|value| date::read(&value, DateOrder::default()));
            // If the source states the minute, the page may show only the day.
            let is_one = |told: &Field<Dated>, found: &Dated| {
                found.at == told.value.at || (told.origin == HINT && date::same_day(found, &told.value))
            };
            found.is_none_or(|found| without.published.as_ref().is_some_and(|told| is_one(told, &found)))
        }
        _ => {
            let body = text(without);
            let holds = |element: &ElementRef<'_>| held(&body, &tree::line(*element)) >= SAME_BODY;
            found.first().is_none_or(holds)
        }
    }
}

/// Whether a rule reads the same body as no rule, on every page on which it finds something.
fn gives_the_same_body(samples: &[Sample], choice: &Choice) -> bool {
    let body = vec![choice.place.clone()];
    let rules = ArticleRules { name: "learned".to_owned(), body, ..ArticleRules::default() };
    choice.found.iter().filter_map(|(number, _)| samples.get(*number)).all(|sample| {
        let (with, _) = reading::without_record(Input::new(&sample.link, &sample.page), &[&rules]);
        in_common(&text(&with), &text(&sample.extracted)) >= SAME_BODY
    })
}

fn text(extracted: &Extracted) -> String {
    crate::normalize::text_of(&extracted.blocks)
}

/// Returns the share of words that both texts contain, relative to the longer one.
fn in_common(one: &str, other: &str) -> f64 {
    held(one, other).min(held(other, one))
}

/// Returns the share of a text's words that another text contains. Repeated words must be repeated there.
fn held(text: &str, by: &str) -> f64 {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in by.split_whitespace() {
        *counts.entry(word).or_default() += 1;
    }
    let (mut all, mut held) = (0, 0);
    for word in text.split_whitespace() {
        all += 1;
        if let Some(left) = counts.get_mut(word).filter(|left| **left > 0) {
            *left -= 1;
            held += 1;
        }
    }
    if all == 0 { 1.0 } else { share(held) / share(all) }
}

/// Reads the samples with a portal's rules. The record is None if a page is not an article by these rules.
pub fn records(config: &Config, portal: &Portal, samples: &[Sample], memory: &SiteMemory) -> Vec<Option<Record>> {
    let rules = config.page_rules(portal);
    let read = |sample: &Sample| {
        let input = Input { memory: Some(memory), ..Input::new(&sample.link, &sample.page) };
        reading::read(input, &rules).record.ok()
    };
    samples.iter().map(read).collect()
}
