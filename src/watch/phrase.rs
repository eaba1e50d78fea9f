//! Phrases: words next to each other, with or without accents, and where they stand in a text.

use std::ops::Range;

use crate::text::words;
use crate::text::words::Word;

/// Maximum number of words of a phrase. It bounds the steps that each word of a text costs, also in a text that repeats one word.
pub const MOST_WORDS: usize = 32;

/// Words next to each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phrase {
    /// Without accents, as [`words::folded`] has them: ` tinh gon bo may `.
    pub folded: String,
    /// With their accents, where they must be exactly these.
    pub exact: Option<String>,
}

impl Phrase {
    /// Reads a phrase: words, behind `=` with exactly these accents.
    ///
    /// ```
    /// use tintinh::watch::phrase::Phrase;
    /// assert_eq!(Phrase::read("Bộ  máy").unwrap().folded, " bo may ");
    /// assert_eq!(Phrase::read("=Bản đồ").unwrap().exact.as_deref(), Some(" bản đồ "));
    /// assert_eq!(Phrase::read("= –").unwrap_err(), "`= –` has no word");
    /// ```
    ///
    /// # Errors
    /// If there is no word, or more than [`MOST_WORDS`].
    pub fn read(text: &str) -> Result<Phrase, String> {
        let (words, is_exact) = text.trim().strip_prefix('=').map_or((text, false), |rest| (rest, true));
        let folded = words::folded(words);
        match folded.split_ascii_whitespace().count() {
            0 => Err(format!("`{text}` has no word")),
            1..=MOST_WORDS => Ok(Phrase { folded, exact: is_exact.then(|| words::exact(words)) }),
            count => Err(format!("a phrase has at most {MOST_WORDS} words, and this one has {count}")),
        }
    }
}

/// Whether a text has any of some phrases: much cheaper than to find where.
pub fn has_any<'a>(text: &str, phrases: impl IntoIterator<Item = &'a Phrase>) -> bool {
    let folded = words::folded(text);
    let mut with_accents = None;
    phrases.into_iter().any(|phrase| {
        folded.contains(&phrase.folded)
            && phrase
                .exact
                .as_ref()
                .is_none_or(|exact| with_accents.get_or_insert_with(|| words::exact(text)).contains(exact.as_str()))
    })
}

/// Where some phrases stand in a text, in bytes: in order, and none within another.
pub fn places<'a>(text: &str, phrases: impl IntoIterator<Item = &'a Phrase>) -> Vec<Range<usize>> {
    let words = words::placed(text);
    let mut found: Vec<Range<usize>> = phrases.into_iter().flat_map(|phrase| places_of(&words, phrase)).collect();
    found.sort_by_key(|place| (place.start, std::cmp::Reverse(place.end)));
    let mut all: Vec<Range<usize>> = Vec::new();
    for place in found {
        match all.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => all.push(place),
        }
    }
    all
}

fn places_of(words: &[Word], phrase: &Phrase) -> Vec<Range<usize>> {
    let (wanted, is_exact) = phrase.exact.as_ref().map_or((&phrase.folded, false), |exact| (exact, true));
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    let form = |word: &Word| if is_exact { word.exact.clone() } else { word.folded.clone() };
    let Some(first) = wanted.first() else { return Vec::new() };
    let is_first = |word: &Word| if is_exact { word.exact == *first } else { word.folded == *first };
    let starts = words.iter().enumerate().filter(|(_, word)| is_first(word));
    starts
        .filter_map(|(start, _)| {
            let run = words.get(start..start + wanted.len())?;
            let is_here = run.iter().zip(&wanted).all(|(word, wanted)| form(word) == *wanted);
            is_here.then_some(run.first()?.place.start..run.last()?.place.end)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, phrases: &[&str]) -> Vec<String> {
        let phrases: Vec<Phrase> = phrases.iter().filter_map(|phrase| Phrase::read(phrase).ok()).collect();
        assert_eq!(has_any(text, &phrases), !places(text, &phrases).is_empty(), "{text}");
        places(text, &phrases).into_iter().map(|place| text[place].to_owned()).collect()
    }

    #[test]
    fn phrases_are_found_with_their_borders_and_overlaps_are_one() {
        let text = "Bản đồ số: BẢN  ĐỒ, bán đỗ; bản đồng";
        assert_eq!(marked(text, &["ban do"]), ["Bản đồ", "BẢN  ĐỒ", "bán đỗ"]);
        assert_eq!(marked(text, &["=bản đồ"]), ["Bản đồ", "BẢN  ĐỒ"]);
        assert_eq!(marked(text, &["ban do", "do so"]), ["Bản đồ số", "BẢN  ĐỒ", "bán đỗ"]);
        assert_eq!(marked("số 07/3", &["7/3"]), ["07/3"]);
        assert_eq!(marked("a a a", &["a a"]), ["a a a"]);
        assert_eq!(marked("ba\u{309}n đo\u{302}\u{300}", &["=bản đồ"]), ["ba\u{309}n đo\u{302}\u{300}"], "decomposed");
        assert_eq!(
            marked("COVID-19; Covid 19, covid19", &["covid-19"]),
            ["COVID-19", "Covid 19"],
            "covid19 is one word"
        );
        assert_eq!(marked("Đất, dất, đát", &["=đất"]), ["Đất"]);
        assert_eq!(marked("“Bản” đồ", &["bản, đồ"]), ["Bản” đồ"]);
        assert_eq!(marked("bản lề", &["bản đồ", "="]), [""; 0]);
        assert!(Phrase::read(&"xã ".repeat(MOST_WORDS)).is_ok());
        assert!(Phrase::read(&"xã ".repeat(MOST_WORDS + 1)).unwrap_err().contains("at most 32"));
    }
}
