//! Alarms: raised once, open until their cause is gone, and reported to the operator's command.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::alarm::Alarm;
use crate::model::alarm::AlarmKey;
use crate::model::alarm::AlarmKind;
use crate::model::alarm::Reason;
use crate::model::portal::PortalId;
use crate::model::portal::SinkId;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Row;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::learned;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::name;
use crate::store::verbs::columns::to_json;

const COLUMNS: &str = "number, kind, portal, subject, raised, cleared, message, evidence";

impl Store {
    /// Opens an alarm. None if the same alarm is already open.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn raise(&self, reason: Reason, now: Timestamp) -> Result<Option<Alarm>, StoreError> {
        self.write_article(move |tx| raise(tx, &reason, now)).await
    }

    /// Ends an alarm. None if it is not open.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn clear(&self, key: AlarmKey, now: Timestamp) -> Result<Option<Alarm>, StoreError> {
        self.write_article(move |tx| clear(tx, &key, now)).await
    }

    /// Clears the alarms of portals that are not among these, since nobody visits them any more. Returns
    /// how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn clear_others(&self, among: &[PortalId], now: Timestamp) -> Result<usize, StoreError> {
        let among = among.to_vec();
        self.write(move |tx| clear_others(tx, &among, now)).await
    }

    /// Clears the alarms of sinks that are not among these, which the configuration has no more. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn clear_other_sinks(&self, among: &[SinkId], now: Timestamp) -> Result<usize, StoreError> {
        let among = among.to_vec();
        self.write(move |tx| clear_other_sinks(tx, &among, now)).await
    }

    /// Returns the open alarms, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn open_alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        self.read(open).await
    }

    /// Returns the alarms to report to the operator's command: newly raised, and cleared since.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn untold_alarms(&self) -> Result<Vec<Alarm>, StoreError> {
        self.read(untold).await
    }

    /// Records that the command has received an alarm in this state.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn told(&self, alarm: Alarm) -> Result<(), StoreError> {
        self.write_article(move |tx| told(tx, &alarm)).await
    }

    /// Deletes alarms that were cleared before a moment. Returns how many.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn forget_alarms(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.write(move |tx| forget(tx, before)).await
    }
}

/// Opens an alarm. None if the same alarm is already open.
fn raise(tx: &Transaction<'_>, reason: &Reason, now: Timestamp) -> Result<Option<Alarm>, StoreError> {
    let key = &reason.key;
    let raised = tx
        .prepare_cached(&format!(
            "INSERT INTO alarms (kind, portal, subject, raised, message, evidence) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (kind, portal, subject) WHERE cleared IS NULL DO NOTHING RETURNING {COLUMNS}"
        ))?
        .query_row(
            params![
                key.kind.name(),
                portal_of(key),
                key.subject,
                millis(now),
                reason.message,
                reason.evidence.as_ref().map(to_json).transpose()?
            ],
            |row| Ok(read(row)),
        )
        .optional()?;
    raised.transpose().map(Option::flatten)
}

/// Ends an alarm. None if it is not open.
fn clear(tx: &Transaction<'_>, key: &AlarmKey, now: Timestamp) -> Result<Option<Alarm>, StoreError> {
    let cleared = tx
        .prepare_cached(&format!(
            "UPDATE alarms SET cleared = ?4 WHERE kind = ?1 AND portal = ?2 AND subject = ?3 AND cleared IS NULL RETURNING {COLUMNS}"
        ))?
        .query_row(params![key.kind.name(), portal_of(key), key.subject, millis(now)], |row| Ok(read(row)))
        .optional()?;
    cleared.transpose().map(Option::flatten)
}

/// Ends the alarms about portals that are not among these, since nobody visits them any more.
fn clear_others(tx: &Transaction<'_>, among: &[PortalId], now: Timestamp) -> Result<usize, StoreError> {
    Ok(tx.execute(
        "UPDATE alarms SET cleared = ?2 WHERE cleared IS NULL AND portal <> '' AND portal NOT IN (SELECT value FROM json_each(?1))",
        params![to_json(&among)?, millis(now)],
    )?)
}

/// Ends the alarms about sinks that are not among these. That of the record files has no subject.
fn clear_other_sinks(tx: &Transaction<'_>, among: &[SinkId], now: Timestamp) -> Result<usize, StoreError> {
    Ok(tx.execute(
        "UPDATE alarms SET cleared = ?2 WHERE cleared IS NULL AND kind = ?3 AND subject <> ''
             AND subject NOT IN (SELECT value FROM json_each(?1))",
        params![to_json(&among)?, millis(now), AlarmKind::SinkFailing.name()],
    )?)
}

/// Returns the open alarms, the oldest first.
fn open(tx: &Transaction<'_>) -> Result<Vec<Alarm>, StoreError> {
    all(tx, &format!("SELECT {COLUMNS} FROM alarms WHERE cleared IS NULL ORDER BY number"))
}

/// Returns the alarms to report to the command: raised, or cleared.
fn untold(tx: &Transaction<'_>) -> Result<Vec<Alarm>, StoreError> {
    all(
        tx,
        &format!(
            "SELECT {COLUMNS} FROM alarms WHERE told <> 'cleared' AND (told = 'nothing' OR cleared IS NOT NULL) ORDER BY number"
        ),
    )
}

/// Records that the command has received an alarm in this state.
fn told(tx: &Transaction<'_>, alarm: &Alarm) -> Result<(), StoreError> {
    let what = if alarm.cleared.is_some() { "cleared" } else { "raised" };
    tx.execute("UPDATE alarms SET told = ?2 WHERE number = ?1 AND told <> 'cleared'", params![alarm.number, what])?;
    Ok(())
}

/// Deletes alarms that were cleared before a moment.
fn forget(tx: &Transaction<'_>, before: Timestamp) -> Result<usize, StoreError> {
    Ok(tx.execute("DELETE FROM alarms WHERE cleared < ?1", [millis(before)])?)
}

fn all(tx: &Transaction<'_>, query: &str) -> Result<Vec<Alarm>, StoreError> {
    let mut statement = tx.prepare_cached(query)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(read(&row)?);
    }
    Ok(found)
}

/// Reads an alarm. Alarms of unknown kinds are left to the program that wrote them.
fn read(row: &Row<'_>) -> Result<Option<Alarm>, StoreError> {
    let Some(kind) = AlarmKind::of_name(&row.get::<String>(1)?) else { return Ok(None) };
    let portal = row.get::<String>(2)?;
    let portal = if portal.is_empty() { None } else { Some(name(PortalId::new(&portal))?) };
    Ok(Some(Alarm {
        number: row.get(0)?,
        key: AlarmKey { kind, portal, subject: row.get(3)? },
        raised: moment(row.get(4)?),
        cleared: row.get::<Option<i64>>(5)?.map(moment),
        message: row.get(6)?,
        evidence: row.get::<Option<String>>(7)?.as_deref().and_then(learned),
    }))
}

fn portal_of(key: &AlarmKey) -> &str {
    key.portal.as_ref().map_or("", PortalId::as_str)
}
