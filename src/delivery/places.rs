//! Where the places of sinks are: in files of the state folder, or in the database where several workers share one.

use std::io;
use std::path::Path;
use std::sync::Arc;

use tokio::runtime::Handle;

use crate::sink::places::PlaceTable;
use crate::sink::places::SinkPlaces;
use crate::store::Store;
use crate::store::StoreError;

/// The places of the sinks of a state folder and its store. Made on a runtime, used on its blocking threads.
pub fn of(state: &Path, store: &Store) -> SinkPlaces {
    if store.is_shared() {
        SinkPlaces::in_table(Arc::new(Table { store: store.clone(), runtime: Handle::current() }))
    } else {
        SinkPlaces::new(state)
    }
}

#[derive(Debug)]
struct Table {
    store: Store,
    runtime: Handle,
}

impl PlaceTable for Table {
    fn read(&self, sink: &str) -> io::Result<Option<String>> {
        self.runtime.block_on(self.store.sink_place(sink)).map_err(other)
    }

    fn swap(&self, sink: &str, read: Option<String>, new: String) -> io::Result<bool> {
        self.runtime.block_on(self.store.swap_sink_place(sink, read, new)).map_err(other)
    }
}

fn other(error: StoreError) -> io::Error {
    io::Error::other(error)
}
