//! Answers a query. The index finds candidates by their terms, and the best are sorted by their texts.
//!
//! # Bounds
//! A query costs no more, however many articles there are. For each term, at most the [`MOST_ROWS`] articles that were written last are examined; for
//! articles with all words of a short query, also only the last written. Only slightly more texts are read than are shown.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use crate::query::Query;
use crate::query::article::Searchable;
use crate::query::plan::Plan;
use crate::query::rank;
use crate::query::rank::Ranker;
use crate::search::SearchError;
use crate::search::SearchIndex;
use crate::search::file::Days;
use crate::search::file::IndexFile;
use crate::search::whole;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryMember;

/// Minimum number of texts read for a query, so that the order is that of the texts.
const LEAST_READ: usize = 50;

/// Number of texts read for each requested story, because some are copies.
const READ_FOR_EACH: usize = 2;

/// Number of texts read if the index cannot decide whether an article fits: for a phrase, or exact accents.
const READ_FOR_PHRASES: usize = 1000;

/// Maximum number of articles whose day is looked up for a query sorted by days.
const MOST_DATED: u64 = 1000;

/// A term that more than one in this many articles has does not select articles; it only affects the order.
const COMMON: u64 = 10;

/// Minimum number of articles of a term that are examined.
const LEAST_ROWS: u64 = 1000;
/// Maximum number of articles of a term that are examined. Beyond 100,000 articles, a term that more articles have is common.
const MOST_ROWS: u64 = 10_000;

/// The assumed share of all articles for a term with so many that they were not counted, as one in this number.
const ASSUMED_SHARE: u64 = 4;

/// Number of records in memory at once while the best are selected.
const CHUNK: usize = 16;

/// The order of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The best first.
    Rank,
    /// The newest first.
    Date,
}

/// The requested number and order of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Maximum number of stories.
    pub limit: usize,
    /// Their order.
    pub order: Order,
}

/// A story that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its best article.
    pub article: Searchable,
    /// `id` of its head.
    pub story: String,
    /// Number of articles of the story, including this one.
    pub articles: u64,
    /// How well it fits; comparable within one query.
    pub score: f64,
}

/// Articles by number, the best first as far as their terms show, and the weight of each term of the plan.
struct Candidates {
    ids: Vec<String>,
    weights: Vec<f64>,
}

impl SearchIndex {
    /// Returns the stories that a query finds, each by its best article.
    ///
    /// # Errors
    /// [`SearchError`].
    pub async fn find(&self, store: &Store, query: &Query, wish: Wish) -> Result<Vec<Hit>, SearchError> {
        let plan = Plan::new(query);
        let days = Days { from: query.from, to: query.to };
        let most = if query.phrases.is_empty() {
            LEAST_READ.max(wish.limit.saturating_mul(READ_FOR_EACH))
        } else {
            READ_FOR_PHRASES.max(wish.limit)
        };
        let own = plan.clone();
        let found = self.run(move |file| candidates(file, &own, days, wish.order, most)).await?;
        let ranker = Arc::new(Ranker::new(query, &plan, found.weights));
        let mut hits: Vec<Hit> = Vec::new();
        for ids in found.ids.chunks(CHUNK) {
            let members = store.story_members(ids.to_vec()).await.map_err(SearchError::Store)?;
            // Texts are read from disk, and all of them are looked through.
            let (ranker, state) = (Arc::clone(&ranker), self.state());
            let read = move || {
                members.into_iter().flatten().filter_map(|member| hit(&state, &ranker, member)).collect::<Vec<Hit>>()
            };
            let read = tokio::task::spawn_blocking(read).await.map_err(|error| SearchError::Bug(error.to_string()))?;
            hits.extend(read);
            settle(&mut hits, wish);
        }
        Ok(hits)
    }
}

/// Returns a story by one of its articles, if the article can be found and has all phrases.
fn hit(state: &Path, ranker: &Ranker, member: StoryMember) -> Option<Hit> {
    let article = whole(state, &member.json)?;
    let score = ranker.score(&article)?;
    Some(Hit { article, story: member.head, articles: member.articles, score })
}

/// Sorts stories, keeps each once, and keeps as many as requested.
fn settle(hits: &mut Vec<Hit>, wish: Wish) {
    let by_score = |one: &Hit, other: &Hit| other.score.total_cmp(&one.score);
    let by_day = |one: &Hit, other: &Hit| other.article.day().cmp(&one.article.day());
    // The sort is stable: equal ones stay in the order of the index.
    hits.sort_by(|one, other| match wish.order {
        Order::Rank => by_score(one, other),
        Order::Date => by_day(one, other).then_with(|| by_score(one, other)),
    });
    let mut stories = HashSet::new();
    hits.retain(|hit| stories.insert(hit.story.clone()));
    hits.truncate(wish.limit);
}

fn candidates(file: &IndexFile, plan: &Plan, days: Days, order: Order, most: usize) -> Result<Candidates, StoreError> {
    if plan.terms.is_empty() {
        let expressions = plan.for_all();
        let numbers = file.find(expressions.first().map(String::as_str), days, MOST_DATED)?;
        return Ok(Candidates { ids: ids(file, newest_first(file, numbers, most)?)?, weights: Vec::new() });
    }
    if plan.is_short() {
        let numbers = with_all(file, plan, days, order, most)?;
        if !numbers.is_empty() {
            return Ok(Candidates { ids: ids(file, numbers)?, weights: vec![1.0; plan.terms.len()] });
        }
    }
    with_any(file, plan, days, order, most)
}

/// Returns articles that have all words of a query.
fn with_all(file: &IndexFile, plan: &Plan, days: Days, order: Order, most: usize) -> Result<Vec<i64>, StoreError> {
    let expressions = plan.for_all();
    if order == Order::Date {
        let numbers = file.find(expressions.last().map(String::as_str), days, MOST_DATED)?;
        return newest_first(file, numbers, most);
    }
    let (mut numbers, mut seen) = (Vec::new(), HashSet::new());
    for expression in &expressions {
        let more = file.find(Some(expression), days, most as u64)?;
        numbers.extend(more.into_iter().filter(|number| seen.insert(*number)));
    }
    numbers.truncate(most);
    Ok(numbers)
}

/// Returns articles that have any of the words, by the weights of the rarer syllables and pairs.
fn with_any(file: &IndexFile, plan: &Plan, days: Days, order: Order, most: usize) -> Result<Candidates, StoreError> {
    let all = file.count()?;
    let cap = (all / COMMON).clamp(LEAST_ROWS, MOST_ROWS);
    let mut scores: HashMap<i64, f64> = HashMap::new();
    let mut weights = Vec::new();
    let mut common = Vec::new();
    for term in &plan.terms {
        let rows = plan.for_term(term).map(|expression| file.find(Some(&expression), days, cap + 1)).transpose()?;
        let rows = rows.unwrap_or_default();
        let count = rows.len() as u64;
        let weight = rank::weight(if count > cap { all / ASSUMED_SHARE } else { count }, all);
        weights.push(if count > 0 { weight } else { 0.0 });
        if count > cap {
            common = rows;
            continue;
        }
        for number in rows {
            *scores.entry(number).or_default() += weight;
        }
    }
    if scores.is_empty() {
        scores.extend(common.into_iter().map(|number| (number, 1.0)));
    }
    let mut best: Vec<(i64, f64)> = scores.into_iter().collect();
    let better = |one: &(i64, f64), other: &(i64, f64)| match other.1.total_cmp(&one.1) {
        Ordering::Equal => other.0.cmp(&one.0),
        unequal => unequal,
    };
    if best.len() > most {
        best.select_nth_unstable_by(most, better);
        best.truncate(most);
    }
    best.sort_unstable_by(better);
    if order == Order::Date {
        // Sorted by day, a text with little of the query would otherwise come before those with all of it.
        let least = best.first().map_or(0.0, |(_, score)| score / 2.0);
        best.retain(|(_, score)| *score >= least);
    }
    Ok(Candidates { ids: ids(file, best.into_iter().map(|(number, _)| number).collect())?, weights })
}

/// Returns the newest of some articles by their days.
fn newest_first(file: &IndexFile, numbers: Vec<i64>, most: usize) -> Result<Vec<i64>, StoreError> {
    let mut dated = Vec::with_capacity(numbers.len());
    for number in numbers {
        dated.extend(file.article(number)?.map(|(_, day)| (day, number)));
    }
    dated.sort_unstable_by(|one, other| other.cmp(one));
    Ok(dated.into_iter().take(most).map(|(_, number)| number).collect())
}

fn ids(file: &IndexFile, numbers: Vec<i64>) -> Result<Vec<String>, StoreError> {
    numbers.into_iter().filter_map(|number| file.article(number).map(|found| Some(found?.0)).transpose()).collect()
}
