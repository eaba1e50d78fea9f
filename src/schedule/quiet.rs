//! Quiet hours: times of the day at which a portal is not visited.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::schedule::local;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 3600;

/// Time spans of the day in +07:00, which has no daylight saving time: `22:00-05:30`. The end does not belong to the span.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuietHours(Vec<QuietSpan>);

/// One span, in minutes of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietSpan {
    from: i64,
    to: i64,
}

impl QuietHours {
    /// Creates quiet hours. None if they leave no minute of the day.
    pub fn new(spans: Vec<QuietSpan>) -> Option<QuietHours> {
        let quiet = QuietHours(spans);
        (0..24 * 60).any(|minute| !quiet.holds(minute)).then_some(quiet)
    }

    /// Returns the first moment from `at` on that is not quiet.
    pub fn out_of(&self, at: Timestamp) -> Timestamp {
        self.first(at, false)
    }

    /// Returns the first moment from `at` on that is quiet. None if there are no quiet hours.
    pub fn begins(&self, at: Timestamp) -> Option<Timestamp> {
        (!self.0.is_empty()).then(|| self.first(at, true))
    }

    /// Returns the first moment from `at` on that is quiet, or that is not. It is at most one day later.
    fn first(&self, at: Timestamp, quiet: bool) -> Timestamp {
        let second = at.as_second();
        let minute = local(second).rem_euclid(DAY) / MINUTE;
        let begun = second - local(second).rem_euclid(MINUTE);
        let after = (0..=24 * 60).find(|after| self.holds((minute + after) % (24 * 60)) == quiet);
        match after {
            Some(0) | None => at,
            Some(after) => Timestamp::from_second(begun + after * MINUTE).unwrap_or(at),
        }
    }

    fn holds(&self, minute: i64) -> bool {
        self.0.iter().any(
            |QuietSpan { from, to }| {
                if from <= to { (*from..*to).contains(&minute) } else { minute >= *from || minute < *to }
            },
        )
    }
}

impl FromStr for QuietSpan {
    type Err = String;

    fn from_str(text: &str) -> Result<QuietSpan, String> {
        let refused = || format!("`{text}` is not a span of hours");
        let (from, to) = text.split_once('-').ok_or_else(refused)?;
        let span = QuietSpan { from: minute(from).ok_or_else(refused)?, to: minute(to).ok_or_else(refused)? };
        if span.from == span.to % (24 * 60) { Err(format!("`{text}` is empty or a whole day")) } else { Ok(span) }
    }
}

/// Parses `HH:MM` as a minute of the day. `24:00` is the end of the day.
fn minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) {
        return None;
    }
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
}

impl fmt::Display for QuietSpan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = [self.from, self.to].map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60));
        write!(formatter, "{from}-{to}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(spans: &[&str]) -> QuietHours {
        QuietHours::new(spans.iter().map(|span| span.parse().unwrap()).collect()).unwrap()
    }

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn what_falls_into_quiet_hours_is_put_to_their_end() {
        let night = quiet(&["22:00-05:30", "05:30-06:00"]);
        let check =
            |at: &str, expect: &str| assert_eq!(night.out_of(moment(at)).to_string(), moment(expect).to_string());
        check("2025-07-01T21:59:59+07:00", "2025-07-01T21:59:59+07:00");
        check("2025-07-01T22:00:00+07:00", "2025-07-02T06:00:00+07:00");
        check("2025-07-02T05:45:17+07:00", "2025-07-02T06:00:00+07:00");
        check("2025-07-02T06:00:00+07:00", "2025-07-02T06:00:00+07:00");
        assert_eq!(QuietHours::default().out_of(moment("2025-07-02T03:00:00Z")), moment("2025-07-02T03:00:00Z"));
    }

    #[test]
    fn quiet_hours_begin_today_or_tomorrow() {
        let noon = quiet(&["11:30-13:00"]);
        let begins = |at: &str| noon.begins(moment(at)).map(|moment| moment.to_string());
        assert_eq!(begins("2025-07-01T10:00:30+07:00").as_deref(), Some("2025-07-01T04:30:00Z"));
        assert_eq!(begins("2025-07-01T12:00:30+07:00").as_deref(), Some("2025-07-01T05:00:30Z"));
        assert_eq!(begins("2025-07-01T13:00:00+07:00").as_deref(), Some("2025-07-02T04:30:00Z"));
        assert_eq!(QuietHours::default().begins(moment("2025-07-01T13:00:00Z")), None);
    }

    #[test]
    fn spans_are_read_or_refused() {
        let read = |text: &str| text.parse::<QuietSpan>().map(|span| span.to_string());
        assert_eq!(read("22:00-05:00").as_deref(), Ok("22:00-05:00"));
        assert_eq!(read("20:00 - 24:00").as_deref(), Ok("20:00-24:00"));
        for bad in ["22-5", "22:00", "25:00-26:00", "22:60-23:00", "2:00-5:00", "a:b-c:d", "+1:00-05:00"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert_eq!(read("00:00-24:00"), Err("`00:00-24:00` is empty or a whole day".to_owned()));
        let halves = ["00:00-12:00", "12:00-24:00"].map(|span| span.parse().unwrap());
        assert_eq!(QuietHours::new(halves.to_vec()), None, "no minute is left");
    }
}
