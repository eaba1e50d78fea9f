//! The file of what was found and told, with its SQL.
//!
//! What a record gave and the place behind it are written in one transaction; what is told and the messages that tell it in another. So nothing
//! is found twice or lost, and a message is sent at least once.

mod queue;

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;

use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::TransactionBehavior;
use rusqlite::params;

use crate::notify::WatchStatus;
pub(super) use crate::notify::file::queue::Attempt;
pub(super) use crate::notify::file::queue::LONGEST_WAIT;
pub(super) use crate::notify::file::queue::Outgoing;
pub(super) use crate::notify::file::queue::WaitingMessage;
use crate::store::StoreError;
use crate::store::columns::from_json;
use crate::store::columns::millis;
use crate::store::columns::moment;
use crate::store::columns::to_json;
use crate::store::connect;
use crate::store::connect_to_read;
use crate::store::reach;
use crate::watch::Event;
use crate::watch::entry::Entry;
use crate::watch::moment::Rhythm;

/// The format of the file.
const FORMAT: i64 = 1;

const TABLES: &str = "
    -- The last record that was looked at, as a cursor; no row before the first look.
    CREATE TABLE cursor (place TEXT NOT NULL) STRICT;
    CREATE TABLE watches (
        id      TEXT PRIMARY KEY,
        -- When it was first seen.
        since   INTEGER NOT NULL,
        -- When something was last found.
        found   INTEGER,
        -- The end of its last digest, and when the next is due.
        told    INTEGER NOT NULL,
        due     INTEGER NOT NULL,
        -- Whether its silence was told.
        silence INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hits (
        number   INTEGER PRIMARY KEY,
        watch    TEXT NOT NULL,
        event    TEXT NOT NULL,
        article  TEXT NOT NULL,
        revision INTEGER NOT NULL,
        found    INTEGER NOT NULL,
        -- What a message says of it; empty once it was told.
        entry    TEXT NOT NULL,
        state    TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'told', 'repeated')),
        told     INTEGER,
        UNIQUE (watch, article, revision)
    ) STRICT;
    CREATE INDEX hits_waiting ON hits (watch, number) WHERE state = 'waiting';
    CREATE INDEX hits_told ON hits (watch, told) WHERE state = 'told';
    CREATE INDEX hits_found ON hits (watch, found);
    CREATE TABLE messages (
        number     INTEGER PRIMARY KEY AUTOINCREMENT,
        -- What names it for its recipient; one of a name is made once.
        id         TEXT NOT NULL UNIQUE,
        channel    TEXT NOT NULL,
        -- Empty once it was sent.
        message    TEXT NOT NULL,
        made       INTEGER NOT NULL,
        attempts   INTEGER NOT NULL DEFAULT 0,
        -- Attempts that its recipient refused, which do not hold up the others.
        refusals   INTEGER NOT NULL DEFAULT 0,
        not_before INTEGER NOT NULL DEFAULT 0,
        state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'given up')),
        ended      INTEGER,
        error      TEXT
    ) STRICT;
    CREATE INDEX messages_waiting ON messages (channel, number) WHERE state = 'waiting';
    CREATE INDEX messages_ended ON messages (ended) WHERE ended IS NOT NULL;";

/// The longest time for which a watch waits after a flood.
pub(super) const LONGEST_REST: SignedDuration = SignedDuration::from_hours(1);

/// Something found for a watch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hit {
    pub(super) number: i64,
    pub(super) watch: String,
    pub(super) event: Event,
    pub(super) entry: Entry,
}

/// Hits that wait to be told.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct WaitingHits {
    /// In the order in which they were found.
    pub(super) hits: Vec<Hit>,
    /// The numbers of those that cannot be read.
    pub(super) unreadable: Vec<i64>,
    /// The number of the last one of both.
    pub(super) last: Option<i64>,
}

/// Something found for a watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundHit {
    /// Its place among all that was found.
    pub number: i64,
    /// The watch's id.
    pub watch: String,
    /// What happened.
    pub event: Event,
    /// The article's id.
    pub article: String,
    /// The revision that was found.
    pub revision: u32,
    /// When it was found.
    pub found: Timestamp,
}

/// When a watch told, and tells next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WatchState {
    pub(super) since: Timestamp,
    pub(super) found: Option<Timestamp>,
    pub(super) told: Timestamp,
    pub(super) due: Timestamp,
    pub(super) silence_told: bool,
}

/// What was decided about hits and the messages that tell of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Telling {
    pub(super) told: Vec<i64>,
    pub(super) repeated: Vec<i64>,
    pub(super) messages: Vec<Outgoing>,
    /// Watches whose digest was made, and when the next is due.
    pub(super) digests: Vec<(String, Timestamp)>,
    /// Watches whose silence is told.
    pub(super) silences: Vec<String>,
}

#[derive(Debug)]
pub(super) struct WatchFile {
    connection: Connection,
}

impl WatchFile {
    pub(super) fn open(path: &Path) -> Result<WatchFile, StoreError> {
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // What was sent must be known after a power cut.
        connection.pragma_update(None, "synchronous", "FULL")?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let format: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if format > FORMAT {
            return Err(StoreError::TooNew { path: path.display().to_string(), found: format, known: FORMAT });
        }
        if format == 0 {
            tx.execute_batch(TABLES)?;
            tx.pragma_update(None, "user_version", FORMAT)?;
        }
        tx.commit()?;
        Ok(WatchFile { connection })
    }

    /// Opens a file that is there, and only reads it.
    pub(super) fn open_to_read(path: &Path) -> Result<WatchFile, StoreError> {
        Ok(WatchFile { connection: connect_to_read(path)? })
    }

    fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&tx)?;
        reach("notify.commit")?;
        tx.commit()?;
        reach("notify.committed")?;
        Ok(value)
    }

    /// The place behind the last record that was looked at.
    pub(super) fn cursor(&self) -> Result<Option<String>, StoreError> {
        Ok(self.connection.query_row("SELECT place FROM cursor", [], |row| row.get(0)).optional()?)
    }

    /// Writes what records gave, and the place behind them.
    pub(super) fn put(
        &mut self,
        place: &str,
        hits: &[(String, Event, Entry)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction(|tx| {
            for (watch, event, entry) in hits {
                tx.prepare_cached(
                    "INSERT INTO hits (watch, event, article, revision, found, entry) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                )?
                .execute(params![watch, event.name(), entry.id, entry.revision, millis(now), to_json(entry)?])?;
            }
            for watch in hits.iter().map(|(watch, ..)| watch).collect::<HashSet<_>>() {
                tx.prepare_cached("UPDATE watches SET found = ?2, silence = 0 WHERE id = ?1")?
                    .execute(params![watch, millis(now)])?;
            }
            tx.execute("DELETE FROM cursor", [])?;
            tx.execute("INSERT INTO cursor VALUES (?1)", [place])?;
            Ok(())
        })
    }

    /// Returns the states of watches. Notes those that are seen for the first time, and forgets those that are there no more: a watch that comes back
    /// begins anew.
    pub(super) fn watches(
        &mut self,
        watches: &[(String, Rhythm)],
        now: Timestamp,
    ) -> Result<Vec<WatchState>, StoreError> {
        let mut known = self.known_watches()?;
        let states: Vec<Option<WatchState>> = watches.iter().map(|(id, _)| known.remove(id)).collect();
        let new = || watches.iter().zip(&states).filter(|(_, state)| state.is_none()).map(|(new, _)| new);
        // A moment that lies further ahead than two digests was written before the clock was set back. The second one may be right: a clock that was
        // set back by less than a rhythm may be before a digest that was already made, and it must not be made again.
        let is_late = |rhythm: Rhythm, state: &WatchState| {
            let second = rhythm.after(rhythm.after(now));
            state.due > second.saturating_add(LONGEST_REST).unwrap_or(second)
        };
        let wrong = || {
            let both = watches.iter().zip(&states);
            both.filter(|((_, rhythm), state)| state.is_some_and(|state| is_late(*rhythm, &state)))
                .map(|(wrong, _)| wrong)
        };
        if new().chain(wrong()).next().is_some() || !known.is_empty() {
            self.transaction(|tx| {
                for (id, rhythm) in new() {
                    tx.prepare_cached("INSERT INTO watches (id, since, told, due) VALUES (?1, ?2, ?2, ?3)")?
                        .execute(params![id, millis(now), millis(rhythm.after(now))])?;
                }
                for (id, rhythm) in wrong() {
                    tx.execute("UPDATE watches SET due = ?2 WHERE id = ?1", params![id, millis(rhythm.after(now))])?;
                }
                for id in known.keys() {
                    tx.execute("DELETE FROM watches WHERE id = ?1", [id])?;
                }
                Ok(())
            })?;
        }
        let state = |((_, rhythm), state): (&(String, Rhythm), Option<WatchState>)| match state {
            Some(state) if is_late(*rhythm, &state) => WatchState { due: rhythm.after(now), ..state },
            Some(state) => state,
            None => WatchState { since: now, found: None, told: now, due: rhythm.after(now), silence_told: false },
        };
        Ok(watches.iter().zip(states.iter().copied()).map(state).collect())
    }

    /// The states of all watches that were seen before, by id.
    fn known_watches(&self) -> Result<HashMap<String, WatchState>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT id, since, found, told, due, silence FROM watches")?;
        Ok(statement.query_map([], watch_state)?.collect::<Result<_, _>>()?)
    }

    /// The state of a watch that was seen before.
    fn known_watch(&self, id: &str) -> Result<Option<WatchState>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT id, since, found, told, due, silence FROM watches WHERE id = ?1")?;
        Ok(statement.query_row([id], watch_state).optional()?.map(|(_, state)| state))
    }

    /// Returns the watches for which something waits to be told.
    pub(super) fn waiting_watches(&self) -> Result<HashSet<String>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT DISTINCT watch FROM hits WHERE state = 'waiting'")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What waits to be told behind a number, in the order in which it was found.
    pub(super) fn waiting(&self, watch: &str, after: i64, limit: u32) -> Result<WaitingHits, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, watch, event, entry FROM hits
             WHERE watch = ?1 AND state = 'waiting' AND number > ?2 ORDER BY number LIMIT ?3",
        )?;
        let mut rows = statement.query(params![watch, after, limit])?;
        let mut waiting = WaitingHits::default();
        while let Some(row) = rows.next()? {
            let number = row.get(0)?;
            waiting.last = Some(number);
            // What another version of the program wrote must not hold up the others.
            match (event(&row.get::<_, String>(2)?), from_json(&row.get::<_, String>(3)?)) {
                (Ok(event), Ok(entry)) => waiting.hits.push(Hit { number, watch: row.get(1)?, event, entry }),
                _ => waiting.unreadable.push(number),
            }
        }
        Ok(waiting)
    }

    /// Which of some articles were told for a watch.
    pub(super) fn told_among(
        &self,
        watch: &str,
        articles: impl IntoIterator<Item = String>,
    ) -> Result<HashSet<String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM hits WHERE watch = ?1 AND article = ?2 AND state = 'told' LIMIT 1")?;
        let mut told = HashSet::new();
        for article in articles {
            if !told.contains(&article) && statement.exists(params![watch, article])? {
                told.insert(article);
            }
        }
        Ok(told)
    }

    /// How many stories were told for a watch since a moment.
    pub(super) fn told_since(&self, watch: &str, since: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT count(*) FROM hits WHERE watch = ?1 AND state = 'told' AND told > ?2 AND told <= ?3",
        )?;
        Ok(statement.query_row(params![watch, millis(since), millis(now)], |row| row.get(0))?)
    }

    /// When something was found for a watch since a moment.
    pub(super) fn found_since(&self, watch: &str, since: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT found FROM hits WHERE watch = ?1 AND found >= ?2 ORDER BY found")?;
        let rows = statement.query_map(params![watch, millis(since)], |row| row.get(0))?;
        Ok(rows.map(|millis| Ok(moment(millis?))).collect::<Result<_, rusqlite::Error>>()?)
    }

    /// What is known of a watch, with what was found since a moment.
    pub(super) fn status(&self, watch: &str, since: Timestamp) -> Result<WatchStatus, StoreError> {
        let known = self.known_watch(watch)?;
        Ok(WatchStatus {
            found: self.found_since(watch, since)?,
            last_found: known.and_then(|known| known.found),
            since: known.map(|known| known.since),
        })
    }

    /// What was found before a place for a watch or for all, the last one first, without what repeats a story that was told.
    pub(super) fn found_before(
        &self,
        watch: Option<&str>,
        number: i64,
        limit: u32,
    ) -> Result<Vec<FoundHit>, StoreError> {
        // A condition of its own for each case: the index serves only the first one.
        let of_watch = if watch.is_some() { "watch = ?2" } else { "?2 IS NULL" };
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT number, watch, event, article, revision, found FROM hits
             WHERE number < ?1 AND state <> 'repeated' AND {of_watch} ORDER BY number DESC LIMIT ?3",
        ))?;
        let mut rows = statement.query(params![number, watch, limit])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(FoundHit {
                number: row.get(0)?,
                watch: row.get(1)?,
                event: event(&row.get::<_, String>(2)?)?,
                article: row.get(3)?,
                revision: row.get(4)?,
                found: moment(row.get(5)?),
            });
        }
        Ok(found)
    }

    /// The watches and articles of what was found last.
    pub(super) fn found_articles(&self, limit: u32) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT watch, article FROM hits ORDER BY number DESC LIMIT ?1")?;
        let rows = statement.query_map([limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Writes what is told and the messages that tell it.
    pub(super) fn tell(&mut self, telling: &Telling, now: Timestamp) -> Result<(), StoreError> {
        self.transaction(|tx| {
            for (state, numbers) in [("told", &telling.told), ("repeated", &telling.repeated)] {
                let mut statement =
                    tx.prepare_cached("UPDATE hits SET state = ?2, told = ?3, entry = '' WHERE number = ?1")?;
                for number in numbers {
                    statement.execute(params![number, state, millis(now)])?;
                }
            }
            for message in &telling.messages {
                queue::put(tx, message, now)?;
            }
            for (watch, due) in &telling.digests {
                tx.execute(
                    "UPDATE watches SET told = ?2, due = ?3 WHERE id = ?1",
                    params![watch, millis(now), millis(*due)],
                )?;
            }
            for watch in &telling.silences {
                tx.execute("UPDATE watches SET silence = 1 WHERE id = ?1", [watch])?;
            }
            Ok(())
        })
    }

    /// Forgets what ended before a moment, and what waits to be told since before another one: only what no watch asks for any more waits long.
    pub(super) fn forget(&mut self, before: Timestamp, waiting: Timestamp) -> Result<(), StoreError> {
        self.transaction(|tx| {
            tx.execute("DELETE FROM hits WHERE found < ?1 AND state <> 'waiting'", [millis(before)])?;
            tx.execute("DELETE FROM hits WHERE found < ?1 AND state = 'waiting'", [millis(waiting)])?;
            tx.execute("DELETE FROM messages WHERE ended < ?1", [millis(before)])?;
            Ok(())
        })
    }
}

fn watch_state(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, WatchState)> {
    let state = WatchState {
        since: moment(row.get(1)?),
        found: row.get::<_, Option<i64>>(2)?.map(moment),
        told: moment(row.get(3)?),
        due: moment(row.get(4)?),
        silence_told: row.get(5)?,
    };
    Ok((row.get(0)?, state))
}

fn event(name: &str) -> Result<Event, StoreError> {
    Event::of_name(name).ok_or_else(|| StoreError::Value(format!("`{name}` is no event")))
}
