//! Sorts the results of the index by their texts: BM25 over syllables and pairs, with more weight for the title and the opening, and for the accents
//! of the query.
//!
//! The weights were chosen with headlines as queries for their texts, and titles as queries for texts about the same event (`cargo bench --bench
//! search`).

use std::collections::HashMap;

use crate::query::article::PAIR;
use crate::query::article::Searchable;
use crate::query::parse::Query;
use crate::query::plan::Plan;
use crate::query::syllable::Syllable;
use crate::query::syllable::for_each;

/// BM25: how much further mentions count.
const SATURATION: f64 = 2.0;
/// BM25: how much less a long text counts.
const LENGTH: f64 = 0.5;
/// Number of syllables of an average article.
const USUAL_LENGTH: f64 = 500.0;
/// The gain of a term in the opening, where news say what happened.
const OPENING_GAIN: f64 = 0.6;
/// Number of syllables of the opening.
const OPENING: usize = 60;
/// The gain of a term in the title.
const TITLE_GAIN: f64 = 0.6;
/// The gain of exact accents, in addition to the weight of the syllable without accents.
const ACCENTS_GAIN: f64 = 1.0;

/// Ranks articles for one query.
#[derive(Debug)]
pub struct Ranker {
    words: HashMap<String, Word>,
    /// The terms of pairs, by the positions of their syllables.
    pairs: HashMap<(usize, usize), usize>,
    /// The weight of each term.
    weights: Vec<f64>,
    phrases: Vec<Row>,
    has_accents: bool,
    /// Whether only the texts of attachments count, and how many different syllables must then be there.
    in_attachments: Option<usize>,
}

/// A syllable of the query.
#[derive(Debug)]
struct Word {
    term: usize,
    /// Its spellings in the query.
    forms: Vec<String>,
}

/// Consecutive syllables: each one's term, and its form if it has one of the query's.
type Row = Vec<(usize, Option<usize>)>;

/// The mentions of a term in an article.
#[derive(Debug, Clone, Copy, Default)]
struct Mentions {
    times: u32,
    in_opening: bool,
    in_title: bool,
}

impl Mentions {
    fn add(&mut self, place: Option<usize>) {
        self.times += 1;
        self.in_opening |= place.is_none_or(|place| place < OPENING);
        self.in_title |= place.is_none();
    }

    fn score(self, norm: f64) -> f64 {
        let times = f64::from(self.times);
        times * (SATURATION + 1.0) / (times + norm)
            + if self.in_opening { OPENING_GAIN } else { 0.0 }
            + if self.in_title { TITLE_GAIN } else { 0.0 }
    }
}

/// What was found in an article.
struct Sighting<'a> {
    ranker: &'a Ranker,
    /// The mentions of each term: with any accents, and with those of the query.
    mentions: Vec<[Mentions; 2]>,
    row: Row,
    has_phrase: Vec<bool>,
    length: usize,
}

impl Ranker {
    /// Creates a ranker. `weights` are those of the plan's terms, in their order.
    pub fn new(query: &Query, plan: &Plan, weights: Vec<f64>) -> Ranker {
        let mut words: HashMap<String, Word> = HashMap::new();
        let term_of = |term: &str| plan.terms.iter().position(|other| other == term);
        for syllable in query.wanted().flatten() {
            let Some(term) = term_of(&syllable.folded) else { continue };
            let word = words.entry(syllable.folded.clone()).or_insert_with(|| Word { term, forms: Vec::new() });
            if !word.forms.contains(&syllable.exact) {
                word.forms.push(syllable.exact.clone());
            }
        }
        let mut pairs = HashMap::new();
        for pair in query.wanted().flat_map(|run| run.windows(2)) {
            if let [one, other] = pair
                && let Some(term) = term_of(&format!("{}{PAIR}{}", one.folded, other.folded))
                && let (Some(one), Some(other)) = (words.get(&one.folded), words.get(&other.folded))
            {
                pairs.insert((one.term, other.term), term);
            }
        }
        let row_of = |syllables: &[Syllable], is_exact: bool| -> Row {
            let found = syllables.iter().filter_map(|syllable| {
                let word = words.get(&syllable.folded)?;
                Some((word.term, if is_exact { word.form(&syllable.exact) } else { None }))
            });
            found.collect()
        };
        let phrases = query.phrases.iter().map(|phrase| row_of(&phrase.syllables, phrase.is_exact)).collect();
        let needed = if plan.is_short() { words.len() } else { 1 };
        let in_attachments = query.is_in_attachments().then_some(needed);
        Ranker { phrases, pairs, weights, has_accents: query.has_accents(), in_attachments, words }
    }

    /// Returns how well an article fits. None if it lacks a phrase of the query.
    pub fn score(&self, article: &Searchable) -> Option<f64> {
        let mut seen = Sighting {
            ranker: self,
            mentions: vec![Default::default(); self.weights.len()],
            row: Vec::new(),
            has_phrase: vec![false; self.phrases.len()],
            length: 0,
        };
        if self.in_attachments.is_none() {
            seen.read(&article.title, true);
            article.texts().for_each(|text| seen.read(text, false));
        }
        // A long file does not lower its article's score, and the file's beginning counts as its opening.
        let length = seen.length;
        seen.length = seen.length.max(OPENING);
        article.contents().for_each(|text| seen.read(text, false));
        let has_words = self.in_attachments.is_none_or(|needed| seen.words() >= needed.min(self.words.len()));
        if !has_words || !seen.has_phrase.iter().all(|has| *has) {
            return None;
        }
        let norm = SATURATION * (1.0 - LENGTH + LENGTH * length as f64 / USUAL_LENGTH);
        let exact = if self.has_accents { ACCENTS_GAIN } else { 0.0 };
        let scores = seen.mentions.iter().map(|[any, same]| any.score(norm) + exact * same.score(norm));
        Some(scores.zip(&self.weights).map(|(score, weight)| score * weight).sum())
    }
}

impl Word {
    fn form(&self, exact: &str) -> Option<usize> {
        self.forms.iter().position(|form| form == exact)
    }
}

impl Sighting<'_> {
    /// Number of different syllables of the query that were found.
    fn words(&self) -> usize {
        let is_there = |word: &&Word| self.mentions.get(word.term).is_some_and(|[any, _]| any.times > 0);
        self.ranker.words.values().filter(is_there).count()
    }

    fn read(&mut self, text: &str, is_title: bool) {
        self.row.clear();
        for_each(text, |exact, folded| {
            let place = (!is_title).then_some(self.length);
            self.length += usize::from(!is_title);
            match self.ranker.words.get(folded) {
                None => self.row.clear(),
                Some(word) => self.meet(word.term, word.form(exact), place),
            }
        });
    }

    fn meet(&mut self, term: usize, form: Option<usize>, place: Option<usize>) {
        self.mention(term, form.is_some(), place);
        if let Some((before, before_form)) = self.row.last().copied()
            && let Some(pair) = self.ranker.pairs.get(&(before, term))
        {
            self.mention(*pair, form.is_some() && before_form.is_some(), place);
        }
        self.row.push((term, form));
        let fits = |(wanted, form): &(usize, Option<usize>), (term, own): &(usize, Option<usize>)| {
            wanted == term && (form.is_none() || form == own)
        };
        for (phrase, has) in self.ranker.phrases.iter().zip(&mut self.has_phrase) {
            let row = self.row.get(self.row.len().saturating_sub(phrase.len())..).unwrap_or_default();
            *has = *has || (row.len() == phrase.len() && phrase.iter().zip(row).all(|(wanted, own)| fits(wanted, own)));
        }
    }

    fn mention(&mut self, term: usize, is_exact: bool, place: Option<usize>) {
        let Some([any, same]) = self.mentions.get_mut(term) else { return };
        any.add(place);
        if is_exact {
            same.add(place);
        }
    }
}

/// Returns the weight of a term that this many of all articles have (Robertson and Spärck Jones, as in BM25).
pub fn weight(articles: u64, all: u64) -> f64 {
    let (having, all) = (articles as f64, all.max(articles) as f64);
    ((all - having + 0.5) / (having + 0.5)).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(title: &str, text: &str) -> Searchable {
        Searchable { title: title.to_owned(), content_text: text.to_owned(), ..Searchable::default() }
    }

    #[test]
    fn words_of_files_are_found_and_can_be_asked_for() {
        use crate::query::article::SearchableFile;
        let file = SearchableFile { text: None, content: Some("danh mục trạm đo mặn".to_owned()) };
        let notice = Searchable { attachments: vec![file], ..article("Thông báo", "xem tệp đính kèm") };
        assert!(score("đo mặn", &notice) > Some(0.0) && score("\"tram do\"", &notice).is_some());
        assert!(score("đo mặn in:attachment", &notice).is_some());
        assert_eq!(score("thông báo in:attachment", &notice), None);
        assert_eq!(score("trạm đính in:attachment", &notice), None, "one of two words is elsewhere");
    }

    fn score(query: &str, article: &Searchable) -> Option<f64> {
        let query = Query::parse(query).unwrap();
        let plan = Plan::new(&query);
        let weights = vec![1.0; plan.terms.len()];
        Ranker::new(&query, &plan, weights).score(article)
    }

    #[test]
    fn the_better_article_scores_higher() {
        let filler = "xa ".repeat(OPENING);
        for (query, better, worse) in [
            ("ban do", article("", "bản đồ"), article("", "đồ này và bản kia")),
            ("bản đồ", article("", "bản đồ"), article("", "bán đỏ")),
            ("cau moi", article("Cầu mới", "xe qua"), article("", "cầu mới")),
            ("cầu", article("", &format!("cầu {filler}")), article("", &format!("{filler} cầu"))),
            ("cầu", article("", "cầu cầu a b c"), article("", "cầu a b c d")),
            ("cầu", article("", "cầu a"), article("", &format!("cầu a {}", filler.repeat(20)))),
        ] {
            assert!(score(query, &better) > score(query, &worse), "{query}: {better:?}");
        }
    }

    #[test]
    fn phrases_must_be_there() {
        let text = article("Họp", "về tinh giản biên chế ở xã");
        for (query, is_there) in [
            ("\"tinh gian bien che\"", true),
            ("\"gian tinh\"", false),
            ("\"tinh bien\"", false),
            ("=biên", true),
            ("=bien", false),
            ("=\"biên chế\"", true),
            ("=\"biển chế\"", false),
            ("\"hop ve\"", false),
        ] {
            assert_eq!(score(query, &text).is_some(), is_there, "{query}");
        }
        assert!(score("\"a b a c\"", &article("", "a b a b a c")).is_some());
    }

    #[test]
    fn a_rare_term_says_more() {
        assert!(weight(1, 1000) > weight(10, 1000) && weight(900, 1000) > 0.0 && weight(5, 0) > 0.0);
    }
}
