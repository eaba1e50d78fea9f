//! Repairs what can be repaired, after a backup of everything that changes.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::delivery::Delivery;
use crate::doctor::DoctorError;
use crate::doctor::Finding;
use crate::doctor::adopt_file;
use crate::doctor::at;
use crate::doctor::name_store;
use crate::failpoint;
use crate::files;
use crate::model::settings::StoreAddress;
use crate::search::SearchIndex;
use crate::sink::jsonl::JsonLines;
use crate::sink::survey;
use crate::store::FILE_NAME;
use crate::store::Store;

/// The result of a repair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// The folder of the backups.
    pub backup: PathBuf,
    /// Rows recovered from a damaged database, by table; empty if it was not damaged.
    pub salvaged: Vec<(String, u64)>,
    /// Records added from files.
    pub adopted: u64,
    /// Records written to files again.
    pub rewritten: u64,
    /// Lines removed from files.
    pub lines_removed: u64,
}

/// Repairs the findings. The caller holds the lock of the state folder, so that nobody else writes.
///
/// # Errors
/// [`DoctorError`]. The backups exist in this case, and another repair continues where this one ended.
pub async fn repair(
    store: impl Into<StoreAddress>,
    records: &Path,
    findings: &[Finding],
    now: Timestamp,
) -> Result<Repaired, DoctorError> {
    let address = &store.into();
    let state = address.folder.as_path();
    let mut done = Repaired { backup: backup_folder(state, now), ..Repaired::default() };
    files::make_folders(&done.backup).map_err(at(&done.backup))?;
    let store = if address.server.url.is_some() {
        // Its backups are those of its server, and damage is for them.
        Store::open(address).await?
    } else if findings.iter().any(needs_a_new_database) {
        rebuilt(state, &mut done).await?
    } else {
        let store = Store::open(state).await?;
        store.back_up(&done.backup.join(FILE_NAME)).await?;
        store
    };
    name_store(&store, records).await?;
    store.reconcile().await?;
    done.lines_removed = repair_files(records, findings, &done.backup)?;
    done.adopted += adopt(&store, records, !done.salvaged.is_empty()).await?;
    store.number_old().await?;
    // Not earlier, because what is missing in the database may be in the files.
    store.look_for_lost_articles().await?;
    done.rewritten = deliver_again(&store, records, findings).await?;
    for finding in findings {
        if let Finding::LeftOver(path) = finding {
            set_aside(path, path.parent().unwrap_or(state), &done.backup)?;
        }
    }
    if findings.iter().any(needs_a_new_index) {
        SearchIndex::remove(state)?;
    }
    store.checkpoint().await?;
    Ok(done)
}

/// Returns a new folder in the state folder, `doctor-20251124T101500Z`, or with `-2` if there already is one of this second. Copies are kept until
/// somebody removes them, and a repair never overwrites those of an earlier, killed repair.
fn backup_folder(state: &Path, now: Timestamp) -> PathBuf {
    let stamp = now.to_string().replace(['-', ':'], "");
    let first = state.join(format!("doctor-{}Z", stamp.split(['.', 'Z']).next().unwrap_or(&stamp)));
    let others = (2_u32..).map(|number| PathBuf::from(format!("{}-{number}", first.display())));
    std::iter::once(first.clone()).chain(others).find(|folder| !folder.exists()).unwrap_or(first)
}

/// Whether a finding requires a new database, filled row by row. Other inconsistencies are reconciled in place.
fn needs_a_new_database(finding: &Finding) -> bool {
    match finding {
        Finding::Unreadable(_) => true,
        // Such findings are quoted from SQLite. Ours name the affected object first.
        Finding::Database(what) => {
            !["article ", "record ", "outbox ", "link ", "portal "].iter().any(|ours| what.starts_with(ours))
        }
        _ => false,
    }
}

/// Whether a finding requires a new search index. The next run rebuilds it from the repaired database, so nothing is lost.
fn needs_a_new_index(finding: &Finding) -> bool {
    matches!(
        finding,
        Finding::NoDatabase
            | Finding::Unreadable(_)
            | Finding::Database(_)
            | Finding::NotInDatabase(_)
            | Finding::Search(_)
    )
}

/// Moves the damaged database to the backup and fills a new one with what can be read.
async fn rebuilt(state: &Path, done: &mut Repaired) -> Result<Store, DoctorError> {
    for suffix in ["", "-wal", "-shm"] {
        let path = state.join(format!("{FILE_NAME}{suffix}"));
        if path.exists() {
            set_aside(&path, state, &done.backup)?;
        }
    }
    let store = Store::open(state).await?;
    done.salvaged = store.salvage(&done.backup.join(FILE_NAME)).await?;
    Ok(store)
}

/// Removes lines that are not records, are incomplete or are duplicates. Returns how many.
fn repair_files(records: &Path, findings: &[Finding], backup: &Path) -> Result<u64, DoctorError> {
    let mut wrong: BTreeMap<&Path, BTreeSet<usize>> = BTreeMap::new();
    for finding in findings {
        if let Finding::Twice(place) | Finding::NoRecord(place) | Finding::Torn(place) = finding {
            wrong.entry(&place.path).or_default().insert(place.line);
        }
    }
    let mut removed = 0;
    for (path, lines) in wrong {
        let bytes = std::fs::read(path).map_err(at(path))?;
        copy(path, records, backup)?;
        let kept = survey::lines(&bytes).filter(|line| !lines.contains(&line.number));
        let kept: Vec<u8> = kept.flat_map(|line| [line.bytes, b"\n"].concat()).collect();
        failpoint::reach("doctor.rewrite").map_err(at(path))?;
        files::replace(path, &kept).map_err(at(path))?;
        failpoint::reach("doctor.rename").map_err(at(path))?;
        removed += lines.len() as u64;
    }
    Ok(removed)
}

async fn adopt(store: &Store, records: &Path, files_win: bool) -> Result<u64, DoctorError> {
    let mut taken = 0;
    for path in survey::files(records).map_err(at(records))? {
        taken += adopt_file(store, &path, files_win).await?;
    }
    Ok(taken)
}

/// Writes records again that are in no file, and all others that are waiting.
async fn deliver_again(store: &Store, records: &Path, findings: &[Finding]) -> Result<u64, DoctorError> {
    let lost = findings.iter().filter_map(|finding| match finding {
        Finding::NotInFiles(place) => place.key.clone(),
        _ => None,
    });
    store.requeue(lost.collect()).await?;
    let sink = JsonLines::open(records).map_err(|error| DoctorError::Io { path: error.path, cause: error.cause })?;
    let delivery = Delivery::new(store.clone(), sink);
    delivery.drain().await?;
    Ok(delivery.handed_on())
}

/// Returns the place of a file's copy: the backup plus its path relative to `root`.
fn place_in(backup: &Path, path: &Path, root: &Path) -> PathBuf {
    backup.join(path.strip_prefix(root).unwrap_or(path.file_name().map_or(path, Path::new)))
}

fn copy(path: &Path, root: &Path, backup: &Path) -> Result<(), DoctorError> {
    let to = place_in(&backup.join("records"), path, root);
    let folder = to.parent().unwrap_or(backup);
    files::make_folders(folder).map_err(at(folder))?;
    let mut from = std::fs::File::open(path).map_err(at(path))?;
    let mut copy = files::own().write(true).create_new(true).open(&to).map_err(at(&to))?;
    std::io::copy(&mut from, &mut copy).map_err(at(path))?;
    copy.sync_all().and_then(|()| files::sync_parent(&to)).map_err(at(&to))
}

fn set_aside(path: &Path, root: &Path, backup: &Path) -> Result<(), DoctorError> {
    files::rename(path, &place_in(backup, path, root)).map_err(at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_repairs_of_one_second_have_copies_of_their_own() {
        let state = tempfile::tempdir().unwrap();
        let names = ["doctor-20251124T101500Z", "doctor-20251124T101500Z-2", "doctor-20251124T101500Z-3"];
        for name in names {
            let folder = backup_folder(state.path(), "2025-11-24T10:15:00.7Z".parse().unwrap());
            assert_eq!(folder, state.path().join(name));
            files::make_folders(&folder).unwrap();
        }
    }
}
