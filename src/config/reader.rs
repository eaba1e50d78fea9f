//! Walks a TOML document that kept its spans. Every reading method reports errors and continues, so that one wrong key does not hide others.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::config::keys::FILES;
use crate::config::keys::File;
use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::config::problem::Problem;
use crate::config::problem::SourceFile;
use crate::config::units;
use crate::html::select::Candidate;

/// A file being read, with the errors found so far.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    source: &'a SourceFile,
    file: &'static File,
    found: RefCell<Vec<Finding>>,
}

#[derive(Debug)]
struct Finding {
    span: Range<usize>,
    message: String,
    hint: Option<String>,
    /// Whether it is about something missing. After a syntax error, the parser may have lost it.
    of_absence: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn new(source: &'a SourceFile, file: &'static File) -> Reading<'a> {
        Reading { source, file, found: RefCell::default() }
    }

    /// Parses the file and walks it.
    ///
    /// If the file has syntax errors, only the part before the first one is checked. After it, the parser guesses, and a follow-up error is worse
    /// than a second run.
    pub(super) fn read<T>(&self, walk: impl FnOnce(Table<'_>) -> Option<T>) -> Option<T> {
        let (document, errors) = DeTable::parse_recoverable(&self.source.text);
        let value = walk(Table::new(self, self.file.keys, 0..0, Some(document.get_ref())));
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

    /// Returns the errors, in the order of the file.
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
        "each key may appear once in its table: keep one of the two"
    } else if message.contains("string values must be quoted") {
        "put the text between quotes: key = \"text\""
    } else {
        "this is not TOML; put texts between quotes, lists between [ and ], and `=` after a key"
    }
}

/// A table, from which keys are taken one after the other. [`Table::finish`] reports unknown ones.
#[derive(Debug)]
pub(super) struct Table<'a> {
    reading: &'a Reading<'a>,
    keys: &'static [Key],
    /// Where a missing key is reported: its header or braces.
    span: Range<usize>,
    left: BTreeMap<&'a str, (Range<usize>, &'a Spanned<DeValue<'a>>)>,
    switch: Option<Switch>,
    /// Number of keys taken. Each key must be taken.
    taken: usize,
}

/// The key of a table that decides which others fit, if its value could be read.
#[derive(Debug, Clone)]
struct Switch {
    key: &'static str,
    word: &'static str,
    span: Range<usize>,
}

impl Switch {
    fn of(row: &'static Key, value: &Spanned<DeValue<'_>>) -> Option<Switch> {
        let (Kind::Word(words), DeValue::String(text)) = (row.kind, value.get_ref()) else { return None };
        let word = words.iter().find(|word| **word == text.as_ref())?;
        Some(Switch { key: row.name, word, span: value.span() })
    }
}

impl<'a> Table<'a> {
    fn new(
        reading: &'a Reading<'a>,
        keys: &'static [Key],
        span: Range<usize>,
        table: Option<&'a DeTable<'a>>,
    ) -> Table<'a> {
        let entry = |(key, value): (&'a Spanned<toml::de::DeString<'a>>, &'a Spanned<DeValue<'a>>)| {
            (key.get_ref().as_ref(), (key.span(), value))
        };
        let left: BTreeMap<&str, _> = table.into_iter().flat_map(DeTable::iter).map(entry).collect();
        let switch = keys.iter().find(|row| row.is_switch);
        let switch = switch.and_then(|row| Switch::of(row, left.get(row.name)?.1));
        Table { reading, keys, span, left, switch, taken: 0 }
    }

    fn row(&self, key: &str) -> &'static Key {
        let row = self.keys.iter().find(|row| row.name == key);
        row.unwrap_or_else(|| unreachable!("`{key}` is in no row of its table"))
    }

    /// Takes a key's value, if it exists and fits the table's switch. Reports a required key that is missing.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.taken += 1;
        let row = self.row(key);
        let misfit = self.switch.as_ref().filter(|switch| !row.fits.is_empty() && !row.fits.contains(&switch.word));
        let Some((key_span, value)) = self.left.remove(key) else {
            if row.is_required && misfit.is_none() {
                self.report_absence(row);
            }
            return None;
        };
        let value = Value {
            reading: self.reading,
            row,
            kind: &row.kind,
            key: row.name,
            key_span,
            span: value.span(),
            content: value.get_ref(),
        };
        let Some(switch) = misfit else { return Some(value) };
        let words =
            row.fits.iter().map(|word| format!("{} = \"{word}\"", switch.key)).collect::<Vec<_>>().join(" and ");
        let homes = self.reading.file.homes(|other| other.name == key && other.fits.is_empty());
        let homes = if homes.is_empty() { String::new() } else { format!(", or {}", homes_hint(&homes)) };
        let message = format!("`{key}` does not fit {} = \"{}\"", switch.key, switch.word);
        value.key_problem(message, format!("`{key}` belongs to {words}{homes}"));
        None
    }

    /// Reports a missing key. If only some values of the switch require it and the switch could not be read, nothing is reported.
    fn report_absence(&self, row: &Key) {
        let hint = format!("{}: {}", row.in_a_sentence(), row.assignment());
        match &self.switch {
            _ if row.fits.is_empty() => self.missing(format!("`{}` is missing", row.name), hint),
            Some(Switch { key, word, span }) => {
                let message = format!("{key} = \"{word}\" needs `{}`", row.name);
                self.reading.push_absence(span.clone(), message, hint);
            }
            None => {}
        }
    }

    /// Whether a key that was not taken yet exists.
    pub(super) fn has(&self, key: &str) -> bool {
        self.left.contains_key(key)
    }

    /// Takes a key's value and reads it.
    pub(super) fn read<T>(&mut self, key: &'static str, read: impl FnOnce(&Value<'a>) -> Option<T>) -> Option<T> {
        self.take(key).and_then(|value| read(&value))
    }

    /// Takes a duration, or the default of its row.
    pub(super) fn duration(&mut self, key: &'static str) -> Duration {
        self.read(key, Value::duration).unwrap_or_else(|| self.default_duration(key))
    }

    /// Returns the default of a duration's row.
    pub(super) fn default_duration(&self, key: &str) -> Duration {
        units::duration(self.row(key).default).unwrap_or_default()
    }

    /// Returns the default of the row of a list of durations.
    pub(super) fn default_durations(&self, key: &str) -> Vec<Duration> {
        let quoted = self.row(key).default.split('"').skip(1).step_by(2);
        quoted.filter_map(|text| units::duration(text).ok()).collect()
    }

    /// Takes a word, or the default of its row.
    pub(super) fn word(&mut self, key: &'static str) -> &'static str {
        self.read(key, Value::word).unwrap_or_else(|| self.row(key).default)
    }

    /// Takes a word and returns its meaning.
    pub(super) fn choice<T: Copy + Default>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> T {
        let word = self.word(key);
        words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value).unwrap_or_default()
    }

    /// Takes a text with a syntax, or the default of its row.
    pub(super) fn form<E: Display>(&mut self, key: &'static str, parse: fn(&str) -> Result<String, E>) -> String {
        self.read(key, |value| value.parsed(parse)).unwrap_or_else(|| self.row(key).default.to_owned())
    }

    /// Takes a size, or the default of its row.
    pub(super) fn size(&mut self, key: &'static str) -> u64 {
        self.read(key, Value::size).unwrap_or_else(|| self.default_size(key))
    }

    /// Returns the default of a size's row.
    pub(super) fn default_size(&self, key: &str) -> u64 {
        units::size(self.row(key).default).unwrap_or_default()
    }

    /// Takes a number, or the default of its row.
    pub(super) fn number<N: TryFrom<i64> + FromStr + Default>(&mut self, key: &'static str) -> N {
        self.read(key, Value::number).unwrap_or_else(|| self.row(key).default.parse().unwrap_or_default())
    }

    /// Takes `true` or `false`, or the default of its row.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        self.read(key, Value::flag).unwrap_or_else(|| self.row(key).default == "true")
    }

    /// Takes a list (or a single value, if the row allows it) and reads each of its elements. It is empty if the key is absent.
    pub(super) fn all<T>(&mut self, key: &'static str, read: impl FnMut(&Value<'a>) -> Option<T>) -> Vec<T> {
        let elements = self.read(key, Value::elements).unwrap_or_default();
        elements.iter().filter_map(read).collect()
    }

    /// Takes a list of candidates. It is empty if the key is absent.
    pub(super) fn candidates(&mut self, key: &'static str) -> Vec<Candidate> {
        self.all(key, Value::candidate)
    }

    /// Takes a table. It is empty if the key is absent.
    pub(super) fn section(&mut self, key: &'static str) -> Table<'a> {
        let Kind::Table(keys) = self.row(key).kind else { unreachable!("`{key}` is not a table by its row") };
        self.read(key, Value::table).unwrap_or_else(|| Table::new(self.reading, keys, self.span.clone(), None))
    }

    /// Reports something that should be in this table.
    pub(super) fn missing(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.reading.push_absence(self.span.clone(), message.into(), hint.into());
    }

    /// Reports keys that do not belong to this table.
    pub(super) fn finish(self) {
        debug_assert_eq!(
            self.taken,
            self.keys.len(),
            "not all keys of a table with {} were asked for",
            self.keys[0].name
        );
        for (key, (span, _)) in &self.left {
            let (message, hint) = self.unknown(key);
            self.reading.push(span.clone(), message, Some(hint));
        }
    }

    /// Explains a key that this table does not know: it is in the wrong table or file, or it is misspelled.
    fn unknown(&self, key: &str) -> (String, String) {
        let misplaced = format!("`{key}` is in the wrong table");
        let homes = self.reading.file.homes(|row| row.name == key);
        if !homes.is_empty() {
            return (misplaced, homes_hint(&homes));
        }
        let unknown = format!("unknown key `{key}`");
        if let Some(near) = units::nearest(key, self.keys.iter().map(|row| row.name)) {
            return (unknown, format!("did you mean `{near}`?"));
        }
        if let Some(file) = FILES.iter().find(|file| !file.homes(|row| row.name == key).is_empty()) {
            return (format!("`{key}` is in the wrong file"), format!("it is a key of {}", file.path));
        }
        let known: Vec<&str> = self.keys.iter().map(|row| row.name).collect();
        (unknown, format!("known keys here: {}", known.join(", ")))
    }
}

/// Returns where a key belongs. TOML assigns each key to the table whose header is above it, so the keys of the file itself come first.
fn homes_hint(homes: &[String]) -> String {
    let home = |home: &String| match home.as_str() {
        "" => "the top of the file, above the first [table]".to_owned(),
        home => home.to_owned(),
    };
    let homes: Vec<String> = homes.iter().map(home).collect();
    format!("it belongs to {}", homes.join(" or "))
}

/// A value with its position. The reading methods report errors and then return None.
#[derive(Debug, Clone)]
pub(super) struct Value<'a> {
    reading: &'a Reading<'a>,
    row: &'static Key,
    /// The expected kind: that of the row, or of an element.
    kind: &'static Kind,
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

    /// Reports a problem of the key, which should not be here.
    pub(super) fn key_problem(&self, message: impl Into<String>, hint: impl Into<String>) {
        self.reading.push(self.key_span.clone(), message.into(), Some(hint.into()));
    }

    /// Returns the key, for messages.
    pub(super) fn key(&self) -> &'a str {
        self.key
    }

    /// Returns the expected kind.
    pub(super) fn kind(&self) -> Kind {
        *self.kind
    }

    /// Returns how to write it.
    pub(super) fn hint(&self) -> String {
        match self.kind {
            Kind::Duration(..) | Kind::DurationOr(..) => "write it as in \"30s\", \"5m\", \"2h\" or \"7d\"".to_owned(),
            Kind::Size(..) => "write it as in \"500 KiB\" or \"16 MiB\"".to_owned(),
            _ => format!("write it as in {}", self.row.assignment()),
        }
    }

    /// Returns the value as parsed.
    pub(super) fn raw(&self) -> &'a DeValue<'a> {
        self.content
    }

    /// Reports a wrong type. `expected` is worded like "a string".
    pub(super) fn wrong_type(&self, expected: &str) {
        let article = if matches!(self.content, DeValue::Array(_) | DeValue::Integer(_)) { "an" } else { "a" };
        let message = format!("`{}` must be {expected}, and is {article} {}", self.key, type_name(self.content));
        self.problem(message, self.hint());
    }

    /// Returns the table of the row's kind.
    pub(super) fn table(&self) -> Option<Table<'a>> {
        let (Kind::Table(keys) | Kind::Tables(keys)) = *self.kind else {
            unreachable!("`{}` is not a table by its row", self.key)
        };
        self.table_of(keys)
    }

    /// Returns a table with these keys.
    pub(super) fn table_of(&self, keys: &'static [Key]) -> Option<Table<'a>> {
        if let DeValue::Table(table) = self.content {
            return Some(Table::new(self.reading, keys, self.header_span(), Some(table)));
        }
        self.wrong_type("a table");
        None
    }

    /// Returns the elements of a list. If the row allows a single value instead, that is the only element.
    pub(super) fn elements(&self) -> Option<Vec<Value<'a>>> {
        let (least, most) = if let Kind::List(_, least, most) = *self.kind { (least, most) } else { (0, usize::MAX) };
        let elements = self.unbounded_elements()?;
        if elements.len() < least {
            let hint = format!("name at least one, or omit the key: {}", self.row.in_a_sentence());
            self.problem(format!("`{}` is empty", self.key), hint);
            return None;
        }
        if elements.len() > most {
            self.problem(format!("`{}` is a list of {}", self.key, elements.len()), format!("{most} at most"));
        }
        Some(elements)
    }

    fn unbounded_elements(&self) -> Option<Vec<Value<'a>>> {
        let (kind, expected) = match self.kind {
            Kind::List(kind, ..) => (*kind, "a list"),
            Kind::Tables(_) => (self.kind, "a list of tables"),
            Kind::Texts => (&Kind::Text, ""),
            other => (other, ""),
        };
        match self.content {
            DeValue::Array(values) => Some(values.iter().map(|value| self.element(kind, value)).collect()),
            _ if expected.is_empty() => Some(vec![Value { kind, ..self.clone() }]),
            _ => {
                self.wrong_type(expected);
                None
            }
        }
    }

    fn element(&self, kind: &'static Kind, value: &'a Spanned<DeValue<'a>>) -> Value<'a> {
        Value { kind, span: value.span(), content: value.get_ref(), ..self.clone() }
    }

    /// Returns the entries of a table whose keys are names, in the order of the file.
    pub(super) fn entries(&self) -> Option<Vec<Value<'a>>> {
        let DeValue::Table(table) = self.content else {
            self.wrong_type("a table");
            return None;
        };
        let mut entries: Vec<Value<'a>> = table.iter().map(|(key, value)| self.entry(key, value)).collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        entries.retain(|entry| !entry.report_dots(entry.key, entry.key_span.start));
        Some(entries)
    }

    fn entry(&self, key: &'a Spanned<toml::de::DeString<'a>>, value: &'a Spanned<DeValue<'a>>) -> Value<'a> {
        let element = self.element(&Kind::Text, value);
        Value { key: key.get_ref().as_ref(), key_span: key.span(), ..element }
    }

    /// Reports a name with dots and without quotes. TOML splits it at its dots into nested tables, with the span of the name.
    fn report_dots(&self, name: &str, start: usize) -> bool {
        let DeValue::Table(table) = self.content else { return false };
        if self.span.start > self.key_span.start {
            return false;
        }
        for inner in table.iter().map(|(key, value)| self.entry(key, value)) {
            let name = format!("{name}.{}", inner.key);
            if !inner.report_dots(&name, start) {
                let message = format!("`{name}` must be quoted: its dots would make nested tables");
                let end = inner.key_span.end;
                let line = self.reading.source.text[..end].rfind('\n').map_or(0, |newline| newline + 1);
                self.reading.push(start.max(line)..end, message, Some(format!("write it as in \"{name}\" = …")));
            }
        }
        true
    }

    /// Returns a table's own span if it has one (`[header]`, `{ … }`), else its key's.
    fn header_span(&self) -> Range<usize> {
        if self.span.is_empty() { self.key_span.clone() } else { self.span.clone() }
    }
}

/// Returns the type of a value, in the terms of the TOML specification.
fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::Datetime(_) => "date",
        DeValue::Array(_) => "array",
        other => other.type_str(),
    }
}
