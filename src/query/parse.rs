//! The query language: words, `"phrases"`, `-not`, `=exact` accents, and filters such as `portal:vinhphuc`.

use std::fmt::Write;
use std::ops::Range;

use jiff::civil::Date;

use crate::model::article::PageKind;
use crate::query::article;
use crate::query::syllable::Syllable;
use crate::query::syllable::slug;
use crate::query::syllable::syllables;
use crate::text::date;

/// Maximum number of syllables of a query, more than any headline has. Each costs an index lookup.
pub const MOST_SYLLABLES: usize = 64;

/// A parsed query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words in the order in which they were written, in runs separated by other parts.
    pub runs: Vec<Vec<Syllable>>,
    /// Phrases that the text must contain.
    pub phrases: Vec<Phrase>,
    /// Phrases that the text must not contain.
    pub excluded: Vec<Vec<Syllable>>,
    /// Properties that the article must have. Of several values of one kind, one is enough.
    pub filters: Vec<Filter>,
    /// Properties that it must not have.
    pub excluded_filters: Vec<Filter>,
    /// The first day, as days since 1970.
    pub from: Option<i64>,
    /// The last day.
    pub to: Option<i64>,
}

/// Syllables next to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// The syllables.
    pub syllables: Vec<Syllable>,
    /// Whether their accents count.
    pub is_exact: bool,
}

/// A property of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The prefix of its value in the index: [`article::PORTAL`] and others.
    pub mark: &'static str,
    /// Its value, as returned by [`slug`].
    pub value: String,
}

/// A query that cannot be understood, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryProblem {
    /// What is wrong.
    pub message: String,
    /// What would be correct.
    pub help: String,
    /// The position in the query, in bytes.
    pub at: Range<usize>,
}

impl QueryProblem {
    /// Returns the problem with a line that points to the place in the query.
    ///
    /// ```
    /// let query = "cháy rừng kind:film";
    /// let problem = tintinh::query::Query::parse(query).unwrap_err();
    /// assert!(problem.show(query).contains("\n  cháy rừng kind:film\n                 ^^^^\n"));
    /// ```
    pub fn show(&self, query: &str) -> String {
        let columns = |range: Range<usize>| query.get(range).map_or(0, |text| text.chars().count());
        let mut text = format!("{}\n  {query}\n  ", self.message);
        // Writing into a string cannot fail.
        let _ = write!(text, "{:1$}{2:^<3$}", "", columns(0..self.at.start), "", columns(self.at.clone()).max(1));
        let _ = write!(text, "\n  = help: {}", self.help);
        text
    }
}

const FILTERS: &str = "portal:, province:, kind:, number:, in:, from: and to:";

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// [`QueryProblem`] with its place.
    pub fn parse(text: &str) -> Result<Query, QueryProblem> {
        let mut query = Query::default();
        let mut rest = Rest { text, at: 0 };
        while let Some(part) = rest.part()? {
            query.take(&part)?;
        }
        query.check(text)?;
        Ok(query)
    }

    /// Returns all syllables that are searched for, by runs.
    pub fn wanted(&self) -> impl Iterator<Item = &[Syllable]> {
        self.runs.iter().map(Vec::as_slice).chain(self.phrases.iter().map(|phrase| phrase.syllables.as_slice()))
    }

    /// Whether it is written with accents.
    pub fn has_accents(&self) -> bool {
        self.wanted().flatten().any(|syllable| syllable.exact != syllable.folded)
    }

    /// Whether its words must be in the texts of attachments.
    pub fn is_in_attachments(&self) -> bool {
        self.filters.iter().any(|filter| filter.mark == article::IN)
    }

    fn take(&mut self, part: &Part<'_>) -> Result<(), QueryProblem> {
        if let Some((key, at)) = &part.key {
            return self.filter(key, at, part);
        }
        let found = syllables(part.value);
        if found.is_empty() {
            return Ok(());
        }
        match part.sign {
            Some('-') => self.excluded.push(found),
            Some(_) => self.phrases.push(Phrase { syllables: found, is_exact: true }),
            None if part.is_quoted => self.phrases.push(Phrase { syllables: found, is_exact: false }),
            None => match self.runs.last_mut().filter(|_| part.goes_on) {
                Some(run) => run.extend(found),
                None => self.runs.push(found),
            },
        }
        Ok(())
    }

    fn filter(&mut self, key: &str, at: &Range<usize>, part: &Part<'_>) -> Result<(), QueryProblem> {
        let mark = match key {
            "portal" => article::PORTAL,
            "province" => article::PROVINCE,
            "kind" => article::KIND,
            "number" => article::NUMBER,
            "in" => article::IN,
            "from" | "to" => return self.day(key == "from", part),
            _ => {
                let help = format!("filters are {FILTERS}; to search for the words themselves, put them in quotes");
                return Err(QueryProblem { message: format!("there is no filter `{key}:`"), help, at: at.clone() });
            }
        };
        let value = slug(part.value);
        let problem =
            |message: String, help: &str| Err(QueryProblem { message, help: help.to_owned(), at: part.at.clone() });
        if value.is_empty() {
            return problem(
                format!("`{key}:` has no value"),
                "write it like portal:vinhphuc or province:\"Vĩnh Phúc\"",
            );
        }
        let is_kind = |kind: PageKind| article::kind_word(kind) == value;
        if mark == article::KIND
            && !is_kind(PageKind::Article)
            && !PageKind::KEEPABLE.iter().any(|(_, kind)| is_kind(*kind))
        {
            let help = "kinds are article, document, video, gallery and event";
            return problem(format!("there is no kind `{}`", part.value), help);
        }
        if mark == article::IN && value != article::ATTACHMENT {
            return problem(format!("words are not searched for in `{}`", part.value), "write it as in:attachment");
        }
        let filter = Filter { mark, value };
        match part.sign {
            Some('-') => self.excluded_filters.push(filter),
            _ => self.filters.push(filter),
        }
        Ok(())
    }

    fn day(&mut self, is_first: bool, part: &Part<'_>) -> Result<(), QueryProblem> {
        let problem = |message: String| {
            let help = "write it like 2025-07-01, 1/7/2025, 2025-07 or 2025".to_owned();
            Err(QueryProblem { message, help, at: part.at.clone() })
        };
        if part.sign.is_some() {
            return problem("a date cannot be left out".to_owned());
        }
        let Some(day) = day_of(part.value, is_first) else {
            return problem(format!("`{}` is not a date", part.value));
        };
        let slot = if is_first { &mut self.from } else { &mut self.to };
        *slot = Some(day);
        if self.from.zip(self.to).is_some_and(|(from, to)| from > to) {
            return problem("the last day is before the first".to_owned());
        }
        Ok(())
    }

    fn check(&self, text: &str) -> Result<(), QueryProblem> {
        let is_empty = self.runs.is_empty() && self.phrases.is_empty();
        let problem = |message: &str, help: &str| {
            Err(QueryProblem { message: message.to_owned(), help: help.to_owned(), at: 0..text.len() })
        };
        if is_empty && self.filters.is_empty() && self.from.is_none() && self.to.is_none() {
            return problem("there is nothing to search for", "name a word, a \"phrase\" or a filter");
        }
        let excluded = self.excluded.iter().flatten().count() + self.filters.len() + self.excluded_filters.len();
        if self.wanted().flatten().count() + excluded > MOST_SYLLABLES {
            return problem("the query is too long", &format!("a query has at most {MOST_SYLLABLES} words"));
        }
        Ok(())
    }
}

/// Returns the first or last day of a date, month or year.
fn day_of(text: &str, is_first: bool) -> Option<i64> {
    let first = |year: i16, month: i8| Date::new(year, month, 1).ok();
    let numbers: Vec<&str> = text.split('-').collect();
    let (begin, last) = match numbers.as_slice() {
        [year] if year.len() == 4 => (first(year.parse().ok()?, 1)?, Date::new(year.parse().ok()?, 12, 31).ok()?),
        [year, month] if year.len() == 4 => {
            let begin = first(year.parse().ok()?, month.parse().ok()?)?;
            (begin, begin.last_of_month())
        }
        _ => return date::read(text, date::DateOrder::DayFirst).map(|dated| article::day(dated.at)),
    };
    let day = if is_first { begin } else { last };
    Some(i64::from(Date::constant(1970, 1, 1).until(day).ok()?.get_days()))
}

/// A word, a phrase or a filter of a query.
struct Part<'a> {
    sign: Option<char>,
    key: Option<(String, Range<usize>)>,
    value: &'a str,
    at: Range<usize>,
    is_quoted: bool,
    /// Whether the previous part was a word as well.
    goes_on: bool,
}

/// The rest of a query.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn left(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip(&mut self, matches: impl Fn(char) -> bool) -> Range<usize> {
        let left = self.left();
        let start = self.at;
        self.at += left.find(|c| !matches(c)).unwrap_or(left.len());
        start..self.at
    }

    fn part(&mut self) -> Result<Option<Part<'a>>, QueryProblem> {
        let before = self.text.get(..self.at).unwrap_or_default();
        let goes_on = is_plain_word(before.split_whitespace().next_back().unwrap_or_default());
        self.skip(char::is_whitespace);
        let mut chars = self.left().chars();
        let Some(first) = chars.next() else { return Ok(None) };
        let is_sign = matches!(first, '-' | '=') && chars.next().is_some_and(|next| !next.is_whitespace());
        self.at += usize::from(is_sign);
        let sign = is_sign.then_some(first);
        let key = self.key();
        let goes_on = goes_on && sign.is_none() && key.is_none();
        let is_quoted = self.left().starts_with(is_quote);
        let at = if is_quoted { self.quoted()? } else { self.skip(|c| !c.is_whitespace()) };
        let value = self.text.get(at.clone()).unwrap_or_default();
        Ok(Some(Part { sign, key, value, at, is_quoted, goes_on: goes_on && !is_quoted }))
    }

    /// Reads a filter's name: letters directly before a colon that is followed by something. In a URL, a slash follows.
    fn key(&mut self) -> Option<(String, Range<usize>)> {
        let (key, value) = self.left().split_once(':')?;
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_known = matches!(key, "portal" | "province" | "kind" | "number" | "in" | "from" | "to");
        if !is_key
            || value.starts_with('/')
            || (value.is_empty() || value.starts_with(char::is_whitespace)) && !is_known
        {
            return None;
        }
        let at = self.at..self.at + key.len() + 1;
        self.at = at.end;
        Some((key.to_ascii_lowercase(), at))
    }

    fn quoted(&mut self) -> Result<Range<usize>, QueryProblem> {
        let opening = self.at;
        self.at += self.left().chars().next().map_or(0, char::len_utf8);
        let inside = self.skip(|c| !is_quote(c));
        let Some(quote) = self.left().chars().next() else {
            let (message, help) = ("the quote is not closed".to_owned(), "put another \" behind the phrase".to_owned());
            return Err(QueryProblem { message, help, at: opening..self.text.len() });
        };
        self.at += quote.len_utf8();
        Ok(inside)
    }
}

/// Whether a character is a quote as typed by keyboards and word processors.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„')
}

fn is_plain_word(word: &str) -> bool {
    !word.is_empty() && !word.starts_with(['-', '=']) && !word.contains(is_quote) && !word.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(runs: &[Vec<Syllable>]) -> Vec<String> {
        let joined = |run: &Vec<Syllable>| run.iter().map(|word| word.exact.clone()).collect::<Vec<_>>().join(" ");
        runs.iter().map(joined).collect()
    }

    #[test]
    fn every_part_is_read() {
        let query = Query::parse(
            r#"tinh giản "biên chế" -Hà-Nội =bản cán bộ number:15/2025 province:"Vĩnh Phúc" from:2025-02 to:2025"#,
        );
        let query = query.unwrap();
        assert_eq!(words(&query.runs), ["tinh giản", "cán bộ"]);
        assert_eq!(
            query.phrases.iter().map(|phrase| (phrase.syllables.len(), phrase.is_exact)).collect::<Vec<_>>(),
            [(2, false), (1, true)]
        );
        assert_eq!(words(&query.excluded), ["hà nội"]);
        assert_eq!(
            query.filters,
            [
                Filter { mark: article::NUMBER, value: "15-2025".to_owned() },
                Filter { mark: article::PROVINCE, value: "vinh-phuc".to_owned() }
            ]
        );
        assert_eq!((query.from, query.to), (Some(20_120), Some(20_453)));
        assert!(query.has_accents() && !Query::parse("tinh gian").unwrap().has_accents());
    }

    #[test]
    fn what_is_no_operator_is_a_word() {
        for (text, expect) in [
            ("covid-19 và QĐ-UBND", "covid 19 và qđ ubnd"),
            ("lúc 10:30 - họp", "lúc 10 30 họp"),
            ("Bí thư: phải làm", "bí thư phải làm"),
            ("http://a.example/tin", "http a example tin"),
            ("a AND b* OR (c) NEAR", "a and b or c near"),
        ] {
            assert_eq!(words(&Query::parse(text).unwrap().runs).join(" "), expect);
        }
    }

    #[test]
    fn problems_have_their_places() {
        for (text, place) in [
            ("cháy foo:bar rừng", "foo:"),
            ("cháy \"rừng", "\"rừng"),
            ("from:hôm-qua", "hôm-qua"),
            ("from:2025-13", "2025-13"),
            ("from:2025 to:2024", "2024"),
            ("kind:film a", "film"),
            ("in:title a", "title"),
            ("-rừng", "-rừng"),
            ("...", "..."),
            ("a portal: b", ""),
            ("-from:2025 a", "2025"),
        ] {
            let problem = Query::parse(text).unwrap_err();
            assert_eq!(&text[problem.at.clone()], place, "{problem:?}");
            assert!(problem.show(text).contains('^'), "{problem:?}");
        }
        let long = "a ".repeat(MOST_SYLLABLES + 1);
        assert_eq!(Query::parse(&long).unwrap_err().message, "the query is too long");
    }

    #[test]
    fn a_day_a_month_and_a_year_are_dates() {
        for (text, first, last) in [
            ("2000-01-03", 10_959, 10_959),
            ("2/1/2000", 10_958, 10_958),
            ("2000-02", 10_988, 11_016),
            ("2000", 10_957, 11_322),
        ] {
            assert_eq!((day_of(text, true), day_of(text, false)), (Some(first), Some(last)), "{text}");
        }
    }
}
