//! The stream of records: read in pages while it grows, by cursors that name their store, over lost and old databases; followed by `tail`.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;
use rusqlite::Connection;
use rustix::process::Signal;
use serde_json::Value;
use serde_json::json;
use tintinh::model::cursor::Cursor;
use tintinh::model::link::Discovery;
use tintinh::model::link::Hints;
use tintinh::model::link::Link;
use tintinh::model::link::SourceKind;
use tintinh::model::outcome::Outcome;
use tintinh::model::portal::GroupId;
use tintinh::model::portal::PortalId;
use tintinh::model::portal::SourceId;
use tintinh::model::record::Record;
use tintinh::store::Article;
use tintinh::store::CursorState;
use tintinh::store::FILE_NAME;
use tintinh::store::Lease;
use tintinh::store::RecordFilter;
use tintinh::store::Registration;
use tintinh::store::Settlement;
use tintinh::store::Store;
use tintinh::text::fingerprint::hash_parts;
use tintinh::url::PageUrl;
use tokio::io::AsyncBufReadExt;
use tokio::io::BufReader;

use crate::cluster::Home;
use crate::cluster::is_on_postgres;
use crate::world::Done;
use crate::world::World;
use crate::world::end_of;

fn at(day: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(25 * day)
}

fn record(id: &str, text: u32) -> Record {
    let words = (0..60).map(|word| hash_parts([id, &text.to_string(), &word.to_string()])[..6].to_owned());
    let text = words.collect::<Vec<_>>().join(" ");
    let url = format!("http://ban.example/{id}");
    let record = json!({
        "schema_version": 1, "id": id, "revision": 1, "portal": "ban", "outlet": "Bản", "url": url, "final_url": url, "canonical_url": url,
        "title": format!("Tin {id}"), "content_text": text, "content_html": "", "language": "vi", "date_fetched": at(1).to_string(),
        "content_hash": hash_parts([text.as_str()]), "discovery": {"kind": "listing", "url": "http://ban.example/tin"},
        "http": {"status": 200, "charset": "utf-8"}, "extraction": {"rules": [], "version": "0", "origins": {}}
    });
    serde_json::from_value(record).unwrap()
}

/// A store with a portal under a lease.
pub(crate) struct Desk {
    pub(crate) folder: Home,
    pub(crate) store: Store,
    lease: Lease,
}

impl Desk {
    pub(crate) async fn new() -> Desk {
        let folder = Home::new(module_path!());
        let store = Store::open(&folder.address).await.unwrap();
        let portal = PortalId::new("ban").unwrap();
        let group = GroupId::new("ban").unwrap();
        store.register(&[Registration { portal: portal.clone(), group }], at(0)).await.unwrap();
        let lease = store.claim(&[portal], at(0), Duration::from_hours(24 * 365)).await.unwrap().unwrap();
        let source = SourceId::new("tin").unwrap();
        let address = PageUrl::parse("http://ban.example/tin").unwrap();
        store.begin_walk(&lease, &source, &address, at(0)).await.unwrap();
        let discovery = Discovery { source: source.clone(), kind: SourceKind::Listing, url: address, guid: None };
        let url = PageUrl::parse("http://ban.example/x").unwrap();
        let link = Link { url, hints: Hints::default(), discovery };
        store.take_up(&lease, &source, vec![("x".to_owned(), link)], false, at(0)).await.unwrap();
        Desk { folder, store, lease }
    }

    /// Writes a text of an article.
    pub(crate) async fn write(&self, id: &str, text: u32) {
        let article = Article { record: Box::new(record(id, text)), credit: None, is_misnamed: false, is_moved: false };
        let settlement =
            Settlement { id: "x".to_owned(), outcome: Outcome::Recorded, answered: None, not_before: None, raw: None };
        self.store.settle_article(&self.lease, settlement, article, at(1)).await.unwrap();
    }

    async fn deliver(&self) {
        let rows = self.store.outbox(1000, &[]).await.unwrap().rows;
        self.store.delivered(&rows.iter().map(|row| row.sequence).collect::<Vec<_>>()).await.unwrap();
    }

    pub(crate) async fn end(&self) -> Cursor {
        self.store.stream_ends().await.unwrap().1
    }
}

/// Everything after a place, in pages of `limit`, and the place behind it.
async fn read_on(store: &Store, mut cursor: Cursor, limit: u64) -> (Vec<Record>, Cursor) {
    let mut all = Vec::new();
    loop {
        let page = store.stream_after(&RecordFilter::default(), &cursor, limit).await.unwrap();
        assert!(page.found.records.len() as u64 <= limit);
        all.extend(page.found.records);
        cursor = page.next;
        if page.is_last {
            return (all, cursor);
        }
    }
}

async fn read_all(store: &Store) -> Vec<Record> {
    read_on(store, store.stream_ends().await.unwrap().0, 1000).await.0
}

fn keys(records: &[Record]) -> Vec<(u64, String, u32)> {
    records.iter().map(|record| (record.sequence.unwrap(), record.id.clone(), record.revision)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_growing_stream_miss_and_double_nothing() {
    let desk = Desk::new().await;
    let reader = Store::open_read_only(&desk.folder.address).await.unwrap();
    let writing = tokio::spawn(async move {
        for number in 0..300 {
            // Every third is a later text of an earlier article.
            let id = if number % 3 == 2 { format!("a{}", number - 2) } else { format!("a{number}") };
            desk.write(&id, number).await;
        }
        desk
    });
    let mut cursor = reader.stream_ends().await.unwrap().0;
    let (mut read, mut pieces) = (Vec::new(), 0);
    loop {
        let was_done = writing.is_finished();
        let limit = pieces % 7 + 1;
        let (found, next) = read_on(&reader, cursor, limit).await;
        // As a reader does that gives the word back another day.
        cursor = next.to_string().parse().unwrap();
        pieces += u64::from(!found.is_empty());
        read.extend(found);
        if was_done {
            break;
        }
    }
    let desk = writing.await.unwrap();
    assert!(pieces > 5, "it was read while it grew");
    let wanted: Vec<(u64, String, u32)> = (0..300_u64)
        .map(|number| {
            let (id, revision) = if number % 3 == 2 { (number - 2, 2) } else { (number, 1) };
            (number + 1, format!("a{id}"), revision)
        })
        .collect();
    assert_eq!(keys(&read), wanted);
    assert_eq!(read, read_all(&desk.store).await);
}

#[tokio::test]
async fn a_cursor_of_another_history_is_told_from_a_good_one() {
    if is_on_postgres(module_path!()) {
        return;
    }
    let desk = Desk::new().await;
    desk.write("a", 1).await;
    let early = desk.end().await;
    desk.store.checkpoint().await.unwrap();
    let copy = Home::new(module_path!());
    fs::copy(desk.folder.path().join(FILE_NAME), copy.path().join(FILE_NAME)).unwrap();
    desk.write("b", 1).await;
    let late = desk.end().await;
    assert_eq!(desk.store.look_up(&early).await.unwrap(), CursorState::Known);
    assert_eq!(desk.store.look_up(&late).await.unwrap(), CursorState::Known);
    // An older copy takes the place of the database, and goes on with another article.
    let older = Store::open(copy.path()).await.unwrap();
    assert_eq!(older.look_up(&late).await.unwrap(), CursorState::Ahead);
    older.release(&desk.lease, at(2)).await.unwrap();
    let lease =
        older.claim(std::slice::from_ref(&desk.lease.portal), at(2), Duration::from_hours(1)).await.unwrap().unwrap();
    let (folder, kept) = (copy, desk.folder);
    let copied = Desk { folder, store: older, lease };
    let article = Article { record: Box::new(record("c", 1)), credit: None, is_misnamed: false, is_moved: false };
    let settlement =
        Settlement { id: "x".to_owned(), outcome: Outcome::Recorded, answered: None, not_before: None, raw: None };
    copied.store.settle_article(&copied.lease, settlement, article, at(2)).await.unwrap();
    assert_eq!(copied.store.look_up(&late).await.unwrap(), CursorState::OtherRecord);
    assert_eq!(copied.store.look_up(&early).await.unwrap(), CursorState::Known);
    let other = Desk::new().await;
    assert!(matches!(other.store.look_up(&early).await.unwrap(), CursorState::OtherStore(_)));
    drop((kept, copied.folder));
}

#[tokio::test]
async fn numbers_are_not_given_twice_and_a_gap_is_told() {
    let desk = Desk::new().await;
    desk.write("a", 1).await;
    let first = desk.end().await;
    for id in ["b", "c", "d"] {
        desk.write(id, 1).await;
    }
    let last = desk.end().await;
    desk.deliver().await;
    // The link shows the last one, so the others go.
    while desk.store.forget_articles(at(100), 2, |_| {}).await.unwrap() > 0 {}
    while desk.store.forget_articles(at(100), 2, |_| {}).await.unwrap() > 0 {}
    assert_eq!(read_all(&desk.store).await, []);
    assert_eq!(desk.store.look_up(&first).await.unwrap(), CursorState::Gap(3));
    assert_eq!(desk.store.look_up(&last).await.unwrap(), CursorState::Known);
    assert_eq!(desk.store.look_up(&desk.store.stream_ends().await.unwrap().0).await.unwrap(), CursorState::Known);
    assert_eq!(desk.end().await.sequence, 4);
}

#[expect(clippy::disallowed_methods, reason = "the test makes a database of an older program")]
fn older_database(folder: &Path) {
    Connection::open(folder.join(FILE_NAME)).unwrap().execute_batch(include_str!("databases/format8.sql")).unwrap();
}

/// A database of format 8: seven records of two portals, of which two wait for their sink.
#[tokio::test]
async fn records_of_a_database_of_format_8_are_in_the_stream_in_order() {
    let folder = tempfile::tempdir().unwrap();
    older_database(folder.path());
    let store = Store::open(folder.path()).await.unwrap();
    let read = read_all(&store).await;
    let told: Vec<(u64, &str)> = read.iter().map(|record| (record.sequence.unwrap(), &record.url[7..])).collect();
    // Behind the nine rows that the outbox ever had.
    let wanted = [
        (3, "xanuoi.example/bai/1.html"),
        (4, "khe.example/khac/mo-duong-moi-7.html"),
        (5, "xanuoi.example/a/2.html"),
        (6, "khe.example/tin/dap-nho-8.html"),
        (7, "xanuoi.example/x/3.html"),
        (8, "xanuoi.example/lech/1"),
        (9, "xanuoi.example/lech/2"),
    ];
    assert_eq!(told, wanted);
    let waiting = store.outbox(10, &[]).await.unwrap().rows;
    assert_eq!(waiting.iter().map(|row| row.sequence).collect::<Vec<_>>(), [7, 9]);
    assert_eq!(store.integrity().await.unwrap(), Vec::<String>::new());
    // The files of the older program have no numbers: a database made from them numbers by the time of fetching.
    let anew = tempfile::tempdir().unwrap();
    let new = Store::open(anew.path()).await.unwrap();
    let mut from_files = read.clone();
    for (record, day) in from_files.iter_mut().zip([5, 3, 4, 1, 7, 6, 2]) {
        (record.sequence, record.date_fetched) = (None, at(day).to_string());
    }
    new.adopt(from_files, false).await.unwrap();
    new.number_old().await.unwrap();
    let order: Vec<u64> = read_all(&new).await.iter().map(|record| record.sequence.unwrap()).collect();
    assert_eq!(order, [1, 2, 3, 4, 5, 6, 7]);
    let first = read_all(&new).await;
    assert_eq!((&first[0].url, &first[1].url), (&read[3].url, &read[6].url));
}

/// One program called 9 what another one did in format 8, and a third one did not do at all.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test makes databases of older programs")]
async fn all_databases_of_formats_8_and_9_are_upgraded() {
    for change in ["ALTER TABLE origins DROP COLUMN unended", "PRAGMA user_version = 9"] {
        let folder = tempfile::tempdir().unwrap();
        older_database(folder.path());
        Connection::open(folder.path().join(FILE_NAME)).unwrap().execute_batch(change).unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        assert_eq!(read_all(&store).await.len(), 7, "{change}");
        assert_eq!(store.origins().await.unwrap().len(), 2, "{change}");
    }
}

/// Old records are numbered before those that have numbers, and do not take theirs.
#[tokio::test]
async fn old_records_from_files_come_before_new_ones() {
    let folder = Home::new(module_path!());
    let store = Store::open(&folder.address).await.unwrap();
    let numbered = |id: &str, sequence: Option<u64>| Record { sequence, ..record(id, 1) };
    let files = [("a", None), ("b", Some(3)), ("c", None), ("d", Some(4)), ("e", None), ("f", Some(4))];
    store.adopt(files.iter().map(|(id, number)| numbered(id, *number)).collect(), false).await.unwrap();
    store.number_old().await.unwrap();
    let told: BTreeMap<u64, String> =
        read_all(&store).await.into_iter().map(|record| (record.sequence.unwrap(), record.id)).collect();
    // There is room for two; the third is told once more rather than never, as is one whose number was taken.
    let wanted = [(1, "c"), (2, "e"), (3, "b"), (4, "d"), (5, "f"), (6, "a")];
    assert_eq!(told, wanted.map(|(number, id)| (number, id.to_owned())).into());
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The word behind `next:`.
fn next(done: &Done) -> String {
    done.err.lines().last().unwrap().strip_prefix("next: ").unwrap_or_else(|| panic!("{done:?}")).to_owned()
}

async fn export(world: &World, arguments: &[&str]) -> Done {
    let done = world.run(&[&["export"], arguments].concat()).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_outlive_a_database_that_is_made_anew_from_the_files() {
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    let first = export(&world, &["--after", "start", "--limit", "5"]).await;
    assert_eq!(lines(&first.out).len(), 5);
    let cursor = next(&first);
    let rest = export(&world, &["--after", &cursor]).await;
    let mut whole: Vec<Value> = lines(&first.out);
    whole.extend(lines(&rest.out));
    assert_eq!(whole.len(), world.records().len());
    assert!(whole.iter().enumerate().all(|(index, record)| record["sequence"] == index as u64 + 1));
    fs::remove_dir_all(world.path().join("state")).unwrap();
    world.run_well(&["fetch"]).await;
    let again = export(&world, &["--after", &cursor]).await;
    let kept = lines(&again.out);
    assert_eq!(kept[..lines(&rest.out).len()], lines(&rest.out), "the same records under the same numbers");
    assert_eq!(next(&export(&world, &["--after", &next(&again)]).await), next(&again), "nothing new, the same place");
    // Another store, and words that are none.
    let other = World::new().await;
    other.only(&["demo-gialai"]);
    other.run_well(&["fetch"]).await;
    for (wrong, hint) in [(cursor.as_str(), "--state-dir"), ("17", "next:"), (&cursor[..cursor.len() - 1], "next:")] {
        let refused = other.run(&["export", "--after", wrong]).await;
        assert!(refused.code == Some(2) && refused.err.contains(hint), "{wrong}: {refused:?}");
        assert_eq!(refused.out, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_file_goes_on_where_the_last_export_ended() {
    let world = World::new().await;
    world.run_well(&["fetch"]).await;
    let file = world.path().join("position");
    let place = file.to_str().unwrap();
    let fields = ["--fields", "sequence,title,http.status"];
    let first = export(&world, &[&["--cursor-file", place], &fields[..]].concat()).await;
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{}\n", next(&first)));
    let told = lines(&first.out);
    assert_eq!(told.len(), world.records().len());
    assert_eq!(told[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["sequence", "title", "http"]);
    assert_eq!(export(&world, &["--cursor-file", place]).await.out, "");
    world.sites.advance();
    world.run_well(&["fetch"]).await;
    let later = lines(&export(&world, &["--cursor-file", place]).await.out);
    assert_eq!(told.len() + later.len(), world.records().len());
    assert!(later.iter().any(|record| record["revision"] == 2));
    fs::write(&file, "tomorrow\n").unwrap();
    let refused = world.run(&["export", "--cursor-file", place]).await;
    assert!(
        refused.code == Some(2) && refused.err.contains("position") && refused.err.contains("next:"),
        "{refused:?}"
    );
    check_filters(&world).await;
}

async fn check_filters(world: &World) {
    let all = lines(&world.run_well(&["export"]).await);
    let count = |wanted: &dyn Fn(&Value) -> bool| all.iter().filter(|record| wanted(record)).count();
    let portals: Vec<&str> = vec![all[0]["portal"].as_str().unwrap(), all.last().unwrap()["portal"].as_str().unwrap()];
    assert_ne!(portals[0], portals[1]);
    let of_two = lines(&world.run_well(&["export", "--portal", portals[0], "--portal", portals[1]]).await);
    assert_eq!(of_two.len(), count(&|record| portals.contains(&record["portal"].as_str().unwrap())));
    let province = all.iter().find_map(|record| record["province"].as_str()).unwrap();
    let of_province = lines(&world.run_well(&["export", "--province", province]).await);
    assert_eq!(of_province.len(), count(&|record| record["province"] == province));
    let dated: Vec<&str> = all.iter().filter_map(|record| record["date_published"].as_str()).collect();
    let day = &dated[dated.len() / 2][..10];
    let until = lines(&world.run_well(&["export", "--until", day, "--fields", "date_published,date_fetched"]).await);
    let is_until = |record: &Value| {
        record["date_published"].as_str().or(record["date_fetched"].as_str()).is_some_and(|date| &date[..10] <= day)
    };
    assert!(until.iter().all(is_until));
    assert_eq!(until.len(), count(&is_until));
    let table = world.run_well(&["export", "--format", "csv", "--fields", "id,http.status"]).await;
    assert!(table.starts_with("id,http.status\r\n") && table.lines().count() == all.len() + 1, "{table}");
    for (wrong, hint) in [
        (["--fields", "titel"], "`title`"),
        (["--province", "nowhere"], "catalogue"),
        (["--limit", "5"], "--after"),
        (["--portal", "nowhere"], "nowhere"),
    ] {
        let refused = world.run(&[&["export"], &wrong[..]].concat()).await;
        assert!(refused.code == Some(2) && refused.err.contains(hint), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tail_follows_a_running_program_and_ends_when_it_is_told() {
    let world = World::new().await;
    // Before there is a database.
    let mut tail = world.command(&["tail", "--after", "start", "--fields", "sequence,id,revision"]).spawn().unwrap();
    let mut out = BufReader::new(tail.stdout.take().unwrap()).lines();
    world.run_well(&["fetch"]).await;
    let mut told: Vec<Value> = Vec::new();
    while told.len() < world.records().len() {
        let line = tokio::time::timeout(Duration::from_mins(1), out.next_line()).await.unwrap().unwrap().unwrap();
        told.push(serde_json::from_str(&line).unwrap());
    }
    assert!(told.iter().enumerate().all(|(index, record)| record["sequence"] == index as u64 + 1), "{told:?}");
    world.sites.advance();
    world.run_well(&["fetch"]).await;
    while told.len() < world.records().len() {
        let line = tokio::time::timeout(Duration::from_mins(1), out.next_line()).await.unwrap().unwrap().unwrap();
        told.push(serde_json::from_str(&line).unwrap());
    }
    let pid = rustix::process::Pid::from_raw(i32::try_from(tail.id().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(pid, Signal::INT).unwrap();
    let done = end_of(tail).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    let cursor = next(&done);
    assert_eq!(export(&world, &["--after", &cursor]).await.out, "");
    // A reader that goes while nothing comes ends it as well.
    let mut tail = world.command(&["tail"]).stderr(Stdio::null()).spawn().unwrap();
    drop(tail.stdout.take());
    let ended = tokio::time::timeout(Duration::from_mins(1), tail.wait()).await.unwrap().unwrap();
    assert!(ended.success(), "{ended}");
}
