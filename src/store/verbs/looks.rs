//! Plans requests of known articles for revisions anew when ages are added to the configuration (`[revisit] after`).

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;

use crate::model::outcome::Rejection;
use crate::schedule;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::OptionalExtension;
use crate::store::engine::Sql;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::text::fingerprint;

/// The fact that contains the ages of the last plan, as a hash.
const PLANNED_BY: &str = "looks_planned_by";

/// Number of links that are checked in one transaction, which delays every visit.
const LINKS_AT_ONCE: u32 = 5_000;

impl Store {
    /// Plans the requests of known articles by these ages, if the last plan used others. An article whose requests had ended is requested again, and
    /// one that waits for a later age is requested sooner, each at its own age: what was found over months is not requested in one night. Ages that
    /// have passed are skipped. Returns how many links got another plan.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn plan_looks(&self, ages: &[Duration], now: Timestamp) -> Result<u64, StoreError> {
        let mark = mark(ages);
        if self.read(planned_by).await? == Some(mark) {
            return Ok(0);
        }
        let (mut after, mut planned) = (0, 0);
        loop {
            let ages = ages.to_vec();
            let Some((last, some)) = self.write(move |tx| plan(tx, &ages, after, now)).await? else { break };
            after = last;
            planned += some;
        }
        // This is the last step, so that an interrupted plan is made again.
        self.write(move |tx| note(tx, mark)).await?;
        Ok(planned)
    }
}

/// Returns a hash of the ages.
fn mark(ages: &[Duration]) -> i64 {
    i64::try_from(fingerprint::jitter(&format!("{ages:?}"), i64::MAX.unsigned_abs())).unwrap_or_default()
}

fn planned_by(tx: &Transaction<'_>) -> Result<Option<i64>, StoreError> {
    let mut statement = tx.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
    Ok(statement.query_row([PLANNED_BY], |row| row.get(0)).optional()?)
}

fn note(tx: &Transaction<'_>, mark: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![PLANNED_BY, mark])?;
    Ok(())
}

/// Plans one batch of links after the link with a number. Returns the number of its last link, and how many got another plan. None after the last
/// link.
fn plan(tx: &Transaction<'_>, ages: &[Duration], after: i64, now: Timestamp) -> Result<Option<(i64, u64)>, StoreError> {
    let last: Option<i64> = tx
        .prepare_cached(
            "SELECT max(number) FROM (SELECT number FROM links WHERE number > ?1 ORDER BY number LIMIT ?2) AS batch",
        )?
        .query_row(params![after, LINKS_AT_ONCE], |row| row.get(0))?;
    let Some(last) = last else { return Ok(None) };
    let oldest = now.saturating_sub(ages.last().copied().unwrap_or_default()).unwrap_or(Timestamp::MIN);
    // Links that failed, wait to be read again, or are due already have their plan. Articles that their feed contains in full are never requested.
    let is_whole = Sql {
        sqlite: "json_valid(link) AND coalesce(json_extract(link, '$.hints.content_is_article'), 0)",
        postgres: "coalesce(json_extract(link, '$.hints.content_is_article'), 'false')::BOOLEAN",
    };
    let mut statement = tx.prepare_cached(&format!(
        "SELECT number, first_seen, CASE WHEN state = 'pending' THEN not_before END, coalesce(reason, '') FROM links
         WHERE number > ?1 AND number <= ?2 AND first_seen > ?3 AND settled > 0 AND attempts = 0 AND replay = 0
             AND (state = 'done' OR not_before > ?4) AND NOT ({})",
        is_whole.of(tx)
    ))?;
    let found = statement.query_map(params![after, last, millis(oldest), millis(now)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let found: Vec<(i64, i64, Option<i64>, String)> = found.collect::<Result<_, _>>()?;
    let mut planned = 0;
    for (number, first_seen, waits_until, reason) in found {
        let Some(next) = schedule::revisit_at(moment(first_seen), ages, now).map(millis) else { continue };
        if waits_until.is_some_and(|until| until <= next) || !Rejection::may_change_in_words(&reason) {
            continue;
        }
        tx.prepare_cached("UPDATE links SET state = 'pending', not_before = ?2 WHERE number = ?1")?
            .execute(params![number, next])?;
        planned += 1;
    }
    Ok(Some((last, planned)))
}
