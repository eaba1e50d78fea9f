//! Parts of a verb that may be refused without the others.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use crate::model::failure::panic_text;
use crate::store::StoreError;
use crate::store::engine::Transaction;

/// The result of a part of a verb.
pub(in crate::store) enum Part<T> {
    Done(T),
    /// Nothing was written.
    Refused(StoreError),
}

/// Runs a part of a verb. If its rows are refused or it panics, nothing of it is kept and the other parts continue.
pub(in crate::store) fn part<T>(
    tx: &Transaction<'_>,
    work: impl FnOnce() -> Result<T, StoreError>,
) -> Result<Part<T>, StoreError> {
    run(tx, "SAVEPOINT part")?;
    let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(StoreError::Bug(panic_text(&*panic))));
    let part = match done {
        Ok(value) => Part::Done(value),
        Err(error) if error.is_of_rows() => {
            run(tx, "ROLLBACK TO part")?;
            Part::Refused(error)
        }
        Err(error) => return Err(error),
    };
    run(tx, "RELEASE part")?;
    Ok(part)
}

/// PostgreSQL does not prepare such statements.
fn run(tx: &Transaction<'_>, sql: &str) -> Result<(), StoreError> {
    if tx.is_shared() {
        tx.execute_batch(sql)?;
    } else {
        tx.prepare_cached(sql)?.execute([])?;
    }
    Ok(())
}
