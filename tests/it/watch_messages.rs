//! The messages that a service queued over its life, for tests that let it live for a month.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;
use serde_json::Value;
use tintinh::notify::FILE_NAME;

/// A message as it was queued.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) channel: String,
    pub(crate) made: Timestamp,
    pub(crate) message: Value,
}

/// The messages of the service in a folder, in the order in which they were queued.
#[expect(clippy::disallowed_methods, reason = "the test looks at the queue itself")]
pub(crate) fn queued(folder: &Path) -> Vec<Queued> {
    let connection = Connection::open(folder.join("state").join(FILE_NAME)).unwrap();
    let mut statement = connection.prepare("SELECT channel, made, message FROM messages ORDER BY number").unwrap();
    let read = |row: &rusqlite::Row<'_>| {
        let message: String = row.get(2)?;
        Ok(Queued {
            channel: row.get(0)?,
            made: Timestamp::from_millisecond(row.get(1)?).unwrap(),
            message: serde_json::from_str(&message).unwrap(),
        })
    };
    statement.query_map([], read).unwrap().map(Result::unwrap).collect()
}

/// What each watch was told by a channel: event and address, with the moments.
pub(crate) type Told = BTreeMap<(String, String, String, String), Vec<Timestamp>>;

pub(crate) fn told(messages: &[Queued]) -> Told {
    let mut told = Told::new();
    let mut note = |queued: &Queued, watch: &Value, event: &Value, article: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let key = (queued.channel.clone(), text(watch), text(event), text(&article["url"]));
        told.entry(key).or_default().push(queued.made);
    };
    for queued in messages {
        let data = &queued.message["data"];
        for of_watch in data["digest"].as_array().into_iter().flatten() {
            for entry in of_watch["entries"].as_array().unwrap() {
                note(queued, &of_watch["watch"], &entry["event"], &entry["article"]);
            }
        }
        if data["article"].is_object() {
            note(queued, &data["watch"], &data["event"], &data["article"]);
        }
    }
    told
}
