//! Answers a query: the index gives candidates by their terms, the texts of the best put them in order.
//!
//! # Bounds
//! A query costs no more, however many articles there are: of a term, the [`MOST_ROWS`] articles that were written last are looked at; of those
//! that have all words of a short query, the last written; and so many texts as are shown, and some more, are read.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::HashSet;

use crate::query::Query;
use crate::query::article::Searchable;
use crate::query::plan::Plan;
use crate::query::rank;
use crate::query::rank::Ranker;
use crate::search::SearchError;
use crate::search::SearchIndex;
use crate::search::file::Days;
use crate::search::file::IndexFile;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::StoryMember;

/// Texts read for a query at least, so that the order is that of the texts.
const LEAST_READ: usize = 50;

/// Texts read for each story that is wanted: some are copies.
const READ_FOR_EACH: usize = 2;

/// Texts read where the index cannot tell whether an article fits: a phrase, or exact accents.
const READ_FOR_PHRASES: usize = 1000;

/// Articles of which a query in the order of days knows the day.
const MOST_DATED: u64 = 1000;

/// A term that more than a tenth of the articles have does not choose; it only puts in order.
const COMMON: u64 = 10;

/// The least and most articles of a term that are looked at.
const LEAST_ROWS: u64 = 1000;
/// The most: beyond 100,000 articles, a term that more than so many have is common.
const MOST_ROWS: u64 = 10_000;

/// What a term says that so many have that they were not counted, in parts of all articles.
const ASSUMED_SHARE: u64 = 4;

/// Records in memory at once while the best are chosen.
const CHUNK: usize = 16;

/// The order of what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The best first.
    Rank,
    /// The newest first.
    Date,
}

/// What is wanted of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Stories at most.
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
    /// Articles of the story, this one among them.
    pub articles: u64,
    /// How well it fits; comparable within one query.
    pub score: f64,
}

/// Articles by number, the best first as far as their terms tell, and what each term of the plan says.
struct Candidates {
    ids: Vec<String>,
    weights: Vec<f64>,
}

impl SearchIndex {
    /// The stories that a query finds, each by its best article.
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
        let ranker = Ranker::new(query, &plan, found.weights);
        let mut hits: Vec<Hit> = Vec::new();
        for ids in found.ids.chunks(CHUNK) {
            let members = store.story_members(ids.to_vec()).await.map_err(SearchError::Store)?;
            hits.extend(members.into_iter().flatten().filter_map(|member| hit(&ranker, member)));
            settle(&mut hits, wish);
        }
        Ok(hits)
    }
}

/// A story by one of its articles, if that is to be found and has all phrases.
fn hit(ranker: &Ranker, member: StoryMember) -> Option<Hit> {
    let article = Searchable::read(&member.json).ok().filter(Searchable::is_found)?;
    let score = ranker.score(&article)?;
    Some(Hit { article, story: member.head, articles: member.articles, score })
}

/// Puts stories in order, each once, and keeps as many as are wanted.
fn settle(hits: &mut Vec<Hit>, wish: Wish) {
    let by_score = |one: &Hit, other: &Hit| other.score.total_cmp(&one.score);
    let by_day = |one: &Hit, other: &Hit| other.article.day().cmp(&one.article.day());
    // The sort is stable: what is equal stays in the order of the index.
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

/// Articles that have all words of a query.
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

/// Articles that have any of the words, by what the rarer of their syllables and pairs say.
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
        // By day, a text that has little of the query would come before those that have all of it.
        let least = best.first().map_or(0.0, |(_, score)| score / 2.0);
        best.retain(|(_, score)| *score >= least);
    }
    Ok(Candidates { ids: ids(file, best.into_iter().map(|(number, _)| number).collect())?, weights })
}

/// The newest of some articles by their days.
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
