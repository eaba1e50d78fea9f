//! Reads values into domain types: texts, numbers within bounds, durations, URLs, patterns, selectors, dates.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil::Date;
use regex::Regex;
use regex::RegexSet;
use scraper::Selector;
use toml::de::DeValue;

use crate::config::keys::CANDIDATE;
use crate::config::keys::Kind;
use crate::config::reader::Value;
use crate::config::units;
use crate::html::select::Candidate;
use crate::html::select::CandidateError;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// Maximum number of names that a hint lists.
const MOST_NAMED: usize = 20;

impl<'a> Value<'a> {
    /// Reads a text, which may be empty.
    pub(super) fn text(&self) -> Option<&'a str> {
        let DeValue::String(text) = self.raw() else {
            self.wrong_type("a string");
            return None;
        };
        Some(text.as_ref())
    }

    /// Reads a text that is not empty. Whitespace around it is removed.
    pub(super) fn filled(&self) -> Option<&'a str> {
        let text = self.text()?.trim();
        if text.is_empty() {
            self.problem(format!("`{}` is empty", self.key()), format!("{}, or leave the key out", self.hint()));
            return None;
        }
        Some(text)
    }

    /// Like [`Value::filled`], but owned.
    pub(super) fn owned(&self) -> Option<String> {
        self.filled().map(str::to_owned)
    }

    /// Reads a text with a parser, whose error is reported.
    pub(super) fn parsed<T, E: Display>(&self, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        match parse(self.text()?) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.problem(reason.to_string(), self.hint());
                None
            }
        }
    }

    /// Reads one of the words of the row.
    pub(super) fn word(&self) -> Option<&'static str> {
        let Kind::Word(words) = self.kind() else { unreachable!("`{}` is not a word by its row", self.key()) };
        let text = self.text()?;
        self.one_of(text, words, format!("`{text}` is not a value of `{}`", self.key()))
    }

    /// Reads one of the words of the row and returns its meaning.
    pub(super) fn choice<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let word = self.word()?;
        words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
    }

    /// Reads one of some existing names, such as a platform or an entry.
    pub(super) fn known<'n>(&self, what: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
        let names: Vec<&str> = names.collect();
        let text = self.filled()?;
        self.one_of(text, &names, format!("there is no {what} `{text}`"))
    }

    fn one_of<'n>(&self, text: &str, names: &[&'n str], message: String) -> Option<&'n str> {
        let found = names.iter().find(|name| **name == text);
        if found.is_none() {
            let hint = match units::nearest(text, names.iter().copied()) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None if names.len() > MOST_NAMED => format!("there are {} of them", names.len()),
                None => format!("one of \"{}\"", names.join("\", \"")),
            };
            self.problem(message, hint);
        }
        found.copied()
    }

    /// Reads `true` or `false`.
    pub(super) fn flag(&self) -> Option<bool> {
        let DeValue::Boolean(flag) = self.raw() else {
            self.wrong_type("true or false");
            return None;
        };
        Some(*flag)
    }

    /// Reads a whole number within the bounds of the row.
    pub(super) fn number<N: TryFrom<i64>>(&self) -> Option<N> {
        let DeValue::Integer(digits) = self.raw() else {
            self.wrong_type("a whole number");
            return None;
        };
        let Kind::Number(least, most) = self.kind() else {
            unreachable!("`{}` is not a number by its row", self.key())
        };
        let number = i64::from_str_radix(digits.as_str(), digits.radix()).ok();
        let within =
            number.filter(|number| (least..=most).contains(number)).and_then(|number| N::try_from(number).ok());
        if within.is_none() {
            let message = format!("`{}` is out of bounds", self.key());
            self.problem(message, format!("a whole number from {least} to {most}"));
        }
        within
    }

    /// Reads a duration within the bounds of the row.
    pub(super) fn duration(&self) -> Option<Duration> {
        let (Kind::Duration(least, most) | Kind::DurationOr(_, least, most)) = self.kind() else {
            unreachable!("`{}` is not a duration by its row", self.key())
        };
        self.with_unit("a duration", "s", units::duration, least..=most, units::show_duration)
    }

    /// Whether it is the word that the row allows instead of a duration.
    pub(super) fn is_word(&self) -> bool {
        let Kind::DurationOr(word, ..) = self.kind() else { unreachable!("`{}` takes no word by its row", self.key()) };
        matches!(self.raw(), DeValue::String(text) if text.trim() == word)
    }

    /// Reads a size in bytes within the bounds of the row.
    pub(super) fn size(&self) -> Option<u64> {
        let Kind::Size(least, most) = self.kind() else { unreachable!("`{}` is not a size by its row", self.key()) };
        self.with_unit("a size", " B", units::size, least..=most, units::show_size)
    }

    /// Reads a number with a unit from a text.
    fn with_unit<T: PartialOrd + Copy>(
        &self,
        what: &str,
        unit: &str,
        parse: fn(&str) -> Result<T, String>,
        bounds: RangeInclusive<T>,
        show: fn(T) -> String,
    ) -> Option<T> {
        if let DeValue::Integer(number) = self.raw() {
            let message = format!("`{}` must be {what}, and is a bare number", self.key());
            self.problem(message, format!("add the unit: {} = \"{number}{unit}\"", self.key()));
            return None;
        }
        let value = self.parsed(parse)?;
        if !bounds.contains(&value) {
            let hint = format!("from {} to {}", show(*bounds.start()), show(*bounds.end()));
            self.problem(format!("`{}` is out of bounds: {}", self.key(), show(value)), hint);
            return None;
        }
        Some(value)
    }

    /// Reads the URL of a page. A relative one is resolved if there is a base.
    pub(super) fn url(&self, base: Option<&PageUrl>) -> Option<PageUrl> {
        self.parsed(|text| {
            let url = match base {
                Some(base) => base.join(text),
                None => PageUrl::parse(text),
            };
            url.map_err(|error| format!("`{text}` is not the URL of a page: {error}"))
        })
    }

    /// Reads a regular expression.
    pub(super) fn regex(&self) -> Option<Regex> {
        let text = self.text()?;
        Regex::new(text).map_err(|error| self.bad_regex(text, &last_line(&error.to_string()))).ok()
    }

    fn bad_regex(&self, text: &str, reason: &str) {
        let hint =
            "regular expressions are those of Rust's regex crate; between single quotes backslashes need no doubling";
        self.problem(format!("`{text}` is not a regular expression: {reason}"), hint);
    }

    /// Reads a list of regular expressions (or a single one).
    pub(super) fn regexes(&self) -> Option<RegexSet> {
        let regexes: Vec<Regex> = self.elements()?.iter().filter_map(Value::regex).collect();
        let set = RegexSet::new(regexes.iter().map(Regex::as_str));
        set.map_err(|_| self.problem("these patterns are too large together", "use fewer or simpler patterns")).ok()
    }

    /// Reads a plain selector.
    pub(super) fn selector(&self) -> Option<Selector> {
        let candidate = self.plain_candidate()?;
        if let Some(attribute) = &candidate.attribute {
            self.problem(
                format!("`{}` takes elements, not attributes", self.key()),
                format!("leave out ` @{attribute}`"),
            );
            return None;
        }
        Some(candidate.selector)
    }

    /// Reads a candidate: `"css"`, `"css @attribute"` or `{ select = …, pattern = … }`.
    pub(super) fn candidate(&self) -> Option<Candidate> {
        if !matches!(self.raw(), DeValue::Table(_)) {
            return self.plain_candidate();
        }
        let mut table = self.table_of(CANDIDATE)?;
        let select = table.take("select");
        let pattern = table.take("pattern");
        table.finish();
        let regex = pattern.as_ref().map(Value::regex);
        let plain = select?.plain_candidate()?;
        match regex {
            None => Some(plain),
            Some(regex) => Some(Candidate { pattern: Some(regex?), ..plain }),
        }
    }

    fn plain_candidate(&self) -> Option<Candidate> {
        let text = self.filled()?;
        match Candidate::parse(text, None) {
            Ok(candidate) => Some(candidate),
            Err(CandidateError::Selector { selector, reason }) => {
                let hint = "a CSS selector, maybe followed by ` @attribute`: \"h1.title\", \"time @datetime\"";
                self.problem(format!("`{selector}` is not a CSS selector: {}", in_words(&last_line(&reason))), hint);
                None
            }
            Err(CandidateError::Pattern { pattern, reason }) => {
                self.bad_regex(&pattern, &reason);
                None
            }
        }
    }

    /// Reads a day.
    pub(super) fn date(&self) -> Option<Date> {
        let DeValue::Datetime(moment) = self.raw() else {
            self.wrong_type("a date");
            return None;
        };
        let (Some(day), None) = (moment.date, moment.time) else {
            self.problem(format!("`{}` must be a day, without a time", self.key()), self.hint());
            return None;
        };
        let parts = (i16::try_from(day.year), i8::try_from(day.month), i8::try_from(day.day));
        let (Ok(year), Ok(month), Ok(day)) = parts else { return None };
        Date::new(year, month, day).ok()
    }

    /// Reads whether the first number of a date is the day or the month.
    pub(super) fn date_order(&self) -> Option<DateOrder> {
        self.word().map(|word| if word == "month-first" { DateOrder::MonthFirst } else { DateOrder::DayFirst })
    }
}

/// Converts a name of the selector parser's errors, such as `ClassNeedsIdent`, into words.
fn in_words(name: &str) -> String {
    if name.contains(' ') {
        return name.to_owned();
    }
    let spaced = |letter: char| {
        let begins = letter.is_ascii_uppercase();
        begins.then_some(' ').into_iter().chain(std::iter::once(letter.to_ascii_lowercase()))
    };
    name.chars().flat_map(spaced).collect::<String>().trim_start().to_owned()
}

/// Returns the last line of an error with a drawing: the sentence itself.
fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(text);
    line.trim().trim_start_matches("error: ").to_owned()
}

/// Returns a set that matches nothing. All portals share one, since each set takes kilobytes, and there may be ten thousand portals.
pub(super) fn no_patterns() -> RegexSet {
    static NONE: LazyLock<RegexSet> = LazyLock::new(RegexSet::empty);
    NONE.clone()
}
