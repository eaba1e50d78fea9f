//! The commands, one file each.

pub mod add;
pub mod attachment;
pub mod catalogue;
pub mod check;
pub mod common;
pub mod dedup;
pub mod demo;
pub mod diff;
pub mod digest;
pub mod doctor;
mod drawing;
pub mod enable;
pub mod explain;
pub mod export;
pub mod extract;
pub mod fetch;
pub mod fields;
pub mod import;
pub mod link_lines;
pub mod links;
pub mod live;
mod live_report;
pub mod manual;
mod moments;
pub mod notify;
pub mod opml;
pub mod output;
pub mod page;
mod parquet;
pub mod portal_file;
mod portal_status;
pub mod preview;
pub mod record_sheet;
pub mod relearn;
pub mod reread;
pub mod retry;
pub mod run;
pub mod search;
pub mod sheet;
pub mod sink;
pub mod status;
pub mod store;
pub mod stream;
pub mod tail;
pub mod watch;

use std::process::ExitCode;

use thiserror::Error;

use crate::cli::Cli;
use crate::cli::Command;
use crate::config::ConfigErrors;
use crate::store::StoreError;
use crate::store::StoreProblem;

/// Something failed; the next run retries failed visits.
pub const EXIT_FAILED: u8 = 1;
/// The configuration or the command line is wrong.
pub const EXIT_CONFIG: u8 = 2;
/// The store is lost, locked or full.
pub const EXIT_STORE: u8 = 3;
/// The database is damaged: a restart does not help, `tintinh doctor` may.
pub const EXIT_DAMAGED: u8 = 4;

/// Why a command ended without doing its work.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The configuration is wrong: exit code 2.
    #[error("{0}")]
    Config(ConfigErrors),
    /// The command line names something that does not exist: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// The store, the lock or the sink failed: exit code 3, or 4 if the database is damaged.
    #[error("{0:#}")]
    Store(anyhow::Error),
    /// The reader of standard output has closed it, as `head` does. Not an error.
    #[error("standard output was closed")]
    ReaderGone,
    /// Anything else: exit code 1.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl CommandError {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            CommandError::Config(_) | CommandError::Usage(_) => EXIT_CONFIG,
            CommandError::Store(error) if trouble_of(error) == Some(StoreProblem::Damaged) => EXIT_DAMAGED,
            CommandError::Store(_) => EXIT_STORE,
            CommandError::Other(_) => EXIT_FAILED,
            CommandError::ReaderGone => 0,
        }
    }

    /// The message for standard error; `styled` uses terminal colors.
    pub fn report(&self, styled: bool) -> Option<String> {
        match self {
            CommandError::ReaderGone => None,
            CommandError::Config(errors) => Some(errors.render(styled)),
            CommandError::Store(error) => {
                let help = trouble_of(error).map(|problem| format!("\n  = help: {}", problem.advice()));
                Some(format!("error: {self}{}", help.unwrap_or_default()))
            }
            other => Some(format!("error: {other}")),
        }
    }
}

/// The problem of the store, if the error comes from it.
fn trouble_of(error: &anyhow::Error) -> Option<StoreProblem> {
    error.chain().find_map(|cause| cause.downcast_ref::<StoreError>()?.problem())
}

impl From<ConfigErrors> for CommandError {
    fn from(errors: ConfigErrors) -> CommandError {
        CommandError::Config(errors)
    }
}

/// Runs the command that the command line names.
///
/// # Errors
/// [`CommandError`], whose exit code `main` returns.
pub fn execute(cli: &Cli) -> Result<ExitCode, CommandError> {
    match &cli.command {
        Command::Run => run::run(cli),
        Command::Fetch(args) => fetch::run(cli, args),
        Command::Add(args) => add::run(cli, args),
        Command::Check(args) => check::run(cli, args),
        Command::Relearn(args) => relearn::run(cli, args),
        Command::Reread(args) => reread::run(cli, args),
        Command::Import(args) => import::run(cli, args),
        Command::Catalogue(args) => catalogue::run(cli, args),
        Command::Enable(args) => enable::run(cli, args),
        Command::Opml(command) => opml::run(cli, command),
        Command::Status(args) => status::run(cli, args),
        Command::Doctor(args) => doctor::run(cli, args),
        Command::Retry(args) => retry::run(cli, args),
        Command::Page(args) => page::run(cli, args),
        Command::Explain(args) => explain::run(cli, args),
        Command::Links(args) => links::run(cli, args),
        Command::Extract(args) => extract::command(cli, args),
        Command::Attachment(args) => attachment::run(cli, args),
        Command::Dedup(args) => dedup::run(cli, args),
        Command::Diff(args) => diff::run(cli, args),
        Command::Export(args) => export::run(cli, args),
        Command::Search(args) => search::run(cli, args),
        Command::Watch(command) => watch::run(cli, command),
        Command::Digest(args) => digest::run(cli, args),
        Command::Notify(command) => notify::run(cli, command),
        Command::Tail(args) => tail::run(cli, args),
        Command::Sink(command) => sink::run(cli, command),
        Command::Store(command) => store::run(cli, command),
        Command::Demo(args) => demo::run(cli, args),
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man => manual::man(),
    }
}
