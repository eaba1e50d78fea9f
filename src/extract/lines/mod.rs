//! Classifies short lines of a Vietnamese article by their words alone: byline, source line, photo credit, agency prefix, or a line of the
//! frame around the text.
//!
//! Everything here is a pure function of one line. `parts` considers where the line is: "Nguồn: TTXVN" is a source line at an article's end and
//! a photo credit below an image.

pub mod caption;
pub mod frame;
pub mod last;
pub(super) mod names;
pub mod prefix;

/// Maximum number of characters of a byline or a source line. Both are SHORT last lines.
pub const MAX_LINE: usize = 100;

/// Removes word processors' markup that editors pasted as text: "…&lt;o:p&gt;&lt;/o:p&gt;".
pub(super) fn without_marks(text: &str) -> &str {
    text.find("<o:p>").and_then(|at| text.get(..at)).unwrap_or(text).trim_end()
}

/// Removes the brackets, quotation marks, bullets and periods around a line.
fn bare(text: &str) -> &str {
    let text = without_marks(text);
    let begins = |c: char| c.is_whitespace() || matches!(c, '(' | '[' | '*' | '-' | '–' | '•' | '“' | '"' | '>' | '»');
    let ends = |c: char| c.is_whitespace() || matches!(c, ')' | ']' | '*' | '.' | ';' | '”' | '"');
    let bare = text.trim_start_matches(begins).trim_end_matches(ends);
    // A bracket that opens inside keeps its end.
    let open = bare.matches('(').count() > bare.matches(')').count();
    if open { text.trim_start_matches(begins).trim_end_matches(|c| ends(c) && c != ')') } else { bare }
}
