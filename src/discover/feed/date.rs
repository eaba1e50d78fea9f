//! Reads dates of feeds: the formats of [`date::read_value`], and those of feeds in other languages and of old programs.
//!
//! Vietnamese outlets have French, Chinese and Korean editions whose feeds write months and zones in their own way. Each such form is rewritten into
//! one that the reader knows. A year or a month alone is not a date, because its day would be invented.

use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use regex::Captures;
use regex::Regex;

use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::date::Precision;
use crate::text::date::VIETNAM;

/// Two-digit years up to this one are in this century.
const LAST_SHORT_YEAR: i16 = 69;

/// Maximum time between the fetch and a later date. Events are announced in advance; articles are not.
const AHEAD: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Reads a date of a feed that was fetched at a given time.
///
/// `03-12-31` is read as the third of December. If that is more than a year in the future, it is 31 December 2003 (ISO 8601:1988).
pub(super) fn read(raw: &str, order: DateOrder, fetched: Timestamp) -> Option<Dated> {
    let raw = raw.trim();
    if UNKNOWN_ZONE.is_match(raw) {
        return None;
    }
    let mut dated = in_region(raw, order).or_else(|| date::read_value(&reworded(raw), order));
    if dated.as_ref().is_some_and(|dated| dated.at.duration_since(fetched) > AHEAD)
        && let Some(parts) = SHORT_ISO.captures(raw)
    {
        let iso = short_iso(&format!("{}{}{}", &parts[1], &parts[2], &parts[3]));
        dated = iso.and_then(|iso| date::read_value(&iso, order)).or(dated);
    }
    dated.map(|dated| Dated { raw: raw.chars().take(date::RAW_CHARACTERS).collect(), ..dated })
}

/// `+zz:00`, printed by a program that does not know the pattern. The zone is unknown, and therefore also the moment.
static UNKNOWN_ZONE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[+-][A-Za-z]{2}:?[0-9]{2}$").expect("a constant pattern"));

/// Reads a time followed by a name of the tz database.
fn in_region(raw: &str, order: DateOrder) -> Option<Dated> {
    let (before, name) = raw.rsplit_once(' ')?;
    let zone = name.contains('/').then(|| TimeZone::get(name).ok())??;
    let dated = date::read_value(before, order).filter(|dated| dated.precision > Precision::Day)?;
    let at = zone.to_timestamp(VIETNAM.to_datetime(dated.at)).ok()?;
    Some(Dated { at, ..dated })
}

fn reworded(raw: &str) -> String {
    if raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return short_iso(raw).unwrap_or_else(|| raw.to_owned());
    }
    let text = HAN.replace(raw, |found: &Captures<'_>| han(found));
    let text = KOREAN_HALF.replace(&text, |found: &Captures<'_>| korean_time(found));
    let text = US_ZONE.replace(&text, |found: &Captures<'_>| format!("{} {}", &found[1], us_offset(&found[2])));
    let named = MONTH.replace(&text, |found: &Captures<'_>| match month(&found[2]) {
        Some(month) => format!("{} {month} {}", &found[1], &found[3]),
        None => found[0].to_owned(),
    });
    named.into_owned()
}

/// Converts `031231` (ISO 8601:1988: a two-digit year, then month and day).
fn short_iso(digits: &str) -> Option<String> {
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i8>().ok();
    let short = i16::from(number(0..2)?);
    let year = if short > LAST_SHORT_YEAR { 1900 + short } else { 2000 + short };
    let date = Date::new(year, number(2..4)?, number(4..6)?).ok()?;
    (digits.len() == 6).then(|| date.to_string())
}

/// `03-12-31`.
static SHORT_ISO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^([0-9]{2})-([0-9]{2})-([0-9]{2})\b").expect("a constant pattern"));

/// `2004년 05월 28일`, `2004年5月28日`, optionally followed by a time.
static HAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"([0-9]{4})\s*[년年]\s*([0-9]{1,2})\s*[월月]\s*([0-9]{1,2})\s*([일日号])\s*([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?").expect("a constant pattern")
});

fn han(found: &Captures<'_>) -> String {
    let time = found.get(5).map_or("", |time| time.as_str());
    let zone = if &found[4] == "일" && !time.is_empty() { " +0900" } else { "" };
    format!("{}-{:0>2}-{:0>2} {time}{zone}", &found[1], &found[2], &found[3])
}

/// `오후 11:23:17`: in Korean, the half of the day precedes the time. Such a time is in Korea's zone.
static KOREAN_HALF: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(오전|오후)\s*([0-9]{1,2})(:[0-9]{2}(?::[0-9]{2})?)").expect("a constant pattern"));

fn korean_time(found: &Captures<'_>) -> String {
    let hour: u8 = found[2].parse().unwrap_or(0);
    let hour = match (&found[1], hour) {
        ("오후", 1..=11) => hour + 12,
        ("오전", 12) => 0,
        (_, hour) => hour,
    };
    format!("{hour:02}{} +0900", &found[3])
}

/// North American zones without their S or D. They mean standard time.
static US_ZONE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(:[0-9]{2})\s+([ACEMP])T$").expect("a constant pattern"));

fn us_offset(letter: &str) -> &'static str {
    match letter {
        "A" => "-0400",
        "E" => "-0500",
        "C" => "-0600",
        "M" => "-0700",
        _ => "-0800",
    }
}

/// `9 avr 2018`, `16. Novembre 2020`, `03 juil. 2020`.
static MONTH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"([0-9]{1,2})\.?\s+(\p{L}{3,12})\.?,?\s+([0-9]{4})").expect("a constant pattern"));

/// Beginnings of non-English names of months, in lower case. If two begin alike, the longer one comes first.
const MONTHS: [(&str, &str); 35] = [
    ("janv", "Jan"),
    ("févr", "Feb"),
    ("fevr", "Feb"),
    ("mars", "Mar"),
    ("avr", "Apr"),
    ("mai", "May"),
    ("juin", "Jun"),
    ("juil", "Jul"),
    ("aoû", "Aug"),
    ("aou", "Aug"),
    ("déc", "Dec"),
    ("novembre", "Nov"),
    ("octobre", "Oct"),
    ("septembre", "Sep"),
    ("ene", "Jan"),
    ("abr", "Apr"),
    ("ago", "Aug"),
    ("dic", "Dec"),
    ("märz", "Mar"),
    ("mär", "Mar"),
    ("okt", "Oct"),
    ("dez", "Dec"),
    ("ιαν", "Jan"),
    ("φεβ", "Feb"),
    ("μάρ", "Mar"),
    ("απρ", "Apr"),
    ("μάι", "May"),
    ("ιούν", "Jun"),
    ("ιούλ", "Jul"),
    ("ιουλ", "Jul"),
    ("αύγ", "Aug"),
    ("σεπ", "Sep"),
    ("οκτ", "Oct"),
    ("νοέ", "Nov"),
    ("δεκ", "Dec"),
];

fn month(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    MONTHS.iter().find(|(start, _)| word.starts_with(start)).map(|(_, month)| *month)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FETCHED: &str = "2026-11-26T08:00:00Z";

    #[test]
    fn what_feeds_print() {
        let check = |raw: &str, expect: Option<&str>| {
            let dated = read(raw, DateOrder::DayFirst, FETCHED.parse().unwrap());
            assert_eq!(dated.as_ref().map(|dated| date::rfc3339(dated.at)).as_deref(), expect, "{raw}");
            assert!(dated.is_none_or(|dated| dated.raw == raw.trim()));
        };
        check("Thu, 26 Nov 2026 08:00:00 +0700", Some("2026-11-26T08:00:00+07:00"));
        check("26/11/2026 08:00", Some("2026-11-26T08:00:00+07:00"));
        check("ven., 03 juil. 2020 15:09:58 +0000", Some("2020-07-03T22:09:58+07:00"));
        check("jeu., 02 avril 2020 00:00:00 +0200", Some("2020-04-02T05:00:00+07:00"));
        check("2026年5月28日 01:31", Some("2026-05-28T01:31:00+07:00"));
        check("2004-05-25 오후 11:23:17", Some("2004-05-25T21:23:17+07:00"));
        check("Fri, 31 Mar 2023 20:19:00 America/Los_Angeles", Some("2023-04-01T10:19:00+07:00"));
        check("Mon, 26 January 2004 16:31:00 ET", Some("2004-01-27T04:31:00+07:00"));
        check("03-12-31", Some("2003-12-31T00:00:00+07:00"));
        check("03-12-26", Some("2026-12-03T00:00:00+07:00"));
        check("031231", Some("2003-12-31T00:00:00+07:00"));
        for none in
            ["Sun, 16 Dec 2012 11:47:32 +zz:00", "2003-12", "2003", "Nov. 2020", "039931", "3 giờ trước", "Tin/ảnh", ""]
        {
            check(none, None);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_ends_in_a_value(raw: String) {
            let _ = read(&raw, DateOrder::DayFirst, FETCHED.parse().unwrap());
        }
    }
}
