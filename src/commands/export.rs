//! `tintinh export`: the current view of the store, every copy with what it is known to be a copy of now.

use std::io::BufWriter;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use jiff::Timestamp;

use crate::cli::Cli;
use crate::commands::CommandError;
use crate::commands::extract::named_portal;
use crate::commands::workshop;
use crate::config::Config;
use crate::model::record::Record;
use crate::store::Wanted;
use crate::text::date;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The newest record of each article is printed, in the order of arrival. Records as they were written say of a copy what was known
then; here `duplicate` says what is known now, and with --unique each story is printed once: by its earliest known copy.

Examples:
  tintinh export > all.jsonl
  tintinh export --unique --since 2025-07-01 --portal vinhphuc
  tintinh export --unique --format csv > stories.csv"
)]
pub struct ExportArgs {
    /// One record of each story: its head, or the earliest copy that the other flags leave.
    #[arg(long)]
    pub unique: bool,
    /// Only what was published since that day or moment (2025-07-01, 2025-07-01T08:00:00+07:00, 1/7/2025); what has no date counts from when it was found.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// Only articles of this portal.
    #[arg(long, value_name = "ID")]
    pub portal: Option<String>,
    /// How records are printed.
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    pub format: ExportFormat,
}

/// How records are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// A JSON object a line, as in the files of records.
    Jsonl,
    /// A table with a head (RFC 4180), for spreadsheets: the fields that are one value each.
    Csv,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let read = date::read(text, date::DateOrder::DayFirst).map(|dated| dated.at);
    read.ok_or_else(|| format!("`{text}` is no date: write it as in 2025-07-01"))
}

/// Prints the current view.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, args: &ExportArgs) -> Result<ExitCode, CommandError> {
    let config = workshop::open_config(cli)?;
    let portal = args.portal.as_deref().map(|name| named_portal(&config, name)).transpose()?;
    let portal = portal.map(|portal| portal.outlet.portal.clone());
    let wanted = Wanted { unique: args.unique, since: args.since, portal };
    workshop::runtime()?.block_on(print(&config, &wanted, args.format))?;
    Ok(ExitCode::SUCCESS)
}

async fn print(config: &Config, wanted: &Wanted, format: ExportFormat) -> Result<(), CommandError> {
    let lost = |error: crate::store::StoreError| CommandError::Store(error.into());
    let Some(store) = workshop::store_to_read(config).await? else {
        eprintln!("nothing was fetched yet: there is no database in {}", config.state_dir.display());
        return Ok(());
    };
    let mut sheet = Writer::new(BufWriter::new(std::io::stdout()), format).context("cannot write")?;
    let mut after = 0;
    loop {
        let (records, last) = store.current(wanted, after).await.map_err(lost)?;
        if records.is_empty() {
            break;
        }
        records.iter().try_for_each(|record| sheet.write(record)).context("cannot write")?;
        after = last;
    }
    sheet.finish().context("cannot write")?;
    Ok(())
}

/// Puts records down in a format.
enum Writer<W: Write> {
    Jsonl(W),
    Csv(Box<csv::Writer<W>>),
}

/// The columns of a table.
const COLUMNS: [&str; 19] = [
    "id",
    "revision",
    "portal",
    "province",
    "outlet",
    "url",
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
    fn new(out: W, format: ExportFormat) -> anyhow::Result<Writer<W>> {
        Ok(match format {
            ExportFormat::Jsonl => Writer::Jsonl(out),
            ExportFormat::Csv => {
                let mut table = csv::Writer::from_writer(out);
                table.write_record(COLUMNS)?;
                Writer::Csv(Box::new(table))
            }
        })
    }

    fn write(&mut self, record: &Record) -> anyhow::Result<()> {
        match self {
            Writer::Jsonl(out) => {
                serde_json::to_writer(&mut *out, record)?;
                out.write_all(b"\n")?;
            }
            Writer::Csv(table) => table.write_record(row(record).iter().map(|cell| inert(cell)))?,
        }
        Ok(())
    }

    fn finish(&mut self) -> std::io::Result<()> {
        match self {
            Writer::Jsonl(out) => out.flush(),
            Writer::Csv(table) => table.flush(),
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
        duplicate.map(|duplicate| duplicate.kind.to_string()).unwrap_or_default(),
        duplicate.map(|duplicate| duplicate.containment.to_string()).unwrap_or_default(),
    ]
}

/// A cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"): an apostrophe before what begins like one.
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

    #[test]
    fn days_and_moments() {
        assert_eq!(moment("2025-07-01"), Ok("2025-06-30T17:00:00Z".parse().unwrap()));
        assert_eq!(moment("1/7/2025"), moment("2025-07-01"));
        assert_eq!(moment("2025-07-01T08:00:00+07:00"), Ok("2025-07-01T01:00:00Z".parse().unwrap()));
        assert!(moment("hôm qua").unwrap_err().contains("2025-07-01"));
    }
}
