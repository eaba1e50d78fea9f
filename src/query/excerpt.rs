//! Excerpts: the part of a text that shows why it was found.

use std::collections::HashSet;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::query::article::MOST_SYLLABLES;
use crate::query::article::Searchable;
use crate::query::parse::Query;
use crate::query::syllable::syllables;

/// A line of text, and the parts of it that were searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The line. `…` shows that the text continues.
    pub text: String,
    /// The parts that were searched for, in bytes.
    pub marks: Vec<Range<usize>>,
}

/// The syllables of a query, for marking them.
#[derive(Debug)]
pub struct Marker {
    wanted: HashSet<String>,
    forms: HashSet<String>,
    has_accents: bool,
    /// Whether only the texts of attachments count.
    is_in_attachments: bool,
}

/// A word of a line.
struct Word<'a> {
    text: &'a str,
    /// Its width in a line, without combining marks.
    width: usize,
    /// The marked parts within it.
    marks: Vec<Range<usize>>,
    /// How much it adds to the value of an excerpt.
    worth: usize,
}

impl Marker {
    /// Creates a marker for a query.
    pub fn new(query: &Query) -> Marker {
        Marker {
            wanted: query.wanted().flatten().map(|syllable| syllable.folded.clone()).collect(),
            forms: query.wanted().flatten().map(|syllable| syllable.exact.clone()).collect(),
            has_accents: query.has_accents(),
            is_in_attachments: query.is_in_attachments(),
        }
    }

    /// Returns as much of an article's title as fits.
    pub fn title(&self, article: &Searchable, width: usize) -> Excerpt {
        let words: Vec<Word<'_>> = article.title.split_whitespace().map(|word| self.word(word)).collect();
        joined(&words, 0..fitting(&words, 0, width))
    }

    /// Returns the part of an article's text that has most of the query.
    pub fn excerpt(&self, article: &Searchable, width: usize) -> Excerpt {
        let of_files = self.best(article.contents(), width);
        let own = self.best(article.texts(), width);
        // The article's own text comes first, unless its files match more of the query.
        if self.is_in_attachments || of_files.0 > own.0 { of_files.1 } else { own.1 }
    }

    /// Returns the part of some texts that has most of the query, with its value.
    fn best<'a>(&self, texts: impl Iterator<Item = &'a str>, width: usize) -> (usize, Excerpt) {
        let words = texts.flat_map(str::split_whitespace).take(MOST_SYLLABLES);
        let words: Vec<Word<'_>> = words.map(|word| self.word(word)).collect();
        let mut best = (0, 0..0);
        for (start, word) in words.iter().enumerate().filter(|(_, word)| word.worth > 0) {
            debug_assert!(word.worth > 0, "a piece begins with what is marked");
            let end = fitting(&words, start, width);
            let worth = worth(words.get(start..end).unwrap_or_default());
            if worth > best.0 {
                best = (worth, start..end);
            }
        }
        (best.0, joined(&words, around(&words, best.1, width)))
    }

    fn word<'a>(&self, text: &'a str) -> Word<'a> {
        let width = text.chars().filter(|c| !is_combining_mark(*c)).count();
        let mut word = Word { text, width, marks: Vec::new(), worth: 0 };
        let is_part = |c: char| c.is_alphanumeric() || is_combining_mark(c);
        let mut start = 0;
        for run in text.split(|c| !is_part(c)) {
            let end = start + run.len();
            if let [syllable] = syllables(run).as_slice()
                && self.wanted.contains(&syllable.folded)
            {
                let is_same = self.has_accents && self.forms.contains(&syllable.exact);
                word.marks.push(start..end);
                word.worth += 1 + usize::from(is_same);
            }
            start = end + text.get(end..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        }
        word
    }
}

/// Returns the value of a part: each word counts once, and more if it follows another.
fn worth(words: &[Word<'_>]) -> usize {
    let mut seen = HashSet::new();
    let once: usize = words.iter().filter(|word| seen.insert(word.text)).map(|word| word.worth).sum();
    let in_row = words.windows(2).filter(|pair| pair.iter().all(|word| word.worth > 0)).count();
    once + 2 * in_row
}

/// Returns the end of the words that fit into a line from a start, with room for `…` on both sides; at least one word.
fn fitting(words: &[Word<'_>], start: usize, width: usize) -> usize {
    let mut left = width.saturating_sub(4);
    let mut end = start;
    while let Some(word) = words.get(end)
        && (end == start || word.width < left)
    {
        left = left.saturating_sub(word.width + 1);
        end += 1;
    }
    end
}

/// Extends a part around its first and last marked word as far as there is room.
fn around(words: &[Word<'_>], piece: Range<usize>, width: usize) -> Range<usize> {
    let last = (piece.start..piece.end).rfind(|at| words.get(*at).is_some_and(|word| word.worth > 0));
    let (mut start, end) = (piece.start, last.map_or(piece.end, |last| last + 1));
    let taken: usize = words.get(start..end).unwrap_or_default().iter().map(|word| word.width + 1).sum();
    // A third of the room is used before the marked words, since a text first says who and then what.
    let mut room = width.saturating_sub(taken + 4) / 3;
    while let Some(word) = start.checked_sub(1).and_then(|before| words.get(before))
        && word.width < room
    {
        room -= word.width + 1;
        start -= 1;
    }
    start..fitting(words, start, width).max(end.min(start + 1))
}

fn joined(words: &[Word<'_>], piece: Range<usize>) -> Excerpt {
    let mut line = Excerpt::default();
    if piece.start > 0 {
        line.text.push_str("… ");
    }
    for (at, word) in words.get(piece.clone()).unwrap_or_default().iter().enumerate() {
        if at > 0 {
            line.text.push(' ');
        }
        let from = line.text.len();
        for mark in &word.marks {
            match line.marks.last_mut() {
                // A space between two marked words is marked as well.
                Some(last) if mark.start == 0 && last.end + 1 == from => last.end = from + mark.end,
                _ => line.marks.push(from + mark.start..from + mark.end),
            }
        }
        line.text.push_str(word.text);
    }
    if piece.end < words.len() {
        line.text.push_str(" …");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(query: &str, text: &str, width: usize) -> String {
        let article = Searchable { content_text: text.to_owned(), ..Searchable::default() };
        shown(&Marker::new(&Query::parse(query).unwrap()).excerpt(&article, width))
    }

    fn shown(line: &Excerpt) -> String {
        let mut text = line.text.clone();
        for mark in line.marks.iter().rev() {
            text.insert(mark.end, ']');
            text.insert(mark.start, '[');
        }
        text
    }

    #[test]
    fn the_piece_that_has_most_is_shown_with_its_accents() {
        let far = "Chiều qua trời mưa. ".repeat(40);
        let text = format!("Một biên bản.\n\n{far}Tỉnh sẽ tinh giản biên chế, sắp xếp lại các xã. {far}");
        assert_eq!(
            excerpt("tinh gian bien che", &text, 60),
            "… mưa. [Tỉnh] sẽ [tinh giản biên chế], sắp xếp lại các xã. …"
        );
        assert_eq!(excerpt("khong co", "Chiều qua", 60), "Chiều qua");
        assert_eq!(excerpt("a", "", 60), "");
    }

    #[test]
    fn marks_lie_on_whole_letters_in_any_form() {
        assert_eq!(excerpt("ha noi", "(Ha\u{300} No\u{323}\u{302}i)", 60), "([Ha\u{300} No\u{323}\u{302}i])");
        assert_eq!(excerpt("qd ubnd", "Số 5/QĐ-UBND.", 60), "Số 5/[QĐ]-[UBND].");
    }

    #[test]
    fn a_line_is_no_wider_than_it_may() {
        let text = "cầu treo bắc qua sông dài nhất vùng ".repeat(50);
        for width in 20..100 {
            let line = excerpt("song", &text, width).replace(['[', ']'], "");
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        let title = Searchable { title: "cầu ".repeat(90), ..Searchable::default() };
        let line = Marker::new(&Query::parse("cau").unwrap()).title(&title, 40);
        assert!(line.text.chars().count() <= 40 && line.text.ends_with('…'), "{line:?}");
    }
}
