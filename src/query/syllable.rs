//! Syllables for search: runs of letters and digits, with their accents in one spelling, and without accents.

use crate::text::vietnamese;
use crate::text::words::without_zeros;

/// Maximum number of bytes of a syllable. A longer one is not a usual word; it is found by its beginning.
pub const LONGEST: usize = 32;

/// A syllable of a query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Syllable {
    /// With its accents.
    pub exact: String,
    /// Without its accents.
    pub folded: String,
}

/// Returns the syllables of a text, in order.
pub fn syllables(text: &str) -> Vec<Syllable> {
    let mut all = Vec::new();
    for_each(text, |exact, folded| all.push(Syllable { exact: exact.to_owned(), folded: folded.to_owned() }));
    all
}

/// Calls a function with each syllable of a text, with its accents and without.
///
/// ```
/// let mut seen = Vec::new();
/// tintinh::query::syllable::for_each("Hoà Bình, 07/3", |exact, folded| seen.push(format!("{exact} {folded}")));
/// assert_eq!(seen, ["hòa hoa", "bình binh", "7 7", "3 3"]);
/// ```
pub fn for_each(text: &str, mut show: impl FnMut(&str, &str)) {
    let key = vietnamese::fold(text);
    let mut folded = String::new();
    for run in key.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        let exact = cut(without_zeros(run));
        if exact.is_ascii() {
            show(exact, exact);
        } else {
            folded.clear();
            vietnamese::push_unmarked(exact, &mut folded);
            show(exact, &folded);
        }
    }
}

/// Returns a filter's value as one word: `15/2025/QĐ-UBND` is `15-2025-qd-ubnd`.
pub fn slug(text: &str) -> String {
    let folded: Vec<String> = syllables(text).into_iter().map(|syllable| syllable.folded).collect();
    folded.join("-")
}

fn cut(run: &str) -> &str {
    run.get(..run.floor_char_boundary(LONGEST)).unwrap_or(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_and_numbers_meet() {
        for (one, other) in [("Hoà Bình", "hòa bình"), ("kỹ sư", "kĩ sư"), ("05/03", "5/3"), ("NĐ–CP", "nđ cp")]
        {
            assert_eq!(syllables(one), syllables(other));
        }
        assert_eq!(slug("Số 05/2025/QĐ-UBND"), "so-5-2025-qd-ubnd");
        assert_eq!(slug("0 00 0a 007"), "0-0-0a-7");
    }

    #[test]
    fn what_is_long_is_cut_between_letters() {
        let long = "ả".repeat(40);
        let [syllable] = syllables(&long).try_into().unwrap();
        assert!(syllable.exact.len() <= LONGEST && syllable.exact.chars().all(|c| c == 'ả'));
        assert!(syllable.folded.bytes().all(|byte| byte == b'a'));
    }
}
