//! Reads dates from URL paths.
use super::Dated;
use super::Moment;
use super::calendar::date_of;
use super::machine;

/// Lengths of numbers that end in a timestamp: fourteen digits, and up to three for a fraction of a second.
const STAMP: std::ops::RangeInclusive<usize> = 14..=17;

/// Lengths of such numbers with a prefix of three digits for the outlet and a two-digit year.
const PREFIXED_STAMP: std::ops::RangeInclusive<usize> = 15..=18;

/// Reads a path. An article's timestamp wins over a folder's date, because it is more exact.
pub(super) fn read(path: &str) -> Option<Dated> {
    final_stamp(path).or_else(|| dated_folder(path))
}

fn final_stamp(path: &str) -> Option<Dated> {
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let digits = stem.rsplit('-').next()?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let plain = STAMP.contains(&digits.len()).then(|| machine::stamp(digits.get(..14)?)).flatten();
    let moment = plain.or_else(|| {
        let year_on = PREFIXED_STAMP.contains(&digits.len()).then(|| digits.get(3..15)).flatten()?;
        machine::stamp(&format!("20{year_on}"))
    })?;
    Some(moment.dated(digits))
}

/// `/2021-03-15/`, `/2021-03-15-name`, `/20210315/`, `/2021/03/15/`
fn dated_folder(path: &str) -> Option<Dated> {
    let parts: Vec<&str> = path.split('/').collect();
    (0..parts.len()).find_map(|index| {
        let part = parts.get(index)?;
        let own = if part.len() == 8 { machine::stamp(part) } else { leading_day(part) };
        if let Some(moment) = own {
            return Some(moment.dated(part));
        }
        let three = parts.get(index..index + 3)?;
        Some(day_of(three)?.dated(&three.join("/")))
    })
}

fn leading_day(part: &str) -> Option<Moment> {
    let pieces: Vec<&str> = part.splitn(4, '-').collect();
    let next_is_number =
        pieces.get(3).is_some_and(|piece| piece.starts_with(|character: char| character.is_ascii_digit()));
    if next_is_number { None } else { day_of(pieces.get(..3)?) }
}

fn day_of(pieces: &[&str]) -> Option<Moment> {
    let [year, month, day] = pieces else { return None };
    let number = |digits: &str, length: usize| {
        let fits = digits.len() <= length && digits.bytes().all(|byte| byte.is_ascii_digit());
        if fits { digits.parse::<i64>().ok() } else { None }
    };
    Moment::new(date_of(number(year, 4)?, number(month, 2)?, number(day, 2)?)?, None)
}
