//! Finds faults. The check only reads, and it may run next to a running service: it reads the database before and after the files, so that records
//! written meanwhile are not findings.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::Timestamp;
use serde::Deserialize;

use crate::doctor::DoctorError;
use crate::doctor::Finding;
use crate::doctor::Place;
use crate::doctor::at;
use crate::model::settings::StoreAddress;
use crate::search::SearchError;
use crate::search::SearchIndex;
use crate::sink::survey;
use crate::store::Store;
use crate::store::StoreError;
use crate::text::date::rfc3339;

/// (`id`, `revision`).
type Key = (String, u32);

/// A record of the database.
#[derive(Debug, Clone, Copy)]
struct StoredVersion {
    /// Whether it should be in a file: it is not waiting, and files of its age are kept.
    is_in_file: bool,
    digest: blake3::Hash,
}

/// The content of the files.
#[derive(Debug, Default)]
struct FileContent {
    keys: HashSet<Key>,
    unknown: Vec<Unknown>,
}

/// A record of a file that was not in the database before the files were read.
#[derive(Debug)]
struct Unknown {
    key: Key,
    place: Place,
    fetched: Option<Timestamp>,
}

/// Checks the database of a state folder and the files below `records`. `is_alone` means that no other process writes, so that leftovers of an
/// interrupted write are findings.
///
/// # Errors
/// [`DoctorError`] if something cannot be read; an unreadable database is a finding.
pub async fn check(
    store: impl Into<StoreAddress>,
    records: &Path,
    is_alone: bool,
) -> Result<Vec<Finding>, DoctorError> {
    let address = &store.into();
    let state = address.folder.as_path();
    let mut findings = Vec::new();
    if !Store::is_there(address) {
        let is_empty = survey::files(records).map_err(at(records))?.is_empty();
        return Ok(if is_empty { findings } else { vec![Finding::NoDatabase] });
    }
    let before = match known(address).await {
        Ok((found, known)) => {
            findings.extend(found.into_iter().map(Finding::Database));
            known
        }
        Err(error) if is_of_the_file(&error) => return Ok(vec![Finding::Unreadable(error.to_string())]),
        Err(error) => return Err(error.into()),
    };
    let mut seen = FileContent::default();
    // After the first read of the database, because files may be created between the two reads.
    for path in &survey::files(records).map_err(at(records))? {
        check_file(path, &before, &mut seen, is_alone, &mut findings)?;
    }
    let (_, after) = known(address).await?;
    let store = Store::open_read_only(address).await?;
    let forgotten = store.forgotten_before().await?;
    // Records that were forgotten because of their age are still in the files, which is not a fault.
    let is_forgotten =
        |unknown: &Unknown| forgotten.is_some_and(|moment| unknown.fetched.is_some_and(|at| at < moment));
    let unknown =
        seen.unknown.into_iter().filter(|unknown| !after.contains_key(&unknown.key) && !is_forgotten(unknown));
    findings.extend(unknown.map(|unknown| Finding::NotInDatabase(unknown.place)));
    // Several workers each have files of what they delivered.
    let has_all = !store.is_shared();
    let lost = before.iter().filter(|(key, known)| has_all && known.is_in_file && !seen.keys.contains(*key));
    findings.extend(lost.map(|(key, _)| Finding::NotInFiles(Place { key: Some(key.clone()), ..Place::default() })));
    if is_alone {
        findings.extend(left_over(state, records)?.into_iter().map(Finding::LeftOver));
    }
    // If the database has faults, so does its index.
    if findings.is_empty() {
        findings.extend(check_search(state, &store).await?.into_iter().map(Finding::Search));
    }
    findings.sort_by_cached_key(|finding| (finding.name(), finding.to_string()));
    Ok(findings)
}

/// Returns the faults of the search index, if there is one.
async fn check_search(state: &Path, store: &Store) -> Result<Vec<String>, DoctorError> {
    if !SearchIndex::is_there(state) {
        return Ok(Vec::new());
    }
    let checked = async { SearchIndex::open_read_only(state).await?.disagreements(store).await };
    match checked.await {
        // An index of another format, or one that was never written, is rebuilt by the next run.
        Err(SearchError::Absent(_)) => Ok(Vec::new()),
        Err(error) if error.is_damage() => Ok(vec![error.to_string()]),
        checked => Ok(checked?),
    }
}

/// Whether the file itself is damaged, not its environment. Only then does a new file help.
fn is_of_the_file(error: &StoreError) -> bool {
    error.problem().is_some_and(|problem| !problem.may_pass())
}

/// Returns the result of the database's own check, and its records.
async fn known(address: &StoreAddress) -> Result<(Vec<String>, HashMap<Key, StoredVersion>), StoreError> {
    let store = Store::open_read_only(address).await?;
    let found = store.integrity().await?;
    let known: Arc<Mutex<HashMap<Key, StoredVersion>>> = Arc::default();
    let filled = Arc::clone(&known);
    let deleted_before = store.deleted_before().await?;
    let show = move |record: crate::store::StoredRecord| {
        let is_deleted = deleted_before.is_some_and(|moment| is_of_a_day_before(record.json.as_bytes(), moment));
        let digest = blake3::hash(record.json.as_bytes());
        let entry = StoredVersion { is_in_file: !record.waits && !is_deleted, digest };
        filled.lock().unwrap_or_else(PoisonError::into_inner).insert((record.id, record.revision), entry);
    };
    store.each_record(show).await?;
    let known = std::mem::take(&mut *known.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((found, known))
}

/// Whether a record was fetched on an earlier day, in +07:00, than the day of a moment.
fn is_of_a_day_before(json: &[u8], moment: Timestamp) -> bool {
    let day = |text: &str| text.get(..10).map(str::to_owned);
    let fetched = date_fetched(json).and_then(|fetched| day(&fetched));
    fetched < day(&rfc3339(moment)) && fetched.is_some()
}

fn date_fetched(json: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Fetched {
        date_fetched: String,
    }
    serde_json::from_slice::<Fetched>(json).ok().map(|record| record.date_fetched)
}

fn check_file(
    path: &Path,
    known: &HashMap<Key, StoredVersion>,
    seen: &mut FileContent,
    is_alone: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), DoctorError> {
    let bytes = std::fs::read(path).map_err(at(path))?;
    for line in survey::lines(&bytes) {
        let key = line.key.map(|key| (key.id, key.revision));
        let place = Place { path: path.to_owned(), line: line.number, key: key.clone() };
        if !line.is_whole {
            // With a running service, this may be a write in progress.
            findings.extend(is_alone.then_some(Finding::Torn(place)));
            continue;
        }
        let Some(key) = key else {
            findings.push(Finding::NoRecord(place));
            continue;
        };
        if !seen.keys.insert(key.clone()) {
            findings.push(Finding::Twice(place));
            continue;
        }
        match known.get(&key) {
            Some(known) if known.digest != blake3::hash(line.bytes) => findings.push(Finding::Differs(place)),
            Some(_) => {}
            None => {
                let fetched = date_fetched(line.bytes).and_then(|fetched| fetched.parse().ok());
                seen.unknown.push(Unknown { key, place, fetched });
            }
        }
    }
    Ok(())
}

/// Returns the files of unfinished replacements.
pub(super) fn left_over(state: &Path, records: &Path) -> Result<Vec<PathBuf>, DoctorError> {
    let mut folders = vec![state.to_owned()];
    let files = survey::files(records).map_err(at(records))?;
    folders.extend(files.iter().filter_map(|path| path.parent().map(Path::to_owned)));
    folders.dedup();
    let mut found = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(&folder).map_err(at(&folder))? {
            let path = entry.map_err(at(&folder))?.path();
            if path.extension().is_some_and(|extension| extension == "new") {
                found.push(path);
            }
        }
    }
    Ok(found)
}
