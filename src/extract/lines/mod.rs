//! What a short line of a Vietnamese article is, by its words alone: byline, source line, photo's credit, agency's prefix, or a line of the
//! frame around the text.
//!
//! Everything here is a pure function of one line. Where the line stands is for `parts` to say: "Nguồn: TTXVN" is a source
//! line at an article's end and a photo's credit below an image.

pub mod caption;
pub mod frame;
pub mod last;
pub(super) mod names;
pub mod prefix;

/// Characters of a byline or a source line at most: it is a SHORT last line.
pub const MAX_LINE: usize = 100;

/// A line without the marks of word processors that editors paste in as text: "…&lt;o:p&gt;&lt;/o:p&gt;".
pub(super) fn without_marks(text: &str) -> &str {
    text.find("<o:p>").and_then(|at| text.get(..at)).unwrap_or(text).trim_end()
}

/// A line without the brackets, quotation marks, bullets and stops around it.
fn bare(text: &str) -> &str {
    let text = without_marks(text);
    let begins = |c: char| c.is_whitespace() || matches!(c, '(' | '[' | '*' | '-' | '–' | '•' | '“' | '"' | '>' | '»');
    let ends = |c: char| c.is_whitespace() || matches!(c, ')' | ']' | '*' | '.' | ';' | '”' | '"');
    let bare = text.trim_start_matches(begins).trim_end_matches(ends);
    // A bracket opened inside must keep its end.
    let open = bare.matches('(').count() > bare.matches(')').count();
    if open { text.trim_start_matches(begins).trim_end_matches(|c| ends(c) && c != ')') } else { bare }
}
