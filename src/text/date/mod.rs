//! Dates as Vietnamese portals print them.
//!
//! A text is split into tokens once (`token`). Then times of day (`clock`) and days (`calendar`) are found in it. A day and a time are joined if only
//! spaces, commas, dashes, brackets or words such as `lúc` separate them. The day is the first number unless a source says otherwise or the second
//! number is above 12. Weekdays are skipped without a check.
//!
//! A date needs day, month and year: "15/3", "tháng 8.2019", "3 giờ trước" and "2021-2026" give no date. Nothing ever falls back to today. Two days
//! with a dash or "đến" between them are a period, not a date.
//!
//! A time without a zone is read as +07:00. That is a fixed offset, not `Asia/Ho_Chi_Minh`, whose offsets differ before 13 June 1975: no portal
//! publishes dates that early, and a fixed offset needs no tz database. If a time's zone is printed but unknown, only the day is kept.
mod address;
mod calendar;
mod clock;
mod label;
mod machine;
mod month;
mod token;
mod zone;

use std::ops::Range;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::url::PageUrl;

use self::clock::TimeOfDay;
use self::clock::TimeSpan;
use self::token::Line;

pub use self::label::Role;

/// A moment stated by a page or a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// The moment. Fields finer than the precision are zero in +07:00.
    pub at: Timestamp,
    /// How exact the moment is.
    pub precision: Precision,
    /// The printed text, trimmed and cut to [`RAW_CHARACTERS`] characters.
    pub raw: String,
    /// Seconds east of UTC, if the text stated a zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<i32>,
}

/// How exact a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// A day.
    Day,
    /// A minute. A bare hour ("9 giờ") is read as its first minute.
    Minute,
    /// A second. Fractions are dropped.
    Second,
}

/// Which number of `05/03/2021` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// Day first, the Vietnamese convention.
    #[default]
    DayFirst,
    /// Month first: the source prints `9/5/2026` for 5 September.
    MonthFirst,
}

/// Years that an article may have. Earlier years are sentinels (0001, 1970) or history; later ones are sentinels (9999) or errors.
pub const YEARS: RangeInclusive<i16> = 1990..=2099;

/// Maximum number of characters kept of the printed text: enough for any date with its label, but not for a page caught by mistake.
pub const RAW_CHARACTERS: usize = 200;

/// Maximum number of characters of the printed text that a warning shows.
const SHOWN_CHARACTERS: usize = 60;

/// Maximum number of tokens between a date and its time (", lúc (" is three).
const MAX_GAP: usize = 8;

/// The time zone of the portals. It has had no daylight saving time since 1975.
pub const VIETNAM: Offset = Offset::constant(7);

/// Reads the text of a date element, an attribute, a meta element, or a feed or JSON value.
///
/// The text may have a label before the date and other words after it. If there are several dates, the one labeled as the publication date wins;
/// otherwise the first. Only the first 1,000 characters are read. A text that is only a number may be `20210315`, `20210315080000`, or Unix seconds
/// or milliseconds.
///
/// ```
/// use tintinh::text::date;
/// let dated = date::read("Thứ hai, 05/03/2018 | 09:30", date::DateOrder::DayFirst).unwrap();
/// assert_eq!(date::rfc3339(dated.at), "2018-03-05T09:30:00+07:00");
/// assert_eq!(dated.precision, date::Precision::Minute);
/// assert_eq!(date::read("3 giờ trước", date::DateOrder::DayFirst), None);
/// ```
pub fn read(text: &str, order: DateOrder) -> Option<Dated> {
    read_line(text, order, false)
}

/// Reads a value from a feed, a sitemap or an API. Works like [`read`], but expects nothing besides the date, so that anything after the time is a
/// zone.
///
/// `16:13 -05:00` is an offset, not a period; `+8` and `msk` are zones. If the zone is unknown, only the day is kept (see [`zone_warning`]).
pub fn read_value(text: &str, order: DateOrder) -> Option<Dated> {
    read_line(text, order, true)
}

/// Returns a warning if only the day of a date was kept because its zone is unknown.
pub fn zone_warning(dated: &Dated) -> Option<String> {
    let raw: String = dated.raw.chars().take(SHOWN_CHARACTERS).collect();
    has_unknown_zone(dated).then(|| format!("a zone that is not known, only the day is kept: {raw}"))
}

/// Returns which number of `12/31/2026` is the day. Dates with one number above 12 show it; None if there are none or they disagree.
pub fn shown_order<'a>(texts: impl Iterator<Item = &'a str>) -> Option<DateOrder> {
    let shown = |text: &str| {
        let parts = IN_FIGURES.captures(text)?;
        match (parts[1].parse::<u8>().ok()?, parts[2].parse::<u8>().ok()?) {
            (1..=12, 13..=31) => Some(DateOrder::MonthFirst),
            (13..=31, 1..=12) => Some(DateOrder::DayFirst),
            _ => None,
        }
    };
    let mut orders = texts.filter_map(shown);
    let first = orders.next()?;
    orders.all(|order| order == first).then_some(first)
}

/// `12/31/2026`.
static IN_FIGURES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b([0-9]{1,2})[/.-]([0-9]{1,2})[/.-][0-9]{4}\b").expect("a constant pattern"));

/// Whether a date of day precision has a time with an unknown zone. Its moment cannot be known, and assuming Vietnamese time would be a guess.
fn has_unknown_zone(dated: &Dated) -> bool {
    dated.precision == Precision::Day
        && clock::times(&Line::new(&dated.raw), true).iter().any(|time| time.unknown_zone && time.time.is_some())
}

fn read_line(text: &str, order: DateOrder, machine: bool) -> Option<Dated> {
    let line = Line::new(text);
    if let Some(moment) = machine::read(&line) {
        return Some(moment.dated(text));
    }
    let found = scan(&line, order, machine);
    let published = label::labels(&line, &found).position(|label| label.role == Some(Role::Published));
    Some(found.get(published.unwrap_or(0))?.moment.dated(text))
}

/// Reads every labeled date of a line, in order. "Ngày đăng: 05/03/2018 | Cập nhật: 06/03/2018 09:30" has two.
///
/// A portal that prints only one date often labels it "Cập nhật". The caller has to decide what that means. `raw` extends from the label to the end
/// of the date.
pub fn read_roles(text: &str, order: DateOrder) -> Vec<(Role, Dated)> {
    let line = Line::new(text);
    let found = scan(&line, order, false);
    let labels = label::labels(&line, &found);
    found
        .iter()
        .zip(labels)
        .filter_map(|(found, label)| {
            let raw = line.slice(label.start..found.tokens.end);
            Some((label.role?, found.moment.dated(raw)))
        })
        .collect()
}

/// Finds an article's date by its label ("Ngày đăng:", "Cập nhật lúc") in a line that may be anything.
///
/// This is stricter than [`read_roles`], because the line may be prose. The label must end in a colon; otherwise it must begin a segment (or with a
/// capital), and the date must end one. "Đăng …" wins over "Cập nhật …". Dates of documents (ban hành, hiệu lực), licenses and events are never
/// returned. The day is first.
pub fn find_labelled(text: &str) -> Option<Dated> {
    let line = Line::new(text);
    let found = scan(&line, DateOrder::DayFirst, false);
    let labels: Vec<_> = label::labels(&line, &found).collect();
    let with_role = |role| {
        let index = labels.iter().position(|label| label.role == Some(role) && label.marked)?;
        let raw = line.slice(labels.get(index)?.start..found.get(index)?.tokens.end);
        Some(found.get(index)?.moment.dated(raw))
    };
    with_role(Role::Published).or_else(|| with_role(Role::Modified))
}

/// Returns the parts of a line outside its dates: "12/05/2026 | Lan Chi" → "| Lan Chi". The day is first.
pub fn beside(text: &str) -> Vec<&str> {
    let line = Line::new(text);
    let found = scan(&line, DateOrder::DayFirst, false);
    line.without(found.into_iter().map(|found| found.tokens))
}

/// Returns the parts of a line outside its dates and their labels: "Ngày đăng: 12/05/2026 | Lượt xem: 7" → "| Lượt xem: 7". The day is first.
pub fn beside_labels(text: &str) -> Vec<&str> {
    let line = Line::new(text);
    let found = scan(&line, DateOrder::DayFirst, false);
    let starts: Vec<usize> = label::labels(&line, &found).map(|label| label.start).collect();
    line.without(starts.into_iter().zip(found).map(|(start, found)| start..found.tokens.end))
}

/// Reads a date from a URL. Use it only as a fallback: dates in URLs are minutes to a day earlier than the printed ones.
///
/// Accepts `/2021-03-15/`, `/2021/03/15/` and `/20210315/` in the path, and at the end of its last segment the timestamps `YYYYMMDDHHMMSS…` and
/// `NNNYYMMDDHHMMSS…` with which content management systems number articles. Ignores the query.
pub fn read_url(url: &PageUrl) -> Option<Dated> {
    address::read(url.as_url().path())
}

/// Formats as RFC 3339 in the zone that the text stated, or +07:00 without one. Foreign pages need this, because +07:00 could change the day.
pub fn rfc3339_as_published(dated: &Dated) -> String {
    let offset = dated.offset.and_then(|seconds| Offset::from_seconds(seconds).ok()).unwrap_or(VIETNAM);
    let whole = Timestamp::from_second(dated.at.as_second()).unwrap_or(dated.at);
    whole.display_with_offset(offset).to_string()
}

/// Formats as RFC 3339 in +07:00, to the second: `2019-04-11T15:01:00+07:00`.
pub fn rfc3339(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    whole.display_with_offset(VIETNAM).to_string()
}

/// Formats as RFC 3339 in +07:00, to the millisecond, for logs: `2019-04-11T15:01:00.250+07:00`.
pub fn rfc3339_millis(at: Timestamp) -> String {
    format!("{:.3}", at.display_with_offset(VIETNAM))
}

/// Whether two dates are on the same day in +07:00.
pub fn same_day(one: &Dated, other: &Dated) -> bool {
    let day = |dated: &Dated| rfc3339(dated.at).get(..10).map(str::to_owned);
    day(one) == day(other)
}

/// A moment and its precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Moment {
    at: Timestamp,
    precision: Precision,
    zone: Option<Offset>,
}

impl Moment {
    /// Joins a day and its time, if known. Without a time, zones are ignored.
    fn new(day: Date, time: Option<TimeOfDay>) -> Option<Moment> {
        let Some(time) = time else {
            let at = VIETNAM.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
            return Some(Moment { at, precision: Precision::Day, zone: None });
        };
        let (day, hour) = if time.hour == 24 { (day.tomorrow().ok()?, 0) } else { (day, time.hour) };
        let civil = day.at(hour, time.minute, time.second.unwrap_or(0), 0);
        let at = time.zone.unwrap_or(VIETNAM).to_timestamp(civil).ok()?;
        let precision = if time.second.is_some() { Precision::Second } else { Precision::Minute };
        Some(Moment { at, precision, zone: time.zone })
    }

    /// Returns the moment for Unix seconds. None if its year is not in [`YEARS`].
    fn of_epoch(seconds: i64) -> Option<Moment> {
        let at = Timestamp::from_second(seconds).ok()?;
        YEARS.contains(&VIETNAM.to_datetime(at).year()).then_some(Moment {
            at,
            precision: Precision::Second,
            zone: None,
        })
    }

    fn dated(self, printed: &str) -> Dated {
        let outer = |character: char| character.is_whitespace() || matches!(character, '\u{200B}' | '\u{FEFF}');
        let raw = printed.trim_matches(outer).chars().take(RAW_CHARACTERS).collect();
        Dated { at: self.at, precision: self.precision, raw, offset: self.zone.map(Offset::seconds) }
    }
}

/// A date and its time in a line.
struct TimedDate {
    /// The tokens from the first to the last of day and time.
    tokens: Range<usize>,
    moment: Moment,
}

/// Finds every date of a line, in order, with its time.
fn scan(line: &Line<'_>, order: DateOrder, machine: bool) -> Vec<TimedDate> {
    let times = clock::times(line, machine);
    let joiners = label::joiners(line);
    let days = calendar::dates(line, &times, &joiners, order);
    let mut found = Vec::new();
    let mut floor = 0;
    for (index, day) in days.iter().enumerate() {
        let ceiling = days.get(index + 1).map_or(line.len(), |next| next.tokens.start);
        let time = match day.inner_time {
            Some(inner) => times.get(inner),
            None => TimeSearch { times: &times, joiners: &joiners, floor, ceiling }.time_of(&day.tokens),
        };
        let mut tokens = day.tokens.clone();
        if let Some(time) = time {
            tokens = tokens.start.min(time.tokens.start)..tokens.end.max(time.tokens.end);
        }
        if !label::is_period(line, &days, index)
            && let Some(moment) = moment_of(line, day, time)
        {
            found.push(TimedDate { tokens: tokens.clone(), moment });
        }
        floor = tokens.end;
    }
    found
}

/// Returns the moment of a day and its time. None if either is impossible: if one half is wrong, both are doubtful. If the zone is unknown, only the
/// day is kept.
fn moment_of(line: &Line<'_>, day: &calendar::DateSpan, time: Option<&TimeSpan>) -> Option<Moment> {
    let Some(span) = time else { return Moment::new(day.date?, None) };
    let mut time = span.time?;
    let mut unknown_zone = span.unknown_zone;
    if time.zone.is_none()
        && span.tokens.end <= day.tokens.end
        && let Some((zone, _)) = zone::zone_at(line, day.tokens.end, false)
    {
        time.zone = zone.offset();
        unknown_zone = time.zone.is_none();
    }
    Moment::new(day.date?, Some(time).filter(|_| !unknown_zone))
}

/// The search for a day's time between the previous date (`floor`) and the next one (`ceiling`).
struct TimeSearch<'a> {
    times: &'a [TimeSpan],
    joiners: &'a [bool],
    floor: usize,
    ceiling: usize,
}

impl<'a> TimeSearch<'a> {
    /// Returns the time after the day or, if there is none, the time before it. A time that is adjacent to the next date belongs to that date, if
    /// this day has another time.
    fn time_of(&self, day: &Range<usize>) -> Option<&'a TimeSpan> {
        let after = self.times.iter().find(|time| time.tokens.start >= day.end);
        let after = after.filter(|time| time.tokens.end <= self.ceiling && self.joins(day.end, time.tokens.start));
        let before = self.times.iter().rev().find(|time| time.tokens.end <= day.start);
        let before = before.filter(|time| time.tokens.start >= self.floor && self.joins(time.tokens.end, day.start));
        match (before, after) {
            (Some(before), Some(after)) if self.is_taken(after) => Some(before),
            (before, after) => after.or(before),
        }
    }

    fn is_taken(&self, time: &TimeSpan) -> bool {
        self.ceiling < self.joiners.len() && self.joins(time.tokens.end, self.ceiling)
    }

    fn joins(&self, from: usize, to: usize) -> bool {
        to.saturating_sub(from) <= MAX_GAP
            && self.joiners.get(from..to).is_some_and(|gap| gap.iter().all(|joiner| *joiner))
    }
}

#[cfg(test)]
mod tests;
