//! Zones after times: `Z`, `+07:00`, `GMT+7`, `(GMT +7)`, `EST`.
use jiff::tz::Offset;

use super::token::Line;

/// The largest offset from UTC in hours that is believed. +14:00 is in use; feeds print up to +15:00.
const MAX_OFFSET_HOURS: i64 = 15;

/// The zone at `index` and the token after it: `Z`, `GMT+7`, `(GMT +07:00)`, `+0700`, `EST`.
/// `dashes` tells whether a bare `-05:00` may be a zone; after `15/03/2021 07:00` it would be the end of a range.
pub(super) fn zone_at(line: &Line<'_>, index: usize, dashes: bool) -> Option<(Option<Offset>, usize)> {
    let open = line.is_sign(index, '(');
    let start = if open { index + 1 } else { index };
    let (zone, end) = named_zone(line, start).or_else(|| signed_zone(line, start, dashes))?;
    let close = open && line.is_sign(end, ')');
    Some((zone, if close { end + 1 } else { end }))
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
        _ => match line.glued_number(end, ':') {
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

    fn check(text: &str, dashes: bool, hours: Option<f64>) {
        let line = Line::new(text);
        let read = zone_at(&line, 0, dashes).and_then(|(zone, _)| zone);
        assert_eq!(read.map(|zone| f64::from(zone.seconds()) / 3600.0), hours, "{text}");
    }

    #[test]
    fn known_zones() {
        for text in [
            "+0700",
            "+07",
            "+07:00",
            "GMT+7",
            "(GMT +7)",
            "(GMT+07:00)",
            "UTC+7",
            "ICT",
            "Asia/Saigon",
            "Asia/Ho_Chi_Minh",
        ] {
            check(text, false, Some(7.0));
        }
        for text in ["Z", "GMT", "UT", "UTC", "+00:00", "Etc/GMT", "+00:00Z"] {
            check(text, false, Some(0.0));
        }
        check("-03:30", true, Some(-3.5));
        check("GMT-07:00", false, Some(-7.0));
        check("EST", false, Some(-5.0));
    }

    #[test]
    fn unknown_zones_are_zones_without_an_offset() {
        for text in ["Europe/Paris", "+25:00", "+07:75", "+07x", "+00:xx"] {
            assert!(matches!(zone_at(&Line::new(text), 0, true), Some((None, _))), "{text}");
        }
    }

    #[test]
    fn no_zones() {
        for text in ["-15/03/2021", "-15 tháng 3", "+ 7", "+7", "Sở", "est", "z", "Tin/ảnh", "-11:30", ""] {
            assert_eq!(zone_at(&Line::new(text), 0, false), None, "{text}");
        }
    }
}
