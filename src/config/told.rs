//! Reads lists of `[[notify]]` ids, in watches and in `[alarms]`.

use crate::config::reader::Table;
use crate::model::notify::Channel;
use crate::model::portal::NotifyId;

/// Reads the `[[notify]]` ids in a list.
pub(super) fn read_to(table: &mut Table<'_>, key: &'static str, channels: &[Channel]) -> Vec<NotifyId> {
    let known = || channels.iter().map(|channel| channel.id.as_str());
    table.all(key, |value| NotifyId::new(value.known("[[notify]] with the id", known())?).ok())
}
