//! What is stored about origins.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use rusqlite::params;

use crate::model::origin::OriginMemory;
use crate::model::origin::RobotsMemory;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Sql;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::to_json;

impl Store {
    /// Returns all that is stored about origins.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn origins(&self) -> Result<Vec<OriginMemory>, StoreError> {
        self.read(|tx| Ok(after(tx, i64::MIN)?.0)).await
    }

    /// Returns what was stored about origins since the last call, by any worker; nothing if this process is alone, since it knows all that it stored.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn new_origins(&self) -> Result<Vec<OriginMemory>, StoreError> {
        let Some(seen) = self.database.origins_seen() else { return Ok(Vec::new()) };
        self.read(move |tx| {
            let (new, last) = after(tx, seen.load(Ordering::Relaxed))?;
            seen.fetch_max(last, Ordering::Relaxed);
            Ok(new)
        })
        .await
    }

    /// Stores what was learned about origins.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn keep_origins(&self, learned: Vec<OriginMemory>) -> Result<(), StoreError> {
        self.write_article(move |tx| keep(tx, &learned)).await
    }
}

/// Returns the origins that changed after one with a number, and the last number. On SQLite nothing is numbered.
fn after(tx: &Transaction<'_>, number: i64) -> Result<(Vec<OriginMemory>, i64), StoreError> {
    let changed = Sql {
        sqlite: "SELECT origin, rest_until, refusals, robots, robots_fetched, unended, ?1 FROM origins ORDER BY origin",
        postgres: "SELECT origin, rest_until, refusals, robots, robots_fetched, unended, changed FROM origins WHERE changed > ?1 ORDER BY origin",
    };
    let mut statement = tx.prepare_cached(changed.of(tx))?;
    let mut last = number;
    let rows = statement.query_map([number], |row| {
        last = last.max(row.get(6)?);
        let body: Option<Vec<u8>> = row.get(3)?;
        let fetched = row.get::<Option<i64>>(4)?.map(moment);
        // An unreadable count starts from zero.
        let unended: Option<String> = row.get(5)?;
        Ok(OriginMemory {
            origin: row.get(0)?,
            rest_until: row.get::<Option<i64>>(1)?.map(moment),
            refusals: row.get(2)?,
            unended: unended.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
            robots: body.zip(fetched).map(|(body, fetched)| RobotsMemory { fetched, body: Bytes::from(body) }),
        })
    })?;
    let found = rows.collect::<Result<_, _>>()?;
    Ok((found, last))
}

fn keep(tx: &Transaction<'_>, origins: &[OriginMemory]) -> Result<(), StoreError> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO origins (origin, rest_until, refusals, robots, robots_fetched, unended) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (origin) DO UPDATE SET rest_until = excluded.rest_until, refusals = excluded.refusals, robots = excluded.robots,
             robots_fetched = excluded.robots_fetched, unended = excluded.unended",
    )?;
    for memory in origins {
        let robots = memory.robots.as_ref();
        statement.execute(params![
            memory.origin,
            memory.rest_until.map(millis),
            memory.refusals,
            robots.map(|robots| robots.body.as_ref()),
            robots.map(|robots| millis(robots.fetched)),
            (!memory.unended.is_empty()).then(|| to_json(&memory.unended)).transpose()?,
        ])?;
        if tx.is_shared() {
            // Writers take turns, so who has read a number has read all smaller ones.
            tx.prepare_cached("UPDATE origins SET changed = (SELECT max(changed) + 1 FROM origins) WHERE origin = ?1")?
                .execute([&memory.origin])?;
        }
    }
    Ok(())
}
