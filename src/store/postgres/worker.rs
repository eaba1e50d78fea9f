//! The name of a worker, which stays that of its state folder: after a restart it knows its own leases again.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::files;
use crate::store::StoreError;
use crate::store::postgres::Database;
use crate::store::postgres::Turn;

/// The file in the state folder.
const FILE: &str = "worker";

/// Returns the name of a state folder's worker: that of the machine and something random, written down at its first start.
pub(in crate::store) fn name_of(folder: &Path, database: &Database) -> Result<String, StoreError> {
    let path = folder.join(FILE);
    let refused = |error| StoreError::of_io(&path, &error);
    match fs::read_to_string(&path) {
        Ok(name) if !name.trim().is_empty() => return Ok(name.trim().to_owned()),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(refused(error)),
        _ => {}
    }
    let random: String = database.transaction(Turn::Read, |tx| {
        Ok(tx.query_row("SELECT left(md5(random()::TEXT || clock_timestamp()::TEXT), 6)", [], |row| row.get(0))?)
    })?;
    let machine = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine = Some(machine.trim()).filter(|name| !name.is_empty()).unwrap_or("worker");
    let name = format!("{machine}-{random}");
    files::make_folders(folder).map_err(refused)?;
    fs::write(&path, format!("{name}\n")).map_err(refused)?;
    Ok(name)
}
