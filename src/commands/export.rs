//! `tintinh export`: the current view of the store, with the copies known now, or everything after a cursor.

use std::fs::File;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::cli::Cli;
use crate::cli::ExportArgs;
use crate::cli::ExportFormat;
use crate::cli::Position;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::fields::Fields;
use crate::commands::output;
use crate::commands::parquet;
use crate::commands::record_sheet::Sheet;
use crate::commands::stream;
use crate::config::Config;
use crate::files;
use crate::store::RecordBatch;
use crate::store::RecordFilter;
use crate::store::Store;
use crate::text::count::counted;

/// Prints the current view, or everything after a cursor.
///
/// # Errors
/// [`CommandError`]; unreadable records are left out, with exit code 1.
pub fn run(cli: &Cli, args: &ExportArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let wanted =
        RecordFilter { unique: args.unique, withdrawn: args.withdrawn, ..stream::filter(&config, &args.matching)? };
    let fields = Fields::read(&args.matching.fields)?;
    check(args, fields.as_ref())?;
    let after = match (&args.after, &args.cursor_file) {
        (Some(position), _) => Some(position.clone()),
        (None, Some(file)) => Some(stream::position_in(file)?),
        (None, None) if args.limit.is_some() => {
            let hint = "give the place to begin as well, `--after start` or a cursor";
            return Err(CommandError::Usage(format!("--limit counts records of the stream; {hint}")));
        }
        (None, None) => None,
    };
    let left_out = common::block_on(print(&config, args, &wanted, fields.as_ref(), after))?;
    if left_out == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    output::warn(&format!("left out {} that cannot be read; run `tintinh doctor`", counted(left_out, "record")));
    Ok(ExitCode::from(EXIT_FAILED))
}

/// Checks that the arguments make sense together, whether or not there are records.
fn check(args: &ExportArgs, fields: Option<&Fields>) -> Result<(), CommandError> {
    if args.bom && args.format != ExportFormat::Csv {
        return Err(CommandError::Usage("--bom is for tables: add --format csv".to_owned()));
    }
    if args.format == ExportFormat::Parquet {
        parquet::chosen(fields)?;
        if args.output.is_none() {
            let hint = "name it: --format parquet -o articles.parquet";
            return Err(CommandError::Usage(format!("a Parquet table is written to a file; {hint}")));
        }
    }
    Ok(())
}

/// The output of records: standard output, or a file that appears under its name once it is complete.
struct Output<'a> {
    sheet: Sheet<'a, Box<dyn Write + Send>>,
    file: Option<(File, &'a Path)>,
}

impl<'a> Output<'a> {
    fn open(args: &'a ExportArgs, fields: Option<&'a Fields>) -> Result<Output<'a>, CommandError> {
        let (out, file): (Box<dyn Write + Send>, _) = match &args.output {
            None => (Box::new(output::stream()), None),
            Some(path) => {
                let begin = || {
                    let file = files::own().write(true).create(true).truncate(true).open(files::beside(path, "new"))?;
                    Ok::<_, std::io::Error>((Box::new(BufWriter::new(file.try_clone()?)), file))
                };
                let (out, file) = begin().with_context(|| cannot_write(path))?;
                (out, Some((file, path.as_path())))
            }
        };
        let sheet = match args.format {
            ExportFormat::Jsonl => Sheet::lines(out, fields),
            ExportFormat::Csv => {
                let is_shown = file.is_none() && output::is_terminal();
                Sheet::table(out, fields, args.bom, is_shown).context("cannot write a table")?
            }
            ExportFormat::Parquet => Sheet::parquet(out, fields)?,
        };
        Ok(Output { sheet, file })
    }

    fn write(&mut self, found: &RecordBatch) -> Result<u64, CommandError> {
        let written = found.records.iter().try_for_each(|record| self.sheet.write(record));
        self.written(written)?;
        for unreadable in &found.unreadable {
            output::warn(&unreadable.to_string());
        }
        Ok(found.unreadable.len() as u64)
    }

    fn finish(mut self) -> Result<(), CommandError> {
        let finished = self.sheet.finish();
        self.written(finished)?;
        let named = |(file, path): &(File, &Path)| {
            file.sync_all().and_then(|()| files::rename(&files::beside(path, "new"), path))
        };
        let named = self.file.as_ref().map_or(Ok(()), named);
        self.written(named)
    }

    fn written(&self, outcome: std::io::Result<()>) -> Result<(), CommandError> {
        match &self.file {
            None => output::written(outcome),
            Some((_, path)) => Ok(outcome.with_context(|| cannot_write(path))?),
        }
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// Prints the readable records. Returns the number of unreadable ones.
async fn print(
    config: &Config,
    args: &ExportArgs,
    wanted: &RecordFilter,
    fields: Option<&Fields>,
    after: Option<Position>,
) -> Result<u64, CommandError> {
    let Some(store) = common::store_to_read(config).await? else {
        output::warn(&common::nothing_fetched(config));
        return Ok(0);
    };
    let out = Output::open(args, fields)?;
    match after {
        None => print_view(&store, wanted, out).await,
        Some(position) => print_stream(config, &store, args, wanted, position, out).await,
    }
}

async fn print_view(store: &Store, wanted: &RecordFilter, mut out: Output<'_>) -> Result<u64, CommandError> {
    let (mut after, mut left_out) = (0, 0);
    loop {
        let (found, last) = store.current(wanted, after).await.map_err(stream::lost)?;
        if last == after {
            break;
        }
        left_out += out.write(&found)?;
        after = last;
    }
    out.finish()?;
    Ok(left_out)
}

async fn print_stream(
    config: &Config,
    store: &Store,
    args: &ExportArgs,
    wanted: &RecordFilter,
    position: Position,
    mut out: Output<'_>,
) -> Result<u64, CommandError> {
    let mut next = stream::begin(config, store, position).await?;
    let (mut left, mut left_out) = (args.limit.unwrap_or(u64::MAX), 0);
    while left > 0 {
        let page = store.stream_after(wanted, &next, left).await.map_err(stream::lost)?;
        left_out += out.write(&page.found)?;
        left = left.saturating_sub(page.found.records.len() as u64);
        next = page.next;
        if page.is_last {
            break;
        }
    }
    out.finish()?;
    // Save the cursor last, so that anything not printed is printed next time.
    stream::keep(&next, args.cursor_file.as_deref())?;
    stream::tell(&next);
    Ok(left_out)
}
