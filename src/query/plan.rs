//! The index lookups of a query: expressions of FTS5, with each token in quotes.

use crate::query::article::NUMBER;
use crate::query::article::PAIR;
use crate::query::article::TITLE;
use crate::query::parse::Filter;
use crate::query::parse::Query;
use crate::query::syllable::Syllable;

/// Maximum number of different syllables of which an article must have all.
const SHORT: usize = 4;

/// The index lookups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The different syllables of the query, then its pairs.
    pub terms: Vec<String>,
    syllables: usize,
    needed: Vec<String>,
    excluded: Vec<String>,
}

impl Plan {
    /// Creates the plan for a query.
    pub fn new(query: &Query) -> Plan {
        let mut terms: Vec<String> = Vec::new();
        let mut add = |term: String| {
            if !terms.contains(&term) {
                terms.push(term);
            }
            terms.len()
        };
        let syllables = query.wanted().flatten().map(|syllable| add(syllable.folded.clone())).last().unwrap_or(0);
        query.wanted().flat_map(pairs).for_each(|pair| {
            add(pair);
        });
        let mut needed: Vec<String> = query.phrases.iter().map(|phrase| row_of(&phrase.syllables)).collect();
        for (index, filter) in query.filters.iter().enumerate() {
            let is_first = query.filters.iter().position(|other| other.mark == filter.mark) == Some(index);
            if is_first {
                needed.push(any(query.filters.iter().filter(|other| other.mark == filter.mark).map(value)));
            }
        }
        let excluded = query.excluded.iter().map(|run| row_of(run));
        let excluded = excluded.chain(query.excluded_filters.iter().map(value)).collect();
        Plan { terms, syllables, needed, excluded }
    }

    /// Whether an article must have all syllables of the query.
    pub fn is_short(&self) -> bool {
        self.syllables <= SHORT
    }

    /// Returns expressions for articles that have all syllables, the better ones first: in the title and next to each other, next to each other, and
    /// anywhere. If the query has no words, returns an expression for all articles that its filters admit, if it has any filter.
    pub fn for_all(&self) -> Vec<String> {
        let (syllables, pairs) = self.terms.split_at(self.syllables);
        let close = if pairs.is_empty() { syllables } else { pairs };
        let title: Vec<String> = close.iter().map(|term| format!("{TITLE}{term}")).collect();
        let mut all = vec![self.expression(&title), self.expression(close), self.expression(syllables)];
        all.dedup();
        all.into_iter().flatten().collect()
    }

    /// Returns an expression for the articles with a term.
    pub fn for_term(&self, term: &str) -> Option<String> {
        self.expression(std::slice::from_ref(&term))
    }

    /// Returns an expression for the articles with all these terms that fulfill the other conditions of the query. None if there are no conditions.
    fn expression(&self, terms: &[impl AsRef<str>]) -> Option<String> {
        let needed: Vec<String> =
            terms.iter().map(|term| quoted(term.as_ref())).chain(self.needed.iter().cloned()).collect();
        if needed.is_empty() {
            return None;
        }
        let needed = needed.join(" AND ");
        Some(if self.excluded.is_empty() {
            needed
        } else {
            format!("({needed}) NOT {}", any(self.excluded.iter().cloned()))
        })
    }
}

/// Returns neighboring syllables as terms.
fn pairs(run: &[Syllable]) -> impl Iterator<Item = String> {
    run.windows(2).filter_map(|pair| match pair {
        [one, other] => Some(format!("{}{PAIR}{}", one.folded, other.folded)),
        _ => None,
    })
}

/// Returns an expression for articles that have all pairs of a run. Whether the syllables follow each other is checked in the texts.
fn row_of(run: &[Syllable]) -> String {
    match run {
        [one] => quoted(&one.folded),
        more => format!("({})", pairs(more).map(|pair| quoted(&pair)).collect::<Vec<_>>().join(" AND ")),
    }
}

fn value(filter: &Filter) -> String {
    if filter.mark == NUMBER {
        return format!("{} *", quoted(&format!("{NUMBER}{}-", filter.value)));
    }
    quoted(&format!("{}{}", filter.mark, filter.value))
}

fn any(expressions: impl Iterator<Item = String>) -> String {
    format!("({})", expressions.collect::<Vec<_>>().join(" OR "))
}

fn quoted(term: &str) -> String {
    format!("\"{}\"", term.replace('"', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(query: &str) -> Plan {
        Plan::new(&Query::parse(query).unwrap())
    }

    #[test]
    fn short_queries_want_all_their_syllables() {
        let short = plan("biên chế biên -\"hà nội\" portal:a portal:b kind:document");
        assert!(short.is_short());
        let rest = r#"("p/a" OR "p/b") AND ("k/document")) NOT (("ha_noi"))"#;
        assert_eq!(
            short.for_all(),
            [
                format!(r#"("^bien_che" AND "^che_bien" AND {rest}"#),
                format!(r#"("bien_che" AND "che_bien" AND {rest}"#),
                format!(r#"("bien" AND "che" AND {rest}"#),
            ]
        );
        assert_eq!(plan("xã").for_all(), [r#""^xa""#, r#""xa""#]);
        assert!(!plan("một hai ba bốn năm").is_short());
    }

    #[test]
    fn phrases_are_needed_and_filters_suffice() {
        assert_eq!(plan("\"cán bộ xã\" mới").for_term("moi").unwrap(), r#""moi" AND ("can_bo" AND "bo_xa")"#);
        assert_eq!(plan("number:15/2025").for_all(), [r#"("n/15-2025-" *)"#]);
        assert!(plan("from:2025").for_all().is_empty());
    }

    #[test]
    fn no_word_is_an_operator() {
        assert_eq!(plan("AND* (NEAR \"a\"").for_term("and").unwrap(), r#""and" AND "a""#);
    }
}
