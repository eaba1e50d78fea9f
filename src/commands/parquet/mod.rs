//! `export --format parquet`: records as a table of columns (<https://parquet.apache.org>), with lists and groups as nested columns.
//!
//! Records are buffered until a row group is full and are then written column by column, so memory does not grow with their number.

mod columns;

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::basic::ZstdLevel;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::EnabledStatistics;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

use crate::commands::CommandError;
use crate::commands::fields::Fields;
use crate::commands::parquet::columns::COLUMNS;
use crate::commands::parquet::columns::Column;
use crate::model::record::Record;

/// Bytes of a row group before compression. A reader unpacks one row group at a time, and this writer buffers as much.
const GROUP_BYTES: usize = 32 << 20;

/// Maximum records per row group: records without texts, as `--fields` may select, take almost no space.
const GROUP_RECORDS: usize = 100_000;

/// Values written to a page between two checks of its size. Texts are long: with the library's 1,024, pages would grow to megabytes.
const VALUES_AT_ONCE: usize = 64;

/// The default of zstd.
const LEVEL: i32 = 3;

/// A table that is being written.
pub(super) struct ParquetTable<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<(&'static Column, Cells)>,
    records: usize,
}

impl<W: Write + Send> ParquetTable<W> {
    /// Starts a table with these columns.
    pub(super) fn new(out: W, columns: &[&'static Column]) -> std::io::Result<ParquetTable<W>> {
        let schema = parse_message_type(&columns::schema(columns)).map_err(of_writing)?;
        let level = ZstdLevel::try_new(LEVEL).map_err(of_writing)?;
        let mut properties =
            WriterProperties::builder().set_compression(Compression::ZSTD(level)).set_write_batch_size(VALUES_AT_ONCE);
        // A whole text needs no minimum and maximum, since nobody filters by them, and no dictionary, since it never repeats.
        for text in ["content_text", "summary"] {
            let path = ColumnPath::from(text);
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_statistics_enabled(path, EnabledStatistics::None);
        }
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties.build()));
        let columns = columns.iter().map(|column| (*column, Cells::default())).collect();
        Ok(ParquetTable { writer: writer.map_err(of_writing)?, columns, records: 0 })
    }

    /// Adds a record.
    pub(super) fn write(&mut self, record: &Record) -> std::io::Result<()> {
        for (column, cells) in &mut self.columns {
            (column.read)(record, cells);
        }
        self.records += 1;
        let bytes: usize = self.columns.iter().map(|(_, cells)| cells.bytes).sum();
        if bytes >= GROUP_BYTES || self.records >= GROUP_RECORDS { self.end_group() } else { Ok(()) }
    }

    /// Writes the remaining records and the table's footer.
    pub(super) fn finish(&mut self) -> std::io::Result<()> {
        self.end_group()?;
        self.writer.finish().map_err(of_writing)?;
        self.writer.inner_mut().flush()
    }

    fn end_group(&mut self) -> std::io::Result<()> {
        if std::mem::take(&mut self.records) > 0 {
            write_group(&mut self.writer, &mut self.columns).map_err(of_writing)?;
        }
        Ok(())
    }
}

fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    columns: &mut [(&'static Column, Cells)],
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for (_, cells) in columns {
        let Some(mut column) = group.next_column()? else { break };
        let Cells { texts, numbers, shares, defined, repeated, .. } = std::mem::take(cells);
        let (defined, repeated) = (Some(defined.as_slice()), Some(repeated.as_slice()));
        match column.untyped() {
            ColumnWriter::Int64ColumnWriter(writer) => writer.write_batch(&numbers, defined, repeated)?,
            ColumnWriter::DoubleColumnWriter(writer) => writer.write_batch(&shares, defined, repeated)?,
            ColumnWriter::ByteArrayColumnWriter(writer) => writer.write_batch(&texts, defined, repeated)?,
            _ => return Err(ParquetError::General("a column of a kind that no record has".to_owned())),
        };
        column.close()?;
    }
    group.close()?;
    Ok(())
}

/// Extracts the output's own I/O error if that is the cause.
fn of_writing(error: ParquetError) -> std::io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => *error,
            Err(error) => std::io::Error::other(error),
        },
        error => std::io::Error::other(error),
    }
}

/// The columns for the given fields, or all columns.
///
/// # Errors
/// [`CommandError::Usage`] if a field is not a column.
pub(super) fn chosen(fields: Option<&Fields>) -> Result<Vec<&'static Column>, CommandError> {
    let Some(fields) = fields else { return Ok(COLUMNS.iter().collect()) };
    let names: Vec<String> = fields.names().collect();
    let is_of = |column: &Column, name: &str| {
        column.field.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if let Some(none) = names.iter().find(|name| !COLUMNS.iter().any(|column| is_of(column, name))) {
        let hint = "docs/reading-data.md lists its columns; JSON Lines have all fields";
        return Err(CommandError::Usage(format!("--fields: a Parquet table has no column `{none}`; {hint}")));
    }
    Ok(COLUMNS.iter().filter(|column| names.iter().any(|name| is_of(column, name))).collect())
}

/// The cells of one column in one row group, as Parquet stores them: the values present, and for each cell how much of its path is defined and
/// whether it continues a list.
#[derive(Debug, Default)]
pub(super) struct Cells {
    texts: Vec<ByteArray>,
    numbers: Vec<i64>,
    shares: Vec<f64>,
    defined: Vec<i16>,
    repeated: Vec<i16>,
    bytes: usize,
}

/// A value of a cell.
#[derive(Debug, Clone, Copy)]
enum Cell<'a> {
    Text(&'a str),
    Number(i64),
    Share(f64),
}

impl Cells {
    /// A required value.
    fn one(&mut self, cell: Cell<'_>) {
        self.put(0, 0, Some(cell));
    }

    /// An optional value, or a required value in an optional group.
    fn maybe(&mut self, cell: Option<Cell<'_>>) {
        self.put(0, i16::from(cell.is_some()), cell);
    }

    /// An optional value in an optional group.
    fn within<'a, T>(&mut self, group: Option<&'a T>, cell_of: impl FnOnce(&'a T) -> Option<Cell<'a>>) {
        let cell = group.and_then(cell_of);
        self.put(0, i16::from(group.is_some()) + i16::from(cell.is_some()), cell);
    }

    /// A list of values, or of groups in which the value is required.
    fn each<'a>(&mut self, cells: impl Iterator<Item = Cell<'a>>) {
        let mut is_empty = true;
        for (number, cell) in cells.enumerate() {
            is_empty = false;
            self.put(i16::from(number > 0), 1, Some(cell));
        }
        if is_empty {
            self.put(0, 0, None);
        }
    }

    /// A list of groups in which the value is optional.
    fn each_maybe<'a>(&mut self, cells: impl Iterator<Item = Option<Cell<'a>>>) {
        let mut is_empty = true;
        for (number, cell) in cells.enumerate() {
            is_empty = false;
            self.put(i16::from(number > 0), 1 + i16::from(cell.is_some()), cell);
        }
        if is_empty {
            self.put(0, 0, None);
        }
    }

    fn put(&mut self, repeated: i16, defined: i16, cell: Option<Cell<'_>>) {
        self.repeated.push(repeated);
        self.defined.push(defined);
        self.bytes += 4;
        match cell {
            None => {}
            Some(Cell::Text(text)) => {
                self.bytes += size_of::<ByteArray>() + text.len();
                self.texts.push(ByteArray::from(text));
            }
            Some(Cell::Number(number)) => {
                self.bytes += 8;
                self.numbers.push(number);
            }
            Some(Cell::Share(share)) => {
                self.bytes += 8;
                self.shares.push(share);
            }
        }
    }
}
