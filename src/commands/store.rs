//! `tintinh store`: moves the database to another engine.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::Cli;
use crate::cli::StoreCommand;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::config::Config;
use crate::model::settings::StoreAddress;
use crate::model::settings::StoreSettings;
use crate::store::Store;
use crate::store::StoreError;
use crate::text::count::counted;

/// Runs a verb of `store`.
///
/// # Errors
/// [`CommandError::Store`] if a store cannot be opened, is used, or both differ in the end.
pub fn run(cli: &Cli, command: &StoreCommand) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let StoreCommand::Copy(args) = command;
    let (from, to) = (place(&config, &args.from), place(&config, &args.to));
    if !Store::is_there(&from) {
        return Err(CommandError::Usage(format!("there is no store at {}", args.from)));
    }
    // A process on another machine is not seen: nothing it writes would be copied, and the comparison would tell.
    let _locks = [lock(&from)?, lock(&to)?];
    let rows = common::block_on(async { copy(&from, &to).await.map_err(|error| CommandError::Store(error.into())) })?;
    output::print(&format!("{} copied from {} to {}; both are the same\n", counted(rows, "row"), args.from, args.to))?;
    Ok(ExitCode::SUCCESS)
}

async fn copy(from: &StoreAddress, to: &StoreAddress) -> Result<u64, StoreError> {
    let source = Store::open_read_only(from).await?;
    let target = Store::open(to).await?;
    let mut rows = 0;
    target
        .fill_from(&source, |table| {
            rows += table.rows;
            tracing::info!(table = table.name, rows = table.rows, digest = table.digest, "copied {}", table.name);
        })
        .await?;
    Ok(rows)
}

/// A state folder, or the address of a server.
fn place(config: &Config, text: &str) -> StoreAddress {
    if text.starts_with("postgres") && text.contains("://") {
        let server = StoreSettings { url: Some(text.to_owned()), password: config.store.password.clone() };
        StoreAddress { folder: config.state_dir.clone(), server }
    } else {
        StoreAddress { folder: PathBuf::from(text), server: StoreSettings::default() }
    }
}

/// Locks the folder of a store that is a file.
fn lock(at: &StoreAddress) -> Result<Option<File>, CommandError> {
    if at.server.url.is_some() {
        return Ok(None);
    }
    common::lock(&at.folder).map(Some).map_err(CommandError::Store)
}
