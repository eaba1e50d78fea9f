//! Finds times of day: `9:05`, `09:05:07.123Z`, `9h05`, `9 giờ 05 phút`, `3:05 CH`, `16:37’ (GMT +7)`.
use std::ops::Range;

use jiff::tz::Offset;
use unicode_normalization::UnicodeNormalization;

use super::token::Line;
use super::zone::Zone;
use super::zone::zone_at;

/// A time as printed, but with the hour in 24-hour form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    /// 0–23, or 24 if minute and second are zero.
    pub(super) hour: i8,
    /// 0–59.
    pub(super) minute: i8,
    /// 0–59, if printed. A leap second is read as 59.
    pub(super) second: Option<i8>,
    /// The zone printed after the time.
    pub(super) zone: Option<Offset>,
}

/// A time in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeSpan {
    /// The tokens of the time, including AM/PM mark and zone.
    pub(super) tokens: Range<usize>,
    /// The value. None if the text has the shape of a time but is impossible (`25:61`).
    pub(super) time: Option<TimeOfDay>,
    /// Whether an unknown zone follows the time, so that the moment is not known.
    pub(super) unknown_zone: bool,
}

/// Finds every time of a line, in order. `machine` means that the line contains only a date, so that anything after a time is its zone.
pub(super) fn times(line: &Line<'_>, machine: bool) -> Vec<TimeSpan> {
    let mut found: Vec<TimeSpan> = Vec::new();
    let mut index = 0;
    while index < line.len() {
        match time_at(line, index, machine) {
            Some(span) => {
                index = span.tokens.end;
                found.push(span);
            }
            None => index += 1,
        }
    }
    found
}

fn time_at(line: &Line<'_>, start: usize, machine: bool) -> Option<TimeSpan> {
    let hour = line.number(start, 1..=2)?;
    if !starts_freely(line, start) {
        return None;
    }
    let clock = colon_form(line, start).or_else(|| hour_word_form(line, start))?;
    let mut end = clock.end;
    if line.is_sign(end, '\'') && line.glued(end) {
        end += 1;
    }
    let mut mark = Mark::None;
    // "10:15:00:PM"
    let colon = usize::from(line.is_sign(end, ':') && line.glued(end) && line.glued(end + 1));
    if let Some((read, after)) = mark_at(line, end + colon) {
        (mark, end) = (read, after);
    }
    let machine = machine || clock.second.is_some() || line.is_word(start.wrapping_sub(1), &["t"]);
    let (mut unknown_zone, mut damaged) = (false, false);
    let mut zone = None;
    if !clock.words
        && let Some((read, after)) = zone_at(line, end, machine)
    {
        unknown_zone = read == Zone::Unknown;
        damaged = read == Zone::Damaged;
        zone = read.offset();
        end = after;
    }
    let time = if clock.broken || damaged { None } else { time_of(hour, clock.minute, clock.second, mark, zone) };
    Some(TimeSpan { tokens: start..end, time, unknown_zone })
}

/// The numbers of a time and where they end.
struct Clock {
    minute: i64,
    second: Option<i64>,
    end: usize,
    /// Written with `giờ` or `h` instead of colons.
    words: bool,
    broken: bool,
}

/// Whether a time may start here. It may follow a space, a bracket, a dash or the `T` of ISO 8601, but not the digits of a longer number.
fn starts_freely(line: &Line<'_>, start: usize) -> bool {
    if !line.glued(start) {
        return true;
    }
    let before = start - 1;
    match line.sign(before) {
        Some('/' | '.') => false,
        Some(':') => !line.glued(before) || line.number(before.wrapping_sub(1), 1..=2).is_none(),
        Some(_) => true,
        None => line.is_word(before, &["t", "luc", "ngay"]),
    }
}

fn colon_form(line: &Line<'_>, start: usize) -> Option<Clock> {
    let Some(minute) = line.glued_number(start + 1, ':') else { return spaced_colon_form(line, start) };
    let mut clock = Clock { minute, second: None, end: start + 3, words: false, broken: false };
    if let Some(second) = line.glued_number(clock.end, ':') {
        clock.second = Some(second);
        clock.end += 2;
        if has_fraction(line, clock.end) {
            clock.end += 2;
        }
    }
    if line.glued_number(clock.end, ':').is_some() {
        clock.broken = true;
        clock.end += 2;
    }
    if line.word(clock.end) == "h" && line.glued(clock.end) {
        clock.end += 1;
    }
    Some(clock)
}

/// `09 : 05`, with two digits each.
fn spaced_colon_form(line: &Line<'_>, start: usize) -> Option<Clock> {
    let spaced = line.is_sign(start + 1, ':') && !line.glued(start + 1) && !line.glued(start + 2);
    if !spaced || line.digits(start).len() != 2 || line.glued_number(start + 3, ':').is_some() {
        return None;
    }
    let minute = line.number(start + 2, 2..=2)?;
    Some(Clock { minute, second: None, end: start + 3, words: false, broken: false })
}

/// Whether a fraction of a second follows. After a comma it needs three digits, because a comma may also separate the time from a date.
fn has_fraction(line: &Line<'_>, index: usize) -> bool {
    if !line.glued(index) || !line.glued(index + 1) {
        return false;
    }
    match line.sign(index) {
        Some('.') => !line.digits(index + 1).is_empty(),
        Some(',') => line.digits(index + 1).len() >= 3,
        _ => false,
    }
}

fn hour_word_form(line: &Line<'_>, start: usize) -> Option<Clock> {
    if !line.is_word(start + 1, &["h", "g", "gio"]) || line.is_word(start + 2, &["truoc"]) {
        return None;
    }
    let mut clock = Clock { minute: 0, second: None, end: start + 2, words: true, broken: false };
    if let Some(minute) = line.glued_number(clock.end, ':') {
        return Some(Clock { minute, end: clock.end + 2, ..clock });
    }
    let Some(minute) = line.number(clock.end, 1..=2) else { return Some(clock) };
    if line.is_word(clock.end + 1, &["phut", "ph", "p"]) {
        clock.minute = minute;
        clock.end += 2;
    } else if line.glued(clock.end) || !leads_date(line, clock.end) {
        clock.minute = minute;
        clock.end += 1;
    }
    Some(clock)
}

/// Whether the number at `index` begins a date, rather than being the minutes after "9 giờ".
fn leads_date(line: &Line<'_>, index: usize) -> bool {
    let next = if matches!(line.sign(index + 1), Some('/' | '-' | '–' | '.')) { index + 2 } else { index + 1 };
    !line.digits(next).is_empty() || line.is_word(next, &["thang", "thg", "t"])
}

/// The half of the day that a mark such as AM or PM names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Morning,
    Afternoon,
}

/// Reads a mark for the half of the day. `SA` and `CH` count only in upper case ("Sa Pa"). `sáng`, `chiều` and `tối` count only in lower case,
/// because a report may begin with "Chiều 14/3" directly after its date, and only with their diacritics, because "tới" means "until".
fn mark_at(line: &Line<'_>, index: usize) -> Option<(Mark, usize)> {
    let word = line.word(index);
    let is_printed = |exact: &str| line.printed(index).nfc().eq(exact.chars());
    let mark = match word {
        "am" | "a" => Mark::Morning,
        "pm" | "p" => Mark::Afternoon,
        "sa" if is_printed("SA") => Mark::Morning,
        "ch" if is_printed("CH") => Mark::Afternoon,
        "sang" if is_printed("sáng") => Mark::Morning,
        "chieu" if is_printed("chiều") => Mark::Afternoon,
        "toi" if is_printed("tối") => Mark::Afternoon,
        _ => return None,
    };
    if word.len() > 1 {
        return Some((mark, index + 1));
    }
    let dotted = line.is_sign(index + 1, '.') && line.word(index + 2) == "m";
    let end = if line.is_sign(index + 3, '.') { index + 4 } else { index + 3 };
    dotted.then_some((mark, end))
}

/// Builds a time of day. Twelve hours are added only if the result makes sense, because portals print `14:30 PM` and `08:00 SA`.
fn time_of(hour: i64, minute: i64, second: Option<i64>, mark: Mark, zone: Option<Offset>) -> Option<TimeOfDay> {
    let hour = match mark {
        Mark::Afternoon if hour < 12 => hour + 12,
        Mark::Morning if hour == 12 => 0,
        _ => hour,
    };
    let end_of_day = hour == 24 && minute == 0 && second.unwrap_or(0) == 0;
    let possible = (hour < 24 || end_of_day) && minute < 60 && second.unwrap_or(0) <= 60;
    if !possible {
        return None;
    }
    let second = match second {
        Some(second) => Some(i8::try_from(second.min(59)).ok()?),
        None => None,
    };
    Some(TimeOfDay { hour: i8::try_from(hour).ok()?, minute: i8::try_from(minute).ok()?, second, zone })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(i8, i8, Option<i8>, Option<i32>)>) {
        let found = times(&Line::new(text), false);
        let read = found.first().and_then(|span| span.time);
        let read = read.map(|time| (time.hour, time.minute, time.second, time.zone.map(Offset::seconds)));
        assert_eq!(read, expect, "{text}");
    }

    #[test]
    fn figures() {
        check("7:30", Some((7, 30, None, None)));
        check("7:3", Some((7, 3, None, None)));
        check("07:30:15.250", Some((7, 30, Some(15), None)));
        check("T07:30", Some((7, 30, None, None)));
        check("7h30", Some((7, 30, None, None)));
        check("7g30'", Some((7, 30, None, None)));
        check("7 giờ 5 phút", Some((7, 5, None, None)));
        check("7 giờ 05, ngày", Some((7, 5, None, None)));
        check("7h:30", Some((7, 30, None, None)));
        check("7:30h", Some((7, 30, None, None)));
        check("07 : 30", Some((7, 30, None, None)));
        for text in ["7 giờ 15/3/2021", "7 giờ 15 - 3 - 2021", "7 giờ 15 tháng 3", "7h 15 3 2021", "7 giờ"] {
            check(text, Some((7, 0, None, None)));
        }
        check("24:00", Some((24, 0, None, None)));
        check("23:59:60", Some((23, 59, Some(59), None)));
    }

    #[test]
    fn shapes_without_a_value() {
        for text in ["25:10", "24:01", "10:60", "10:10:61", "1:2:3:4", "10:10:10+25:00"] {
            let found = times(&Line::new(text), false);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].time, None, "{text}");
        }
    }

    #[test]
    fn no_times() {
        for text in ["7 giờ trước", "01:2021", "1.20:30", "x7:30", "730", ""] {
            assert_eq!(times(&Line::new(text), false), [], "{text}");
        }
    }

    #[test]
    fn halves_of_the_day() {
        check("3:05 CH", Some((15, 5, None, None)));
        check("15:05 CH", Some((15, 5, None, None)));
        check("12:10 SA", Some((0, 10, None, None)));
        check("12:10 PM", Some((12, 10, None, None)));
        check("3:09:10:PM", Some((15, 9, Some(10), None)));
        check("3:09pm", Some((15, 9, None, None)));
        check("3:09 p.m.", Some((15, 9, None, None)));
        check("3 giờ chiều", Some((15, 0, None, None)));
        check("3:20 chiều", Some((15, 20, None, None)));
        check("3:20 chie\u{302}\u{300}u", Some((15, 20, None, None)));
        check("8:20 tới 9:00", Some((8, 20, None, None)));
        check("12:20 Sa Pa", Some((12, 20, None, None)));
        check("08:05 Chiều 14/3", Some((8, 5, None, None)));
    }

    #[test]
    fn zones() {
        let seven = Some(7 * 3600);
        for text in
            ["7:30 +0700", "7:30+07", "7:30 +07:00", "7:30 GMT+7", "7:30 (GMT +7)", "7:30 ICT", "7:30 Asia/Saigon"]
        {
            check(text, Some((7, 30, None, seven)));
        }
        check("7:30:00-03:30", Some((7, 30, Some(0), Some(-12_600))));
        check("7:30Z", Some((7, 30, None, Some(0))));
        check("7:30 GMT", Some((7, 30, None, Some(0))));
        check("7:30 PM EST", Some((19, 30, None, Some(-5 * 3600))));
        check("7:30-11:30", Some((7, 30, None, None)));
        check("7:30:00 -15/03/2021", Some((7, 30, Some(0), None)));
    }
}
