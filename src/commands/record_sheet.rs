//! Writes records line by line: as JSON, or as a table.

use std::io::Write;

use serde_json::Value;

use crate::cli::ExportFormat;
use crate::commands::fields::Fields;
use crate::commands::output::Json;
use crate::model::record::Record;
use crate::text::visible;

/// Writes records in a format, or some of their fields.
#[derive(Debug)]
pub struct Sheet<'a, W: Write> {
    out: Format<W>,
    fields: Option<&'a Fields>,
}

#[derive(Debug)]
enum Format<W: Write> {
    Jsonl(Json<W>),
    /// To a terminal, or unchanged to a file.
    Csv {
        table: Box<csv::Writer<W>>,
        has_head: bool,
        is_shown: bool,
    },
}

/// The columns of a table.
const COLUMNS: [&str; 20] = [
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
    "byline",
    "credit",
    "language",
    "document_number",
    "date_published",
    "date_fetched",
    "duplicate_of",
    "duplicate_kind",
    "containment",
];

impl<'a, W: Write> Sheet<'a, W> {
    /// A sheet of these fields, or of the whole record. `is_shown`: on a terminal.
    pub fn new(out: W, format: ExportFormat, fields: Option<&'a Fields>, is_shown: bool) -> Sheet<'a, W> {
        let out = match format {
            ExportFormat::Jsonl => Format::Jsonl(Json(out)),
            ExportFormat::Csv => {
                // RFC 4180, section 2.1.
                let table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
                Format::Csv { table: Box::new(table), has_head: false, is_shown }
            }
        };
        Sheet { out, fields }
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
        }
    }

    /// The head of a table, once.
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

    /// Ends the sheet: a table has a head even if it has no rows.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(&mut self) -> std::io::Result<()> {
        self.head()?;
        match &mut self.out {
            Format::Jsonl(out) => out.flush(),
            Format::Csv { table, .. } => table.flush(),
        }
    }
}

/// The error of the output itself, where that is the cause: whether its reader is gone shows in its kind.
fn of_writing(error: csv::Error) -> std::io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    }
}

impl Sheet<'_, Vec<u8>> {
    /// The lines of JSON that were written.
    pub fn into_lines(self) -> Vec<u8> {
        match self.out {
            Format::Jsonl(out) => out.0,
            Format::Csv { table, .. } => table.into_inner().unwrap_or_default(),
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
        text(&record.byline),
        record.credit.as_ref().map(|credit| credit.text.clone()).unwrap_or_default(),
        record.language.clone(),
        record.document.as_ref().and_then(|document| document.number.clone()).unwrap_or_default(),
        text(&record.date_published),
        record.date_fetched.clone(),
        duplicate.map(|duplicate| duplicate.of.clone()).unwrap_or_default(),
        duplicate.map(|duplicate| word(&duplicate.kind)).unwrap_or_default(),
        duplicate.map(|duplicate| duplicate.containment.to_string()).unwrap_or_default(),
    ]
}

/// A word of the record, as it stands in its JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A cell that no spreadsheet reads as a formula (OWASP, "CSV Injection"): an apostrophe before what begins like one.
fn inert(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas() {
        for cell in ["=1+1", "+84", "-5", "@x", "\tx"] {
            assert_eq!(inert(cell), format!("'{cell}"));
        }
        assert_eq!(inert("Giá = 5"), "Giá = 5");
    }
}
