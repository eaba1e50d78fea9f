//! Text laid out in terminal columns. A character takes zero, one or two columns (UAX #11): decomposed Vietnamese has more characters than columns.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

/// Extra indentation, in columns, of the continuation lines of a wrapped line.
const HANGING: usize = 2;

/// Returns the number of columns that a text takes.
///
/// ```
/// assert_eq!(tintinh::text::columns::width("Phu\u{301} Thọ"), 7);
/// ```
pub fn width(text: &str) -> usize {
    text.width()
}

/// Pads the text with spaces to the given number of columns. A longer text is returned as it is.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Cuts the text to at most the given number of columns. A text that was cut ends in `…`.
///
/// ```
/// assert_eq!(tintinh::text::columns::cut("Thừa Thiên Huế", 10), "Thừa Thiê…");
/// ```
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (head, _) = split(text, columns.saturating_sub(1));
    format!("{head}…")
}

/// Wraps a text so that every line takes at most the given number of columns. Lines break at spaces; a word that is longer than a line breaks
/// anywhere. Continuation lines are indented.
///
/// ```
/// assert_eq!(tintinh::text::columns::fitted("  một hai ba bốn\n", 11), "  một hai\n    ba bốn\n");
/// ```
pub fn fitted(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if width(line) <= columns {
            // Writing into a string cannot fail.
            let _ = write!(out, "{line}{end}");
        } else {
            wrap(line, columns, &mut out);
            out.push_str(end);
        }
    }
    out
}

/// Wraps one line that is too long and appends it to `out`.
fn wrap(line: &str, columns: usize, out: &mut String) {
    // Even a terminal of a few columns shows at least one character on each line.
    let most = columns.saturating_sub(1);
    let indent = (line.len() - line.trim_start_matches(' ').len()).min(most);
    let hanging = (indent + HANGING).min(most);
    out.extend(std::iter::repeat_n(' ', indent));
    let mut used = indent;
    for (at, word) in line.trim_start_matches(' ').split(' ').enumerate() {
        let mut word = word;
        if at > 0 && used + 1 + width(word) <= columns {
            out.push(' ');
            used += 1;
        } else if at > 0 {
            break_line(hanging, &mut used, out);
        }
        while used + width(word) > columns {
            let (head, rest) = split(word, columns.saturating_sub(used));
            let (head, rest) = if head.is_empty() && used <= hanging { first_of(word) } else { (head, rest) };
            out.push_str(head);
            word = rest;
            break_line(hanging, &mut used, out);
        }
        out.push_str(word);
        used += width(word);
    }
}

fn break_line(hanging: usize, used: &mut usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', hanging));
    *used = hanging;
}

/// Splits a word after its first character.
fn first_of(word: &str) -> (&str, &str) {
    word.split_at(word.chars().next().map_or(0, char::len_utf8))
}

/// Splits a text after as many characters as fit into the given number of columns. Characters of zero width stay with the character before them.
fn split(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, sign) in text.char_indices() {
        used += sign.width().unwrap_or(0);
        if used > columns {
            return text.split_at(at);
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_parted_at_blanks_and_hang() {
        assert_eq!(fitted("ngắn\n\n  cũng ngắn", 20), "ngắn\n\n  cũng ngắn");
        assert_eq!(fitted("a bb ccc\n", 4), "a bb\n  cc\n  c\n");
        assert_eq!(fitted("xem https://a.example/b", 12), "xem\n  https://a.\n  example/b");
    }

    #[test]
    fn decomposed_and_wide_signs_are_counted_in_columns() {
        let decomposed = "Thu\u{302}\u{301}c Phu\u{301}";
        assert_eq!((width(decomposed), cut(decomposed, 4)), (8, "Thu\u{302}\u{301}…".to_owned()));
        assert_eq!(padded("Huế", 5), "Huế  ");
        assert_eq!(cut("新聞網", 4), "新…");
    }

    proptest! {
        /// Only spaces are lost, and every line fits.
        #[test]
        fn all_is_kept_and_fits(text in "[ a-cđệ\u{301}新\n]{0,60}", columns in 6_usize..30) {
            let shown = fitted(&text, columns);
            prop_assert!(shown.lines().all(|line| width(line) <= columns || line.starts_with(' ') && columns < 8), "{shown:?}");
            let solid = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(solid(&shown), solid(&text));
        }
    }
}
