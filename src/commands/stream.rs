//! Code shared by `export --after` and `tail`: where a reader continues, and how it learns the next position.

use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;

use crate::cli::MatchArgs;
use crate::cli::Position;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::extract::named_portal;
use crate::commands::output;
use crate::config::Config;
use crate::files;
use crate::model::cursor::Cursor;
use crate::model::portal::PortalId;
use crate::store::CursorState;
use crate::store::RecordFilter;
use crate::store::Store;
use crate::store::StoreError;
use crate::text::count::counted;

/// The filter that the command line describes.
///
/// # Errors
/// [`CommandError::Usage`] if it names a portal or province that is not configured.
pub fn filter(config: &Config, args: &MatchArgs) -> Result<RecordFilter, CommandError> {
    let mut portals: Option<Vec<PortalId>> = None;
    if !args.portal.is_empty() {
        let named = args.portal.iter().map(|name| Ok(named_portal(config, name)?.outlet.portal.clone()));
        portals = Some(named.collect::<Result<_, CommandError>>()?);
    }
    if !args.province.is_empty() {
        let mut of_provinces = of_provinces(config, &args.province)?;
        of_provinces.retain(|portal| portals.as_ref().is_none_or(|named| named.contains(portal)));
        portals = Some(of_provinces);
    }
    Ok(RecordFilter { since: args.since, before: args.until, portals, ..RecordFilter::default() })
}

fn of_provinces(config: &Config, wanted: &[String]) -> Result<Vec<PortalId>, CommandError> {
    let outlets = || config.portals.iter().map(|portal| &portal.outlet);
    for province in wanted {
        if outlets().any(|outlet| outlet.province.as_ref() == Some(province)) {
            continue;
        }
        let message = format!("no portal in the configuration is of the province `{province}`");
        let hint = || "`tintinh catalogue` lists the provinces and their portals".to_owned();
        let known = outlets().filter_map(|outlet| outlet.province.as_deref());
        return Err(common::unknown(&message, province, known, hint));
    }
    let is_wanted = |province: &Option<String>| province.as_ref().is_some_and(|province| wanted.contains(province));
    Ok(outlets().filter(|outlet| is_wanted(&outlet.province)).map(|outlet| outlet.portal.clone()).collect())
}

/// The position in a file; a missing file means the start.
///
/// # Errors
/// [`CommandError::Usage`] if the file cannot be read or has other content.
pub fn position_in(file: &Path) -> Result<Position, CommandError> {
    let wrong = |what: &dyn std::fmt::Display| CommandError::Usage(format!("{}: {what}", file.display()));
    match std::fs::read_to_string(file) {
        Ok(text) => text.trim().parse().map_err(|error: String| wrong(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Position::Start),
        Err(error) => Err(wrong(&error)),
    }
}

/// Writes the next position to a file, if one is given. The file is replaced atomically.
///
/// # Errors
/// If the file cannot be written.
pub fn keep(next: &Cursor, file: Option<&Path>) -> Result<(), CommandError> {
    let Some(file) = file else { return Ok(()) };
    let kept = files::replace(file, format!("{next}\n").as_bytes());
    Ok(kept.with_context(|| format!("cannot write the cursor to {}", file.display()))?)
}

/// Prints the next position.
pub fn tell(next: &Cursor) {
    output::warn(&format!("next: {next}"));
}

/// The cursor to start from. Reports records that were removed before they were read.
///
/// # Errors
/// [`CommandError::Usage`] if it is not a position in this store's stream.
pub async fn begin(config: &Config, store: &Store, position: Position) -> Result<Cursor, CommandError> {
    let (start, end) = store.stream_ends().await.map_err(lost)?;
    let cursor = match position {
        Position::Start => return Ok(start),
        Position::Now => return Ok(end),
        Position::At(cursor) => cursor,
    };
    let dir = config.state_dir.display();
    let refused =
        |what: String| Err(CommandError::Usage(format!("the cursor `{cursor}` {what}, or begin again with `start`")));
    match store.look_up(&cursor).await.map_err(lost)? {
        CursorState::Known => {}
        CursorState::Gap(records) => output::warn(&format!(
            "{} after the cursor {} no longer in the store and cannot be printed (see [retention] in the configuration)",
            counted(records, "record"),
            if records == 1 { "is" } else { "are" }
        )),
        CursorState::OtherStore(own) => {
            return refused(format!(
                "is of another store: it begins with {}, and those of {dir} begin with {own}; name its --state-dir",
                cursor.store
            ));
        }
        CursorState::Ahead => {
            return refused(format!(
                "is ahead of the store, which ends at {}: the database in {dir} is an older copy; go on from where both agree, such as {end}",
                end.sequence
            ));
        }
        CursorState::OtherRecord => {
            return refused(format!(
                "is behind another record than the one that has its number now: the database in {dir} was an older copy for a while, and went on from there; go on from an older cursor"
            ));
        }
    }
    Ok(cursor)
}

/// The store failed.
pub fn lost(error: StoreError) -> CommandError {
    CommandError::Store(error.into())
}
