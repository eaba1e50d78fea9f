//! What a revision changed, sentence by sentence.
//!
//! Sentences that both texts have are no change, wherever they stand: a moved paragraph says nothing new. Of the others, a new sentence and the old
//! one that it has most words in common with are one change.

use std::collections::HashMap;
use std::collections::HashSet;

use serde::Deserialize;
use serde::Serialize;

use crate::model::record::Record;
use crate::text::words;
use crate::watch::Field;
use crate::watch::Fields;

/// Sentences of a text that are paired at most; the rest count as new and as gone. Each is held against each.
const MOST_PAIRED: usize = 100;

/// Words of a sentence that are held against those of another at most: some sites' paragraphs never end.
const MOST_WORDS: usize = 200;

/// The share of words in common from which two sentences are one that was changed.
const LEAST_SHARED: f64 = 0.5;

/// Letters of the longest word with a dot behind it that is an abbreviation: `ThS.`, `PGS.`.
const LONGEST_SHORT: usize = 4;

/// A sentence that was changed, with one of the two empty where it was added or taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// As it was.
    pub old: String,
    /// As it is.
    pub new: String,
}

/// What a revision changed in some fields, in the order of the new text; what was only taken out comes last.
pub fn of_records(old: &Record, new: &Record, fields: &[(&'static str, Field)]) -> Vec<(Fields, Change)> {
    let mut all = Vec::new();
    for (_, field) in fields {
        let (before, after) = (field.texts(old), field.texts(new));
        if before != after {
            all.extend(of_texts(&before, &after).into_iter().map(|change| (Fields::of(*field), change)));
        }
    }
    all
}

fn of_texts(old: &[&str], new: &[&str]) -> Vec<Change> {
    let (old, new) = (sentences(old), sentences(new));
    let (gone, added) = differing(&old, &new);
    let mut left: Vec<Option<HashSet<&str>>> = gone.iter().take(MOST_PAIRED).map(|old| Some(old.word_set())).collect();
    let mut is_paired = vec![false; gone.len()];
    let mut all = Vec::new();
    for (number, sentence) in added.iter().enumerate() {
        let place = if number < MOST_PAIRED { nearest(&sentence.word_set(), &left) } else { None };
        let old = place.and_then(|place| {
            left.get_mut(place)?.take();
            *is_paired.get_mut(place)? = true;
            gone.get(place)
        });
        all.push(Change {
            old: old.map_or_else(String::new, |old| old.text.to_owned()),
            new: sentence.text.to_owned(),
        });
    }
    let removed = gone.iter().zip(is_paired).filter(|(_, is_paired)| !is_paired);
    all.extend(removed.map(|(old, _)| Change { old: old.text.to_owned(), new: String::new() }));
    all
}

/// A sentence and its words.
struct Sentence<'a> {
    text: &'a str,
    words: String,
}

impl Sentence<'_> {
    fn word_set(&self) -> HashSet<&str> {
        self.words.split_whitespace().take(MOST_WORDS).collect()
    }
}

fn sentences<'a>(texts: &[&'a str]) -> Vec<Sentence<'a>> {
    let all = texts.iter().flat_map(|text| split(text));
    all.map(|text| Sentence { text, words: words::exact(text) }).filter(|sentence| sentence.words.len() > 1).collect()
}

/// The sentences that only the old text has, and those that only the new one has, each as often as the other text lacks it.
fn differing<'a, 's>(
    old: &'s [Sentence<'a>],
    new: &'s [Sentence<'a>],
) -> (Vec<&'s Sentence<'a>>, Vec<&'s Sentence<'a>>) {
    let without = |these: &'s [Sentence<'a>], others: &'s [Sentence<'a>]| {
        let mut left: HashMap<&str, usize> = HashMap::new();
        for other in others {
            *left.entry(&other.words).or_default() += 1;
        }
        let is_own = |sentence: &&Sentence<'a>| match left.get_mut(sentence.words.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        };
        these.iter().filter(is_own).collect()
    };
    (without(old, new), without(new, old))
}

/// The place of the sentence that has most words in common with one, if it has enough.
fn nearest(own: &HashSet<&str>, among: &[Option<HashSet<&str>>]) -> Option<usize> {
    let share = |words: &HashSet<&str>| {
        let common = own.intersection(words).count();
        2.0 * common as f64 / (own.len() + words.len()).max(1) as f64
    };
    let shares = among.iter().enumerate().filter_map(|(place, words)| Some((place, share(words.as_ref()?))));
    let best = shares.fold(None, |best: Option<(usize, f64)>, one| match best {
        Some(best) if best.1 >= one.1 => Some(best),
        _ => Some(one),
    });
    best.filter(|(_, share)| *share >= LEAST_SHARED).map(|(place, _)| place)
}

/// The sentences of a text.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        let mut rest = line.trim();
        std::iter::from_fn(move || {
            let end = end_of_sentence(rest);
            let (sentence, after) = rest.split_at_checked(end)?;
            rest = after.trim_start();
            (!sentence.is_empty()).then(|| sentence.trim_end())
        })
    })
}

/// Where the first sentence of a line ends: behind a mark and what closes behind it, if the next word begins a sentence.
fn end_of_sentence(line: &str) -> usize {
    let mut marked = None;
    for (at, c) in line.char_indices() {
        match c {
            '.' | '!' | '?' | '…' => {
                if marked.is_some() || !(c == '.' && is_abbreviation(line.get(..at).unwrap_or_default())) {
                    marked = Some(at + c.len_utf8());
                }
            }
            '"' | '”' | '’' | '\'' | ')' | ']' | '»' if marked == Some(at) => marked = Some(at + c.len_utf8()),
            blank if blank.is_whitespace() => {
                if marked == Some(at) && begins_sentence(line.get(at..).unwrap_or_default()) {
                    return at;
                }
                marked = None;
            }
            _ => marked = None,
        }
    }
    line.len()
}

/// Whether a text begins a sentence behind its blanks: a capital, a digit or a quotation mark.
fn begins_sentence(text: &str) -> bool {
    let first = text.trim_start().chars().next();
    first.is_some_and(|c| c.is_uppercase() || c.is_numeric() || !c.is_alphanumeric())
}

/// Whether a dot behind a text is that of an abbreviation: `TP.`, `GS.`, `ThS.`, an initial.
fn is_abbreviation(text: &str) -> bool {
    let word = text.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    let letters = word.chars().count();
    // `Tp.` is one, `Có.` is a sentence.
    let has_vowel = words::folded(word).contains(['a', 'e', 'i', 'o', 'u', 'y']);
    word.starts_with(char::is_uppercase) && letters <= LONGEST_SHORT && (capitals > 1 || letters == 1 || !has_vowel)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(old: &str, new: &str) -> Vec<(String, String)> {
        of_texts(&[old], &[new]).into_iter().map(|change| (change.old, change.new)).collect()
    }

    #[test]
    fn sentences_end_at_marks_and_not_at_abbreviations() {
        let text = "Ông Lò V. Pá, GS. TS. của TP. Nà Lầu, nói: “Được.” Cầu dài 1.250 m! Sẽ xong…\nDòng hai";
        let all: Vec<&str> = split(text).collect();
        assert_eq!(
            all,
            ["Ông Lò V. Pá, GS. TS. của TP. Nà Lầu, nói: “Được.”", "Cầu dài 1.250 m!", "Sẽ xong…", "Dòng hai"]
        );
    }

    #[test]
    fn a_changed_sentence_is_shown_old_and_new_and_a_moved_one_not_at_all() {
        let old = "Cầu dài 120 m. Xã góp công. Đường mở vào xuân.";
        let new = "Xã góp công. Cầu dài 150 m. Đường mở vào xuân. Tỉnh cấp vốn.";
        assert_eq!(
            changes(old, new),
            [("Cầu dài 120 m.".to_owned(), "Cầu dài 150 m.".to_owned()), (String::new(), "Tỉnh cấp vốn.".to_owned())]
        );
        assert_eq!(changes("Một. Hai hai.", "Hai hai."), [("Một.".to_owned(), String::new())]);
        assert_eq!(changes("Có. Có.", "Có. Có. Có."), [(String::new(), "Có.".to_owned())]);
        assert_eq!(changes("Hoà Bình  đẹp", "Hòa Bình đẹp."), []);
    }

    #[test]
    fn texts_of_many_sentences_are_compared_within_bounds() {
        let text = |word: &str| (0..5000).map(|number| format!("Câu {word} số {number}. ")).collect::<String>();
        assert_eq!(changes(&text("cũ"), &text("mới")).len(), 5000 + 5000 - MOST_PAIRED);
    }
}
