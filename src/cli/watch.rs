//! The arguments of `watch`, `notify` and `digest`.

use std::str::FromStr;

use clap::Subcommand;
use clap::ValueEnum;
use jiff::SignedDuration;
use jiff::Timestamp;

use crate::cli::export;

/// The verbs of `watch`.
#[derive(Debug, Subcommand)]
pub enum WatchCommand {
    /// Prints the watches with what they found on each of the last 14 days, and messages that wait to be sent.
    #[command(after_help = "Examples:\n  tintinh watch list")]
    List,
    /// Prints what a watch would have told of the stored articles. Sends nothing.
    #[command(
        after_help = "A message comes for each story; copies of it are counted. Try it before the watch is switched on.\n\nExamples:\n  tintinh watch test tinh-gon\n  tintinh watch test tinh-gon --since 2026-11-01"
    )]
    Test {
        /// The watch, by the name of its file.
        #[arg(value_name = "WATCH")]
        watch: String,
        /// Articles published since: so many hours or days ago (12h, 30d), or a day or moment.
        #[arg(long, value_name = "SINCE", default_value = "30d")]
        since: Since,
    },
}

/// The verbs of `notify`.
#[derive(Debug, Subcommand)]
pub enum NotifyCommand {
    /// Sends a test message by a `[[notify]]` of the configuration, now.
    #[command(after_help = "Examples:\n  tintinh notify test van-phong")]
    Test {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
    },
}

/// Arguments of `digest`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Prints what would stand in a digest made now. It does not matter what was told already, and nothing is sent.\n\nExamples:\n  tintinh digest\n  tintinh digest tinh-gon --since 7d --format html > digest.html"
)]
pub struct DigestArgs {
    /// The watch, by the name of its file. Default: all.
    #[arg(value_name = "WATCH")]
    pub watch: Option<String>,
    /// Articles published since: so many hours or days ago (12h, 30d), or a day or moment.
    #[arg(long, value_name = "SINCE", default_value = "1d")]
    pub since: Since,
    /// The format.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: DigestFormat,
}

/// The format of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DigestFormat {
    /// Plain text.
    Text,
    /// A page of HTML.
    Html,
    /// Markdown.
    Md,
}

/// A moment, or an age relative to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// A duration before now.
    Ago(SignedDuration),
    /// A fixed moment.
    At(Timestamp),
}

impl Since {
    /// Resolves to a moment.
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Since::Ago(time) => now.saturating_sub(time).unwrap_or(Timestamp::MIN),
            Since::At(moment) => moment,
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Since, String> {
        let hours = [("h", 1), ("d", 24)].into_iter().find_map(|(unit, hours)| {
            let number: i64 = text.strip_suffix(unit)?.parse().ok()?;
            (0..=100_000).contains(&number).then_some(number * hours)
        });
        match hours {
            Some(hours) => Ok(Since::Ago(SignedDuration::from_hours(hours))),
            None => export::moment(text).map(Since::At).map_err(|error| format!("{error}, or 12h, or 30d")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_now_and_days_are_read() {
        assert_eq!("30d".parse(), Ok(Since::Ago(SignedDuration::from_hours(720))));
        assert_eq!("12h".parse(), Ok(Since::Ago(SignedDuration::from_hours(12))));
        assert_eq!(
            "2025-07-01".parse::<Since>().map(|since| since.moment(Timestamp::MAX).to_string()),
            Ok("2025-06-30T17:00:00Z".to_owned())
        );
        for wrong in ["", "d", "-3d", "hôm qua"] {
            assert!(wrong.parse::<Since>().is_err(), "{wrong}");
        }
    }
}
