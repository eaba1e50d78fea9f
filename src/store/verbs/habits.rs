//! The hours at which portals publish.

use jiff::Timestamp;
use rusqlite::params;

use crate::model::portal::PortalId;
use crate::schedule::habit::Habit;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::learned;
use crate::store::verbs::columns::to_json;

impl Store {
    /// Returns the learned publishing hours of a portal.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn habit(&self, portal: &PortalId) -> Result<Option<Habit>, StoreError> {
        let portal = portal.clone();
        self.read(move |tx| habit(tx, &portal)).await
    }
}

pub(super) fn habit(tx: &Transaction<'_>, portal: &PortalId) -> Result<Option<Habit>, StoreError> {
    let found: Option<String> = tx
        .prepare_cached("SELECT habit FROM habits WHERE portal = ?1")?
        .query_row([portal.as_str()], |row| row.get(0))
        .optional()?;
    Ok(found.as_deref().and_then(learned))
}

/// Records a successful visit. The links of the first one existed before, so they show nothing about hours.
pub(super) fn note_look(
    tx: &Transaction<'_>,
    portal: &PortalId,
    is_new: bool,
    now: Timestamp,
) -> Result<Habit, StoreError> {
    let habit = match habit(tx, portal)? {
        Some(habit) => habit.after_look(is_new, now),
        None => Habit::new(now),
    };
    tx.prepare_cached(
        "INSERT INTO habits (portal, habit) VALUES (?1, ?2) ON CONFLICT (portal) DO UPDATE SET habit = excluded.habit",
    )?
    .execute(params![portal.as_str(), to_json(&habit)?])?;
    Ok(habit)
}
