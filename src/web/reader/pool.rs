//! The reader's own read-only connections, so that the engine never waits for a page.

use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::Semaphore;
use tokio::sync::SemaphorePermit;

use crate::model::settings::StoreAddress;
use crate::store::Store;
use crate::store::StoreError;

/// Maximum connections; further pages wait. Each has 2 MiB of cache.
const CONNECTIONS: usize = 4;

/// The connections.
pub(super) struct Pool {
    permits: Semaphore,
    idle: Mutex<Vec<Store>>,
    address: StoreAddress,
}

/// A connection in use.
pub(super) struct Lent<'a> {
    pool: &'a Pool,
    store: Option<Store>,
    _permit: SemaphorePermit<'a>,
}

impl Pool {
    pub(super) fn new(address: StoreAddress) -> Pool {
        Pool { permits: Semaphore::new(CONNECTIONS), idle: Mutex::default(), address }
    }

    /// Takes a connection. It returns to the pool when it is dropped.
    ///
    /// # Errors
    /// If the database cannot be opened.
    pub(super) async fn take(&self) -> Result<Lent<'_>, StoreError> {
        let permit = self.permits.acquire().await.map_err(|error| StoreError::Bug(error.to_string()))?;
        let known = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let store = match known {
            Some(store) => store,
            None => Store::open_read_only(&self.address).await?,
        };
        Ok(Lent { pool: self, store: Some(store), _permit: permit })
    }

    /// Drops the idle connections after one has failed, for example because the database was replaced.
    pub(super) fn renew(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl std::ops::Deref for Lent<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        // Only `drop` takes it out.
        self.store.as_ref().unwrap_or_else(|| unreachable!("a connection in use"))
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(store) = self.store.take() {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(store);
        }
    }
}
