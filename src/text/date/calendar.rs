//! Finds days: `15/03/2021`, `2021-03-15`, `15 tháng 3 năm 2021`, `Tháng Mười Hai 29, 2013`, `15 Mar 2021`.
use std::ops::Range;

use jiff::civil::Date;

use super::DateOrder;
use super::YEARS;
use super::clock::TimeSpan;
use super::month::month_at;
use super::token::Line;

/// A day in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateSpan {
    /// The tokens of the day.
    pub(super) tokens: Range<usize>,
    /// The value. None if the text has the shape of a date but is impossible (31/02, a year outside [`YEARS`]).
    pub(super) date: Option<Date>,
    /// The index in `times` of the time that stands inside the day (`Jan 4 16:29:06 2004`).
    pub(super) inner_time: Option<usize>,
}

/// Finds every day of a line, in order. `times` are the line's times; `joiners` marks the tokens that may stand between a time and a date.
pub(super) fn dates(line: &Line<'_>, times: &[TimeSpan], joiners: &[bool], order: DateOrder) -> Vec<DateSpan> {
    let reader = Reader { line, times, joiners, order };
    let mut found: Vec<DateSpan> = Vec::new();
    let mut index = 0;
    while index < line.len() {
        match reader.date_at(index) {
            Some(span) => {
                index = span.tokens.end;
                found.push(span);
            }
            None => index += 1,
        }
    }
    found
}

/// Returns the date of these numbers, if it exists and its year is plausible.
pub(super) fn date_of(year: i64, month: i64, day: i64) -> Option<Date> {
    let year = i16::try_from(year).ok().filter(|year| YEARS.contains(year))?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Returns the year for two digits: 90–99 and 00–49. Values in between are not years of articles.
fn short_year(digits: i64) -> i64 {
    match digits {
        0..=49 => 2000 + digits,
        90..=99 => 1900 + digits,
        _ => 0,
    }
}

struct Reader<'a, 't> {
    line: &'a Line<'t>,
    times: &'a [TimeSpan],
    joiners: &'a [bool],
    order: DateOrder,
}

/// What separates the numbers of a date.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Separator {
    /// A space if there is no separator character.
    sign: char,
    spaced: bool,
}

/// A match of one date format. Its neighbors are not checked yet.
struct Shape {
    end: usize,
    date: Option<Date>,
    inner_time: Option<usize>,
    /// Whether letters may follow directly ("15/03/2021Lượt xem").
    letters_may_follow: bool,
}

impl Shape {
    fn new(end: usize, date: Option<Date>) -> Shape {
        Shape { end, date, inner_time: None, letters_may_follow: true }
    }
}

impl Reader<'_, '_> {
    fn date_at(&self, start: usize) -> Option<DateSpan> {
        if self.times.iter().any(|time| time.tokens.contains(&start)) {
            return None;
        }
        let shape = self
            .year_first(start)
            .or_else(|| self.year_last(start))
            .or_else(|| self.year_after_word(start))
            .or_else(|| self.day_then_month_word(start))
            .or_else(|| self.month_word_then_day(start))
            .or_else(|| self.chinese(start))?;
        if !self.starts_freely(start) || !self.ends_freely(shape.end, shape.letters_may_follow) {
            return None;
        }
        Some(DateSpan { tokens: start..shape.end, date: shape.date, inner_time: shape.inner_time })
    }

    /// `2021-03-15`
    fn year_first(&self, start: usize) -> Option<Shape> {
        let year = self.line.number(start, 4..=4)?;
        let separator = self.separator(start + 1).filter(|separator| separator.sign != ' ')?;
        let month = self.line.number(start + 2, 1..=2)?;
        if self.separator(start + 3)? != separator {
            return None;
        }
        let day = self.line.number(start + 4, 1..=2)?;
        Some(Shape { letters_may_follow: false, ..Shape::new(start + 5, date_of(year, month, day)) })
    }

    /// `15/03/2021`, `15 - 03 - 2021`, `15 03 2021`, `15 03, 2021`, `15/3/21`
    fn year_last(&self, start: usize) -> Option<Shape> {
        let first = self.line.number(start, 1..=2)?;
        let separator = self.separator(start + 1)?;
        let step = if separator.sign == ' ' { 1 } else { 2 };
        let second = self.line.number(start + step, 1..=2)?;
        let mut last = start + 2 * step;
        let padded = self.line.digits(start).len() == 2 && self.line.digits(start + step).len() == 2;
        if separator.sign == ' ' && padded && self.line.is_sign(last, ',') && !self.line.glued(last + 1) {
            last += 1;
        } else if self.separator(start + step + 1)? != separator {
            return None;
        }
        let (year, short) = match self.line.number(last, 4..=4) {
            Some(year) => (year, false),
            None => (short_year(self.short_year_at(start, step, separator)?), true),
        };
        let (day, month) = self.in_order(first, second);
        Some(Shape { letters_may_follow: !short, ..Shape::new(last + 1, date_of(year, month, day)) })
    }

    /// Returns a two-digit year. Such a year is accepted after slashes; after dots and dashes, only if all parts have two digits ("4.5.02" is a
    /// version).
    fn short_year_at(&self, start: usize, step: usize, separator: Separator) -> Option<i64> {
        let padded = self.line.digits(start).len() == 2 && self.line.digits(start + step).len() == 2;
        let believed = !separator.spaced && separator.sign != ' ' && (separator.sign == '/' || padded);
        if believed { self.line.number(start + 2 * step, 2..=2) } else { None }
    }

    /// `15/3 năm 2021`
    fn year_after_word(&self, start: usize) -> Option<Shape> {
        let first = self.line.number(start, 1..=2)?;
        self.separator(start + 1).filter(|separator| separator.sign != ' ')?;
        let second = self.line.number(start + 2, 1..=2)?;
        if self.line.word(start + 3) != "nam" {
            return None;
        }
        let year = self.line.number(start + 4, 4..=4)?;
        let (day, month) = self.in_order(first, second);
        Some(Shape::new(start + 5, date_of(year, month, day)))
    }

    /// Returns day and month in the source's order. If the numbers are impossible in that order, they are swapped.
    fn in_order(&self, first: i64, second: i64) -> (i64, i64) {
        match self.order {
            DateOrder::DayFirst if second > 12 && first <= 12 => (second, first),
            DateOrder::MonthFirst if first <= 12 || second > 12 => (second, first),
            _ => (first, second),
        }
    }

    /// `15 tháng 3 năm 2021`, `15 thg 3, 2021`, `15 T03 2021`, `15 Th3, 2021`, `15-Mar-2021`
    fn day_then_month_word(&self, start: usize) -> Option<Shape> {
        let day = self.line.number(start, 1..=2)?;
        let mut at = self.after_ordinal(start + 1);
        if matches!(self.line.sign(at), Some('.' | '-' | '/' | ',')) {
            at += 1;
        }
        if self.line.is_word(at, &["de", "of"]) {
            at += 1;
        }
        let month = month_at(self.line, at)?;
        at = month.end;
        if matches!(self.line.sign(at), Some(',' | '/' | '-' | '.')) {
            at += 1;
        }
        if self.line.is_word(at, &["nam", "de", "del"]) {
            at += 1;
        }
        let year = match self.line.number(at, 4..=4) {
            Some(year) => year,
            None if month.english && self.starts_time(at + 1) => short_year(self.line.number(at, 2..=2)?),
            None => return None,
        };
        Some(Shape::new(at + 1, date_of(year, month.number, day)))
    }

    /// `Tháng Mười Hai 29, 2013`, `March 30 2020`, `Jan 4 16:29:06 2004`
    fn month_word_then_day(&self, start: usize) -> Option<Shape> {
        let month = month_at(self.line, start)?;
        let day = self.line.number(month.end, 1..=2)?;
        let mut at = self.after_ordinal(month.end + 1);
        if self.line.is_sign(at, ',') {
            at += 1;
        }
        let inner_time = self.times.iter().position(|time| time.tokens.start == at);
        if let Some(time) = inner_time.and_then(|index| self.times.get(index)) {
            at = time.tokens.end;
        }
        let year = self.line.number(at, 4..=4)?;
        Some(Shape { inner_time, ..Shape::new(at + 1, date_of(year, month.number, day)) })
    }

    /// `2021年3月15日`, as Chinese, Japanese and (with their own characters) Korean pages print it
    fn chinese(&self, start: usize) -> Option<Shape> {
        const SIGNS: [[&str; 3]; 2] = [["年", "月", "日"], ["년", "월", "일"]];
        let [year, month, day] = [0, 2, 4].map(|offset| self.line.number(start + offset, 1..=4));
        let signs = |signs: &[&str; 3]| {
            (0..3).all(|at| signs.get(at).is_some_and(|sign| self.line.printed(start + 2 * at + 1) == *sign))
        };
        SIGNS.iter().any(signs).then_some(())?;
        Some(Shape::new(start + 6, date_of(year?, month?, day?)))
    }

    fn after_ordinal(&self, at: usize) -> usize {
        let ordinal = self.line.glued(at) && self.line.is_word(at, &["st", "nd", "rd", "th", "er", "e"]);
        if ordinal { at + 1 } else { at }
    }

    /// Returns the separator that begins at `at`, directly after a number.
    fn separator(&self, at: usize) -> Option<Separator> {
        let line = self.line;
        match line.sign(at) {
            Some(sign @ ('/' | '-' | '–' | '.')) => {
                let spaced = !line.glued(at) || !line.glued(at + 1);
                let even = line.glued(at) == line.glued(at + 1);
                match sign {
                    // People type "15/ 03/2021"; spaces around a slash mean nothing.
                    '/' => Some(Separator { sign, spaced: false }),
                    '.' if spaced => None,
                    _ if even => Some(Separator { sign, spaced }),
                    _ => None,
                }
            }
            None if !line.digits(at).is_empty() => Some(Separator { sign: ' ', spaced: true }),
            _ => None,
        }
    }

    /// Whether a date may start here. It must not start inside a longer number ("0905.15.03.21"), a decree ("47/15/03/2021") or a document's number.
    fn starts_freely(&self, start: usize) -> bool {
        let line = self.line;
        let Some(before) = start.checked_sub(1) else { return true };
        let label = if line.is_sign(before, ':') { before.wrapping_sub(1) } else { before };
        if line.is_word(label, &["so"]) {
            return false;
        }
        if !line.glued(start) {
            return true;
        }
        match line.sign(before) {
            Some('/' | '_' | '+' | '=') => false,
            Some('-' | '–' | '.' | ',') if line.glued(before) => match before.checked_sub(1) {
                Some(number) if !line.digits(number).is_empty() => self.is_time_or_weekday(number),
                _ => true,
            },
            Some(_) => true,
            None => line.is_word(before, &["ngay", "luc", "dang", "nhat", "gui"]),
        }
    }

    fn is_time_or_weekday(&self, number: usize) -> bool {
        self.times.iter().any(|time| time.tokens.contains(&number)) || self.joiners.get(number) == Some(&true)
    }

    fn ends_freely(&self, end: usize, letters_may_follow: bool) -> bool {
        let line = self.line;
        if !line.glued(end) {
            return true;
        }
        match line.sign(end) {
            Some(sign @ ('/' | '-' | '–' | '.' | ':')) if line.glued(end + 1) => {
                let number = !line.digits(end + 1).is_empty() && !self.starts_time(end + 1);
                let path = sign == '/' && !line.word(end + 1).is_empty();
                !number && !path
            }
            Some('_') => false,
            Some(_) => true,
            None if line.is_word(end, &["t", "z"]) => line.word(end) == "z" || self.starts_time(end + 1),
            None => letters_may_follow,
        }
    }

    fn starts_time(&self, at: usize) -> bool {
        self.times.iter().any(|time| time.tokens.start == at)
    }
}
