//! Lines with dates: what they contain besides the date, and what follows them.

use jiff::civil::Date;

use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::date::Precision;

/// Maximum number of characters of a printed date with its label.
pub(super) const MAX_DATE: usize = 160;

/// Minimum number of digits of a date: "1 May 2021".
const LEAST_DIGITS: usize = 5;

/// Maximum number of words next to a labeled date in its line, such as buttons of the page: "Ngày đăng: 07/08/2026 Xem cỡ chữ Đọc bài viết".
const BUTTONS: usize = 6;

/// Whether a text has enough digits for a date.
pub(super) fn may_date(text: &str) -> bool {
    has_digits(text, LEAST_DIGITS)
}

/// Whether a text has enough digits for two dates.
pub(super) fn may_date_twice(text: &str) -> bool {
    has_digits(text, 2 * LEAST_DIGITS)
}

fn has_digits(text: &str, least: usize) -> bool {
    text.bytes().filter(u8::is_ascii_digit).take(least).count() == least
}

/// Whether a line is a date line: only the date, or the date with its label and a few words that are not a sentence.
pub(super) fn is_line_of_date(line: &Line<'_>) -> bool {
    if line.text.len() > MAX_DATE || line.is_image() || !may_date(&line.text) {
        return false;
    }
    // The text before the label may be a name.
    let beside = |dated: &Dated| {
        let before = line.text.find(dated.raw.as_str()).and_then(|at| line.text.get(..at)).unwrap_or_default();
        !before.contains(char::is_alphabetic) && line.words as usize <= dated.raw.split_whitespace().count() + BUTTONS
    };
    let labelled = date::find_labelled(&line.text).is_some_and(|dated| beside(&dated));
    let is_sentence = line.text.ends_with(['.', ';', ',']);
    !is_sentence && (labelled || is_date(&line.text))
}

/// Returns a day with the time from the next line. Some themes put the time into its own element.
pub(super) fn with_clock(outline: &Outline<'_>, line: usize, dated: Dated, order: DateOrder) -> Dated {
    let clock = outline.lines.get(line + 1).filter(|next| dated.precision == Precision::Day && is_clock(&next.text));
    let both = clock.and_then(|clock| date::read(&format!("{} {}", dated.raw, clock.text), order));
    both.filter(|both| day_of(both) == day_of(&dated)).unwrap_or(dated)
}

/// "09:40", "9h40", "09:40 SA".
fn is_clock(text: &str) -> bool {
    const LONGEST: usize = 11;
    text.len() <= LONGEST
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.contains([':', 'h'])
        && (3..=6).contains(&text.bytes().filter(u8::is_ascii_digit).count())
}

/// Returns the day of a moment in its own time zone.
pub(super) fn day_of(dated: &Dated) -> Option<Date> {
    date::rfc3339_as_published(dated).get(..10)?.parse().ok()
}

/// Maximum number of words next to a date and its label in a date line: the name of the day, a view counter.
const MOST_BESIDE: usize = 6;

/// Whether a line contains only its date, a label and a few words.
pub(super) fn is_alone(text: &str) -> bool {
    let pieces = date::beside_labels(text);
    let words = pieces.iter().flat_map(|piece| piece.split(|c: char| !c.is_alphabetic()));
    words.filter(|word| word.chars().count() > 2).count() <= MOST_BESIDE
}

/// Whether a text is a date, with no more than that next to it.
pub(super) fn is_date(text: &str) -> bool {
    date::read(text, DateOrder::DayFirst).is_some() && is_alone(text)
}

/// Whether a line shows today's date.
pub(super) fn tells_today(text: &str) -> bool {
    let head: String = text.trim_start().chars().take(TODAY_CHARACTERS).flat_map(char::to_lowercase).collect();
    ["hôm nay", "today"].iter().any(|today| head.starts_with(today))
}

/// Number of characters at a line's beginning that are searched for "today".
const TODAY_CHARACTERS: usize = 8;

pub(super) fn shows_date(line: &Line<'_>) -> bool {
    line.text.len() <= MAX_DATE * 2 && may_date(&line.text) && date::read(&line.text, DateOrder::DayFirst).is_some()
}

/// Whether a line only shows a date, possibly with a label and a view counter.
pub(super) fn is_date_line(line: &Line<'_>) -> bool {
    shows_date(line) && is_alone(&line.text)
}

/// Whether a date is a link, in a line that consists mostly of links.
pub(super) fn is_linked(line: &Line<'_>, dated: &Dated) -> bool {
    let start = line.text.find(dated.raw.as_str()).unwrap_or_default();
    let digit = line.text.get(start..).and_then(|text| text.find(|c: char| c.is_ascii_digit())).unwrap_or_default();
    // A link to the top of the page itself leads nowhere.
    let mut links = line.links().filter(|(_, reference)| !reference.starts_with('#'));
    line.link_density() > 0.5 && links.any(|(run, _)| run.range().contains(&(start + digit)))
}
