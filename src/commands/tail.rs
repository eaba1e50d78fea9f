//! `tintinh tail`: prints records as they are written.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use crate::cli::Cli;
use crate::cli::Position;
use crate::cli::TailArgs;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::fields::Fields;
use crate::commands::output;
use crate::commands::record_sheet::Sheet;
use crate::commands::stream;
use crate::config::Config;
use crate::daemon;
use crate::model::cursor::Cursor;
use crate::store::RecordFilter;
use crate::store::Store;

/// Interval between two checks for new records. A check reads two pages of the database.
const PAUSE: Duration = Duration::from_millis(500);

/// Prints new records until it is interrupted or its reader ends.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, args: &TailArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let wanted = stream::filter(&config, &args.matching)?;
    let fields = Fields::read(&args.matching.fields)?;
    let position = match (&args.after, &args.cursor_file) {
        (Some(position), _) => position.clone(),
        (None, Some(file)) => stream::position_in(file)?,
        (None, None) => Position::Now,
    };
    common::block_on(async {
        let stop = daemon::interrupted().context("cannot catch signals")?;
        tokio::pin!(stop);
        let store = tokio::select! {
            store = store_when_there(&config) => store?,
            () = &mut stop => return Ok(()),
        };
        let mut tail = Tail { next: stream::begin(&config, &store, position).await?, store, wanted, fields, args };
        tokio::select! {
            // Do not cut off a record in mid-print. If the reader hangs, the exit of the process ends it.
            biased;
            () = &mut stop => {}
            ended = tail.follow() => return ended,
        }
        stream::tell(&tail.next);
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Waits for the database of a service that is starting.
async fn store_when_there(config: &Config) -> Result<Store, CommandError> {
    let mut is_told = false;
    loop {
        if let Some(store) = common::store_to_read(config).await? {
            return Ok(store);
        }
        if !std::mem::replace(&mut is_told, true) {
            output::warn(&format!(
                "nothing has been fetched yet: waiting for a database in {}",
                config.state_dir.display()
            ));
        }
        pause().await?;
    }
}

struct Tail<'a> {
    store: Store,
    wanted: RecordFilter,
    fields: Option<Fields>,
    args: &'a TailArgs,
    /// The position after the last printed record.
    next: Cursor,
}

impl Tail<'_> {
    async fn follow(&mut self) -> Result<(), CommandError> {
        loop {
            let page = self.store.stream_after(&self.wanted, &self.next, u64::MAX).await.map_err(stream::lost)?;
            for unreadable in &page.found.unreadable {
                output::warn(&format!("{unreadable}; see `tintinh doctor`"));
            }
            let mut sheet = Sheet::lines(Vec::new(), self.fields.as_ref());
            page.found
                .records
                .iter()
                .try_for_each(|record| sheet.write(record))
                .context("a record cannot be written")?;
            let lines = sheet.into_lines();
            if !lines.is_empty() {
                let put = tokio::task::spawn_blocking(move || {
                    let mut out = output::stream();
                    output::written(out.write_all(&lines).and_then(|()| out.flush()))
                });
                put.await.context("cannot print")??;
            }
            if page.next != self.next {
                stream::keep(&page.next, self.args.cursor_file.as_deref())?;
                self.next = page.next;
            }
            if page.is_last {
                pause().await?;
            }
        }
    }
}

/// Waits briefly. Ends if the reader has gone, even when nothing is printed.
async fn pause() -> Result<(), CommandError> {
    tokio::time::sleep(PAUSE).await;
    if output::is_closed() { Err(CommandError::ReaderGone) } else { Ok(()) }
}
