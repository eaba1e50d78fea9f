//! Writes records one by one: as JSON, or as a table.

use std::io::Write;

use anyhow::Context;
use serde_json::Value;

use crate::commands::CommandError;
use crate::commands::fields::Fields;
use crate::commands::output::Json;
use crate::commands::parquet;
use crate::commands::parquet::ParquetTable;
use crate::model::record::Record;
use crate::text::visible;

/// Marks UTF-8 for Excel, which otherwise reads a file in the system's old code page.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Writes whole records, or some of their fields, in one format.
pub struct Sheet<'a, W: Write + Send> {
    out: Format<W>,
    fields: Option<&'a Fields>,
}

enum Format<W: Write + Send> {
    Jsonl(Json<W>),
    /// For a terminal, or unchanged for a file.
    Csv {
        table: Box<csv::Writer<W>>,
        has_head: bool,
        is_shown: bool,
    },
    Parquet(Box<ParquetTable<W>>),
}

/// The columns of a table.
const COLUMNS: [&str; 24] = [
    "id",
    "revision",
    "portal",
    "province",
    "outlet",
    "url",
    "kind",
    "title",
    "summary",
    "content_text",
    "section",
    "authors",
    "byline",
    "credit",
    "attachments",
    "language",
    "document_number",
    "date_published",
    "date_modified",
    "date_fetched",
    "withdrawn",
    "duplicate_of",
    "duplicate_kind",
    "containment",
];

impl<'a, W: Write + Send> Sheet<'a, W> {
    /// JSON Lines with these fields, or with the whole record.
    pub fn lines(out: W, fields: Option<&'a Fields>) -> Sheet<'a, W> {
        Sheet { out: Format::Jsonl(Json(out)), fields }
    }

    /// A table with a header (RFC 4180), with these fields or the default columns. `has_mark`: starts with a byte order mark; `is_shown`: goes to a
    /// terminal.
    ///
    /// # Errors
    /// Those of the output.
    pub fn table(
        mut out: W,
        fields: Option<&'a Fields>,
        has_mark: bool,
        is_shown: bool,
    ) -> std::io::Result<Sheet<'a, W>> {
        if has_mark {
            out.write_all(BYTE_ORDER_MARK.as_bytes())?;
        }
        // RFC 4180, section 2.1.
        let table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        Ok(Sheet { out: Format::Csv { table: Box::new(table), has_head: false, is_shown }, fields })
    }

    /// A Parquet table with these fields, or with all of its columns.
    ///
    /// # Errors
    /// [`CommandError::Usage`] if a field is not a column; errors of the output.
    pub fn parquet(out: W, fields: Option<&'a Fields>) -> Result<Sheet<'a, W>, CommandError> {
        let columns = parquet::chosen(fields)?;
        let table = ParquetTable::new(out, &columns).context("cannot write a Parquet table")?;
        Ok(Sheet { out: Format::Parquet(Box::new(table)), fields })
    }

    /// Writes a record.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, record: &Record) -> std::io::Result<()> {
        self.head()?;
        match &mut self.out {
            Format::Jsonl(out) => {
                match self.fields {
                    None => serde_json::to_writer(&mut *out, record)?,
                    Some(fields) => serde_json::to_writer(&mut *out, &fields.of(&serde_json::to_value(record)?))?,
                }
                out.write_all(b"\n")
            }
            Format::Csv { table, is_shown, .. } => {
                let shown = |cell: String| if *is_shown { visible::text(&cell).into_owned() } else { cell };
                let cells: Vec<String> = match self.fields {
                    None => row(record).into(),
                    Some(fields) => fields.cells(&serde_json::to_value(record)?).collect(),
                };
                table.write_record(cells.iter().map(|cell| shown(inert(cell)))).map_err(of_writing)
            }
            Format::Parquet(table) => table.write(record),
        }
    }

    /// Writes a table's header, once.
    fn head(&mut self) -> std::io::Result<()> {
        match &mut self.out {
            Format::Csv { table, has_head, .. } if !*has_head => {
                *has_head = true;
                match self.fields {
                    None => table.write_record(COLUMNS),
                    Some(fields) => table.write_record(fields.names()),
                }
                .map_err(of_writing)
            }
            _ => Ok(()),
        }
    }

    /// Ends the sheet. A table has a header even without rows.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(&mut self) -> std::io::Result<()> {
        self.head()?;
        match &mut self.out {
            Format::Jsonl(out) => out.flush(),
            Format::Csv { table, .. } => table.flush(),
            Format::Parquet(table) => table.finish(),
        }
    }
}

/// Extracts the output's own I/O error if that is the cause; its kind shows whether the reader has gone.
fn of_writing(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

impl Sheet<'_, Vec<u8>> {
    /// The JSON lines written.
    pub fn into_lines(self) -> Vec<u8> {
        match self.out {
            Format::Jsonl(out) => out.0,
            Format::Csv { table, .. } => table.into_inner().unwrap_or_default(),
            Format::Parquet(_) => Vec::new(),
        }
    }
}

fn row(record: &Record) -> [String; COLUMNS.len()] {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let duplicate = record.duplicate.as_ref();
    [
        record.id.clone(),
        record.revision.to_string(),
        record.portal.clone(),
        text(&record.province),
        record.outlet.clone(),
        record.url.clone(),
        word(&record.kind),
        record.title.clone(),
        text(&record.summary),
        record.content_text.clone(),
        text(&record.section),
        list(record.authors.iter().map(|author| author.name.as_str())),
        text(&record.byline),
        record.credit.as_ref().map(|credit| credit.text.clone()).unwrap_or_default(),
        list(record.attachments.iter().map(|file| file.url.as_str())),
        record.language.clone(),
        record.document.as_ref().and_then(|document| document.number.clone()).unwrap_or_default(),
        text(&record.date_published),
        text(&record.date_modified),
        record.date_fetched.clone(),
        record.withdrawn.as_ref().map(|withdrawn| withdrawn.at.clone()).unwrap_or_default(),
        duplicate.map(|duplicate| duplicate.of.clone()).unwrap_or_default(),
        duplicate.map(|duplicate| word(&duplicate.kind)).unwrap_or_default(),
        duplicate.map(|duplicate| duplicate.containment.to_string()).unwrap_or_default(),
    ]
}

/// A list in one cell, one element per line.
fn list<'a>(elements: impl Iterator<Item = &'a str>) -> String {
    elements.collect::<Vec<_>>().join("\n")
}

/// A value as it appears in the record's JSON.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Characters that a spreadsheet may take for the start of a formula (OWASP, "CSV Injection"): the signs, their wide forms, and the characters it
/// skips before them.
const FORMULAS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Makes a cell safe for spreadsheets: an apostrophe goes before anything that starts like a formula.
fn inert(cell: &str) -> String {
    if cell.starts_with(FORMULAS) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas() {
        for cell in ["=1+1", "+84", "-5", "@x", "\tx", "\r=1", "\n=1", "＝1"] {
            assert_eq!(inert(cell), format!("'{cell}"));
        }
        assert_eq!(inert("Giá = 5"), "Giá = 5");
    }
}
