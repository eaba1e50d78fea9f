//! Reads values that machines print: `20210315080000`, `20210315T080000Z`, Unix seconds and milliseconds, `/Date(…)/`.
use jiff::civil::Date;

use super::Moment;
use super::calendar::date_of;
use super::clock::TimeOfDay;
use super::token::Line;
use super::zone::zone_at;

/// Reads a text that consists only of such a value.
pub(super) fn read(line: &Line<'_>) -> Option<Moment> {
    dot_net(line).or_else(|| number(line)).or_else(|| basic_iso(line))
}

/// `/Date(1615773900000)/` and `/Date(1615773900000+0700)/` (ASP.NET): milliseconds in UTC, whatever the offset.
fn dot_net(line: &Line<'_>) -> Option<Moment> {
    let start = usize::from(line.is_sign(0, '/'));
    if line.word(start) != "date" || !line.is_sign(start + 1, '(') {
        return None;
    }
    Moment::of_epoch(line.number(start + 2, 1..=18)?.div_euclid(1000))
}

fn number(line: &Line<'_>) -> Option<Moment> {
    if line.len() != 1 {
        return None;
    }
    let digits = line.digits(0);
    match digits.len() {
        // With a leading zero it is a telephone number.
        10 if !digits.starts_with('0') => Moment::of_epoch(digits.parse().ok()?),
        13 if !digits.starts_with('0') => Moment::of_epoch(digits.parse::<i64>().ok()?.div_euclid(1000)),
        8 | 12 | 14 => stamp(digits),
        _ => None,
    }
}

/// ISO 8601, basic format: `20210315T0800Z`.
fn basic_iso(line: &Line<'_>) -> Option<Moment> {
    if line.word(1) != "t" || !line.glued(1) || !line.glued(2) {
        return None;
    }
    let day = day_of(line.digits(0)).filter(|_| line.digits(0).len() == 8)?;
    let mut time = time_of(line.digits(2))?;
    let mut end = 3;
    if let Some((zone, after)) = zone_at(line, end, true) {
        time.zone = Some(zone.offset()?);
        end = after;
    }
    if end == line.len() { Moment::new(day, Some(time)) } else { None }
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`
pub(super) fn stamp(digits: &str) -> Option<Moment> {
    let (day, time) = digits.split_at_checked(8)?;
    let day = day_of(day)?;
    if time.is_empty() { Moment::new(day, None) } else { Moment::new(day, Some(time_of(time)?)) }
}

fn day_of(digits: &str) -> Option<Date> {
    date_of(part(digits, 0, 4)?, part(digits, 4, 2)?, part(digits, 6, 2)?)
}

fn time_of(digits: &str) -> Option<TimeOfDay> {
    let hour = i8::try_from(part(digits, 0, 2)?).ok().filter(|hour| *hour < 24)?;
    let minute = i8::try_from(part(digits, 2, 2)?).ok().filter(|minute| *minute < 60)?;
    let second = match digits.len() {
        4 => None,
        6 => Some(i8::try_from(part(digits, 4, 2)?).ok().filter(|second| *second < 60)?),
        _ => return None,
    };
    Some(TimeOfDay { hour, minute, second, zone: None })
}

fn part(digits: &str, start: usize, length: usize) -> Option<i64> {
    digits.get(start..start + length)?.parse().ok()
}
