//! The arguments of `sink`.

use clap::Subcommand;

use crate::cli::Position;

/// The verbs of `sink`.
#[derive(Debug, Subcommand)]
pub enum SinkCommand {
    /// Prints the sinks of the configuration: how far each has come, and why it stands still.
    List,
    /// Sends nothing more to a sink. What is written meanwhile is sent when it is resumed.
    Pause(SinkArgs),
    /// Sends again: to a sink that was paused, whose receiver answered 410, or that waits for its next try.
    Resume(SinkArgs),
    /// Sets the place from which a sink is sent records.
    Replay(SinkReplayArgs),
}

/// Which sink.
#[derive(Debug, clap::Args)]
pub struct SinkArgs {
    /// The sink, by its `id` in the configuration.
    #[arg(value_name = "ID")]
    pub id: String,
}

/// Arguments of `sink replay`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The same records come under the same `webhook-id` only if they come in the same batches.\n\nExamples:\n  tintinh sink replay archive --from start\n  tintinh sink replay archive --from 3f9a1c07be52_1042_9d0e"
)]
pub struct SinkReplayArgs {
    /// The sink, by its `id` in the configuration.
    #[arg(value_name = "ID")]
    pub id: String,
    /// The place: a cursor, `start` for all records, or `now` to leave out what was not sent yet.
    #[arg(long, value_name = "CURSOR")]
    pub from: Position,
}
