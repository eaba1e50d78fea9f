//! Errors of a configuration: where they are, what they are, and how to fix them.

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::AnnotationKind;
use annotate_snippets::Level;
use annotate_snippets::Origin;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;
use toml::de::DeTable;
use toml::de::DeValue;

/// All errors of a configuration, in the order of files and lines. `Display` gives the whole report in plain text.
#[derive(Debug, Clone)]
pub struct ConfigErrors {
    problems: Vec<Problem>,
}

/// One error of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file (or folder) as the operator named it, with its path below the config folder.
    pub file: String,
    /// The position in the file; absent if the file itself is the problem.
    pub position: Option<Position>,
    /// What is wrong, in one line.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// A position in a file, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line, without its end.
    pub text: String,
    /// The bytes of `text` that are wrong.
    pub marked: Range<usize>,
}

impl ConfigErrors {
    /// Wraps problems, of which there must be at least one.
    pub(super) fn new(problems: Vec<Problem>) -> ConfigErrors {
        debug_assert!(!problems.is_empty(), "errors without an error");
        ConfigErrors { problems }
    }

    /// Adds other errors, each once.
    #[must_use]
    pub fn and(mut self, others: ConfigErrors) -> ConfigErrors {
        let new = others.problems.into_iter().filter(|other| !self.problems.contains(other)).collect::<Vec<_>>();
        self.problems.extend(new);
        self
    }

    /// Returns their number, which is at least 1.
    #[expect(clippy::len_without_is_empty, reason = "errors are never empty")]
    pub fn len(&self) -> usize {
        self.problems.len()
    }

    /// Returns the errors one by one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Returns the whole report: each error with `file:line:column`, its line with carets and a hint, then their number. `styled` adds terminal
    /// colors.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let mut report = String::new();
        for problem in &self.problems {
            report.push_str(&problem.render(&renderer, Level::ERROR));
            report.push_str("\n\n");
        }
        let files: BTreeSet<&str> = self.problems.iter().map(|problem| problem.file.as_str()).collect();
        let _ = write!(report, "{} in {}", count(self.len(), "error"), count(files.len(), "file"));
        report
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(false))
    }
}

impl std::error::Error for ConfigErrors {}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

impl Problem {
    /// Creates a problem of a file as a whole.
    pub(super) fn of_file(file: &str, message: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem { file: file.to_owned(), position: None, message: message.into(), hint: Some(hint.into()) }
    }

    /// Returns the problem as a warning, with its line and how to fix it.
    pub fn warning(&self, styled: bool) -> String {
        self.render(&if styled { Renderer::styled() } else { Renderer::plain() }, Level::WARNING)
    }

    fn render(&self, renderer: &Renderer, level: Level<'_>) -> String {
        let title = level.primary_title(self.message.as_str());
        let mut group = match &self.position {
            Some(at) => title.element(
                Snippet::source(at.text.as_str())
                    .line_start(at.line)
                    .path(self.file.as_str())
                    .annotation(AnnotationKind::Primary.span(at.marked.clone())),
            ),
            None => title.element(Origin::path(self.file.as_str())),
        };
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        renderer.render(&[group])
    }
}

/// Writes the problem in one line, for a log.
impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        if let Some(at) = &self.position {
            write!(formatter, ":{}:{}", at.line, at.column)?;
        }
        write!(formatter, ": {}", self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(formatter, " ({hint})"))
    }
}

/// A file's name and text, to which positions refer.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    /// As shown.
    pub(super) name: String,
    /// The whole text.
    pub(super) text: Arc<str>,
}

impl SourceFile {
    /// Creates a problem that was found after the file was read, at the end of a path of keys and list indices.
    pub(super) fn problem(&self, path: &[&str], message: impl Into<String>, hint: impl Into<String>) -> Problem {
        let position = self.span_of(path).map(|span| self.position(&span));
        Problem { position, ..Problem::of_file(&self.name, message, hint) }
    }

    fn span_of(&self, path: &[&str]) -> Option<Range<usize>> {
        let document = DeTable::parse(&self.text).ok()?;
        let (first, rest) = path.split_first()?;
        let mut value = document.get_ref().get(*first)?;
        for step in rest {
            value = match value.get_ref() {
                DeValue::Table(table) => table.get(*step)?,
                DeValue::Array(values) => values.get(step.parse::<usize>().ok()?)?,
                // A single value instead of a list.
                _ => value,
            };
        }
        Some(value.span())
    }

    /// Returns the line and column at which a span of bytes begins, and the part of it on that line.
    pub(super) fn position(&self, span: &Range<usize>) -> Position {
        let start = floor_boundary(&self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let rest = &self.text[line_start..];
        let line = rest.split('\n').next().unwrap_or(rest);
        let text = line.strip_suffix('\r').unwrap_or(line);
        let from = (start - line_start).min(text.len());
        let to = floor_boundary(text, span.end.saturating_sub(line_start).clamp(from, text.len()));
        Position {
            line: self.text[..line_start].matches('\n').count() + 1,
            column: self.text[line_start..line_start + from].chars().count() + 1,
            text: text.to_owned(),
            marked: from..to.max(from),
        }
    }
}

fn floor_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_stay_on_their_line() {
        let check = |text: &str, span: Range<usize>, expect: (usize, usize, &str, Range<usize>)| {
            let at = SourceFile { name: "x".into(), text: text.into() }.position(&span);
            assert_eq!((at.line, at.column, at.text.as_str(), at.marked), expect, "{text:?} {span:?}");
        };
        check("a = 1\nb = 2\n", 6..7, (2, 1, "b = 2", 0..1));
        check("a = 1\r\nb = 2\r\n", 11..12, (2, 5, "b = 2", 4..5));
        check("tên = \"Đắk\"\n", 10..20, (1, 9, "tên = \"Đắk\"", 10..15));
        check("a = [\n1,\n]", 4..10, (1, 5, "a = [", 4..5));
        check("a = ", 4..4, (1, 5, "a = ", 4..4));
        check("", 9..12, (1, 1, "", 0..0));
    }
}
