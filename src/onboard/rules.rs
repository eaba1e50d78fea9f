//! Rules for articles, learned from a few of them: selectors that find the same fields on all. Pure.

use std::collections::HashMap;

use scraper::Selector;

use crate::config::Config;
use crate::config::Portal;
use crate::extract;
use crate::extract::rules::ArticleRules;
use crate::extract::template::SiteMemory;
use crate::html::tree;
use crate::model::article::Extracted;
use crate::model::article::Field;
use crate::model::link::Link;
use crate::model::page::Page;
use crate::model::record::Record;
use crate::reading;
use crate::reading::Input;

/// Pages that must agree on a rule at least.
const LEAST_PAGES: usize = 2;

/// Of so many pages that have a field, its rule must find it on [`LEAST_OF_FIVE`].
const FIVE: usize = 5;
const LEAST_OF_FIVE: usize = 3;

/// Selectors of one field that are tried in turn.
const TRIES: usize = 12;

/// Share of words that two readings of a body must have in common to be the same.
const SAME_BODY: f64 = 0.95;

/// An article that was looked at.
#[derive(Debug, Clone)]
pub struct Sample {
    /// How it was found.
    pub link: Link,
    /// Its page.
    pub page: Page,
    /// Read without rules.
    pub extracted: Extracted,
}

/// Reads pages without rules, with what they have in common.
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

/// Rules: for each field its selectors, best first. `others` are pages that are no articles: what finds a body there is no rule.
pub fn learn(samples: &[Sample], others: &[&Page]) -> Vec<(String, Vec<String>)> {
    let others: Vec<tree::Tree> = others.iter().map(|page| extract::tree_of(page)).collect();
    let mut rules = Vec::new();
    for field in ["title", "date", "body"] {
        let found = best(samples, field).into_iter().find(|text| {
            let Ok(selector) = Selector::parse(text) else { return false };
            let elsewhere = || others.iter().any(|tree| tree.html.root_element().select(&selector).next().is_some());
            (field != "body" || !elsewhere()) && gives_the_same(samples, field, text)
        });
        rules.extend(found.map(|selector| (field.to_owned(), vec![selector])));
    }
    rules
}

/// The selectors on which most pages agree; of equal ones those that stand first on the pages.
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

/// Counts here are far below 2^32.
fn share(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Whether a rule reads from every page what was read without it, where it finds anything.
fn gives_the_same(samples: &[Sample], field: &str, selector: &str) -> bool {
    let Ok(place) = crate::html::select::Candidate::parse(selector, None) else { return false };
    let mut rules = ArticleRules { name: "learned".to_owned(), ..ArticleRules::default() };
    match field {
        "title" => rules.title.push(place),
        "date" => rules.date.push(place),
        _ => rules.body.push(place),
    }
    samples.iter().all(|sample| {
        let (with, _) = reading::without_record(Input::new(&sample.link, &sample.page), &[&rules]);
        let without = &sample.extracted;
        match field {
            "title" => value(with.title.as_ref()) == value(without.title.as_ref()),
            "date" => {
                with.published.as_ref().map(|date| date.value.at)
                    == without.published.as_ref().map(|date| date.value.at)
            }
            _ => in_common(&text(&with), &text(without)) >= SAME_BODY,
        }
    })
}

fn value(field: Option<&Field<String>>) -> Option<&str> {
    field.map(|field| field.value.as_str())
}

fn text(extracted: &Extracted) -> String {
    crate::normalize::text_of(&extracted.blocks)
}

/// The share of words that stand in both texts, of the longer one.
fn in_common(one: &str, other: &str) -> f64 {
    let mut counts: HashMap<&str, i64> = HashMap::new();
    let (mut first, mut second) = (0, 0);
    for word in one.split_whitespace() {
        *counts.entry(word).or_default() += 1;
        first += 1;
    }
    let mut both = 0;
    for word in other.split_whitespace() {
        second += 1;
        let left = counts.entry(word).or_default();
        if *left > 0 {
            *left -= 1;
            both += 1;
        }
    }
    if first == 0 && second == 0 { 1.0 } else { share(both) / share(first.max(second)) }
}

/// Records of the samples by a portal's rules; `None` where a page is no article to them.
pub fn records(config: &Config, portal: &Portal, samples: &[Sample], memory: &SiteMemory) -> Vec<Option<Record>> {
    let rules = config.page_rules(portal);
    let read = |sample: &Sample| {
        let input = Input { memory: Some(memory), ..Input::new(&sample.link, &sample.page) };
        reading::read(input, &rules).record.ok()
    };
    samples.iter().map(read).collect()
}
