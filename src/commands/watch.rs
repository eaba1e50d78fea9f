//! `tintinh watch`: what watches find, before and after they are enabled.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::Context;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::cli::Cli;
use crate::cli::Since;
use crate::cli::WatchCommand;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::config::Config;
use crate::model::portal::NotifyId;
use crate::notify;
use crate::notify::ChannelBacklog;
use crate::notify::Notifier;
use crate::notify::Replay;
use crate::notify::WatchStatus;
use crate::text::count::counted;
use crate::text::language::Language;
use crate::text::language::local;
use crate::text::visible;
use crate::watch::Watch;
use crate::watch::entry::Entry;

/// Days in the chart of `watch list`.
const DAYS: i32 = 14;

/// Maximum stories that `watch test` prints, newest first.
const MOST_PRINTED: usize = 200;

/// How to define a watch.
pub const HOW_TO_WATCH: &str = "a watch is a file in watch/ of the config folder, see docs/watch.md";

/// Bars in order of height.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Runs a command of `watch`.
///
/// # Errors
/// [`CommandError`].
pub fn run(cli: &Cli, command: &WatchCommand) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let now = Clock::System.now();
    let text = match command {
        WatchCommand::List => common::block_on(list(&config, now))?,
        WatchCommand::Test { watch, since } => common::block_on(test(&config, watch, *since, now))?,
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The watch with this id.
///
/// # Errors
/// [`CommandError::Usage`] if there is none.
pub fn named<'a>(config: &'a Config, id: &str) -> Result<&'a Watch, CommandError> {
    config.watches.iter().find(|watch| watch.id.as_str() == id).ok_or_else(|| {
        let known = config.watches.iter().map(|watch| watch.id.as_str());
        common::unknown(&format!("there is no watch `{id}`"), id, known, || HOW_TO_WATCH.to_owned())
    })
}

async fn test(config: &Config, id: &str, since: Since, now: Timestamp) -> Result<String, CommandError> {
    let watch = named(config, id)?;
    let Some(store) = common::store_to_read(config).await? else {
        return Ok(format!("{}\n", common::nothing_fetched(config)));
    };
    let since = since.moment(now);
    let replays = notify::replay(&store, std::slice::from_ref(watch), since).await.context("cannot read the store")?;
    let replay = replays.into_iter().next().unwrap_or(Replay { watch: 0, entries: Vec::new(), unlisted: 0, hits: 0 });
    Ok(tested(watch, &replay, since, now))
}

fn tested(watch: &Watch, replay: &Replay, since: Timestamp, now: Timestamp) -> String {
    let mut text = String::new();
    for (event, entry) in replay.entries.iter().rev().take(MOST_PRINTED) {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}  {}  {}", day(entry), event.name(), visible::line(&entry.title));
        let copies = match entry.copy_count {
            0 => String::new(),
            count => format!(" (+{})", if count == 1 { "1 copy".to_owned() } else { format!("{count} copies") }),
        };
        let _ = writeln!(text, "    {}{copies}\n    {}", visible::line(&entry.outlet), visible::line(&entry.url));
    }
    let days = (now.duration_since(since).as_secs_f64() / 86_400.0).max(1.0);
    let stories = replay.entries.len() + replay.unlisted;
    let from = Language::English.day(local(since).date());
    let _ = writeln!(
        text,
        "{}: {} since {from}, {:.1} a day; {}",
        watch.id,
        counted(stories, "message"),
        stories as f64 / days,
        counted(replay.hits, "matching record")
    );
    if stories > MOST_PRINTED {
        let _ = writeln!(text, "the newest {MOST_PRINTED} are shown");
    }
    text
}

fn day(entry: &Entry) -> &str {
    entry.published.as_deref().unwrap_or(&entry.fetched).get(..10).unwrap_or_default()
}

async fn list(config: &Config, now: Timestamp) -> Result<String, CommandError> {
    if config.watches.is_empty() {
        return Ok(format!("there is no watch: {HOW_TO_WATCH}\n"));
    }
    let store = common::store_to_read(config).await?;
    let notifier = match store.filter(|_| Notifier::is_there(&config.state_dir)) {
        Some(store) => Some(Notifier::open(&config.state_dir, store).await.context("cannot read what was told")?),
        None => None,
    };
    let since = now.saturating_sub(SignedDuration::from_hours(24).saturating_mul(DAYS)).unwrap_or(Timestamp::MIN);
    let mut text = String::new();
    for watch in &config.watches {
        let status = match &notifier {
            Some(notifier) => {
                notifier.watch_status(watch.id.as_str(), since).await.context("cannot read what was told")?
            }
            None => WatchStatus { found: Vec::new(), last_found: None, since: None },
        };
        text += &listed(watch, &status, now);
    }
    if let Some(notifier) = &notifier {
        for ChannelBacklog { channel, messages, error } in notifier.backlog().await.context("cannot read what waits")? {
            let is_known = config.channels.iter().any(|known| known.id.as_str() == channel);
            let error = if is_known { error } else { Some("no [[notify]] has this id".to_owned()) };
            let reason = error.map(|error| format!(": {}", visible::line(&error))).unwrap_or_default();
            let _ = writeln!(text, "{} for {channel} not sent yet{reason}", counted(messages, "message"));
        }
    }
    Ok(text)
}

fn listed(watch: &Watch, status: &WatchStatus, now: Timestamp) -> String {
    let counts = per_day(&status.found, now);
    let last = match (status.last_found, status.since) {
        (Some(found), _) => format!("last {}", Language::English.minute(found)),
        (None, Some(since)) => format!("nothing since {}", Language::English.day(local(since).date())),
        (None, None) => "not served yet".to_owned(),
    };
    let to: Vec<&str> = watch.to.iter().map(NotifyId::as_str).collect();
    format!(
        "{}  {}\n    {} {} in {DAYS} days, {last}; {}, to {}\n",
        watch.id,
        visible::line(&watch.name),
        bar(&counts),
        status.found.len(),
        watch.rhythm,
        to.join(", ")
    )
}

/// The counts of the last days, today last.
fn per_day(found: &[Timestamp], now: Timestamp) -> Vec<u64> {
    let mut counts = vec![0; usize::try_from(DAYS).unwrap_or_default()];
    for moment in found {
        let ago = usize::try_from(now.duration_since(*moment).as_hours() / 24).unwrap_or(usize::MAX);
        if let Some(count) = counts.iter_mut().rev().nth(ago) {
            *count += 1;
        }
    }
    counts
}

/// Counts as a small bar chart; a day without any is a dot.
fn bar(counts: &[u64]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let height = |count: u64| match count {
        0 => '·',
        count => {
            let step = usize::try_from((count * 8).div_ceil(most)).unwrap_or(8);
            BARS.get(step.saturating_sub(1)).copied().unwrap_or('█')
        }
    };
    counts.iter().map(|count| height(*count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_has_a_sign_for_each_day() {
        assert_eq!(bar(&[0, 1, 4, 8]), "·▁▄█");
        assert_eq!(bar(&[0, 0]), "··");
        let now: Timestamp = "2026-11-29T00:00:00Z".parse().unwrap();
        let hours = |hours| now - SignedDuration::from_hours(hours);
        let counts = per_day(&[hours(1), hours(23), hours(25), hours(24 * 13 + 1), hours(24 * 14 + 1)], now);
        assert_eq!((counts[13], counts[12], counts[0]), (2, 1, 1));
    }
}
