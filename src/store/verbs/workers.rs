//! Workers that share a database: what one of them at a time does, and who holds what.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;
use tokio::time::Instant;

use crate::model::portal::PortalId;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::engine::Transaction;
use crate::store::verbs::columns::millis;
use crate::store::verbs::columns::moment;
use crate::store::verbs::columns::name;

/// The role of the one worker that does what is done once.
const LEADER: &str = "leader";

/// How long a worker leads without saying so again.
const TERM: Duration = Duration::from_secs(30);

/// What a worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerLease {
    /// The worker.
    pub worker: String,
    /// The portal that it visits; none if it is the lease of the leader.
    pub portal: Option<PortalId>,
    /// Since when.
    pub since: Timestamp,
    /// When the lease ends by itself.
    pub until: Timestamp,
}

impl Store {
    /// Returns the time of the database's clock; none if no other process shares it.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn clock(&self) -> Result<Option<Timestamp>, StoreError> {
        if !self.is_shared() {
            return Ok(None);
        }
        self.read(|tx| {
            let now = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT";
            Ok(Some(moment(tx.prepare_cached(now)?.query_row([], |row| row.get(0))?)))
        })
        .await
    }

    /// Whether this process leads now: it delivers records, tells of alarms, reads attachments and deletes what is old. One that shares its database
    /// with nobody always does.
    pub fn leads(&self) -> bool {
        self.database.leads()
    }

    /// Becomes the leader, or stays it, if no other worker is.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn lead(&self, now: Timestamp) -> Result<(), StoreError> {
        if !self.is_shared() {
            return Ok(());
        }
        // The term is counted from before it was asked for, so that it ends here before it ends in the database.
        let until = Instant::now() + TERM;
        let worker = self.worker();
        let is_leader = self.write_own(move |tx| lead(tx, &worker, now)).await?;
        self.database.note_lead(is_leader.then_some(until));
        Ok(())
    }

    /// Gives up the lead, so that another worker need not wait.
    ///
    /// # Errors
    /// [`StoreError::Sql`].
    pub async fn resign(&self) -> Result<(), StoreError> {
        if !self.is_shared() {
            return Ok(());
        }
        self.database.note_lead(None);
        let worker = self.worker();
        self.write_own(move |tx| {
            tx.execute("DELETE FROM roles WHERE name = ?1 AND worker = ?2", params![LEADER, &*worker])?;
            Ok(())
        })
        .await
    }

    /// Returns what each worker holds, by worker; nothing where there is one process alone.
    ///
    /// # Errors
    /// [`StoreError::Sql`], [`StoreError::Value`].
    pub async fn workers(&self) -> Result<Vec<WorkerLease>, StoreError> {
        if !self.is_shared() {
            return Ok(Vec::new());
        }
        self.read(workers).await
    }
}

fn lead(tx: &Transaction<'_>, worker: &str, now: Timestamp) -> Result<bool, StoreError> {
    let until = now.saturating_add(TERM).unwrap_or(Timestamp::MAX);
    let written = tx.execute(
        "INSERT INTO roles (name, worker, since, lease_until) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name) DO UPDATE SET worker = excluded.worker, lease_until = excluded.lease_until,
             since = CASE WHEN roles.worker = excluded.worker THEN roles.since ELSE excluded.since END
         WHERE roles.worker = excluded.worker OR roles.lease_until <= excluded.since",
        params![LEADER, worker, millis(now), millis(until)],
    )?;
    Ok(written > 0)
}

fn workers(tx: &Transaction<'_>) -> Result<Vec<WorkerLease>, StoreError> {
    let mut statement = tx.prepare(
        "SELECT worker, NULL::TEXT, since, lease_until FROM roles
         UNION ALL SELECT worker, id, leased_at, lease_until FROM portals WHERE worker IS NOT NULL AND lease_until > 0
         ORDER BY 1, 2 NULLS FIRST",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let portal: Option<String> = row.get(1)?;
        found.push(WorkerLease {
            worker: row.get(0)?,
            portal: portal.map(|id| name(PortalId::new(&id))).transpose()?,
            since: moment(row.get(2)?),
            until: moment(row.get(3)?),
        });
    }
    Ok(found)
}
