//! `tintinh digest`: prints the digest as of now.

use std::process::ExitCode;

use anyhow::Context;
use jiff::Timestamp;

use crate::cli::Cli;
use crate::cli::DigestArgs;
use crate::cli::DigestFormat;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::commands::watch;
use crate::config::Config;
use crate::notify;
use crate::notify::Visits;
use crate::watch::Watch;
use crate::watch::message;
use crate::watch::message::Found;
use crate::watch::message::Period;

/// Prints a digest.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, args: &DigestArgs) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let watches = match &args.watch {
        Some(id) => vec![watch::named(&config, id)?.clone()],
        None => config.watches.clone(),
    };
    if watches.is_empty() {
        return Err(CommandError::Usage(format!("there is no watch: {}", watch::HOW_TO_WATCH)));
    }
    let text = common::block_on(digest(&config, &watches, args, Clock::System.now()))?;
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

async fn digest(config: &Config, watches: &[Watch], args: &DigestArgs, now: Timestamp) -> Result<String, CommandError> {
    let from = args.since.moment(now);
    let (replays, visits) = if let Some(store) = common::store_to_read(config).await? {
        let visits = Visits::of(&store).await.map_err(|error| CommandError::Store(error.into()))?;
        (notify::replay(&store, watches, from).await.context("cannot read the store")?, visits)
    } else {
        output::warn(&common::nothing_fetched(config));
        (Vec::new(), Visits::default())
    };
    let mut replays = replays.into_iter();
    let found = watches.iter().map(|watch| {
        let (entries, unlisted) = replays.next().map(|replay| (replay.entries, replay.unlisted)).unwrap_or_default();
        Found { watch, entries, unlisted }
    });
    let found: Vec<Found<'_>> = found.collect();
    let period = Period { from, until: now };
    let coverage = visits.coverage(config, &watches.iter().collect::<Vec<_>>(), now);
    Ok(match args.format {
        DigestFormat::Text => message::digest(&found, period, &coverage).text,
        DigestFormat::Html => message::digest(&found, period, &coverage).html,
        DigestFormat::Md => message::digest_markdown(&found, period, &coverage),
    })
}
