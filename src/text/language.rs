//! The languages of messages and pages, and how each writes days and moments. All times are +07:00, which has no daylight saving time.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::civil::DateTime;
use jiff::civil::Weekday;

use crate::text::date::VIETNAM;

/// A language of messages and pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vietnamese,
    /// English.
    English,
}

impl Language {
    /// Languages by their BCP 47 tags.
    pub const WORDS: [(&'static str, Language); 2] = [("vi", Language::Vietnamese), ("en", Language::English)];

    /// Returns the BCP 47 tag.
    pub fn tag(self) -> &'static str {
        self.pick("vi", "en")
    }

    /// Returns one of two texts.
    pub fn pick<T>(self, vietnamese: T, english: T) -> T {
        match self {
            Language::Vietnamese => vietnamese,
            Language::English => english,
        }
    }

    /// Writes a day: `29/11/2026`, `29 Nov 2026`.
    pub fn day(self, date: Date) -> String {
        date.strftime(self.pick("%d/%m/%Y", "%-d %b %Y")).to_string()
    }

    /// Writes a day with its weekday: `Chủ nhật, 29/11/2026`, `Sunday, 29 Nov 2026`.
    pub fn weekday(self, date: Date) -> String {
        let (vietnamese, english) = match date.weekday() {
            Weekday::Monday => ("Thứ Hai", "Monday"),
            Weekday::Tuesday => ("Thứ Ba", "Tuesday"),
            Weekday::Wednesday => ("Thứ Tư", "Wednesday"),
            Weekday::Thursday => ("Thứ Năm", "Thursday"),
            Weekday::Friday => ("Thứ Sáu", "Friday"),
            Weekday::Saturday => ("Thứ Bảy", "Saturday"),
            Weekday::Sunday => ("Chủ nhật", "Sunday"),
        };
        format!("{}, {}", self.pick(vietnamese, english), self.day(date))
    }

    /// Writes a moment to the minute: `29/11/2026 07:05`, `29 Nov 2026, 07:05`.
    pub fn minute(self, at: Timestamp) -> String {
        local(at).strftime(self.pick("%d/%m/%Y %H:%M", "%-d %b %Y, %H:%M")).to_string()
    }
}

/// Returns the time of day in Vietnam.
pub fn local(at: Timestamp) -> DateTime {
    VIETNAM.to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_people_write_them() {
        let at: Timestamp = "2026-11-28T23:05:00Z".parse().unwrap();
        let date = local(at).date();
        for (language, day, weekday, minute) in [
            (Language::Vietnamese, "29/11/2026", "Chủ nhật, 29/11/2026", "29/11/2026 06:05"),
            (Language::English, "29 Nov 2026", "Sunday, 29 Nov 2026", "29 Nov 2026, 06:05"),
        ] {
            assert_eq!(
                (language.day(date), language.weekday(date), language.minute(at)),
                (day.into(), weekday.into(), minute.into())
            );
        }
        assert!(Language::WORDS.iter().all(|(tag, language)| language.tag() == *tag));
    }
}
