//! Values as the domain knows them: texts, numbers within bounds, durations, addresses, patterns, selectors, dates.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::civil::Date;
use regex::Regex;
use regex::RegexSet;
use scraper::Selector;
use toml::de::DeValue;

use crate::config::reader::Value;
use crate::config::units;
use crate::html::select::Candidate;
use crate::html::select::CandidateError;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

impl<'a> Value<'a> {
    /// A text, which may be empty.
    pub(super) fn text(&self, example: &str) -> Option<&'a str> {
        let DeValue::String(text) = self.raw() else {
            self.wrong_type("a string", example);
            return None;
        };
        Some(text.as_ref())
    }

    /// A text that says something; blanks around it are dropped.
    pub(super) fn filled(&self, example: &str) -> Option<&'a str> {
        let text = self.text(example)?.trim();
        if text.is_empty() {
            self.problem(
                format!("`{}` is empty", self.key()),
                format!("write it as in {example}, or leave the key out"),
            );
            return None;
        }
        Some(text)
    }

    /// What a reader of texts makes of the text; its error is reported.
    pub(super) fn parsed<T>(&self, example: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(example)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.problem(reason, format!("write it as in {example}"));
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let all: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let text = self.text(&format!("{} = {}", self.key(), all.first().map_or("", String::as_str)))?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let hint = match units::nearest(text, words.iter().map(|(word, _)| *word)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("one of {}", all.join(", ")),
        };
        self.problem(format!("`{text}` is no value of `{}`", self.key()), hint);
        None
    }

    /// `true` or `false`.
    pub(super) fn flag(&self) -> Option<bool> {
        let DeValue::Boolean(flag) = self.raw() else {
            self.wrong_type("true or false", &format!("{} = true", self.key()));
            return None;
        };
        Some(*flag)
    }

    /// A whole number within bounds.
    pub(super) fn number<N>(&self, bounds: RangeInclusive<N>) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + Display,
    {
        let DeValue::Integer(digits) = self.raw() else {
            self.wrong_type("a whole number", &format!("{} = {}", self.key(), bounds.start()));
            return None;
        };
        let number =
            i64::from_str_radix(digits.as_str(), digits.radix()).ok().and_then(|number| N::try_from(number).ok());
        let within = number.filter(|number| bounds.contains(number));
        if within.is_none() {
            let message = format!("`{}` is out of bounds", self.key());
            self.problem(message, format!("a whole number from {} to {}", bounds.start(), bounds.end()));
        }
        within
    }

    /// A duration within bounds.
    pub(super) fn duration(&self, bounds: RangeInclusive<Duration>) -> Option<Duration> {
        if let DeValue::Integer(number) = self.raw() {
            let message = format!("`{}` must be a duration, and is a bare number", self.key());
            self.problem(message, format!("say the unit: {} = \"{number}s\"", self.key()));
            return None;
        }
        let duration = self.parsed("\"30s\", \"5m\", \"2h\" or \"7d\"", units::duration)?;
        self.within(duration, &bounds, units::show_duration)
    }

    /// A size in bytes within bounds.
    pub(super) fn size(&self, bounds: RangeInclusive<u64>) -> Option<u64> {
        if let DeValue::Integer(number) = self.raw() {
            let message = format!("`{}` must be a size, and is a bare number", self.key());
            self.problem(message, format!("say the unit: {} = \"{number} B\"", self.key()));
            return None;
        }
        let size = self.parsed("\"500 KiB\" or \"16 MiB\"", units::size)?;
        self.within(size, &bounds, units::show_size)
    }

    fn within<T: PartialOrd + Copy>(&self, value: T, bounds: &RangeInclusive<T>, show: fn(T) -> String) -> Option<T> {
        if bounds.contains(&value) {
            return Some(value);
        }
        let hint = format!("from {} to {}", show(*bounds.start()), show(*bounds.end()));
        self.problem(format!("`{}` is out of bounds: {}", self.key(), show(value)), hint);
        None
    }

    /// The address of a page; relative ones are resolved where a base is given.
    pub(super) fn url(&self, base: Option<&PageUrl>) -> Option<PageUrl> {
        self.parsed("\"https://example.vn/path\"", |text| {
            let url = match base {
                Some(base) => base.join(text),
                None => PageUrl::parse(text),
            };
            url.map_err(|error| format!("`{text}` is no address of a page: {error}"))
        })
    }

    /// A regular expression.
    pub(super) fn regex(&self) -> Option<Regex> {
        let text = self.text("'^/tin-tuc/'")?;
        match Regex::new(text) {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.bad_regex(text, &last_line(&error.to_string()));
                None
            }
        }
    }

    fn bad_regex(&self, text: &str, reason: &str) {
        let hint =
            "regular expressions are those of Rust's regex crate; between single quotes backslashes need no doubling";
        self.problem(format!("`{text}` is no regular expression: {reason}"), hint);
    }

    /// A list of regular expressions (or one).
    pub(super) fn regexes(&self) -> RegexSet {
        let regexes: Vec<Regex> = self.one_or_many().iter().filter_map(Value::regex).collect();
        RegexSet::new(regexes.iter().map(Regex::as_str)).unwrap_or_else(|_| {
            self.problem("these patterns are too large together", "use fewer or simpler patterns");
            no_patterns()
        })
    }

    /// A list of texts (or one).
    pub(super) fn texts(&self, example: &str) -> Vec<&'a str> {
        self.one_or_many().iter().filter_map(|value| value.filled(example)).collect()
    }

    /// A list of plain selectors (or one).
    pub(super) fn selectors(&self) -> Vec<Selector> {
        self.one_or_many().iter().filter_map(Value::selector).collect()
    }

    fn selector(&self) -> Option<Selector> {
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

    /// A candidate list: `"css"`, `"css @attribute"`, `{ select = …, pattern = … }`, or a list of these.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        self.one_or_many().iter().filter_map(Value::candidate).collect()
    }

    fn candidate(&self) -> Option<Candidate> {
        const EXAMPLE: &str = r#"{ select = "p.meta", pattern = 'Ngày (\S+)' }"#;
        if !matches!(self.raw(), DeValue::Table(_)) {
            return self.plain_candidate();
        }
        let mut table = self.table("CandidateTable", EXAMPLE)?;
        let select = table.require("select", &format!("write it as in {EXAMPLE}"));
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
        let text = self.filled("\"h1.title\" or \"time @datetime\"")?;
        match Candidate::parse(text, None) {
            Ok(candidate) => Some(candidate),
            Err(CandidateError::Selector { selector, reason }) => {
                let hint = "a CSS selector, maybe followed by ` @attribute`: \"h1.title\", \"time @datetime\"";
                self.problem(format!("`{selector}` is no CSS selector: {}", in_words(&last_line(&reason))), hint);
                None
            }
            Err(CandidateError::Pattern { pattern, reason }) => {
                self.bad_regex(&pattern, &reason);
                None
            }
        }
    }

    /// A day.
    pub(super) fn date(&self) -> Option<Date> {
        let DeValue::Datetime(moment) = self.raw() else {
            self.wrong_type("a date", &format!("{} = 2019-01-01, without quotes", self.key()));
            return None;
        };
        let (Some(day), None) = (moment.date, moment.time) else {
            self.problem(format!("`{}` must be a day, without a time", self.key()), "write it as in 2019-01-01");
            return None;
        };
        let parts = (i16::try_from(day.year), i8::try_from(day.month), i8::try_from(day.day));
        let (Ok(year), Ok(month), Ok(day)) = parts else { return None };
        Date::new(year, month, day).ok()
    }

    /// Which number of a date is the day.
    pub(super) fn date_order(&self) -> Option<DateOrder> {
        self.word(&[("day-first", DateOrder::DayFirst), ("month-first", DateOrder::MonthFirst)])
    }
}

/// The last line of an error that draws a picture: the sentence itself.
/// `ClassNeedsIdent`, as the selectors' parser names what it did not like, in words.
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

fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or(text);
    line.trim().trim_start_matches("error: ").to_owned()
}

/// A set that matches nothing: one for all, since each of its own takes kilobytes, and portals may be ten thousand.
pub(super) fn no_patterns() -> RegexSet {
    static NONE: LazyLock<RegexSet> = LazyLock::new(RegexSet::empty);
    NONE.clone()
}
