//! The words around dates: labels and their roles, weekdays, words that join a day to its time, and marks of periods.
use std::ops::Range;

use serde::Deserialize;
use serde::Serialize;

use super::TimedDate;
use super::calendar::DateSpan;
use super::token::Line;

/// What a date means according to its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// "Ngày đăng", "Đăng lúc", "Gửi lúc", "Xuất bản": the article was published.
    Published,
    /// "Cập nhật", "Cập nhật lần cuối", "Chỉnh sửa": the article was modified or, on many portals, published.
    Modified,
    /// "Ngày ban hành", "Ngày ký": a legal document was issued.
    Issued,
    /// "Ngày có hiệu lực": a legal document came into force.
    Effective,
}

/// A phrase that forms a label.
struct Phrase {
    words: &'static [&'static str],
    /// None for a phrase whose date has none of the roles.
    role: Option<Role>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// A label only if a colon follows directly, because "đăng" and "đang" are the same without diacritics.
    BeforeColon,
    /// Like `BeforeColon`, and only if no other label precedes it: "Date:", but not "Modified date:".
    Bare,
    /// A label after which a name may stand before the date.
    BeforeName,
}

const fn bare(words: &'static [&'static str]) -> Phrase {
    Phrase { words, role: Some(Role::Published), kind: Kind::Bare }
}

const fn plain(words: &'static [&'static str], role: Role) -> Phrase {
    Phrase { words, role: Some(role), kind: Kind::Plain }
}

const fn before_name(words: &'static [&'static str]) -> Phrase {
    Phrase { words, role: Some(Role::Published), kind: Kind::BeforeName }
}

/// Maximum number of tokens between such a label and its date.
const MAX_NAME: usize = 10;

/// All phrases. Longer ones come before their own prefixes.
const PHRASES: &[Phrase] = &[
    before_name(&["duoc", "dang", "boi"]),
    before_name(&["dang", "boi"]),
    before_name(&["gui", "boi"]),
    before_name(&["viet", "boi"]),
    before_name(&["posted", "by"]),
    before_name(&["published", "by"]),
    before_name(&["submitted", "by"]),
    plain(&["thoi", "gian", "dang"], Role::Published),
    plain(&["ngay", "dang"], Role::Published),
    plain(&["duoc", "dang"], Role::Published),
    plain(&["dang", "ngay"], Role::Published),
    plain(&["dang", "luc"], Role::Published),
    plain(&["dang", "vao"], Role::Published),
    plain(&["dang", "tai"], Role::Published),
    plain(&["dang", "tin"], Role::Published),
    plain(&["dua", "tin"], Role::Published),
    plain(&["dua", "len"], Role::Published),
    plain(&["gui", "luc"], Role::Published),
    plain(&["gui", "ngay"], Role::Published),
    plain(&["gui", "vao"], Role::Published),
    plain(&["ngay", "gui"], Role::Published),
    plain(&["ngay", "tao"], Role::Published),
    plain(&["tao", "ngay"], Role::Published),
    plain(&["tao", "luc"], Role::Published),
    plain(&["ngay", "viet"], Role::Published),
    plain(&["viet", "ngay"], Role::Published),
    plain(&["viet", "luc"], Role::Published),
    plain(&["xuat", "ban"], Role::Published),
    plain(&["published"], Role::Published),
    plain(&["posted"], Role::Published),
    plain(&["submitted", "on"], Role::Published),
    plain(&["created"], Role::Published),
    plain(&["pubdate"], Role::Published),
    plain(&["first", "published"], Role::Published),
    plain(&["veroffentlicht"], Role::Published),
    plain(&["erstellt"], Role::Published),
    plain(&["publie"], Role::Published),
    plain(&["publicado"], Role::Published),
    plain(&["publicada"], Role::Published),
    plain(&["pubblicato"], Role::Published),
    plain(&["gepubliceerd"], Role::Published),
    plain(&["opublikowano"], Role::Published),
    plain(&["опубликовано"], Role::Published),
    plain(&["diterbitkan"], Role::Published),
    Phrase { words: &["dang"], role: Some(Role::Published), kind: Kind::BeforeColon },
    bare(&["date"]),
    bare(&["datum"]),
    bare(&["data"]),
    bare(&["fecha"]),
    Phrase { words: &["update"], role: Some(Role::Modified), kind: Kind::BeforeColon },
    plain(&["cap", "nhat"], Role::Modified),
    plain(&["chinh", "sua"], Role::Modified),
    plain(&["sua", "doi"], Role::Modified),
    plain(&["ngay", "sua"], Role::Modified),
    plain(&["sua", "lan", "cuoi"], Role::Modified),
    plain(&["updated"], Role::Modified),
    plain(&["last", "update"], Role::Modified),
    plain(&["modified"], Role::Modified),
    plain(&["aktualisiert"], Role::Modified),
    plain(&["zuletzt", "geandert"], Role::Modified),
    plain(&["mis", "a", "jour"], Role::Modified),
    plain(&["actualizado"], Role::Modified),
    plain(&["atualizado"], Role::Modified),
    plain(&["aggiornato"], Role::Modified),
    plain(&["bijgewerkt"], Role::Modified),
    plain(&["zaktualizowano"], Role::Modified),
    plain(&["обновлено"], Role::Modified),
    plain(&["diperbarui"], Role::Modified),
    plain(&["ban", "hanh"], Role::Issued),
    plain(&["ngay", "ky"], Role::Issued),
    Phrase { words: &["het", "hieu", "luc"], role: None, kind: Kind::Plain },
    plain(&["hieu", "luc"], Role::Effective),
];

/// Words that may stand between a label and its date.
const FILLERS: &[&str] = &[
    "ngay", "luc", "vao", "hoi", "lan", "cuoi", "cung", "gan", "nhat", "moi", "thoi", "gian", "diem", "tin", "bai",
    "len", "tu", "ke", "thi", "hanh", "dang", "on", "at", "date", "time", "gio", "am", "um", "le", "el", "il", "op",
    "em", "den",
];

/// Words that may stand between a day and its time.
const JOINING_WORDS: &[&str] =
    &["luc", "vao", "hoi", "ngay", "at", "on", "t", "thoi", "gian", "gio", "um", "a", "alle", "ore", "as", "om", "kl"];

/// The label of one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    /// The role. None if there is no label, or if its date has none of the roles.
    pub(super) role: Option<Role>,
    /// The first token of the label, or of the date if there is no label.
    pub(super) start: usize,
    /// Whether it is clearly a label and not part of a sentence.
    pub(super) marked: bool,
}

/// Returns one label for each date in `found`.
pub(super) fn labels<'a>(line: &'a Line<'_>, found: &'a [TimedDate]) -> impl Iterator<Item = Label> + 'a {
    found.iter().enumerate().map(move |(index, date)| {
        let floor = index.checked_sub(1).and_then(|before| found.get(before)).map_or(0, |before| before.tokens.end);
        label_of(line, floor, date)
    })
}

fn label_of(line: &Line<'_>, floor: usize, date: &TimedDate) -> Label {
    let none = Label { role: None, start: date.tokens.start, marked: false };
    let mut last = None;
    let mut index = floor;
    while index < date.tokens.start {
        match phrase_at(line, index) {
            Some((phrase, end)) if phrase.kind == Kind::Bare && last.is_some() => index = end,
            Some((phrase, end)) => {
                last = Some((phrase, index, end));
                index = end;
            }
            None => index += 1,
        }
    }
    if last.is_none() && is_bare_label(line, date) {
        return Label { role: Some(Role::Published), start: 0, marked: true };
    }
    let Some((&Phrase { role: Some(role), kind, .. }, begin, end)) = last else { return none };
    if !leads_to(line, kind, end..date.tokens.start) {
        return none;
    }
    let start = label_start(line, floor, begin);
    let colon = (end..date.tokens.start).any(|index| line.is_sign(index, ':'));
    let marked = colon || (begins_segment(line, floor, start) && ends_segment(line, date.tokens.end));
    Label { role: Some(role), start, marked }
}

/// Whether a line is just a word such as "Date" and the date. If markup separates the two, there is no colon.
fn is_bare_label(line: &Line<'_>, date: &TimedDate) -> bool {
    let bare = PHRASES.iter().filter(|phrase| phrase.kind == Kind::Bare);
    date.tokens == (1..line.len()) && bare.into_iter().any(|phrase| line.is_word(0, phrase.words))
}

/// Returns the phrase that begins at a token, and the index of the token after it.
fn phrase_at(line: &Line<'_>, index: usize) -> Option<(&'static Phrase, usize)> {
    let matches = |phrase: &&Phrase| {
        phrase.words.iter().enumerate().all(|(offset, word)| line.word(index + offset) == *word)
            && (!matches!(phrase.kind, Kind::BeforeColon | Kind::Bare) || line.is_sign(index + phrase.words.len(), ':'))
    };
    let phrase = PHRASES.iter().find(matches)?;
    Some((phrase, index + phrase.words.len()))
}

/// Whether only fillers stand between a label and its date. After "Đăng bởi" and its like, a name is allowed too.
fn leads_to(line: &Line<'_>, kind: Kind, gap: Range<usize>) -> bool {
    if kind != Kind::BeforeName {
        return { gap }.all(|index| is_filler(line, index));
    }
    gap.len() <= MAX_NAME && gap.end.checked_sub(1).is_some_and(|last| is_filler(line, last)) && { gap }
        .all(|index| is_filler(line, index) || !line.word(index).is_empty())
}

/// Returns the token where the label begins, which may be before the phrase: "Ngày cập nhật", "Lần cập nhật", "Last updated".
fn label_start(line: &Line<'_>, floor: usize, phrase: usize) -> usize {
    let mut start = phrase;
    while start > floor && line.is_word(start - 1, &["ngay", "duoc", "lan", "thoi", "gian", "diem", "tin", "last"]) {
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
        None if end >= line.len() || line.is_word(end, &["boi", "by"]) => true,
        None => phrase_at(line, end).is_some() || phrase_at(line, end + 1).is_some(),
    }
}

/// Marks the tokens that may stand between a day and its time: some punctuation, a few words, weekdays.
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
        "mon",
        "monday",
        "tue",
        "tues",
        "tuesday",
        "wed",
        "wednesday",
        "thu",
        "thur",
        "thurs",
        "thursday",
        "fri",
        "friday",
        "sat",
        "saturday",
        "sun",
        "sunday",
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

/// Whether a day is one end of a period: "01/03/2021 - 05/03/2021", "từ 01/3 đến 05/3/2021".
pub(super) fn is_period(line: &Line<'_>, days: &[DateSpan], index: usize) -> bool {
    let Some(day) = days.get(index) else { return false };
    let before = index.checked_sub(1).and_then(|before| days.get(before));
    let after = days.get(index + 1);
    before.is_some_and(|before| joins_period(line, before.tokens.end, day.tokens.start))
        || after.is_some_and(|after| joins_period(line, day.tokens.end, after.tokens.start))
        || follows_until(line, day.tokens.start)
}

/// Whether two days form a period: only period marks stand between them.
fn joins_period(line: &Line<'_>, from: usize, to: usize) -> bool {
    let is_mark = |index: usize| {
        matches!(line.sign(index), Some('-' | '–' | '/' | '~' | '→')) || line.is_word(index, &["den", "toi"])
    };
    let is_allowed = |index: usize| is_mark(index) || line.is_word(index, &["ngay", "het"]) || in_weekday(line, index);
    (from..to).any(is_mark) && (from..to).all(is_allowed)
}

/// Whether "đến" or "tới" precedes a day, after a number that may be the period's start.
fn follows_until(line: &Line<'_>, start: usize) -> bool {
    let mut index = start;
    while index > 0 && line.is_word(index - 1, &["ngay", "het"]) {
        index -= 1;
    }
    let Some(until) = index.checked_sub(1) else { return false };
    line.is_word(until, &["den", "toi"]) && (0..until).any(|index| !line.digits(index).is_empty())
}
