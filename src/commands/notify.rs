//! `tintinh notify test`: sends a test message.

use std::process::ExitCode;

use anyhow::Context;

use crate::cli::Cli;
use crate::cli::NotifyCommand;
use crate::clock::Clock;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::notify::ChannelSender;
use crate::watch::message;

/// Sends a test message.
///
/// # Errors
/// [`CommandError`], also if the message was not sent.
pub fn run(cli: &Cli, command: &NotifyCommand) -> Result<ExitCode, CommandError> {
    let (config, _) = common::open_config(cli)?;
    let NotifyCommand::Test { id } = command;
    let Some(channel) = config.channels.iter().find(|channel| channel.id.as_str() == id) else {
        let known = config.channels.iter().map(|channel| channel.id.as_str());
        let hint = || "add one to tintinh.toml, see docs/watch.md".to_owned();
        return Err(common::unknown(&format!("there is no [[notify]] with the id `{id}`"), id, known, hint));
    };
    common::block_on(async {
        let now = Clock::System.now();
        let message = message::of_test(id, now);
        let name = format!("msg_test-{}", now.as_millisecond());
        let sender =
            ChannelSender::new(channel.clone(), Clock::System).with_context(|| format!("{id} was not told"))?;
        Ok(sender.send(&name, &message, now).await.with_context(|| format!("{id} was not told"))?)
    })?;
    output::print(&format!("sent by {id} ({})\n", channel.means.word()))?;
    Ok(ExitCode::SUCCESS)
}
