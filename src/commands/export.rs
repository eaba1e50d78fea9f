//! `tintinh export`: the current view of the store, with the copies known now; or what came after a cursor.

use std::io::Write;
use std::process::ExitCode;

use crate::cli::Cli;
use crate::cli::ExportArgs;
use crate::cli::Position;
use crate::commands::CommandError;
use crate::commands::EXIT_FAILED;
use crate::commands::common;
use crate::commands::fields::Fields;
use crate::commands::output;
use crate::commands::record_sheet::Sheet;
use crate::commands::stream;
use crate::config::Config;
use crate::store::RecordBatch;
use crate::store::RecordFilter;
use crate::store::Store;
use crate::text::count::counted;

/// Prints the current view, or what came after a cursor.
///
/// # Errors
/// [`CommandError`]; unreadable records are left out, with exit code 1.
pub fn run(cli: &Cli, args: &ExportArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let wanted =
        RecordFilter { unique: args.unique, withdrawn: args.withdrawn, ..stream::filter(&config, &args.matching)? };
    let fields = Fields::read(&args.matching.fields)?;
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

/// Prints what can be read; returns how many records cannot.
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
    let mut sheet = Sheet::new(output::stream(), args.format, fields, output::is_terminal());
    match after {
        None => print_view(&store, wanted, &mut sheet).await,
        Some(position) => print_stream(config, &store, args, wanted, position, &mut sheet).await,
    }
}

async fn print_view<W: Write>(
    store: &Store,
    wanted: &RecordFilter,
    sheet: &mut Sheet<'_, W>,
) -> Result<u64, CommandError> {
    let (mut after, mut left_out) = (0, 0);
    loop {
        let (found, last) = store.current(wanted, after).await.map_err(stream::lost)?;
        if last == after {
            break;
        }
        left_out += print_batch(&found, sheet)?;
        after = last;
    }
    output::written(sheet.finish())?;
    Ok(left_out)
}

async fn print_stream<W: Write>(
    config: &Config,
    store: &Store,
    args: &ExportArgs,
    wanted: &RecordFilter,
    position: Position,
    sheet: &mut Sheet<'_, W>,
) -> Result<u64, CommandError> {
    let mut next = stream::begin(config, store, position).await?;
    let (mut left, mut left_out) = (args.limit.unwrap_or(u64::MAX), 0);
    while left > 0 {
        let page = store.stream_after(wanted, &next, left).await.map_err(stream::lost)?;
        left_out += print_batch(&page.found, sheet)?;
        left = left.saturating_sub(page.found.records.len() as u64);
        next = page.next;
        if page.is_last {
            break;
        }
    }
    output::written(sheet.finish())?;
    // Only now: what was not printed comes again.
    stream::keep(&next, args.cursor_file.as_deref())?;
    stream::tell(&next);
    Ok(left_out)
}

fn print_batch<W: Write>(found: &RecordBatch, sheet: &mut Sheet<'_, W>) -> Result<u64, CommandError> {
    output::written(found.records.iter().try_for_each(|record| sheet.write(record)))?;
    for unreadable in &found.unreadable {
        output::warn(&unreadable.to_string());
    }
    Ok(found.unreadable.len() as u64)
}
