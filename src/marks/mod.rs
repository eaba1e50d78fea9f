//! Read and starred articles: the marks that people set in the reader and in their apps.
//!
//! Marks are stored in their own file, `marks.db`, beside the database, so that no visit waits for a mark. A database rebuilt from its files keeps
//! them, because an article is identified by [`ItemId`], which is derived from its record's `id`. All marks are also in memory, since every list
//! needs them.

mod item;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;

use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::TransactionBehavior;
use rusqlite::params;
use thiserror::Error;

pub use crate::marks::item::ItemId;
use crate::store::StoreError;
use crate::store::columns::millis;
use crate::store::connect;

/// The file's name in the state folder.
pub const FILE_NAME: &str = "marks.db";

/// Maximum articles marked as read; beyond that, the oldest marks are dropped. Lists cover 200,000 articles.
const MOST_READ: usize = 400_000;

/// Marks dropped at a time, so that not every further mark needs a search for old ones.
const FORGOTTEN_AT_ONCE: usize = 10_000;

/// Maximum stars. Stars are never dropped; further ones are refused.
const MOST_STARRED: usize = 50_000;

/// The file format.
const FORMAT: i64 = 1;

const TABLES: &str = "
    CREATE TABLE marks (
        -- 63 bits of the record's id.
        item    INTEGER PRIMARY KEY,
        -- When each mark was set, in milliseconds since 1970.
        read    INTEGER,
        starred INTEGER
    ) STRICT;
    CREATE INDEX marks_read ON marks (read) WHERE read IS NOT NULL;";

/// A kind of mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Someone has read it.
    Read,
    /// Someone wants to find it again.
    Starred,
}

/// Why a mark cannot be read or set.
#[derive(Debug, Error)]
pub enum MarkError {
    /// The file cannot be read or written.
    #[error("the file of marks failed: {0}")]
    File(StoreError),
    /// There are too many stars.
    #[error("{MOST_STARRED} articles are starred: remove some stars first")]
    TooManyStars,
    /// The task that handled it panicked.
    #[error("bug in marks: {0}")]
    Bug(String),
}

impl From<StoreError> for MarkError {
    fn from(error: StoreError) -> MarkError {
        MarkError::File(error)
    }
}

impl From<rusqlite::Error> for MarkError {
    fn from(error: rusqlite::Error) -> MarkError {
        MarkError::File(error.into())
    }
}

/// The current marks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkSets {
    read: HashSet<ItemId>,
    starred: HashSet<ItemId>,
}

impl MarkSets {
    /// Whether an article has a mark.
    pub fn has(&self, item: ItemId, mark: Mark) -> bool {
        match mark {
            Mark::Read => self.read.contains(&item),
            Mark::Starred => self.starred.contains(&item),
        }
    }

    fn set(&mut self, item: ItemId, mark: Mark, is_set: bool) {
        let set = match mark {
            Mark::Read => &mut self.read,
            Mark::Starred => &mut self.starred,
        };
        if is_set {
            set.insert(item);
        } else {
            set.remove(&item);
        }
    }
}

/// The open marks file. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Marks {
    file: Arc<Mutex<Connection>>,
    sets: Arc<RwLock<MarkSets>>,
}

impl Marks {
    /// Opens or creates the marks file in a state folder.
    ///
    /// # Errors
    /// [`MarkError`].
    pub async fn open(state: &Path) -> Result<Marks, MarkError> {
        let path = state.join(FILE_NAME);
        let (file, sets) = blocking(move || open(&path)).await?;
        Ok(Marks { file: Arc::new(Mutex::new(file)), sets: Arc::new(RwLock::new(sets)) })
    }

    /// Reads the marks under a lock. `look` must not block.
    pub fn look<T>(&self, look: impl FnOnce(&MarkSets) -> T) -> T {
        look(&self.sets.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets or removes a mark on articles: on all of them or, on an error, on none.
    ///
    /// # Errors
    /// [`MarkError`].
    pub async fn set(&self, items: Vec<ItemId>, mark: Mark, is_set: bool, now: Timestamp) -> Result<(), MarkError> {
        let marks = self.clone();
        blocking(move || marks.set_now(&items, mark, is_set, now)).await
    }

    fn set_now(&self, items: &[ItemId], mark: Mark, is_set: bool, now: Timestamp) -> Result<(), MarkError> {
        // Only one writer at a time, so that memory and file agree.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let changed: Vec<ItemId> =
            self.look(|sets| items.iter().copied().filter(|item| sets.has(*item, mark) != is_set).collect());
        let (read, starred) = self.look(|sets| (sets.read.len(), sets.starred.len()));
        if is_set && mark == Mark::Starred && starred + changed.len() > MOST_STARRED {
            return Err(MarkError::TooManyStars);
        }
        let tx = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let column = match mark {
            Mark::Read => "read",
            Mark::Starred => "starred",
        };
        let at = is_set.then(|| millis(now));
        let mut put = tx.prepare_cached(&format!(
            "INSERT INTO marks (item, {column}) VALUES (?1, ?2) ON CONFLICT (item) DO UPDATE SET {column} = excluded.{column}"
        ))?;
        for item in &changed {
            put.execute(params![item.number(), at])?;
        }
        drop(put);
        let too_many = if is_set && mark == Mark::Read { (read + changed.len()).saturating_sub(MOST_READ) } else { 0 };
        let forgotten = if too_many > 0 { oldest(&tx, too_many.max(FORGOTTEN_AT_ONCE))? } else { Vec::new() };
        let mut forget = tx.prepare_cached("UPDATE marks SET read = NULL WHERE item = ?1")?;
        for item in &forgotten {
            forget.execute([item.number()])?;
        }
        drop(forget);
        if !is_set || !forgotten.is_empty() {
            tx.execute("DELETE FROM marks WHERE read IS NULL AND starred IS NULL", [])?;
        }
        tx.commit()?;
        let mut sets = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        for item in changed {
            sets.set(item, mark, is_set);
        }
        for item in forgotten {
            sets.set(item, Mark::Read, false);
        }
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, MarkError> + Send + 'static,
) -> Result<T, MarkError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| MarkError::Bug(error.to_string()))?
}

fn open(path: &Path) -> Result<(Connection, MarkSets), MarkError> {
    let mut file = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    file.pragma_update(None, "journal_mode", "WAL")?;
    file.pragma_update(None, "synchronous", "NORMAL")?;
    let tx = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let format: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if format > FORMAT {
        return Err(StoreError::TooNew { path: path.display().to_string(), found: format, known: FORMAT }.into());
    }
    if format == 0 {
        tx.execute_batch(TABLES)?;
        tx.pragma_update(None, "user_version", FORMAT)?;
    }
    tx.commit()?;
    let mut sets = MarkSets::default();
    {
        let mut statement = file.prepare("SELECT item, read IS NOT NULL, starred IS NOT NULL FROM marks")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let item = ItemId::of_number(row.get(0)?);
            for (mark, column) in [(Mark::Read, 1), (Mark::Starred, 2)] {
                if row.get(column)? {
                    sets.set(item, mark, true);
                }
            }
        }
    }
    Ok((file, sets))
}

/// The articles with the oldest read marks.
fn oldest(tx: &Connection, count: usize) -> Result<Vec<ItemId>, MarkError> {
    let mut statement =
        tx.prepare_cached("SELECT item FROM marks WHERE read IS NOT NULL ORDER BY read, item LIMIT ?1")?;
    let rows = statement.query_map([i64::try_from(count).unwrap_or(i64::MAX)], |row| row.get(0))?;
    Ok(rows.map(|item| item.map(ItemId::of_number)).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: i64) -> ItemId {
        ItemId::of_number(number)
    }

    #[tokio::test]
    async fn marks_are_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (now, all) = (Timestamp::UNIX_EPOCH, vec![item(1), item(2), item(i64::MAX)]);
        let marks = Marks::open(folder.path()).await.unwrap();
        marks.set(all.clone(), Mark::Read, true, now).await.unwrap();
        marks.set(vec![item(1)], Mark::Starred, true, now).await.unwrap();
        marks.set(vec![item(1), item(2)], Mark::Read, false, now).await.unwrap();
        let known = marks.look(Clone::clone);
        assert!(known.has(item(i64::MAX), Mark::Read) && known.has(item(1), Mark::Starred));
        assert!(!known.has(item(1), Mark::Read) && !known.has(item(2), Mark::Read));
        drop(marks);
        assert_eq!(Marks::open(folder.path()).await.unwrap().look(Clone::clone), known);
    }

    #[tokio::test]
    async fn the_first_marks_are_forgotten_and_no_star_is() {
        let folder = tempfile::tempdir().unwrap();
        let marks = Marks::open(folder.path()).await.unwrap();
        let many = |range: std::ops::Range<usize>| range.map(|number| item(i64::try_from(number).unwrap())).collect();
        let at = |second| Timestamp::from_second(second).unwrap();
        marks.set(many(0..MOST_READ), Mark::Read, true, at(1)).await.unwrap();
        marks.set(vec![item(i64::MAX)], Mark::Read, true, at(2)).await.unwrap();
        assert_eq!(marks.look(|sets| sets.read.len()), MOST_READ + 1 - FORGOTTEN_AT_ONCE);
        assert!(marks.look(|sets| sets.has(item(i64::MAX), Mark::Read)));
        marks.set(many(0..MOST_STARRED), Mark::Starred, true, at(3)).await.unwrap();
        let refused = marks.set(vec![item(i64::MAX)], Mark::Starred, true, at(4)).await;
        assert!(matches!(refused, Err(MarkError::TooManyStars)), "{refused:?}");
        marks.set(vec![item(0)], Mark::Starred, true, at(4)).await.unwrap();
    }
}
