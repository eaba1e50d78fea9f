//! Reads `[[sink]]` of `tintinh.toml` into [`SinkSettings`].

use std::path::Path;
use std::path::PathBuf;

use crate::config::problem::Problem;
use crate::config::problem::SourceFile;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::service;
use crate::config::units;
use crate::model::portal::SinkId;
use crate::model::settings::Destination;
use crate::model::sink::SinkPayload;
use crate::model::sink::SinkSettings;
use crate::model::sink::SinkTarget;

/// Maximum secrets of a webhook: an old one, a new one, and some spare.
const MOST_SECRETS: usize = 4;

/// A sink as written in its table, before its secrets are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SinkDraft {
    settings: SinkSettings,
    /// The index of its table in the file, starting at 0.
    number: usize,
    secret_file: Option<PathBuf>,
}

/// Reads the tables in file order. `dir` is the file's folder.
pub(super) fn read_all(main: &mut Table<'_>, dir: &Path) -> Vec<SinkDraft> {
    let (mut taken, mut number) = (Vec::new(), 0);
    main.all("sink", |value| {
        number += 1;
        read(value.table()?, dir, &mut taken, number - 1)
    })
}

fn read(mut table: Table<'_>, dir: &Path, taken: &mut Vec<SinkId>, number: usize) -> Option<SinkDraft> {
    let kind = table.read("kind", Value::word);
    let id = table.read("id", |value| {
        let id = value.parsed(SinkId::new)?;
        if taken.contains(&id) {
            value.problem(format!("two sinks are called `{id}`"), "give each sink an id of its own");
            return None;
        }
        taken.push(id.clone());
        Some(id)
    });
    let url = table.read("url", |value| {
        let url = value.url(None)?;
        if !url.as_url().username().is_empty() || url.as_url().password().is_some() {
            value.problem(
                "`url` holds a password, which would be shown and is not sent",
                "the signature says who sends",
            );
            return None;
        }
        Some(url.without_fragment())
    });
    let secret_file = table.read("secret_file", Value::filled).map(|name| service::place_of_secret(name, dir));
    let allow_addresses =
        table.all("allow_addresses", |value| value.parsed(|text| units::cidr(text).map(|()| text.to_owned())));
    let command = table.read("command", service::read_command);
    let payload = table.choice("payload", &SinkPayload::WORDS);
    let (batch, batch_bytes, timeout) = (table.number("batch"), table.size("batch_bytes"), table.duration("timeout"));
    table.finish();
    let target = if kind? == "command" {
        SinkTarget::Command { command: command?, timeout }
    } else {
        let destination = Destination { url: url?, timeout, allow_addresses };
        SinkTarget::Webhook { destination, keys: Vec::new() }
    };
    let settings = SinkSettings { id: id?, target, payload, batch, batch_bytes };
    Some(SinkDraft { settings, number, secret_file })
}

/// Reads the secrets of the drafts.
pub(super) fn with_secrets(drafts: &[SinkDraft], main: &SourceFile, problems: &mut Vec<Problem>) -> Vec<SinkSettings> {
    let read = |draft: &SinkDraft| {
        let mut settings = draft.settings.clone();
        if let (SinkTarget::Webhook { keys, .. }, Some(path)) = (&mut settings.target, &draft.secret_file) {
            *keys = service::read_signing_keys(path, MOST_SECRETS)
                .map_err(|message| {
                    let place = ["sink", &draft.number.to_string(), "secret_file"];
                    problems.push(main.problem(&place, message, service::SIGNING_KEY_HINT));
                })
                .unwrap_or_default();
        }
        settings
    };
    drafts.iter().map(read).collect()
}
