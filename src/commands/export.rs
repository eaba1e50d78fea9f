//! `tintinh export`: the current view of the store, with the copies known now.

use std::io::Write;
use std::process::ExitCode;

use crate::cli::Cli;
use crate::cli::ExportArgs;
use crate::cli::ExportFormat;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::extract::named_portal;
use crate::commands::output;
use crate::commands::output::Json;
use crate::config::Config;
use crate::model::record::Record;
use crate::store::RecordFilter;
use crate::text::count::counted;
use crate::text::visible;

/// Prints the current view.
///
/// # Errors
/// [`CommandError`]; unreadable records are left out, with exit code 1.
pub fn run(cli: &Cli, args: &ExportArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let portal = args.portal.as_deref().map(|name| named_portal(&config, name)).transpose()?;
    let portal = portal.map(|portal| portal.outlet.portal.clone());
    let wanted = RecordFilter { unique: args.unique, since: args.since, portal };
    let left_out = common::block_on(print(&config, &wanted, args.format))?;
    if left_out == 0 {
        return Ok(ExitCode::SUCCESS);
    }

    output::warn(&format!("left out {} that cannot be read; run `tintinh doctor`", counted(left_out, "record")));
    Ok(ExitCode::from(EXIT_FAILED))
}

/// Prints what can be read; returns how many records cannot.
async fn print(config: &Config, wanted: &RecordFilter, format: ExportFormat) -> Result<u64, CommandError> {
    let Some(store) = common::store_to_read(config).await? else {
        output::warn(&format!("nothing has been fetched yet: there is no database in {}", config.state_dir.display()));
        return Ok(0);
    };
    let mut sheet = Writer::new(output::stream(), format, output::is_terminal());
    let (mut after, mut left_out) = (0, 0);
    loop {
        let (found, last) = store.current(wanted, after).await.map_err(|error| CommandError::Store(error.into()))?;
        if last == after {
            break;
        }
        output::written(found.records.iter().try_for_each(|record| sheet.write(record)))?;
        for unreadable in &found.unreadable {
            output::warn(&unreadable.to_string());
        }
        left_out += found.unreadable.len() as u64;
        after = last;
    }
    output::written(sheet.finish())?;
    Ok(left_out)
}

/// Writes records in a format.
enum Writer<W: Write> {
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

impl<W: Write> Writer<W> {
    fn new(out: W, format: ExportFormat, is_shown: bool) -> Writer<W> {
        match format {
            ExportFormat::Jsonl => Writer::Jsonl(Json(out)),
            ExportFormat::Csv => {
                // RFC 4180, section 2.1.
                let table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
                Writer::Csv { table: Box::new(table), has_head: false, is_shown }
            }
        }
    }

    fn write(&mut self, record: &Record) -> std::io::Result<()> {
        self.head()?;
        match self {
            Writer::Jsonl(out) => {
                serde_json::to_writer(&mut *out, record)?;
                out.write_all(b"\n")
            }
            Writer::Csv { table, is_shown, .. } => {
                let shown = |cell: String| if *is_shown { visible::text(&cell).into_owned() } else { cell };
                table.write_record(row(record).iter().map(|cell| shown(inert(cell)))).map_err(of_writing)
            }
        }
    }

    /// The head of a table, once.
    fn head(&mut self) -> std::io::Result<()> {
        match self {
            Writer::Csv { table, has_head, .. } if !*has_head => {
                *has_head = true;
                table.write_record(COLUMNS).map_err(of_writing)
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> std::io::Result<()> {
        self.head()?;
        match self {
            Writer::Jsonl(out) => out.flush(),
            Writer::Csv { table, .. } => table.flush(),
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
    serde_json::to_value(value).ok().as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
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
