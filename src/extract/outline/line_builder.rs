//! Builds a line from characters and their styles.

use crate::extract::outline::line::StyledRun;
use crate::extract::outline::line::Styles;
use crate::extract::outline::vocabulary::Words;
use crate::text::unicode;

/// Maximum number of bytes of text for which a line makes room at once. Much of a text may be white space.
const MOST_RESERVED: usize = 512;

/// The current line.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct LineBuilder<'a> {
    pub(super) text: String,
    pub(super) runs: Vec<StyledRun<'a>>,
    /// The styles of the last character.
    last: Styles<'a>,
    pub(super) blank_due: bool,
    in_word: bool,
    /// Whether an icon stands between the last character and the next one.
    icon: bool,
    compose: bool,
    /// The nearest element around the whole line.
    pub(super) element: usize,
    pub(super) words: u32,
    pub(super) linked: u32,
    pub(super) letters: u32,
    pub(super) bold: u32,
    pub(super) italic: u32,
    /// The names of the inline element that the line began with, and where it ended.
    pub(super) named: (Words, usize),
}

impl<'a> LineBuilder<'a> {
    /// Appends styled text without zero-width characters, and with runs of spaces collapsed.
    pub(super) fn push(&mut self, text: &str, styles: Styles<'a>) {
        let before = self.text.len();
        self.signs(text);
        let end = self.text.len();
        if end == before {
            return;
        }
        // A space between two styles has the styles of both.
        let is_blank = self.text.as_bytes().get(before) == Some(&b' ');
        let begin = before + usize::from(is_blank);
        self.run(before, begin, self.last.common(styles));
        self.run(begin, end, styles);
        self.last = styles;
    }

    fn run(&mut self, start: usize, end: usize, styles: Styles<'a>) {
        if start == end || styles == Styles::default() {
            return;
        }
        match self.runs.last_mut() {
            Some(run) if run.range().end == start && run.styles == styles => run.set_range(run.range().start..end),
            _ => self.runs.push(StyledRun::new(start..end, styles)),
        }
    }

    fn signs(&mut self, text: &str) {
        self.text.reserve(text.len().min(MOST_RESERVED));
        for c in text.chars() {
            if self.in_word && (c.is_ascii_alphanumeric() || unicode::is_latin_letter(c)) {
                // Most characters continue a word.
                self.letters += 1;
                self.text.push(c);
            } else if c.is_ascii() {
                if c.is_ascii_whitespace() || c.is_ascii_control() {
                    self.blank();
                } else {
                    self.sign(c, c.is_ascii_alphanumeric());
                }
            } else if unicode::is_invisible(c) {
            } else if unicode::is_blank(c) {
                self.blank();
            } else {
                self.compose |= !unicode::is_surely_composed(c);
                self.in_word &= !unicode::is_dense(c);
                self.sign(c, unicode::is_alphanumeric(c));
            }
        }
    }

    pub(super) fn blank(&mut self) {
        self.blank_due = !self.text.is_empty();
        self.in_word = false;
    }

    /// Adds an icon. It separates words, but adds no space next to punctuation.
    pub(super) fn icon(&mut self) {
        self.icon = self.text.ends_with(unicode::is_alphanumeric);
        self.in_word &= !self.icon;
    }

    fn sign(&mut self, c: char, letter: bool) {
        self.blank_due |= std::mem::take(&mut self.icon) && letter;
        if self.blank_due {
            self.text.push(' ');
            self.blank_due = false;
        }
        if letter {
            self.letters += 1;
            self.words += u32::from(!self.in_word);
            self.in_word = true;
        }
        self.text.push(c);
    }

    /// Converts the text and its runs to NFC, stretch by stretch, so that the time is linear in the text. A combining mark stays with the letter
    /// before it, even across a border.
    pub(super) fn compose(&mut self) {
        if !self.compose {
            return;
        }
        let mut text = String::with_capacity(self.text.len());
        let mut at = 0;
        let mut take_to = |edge: usize, text: &mut String| {
            let edge = edge.max(at);
            let rest = self.text.get(edge..).unwrap_or_default();
            let joined: usize = rest.chars().take_while(|c| unicode::may_join(*c)).map(char::len_utf8).sum();
            let end = edge + joined;
            text.push_str(&unicode::nfc(self.text.get(at..end).unwrap_or_default()));
            at = end;
            text.len()
        };
        for run in &mut self.runs {
            let range = run.range();
            let start = take_to(range.start, &mut text);
            run.set_range(start..take_to(range.end, &mut text));
        }
        text.push_str(&unicode::nfc(self.text.get(at..).unwrap_or_default()));
        self.runs.retain(|run| !run.range().is_empty());
        self.text = text;
    }
}
