//! Reads a legal document's (văn bản) page: a table or list of labels and values, else its title.

use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::model::article::Document;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::document;
use crate::text::vietnamese::fold_ascii;

/// Labels and their fields, folded to ASCII.
const LABELS: &[(&str, Field)] = &[
    ("so/ky hieu", Field::Number),
    ("so, ky hieu", Field::Number),
    ("so ky hieu", Field::Number),
    ("so hieu", Field::Number),
    ("so van ban", Field::Number),
    ("so hieu van ban", Field::Number),
    ("ky hieu", Field::Number),
    ("loai van ban", Field::Kind),
    ("hinh thuc van ban", Field::Kind),
    ("the loai", Field::Kind),
    ("co quan ban hanh", Field::Issuer),
    ("don vi ban hanh", Field::Issuer),
    ("noi ban hanh", Field::Issuer),
    ("nguoi ky", Field::Signer),
    ("nguoi ky duyet", Field::Signer),
    ("ngay ban hanh", Field::Issued),
    ("ngay ky", Field::Issued),
    ("ngay van ban", Field::Issued),
    ("ngay hieu luc", Field::Effective),
    ("ngay co hieu luc", Field::Effective),
    ("hieu luc", Field::Effective),
    ("ngay ap dung", Field::Effective),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Number,
    Kind,
    Issuer,
    Signer,
    Issued,
    Effective,
}

/// Minimum number of labeled values of a document's page.
const LEAST_FIELDS: usize = 3;

/// Maximum number of words of a label.
const MOST_WORDS: usize = 4;

/// Maximum number of characters of a value.
const MAX_VALUE: usize = 200;

/// Reads the labels of a page. None if it has too few.
pub(super) fn read(outline: &Outline<'_>) -> Option<Document> {
    let mut found: Vec<(Field, String)> = Vec::new();
    for (at, line) in outline.lines.iter().enumerate() {
        let next = outline.lines.get(at + 1);
        for (field, value) in labelled(line, next) {
            // The first value belongs to the page's own document. Lists of others follow.
            if !found.iter().any(|(known, _)| *known == field) {
                found.push((field, value));
            }
        }
    }
    let named = found.iter().any(|(field, _)| *field == Field::Number);
    (named && found.len() >= LEAST_FIELDS).then(|| of_fields(found))
}

/// "Số/Ký hiệu: 12/QĐ-UBND" in one line, in two cells, or in two lines.
fn labelled(line: &Line<'_>, next: Option<&Line<'_>>) -> Vec<(Field, String)> {
    let cells = match &line.kind {
        Kind::Row { cells, .. } => cells.as_slice(),
        Kind::Image(_) => return Vec::new(),
        _ => std::slice::from_ref(&line.text),
    };
    let mut found = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        if let Some((label, value)) = cell.split_once(':').filter(|(_, value)| !value.trim().is_empty())
            && let Some(field) = field_of(label)
        {
            found.push((field, value.trim().to_owned()));
        } else if let Some(field) = field_of(cell.trim_end_matches(':')) {
            let beside = cells.get(at + 1).map(String::as_str);
            let below = next.filter(|next| cells.len() == 1 && !next.is_image()).map(|next| next.text.as_str());
            let value = beside.or(below).map(str::trim).filter(|value| !value.is_empty() && field_of(value).is_none());
            found.extend(value.map(|value| (field, value.to_owned())));
        }
    }
    found.retain(|(_, value)| value.chars().count() <= MAX_VALUE);
    found
}

fn field_of(label: &str) -> Option<Field> {
    if label.len() > 60 {
        return None;
    }
    let label = label.trim().trim_start_matches(['-', '+', '•', '*', ' ']);
    // Most texts are told apart by their first letter, before they are folded.
    let first = label.chars().next().map(|first| first.to_ascii_lowercase());
    let may_be = |known: &str| first.is_some_and(|first| !first.is_ascii() || known.starts_with(first));
    if !LABELS.iter().any(|(known, _)| may_be(known)) || label.split_whitespace().nth(MOST_WORDS).is_some() {
        return None;
    }
    let key = fold_ascii(label);
    let key = key.trim();
    LABELS.iter().find(|(known, _)| *known == key).map(|(_, field)| *field)
}

fn of_fields(found: Vec<(Field, String)>) -> Document {
    let mut out = Document::default();
    for (field, value) in found {
        match field {
            Field::Number => {
                out.number = Some(document::read(&value).map_or_else(|| value.clone(), |read| read.canonical));
            }
            Field::Kind => out.kind = Some(value),
            Field::Issuer => out.issuer = Some(value),
            Field::Signer => out.signer = Some(value),
            Field::Issued => out.issued = day(&value),
            Field::Effective => out.effective = day(&value),
        }
    }
    if out.kind.is_none() {
        out.kind = out.number.as_deref().and_then(document::read).and_then(|read| read.kind_name()).map(str::to_owned);
    }
    out
}

/// Returns the day that a value begins with or contains, as `yyyy-mm-dd`.
pub(super) fn day(value: &str) -> Option<String> {
    let dated = date::read(value, DateOrder::DayFirst)?;
    date::rfc3339(dated.at).get(..10).map(str::to_owned)
}
