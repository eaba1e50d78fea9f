//! What becomes of texts and of the queue over time: forgotten articles, kills, older databases.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use rusqlite::Connection;
use tintinh::clock::Clock;
use tintinh::model::file_kind::FileKind;
use tintinh::model::portal::PortalId;
use tintinh::store::FILE_NAME;
use tintinh::store::QueueState;
use tintinh::store::RecordFilter;
use tintinh::store::Store;
use tintinh::text_files;

use super::NOTICES;
use super::Portal;
use super::are_present;

/// The texts that the newest records name, and the number of these records.
async fn named(store: &Store) -> (BTreeSet<String>, usize) {
    let (mut texts, mut count, mut after) = (BTreeSet::new(), 0, 0);
    loop {
        let (found, last) = store.current(&RecordFilter::default(), after).await.unwrap();
        if last == after {
            return (texts, count);
        }
        count += found.records.len();
        texts.extend(found.records.into_iter().flat_map(|record| record.attachments).filter_map(|file| file.text));
        after = last;
    }
}

/// The texts that lie in the state folder.
fn texts_in(state: &Path) -> BTreeSet<String> {
    let files = |folder: &Path| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let shelves = files(&state.join(text_files::FOLDER)).into_iter().filter(|shelf| !shelf.ends_with("work"));
    let texts = shelves.flat_map(|shelf| files(&shelf));
    texts.map(|path| path.strip_prefix(state).unwrap().to_str().unwrap().to_owned()).collect()
}

/// A text goes with the last article that names it, and no earlier: two notices offer the same scan.
#[expect(clippy::disallowed_methods, reason = "the test ends the looks at the pages, which takes months")]
#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_forgotten_with_its_last_article() {
    if !are_present() {
        return;
    }
    let portal = Portal::new().await;
    portal.run(&["fetch"]).await;
    let state = portal.path("state");
    Connection::open(state.join(FILE_NAME)).unwrap().execute("UPDATE links SET state = 'done'", []).unwrap();
    let store = Store::open(&state).await.unwrap();
    let (all, count) = named(&store).await;
    assert_eq!((all.len(), count), (NOTICES - 1, NOTICES));
    let now = Clock::System.now();
    let later = now + SignedDuration::from_hours(1000);
    let mut left = count;
    while left > 0 {
        let own = state.clone();
        let some = store.bury_articles(later, 3, move |place| text_files::remove(&own, place)).await.unwrap();
        assert!(some > 0, "{left} are left");
        let (texts, count) = named(&store).await;
        assert_eq!(texts_in(&state), texts);
        left = count;
    }
    assert_eq!(store.attachment_queue(now).await.unwrap().read, 0, "nothing of them is looked at again");
}

/// What a killed process left in the folder of the programs is removed at the next start.
#[tokio::test(flavor = "multi_thread")]
async fn folders_of_a_killed_process_are_removed() {
    let portal = Portal::new().await;
    let work = portal.path("state/attachments/work");
    fs::create_dir_all(work.join("tintinh-left")).unwrap();
    fs::write(work.join("tintinh-left/file.pdf"), "x").unwrap();
    portal.run(&["fetch"]).await;
    assert!(!work.join("tintinh-left").exists());
}

/// A database of format 13, which knew no attachments: three articles with a file each.
#[expect(clippy::disallowed_methods, reason = "the test makes a database of an older program")]
#[tokio::test]
async fn the_queue_of_a_database_of_format_13_begins_with_what_comes() {
    let folder = tempfile::tempdir().unwrap();
    let recorded = include_str!("../databases/format13.sql");
    Connection::open(folder.path().join(FILE_NAME)).unwrap().execute_batch(recorded).unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    assert!(folder.path().join("tintinh.v13.backup.db").exists());
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    assert_eq!(named(&store).await, (BTreeSet::new(), 3));
    let now = Clock::System.now();
    let kinds = || BTreeMap::from([(PortalId::new("thongbao").unwrap(), vec![FileKind::Pdf])]);
    assert!(!store.take_up_attachments(kinds(), now).await.unwrap(), "older articles are not taken up");
    assert_eq!(store.attachment_queue(now).await.unwrap(), QueueState::default());
}
