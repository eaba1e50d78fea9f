//! Formats moments for people, in +07:00.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::text::date::Precision;
use crate::text::date::rfc3339;
use crate::text::language::Language;
use crate::text::language::local;
use crate::web::words::Word;

/// A moment as a page shows it: short text, full text and the machine-readable form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) title: String,
    pub(super) machine: String,
}

/// The date of a day number (days since 1970).
pub(super) fn date_of(day: i64) -> Date {
    let at = Timestamp::from_second(day.saturating_mul(86_400)).unwrap_or(Timestamp::UNIX_EPOCH);
    Offset::UTC.to_datetime(at).date()
}

/// The day number of a date (days since 1970).
pub(super) fn number_of(date: Date) -> i64 {
    Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())).map_or(0, |at| at.as_second() / 86_400)
}

/// "Thứ Hai, 15/03/2021" or "Monday, 15 Mar 2021"; today and yesterday by name.
pub(super) fn day_heading(language: Language, date: Date, today: Date) -> String {
    if date == today {
        return language.of(Word::Today).to_owned();
    }
    if Some(date) == today.yesterday().ok() {
        return language.of(Word::Yesterday).to_owned();
    }
    language.weekday(date)
}

/// A publication moment as lists show it: relative within a day, then the date, with the time if it is known.
pub(super) fn published(language: Language, at: Timestamp, precision: Option<Precision>, now: Timestamp) -> Shown {
    let has_time = !matches!(precision, Some(Precision::Day));
    let age = now.as_second() - at.as_second();
    let (date, today) = (local(at).date(), local(now).date());
    let text = match (has_time, age) {
        (true, 0..86_400) => ago(language, at, now),
        (true, _) => language.minute(at),
        (false, _) if date == today => language.of(Word::Today).to_lowercase(),
        (false, _) => language.day(date),
    };
    let title = if has_time { format!("{} (+07:00)", language.minute(at)) } else { language.day(date) };
    let machine = if has_time { rfc3339(at) } else { date.to_string() };
    Shown { text, title, machine }
}

/// The same, from a record's fields. A missing date is shown as unknown.
pub(super) fn of_record(
    language: Language,
    date_published: Option<&str>,
    precision: Option<Precision>,
    now: Timestamp,
) -> Option<Shown> {
    let at = date_published?.parse::<Timestamp>().ok()?;
    Some(published(language, at, precision, now))
}

/// How long ago a moment was, in words.
pub(super) fn ago(language: Language, at: Timestamp, now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second() - at.as_second()).unwrap_or(0);
    let span = language.span(seconds);
    format!("{span} {}", language.of(Word::Ago))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VI: Language = Language::Vietnamese;
    const EN: Language = Language::English;

    #[test]
    fn days_and_moments_in_both_languages() {
        let at: Timestamp = "2021-03-15T09:05:00+07:00".parse().unwrap();
        assert_eq!(VI.minute(at), "15/03/2021 09:05");
        assert_eq!(EN.minute(at), "15 Mar 2021, 09:05");
        let today = local(at).date();
        assert_eq!(day_heading(VI, today, today), "Hôm nay");
        assert_eq!(day_heading(VI, today, today.tomorrow().unwrap()), "Hôm qua");
        assert_eq!(day_heading(VI, today, today.saturating_add(jiff::Span::new().days(9))), "Thứ Hai, 15/03/2021");
        assert_eq!(date_of(number_of(today)), today);
        assert_eq!(number_of(today), crate::query::article::day(at));
    }

    #[test]
    fn a_list_shows_hours_for_a_day_and_no_time_where_none_is_known() {
        let now: Timestamp = "2026-11-29T12:00:00+07:00".parse().unwrap();
        let shown = |text: &str, precision| published(VI, text.parse().unwrap(), precision, now).text;
        assert_eq!(shown("2026-11-29T10:00:00+07:00", None), "2 giờ trước");
        assert_eq!(shown("2026-11-28T11:00:00+07:00", None), "28/11/2026 11:00");
        assert_eq!(shown("2026-11-29T00:00:00+07:00", Some(Precision::Day)), "hôm nay");
        assert_eq!(shown("2026-11-28T00:00:00+07:00", Some(Precision::Day)), "28/11/2026");
        assert_eq!(shown("2026-11-30T00:00:00+07:00", None), "30/11/2026 00:00");
        assert_eq!(of_record(VI, None, None, now), None);
    }
}
