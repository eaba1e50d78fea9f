//! Times of day and zones: `9:05`, `09:05:07.123Z`, `9h05`, `9 giờ 05 phút`, `3:05 CH`, `16:37’ (GMT +7)`.
use std::ops::Range;

use jiff::tz::Offset;
use unicode_normalization::UnicodeNormalization;

use super::token::Line;

/// A time as printed; the hour is already one of 24.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    /// 0–23, or 24 with minute and second zero.
    pub(super) hour: i8,
    /// 0–59.
    pub(super) minute: i8,
    /// 0–59 where printed; a leap second is read as 59.
    pub(super) second: Option<i8>,
    /// The zone printed after the time.
    pub(super) zone: Option<Offset>,
}

/// A time in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TimeSpan {
    /// The tokens it takes, with mark and zone.
    pub(super) tokens: Range<usize>,
    /// Its value; none for what has the shape of a time but is none (`25:61`, a zone that is not known).
    pub(super) time: Option<TimeOfDay>,
}

/// The largest offset from UTC in hours that is believed. +14:00 is in use; feeds print up to +15:00.
const MAX_OFFSET_HOURS: i64 = 15;

/// Finds every time of a line, in order.
pub(super) fn times(line: &Line<'_>) -> Vec<TimeSpan> {
    let mut found: Vec<TimeSpan> = Vec::new();
    let mut index = 0;
    while index < line.len() {
        match time_at(line, index) {
            Some(span) => {
                index = span.tokens.end;
                found.push(span);
            }
            None => index += 1,
        }
    }
    found
}

/// The zone at `index` and the token after it: `Z`, `GMT+7`, `(GMT +07:00)`, `+0700`, `EST`.
/// `dashes` tells whether a bare `-05:00` may be a zone; after `15/03/2021 07:00` it would be the end of a range.
pub(super) fn zone_at(line: &Line<'_>, index: usize, dashes: bool) -> Option<(Option<Offset>, usize)> {
    let open = line.is_sign(index, '(');
    let start = if open { index + 1 } else { index };
    let (zone, end) = named_zone(line, start).or_else(|| signed_zone(line, start, dashes))?;
    let close = open && line.is_sign(end, ')');
    Some((zone, if close { end + 1 } else { end }))
}

fn time_at(line: &Line<'_>, start: usize) -> Option<TimeSpan> {
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
    if let Some((read, after)) = mark_at(line, end) {
        (mark, end) = (read, after);
    }
    let dashes = clock.second.is_some() || line.is_word(start.wrapping_sub(1), &["t"]);
    let mut known_zone = true;
    let mut zone = None;
    if !clock.words
        && let Some((read, after)) = zone_at(line, end, dashes)
    {
        known_zone = read.is_some();
        (zone, end) = (read, after);
    }
    let broken = clock.broken || !known_zone;
    let time = if broken { None } else { time_of(hour, clock.minute, clock.second, mark, zone) };
    Some(TimeSpan { tokens: start..end, time })
}

/// The figures of a time and where they end.
struct Clock {
    minute: i64,
    second: Option<i64>,
    end: usize,
    /// Written with `giờ` or `h`, not with colons.
    words: bool,
    broken: bool,
}

/// A time follows a blank, a bracket, a dash or the `T` of ISO 8601, not the digits of a longer number.
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
    let Some(minute) = glued_number(line, start + 1, ':') else { return spaced_colon_form(line, start) };
    let mut clock = Clock { minute, second: None, end: start + 3, words: false, broken: false };
    if let Some(second) = glued_number(line, clock.end, ':') {
        clock.second = Some(second);
        clock.end += 2;
        if has_fraction(line, clock.end) {
            clock.end += 2;
        }
    }
    if glued_number(line, clock.end, ':').is_some() {
        clock.broken = true;
        clock.end += 2;
    }
    if line.word(clock.end) == "h" && line.glued(clock.end) {
        clock.end += 1;
    }
    Some(clock)
}

/// `09 : 05`, two digits each.
fn spaced_colon_form(line: &Line<'_>, start: usize) -> Option<Clock> {
    let spaced = line.is_sign(start + 1, ':') && !line.glued(start + 1) && !line.glued(start + 2);
    if !spaced || line.digits(start).len() != 2 || glued_number(line, start + 3, ':').is_some() {
        return None;
    }
    let minute = line.number(start + 2, 2..=2)?;
    Some(Clock { minute, second: None, end: start + 3, words: false, broken: false })
}

/// The number of one or two digits after a sign at `index`, without blanks.
fn glued_number(line: &Line<'_>, index: usize, sign: char) -> Option<i64> {
    let joined = line.is_sign(index, sign) && line.glued(index) && line.glued(index + 1);
    if joined { line.number(index + 1, 1..=2) } else { None }
}

/// A fraction of a second; a comma needs three digits, or it may part the time from a date.
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
    if let Some(minute) = glued_number(line, clock.end, ':') {
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

/// Whether the number at `index` is the first of a date rather than the minutes after "9 giờ".
fn leads_date(line: &Line<'_>, index: usize) -> bool {
    let next = if matches!(line.sign(index + 1), Some('/' | '-' | '–' | '.')) { index + 2 } else { index + 1 };
    !line.digits(next).is_empty() || line.is_word(next, &["thang", "thg", "t"])
}

/// Which half of the day a mark names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Morning,
    Afternoon,
}

/// `SA` and `CH` count in capitals only ("Sa Pa"); `sáng`, `chiều`, `tối` in small letters only, because a report begins
/// "Chiều 14/3" right after its date, and with their marks, since "tới" is "until".
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

/// Adds twelve hours only where that makes sense: portals print `14:30 PM` and `08:00 SA`.
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

/// A zone by name: those of RFC 822, section 5, a few of Europe and Asia, `GMT+7`, and names of the tz database as far
/// as their offset never changes. A name of the tz database whose offset is not known gives `(None, end)`.
fn named_zone(line: &Line<'_>, index: usize) -> Option<(Option<Offset>, usize)> {
    if line.is_sign(index + 1, '/') && line.glued(index + 1) && line.glued(index + 2) {
        return region(line, index);
    }
    let name = line.word(index);
    if line.printed(index).chars().any(char::is_lowercase) {
        return None;
    }
    if matches!(name, "utc" | "gmt" | "ut") {
        return Some(match offset_at(line, index + 1, 1) {
            Some((zone, end)) => (zone, end),
            None => (Some(Offset::UTC), index + 1),
        });
    }
    let hours = match name {
        "z" => 0,
        "ict" => 7,
        "est" | "cdt" => -5,
        "edt" => -4,
        "cst" | "mdt" => -6,
        "mst" | "pdt" => -7,
        "pst" => -8,
        "cet" | "met" => 1,
        "cest" | "mest" => 2,
        "sgt" | "hkt" => 8,
        "jst" | "kst" => 9,
        _ => return None,
    };
    Some((Offset::from_hours(hours).ok(), index + 1))
}

fn region(line: &Line<'_>, index: usize) -> Option<(Option<Offset>, usize)> {
    const AREAS: &[&str] = &[
        "africa",
        "america",
        "antarctica",
        "arctic",
        "asia",
        "atlantic",
        "australia",
        "etc",
        "europe",
        "indian",
        "pacific",
    ];
    if !line.is_word(index, AREAS) {
        return None;
    }
    let mut end = index + 3;
    while line.glued(end) && (line.is_sign(end, '_') || !line.word(end).is_empty()) {
        end += 1;
    }
    let hours = match (line.word(index), line.word(index + 2)) {
        ("asia", "ho" | "saigon" | "bangkok" | "vientiane" | "jakarta") => Some(7),
        ("etc", "gmt" | "utc") => Some(0),
        _ => None,
    };
    Some((hours.and_then(|hours| Offset::from_hours(hours).ok()), end))
}

fn signed_zone(line: &Line<'_>, index: usize, dashes: bool) -> Option<(Option<Offset>, usize)> {
    if line.is_sign(index, '-') && !dashes {
        return None;
    }
    offset_at(line, index, 2)
}

/// `+07:00`, `+0700`, `+07` and, where `least_digits` is one, `+7`; a date after the sign is no zone.
fn offset_at(line: &Line<'_>, index: usize, least_digits: usize) -> Option<(Option<Offset>, usize)> {
    let negative = match line.sign(index)? {
        '+' => false,
        '-' => true,
        _ => return None,
    };
    if !line.glued(index + 1) {
        return None;
    }
    let digits = line.number(index + 1, least_digits..=4)?;
    let mut end = index + 2;
    let (hours, minutes) = match line.digits(index + 1).len() {
        4 => (digits / 100, digits % 100),
        3 => return None,
        _ => match glued_number(line, end, ':') {
            Some(minutes) => {
                end += 2;
                (digits, minutes)
            }
            None => (digits, 0),
        },
    };
    if begins_date(line, end) {
        return None;
    }
    if line.is_sign(end, ':') && line.glued(end) && line.glued(end + 1) {
        return Some((None, end));
    }
    if line.glued(end) && !line.word(end).is_empty() {
        // "-05:00Z" names the offset twice; any other letters make it something else.
        let doubled = line.word(end) == "z";
        end += 1;
        if !doubled {
            return Some((None, end));
        }
    }
    if hours > MAX_OFFSET_HOURS || minutes > 59 {
        return Some((None, end));
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    Some((Offset::from_seconds(if negative { -seconds } else { seconds }).ok(), end))
}

/// Whether a number that ends before `index` goes on as a date (`-15/03/2021`, `-15 tháng 3`).
fn begins_date(line: &Line<'_>, index: usize) -> bool {
    let separated = matches!(line.sign(index), Some('/' | '-' | '.')) && line.glued(index) && line.glued(index + 1);
    (separated && !line.digits(index + 1).is_empty()) || line.is_word(index, &["thang", "thg"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(i8, i8, Option<i8>, Option<i32>)>) {
        let found = times(&Line::new(text));
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
        for text in ["25:10", "24:01", "10:60", "10:10:61", "1:2:3:4", "10:10 Europe/Paris", "10:10:10+25:00"] {
            let found = times(&Line::new(text));
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].time, None, "{text}");
        }
    }

    #[test]
    fn no_times() {
        for text in ["7 giờ trước", "01:2021", "1.20:30", "x7:30", "730", ""] {
            assert_eq!(times(&Line::new(text)), [], "{text}");
        }
    }

    #[test]
    fn halves_of_the_day() {
        check("3:05 CH", Some((15, 5, None, None)));
        check("15:05 CH", Some((15, 5, None, None)));
        check("12:10 SA", Some((0, 10, None, None)));
        check("12:10 PM", Some((12, 10, None, None)));
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
