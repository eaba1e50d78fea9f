//! Removes text next to names in a printed byline that is not a name: a label, a day, an office, a place, an address.

use std::borrow::Cow;

use crate::extract::date_lines;
use crate::text::date;
use crate::text::vietnamese::fold_ascii;

/// Removes everything next to the names in a printed byline: a label, a day, an office in brackets, an address.
pub(super) fn without_asides(byline: &str) -> String {
    let byline = parted(byline);
    let byline = without_pictures(without_place(&byline));
    let byline = byline.split_once(':').filter(|(label, _)| is_label(label)).map_or(byline, |(_, names)| names);
    let mut kept = String::with_capacity(byline.len());
    let mut depth = 0_usize;
    for c in byline.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    if date_lines::may_date(&kept) {
        kept = date::beside(&kept).join(" | ");
    }
    let words = kept.split(' ').filter(|word| !word.contains('@'));
    words.collect::<Vec<_>>().join(" ")
}

/// `ByJane Roe` becomes `By Jane Roe`: some themes separate the two only by a margin.
pub(super) fn parted(byline: &str) -> Cow<'_, str> {
    let name = ["By", "Von", "Par"].iter().find_map(|word| byline.strip_prefix(word));
    match name.filter(|name| name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)) {
        Some(name) => Cow::Owned(format!("By {name}")),
        None => Cow::Borrowed(byline),
    }
}

/// Removes the credit for pictures: "Jane Roe and photographed by John Doe", "Lan Chi - Đồ họa: Quốc Khải".
fn without_pictures(byline: &str) -> &str {
    const PICTURES: &[&str] =
        &["photograph", "photos by", "photos:", "pictures by", "illustrat", "ảnh:", "đồ họa:", "fotos:"];
    let lower = byline.to_lowercase();
    let at = PICTURES.iter().filter_map(|word| lower.find(word)).min().filter(|_| lower.len() == byline.len());
    let before = byline.get(..at.unwrap_or(byline.len())).unwrap_or(byline).trim_end();
    let before = before.strip_suffix(" and").unwrap_or(before).trim_end_matches([' ', '-', '–', ',', '|', ';', '/']);
    // "Bài, ảnh: Lan Chi" names the writer.
    if before.contains(' ') && at.is_some() && !is_label(before) { before } else { byline }
}

/// Removes the place, the paper or the occasion: "Special to the Courier by Jane Roe in Harbourton" → "Jane Roe".
fn without_place(byline: &str) -> &str {
    let named = byline.split_once(" by ").map_or(byline, |(_, named)| named);
    let ends = [" for ", " in ", " at ", " from "].iter().filter_map(|end| named.find(end));
    let end = ends.filter(|end| named.get(..*end).is_some_and(|name| name.trim().contains(' '))).min();
    named.get(..end.unwrap_or(named.len())).unwrap_or(named)
}

/// Whether a text consists of words of a label before names: "Bài, ảnh: Lan Chi".
fn is_label(text: &str) -> bool {
    const WORDS: &[&str] =
        &["bài", "ảnh", "tin", "và", "nội", "dung", "người", "viết", "thực", "hiện", "video", "clip", "interview"];
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(|word| WORDS.contains(&word.to_lowercase().as_str()))
}

/// Whether a text is the name of a day of the week.
pub(super) fn is_weekday(text: &str) -> bool {
    const DAYS: &[&str] = &["thu hai", "thu ba", "thu tu", "thu nam", "thu sau", "thu bay", "chu nhat"];
    DAYS.contains(&fold_ascii(text).as_str())
}
