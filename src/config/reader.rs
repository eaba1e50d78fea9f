//! Walks a TOML document that kept its spans, so that one wrong key hides no other: every reading method reports what it does
//! not like and goes on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::config::problem::Problem;
use crate::config::problem::SourceFile;
use crate::config::units;

/// A file while it is read, with what was found wrong in it.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    source: &'a SourceFile,
    found: RefCell<Vec<Finding>>,
    /// The keys that each shape of table was asked for: tests hold the JSON Schema to them.
    #[cfg(test)]
    pub(super) asked: RefCell<BTreeMap<&'static str, std::collections::BTreeSet<&'static str>>>,
}

#[derive(Debug)]
struct Finding {
    span: Range<usize>,
    message: String,
    hint: Option<String>,
    /// Said of what is not there; after a syntax error that may be the parser's loss and not the file's.
    of_absence: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn new(source: &'a SourceFile) -> Reading<'a> {
        Reading {
            source,
            found: RefCell::default(),
            #[cfg(test)]
            asked: RefCell::default(),
        }
    }

    /// Parses the file and walks it.
    ///
    /// Of a file with syntax errors only what stands before the first one is walked in earnest: behind it the parser guesses, and a
    /// follow-up error is worse than a second run.
    pub(super) fn read<T>(&self, shape: &'static str, walk: impl FnOnce(Table<'_>) -> Option<T>) -> Option<T> {
        let (document, errors) = DeTable::parse_recoverable(&self.source.text);
        let value = walk(Table::new(self, shape, 0..0, document.get_ref()));
        let Some(first) = errors.iter().map(error_span).map(|span| span.start).min() else {
            return value;
        };
        let first_line = self.source.position(&(first..first)).line;
        let mut found = self.found.borrow_mut();
        found.retain(|finding| !finding.of_absence && self.source.position(&finding.span).line < first_line);
        let mut lines = Vec::new();
        for error in &errors {
            let span = error_span(error);
            let line = self.source.position(&span).line;
            if !lines.contains(&line) {
                lines.push(line);
                found.push(Finding {
                    span,
                    message: error.message().to_owned(),
                    hint: Some(syntax_hint(error.message()).to_owned()),
                    of_absence: false,
                });
            }
        }
        None
    }

    fn push(&self, span: Range<usize>, message: String, hint: Option<String>) {
        self.found.borrow_mut().push(Finding { span, message, hint, of_absence: false });
    }

    fn push_absence(&self, span: Range<usize>, message: String, hint: String) {
        self.found.borrow_mut().push(Finding { span, message, hint: Some(hint), of_absence: true });
    }

    /// What was found, in the order of the file.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|finding| finding.span.start);
        let problem = |finding: Finding| Problem {
            file: self.source.name.clone(),
            position: Some(self.source.position(&finding.span)),
            message: finding.message,
            hint: finding.hint,
        };
        found.into_iter().map(problem).collect()
    }
}

fn error_span(error: &toml::de::Error) -> Range<usize> {
    error.span().unwrap_or(0..0)
}

fn syntax_hint(message: &str) -> &'static str {
    if message.contains("duplicate key") {
        "each key may stand once in its table: keep one of the two"
    } else if message.contains("string values must be quoted") {
        "put the text between quotes: key = \"text\""
    } else {
        "this is not TOML; texts stand between quotes, lists between [ and ], and a key is followed by `=`"
    }
}

/// A table, from which keys are taken one after the other; [`Table::finish`] reports those that nobody took.
#[derive(Debug)]
pub(super) struct Table<'a> {
    reading: &'a Reading<'a>,
    /// The name of its shape, as in the JSON Schema.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests hold the JSON Schema to the keys that are asked for"))]
    shape: &'static str,
    /// Where a missing key is reported: its header or braces.
    span: Range<usize>,
    left: BTreeMap<&'a str, (Range<usize>, &'a Spanned<DeValue<'a>>)>,
    known: Vec<&'static str>,
}

impl<'a> Table<'a> {
    fn new(reading: &'a Reading<'a>, shape: &'static str, span: Range<usize>, table: &'a DeTable<'a>) -> Table<'a> {
        let entry = |(key, value): (&'a Spanned<toml::de::DeString<'a>>, &'a Spanned<DeValue<'a>>)| {
            (key.get_ref().as_ref(), (key.span(), value))
        };
        Table { reading, shape, span, left: table.iter().map(entry).collect(), known: Vec::new() }
    }

    /// Takes a key's value, where it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.known.push(key);
        let (key_span, value) = self.left.remove(key)?;
        Some(Value { reading: self.reading, key, key_span, span: value.span(), content: value.get_ref() })
    }

    /// Takes a key that must be there.
    pub(super) fn require(&mut self, key: &'static str, hint: &str) -> Option<Value<'a>> {
        let value = self.take(key);
        if value.is_none() {
            self.missing(format!("`{key}` is missing"), hint);
        }
        value
    }

    /// Reports something that should be in this table.
    pub(super) fn missing(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.reading.push_absence(self.span.clone(), message.into(), hint.into());
    }

    /// Reports keys that nobody took.
    pub(super) fn finish(self) {
        for (key, (span, _)) in &self.left {
            let hint = match units::nearest(key, self.known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known keys here: {}", self.known.join(", ")),
            };
            self.reading.push(span.clone(), format!("unknown key `{key}`"), Some(hint));
        }
        #[cfg(test)]
        self.reading.asked.borrow_mut().entry(self.shape).or_default().extend(self.known);
    }

    /// All that is left, in the order of the file: for tables whose keys are names.
    pub(super) fn rest(mut self) -> Vec<(Value<'a>, &'a str)> {
        let mut rest: Vec<_> = std::mem::take(&mut self.left).into_iter().collect();
        rest.sort_by_key(|(_, (span, _))| span.start);
        let value = |(key, (key_span, value)): (&'a str, (Range<usize>, &'a Spanned<DeValue<'a>>))| {
            (Value { reading: self.reading, key, key_span, span: value.span(), content: value.get_ref() }, key)
        };
        rest.into_iter().map(value).collect()
    }
}

/// A value with its place. The reading methods report what is wrong and then answer `None`.
#[derive(Debug, Clone)]
pub(super) struct Value<'a> {
    reading: &'a Reading<'a>,
    key: &'a str,
    key_span: Range<usize>,
    span: Range<usize>,
    content: &'a DeValue<'a>,
}

impl<'a> Value<'a> {
    /// Reports a problem of the value.
    pub(super) fn problem(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.reading.push(self.span.clone(), message.into(), Some(hint.into()));
    }

    /// Reports a problem of the key: that it should not stand here.
    pub(super) fn key_problem(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.reading.push(self.key_span.clone(), message.into(), Some(hint.into()));
    }

    /// The key, for messages.
    pub(super) fn key(&self) -> &'a str {
        self.key
    }

    /// The value as the parser gave it.
    pub(super) fn raw(&self) -> &'a DeValue<'a> {
        self.content
    }

    /// Reports a wrong type; `expected` as in "a string", `example` as it would stand in the file.
    pub(super) fn wrong_type(&self, expected: &str, example: &str) {
        let article = if matches!(self.content, DeValue::Array(_) | DeValue::Integer(_)) { "an" } else { "a" };
        let message = format!("`{}` must be {expected}, and is {article} {}", self.key, type_name(self.content));
        self.problem(message, format!("write it as in {example}"));
    }

    /// A table.
    pub(super) fn table(&self, shape: &'static str, example: &str) -> Option<Table<'a>> {
        if let DeValue::Table(table) = self.content {
            return Some(Table::new(self.reading, shape, self.header_span(), table));
        }
        self.wrong_type("a table", example);
        None
    }

    /// The elements of a list; a value that is no list is reported.
    pub(super) fn list(&self, example: &str) -> Option<Vec<Value<'a>>> {
        if let DeValue::Array(values) = self.content {
            return Some(values.iter().map(|value| self.element(value)).collect());
        }
        self.wrong_type("a list", example);
        None
    }

    /// The elements of a list, or the value itself where it is none.
    pub(super) fn one_or_many(&self) -> Vec<Value<'a>> {
        match self.content {
            DeValue::Array(values) => values.iter().map(|value| self.element(value)).collect(),
            _ => vec![self.clone()],
        }
    }

    /// The tables of a list of tables (`[[key]]`).
    pub(super) fn tables(&self, shape: &'static str) -> Vec<Table<'a>> {
        let example = format!("[[{}]]", self.key);
        let DeValue::Array(values) = self.content else {
            self.wrong_type("a list of tables", &example);
            return Vec::new();
        };
        values.iter().filter_map(|value| self.element(value).table(shape, &example)).collect()
    }

    fn element(&self, value: &'a Spanned<DeValue<'a>>) -> Value<'a> {
        Value { span: value.span(), content: value.get_ref(), ..self.clone() }
    }

    /// A table's own span where it has one (`[header]`, `{ … }`), else its key's.
    fn header_span(&self) -> Range<usize> {
        if self.span.is_empty() { self.key_span.clone() } else { self.span.clone() }
    }
}

/// What a value is, in the words of the TOML specification.
fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Datetime(_) => "date",
        DeValue::Array(_) => "array",
        other => other.type_str(),
    }
}
