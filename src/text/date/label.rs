//! The words around dates: labels with their roles, weekdays, words that join a day to its time, marks of periods.
use serde::Deserialize;
use serde::Serialize;

use super::Found;
use super::calendar::DateSpan;
use super::token::Line;

/// What a label says a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// "Ngày đăng", "Đăng lúc", "Gửi lúc", "Xuất bản": the article appeared.
    Published,
    /// "Cập nhật", "Cập nhật lần cuối", "Chỉnh sửa": the article changed, or on many portals, appeared.
    Modified,
    /// "Ngày ban hành", "Ngày ký": a legal document was issued.
    Issued,
    /// "Ngày có hiệu lực": a legal document came into force.
    Effective,
}

/// Phrases, the longer before those they begin with. No role: a date that must not be taken for one of the roles.
const PHRASES: &[(&[&str], Option<Role>)] = &[
    (&["thoi", "gian", "dang"], Some(Role::Published)),
    (&["ngay", "dang"], Some(Role::Published)),
    (&["dang", "ngay"], Some(Role::Published)),
    (&["dang", "luc"], Some(Role::Published)),
    (&["dang", "tai"], Some(Role::Published)),
    (&["dang", "tin"], Some(Role::Published)),
    (&["dua", "tin"], Some(Role::Published)),
    (&["dua", "len"], Some(Role::Published)),
    (&["gui", "luc"], Some(Role::Published)),
    (&["gui", "ngay"], Some(Role::Published)),
    (&["ngay", "gui"], Some(Role::Published)),
    (&["ngay", "tao"], Some(Role::Published)),
    (&["ngay", "viet"], Some(Role::Published)),
    (&["xuat", "ban"], Some(Role::Published)),
    (&["published"], Some(Role::Published)),
    (&["posted"], Some(Role::Published)),
    (&["cap", "nhat"], Some(Role::Modified)),
    (&["chinh", "sua"], Some(Role::Modified)),
    (&["sua", "doi"], Some(Role::Modified)),
    (&["ngay", "sua"], Some(Role::Modified)),
    (&["sua", "lan", "cuoi"], Some(Role::Modified)),
    (&["updated"], Some(Role::Modified)),
    (&["last", "update"], Some(Role::Modified)),
    (&["modified"], Some(Role::Modified)),
    (&["ban", "hanh"], Some(Role::Issued)),
    (&["ngay", "ky"], Some(Role::Issued)),
    (&["het", "hieu", "luc"], None),
    (&["hieu", "luc"], Some(Role::Effective)),
];

/// Words that stand between a label and its date.
const FILLERS: &[&str] = &[
    "ngay", "luc", "vao", "hoi", "lan", "cuoi", "cung", "gan", "nhat", "moi", "thoi", "gian", "diem", "tin", "bai", "len",
    "tu", "dang", "on", "at", "date", "time", "gio",
];

/// Words that stand between a day and its time.
const JOINING_WORDS: &[&str] = &["luc", "vao", "hoi", "ngay", "at", "on", "t", "thoi", "gian", "gio"];

/// The label of one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// No label, or that of a date of no interest; the date begins at this token.
    None(usize),
    /// A label that begins at this token.
    Of { role: Role, start: usize, marked: bool },
}

impl Label {
    /// The role, if a label gives one.
    pub(super) fn role(self) -> Option<Role> {
        match self {
            Label::None(_) => None,
            Label::Of { role, .. } => Some(role),
        }
    }

    /// The token the label, or else the date, begins at.
    pub(super) fn start(self) -> usize {
        match self {
            Label::None(start) | Label::Of { start, .. } => start,
        }
    }

    /// Whether the label is set off as one, and not a part of a sentence.
    pub(super) fn is_marked(self) -> bool {
        matches!(self, Label::Of { marked: true, .. })
    }
}

/// The labels of the dates found, one for each.
pub(super) fn labels<'a>(line: &'a Line<'_>, found: &'a [Found]) -> impl Iterator<Item = Label> + 'a {
    found.iter().enumerate().map(move |(index, date)| {
        let floor = index.checked_sub(1).and_then(|before| found.get(before)).map_or(0, |before| before.tokens.end);
        label_of(line, floor, date)
    })
}

fn label_of(line: &Line<'_>, floor: usize, date: &Found) -> Label {
    let none = Label::None(date.tokens.start);
    let mut last = None;
    let mut index = floor;
    while index < date.tokens.start {
        match phrase_at(line, index) {
            Some((role, end)) => {
                last = Some((role, index, end));
                index = end;
            }
            None => index += 1,
        }
    }
    let Some((Some(role), phrase, end)) = last else { return none };
    if !(end..date.tokens.start).all(|index| is_filler(line, index)) {
        return none;
    }
    let start = label_start(line, floor, phrase);
    let colon = (end..date.tokens.start).any(|index| line.is_sign(index, ':'));
    let marked = colon || (begins_segment(line, floor, start) && ends_segment(line, date.tokens.end));
    Label::Of { role, start, marked }
}

/// The role of the phrase that begins at a token, and the token after it.
fn phrase_at(line: &Line<'_>, index: usize) -> Option<(Option<Role>, usize)> {
    let (words, role) = PHRASES
        .iter()
        .find(|(words, _)| words.iter().enumerate().all(|(offset, word)| line.word(index + offset) == *word))?;
    Some((*role, index + words.len()))
}

/// "Ngày cập nhật", "Lần cập nhật", "Last updated": the label begins before the phrase.
fn label_start(line: &Line<'_>, floor: usize, phrase: usize) -> usize {
    let mut start = phrase;
    while start > floor && line.is_word(start - 1, &["ngay", "lan", "thoi", "gian", "diem", "tin", "last"]) {
        start -= 1;
    }
    start
}

fn is_filler(line: &Line<'_>, index: usize) -> bool {
    match line.sign(index) {
        Some(sign) => matches!(sign, ':' | '-' | '–' | ',' | '(' | '[' | '|' | '.'),
        None => line.is_word(index, FILLERS) || in_weekday(line, index),
    }
}

fn begins_segment(line: &Line<'_>, floor: usize, start: usize) -> bool {
    let capital = line.printed(start).chars().next().is_some_and(char::is_uppercase);
    let after_sign = start
        .checked_sub(1)
        .and_then(|before| line.sign(before))
        .is_some_and(|sign| matches!(sign, '|' | '•' | '-' | '–' | '(' | ')' | '[' | ']' | ';' | '>'));
    start == floor || capital || after_sign
}

fn ends_segment(line: &Line<'_>, end: usize) -> bool {
    match line.sign(end) {
        Some(sign) => matches!(sign, '|' | '•' | '-' | '–' | ')' | ']' | ';') || (sign == '.' && end + 1 == line.len()),
        None => end >= line.len() || phrase_at(line, end).is_some() || phrase_at(line, end + 1).is_some(),
    }
}

/// Which tokens may stand between a day and its time: some signs, a few words, weekdays.
pub(super) fn joiners(line: &Line<'_>) -> Vec<bool> {
    (0..line.len())
        .map(|index| match line.sign(index) {
            Some(sign) => {
                matches!(sign, '-' | '–' | '|' | '•' | ',' | ';' | ':' | '(' | ')' | '[' | ']' | '\'' | '@' | '~')
            }
            None => line.is_word(index, JOINING_WORDS) || in_weekday(line, index),
        })
        .collect()
}

/// Whether a token is part of a weekday: "Thứ hai", "thứ 5", "T2", "Th 2", "Chủ nhật", "CN", "Mon".
fn in_weekday(line: &Line<'_>, index: usize) -> bool {
    weekday_length(line, index) > 0 || index.checked_sub(1).is_some_and(|before| weekday_length(line, before) == 2)
}

fn weekday_length(line: &Line<'_>, index: usize) -> usize {
    const ENGLISH: &[&str] = &[
        "mon", "monday", "tue", "tues", "tuesday", "wed", "wednesday", "thu", "thur", "thurs", "thursday", "fri", "friday",
        "sat", "saturday", "sun", "sunday",
    ];
    let word = line.word(index);
    let next_is_day = line.number(index + 1, 1..=1).is_some_and(|number| (2..=8).contains(&number));
    match word {
        "thu" if next_is_day || line.is_word(index + 1, &["hai", "ba", "tu", "nam", "sau", "bay"]) => 2,
        "t" | "th" if next_is_day => 2,
        "chu" if line.word(index + 1) == "nhat" => 2,
        "cn" => 1,
        _ => usize::from(ENGLISH.contains(&word)),
    }
}

/// Whether a day is an end of a period: "01/03/2021 - 05/03/2021", "từ 01/3 đến 05/3/2021".
pub(super) fn is_period(line: &Line<'_>, days: &[DateSpan], index: usize) -> bool {
    let Some(day) = days.get(index) else { return false };
    let before = index.checked_sub(1).and_then(|before| days.get(before));
    let after = days.get(index + 1);
    before.is_some_and(|before| joins_period(line, before.tokens.end, day.tokens.start))
        || after.is_some_and(|after| joins_period(line, day.tokens.end, after.tokens.start))
        || follows_until(line, day.tokens.start)
}

/// Whether only marks of a period stand between two days.
fn joins_period(line: &Line<'_>, from: usize, to: usize) -> bool {
    let is_mark = |index: usize| {
        matches!(line.sign(index), Some('-' | '–' | '/' | '~' | '→')) || line.is_word(index, &["den", "toi"])
    };
    let is_allowed = |index: usize| is_mark(index) || line.is_word(index, &["ngay", "het"]) || in_weekday(line, index);
    (from..to).any(is_mark) && (from..to).all(is_allowed)
}

/// Whether "đến" or "tới" stands before a day, and before that a number that may be the other end.
fn follows_until(line: &Line<'_>, start: usize) -> bool {
    let mut index = start;
    while index > 0 && line.is_word(index - 1, &["ngay", "het"]) {
        index -= 1;
    }
    let Some(until) = index.checked_sub(1) else { return false };
    line.is_word(until, &["den", "toi"]) && (0..until).any(|index| !line.digits(index).is_empty())
}
