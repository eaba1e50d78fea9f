//! Reads time zones after times: `Z`, `+07:00`, `GMT+7`, `(GMT +7)`, `EST`.
use jiff::tz::Offset;

use super::token::Line;

/// Maximum plausible offset from UTC in hours. +14:00 is in use, and feeds print up to +15:00.
const MAX_OFFSET_HOURS: i64 = 15;

/// The zone that follows a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// A known offset.
    At(Offset),
    /// An unknown name, or one whose offset changes with the seasons.
    Unknown,
    /// A damaged offset (`+00:zz`, `+25:00`). The whole value may be damaged too.
    Damaged,
}

impl Zone {
    pub(super) fn offset(self) -> Option<Offset> {
        match self {
            Zone::At(offset) => Some(offset),
            Zone::Unknown | Zone::Damaged => None,
        }
    }
}

/// Reads the zone at `index`: `Z`, `GMT+7`, `(GMT +07:00)`, `+0700`, `EST`. Returns the zone and the index of the token after it.
///
/// `machine` means that a machine printed the time, so that only a zone can follow. Then a bare `-05:00` is a zone, although after `15/03/2021 07:00`
/// it could end a range. A single digit, a lower-case name and an unknown last word are zones too.
pub(super) fn zone_at(line: &Line<'_>, index: usize, machine: bool) -> Option<(Zone, usize)> {
    let open = line.is_sign(index, '(');
    let start = if open { index + 1 } else { index };
    let (zone, end) = named_zone(line, start, machine).or_else(|| signed_zone(line, start, machine))?;
    let close = open && line.is_sign(end, ')');
    Some((zone, if close { end + 1 } else { end }))
}

/// Returns minutes east of UTC for names that are zones in any position: those of RFC 822, section 5, and a few of Europe and Asia.
fn minutes_of(name: &str) -> Option<i32> {
    Some(match name {
        "z" => 0,
        "ict" => 7 * 60,
        "est" | "cdt" => -5 * 60,
        "edt" => -4 * 60,
        "cst" | "mdt" => -6 * 60,
        "mst" | "pdt" => -7 * 60,
        "pst" => -8 * 60,
        "cet" | "met" => 60,
        "cest" | "mest" => 2 * 60,
        "sgt" | "hkt" => 8 * 60,
        "jst" | "kst" => 9 * 60,
        _ => return None,
    })
}

/// Returns minutes east of UTC for names that also mean other things on Vietnamese pages (`BST` is a collection). They are zones only if nothing
/// follows.
///
/// If several countries share a name, it is read as the one whose servers clearly print it most:
///
/// | name | read as | not as |
/// | --- | --- | --- |
/// | `EST`, `CST`, `MST`, `PST` | North America, as RFC 822 has them | Australia, China, Cuba, Malaysia, the Philippines |
/// | `IST` | India, +05:30 | Israel and Ireland, whose feeds print an offset |
/// | `BST` | Britain, +01:00 | Bangladesh, Bougainville |
/// | `GST` | the Gulf, +04:00 | South Georgia |
/// | `AST` | unknown, only the day is kept | Arabia (+03:00) and the Atlantic coast (-04:00), which both print it |
fn minutes_of_last(name: &str) -> Option<i32> {
    Some(match name {
        "wet" => 0,
        "bst" | "west" => 60,
        "eet" | "sast" => 2 * 60,
        "eest" | "msk" | "idt" | "trt" => 3 * 60,
        "msd" | "gst" => 4 * 60,
        "pkt" => 5 * 60,
        "ist" => 5 * 60 + 30,
        "npt" => 5 * 60 + 45,
        "mmt" => 6 * 60 + 30,
        "wib" => 7 * 60,
        "awst" | "pht" | "myt" | "wita" => 8 * 60,
        "acst" => 9 * 60 + 30,
        "aest" => 10 * 60,
        "acdt" => 10 * 60 + 30,
        "aedt" => 11 * 60,
        "nzst" => 12 * 60,
        "nzdt" => 13 * 60,
        "nst" => -3 * 60 - 30,
        "ndt" => -2 * 60 - 30,
        "adt" | "brt" => -3 * 60,
        "akst" => -9 * 60,
        "akdt" => -8 * 60,
        "hst" => -10 * 60,
        _ => return None,
    })
}

/// Maximum number of letters in a zone's name: `AWST`, `CHADT`.
const MAX_NAME: usize = 5;

/// Reads a zone by name: an abbreviation, `GMT+7`, or a name of the tz database. Few names of the database are known, and only those whose offset
/// never changes.
fn named_zone(line: &Line<'_>, index: usize, machine: bool) -> Option<(Zone, usize)> {
    if line.is_sign(index + 1, '/') && line.glued(index + 1) && line.glued(index + 2) {
        return region(line, index);
    }
    let printed = line.printed(index);
    if printed.is_empty() || printed.len() > MAX_NAME || !printed.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let name = line.word(index);
    let end = index + 1;
    if matches!(name, "utc" | "gmt" | "ut") {
        return Some(offset_at(line, end, true).unwrap_or((Zone::At(Offset::UTC), end)));
    }
    if !machine && printed.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    // Java's `Date` prints the year after the zone.
    let is_last =
        end == line.len() || (end + 1 == line.len() && line.number(end, 4..=4).is_some()) || line.is_sign(end, ')');
    let minutes = minutes_of(name).or_else(|| minutes_of_last(name).filter(|_| is_last));
    match minutes {
        Some(minutes) => Some((at(minutes * 60), end)),
        None => (is_last && (machine || name == "ast")).then_some((Zone::Unknown, end)),
    }
}

/// Returns the zone that is this many seconds east of UTC.
fn at(seconds: i32) -> Zone {
    Offset::from_seconds(seconds).map_or(Zone::Damaged, Zone::At)
}

fn region(line: &Line<'_>, index: usize) -> Option<(Zone, usize)> {
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
    Some((hours.map_or(Zone::Unknown, |hours| at(hours * 3600)), end))
}

fn signed_zone(line: &Line<'_>, index: usize, machine: bool) -> Option<(Zone, usize)> {
    // `0500` is neither a time nor a year. After a space it is an offset even where a range would be possible.
    let is_plain =
        !line.glued(index) && line.number(index + 1, 4..=4).is_some_and(|digits| digits / 100 <= MAX_OFFSET_HOURS);
    if line.is_sign(index, '-') && !machine && !is_plain {
        return None;
    }
    offset_at(line, index, machine)
}

/// Reads `+07:00`, `+0700`, `+07`, `+7:00` and, if no other number is possible there, `+7` and `+700`. A date after the sign is not a zone.
fn offset_at(line: &Line<'_>, index: usize, machine: bool) -> Option<(Zone, usize)> {
    let negative = match line.sign(index)? {
        '+' => false,
        '-' => true,
        _ => return None,
    };
    if !line.glued(index + 1) {
        return None;
    }
    let digits = line.number(index + 1, 1..=4)?;
    let mut end = index + 2;
    let (hours, minutes) = match line.digits(index + 1).len() {
        3 | 4 => (digits / 100, digits % 100),
        _ => match line.glued_number(end, ':') {
            Some(minutes) => {
                end += 2;
                (digits, minutes)
            }
            None => (digits, 0),
        },
    };
    let is_short = matches!(line.digits(index + 1).len(), 1 | 3) && end == index + 2;
    if (is_short && !machine) || begins_date(line, end) {
        return None;
    }
    if line.is_sign(end, ':') && line.glued(end) && line.glued(end + 1) {
        return Some((Zone::Damaged, end));
    }
    if line.glued(end) && !line.word(end).is_empty() {
        // "-05:00Z" states the offset twice. Any other letters make it something else.
        let doubled = line.word(end) == "z";
        end += 1;
        if !doubled {
            return Some((Zone::Damaged, end));
        }
    }
    if hours > MAX_OFFSET_HOURS || minutes > 59 {
        return Some((Zone::Damaged, end));
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    Some((at(if negative { -seconds } else { seconds }), end))
}

/// Whether a number that ends before `index` continues as a date (`-15/03/2021`, `-15 tháng 3`).
fn begins_date(line: &Line<'_>, index: usize) -> bool {
    let separated = matches!(line.sign(index), Some('/' | '-' | '.')) && line.glued(index) && line.glued(index + 1);
    (separated && !line.digits(index + 1).is_empty()) || line.is_word(index, &["thang", "thg"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, machine: bool, hours: Option<f64>) {
        let line = Line::new(text);
        let read = zone_at(&line, 0, machine).map(|(zone, _)| zone);
        let seconds = |hours: f64| jiff::SignedDuration::from_secs_f64(hours * 3600.0);
        let expect = hours.map(|hours| Zone::At(Offset::try_from(seconds(hours)).unwrap()));
        assert_eq!(read, expect, "{text}");
    }

    #[test]
    fn known_zones() {
        for text in ["AST", "(AST)"] {
            assert_eq!(zone_at(&Line::new(text), 0, false).map(|(zone, _)| zone), Some(Zone::Unknown), "{text}");
        }
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
    fn unknown_and_damaged_zones_are_no_offsets() {
        let zone = |text: &str| zone_at(&Line::new(text), 0, true).map(|(zone, _)| zone);
        for text in ["Europe/Paris", "XYZ", "qwert", "(CHAST)", "B"] {
            assert_eq!(zone(text), Some(Zone::Unknown), "{text}");
        }
        for text in ["+25:00", "+07:75", "+07x", "+00:xx"] {
            assert_eq!(zone(text), Some(Zone::Damaged), "{text}");
        }
        assert_eq!(zone_at(&Line::new("TTXVN"), 0, false), None, "an author's mark on a page");
        assert_eq!(zone_at(&Line::new("BST mùa hè"), 0, false), None, "a collection");
    }

    #[test]
    fn machines_print_zones_in_many_ways() {
        for (text, hours) in [
            ("+8", 8.0),
            ("-5:00", -5.0),
            ("+5:30", 5.5),
            ("+530", 5.5),
            ("gmt", 0.0),
            ("Utc+3", 3.0),
            ("msk", 3.0),
            ("BST", 1.0),
            ("ist", 5.5),
            ("AEST", 10.0),
            ("NZDT", 13.0),
            ("(AWST)", 8.0),
        ] {
            check(text, true, Some(hours));
        }
    }

    #[test]
    fn no_zones() {
        for text in ["-15/03/2021", "-15 tháng 3", "+ 7", "+7", "Sở", "est", "z", "Tin/ảnh", "-11:30", ""] {
            assert_eq!(zone_at(&Line::new(text), 0, false), None, "{text}");
        }
    }
}
