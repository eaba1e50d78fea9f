//! The arguments of the commands that print records from the store.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use jiff::Timestamp;

use crate::model::cursor::Cursor;
use crate::text::date;
use crate::text::date::Precision;

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Prints the newest record of each article in the order of arrival. In a record file, `duplicate` says what was known when the record
was written. Here it says what is known now. With --unique, each story is printed once, by its earliest known copy. Withdrawn articles
are left out.

With --after, every record that was written after the cursor is printed, in the order in which they were written: new articles, revisions and
withdrawals. The last line of standard error is `next: CURSOR`, for the next run. With --cursor-file, the cursor is read from a file, and
the next one is written to it after everything was printed.

Examples:
  tintinh export > all.jsonl
  tintinh export --unique --since 2025-07-01 --until 2025-07-31 --portal vinhphuc
  tintinh export --unique --format csv --bom --fields title,url,date_published > stories.csv
  tintinh export --format parquet -o articles.parquet
  tintinh export --after start --limit 1000 > first.jsonl
  tintinh export --cursor-file position > new.jsonl"
)]
pub struct ExportArgs {
    /// Prints one record of each story: its head, or the earliest copy that the other flags admit.
    #[arg(long)]
    pub unique: bool,
    /// Prints what was written after this cursor. `start` means everything. `now` prints only the cursor to continue from.
    #[arg(long, value_name = "CURSOR", conflicts_with = "unique")]
    pub after: Option<Position>,
    /// Reads the cursor from this file, and writes the next one to it. If the file does not exist, it begins at `start`.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["after", "unique"])]
    pub cursor_file: Option<PathBuf>,
    /// Prints at most this many records after the cursor.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Also prints withdrawn articles. With a cursor, they are always printed.
    #[arg(long)]
    pub withdrawn: bool,
    /// Which records.
    #[command(flatten)]
    pub matching: MatchArgs,
    /// The output format.
    #[arg(long, value_name = "FORMAT", default_value = "jsonl")]
    pub format: ExportFormat,
    /// Begins a table with a byte order mark, by which Excel knows that it is UTF-8.
    #[arg(long)]
    pub bom: bool,
    /// Writes to this file, which appears whole or not at all.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `tail`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Prints one JSON object per line. The service may be running. It ends at Ctrl-C, at SIGTERM, or when its reader ends, and its last line on
standard error is `next: CURSOR`, for the next run. With --cursor-file, the cursor is written to a file after each batch.

Examples:
  tintinh tail
  tintinh tail --after start --portal vinhphuc
  tintinh tail --fields id,title,withdrawn | jq -c 'select(.withdrawn)'
  tintinh tail --cursor-file position | my-importer"
)]
pub struct TailArgs {
    /// Begins after this cursor. `start` means the oldest record. Default: only what is written from now on.
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<Position>,
    /// Reads the cursor from this file, and writes the next one to it. If the file does not exist, it begins at `start`.
    #[arg(long, value_name = "FILE", conflicts_with = "after")]
    pub cursor_file: Option<PathBuf>,
    /// Which records.
    #[command(flatten)]
    pub matching: MatchArgs,
}

/// Which records are printed, and which of their fields.
#[derive(Debug, clap::Args)]
pub struct MatchArgs {
    /// Prints only articles published since this day or moment (2025-07-01, 2025-07-01T08:00:00+07:00, 1/7/2025). An article without a date counts from when it was found.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    pub since: Option<Timestamp>,
    /// Prints only articles published until the end of this day, or before this moment.
    #[arg(long, value_name = "DATE", value_parser = end)]
    pub until: Option<Timestamp>,
    /// Prints only articles of this portal. May be given several times.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub portal: Vec<String>,
    /// Prints only articles of the portals of this province (`cao-bang`). May be given several times.
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub province: Vec<String>,
    /// Prints only these fields, by their names in the record, separated by commas; `http.status` is a nested field. In a table, they are the
    /// columns.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub fields: Vec<String>,
}

/// How records are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object per line, as in the record files.
    Jsonl,
    /// A table with a header (RFC 4180) for spreadsheets. A list is one cell.
    Csv,
    /// A Parquet table with nested columns, for databases and data frames. Needs --output.
    Parquet,
}

/// A position in the stream, as given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// Before the oldest record.
    Start,
    /// After the newest record.
    Now,
    /// The position of a reader.
    At(Cursor),
}

impl FromStr for Position {
    type Err = String;

    fn from_str(text: &str) -> Result<Position, String> {
        match text {
            "start" => Ok(Position::Start),
            "now" => Ok(Position::Now),
            _ => text.parse().map(Position::At).map_err(|_| {
                "it is not a cursor; give the whole word behind `next:` that the last `tintinh export --after` or `tintinh tail` printed, or `start`"
                    .to_owned()
            }),
        }
    }
}

pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    dated(text).map(|(at, _)| at)
}

/// Reads the end of a day, or a moment.
pub(super) fn end(text: &str) -> Result<Timestamp, String> {
    let (at, precision) = dated(text)?;
    let length = if precision == Precision::Day { Duration::from_hours(24) } else { Duration::ZERO };
    Ok(at.saturating_add(length).unwrap_or(Timestamp::MAX))
}

fn dated(text: &str) -> Result<(Timestamp, Precision), String> {
    let read = date::read(text, date::DateOrder::DayFirst).map(|dated| (dated.at, dated.precision));
    read.ok_or_else(|| format!("`{text}` is not a date; write it like 2025-07-01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments() {
        assert_eq!(moment("2025-07-01"), Ok("2025-06-30T17:00:00Z".parse().unwrap()));
        assert_eq!(moment("1/7/2025"), moment("2025-07-01"));
        assert_eq!(moment("2025-07-01T08:00:00+07:00"), Ok("2025-07-01T01:00:00Z".parse().unwrap()));
        assert!(moment("hôm qua").unwrap_err().contains("2025-07-01"));
        // A day includes all of its hours.
        assert_eq!(end("2025-06-30"), moment("2025-07-01"));
        assert_eq!(end("2025-07-01T08:00:00+07:00"), moment("2025-07-01T08:00:00+07:00"));
    }

    #[test]
    fn places_in_the_stream() {
        assert_eq!("start".parse(), Ok(Position::Start));
        assert!(matches!("00000000004d_7_abcd".parse(), Ok(Position::At(_))));
        assert!("1042".parse::<Position>().unwrap_err().contains("next:"));
    }
}
