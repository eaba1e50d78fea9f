//! Reads the agency's mark at the beginning of a lead: "(Chinhphu.vn) – …", "TTO - …", "BẮC GIANG – …". It survives reprinting.

use crate::extract::lines::names;
use crate::text::vietnamese::fold;

/// Maximum number of characters of a mark.
const MAX_MARK: usize = 30;

/// A text with its mark separated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedText<'t> {
    /// The mark without brackets and dashes.
    pub mark: &'t str,
    /// Whether the mark names an outlet, not a place or a section.
    pub is_outlet: bool,
    /// The text after the mark.
    pub rest: &'t str,
}

/// Separates the mark from a text. None if there is no mark.
///
/// ```
/// use tintinh::extract::lines::prefix;
/// assert_eq!(prefix::read("(TTXVN) Ngày 15/3, Chính phủ họp.").unwrap().mark, "TTXVN");
/// assert_eq!(prefix::read("UBND - cơ quan chấp hành - họp phiên thường kỳ."), None);
/// ```
pub fn read(text: &str) -> Option<MarkedText<'_>> {
    let text = text.trim();
    bracketed(text).or_else(|| dashed(text)).or_else(|| place(text))
}

/// "(Dân trí) - Sở …", "(TNO) Ngày …"
fn bracketed(text: &str) -> Option<MarkedText<'_>> {
    let (mark, after) = text.strip_prefix('(')?.split_once(')')?;
    let after = after.trim_start();
    let rest = after.trim_start_matches(['-', '–', '—', ':']).trim_start();
    let dash = rest.len() < after.len();
    let high = rest.chars().find(|c| c.is_alphanumeric()).is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    let fits = is_mark(mark) || (dash && mark.split_whitespace().count() <= 4 && names::begins_high(mark));
    (mark.chars().count() <= MAX_MARK && high && fits).then(|| MarkedText {
        mark,
        is_outlet: is_outlet_mark(mark),
        rest,
    })
}

/// "TTO – Chiều …", "GDVN- Nhiều …", "BẮC GIANG – Người …"
fn dashed(text: &str) -> Option<MarkedText<'_>> {
    let at = text.find(['-', '–', '—']).filter(|at| *at <= MAX_MARK * 3)?;
    let mark = text.get(..at)?.trim_end();
    let rest = text.get(at..)?.trim_start_matches(['-', '–', '—']);
    // "COVID-19" and "U-23" continue without a space.
    let parted = rest.starts_with(' ');
    let rest = rest.trim_start();
    let high = rest.chars().find(|c| c.is_alphanumeric()).is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    let capitals = mark.split_whitespace().count() <= 3
        && mark.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase)
        && mark.contains(char::is_alphabetic);
    (parted && high && mark.chars().count() <= MAX_MARK && (is_mark(mark) || capitals)).then(|| MarkedText {
        mark,
        is_outlet: is_outlet_mark(mark),
        rest,
    })
}

/// "Hòa Bình:" as a line of its own.
fn place(text: &str) -> Option<MarkedText<'_>> {
    let mark = text.strip_suffix(':')?;
    let words: Vec<&str> = mark.split_whitespace().collect();
    let named = (2..=4).contains(&words.len())
        && words.iter().all(|word| names::begins_high(word) && word.chars().skip(1).all(char::is_lowercase));
    named.then_some(MarkedText { mark, is_outlet: false, rest: "" })
}

/// Whether a text has the form of a mark: an acronym, a host, "… Online", a mixed-case name without spaces.
fn is_mark(mark: &str) -> bool {
    let words: Vec<&str> = mark.split_whitespace().collect();
    let acronym = |word: &str| {
        word.chars().count() >= 2
            && word.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase)
            && word.chars().any(char::is_alphabetic)
    };
    let [first, rest @ ..] = words.as_slice() else { return false };
    let online = rest.iter().all(|word| matches!(fold(word).as_str(), "online" | "news" | "times" | "tv" | "+"));
    let mixed = first.is_ascii() && first.chars().skip(1).any(char::is_uppercase)
        || first.to_ascii_lowercase().ends_with("news");
    words.len() <= 3 && online && (acronym(first) || names::is_host(first) || mixed)
}

fn is_outlet_mark(mark: &str) -> bool {
    let place = mark.contains(' ') && mark.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
    (is_mark(mark) && !place) || names::is_outlet_alone(mark)
}
