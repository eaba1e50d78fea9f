//! When a watch tells, and how a message writes moments. All times are +07:00, which has no daylight saving time.

use std::fmt;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::model::record::Record;
use crate::text::date::Precision;
use crate::text::date::VIETNAM;
use crate::text::language::Language;
use crate::text::language::local;

/// When a watch tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rhythm {
    /// Each story as soon as it is found.
    AtOnce,
    /// What was found, at each full hour.
    Hourly,
    /// What was found, at a minute of the day.
    Daily(u16),
}

impl Default for Rhythm {
    /// Seven in the morning.
    fn default() -> Rhythm {
        Rhythm::Daily(7 * 60)
    }
}

impl Rhythm {
    /// Reads `at once`, `hourly` or `daily 07:00`.
    ///
    /// # Errors
    /// If it is none of them.
    pub fn read(text: &str) -> Result<Rhythm, String> {
        let wrong = || format!("`{text}` is no rhythm: \"at once\", \"hourly\" or \"daily 07:00\"");
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["at", "once"] => Ok(Rhythm::AtOnce),
            ["hourly"] => Ok(Rhythm::Hourly),
            ["daily", time] => minute(time).map(Rhythm::Daily).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }

    /// The minute of the day of a daily digest.
    fn minute(self) -> Option<u16> {
        match self {
            Rhythm::AtOnce | Rhythm::Hourly => None,
            Rhythm::Daily(minute) => Some(minute),
        }
    }

    /// Whether it is one message a day, which comes even where nothing was found.
    pub fn is_daily(self) -> bool {
        self.minute().is_some()
    }

    /// The next moment to tell after one; at once: the moment itself.
    pub fn after(self, moment: Timestamp) -> Timestamp {
        let (length, first) = match (self, self.minute()) {
            (Rhythm::AtOnce, _) => return moment,
            (_, None) => (3600, 0),
            (_, Some(minute)) => (24 * 3600, i64::from(minute) * 60),
        };
        let local = moment.as_second() + i64::from(VIETNAM.seconds());
        let past = (local - first).rem_euclid(length);
        let next = moment.as_second() - past + length;
        Timestamp::from_second(next).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for Rhythm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rhythm::AtOnce => formatter.write_str("at once"),
            Rhythm::Hourly => formatter.write_str("hourly"),
            Rhythm::Daily(minute) => write!(formatter, "daily {:02}:{:02}", minute / 60, minute % 60),
        }
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| (text.len() == 2).then(|| text.parse::<u16>().ok()).flatten();
    let (hour, minute) = (number(hour)?, number(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// A moment to the minute, within a sentence: `07:05 ngày 29/11/2026`, `29 Nov 2026, 07:05`.
pub fn clock_of(moment: Timestamp, language: Language) -> String {
    match language {
        Language::English => language.minute(moment),
        Language::Vietnamese => local(moment).strftime("%H:%M ngày %d/%m/%Y").to_string(),
    }
}

/// A moment of a record as a message says it: a day without a time where that is all that is known, and no day where nothing is.
pub fn published(at: Option<&str>, precision: Option<Precision>, language: Language) -> String {
    match at.and_then(|text| text.parse::<Timestamp>().ok()) {
        None => language.pick("không rõ ngày", "date unknown").to_owned(),
        Some(at) if precision == Some(Precision::Day) => language.day(local(at).date()),
        Some(at) => language.minute(at),
    }
}

/// How old an article was when it was fetched; `None` where that is not known.
pub fn age(record: &Record) -> Option<SignedDuration> {
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    Some(moment(&record.date_fetched)?.duration_since(moment(record.date_published.as_deref()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn rhythms_are_read_and_nothing_else() {
        assert_eq!(Rhythm::read("at once"), Ok(Rhythm::AtOnce));
        assert_eq!(Rhythm::read("hourly"), Ok(Rhythm::Hourly));
        assert_eq!(Rhythm::read("daily 16:30"), Ok(Rhythm::Daily(990)));
        for wrong in ["", "daily 7", "daily 24:00", "daily 07:60", "daily 7:00", "weekly", "at once now"] {
            assert!(Rhythm::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_next_moment_is_after_the_present_one_and_in_the_time_of_vietnam() {
        let seven = Rhythm::Daily(7 * 60);
        assert_eq!(seven.after(at("2026-11-28T23:59:00Z")), at("2026-11-29T00:00:00Z"));
        assert_eq!(seven.after(at("2026-11-29T00:00:00Z")), at("2026-11-30T00:00:00Z"));
        assert_eq!(Rhythm::Hourly.after(at("2026-11-29T00:00:01Z")), at("2026-11-29T01:00:00Z"));
        assert_eq!(Rhythm::AtOnce.after(at("2026-11-29T00:00:01Z")), at("2026-11-29T00:00:01Z"));
        assert_eq!(Rhythm::Daily(30).after(at("2026-11-29T17:29:59Z")), at("2026-11-29T17:30:00Z"));
    }
}
