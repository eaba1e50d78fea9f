//! What is stored about origins.

use bytes::Bytes;
use rusqlite::Transaction;
use rusqlite::params;

use crate::model::origin::OriginMemory;
use crate::model::origin::RobotsMemory;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::sqlite::columns::millis;
use crate::store::sqlite::columns::moment;
use crate::store::sqlite::columns::to_json;

impl Store {
    /// Returns all that is stored about origins.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn origins(&self) -> Result<Vec<OriginMemory>, StoreError> {
        self.read(all).await
    }

    /// Stores what was learned about origins.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn keep_origins(&self, learned: Vec<OriginMemory>) -> Result<(), StoreError> {
        self.write(move |tx| keep(tx, &learned)).await
    }
}

fn all(tx: &Transaction<'_>) -> Result<Vec<OriginMemory>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT origin, rest_until, refusals, robots, robots_fetched, unended FROM origins")?;
    let rows = statement.query_map([], |row| {
        let body: Option<Vec<u8>> = row.get(3)?;
        let fetched = row.get::<_, Option<i64>>(4)?.map(moment);
        // An unreadable count starts from zero.
        let unended: Option<String> = row.get(5)?;
        Ok(OriginMemory {
            origin: row.get(0)?,
            rest_until: row.get::<_, Option<i64>>(1)?.map(moment),
            refusals: row.get(2)?,
            unended: unended.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
            robots: body.zip(fetched).map(|(body, fetched)| RobotsMemory { fetched, body: Bytes::from(body) }),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
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
    }
    Ok(())
}
