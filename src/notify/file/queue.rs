//! The queue of messages.

use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::params;

use crate::notify::file::WatchFile;
use crate::store::StoreError;
use crate::store::columns::from_json;
use crate::store::columns::millis;
use crate::store::columns::moment;
use crate::store::columns::to_json;
use crate::watch::message::Message;

/// The longest time for which a channel rests after a failure; what lies further ahead was written before the clock was set back.
pub(in crate::notify) const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// A message on its way.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::notify) struct Outgoing {
    pub(in crate::notify) id: String,
    pub(in crate::notify) channel: String,
    pub(in crate::notify) message: Message,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::notify) struct WaitingMessage {
    pub(in crate::notify) number: i64,
    pub(in crate::notify) id: String,
    pub(in crate::notify) message: Message,
    pub(in crate::notify) made: Timestamp,
    pub(in crate::notify) attempts: u32,
    pub(in crate::notify) refusals: u32,
}

/// How an attempt to send a message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::notify) enum Attempt {
    Sent,
    /// It is tried again.
    Failed {
        error: String,
        not_before: Timestamp,
        is_refusal: bool,
    },
    GivenUp {
        error: String,
    },
}

impl WatchFile {
    /// The messages of a channel that may be sent now: none while it rests after a failure.
    pub(in crate::notify) fn to_send(
        &self,
        channel: &str,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<WaitingMessage>, StoreError> {
        let farthest = millis(now.saturating_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX));
        let rests: bool = self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM messages WHERE channel = ?1 AND state = 'waiting' AND not_before > ?2 AND not_before <= ?3 AND refusals = 0)",
            )?
            .query_row(params![channel, millis(now), farthest], |row| row.get(0))?;
        if rests {
            return Ok(Vec::new());
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT number, id, message, made, attempts, refusals FROM messages
             WHERE channel = ?1 AND state = 'waiting' AND (not_before <= ?2 OR not_before > ?4) ORDER BY number LIMIT ?3",
        )?;
        let mut rows = statement.query(params![channel, millis(now), limit, farthest])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(WaitingMessage {
                number: row.get(0)?,
                id: row.get(1)?,
                message: from_json(&row.get::<_, String>(2)?)?,
                made: moment(row.get(3)?),
                attempts: row.get(4)?,
                refusals: row.get(5)?,
            });
        }
        Ok(found)
    }

    /// Channels that messages wait for.
    pub(in crate::notify) fn waiting_channels(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT DISTINCT channel FROM messages WHERE state = 'waiting' ORDER BY 1")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Messages that wait, and the last error among them, of a channel.
    pub(in crate::notify) fn backlog_of(&self, channel: &str) -> Result<(u64, Option<String>), StoreError> {
        let count = self.connection.query_row(
            "SELECT count(*) FROM messages WHERE channel = ?1 AND state = 'waiting'",
            [channel],
            |row| row.get(0),
        )?;
        let error = self
            .connection
            .query_row(
                "SELECT error FROM messages WHERE channel = ?1 AND state = 'waiting' AND error IS NOT NULL ORDER BY number DESC LIMIT 1",
                [channel],
                |row| row.get(0),
            )
            .optional()?;
        Ok((count, error))
    }

    /// Puts a message into the queue, unless one of its id is there or was.
    pub(in crate::notify) fn queue(&mut self, message: &Outgoing, now: Timestamp) -> Result<(), StoreError> {
        self.transaction(|tx| put(tx, message, now))
    }

    /// Notes how an attempt ended.
    pub(in crate::notify) fn attempted(
        &mut self,
        number: i64,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction(|tx| {
            let now = millis(now);
            match attempt {
                Attempt::Sent => tx.execute(
                    "UPDATE messages SET state = 'sent', ended = ?2, attempts = attempts + 1, message = '', error = NULL WHERE number = ?1",
                    params![number, now],
                ),
                Attempt::GivenUp { error } => tx.execute(
                    "UPDATE messages SET state = 'given up', ended = ?2, attempts = attempts + 1, message = '', error = ?3 WHERE number = ?1",
                    params![number, now, error],
                ),
                Attempt::Failed { error, not_before, is_refusal } => tx.execute(
                    "UPDATE messages SET attempts = attempts + 1, refusals = refusals + ?4, not_before = ?2, error = ?3 WHERE number = ?1",
                    params![number, millis(*not_before), error, is_refusal],
                ),
            }?;
            Ok(())
        })
    }
}

/// Puts a message into the queue, unless one of its id is there or was.
pub(super) fn put(tx: &Transaction<'_>, message: &Outgoing, now: Timestamp) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO messages (id, channel, message, made) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO NOTHING",
    )?
    .execute(params![message.id, message.channel, to_json(&message.message)?, millis(now)])?;
    Ok(())
}
